#!/usr/bin/env python3
"""When a school's night comes, and what is told of it in the morning.

usage: test_night_told.py [WORDS...]
"""
import json
import os
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from acl_rig import AclRig  # noqa: E402
from night_rig import SCHOOL, YEAR, group, register, with_team, night, report, set_school  # noqa: E402
from rig import Rig, Suite, address, check, equal, has, has_not, learners, start, wait_for  # noqa: E402
from web_rig import web_start  # noqa: E402

test = Suite()


# ---- when it comes -------------------------------------------------------------------------------

def schedule_of(rig):
    return rig.redis.hash(rig.key("schedule:night-" + SCHOOL))


@test
def settings_make_the_schedule():
    """a night is entered when the settings ask for it, follows them when they change, and goes when they do not"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        cls = group("8A", 1, 5)
        with_team(rig, cls)
        set_school(rig, night="nightly", night_at="03:30", zone="Europe/London", quiet="sat,sun")
        wait_for(lambda: schedule_of(rig).get("cron") == "30 3 * * *", 20)
        equal((schedule_of(rig)["zone"], schedule_of(rig)["quiet"]), ("Europe/London", "sat,sun"))
        coming = int(float(rig.redis("ZSCORE", rig.key("schedules"), "night-" + SCHOOL)))
        check(time.time() * 1000 < coming < time.time() * 1000 + 25 * 3600000, "it comes within a day")
        shown = rig.command("night", SCHOOL)
        equal(shown.returncode, 0, shown.stderr)
        has(shown.stdout, "each night at 03:30 (Europe/London)", "sat,sun")
        set_school(rig, quiet="", night_at="02:15", zone="")
        wait_for(lambda: schedule_of(rig).get("cron") == "15 2 * * *", 20)
        equal(schedule_of(rig)["zone"], "Africa/Johannesburg")
        rig.redis("ZADD", rig.key("schedules"), int(time.time()) // 60 * 60000, "night-" + SCHOOL)
        run = wait_for(lambda: rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0), 20)
        check(run.startswith("night-%s-" % SCHOOL), run)
        equal(rig.ended(run)["state"], "done")
        equal(report(rig, run)[0]["kind"], "night")
        set_school(rig, night="off")
        wait_for(lambda: not rig.redis("EXISTS", rig.key("schedule:night-" + SCHOOL)), 20)
        equal(rig.redis("ZSCORE", rig.key("schedules"), "night-" + SCHOOL), None)


@test
def many_schools():
    """of hundreds of schools some are looked at each second, and each has its night in the end"""
    with Rig() as rig:
        rig.start_redis()
        names = ["school-%d" % n for n in range(350)]
        for name in names:
            rig.redis("HSET", rig.key("school:" + name), "name", name, "night", "nightly")
        rig.redis("SADD", rig.key("schools"), *names)
        rig.graph, rig.scale = "http://127.0.0.1:1", 1
        rig.start_worker()
        seen = []  # when it was asked and answered how many have their night, and how many had

        def entered():
            "a night for each school"
            asked, n = time.monotonic(), rig.redis("ZCARD", rig.key("schedules"))
            seen.append((asked, time.monotonic(), n))
            return n == 350
        wait_for(entered, 30)
        for i, (began, _, had) in enumerate(seen):
            for _, ended, has_now in seen[i:]:
                check(has_now - had <= 100 * (int(ended - began) + 2),
                      "%d in %.2f s: a hundred at a look, a second apart" % (has_now - had, ended - began))


@test
def quiet_days():
    """on a quiet day nothing runs, and the next night is entered"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        with_team(rig, group("8A", 1, 5))
        today = time.strftime("%Y-%m-%d", time.gmtime())
        set_school(rig, night="nightly", zone="UTC", quiet=today)
        wait_for(lambda: schedule_of(rig).get("quiet") == today, 20)
        rig.redis("ZADD", rig.key("schedules"), int(time.time() - 61) // 60 * 60000, "night-" + SCHOOL)
        wait_for(lambda: schedule_of(rig).get("passed_over") == "1", 20)
        check(float(rig.redis("ZSCORE", rig.key("schedules"), "night-" + SCHOOL)) > time.time() * 1000, "next")
        equal(rig.redis("LLEN", rig.key("runs:" + SCHOOL)), 0)


@test
def wrong_settings():
    """a time or zone that is none enters no night, and the alarm for schools without a good run still counts the school"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        with_team(rig, group("8A", 1, 5))
        set_school(rig, night="nightly")
        wait_for(lambda: schedule_of(rig), 20)
        set_school(rig, night_at="25:00")
        wait_for(lambda: not schedule_of(rig), 20)
        wait_for(lambda: "night_unreadable" in rig.log_of(), 5)
        equal(rig.redis("ZCARD", rig.key("nights")), 1)


# ---- what is told of it --------------------------------------------------------------------------

@test
def in_the_morning():
    """the report says what was made, what changed, what could not be done and why; a teacher is told of their own classes alone"""
    with start(n=30) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        good, bad, orphan = group("8A", 1, 5), group("8B", 6, 5, teacher=2), group("8C", 11, 5)
        bad["learners"].append({"id": "L900", "name": "Nobody There", "email": address("nobody")})
        orphan["teachers"] = []
        register(rig, good, bad, orphan)
        id, record = night(rig)
        equal(record["state"], "done")
        fields, lines = report(rig, id)
        equal((fields["state"], fields["made"], fields["failed_classes"]), ("partly", "2", "1"))
        said = rig.command("report", SCHOOL)
        equal(said.returncode, 1, said.stderr)
        has(said.stdout, "Made: 2", "Could not be done: 1", "8C", "Learners who are missing: 1", "8B: 0 failed, 1 unresolved")
        asked = json.loads(rig.command("report", SCHOOL, "--json").stdout)
        equal([line["name"] for line in asked["lines"]], ["8A", "8B", "8C"])
        theirs = rig.command("report", SCHOOL, "--staff", "staff-2").stdout
        has(theirs, "8B", "Nobody There", "No Microsoft account found")
        has_not(theirs, "8A")
        whole = json.loads(rig.redis("HGET", rig.key("digest:" + SCHOOL), "*"))
        equal((whole["learners"], whole["synced"], whole["unresolved"]), (16, 10, 1))
        listed = json.loads(rig.command("report", SCHOOL, "--runs", "--json").stdout)
        equal([(run["run"], run["state"]) for run in listed], [(id, "partly")])


@test
def could_not_be_removed():
    """where somebody could not be taken out the run is done but for that class, and report and teacher are told"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        cls, same = group("8A", 1, 6), group("8B", 7, 5, teacher=2)
        with_team(rig, cls, same)
        cls["learners"] = learners(5, 1)
        register(rig, cls)
        rig.fault({"method": "POST", "path": "/teams/*/members/remove"}, {"status": 502, "html": True})
        id, record = night(rig)
        fields, lines = report(rig, id)
        equal((record["state"], fields["state"], lines[cls["id"]]["removal_failed"]), ("done", "partly", 1))
        said = rig.command("report", SCHOOL)
        equal(said.returncode, 1, said.stderr)
        has(said.stdout, "People who should be out: 1", "8A: 1 could not be removed", "unchanged: 1 of 2 classes")
        has(rig.command("report", SCHOOL, "--staff", "staff-1").stdout, "8A: 0 added, 0 removed", "1 could not be removed")


@test
def by_the_users_of_the_file():
    """a night, its schedule, its report and what the portal reads of it need no more of Redis than config/users.acl gives"""
    with AclRig() as rig:
        rig.start_redis()
        rig.start_emulator("--world", rig.world([address("teacher1")] + [address("learner%d" % i) for i in range(1, 21)]),
                           scale=100)
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        rig.start_worker()
        cls = group("8A", 1, 5)
        cls["learners"].append({"id": "L900", "name": "Nobody There", "email": address("nobody")})
        register(rig, cls)
        set_school(rig, night="nightly")
        wait_for(lambda: schedule_of(rig), 20)
        for user in ("operator", "steward"):
            done = rig.command("night", SCHOOL, "--now", "--wait", user=user)
            equal(done.returncode, 0, done.stdout + done.stderr)
            for words in (("report", SCHOOL), ("report", SCHOOL, "--runs"), ("report", SCHOOL, "--staff", "staff-1"),
                          ("night", SCHOOL), ("year", SCHOOL)):
                equal(rig.command(*words, user=user).returncode, 0, " ".join(words))
        told = rig.connect_as("portal")("HMGET", rig.key("digest:" + SCHOOL), "staff-1")[0]
        equal([m["name"] for m in json.loads(told)["classes"][0]["missing"]], ["Nobody There"])
        waiting = rig.push("sync-school", SCHOOL, requested_by="night")
        rig.redis("SET", rig.key("cancel:" + waiting), "ann", "EX", 100)
        rig.ended(waiting)
        equal(rig.refusals(), [], "what Redis refused")


@test
def runs_are_bounded():
    """of a school's runs the newest sixty are kept, and nothing of the others"""
    with start(n=5) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        for _ in range(63):
            last, record = night(rig)
            equal(record["state"], "done")
        equal(rig.redis("LLEN", rig.key("runs:" + SCHOOL)), 60)
        equal(len(rig.redis("KEYS", rig.key("run:%s:*" % SCHOOL).replace("{", "?").replace("}", "?"))), 60)
        equal(rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0), last)


@test
def alarm():
    """the figures count the schools that want nights, and those without a good one for 26 hours"""
    with web_start(learners=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        with_team(rig, group("8A", 1, 5))
        set_school(rig, night="nightly")
        wait_for(lambda: rig.redis("ZCARD", rig.key("nights")) == 1, 20)
        rig.redis("ZADD", rig.key("nights"), int((time.time() - 27 * 3600) * 1000), SCHOOL)
        seen = figures(rig)
        equal((seen["rollcall_schools_with_nights"], seen["rollcall_schools_without_good_run"]), ("1", "1"))
        equal(night(rig)[1]["state"], "done")
        equal(figures(rig)["rollcall_schools_without_good_run"], "0")


def figures(rig):
    with urllib.request.urlopen(rig.url + "/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


sys.exit(test.main(sys.argv[1:]))
