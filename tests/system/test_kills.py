#!/usr/bin/env python3
"""Workers killed with SIGKILL at random instants. KILLS=100 for the long run; 20 in `make check`."""
import collections
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, address, check, class_of, equal, learners, start, wait_for  # noqa: E402

test = Suite()
KILLS = int(os.environ.get("KILLS", "20"))
CLASSES, SIZE = 10, 24


def children_of(pid):
    """The processes that pid has forked, from /proc."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(word) for word in f.read().split()]


def classes(turn):
    """The ten classes as the register has them at one turn: each turn one leaves, one comes."""
    for n in range(CLASSES):
        first = 1 + n * 40 + turn
        yield class_of(0, id="C%d" % n, learners=learners(SIZE, first=first))


class School:
    """Keeps ten classes busy: pushes what comes next for each whenever its last job has ended."""

    def __init__(self, rig, turns):
        self.rig, self.turns = rig, turns
        self.jobs = collections.defaultdict(list)
        self.turn = [-1] * CLASSES
        self.crashed = 0

    def push(self, n):
        cls = list(classes(max(self.turn[n], 0)))[n]
        kind = "create-team" if self.turn[n] < 0 else "sync-learners"
        self.jobs[n].append(self.rig.push(kind, "green-hill", cls, requested_by="staff-1"))

    def step(self):
        """One look at every class; True when all have had all their turns."""
        over = True
        for n in range(CLASSES):
            if not self.jobs[n]:
                self.push(n)
            record = self.rig.job(self.jobs[n][-1])
            state = record.get("state")
            if state == "done":
                if self.turn[n] + 1 >= self.turns:
                    continue
                self.turn[n] += 1
                self.push(n)
            elif state == "failed":
                equal(record["error_code"], "crashed", "why it failed (%s)" % record.get("error"))
                self.crashed += 1
                self.push(n)
            over = False
        return over


def held_against_the_ledger(rig, school):
    """One Team a class, nobody twice, every summary equal to what changed at Microsoft's."""
    teams = rig.ledger("team_created")
    equal(len(teams), CLASSES, "Teams made")
    for n in range(CLASSES):
        team = rig.redis("HGET", rig.key("class:green-hill:C%d" % n), "team_id")
        told = {"added": [], "removed": []}
        for job in school.jobs[n]:
            rows, record = rig.rows(job), rig.job(job)
            for outcome, users in told.items():
                of_job = [r["user_id"] for r in rows if r["outcome"] == outcome]
                equal(int(record.get(outcome, 0)), len(of_job), "%s of %s" % (outcome, job))
                users += of_job
            equal(len({r["learner"] for r in rows}), len(rows), "one row a learner in " + job)
        for outcome, users in told.items():
            changes = [c["user"] for c in rig.ledger("member_" + outcome) if c["team"] == team]
            if collections.Counter(users) != collections.Counter(changes):
                raise AssertionError("%s in C%d: told %d, ledger %d; jobs %s" % (outcome, n, len(users), len(changes), [
                    (j, rig.job(j).get("state"), rig.job(j).get("crashes"), rig.job(j).get(outcome)) for j in school.jobs[n]]))
        want = {x["email"] for x in list(classes(max(school.turn[n], 0)))[n]["learners"]}
        have = {m["mail"] for m in rig.team(team)["members"]} - {address("teacher1")}
        equal(have, want, "members of C%d" % n)


def storm(rig, kill, seed):
    chance, killed, school = random.Random(seed), 0, School(rig, turns=3)
    over = False
    while killed < KILLS or not over:
        over = school.step()
        if killed < KILLS:
            if over:
                school.turns += 1
            time.sleep(chance.uniform(0.02, 1.2))
            killed += kill()
        else:
            time.sleep(0.05)
    held_against_the_ledger(rig, school)
    return "%d kills, %d jobs, %d of them given up as crashed and sent again" % (
        killed, sum(map(len, school.jobs.values())), school.crashed)


@test
def supervised():
    """a worker killed at random under its supervisor: one Team a class, everybody once, summaries equal the ledger"""
    with start(n=500, worker=False, aof=True, scale=50) as rig:
        rig.control("scenario", {"settings": {"operation_ms": 20000, "latency_ms": 40}})
        boss = rig.start_worker("-n", "1", ROLLCALL_GRAPH_POLL_MS="10000")

        def kill():
            for pid in children_of(boss.pid):
                os.kill(pid, signal.SIGKILL)
                return 1
            return 0
        return storm(rig, kill, seed=1)


@test
def alone():
    """a worker without a supervisor killed and started again: leases expire, and the same holds"""
    with start(n=500, worker=False, aof=True, scale=50) as rig:
        rig.control("scenario", {"settings": {"operation_ms": 20000, "latency_ms": 40}})
        settings = {"ROLLCALL_GRAPH_POLL_MS": "10000", "ROLLCALL_QUEUE_LEASE_MS": "1000"}
        workers = [rig.start_worker(**settings)]

        def kill():
            rig.end(workers[-1], signal.SIGKILL)
            workers.append(rig.start_worker(**settings))
            return 1
        return storm(rig, kill, seed=2)


@test
def poison():
    """a job whose worker dies three times without getting any further is failed as crashed, a dead letter"""
    with start(worker=False) as rig:
        rig.fault({"method": "GET", "path": "/teams/*/members"}, {"delay_ms": 60000})
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "team_id", "11111111-2222-3333-4444-555555555555")
        boss = rig.start_worker("-n", "1")
        id = rig.push("sync-learners", "green-hill", class_of(5))
        for death in range(3):
            def under_way():
                "the job to run again"
                r = rig.job(id)
                return r.get("state") == "running" and int(r.get("crashes", 0)) == death and r.get("phase") == "Reading the Team"
            wait_for(under_way, 20)
            os.kill(children_of(boss.pid)[0], signal.SIGKILL)
        record = rig.ended(id)
        equal((record["state"], record["error_code"], record["crashes"]), ("failed", "crashed", "3"))
        check("Reading the Team" in record["error"], "the last step is named: " + record["error"])
        equal(rig.redis("HGET", rig.key("counts"), "dead"), "1")


@test
def graceful_stop():
    """SIGTERM gives jobs back within 10 s, the attempt refunded, and another worker goes on"""
    with start(n=120, scale=20) as rig:
        rig.control("scenario", {"settings": {"latency_ms": 300, "operation_ms": 1000}})
        rig.run("create-team", "green-hill", class_of(0))
        id = rig.push("sync-learners", "green-hill", class_of(100))
        rig.added(id)
        started = time.monotonic()
        equal(rig.end(rig.workers[0]), 0, "exit status")
        took = time.monotonic() - started
        check(took < 10, "within 10 s (%.1f)" % took)
        record = rig.job(id)
        equal((record["state"], record["attempt"], record["crashes"]), ("queued", "0", "0"))
        equal(len(rig.rows(id)), len(rig.ledger("member_added")), "rows")
        rig.start_worker()
        record = rig.ended(id)
        equal((record["state"], record["added"]), ("done", "100"))
        equal(len(rig.ledger("member_added")), 100)
        return "stopped in %.2f s" % took


sys.exit(test.main(sys.argv[1:]))
