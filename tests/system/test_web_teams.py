#!/usr/bin/env python3
"""My Microsoft Teams and My User Settings over HTTP: who has which screen and which classes, and
what a class shows of its learners."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from connect_rig import connect, delegated_start  # noqa: E402
from rig import Suite, address, check, class_of, equal, has, learners, wait_for  # noqa: E402
from web_rig import ticket, web_start  # noqa: E402

test = Suite()
SCREENS = {"/staff/teams": "My Microsoft Teams", "/staff/settings": "My User Settings"}


def teacher(*ids):
    return [{"id": id, "name": "T. " + id, "email": address("teacher" + id[-1])} for id in ids]


def put(rig, id, n=3, **more):
    answer = rig.caller("writer").put("/v1/schools/green-hill/classes/" + id, class_of(n, id, **more))
    equal(answer.status, 200, answer.text)


def listed(browser):
    answer = browser.get("/v1/classes")
    equal(answer.status, 200, answer.text)
    return {c["id"]: c for c in answer.json["classes"]}


def asked(browser, type, id):
    answer = browser.post("/v1/jobs", {"type": type, "class": {"id": id}})
    equal(answer.status, 202, answer.text)
    return answer.json["id"]


def team(rig, id, **more):
    _, record = rig.run("create-team", "green-hill", {"id": id}, requested_by="staff-1", **more)
    equal(record["state"], "done", record.get("error"))
    return record["team_id"]


# ---- the two screens ---------------------------------------------------------------------------

@test
def two_screens():
    """there are two screens, each with its title and a menu My Home that leads to both"""
    with web_start(worker=False) as rig:
        staff = rig.sign_in()
        for path, title in SCREENS.items():
            page = staff.get(path, Accept="text/html").text
            has(page, "<title>%s</title>" % title, "<h1>%s</h1>" % title)
            menu = re.search("<nav.*?</nav>", page, re.S).group()
            has(menu, "My Home")
            equal(dict(re.findall('<a href="([^"]+)"[^>]*>([^<]+)</a>', menu)), SCREENS, "the menu of " + path)
        paths = rig.caller().get("/v1/openapi.json").json["paths"]
        pages = {p for p, calls in paths.items() if p.startswith("/staff/") and "get" in calls}
        equal(pages - {"/staff/enter", "/staff/connected"}, set(SCREENS), "screens that are described")


@test
def switched_off():
    """a school without the feature has neither screens nor calls nor jobs; switched on, it has them all"""
    with web_start() as rig:
        put(rig, "8B-2026")
        staff = rig.sign_in()
        calls = [("GET", path) for path in (*SCREENS, "/v1/me", "/v1/classes", "/v1/classes/8B-2026",
                                            "/v1/classes/8B-2026/learners", "/v1/connection")]
        calls += [("POST", "/v1/jobs"), ("POST", "/v1/connection"), ("DELETE", "/v1/connection")]
        for method, path in calls[:len(SCREENS) + 5]:
            equal(staff.ask(method, path).status, 200, path)
        rig.school("green-hill", enabled="0")
        wait_for(lambda: staff.get("/v1/me").status == 403, 20, 0.2)
        for method, path in calls:
            answer = staff.ask(method, path, {"type": "create-team", "class": {"id": "8B-2026"}} if method == "POST" else None)
            equal((answer.status, answer.word), (403, "school_off"), "%s %s" % (method, path))
        equal(rig.browser().enter(ticket()).status, 403, "who comes now")
        _, record = rig.run("create-team", "green-hill", {"id": "8B-2026"}, requested_by="staff-1")
        equal((record["state"], record["error_code"]), ("failed", "not_permitted"))
        equal(rig.stats()["http_requests"], 0, "requests to Microsoft")
        rig.school("green-hill", enabled="1")
        wait_for(lambda: staff.get("/v1/me").status == 200, 20, 0.2)
        equal(list(listed(staff)), ["8B-2026"])


@test
def administrators_account():
    """an administrator links an account of their own, which opens no colleague's class and no colleague's account"""
    with delegated_start() as rig:
        put(rig, "8B-2026", teachers=teacher("staff-1"))
        boss = rig.sign_in("boss", roles=["administrator"])
        connect(rig, boss, "teacher2")
        equal(rig.sign_in("staff-1").get("/v1/connection").json["state"], "none", "the teacher's state")
        equal(listed(boss), {})
        answer = boss.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}})
        equal(answer.status, 404, answer.text)
        equal(boss.delete("/v1/connection").status, 204)
        equal(rig.ledger("team_created"), [])


# ---- which classes ---------------------------------------------------------------------------------

@test
def years():
    """only the school's current year is listed, whatever the clock says; a Team of another year is left alone"""
    with web_start() as rig:
        for year in ("2025", "2026"):
            put(rig, "8B-" + year, year=year)
        old = team(rig, "8B-2025")
        staff, before = rig.sign_in(), rig.ledger()
        for year in ("2026", "2025"):
            rig.school("green-hill", current_year=year)
            wait_for(lambda: list(listed(staff)) == ["8B-" + year], 20, 0.2)
        rig.school("green-hill", current_year="2027")
        wait_for(lambda: not listed(staff), 20, 0.2)
        equal(rig.ledger(), before, "changes at Microsoft's")
        equal(rig.team(old)["deleted"], False, "the old Team is deleted")


@test
def no_longer_active():
    """a class that is not active any more leaves the list, and its Team with its members stays"""
    with web_start() as rig:
        put(rig, "8B-2026")
        its_team = team(rig, "8B-2026")
        rig.run("sync-learners", "green-hill", {"id": "8B-2026"})
        staff, before = rig.sign_in(), rig.ledger()
        equal(list(listed(staff)), ["8B-2026"])
        put(rig, "8B-2026", active=False)
        equal(listed(staff), {})
        equal((rig.ledger(), rig.team(its_team)["deleted"]), (before, False))
        put(rig, "8B-2026", active=True)
        equal(listed(staff)["8B-2026"]["team_id"], its_team, "its Team, when it is active again")


@test
def another_teacher():
    """a class that changes its teacher is the new one's to see and to sync, with its Team, and no longer the old one's"""
    with web_start() as rig:
        put(rig, "8B-2026", teachers=teacher("staff-1"))
        its_team = team(rig, "8B-2026")
        old, new = rig.sign_in("staff-1"), rig.sign_in("staff-2")
        put(rig, "8B-2026", teachers=teacher("staff-2"))
        equal((listed(old), listed(new)["8B-2026"]["team_id"]), ({}, its_team))
        equal(old.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}}).status, 404)
        equal(rig.ended(asked(new, "sync-learners", "8B-2026"))["added"], "3")


@test
def shared():
    """two teachers of one class see the same, and of two syncs at once the second follows the first"""
    with web_start() as rig:
        put(rig, "8B-2026", n=12, teachers=teacher("staff-1", "staff-2"))
        team(rig, "8B-2026")
        one, two = rig.sign_in("staff-1"), rig.sign_in("staff-2")
        rig.fault({"method": "POST", "path": "/teams/*/members/add"}, {"delay_ms": 1000})
        first = asked(one, "sync-learners", "8B-2026")
        wait_for(lambda: rig.job(first).get("state") == "running")
        second = asked(two, "sync-learners", "8B-2026")
        equal(rig.ended(second)["joined"], first)
        equal(two.get("/v1/jobs/" + second).json["joined_job"]["id"], first)
        equal(rig.ended(first)["added"], "12")
        for browser in (one, two):
            equal((listed(browser)["8B-2026"]["label"], listed(browser)["8B-2026"]["synced"]), ("Active", 12))
        equal(sum(c["role"] == "member" for c in rig.ledger("member_added")), 12)


# ---- learners ----------------------------------------------------------------------------------------

@test
def reasons():
    """View Learners has each of the guide's four reasons, and who could not be taken out; whoever is out is on no list"""
    with web_start() as rig:
        stray = {"id": "X1", "name": "Stray", "email": "stray@nowhere.example"}
        put(rig, "8B-2026", learners=learners(4) + [stray])
        team(rig, "8B-2026")
        rig.run("sync-learners", "green-hill", {"id": "8B-2026"})
        staff = rig.sign_in()

        def shown():
            got = staff.get("/v1/classes/8B-2026/learners").json["learners"]
            return {p["id"]: (p["status_label"], p["reason_label"]) for p in got}
        put(rig, "8B-2026", learners=learners(2) + learners(1, first=5) + [{"id": "E", "name": "No Address", "email": ""},
                                                                          dict(stray, id="N")])
        equal(sorted(shown()), ["E", "L001", "L002", "L005", "N"], "before the sync: the register")
        rig.control("scenario", {"settings": {"fail_users": [address("learner4"), address("learner5")],
                                              "fail_error": {"code": "Forbidden", "message": ""}}})
        id, record = rig.run("sync-learners", "green-hill", {"id": "8B-2026"})
        equal(record["state"], "done", record.get("error"))
        want = {"L001": ("Synced", ""), "L002": ("Synced", ""), "L004": ("Failed", "Could not be taken out"),
                "L005": ("Failed", "Add to Team failed"), "E": ("Not Synced", "No email address on record"),
                "N": ("Not Synced", "No Microsoft account found"), "X1": ("Not Synced", "Removed locally")}
        equal(shown(), want)
        has(staff.get("/v1/classes/8B-2026/learners", Accept="text/csv").text, "Removed locally")
        equal(listed(staff)["8B-2026"]["learners"], 5, "learners of the class")
        rig.control("scenario", {})
        rig.run("sync-learners", "green-hill", {"id": "8B-2026"})
        check("L004" not in shown(), "out of the Team and of the list")


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
