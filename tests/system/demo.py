#!/usr/bin/env python3
"""demo - Rollcall at work on one machine: `make demo`, or `make demo ONCE=1` to end by itself.

A private Redis, Microsoft's side, a worker and the sample school. One teacher's three
classes get their Teams and their learners; then Microsoft's own ledger is held against
every Sync Summary. Nothing outside build/demo is touched.
"""
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import ROOT, Rig  # noqa: E402

SCHOOL, TEACHER = "green-hill", "staff-17"
CLASSES = ["8C-2026", "8B-2026", "8A-2026"]
SCALE = 20
COUNTS = ["added", "already_member", "failed", "unresolved", "removed", "removal_failed"]
BOLD, GREEN, RED, PLAIN = (("\033[1m", "\033[32m", "\033[31m", "\033[0m")
                           if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "", "", ""))


def say(text="", colour=""):
    print(colour + text + (PLAIN if colour else ""), flush=True)


def make_school(rig):
    folder, classes = rig.path("school"), rig.path("classes")
    data = os.path.join(ROOT, "tests", "data")
    subprocess.run([sys.executable, os.path.join(data, "sample_school.py"), folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, os.path.join(data, "class_files.py"), folder, classes], check=True,
                   stdout=subprocess.DEVNULL)
    return folder, classes


def class_file(classes, id):
    with open(os.path.join(classes, id + ".json"), encoding="utf-8") as f:
        return json.load(f)


def rollcall(rig, *words):
    """One command of `rollcall`, its output straight to the terminal; its exit status."""
    say("  $ rollcall " + " ".join(words), BOLD)
    status = subprocess.run([rig.program("rollcall"), *words], env=dict(os.environ, **rig.settings())).returncode
    say()
    return status


def run_jobs(rig, classes):
    """Creates and syncs the classes; gives class id -> (team id, record of the sync)."""
    ends = {}
    say("1. The portal asks for three Teams, with one plain RPUSH each.", BOLD)
    created = [(c, rig.push("create-team", SCHOOL, class_file(classes, c), requested_by=TEACHER)) for c in CLASSES]
    say()
    for c, id in created:
        rollcall(rig, "watch", id)
    say("2. Then it asks to sync the learners of each.", BOLD)
    say()
    for c, id in created:
        sync = rig.push("sync-learners", SCHOOL, class_file(classes, c), requested_by=TEACHER)
        rollcall(rig, "watch", sync)
        ends[c] = (rig.job(id).get("team_id", ""), sync)
    return ends


def agree(rig, ends):
    """Holds each Sync Summary against what changed at Microsoft's. True if all agree."""
    say("3. Does Microsoft's own ledger say the same?", BOLD)
    good = True
    for c, (team, sync) in ends.items():
        record, rows = rig.job(sync), rig.rows(sync)
        added = [x["user"] for x in rig.ledger("member_added") if x["team"] == team and x["role"] == "member"]
        removed = [x["user"] for x in rig.ledger("member_removed") if x["team"] == team]
        teams = [x for x in rig.ledger("team_created") if x["team"] == team]
        same = (record.get("state") == "done" and len(teams) == 1
                and sorted(added) == sorted(r["user_id"] for r in rows if r["outcome"] == "added")
                and sorted(removed) == sorted(r["user_id"] for r in rows if r["outcome"] == "removed")
                and int(record["added"]) == len(added) and int(record["removed"]) == len(removed))
        good = good and same
        say("   %s  summary %s added, %s removed   ledger %d added, %d removed   %s" % (
            c, record.get("added"), record.get("removed"), len(added), len(removed), "the same" if same else "DIFFERENT"),
            GREEN if same else RED)
    say()
    return good


def invite(rig, classes):
    say("Everything stays up until Ctrl-C. In another terminal, try:", BOLD)
    say("  export " + " ".join("%s=%s" % kv for kv in rig.settings().items() if kv[0] != "ROLLCALL_CONF"))
    say("  export ROLLCALL_CONF=/dev/null PATH=$PATH:" + os.path.dirname(rig.program("rollcall")))
    for line in ["rollcall queue", "rollcall jobs",
                 "rollcall class %s 8A-2026" % SCHOOL,
                 "rollcall enqueue sync-learners --school %s --class 8A-2026 --wait" % SCHOOL,
                 "rollcall doctor",
                 "redis-cli -s %s HGETALL 'rollcall:{teams}:counts'" % rig.socket,
                 "curl %s/_emulator/teams" % rig.graph]:
        say("  " + line)
    say()
    signal.sigwait([signal.SIGINT, signal.SIGTERM])
    say("\nGood-bye.")


def main():
    once = os.environ.get("ONCE") == "1" or not sys.stdout.isatty()
    folder = os.path.join(ROOT, os.environ.get("BUILD", "build"), "demo")
    shutil.rmtree(folder, ignore_errors=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, [] if once else [signal.SIGINT, signal.SIGTERM])
    with Rig(folder) as rig:
        say("Rollcall demo: Redis, Microsoft's side (%d times as fast), a worker, the school Green Hill." % SCALE, BOLD)
        say()
        school, classes = make_school(rig)
        rig.start_redis()
        rig.start_emulator("--oneroster", school, scale=SCALE)
        rig.control("scenario", {"settings": {"latency_ms": 250, "operation_ms": 40000}})
        rig.start_worker("-n", "1")
        rollcall(rig, "school", "set", SCHOOL, "--name", "Green Hill", "--auth", "app", "--tenant",
                 "22222222-2222-2222-2222-222222222222")
        good = agree(rig, run_jobs(rig, classes))
        if not good:
            say("The two sides do not agree: see the logs in " + os.path.relpath(folder, os.getcwd()), RED)
        elif not once:
            invite(rig, classes)
    return 0 if good else 1


sys.exit(main())
