#!/usr/bin/env python3
"""Jobs by the clock, entered with rollcall and fired by whichever worker beats first."""
import json
import os
import re
import shlex
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import ROOT, Suite, check, class_of, equal, start, wait_for  # noqa: E402

test = Suite()
NIGHT = ("--cron", "0 2 * * 1-5", "--tz", "Africa/Johannesburg", "--type", "check-team",
         "--school", "green-hill", "--class", "C1")


def listed(rig):
    done = rig.command("schedule", "list", "--json")
    equal(done.returncode, 0, done.stderr)
    return json.loads(done.stdout)


@test
def fired():
    """four workers hear that a schedule is due: one job is made, and the next time is in the zone of the school"""
    with start(worker=False) as rig:
        rig.start_worker("-n", "4")
        wait_for(lambda: rig.redis("ZCARD", rig.key("workers")) == 4)
        equal(rig.command("schedule", "set", "night", *NIGHT).returncode, 0)
        coming = listed(rig)[0]["next"]
        check(coming > time.time() * 1000, "it is still to come")
        equal(time.strftime("%H:%M", time.gmtime(coming / 1000)), "00:00", "02:00 in Johannesburg")
        due = int(time.time()) // 60 * 60000
        rig.redis("ZADD", rig.key("schedules"), due, "night")
        id = time.strftime("night-%Y%m%dT%H%MZ", time.gmtime(due / 1000))
        equal(rig.ended(id)["type"], "check-team")
        seen = int(rig.redis("TIME")[0]) * 1000
        workers = rig.redis("ZRANGE", rig.key("workers"), 0, -1)
        wait_for(lambda: all(int(rig.redis("HGET", rig.key("worker:" + w), "seen")) > seen + 1000 for w in workers))
        equal(len(rig.redis("KEYS", "rollcall:?teams?:job:night-*")), 1, "jobs")
        equal((listed(rig)[0]["next"], listed(rig)[0]["last_job"]), (coming, id))


@test
def by_hand():
    """a schedule is run now, changed and removed; what it makes is a job like any other"""
    with start() as rig:
        equal(rig.command("schedule", "set", "night", *NIGHT, "--missed", "skip").returncode, 0)
        done = rig.command("schedule", "run", "night")
        equal(done.returncode, 0, done.stderr)
        equal(rig.ended(done.stdout.strip())["school"], "green-hill")
        equal(rig.command("schedule", "set", "night", "--cron", "*/5 * * * *", *NIGHT[4:]).returncode, 0)
        equal([(s["schedule"], s["cron"], s["zone"], s["missed"]) for s in listed(rig)],
              [("night", "*/5 * * * *", "UTC", "once")])
        check("night" in rig.command("schedule", "list").stdout, "it is in the table")
        equal(rig.command("schedule", "remove", "night").returncode, 0)
        equal(rig.command("schedule", "remove", "night").returncode, 1)
        equal(rig.command("schedule", "run", "night").returncode, 1)
        equal(listed(rig), [])
        equal(rig.redis("KEYS", "rollcall:?teams?:schedule*"), [])


def command_in(*path):
    """The words of the first rollcall schedule set that stands in this file."""
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        text = re.sub(r"\\e?\n\s*", "", f.read())
    return shlex.split(re.search(r"^ *rollcall (schedule set .*)$", text, re.M).group(1))


@test
def as_the_manual_says():
    """what README and rollcall-queue(7) show is taken, and what comes of it is the job that they tell of"""
    with start() as rig:
        rig.school("oak-park")
        equal(rig.run("create-team", "oak-park", class_of(4))[1]["state"], "done")
        for words in (command_in("README.md"), command_in("src", "man", "rollcall-queue.7")):
            done = rig.command(*words)
            equal(done.returncode, 0, done.stderr)
        (schedule,) = listed(rig)
        equal((schedule["schedule"], schedule["zone"], schedule["missed"]), ("night-8B", "Africa/Johannesburg", "once"))
        equal({"schedule", "cron", "zone", "missed", "envelope", "next"}, set(schedule), "its fields")
        due = int(time.time()) // 60 * 60000 - 3 * 3600000
        rig.redis("ZADD", rig.key("schedules"), due, "night-8B")
        id = time.strftime("night-8B-%Y%m%dT%H%MZ", time.gmtime(due / 1000))
        record = rig.ended(id)
        equal((record["state"], record["type"], record["school"], record["class"], record["added"]),
              ("done", "sync-learners", "oak-park", "8B-2026", "4"))
        check(record["requested_by"].startswith("rollcall:"), record["requested_by"])
        (schedule,) = listed(rig)
        equal(schedule["last_job"], id)
        check(schedule["last_at"] > due and schedule["next"] > due, "it comes again")
        rig.command(*command_in("README.md"), "--missed", "skip")
        rig.redis("ZADD", rig.key("schedules"), due + 60000, "night-8B")
        wait_for(lambda: listed(rig)[0].get("passed_over") == 1)
        equal(len(rig.redis("KEYS", "rollcall:?teams?:job:night-8B-*[0-9]Z")), 1, "jobs of the schedule")


@test
def refused():
    """an expression, zone or envelope that is wrong is refused with the reason, and nothing is kept"""
    with start(worker=False) as rig:
        for words, why in (
                (("night", "--cron", "61 * * * *", *NIGHT[2:]), "minute"),
                (("night", "--cron", "0 0 30 2 *", *NIGHT[2:]), "never comes"),
                (("night", *NIGHT[:3], "Africa/Nowhere", *NIGHT[4:]), "time zone"),
                (("no name", *NIGHT), "NAME"),
                (("night", *NIGHT, "--missed", "twice"), "once or skip"),
                (("night", *NIGHT[:8]), "class")):
            done = rig.command("schedule", "set", *words)
            equal(done.returncode, 2, " ".join(words))
            check(why in done.stderr, done.stderr)
        equal(rig.redis("KEYS", "rollcall:?teams?:schedule*"), [])


sys.exit(test.main(sys.argv[1:]))
