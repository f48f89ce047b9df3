#!/usr/bin/env python3
"""What one rollcall-web carries: web_polls.py [--dialogs N] [--seconds S] [--changes A_SECOND] [--keys]

Polls: N dialogs (5,000), each of its own teacher with a session of their own, who poll the
record of their own job once a second with the ETag that they have, while so many records
change a second (500) as workers change them. Then the same dialogs wait for changes
(?wait&rev), and it is measured how long after a change they are answered.

Prints a line for each: answered a second, p50 and p99, share of 304, memory and processor of
rollcall-web, and commands of Redis a second. --keys: programs with a key instead of teachers.
"""
import argparse
import json
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from rig import resident_kb  # noqa: E402
from web_rig import web_start  # noqa: E402

FREE = {"ROLLCALL_WEB_STAFF_RATE": "0", "ROLLCALL_WEB_KEY_RATE": "0", "ROLLCALL_WEB_ADDRESS_RATE": "0"}


def fill(rig, n):
    """n running jobs, each of a class of its own teacher."""
    rig.redis("SET", rig.key("alive"), 1, "EX", 86400)
    for first in range(0, n, 500):
        commands = []
        for i in range(first, min(n, first + 500)):
            commands.append(("SADD", rig.key("teaches:green-hill:staff-%d" % i), "C%d" % i))
            commands.append(("HSET", rig.key("job:j%d" % i), "state", "running", "rev", 1, "updated_at", 1, "attempt", 1,
                             "crashes", 0, "type", "sync-learners", "school", "green-hill", "class", "C%d" % i,
                             "requested_by", "staff-%d" % i, "queued_at", 1, "started_at", 1, "done", 0, "total", 200,
                             "added", 0, "already_member", 0, "failed", 0, "unresolved", 0, "removed", 0,
                             "removal_failed", 0, "phase", "Adding learners", "worker", "w1"))
        rig.redis.pipeline(commands)


def dialogs(rig, n, keys):
    for i in range(n):
        if keys:
            header = "Authorization: Bearer " + rig.keys["reader"]
        else:
            cookies = rig.sign_in("staff-%d" % i).cookies
            header = "Cookie: " + "; ".join("%s=%s" % pair for pair in cookies.items())
        yield "/v1/jobs/j%d\t%s\n" % (i, header)


class Changes(threading.Thread):
    """A worker's writes: so many records a second, in turn."""

    def __init__(self, rig, n, a_second):
        super().__init__(daemon=True)
        self.redis, self.key = rig.connect(), rig.key
        self.n, self.a_second = n, a_second
        self.over = False

    def run(self):
        began, number = time.monotonic(), 0
        while not self.over:
            due = int((time.monotonic() - began) * self.a_second)
            batch = range(number, min(due, number + 100))
            if batch:
                now = int(time.monotonic() * 1e6)
                commands = []
                for i in batch:
                    commands.append(("HSET", self.key("job:j%d" % (i % self.n)), "rev", now, "done", i % 200,
                                     "phase", "at %d" % now))
                self.redis.pipeline(commands)
                number = batch[-1] + 1
            time.sleep(0.002)


def commands_done(rig):
    info = rig.redis("INFO", "stats")
    return int(info.split("total_commands_processed:")[1].split()[0])


def processor_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024


def forget_peak(pid):
    with open("/proc/%d/clear_refs" % pid, "w") as f:
        f.write("5")


def measure(rig, how, lines, o):
    forget_peak(rig.web.pid)
    changes = Changes(rig, o.dialogs, o.changes)
    changes.start()
    before, used, began = commands_done(rig), processor_s(rig.web.pid), time.monotonic()
    done = subprocess.run([rig.program("web_polls"), rig.url.rsplit(":", 1)[1], str(o.seconds), how],
                          input=lines, capture_output=True, text=True)
    took = time.monotonic() - began
    used, commands = processor_s(rig.web.pid) - used, commands_done(rig) - before
    changes.over = True
    changes.join()
    if done.returncode != 0:
        raise SystemExit(done.stderr + rig.log_of("web")[-2000:])
    r = json.loads(done.stdout)
    known = r["status_304"] / max(1, r["status_200"] + r["status_304"])
    print("%s: %d dialogs, %d answered a second, p50 %.1f ms, p99 %.1f ms, max %.1f ms, 304 %.0f %%, others %d, late %d; "
          "rollcall-web %.0f MB at most, %.0f %% of a core; Redis %d commands a second (%d are the changes)" % (
              how, r["dialogs"], r["a_second"], r["p50_ms"], r["p99_ms"], r["max_ms"], 100 * known, r["others"],
              r["late"], peak_mb(rig.web.pid), 100 * used / took, commands / took, o.changes))
    return r


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dialogs", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--keys", action="store_true")
    parser.add_argument("--only", choices=("poll", "wait"))
    o = parser.parse_args()
    with web_start(worker=False, web=FREE) as rig:
        fill(rig, o.dialogs)
        lines = "".join(dialogs(rig, o.dialogs, o.keys))
        print("before: rollcall-web %.0f MB" % (resident_kb(rig.web.pid) / 1024))
        for how in (o.only,) if o.only else ("poll", "wait"):
            measure(rig, how, lines, o)


if __name__ == "__main__":
    main()
