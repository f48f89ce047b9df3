#!/usr/bin/env python3
"""The main job from envelope to ledger: one plain RPUSH makes a Team with the right people."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import TENANT, Suite, address, check, class_of, equal, learners, start, wait_for  # noqa: E402

test = Suite()


def counts(record):
    return {k: int(record.get(k, -1)) for k in
            ("added", "already_member", "failed", "unresolved", "removed", "removal_failed")}


def summary(**more):
    return dict({"added": 0, "already_member": 0, "failed": 0, "unresolved": 0, "removed": 0,
                 "removal_failed": 0}, **more)


def made(rig, cls=None):
    """Creates the Team of a class and returns its id."""
    id, record = rig.run("create-team", "green-hill", cls or class_of(0), requested_by="staff-1")
    equal(record["state"], "done", "creation (%s)" % record.get("error"))
    return record["team_id"]


def members(rig, team):
    return {m["mail"] for m in rig.team(team)["members"]}


def owners_of(rig, team):
    return {m["mail"] for m in rig.team(team)["members"] if m["owner"]}


@test
def a_class_becomes_a_team():
    """create-team then sync-learners: a Team, an owner, every learner, the summary and the class record"""
    with start() as rig:
        cls = class_of(31)
        create = rig.push("create-team", "green-hill", cls, requested_by="staff-1")
        sync = rig.push("sync-learners", "green-hill", cls, requested_by="staff-1")
        record = rig.ended(create)
        equal(record["state"], "done", "creation (%s)" % record.get("error"))
        check(record["web_url"].startswith("https://"), "a link")
        done = rig.ended(sync)
        equal(done["state"], "done", "sync (%s)" % done.get("error"))
        equal(counts(done), summary(added=31))
        equal((done["done"], done["total"]), ("31", "31"))
        equal(len(rig.ledger("member_added")), 31)
        equal(len(rig.ledger("team_created")), 1)
        rows = rig.rows(sync)
        equal(sorted(r["learner"] for r in rows), sorted(x["id"] for x in cls["learners"]))
        check(all(r["outcome"] == "added" and r["user_id"] for r in rows), "every row")
        standing = rig.redis.hash(rig.key("class:green-hill:8B-2026"))
        equal((standing["status"], standing["synced"], standing["total"], standing["team_id"]),
              ("active", "31", "31", record["team_id"]))
        equal((standing["last_job"], standing["last_sync_job"]), (sync, sync))


@test
def mail_nickname():
    """the class record has the mail nickname that Microsoft gave the Team, and none once the Team is gone"""
    with start(scale=500) as rig:
        rig.run("create-team", "green-hill", class_of(0, id="7A-2026", name="8B"))
        team = made(rig)
        key = rig.key("class:green-hill:8B-2026")
        nickname = rig.team(team)["nickname"]
        equal((nickname, rig.redis("HGET", key, "mail_nickname")), ("8B2", nickname))
        rig.control("teams/" + team, {"delete": True})
        _, record = rig.run("check-team", "green-hill", {"id": "8B-2026"})
        equal(rig.redis("HMGET", key, "status", "mail_nickname"), ["no_team", None], record.get("error"))


@test
def group_out_of_reach():
    """a Team whose group cannot be read is done all the same"""
    with start() as rig:
        rig.fault({"method": "GET", "path": "/groups/*"}, {"status": 403, "code": "Authorization_RequestDenied"})
        made(rig)
        check(not rig.redis("HGET", rig.key("class:green-hill:8B-2026"), "mail_nickname"), "no nickname")


@test
def requests_of_a_class():
    """a fresh class of 31 takes four requests to sync, an unchanged one exactly one, a creation one, its polls and its group"""
    with start() as rig:
        rig.control("scenario", {"settings": {"operation_ms": 1000}})
        made(rig, class_of(31))
        routes = rig.stats()
        rig.control("stats", method="DELETE")
        rig.run("sync-learners", "green-hill", class_of(31))
        fresh = rig.stats()
        rig.control("stats", method="DELETE")
        _, record = rig.run("sync-learners", "green-hill", class_of(31))
        again = rig.stats()
        equal(counts(record), summary(already_member=31))
        equal(again["graph_requests"], 1, "requests of an unchanged class (%s)" % again["by_route"])
        check(fresh["http_requests"] <= 4, "at most four: %s" % fresh["by_route"])
        equal(routes["by_route"].get("POST /teams"), 1)
        equal(routes["by_route"].get("GET /groups/{}"), 1)
        equal(set(routes["by_route"]) - {"GET /teams/{}/operations/{}", "GET /teams/{}"},
              {"POST /teams", "GET /groups/{}"})
        return "creation %d, fresh %d, unchanged %d" % (
            routes["graph_requests"], fresh["http_requests"], again["http_requests"])


@test
def awkward_learners():
    """no address, no account, alias only, apostrophe, disabled, guest, two accounts, shared address: each its outcome"""
    users = [
        {"mail": address("real.name"), "proxyAddresses": ["SMTP:" + address("real.name"), "smtp:" + address("alias")]},
        {"mail": address("liam.o'brien")},
        {"mail": address("blocked"), "accountEnabled": False},
        {"mail": "cousin@elsewhere.example", "userPrincipalName": "cousin_elsewhere.example#EXT#@school.example",
         "userType": "Guest"},
        {"mail": address("twice"), "userPrincipalName": address("twice1")},
        {"mail": address("twice"), "userPrincipalName": address("twice2")},
        {"mail": address("family")},
    ]
    people = {"A1": ("", "unresolved", "no_email"), "A2": ("nobody@school.example", "unresolved", "no_account"),
              "A3": (address("alias"), "added", ""), "A4": (" Liam.O'Brien@school.example ", "added", ""),
              "A5": (address("blocked"), "failed", "account_disabled"),
              "A6": ("cousin@elsewhere.example", "failed", "guest_account"),
              "A7": (address("twice"), "unresolved", "ambiguous_account"),
              "A8": (address("family"), "unresolved", "ambiguous_account"),
              "A9": (address("FAMILY"), "unresolved", "ambiguous_account"),
              "A10": ("not an address", "unresolved", "no_email"),
              "A11": (address("learner1"), "added", "")}
    with start(users=users) as rig:
        cls = class_of(0, learners=[{"id": k, "name": k, "email": v[0]} for k, v in people.items()])
        team = made(rig, cls)
        id, record = rig.run("sync-learners", "green-hill", cls)
        equal(record["state"], "done", record.get("error"))
        equal({r["learner"]: (r["outcome"], r["reason"]) for r in rig.rows(id)},
              {k: v[1:] for k, v in people.items()})
        equal(counts(record), summary(added=3, failed=2, unresolved=6))
        equal(len(rig.ledger("member_added")), 3)
        check(address("real.name") in members(rig, team), "the alias's account")
        standing = rig.redis.hash(rig.key("class:green-hill:8B-2026"))
        equal((standing["status"], standing["failed"], standing["unresolved"]), ("failed", "2", "6"))


@test
def leavers_and_strangers():
    """a learner who left and people added by hand are removed, owners are kept, the row names them"""
    with start(n=60, users=[address("assistant"), address("visitor")]) as rig:
        team = made(rig, class_of(30))
        rig.run("sync-learners", "green-hill", class_of(30))
        rig.control("teams/" + team, {"add": [address("visitor")], "add_owners": [address("assistant")]})
        id, record = rig.run("sync-learners", "green-hill", class_of(29))
        equal(record["state"], "done", record.get("error"))
        equal(counts(record), summary(already_member=29, removed=2))
        gone = {(r["learner"], r["reason"]) for r in rig.rows(id) if r["outcome"] == "removed"}
        equal(gone, {("L030", "left_class"), ("", "added_by_hand")})
        check(all(r["user_id"] for r in rig.rows(id) if r["outcome"] == "removed"), "user ids")
        owners = owners_of(rig, team)
        equal(owners, {address("teacher1"), address("assistant")})
        equal(len(rig.ledger("member_removed")), 2)
        check(rig.redis("HGET", rig.key("class:green-hill:8B-2026:learners"), "L030") is None, "forgotten")


@test
def removed_locally():
    """a learner who left and was never a member is Removed locally, once"""
    with start() as rig:
        made(rig)
        stray = {"id": "X1", "name": "Stray", "email": "stray@nowhere.example"}
        rig.run("sync-learners", "green-hill", class_of(5, learners=learners(5) + [stray]))
        id, record = rig.run("sync-learners", "green-hill", class_of(5))
        equal(counts(record), summary(already_member=5, removed=1))
        equal([r["outcome"] for r in rig.rows(id) if r["learner"] == "X1"], ["removed_locally"])
        _, record = rig.run("sync-learners", "green-hill", class_of(5))
        equal(counts(record), summary(already_member=5))
        equal(rig.ledger("member_removed"), [])


@test
def the_brake():
    """more than a quarter, at least five: nobody is removed before somebody approves"""
    with start() as rig:
        team = made(rig)
        rig.run("sync-learners", "green-hill", class_of(20))
        fewer = class_of(0, learners=learners(14) + learners(1, first=30))
        id, record = rig.run("sync-learners", "green-hill", fewer)
        equal((record["state"], record["error_code"]), ("failed", "removals_need_approval"))
        equal(counts(record), summary(added=1, already_member=14))
        equal(sum(r["outcome"] == "held" for r in rig.rows(id)), 6)
        equal(len(members(rig, team) - {address("teacher1")}), 21)
        _, record = rig.run("sync-learners", "green-hill", fewer, options={"approve_removals": True})
        equal((record["state"], counts(record)), ("done", summary(already_member=15, removed=6)))


@test
def an_emptied_register():
    """a register that is suddenly empty holds every removal, also the second time, until it is approved"""
    with start() as rig:
        made(rig)
        rig.run("sync-learners", "green-hill", class_of(3))
        for _ in range(2):
            _, record = rig.run("sync-learners", "green-hill", class_of(0))
            equal((record["state"], record["error_code"]), ("failed", "removals_need_approval"))
        equal(rig.ledger("member_removed"), [])
        _, record = rig.run("sync-learners", "green-hill", class_of(0), options={"approve_removals": True})
        equal((record["state"], counts(record)), ("done", summary(removed=3)))
        equal(rig.redis.hash(rig.key("class:green-hill:8B-2026"))["status"], "pending")


@test
def stored_register():
    """without learners the stored register is used; an empty list is an empty class; no register at all is refused"""
    with start() as rig:
        made(rig, {"id": "9A-2026", "name": "9A", "teachers": class_of(0)["teachers"]})
        _, record = rig.run("sync-learners", "green-hill", {"id": "9A-2026"})
        equal((record["state"], record["error_code"]), ("failed", "bad_envelope"))
        _, record = rig.run("register", "green-hill", class_of(7, id="9A-2026"))
        equal(record["state"], "done", record.get("error"))
        known = rig.redis.hash(rig.key("class:green-hill:9A-2026:learners"))
        equal(len(known), 7)
        _, record = rig.run("sync-learners", "green-hill", {"id": "9A-2026"})
        equal((record["state"], counts(record)), ("done", summary(added=7)))


@test
def create_is_idempotent():
    """a class whose Team lives is done at once; ten pushes make one Team; joined names the first"""
    with start() as rig:
        ids = [rig.push("create-team", "green-hill", class_of(0), requested_by="staff-1") for _ in range(10)]
        records = [rig.ended(i) for i in ids]
        equal(len(rig.ledger("team_created")), 1)
        first = [i for i, r in zip(ids, records) if r["state"] == "done"]
        check(first and all(r["joined"] == first[0] for r in records if r["state"] == "joined"), "joined")
        _, record = rig.run("create-team", "green-hill", class_of(0))
        equal((record["state"], record["team_id"]), ("done", records[ids.index(first[0])]["team_id"]))
        equal(len(rig.ledger("team_created")), 1)


@test
def a_restored_team():
    """a Team that an administrator restored is found again, by check-team or instead of a second one, and a sync fills it"""
    with start(scale=1000) as rig:
        for found_by in ("check-team", "create-team"):
            cls = class_of(3, found_by)
            _, made = rig.run("create-team", "green-hill", cls, requested_by="staff-1")
            rig.run("sync-learners", "green-hill", cls)
            rig.control("teams/" + made["team_id"], {"delete": True})
            rig.run("check-team", "green-hill", cls)
            key = rig.key("class:green-hill:" + found_by)
            equal(rig.redis.hash(key)["status"], "no_team")
            rig.run("check-team", "green-hill", cls)
            equal(rig.redis.hash(key)["status"], "no_team")
            rig.control("teams/" + made["team_id"], {"restore": True})
            _, record = rig.run(found_by, "green-hill", cls, requested_by="staff-1")
            equal((record["state"], record["team_id"]), ("done", made["team_id"]))
            standing = rig.redis.hash(key)
            equal((standing["team_id"], standing.get("note", ""), standing["status"] in ("pending", "active")),
                  (made["team_id"], "", True))
            _, record = rig.run("sync-learners", "green-hill", cls)
            equal((record["state"], record["already_member"], record["added"]), ("done", "3", "0"))
        equal(len(rig.ledger("team_created")), 2, "Teams made")


@test
def a_deleted_team():
    """a Team deleted in Microsoft 365: sync says team_missing and the class no_team; create-team makes a new one"""
    with start(ROLLCALL_GRAPH_POLL_MS="1000") as rig:
        rig.control("scenario", {"settings": {"operation_ms": 500}})
        team = made(rig, class_of(4))
        rig.run("sync-learners", "green-hill", class_of(4))
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "team_made_at", "1000")
        rig.control("teams/" + team, {"delete": True})
        _, record = rig.run("sync-learners", "green-hill", class_of(4))
        equal((record["state"], record["error_code"]), ("failed", "team_missing"))
        standing = rig.redis.hash(rig.key("class:green-hill:8B-2026"))
        equal((standing["status"], standing["team_id"]), ("no_team", ""))
        check("deleted" in standing["note"], "the reason")
        new = made(rig, class_of(4))
        check(new != team, "another Team")
        _, record = rig.run("sync-learners", "green-hill", class_of(4))
        equal(counts(record), summary(added=4))


@test
def one_stray_404():
    """one stray 404 on the member list is not a deletion"""
    with start(ROLLCALL_GRAPH_POLL_MS="1000") as rig:
        made(rig, class_of(4))
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "team_made_at", "1000")
        rig.fault({"method": "GET", "path": "/teams/*/members", "nth": 1}, {"status": 404, "code": "NotFound"})
        _, record = rig.run("sync-learners", "green-hill", class_of(4))
        equal((record["state"], counts(record)), ("done", summary(added=4)))


@test
def lost_reply_to_creation():
    """the reply to POST /teams is lost after the effect: no second Team, the first one is found by its mark"""
    with start(ROLLCALL_GRAPH_POLL_MS="3000") as rig:
        rig.fault({"method": "POST", "path": "/teams", "nth": 1}, {"cut_after_effect": True})
        team = made(rig, class_of(3))
        made_there = rig.ledger("team_created")
        equal([m["team"] for m in made_there], [team])


@test
def lost_reply_to_add():
    """the reply to members/add is lost after the effect: every learner is Added once, counts as the ledger"""
    with start() as rig:
        made(rig)
        rig.fault({"method": "POST", "path": "/teams/*/members/add", "nth": 1}, {"cut_after_effect": True})
        _, record = rig.run("sync-learners", "green-hill", class_of(25))
        equal((record["state"], counts(record)), ("done", summary(added=25)))
        equal(len(rig.ledger("member_added")), 25)


@test
def one_bad_apple():
    """a wave refused as a whole is halved until the culprit stands alone; the rest get in"""
    with start() as rig:
        made(rig)
        rig.control("scenario", {"settings": {"whole_404": True, "fail_users": [address("learner7")],
                                              "fail_error": {"code": "NotFound", "message": ""}}})
        id, record = rig.run("sync-learners", "green-hill", class_of(19))
        equal((record["state"], counts(record)), ("done", summary(added=18, failed=1)))
        bad = [r for r in rig.rows(id) if r["outcome"] == "failed"]
        equal([(r["learner"], r["reason"]) for r in bad], [("L007", "add_failed")])


@test
def partial_answers():
    """a 207 names who failed; a 207 without a body is settled by reading the members again"""
    with start() as rig:
        made(rig)
        rig.control("scenario", {"settings": {"fail_users": [address("learner3")],
                                              "fail_error": {"code": "Forbidden", "message": ""}}})
        id, record = rig.run("sync-learners", "green-hill", class_of(10))
        equal(counts(record), summary(added=9, failed=1))
        equal([r["detail"] for r in rig.rows(id) if r["learner"] == "L003"], ["Forbidden"])
        rig.control("scenario", {"settings": {"no_body": True, "fail_users": [address("learner3")],
                                              "fail_error": {"code": "Forbidden", "message": ""}}})
        _, record = rig.run("sync-learners", "green-hill", class_of(18))
        equal(counts(record), summary(added=8, already_member=9, failed=1))
        equal(len(rig.ledger("member_added")), 17)


@test
def throttled():
    """429 with Retry-After: the job waits and says until when, no attempt is spent, then it is done"""
    with start() as rig:
        made(rig)
        rig.fault({"method": "POST", "path": "/teams/*/members/add", "nth": 1},
                  {"status": 429, "retry_after": 3})
        id = rig.push("sync-learners", "green-hill", class_of(10))

        def waiting():
            "the record to say that it waits"
            r = rig.job(id)
            return r if r.get("state") == "waiting" else None
        record = wait_for(waiting)
        check("until" in record["message"] and int(record["retry_at"]) > 0, "says until when")
        equal(rig.redis("HGET", rig.key("counts"), "waiting"), "1")
        record = rig.ended(id)
        equal((record["state"], record["attempt"], counts(record)), ("done", "1", summary(added=10)))
        check("message" not in record, "no stale message")
        equal(rig.stats()["early_retries"], 0)


@test
def refusals():
    """unknown school, not connected, switched off, unknown type, no consent, no teacher: each its word"""
    with start() as rig:
        rig.school("no-tenant", tenant_id="")
        rig.school("delegated", auth="delegated")
        rig.school("off", enabled="0")
        rig.school("elsewhere", tenant_id="33333333-3333-3333-3333-333333333333")

        def word(type, school, cls=None, **more):
            _, record = rig.run(type, school, cls or class_of(1), **more)
            return record["state"], record["error_code"]
        equal(word("create-team", "nobody"), ("failed", "unknown_school"))
        equal(word("create-team", "no-tenant"), ("failed", "not_connected"))
        equal(word("create-team", "delegated"), ("failed", "not_connected"))
        equal(word("create-team", "off"), ("failed", "not_permitted"))
        equal(word("make-coffee", "green-hill"), ("failed", "unknown_type"))
        _, record = rig.run("create-teams", "green-hill")
        equal((record["state"], record["error_code"]), ("failed", "unknown_type"), record["error"])
        equal(word("sync-learners", "green-hill"), ("failed", "team_missing"))
        equal(word("create-team", "green-hill", class_of(1, teachers=[])), ("failed", "not_permitted"))
        rig.control("consent", {"app": "11111111-1111-1111-1111-111111111111",
                                "tenant": TENANT, "withdraw": True})
        rig.control("expire_tokens", {})
        equal(word("create-team", "green-hill", class_of(1, id="9B")), ("failed", "consent_required"))


@test
def unlicensed_owner():
    """an owner without a Teams licence: not_licensed"""
    with start(users=[{"mail": address("teacher9"), "teamsLicensed": False}]) as rig:
        cls = class_of(1, teachers=[{"id": "s9", "name": "T", "email": address("teacher9")}])
        _, record = rig.run("create-team", "green-hill", cls)
        equal((record["state"], record["error_code"]), ("failed", "not_licensed"))


@test
def owner_by_mail():
    """a teacher whose sign-in name is not the address is found, and co-teachers become owners"""
    with start(users=[{"mail": address("n.dlamini"), "userPrincipalName": address("staff17")}]) as rig:
        cls = class_of(1, teachers=[{"id": "s1", "name": "A", "email": address("teacher1")},
                                    {"id": "s17", "name": "N. Dlamini", "email": address("n.dlamini")}])
        id, record = rig.run("create-team", "green-hill", cls, requested_by="s17")
        equal(record["state"], "done", record.get("error"))
        equal(owners_of(rig, record["team_id"]),
              {address("teacher1"), address("n.dlamini")})
        first = next(m["id"] for m in rig.team(record["team_id"])["members"] if m["mail"] == address("n.dlamini"))
        equal(rig.ledger("team_created")[0]["user"], first, "who owned it first")


@test
def cancelled_half_way():
    """cancel stops a running sync; rows equal the ledger, the rest is untouched and the sync date set"""
    with start(n=120) as rig:
        made(rig)
        rig.control("scenario", {"settings": {"latency_ms": 200}})
        id = rig.push("sync-learners", "green-hill", class_of(100))
        rig.added(id)
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "259200")
        record = rig.ended(id)
        equal((record["state"], record["cancelled_by"]), ("cancelled", "staff-1"))
        rows = rig.rows(id)
        check(0 < len(rows) < 100, "some, not all: %d" % len(rows))
        equal(sorted(r["user_id"] for r in rows), sorted(c["user"] for c in rig.ledger("member_added")))
        equal(int(record["done"]), len(rows))
        check(rig.redis("HGET", rig.key("class:green-hill:8B-2026"), "last_sync_at"), "the date")


@test
def dry_run():
    """dry_run reports what would be done and writes nothing, not even the register"""
    with start() as rig:
        made(rig, class_of(3))
        rig.run("sync-learners", "green-hill", class_of(3))
        before = rig.redis.hash(rig.key("class:green-hill:8B-2026:learners"))
        id, record = rig.run("sync-learners", "green-hill", class_of(0, learners=learners(4, first=2)),
                             options={"dry_run": True})
        equal(record["state"], "done", record.get("error"))
        equal(sorted(r["outcome"] for r in rig.rows(id)), ["added", "added", "already_member", "already_member", "removed"])
        equal(len(rig.ledger("member_added")), 3)
        equal(rig.redis.hash(rig.key("class:green-hill:8B-2026:learners")), before)


sys.exit(test.main(sys.argv[1:]))
