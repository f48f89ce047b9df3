#!/usr/bin/env python3
"""demo - Rollcall at work on one machine: `make demo`, or `make demo ONCE=1` to end by itself.

A private Redis, Microsoft's side, a worker and the sample school. One teacher's three
classes get their Teams and their learners; then Microsoft's own ledger is held against
every Sync Summary. Nothing outside build/demo is touched.
"""
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import ROOT, TENANT, Rig  # noqa: E402

SCHOOL, TEACHER = "green-hill", "staff-17"
CLASSES = ["8C-2026", "8B-2026", "8A-2026"]
NEW_CLASS = "green-hill-year-12-2026"  # has no Team yet when the demo invites
SCALE = 20
COUNTS = ["added", "already_member", "failed", "unresolved", "removed", "removal_failed"]
BOLD, GREEN, RED, PLAIN = (("\033[1m", "\033[32m", "\033[31m", "\033[0m")
                           if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "", "", ""))


def columns():
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000


def say(text="", colour="", indent=""):
    """A paragraph, wrapped at word ends."""
    lines = textwrap.wrap(text, max(columns() - 1, 20), subsequent_indent=indent, break_long_words=False,
                          break_on_hyphens=False)
    print(colour + "\n".join(lines) + (PLAIN if colour else ""), flush=True)


def with_values(words):
    """An option and its value stay on one line."""
    joined = []
    for word in words:
        if joined and joined[-1].startswith("-") and " " not in joined[-1] and not word.startswith("-"):
            joined[-1] += " " + word
        else:
            joined.append(word)
    return joined


def say_command(words, lead="  ", colour=""):
    """A command that can be pasted: quoted, and with a backslash where its line ends early."""
    words, text, used = with_values(words), lead, len(lead)
    for i, word in enumerate(words):
        last = i + 1 == len(words)
        if used > len(lead) and used + 1 + len(word) + (0 if last else 2) > columns() - 1:
            text, used = text + " \\\n      ", 6
        elif i:
            text, used = text + " ", used + 1
        text, used = text + word, used + len(word)
    print(colour + text + (PLAIN if colour else ""), flush=True)


def quoted(*words):
    return [shlex.quote(word) for word in words]


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
    say_command(["$", "rollcall"] + quoted(*words), colour=BOLD)
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
        say("%s: summary %s added, %s removed; ledger %d added, %d removed: %s" % (
            c, record.get("added"), record.get("removed"), len(added), len(removed), "the same" if same else "DIFFERENT"),
            GREEN if same else RED, indent="  ")
    say()
    return good


def envelope(id, type, cls):
    return json.dumps({"v": 1, "id": id, "type": type, "school": SCHOOL, "requested_by": TEACHER, "class": cls},
                      separators=(",", ":"))


def invite(rig, classes):
    """What to try in another terminal; each line can be pasted there."""
    redis = ["redis-cli", "-s", shlex.quote(rig.socket)]
    new = os.path.relpath(os.path.join(classes, NEW_CLASS + ".json"))
    say("Everything stays up until Ctrl-C. In another terminal, in this folder, paste first:", BOLD)
    for name, value in rig.settings().items():
        say_command(["export", "%s=%s" % (name, shlex.quote(value))])
    say_command(["export", 'PATH="$PATH":' + shlex.quote(os.path.dirname(rig.program("rollcall")))])
    say()
    say("Look around:", BOLD)
    for words in (["rollcall", "queue"], ["rollcall", "jobs"], ["rollcall", "class", SCHOOL, "8A-2026"],
                  ["rollcall", "doctor"], ["curl", "-s", "-w", "\\n", rig.graph + "/_emulator/teams"]):
        say_command(quoted(*words))
    say()
    say("Give another class its Team, then push a sync as a portal would, and watch it come:", BOLD)
    say_command(quoted("rollcall", "enqueue", "create-team", "--school", SCHOOL, "--file", new, "--wait"))
    say_command(redis + quoted("RPUSH", rig.key("inbox"), envelope("try-1", "sync-learners", {"id": NEW_CLASS})))
    say_command(quoted("rollcall", "watch", "try-1"))
    say_command(redis + quoted("HGETALL", rig.key("job:try-1")))
    say()
    say("Have one wait for ten minutes, and cancel it; either of the last two does:", BOLD)
    say_command(quoted("rollcall", "enqueue", "sync-learners", "--school", SCHOOL, "--class", "8B-2026", "--at", "+10m",
                       "--id", "try-2"))
    say_command(quoted("rollcall", "cancel", "try-2"))
    say_command(redis + quoted("SET", rig.key("cancel:try-2"), TEACHER, "EX", "259200"))
    say()
    while True:
        signal.pause()


def interrupted(*unused):
    """Ctrl-C: all that was started is ended in good order, whoever is impatient."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    once = os.environ.get("ONCE") == "1" or not sys.stdout.isatty()
    folder = os.path.join(ROOT, os.environ.get("BUILD", "build"), "demo")
    shutil.rmtree(folder, ignore_errors=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    with Rig(folder) as rig:
        say("Rollcall demo: Redis, Microsoft's side (%d times as fast), a worker, the school Green Hill." % SCALE, BOLD)
        say()
        school, classes = make_school(rig)
        rig.start_redis()
        rig.start_emulator("--oneroster", school, scale=SCALE)
        rig.control("scenario", {"settings": {"latency_ms": 250, "operation_ms": 40000}})
        rig.start_worker("-n", "1")
        rollcall(rig, "school", "set", SCHOOL, "--name", "Green Hill", "--auth", "app", "--tenant", TENANT)
        good = agree(rig, run_jobs(rig, classes))
        if not good:
            say("The two sides do not agree: see the logs in " + os.path.relpath(folder, os.getcwd()), RED)
        elif not once:
            invite(rig, classes)
    return 0 if good else 1


try:
    sys.exit(main())
except KeyboardInterrupt:
    say()
    say("Good-bye.")
