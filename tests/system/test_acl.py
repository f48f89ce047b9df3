#!/usr/bin/env python3
"""config/users.acl: the worker, the operator and a portal, each as the Redis user that the
file makes for it. What Redis refused anybody is in its ACL LOG, so nothing goes unnoticed.

usage: test_acl.py [WORDS...]
"""
import glob
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from acl_rig import AclRig  # noqa: E402
from rig import ROOT, TENANT, Redis, Suite, address, check, class_of, equal, wait_for  # noqa: E402
from roster_files import school_roster, write_folder  # noqa: E402

suite = Suite()
USERS = ("portal", "worker", "web", "operator", "steward")


def school_rig(n=40):
    rig = AclRig()
    try:
        rig.start_redis()
        rig.start_emulator("--world", rig.world([address("teacher1")] + [address("learner%d" % i)
                                                                         for i in range(1, n + 1)]), scale=100)
        return rig
    except Exception:
        rig.close()
        raise


def push_as(redis, rig, type, cls, **more):
    envelope = rig.envelope(type, "green-hill", cls, requested_by="staff-1", **more)
    redis("RPUSH", rig.key("inbox"), json.dumps(envelope))
    return envelope["id"]


def all_refused(redis, user, *commands):
    """Each command is refused for want of permission."""
    for command in commands:
        try:
            redis(*command)
        except RuntimeError as why:
            check("NOPERM" in str(why), "%s refused for want of permission, not: %s" % (command, why))
        else:
            raise AssertionError("the user %s may %s" % (user, " ".join(map(str, command))))


def state_as(redis, rig, id):
    return redis("HMGET", rig.key("job:" + id), "state")[0]


# ---- who may do what he needs --------------------------------------------------------------

@suite
def the_file_in_both_forms():
    """users.acl with a password at the end of each line lets everybody in, included or as aclfile"""
    for as_aclfile in (False, True):
        with AclRig() as rig:
            rig.start_redis(as_aclfile)
            for user in USERS:
                equal(rig.connect_as(user)("PING"), "PONG", "%s (aclfile: %s)" % (user, as_aclfile))
                try:
                    Redis(rig.socket)("AUTH", user, "guessed")
                except RuntimeError as refused:
                    check("WRONGPASS" in str(refused), "a wrong password refused")
                else:
                    raise AssertionError("any password lets %s in" % user)


def commands_of_the_library(redis):
    """What src/queue/lua calls: each quoted word in capitals that is a command of Redis."""
    words, called = set(), set()
    for path in glob.glob(os.path.join(ROOT, "src", "queue", "lua", "*.lua")):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        words |= set(re.findall(r"'([A-Z]+)'", text))
        called |= set(re.findall(r"\b(?:call|many)\('([A-Z]+)'", text))
    known = {info[0].upper(): info[1] for info in redis("COMMAND", "INFO", *sorted(words)) if info}
    check(len(called) > 20, "a library of more than 20 commands")
    equal(called - set(known), set(), "calls of commands that Redis does not know")
    return known


@suite
def the_library_is_allowed():
    """every command that the Function library calls is allowed to the worker, on the queue's keys alone"""
    with AclRig() as rig:
        rig.start_redis()
        for command, arity in sorted(commands_of_the_library(rig.redis).items()):
            more = abs(arity) - 1
            equal(rig.redis("ACL", "DRYRUN", "worker", command, *[rig.key("due")] * more), "OK", command)
            if more:
                refused = rig.redis("ACL", "DRYRUN", "worker", command, *["rollcall:{other}:due"] * more)
                check("key" in refused or "permission" in refused, "%s of another queue refused" % command)


@suite
def a_day_of_work():
    """create, sync, cancel and a take-over run as worker, operator and portal, and nobody is refused anything"""
    with school_rig() as rig:
        portal = rig.connect_as("portal")
        done = rig.command("school", "set", "green-hill", "--name", "Green Hill", "--auth", "app", "--tenant", TENANT)
        equal(done.returncode, 0, "school set: " + done.stderr)
        first = rig.start_worker(name="first")

        def reaches(id, *states):
            def there():
                state = state_as(portal, rig, id)
                there.__doc__ = "job %s to be %s, which is %s" % (id, "/".join(states), state)
                return state in states
            wait_for(there, 30)

        created = push_as(portal, rig, "create-team", class_of(10))
        reaches(created, "done")
        later = push_as(portal, rig, "check-team", class_of(10), at=4102444800000)
        reaches(later, "waiting")
        portal("SET", rig.key("cancel:" + later), "staff-1", "EX", 259200)
        reaches(later, "cancelled")

        rig.fault({"method": "GET", "path": "/teams/*/members"}, {"delay_ms": 60000})
        synced = push_as(portal, rig, "sync-learners", class_of(30))
        reaches(synced, "running")
        rig.end(first, signal.SIGKILL)
        rig.control("scenario", {"faults": []})
        rig.start_worker("-n", "1", name="second")
        reaches(synced, "done")
        equal(portal("HMGET", rig.key("job:" + synced), "crashes", "added"), ["1", "30"], "crashes and learners added")
        equal(len(portal("LRANGE", rig.key("job:%s:learners" % synced), 0, -1)), 30, "rows")

        portal("RPUSH", rig.key("inbox"), "nonsense")
        wait_for(lambda: rig.redis("LLEN", rig.key("bad")) == 1)
        the_operators_day(rig, synced)
        equal(rig.refusals(), [], "what Redis refused")


def the_operators_day(rig, job):
    """Every command of rollcall that a worker's queue can answer."""
    more = push_as(rig.redis, rig, "check-team", class_of(10), at=4102444800000)
    wait_for(lambda: rig.job(more))
    for words in (("queue",), ("top", "--count", "1"), ("audit",), ("dead",), ("jobs",), ("show", job), ("watch", job),
                  ("learners", job), ("bad",),
                  ("class", "green-hill", "8B-2026"), ("school", "list"), ("school", "show", "green-hill"),
                  ("show", more), ("cancel", more), ("doctor",), ("school", "set", "b", "--name", "B", "--weight", "2"),
                  ("school", "remove", "b", "--yes"),
                  ("enqueue", "check-team", "--school", "green-hill", "--class", "8B-2026", "--wait")):
        done = rig.command(*words)
        if words != ("doctor",):  # it has the test's Redis to complain of
            equal(done.returncode, 0, "%s: %s%s" % (" ".join(words), done.stdout, done.stderr))


@suite
def rosters_come_in():
    """an operator and a steward import a school's roster, changed and wrong ones too, the worker feeds it, and nobody is refused anything"""
    files = school_roster()
    with school_rig() as rig:
        rig.command("school", "set", "green-hill", "--name", "Green Hill", "--auth", "app", "--tenant", TENANT)
        rig.start_worker()

        def settled():
            "the register to have the roster"
            return not rig.redis("EXISTS", rig.key("rosters")) and rig.redis("SCARD", rig.key("classes:green-hill")) == 4
        for n, user in enumerate(("operator", "steward")):
            for title, want in (("8A of " + user, 0), (None, 1)):
                files["classes"][0]["title"] = title or "8A"
                if title is None:
                    files["users"][0]["sourcedId"] = files["users"][1]["sourcedId"]
                    files = dict(files, enrollments=[])
                folder = write_folder(files, rig.path("set-%d" % n))
                done = rig.command("import", "green-hill", folder, "--today", "2026-11-22", "--json", user=user)
                equal(done.returncode, want, done.stdout[:2000] + done.stderr)
            files = school_roster()
            wait_for(settled, 30)
        equal(rig.refusals(), [], "what Redis refused")


@suite
def group_sync_from_the_command_line():
    """an operator and a steward set a school up, look at its groups, decide by hand and have runs made, and nobody is refused anything"""
    words = [("school", "set", "green-hill", "--kinds", "registration", "--quiet", "sun"),
             ("school", "set", "green-hill", "--unset", "quiet"), ("groups", "green-hill"), ("names", "green-hill"),
             ("match", "green-hill"), ("match", "green-hill", "L001", "--address", "a@school.example"),
             ("match", "green-hill", "L001", "--drop"), ("drift", "green-hill"),
             ("drift", "green-hill", "8B", "--user", "u-1", "--keep"), ("drift", "green-hill", "8B", "--user", "u-1", "--drop"),
             ("history", "green-hill"), ("preview", "green-hill", "8B"), ("preview", "green-hill"),
             ("night", "green-hill", "--now", "--wait"), ("night", "green-hill"), ("report", "green-hill"),
             ("year", "green-hill"), ("why", "green-hill", "L001")]
    with school_rig(5) as rig:
        rig.command("school", "set", "green-hill", "--name", "Green Hill", "--auth", "app", "--tenant", TENANT)
        rig.start_worker()
        id = rig.push("register", "green-hill", class_of(5))
        equal(rig.ended(id)["state"], "done")
        rig.redis("HSET", rig.key("drift:green-hill:8B-2026"), "u-1", json.dumps({"what": "added", "name": "Helper"}))
        for user in ("operator", "steward"):
            for command in words:
                done = rig.command(*command, user=user)
                check(done.returncode in (0, 1) and "refuses" not in done.stderr,
                      "%s as %s: %s%s" % (" ".join(command), user, done.stdout, done.stderr))
        equal(rig.refusals(), [], "what Redis refused")


# ---- what a portal is refused -----------------------------------------------------------------

@suite
def a_portal_and_nothing_else():
    """a portal may do what the contract lists, and is refused every other command and key"""
    with AclRig() as rig:
        rig.start_redis()
        portal, k = rig.connect_as("portal"), rig.key
        rig.redis("HSET", k("job:J"), "state", "done")
        for allowed in (("RPUSH", k("inbox"), "{}"), ("LLEN", k("inbox")), ("SET", k("cancel:J"), "me", "EX", 10),
                        ("HGETALL", k("job:J")), ("HMGET", k("job:J"), "state", "rev"),
                        ("LRANGE", k("job:J:learners"), 0, -1), ("EXISTS", k("alive")), ("HGETALL", k("counts")),
                        ("HGETALL", k("class:s:c")), ("HGETALL", k("class:s:c:learners")), ("PING",), ("SELECT", 0),
                        ("CLIENT", "SETNAME", "portal")):
            portal(*allowed)
        equal(rig.refusals(), [], "what the portal was refused")
        all_refused(portal, "portal",
                    ("LRANGE", k("inbox"), 0, -1), ("LPOP", k("inbox")), ("DEL", k("inbox")), ("RPUSH", k("bad"), "x"),
                    ("RPUSH", "rollcall:{other}:inbox", "x"), ("GET", k("cancel:J")), ("SET", k("job:J"), "x"),
                    ("SET", k("alive"), "x"), ("HSET", k("job:J"), "state", "x"), ("HSET", k("school:s"), "name", "x"),
                    ("HGETALL", k("school:s")), ("HGETALL", k("bodies")), ("HGETALL", k("live")),
                    ("HGETALL", k("turns")), ("LRANGE", k("bad"), 0, -1), ("ZRANGE", k("ring"), 0, -1), ("KEYS", "*"),
                    ("SCAN", 0), ("FLUSHALL",), ("FLUSHDB",), ("CONFIG", "GET", "*"), ("ACL", "LIST"),
                    ("ACL", "WHOAMI"), ("CLIENT", "LIST"), ("MONITOR",), ("SUBSCRIBE", "x"), ("PUBLISH", "x", "y"),
                    ("EVAL", "return 1", 0), ("FUNCTION", "LIST"), ("FCALL", "rollcall1_build", 0), ("SHUTDOWN",),
                    ("INFO",), ("TIME",), ("SORT", k("inbox")), ("RENAME", k("inbox"), k("cancel:x")), ("MULTI",))


@suite
def an_operator_reads():
    """an operator reads the queue and may neither change a job nor call a function that writes"""
    with AclRig() as rig:
        rig.start_redis()
        operator, k = rig.connect_as("operator"), rig.key
        operator("HGETALL", k("job:J"))
        operator("LRANGE", k("bad"), 0, -1)
        all_refused(operator, "operator",
                    ("HSET", k("job:J"), "state", "x"), ("DEL", k("job:J")), ("LPOP", k("inbox")),
                    ("SET", k("alive"), "x"), ("FCALL", "rollcall1_build", 0), ("HGETALL", "rollcall:{other}:job:J"),
                    ("FLUSHALL",), ("CONFIG", "SET", "appendonly", "no"), ("UNLINK", k("class:s:c")))


@suite
def a_steward_seals_anew():
    """a steward changes the key that seals the teachers' connections; an operator is refused that"""
    with school_rig(1) as rig:
        rig.start_worker()
        keys = rig.path("sealing-keys")
        with open(keys, "w", encoding="utf-8") as f:
            f.write("old:%s\n" % ("ab" * 32))
        rig.redis("HSET", rig.key("connection:green-hill:staff-1"), "state", "connected", "sealed", "old.none")
        rig.redis("ZADD", rig.key("connections"), 1, "green-hill:staff-1")
        wait_for(lambda: rig.redis("FUNCTION", "LIST"))
        rig.refusals()
        done = rig.command("keys", "rotate", "--json", user="steward", ROLLCALL_SECRETS_KEY_FILE=keys)
        equal(json.loads(done.stdout)["unreadable"], ["green-hill:staff-1"], done.stderr)
        steward = rig.connect_as("steward")
        equal(steward("FCALL", "rollcall1_connection_reseal", 1, rig.key("inbox"), "green-hill:staff-1",
                      "old.none", "new.none"), 1)
        equal(rig.refusals(), [], "what a steward was refused")
        all_refused(rig.connect_as("operator"), "operator",
                    ("FCALL", "rollcall1_connection_reseal", 1, rig.key("inbox"), "green-hill:staff-1", "x", "y"),
                    ("HSET", rig.key("connection:green-hill:staff-1"), "sealed", "x"))
        rig.refusals()


@suite
def a_steward_intervenes():
    """a steward pauses, resumes, tries dead letters again and drops them; an operator is refused just that"""
    with school_rig() as rig:
        rig.command("school", "set", "green-hill", "--name", "Green Hill", "--auth", "app", "--tenant", TENANT)
        rig.start_worker()
        portal = rig.connect_as("portal")

        def reaches(id, *states):
            wait_for(lambda: state_as(portal, rig, id) in states, 30)

        classes = [class_of(3, id="%dA" % n) for n in range(4)]
        for cls in classes:
            reaches(push_as(portal, rig, "create-team", cls), "done")
        rig.fault({"method": "GET", "path": "/teams/*/members"}, {"status": 500})
        dead = [push_as(portal, rig, "sync-learners", cls) for cls in classes]
        for id in dead:
            reaches(id, "failed")
        rig.control("scenario", {"faults": []})
        rig.refusals()
        steward = (("pause",), ("resume",), ("pause", "--school", "green-hill"), ("dead", "retry", dead[0]),
                   ("resume", "--school", "green-hill"), ("pause", "--type", "sync-learners"),
                   ("dead", "retry", dead[1]), ("resume", "--type", "sync-learners"), ("dead", "drop", dead[2]),
                   ("pause", "--drain"), ("resume",), ("dead", "retry", "--all"))
        for words in steward:
            done = rig.command(*words, user="steward")
            equal(done.returncode, 0, "%s: %s%s" % (" ".join(words), done.stdout, done.stderr))
        for id in (dead[0], dead[1], dead[3]):
            reaches(id, "done")
        equal(rig.refusals(), [], "what a steward was refused")
        for words in (("pause",), ("resume",)):
            done = rig.command(*words)
            equal((done.returncode, "the user steward" in done.stderr), (3, True),
                  "%s as operator: %s" % (" ".join(words), done.stderr))
        for words in (("dead",), ("queue",), ("show", dead[0])):
            equal(rig.command(*words).returncode, 0, " ".join(words) + " as operator")
        redis, k = rig.connect_as("steward"), rig.key
        all_refused(redis, "steward",
                    ("HSET", k("running:w"), "J", "1 r x s:c"), ("UNLINK", k("inbox")), ("FLUSHALL",),
                    ("HSET", k("class:s:c"), "status", "x"), ("FUNCTION", "LOAD", "REPLACE", "x"),
                    ("HSET", "rollcall:{other}:job:J", "state", "x"), ("CONFIG", "GET", "*"), ("EVAL", "return 1", 0))


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
