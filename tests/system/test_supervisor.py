#!/usr/bin/env python3
"""A supervisor whose children die, hang, or will not leave; jobs that kill their worker."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, start, wait_for  # noqa: E402

test = Suite()
MANY = 50


def children_of(pid):
    """The processes that pid has forked, from /proc."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(word) for word in f.read().split()]


def child_of(boss, but=()):
    def born():
        "a child"
        return [pid for pid in children_of(boss.pid) if pid not in but]
    return wait_for(born)[0]


def supervised(rig, n=1, **more):
    return rig.start_worker("-n", str(n), program="rollcalld-bad", ROLLCALL_QUEUE_PER_SCHOOL="1000", **more)


def push(rig, type, n):
    return [rig.push(type, "green-hill", class_of(0, id="%s-%d" % (type, i))) for i in range(n)]


def count(rig, what):
    return int(rig.redis("HGET", rig.key("counts"), what) or 0)


def running(rig, n):
    def so_many():
        "%d jobs to run"
        return count(rig, "running") == n
    return wait_for(so_many, 20, pause=0.002)


def gone(pid):
    return not os.path.exists("/proc/%d" % pid)


@test
def poison():
    """a job that kills its worker is dead after three deaths, and of those beside it none is blamed"""
    with start(worker=False) as rig:
        supervised(rig)
        beside = push(rig, "rest", MANY)
        running(rig, MANY)
        record = rig.ended(push(rig, "crash", 1)[0])
        equal((record["state"], record["error_code"], record["crashes"]), ("failed", "crashed", "3"))
        for id in beside:
            record = rig.ended(id)
            equal((record["state"], record["streak"], record["crashes"]), ("done", "0", "3"))
        equal(count(rig, "dead"), 1)


@test
def innocents():
    """ten SIGKILLs of a worker that holds fifty jobs: none is blamed; the first time all run again within a second"""
    with start(worker=False) as rig:
        boss = supervised(rig)
        ids = push(rig, "stay", MANY)
        born, took = time.monotonic(), []
        wait_for(lambda: time.monotonic() - born > 1.1)
        for n in range(10):
            wait_for(lambda: rig.log_of().count("job_started") == MANY * (n + 1))
            running(rig, MANY)
            victim = child_of(boss)
            killed = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            wait_for(lambda: count(rig, "running") < MANY, pause=0.001)
            running(rig, MANY)
            took.append(time.monotonic() - killed)
        equal(count(rig, "dead"), 0, "dead jobs")
        equal({(rig.job(id)["streak"], rig.job(id)["crashes"]) for id in ids}, {("0", "10")})
        check(took[0] < 1, "running again within 1 s (%.2f s)" % took[0])
        return "running again after %.0f ms; killed young over and over, after %.1f s" % (took[0] * 1000, max(took))


@test
def stopped():
    """a child that was stopped is replaced before its lease has run out, and its jobs run again"""
    with start(worker=False) as rig:
        boss = supervised(rig, 2)
        running(rig, 0)
        wait_for(lambda: len(children_of(boss.pid)) == 2)
        before = children_of(boss.pid)
        push(rig, "stay", MANY)
        running(rig, MANY)
        victim = before[0]
        began = time.monotonic()
        os.kill(victim, signal.SIGSTOP)
        wait_for(lambda: gone(victim), 6)
        took = time.monotonic() - began
        running(rig, MANY)
        again = time.monotonic() - began
        wait_for(lambda: len(children_of(boss.pid)) == 2)
        check(victim not in children_of(boss.pid), "another one runs in its place")
        equal(count(rig, "dead"), 0, "dead jobs")
        check("worker_hangs" in rig.log_of(), "it is said in the log")
        return "killed after %.1f s, all running after %.1f s" % (took, again)


@test
def hanging():
    """a job whose step never comes back is killed with its worker three times and is dead; those beside it end"""
    with start(worker=False) as rig:
        supervised(rig, 2)
        beside = push(rig, "rest", MANY)
        record = rig.ended(push(rig, "hang", 1)[0])
        equal((record["state"], record["error_code"], record["crashes"]), ("failed", "crashed", "3"))
        for id in beside:
            equal(rig.ended(id)["state"], "done")
        equal(count(rig, "dead"), 1)


@test
def leaving():
    """SIGTERM ends a supervisor and all its children within 10 s, a stopped one too, and no job is lost"""
    with start(worker=False) as rig:
        boss = supervised(rig, 3)
        wait_for(lambda: len(children_of(boss.pid)) == 3)
        push(rig, "stay", MANY)
        running(rig, MANY)
        children = children_of(boss.pid)
        os.kill(children[0], signal.SIGSTOP)
        began = time.monotonic()
        equal(rig.end(boss), 0, "exit status")
        took = time.monotonic() - began
        check(took < 10, "within 10 s (%.1f)" % took)
        check(all(gone(pid) for pid in children), "no child is left")
        equal((count(rig, "running"), count(rig, "queued"), count(rig, "dead")), (0, MANY, 0))
        return "%.1f s" % took


@test
def dying_young():
    """a child that dies again and again is started after pauses that grow"""
    with start(worker=False) as rig:
        boss = supervised(rig)
        wait_for(lambda: count(rig, "running") == 0 and rig.redis("EXISTS", rig.key("alive")))
        births, last, end = 0, 0, time.monotonic() + 4
        while time.monotonic() < end:
            for pid in children_of(boss.pid):
                if pid != last:
                    births, last = births + 1, pid
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
        check(4 <= births <= 10, "%d births in 4 s" % births)
        ids = push(rig, "rest", 1)
        equal(rig.ended(ids[0])["state"], "done")


@test
def reload():
    """SIGHUP is for the supervisor and for each child: both read the file again"""
    with start(worker=False) as rig:
        path = rig.path("rollcall.conf")
        with open(path, "w") as f:
            f.write("[log]\nlevel = info\n")
        boss = supervised(rig, 2, ROLLCALL_CONF=path)
        wait_for(lambda: rig.redis("ZCARD", rig.key("workers")) == 2)
        with open(path, "w") as f:
            f.write("[log]\nlevel = loud\n")
        boss.send_signal(signal.SIGHUP)
        wait_for(lambda: rig.log_of().count("reload_refused") == 3)


sys.exit(test.main(sys.argv[1:]))
