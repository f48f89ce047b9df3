#!/usr/bin/env python3
"""Microsoft asks one worker to wait: all of them do, also one that is started later."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, start, wait_for  # noqa: E402

test = Suite()
PAUSE_S = 5
ONE = {"ROLLCALL_QUEUE_CONCURRENCY": "1"}


def refused_once(rig, n):
    """One class is to be made, and Microsoft asks the worker that tries to wait."""
    rig.fault({"method": "POST", "path": "/teams", "count": 1}, {"status": 429, "retry_after": PAUSE_S})
    id = rig.push("create-team", "green-hill", class_of(0, id="C%d" % n))
    wait_for(lambda: rig.redis("ZCARD", rig.key("parks")) == 1)
    told = time.monotonic()
    wait_for(lambda: rig.job(id)["state"] == "waiting")
    return id, told


def all_have_heard(rig):
    """Every worker has had a heartbeat since."""
    said = int(rig.redis("ZRANGE", rig.key("parks_said"), 0, 0, "WITHSCORES")[1])
    workers = rig.redis("ZRANGE", rig.key("workers"), 0, -1)
    return all(int(rig.redis("HGET", rig.key("worker:" + w), "seen")) > said for w in workers)


def made_only_after(rig, told, teams):
    """So many Teams are made, the first not before the pause is over; one request was refused."""
    wait_for(lambda: rig.ledger("team_created"))
    waited = time.monotonic() - told
    wait_for(lambda: len(rig.ledger("team_created")) == teams)
    stats = rig.stats()
    equal(stats["throttled"], 1, "requests that were refused")
    equal(stats["by_route"]["POST /teams"], teams + 1, "requests to make a Team")
    check(waited > PAUSE_S - 0.5, "nobody asked before the pause was over (%.1f s)" % waited)
    return "%d Teams, the first after %.1f s; 1 request refused" % (teams, waited)


@test
def shared():
    """one worker is told to wait for 5 s: the other makes no such request meanwhile, and its job says why"""
    with start(worker=False) as rig:
        for name in ("one", "two"):
            rig.start_worker(name=name, **ONE)
        wait_for(lambda: rig.redis("ZCARD", rig.key("workers")) == 2)
        first, told = refused_once(rig, 1)
        wait_for(lambda: all_have_heard(rig))
        second = rig.push("create-team", "green-hill", class_of(0, id="C2"))
        wait_for(lambda: rig.job(second).get("state") == "waiting")
        check(rig.job(first)["worker"] != rig.job(second)["worker"], "the other worker has the second job")
        check("wait until" in rig.job(second)["message"], rig.job(second)["message"])
        note = made_only_after(rig, told, 2)
        equal([rig.ended(id)["state"] for id in (first, second)], ["done", "done"])
        wait_for(lambda: rig.redis("ZCARD", rig.key("parks")) == 0)
        return note


@test
def restarted():
    """a worker that is started in the place of one that was told to wait does not ask first"""
    with start(worker=False) as rig:
        boss = rig.start_worker("-n", "1")
        id, told = refused_once(rig, 1)
        with open("/proc/%d/task/%d/children" % (boss.pid, boss.pid)) as f:
            os.kill(int(f.read()), signal.SIGKILL)
        rig.push("create-team", "green-hill", class_of(0, id="C2"))
        note = made_only_after(rig, told, 2)
        record = rig.ended(id)
        equal((record["state"], record["attempt"]), ("done", "2"))
        return note


sys.exit(test.main(sys.argv[1:]))
