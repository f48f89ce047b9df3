#!/usr/bin/env python3
"""The command line of rollcall, its settings, what is installed, and doctor, who looks at it all.

usage: test_cli.py [WORDS...]
"""
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cli_rig import environment, fresh, main, online, rig, rollcall  # noqa: E402
from rig import ROOT, Suite, check, equal, has  # noqa: E402

suite = Suite()


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
                    "bad", "jobs", "class", "school", "night", "report", "year", "doctor", "config", "help"):
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


# ---- doctor ---------------------------------------------------------------------------------------------

def findings(status, **more):
    out, _ = rollcall("doctor", "--json", status=status, **more)
    return {f["check"]: f for f in json.loads(out)}


def manual(name):
    with open(os.path.join(ROOT, "src", "man", name), encoding="utf-8") as f:
        return f.read()


def strings_of(path, table):
    """What stands in quotes in a table of the source."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        text = f.read()
    at = text.index(table)
    return re.findall(r'"([a-z_-]+)"', text[at:text.index("};", at)])


@suite
def the_manuals_have_everything():
    """rollcall(1) has every command and option, both manuals every type of job, rollcall-queue(7) every option of one"""
    commands = [line.split("  ")[1].strip() for line in rollcall("help")[0].splitlines() if line.startswith("  ")]
    page, queue = manual("rollcall.1"), manual("rollcall-queue.7")
    check(len(commands) > 40, "commands")
    for command in commands:
        name = [word for word in command.split()[:2] if word.islower()]
        known = [n for n in (name, name[:1]) if rollcall("help", *n, status=None)[0]][0]
        check(re.search(r"Cm " + r" (?:Cm )?".join(known), page), " ".join(known) + " in rollcall(1)")
        for option in re.findall(r"--([a-z-]+)", rollcall("help", *known)[0].split("\n    ")[0]):
            check(re.search(r"Fl -%s\b" % option, page), "--%s of %s in rollcall(1)" % (option, command))
    types = strings_of("src/base/reasons.c", "static const char *const types[]")
    options = strings_of("src/queue/envelope_options.c", "static const struct option options_known[]")
    check(len(types) > 8 and len(options) > 10, "types and options")
    for type in types:
        check(re.search(r"\b%s\b" % type, page) and re.search(r"\b%s\b" % type, queue), type + " in both manuals")
    for option in options:
        check("options." + option in queue, "options.%s in rollcall-queue(7)" % option)


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


ENDED = """-----BEGIN CERTIFICATE-----
MIIBFzCBvgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1Sb2xsY2FsbCB0ZXN0
MB4XDTI0MDEwMTAwMDAwMFoXDTI0MDIwMTAwMDAwMFowGDEWMBQGA1UEAwwNUm9s
bGNhbGwgdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCL6qTLXMWgfKunk
i4zCyhd/IdUSywtiJ3d4fZ5m2D0Ilil1v/pseT0YEhsL0xgQCT6lArKVXB50i294
5JghXeAwCgYIKoZIzj0EAwIDSAAwRQIhAKiIGUoCVYIt4cQ+XLNdRYIErWrxjhqg
Em9G87GVIiqgAiASa0QBLpUJjjiZ+78ocvS5ZjLOfzX+VJXibjzG+eT1wA==
-----END CERTIFICATE-----
"""


@suite
def doctor_says_how_long_a_certificate_is_good():
    """doctor says until when the app's certificate is good, warns a month before, and fails when it has ended"""
    fresh()
    path = rig.path("app.pem")

    def certificate(days=None, text=None):
        if days:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-subj", "/CN=app", "-keyout", rig.path("app.key"), "-out", path, "-days", str(days)],
                           check=True, capture_output=True)
        else:
            with open(path, "w") as f:
                f.write(text)
        return findings(None, ROLLCALL_APP_CLIENT_ID="x", ROLLCALL_APP_CERTIFICATE_FILE=path,
                        ROLLCALL_APP_KEY_FILE=rig.path("app.key"))["App certificate"]

    good, soon, ended = certificate(400), certificate(10), certificate(text=ENDED)
    equal([good["result"], soon["result"], ended["result"]], ["ok", "warning", "FAIL"])
    has(good["text"], time.strftime("good until %Y-%m-%d", time.gmtime(time.time() + 400 * 86400)))
    check(re.search(r"in (9|10) days$", soon["text"]), soon["text"])
    has(ended["text"], "ended on 2024-02-01")
    has(certificate(text="secret\n")["text"], "holds no certificate")
    certificate(400)
    authorities = rig.path("authorities.pem")
    for text, result in ((ENDED, "FAIL"), (ENDED + open(path).read() + ENDED, "ok")):
        with open(authorities, "w") as f:
            f.write(text)
        equal(findings(None, ROLLCALL_GRAPH_CA_FILE=authorities)["CA file"]["result"], result, "whom it trusts, of whom some have ended")


if __name__ == "__main__":
    sys.exit(main(suite))
