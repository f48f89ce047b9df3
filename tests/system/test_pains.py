#!/usr/bin/env python3
"""What users of other job queues complain of most, each put to the whole system.

tests/README.md has the list, with those that a unit test or another suite proves. LONG=1
has the outage last five minutes and a million jobs pass.
"""
import json
import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import (PATIENCE, TENANT, Rig, Suite, address, check, children_of, class_of, equal,  # noqa: E402
                 kill_family, learners, start, wait_for)

test = Suite()
LONG = bool(os.environ.get("LONG"))
LIST = {"method": "GET", "path": "/teams/*/members"}


def register(rig, **more):
    """The smallest job there is, from push to end."""
    return rig.run("register", "green-hill", class_of(1, id="1A"), **more)[1]


def consumes(rig, within_s, since=None):
    """A job is done so soon after that moment; gives how long it took."""
    since = since or time.monotonic()
    equal(register(rig)["state"], "done")
    took = time.monotonic() - since
    check(took < within_s * PATIENCE, "a job done within %g s (it took %.2f)" % (within_s, took))
    return took


def seconds(times):
    return ", ".join("%.2f s" % t for t in times)


# ---- 1: alive, and consumes nothing ---------------------------------------------------

@test
def connections_cut():
    """a worker whose connections Redis cuts, again and again, consumes within 2 s each time"""
    with start() as rig:
        took = [consumes(rig, 10)]
        for _ in range(5):
            rig.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            took.append(consumes(rig, 2))
        equal(len(rig.processes), 3, "processes: the worker is the same")
        return seconds(took[1:])


@test
def redis_hangs():
    """after Redis has hung, for less than its deadlines or for longer than a lease, the worker consumes within 2 s"""
    took = []
    with start() as rig:
        consumes(rig, 10)
        for away_s in (1, 8):
            rig.redis_process.send_signal(signal.SIGSTOP)
            time.sleep(away_s)
            rig.redis_process.send_signal(signal.SIGCONT)
            took.append(consumes(rig, 2))
        equal(rig.recount(), [])
        return seconds(took)


@test
def outage():
    """after an outage in which the portal went on trying, the worker consumes within 2 s of Redis answering"""
    with start(aof=True) as rig:
        consumes(rig, 10)
        rig.redis("CONFIG", "SET", "appendfsync", "always")
        rig.redis.close()
        rig.end(rig.redis_process, signal.SIGKILL)
        time.sleep(300 if LONG else 3)
        rig.start_redis()
        took = consumes(rig, 2)
        equal(rig.recount(), [])
        return seconds([took])


class Line:
    """A TCP port before the rig's Redis whose open connections can fall silent: they stay
    open, what is sent on them is taken, and nothing comes back. New ones are well."""

    def __init__(self, rig):
        self.rig, self.open, self.silent, self.sleepers = rig, [], set(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "redis://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self.rig.socket)
            pair = (client, server)
            self.open.append(pair)
            threading.Thread(target=self.copy, args=(client, server, pair), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, pair), daemon=True).start()

    def copy(self, source, to, pair):
        try:
            while data := source.recv(65536):
                if b"rollcalld-wake" in data:
                    self.sleepers.add(pair)
                if pair not in self.silent:
                    to.sendall(data)
            if pair not in self.silent:
                to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def fall_silent(self, only=None):
        self.silent.update(self.open if only is None else only)

    def close(self):
        self.listener.close()
        for pair in self.open:
            for end in pair:
                end.close()


@test
def half_open():
    """connections that are dead without a word are given up, and the worker consumes within 2 s, its jobs kept"""
    took = []
    with start(worker=False) as rig:
        line = Line(rig)
        try:
            rig.fault(dict(LIST, count=1), {"delay_ms": 14000})
            rig.start_worker(ROLLCALL_REDIS_URL=line.url)
            rig.run("create-team", "green-hill", class_of(0))
            held = rig.push("sync-learners", "green-hill", class_of(5))
            wait_for(lambda: rig.job(held).get("state") == "running")
            for n in range(4):
                time.sleep(0.3 * n)
                line.fall_silent()
                took.append(consumes(rig, 2))
            record = rig.ended(held)
            equal((record["state"], record["attempt"], record["crashes"]), ("done", "1", "0"))
            equal(rig.recount(), [])
        finally:
            line.close()
        return seconds(took)


@test
def half_open_sleeper():
    """where only the connection is dead on which an idle worker sleeps, it consumes within 2 s, and then at once again"""
    took = []
    with start(worker=False) as rig:
        line = Line(rig)
        try:
            rig.start_worker(ROLLCALL_REDIS_URL=line.url)
            consumes(rig, 10)
            for n in range(3):
                time.sleep(0.3 * n)
                line.fall_silent(line.sleepers)
                took.append(consumes(rig, 2))
                time.sleep(0.5)
                took.append(consumes(rig, 0.4))
        finally:
            line.close()
        return seconds(took)


# TIME stands still within a script of a later Redis, which has the processor's clock instead.
BUSY_SCRIPT = """
local is_later, clock = pcall(function() return os.clock end)
if not is_later then
  clock = function() local t = redis.call('TIME') return t[1] + t[2] / 1e6 end
end
local began = clock()
repeat until clock() - began > 1.5
"""


@test
def slow_redis():
    """a Redis that is slow for a while, and not away, costs a worker no connection and no lease"""
    def connections(rig):
        return sorted(line.split()[0] for line in rig.redis("CLIENT", "LIST").splitlines() if "name=rollcalld" in line)
    took = []
    with start(worker=False) as rig:
        rig.end(rig.redis_process)
        rig.start_redis(False, "--enable-debug-command", "yes")
        rig.school("green-hill")
        rig.start_worker()
        consumes(rig, 10)
        before = connections(rig)
        for slow in (("DEBUG", "SLEEP", 1.5), ("EVAL", BUSY_SCRIPT, 0), ("DEBUG", "SLEEP", 0.7)):
            rig.redis(*slow)
            took.append(consumes(rig, 2))

        def the_same():
            "the worker to have the connections that it had"
            return connections(rig) == before
        wait_for(the_same, 5)
        check("redis_down" not in rig.log_of() and "lease_lost" not in rig.log_of(), "it noticed nothing")
        return seconds(took)


# ---- 2 to 4: who owns a job -------------------------------------------------------------

def held_up(rig, **more):
    """A sync that Microsoft keeps waiting for its member list, once."""
    rig.run("create-team", "green-hill", class_of(0))
    rig.fault(dict(LIST, count=1), {"delay_ms": 60000})
    id = rig.push("sync-learners", "green-hill", class_of(5), **more)

    def under_way():
        "the job to read the Team"
        return rig.job(id).get("phase") == "Reading the Team"
    wait_for(under_way)
    return id


def again(rig, id, crashes, within_s):
    """The job runs once more, that soon."""
    began = time.monotonic()

    def runs():
        "the job to run again"
        record = rig.job(id)
        return record["crashes"] == str(crashes) and record["state"] in ("running", "done")
    wait_for(runs, 20, pause=0.002)
    took = time.monotonic() - began
    check(took < within_s * PATIENCE, "it ran again within %g s (%.2f)" % (within_s, took))
    record = rig.ended(id)
    equal((record["state"], record["added"]), ("done", "5"))
    equal(len(rig.ledger("member_added")), 5)
    return took


@test
def child_killed():
    """a job whose worker is killed under its supervisor runs again within a second"""
    with start(worker=False) as rig:
        boss = rig.start_worker("-n", "2")
        id = held_up(rig)
        for pid in children_of(boss.pid):
            with open("/proc/%d/cmdline" % pid) as f:
                if rig.job(id)["worker"].rsplit(".", 1)[0] in f.read():
                    os.kill(pid, signal.SIGKILL)
        return seconds([again(rig, id, 1, 1)])


@test
def host_killed():
    """a job whose host is gone, supervisor and all, runs again on another host in about 7 s"""
    with start(worker=False) as rig:
        boss = rig.start_worker("-n", "1", name="lost")
        id = held_up(rig)
        rig.start_worker("-n", "1")
        wait_for(lambda: rig.redis("ZCARD", rig.key("workers")) == 2)
        kill_family(boss)
        return seconds([again(rig, id, 1, 7.5)])


@test
def zombie():
    """a worker that stood still for longer than its lease writes nothing of the job it lost, and works on"""
    with start(n=120, worker=False, scale=20) as rig:
        settings = {"ROLLCALL_QUEUE_LEASE_MS": "1000"}
        rig.control("scenario", {"settings": {"latency_ms": 200, "operation_ms": 1000}})
        zombie = rig.start_worker(name="zombie", **settings)
        rig.run("create-team", "green-hill", class_of(0))
        id = rig.push("sync-learners", "green-hill", class_of(100))
        rig.added(id, pause=0.002)
        zombie.send_signal(signal.SIGSTOP)
        other = rig.start_worker(**settings)

        def taken():
            "the other worker to have the job"
            return "-%d-" % other.pid in rig.job(id)["worker"]
        wait_for(taken)
        zombie.send_signal(signal.SIGCONT)
        record = rig.ended(id)
        equal((record["state"], record["added"], record["attempt"], record["crashes"]), ("done", "100", "2", "1"))
        equal(sorted(r["learner"] for r in rig.rows(id)), [x["id"] for x in learners(100)])
        equal(len(rig.ledger("member_added")), 100)
        wait_for(lambda: "lease_lost" in rig.log_of("zombie"))
        equal(rig.job(id), record, "the record since")
        rig.end(other)
        consumes(rig, 5)
        equal(rig.recount(), [])


@test
def long_and_healthy():
    """a job that says nothing for five leases while its worker lives is nobody else's, and runs once"""
    with start(worker=False) as rig:
        settings = {"ROLLCALL_QUEUE_LEASE_MS": "1000"}
        rig.start_worker(name="other", **settings)
        rig.start_worker(**settings)
        rig.run("create-team", "green-hill", class_of(0))
        rig.fault(dict(LIST, count=1), {"delay_ms": 5500})
        id, record = rig.run("sync-learners", "green-hill", class_of(5))
        equal((record["state"], record["attempt"], record["crashes"]), ("done", "1", "0"))
        took = int(record["finished_at"]) - int(record["started_at"])
        check(took > 5000, "it took %d ms" % took)
        equal(len(rig.ledger("member_added")), 5)


@test
def hung_call():
    """a call that is never answered is given up after its time, however healthy the worker is, and the job goes on"""
    with start(ROLLCALL_GRAPH_TIMEOUT_MS="1000") as rig:
        id = held_up(rig)
        began = time.monotonic()
        record = rig.ended(id)
        equal((record["state"], record["added"], record["attempt"]), ("done", "5", "1"))
        return seconds([time.monotonic() - began])


# ---- 5: cancel ------------------------------------------------------------------------

@test
def cancel_reaches_those_that_run():
    """a cancel reaches a running job within 2 s, and does not wait for Microsoft where that is safe"""
    with start(worker=False, ROLLCALL_QUEUE_CONCURRENCY="100") as rig:
        team = "11111111-2222-3333-4444-555555555555"
        rig.fault({"method": "GET"}, {"delay_ms": 60000})
        rig.start_worker()
        ids = []
        for i in range(40):
            rig.redis("HSET", rig.key("class:green-hill:C%d" % i), "team_id", team[:-2] + "%02d" % i)
            ids.append(rig.push("sync-learners", "green-hill", class_of(5, id="C%d" % i)))

        def all_run():
            "forty jobs to run"
            return rig.redis("HGET", rig.key("counts"), "running") == "40"
        wait_for(all_run)
        set_at = {}
        for id in ids:
            set_at[id] = time.time()
            rig.redis("SET", rig.key("cancel:" + id), "staff-2", "EX", 259200)
            time.sleep(0.05)
        took = []
        for id in ids:
            record = rig.ended(id, 10)
            equal((record["state"], record["cancelled_by"]), ("cancelled", "staff-2"))
            took.append(int(record["finished_at"]) / 1000 - set_at[id])
        took.sort()
        check(took[-1] < 2 * PATIENCE, "the slowest within 2 s (%.2f)" % took[-1])
        return "half within %.2f s, the slowest %.2f s" % (took[20], took[-1])


# ---- 6: throttled -----------------------------------------------------------------------

@test
def throttled():
    """jobs that Microsoft asked to wait cost no request, no wake-up and no attempt, and another school goes on"""
    other = "33333333-3333-3333-3333-333333333333"
    with Rig() as rig:
        rig.start_redis(aof=False)
        people = [{"mail": address("teacher1")}] + [{"mail": address("learner%d" % i)} for i in range(1, 11)]
        with open(rig.path("world.json"), "w") as f:
            json.dump({"tenants": [{"id": TENANT, "domain": "school.example", "users": people},
                                   {"id": other, "domain": "other.example", "users": people}]}, f)
        rig.start_emulator("--world", rig.path("world.json"), scale=100)
        rig.school("green-hill")
        rig.school("red-hill", tenant_id=other)
        rig.start_worker()
        for school in ("green-hill", "red-hill"):
            rig.run("create-team", school, class_of(0))
        for i in range(10):
            cls = class_of(3, id="C%d" % i)
            equal(rig.run("create-team", "green-hill", cls)[1]["state"], "done")
        rig.fault({"tenant": TENANT, "method": "GET"}, {"status": 429, "headers": {"Retry-After": "6"}})
        ids = [rig.push("sync-learners", "green-hill", class_of(3, id="C%d" % i)) for i in range(10)]

        def all_wait():
            "ten jobs to wait for Microsoft"
            return all(rig.job(id).get("state") == "waiting" for id in ids)
        wait_for(all_wait)
        rig.control("scenario", {"faults": []})
        before = [rig.job(id)["rev"] for id in ids]
        asked = rig.stats()
        calls, began = function_calls(rig), time.monotonic()
        time.sleep(2)
        calls, seconds = function_calls(rig) - calls, time.monotonic() - began
        equal([rig.job(id)["rev"] for id in ids], before, "revs of those that wait")
        equal(rig.stats()["graph_requests"] - asked["graph_requests"], 0, "requests of those that wait")
        # a beat and a sleep each second and a look for cancels each 0.4 s, however many wait
        check(calls <= 4.5 * seconds + 3, "%d calls of Redis in %.1f s, for ten that wait" % (calls, seconds))
        check(all("wait until" in rig.job(id)["message"] for id in ids), "they say until when")
        record = rig.run("sync-learners", "red-hill", class_of(3))[1]
        equal(record["state"], "done")
        equal([rig.job(id)["state"] for id in ids], ["waiting"] * 10, "meanwhile")
        for id in ids:
            record = rig.ended(id)
            equal((record["state"], record["added"], record["attempt"]), ("done", "3", "1"))
        return "%d calls of Redis in 2 s" % calls


def function_calls(rig):
    """How many commands and functions Redis was asked for, by anybody but this test."""
    info = rig.redis("INFO", "commandstats")
    return sum(int(line.split("calls=")[1].split(",")[0]) for line in info.splitlines()
               if line.startswith(("cmdstat_fcall", "cmdstat_blmove", "cmdstat_blpop")))


# ---- 8 to 10 and 15: memory, long scripts, what a job costs, counters ----------------------

class Mill:
    """A worker whose jobs do nothing: what is left is what the queue itself costs."""

    def __init__(self, rig):
        self.rig, self.pushed = rig, 0
        rig.start("worker", [rig.program("rollcalld-bench")], env=rig.settings(
            ROLLCALL_LOG_LEVEL="warn", ROLLCALL_QUEUE_KEEP_FINISHED="1000"))
        wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))

    def push(self, count, look):
        """So many, for twenty schools."""
        for first in range(self.pushed, self.pushed + count, 500):
            self.rig.redis("RPUSH", self.rig.key("inbox"), *[
                '{"v":1,"id":"m-%d","type":"no-op","school":"s%d","class":{"id":"C%d"}}' % (i, i % 20, i)
                for i in range(first, min(first + 500, self.pushed + count))])
            look()
        self.pushed += count

    def counts(self):
        counts = self.rig.redis.hash(self.rig.key("counts"))
        return [int(counts.get(k, 0)) for k in ("queued", "waiting", "running")]

    def pass_through(self, count, look=lambda: None):
        """Pushes so many and waits until they have ended; look() is called meanwhile."""
        self.push(count, look)

        def through():
            "all jobs to end"
            look()
            return self.rig.redis("LLEN", self.rig.key("inbox")) == 0 and not any(self.counts())
        wait_for(through, 600)

    def let_wait(self, count):
        """Pushes so many while the queue is paused, and waits until they stand in their lanes."""
        self.rig.redis("FCALL", "rollcall1_pause", 1, self.rig.key("inbox"), "*", "me")
        self.push(count, lambda: None)

        def all_wait():
            "all jobs to be admitted"
            return self.counts() == [count, 0, 0]
        wait_for(all_wait, 600)

    def go_on(self):
        self.rig.redis("FCALL", "rollcall1_resume", 1, self.rig.key("inbox"), "*")
        self.pass_through(0)


def info(rig, section, field):
    for line in rig.redis("INFO", section).splitlines():
        if line.startswith(field + ":"):
            return float(line.split(":")[1])
    raise KeyError(field)


@test
def memory():
    """however many jobs have passed, Redis holds what the newest thousand need, and no other key"""
    with start(worker=False) as rig:
        mill = Mill(rig)

        def held():
            rig.redis("MEMORY", "PURGE")
            return info(rig, "memory", "used_memory_dataset"), rig.redis("DBSIZE")
        mill.pass_through(20000)
        before, keys = held()
        mill.pass_through(1000000 if LONG else 100000)
        after, keys_after = held()
        check(keys_after <= keys, "%d keys before, %d after" % (keys, keys_after))
        check(after - before < 1000000, "%d bytes more" % (after - before))
        equal(rig.redis("LLEN", rig.key("finished")), 1000)
        return "%d jobs: %+d bytes, %+d keys" % (mill.pushed, after - before, keys_after - keys)


@test
def no_cost_of_length():
    """a call of Redis is as short, and a job costs as little, whether a thousand wait or eighteen thousand"""
    with start(worker=False) as rig:
        rig.redis("CONFIG", "SET", "latency-tracking-info-percentiles", "50 100")
        mill = Mill(rig)

        def drain(count):
            """What a call took in the middle and at worst, in ms, and Redis's CPU for a job, in us."""
            mill.let_wait(count)
            rig.redis("CONFIG", "RESETSTAT")
            before = info(rig, "cpu", "used_cpu_user_main_thread")
            mill.go_on()
            cpu = info(rig, "cpu", "used_cpu_user_main_thread") - before
            took = rig.redis("INFO", "latencystats").split("usec_fcall:")[1].split()[0].split(",")
            return [float(x.split("=")[1]) / 1000 for x in took] + [cpu / count * 1e6]
        drain(1000)
        few = [sorted(values)[4] for values in zip(*(drain(1000) for _ in range(9)))]
        many = drain(18000)
        check(many[0] < 2 * few[0], "a call took %.2f ms among few, %.2f among many" % (few[0], many[0]))
        check(many[1] < 50, "the longest call took %.2f ms" % many[1])
        check(many[2] < 3 * few[2], "a job cost %.1f us among few, %.1f among many" % (few[2], many[2]))
        return "%.2f and %.2f ms a call, the longest %.2f; %.1f and %.1f us a job" % (
            few[0], many[0], many[1], few[2], many[2])


@test
def counters():
    """at whatever moment everything is counted again in the midst of thousands of jobs, the counters are right"""
    looks = [0]
    with start(worker=False) as rig:
        mill = Mill(rig)

        def look():
            looks[0] += 1
            if looks[0] % 5 == 0:
                equal(rig.recount(), [], "faults")
        mill.pass_through(10000, look)
        equal(rig.recount(), [], "faults")
        equal(rig.redis("HGET", rig.key("counts"), "done"), "10000")
        return "%d times" % (looks[0] // 5)


# ---- 14: progress that lies ------------------------------------------------------------------

@test
def honest_progress():
    """who watches is told: no worker has read it, nobody is there, what is being done, its worker died, until when it waits"""
    with start(worker=False) as rig:
        with open(rig.path("class.json"), "w") as f:
            json.dump(class_of(0), f)

        def watched(*words):
            return rig.start("watch", [rig.program("rollcall"), *words], env=rig.settings())

        def told(*parts, but="\n"):
            def says():
                said = rig.log_of("watch").splitlines()
                return said and all(part in said[-1] for part in parts) and but not in said[-1]
            says.__doc__ = "the watcher to be told %s; last: %s" % (parts, rig.log_of("watch")[-300:])
            wait_for(says, 20)
        first = watched("enqueue", "create-team", "--school", "green-hill", "--file", rig.path("class.json"), "--wait")
        told("no worker has read it", "No worker is online")
        lost = rig.start_worker(name="lost", ROLLCALL_QUEUE_LEASE_MS="1000")
        equal(first.wait(20), 0)
        rig.fault(dict(LIST, count=1), {"delay_ms": 60000})
        id = rig.push("sync-learners", "green-hill", class_of(5))
        watched("watch", id)
        told("Reading the Team", but="No worker")
        rig.end(lost, signal.SIGKILL)
        check(0 < rig.redis("PTTL", rig.key("alive")) <= 15000, "the word that somebody is there runs out")
        rig.redis("PEXPIRE", rig.key("alive"), 1)
        told("No worker is online")
        rig.fault(dict(LIST, count=2), {"status": 429, "headers": {"Retry-After": "3"}})
        rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
        told("Waiting until", "Microsoft asked us to wait until", but="No worker")
        record = rig.ended(id)
        equal((record["state"], record["added"], record["crashes"]), ("done", "5", "1"))


sys.exit(test.main(sys.argv[1:]))
