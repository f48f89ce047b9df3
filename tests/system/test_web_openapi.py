#!/usr/bin/env python3
"""What GET /v1/openapi.json promises and what rollcall-web does are the same."""
import concurrent.futures
import copy
import glob
import json
import os
import re
import signal
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from connect_rig import at_microsoft, parameters  # noqa: E402
from rig import ROOT, Skip, Suite, check, class_of, equal, wait_for  # noqa: E402
from roster_files import school_roster, zip_bytes  # noqa: E402
from web_rig import Caller, WebRig, ticket, web_start  # noqa: E402

test = Suite()
SOURCE = os.path.join(ROOT, "src", "web", "openapi.json")
NPM = os.path.join(ROOT, "tests", "npm")
PLACES = {"job": "no-such-job", "class": "8B-2026", "school": "green-hill", "file": "none.css", "action": "resync",
          "run": "no-such-run", "learner": "L001", "section": "groups"}
LONG = "%x\r\n%s\r\n0\r\n\r\n" % (1_120_000, "x" * 1_120_000)  # one piece, and the end
# Words of a problem that say: this is not for you.
KEPT_OUT = {"no_session", "session_over", "unknown_key", "missing_scope", "not_for_staff", "role_missing"}
KINDS = {"nobody", "staff", "admin", "operator", "read", "enqueue"}
# Whom of our staff a role is: staff is teaching staff.
ROLES = {"administrator": "admin", "teaching_staff": "staff", "operator": "operator"}

with open(SOURCE, encoding="utf-8") as f:
    DOC = json.load(f)


# ---- the description -----------------------------------------------------------------------

def operations():
    for path, item in DOC["paths"].items():
        for method in ("get", "put", "post", "delete"):
            if method in item:
                yield method, path, item[method]


def who_may(operation):
    """Of nobody, staff by role and the scopes of keys those that the description lets in."""
    may = set()
    for one in operation["security"] or [{}]:
        roles = one.get("session", [])
        staff = {ROLES[role] for role in roles} if roles else set(ROLES.values())
        may |= {"nobody"} if not one else {one["key"][0]} if "key" in one else staff
    return may


def example(operation):
    body = operation.get("requestBody")
    return body and body["content"].get("application/json", {}).get("example")


def node(*words):
    """Runs the checker of tests/npm; what it complains of is the failure."""
    if subprocess.run(["sh", os.path.join(NPM, "install.sh")]).returncode != 0:
        raise Skip("the packages of tests/npm cannot be installed here")
    done = subprocess.run(["node", os.path.join(NPM, "openapi.mjs"), *words], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


# ---- asking ------------------------------------------------------------------------------------

class Witness:
    """Asks, and remembers what was asked and answered, by the path that the description has."""

    def __init__(self):
        self.seen = []

    def ask(self, caller, method, path, body=None, query="", **more):
        """From another address each time, as a server of ours in front tells it; /metrics knows
        its own host by nobody having told anything."""
        if path != "/metrics":
            more.setdefault("X_Forwarded_For", "198.51.%d.%d" % divmod(len(self.seen) % 65000, 250))
        places = dict(PLACES, **{k: v for k, v in more.items() if k in PLACES})
        headers = {k.replace("_", "-"): v for k, v in more.items() if k not in PLACES}
        target = re.sub(r"\{(\w+)\}", lambda m: places[m.group(1)], path) + query
        answer = caller.ask(method.upper(), target, body, headers)
        self.seen.append({
            "path": path, "method": method,
            "sent": None if body is None or isinstance(body, bytes) else body if isinstance(body, str) else json.dumps(body),
            "status": answer.status, "type": (answer.headers["Content-Type"] or "").split(";")[0],
            "headers": {k.lower(): v for k, v in answer.headers.items()}, "body": answer.body.decode("utf-8-sig")})
        return answer

    def good(self, *words, **more):
        answer = self.ask(*words, **more)
        check(answer.status < 400, "%s: %d %s" % (words[1:3], answer.status, answer.text[:300]))
        return answer

    def bad(self, status, word, *words, **more):
        answer = self.ask(*words, **more)
        equal((answer.status, word_of(answer)), (status, word), str(words[1:])[:200])

    def describes(self, rig):
        path = rig.path("seen.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(self.seen, out)
        node(SOURCE, path)


def word_of(answer):
    return answer.word if answer.headers["Content-Type"] == "application/problem+json" else ""


def begin():
    return web_start(web={"ROLLCALL_WEB_TRUSTED_PROXIES": "127.0.0.1"})


class Callers:
    """One of each kind: nobody, staff, and a key for each scope."""

    def __init__(self, rig):
        self.rig = rig
        self.keys = {"read": rig.keys["reader"], "enqueue": "rollcall_" + "e" * 43}
        with open(rig.path("portal-keys"), "a", encoding="utf-8") as out:
            out.write(rig.portal_key_line("sender", "enqueue", self.keys["enqueue"]))
        rig.web.send_signal(signal.SIGHUP)

        def reread():
            "rollcall-web to read its files again"
            return "reloaded" in rig.log_of("web")
        wait_for(reread)
        self.people = {"staff": rig.sign_in("staff-1"), "admin": rig.sign_in("boss", roles=["super_admin"]),
                       "operator": rig.sign_in("watch", roles=["operator"])}
        self.cookies = {kind: dict(person.cookies) for kind, person in self.people.items()}

    def of(self, kind):
        if kind in self.people:
            person = self.people[kind]
            person.url = person.origin = self.rig.url
            person.cookies = dict(self.cookies[kind])
            return person
        return Caller(self.rig.url, self.keys.get(kind))

    def allowed(self, operation):
        may = who_may(operation)
        return self.of(next(kind for kind in ("staff", *sorted(may)) if kind in may))


# ---- tests -------------------------------------------------------------------------------------

@test
def same_routes():
    """each route is described, and nothing is described that is no route"""
    with WebRig() as rig:
        told = subprocess.run([rig.program("rollcall-web"), "--routes"], capture_output=True, text=True, check=True).stdout
    equal(sorted("%s %s" % (m.upper(), p) for m, p, _ in operations()), sorted(told.splitlines()))


def enums_of_code(value):
    if isinstance(value, list):
        return {word for one in value for word in enums_of_code(one)}
    if not isinstance(value, dict):
        return set()
    words = set(value["code"].get("enum", [])) if isinstance(value.get("code"), dict) else set()
    return words | enums_of_code(list(value.values()))


@test
def same_words():
    """each word that a problem can have is described with the routes that have it, and no other"""
    source = ""
    for path in glob.glob(os.path.join(ROOT, "src", "web", "*.c")):
        with open(path, encoding="utf-8") as text:
            source += text.read()
    said = set(re.findall(r'(?:answer_problem|answer_report|doors_refuse)\(\s*\w+, \w+,\s*"(\w+)"', source))
    said |= set(re.findall(r'(?:refuse\(\s*&?r|ask_to_sign_in\(v), "(\w+)"', source))
    equal(enums_of_code(DOC), said - {"method_not_allowed"}, "words")


@test
def valid():
    """a public validator finds the description good, and its examples keep to its schemas"""
    node(SOURCE)


@test
def served():
    """the description is served as it stands in the source, has a version, and may be kept by anybody"""
    with web_start(worker=False) as rig:
        answer = rig.caller().get("/v1/openapi.json")
        equal((answer.status, answer.headers["Content-Type"], answer.json), (200, "application/json", DOC))
        check(answer.headers["Cache-Control"].startswith("public"), "public caching")
        again = rig.caller().get("/v1/openapi.json", **{"If-None-Match": answer.headers["ETag"]})
        equal((again.status, again.body, again.headers["Cache-Control"]), (304, b"", answer.headers["Cache-Control"]))
        equal(rig.caller().get("/v1/openapi.json", **{"If-None-Match": '"other"'}).status, 200)
        equal(rig.caller().get("/assets/openapi.json").status, 404)


@test
def who():
    """who may ask for what is as described, for nobody, staff of each role and a key of each scope"""
    with begin() as rig:
        callers = Callers(rig)
        witness = Witness()
        for method, path, operation in operations():
            for kind in sorted(KINDS):
                # Without a session only an administrator who consented comes back from Microsoft.
                query = "?admin_consent=True" if path == "/staff/connected" else ""
                answer = witness.ask(callers.of(kind), method, path, {} if method in ("post", "put") else None, query)
                kept_out = word_of(answer) in KEPT_OUT
                equal(kept_out, not {kind, "nobody"} & who_may(operation), "%s is kept out of %s %s (%d %s)" % (
                    kind, method, path, answer.status, answer.text[:100]))


@test
def tokens():
    """what staff change needs the token exactly where it is described"""
    with begin() as rig:
        callers = Callers(rig)
        witness = Witness()
        for method, path, operation in operations():
            if set(ROLES.values()) & who_may(operation):
                described = any("csrf" in one for one in operation["security"])
                answer = witness.ask(callers.allowed(operation), method, path, {} if method in ("post", "put") else None,
                                     X_CSRF_Token=None)
                equal(word_of(answer) == "csrf_token", described, "%s %s" % (method, path))


# ---- every status --------------------------------------------------------------------------------

def what_works(w, rig, callers):
    """Everything from the ticket to the summary."""
    for path in ("/healthz", "/readyz", "/metrics"):
        w.good(rig.caller(), "get", path)
    whole = w.good(rig.caller(), "get", "/v1/openapi.json")
    w.good(rig.caller(), "get", "/v1/openapi.json", If_None_Match=whole.headers["ETag"])
    w.good(rig.browser(), "get", "/staff/enter", query="?to=/staff/settings&ticket=" + ticket())
    w.good(rig.browser(), "post", "/v1/session", {"ticket": ticket()})
    staff, reader, sender = callers.of("staff"), callers.of("read"), callers.of("enqueue")
    w.good(staff, "get", "/v1/me")
    for path in ("/staff/teams", "/staff/settings", "/console", "/console/group", "/console/act", "/console/{section}", "/ops"):
        viewer = staff if path.startswith("/staff") else callers.of("admin")
        page = w.good(viewer, "get", path)
        w.good(viewer, "get", path, If_None_Match=page.headers["ETag"])
    w.good(rig.caller(), "get", "/assets/{file}", file=re.search(r"/assets/([\w.]+css)", page.text).group(1))
    classes(w, rig, staff, reader, sender)
    jobs(w, rig, staff, reader, sender)
    console(w, rig, callers.of("admin"), staff)
    console_jobs(w, rig, callers.of("admin"))
    console_by_hand(w, rig, callers.of("admin"))
    rosters(w, rig, callers.of("admin"), sender)
    connections(w, rig, staff)
    w.good(reader, "get", "/v1/queue")
    w.good(callers.of("operator"), "get", "/v1/queue")
    w.good(staff, "delete", "/v1/session")


def classes(w, rig, staff, reader, sender):
    cls = class_of(3)
    w.good(sender, "put", "/v1/schools/{school}/classes/{class}", cls)
    w.good(staff, "get", "/v1/classes")
    w.good(staff, "get", "/v1/classes/{class}")
    w.good(staff, "get", "/v1/classes/{class}/learners")
    w.good(reader, "get", "/v1/classes", query="?school=green-hill")
    w.good(reader, "get", "/v1/classes/{class}", query="?school=green-hill")
    w.good(reader, "get", "/v1/classes/{class}/learners", query="?school=green-hill", Accept="text/csv")
    rig.end(rig.workers[0])
    rig.redis("DEL", rig.key("alive"))
    equal(w.good(sender, "put", "/v1/schools/{school}/classes/{class}", dict(cls, id="8C"), **{"class": "8C"}).status, 202)
    w.good(staff, "get", "/v1/me")
    waits = w.good(staff, "post", "/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}}).json["id"]
    w.good(staff, "get", "/v1/jobs/{job}", job=waits)
    rig.start_worker(name="worker-2")
    equal(rig.ended(waits)["state"], "done")


def jobs(w, rig, staff, reader, sender):
    sync = {"type": "sync-learners", "class": {"id": "8B-2026"}}
    done = w.good(staff, "post", "/v1/jobs", sync).json["id"]
    w.good(staff, "get", "/v1/classes")
    rig.ended(done)
    record = w.good(staff, "get", "/v1/jobs/{job}", job=done)
    w.good(staff, "get", "/v1/jobs/{job}", job=done, If_None_Match=record.headers["ETag"])
    w.good(reader, "get", "/v1/jobs/{job}", job=done, query="?wait=0&rev=%d" % record.json["rev"])
    w.good(staff, "get", "/v1/jobs/{job}/learners", job=done)
    w.good(reader, "get", "/v1/jobs/{job}/learners", job=done, Accept="text/csv")
    later = dict(sync, v=1, school="green-hill", id="later", requested_by="staff-1", at=4102444800000)
    w.good(sender, "post", "/v1/jobs", later)
    joins = w.good(sender, "post", "/v1/jobs", dict(later, id="joins", at=0)).json
    w.good(reader, "get", "/v1/jobs/{job}", job=joins["id"])
    w.good(sender, "post", "/v1/jobs/{job}/cancel", {"requested_by": "staff-1"}, job="later")
    rig.ended("later")
    w.good(staff, "post", "/v1/jobs/{job}/cancel", job="later")
    w.good(staff, "get", "/v1/jobs/{job}", job="later")
    w.good(staff, "get", "/v1/classes")


ACT = "/v1/console/groups/{class}/{action}"


def console(w, rig, admin, staff):
    """Set-up, groups, names, reports, the year."""
    school = rig.key("school:green-hill")
    for caller in (admin, staff):
        w.good(caller, "get", "/v1/console")
        w.good(caller, "get", "/v1/console/groups", query="?q=8b&kind=registration&state=in")
        w.good(caller, "get", "/v1/console/groups/{class}")
    w.good(admin, "put", "/v1/console/settings", {"kinds": ["year"], "night": "off", "opens": "2026-01-14", "exclude": {"names": ["BUSY:*"]}})
    w.good(admin, "post", "/v1/console/consent")
    for path in ("names", "report", "runs", "drift", "matches", "history", "year"):
        w.good(admin, "get", "/v1/console/" + path)
    w.good(admin, "get", "/v1/console/history", query="?class=8B-2026", Accept="text/csv")
    run = w.good(admin, "post", "/v1/console/runs", {"preview": True}).json["id"]
    rig.ended(run)
    w.good(admin, "get", "/v1/console/runs/{run}", run=run)
    for path in ("", "/runs", "/report"):
        w.good(admin, "get", "/v1/console" + path)
    rig.redis("HSET", school, "current_year", "2027")
    w.good(admin, "get", "/v1/console/year")
    closing = {"classes": ["8B-2026"], "actions": ["rename"], "preview": True}
    rig.ended(w.good(admin, "post", "/v1/console/year", closing).json["jobs"][0]["id"])
    w.bad(422, "bad_action", admin, "post", "/v1/console/year", dict(closing, actions=["burn"]))
    rig.redis("HSET", school, "current_year", "2026")
    w.bad(409, "not_offered", admin, "post", "/v1/console/year", closing)
    rig.redis("HDEL", school, "tenant_id")
    w.bad(409, "no_tenant", admin, "post", "/v1/console/consent")
    w.bad(409, "consent_missing", admin, "put", "/v1/console/settings", {"night": "nightly"})
    w.bad(409, "consent_missing", admin, "post", ACT, {})
    w.bad(409, "consent_missing", admin, "post", "/v1/console/runs", {})
    rig.school("green-hill")


def console_jobs(w, rig, admin):
    """What is asked for of a group, and how it gets on."""
    job = "/v1/console/jobs/{job}"
    done = w.good(admin, "post", ACT, {}, action="preview").json["id"]
    rig.ended(done)
    record = w.good(admin, "get", job, job=done)
    w.good(admin, "get", job, job=done, If_None_Match=record.headers["ETag"])
    w.good(admin, "get", job + "/learners", job=done)
    w.good(admin, "get", job + "/learners", job=done, Accept="text/csv")
    w.good(admin, "post", job + "/cancel", job=done)
    w.bad(400, "bad_parameter", admin, "get", job, query="?wait=x", job=done)
    for method, path in (("get", job), ("get", job + "/learners"), ("post", job + "/cancel")):
        w.bad(404, "not_found", admin, method, path)
    w.bad(404, "not_found", admin, "get", "/v1/console/runs/{run}")
    w.bad(404, "not_found", admin, "get", "/v1/console/groups/{class}", **{"class": "9Z"})
    w.bad(404, "not_found", admin, "post", ACT, {}, **{"class": "9Z"})
    w.bad(422, "confirm_mismatch", admin, "post", ACT, {"confirm": "8"}, action="delete")
    w.bad(422, "bad_action", admin, "post", "/v1/console/runs", {"plan": "x" * 90})
    for path in ("groups", "history"):
        w.bad(400, "bad_parameter", admin, "get", "/v1/console/" + path, query="?kind=club&after=x")
    for method, path in (("put", "/v1/console/settings"), ("post", ACT), ("post", "/v1/console/runs"), ("post", "/v1/console/year"),
                         ("post", "/v1/console/groups/{class}/exceptions"), ("put", "/v1/console/matches/{learner}")):
        w.bad(400, "bad_json", admin, method, path, "[")
    w.bad(422, "bad_setting", admin, "put", "/v1/console/settings", {"night": "now and then"})


def rosters(w, rig, admin, sender):
    """A roster as a zip: taken, wrong, at a bad moment, of nobody."""
    roster = (sender, "post", "/v1/rosters/{school}", zip_bytes(school_roster()), "?today=2026-11-22")
    w.good(*roster)
    w.good(admin, *roster[1:])
    w.good(admin, "get", "/v1/console")
    w.bad(422, "roster_refused", *roster[:3], b"no zip")
    w.bad(400, "no_roster", *roster[:3])
    w.bad(404, "unknown_school", *roster, school="nowhere")
    rig.redis("SET", rig.key("roster:green-hill:lock"), "{}", "EX", 100)
    w.bad(409, "import_under_way", *roster)
    rig.redis("DEL", rig.key("roster:green-hill:lock"))


def console_by_hand(w, rig, admin):
    """What somebody decides of a person, until there is no room for more."""
    stranger = "6f0c6a52-41d0-4a1c-9a53-0a7b3c0f9d21"
    exceptions = (admin, "post", "/v1/console/groups/{class}/exceptions")
    match = (admin, "put", "/v1/console/matches/{learner}")
    w.good(*exceptions, {"user_id": stranger, "kind": "keep", "name": "An assistant"})
    w.good(*match, {"address": "thabo.m@school.example"})
    w.good(admin, "get", "/v1/console/matches")
    w.good(admin, "get", "/v1/console/history")
    w.good(admin, "get", "/v1/console/groups/{class}")
    w.bad(404, "not_found", *exceptions, {"user_id": stranger, "kind": "keep"}, **{"class": "9Z"})
    w.bad(422, "bad_exception", *exceptions, {"user_id": stranger, "kind": "for ever"})
    w.bad(422, "bad_match", *match, {"address": "nobody"})
    for key, most in (("exceptions:green-hill:8B-2026", 1000), ("matches:green-hill", 5000)):
        rig.redis("HSET", rig.key(key), *(word for n in range(most) for word in ("x%d" % n, "{}")))
    w.bad(409, "too_many", *exceptions, {"user_id": "one more", "kind": "keep"})
    w.bad(409, "too_many", *match, {"address": "x@school.example"}, learner="one-more")
    rig.redis("DEL", rig.key("exceptions:green-hill:8B-2026"), rig.key("matches:green-hill"))


def connections(w, rig, staff):
    w.good(staff, "get", "/v1/connection")
    w.bad(409, "connected_as_whole", staff, "post", "/v1/connection")
    w.good(rig.caller(), "get", "/staff/connected", query="?admin_consent=True")
    rig.school("green-hill", auth="delegated")
    location = w.good(staff, "post", "/v1/connection").json["location"]
    back = urllib.parse.urlsplit(at_microsoft(location, "teacher1"))
    w.good(staff, "get", "/staff/connected", query="?" + back.query)
    equal(w.good(staff, "get", "/v1/connection").json["state"], "connected")
    w.good(staff, "get", "/v1/me")
    w.good(staff, "delete", "/v1/connection")
    equal(w.good(staff, "get", "/v1/connection").json["state"], "none")


def what_is_wrong(w, rig, callers):
    """Tickets, bodies, parameters, places, schools."""
    anybody, staff, sender, reader = rig.browser(), callers.of("staff"), callers.of("enqueue"), callers.of("read")
    for status, word, text in ((401, "ticket_forged", ticket(key="another secret, as long as it has to be")),
                               (401, "ticket_missing", ""), (401, "ticket_unreadable", "x"),
                               (401, "ticket_expired", ticket(exp=1)), (403, "no_sso", ticket(sso=False)),
                               (403, "unknown_school", ticket(school="nowhere"))):
        w.bad(status, word, anybody, "post", "/v1/session", {"ticket": text})
        w.bad(status, word, anybody, "get", "/staff/enter", query="?ticket=" + text)
    for caller, method, path in ((anybody, "post", "/v1/session"), (staff, "post", "/v1/jobs"),
                                 (sender, "put", "/v1/schools/{school}/classes/{class}"),
                                 (sender, "post", "/v1/jobs/{job}/cancel")):
        w.bad(400, "bad_json", caller, method, path, "[", job="later")
    w.bad(400, "bad_parameter", staff, "get", "/v1/jobs/{job}", query="?wait=x", job="later")
    for path in ("/v1/classes", "/v1/classes/{class}", "/v1/classes/{class}/learners"):
        w.bad(400, "school_missing", reader, "get", path)
    for method, path in (("get", "/v1/classes/{class}"), ("get", "/v1/classes/{class}/learners"), ("get", "/v1/jobs/{job}"),
                         ("get", "/v1/jobs/{job}/learners"), ("post", "/v1/jobs/{job}/cancel")):
        w.bad(404, "not_found", staff, method, path, **{"class": "9Z"})
    w.bad(404, "not_found", staff, "post", "/v1/jobs", {"type": "create-team", "class": {"id": "9Z"}})
    w.bad(404, "not_found", anybody, "get", "/assets/{file}")
    w.bad(404, "not_found", callers.of("admin"), "get", "/console/{section}", section="cellar")
    w.bad(422, "bad_envelope", sender, "post", "/v1/jobs", {"v": 1})
    w.bad(422, "unknown_type", staff, "post", "/v1/jobs", {"type": "delete-class", "class": {"id": "8B-2026"}})
    w.bad(422, "bad_name", sender, "post", "/v1/jobs/{job}/cancel", {"requested_by": ""}, job="later")
    put = (sender, "put", "/v1/schools/{school}/classes/{class}")
    w.bad(422, "bad_envelope", *put, {"learners": [{}]})
    w.bad(422, "unknown_school", *put, {"name": "8B"}, school="nowhere")
    w.bad(401, "session_over", anybody, "get", "/staff/connected", query="?code=x&state=y")
    w.bad(403, "not_allowed", anybody, "get", "/metrics", X_Forwarded_For="203.0.113.9")


def everywhere(w, rig, callers):
    """What any route may answer: a key that is none, not for you, too long."""
    stranger = Caller(rig.url, "rollcall_nobody")
    for method, path, operation in operations():
        said = operation["responses"]
        w.bad(401, "unknown_key", stranger, method, path)
        for kind in KINDS - who_may(operation) - {"nobody"}:
            if "nobody" not in who_may(operation):
                w.ask(callers.of(kind), method, path, {} if "requestBody" in operation else None)
        if "413" in said:
            equal(w.ask(callers.of("nobody"), method, path, LONG, Transfer_Encoding="chunked").status, 413)


def start_anew(rig, name, **settings):
    rig.end(rig.web, signal.SIGKILL)
    rig.start_web(name, **settings)


def too_often(w, rig, callers):
    """Once a second, ten at a blow, then no more."""
    start_anew(rig, "strict", ROLLCALL_WEB_KEY_RATE="1")
    reader = callers.of("read")
    while reader.get("/healthz").status == 200:
        pass
    for method, path, _ in operations():
        w.bad(429, "too_often", reader, method, path)


def no_redis(w, rig, callers):
    """A process that has never reached Redis, and somebody who is on the way back from Microsoft."""
    start_anew(rig, "last")
    staff = callers.of("staff")
    location = staff.post("/v1/connection").json["location"]
    state = parameters(location)["state"]
    callers.cookies["staff"] = dict(staff.cookies)
    rig.end(rig.workers[-1])
    rig.end(rig.redis_process)
    start_anew(rig, "lonely")
    queries = {"/staff/enter": "?ticket=" + ticket(), "/staff/connected": "?code=x&state=" + state}

    def ask(asked):
        method, path, operation = asked
        caller = copy.copy(callers.allowed(operation))
        query = queries.get(path, "?school=green-hill")
        body = example(operation) if path != "/v1/session" else {"ticket": ticket()}
        if "503" in operation["responses"]:
            answer = w.ask(caller, method, path, body, query)
            words = ("store_unreachable",) if method == "get" else ("store_unreachable", "unconfirmed")
            check(answer.status == 503 and word_of(answer) in words, "%s %s: %s" % (method, path, answer.text[:200]))
        else:
            check(w.ask(caller, method, path, body).status < 500, path)
    with concurrent.futures.ThreadPoolExecutor(30) as at_once:
        list(at_once.map(ask, operations()))


@test
def every_status():
    """each status that is described happens, and every answer is as it is described"""
    w = Witness()
    with begin() as rig:
        callers = Callers(rig)
        for part in (what_works, what_is_wrong, everywhere, too_often, no_redis):
            part(w, rig, callers)
        w.describes(rig)
    happened = {(one["method"], one["path"], str(one["status"])) for one in w.seen}
    equal([x for x in ((m, p, status) for m, p, o in operations() for status in o["responses"]) if x not in happened], [],
          "what is described and never happened")
    return "%d answers" % len(w.seen)


sys.exit(test.main(sys.argv[1:]))
