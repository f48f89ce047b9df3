#!/usr/bin/env python3
"""A class without Team is its group: the same sync, by the group's own list and changes."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, address, check, class_of, equal, has, learners, start  # noqa: E402

test = Suite()
COUNTS = ("added", "already_member", "failed", "unresolved", "removed", "removal_failed")


def counts(record):
    return {name: int(record[name]) for name in COUNTS}


def summary(**more):
    return dict(dict.fromkeys(COUNTS, 0), **more)


def run(rig, type, cls, state="done", **more):
    id, record = rig.run(type, "green-hill", cls, requested_by="staff-1", **more)
    equal(record["state"], state, "%s (%s)" % (type, record.get("error")))
    return id, record


def with_a_class(users=(), **more):
    """A class whose group has no Team as far as anybody knows."""
    rig = start(users=users, **more)
    rig.made = run(rig, "create-team", class_of(0))[1]["team_id"]
    rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "is_team", "0")
    rig.control("stats", method="DELETE")
    return rig


def members(rig, owner=False):
    return {m["mail"] for m in rig.team(rig.made)["members"] if m["owner"] == owner and m["member"]}


@test
def all_of_it():
    """learners come and go through the group, strangers go, owners stay, and Teams is never asked"""
    with with_a_class(users=[address("boss")]) as rig:
        _, record = run(rig, "sync-learners", class_of(31))
        equal(counts(record), summary(added=31))
        rig.control("teams/" + rig.made, {"add": [address("learner40")], "add_owners": [address("boss")]})
        _, record = run(rig, "sync-learners", class_of(29))
        equal(counts(record), summary(already_member=29, removed=3))
        equal(members(rig), {x["email"] for x in learners(29)})
        check({address("teacher1"), address("boss")} <= {m["mail"] for m in rig.team(rig.made)["members"]}, "owners")
        equal({c["via"] for c in rig.ledger("member_added", "member_removed")}, {"group", "hand"})
        equal([r for r in rig.stats()["by_route"] if "teams" in r], [])


@test
def requests_of_a_class():
    """an unchanged class without Team costs exactly one request, a fresh one of 31 five"""
    with with_a_class() as rig:
        run(rig, "sync-learners", class_of(31))
        fresh = rig.stats()
        rig.control("stats", method="DELETE")
        _, record = run(rig, "sync-learners", class_of(31))
        equal(counts(record), summary(already_member=31))
        again = rig.stats()
        equal(again["graph_requests"], 1, "requests of an unchanged class (%s)" % again["by_route"])
        check(fresh["http_requests"] <= 5, "at most five: %s" % fresh["by_route"])


@test
def somebody_is_in_already():
    """a refused addition of several, one of whom is there all the same, is halved until each has an outcome"""
    with with_a_class() as rig:
        rig.fault({"method": "PATCH", "path": "/groups/*", "nth": 1}, {"status": 400, "code": "Request_BadRequest"})
        _, record = run(rig, "sync-learners", class_of(8))
        equal(counts(record), summary(added=8))
        equal(members(rig), {x["email"] for x in learners(8)})


@test
def one_is_refused():
    """of whom the group takes nobody's word, that learner alone has failed"""
    with with_a_class() as rig:
        id = next(iter(rig.rows(run(rig, "sync-learners", class_of(1), options={"dry_run": True})[0])))["user_id"]
        rig.fault({"method": "PATCH", "path": "/groups/*", "body": id}, {"status": 400, "code": "Request_BadRequest"})
        rowed, record = run(rig, "sync-learners", class_of(6))
        equal(counts(record), summary(added=5, failed=1))
        equal([(r["learner"], r["reason"]) for r in rig.rows(rowed) if r["outcome"] == "failed"],
              [("L001", "add_failed")])


@test
def a_removal_is_throttled():
    """of several removals in one request those that Microsoft puts off are made later, and each is counted once"""
    with with_a_class() as rig:
        run(rig, "sync-learners", class_of(30))
        rig.fault({"method": "DELETE", "path": "/groups/*/members/*", "nth": 2},
                  {"status": 429, "headers": {"Retry-After": "1"}})
        _, record = run(rig, "sync-learners", class_of(26))
        equal(counts(record), summary(already_member=26, removed=4))
        equal(len(rig.ledger("member_removed")), 4)
        equal(members(rig), {x["email"] for x in learners(26)})


@test
def nobody_leaves_the_directory():
    """a removal takes nobody out of the directory, only out of the class"""
    with with_a_class() as rig:
        run(rig, "sync-learners", class_of(10))
        run(rig, "sync-learners", class_of(7))
        equal(rig.ledger("user_deleted"), [])
        routes = rig.stats()["by_route"]
        check(routes.get("DELETE /groups/{}/members/{}/$ref", 0) >= 3, json.dumps(routes))
        check(not routes.get("DELETE /groups/{}/members/{}"), json.dumps(routes))


@test
def the_class_is_deleted():
    """a class that was deleted in Microsoft 365 is said to be, and not before it was missed twice"""
    with with_a_class(scale=500) as rig:
        run(rig, "sync-learners", class_of(3))
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "team_made_at", "1000")
        rig.control("teams/" + rig.made, {"delete": True})
        _, record = run(rig, "sync-learners", class_of(3), state="failed")
        equal(record["error_code"], "team_missing")
        has(record["error"], "The class was deleted in Microsoft 365")
        equal(rig.redis.hash(rig.key("class:green-hill:8B-2026"))["status"], "no_team")


sys.exit(test.main(sys.argv[1:]))
