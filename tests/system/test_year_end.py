#!/usr/bin/env python3
"""The end of a school's year: classes that ended are archived, renamed and emptied.

usage: test_year_end.py [WORDS...]
"""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from night_rig import SCHOOL, YEAR, group, register, with_team, night, report, members, should  # noqa: E402
from rig import Suite, equal, has, start, wait_for  # noqa: E402

test = Suite()


@test
def year_change():
    """what ended is listed, previewed and then archived, renamed and emptied of learners, in this order; what goes on is untouched"""
    with start(n=60) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        ended, goes_on = group("7A", 1, 25, year="2025"), group("8A", 26, 10)
        new = group("8B", 36, 5)
        with_team(rig, ended, goes_on)
        register(rig, new)
        listed = json.loads(rig.command("year", SCHOOL, "--json").stdout)
        equal({k: [c["id"] for c in v] for k, v in listed.items()},
              {"ends": [ended["id"]], "starts": [new["id"]], "goes_on": [goes_on["id"]], "closed": []})
        changes = len(rig.ledger())
        actions = ("--actions", "remove_learners,archive,rename")
        done = rig.command("year", SCHOOL, "--close", *actions, "--dry-run", "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        equal(len(rig.ledger()), changes, "a preview")
        run = rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0)
        equal(report(rig, run)[1][ended["id"]]["removed"], 25)
        done = rig.command("year", SCHOOL, "--close", *actions, "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        what = [c["what"] for c in rig.ledger()][changes:]
        equal((what[0], what[1], set(what[2:])), ("team_archived", "team_changed", {"member_removed"}))
        equal(members(rig, ended), [])
        equal(members(rig, goes_on), should(goes_on))
        team = rig.team(rig.redis("HGET", rig.key("class:%s:%s" % (SCHOOL, ended["id"])), "team_id"))
        equal((team["name"], team["archived"]), ("7A (closed 2025)", True))
        listed = json.loads(rig.command("year", SCHOOL, "--json").stdout)
        equal(([c["id"] for c in listed["closed"]], listed["ends"]), ([ended["id"]], []))
        changes = len(rig.ledger())
        id, record = night(rig)
        equal((record["state"], list(report(rig, id)[1])), ("done", [goes_on["id"]]))
        equal(len(rig.ledger()), changes, "a closed class is left alone")
        done = rig.command("year", SCHOOL, "--reopen", "--class", ended["id"], "--wait")
        equal(done.returncode, 0, done.stdout + done.stderr)
        equal(rig.run("sync-learners", SCHOOL, {"id": ended["id"]})[1]["state"], "done")
        equal(members(rig, ended), should(ended), "all of it can be undone")
        team = rig.team(team["id"])
        equal((team["name"], team["archived"]), ("7A", False))


@test
def closing_goes_on():
    """a class whose closing dies between two removals is closed by the next worker, and each learner has one row"""
    with start(n=60) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        ended = group("7A", 1, 50, year="2025")
        with_team(rig, ended)
        rig.fault({"method": "POST", "path": "/teams/*/members/remove", "nth": 2}, {"delay_ms": 60000})
        id = rig.push("close-class", SCHOOL, {"id": ended["id"]}, options={"actions": "archive,rename,remove_learners"})
        wait_for(lambda: len(rig.rows(id)) == 20 and len(rig.ledger("member_removed")) >= 20, 20)
        rig.end(rig.workers[0], signal.SIGKILL)
        rig.control("scenario", {"faults": []})
        rig.start_worker(name="second")
        record = rig.ended(id)
        equal((record["state"], record["removed"], members(rig, ended)), ("done", "50", []))
        equal(sorted(r["learner"] for r in rig.rows(id)), sorted(l["id"] for l in ended["learners"]))
        equal(len(rig.ledger("team_archived", "team_changed")), 2, "archived and renamed once")
        equal(len(rig.ledger("member_removed")), 50)


@test
def class_only():
    """a class that has no Team is closed too: renamed and emptied of learners by its group"""
    with start(n=30) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        ended = group("7A", 1, 25, year="2025")
        equal(rig.run("create-team", SCHOOL, ended, options={"target": "class"})[1]["state"], "done")
        equal(rig.run("sync-learners", SCHOOL, ended)[1]["added"], "25")
        id, record = rig.run("close-class", SCHOOL, {"id": ended["id"]},
                             options={"actions": "archive,rename,remove_learners"})
        equal((record["state"], record.get("error"), record["removed"]), ("done", None, "25"))
        equal(members(rig, ended), [])
        team = rig.team(rig.redis("HGET", rig.key("class:%s:%s" % (SCHOOL, ended["id"])), "team_id"))
        has(team["name"], "7A", "(closed 2025)")


@test
def not_archived():
    """a Team that Microsoft does not archive keeps its name and its learners"""
    with start(n=20) as rig:
        rig.school(SCHOOL, current_year=YEAR)
        ended = group("7A", 1, 10, year="2025")
        with_team(rig, ended)
        rig.fault({"method": "POST", "path": "/teams/*/archive"}, {"status": 403, "code": "Forbidden"})
        done = rig.command("year", SCHOOL, "--close", "--class", ended["id"], "--actions", "archive,rename,remove_learners", "--wait")
        equal(done.returncode, 1, done.stdout)
        has(done.stdout, "did not archive", "Nothing was changed")
        equal(members(rig, ended), should(ended))


sys.exit(test.main(sys.argv[1:]))
