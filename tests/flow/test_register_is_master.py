#!/usr/bin/env python3
"""The register is the master: what a sync makes equal, what it leaves alone, and who counts as what."""
import json
import os
import random
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import CLIENT, SECRET, TENANT, Suite, address, check, class_of, equal, learners, start  # noqa: E402

test = Suite()
COUNTS = ("added", "already_member", "failed", "unresolved", "removed", "removal_failed")
CLASS = "class:green-hill:8B-2026"


def counts(record):
    return {name: int(record[name]) for name in COUNTS}


def summary(**more):
    return dict(dict.fromkeys(COUNTS, 0), **more)


def learner(id, email, name=None):
    return {"id": id, "name": name or "Learner " + id, "email": email}


def run(rig, type, cls, **more):
    id, record = rig.run(type, "green-hill", cls, requested_by="staff-1", **more)
    equal(record["state"], "done", "%s (%s)" % (type, record.get("error")))
    return id, record


def with_a_team(cls=None, **more):
    rig = start(**more)
    rig.made = run(rig, "create-team", cls or class_of(0))[1]["team_id"]
    return rig


def mails(rig, team=None, owner=False):
    return {m["mail"] for m in rig.team(team or rig.made)["members"] if m["owner"] == owner}


def standings(rig):
    """Learner id -> status, reason, and "left" of those who have."""
    kept = {id: json.loads(text) for id, text in rig.redis.hash(rig.key(CLASS + ":learners")).items()}
    return {id: (k["status"], k["reason"]) + (("left",) if k.get("left") else ()) for id, k in kept.items()}


def age(rig):
    """As if the Team had been there for long: that it is missing means something."""
    rig.redis("HSET", rig.key(CLASS), "team_made_at", "1000")


# ---- what a sync does -----------------------------------------------------------------------

@test
def one_of_each():
    """one sync adds, meets, fails to add, cannot match, removes and fails to remove one each, and tells so"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(3))
        rig.control("scenario", {"settings": {"fail_users": [address("learner3"), address("learner5")],
                                              "fail_error": {"code": "Forbidden", "message": ""}}})
        now = class_of(0, learners=learners(1) + learners(2, first=4) + [learner("L006", "nobody@school.example")])
        id, record = run(rig, "sync-learners", now)
        equal(counts(record), dict.fromkeys(COUNTS, 1))
        equal((record["done"], record["total"]), ("6", "6"))
        equal({r["learner"]: r["outcome"] for r in rig.rows(id)},
              {"L001": "already_member", "L002": "removed", "L003": "removal_failed", "L004": "added",
               "L005": "failed", "L006": "unresolved"})
        equal(standings(rig),
              {"L001": ("synced", ""), "L003": ("failed", "remove_failed", "left"), "L004": ("synced", ""),
               "L005": ("failed", "add_failed"), "L006": ("not_synced", "no_account")})
        standing = rig.redis.hash(rig.key(CLASS))
        equal((standing["status"], standing["failed"], standing["unresolved"]), ("failed", "1", "1"))
        equal(mails(rig), {address("learner%d" % i) for i in (1, 3, 4)})


@test
def books_balance():
    """whatever the register and the Team were before, the six counts add up and the Team is the register afterwards"""
    chance = random.Random(8)
    with with_a_team(scale=500) as rig:
        for turn in range(15):
            there = learners(30)
            odd = [learner("O%d" % i, chance.choice(("", "nobody%d@school.example" % i, "no address"))) for i in range(5)]
            members = chance.sample(there, chance.randint(1, 30))
            cls = class_of(0, learners=members + chance.sample(odd, chance.randint(0, 5)))
            wanted = {x["email"] for x in members}
            by_hand = [address("learner%d" % i) for i in chance.sample(range(31, 41), chance.randint(0, 4))]
            taken = chance.sample(sorted(mails(rig)), min(len(mails(rig)), chance.randint(0, 3)))
            rig.control("teams/" + rig.made, {"add": by_hand, "remove": taken})
            to_go = len(mails(rig) - wanted)
            id, record = run(rig, "sync-learners", cls, options={"approve_removals": True})
            got, rows, when = counts(record), rig.rows(id), "turn %d" % turn
            equal(sum(got[c] for c in COUNTS[:4]), len(cls["learners"]), when)
            equal(sum(r["outcome"] in ("removed", "removal_failed") for r in rows), to_go, when)
            equal(got["removed"] + got["removal_failed"],
                  sum(r["outcome"] in ("removed", "removal_failed", "removed_locally") for r in rows), when)
            equal(len({r["learner"] or r["user_id"] for r in rows}), len(rows), "one row each, " + when)
            equal((mails(rig), mails(rig, owner=True)), (wanted, {address("teacher1")}), when)


@test
def unresolved_do_not_count_as_failed():
    """a class with two learners without an account is Active, and says two beside it"""
    with with_a_team() as rig:
        two = [learner("A", ""), learner("B", "nobody@school.example")]
        run(rig, "sync-learners", class_of(0, learners=learners(3) + two))
        standing = rig.redis.hash(rig.key(CLASS))
        equal((standing["status"], standing["failed"], standing["unresolved"]), ("active", "0", "2"))


@test
def nobody_synced():
    """a Team for which every learner failed stays Pending, with the failures beside it"""
    with with_a_team() as rig:
        rig.control("scenario", {"settings": {"fail_users": [address("learner%d" % i) for i in range(1, 6)],
                                              "fail_error": {"code": "Forbidden", "message": ""}}})
        run(rig, "sync-learners", class_of(5))
        standing = rig.redis.hash(rig.key(CLASS))
        equal((standing["status"], standing["synced"], standing["failed"]), ("pending", "0", "5"))


@test
def come_back():
    """a learner who left and came back is added again, also one who was Removed locally meanwhile"""
    with with_a_team() as rig:
        stray = learner("X1", "stray@school.example")
        run(rig, "sync-learners", class_of(5, learners=learners(5) + [stray]))
        id, record = run(rig, "sync-learners", class_of(4))
        equal(counts(record), summary(already_member=4, removed=2))
        equal({r["learner"]: r["outcome"] for r in rig.rows(id) if r["outcome"].startswith("removed")},
              {"L005": "removed", "X1": "removed_locally"})
        rig.control("people", {"tenant": TENANT, "create": {"mail": "stray@school.example"}})
        _, record = run(rig, "sync-learners", class_of(5, learners=learners(5) + [stray]))
        equal(counts(record), summary(added=2, already_member=4))
        equal(standings(rig)["X1"], ("synced", ""))


@test
def no_membership_on_record():
    """a leaver without a membership on record, who is in the Team all the same, is looked up there and taken out"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(4))
        run(rig, "register", class_of(5))
        rig.control("teams/" + rig.made, {"add": [address("learner5")]})
        id, record = run(rig, "sync-learners", class_of(4))
        equal(counts(record), summary(already_member=4, removed=1))
        equal([(r["learner"], r["outcome"]) for r in rig.rows(id) if r["outcome"] != "already_member"],
              [("L005", "removed")])
        check(address("learner5") not in mails(rig), "out of the Team")


@test
def cancelled_before_their_turn():
    """whoever was not reached before a cancel stands as before, and is in no Team"""
    with with_a_team(ROLLCALL_SYNC_WAVE="1") as rig:
        rig.run("register", "green-hill", class_of(30))
        before = standings(rig)
        rig.control("scenario", {"settings": {"latency_ms": 50}})
        id = rig.push("sync-learners", "green-hill", class_of(30))
        rig.added(id)
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "259200")
        equal(rig.ended(id)["state"], "cancelled")
        done = {r["learner"] for r in rig.rows(id)}
        check(5 <= len(done) < 30, "some, not all")
        equal(standings(rig), {l: ("synced", "") if l in done else before[l] for l in before})
        equal(set(before.values()), {("not_synced", "")}, "before")
        equal(len(mails(rig)), len(done))


# ---- what is changed by hand at Microsoft's ---------------------------------------------------

@test
def one_way():
    """a Team that is renamed, joined and left by hand changes nothing in the register; a sync puts the members back"""
    with with_a_team() as rig:
        run(rig, "register", class_of(6))
        run(rig, "sync-learners", {"id": "8B-2026"})
        register = rig.redis.hash(rig.key(CLASS + ":register"))
        check(register, "there is a register")
        rig.control("teams/" + rig.made, {"name": "Our own name", "add": [address("learner40")],
                                          "remove": [address("learner2")]})
        run(rig, "check-team", {"id": "8B-2026"})
        equal(rig.redis.hash(rig.key(CLASS + ":register")), register, "the register after a look")
        _, record = run(rig, "sync-learners", {"id": "8B-2026"})
        equal(counts(record), summary(added=1, already_member=5, removed=1))
        equal(rig.redis.hash(rig.key(CLASS + ":register")), register, "the register after a sync")
        equal(rig.redis("HGET", rig.key(CLASS), "name"), "8B", "the class's name")
        equal(mails(rig), {address("learner%d" % i) for i in range(1, 7)})


@test
def names():
    """a class that is renamed leaves the Team's name alone, and so does each sync a name that was given by hand"""
    with with_a_team() as rig:
        before = rig.team(rig.made)["name"]
        run(rig, "sync-learners", class_of(3, name="8 Blue"))
        equal(rig.redis("HGET", rig.key(CLASS), "name"), "8 Blue", "the class's name")
        equal(rig.team(rig.made)["name"], before, "the Team's name")
        rig.control("teams/" + rig.made, {"name": "Our own name"})
        run(rig, "sync-learners", class_of(4, name="8 Green"))
        run(rig, "create-team", class_of(4, name="8 Green"))
        equal(rig.team(rig.made)["name"], "Our own name", "the Team's name")
        equal([c["via"] for c in rig.ledger("team_changed")], ["hand"], "who changed a name")


@test
def guests():
    """a guest whom somebody invited into the Team is a member added by hand, and goes with the next sync"""
    guest = {"mail": "cousin@elsewhere.example", "userPrincipalName": "cousin_elsewhere.example#EXT#@school.example",
             "userType": "Guest"}
    with with_a_team(users=[guest]) as rig:
        rig.control("teams/" + rig.made, {"add": [guest["userPrincipalName"], guest["mail"]]})
        check(guest["mail"] in mails(rig), "the guest is there")
        id, record = run(rig, "sync-learners", class_of(3))
        equal(counts(record), summary(added=3, removed=1))
        equal([(r["email"], r["reason"]) for r in rig.rows(id) if r["outcome"] == "removed"],
              [(guest["mail"], "added_by_hand")])


@test
def nothing_else():
    """whatever is asked for, only Teams and their members change at Microsoft's: no account is made for anybody"""
    with with_a_team() as rig:
        for cls in (class_of(3, learners=learners(3) + [learner("X", "nobody@school.example")]), class_of(2)):
            for type in ("register", "sync-learners", "check-team", "create-team"):
                run(rig, type, cls)
        equal({c["what"] for c in rig.ledger()}, {"team_created", "member_added", "member_removed"})


@test
def no_schedule():
    """as long as no schedule is set nobody syncs: a register that changed waits for somebody to press Sync Learners"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(3))
        rig.control("stats", method="DELETE")
        run(rig, "register", class_of(9))
        equal(rig.stats()["http_requests"], 0, "requests to Microsoft")
        for place in ("inbox", "schedules", "due"):
            equal(rig.redis("EXISTS", rig.key(place)), 0, place)
        places = dict(rig.redis.hash(rig.key("counts")))
        equal([int(places.get(p, 0)) for p in ("queued", "waiting", "running")], [0, 0, 0], "jobs that could begin")
        equal(len(mails(rig)), 3)


# ---- Teams ---------------------------------------------------------------------------------------

@test
def owner_and_member():
    """the teacher for whom a Team is made is its owner and its member, and its only one until the first sync"""
    with with_a_team(class_of(5)) as rig:
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
                                       "scope": "https://graph.microsoft.com/.default"}).encode()
        with urllib.request.urlopen("%s/%s/oauth2/v2.0/token" % (rig.graph, TENANT), form, timeout=30) as answer:
            token = json.load(answer)["access_token"]
        for people in ("owners", "members"):
            asked = urllib.request.Request("%s/v1.0/groups/%s/%s" % (rig.graph, rig.made, people),
                                           headers={"Authorization": "Bearer " + token})
            with urllib.request.urlopen(asked, timeout=30) as answer:
                equal([p["mail"] for p in json.load(answer)["value"]], [address("teacher1")], people)


@test
def deep_link():
    """View in Teams has the Team's own link, with its group and the school's tenant"""
    with with_a_team() as rig:
        link = urllib.parse.urlsplit(rig.redis("HGET", rig.key(CLASS), "web_url"))
        query = urllib.parse.parse_qs(link.query)
        equal((link.scheme, link.netloc), ("https", "teams.microsoft.com"))
        equal((query["groupId"], query["tenantId"]), ([rig.made], [TENANT]))


@test
def deleted_and_created_again():
    """Create Team on a class whose Team was deleted makes another one, forgets who was in the first, and a sync fills it"""
    with with_a_team(ROLLCALL_GRAPH_POLL_MS="1000") as rig:
        run(rig, "sync-learners", class_of(4))
        age(rig)
        rig.control("teams/" + rig.made, {"delete": True})
        _, record = run(rig, "create-team", class_of(4))
        check(record["team_id"] != rig.made, "another Team")
        standing = rig.redis.hash(rig.key(CLASS))
        equal((standing["status"], standing["synced"], standing["team_id"]), ("pending", "0", record["team_id"]))
        equal(set(standings(rig).values()), {("pending", "")})
        _, synced = run(rig, "sync-learners", class_of(4))
        equal(counts(synced), summary(added=4))
        equal(len(mails(rig, record["team_id"])), 4)
        equal(len(rig.ledger("team_created")), 2)


@test
def pending_and_gone():
    """a sync of a Pending class looks whether the Team lives before it changes anybody"""
    with with_a_team(class_of(4), ROLLCALL_GRAPH_POLL_MS="1000") as rig:
        age(rig)
        rig.control("teams/" + rig.made, {"delete": True})
        rig.control("stats", method="DELETE")
        _, record = rig.run("sync-learners", "green-hill", class_of(4))
        equal((record["state"], record["error_code"]), ("failed", "team_missing"))
        equal({route.split()[0] for route in rig.stats()["by_route"]}, {"GET"}, "what was asked for")
        standing = rig.redis.hash(rig.key(CLASS))
        equal((standing["status"], standing["note"]), ("no_team", "the Team was deleted in Microsoft 365"))


# ---- who is who -------------------------------------------------------------------------------------

@test
def two_classes():
    """a learner of two classes is a member of both Teams, and leaving one class leaves the other alone"""
    with with_a_team() as rig:
        other = run(rig, "create-team", class_of(0, id="Choir"))[1]["team_id"]
        run(rig, "sync-learners", class_of(3))
        run(rig, "sync-learners", class_of(3, id="Choir"))
        _, record = run(rig, "sync-learners", class_of(2))
        equal(counts(record), summary(already_member=2, removed=1))
        check(address("learner3") not in mails(rig), "out of the one")
        check(address("learner3") in mails(rig, other), "still in the other")


@test
def teacher_and_learner():
    """a teacher who is in the register as a learner, too, stays owner, in the class and after leaving it"""
    with with_a_team() as rig:
        both = learners(2) + [learner("T", address("teacher1"))]
        _, record = run(rig, "sync-learners", class_of(0, learners=both))
        equal(counts(record), summary(added=2, already_member=1))
        _, record = run(rig, "sync-learners", class_of(2))
        equal(counts(record), summary(already_member=2))
        equal(mails(rig, owner=True), {address("teacher1")})
        equal(rig.ledger("member_removed", "role_changed"), [])


@test
def no_learners():
    """a class without learners can be synced: nothing is counted but who was added by hand, and it stays Pending"""
    with with_a_team() as rig:
        _, record = run(rig, "sync-learners", class_of(0))
        equal(counts(record), summary())
        rig.control("teams/" + rig.made, {"add": [address("learner9")]})
        _, record = run(rig, "sync-learners", class_of(0))
        equal(counts(record), summary(removed=1))
        equal(rig.redis("HGET", rig.key(CLASS), "status"), "pending")


@test
def another_teacher():
    """a class that gets another teacher keeps its Team, and the owner of before stays"""
    with with_a_team() as rig:
        new = [{"id": "staff-2", "name": "T. Botha", "email": address("teacher2")}]
        run(rig, "register", class_of(3, teachers=new))
        _, record = rig.run("sync-learners", "green-hill", {"id": "8B-2026"}, requested_by="staff-2")
        equal((record["state"], counts(record), record["team_id"]), ("done", summary(added=3), rig.made))
        check(address("teacher1") in mails(rig, owner=True), "the owner of before")
        _, record = rig.run("create-team", "green-hill", {"id": "8B-2026"}, requested_by="staff-2")
        equal((record["state"], record["team_id"]), ("done", rig.made))
        equal(len(rig.ledger("team_created")), 1)


sys.exit(test.main(sys.argv[1:]))
