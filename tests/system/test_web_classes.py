#!/usr/bin/env python3
"""The classes of a register over HTTP: published by a portal, seen by whose they are."""
import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, has, learners, wait_for  # noqa: E402
from web_rig import web_start  # noqa: E402

test = Suite()
PATH = "/v1/schools/green-hill/classes/"


def teacher(*ids):
    return [{"id": id, "name": "T. " + id, "email": "teacher1@school.example"} for id in ids]


def put(rig, id, n=3, **more):
    answer = rig.caller("writer").put(PATH + id, class_of(n, id, **more))
    equal(answer.status, 200, answer.text)
    return answer.json


def listed(browser):
    answer = browser.get("/v1/classes")
    equal(answer.status, 200, answer.text)
    return answer.json["classes"]


@test
def published():
    """a portal puts a class and gets it back as it is kept: name, year, learners, No Team"""
    with web_start() as rig:
        got = put(rig, "8B-2026", 3)
        equal((got["id"], got["name"], got["year"], got["learners"], got["status"], got["label"]),
              ("8B-2026", "8B", "2026", 3, "no_team", "No Team"))
        equal(put(rig, "8B-2026", 5)["learners"], 5)
        equal(rig.stats()["http_requests"], 0, "requests to Microsoft")


@test
def refused():
    """a class that cannot be used is refused with what is wrong, and nothing is kept of it"""
    with web_start() as rig:
        writer = rig.caller("writer")
        for body, status, word, what in (
                ({"learners": [{"name": "nobody"}]}, 422, "bad_envelope", "id"),
                ({"id": "9A"}, 422, "bad_envelope", "9A"),
                ({"kind": "club"}, 422, "bad_envelope", "kind"),
                ({"active": "no"}, 422, "bad_envelope", "active"),
                ([], 400, "bad_json", "object"),
                ("{", 400, "bad_json", "")):
            answer = writer.put(PATH + "8B-2026", body)
            equal((answer.status, answer.word), (status, word), json.dumps(body))
            has(answer.json["detail"], what)
        answer = writer.put("/v1/schools/nowhere/classes/8B", {"name": "8B"})
        equal((answer.status, answer.word), (422, "unknown_school"))
        answer = rig.caller("reader").put(PATH + "8B-2026", {"name": "8B"})
        equal(answer.status, 403)
        equal(rig.redis("EXISTS", rig.key("class:green-hill:8B-2026:register")), 0)


@test
def nobody_there():
    """with no worker online a class that is put is kept for later, and says so"""
    with web_start(worker=False) as rig:
        answer = rig.caller("writer").put(PATH + "8B-2026", class_of(3))
        equal((answer.status, answer.json["state"]), (202, "queued"))
        equal(answer.headers["Location"], "/v1/jobs/" + answer.json["id"])
        rig.start_worker()
        equal(rig.ended(answer.json["id"])["state"], "done")
        equal(rig.caller("reader").get("/v1/classes/8B-2026?school=green-hill").json["learners"], 3)


@test
def own_classes():
    """staff see the register classes that are theirs, of this year and in use, and nobody else's, an administrator neither"""
    with web_start() as rig:
        rig.redis("HSET", rig.key("school:green-hill"), "current_year", "2026")
        put(rig, "10A-2026", teachers=teacher("staff-1"))
        put(rig, "8B-2026", teachers=teacher("staff-1", "staff-2"))
        put(rig, "8B-2025", teachers=teacher("staff-1"), year="2025")
        put(rig, "9A-2026", teachers=teacher("staff-1"), active=False)
        put(rig, "Maths", teachers=teacher("staff-1"), kind="teaching")
        put(rig, "9C-2026", teachers=teacher("staff-2"))
        equal([c["id"] for c in listed(rig.sign_in("staff-1"))], ["8B-2026", "10A-2026"])
        equal([c["id"] for c in listed(rig.sign_in("staff-2"))], ["8B-2026", "9C-2026"])
        equal(listed(rig.sign_in("boss", roles=["administrator"])), [])
        equal(len(rig.caller("reader").get("/v1/classes?school=green-hill").json["classes"]), 6)
        equal(rig.caller("reader").get("/v1/classes").word, "school_missing")


@test
def not_theirs():
    """a colleague's class does not exist for staff, whatever is asked of it, and the refusal is on record"""
    with web_start() as rig:
        rig.school("other-hill")
        put(rig, "9C-2026", teachers=teacher("staff-2"))
        for browser in (rig.sign_in("staff-1"), rig.sign_in("boss", roles=["administrator"]),
                        rig.sign_in("staff-2", school="other-hill")):
            for path in ("/v1/classes/9C-2026", "/v1/classes/9C-2026/learners"):
                answer = browser.get(path)
                equal((answer.status, answer.word), (404, "not_found"), path)
        equal(rig.sign_in("staff-2").get("/v1/classes/9C-2026").status, 200)
        entries = [json.loads(e) for e in rig.redis("LRANGE", rig.key("refused:green-hill"), 0, -1)]
        equal(sum("class_not_theirs" in json.dumps(e) for e in entries), 4)


@test
def how_it_stands():
    """status, label, colour, counts, live job and what can be done follow a class from No Team to 1 Failed"""
    with web_start() as rig:
        browser = rig.sign_in("staff-1")
        cls = class_of(4, teachers=teacher("staff-1"))
        put(rig, "8B-2026", teachers=teacher("staff-1"), n=4)
        one, = listed(browser)
        equal((one["label"], one["colour"], one["learners"], one["last_sync_at"], one["job"]),
              ("No Team", "grey", 4, 0, None))
        equal(one["actions"], {"create": True, "sync": False, "view": True, "open": False, "why": ""})
        rig.run("create-team", "green-hill", cls, requested_by="staff-1")
        one, = listed(browser)
        equal((one["label"], one["colour"], one["actions"]["create"], one["actions"]["sync"], one["actions"]["open"]),
              ("Pending", "amber", False, True, True))
        rig.fault({"method": "POST", "path": "/teams/*/members/add"}, {"delay_ms": 1500})
        id = rig.push("sync-learners", "green-hill", cls, requested_by="staff-1")
        wait_for(lambda: rig.job(id).get("state") == "running")
        job = listed(browser)[0]["job"]
        equal((job["id"], job["type"], job["state"]), (id, "sync-learners", "running"))
        equal(listed(browser)[0]["actions"]["why"], "running")
        rig.ended(id)
        one, = listed(browser)
        equal((one["label"], one["colour"], one["synced"], one["job"]), ("Active", "green", 4, None))
        check(one["last_sync_at"] > 0, "there is a last sync")
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "status", "failed", "failed", "1")
        equal((listed(browser)[0]["label"], listed(browser)[0]["colour"]), ("1 Failed", "orange"))


@test
def class_without_a_team():
    """a class in Microsoft 365 that is no Team yet shows as No Team to its teacher, who can create it"""
    with web_start() as rig:
        put(rig, "8B-2026", teachers=teacher("staff-1"))
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "status", "active", "team_id", "g-1",
                  "is_team", "0", "web_url", "")
        browser = rig.sign_in("staff-1")
        seen = listed(browser)[0]
        equal((seen["status"], seen["label"], seen["colour"]), ("no_team", "No Team", "grey"))
        equal((seen["actions"]["create"], seen["actions"]["sync"]), (True, False))
        rig.redis("HSET", rig.key("class:green-hill:8B-2026"), "is_team", "1")
        equal(listed(browser)[0]["status"], "active")


@test
def learners_of_a_class():
    """the learners of a class come with status, the reason in the guide's words and the remedy, also for a spreadsheet"""
    with web_start() as rig:
        people = learners(3) + [{"id": "L9", "name": "=HYPERLINK(\"http://evil\")", "email": ""}]
        put(rig, "8B-2026", teachers=teacher("staff-1"), learners=people)
        rig.run("create-team", "green-hill", {"id": "8B-2026"}, requested_by="staff-1")
        rig.run("sync-learners", "green-hill", {"id": "8B-2026"}, requested_by="staff-1")
        browser = rig.sign_in("staff-1")
        got = {p["id"]: p for p in browser.get("/v1/classes/8B-2026/learners").json["learners"]}
        equal(got["L001"]["status_label"], "Synced")
        equal((got["L9"]["status_label"], got["L9"]["reason_label"]), ("Not Synced", "No email address on record"))
        has(got["L9"]["remedy"], "address")
        answer = browser.get("/v1/classes/8B-2026/learners", Accept="text/csv")
        equal(answer.headers["Content-Type"], "text/csv; charset=utf-8")
        check(answer.body.startswith(b"\xef\xbb\xbf"), "it says that it is UTF-8")
        rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
        equal({r["id"]: r["status_label"] for r in rows}["L001"], "Synced")
        equal([r["name"] for r in rows if r["id"] == "L9"], ["'=HYPERLINK(\"http://evil\")"])


@test
def depth():
    """the queue's depth, its age and its pace are told to programs, of other schools only as part of the whole"""
    with web_start(worker=False) as rig:
        worker = rig.start_worker()
        rig.school("other-hill")
        rig.redis("HSET", rig.key("paused"), "type:sync-learners", "1 me")
        for n in range(3):
            rig.push("sync-learners", "green-hill", class_of(2, "C%d" % n))
        rig.push("create-team", "other-hill", class_of(2, "C9", teachers=[]))
        wait_for(lambda: rig.redis("LLEN", rig.key("inbox")) == 0)
        rig.end(worker)
        answer = rig.caller("reader").get("/v1/queue")
        equal(answer.status, 200, answer.text)
        got = answer.json
        equal((got["counts"]["queued"], got["inbox"], got["workers_online"]), (3, 0, True), answer.text)
        equal(got["paused"], [{"what": "type:sync-learners", "since": 1, "by": "me"}])
        equal(rig.caller().get("/v1/queue").status, 401)
        equal(rig.sign_in("staff-1").get("/v1/queue").status, 403)


@test
def figures():
    """Prometheus gets its figures, and /readyz says no while Redis is away"""
    with web_start() as rig:
        rig.run("register", "green-hill", class_of(2))
        text = rig.caller().get("/metrics").text
        has(text, 'rollcall_jobs_ended_total{state="done"} 1\n', "rollcall_workers 1\n", "# TYPE rollcall_jobs gauge\n")
        equal(rig.caller().get("/readyz").status, 200)
        rig.end(rig.redis_process)
        equal(rig.caller().get("/healthz").status, 200)
        equal(rig.caller().get("/readyz").status, 503)


sys.exit(test.main(sys.argv[1:]))
