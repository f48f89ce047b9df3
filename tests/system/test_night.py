#!/usr/bin/env python3
"""A school's night: what is synced and made, what holds it back, what survives, and the preview
of it.

usage: test_night.py [WORDS...]
"""
import json
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from night_rig import SCHOOL, YEAR, group, register, with_team, night, report, members, should, http, set_school  # noqa: E402
from rig import Suite, check, children_of, equal, has, learners, start, wait_for  # noqa: E402
from relay import Relay  # noqa: E402

test = Suite()


# ---- what it does ----------------------------------------------------------------------------

@test
def one_night():
    """a night syncs every class that has a Team and makes the classes of chosen kinds, in the background, and no others"""
    with start(n=60) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration,year")
        same, changed = group("8A", 1, 10), group("8B", 11, 10)
        new, other = group("8C", 21, 10), group("8C Maths", 21, 10, kind="teaching")
        gone, old = group("8D", 31, 5), group("7D", 36, 5, year="2025")
        with_team(rig, same, changed, gone, old)
        register(rig, new, other)
        register(rig, gone, active=False)
        changed["learners"] = learners(10, 13)
        register(rig, changed)
        before = {c["id"]: members(rig, c) for c in (gone, old)}
        id, record = night(rig)
        equal((record["state"], record.get("error")), ("done", None))
        equal(members(rig, same), should(same))
        equal(members(rig, changed), should(changed))
        equal(members(rig, new), should(new))
        equal({c["id"]: members(rig, c) for c in (gone, old)}, before, "classes that are not of this year")
        fields, lines = report(rig, id)
        equal(sorted(lines), sorted(c["id"] for c in (same, changed, new)))
        equal((fields["kind"], fields["state"], fields["classes"], fields["made"], fields["changed"]),
              ("night", "done", "3", "1", "2"))
        equal((lines[new["id"]]["made"], lines[new["id"]]["added"]), (True, 10))
        equal((lines[changed["id"]]["added"], lines[changed["id"]]["removed"]), (2, 2))
        equal(lines[same["id"]]["already_member"], 10)
        equal([record[f] for f in ("added", "removed", "already_member", "done", "total")], ["12", "2", "18", "3", "3"])
        for line in lines.values():
            check(float(rig.job(line["job"])["order"]) >= 1e13, "it ran in the background")
        check(not rig.redis("EXISTS", rig.key("class:%s:%s:learners" % (SCHOOL, other["id"])))
              or not rig.redis("HGET", rig.key("class:%s:%s" % (SCHOOL, other["id"])), "team_id"), "not made")


@test
def unchanged_night():
    """a night in which nothing changed asks Microsoft exactly once for each class, and writes nothing there"""
    with start(n=60) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        classes = [group("8%s" % letter, 1 + 6 * i, 6) for i, letter in enumerate("ABCDEFGH")]
        register(rig, *classes)
        equal(night(rig)[1]["state"], "done")
        changes = len(rig.ledger())
        rig.control("stats", method="DELETE")
        id, record = night(rig)
        equal(record["state"], "done")
        asked = {r: n for r, n in http(rig).items() if "token" not in r}
        equal(asked, {"GET /teams/{}/members": len(classes)})
        equal(len(rig.ledger()), changes, "changes at Microsoft's")
        equal((report(rig, id)[0]["changed"], record["already_member"]), ("0", "48"))


@test
def off_by_itself():
    """a school that did not ask for nights has none, and one that chose no kinds gets no new classes"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        cls, new = group("8A", 1, 5), group("8B", 6, 5)
        with_team(rig, cls)
        register(rig, new)
        time.sleep(2.5)
        equal(rig.redis("EXISTS", rig.key("schedules")), 0)
        id, record = night(rig)
        equal((record["state"], list(report(rig, id)[1])), ("done", [cls["id"]]))


@test
def deleted_by_people():
    """a class whose Team somebody deleted is not made again by itself: the report says so"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        cls = group("8A", 1, 5)
        with_team(rig, cls)
        rig.redis("HSET", rig.key("class:%s:%s" % (SCHOOL, cls["id"])), "team_id", "", "former_team_id", "x", "status",
                  "no_team")
        id, record = night(rig)
        fields, lines = report(rig, id)
        equal((record["state"], lines[cls["id"]]["state"], fields["skipped"]), ("done", "skipped", "1"))
        rig.redis("HDEL", rig.key("class:%s:%s" % (SCHOOL, cls["id"])), "former_team_id")
        rig.redis("HSET", rig.key("class:%s:%s" % (SCHOOL, cls["id"])), "team_elsewhere", "1")
        equal(report(rig, night(rig)[0])[1][cls["id"]]["state"], "skipped", "when another class has it by now")
        equal(len(rig.ledger("team_created")), 1)


@test
def as_their_teachers():
    """in a school whose teachers connect their own accounts each class runs as its own teacher, and who is not connected is told"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        classes = [group("8A", 1, 5), group("8B", 6, 5, teacher=2)]
        with_team(rig, *classes)
        set_school(rig, auth="delegated")
        id, record = night(rig)
        fields, lines = report(rig, id)
        equal((record["state"], fields["state"], fields["failed_classes"]), ("done", "partly", "2"))
        equal([rig.job(lines[c["id"]]["job"])["requested_by"] for c in classes], ["staff-1", "staff-2"])
        equal({line["code"] for line in lines.values()}, {"not_connected"})


@test
def overtaken():
    """a teacher's click overtakes the night of the same school"""
    with start(n=60, worker=False) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        worker = rig.start_worker()
        classes = [group("%02d" % i, 1 + i, 3) for i in range(25)]
        with_team(rig, *classes[:1])
        register(rig, *classes)
        equal(rig.command("pause", "--type", "create-team").returncode, 0)
        equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
        id = rig.push("sync-school", SCHOOL, requested_by="night", priority="background")
        wait_for(lambda: len(report(rig, id)[1]) == len(classes), 20)
        rig.end(worker)
        rig.start_worker(ROLLCALL_QUEUE_CONCURRENCY="1", name="slow")
        click = rig.push("sync-learners", SCHOOL, dict(classes[0], learners=classes[0]["learners"][:2]), requested_by="staff-1")
        wait_for(lambda: rig.redis("LLEN", rig.key("inbox")) == 0)
        equal(rig.command("resume", "--type", "sync-learners").returncode, 0)
        equal(rig.command("resume", "--type", "create-team").returncode, 0)
        record = rig.ended(click)
        check(record["state"] in ("done", "joined"), record["state"])
        still = [line for line in report(rig, id)[1].values() if line["state"] == "queued"]
        check(len(still) > 15, "%d of the night's jobs are still to come" % len(still))


# ---- what it survives ----------------------------------------------------------------------------

@test
def resumes():
    """workers that are killed again and again while a night is planned and runs leave no class out and make no job twice"""
    with start(n=120, worker=False) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        classes = [group("%03d" % i, 1 + i % 100, 2) for i in range(130)]
        worker = rig.start_worker()
        register(rig, *classes)
        rig.end(worker)
        id = rig.push("sync-school", SCHOOL, requested_by="night", priority="background")
        chance = random.Random(7)
        supervisor = rig.start_worker("-n", "1", name="killed")
        killed = 0
        while killed < 6 and rig.job(id).get("state") not in ("done", "failed"):
            time.sleep(0.05 + chance.random() * 0.4)
            for pid in children_of(supervisor.pid):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        check(killed > 2, "workers were killed while it ran: %d" % killed)
        record = rig.ended(id, 120)
        equal((record["state"], record.get("error")), ("done", None))
        fields, lines = report(rig, id)
        equal(len(lines), len(classes))
        equal({line["state"] for line in lines.values()}, {"done"})
        equal(len(rig.ledger("team_created")), len(classes), "Teams")
        jobs = rig.redis("KEYS", "rollcall:?teams?:job:%s.*[0-9a-f]" % id[:40])
        equal(len(jobs), 2 * len(classes), "jobs: one that makes and one that fills each class")
        for cls in classes[::13]:
            equal(members(rig, cls), should(cls))
        equal(rig.recount(False), [])


@test
def redis_away():
    """Redis is killed and away for a while in the middle of a night: it goes on where it was, and each class is made once"""
    with start(n=60, aof=True) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        classes = [group("%03d" % i, 1 + i % 40, 3) for i in range(60)]
        register(rig, *classes)
        rig.redis("CONFIG", "SET", "appendfsync", "always")
        id = rig.push("sync-school", SCHOOL, requested_by="night", priority="background")
        for _ in range(2):
            time.sleep(0.6)
            rig.redis.close()
            rig.end(rig.redis_process, signal.SIGKILL)
            time.sleep(1)
            rig.start_redis(True, "--appendfsync", "always")
        record = rig.ended(id, 90)
        fields, lines = report(rig, id)
        equal((record["state"], fields["state"], len(lines)), ("done", "done", len(classes)))
        equal(len(rig.ledger("team_created")), len(classes), "Teams")
        equal(rig.recount(False), [])


def given_up(rig, classes):
    """A night whose classes were not done within twelve hours, and are done a little later."""
    equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
    id = rig.push("sync-school", SCHOOL, requested_by="night")
    wait_for(lambda: len(report(rig, id)[1]) == len(classes), 20)
    saved = json.loads(rig.redis("GET", rig.key("job:%s:saved" % id)))
    saved["started_at"] -= 13 * 3600000
    rig.redis("SET", rig.key("job:%s:saved" % id), json.dumps(saved))
    equal(rig.ended(id)["error_code"], "timed_out")
    equal(report(rig, id)[0]["state"], "unfinished")
    equal(rig.command("resume", "--type", "sync-learners").returncode, 0)
    for line in report(rig, id)[1].values():
        equal(rig.ended(line["job"])["state"], "done")
    return id


@test
def after_one_given_up():
    """after a night that was given up the next one has the whole school before it, and is good by what it did itself"""
    with start(n=40) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        classes = [group("8A", 1, 5), group("8B", 6, 5)]
        with_team(rig, *classes)
        given_up(rig, classes)
        classes[0]["learners"] = learners(5, 2)
        register(rig, *classes)
        id, record = night(rig)
        fields, lines = report(rig, id)
        equal((record["state"], fields.get("state"), sorted(lines)), ("done", "done", [c["id"] for c in classes]))
        equal(members(rig, classes[0]), should(classes[0]))
        told = json.loads(rig.redis("HGET", rig.key("digest:" + SCHOOL), "staff-1"))
        equal((told["run"], [c["name"] for c in told["classes"]]), (id, ["8A"]))


@test
def after_one_that_died():
    """after a run whose worker died for the last time while it planned the next one has every class, and its own brake"""
    rig, classes, full = leaving_rig()
    with rig:
        given_up(rig, classes)
        left, saved = rig.redis("HGETALL", rig.key("open"))
        saved = dict(json.loads(saved), watching=False, held=False, after=classes[-1]["id"])
        rig.redis("HSET", rig.key("open"), left, json.dumps(saved))
        id, record = night(rig)
        fields, lines = report(rig, id)
        equal((record["state"], record.get("error_code"), len(lines), fields.get("braked")),
              ("failed", "removals_need_approval", len(classes), "1"))


@test
def given_up_goes_on():
    """a run that was given up and is tried again by an operator goes on where it was, and makes no job twice"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        classes = [group("8A", 1, 5), group("8B", 6, 5)]
        with_team(rig, *classes)
        id = given_up(rig, classes)
        fields, lines = report(rig, id)
        made = rig.redis("HGET", rig.key("counts"), "done")
        equal(rig.command("dead", "retry", id).returncode, 0)
        equal(rig.ended(id)["state"], "done")
        again, same = report(rig, id)
        equal((again["state"], again["started_at"], same), ("done", fields["started_at"], lines))
        equal(int(rig.redis("HGET", rig.key("counts"), "done")), int(made) + 1, "jobs that were done")


@test
def joined_and_crashed():
    """a class whose sync a teacher has under way is told as done, and one whose job ended without a word is told as it ended"""
    with start(n=40) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        mine, lost = group("8A", 1, 10), group("8B", 11, 10)
        with_team(rig, mine, lost)
        equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
        own = rig.push("sync-learners", SCHOOL, {"id": mine["id"]}, requested_by="staff-1")
        wait_for(lambda: rig.job(own).get("state") == "queued")
        id = rig.push("sync-school", SCHOOL, requested_by="night")
        wait_for(lambda: len(report(rig, id)[1]) == 2, 20)
        child = report(rig, id)[1][lost["id"]]["job"]
        wait_for(lambda: rig.job(child).get("state") == "queued")
        equal(rig.command("cancel", child).returncode, 0)
        equal(rig.ended(child)["state"], "cancelled")
        equal(rig.command("resume", "--type", "sync-learners").returncode, 0)
        rig.ended(id, 60)
        fields, lines = report(rig, id)
        equal((lines[mine["id"]]["state"], lines[mine["id"]]["code"], lines[lost["id"]]["state"]), ("done", "joined", "cancelled"))
        equal((fields["state"], fields["failed_classes"]), ("partly", "1"))


@test
def cancelled():
    """whoever cancels a school's run stops the classes that are still to come, and the report says so"""
    with start(n=40) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        classes = [group("8%s" % letter, 1 + 5 * i, 5) for i, letter in enumerate("ABCD")]
        with_team(rig, *classes)
        equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
        id = rig.push("sync-school", SCHOOL, requested_by="night")
        wait_for(lambda: len(report(rig, id)[1]) == 4, 20)
        jobs = [line["job"] for line in report(rig, id)[1].values()]
        equal(rig.command("cancel", id).returncode, 0)
        equal(rig.ended(id)["state"], "cancelled")
        equal({rig.ended(job)["state"] for job in jobs}, {"cancelled"})
        equal(report(rig, id)[0]["state"], "cancelled")


@test
def switched_off():
    """a run whose school is switched off meanwhile has failed, and its report says so and no more than it knows"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        with_team(rig, group("8A", 1, 5), group("8B", 6, 5))
        equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
        id = rig.push("sync-school", SCHOOL, requested_by="night")
        wait_for(lambda: len(report(rig, id)[1]) == 2, 20)
        set_school(rig, enabled="0")
        equal([rig.ended(id)[f] for f in ("state", "error_code")], ["failed", "not_permitted"])
        fields = report(rig, id)[0]
        equal((fields["state"], "finished_at" in fields, fields.get("classes", "2")), ("failed", True, "2"))


def relayed_worker(rig):
    relay = Relay(rig.path("relay.sock"), rig.socket)
    rig.start_worker(ROLLCALL_REDIS_URL="unix://" + rig.path("relay.sock"))
    return relay


def cancelled_in_between(rig, relay, id):
    """Cancels a run whose worker waits for an answer: when it hears of that, what it asks for next is on its way.
    Gives how the jobs of its classes ended."""
    rig.redis("SET", rig.key("cancel:" + id), "ann", "EX", 100)
    relay.heard = b""
    wait_for(lambda: b"rollcall1_flags" in relay.heard, 20, pause=0.001)
    relay.let_go()
    equal(rig.ended(id)["state"], "cancelled")
    wait_for(lambda: rig.redis("LLEN", rig.key("inbox")) == 0)
    return [rig.ended(line["job"])["state"] for line in report(rig, id)[1].values()]


@test
def cancelled_while_planning():
    """a run that is cancelled while it reads the next classes gives none of these a job that goes on"""
    with start(n=5, worker=False) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        relay = relayed_worker(rig)
        register(rig, *[group("%03d" % i, 1, 1) for i in range(120)])
        equal(rig.command("pause", "--type", "create-team").returncode, 0)
        relay.keep_from(b"create-team")
        id = rig.push("sync-school", SCHOOL, requested_by="night")
        wait_for(relay.keeps, 20)
        wait_for(lambda: len(report(rig, id)[1]) == 50, 20)
        states = cancelled_in_between(rig, relay, id)
        equal((len(states), set(states)), (100, {"cancelled"}), "the jobs of two batches of classes")
        equal(report(rig, id)[0]["state"], "cancelled")


@test
def cancelled_while_filling():
    """a run that is cancelled while it reads its own report fills none of the classes that were made"""
    with start(n=5, worker=False) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        relay, classes = relayed_worker(rig), [group("8A", 1, 2), group("8B", 3, 2)]
        register(rig, *classes)
        for type in ("create-team", "sync-learners"):
            equal(rig.command("pause", "--type", type).returncode, 0)
        id = rig.push("sync-school", SCHOOL, requested_by="night")
        wait_for(lambda: rig.job(id).get("state") == "waiting", 20)
        equal(rig.command("pause", "--type", "sync-school").returncode, 0)
        equal(rig.command("resume", "--type", "create-team").returncode, 0)
        for line in report(rig, id)[1].values():
            equal(rig.ended(line["job"])["state"], "done")
        relay.keep_from(b"class:%s::register" % SCHOOL.encode())
        equal(rig.command("resume", "--type", "sync-school").returncode, 0)
        wait_for(relay.keeps, 20)
        equal(cancelled_in_between(rig, relay, id), ["cancelled", "cancelled"])
        equal({line["type"] for line in report(rig, id)[1].values()}, {"sync-learners"})
        equal([members(rig, c) for c in classes], [[], []])


# ---- the school's brake --------------------------------------------------------------------------

def leaving_rig():
    rig = start(n=80)
    rig.school(SCHOOL, current_year=YEAR, brake_share="0.2", brake_count="10")
    classes = [group("8%s" % letter, 1 + 16 * i, 16) for i, letter in enumerate("ABCD")]
    with_team(rig, *classes)
    full = [dict(c) for c in classes]
    for i, c in enumerate(classes):
        c["learners"] = c["learners"][4:] + learners(1, 70 + i)
    register(rig, *classes)
    return rig, classes, full


@test
def braked():
    """when too many would leave over the whole school everybody is added, nobody removed, and a named person decides"""
    rig, classes, full = leaving_rig()
    with rig:
        id, record = night(rig)
        equal((record["state"], record["error_code"], record["removed"], record["added"]),
              ("failed", "removals_need_approval", "0", "4"))
        has(record["error"], "16 of 64")
        fields, lines = report(rig, id)
        equal((fields["state"], fields["held_classes"], fields["braked"]), ("held", "4", "1"))
        for c, before in zip(classes, full):
            equal(members(rig, c), sorted(set(should(c)) | set(should(before))))
        said = rig.command("report", SCHOOL)
        equal(said.returncode, 1)
        has(said.stdout, "Held by the brake: 4", "16 of 64 memberships")
        done = rig.command("night", SCHOOL, "--now", "--approve-removals", "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        for c in classes:
            equal(members(rig, c), should(c))
        run = rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0)
        fields, lines = report(rig, run)
        equal((fields["state"], fields["removed"]), ("done", "16"))
        check(fields["requested_by"].startswith("rollcall:"), "who approved it: " + fields["requested_by"])
        told = [dict(zip(e[1][::2], e[1][1::2])) for e in rig.redis("XRANGE", rig.key("history:" + SCHOOL), "-", "+")]
        equal([(e["by"], e["run"] or e["job"]) for e in told if e["what"] == "approved" and e["detail"] == "whole school"],
              [(fields["requested_by"], run)], "the history knows who approved it")


def as_time_goes_by(rig, cls, was):
    """A day that is over, in the place of another in what is stored of a class and its learners."""
    key = rig.key("class:%s:%s" % (SCHOOL, cls["id"]))
    for name in (key + ":register", key + ":learners"):
        for field, text in rig.redis.hash(name).items():
            rig.redis("HSET", name, field, text.replace(was, "2026-01-31"))


@test
def braked_by_dates():
    """who leaves by the dates of the register counts for the school's brake from the first day on which they are no more in the class"""
    with start(n=64) as rig:
        rig.school(SCHOOL, current_year=YEAR, brake_share="0.15", brake_count="10")
        classes = [group("8%s" % letter, 1 + 16 * i, 16) for i, letter in enumerate("ABCD")]
        for c in classes:
            for learner in c["learners"][:3]:
                learner["until"] = "2099-12-31"
        with_team(rig, *classes)
        equal(report(rig, night(rig)[0])[0]["leavers"], "0", "leavers before that day")
        for c in classes:
            as_time_goes_by(rig, c, "2099-12-31")
        id, record = night(rig)
        equal((record["state"], record.get("error_code"), record["removed"]), ("failed", "removals_need_approval", "0"))
        equal(report(rig, id)[0]["leavers"], "12")
        for c in classes:
            equal(members(rig, c), should(c))


@test
def not_braked_in_grace():
    """leavers who stay for the school's days of grace do not count for its brake before these are over"""
    rig, classes, full = leaving_rig()
    with rig:
        set_school(rig, grace_days="14")
        for _ in range(2):
            id, record = night(rig)
            fields, lines = report(rig, id)
            equal((record["state"], fields.get("braked"), fields["leavers"]), ("done", None, "0"))
        today = json.loads(rig.redis("HGET", rig.key("class:%s:%s:learners" % (SCHOOL, classes[0]["id"])), "L001"))["left_on"]
        for c in classes:
            as_time_goes_by(rig, c, today)
        id, record = night(rig)
        equal((record["error_code"], report(rig, id)[0]["leavers"], record["removed"]), ("removals_need_approval", "16", "0"))


# ---- the preview ----------------------------------------------------------------------------------

@test
def previewed():
    """a preview of the whole school says for each class who would come and go, and changes nothing at Microsoft's or in the records"""
    with start(n=40) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        cls, new = group("8A", 1, 10), group("8B", 11, 5)
        with_team(rig, cls)
        cls["learners"] = learners(10, 3)
        register(rig, cls, new)
        changes = len(rig.ledger())
        done = rig.command("night", SCHOOL, "--dry-run", "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        run = rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0)
        fields, lines = report(rig, run)
        equal((fields["dry_run"], lines[cls["id"]]["added"], lines[cls["id"]]["removed"]), ("1", 2, 2))
        rows = rig.rows(lines[cls["id"]]["job"])
        equal(sorted(r["learner"] for r in rows if r["outcome"] == "removed"), ["L001", "L002"])
        equal(lines[new["id"]]["made"], True)
        equal(len(rig.ledger()), changes)
        equal(rig.redis("EXISTS", rig.key("digest:" + SCHOOL)), 0)


@test
def as_previewed():
    """a run that keeps to a preview does exactly that for each class; what came up since is held and told as such"""
    with start(n=60) as rig:
        rig.school(SCHOOL, current_year=YEAR, sync_kinds="registration")
        cls, new, later = group("8A", 1, 10), group("8B", 11, 5), group("8C", 31, 5)
        with_team(rig, cls)
        cls["learners"] = learners(10, 2)
        register(rig, cls, new)
        run, record = night(rig, dry_run=True)
        equal(record["state"], "done")
        cls["learners"] = learners(10, 3)
        register(rig, cls, later)
        done = rig.command("night", SCHOOL, "--now", "--plan", run, "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        fields, lines = report(rig, rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0))
        equal((lines[cls["id"]]["added"], lines[cls["id"]]["removed"]), (1, 1))
        equal(members(rig, cls), sorted(l["email"] for l in learners(10, 2)))
        held = [r["learner"] for r in rig.rows(lines[cls["id"]]["job"]) if r["reason"] == "not_in_preview"]
        equal(sorted(held), ["L002", "L012"])
        equal((lines[later["id"]]["state"], lines[later["id"]]["code"]), ("skipped", "not_in_preview"))
        equal(members(rig, new), should(new))
        refused = rig.command("night", SCHOOL, "--now", "--plan", "no-such-run", "--wait")
        equal(refused.returncode, 1)
        has(refused.stdout, "no-such-run", "Make a new one")


@test
def no_plan():
    """a preview that was cancelled or broke off is no plan: a run by it is refused, and nobody is added or removed"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        cls = group("8A", 1, 10)
        with_team(rig, cls)
        cls["learners"] = learners(10, 3)
        register(rig, cls)
        was = members(rig, cls)
        equal(rig.command("pause", "--type", "sync-learners").returncode, 0)
        preview = rig.push("sync-school", SCHOOL, options={"dry_run": True})
        wait_for(lambda: rig.job(preview).get("state") == "waiting", 20)
        equal(rig.command("cancel", preview).returncode, 0)
        equal(rig.ended(preview)["state"], "cancelled")
        equal(rig.command("resume", "--type", "sync-learners").returncode, 0)
        equal(report(rig, preview)[0]["state"], "cancelled")
        for state in ("cancelled", "failed", "crashed", "unfinished"):
            if state != "cancelled":
                rig.redis("HSET", rig.key("run:%s:%s" % (SCHOOL, preview)), "state", state)
                rig.redis("HSET", rig.key("job:" + preview), "state", "failed", "error_code", "timed_out")
            id, record = rig.run("sync-school", SCHOOL, options={"plan": preview, "approve_removals": True})
            equal((record["state"], record["error_code"]), ("failed", "bad_envelope"), state)
            has(record["error"], preview, "Make a new one")
        equal(members(rig, cls), was)


sys.exit(test.main(sys.argv[1:]))
