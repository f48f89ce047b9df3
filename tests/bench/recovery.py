#!/usr/bin/env python3
"""How soon work goes on after something has died, and who waits for whom.

usage: recovery.py [MEASURE...] [--rounds N] [--restarts N] [--failovers N] [--outage S] [--count N]

child     a supervised worker killed: until its jobs run again, alone and with a sibling
host      supervisor and children killed: until another host's worker has the jobs
zombie    a worker frozen for longer than its lease, then thawed, in the middle of a sync
restart   Redis killed and restarted: from its first answer until a job pushed then is done
sleep     Redis deaf for some seconds (DEBUG SLEEP), measured likewise
half      connections on which one direction goes nowhere, measured from that moment
failover  the master killed, frozen, or told to hand over to its replica by a Sentinel
outage    Redis away for a long time, measured as restart
flood     10,000 jobs of one school, then 10 of another: when the tenth is done
beside    small jobs while a sync of 5,000 learners runs: from push to end
million   no-op jobs through one worker: memory of Redis and worker, slowest Function call

Without a MEASURE all are taken. A figure beyond its goal makes the exit status 1.
"""
import argparse
import contextlib
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from guarded import Portal, all_there, resumed, start_guarded  # noqa: E402
from rig import (TENANT, Redis, Rig, address, children_of, class_of, kill_family, learners,  # noqa: E402
                 resident_kb, start, wait_for)

LOOK_S = 0.002
missed = []


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def told(name, figures, goal=None, held=True):
    print("%-9s %s%s" % (name, figures, "; goal %s: %s" % (goal, "held" if held else "MISSED") if goal else ""), flush=True)
    if not held:
        missed.append(name)


def told_times(name, what, seconds, goal_s):
    told(name, "%s: p50 %.3f s, max %.3f s of %d" % (what, percentile(seconds, 0.5), max(seconds), len(seconds)),
         "%g s" % goal_s, max(seconds) <= goal_s)


def claim(name, what, value):
    told(name, what, "it holds", bool(value))


def seconds_until_done(rig, began, **more):
    rig.run("register", "green-hill", class_of(2, id="R%d" % rig.serial), **more)
    return time.monotonic() - began


# ---- workers that die -----------------------------------------------------------------

JOBS, RESTING = 40, "Microsoft is setting up the Team"


@contextlib.contextmanager
def resting_jobs(*crew):
    """A rig with forty jobs, each resting until Microsoft has made its Team."""
    with start(n=2, worker=False, scale=30) as rig:
        rig.control("scenario", {"settings": {"operation_ms": 3600000000}})
        for n, options in enumerate(crew):
            rig.start_worker(*options, name="worker%d" % n, ROLLCALL_GRAPH_POLL_MS="600000")
        rig.ids = [rig.push("create-team", "green-hill", class_of(0, id="C%d" % n)) for n in range(JOBS)]

        def all_rest():
            "all jobs to rest"
            return rig.stats()["by_route"].get("POST /teams") == JOBS and all(
                phase == RESTING for _, _, _, phase in held(rig))
        wait_for(all_rest, 30)
        yield rig


def held(rig):
    return rig.redis.pipeline([("HMGET", rig.key("job:" + id), "state", "attempt", "worker", "phase")
                               for id in rig.ids])


def seconds_until_held_again(rig, kill):
    """Until every job of the workers that are gone is with another one."""
    before = held(rig)
    began = time.monotonic()
    kill()

    def again():
        "the jobs to be taken over"
        left = set(rig.redis("ZRANGE", rig.key("workers"), 0, -1))
        theirs = [(was, now) for was, now in zip(before, held(rig)) if was[2] not in left]
        return theirs and all(now[0] == "running" and now[1] != was[1] for was, now in theirs)
    wait_for(again, 30, LOOK_S)
    return time.monotonic() - began


def child_with_jobs(rig):
    """The one that was first took them all."""
    names = {worker.rsplit(".", 1)[0] for _, _, worker, _ in held(rig)}
    for pid in children_of(rig.workers[0].pid):
        with open("/proc/%d/cmdline" % pid) as f:
            if names & set(f.read().split("\0")):
                return pid
    raise RuntimeError("no child has jobs")


def child(o):
    for count, where in ((1, "in a new worker"), (2, "in its sibling")):
        took = []
        for _ in range(o.rounds):
            with resting_jobs(["-n", str(count)]) as rig:
                pid = child_with_jobs(rig)
                took.append(seconds_until_held_again(rig, lambda: os.kill(pid, signal.SIGKILL)))
        told_times("child", "its jobs run again, " + where, took, 1)


def host(o):
    took = []
    for _ in range(max(1, o.rounds // 3)):
        with resting_jobs(["-n", "2"]) as rig:
            rig.start_worker(name="other host", ROLLCALL_GRAPH_POLL_MS="600000")
            wait_for(lambda: rig.redis("ZCARD", rig.key("workers")) == 3)
            took.append(seconds_until_held_again(rig, lambda: kill_family(rig.workers[0])))
            rig.end(rig.workers[0])
    told_times("host", "their jobs run again, on another host", took, 7)


def zombie(o):
    odd, away_s = [], 9
    for n in range(max(1, o.rounds // 3)):
        with start(n=220, scale=20, ROLLCALL_SYNC_WAVE="5") as rig:
            rig.control("scenario", {"settings": {"latency_ms": 300, "operation_ms": 1000}})
            rig.run("create-team", "green-hill", class_of(0))
            id = rig.push("sync-learners", "green-hill", class_of(200))
            rig.added(id, 5 + 10 * n, seconds=30)
            rig.workers[0].send_signal(signal.SIGSTOP)
            rig.start_worker(name="heir", ROLLCALL_SYNC_WAVE="5")
            time.sleep(away_s)
            rig.workers[0].send_signal(signal.SIGCONT)
            record, rows = rig.ended(id, 120), rig.rows(id)
            added = [c["user"] for c in rig.ledger("member_added")]
            if not (record["state"] == "done" and record["added"] == "200" and len(rows) == 200
                    and len({r["learner"] for r in rows}) == 200 and len(added) == len(set(added)) == 200
                    and record["attempt"] == "2"):
                odd.append("%s, attempt %s, %s added, %d rows, %d in the ledger" % (
                    record["state"], record["attempt"], record["added"], len(rows), len(added)))
            if "lease_lost" not in rig.log_of() or rig.recount(False):
                odd.append("no lease_lost, or drift: %s" % rig.recount(False))
    claim("zombie", "frozen %d s in a sync of 200, then thawed: everybody once, nothing of it written%s" % (
        away_s, "".join("; " + x for x in odd)), not odd)


# ---- Redis that goes away -----------------------------------------------------------------

DURABLE = "--appendfsync", "always", "--enable-debug-command", "yes", "--latency-monitor-threshold", "100"


def stood_still_s(redis):
    """For how long Redis itself did nothing, at worst, since it was started: a disk that is slow."""
    return max((e[3] for e in redis("LATENCY", "LATEST")), default=0) / 1000


@contextlib.contextmanager
def durable(**settings):
    with Rig() as rig:
        rig.start_redis(True, *DURABLE)
        rig.start_emulator("--world", rig.world([address("teacher1")]), scale=100)
        rig.school("green-hill")
        rig.start_worker(**settings)
        rig.run("register", "green-hill", class_of(2))
        yield rig


def away(rig, seconds):
    """Killed, and the same data again; the moment when it answered."""
    rig.redis.close()
    rig.end(rig.redis_process, signal.SIGKILL)
    time.sleep(seconds)
    rig.start_redis(True, *DURABLE)
    return time.monotonic()


def restart(o):
    chance, took, still, pushed, drift = random.Random(1), [], [], [], []
    with durable() as rig:
        for n in range(o.restarts):
            for i in range(20):
                pushed.append(rig.push("register", "green-hill", class_of(3, id="K%d" % i)))
            took.append(seconds_until_done(rig, away(rig, chance.uniform(0, 2))))
            still.append(stood_still_s(rig.redis))
            drift += rig.recount(False)
        for id in pushed:
            rig.ended(id, 10)
        states = {rig.job(id)["state"] for id in pushed}
    told_times("restart", "consuming again after a restart", took, 2)
    told("restart", "in the slowest of them Redis itself stood still for %.3f s" % still[took.index(max(took))])
    claim("restart", "%d jobs acknowledged just before a kill: all ended (%s), drift %d" % (
        len(pushed), ", ".join(sorted(states)), len(drift)) + "".join("; " + d for d in drift[:5]), states <= {"done", "joined"} and not drift)


def sleep(o):
    with durable() as rig:
        for asleep_s in (1.5, 3, o.sleep):
            took = []
            for _ in range(5):
                rig.redis("DEBUG", "SLEEP", asleep_s)
                took.append(seconds_until_done(rig, time.monotonic()))
            told_times("sleep", "consuming again after DEBUG SLEEP %g" % asleep_s, took, 2)
        claim("sleep", "no drift after it", not rig.recount(False))


def outage(o):
    with durable() as rig:
        pushed = [rig.push("register", "green-hill", class_of(3, id="K%d" % i)) for i in range(20)]
        took = seconds_until_done(rig, away(rig, o.outage))
        told_times("outage", "consuming again after %d s without Redis" % o.outage, [took], 2)
        states = {rig.ended(id, 10)["state"] for id in pushed}
        claim("outage", "%d jobs acknowledged before it: all ended (%s), drift %d" % (
            len(pushed), ", ".join(sorted(states)), len(rig.recount(False))), states <= {"done", "joined"} and not rig.recount(False))


class HalfOpen(threading.Thread):
    """A socket in front of Redis. swallow() makes one direction of what is open now a hole:
    bytes go in, none come out, and nobody is told. What is opened later is whole."""

    def __init__(self, path, target):
        super().__init__(daemon=True)
        self.path, self.target, self.open = path, target, []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self.target)
            pair = {"to": False, "from": False, "sleeps": False}
            self.open.append(pair)
            for way, source, sink in (("to", client, server), ("from", server, client)):
                threading.Thread(target=self.pass_on, args=(pair, way, source, sink), daemon=True).start()

    @staticmethod
    def pass_on(pair, way, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                pair["sleeps"] |= b"rollcalld-wake" in data
                if not pair[way]:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)

    def swallow(self, way, sleepers_only=False):
        for pair in self.open:
            pair[way] |= pair["sleeps"] or not sleepers_only


def half(o):
    chance = random.Random(1)
    for way, sleepers_only, what in (("to", False, "what the worker sends"), ("from", False, "what Redis answers"),
                                     ("from", True, "what Redis tells a sleeping worker")):
        took = []
        with start(n=2, worker=False) as rig:
            proxy = HalfOpen(rig.path("front.sock"), rig.socket)
            rig.start_worker(ROLLCALL_REDIS_URL="unix://" + proxy.path)
            rig.run("register", "green-hill", class_of(2))
            for _ in range(o.rounds):
                time.sleep(chance.uniform(1, 2))
                proxy.swallow(way, sleepers_only)
                took.append(seconds_until_done(rig, time.monotonic()))
            told_times("half", "consuming again when %s goes nowhere" % what, took, 2)
            claim("half", "no drift after it", not rig.recount(False))


# ---- Redis with a successor -----------------------------------------------------------------

def kill_master(rig):
    rig.end(rig.processes_of["one"], signal.SIGKILL)


def freeze_master(rig):
    rig.processes_of["one"].send_signal(signal.SIGSTOP)


def hand_over(rig):
    sentinel = Redis(rig.sentinels[0])
    sentinel("SENTINEL", "FAILOVER", "main")
    sentinel.close()


def failover(o):
    for go_away, what in ((kill_master, "killed"), (freeze_master, "frozen"), (hand_over, "told to hand over")):
        took, kept, drift = [], 0, []
        for _ in range(o.failovers):
            with start_guarded() as rig:
                portal = Portal(rig)
                portal.start()
                wait_for(lambda: len(portal.kept) > 100, 20)
                go_away(rig)
                took.append(resumed(rig))
                before = len(portal.kept)
                if go_away is kill_master:
                    rig.start_node("one", rig.ports["one"], "--replicaof", "127.0.0.1 %d" % rig.ports["two"])
                elif go_away is freeze_master:
                    rig.processes_of["one"].send_signal(signal.SIGCONT)
                wait_for(lambda: len(portal.kept) > before + 100, 40)
                portal.over.set()
                portal.join()
                all_there(rig, portal)
                kept += len(portal.kept)
                wait_for(lambda: rig.redis("LLEN", rig.key("inbox")) == 0)
                drift += rig.recount(False)
        told_times("failover", "consuming again after the first answer of a master whose predecessor was " + what,
                   [t for _, _, t in took], 2)
        told("failover", "of that the Sentinels took p50 %.3f s, max %.3f s to name it" % (
            percentile([t for _, t, _ in took], 0.5), max(t for _, t, _ in took)))
        claim("failover", "%d jobs acknowledged with WAIT: none lost, drift %d" % (kept, len(drift))
              + "".join("; " + d for d in drift[:5]), not drift)


# ---- who waits for whom ---------------------------------------------------------------------

def flood(o):
    with start(n=2) as rig:
        rig.school("hill-top")
        first = [rig.envelope("register", "green-hill", class_of(2, id="F%d" % n)) for n in range(10000)]
        last = [rig.envelope("register", "hill-top", class_of(2, id="T%d" % n)) for n in range(10)]
        rig.run("register", "hill-top", class_of(2))
        for batch in [first[i:i + 500] for i in range(0, len(first), 500)] + [last]:
            rig.redis("RPUSH", rig.key("inbox"), *[json.dumps(e) for e in batch])
        pushed_ms = 1000 * time.time()
        ended = [int(rig.ended(e["id"])["finished_at"]) for e in last]
        rig.ended(first[-1]["id"], 60)
        before = sum(int(at) <= max(ended) for at in rig.redis.pipeline(
            [("HGET", rig.key("job:" + e["id"]), "finished_at") for e in first]) if at)
        told("flood", "10 jobs after a flood of 10,000: the tenth done %d ms after its push, %d of the flood before it" % (
            max(ended) - pushed_ms, before))


def beside(o):
    tenant = "33333333-3333-3333-3333-333333333333"
    with Rig() as rig:
        rig.start_redis(False)
        world = {"tenants": [{"id": TENANT, "domain": "school.example", "size": 5001, "users": [
            {"mail": address("teacher1")}] + [{"mail": x["email"]} for x in learners(5000)]},
            {"id": tenant, "domain": "other.example", "users": [{"mail": "teacher1@other.example"}] + [
                {"mail": "learner%d@other.example" % n} for n in range(1, 6)]}]}
        with open(rig.path("world.json"), "w") as f:
            json.dump(world, f)
        rig.start_emulator("--world", rig.path("world.json"), scale=20)
        rig.control("scenario", {"settings": {"latency_ms": 60, "operation_ms": 1000}})
        rig.school("green-hill")
        rig.school("hill-top", tenant_id=tenant)
        rig.start_worker(ROLLCALL_GRAPH_POLL_MS="2000")
        small = json.loads(json.dumps(class_of(5)).replace("school.example", "other.example"))
        for school, cls in (("green-hill", class_of(0)), ("hill-top", small)):
            rig.run("create-team", school, cls)
        big = rig.push("sync-learners", "green-hill", class_of(5000), priority="background")
        ids = {"a register of that school": [], "a register of another": [], "a sync of another": []}
        while rig.job(big).get("state") not in ("done", "failed") and len(ids["a sync of another"]) < 2000:
            n = rig.serial
            ids["a register of that school"].append(rig.push("register", "green-hill", class_of(2, id="A%d" % n)))
            ids["a register of another"].append(rig.push("register", "hill-top", class_of(2, id="B%d" % n)))
            id, record = rig.run("sync-learners", "hill-top", small)
            ids["a sync of another"].append(id)
            time.sleep(0.05)
        record = rig.ended(big, 300)
        took = (int(record["finished_at"]) - int(record["started_at"])) / 1000
        print("beside    a sync of 5,000: %s in %.1f s, %s added" % (record["state"], took, record.get("added")))
        for what, some in ids.items():
            records = [rig.ended(id) for id in some]
            waits = [int(r["started_at"]) - int(r["queued_at"]) for r in records]
            whole = [int(r["finished_at"]) - int(r["queued_at"]) for r in records]
            told("beside", "%s: waited p50 %d ms, p99 %d ms, max %d ms; to its end p50 %d ms, max %d ms, of %d" % (
                what, percentile(waits, .5), percentile(waits, .99), max(waits), percentile(whole, .5), max(whole), len(some)))


# ---- a million --------------------------------------------------------------------------------

AHEAD, AT_ONCE, SLOW_US = 10000, 500, 2000


def used_mb(redis):
    return int(re.search(r"used_memory:(\d+)", redis("INFO", "memory")).group(1)) / 1048576


def slow_calls(redis):
    """(microseconds, function) of those noted, which are then forgotten: they take memory."""
    calls = [(int(e[2]), e[3][1]) for e in redis("SLOWLOG", "GET", "-1") if e[3][0].upper() == "FCALL"]
    redis("SLOWLOG", "RESET")
    return calls


def told_calls(redis, jobs, slow):
    calls = int(re.search(r"cmdstat_fcall:calls=(\d+)", redis("INFO", "commandstats")).group(1))
    shares = re.search(r"latency_percentiles_usec_fcall:(\S+)", redis("INFO", "latencystats")).group(1)
    slowest = max(slow, default=(0, "under %d us" % SLOW_US))
    told("million", "Function calls: %d, of %.0f jobs each; us: %s; %d of 2 ms and more, slowest %.2f ms (%s)" % (
        calls, jobs / calls, shares, len(slow), slowest[0] / 1000, slowest[1]), "2 ms", not slow)


def million(o):
    cap = max(100, min(100000, o.count // 10))
    with Rig() as rig:
        rig.start_redis(True)
        rig.graph, rig.scale = "http://127.0.0.1:9", 1
        worker = rig.start("worker", [rig.program("rollcalld-bench")], env=rig.settings(
            ROLLCALL_LOG_LEVEL="warn", ROLLCALL_QUEUE_KEEP_FINISHED=str(cap)))
        wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
        rig.redis("CONFIG", "SET", "slowlog-log-slower-than", SLOW_US, "slowlog-max-len", "100000")
        empty, portal, slow = used_mb(rig.redis), Redis(rig.socket), []

        def done():
            "the jobs to end"
            return int(rig.redis("HGET", rig.key("counts"), "done") or 0)

        def through(first, last):
            for n in range(first, last, AT_ONCE):
                portal("RPUSH", rig.key("inbox"), *[
                    '{"v":1,"id":"m-%d","type":"no-op","school":"school-%d","class":{"id":"C%d"},"requested_by":"staff"}'
                    % (i, i % 50, i) for i in range(n, min(n + AT_ONCE, last))])
                while n - done() > AHEAD:
                    time.sleep(0.01)
            wait_for(lambda: done() >= last, 120, 0.05)
            time.sleep(1.5)
            slow.extend(slow_calls(rig.redis))
            return used_mb(rig.redis), resident_kb(worker.pid) / 1024
        filled = through(0, 2 * cap)
        before = len(slow)
        rig.redis("CONFIG", "RESETSTAT")
        ended = through(2 * cap, 2 * cap + o.count)
        told("million", "%d jobs, %d records kept: Redis %.1f MB empty, %.1f MB with the records, %.1f MB at the end" % (
            o.count, cap, empty, filled[0], ended[0]), "equal within a twentieth", ended[0] < 1.05 * filled[0] + 1)
        told("million", "worker %.1f MB, then %.1f MB" % (filled[1], ended[1]), "16 MB", ended[1] <= 16)
        told_calls(rig.redis, o.count, slow[before:])
        claim("million", "no drift after it", not rig.recount(True))


MEASURES = {f.__name__: f for f in (child, host, zombie, restart, sleep, half, failover, outage, flood, beside, million)}


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("measure", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--restarts", type=int, default=50)
    words.add_argument("--failovers", type=int, default=5)
    words.add_argument("--sleep", type=int, default=10)
    words.add_argument("--outage", type=int, default=300)
    words.add_argument("--count", type=int, default=1000000)
    o = words.parse_args()
    for name in o.measure or MEASURES:
        if name not in MEASURES:
            words.error("no measure is called " + name)
        MEASURES[name](o)
    if missed:
        print("goals missed: " + ", ".join(missed))
    return 1 if missed else 0


sys.exit(main())
