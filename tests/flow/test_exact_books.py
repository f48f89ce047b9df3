#!/usr/bin/env python3
"""Exact books: whatever is cut, cancelled or killed, what is told is what happened at Microsoft's."""
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, children_of, class_of, equal, learners, start, wait_for  # noqa: E402

test = Suite()
ADD = {"method": "POST", "path": "/teams/*/members/add"}


def with_a_team(n=0, **more):
    rig = start(n=120, **more)
    _, record = rig.run("create-team", "green-hill", class_of(n), requested_by="staff-1")
    equal(record["state"], "done", record.get("error"))
    return rig


def same_as_ledger(rig, *jobs):
    """The rows of these jobs are exactly what changed; gives (added, removed)."""
    told = {"added": [], "removed": []}
    for job in jobs:
        rows, record = rig.rows(job), rig.job(job)
        equal(len({r["learner"] or r["user_id"] for r in rows}), len(rows), "one row each")
        for outcome, users in told.items():
            mine = [r["user_id"] for r in rows if r["outcome"] == outcome]
            equal(int(record.get(outcome, 0)), len(mine), outcome)
            users += mine
    for outcome, users in told.items():
        equal(sorted(users), sorted(c["user"] for c in rig.ledger("member_" + outcome)), outcome)
    return len(told["added"]), len(told["removed"])


def until(rig, what, words, seconds=20):
    what.__doc__ = words
    return wait_for(what, seconds)


@test
def killed_then_cancelled():
    """the worker dies with a wave out, then the job is cancelled: who was added is told as added"""
    with start(n=120, worker=False) as rig:
        boss = rig.start_worker("-n", "1")
        rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        rig.fault(dict(ADD, nth=1), {"cut_after_effect": True})
        rig.fault(ADD, {"delay_ms": 3000})
        id = rig.push("sync-learners", "green-hill", class_of(15))
        until(rig, lambda: len(rig.ledger("member_added")) == 15, "the wave to have its effect")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        with open("/proc/%d/task/%d/children" % (boss.pid, boss.pid)) as f:
            os.kill(int(f.read().split()[0]), signal.SIGKILL)
        record = rig.ended(id)
        equal(record["state"], "cancelled")
        return "%d added, %d removed" % same_as_ledger(rig, id)


@test
def cancelled_between_tries():
    """replies are lost again and again, then the job is cancelled: who was added is told as added"""
    with with_a_team() as rig:
        rig.fault(ADD, {"cut_after_effect": True})
        id = rig.push("sync-learners", "green-hill", class_of(12))
        until(rig, lambda: len(rig.ledger("member_added")) == 12, "the effect")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        equal(rig.ended(id)["state"], "cancelled")
        equal(same_as_ledger(rig, id), (12, 0))


@test
def cancelled_and_nothing_happened():
    """cancelled while an addition finds no answer, and it never happened: the learner has no row"""
    with with_a_team() as rig:
        rig.fault(ADD, {"cut_before_effect": True})
        id = rig.push("sync-learners", "green-hill", class_of(1))
        until(rig, lambda: rig.stats()["by_route"].get("POST /teams/{}/members/add"), "the addition to be asked for")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        equal((rig.ended(id)["state"], rig.rows(id)), ("cancelled", []))


@test
def never_a_reply_to_adds():
    """members/add never answers although it works: everybody is told as added"""
    with with_a_team() as rig:
        rig.fault(ADD, {"cut_after_effect": True})
        id, record = rig.run("sync-learners", "green-hill", class_of(12))
        equal(record["state"], "done", record.get("error"))
        equal(same_as_ledger(rig, id), (12, 0))


@test
def never_a_reply_to_removals():
    """members/remove never answers although it works: everybody is told as removed"""
    with with_a_team() as rig:
        first, _ = rig.run("sync-learners", "green-hill", class_of(30))
        rig.fault({"method": "POST", "path": "/teams/*/members/remove"}, {"cut_after_effect": True})
        id, record = rig.run("sync-learners", "green-hill", class_of(26))
        equal((record["state"], record["removed"]), ("done", "4"))
        equal(same_as_ledger(rig, first, id), (30, 4))


@test
def removals_without_effect():
    """members/remove never works: Removal Failed for each, and the sync ends"""
    with with_a_team() as rig:
        rig.run("sync-learners", "green-hill", class_of(30))
        rig.fault({"method": "POST", "path": "/teams/*/members/remove"}, {"status": 502, "html": True})
        id, record = rig.run("sync-learners", "green-hill", class_of(27), seconds=120)
        equal((record["state"], record["removal_failed"], record["removed"]), ("done", "3", "0"))
        known = rig.redis.hash(rig.key("class:green-hill:8B-2026:learners"))
        check('"left":true' in known["L030"] and '"failed"' in known["L030"], known["L030"])
        rig.control("scenario", {})
        _, record = rig.run("sync-learners", "green-hill", class_of(27))
        equal((record["state"], record["removed"]), ("done", "3"))


@test
def cancelled_during_second_reading():
    """a cancel while the member list is read again after an incomplete answer ends cleanly and truly"""
    with with_a_team() as rig:
        rig.fault(ADD, {"no_body": True, "status": 207, "after_effect": True, "empty": True})
        rig.fault({"method": "GET", "path": "/teams/*/members", "from": 2}, {"delay_ms": 1500})
        id = rig.push("sync-learners", "green-hill", class_of(9))
        until(rig, lambda: len(rig.ledger("member_added")) == 9 and rig.job(id).get("phase") == "Reading the Team",
              "the second reading")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        record = rig.ended(id, 30)
        equal(record["state"], "cancelled")
        equal(same_as_ledger(rig, id), (9, 0))


@test
def renamed_and_lost():
    """Microsoft makes no address of the name, then the reply to the second try is lost: one Team"""
    with start(ROLLCALL_GRAPH_POLL_MS="2000") as rig:
        create = {"method": "POST", "path": "/teams"}
        rig.fault(dict(create, nth=1), {"status": 400, "code": "UnableToGenerateValidTeamAlias"})
        rig.fault(dict(create, nth=2), {"cut_after_effect": True})
        _, record = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        equal(record["state"], "done", record.get("error"))
        equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])


@test
def out_of_service_and_done_all_the_same():
    """Microsoft says that it is out of service, for a while or for who knows how long, and makes the Team all the same: one Team"""
    for more in ({}, {"retry_after": 1}):
        with start(ROLLCALL_GRAPH_POLL_MS="2000") as rig:
            rig.fault({"method": "POST", "path": "/teams", "count": 1}, dict({"status": 503, "after_effect": True}, **more))
            _, record = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
            equal(record["state"], "done", record.get("error"))
            equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])


@test
def redis_lost_the_last_second():
    """the power goes after the order and Redis has lost that it was made: asked again, still one Team"""
    with start(aof=True) as rig:
        rig.run("register", "green-hill", class_of(0))
        shutil.copytree(rig.path("appendonlydir"), rig.path("kept"))
        _, record = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        rig.end(rig.redis_process, signal.SIGKILL)
        shutil.rmtree(rig.path("appendonlydir"))
        shutil.move(rig.path("kept"), rig.path("appendonlydir"))
        rig.start_redis()
        check("team_id" not in rig.redis.hash(rig.key("class:green-hill:8B-2026")), "Redis forgot it")
        _, again = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        equal((again["state"], again["team_id"]), ("done", record["team_id"]), again.get("error"))
        equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])


@test
def redis_only_restarted():
    """after a restart of Redis a class without a Team gets one after a look that finds none"""
    with start(aof=True) as rig:
        rig.redis("CONFIG", "SET", "appendfsync", "always")
        rig.run("register", "green-hill", class_of(0))
        rig.end(rig.redis_process, signal.SIGKILL)
        rig.start_redis()
        _, record = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        equal((record["state"], len(rig.ledger("team_created"))), ("done", 1), record.get("error"))
        equal(rig.stats()["by_route"].get("GET /groups"), 1)


@test
def another_year_while_the_order_is_lost():
    """the reply to the order is lost, the register gets another year and the worker dies: the next one finds the Team"""
    with start(worker=False) as rig:
        boss = rig.start_worker("-n", "1", ROLLCALL_GRAPH_POLL_MS="100000")
        rig.fault({"method": "POST", "path": "/teams", "count": 1}, {"cut_after_effect": True})
        id = rig.push("create-team", "green-hill", class_of(0), requested_by="staff-1")
        until(rig, lambda: rig.ledger("team_created"), "the Team")
        rig.push("register", "green-hill", class_of(0, year="2027"))
        until(rig, lambda: '"2027"' in rig.redis("HGET", rig.key("class:green-hill:8B-2026:register"), "text"),
              "the other year to be stored")
        os.kill(children_of(boss.pid)[0], signal.SIGKILL)
        record = rig.ended(id)
        equal((record["state"], record["attempt"]), ("done", "2"), record.get("error"))
        equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])
        left = rig.redis.hash(rig.key("class:green-hill:8B-2026"))
        equal((left["year"], [name for name in left if name.startswith("team_asked")]), ("2027", []))


@test
def cancelled_with_the_order_out():
    """create-team cancelled while Microsoft is being asked: the Team that comes is on record"""
    with start() as rig:
        rig.fault({"method": "POST", "path": "/teams"}, {"delay_ms": 1500})
        id = rig.push("create-team", "green-hill", class_of(0), requested_by="staff-1")
        until(rig, lambda: rig.stats()["in_flight"] > 0, "the order to be out")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        equal(rig.ended(id)["state"], "cancelled")
        until(rig, lambda: rig.ledger("team_created"), "the Team")
        standing = rig.redis.hash(rig.key("class:green-hill:8B-2026"))
        equal(standing["team_id"], rig.ledger("team_created")[0]["team"])


@test
def stopped_with_the_order_out():
    """SIGTERM while Microsoft is being asked for a Team: the next worker goes on with the same Team"""
    with start() as rig:
        rig.fault({"method": "POST", "path": "/teams", "count": 1}, {"delay_ms": 2000})
        id = rig.push("create-team", "green-hill", class_of(0), requested_by="staff-1")
        until(rig, lambda: rig.stats()["in_flight"] > 0, "the order to be out")
        equal(rig.end(rig.workers[0]), 0, "exit status")
        equal(rig.job(id)["state"], "queued")
        rig.start_worker()
        record = rig.ended(id)
        equal((record["state"], record["attempt"]), ("done", "1"))
        equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])


@test
def dry_run_of_a_creation():
    """create-team with dry_run says what it would do and asks Microsoft for nothing"""
    with start() as rig:
        _, record = rig.run("create-team", "green-hill", class_of(0), options={"dry_run": True})
        equal(record["state"], "done")
        check("would" in record["message"], record["message"])
        equal(rig.ledger("team_created"), [])


@test
def newer_register_while_running():
    """a newer register that arrives with a second sync during the first: nobody is missing in the end"""
    with with_a_team() as rig:
        rig.fault(dict(ADD, nth=1), {"delay_ms": 1500})
        first = rig.push("sync-learners", "green-hill", class_of(5))
        until(rig, lambda: rig.stats()["in_flight"] > 0, "the first sync to be adding")
        second = rig.push("sync-learners", "green-hill", class_of(8))
        equal(rig.ended(second)["joined"], first)
        record = rig.ended(first)
        equal((record["state"], record["added"], record["total"]), ("done", "8", "8"))
        equal(same_as_ledger(rig, first), (8, 0))


@test
def stood_still_with_orders_held():
    """a worker stands still beyond its lease with orders held back, and they are cancelled: it orders nothing when it wakes"""
    with start(worker=False) as rig:
        settings = {"ROLLCALL_QUEUE_LEASE_MS": "1000"}
        still = rig.start_worker(name="still", **settings)
        rig.fault({"method": "POST", "path": "/teams", "count": 1}, {"status": 429, "retry_after": 6})
        jobs = []
        for name in ("8A", "8B"):
            jobs.append(rig.push("create-team", "green-hill", class_of(0, id=name), requested_by="staff-1"))
            until(rig, lambda: rig.job(jobs[-1]).get("state") == "waiting", "the order to be held back")
        held_until = max(int(rig.job(id)["retry_at"]) for id in jobs)
        other = rig.start_worker(**settings)
        until(rig, lambda: rig.redis("ZCARD", rig.key("workers")) == 2, "the other worker to be there")
        still.send_signal(signal.SIGSTOP)
        for id in jobs:
            until(rig, lambda: "-%d-" % other.pid in rig.job(id)["worker"], "the other worker to have the job")
            rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
            equal(rig.ended(id)["state"], "cancelled")
        check(time.time() * 1000 < held_until, "the pause outlasts all that")
        until(rig, lambda: time.time() * 1000 > held_until, "the pause to be over")
        still.send_signal(signal.SIGCONT)
        until(rig, lambda: "lease_lost" in rig.log_of("still"), "it to hear of it")
        _, record = rig.run("create-team", "green-hill", class_of(0, id="8C"), requested_by="staff-1")
        equal([c["team"] for c in rig.ledger("team_created")], [record["team_id"]])


REMOVE = {"method": "POST", "path": "/teams/*/members/remove"}
LIST = {"method": "GET", "path": "/teams/*/members"}


@test
def told_once_though_it_went_round_again():
    """a sync goes round again and fails then: the next one does not tell its removals a second time"""
    with with_a_team() as rig:
        first, _ = rig.run("sync-learners", "green-hill", class_of(30))
        rig.fault(REMOVE, {"delay_ms": 1500})
        second = rig.push("sync-learners", "green-hill", class_of(27))
        until(rig, lambda: rig.stats()["by_route"].get("POST /teams/{}/members/remove"), "the removals to be on their way")
        rig.fault(LIST, {"status": 500})
        joined = rig.push("sync-learners", "green-hill", class_of(26))
        equal(rig.ended(joined)["joined"], second)
        record = rig.ended(second)
        equal((record["state"], record["error_code"], record["removed"]), ("failed", "graph_error", "3"))
        rig.control("scenario", {"faults": []})
        third, record = rig.run("sync-learners", "green-hill", class_of(26))
        equal((record["state"], record["removed"]), ("done", "1"))
        equal(same_as_ledger(rig, first, second, third), (30, 4))


@test
def emptied_while_it_ran():
    """the register is emptied while a sync that has told of everybody runs: nobody is removed then or later unless that is approved"""
    with with_a_team() as rig:
        rig.run("sync-learners", "green-hill", class_of(4))
        rig.fault(REMOVE, {"delay_ms": 1500})
        first = rig.push("sync-learners", "green-hill", class_of(3))
        until(rig, lambda: rig.stats()["by_route"].get("POST /teams/{}/members/remove"), "the removal to be on its way")
        joined = rig.push("sync-learners", "green-hill", class_of(0))
        equal(rig.ended(joined)["joined"], first)
        record = rig.ended(first)
        equal((record["state"], record.get("error_code")), ("failed", "removals_need_approval"))
        for _ in range(2):
            id, record = rig.run("sync-learners", "green-hill", class_of(0))
            equal((record["state"], record.get("error_code")), ("failed", "removals_need_approval"))
            equal([r["outcome"] for r in rig.rows(id)], ["held"] * 3)
        equal(len(rig.ledger("member_removed")), 1)
        _, record = rig.run("sync-learners", "green-hill", class_of(0), options={"approve_removals": True})
        equal((record["state"], record["removed"]), ("done", "3"))
        equal(rig.redis("HGET", rig.key("class:green-hill:8B-2026"), "emptied_at"), None)


@test
def told_once_though_it_failed_after():
    """what became of a dead worker's wave is told by an attempt that fails later: the next sync does not tell it again"""
    with start(n=120, worker=False) as rig:
        boss = rig.start_worker("-n", "1")
        rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
        rig.fault(dict(ADD, nth=1), {"cut_after_effect": True})
        rig.fault(ADD, {"delay_ms": 3000})
        first = rig.push("sync-learners", "green-hill", class_of(30))
        until(rig, lambda: len(rig.ledger("member_added")) == 5, "the first wave to have its effect")
        rig.fault({"method": "POST", "path": "/$batch"}, {"status": 500})
        os.kill(children_of(boss.pid)[0], signal.SIGKILL)
        record = rig.ended(first)
        equal((record["state"], record["error_code"], record["added"]), ("failed", "graph_error", "5"))
        rig.control("scenario", {"faults": []})
        second, record = rig.run("sync-learners", "green-hill", class_of(30))
        equal((record["state"], record["added"], record["already_member"]), ("done", "25", "5"))
        equal(same_as_ledger(rig, first, second), (30, 0))


@test
def a_dry_run_takes_nothing_up():
    """a dry run after a sync that failed with a wave out: the next sync tells what the wave did"""
    with with_a_team() as rig:
        rig.fault(ADD, {"cut_after_effect": True})
        rig.fault(dict(LIST, **{"from": 2}), {"status": 500})
        first, record = rig.run("sync-learners", "green-hill", class_of(12))
        equal((record["state"], record["error_code"], record["added"]), ("failed", "graph_error", "0"))
        rig.control("scenario", {"faults": []})
        rig.run("sync-learners", "green-hill", class_of(12), options={"dry_run": True})
        second, record = rig.run("sync-learners", "green-hill", class_of(12))
        equal((record["state"], record["added"]), ("done", "12"))
        equal(same_as_ledger(rig, first, second), (12, 0))


@test
def moved_account():
    """a learner's address changes to another account: the new one is added, the old one removed"""
    with with_a_team() as rig:
        first, _ = rig.run("sync-learners", "green-hill", class_of(20))
        people = learners(20)
        people[4]["email"] = "learner50@school.example"
        id, record = rig.run("sync-learners", "green-hill", class_of(0, learners=people))
        equal((record["state"], record["added"], record["removed"]), ("done", "1", "1"))
        equal(same_as_ledger(rig, first, id), (21, 1))


def late(rig, hours=1):
    """From now on Microsoft lists a member hours after it was added."""
    rig.control("scenario", {"settings": {"members_invisible_ms": hours * 3600000}})


@test
def late_member_list():
    """a second sync before the Team's list shows the first one: Already Member, and nobody is asked for again"""
    with with_a_team() as rig:
        late(rig)
        first, _ = rig.run("sync-learners", "green-hill", class_of(31))
        rig.control("stats", method="DELETE")
        second, record = rig.run("sync-learners", "green-hill", class_of(33))
        equal((record["state"], record["already_member"], record["added"]), ("done", "31", "2"))
        equal(same_as_ledger(rig, first, second), (33, 0))
        return "requests: %s" % rig.stats()["by_route"]


@test
def taken_out_by_hand():
    """somebody who was taken out by hand is added again and told as added, be the others' entries late or not"""
    with with_a_team() as rig:
        one, _ = rig.run("sync-learners", "green-hill", class_of(6))
        late(rig)
        two, _ = rig.run("sync-learners", "green-hill", class_of(9))
        team = rig.redis.hash(rig.key("class:green-hill:8B-2026"))["team_id"]
        gone = [r["user_id"] for r in rig.rows(one) + rig.rows(two) if r["learner"] in ("L002", "L008")]
        rig.control("teams/" + team, {"remove": gone})
        three, record = rig.run("sync-learners", "green-hill", class_of(9))
        equal((record["state"], record["already_member"], record["added"]), ("done", "7", "2"))
        equal({r["learner"] for r in rig.rows(three) if r["outcome"] == "added"}, {"L002", "L008"})
        equal(len(rig.ledger("member_added")), 9 + 2)


@test
def late_list_without_word():
    """members/add says nothing of anybody and the list is late: everybody is told as added"""
    with with_a_team() as rig:
        late(rig)
        rig.fault(ADD, {"no_body": True, "status": 207, "after_effect": True, "empty": True})
        id, record = rig.run("sync-learners", "green-hill", class_of(9))
        equal((record["state"], record["added"]), ("done", "9"))
        equal(same_as_ledger(rig, id), (9, 0))


@test
def cancelled_while_the_list_is_late():
    """cancelled while the group is read after a wave without a word: who is in is told, and it ends"""
    with with_a_team() as rig:
        late(rig)
        rig.fault(ADD, {"no_body": True, "status": 207, "after_effect": True, "empty": True})
        rig.fault({"method": "GET", "path": "/groups/*/members"}, {"delay_ms": 1500, "page_size": 4})
        id = rig.push("sync-learners", "green-hill", class_of(9))
        until(rig, lambda: rig.stats()["by_route"].get("GET /groups/{}/members"), "the group to be read")
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", "1000")
        equal(rig.ended(id, 30)["state"], "cancelled")
        equal(same_as_ledger(rig, id), (9, 0))


@test
def group_not_to_be_read():
    """an app that may not read the group believes the Team's list, and the sync ends as it should"""
    with with_a_team() as rig:
        first, _ = rig.run("sync-learners", "green-hill", class_of(6))
        rig.fault({"method": "GET", "path": "/groups/*/members"}, {"status": 403, "code": "Authorization_RequestDenied"})
        team = rig.redis.hash(rig.key("class:green-hill:8B-2026"))["team_id"]
        rig.control("teams/" + team, {"remove": [r["user_id"] for r in rig.rows(first)[:2]]})
        _, record = rig.run("sync-learners", "green-hill", class_of(6))
        equal((record["state"], record["already_member"], record["added"]), ("done", "4", "2"))
        check("GET /groups/{}/members" in rig.stats()["by_route"], "the group was asked for")


sys.exit(test.main(sys.argv[1:]))
