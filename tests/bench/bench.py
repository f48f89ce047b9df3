#!/usr/bin/env python3
"""Rollcall beside the queues that people would pick instead: bench.py BUILD

Every run has a private broker on a Unix socket in a folder of its own, one after another:
repetitions outermost, so that a noisy minute does not fall on one queue alone, then the
settings, then the queues. In each run:

single   jobs enqueued one by one, each when the one before was answered
idle     a worker with nothing to do: from before the enqueue call to the handler, one clock
bulk     jobs enqueued by the queue's own call for many, 500 at a time where it takes a number
drain    the same jobs done by one worker process that starts now: from the start of the
         first handler to the acknowledgement of the last job; every job exactly once

Settings: memory (no persistence), aof (fsync every second), delayed (no persistence, and 1 ms
added to each round trip). Commands are counted apart, by MONITOR, in the first setting.

BENCH_COUNT     jobs of a drain (50,000)          BENCH_REPEAT   repetitions (3)
BENCH_ONLY      names of queues, with commas      BENCH_SETTINGS names of settings
BENCH_RESULTS   where the table goes: tests/bench/RESULTS.md for a whole run at full size,
                BUILD/RESULTS.md for any other
BENCH_CONCURRENCY  jobs in flight in Rollcall's worker (1,000)
BENCH_CELERY    Celery's pool and concurrency

BENCH_COUNT=2000 BENCH_REPEAT=1 BENCH_SETTINGS=memory takes about a minute; the whole, half an
hour or less, most of it RQ and Celery. Where a queue would need many minutes for one drain
it is given fewer jobs, and the table says how many.

Ends with status 1 when a queue lost a job or did one twice.
"""
import os
import signal
import subprocess
import sys
import time

import contenders
import report
from instruments import Clock, Folder, Monitor, Others, Pace, cpu_seconds, end, peak_kb, wait_for

SETTINGS = ("memory", "aof", "delayed")
COUNT, REPEAT = 50000, 3
SINGLES, SLOW_SINGLES, SAMPLES, COUNTED = 10000, 500, 500, 2000
DRAIN_S = 300


class Broken(Exception):
    "A queue did not do every job exactly once."


class Run:
    "One queue in one setting, once."

    def __init__(self, contender, setting, count):
        self.contender, self.setting, self.count = contender, setting, count
        self.jobs = contender.jobs(count, setting)
        self.seen = {"jobs": self.jobs}

    def broker(self, folder):
        return self.contender.broker(folder, self.setting, self.contender.build)

    def measure(self):
        others = Others()
        if self.contender.enqueues:
            self.single()
        self.idle()
        self.drain()
        self.seen["others_pct"] = others.percent()
        return self.seen

    def enqueue(self, folder, socket, order, count):
        return float(folder.run("client", self.contender.client(socket, order, count)))

    def single(self):
        count = min(self.count, SLOW_SINGLES if self.setting == "delayed" else SINGLES)
        with Folder() as folder:
            self.seen["single"] = self.enqueue(folder, self.broker(folder).front, "single", count)

    def start_worker(self, folder, broker, clock, when):
        command, env = self.contender.worker(broker.front, clock, when, folder)
        return folder.start("worker", command, env)

    def wait_until(self, ready, folder, worker):
        try:
            wait_for(lambda: ready() or worker.poll() is not None, 20)
        except TimeoutError:
            pass
        if not ready():
            raise RuntimeError("the worker does not start: " + folder.log("worker"))
        time.sleep(0.5)

    def idle(self):
        samples = min(SAMPLES, max(20, self.count // 20))
        with Folder() as folder:
            broker, clock = self.broker(folder), Clock(folder.file("clock"), samples + 1)
            worker = self.start_worker(folder, broker, clock, "now")
            ready = self.contender.ready(broker)
            if ready:
                self.wait_until(ready, folder, worker)
                self.seen["start_s"] = cpu_seconds(worker.pid)
            client = folder.start("client", self.contender.client(broker.front, "idle", samples, clock.path),
                                  stdout=subprocess.PIPE)
            if not ready:
                client.stdout.readline()
                self.seen["start_s"] = cpu_seconds(worker.pid)
            words = client.communicate(timeout=120)[0].split()
            if len(words) != 2:
                raise RuntimeError("idle: %s %s" % (folder.log("client"), folder.log("worker")))
            self.seen["p50_us"], self.seen["p99_us"] = (float(word) for word in words)

    def fill(self, folder, broker):
        if not self.contender.enqueues or not self.contender.bulk:
            self.enqueue(folder, broker.socket, "bulk" if self.contender.bulk else "single", self.jobs)
        else:
            self.seen["bulk"] = self.enqueue(folder, broker.front, "bulk", self.jobs)
        if hasattr(self.contender, "prepare"):
            self.contender.prepare(folder, broker, self.jobs)

    def until_done(self, folder, broker, worker, clock):
        pace = Pace(DRAIN_S)
        while self.contender.left(broker, clock) > 0:
            if worker.poll() is not None:
                raise RuntimeError("the worker ended: " + folder.log("worker"))
            pace.rest("the last job was not done")
        return time.monotonic_ns()

    def drain(self):
        with Folder() as folder:
            broker, clock = self.broker(folder), Clock(folder.file("clock"), self.jobs)
            self.fill(folder, broker)
            broker.reset_commands()
            broker_s = broker.cpu()
            worker = self.start_worker(folder, broker, clock, "end")
            done_ns = self.until_done(folder, broker, worker, clock)
            if not self.contender.acknowledges:
                time.sleep(0.1)
            self.seen["broker_us"] = 1e6 * (broker.cpu() - broker_s) / self.jobs
            used_s = cpu_seconds(worker.pid) - self.seen["start_s"]
            self.seen["worker_us"] = 1e6 * max(0, used_s) / self.jobs
            self.seen["peak_kb"] = peak_kb(worker.pid)
            total = broker.commands()
            if total is not None:
                self.seen["commands"] = total / self.jobs
            end(worker)
            self.seen["drain"] = self.rate(clock, done_ns)
            odd = self.contender.odd_jobs(broker, clock)
            if odd:
                raise Broken("%d of %d jobs did not run exactly once: %s" % (odd, self.jobs, folder.log("worker")))

    def rate(self, clock, done_ns):
        moments = [at for at in clock.read()[0] if at]
        if not moments:
            raise RuntimeError("no handler noted a moment")
        last = max(done_ns, max(moments)) if self.contender.acknowledges else max(moments)
        return 1e9 * self.jobs / (last - min(moments))

    def count_commands(self):
        "Sent, and called by scripts: for each job enqueued alone, and for each job done."
        if not self.contender.on_redis():
            return None
        with Folder() as folder:
            broker, clock = self.broker(folder), Clock(folder.file("clock"), self.jobs)
            monitor = Monitor(broker)
            self.enqueue(folder, broker.socket, "single", self.jobs)
            enqueued = monitor.counts()
            if hasattr(self.contender, "prepare"):
                self.contender.prepare(folder, broker, self.jobs)
            monitor = Monitor(broker)
            worker = self.start_worker(folder, broker, clock, "end")
            self.until_done(folder, broker, worker, clock)
            done = monitor.counts()
        return [n / self.jobs for n in enqueued + done]


def say(*words):
    print(*words, flush=True)


def one_run(results, contender, setting, count):
    key = (setting, contender.name)
    try:
        seen = Run(contender, setting, count).measure()
        results.runs.setdefault(key, []).append(seen)
        say("  %-8s %-24s %s" % (setting, contender.name, " ".join(
            "%s=%.4g" % pair for pair in seen.items())))
    except Exception as why:
        results.failures[key] = "%s" % why
        results.broken |= isinstance(why, Broken)
        say("  %-8s %-24s failed: %s" % (setting, contender.name, why))


def chosen(name, everything, of=lambda x: x):
    wanted = [word.strip().lower() for word in os.environ.get(name, "").split(",") if word.strip()]
    return [x for x in everything if not wanted or of(x).lower() in wanted]


def write(results, path):
    "After each repetition: one that is cut off leaves what came before it."
    text = results.text()
    with open(path, "w") as f:
        f.write(text)
    return text


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
    count = int(os.environ.get("BENCH_COUNT", COUNT))
    repeat = int(os.environ.get("BENCH_REPEAT", REPEAT))
    settings = chosen("BENCH_SETTINGS", SETTINGS)
    queues = [kind(build) for kind in chosen("BENCH_ONLY", contenders.ALL, lambda kind: kind.name)]
    results = report.Results(queues, settings, count, repeat)
    whole = (count, repeat, len(queues), len(settings)) == (COUNT, REPEAT, len(contenders.ALL), len(SETTINGS))
    path = os.environ.get("BENCH_RESULTS") or (
        os.path.join(contenders.HERE, "RESULTS.md") if whole else os.path.join(build, "RESULTS.md"))
    there = [queue for queue in queues if not queue.missing()]
    for queue in queues:
        if queue.missing():
            say("  %s: %s" % (queue.name, queue.missing()))
    for n in range(repeat):
        say("repetition %d of %d" % (n + 1, repeat))
        for setting in settings:
            for queue in there:
                one_run(results, queue, setting, count)
        results.repeat = n + 1
        write(results, path)
    for queue in there:
        if any(key[1] == queue.name for key in results.failures):
            continue
        try:
            results.commands[queue.name] = Run(queue, SETTINGS[0], min(count, COUNTED)).count_commands()
        except Exception as why:
            say("  %s: commands not counted: %s" % (queue.name, why))
    say("", write(results, path), "written to " + os.path.relpath(path))
    return 1 if results.broken else 0


if __name__ == "__main__":
    sys.exit(main())
