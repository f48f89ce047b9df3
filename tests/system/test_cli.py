#!/usr/bin/env python3
"""rollcall, command by command, against a Redis of its own. There is no worker: records are
written here as a worker would write them.

usage: test_cli.py [WORDS...]        ROLLCALL_BIN says which program (default: that of the build)
"""
import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import ROOT, Rig, Suite, check, equal, wait_for  # noqa: E402

suite = Suite()
rig = Rig()
COUNTS = ("added", "already_member", "failed", "unresolved", "removed", "removal_failed")


class Anything(BaseHTTPRequestHandler):
    """Stands in for Microsoft: any answer shows that it is reachable."""

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass


server = HTTPServer(("127.0.0.1", 0), Anything)
threading.Thread(target=server.serve_forever, daemon=True).start()
MICROSOFT = "http://127.0.0.1:%d" % server.server_address[1]


def program():
    return os.environ.get("ROLLCALL_BIN") or rig.program("rollcall")


def environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    env.update({"ROLLCALL_CONF": os.devnull, "ROLLCALL_REDIS_URL": "unix://" + rig.socket,
                "ROLLCALL_GRAPH_ROOT": MICROSOFT, "ROLLCALL_GRAPH_AUTHORITY": MICROSOFT,
                "LANG": "C.UTF-8", "TZ": "UTC"})
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def rollcall(*words, status=0, stdin="", **more):
    """Runs a command, checks its exit status (None: any), gives standard output and error."""
    got = subprocess.run([program(), *words], env=environment(**more), input=stdin.encode(),
                         capture_output=True, timeout=30)
    out, err = got.stdout.decode(), got.stderr.decode()
    if status is not None and got.returncode != status:
        raise AssertionError("%s ended %d, want %d\n%s%s" % (words, got.returncode, status, out, err))
    return out, err


def has(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError("%r is not in\n%s" % (part, text))


def has_not(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError("%r is in\n%s" % (part, text))


def fresh():
    rig.redis("FLUSHALL")


def now():
    return int(time.time() * 1000)


def online():
    rig.redis("SET", rig.key("alive"), "w1", "EX", 15)


def job(id, state, **fields):
    """A record as a worker leaves it."""
    record = dict(rev=3, state=state, type="sync-learners", school="green-hill", requested_by="staff-17",
                  queued_at=now() - 5000, updated_at=now(), attempt=1, crashes=0, order=1)
    record["class"] = "8B-2026"
    record.update(fields)
    rig.redis("HSET", rig.key("job:" + id), *[w for pair in record.items() for w in pair])


def ended(id, state="done", **fields):
    job(id, state, started_at=now() - 4000, finished_at=now(), **fields)
    rig.redis("RPUSH", rig.key("finished"), "%d:%s" % (now(), id))


def row(id, learner, name, outcome, reason="", detail=""):
    rig.redis("RPUSH", rig.key("job:%s:learners" % id), json.dumps({
        "learner": learner, "name": name, "email": learner + "@green-hill.example", "outcome": outcome,
        "reason": reason, "detail": detail, "user_id": "u-" + learner, "at": 1760000000000}))


def inbox():
    return [json.loads(e) for e in rig.redis("LRANGE", rig.key("inbox"), 0, -1)]


def mixed(id="J1"):
    """A run with one of each."""
    row(id, "L1", "Zoë Grové", "added")
    row(id, "L2", "Nomvula Dlamini", "already_member")
    row(id, "L3", "Thabo Mokoena", "failed", "add_failed", "Microsoft answered 500")
    row(id, "L4", "Ané Môre", "unresolved", "no_account")
    row(id, "L5", "Sipho kaNgcobo", "unresolved", "no_email")
    row(id, "", "Piet Hand", "removed", "added_by_hand")
    ended(id, done=6, total=6, added=1, already_member=1, failed=1, unresolved=2, removed=1, removal_failed=0)


# ---- the command line -----------------------------------------------------------------------

@suite
def help_is_the_table():
    """help lists every command, and each command's pattern on request"""
    out, _ = rollcall("help")
    for word in ("enqueue", "show", "watch", "cancel", "learners", "queue", "jobs", "class", "school set",
                 "doctor", "config"):
        has(out, word)
    has(rollcall("help", "school", "set")[0], "rollcall school set SCHOOL [--name NAME]")
    has(rollcall("enqueue", "--help")[0], "--school SCHOOL")
    check(re.match(r"rollcall [0-9.]+\n$", rollcall("--version")[0]), "a version")


@suite
def help_fits_and_explains():
    """help and usage fit 80 columns, and each value and option of every command is explained"""
    for command in ("enqueue", "show", "watch", "cancel", "learners", "queue", "top", "pause", "resume", "dead", "audit",
                    "bad", "jobs", "class", "school", "doctor", "config", "help"):
        out, _ = rollcall("help", command)
        check(max(map(len, out.splitlines())) <= 80, "help of %s in 80 columns" % command)
        for pattern, explained in re.findall(r"^(rollcall .*(?:\n {8}.*)*)\n {4}.*\n((?:    .*\n)*)", out, re.M):
            for name in re.findall(r"--[a-z-]+|(?<![A-Z-])(?<!--)\b[A-Z]{3,}\b", re.sub(r"(--[a-z-]+) [A-Z]+", r"\1", pattern)):
                check(re.search(r"^ {4}%s\b" % re.escape(name), explained, re.M), "%s of %s explained" % (name, pattern))
    check(max(map(len, rollcall("help")[0].splitlines())) <= 80, "help in 80 columns")
    _, err = rollcall("enqueue", "sync-learners", status=2)
    check(max(map(len, err.splitlines())) <= 80, "usage in 80 columns")


@suite
def bad_usage_is_2():
    """a command line that is off ends 2 and says what is off, and how it goes"""
    for words, part in (((), "usage: rollcall"), (("nonsense",), "no command nonsense"),
                        (("show",), "JOB is missing"), (("show", "a", "b"), "one word too many"),
                        (("show", "a", "--csv"), "--csv is no option here"),
                        (("enqueue", "sync-learners"), "--school is missing"),
                        (("school",), "rollcall school list"), (("-x",), "-x is no option"),
                        (("help", "nonsense"), "no command nonsense"),
                        (("learners", "J", "--csv", "--json"), "not both"),
                        (("jobs", "--state", "gone"), "queued, running, waiting, done, failed, cancelled or joined"),
                        (("jobs", "--state", "run"), "queued, running"), (("config",), "--check and --example"),
                        (("jobs", "--limit", "0"), "1 to 1000"), (("queue", "--limit", "x"), "1 to 50"),
                        (("school", "set", "a:b", "--name", "x"), "no colon"),
                        (("school", "set", "a"), "nothing to set"),
                        (("school", "set", "a", "--auth", "magic"), "app or delegated"),
                        (("school", "set", "a", "--enable", "--disable"), "not both")):
        has(rollcall(*words, status=2)[1], part)


@suite
def redis_away_is_3():
    """without Redis every command ends 3 at once and says where it looked"""
    for words in (("queue",), ("show", "J"), ("watch", "J"), ("jobs",), ("school", "list"),
                  ("enqueue", "t", "--school", "s", "--class", "c")):
        started = time.monotonic()
        _, err = rollcall(*words, status=3, ROLLCALL_REDIS_URL="unix:///nowhere/redis.sock")
        has(err, "Redis cannot be reached", "/nowhere/redis.sock")
        check(time.monotonic() - started < 2, "an answer within 2 s")


@suite
def a_bad_setting_is_named():
    """a settings file that is wrong is named with line, and nothing is asked of Redis"""
    with open(rig.path("bad.conf"), "w") as f:
        f.write("[queue]\nlease_ms = soon\n")
    _, err = rollcall("-c", rig.path("bad.conf"), "queue", status=2)
    has(err, "bad.conf", "lease_ms", "1000 to 60000")
    has(rollcall("-c", rig.path("bad.conf"), "config", "--check", status=1)[1], "lease_ms")
    has(rollcall("config", "--check")[0], "right")
    has(rollcall("config", "--example")[0], "[queue]", "# lease_ms = 6000")
    rollcall("config", status=2)


@suite
def a_start_is_tried_without_starting():
    """rollcalld --check refuses what a start would: secret, certificate and key, address of Redis, authorities"""
    folder, secret = rig.path("folder"), rig.path("client-secret")
    os.makedirs(folder, exist_ok=True)
    with open(secret, "w") as f:
        f.write("hush\n")

    def checked(status, *parts, **settings):
        done = subprocess.run([rig.program("rollcalld"), "--check"], env=environment(**settings), capture_output=True,
                              text=True, timeout=10)
        equal(done.returncode, status, "status with %s (%s)" % (settings, done.stderr))
        has(done.stdout + done.stderr, *parts)

    app = {"ROLLCALL_APP_CLIENT_ID": "x", "ROLLCALL_APP_CLIENT_SECRET_FILE": secret}
    checked(0, "is good", **app)
    checked(0, "is good", "warning: app.client_id is empty", ROLLCALL_APP_CLIENT_SECRET_FILE=secret)
    checked(0, "is good", "warning: [app] is empty")
    checked(1, "client_secret_file", ROLLCALL_APP_CLIENT_ID="x")
    checked(1, "/nowhere/secret", "No such file", ROLLCALL_APP_CLIENT_SECRET_FILE="/nowhere/secret")
    checked(1, folder, ROLLCALL_APP_CLIENT_SECRET_FILE=folder)
    checked(1, "/nowhere/c.pem", ROLLCALL_APP_CERTIFICATE_FILE="/nowhere/c.pem", ROLLCALL_APP_KEY_FILE=secret)
    checked(1, "/nowhere/ca.pem", ROLLCALL_GRAPH_CA_FILE="/nowhere/ca.pem", **app)
    checked(0, "is good", ROLLCALL_REDIS_URL="unix://worker:hush%40me@/run/redis.sock", **app)
    for url, part in (("rediss://h:99999", "redis url"), ("sentinel://h:26379", "sentinel://host:port"),
                      ("redis://h:99999", "1 to 65535"), ("redis://h:6379/x", "database"),
                      ("unix://worker:hush@", "unix:///path")):
        checked(1, part, ROLLCALL_REDIS_URL=url, **app)
        _, err = rollcall("config", "--check", status=1, ROLLCALL_REDIS_URL=url)
        has(err, part)


# ---- what is installed -------------------------------------------------------------------------

@suite
def an_installation_is_whole():
    """make install puts all in place, twice if need be, and overwrites nothing in /etc"""
    folder, build = rig.path("image"), os.environ.get("BUILD", "build")
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}

    def install():
        done = subprocess.run(["make", "-s", "install", "DESTDIR=" + folder, "prefix=/usr", "BUILD=" + build], cwd=ROOT,
                              env=env, capture_output=True, text=True)
        equal(done.returncode, 0, "make install: " + done.stderr)

    def text(path):
        with open(folder + path, encoding="utf-8") as f:
            return f.read()

    install()
    for path in ("/etc/rollcall/rollcall.conf", "/etc/rollcall/redis.conf", "/etc/rollcall/users.acl",
                 "/usr/bin/rollcalld", "/usr/bin/rollcall", "/usr/share/man/man1/rollcall.1",
                 "/usr/share/man/man5/rollcall.conf.5", "/usr/share/man/man7/rollcall-queue.7",
                 "/usr/share/man/man8/rollcalld.8", "/usr/lib/sysusers.d/rollcall.conf",
                 "/usr/lib/tmpfiles.d/rollcall.conf"):
        check(os.path.isfile(folder + path), path + " installed")
    equal(os.stat(folder + "/etc/rollcall/users.acl").st_mode & 0o777, 0o640, "who reads the passwords")
    unit = text("/usr/lib/systemd/system/rollcalld.service")
    has(unit, "ExecStart=/usr/bin/rollcalld")
    equal(re.findall("^LoadCredential=(.*)$", unit, re.M), ["client-secret:/etc/rollcall/client-secret"],
          "files without which systemd does not start it")
    for name in ("rollcall.conf", "redis.conf", "users.acl"):
        with open(folder + "/etc/rollcall/" + name, "w", encoding="utf-8") as f:
            f.write("# ours\n")
    install()
    for name in ("rollcall.conf", "redis.conf", "users.acl"):
        equal(text("/etc/rollcall/" + name), "# ours\n", name)


@suite
def the_contract_is_in_the_manual():
    """rollcall-queue(7) names every state, outcome, reason and error code that rollcall knows"""
    with open(os.path.join(ROOT, "src", "base", "reasons.c"), encoding="utf-8") as f:
        words = set(re.findall(r'^    \{"([a-z_]+)",', f.read(), re.M))
    check(len(words) > 35, "many words")
    with open(os.path.join(ROOT, "src", "man", "rollcall-queue.7"), encoding="utf-8") as f:
        manual = set(re.findall(r"[a-z_]+", f.read()))
    equal(sorted(words - manual), [], "words that the manual lacks")


# ---- enqueue ----------------------------------------------------------------------------------

@suite
def enqueue_pushes_an_envelope():
    """enqueue pushes one envelope with a fresh id, which it prints"""
    fresh()
    out, err = rollcall("enqueue", "sync-learners", "--school", "green-hill", "--class", "8B-2026")
    has(err, "no worker is online")
    (envelope,) = inbox()
    equal(out, envelope["id"] + "\n", "what is printed")
    check(re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", envelope["id"]), "an id of 26")
    equal(envelope["class"], {"id": "8B-2026"})
    equal((envelope["v"], envelope["type"], envelope["school"], envelope["priority"]),
          (1, "sync-learners", "green-hill", "interactive"))
    check(envelope["requested_by"].startswith("rollcall:"), "a name for who asked")
    check("at" not in envelope and "options" not in envelope, "nothing that was not given")


@suite
def enqueue_takes_all_it_is_given():
    """enqueue carries class file, time, priority, options, requester and id"""
    fresh()
    online()
    cls = {"id": "8B-2026", "name": "8B Wêreld", "learners": [{"id": "L1", "name": "Zoë"}]}
    with open(rig.path("class.json"), "w") as f:
        json.dump(cls, f)
    out, err = rollcall("enqueue", "sync-learners", "--school", "green-hill", "--file", rig.path("class.json"),
                        "--at", "2026-11-22T10:42Z", "--background", "--dry-run", "--approve-removals",
                        "--requested-by", "staff-17", "--id", "my-id.1")
    equal((out, err), ("my-id.1\n", ""), "what is said")
    (envelope,) = inbox()
    equal(envelope, {"v": 1, "id": "my-id.1", "type": "sync-learners", "school": "green-hill",
                     "requested_by": "staff-17", "priority": "background", "at": 1795344120000, "class": cls,
                     "options": {"dry_run": True, "approve_removals": True}})
    rollcall("enqueue", "register", "--school", "green-hill", "--file", "-", stdin=json.dumps(cls))
    equal(inbox()[1]["class"], cls, "the class from standard input")


@suite
def enqueue_refuses_what_the_worker_would():
    """a wrong file or envelope is refused before it is pushed, naming file, place and rule"""
    fresh()

    def refused(text, *parts, more=()):
        with open(rig.path("wrong.json"), "w") as f:
            f.write(text)
        _, err = rollcall("enqueue", "sync-learners", "--school", "s", "--file", rig.path("wrong.json"), *more,
                          status=2)
        has(err, *parts)

    refused('{"id": "8B",\n "learners": [}', "wrong.json", "line 2")
    refused("", "wrong.json", "not JSON")
    refused("[1]", "wrong.json", "a class is a JSON object")
    refused("{}", "wrong.json", "class.id is missing")
    refused('{"id": "c", "learners": [{"id": "a"}, {"name": "x"}]}', "wrong.json", "class.learners[1].id is missing")
    refused('{"id": "c", "kind": "odd"}', "class.kind", "registration")
    refused('{"id": "8B"}', '"8B"', '--class says "9C"', more=("--class", "9C"))
    refused(json.dumps({"id": "c", "name": "x" * 1100000}), "wrong.json", "larger than 1048576")
    enqueue = ("enqueue", "sync-learners", "--school", "s")
    has(rollcall(*enqueue, "--file", rig.path("none.json"), status=2)[1], "none.json", "No such file")
    has(rollcall(*enqueue, status=2)[1], "class is missing")
    has(rollcall(*enqueue, "--class", "c", "--at", "soon", status=2)[1], "--at", "no time")
    has(rollcall(*enqueue, "--class", "c", "--id", "a b", status=2)[1], "id:")
    has(rollcall("enqueue", "sync-learners", "--school", "a:b", "--class", "c", status=2)[1], "no colon")
    equal(inbox(), [], "the inbox")


@suite
def wait_ends_as_the_job_does():
    """enqueue --wait ends 0 when the job is done and 1 when it failed"""
    for state, status in (("done", 0), ("failed", 1), ("cancelled", 1)):
        fresh()
        online()
        id = "W-" + state
        waiting = subprocess.Popen([program(), "enqueue", "sync-learners", "--school", "green-hill", "--class",
                                    "8B-2026", "--id", id, "--wait"], env=environment(), stdout=subprocess.PIPE)
        wait_for(inbox, 5)
        ended(id, state, error="The Team is gone.", error_code="team_missing", cancelled_by="staff-17",
              done=1, total=2)
        out = waiting.communicate(timeout=10)[0].decode()
        equal(waiting.returncode, status, "exit status of a job that is " + state)
        has(out, id, {"done": "Done in 4.0 s", "failed": "Failed: The Team is gone. (team_missing)",
                      "cancelled": "Cancelled by staff-17 after 1 of 2"}[state])


# ---- show, watch, learners, cancel ----------------------------------------------------------------

@suite
def an_unknown_job_is_1():
    """a job that is not known ends 1"""
    fresh()
    for words in (("show", "nix"), ("watch", "nix"), ("learners", "nix")):
        has(rollcall(*words, status=1)[1], "no job nix is known")


@suite
def show_prints_the_summary():
    """show prints the record, all six counts, and names with what to do"""
    fresh()
    mixed()
    out, _ = rollcall("show", "J1")
    has(out, "sync-learners", "green-hill", "8B-2026", "6 of 6", "Done in 4.0 s")
    numbers = dict(re.findall(r"^  (\w[\w ]*\w) +(\d+)$", out, re.M))
    equal(numbers, {"Added": "1", "Already Member": "1", "Failed": "1", "Unresolved": "2", "Removed": "1",
                    "Removal Failed": "0"}, "the six counts")
    has(out, "Thabo Mokoena", "Microsoft answered 500", "Ané Môre", "Sipho kaNgcobo", "No Microsoft account found",
        "No email address on record", "press Sync Learners again", "support ticket")
    has_not(out, "Zoë Grové", "\033")


@suite
def show_json_is_the_record():
    """show --json is the record, numbers as numbers"""
    fresh()
    mixed()
    record = json.loads(rollcall("show", "J1", "--json")[0])
    equal((record["id"], record["state"], record["class"], record["total"], record["removal_failed"]),
          ("J1", "done", "8B-2026", 6, 0))


@suite
def show_tells_the_remedy():
    """a failed job's code has a remedy; those held back by the brake are named"""
    fresh()
    ended("J1", "failed", error="7 of 20 members would go.", error_code="removals_need_approval", total=20)
    row("J1", "L1", "Thabo", "held", "left_class")
    out, _ = rollcall("show", "J1")
    has(out, "removals_need_approval", "--approve-removals", "Held back", "Thabo")


@suite
def a_job_that_never_ran():
    """a job that failed before any learner shows no summary of zeros, no phase, and its remedy once"""
    fresh()
    ended("J1", "failed", error="This class has no Team yet. Create the Team, then sync again.",
          error_code="team_missing", phase="Reading the register")
    for words in (("show", "J1"), ("watch", "J1")):
        out, _ = rollcall(*words, status=None)
        has_not(out, "Sync Summary", "Reading the register")
        equal(out.count("Create the Team"), 1, "remedies in\n" + out)
    ended("J2", total=0)
    has(rollcall("show", "J2")[0], "Sync Summary")


@suite
def a_misspelt_type_is_named_first():
    """a type that nobody knows is named first, before what else is missing"""
    fresh()
    _, err = rollcall("enqueue", "create-teams", "--school", "green-hill", status=2)
    check(re.match(r'rollcall: "create-teams" is no type .*: create-team, sync-learners, .*\n'
                   r'rollcall: type = "create-teams" is not known\n', err), "the type and no class, not " + err)
    ended("J1", "failed", type="create-teams", school="", error="class is missing", error_code="bad_envelope",
          **{"class": ""})
    out, _ = rollcall("watch", "J1", status=1)
    check(re.search(r'^create-teams\n"create-teams" is no type .*\nFailed: class is missing', out, re.M), "the type first in\n" + out)


@suite
def learners_in_three_forms():
    """learners is a table, CSV that a spreadsheet opens as it should, or JSON"""
    fresh()
    mixed()
    row("J1", "=1+1", '=cmd|"x"', "failed", "add_failed", "a,b\nc")
    out, _ = rollcall("learners", "J1")
    has(out, "NAME", "Zoë Grové", "Already Member", "No Microsoft account found")
    raw = rollcall("learners", "J1", "--csv")[0]
    check(raw.startswith("\ufeff"), "a byte order mark")
    check(re.search(r'[^\r]\n(?!c)', raw) is None, "CRLF at each end of line")
    rows = list(csv.DictReader(io.StringIO(raw[1:], newline="")))
    equal(len(rows), 7, "rows")
    equal((rows[0]["name"], rows[0]["outcome"], rows[0]["at"]), ("Zoë Grové", "added", "2025-10-09T08:53:20.000Z"))
    equal((rows[6]["learner"], rows[6]["name"], rows[6]["detail"]), ("'=1+1", "'=cmd|\"x\"", "a,b\nc"))
    equal([r["learner"] for r in json.loads(rollcall("learners", "J1", "--json")[0])][:2], ["L1", "L2"])


@suite
def many_learners():
    """five thousand learners are listed whole and in order"""
    fresh()
    ended("J1", total=5000)
    rig.redis("RPUSH", rig.key("job:J1:learners"),
              *[json.dumps({"learner": "L%d" % i, "name": "N", "outcome": "added"}) for i in range(5000)])
    got = json.loads(rollcall("learners", "J1", "--json")[0])
    equal([r["learner"] for r in got], ["L%d" % i for i in range(5000)])


@suite
def cancel_sets_the_flag():
    """cancel sets the flag for three days, and refuses a job that has ended"""
    fresh()
    job("J1", "running")
    has(rollcall("cancel", "J1")[0], "J1 is being cancelled")
    check(rig.redis("GET", rig.key("cancel:J1")).startswith("rollcall:"), "who cancelled")
    check(259100 < rig.redis("TTL", rig.key("cancel:J1")) <= 259200, "three days")
    has(rollcall("cancel", "unread")[0], "if it comes, it is cancelled")
    ended("J2")
    has(rollcall("cancel", "J2", status=1)[1], "ended already: done")
    equal(rig.redis("EXISTS", rig.key("cancel:J2")), 0, "the flag of an ended job")


@suite
def watch_in_plain_lines():
    """watch prints a line when something changes, and the summary at the end"""
    fresh()
    online()
    job("J1", "queued")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J0", 2, "J1")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Queued, number 2 of green-hill")
    rig.redis("DEL", rig.key("lane:green-hill"))
    job("J1", "running", phase="Adding learners", done=5, total=34, added=5)
    has(watching.stdout.readline(), "Adding learners, 5 of 34, Added 5")
    job("J1", "waiting", retry_at=1795344120000, message="Microsoft asked us to wait until 10:42")
    has(watching.stdout.readline(), "Waiting until 10:42", "Microsoft asked us to wait until 10:42")
    rig.redis("DEL", rig.key("alive"))
    has(watching.stdout.readline(), "No worker is online")
    mixed()
    out = watching.communicate(timeout=10)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary", "Added", "Thabo Mokoena")
    has_not(out, "\033")


@suite
def watch_waits_for_the_record():
    """a job may be watched as soon as it is pushed, before a worker has read it"""
    fresh()
    online()
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    wait_for(lambda: b"cmd=hgetall" in rig.redis("CLIENT", "LIST").encode(), 5)
    mixed()
    out = watching.communicate(timeout=10)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary")


@suite
def watch_as_json_lines():
    """watch --json prints the record, a line for each change"""
    fresh()
    online()
    job("J1", "running", done=1, total=2)
    watching = subprocess.Popen([program(), "watch", "J1", "--json"], env=environment(), stdout=subprocess.PIPE,
                                text=True)
    equal(json.loads(watching.stdout.readline())["done"], 1)
    ended("J1", "failed", error_code="timed_out", error="Too long.")
    equal(json.loads(watching.communicate(timeout=10)[0])["error_code"], "timed_out")
    equal(watching.returncode, 1)


@suite
def watch_follows_a_joined_job():
    """watching a job that joined another goes on with that one"""
    fresh()
    online()
    job("J2", "joined", joined="J1")
    mixed()
    out, _ = rollcall("watch", "J2")
    has(out, "Joined job J1", "Sync Summary", "Thabo Mokoena")


@suite
def watch_survives_redis():
    """watch goes on when Redis comes back"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Adding learners")
    rig.redis.close()
    rig.end(rig.redis_process)
    has(watching.stdout.readline(), "Redis cannot be reached")
    rig.start_redis()
    mixed()
    out = watching.communicate(timeout=20)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary")


@suite
def ctrl_c_ends_the_watching():
    """Ctrl-C ends the watching and not the job, and says so"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Adding learners")
    watching.send_signal(signal.SIGINT)
    err = watching.communicate(timeout=5)[1]
    equal(watching.returncode, 130)
    has(err, "the job goes on", "rollcall cancel J1")
    equal((rig.job("J1")["state"], rig.redis("EXISTS", rig.key("cancel:J1"))), ("running", 0))


# ---- on a terminal ------------------------------------------------------------------------------

class Terminal:
    """A command on a terminal of its own, so many columns wide."""

    def __init__(self, columns, *words, **more):
        import fcntl
        import struct
        import termios
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(program(), [program(), *words], environment(TERM="xterm", **more))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self):
        try:
            more = os.read(self.fd, 65536).decode("utf-8", "replace")
        except OSError:
            more = ""
        self.text += more
        return more

    def until(self, part):
        def seen():
            self.read()
            return part in self.text
        seen.__doc__ = "%r on the terminal, which shows %r" % (part, self.text)
        wait_for(seen, 10)

    def end(self):
        while self.read():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def printed_width(line):
    import unicodedata
    plain = re.sub(r"\033\[[0-9;]*[A-Za-z]", "", line)
    return sum(0 if unicodedata.combining(c) else 1 for c in plain.replace("\r", ""))


@suite
def watch_draws_a_bar():
    """on a terminal watch draws in place, in colour, and every line fits 80 and 40 columns"""
    for columns in (80, 40):
        fresh()
        online()
        job("J1", "running", phase="Adding learners", done=17, total=34, added=12, already_member=4, failed=1)
        terminal = Terminal(columns, "watch", "J1")
        terminal.until("34")
        job("J1", "waiting", retry_at=1795344120000, message="Microsoft asked us to wait until 10:42")
        terminal.until("asked us to wait until 10:42")
        mixed()
        equal(terminal.end(), 0)
        has(terminal.text, "█", "░", "\033[32m", "\033[2K", "Sync Summary")
        block = terminal.text.split("Sync Summary")[0]
        widest = max(printed_width(line) for line in block.split("\n"))
        check(widest < columns, "%d columns hold %d" % (columns, widest))


@suite
def no_colour_when_not_wanted():
    """NO_COLOR takes the colours away, and a plain terminal gets a bar of plain letters"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners", done=17, total=34)
    terminal = Terminal(80, "watch", "J1", NO_COLOR="1", LANG="C", LC_ALL="C")
    terminal.until("##")
    mixed()
    equal(terminal.end(), 0)
    check(not re.search(r"\033\[[0-9;]*m", terminal.text), "no colour")
    has_not(terminal.text, "█")


@suite
def names_do_not_steer_the_terminal():
    """escape sequences in names never reach a terminal"""
    fresh()
    ended("J1", total=1, failed=1)
    row("J1", "L1", "evil\033]0;x\007\u0085name", "failed", "add_failed")
    terminal = Terminal(80, "show", "J1")
    equal(terminal.end(), 0)
    has(terminal.text, "evil?]0;x??name")
    has_not(terminal.text, "\007", "\033]")


# ---- queue and jobs -------------------------------------------------------------------------------

@suite
def queue_shows_depth_workers_and_schools():
    """queue shows inbox, counts, workers and schools with work ready"""
    fresh()
    online()
    has(rollcall("queue")[0], "0 in the inbox, 0 queued, 0 waiting, 0 running, 0 dead")
    rig.redis("RPUSH", rig.key("inbox"), "{}")
    rig.redis("HSET", rig.key("counts"), "queued", 3, "running", 1, "waiting", 0, "done", 7)
    rig.redis("ZADD", rig.key("workers"), now() + 6000, "host1.1")
    rig.redis("HSET", rig.key("worker:host1.1"), "seen", now() - 2000, "host", "host1", "version", "0.1", "running", 1)
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill")
    rig.redis("SADD", rig.key("capped"), "blue-hill")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J1", 2, "J2")
    rig.redis("ZADD", rig.key("lane:blue-hill"), 1, "J3")
    rig.redis("HSET", rig.key("school_running"), "blue-hill", 50)
    job("J1", "queued", queued_at=now() - 180000)
    out, _ = rollcall("queue")
    has(out, "1 in the inbox, 3 queued", "7 done", "host1.1", "2 s ago", "green-hill", "3 min", "at its limit")
    queue = json.loads(rollcall("queue", "--json")[0])
    equal((queue["inbox"], queue["counts"]["queued"], queue["alive"], queue["workers"][0]["host"]),
          (1, 3, True, "host1"))
    equal([(s["school"], s["ready"], s["running"], s["at_its_limit"]) for s in queue["schools"]],
          [("green-hill", 2, 0, False), ("blue-hill", 1, 50, True)])
    rig.redis("DEL", rig.key("alive"))
    has(rollcall("queue")[0], "No worker is online")


@suite
def queue_shows_how_long_they_wait():
    """queue counts ready jobs by school and age: in seconds, or in minutes once somebody has waited for so long"""
    fresh()
    online()

    def waits(school, *ages):
        rig.redis("ZADD", rig.key("ring"), 0, school)
        for age in ages:
            job("%s-%s" % (school, age), "queued", school=school, queued_at=now() - int(age * 1000))
            rig.redis("ZADD", rig.key("lane:" + school), 1, "%s-%s" % (school, age))

    def ages():
        queue = json.loads(rollcall("queue", "--json")[0])
        return queue["age_limits_ms"][0], {s["school"]: s["ages"] for s in queue["schools"]}

    waits("green-hill", 1, 2, 7, 200)
    waits("blue-hill", 30)
    equal(ages(), (5000, {"blue-hill": [0, 0, 0, 1, 0, 0, 0, 0], "green-hill": [2, 1, 0, 0, 0, 0, 1, 0]}))
    lines = [line.split() for line in rollcall("queue")[0].splitlines()]
    for row in ("READY SINCE <5s <10s <20s <40s <80s <160s <320s >320s", "blue-hill 0 0 0 1 0 0 0 0",
                "green-hill 2 1 0 0 0 0 1 0", "all of these 2 1 0 1 0 0 1 0"):
        check(row.split() in lines, "%s in %s" % (row, lines))
    waits("blue-hill", 7 * 3600)
    equal(ages(), (300000, {"blue-hill": [1, 0, 0, 0, 0, 0, 0, 1], "green-hill": [4, 0, 0, 0, 0, 0, 0, 0]}))
    has(rollcall("queue")[0], ">320m")
    for columns in (80, 40):
        lines = screen(columns, "queue")
        head = next(line for line in lines if line.startswith("READY SINCE"))
        row = [line for line in lines if line.startswith("blue-hill")][-1]
        equal(row.rindex("1"), head.index(">320m"), "where the oldest stand")


def at_work():
    """A queue with a worker that runs two jobs, a pause and a dead letter."""
    fresh()
    online()
    rig.redis("HSET", rig.key("counts"), "queued", 3, "running", 1, "waiting", 3, "dead", 1, "done", 7)
    rig.redis("RPUSH", rig.key("inbox"), "{}")
    rig.redis("ZADD", rig.key("workers"), now() + 6000, "host1.1")
    rig.redis("HSET", rig.key("worker:host1.1"), "seen", now(), "host", "host1", "version", "0.1")
    rig.redis("HSET", rig.key("running:host1.1"), "R1", "1 r sync-learners green-hill:8B", "R2", "2 w create-team+x blue hill:9A")
    rig.redis("ZADD", rig.key("due"), now() + 60000, "D1", now() + 60000, "D2")
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J1")
    rig.redis("HSET", rig.key("paused"), "school:blue hill", "%d ann" % now(), "back:check-team", "1 ann")
    job("J1", "queued", queued_at=now() - 180000)


@suite
def top_in_lines():
    """top prints a line a second with the rate at which jobs end, and an object for programs"""
    at_work()
    top = subprocess.Popen([program(), "top", "--count", "2"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(top.stdout.readline(), "depth 4, oldest 3 min, ? a second, running 1, waiting for Microsoft 1, dead 1, workers 1, paused")
    rig.redis("HINCRBY", rig.key("counts"), "done", 50)
    rate = float(re.search(r"([0-9.]+) a second", top.stdout.readline())[1])
    check(40 < rate <= 50, "a rate of %s" % rate)
    equal((top.stdout.read(), top.wait()), ("", 0))
    seen = json.loads(rollcall("top", "--count", "1", "--json")[0])
    equal([(j["id"], j["type"], j["school"], j["class"], j["waiting"]) for j in seen["workers"][0]["jobs"]],
          [("R1", "sync-learners", "green-hill", "8B", False), ("R2", "create-team", "blue hill", "9A", True)])
    equal((seen["waiting_for_microsoft"], seen["waiting_for_their_time"], seen["per_second"]), (1, 2, None))
    equal([p["what"] for p in seen["paused"]], ["school:blue hill"])
    top = subprocess.Popen([program(), "top"], env=environment(), stdout=subprocess.PIPE)
    top.stdout.readline()
    top.stdout.close()
    equal(top.wait(5), 0, "the status when nobody reads on")


@suite
def top_survives_redis():
    """top goes on when Redis comes back"""
    at_work()
    top = subprocess.Popen([program(), "top"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(top.stdout.readline(), "depth 4")
    rig.end(rig.redis_process)
    wait_for(lambda: "Redis is away" in top.stdout.readline(), 10)
    rig.start_redis(aof=False)
    wait_for(lambda: "depth" in top.stdout.readline(), 10)
    top.send_signal(signal.SIGINT)
    equal(top.wait(5), 0)
    top.stdout.close()


@suite
def top_draws_a_page():
    """on a terminal top draws a page in place that fits it, and leaves the screen as it was"""
    at_work()
    for columns in (80, 40):
        terminal = Terminal(columns, "top")
        terminal.until("sync-learners 8B, green-hill")
        terminal.until("\033[H\033[1mRollcall, queue teams")
        os.kill(terminal.pid, signal.SIGINT)
        equal(terminal.end(), 0)
        pages = terminal.text.replace("\r", "").split("\033[H")
        check(pages[0].endswith("\033[?1049h\033[?25l") and pages[-1].endswith("\033[?25h\033[?1049l"), "another screen")
        lines = [line for page in pages for line in page.split("\n")]
        check(max(map(printed_width, lines)) <= columns, "lines of %d columns" % columns)
        check(all(len(page.split("\n")) <= 24 for page in pages), "pages of 24 rows")
        has(terminal.text, "Oldest     3 min", "Paused     school blue hill", "host1.1  2 running", "waits")
    for n in range(19):
        rig.redis("HSET", rig.key("running:host1.1"), "S%d" % n, "1 r sync-learners green-hill:c%d" % n)
    terminal = Terminal(40, "top", "--count", "1", NO_COLOR="1")
    equal(terminal.end(), 0)
    check(re.search(r"\d+ more lines", terminal.text), "lines that do not fit are counted")
    has_not(terminal.text, "\033[1m", "\033[31m")


@suite
def bad_shows_what_could_not_be_used():
    """queue tells of envelopes that could not be used, and bad shows each: when, why and how it begins"""
    fresh()
    has(rollcall("bad")[0], "Every envelope could be used")
    for i in range(3):
        rig.redis("LPUSH", rig.key("bad"), json.dumps({
            "at": 1760000000000, "why": "v must be the number %d" % i, "envelope": '{"v":%d}\n' % i + "x" * 500}))
    has(rollcall("queue")[0], "3 envelopes could not be used: rollcall bad")
    out, _ = rollcall("bad", "--limit", "2")
    has(out, "2025-10-09 08:53  v must be the number 2", '{"v":2}?xxx', "number 1", "3 in all")
    has_not(out, "number 0")
    equal([b["why"][-1] for b in json.loads(rollcall("bad", "--json")[0])], ["2", "1", "0"])
    terminal = Terminal(40, "bad")
    equal(terminal.end(), 0)
    check(max(printed_width(line) for line in terminal.text.split("\n")) <= 40, "lines of 40 columns")


@suite
def jobs_live_first_then_newest():
    """jobs lists running, waiting and queued ones, then ended ones, newest first"""
    fresh()
    ended("old")
    ended("new", "failed", error_code="team_missing", school="blue-hill")
    job("later", "waiting", retry_at=now() + 60000)
    rig.redis("ZADD", rig.key("due"), now() + 60000, "later")
    job("runs", "running", done=3, total=9)
    job("behind", "queued", type="check-team")
    rig.redis("HSET", rig.key("live"), "green-hill|8B-2026", "sync-learners=runs check-team=behind")

    def ids(*words):
        return [j["id"] for j in json.loads(rollcall("jobs", "--json", *words)[0])]

    equal(ids(), ["runs", "later", "behind", "new", "old"])
    equal(ids("--state", "waiting"), ["later"])
    equal(ids("--state", "failed"), ["new"])
    equal(ids("--school", "blue-hill"), ["new"])
    equal(ids("--limit", "3"), ["runs", "later", "behind"])
    equal(ids("--state", "cancelled"), [])
    out, _ = rollcall("jobs", "--limit", "4")
    has(out, "3/9", "team_missing", "There may be more")


def screen(columns, *words):
    """The lines that a command shows on a terminal."""
    terminal = Terminal(columns, *words, NO_COLOR="1")
    equal(terminal.end(), 0, "status of " + " ".join(words))
    lines = terminal.text.replace("\r", "").splitlines()
    widest = max(map(printed_width, lines))
    check(widest <= columns, "%s: %d columns hold %d\n%s" % (words, columns, widest, terminal.text))
    return lines


@suite
def tables_keep_their_form():
    """on 80 and on 40 columns jobs and queue keep header and alignment, and ids that can be copied"""
    fresh()
    online()
    for n, (state, code) in enumerate((("done", ""), ("failed", "removals_need_approval"))):
        ended("01J9ZK5T6Y3W8Q4N7R2M1H0G9%d" % n, state, error_code=code, type="sync-learners", school="green-hill-primary")
    for columns, headings in ((120, "JOB TYPE SCHOOL CLASS STATE PROGRESS CHANGED"), (80, "JOB TYPE CLASS STATE PROGRESS"),
                              (40, "JOB STATE")):
        head, first, second = screen(columns, "jobs")
        equal(head.split(), headings.split(), "headings on %d columns" % columns)
        check(first.startswith("01J9ZK5T6Y3W8Q4N7R2M1H0G91 "), "the whole id in " + first)
        for line, word in ((first, "failed"), (second, "done")):
            equal(line.index(word), head.index("STATE"), "where the state stands")
    ended("x" * 40 + "-1")
    check(re.match("x+…x*-1  done", screen(40, "jobs")[1]), "a long id without its middle")
    worker = "host-with-a-long-name.4711.1760000000000"
    rig.redis("ZADD", rig.key("workers"), now() + 6000, worker)
    rig.redis("HSET", rig.key("worker:" + worker), "seen", now(), "host", "host-with-a-long-name", "version", "0.1",
              "running", 1)
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill-primary")
    lines = screen(40, "queue")
    row = next(line for line in lines if line.startswith("host-"))
    head = next(line for line in lines if line.startswith("WORKER"))
    check("…" in row and "0000  " in row, "both ends of the worker's name in " + row)
    equal(row.index("0 s ago"), head.index("SEEN"), "where the time stands")


@suite
def reasons_can_be_told_apart():
    """on 80 columns a reason keeps all its words"""
    fresh()
    ended("J1", total=2)
    row("J1", "L1", "Bartholomeus van der Westhuizen", "failed", "account_disabled")
    row("J1", "L2", "Bartholomea van der Westhuizen", "failed", "guest_account")
    for columns in (80, 60):
        text = " ".join(" ".join(line[-40:] for line in screen(columns, "learners", "J1")).split())
        has(text, "blocked", "guest of the school")


@suite
def jobs_looks_at_a_bounded_number():
    """jobs finds the newest among many thousands without looking at all"""
    fresh()
    commands = []
    for i in range(6000):
        commands.append(("HSET", rig.key("job:F%d" % i), "state", "done", "rev", 1, "school", "a"))
        commands.append(("RPUSH", rig.key("finished"), "%d:F%d" % (i, i)))
    rig.redis.pipeline(commands)
    equal([j["id"] for j in json.loads(rollcall("jobs", "--json", "--limit", "2")[0])], ["F5999", "F5998"])
    rig.redis("CONFIG", "RESETSTAT")
    out, _ = rollcall("jobs", "--school", "nobody")
    has(out, "There may be more")
    calls = int(re.search(r"cmdstat_hgetall:calls=(\d+)", rig.redis("INFO", "commandstats")).group(1))
    check(calls <= 5200, "%d records read" % calls)


# ---- schools and classes ------------------------------------------------------------------------------

TENANT = "22222222-2222-2222-2222-222222222222"


@suite
def schools_come_and_go():
    """a school is set, changed, shown, listed and removed"""
    fresh()
    out, err = rollcall("school", "set", "green-hill", "--name", "Laerskool Wêreld", "--tenant", TENANT, "--auth", "app",
                        "--domain", "green-hill.example", "--year", "2026")
    has(out, "Laerskool Wêreld", TENANT, "app", "2026")
    equal(err, "", "warnings")
    equal(rig.redis.hash(rig.key("school:green-hill")),
          {"name": "Laerskool Wêreld", "tenant_id": TENANT, "auth": "app", "domain": "green-hill.example",
           "current_year": "2026"})
    rollcall("school", "set", "green-hill", "--disable")
    equal(rig.redis.hash(rig.key("school:green-hill"))["enabled"], "0")
    rig.redis("HSET", rig.key("school:by-portal"), "name", "By Portal")
    out, _ = rollcall("school", "list")
    check(out.index("by-portal") < out.index("green-hill"), "schools in order")
    equal({s["school"] for s in json.loads(rollcall("school", "list", "--json")[0])}, {"by-portal", "green-hill"})
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["current_year"], "2026")
    has(rollcall("school", "remove", "green-hill", status=2)[1], "--yes")
    rollcall("school", "remove", "green-hill", "--yes")
    equal((rig.redis("EXISTS", rig.key("school:green-hill")), rig.redis("SCARD", rig.key("schools"))), (0, 0))
    for words in (("school", "show", "green-hill"), ("school", "remove", "green-hill", "--yes")):
        has(rollcall(*words, status=1)[1], "no school green-hill is entered")


@suite
def a_school_has_a_weight():
    """a school's weight is set, shown, refused where it makes no sense, and 1 again when it is taken back"""
    fresh()
    has(rollcall("school", "set", "green-hill", "--weight", "3", status=1)[1], "no school green-hill is entered")
    has(rollcall("school", "set", "green-hill", "--name", "Green Hill", "--weight", "3")[0], "Weight", "3")
    equal(rig.redis.hash(rig.key("weights")), {"green-hill": "3"})
    equal(rig.redis.hash(rig.key("school:green-hill")), {"name": "Green Hill"})
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 3)
    for wrong in ("0", "101", "-1", "2.5", "heavy", ""):
        has(rollcall("school", "set", "green-hill", "--weight=" + wrong, status=2)[1],
            '--weight = "%s": 1 to 100' % wrong)
    equal(rig.redis.hash(rig.key("weights")), {"green-hill": "3"})
    rollcall("school", "set", "green-hill", "--weight", "1")
    equal(rig.redis("EXISTS", rig.key("weights")), 0, "a hash of weights that are all 1")
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 1)
    rig.redis("HSET", rig.key("weights"), "green-hill", "heavy")
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 1)
    rollcall("school", "set", "green-hill", "--weight", "7")
    rollcall("school", "remove", "green-hill", "--yes")
    equal(rig.redis("EXISTS", rig.key("weights")), 0, "the weight of a school that is forgotten")


@suite
def odd_tenants_are_warned_of():
    """a tenant that is neither GUID nor domain is refused, an odd one is taken with a warning"""
    fresh()
    for wrong in ("common", "2222", "2222...", "oak park.example", "-oak.example", "", TENANT + "0"):
        has(rollcall("school", "set", "a", "--tenant", wrong, status=2)[1], "--tenant", "GUID", "domains")
    equal(rig.redis("EXISTS", rig.key("school:a")), 0, "the school that was refused")
    equal(rollcall("school", "set", "a", "--tenant", "oak-park.example")[1], "", "warnings for a domain")
    has(rollcall("school", "set", "a", "--tenant", "00000000-0000-0000-0000-000000000000")[1], "warning", "zeros")
    rig.redis("HSET", rig.key("school:by-portal"), "tenant_id", "common", "auth", "app")
    has(rollcall("school", "show", "by-portal")[1], "warning", "no tenant")
    has(rollcall("school", "set", "b", "--auth", "app")[1], "warning", "no tenant id is set")


@suite
def removing_asks_on_a_terminal():
    """on a terminal removing a school asks first"""
    fresh()
    rollcall("school", "set", "green-hill", "--name", "x")
    for answer, status in ((b"n\n", 1), (b"y\n", 0)):
        terminal = Terminal(80, "school", "remove", "green-hill")
        terminal.until("[y/N]")
        os.write(terminal.fd, answer)
        equal(terminal.end(), status)
    equal(rig.redis("EXISTS", rig.key("school:green-hill")), 0)


@suite
def a_class_and_its_learners():
    """class shows the status with its number, and each learner with the reason"""
    fresh()
    has(rollcall("class", "green-hill", "8B-2026", status=1)[1], "no class 8B-2026")
    key = rig.key("class:green-hill:8B-2026")
    rig.redis("HSET", key, "name", "8B", "status", "failed", "failed", 3, "synced", 20, "unresolved", 2, "total", 25,
              "web_url", "https://teams.example/x")
    rig.redis("HSET", key + ":learners", "L1",
              json.dumps({"name": "Zoë", "email": "z@x.example", "status": "not_synced", "reason": "no_email"}))
    out, _ = rollcall("class", "green-hill", "8B-2026")
    has(out, "3 Failed", "20 of 25 synced", "2 unresolved", "Zoë", "Not Synced", "No email address on record")
    got = json.loads(rollcall("class", "green-hill", "8B-2026", "--json")[0])
    equal((got["failed"], got["learners"][0]["learner"]), (3, "L1"))


# ---- doctor ---------------------------------------------------------------------------------------------

def findings(status, **more):
    out, _ = rollcall("doctor", "--json", status=status, **more)
    return {f["check"]: f for f in json.loads(out)}


@suite
def doctor_without_redis_is_3():
    """doctor ends 3 when Redis cannot be reached, and checks the rest all the same"""
    found = findings(3, ROLLCALL_REDIS_URL="unix:///nowhere/redis.sock")
    equal(found["Redis"]["result"], "FAIL")
    has(found["Redis"]["text"], "/nowhere/redis.sock")
    equal(found["Microsoft Graph"]["result"], "ok")


@suite
def doctor_finds_what_is_wrong():
    """doctor finds wrong Redis settings, no worker and no functions, each with a remedy"""
    fresh()
    rig.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "appendonly", "no")
    found = findings(1)
    equal([found[c]["result"] for c in ("Redis", "Redis version", "Redis round trip", "Clock")], ["ok"] * 4)
    for name, part in (("Redis memory", "noeviction"), ("Redis persistence", "appendonly yes"),
                       ("Workers", "start rollcalld")):
        equal(found[name]["result"], "FAIL", name)
        has(found[name]["remedy"], part)
    equal(found["Functions"]["result"], "warning")
    rig.redis("CONFIG", "SET", "maxmemory-policy", "noeviction", "appendonly", "yes")
    out, _ = rollcall("doctor", status=1)
    has(out, "FAIL", "Workers: none is online", "systemctl start rollcalld")


@suite
def doctor_looks_at_files():
    """doctor finds secrets that everybody can read and keys that are none"""
    fresh()
    online()
    path = rig.path("keys")

    def keys(text, mode=0o600):
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return findings(None, ROLLCALL_SECRETS_KEY_FILE=path)["Sealing keys"]

    equal(keys("k1:%s\nk2:%s\n" % ("0a" * 32, "ff" * 32))["result"], "ok")
    bad = keys("k1:%s\nk2:abc\n" % ("0a" * 32))
    equal(bad["result"], "FAIL")
    has(bad["text"], ":2:", "64 hex digits")
    has(keys("nonsense\n")["text"], ":1:", "id:hex")
    has(keys("")["text"], "empty")
    has(keys("k1:%s\n" % ("0a" * 32), 0o644)["text"], "read by everybody")
    found = findings(None, ROLLCALL_APP_CLIENT_ID="x", ROLLCALL_APP_CLIENT_SECRET_FILE=rig.path("no-secret"))
    equal(found["App secret"]["result"], "FAIL")
    has(found["App secret"]["text"], "No such file")


if __name__ == "__main__":
    with rig:
        rig.start_redis()
        sys.exit(suite.main(sys.argv[1:]))
