#!/usr/bin/env python3
"""The history answers why somebody is in a class or is not, and says nothing twice."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, address, check, class_of, equal, learners, start, wait_for  # noqa: E402

test = Suite()
CLASS = "8B-2026"


def run(rig, type, cls, state="done", **more):
    id, record = rig.run(type, "green-hill", cls, requested_by=more.pop("requested_by", "staff-1"), **more)
    equal(record["state"], state, "%s (%s)" % (type, record.get("error")))
    return id, record


def with_a_team(**more):
    rig = start(**more)
    rig.made = run(rig, "create-team", class_of(0))[1]["team_id"]
    return rig


def history(rig, school="green-hill", **like):
    """Events, oldest first, those that are like this."""
    found = []
    for id, words in rig.redis("XRANGE", rig.key("history:" + school), "-", "+"):
        event = dict(zip(words[::2], words[1::2]))
        if all(event[k] == v for k, v in like.items()):
            found.append(event)
    return found


def told(rig, **like):
    return [(e["what"], e["learner"]) + ((e["reason"],) if e["reason"] else ()) for e in history(rig, **like)]


def length(rig):
    return rig.redis("XLEN", rig.key("history:green-hill"))


@test
def a_life_in_a_class():
    """enrolled, unresolved, added, left, removed: a learner's history is each step once, with job, class and who wanted it"""
    with with_a_team() as rig:
        thabo = {"id": "T", "name": "Thabo", "email": ""}
        first, _ = run(rig, "sync-learners", class_of(0, learners=learners(9) + [thabo]))
        run(rig, "sync-learners", class_of(0, learners=learners(9) + [thabo]), requested_by="staff-2")
        thabo["email"] = address("learner12")
        run(rig, "sync-learners", class_of(0, learners=learners(9) + [thabo]), run="night-1")
        run(rig, "sync-learners", class_of(9))
        equal(told(rig, learner="T"), [("enrolled", "T"), ("unresolved", "T", "no_email"), ("added", "T"),
                                       ("left", "T"), ("removed", "T", "left_class")])
        events = history(rig, learner="T")
        equal((events[0]["job"], events[0]["class"], events[0]["by"]), (first, CLASS, "staff-1"))
        equal([e["run"] for e in events], ["", "", "night-1", "", ""])
        check(events[2]["user_id"] and events[2]["user_id"] == events[4]["user_id"], "the account")
        text = json.dumps(events)
        check("Thabo" not in text and "@" not in text, "no name and no address in it")


@test
def nothing_twice():
    """a class in which nothing changes adds nothing to the history, night after night"""
    with with_a_team() as rig:
        cls = class_of(0, learners=learners(20) + [{"id": "X", "name": "Nobody", "email": "no@where.example"}])
        run(rig, "sync-learners", cls)
        equal([len(history(rig, what=what)) for what in ("enrolled", "added", "unresolved")], [21, 20, 1])
        before = length(rig)
        for _ in range(2):
            run(rig, "sync-learners", cls, priority="background")
        equal(length(rig), before)


@test
def books_equal():
    """what the history says was added and removed is what Microsoft's ledger says, whoever did it"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20))
        rig.control("teams/" + rig.made, {"add": [address("learner30")], "remove": [address("learner3")]})
        run(rig, "sync-learners", class_of(19))
        by_us = [c for c in rig.ledger("member_added", "member_removed") if c["via"] != "hand"]
        equal(len(history(rig, what="added")), sum(c["what"] == "member_added" for c in by_us))
        equal(len(history(rig, what="removed")), sum(c["what"] == "member_removed" for c in by_us))
        equal(told(rig, what="removed_by_hand"), [("removed_by_hand", "L003")])
        equal(told(rig, what="added_by_hand"), [("added_by_hand", "")])


@test
def put_in_by_somebody_else():
    """a learner without a match who is put in by hand is told of as that, once there is a match"""
    with with_a_team() as rig:
        rig.control("teams/" + rig.made, {"add": [address("learner1")]})
        run(rig, "sync-learners", class_of(2))
        equal(told(rig, learner="L001"), [("enrolled", "L001"), ("added_by_hand", "L001", "already_member")])


@test
def a_worker_dies():
    """a job that is taken over after its worker died tells of each learner once"""
    with with_a_team(scale=100) as rig:
        rig.fault({"method": "POST", "path": "/teams/*/members/add", "nth": 2}, {"delay_ms": 60000})
        id = rig.push("sync-learners", "green-hill", class_of(30), requested_by="staff-1")
        rig.added(id, 5)
        rig.end(rig.workers[0], signal.SIGKILL)
        rig.control("scenario", {"faults": []})
        rig.start_worker(name="second")
        equal(rig.ended(id)["state"], "done")
        equal(sorted(e["learner"] for e in history(rig, what="added")), sorted(x["id"] for x in learners(30)))
        equal(len(history(rig, what="enrolled")), 30)


@test
def the_brake_and_its_approval():
    """removals that the brake holds are told of once, and the removals with who approved them"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(20))
        for _ in range(2):
            run(rig, "sync-learners", class_of(10), state="failed")
        equal(len(history(rig, what="held")), 10)
        run(rig, "sync-learners", class_of(10), requested_by="admin-1", options={"approve_removals": True})
        equal(len(history(rig, what="removed", by="admin-1")), 10)
        equal([(e["by"], e["detail"]) for e in history(rig, what="approved")], [("admin-1", "10")])


@test
def a_dry_run():
    """a preview leaves no trace in the history"""
    with with_a_team() as rig:
        run(rig, "sync-learners", class_of(5))
        before = length(rig)
        run(rig, "sync-learners", class_of(7), options={"dry_run": True})
        equal(length(rig), before)


@test
def bounded():
    """the history of a school has about as many entries as it may have, the newest ones"""
    with with_a_team(ROLLCALL_RECORDS_HISTORY="1000", n=10) as rig:
        for i in range(60):
            run(rig, "register", class_of(0, id="C%d" % i, learners=learners(40)))
        n = length(rig)
        check(1000 <= n < 1400, "about 1,000 entries: %d" % n)
        wait_for(lambda: history(rig)[-1]["class"] == "C59")


sys.exit(test.main(sys.argv[1:]))
