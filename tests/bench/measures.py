#!/usr/bin/env python3
"""What one worker costs and how quick it is: measures.py [waiting] [idle] [cancel]

waiting  resident memory with 5,000 jobs waiting for Microsoft, bytes a job beyond idle
idle     from RPUSH to the first step of the job, worker idle: p50, p99 of 1,000
cancel   from the cancel flag to the end of a 200-learner sync, beyond the call in flight
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from rig import class_of, learners, start, wait_for  # noqa: E402


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def resident_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def resident_at_rest_kb(pid):
    "What it is when it has stopped falling: two seconds without a page given back."
    seen, at = resident_kb(pid), time.monotonic()
    while time.monotonic() < at + 2:
        now = resident_kb(pid)
        if now < seen:
            seen, at = now, time.monotonic()
        time.sleep(0.1)
    return resident_kb(pid)


def counted(rig, field):
    return int(rig.redis("HGET", rig.key("counts"), field) or 0)


def waiting(n=5000):
    """The worker first does as many jobs as will wait later, so that what it keeps for its
    connections and its buffers is there before and after. Then every job has ordered its
    Team and rests until the next look."""
    with start(n=2, scale=30, ROLLCALL_QUEUE_CONCURRENCY="6000", ROLLCALL_QUEUE_PER_SCHOOL="6000",
               ROLLCALL_GRAPH_POLL_MS="600000") as rig:
        worker, cls = rig.workers[0], class_of(0)

        def create(kind, count):
            rig.redis.pipeline([("RPUSH", rig.key("inbox"), json.dumps(rig.envelope(
                "create-team", "green-hill", dict(cls, id="%s%d" % (kind, i)), requested_by="staff-1")))
                for i in range(count)])

        rig.control("scenario", {"settings": {"operation_ms": 1000}})
        create("D", n)
        wait_for(lambda: counted(rig, "done") >= n, 120, pause=0.2)
        before = resident_at_rest_kb(worker.pid)
        rig.control("scenario", {"settings": {"operation_ms": 3600000000}})
        ordered = rig.stats()["by_route"]["POST /teams"]
        create("W", n)

        def all_ordered():
            "every Team to be ordered"
            return rig.stats()["by_route"]["POST /teams"] >= ordered + n
        wait_for(all_ordered, 120, pause=0.2)
        after = resident_at_rest_kb(worker.pid)
        print("waiting: %d jobs; resident %.1f MB idle, %.1f MB with them, %d bytes a job" % (
            counted(rig, "running"), before / 1024, after / 1024, (after - before) * 1024 // n))


def idle(n=1000):
    """By one clock that the one who pushes and the worker's first step both read."""
    with start(n=2, worker=False) as rig:
        clock = rig.path("clock")
        rig.start("worker", [rig.program("rollcalld-bench")], env=rig.settings(
            BENCH_CLOCK=clock, ROLLCALL_LOG_LEVEL="warn"))
        wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
        said = subprocess.check_output([rig.program("bench_push"), rig.socket, "teams", "idle", str(n), clock],
                                       text=True)
        p50, p99 = (float(word) / 1000 for word in said.split())
        print("idle: %d jobs, one at a time; RPUSH to the first step: p50 %.3f ms, p99 %.3f ms" % (n, p50, p99))


def cancel(n=40):
    """Waves of ten, 300 ms each, so that a sync of 200 lasts six seconds; the flag comes at
    another moment of it each time."""
    beyond, odd = [], 0
    with start(n=220, scale=50, ROLLCALL_SYNC_WAVE="10") as rig:
        rig.control("scenario", {"settings": {"latency_ms": 300, "operation_ms": 1000}})
        for i in range(n):
            cls = class_of(0, id="C%d" % i)
            rig.run("create-team", "green-hill", cls)
            before = len(rig.ledger("member_added"))
            id = rig.push("sync-learners", "green-hill", dict(cls, learners=learners(200)))
            rig.added(id, 10 + 4 * i, seconds=30, pause=0.002)
            set_at = time.time()
            rig.redis("SET", rig.key("cancel:" + id), "me", "EX", "259200")
            record = rig.ended(id)
            if record["state"] == "cancelled":
                beyond.append(int(record["finished_at"]) / 1000 - set_at)
                odd += len(rig.rows(id)) != len(rig.ledger("member_added")) - before
    print("cancel: %d of %d cancelled half-way; from flag to end, calls of 300 ms: p50 %.0f ms, p99 %.0f ms; "
          "rows that differ from the ledger: %d" % (
              len(beyond), n, 1000 * percentile(beyond, 0.5), 1000 * percentile(beyond, 0.99), odd))


def main():
    wanted = sys.argv[1:] or ["waiting", "idle", "cancel"]
    for word in wanted:
        {"waiting": waiting, "idle": idle, "cancel": cancel}[word]()


main()
