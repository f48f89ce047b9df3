#!/usr/bin/env python3
"""What people changed by hand is shown; what the school lets stand, stays; and dates are respected."""
import collections
import datetime
import json
import os
import random
import signal
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, address, check, class_of, equal, has, learners, start  # noqa: E402

test = Suite()
COUNTS = ("added", "already_member", "failed", "unresolved", "removed", "removal_failed")
CLASS = "green-hill:8B-2026"


def counts(record):
    return {name: int(record[name]) for name in COUNTS}


def summary(**more):
    return dict(dict.fromkeys(COUNTS, 0), **more)


def run(rig, type, cls, state="done", **more):
    id, record = rig.run(type, "green-hill", cls, requested_by="staff-1", **more)
    equal(record["state"], state, "%s (%s)" % (type, record.get("error")))
    return id, record


def with_a_team(users=(), n=40, **more):
    rig = start(users=users, n=n, **more)
    rig.made = run(rig, "create-team", class_of(0))[1]["team_id"]
    rig.ids = {}
    return rig


def members(rig, owner=False):
    return {m["mail"] for m in rig.team(rig.made)["members"] if m["owner"] == owner}


def account(rig, mail):
    """The id of an account that is or was in the Team."""
    for m in rig.team(rig.made)["members"]:
        rig.ids[m["mail"]] = m["id"]
    return rig.ids[mail]


def drift(rig):
    kept = {id: json.loads(text) for id, text in rig.redis.hash(rig.key("drift:" + CLASS)).items()}
    return sorted((d["what"], d["name"], d["became"]) for d in kept.values())


def let_stand(rig, user_id, kind, **more):
    rig.redis("HSET", rig.key("exceptions:" + CLASS), user_id, json.dumps(dict({"kind": kind}, **more)))


def held(rig, id):
    return sorted((r["learner"] or r["email"], r["reason"]) for r in rig.rows(id) if r["outcome"] == "held")


def day(more=0):
    """A day, where the school is."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Africa/Johannesburg"))
    return (now.date() + datetime.timedelta(days=more)).isoformat()


HELPER = {"mail": address("helper"), "displayName": "Class Helper"}


# ---- drift and exceptions --------------------------------------------------------------------

@test
def drift_is_shown():
    """who was put in, taken out or made an owner by hand is on the drift list until a look does not see it any more"""
    with with_a_team(users=[HELPER, {"mail": address("boss"), "displayName": "The Boss"}]) as rig:
        run(rig, "sync-learners", class_of(10))
        equal(drift(rig), [])
        rig.control("teams/" + rig.made, {"add": [address("helper")], "remove": [address("learner3")],
                                          "add_owners": [address("boss")]})
        run(rig, "sync-learners", class_of(10))
        equal(drift(rig), [("added", "Class Helper", "reverted"), ("owner_added", "The Boss", ""),
                           ("removed", "Learner 3", "reverted")])
        equal(members(rig), {x["email"] for x in learners(10)})
        run(rig, "sync-learners", class_of(10))
        equal(drift(rig), [("owner_added", "The Boss", "")])


@test
def another_name():
    """a name that was changed in Microsoft 365 is on the drift list and stays as it is, until it is the old one again"""
    with with_a_team() as rig:
        for name, want in (("8B Mathematics", [("renamed", "8B Mathematics", "")]), ("8B", [])):
            rig.control("teams/" + rig.made, {"name": name})
            run(rig, "sync-learners", class_of(3))
            for _ in range(2):
                run(rig, "check-team", {"id": "8B-2026"})
            run(rig, "sync-learners", class_of(3))
            equal(drift(rig), want)
            equal(rig.team(rig.made)["name"], name)


@test
def kept_until_and_accepted():
    """a helper who is let stand stays, until the day that was said; keep is shown, accept is not, and it costs no request"""
    with with_a_team(users=[HELPER]) as rig:
        run(rig, "sync-learners", class_of(10))
        rig.control("teams/" + rig.made, {"add": [address("helper")]})
        helper = account(rig, address("helper"))
        for kind, until, shown in (("keep", "", True), ("until", day(1), True), ("accept", "", False)):
            let_stand(rig, helper, kind, until=until)
            rig.control("stats", method="DELETE")
            id, record = run(rig, "sync-learners", class_of(10))
            equal(rig.stats()["graph_requests"], 1, "requests")
            equal(counts(record), summary(already_member=10), kind)
            equal(held(rig, id), [(address("helper"), "exception")], kind)
            equal(drift(rig), [("added", "Class Helper", "kept")] if shown else [], kind)
        let_stand(rig, helper, "until", until=day(0))
        _, record = run(rig, "sync-learners", class_of(10))
        equal(counts(record), summary(already_member=10, removed=1))
        check(address("helper") not in members(rig))


@test
def kept_out():
    """a learner who was taken out by hand, and of whom that is let stand, is not put in again; the books say held"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(10))
        third = account(rig, address("learner3"))
        rig.control("teams/" + rig.made, {"remove": [address("learner3")]})
        let_stand(rig, third, "keep")
        for _ in range(2):
            id, record = run(rig, "sync-learners", class_of(10))
            equal(counts(record), summary(already_member=9))
            equal((held(rig, id), record["done"], record["total"]), ([("L003", "exception")], "10", "10"))
            equal(drift(rig), [("removed", "Learner 3", "kept")])
        rig.redis("DEL", rig.key("exceptions:" + CLASS))
        _, record = run(rig, "sync-learners", class_of(10))
        equal(counts(record), summary(added=1, already_member=9))


@test
def no_exception_feeds_the_brake():
    """people who are let stand do not count for the brake"""
    with with_a_team(n=40) as rig:
        run(rig, "sync-learners", class_of(10))
        guests = [address("learner%d" % i) for i in range(20, 30)]
        rig.control("teams/" + rig.made, {"add": guests})
        for mail in guests[1:]:
            let_stand(rig, account(rig, mail), "accept")
        _, record = run(rig, "sync-learners", class_of(10))
        equal(counts(record), summary(already_member=10, removed=1))


# ---- holding removals ---------------------------------------------------------------------------

@test
def removals_held():
    """with hold_removals everybody is added, nobody is removed, and the job ends done and names who would go"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20))
        id, record = run(rig, "sync-learners", class_of(0, learners=learners(5) + learners(2, first=30)),
                         options={"hold_removals": True})
        equal(counts(record), summary(added=2, already_member=5))
        equal(len(held(rig, id)), 15)
        equal({r for _, r in held(rig, id)}, {"left_class"})
        has(record["message"], "15 removals are held back")
        equal(rig.ledger("member_removed"), [])


@test
def held_until_the_night():
    """whom a run left where they are, because it only added, the next night takes out, or holds by its brake"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20))
        for there, state, want in ((18, "done", summary(already_member=18, removed=2)), (10, "failed", summary(already_member=10))):
            _, record = run(rig, "sync-learners", class_of(there), options={"hold_removals": True})
            equal(counts(record), summary(already_member=there))
            _, record = run(rig, "sync-learners", {"id": "8B-2026"}, priority="background", state=state)
            equal(counts(record), want)
        equal(record["error_code"], "removals_need_approval")


@test
def an_emptied_class_stays_emptied():
    """a register that was emptied goes on holding its removals after a run that held them anyway"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(3))
        run(rig, "sync-learners", class_of(0), options={"hold_removals": True})
        _, record = run(rig, "sync-learners", class_of(0), state="failed")
        equal(record["error_code"], "removals_need_approval")


@test
def a_class_that_is_over():
    """nobody is taken out of a class whose last day has passed, unless somebody approves it"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20, ends=day(0)))
        id, record = run(rig, "sync-learners", class_of(19, ends=day(-1)))
        equal((counts(record), held(rig, id)), (summary(already_member=19), [("L020", "left_class")]))
        has(record["message"], "since the class is over")
        _, record = run(rig, "sync-learners", class_of(19, ends=day(-1)), options={"approve_removals": True})
        equal(counts(record), summary(already_member=19, removed=1))


@test
def a_class_of_which_rows_were_dropped():
    """nobody is taken out of a class by a row of its roster that could not be read, and whoever else left goes"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20))
        id, record = run(rig, "sync-learners", class_of(19, incomplete=True))
        equal((counts(record), held(rig, id)), (summary(already_member=19), [("L020", "left_class")]))
        has(record["message"], "since rows of the roster")
        id, record = run(rig, "sync-learners", class_of(18, missing=["L020", "L021"]))
        equal((counts(record), held(rig, id)), (summary(already_member=18, removed=1), [("L020", "left_class")]))
        id, record = run(rig, "sync-learners", class_of(18, missing=["L020"]), options={"approve_removals": True})
        equal((counts(record), held(rig, id)), (summary(already_member=18), [("L020", "left_class")]))
        _, record = run(rig, "sync-learners", class_of(18))
        equal(counts(record), summary(already_member=18, removed=1))


# ---- previews ---------------------------------------------------------------------------------------

@test
def exactly_the_preview():
    """a run that is to keep to a preview does what it said, leaves out what came up since, and says so"""
    with with_a_team(users=[HELPER]) as rig:
        run(rig, "sync-learners", class_of(20))
        wanted = class_of(0, learners=learners(19) + learners(1, first=21))
        preview, record = run(rig, "sync-learners", wanted, options={"dry_run": True})
        equal(counts(record), summary(added=1, already_member=19, removed=1))
        rig.control("teams/" + rig.made, {"add": [address("helper")]})
        now = class_of(0, learners=wanted["learners"] + learners(1, first=22))
        id, record = run(rig, "sync-learners", now, options={"plan": preview})
        equal(counts(record), summary(added=1, already_member=19, removed=1))
        equal(held(rig, id), [("L022", "not_in_preview"), (address("helper"), "not_in_preview")])
        has(record["message"], "2 changes have come up since the preview")
        equal(members(rig), {x["email"] for x in wanted["learners"]} | {address("helper")})
        again, record = run(rig, "sync-learners", now, options={"dry_run": True})
        _, record = run(rig, "sync-learners", now, options={"plan": again})
        equal((counts(record), record.get("message", "")), (summary(added=1, already_member=20, removed=1), ""))


@test
def a_preview_that_is_braked():
    """removals that a preview showed behind the brake go once somebody has approved them, and no others"""
    with with_a_team(users=[HELPER]) as rig:
        run(rig, "sync-learners", class_of(20))
        preview, record = run(rig, "sync-learners", class_of(10), state="failed", options={"dry_run": True})
        equal(record["error_code"], "removals_need_approval")
        rig.control("teams/" + rig.made, {"add": [address("helper")]})
        id, record = run(rig, "sync-learners", class_of(10), options={"plan": preview})
        equal(collections.Counter(reason for _, reason in held(rig, id)), {"left_class": 10, "not_in_preview": 1})
        has(record["message"], "10 removals are held back until somebody approves them.")
        _, record = run(rig, "sync-learners", class_of(10), options={"plan": preview, "approve_removals": True})
        equal(counts(record), summary(already_member=10, removed=10))
        check(address("helper") in members(rig))


@test
def no_such_preview():
    """a preview that is gone, is another class's or has not ended is refused before anything happens"""
    with with_a_team() as rig:
        other, _ = run(rig, "sync-learners", class_of(0, id="9A"), state="failed", options={"dry_run": True})
        later = rig.push("sync-learners", "green-hill", class_of(1), at=4102444800000, options={"dry_run": True})
        for plan in ("nothing", other, later):
            _, record = run(rig, "sync-learners", class_of(5), state="failed", options={"plan": plan})
            equal(record["error_code"], "bad_envelope")
            has(record["error"], plan)
        equal(rig.ledger("member_added"), [])


# ---- dates ----------------------------------------------------------------------------------------------

@test
def dates():
    """a learner is a member from the first day on and until the day before the last, and the run says who begins later"""
    with with_a_team() as rig:
        people = learners(10)
        people[0]["from"], people[1]["from"] = day(0), day(1)
        people[2]["until"], people[3]["until"] = day(1), day(0)
        id, record = run(rig, "sync-learners", class_of(0, learners=people))
        equal(counts(record), summary(added=8))
        equal(members(rig), {x["email"] for x in people} - {people[1]["email"], people[3]["email"]})
        equal((record["total"], record["message"]), ("8", "1 learner begins later and is not in yet."))
        people[1]["from"], people[2]["until"] = day(0), day(0)
        _, record = run(rig, "sync-learners", class_of(0, learners=people))
        equal(counts(record), summary(added=1, already_member=7, removed=1))


@test
def days_of_grace():
    """a leaver stays for the school's days of grace, then goes; who comes back meanwhile has lost nothing"""
    with with_a_team() as rig:
        rig.school("green-hill", grace_days="7")
        run(rig, "sync-learners", class_of(10))
        id, record = run(rig, "sync-learners", class_of(8))
        equal((counts(record), held(rig, id)),
              (summary(already_member=8), [("L009", "in_grace"), ("L010", "in_grace")]))
        _, record = run(rig, "sync-learners", class_of(9))
        equal(counts(record), summary(already_member=9))
        equal(rig.ledger("member_removed"), [])
        key = rig.key("class:%s:learners" % CLASS)
        leaver = json.loads(rig.redis("HGET", key, "L010"))
        equal((leaver["left"], leaver["left_on"], leaver["reason"]), (True, day(0), "in_grace"))
        for left_on, removed in ((day(-6), 0), (day(-7), 1)):
            rig.redis("HSET", key, "L010", json.dumps(dict(leaver, left_on=left_on)))
            _, record = run(rig, "sync-learners", class_of(9))
            equal(counts(record), summary(already_member=9, removed=removed), "left on " + left_on)
        equal(members(rig), {x["email"] for x in learners(9)})


@test
def grace_from_the_last_day():
    """the days of grace count from the day on which the enrolment ended, not from the day on which somebody noticed"""
    with with_a_team() as rig:
        rig.school("green-hill", grace_days="7")
        run(rig, "sync-learners", class_of(10))
        people = learners(10)
        people[8]["until"], people[9]["until"] = day(-3), day(-7)
        id, record = run(rig, "sync-learners", class_of(0, learners=people))
        equal((counts(record), held(rig, id)), (summary(already_member=8, removed=1), [("L009", "in_grace")]))


@test
def a_night_of_grace():
    """leavers in their days of grace are told of in the history once, however many nights they stay"""
    with with_a_team() as rig:
        rig.school("green-hill", grace_days="7")
        run(rig, "sync-learners", class_of(10))
        run(rig, "sync-learners", class_of(9))
        before = rig.redis("XLEN", rig.key("history:green-hill"))
        for _ in range(2):
            rig.control("stats", method="DELETE")
            run(rig, "sync-learners", {"id": "8B-2026"}, priority="background")
            equal(rig.stats()["graph_requests"], 1, "requests")
        equal(rig.redis("XLEN", rig.key("history:green-hill")), before)


@test
def nothing_to_decide():
    """in the report of a run nobody who is let stand, or stays for days of grace, waits for a decision; who is held does"""
    with with_a_team(users=[HELPER]) as rig:
        rig.school("green-hill", grace_days="7")
        run(rig, "sync-learners", class_of(10))
        rig.control("teams/" + rig.made, {"add": [address("helper")]})
        let_stand(rig, account(rig, address("helper")), "keep")
        for name, options, waiting in (("run-1", {}, 0), ("run-2", {"hold_removals": True}, 1)):
            rig.redis("HSET", rig.key("run:green-hill:" + name), "state", "running")
            if waiting:
                rig.control("teams/" + rig.made, {"add": [address("learner30")]})
            id, record = run(rig, "sync-learners", class_of(9), run=name, options=options)
            equal(len(held(rig, id)), 2 + waiting)
            line = json.loads(rig.redis("HGET", rig.key("run:green-hill:" + name), "c:8B-2026"))
            equal((line["held"], line["state"]), (waiting, "done"))


@test
def opening_time():
    """learners are let in on the day that was set, or once somebody pressed the button; the night lets nobody in before"""
    with with_a_team() as rig:
        rig.school("green-hill", opens=day(1))
        id, record = run(rig, "sync-learners", class_of(5))
        equal((counts(record), record["total"], record["done"]), (summary(), "5", "5"))
        equal({reason for _, reason in held(rig, id)}, {"not_open"})
        equal(rig.redis("HGET", rig.key("class:" + CLASS), "status"), "pending")
        run(rig, "sync-learners", class_of(5, opens=day(0)))
        equal(len(members(rig)), 5)
        rig.school("green-hill", opens="teacher")
        for pressed, priority, there in ((False, "background", 5), (True, "interactive", 8), (True, "background", 9)):
            _, record = run(rig, "sync-learners", class_of(9 if there == 9 else 8), priority=priority)
            equal((counts(record)["already_member"], len(members(rig))), (5 if there < 9 else 8, there), priority)


# ---- the books, whatever is let stand --------------------------------------------------------------------

def deal(rig, chance, turn):
    """A register with dates, hands that changed the Team, exceptions, grace and a brake, all by chance."""
    people = chance.sample(learners(30), chance.randint(8, 30))
    for x in people:
        if chance.random() < 0.1:
            x["from"] = day(chance.choice((-1, 0, 1)))
        if chance.random() < 0.1:
            x["until"] = day(chance.choice((-2, 0, 1)))
    there = sorted(members(rig))
    add = [address("learner%d" % i) for i in chance.sample(range(31, 41), chance.randint(0, 3))]
    rig.control("teams/" + rig.made, {"add": add, "remove": chance.sample(there, min(len(there), chance.randint(0, 3)))})
    key = rig.key("exceptions:" + CLASS)
    rig.redis("DEL", key)
    for mail in chance.sample(sorted(rig.ids), min(len(rig.ids), chance.randint(0, 6))):
        let_stand(rig, rig.ids[mail], chance.choice(("keep", "accept", "until")), until=day(chance.choice((0, 1))))
    rig.school("green-hill", grace_days=str(chance.choice((0, 0, 3))))
    options = {"approve_removals": chance.random() < 0.7, "hold_removals": chance.random() < 0.2}
    return class_of(0, learners=people), options


def in_force(people):
    return [x for x in people if x.get("from", "") <= day() and x.get("until", "9") > day()]


def stands(rig):
    """Accounts of which an exception holds."""
    found = {u: json.loads(x) for u, x in rig.redis.hash(rig.key("exceptions:" + CLASS)).items()}
    return {u for u, x in found.items() if x["kind"] != "until" or x["until"] > day()}


def balance(rig, id, record, cls, before, changes, when):
    rows, got = rig.rows(id), counts(record)
    people = in_force(cls["learners"])
    ids = {x["id"] for x in people}
    outcome = {r["learner"]: r["outcome"] for r in rows if r["learner"] in ids}
    equal(set(outcome), ids, "a row for everybody, " + when)
    equal(len({r["learner"] or r["user_id"] for r in rows}), len(rows), "one row each, " + when)
    held_out = sum(o == "held" for o in outcome.values())
    equal(sum(got[c] for c in COUNTS[:4]) + held_out, len(people), "the sum, " + when)
    for c in COUNTS[:4]:
        equal(got[c], sum(o == c for o in outcome.values()), c + ", " + when)
    equal(got["added"], sum(c["what"] == "member_added" for c in changes), "added in the ledger, " + when)
    equal(sum(r["outcome"] == "removed" for r in rows), sum(c["what"] == "member_removed" for c in changes),
          "removed in the ledger, " + when)
    after, kept = members(rig), stands(rig)
    by_mail = {mail: u for mail, u in rig.ids.items()}
    for mail, user in by_mail.items():
        if user in kept:
            equal(mail in after, mail in before, "what is let stand stands: %s, %s" % (mail, when))
    equal({x["email"] for x in people if outcome[x["id"]] in ("added", "already_member")} - after, set(), "in, " + when)
    if record["state"] == "done":
        named = {r["email"] for r in rows if r["outcome"] == "held"}
        equal(after - {x["email"] for x in people} - named, set(), "nobody else in, " + when)


@test
def books_balance():
    """whatever is let stand, held, in grace or not begun, the counts add up to Microsoft's ledger, also when the worker dies"""
    chance = random.Random(9)
    with with_a_team(scale=500, ROLLCALL_QUEUE_LEASE_MS="1000") as rig:
        run(rig, "sync-learners", class_of(30))
        for turn in range(24):
            for m in rig.team(rig.made)["members"]:
                rig.ids[m["mail"]] = m["id"]
            cls, options = deal(rig, chance, turn)
            before, seq = members(rig), len(rig.ledger())
            id = rig.push("sync-learners", "green-hill", cls, requested_by="staff-1", options=options)
            if turn % 4 == 3:
                time.sleep(chance.random() * 0.03)
                rig.end(rig.workers[-1], signal.SIGKILL)
                rig.start_worker(name="worker%d" % turn, ROLLCALL_QUEUE_LEASE_MS="1000")
            record = rig.ended(id)
            check(record["state"] == "done" or record["error_code"] == "removals_need_approval", str(record))
            changes = [c for c in rig.ledger()[seq:] if c["via"] != "hand"]
            balance(rig, id, record, cls, before, changes, "turn %d" % turn)
        ours = [c["what"] for c in rig.ledger("member_added", "member_removed") if c["via"] != "hand"]
        told = [dict(zip(w[::2], w[1::2])) for _, w in rig.redis("XRANGE", rig.key("history:green-hill"), "-", "+")]
        equal(sum(e["what"] == "added" for e in told), ours.count("member_added"), "added in the history")
        equal(sum(e["what"] == "removed" and not e["detail"] for e in told), ours.count("member_removed"),
              "removed in the history")


sys.exit(test.main(sys.argv[1:]))
