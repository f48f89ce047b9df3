#!/usr/bin/env python3
"""What somebody who means harm tries on rollcall-web: requests that two servers read in two
ways, paths and texts that are none, floods, and Redis that holds what it should not.

usage: test_web_attacks.py [WORDS...]
"""
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, address, check, class_of, equal, has_not, resident_kb, wait_for  # noqa: E402
from web_rig import WebRig, web_start  # noqa: E402

suite = Suite()
OFTEN = {"ROLLCALL_WEB_STAFF_RATE": "10000", "ROLLCALL_WEB_KEY_RATE": "10000", "ROLLCALL_WEB_ADDRESS_RATE": "100000"}


def doors(**settings):
    """A rig without worker and Microsoft."""
    rig = WebRig()
    try:
        rig.start_redis(False)
        rig.graph, rig.scale = "http://127.0.0.1:1", 1
        rig.school("green-hill")
        rig.start_web(**dict(OFTEN, **settings))
        return rig
    except Exception:
        rig.close()
        raise


def port_of(rig):
    return urllib.parse.urlsplit(rig.url).port


def converse(rig, text, seconds=5):
    """What comes back until the other end closes, or nothing has come for some time."""
    got = b""
    with socket.create_connection(("127.0.0.1", port_of(rig)), timeout=seconds) as s:
        try:
            s.sendall(text.encode() if isinstance(text, str) else text)
            while piece := s.recv(65536):
                got += piece
        except (TimeoutError, ConnectionError):
            pass
    return got


def statuses(rig, text, seconds=5):
    """The statuses of all that comes back, up to the close."""
    got = converse(rig, text, seconds)
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", got)]


def is_watched(rig):
    """Whether a sanitizer is in the process."""
    with open("/proc/%d/maps" % rig.web.pid) as f:
        return "libasan" in f.read()


def lives(rig):
    equal(rig.web.poll(), None, "the process lives")
    equal(rig.caller().get("/healthz").status, 200, "/healthz")


def teach(rig, id, **more):
    """A class that the register has and nobody has touched."""
    fields = dict({"name": id, "year": "2026"}, **more)
    rig.redis("HSET", rig.key("class:green-hill:" + id), *[w for pair in fields.items() for w in pair])
    rig.redis("HSET", rig.key("class:green-hill:%s:register" % id), "count", "3")
    rig.redis("SADD", rig.key("teaches:green-hill:staff-1"), id)


# ---- requests that are read in two ways ---------------------------------------------------------

SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HEADS = {
    "two lengths": "Content-Length: 0\r\nContent-Length: %d" % len(SMUGGLED),
    "the same length twice": "Content-Length: 0\r\nContent-Length: 0",
    "a list of lengths": "Content-Length: 0, 5",
    "a length beside chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "a length below nothing": "Content-Length: -1",
    "a length with a sign": "Content-Length: +0",
    "a length beyond all": "Content-Length: 99999999999999999999999",
    "a coding that is none": "Transfer-Encoding: xchunked",
    "two codings": "Transfer-Encoding: gzip, chunked",
    "a coding twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "a coding with a blank before the colon": "Transfer-Encoding : chunked",
    "two hosts": "Host: y\r\nContent-Length: 0",
}


@suite
def smuggling():
    """a request whose end can be read in two ways is refused, and what stands behind it is no request"""
    with doors() as rig:
        for name, head in HEADS.items():
            text = "POST /v1/session HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % head
            body = "0\r\n\r\n" if "chunked" in head else ""
            got = statuses(rig, text + body + SMUGGLED)
            check(got and all(400 <= status < 500 for status in got), "%s: %s" % (name, got))
        lives(rig)


@suite
def pipelines():
    """fifty requests at once on one connection are answered one after the other"""
    with doors() as rig:
        got = statuses(rig, SMUGGLED * 49 + SMUGGLED.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
        equal(got, [200] * 50, "answers")


@suite
def given_up():
    """a request that is given up before it has a route leaves nothing in memory"""
    with doors() as rig:
        # More parameters than a request has room for: 30 kB of them.
        text = ("GET /healthz?%s HTTP/1.1\r\nHost: x\r\n\r\n" % ("&a=%41" * 5000)).encode()

        def throw(times):
            for _ in range(times):
                with socket.create_connection(("127.0.0.1", port_of(rig)), timeout=5) as s:
                    s.sendall(text)
            lives(rig)
        throw(10)
        if is_watched(rig):
            return  # what is lost is seen when the process ends, and freed memory is kept back
        throw(1000)  # what so many connections at once take is taken now
        before_kb = resident_kb(rig.web.pid)
        throw(2000)
        check(resident_kb(rig.web.pid) - before_kb < 30000, "memory stays")


@suite
def floods():
    """heads, paths and parameters without measure are refused, and the next one is served"""
    with doors() as rig:
        for line in ("A: " + "x" * 100000, "\r\n".join("H%d: x" % i for i in range(3000)),
                     "Cookie: " + "a=b; " * 20000):
            equal(set(statuses(rig, "GET /healthz HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % line)) - {431}, set(), line[:10])
        equal(set(statuses(rig, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % ("x" * 100000))) - {414}, set(), "path")
        for method in ("OPTIONS", "TRACE", "PATCH", "get", "FOO"):
            equal(rig.caller().ask(method, "/healthz").status, 405, method)
        lives(rig)


@suite
def no_room():
    """a process that has no descriptors left for more connections serves again when some have gone"""
    with doors() as rig:
        def is_ready():
            "/readyz to say yes"
            return rig.caller().ask("GET", "/readyz", timeout=5).status == 200
        wait_for(is_ready)
        resource.prlimit(rig.web.pid, resource.RLIMIT_NOFILE, (48, 48))
        for _ in range(3):
            guests = [socket.create_connection(("127.0.0.1", port_of(rig)), timeout=5) for _ in range(100)]
            wait_for(lambda: len(os.listdir("/proc/%d/fd" % rig.web.pid)) >= 48)
            for guest in guests:
                guest.close()
            equal(rig.caller().ask("GET", "/healthz", timeout=5).status, 200, "/healthz")
        wait_for(is_ready)


# ---- paths and texts that are none ------------------------------------------------------------------

@suite
def no_text():
    """a path that is no UTF-8 or has a NUL in it is nowhere, for whoever asks and however"""
    with doors() as rig:
        teach(rig, "8B-2026")
        staff, writer = rig.sign_in(), rig.caller("writer")
        for bad in ("%ff", "%C0%AF", "%ED%A0%80", "8B-2026%00", "%00", "%zz", "%"):
            for path in ("/v1/classes/%s", "/v1/classes/%s/learners", "/v1/jobs/%s", "/v1/jobs/%s/learners", "/assets/%s"):
                equal(staff.get(path % bad).status, 404, path % bad)
            equal(staff.post("/v1/jobs/%s/cancel" % bad).status, 404, "cancel " + bad)
            equal(writer.put("/v1/schools/%s/classes/x" % bad, {}).status, 404, "school " + bad)
            equal(writer.put("/v1/schools/green-hill/classes/" + bad, {"name": "x"}).status, 404, "class " + bad)
        page = rig.browser().get("/staff/%3Cscript%3E%ff", Accept="text/html")
        equal(page.status, 404, "a page")
        has_not(page.text, "<script>%ff", "<script>\ufffd")
        lives(rig)


@suite
def a_slash_in_an_id():
    """a class whose id has a slash, blanks or letters of any script is found by its encoded id"""
    with doors() as rig:
        staff = rig.sign_in()
        for id in ("10/1", "8B 2026", "Gr 8 \u00cb/\u05d0", "a%2Fb", "..", "x?y#z"):
            teach(rig, id)
            path = "/v1/classes/" + urllib.parse.quote(id, safe="")
            equal(staff.get(path).json["id"], id, "id")
            equal(staff.get(path + "/learners").status, 200, path)


@suite
def other_encodings():
    """names that a portal wrote in another encoding are shown as well as they can be, and stop nobody"""
    with doors() as rig:
        staff = rig.sign_in()
        rig.redis("HSET", rig.key("school:green-hill"), "name", b"Ho\xebrskool")
        equal(staff.get("/v1/me").json["school"]["name"], "Ho?rskool", "name")
        rig.redis("HSET", rig.key("school:green-hill"), "tenant_id", b"\xff", "auth", "delegated", "current_year", b"\xff")
        rig.redis("HSET", rig.key("connection:green-hill:staff-1"), "state", "linked", "email", b"\xff", "name", b"\xff")
        for path in ("/v1/me", "/v1/connection", "/v1/classes"):
            equal(staff.get(path).status, 200, path)
        lives(rig)


# ---- whose it is ------------------------------------------------------------------------------------

@suite
def out_of_use():
    """a class of another year, taken off the lists or no register class is not there for its teacher,
    under its own address neither; its jobs can still be followed and ended"""
    with doors() as rig:
        rig.redis("HSET", rig.key("school:green-hill"), "current_year", "2026")
        teach(rig, "8B-2026")
        teach(rig, "8B-2025", year="2025")
        teach(rig, "9A-2026", active="0")
        teach(rig, "Maths", kind="teaching")
        staff = rig.sign_in()
        equal([c["id"] for c in staff.get("/v1/classes").json["classes"]], ["8B-2026"], "the list")
        for id in ("8B-2025", "9A-2026", "Maths"):
            for path in ("/v1/classes/", "/v1/classes/%s/learners"):
                path = path % id if "%s" in path else path + id
                equal(staff.get(path).status, 404, path)
            answer = staff.post("/v1/jobs", {"type": "create-team", "class": {"id": id}})
            equal((answer.status, answer.word), (404, "not_found"), "a job for " + id)
            rig.redis("HSET", rig.key("job:of-" + id), "state", "running", "rev", "3", "type", "sync-learners",
                      "school", "green-hill", "class", id)
            equal(staff.get("/v1/jobs/of-" + id).json["rev"], 3, "a job of " + id)
            equal(staff.post("/v1/jobs/of-%s/cancel" % id).status, 202, "its cancel")
        equal(rig.redis("LLEN", rig.key("inbox")), 0, "pushed")
        equal(staff.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}}).status, 202, "a job in use")


@suite
def strangers():
    """of another teacher's class and its job nothing can be had by any route, and nothing is changed"""
    with doors() as rig:
        teach(rig, "8B-2026")
        rig.redis("HSET", rig.key("job:j1"), "state", "running", "rev", "3", "type", "sync-learners",
                  "school", "green-hill", "class", "8B-2026")
        rig.school("blue-lake")
        strangers = (rig.sign_in("staff-2"), rig.sign_in("boss", roles=["administrator"]),
                     rig.sign_in("staff-1", school="blue-lake"), rig.sign_in("staff-1:x"))
        for staff in strangers:
            for query in ("", "?school=green-hill", "?class=8B-2026&wait=0"):
                for path in ("/v1/classes/8B-2026", "/v1/classes/8B-2026/learners", "/v1/jobs/j1", "/v1/jobs/j1/learners"):
                    equal((staff.get(path + query).status, staff.ask("HEAD", path + query).status), (404, 404), path + query)
                equal(staff.post("/v1/jobs/j1/cancel" + query).status, 404, "cancel" + query)
            for body in ({"type": "sync-learners", "class": {"id": "8B-2026"}},
                         {"type": "sync-learners", "class": {"id": "8B-2026"}, "school": "green-hill", "requested_by": "staff-1"}):
                equal(staff.post("/v1/jobs", body).status, 404, "a job")
            equal(staff.put("/v1/schools/green-hill/classes/8B-2026", {"name": "mine"}).status, 403, "PUT")
            equal(staff.get("/v1/classes?school=green-hill").json, {"classes": []}, "the list")
        equal(rig.redis("EXISTS", rig.key("cancel:j1"), rig.key("inbox")), 0, "changed")


# ---- where from --------------------------------------------------------------------------------------

@suite
def forwarded():
    """who calls is what the nearest trusted server says, also in a header of its own behind the caller's"""
    with doors(ROLLCALL_WEB_TRUSTED_PROXIES="127.0.0.1") as rig:
        def refusals():
            return [line for line in rig.log_of("web").splitlines() if "ticket_missing" in line]

        def seen(*lines):
            before = len(refusals())
            head = "".join("X-Forwarded-For: %s\r\n" % line for line in lines)
            text = "POST /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: 2\r\n\r\n{}" % head
            equal(statuses(rig, text), [401], "status")

            def logged():
                "the refusal in the log"
                return refusals()[before:]
            return wait_for(logged)[-1].split("from=")[1].split()[0]
        equal(seen("203.0.113.9"), "203.0.113.9")
        equal(seen("198.51.100.1, 203.0.113.9"), "203.0.113.9", "one header")
        equal(seen("198.51.100.1", "203.0.113.9"), "203.0.113.9", "two headers")
        equal(seen("198.51.100.1", "nonsense"), "127.0.0.1", "nonsense")


# ---- Redis that holds what it should not ------------------------------------------------------------

@suite
def wrong_types():
    """where Redis does not take a job, although it took the command, nobody is told that it has it"""
    with doors() as rig:
        teach(rig, "8B-2026")
        staff, writer = rig.sign_in(), rig.caller("writer")
        rig.redis("SET", rig.key("inbox"), "no list")
        answer = staff.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}})
        equal((answer.status, answer.word), (503, "store_unreachable"), "staff")
        answer = writer.post("/v1/jobs", {"type": "create-team", "school": "green-hill", "class": {"id": "8B-2026"}})
        equal((answer.status, answer.word), (503, "store_unreachable"), "a program")
        equal(writer.put("/v1/schools/green-hill/classes/8B-2026", {"name": "8B"}).status, 503, "PUT")
        rig.redis("DEL", rig.key("inbox"))
        equal(staff.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}}).status, 202, "afterwards")


@suite
def an_empty_lane():
    """the queue is told also while a school has its turn and nothing in its lane"""
    with doors() as rig:
        rig.redis("ZADD", rig.key("ring"), "1", "green-hill")
        answer = rig.caller("operator").ask("GET", "/v1/queue", timeout=10)
        equal((answer.status, [s["school"] for s in answer.json["schools"]]), (200, ["green-hill"]), "the queue")


@suite
def leaving_amid_a_put():
    """a class that nobody stores is no reason to stay: who puts one is answered when the process leaves"""
    with doors() as rig:
        rig.redis("SET", rig.key("alive"), "1")
        answers = []
        putting = threading.Thread(target=lambda: answers.append(
            rig.caller("writer").put("/v1/schools/green-hill/classes/8B-2026", {"name": "8B"})))
        putting.start()
        wait_for(lambda: rig.redis("LLEN", rig.key("inbox")))
        began = time.monotonic()
        equal(rig.end(rig.web), 0, "status")
        check(time.monotonic() - began < 3, "it leaves at once")
        putting.join()
        equal((answers[0].status, answers[0].json["state"]), (202, "queued"), "the answer")


# ---- crowds --------------------------------------------------------------------------------------

def together(count, what):
    """What each of so many threads says, when all have ended."""
    said = []
    threads = [threading.Thread(target=lambda i=i: said.append(what(i))) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@suite
def twenty_teachers():
    """of 1,000 clicks on Create by twenty teachers of a class at once one makes a Team"""
    with web_start(learners=5, web=OFTEN) as rig:
        staff = ["staff-%d" % i for i in range(1, 21)]
        teachers = [{"id": id, "name": id, "email": address("teacher1")} for id in staff]
        cls = class_of(5, teachers=teachers)
        equal(rig.caller("writer").put("/v1/schools/green-hill/classes/8B-2026", cls).status, 200, "PUT")
        browsers = [rig.sign_in(id) for id in staff]
        click = {"type": "create-team", "class": {"id": "8B-2026"}}
        answers = sum(together(20, lambda i: [browsers[i].post("/v1/jobs", click) for _ in range(50)]), [])
        equal({answer.status for answer in answers}, {202}, "statuses")
        for id in {answer.json["id"] for answer in answers}:
            check(rig.ended(id)["state"] in ("done", "joined"), "the end of " + id)
        equal(len(rig.ledger("team_created")), 1, "Teams")


@suite
def never_back():
    """no dialog sees a rev go back, whatever becomes of the connection that tells of changes, and in
    the end the list says what Microsoft has"""
    with web_start(learners=40, web=OFTEN) as rig:
        equal(rig.caller("writer").put("/v1/schools/green-hill/classes/8B-2026", class_of(40)).status, 200, "PUT")
        browsers = [rig.sign_in() for _ in range(5)]

        def ask(type):
            return browsers[0].post("/v1/jobs", {"type": type, "class": {"id": "8B-2026"}}).json["id"]
        team = rig.ended(ask("create-team"))["team_id"]
        job = ask("sync-learners")

        def follow(i):
            revs, over = [0], False
            while not over:
                answer = browsers[i].get("/v1/jobs/%s?wait=%d&rev=%d" % (job, i % 2 * 5, revs[-1]))
                check(answer.status == 200, "a poll")
                revs.append(answer.json["rev"])
                over = answer.json["state"] == "done"
                if i == 0:
                    rig.redis("CLIENT", "KILL", "TYPE", "pubsub")
            return revs
        said = together(5, follow)
        equal(len(said), 5, "dialogs that came to the end")
        for revs in said:
            equal(revs, sorted(revs), "revs")
        seen = browsers[0].get("/v1/classes/8B-2026").json
        equal((seen["status"], seen["synced"]), ("active", 40), "the list")
        equal(len(rig.team(team)["members"]), 41, "members, with the owner")


@suite
def reloads():
    """a hundred reloads amid requests are noticed by nobody"""
    with doors() as rig:
        browsers = [rig.sign_in() for _ in range(4)]
        ended = threading.Event()

        def look(i):
            seen = set()
            while not ended.is_set():
                seen |= {browsers[i].get(path).status for path in ("/v1/me", "/v1/classes", "/staff/teams")}
            return seen

        def reload():
            try:
                for _ in range(100):
                    rig.web.send_signal(signal.SIGHUP)
                    equal(rig.caller("writer").get("/v1/classes?school=green-hill").status, 200, "a program")
            finally:
                ended.set()
            return {200}
        equal(together(5, lambda i: look(i) if i < 4 else reload()), [{200}] * 5, "statuses")
        lives(rig)


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
