#!/usr/bin/env python3
"""A class's year is closed: what was done is on record whatever cancels or kills the job, and told of each learner."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, class_of, equal, has, start, wait_for  # noqa: E402

test = Suite()
SCHOOL = "green-hill"
CLASS = "8B-2026"
ALL = {"actions": "archive,rename,remove_learners"}
ARCHIVE = ("archive", {"method": "POST", "path": "/teams/*/archive"}, "team_archived")
RENAME = ("rename", {"method": "PATCH", "path": "/teams/*"}, "team_changed")
REMOVE = ("removals", {"method": "POST", "path": "/teams/*/members/remove"}, "member_removed")


def begin(n=12, target=""):
    """A rig with one class and its learners in it."""
    rig = start(n=30, worker=False)
    rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
    options = {"options": {"target": target}} if target else {}
    equal(rig.run("create-team", SCHOOL, class_of(n), requested_by="staff-1", **options)[1]["state"], "done")
    equal(rig.run("sync-learners", SCHOOL, class_of(n))[1]["added"], str(n))
    return rig


def record(rig):
    return rig.redis.hash(rig.key("class:%s:%s" % (SCHOOL, CLASS)))


def history(rig, what):
    entries = [dict(zip(e[1][::2], e[1][1::2])) for e in rig.redis("XRANGE", rig.key("history:" + SCHOOL), "-", "+")]
    return [e for e in entries if e["what"] == what]


def close(rig, **options):
    return rig.push("close-class", SCHOOL, {"id": CLASS}, requested_by="admin-1", options=options or ALL)


def cancel_with(rig, match, effect, kills, do=None):
    """Closes the class and cancels that once the call has had its effect and no reply was heard."""
    rig.fault(match, dict({"delay_ms": 1500}, **(do or {})))
    id = close(rig)
    wait_for(lambda: rig.ledger(effect), 20)
    rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
    if kills:
        rig.workers[0].send_signal(signal.SIGKILL)
        rig.workers[0].wait()
        rig.start_worker(name="second", ROLLCALL_QUEUE_LEASE_MS="1000")
    return id, rig.ended(id)


@test
def cancelled_when_it_was_done():
    """a closing that is cancelled while Microsoft archives or renames is on record as closed, and goes no further, though the worker dies"""
    for name, match, effect in (ARCHIVE, RENAME):
        for kills in (False, True):
            with begin() as rig:
                where = "%s, killed: %s" % (name, kills)
                id, job = cancel_with(rig, match, effect, kills)
                equal((job["state"], rig.rows(id)), ("cancelled", []), where)
                equal("archived_at" in record(rig), True, where)
                equal(len(history(rig, "archived")), 1, where)
                equal(record(rig).get("closed_as", ""), "8B (closed 2026)" if name == "rename" else "", where)
                equal(rig.ledger("member_removed"), [], where)


@test
def cancelled_before_anything():
    """a closing that is cancelled before Microsoft did anything is cancelled, and the class is not closed"""
    with begin() as rig:
        rig.fault(ARCHIVE[1], {"delay_ms": 1500, "cut_before_effect": True})
        id = close(rig)
        wait_for(lambda: rig.stats()["by_route"].get("POST /teams/{}/archive"), 20)
        rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
        equal(rig.ended(id)["state"], "cancelled")
        equal(("archived_at" in record(rig), history(rig, "archived"), rig.ledger("team_archived")), (False, [], []))


@test
def cancelled_reopening():
    """a closed class whose reopening is cancelled before Microsoft did anything stays closed, though its worker died"""
    with begin() as rig:
        equal(rig.ended(close(rig, actions="rename,remove_learners"))["state"], "done")
        was = record(rig)
        rig.fault(RENAME[1], {"delay_ms": 1500, "cut_before_effect": True})
        route = "PATCH /teams/{}"
        before = rig.stats()["by_route"][route]
        id = close(rig, actions="reopen")
        wait_for(lambda: rig.stats()["by_route"][route] > before, 20)
        rig.workers[0].send_signal(signal.SIGKILL)
        rig.workers[0].wait()
        rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
        rig.start_worker(name="second", ROLLCALL_QUEUE_LEASE_MS="1000")
        equal(rig.ended(id)["state"], "cancelled")
        equal([record(rig).get(f) for f in ("archived_at", "closed_as")], [was["archived_at"], "8B (closed 2026)"])
        equal(history(rig, "restored"), [])


@test
def reopened_in_part():
    """a reopening that Microsoft refuses the name says that the Team is no archive any more, and the class stays closed until it is tried again"""
    with begin() as rig:
        equal(rig.ended(close(rig, actions="archive,rename"))["state"], "done")
        rig.fault(dict(RENAME[1], count=1), {"status": 403})
        job = rig.ended(close(rig, actions="reopen"))
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        has(job["error"], "The Team is no archive any more", "did not give it its name back", "reopen it again")
        equal("archived_at" in record(rig), True)
        equal(rig.ended(close(rig, actions="reopen"))["state"], "done")
        equal(("archived_at" in record(rig), len(history(rig, "restored"))), (False, 1))


@test
def cancelled_among_removals():
    """a closing that is cancelled while learners are taken out has a row for each who was, though the worker dies or no reply comes"""
    for kills, do in ((False, None), (True, None), (False, {"cut_after_effect": True})):
        with begin(25) as rig:
            id, job = cancel_with(rig, REMOVE[1], REMOVE[2], kills, do)
            where = "killed: %s, %s" % (kills, do)
            gone = [c["user"] for c in rig.ledger("member_removed")]
            equal((job["state"], len(gone)), ("cancelled", 20), where)
            equal(sorted(r["user_id"] for r in rig.rows(id) if r["outcome"] == "removed"), sorted(gone), where)
            equal(sorted(h["user_id"] for h in history(rig, "removed")), sorted(gone), where)
            equal(len(history(rig, "archived")), 1, where)
            equal((job["done"], job["total"]), ("20", "25"), where)


@test
def told_of_each():
    """the history has each learner who was taken out, and rollcall why says that the class was closed and not that a sync is due"""
    with begin() as rig:
        equal(rig.ended(close(rig))["removed"], "12")
        told = history(rig, "removed")
        equal(sorted(h["learner"] for h in told), ["L%03d" % i for i in range(1, 13)])
        equal({(h["detail"], h["by"]) for h in told}, {("closed", "admin-1")})
        done = rig.command("why", SCHOOL, "L003")
        equal(done.returncode, 0, done.stdout)
        has(done.stdout, "The class was closed", "no night puts anybody into it", "Removed in Microsoft 365: closed")
        answer = json.loads(rig.command("why", SCHOOL, "L003", "--json").stdout)
        equal([(c["member"], c["as_it_should"]) for c in answer["classes"]], [(False, True)])
        equal(rig.ended(close(rig, actions="reopen"))["state"], "done")
        has(rig.command("why", SCHOOL, "L003").stdout, "press Sync Learners")


@test
def too_busy():
    """learners whom Microsoft was too busy to take out, or said nothing of, are asked for again until they are out"""
    for do in ({"status": 429, "headers": {"Retry-After": "1"}}, {"status": 503, "headers": {"Retry-After": "1"}},
               {"status": 500}):
        with begin(25, target="class") as rig:
            rig.fault({"method": "DELETE", "path": "/groups/*/members/*", "count": 8}, do)
            id = close(rig)
            job = rig.ended(id)
            equal((job["state"], job["removed"], job["removal_failed"]), ("done", "25", "0"), str(do))
            equal(len({r["learner"] for r in rig.rows(id)}), 25, "one row each")
            equal(len(rig.ledger("member_removed")), 25)


@test
def never_a_word():
    """a learner of whom Microsoft never says anything is Removal Failed after some tries, and the closing ends"""
    with begin(3, target="class") as rig:
        rig.fault({"method": "DELETE", "path": "/groups/*/members/*"}, {"status": 500})
        id = close(rig)
        equal((rig.ended(id)["state"], rig.job(id)["removal_failed"]), ("done", "3"))
        equal({(r["reason"], r["detail"]) for r in rig.rows(id)}, {("remove_failed", "no_word")})
        equal({(h["reason"], h["detail"]) for h in history(rig, "failed")}, {("remove_failed", "no_word")})


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
