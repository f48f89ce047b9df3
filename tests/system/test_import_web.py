#!/usr/bin/env python3
"""A roster is sent to rollcall-web as a zip. usage: test_import_web.py [WORDS...]"""
import concurrent.futures
import os
import socket
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal, has, wait_for  # noqa: E402
from roster_files import school_roster, zip_bytes  # noqa: E402
from roster_rig import SCHOOL, TODAY, RosterRig  # noqa: E402
from web_rig import Caller, WebRig  # noqa: E402

suite = Suite()
ZIP = {"Content-Type": "application/zip"}


class Rig(RosterRig, WebRig):
    def begin(self, **more):
        super().begin(**more)
        self.start_web(ROLLCALL_WEB_KEY_RATE="0")
        return self

    def send(self, caller, files, query="", school=SCHOOL):
        body = files if isinstance(files, bytes) else zip_bytes(files)
        path = "/v1/rosters/%s?today=%s%s" % (school, TODAY, query)
        answer = caller.ask("POST", path, body, dict(ZIP))
        if answer.status == 202:
            self.settle()
        return answer


@suite
def accepted():
    """a program's zip is taken, answered with the report, and written into the audit under the program's name"""
    with Rig().begin() as rig:
        writer = rig.caller("writer")
        answer = rig.send(writer, school_roster())
        equal((answer.status, answer.json["verdict"], answer.json["read"]["classes"]), (202, "accepted", 3), answer.text)
        equal(len(rig.classes()), 4)
        equal((rig.roster()["by"], rig.roster()["import"]), ("writer", answer.json["import"]))
        entry = rig.redis("LINDEX", rig.key("audit:*"), 0)
        has(entry, '"what":"roster_accepted"', '"subject":"green-hill"', '"who":"writer"')
        equal(rig.send(writer, school_roster()).json["verdict"], "unchanged")


@suite
def who_may():
    """an administrator of the school may send its roster too; teaching staff, another school's people and a key that only reads may not"""
    with Rig().begin() as rig:
        files = zip_bytes(school_roster())
        rig.school("other")
        for caller, want in ((rig.caller(), 401), (rig.caller("reader"), 403), (rig.sign_in(roles=["teacher"]), 403),
                             (rig.sign_in("boss-2", school="other", roles=["administrator"]), 403)):
            equal(rig.send(caller, files).status, want)
        equal(rig.roster(), {})
        boss = rig.sign_in("boss-1", roles=["administrator"])
        token, boss.csrf = boss.csrf, None
        equal((rig.send(boss, files).status, rig.roster()), (403, {}), "without the token")
        boss.csrf = token
        equal(rig.send(boss, files).status, 202)
        equal(rig.roster()["by"], "boss-1")


@suite
def refused():
    """a wrong set is answered with 422 and all its faults, a lack of much with 422 until it is agreed to, and nothing changes"""
    with Rig().begin() as rig:
        writer = rig.caller("writer")
        files = school_roster(classes=5)
        equal(rig.send(writer, files).status, 202)
        before = rig.in_force()
        whole = zip_bytes(files)
        for body in (whole[:len(whole) // 2], b"this is no zip"):
            answer = rig.send(writer, body)
            equal((answer.status, answer.word, answer.json["report"]["verdict"]), (422, "roster_refused", "refused"))
            equal(answer.headers["Content-Type"], "application/problem+json")
            check(answer.json["report"]["faults"]["faults"][0]["remedy"], "a remedy")
        less = dict(files, enrollments=files["enrollments"][:40])
        answer = rig.send(writer, less)
        equal((answer.status, answer.word), (422, "roster_held"))
        has(answer.json["detail"], "enrolments: 40")
        equal(rig.send(writer, b"").word, "no_roster")
        equal(rig.send(writer, files, school="nobody").word, "unknown_school")
        equal(rig.send(writer, less, "&dry_run=1&accept_drop=1").json["verdict"], "checked")
        rig.still(before)
        equal(rig.send(writer, less, "&accept_drop=1").json["verdict"], "accepted")


@suite
def at_once():
    """rosters sent at once are taken one after the other, and pages are answered meanwhile"""
    with Rig().begin() as rig:
        sets = []
        for n in range(6):
            files = school_roster(classes=30, learners=30)
            for one in files["classes"]:
                one["title"] = "%s of %d" % (one["title"], n)
            sets.append(zip_bytes(files))
        writer = rig.caller("writer")
        with concurrent.futures.ThreadPoolExecutor(7) as many:
            answers = [many.submit(rig.send, Caller(rig.url, rig.keys["writer"]), one) for one in sets]
            while not all(a.done() for a in answers):
                equal(writer.get("/healthz").status, 200)
        seen = [a.result() for a in answers]
        check(any(a.status == 202 for a in seen), "one is taken")
        for answer in seen:
            check((answer.status, answer.status == 202 or answer.word) in (
                (202, True), (409, "import_under_way"), (503, "imports_under_way")), answer.text[:300])
        rig.settle()
        equal(len({rig.register(c)["name"].split(" of ")[1] for c in rig.classes() if c[0] == "c"}), 1)


def cut_short(rig, body, part):
    """Announces a whole zip, sends a part of it and goes away."""
    place = urllib.parse.urlsplit(rig.url)
    with socket.create_connection((place.hostname, place.port)) as s:
        s.sendall(("POST /v1/rosters/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"
                   "Content-Type: application/zip\r\n\r\n" % (SCHOOL, rig.keys["writer"], len(body))).encode())
        s.sendall(body[:part])


@suite
def connection_lost():
    """an upload whose connection is lost half-way changes nothing; one whose sender does not wait for the answer is taken"""
    with Rig().begin() as rig:
        body = zip_bytes(school_roster(classes=20, learners=30))
        cut_short(rig, body, len(body) // 2)
        equal(rig.caller("writer").get("/healthz").status, 200)
        equal(rig.roster(), {})
        cut_short(rig, body, len(body))
        wait_for(lambda: rig.roster().get("import"), 30)
        rig.settle()
        equal(len(rig.classes()), 21)


@suite
def large():
    """a roster may be longer than anything else that is sent, by those who may send one"""
    with Rig().begin() as rig:
        files = school_roster(classes=2)
        files["users"] += [dict(files["users"][1], sourcedId="x%d" % n, email="", givenName=os.urandom(24).hex())
                           for n in range(60000)]
        body = zip_bytes(files)
        check(len(body) > 1200000, "a body of %d bytes" % len(body))
        equal(rig.send(rig.caller("writer"), body).status, 202)
        for caller, path in ((rig.caller("reader"), "/v1/rosters/" + SCHOOL), (rig.caller(), "/v1/rosters/" + SCHOOL),
                             (Caller(rig.url, "rollcall_nobody"), "/v1/rosters/" + SCHOOL),
                             (rig.caller("writer"), "/v1/jobs")):
            try:
                equal(caller.ask("POST", path, body, dict(ZIP)).status, 413)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it was told before it had sent all


sys.exit(suite.main(sys.argv[1:]))
