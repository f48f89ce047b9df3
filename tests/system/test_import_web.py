#!/usr/bin/env python3
"""A roster is sent to rollcall-web as a zip. usage: test_import_web.py [WORDS...]"""
import concurrent.futures
import os
import resource
import signal
import socket
import subprocess
import sys
import urllib.parse
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Skip, Suite, check, equal, has, wait_for  # noqa: E402
from roster_files import school_roster, texts, zip_bytes  # noqa: E402
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


@suite
def unreached():
    """of a roster that was sent while Redis is away it is not known whether it was taken; of one that was only to be looked at it is"""
    with Rig().begin() as rig:
        writer, files = rig.caller("writer"), school_roster(classes=3)
        rig.end(rig.redis_process, signal.SIGKILL)
        for query, word in (("", "unconfirmed"), ("&dry_run=1", "store_unreachable")):
            answer = rig.send(writer, files, query)
            equal((answer.status, answer.word), (503, word))


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


# ---- how much memory it may take ----------------------------------------------------------------

def greedy(path, megabytes):
    """A zip of a roster whose people have long names, which are kept: so much memory at least."""
    made = texts(school_roster())
    row = "g%%d,,,true,s1,student,g%%d,,%s,%s,,,,,,,08,\r\n" % ("a" * 990, "b" * 990)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for name, text in made.items():
            with z.open(name, "w") as f:
                f.write(text.encode())
                for n in range(megabytes * 500 if name == "users.csv" else 0):
                    f.write((row % (n, n)).encode())
    return path


def is_watched(rig):
    """Whether a sanitizer is in the program: then there is no bound."""
    with open(rig.program("rollcall"), "rb") as f:
        return b"__asan_init" in f.read()


def data_bytes(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith("VmData")).split()[1]) << 10


@suite
def short_of_memory():
    """a roster that takes more memory than it may is refused with a report that says so, and the last set stays in force"""
    with Rig().begin() as rig:
        if is_watched(rig):
            raise Skip("a sanitizer's shadow has no bound")
        writer = rig.caller("writer")
        equal(rig.send(writer, school_roster()).status, 202)
        before = rig.in_force()
        bound = data_bytes(rig.web.pid) + (64 << 20)
        resource.prlimit(rig.web.pid, resource.RLIMIT_DATA, (bound, resource.RLIM_INFINITY))
        with open(greedy(rig.path("greedy.zip"), bound >> 20), "rb") as f:
            answer = rig.send(writer, f.read())
        equal((answer.status, answer.word), (422, "roster_refused"), answer.text[:400])
        has(answer.json["detail"], "more than the %d MiB of memory" % (bound >> 20), "stays in force")
        equal([one["word"] for one in answer.json["report"]["faults"]["faults"]], ["too_large"])
        has(rig.redis("LINDEX", rig.key("audit:*"), 0), '"what":"roster_refused"')
        now = rig.in_force()
        for name in ("roster:%s:lock" % SCHOOL,):  # of a dead one; it lets go after two minutes
            now.pop(name, None)
        equal(sorted(k for k in {*now, *before} if now.get(k) != before.get(k)), [], "what is not as it was")
        rig.redis("DEL", rig.key("roster:%s:lock" % SCHOOL))
        equal(rig.send(writer, school_roster()).json["verdict"], "unchanged")


@suite
def the_bound():
    """what reads a roster that was sent has a bound of a gigabyte, or the smaller one that it was given; what is named by its owner has none"""
    with RosterRig().begin(worker=False) as rig:
        if is_watched(rig):
            raise Skip("a sanitizer's shadow has no bound")
        path = greedy(rig.path("set.zip"), 50)

        def bound_of(where, given=resource.RLIM_INFINITY):
            """The last that is seen of it while the set is read."""
            seen = None
            with open(path, "rb") as f:
                reads = subprocess.Popen([rig.program("rollcall"), "import", SCHOOL, where, "--json", "--today", TODAY],
                                         stdin=f, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         env=dict(os.environ, **rig.settings()),
                                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (given, given)))
                while reads.poll() is None:
                    seen = resource.prlimit(reads.pid, resource.RLIMIT_DATA)[0]
            return seen

        equal(bound_of("/proc/self/fd/0"), 1 << 30)
        equal(bound_of("/proc/self/fd/0", 256 << 20), 256 << 20)
        equal(bound_of(path), resource.RLIM_INFINITY)


sys.exit(suite.main(sys.argv[1:]))
