#!/usr/bin/env python3
"""The worked examples for portals: each language as the Redis user portal, against a live worker.

usage: test_clients.py [WORDS...]
"""
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from acl_rig import AclRig, password  # noqa: E402
from rig import Skip, Suite, address, check, equal, wait_for  # noqa: E402

suite = Suite()
ADD = {"method": "POST", "path": "/teams/*/members/add"}
# German, Afrikaans, isiXhosa's and Khoekhoe's clicks, a script beyond 16 bits, and what JSON escapes.
NAMES = ["Jürgen Größe-Çelik", "Anél van Wyk-Lûbbe ŉ", "Nokuthula ‘Thuli’ Ndlovu", "ǃNaruseb ǀGôagoses",
         "Zoë \"Zo\" O'Neill \\ <Söhne> & Co/KG", "𝒜da Šimůnek 🎓"]


# ---- which examples can run here ----------------------------------------------------------

def runs(*command):
    return subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@functools.cache
def python():
    for each in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(each) and runs(each, "-c", "import redis"):
            return [each, "portal.py"]
    raise Skip("python3-redis is not there")


@functools.cache
def node():
    """The packages of package-lock.json are installed when they are not there."""
    check_for("node")
    if not runs("npm", "ls", "--silent") and not runs(
            "npm", "ci", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund",
            "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"):
        raise Skip("the packages of package-lock.json cannot be installed here")
    return ["node", "portal.mjs"]


def shell():
    check_for("jq")
    check_for("redis-cli")
    return ["sh", "portal.sh"]


def phpredis():
    check_for("php")
    if not runs("php", "-r", 'exit(class_exists("Redis") ? 0 : 1);'):
        raise Skip("php-redis is not there")
    return ["php", "phpredis.php"]


def predis():
    check_for("php")
    if not runs("php", "-r", 'exit(stream_resolve_include_path("Predis/autoload.php") ? 0 : 1);'):
        raise Skip("php-nrk-predis is not there")
    return ["php", "predis.php"]


def check_for(program):
    if not shutil.which(program):
        raise Skip(program + " is not there")


LANGUAGES = {"shell": shell, "Python": python, "Node": node, "PHP with phpredis": phpredis, "PHP with Predis": predis}


def each_language(sentence):
    def add(test):
        for language, command in LANGUAGES.items():
            def run(command=command):
                command = command()
                with PortalRig(command) as rig:
                    note = test(rig)
                    equal(rig.refusals(), [], "what Redis refused")
                    return note
            run.__doc__ = "%s: %s" % (language, sentence)
            suite(run)
        return test
    return add


# ---- a portal and what it talks to ----------------------------------------------------------

class PortalRig(AclRig):
    """Redis with users.acl, Microsoft's side, a school, and an example as its portal."""

    def __init__(self, command):
        super().__init__()
        self.portal_command = command
        try:
            self.start_redis()
            people = [address("teacher1")] + [address("learner%d" % i) for i in range(1, 41)]
            self.start_emulator("--world", self.world(people), scale=100)
            self.school("green-hill")
        except Exception:
            self.close()
            raise

    def portal_env(self, **more):
        return dict(os.environ, **dict({"REDIS_HOST": self.socket, "REDIS_PASSWORD": password("portal"),
                                        "LC_ALL": "C.UTF-8"}, **more))

    def portal(self, *words, status=0, **more):
        """What the example prints, line by line."""
        done = subprocess.run([*self.portal_command, *words], cwd=HERE, env=self.portal_env(**more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=60)
        said = done.stdout + done.stderr
        equal(done.returncode, status, "status of %s, which said %r," % (" ".join(words), said))
        self.errors = done.stderr
        return done.stdout.splitlines()

    def watching(self, job, **more):
        """The example's watch of a job, begun and left to run; what it prints goes to watch.log."""
        with open(self.path("watch.log"), "wb") as log:
            process = subprocess.Popen([*self.portal_command, "watch", job], cwd=HERE, env=self.portal_env(**more),
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def watched(self):
        return self.log_of("watch").splitlines()

    def watch_says(self, words):
        def said():
            said.__doc__ = "watch to say %r, which says %r" % (words, self.watched())
            return any(words in line for line in self.watched())
        wait_for(said, 20)

    def request(self, cls, **more):
        path = self.path("request.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(dict({"school": "green-hill", "requested_by": "staff-1", "class": cls}, **more), f,
                      ensure_ascii=False)
        return path

    def inbox(self):
        return [json.loads(text) for text in self.redis("LRANGE", self.key("inbox"), 0, -1)]


def class_of(names):
    return {"id": "8B-2026", "name": "8B Größe", "year": "2026",
            "teachers": [{"id": "staff-1", "name": "N. Dlamini", "email": address("teacher1")}],
            "learners": [{"id": "%03d" % i, "name": name, "email": address("learner%d" % i)}
                         for i, name in enumerate(names, 1)]}


class Cutter:
    """A TCP port before the rig's Redis. The first command that holds the word is carried
    out, and its connection cut before the answer."""

    def __init__(self, rig, word, carried_out):
        self.path, self.word, self.carried_out = rig.socket, word, carried_out
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listener.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self.path)
            threading.Thread(target=self.serve, args=(client, server), daemon=True).start()

    def serve(self, client, server):
        state = {"cut": False}
        threading.Thread(target=self.answer, args=(client, server, state), daemon=True).start()
        try:
            while data := client.recv(1 << 16):
                state["cut"] = self.cuts == 0 and self.word in data.upper()
                server.sendall(data)
                if state["cut"]:
                    self.cuts += 1
                    wait_for(self.carried_out)
                    break
        except OSError:
            pass
        for each in (client, server):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def answer(self, client, server, state):
        try:
            while data := server.recv(1 << 16):
                if not state["cut"]:
                    client.sendall(data)
        except OSError:
            pass


# ---- the tests --------------------------------------------------------------------------------

@each_language("create and sync are watched to their summary, and each learner's name is whole")
def from_create_to_summary(rig):
    rig.start_worker()
    cls = class_of(NAMES)
    cls["learners"][2]["email"] = address("nobody")
    request = rig.request(cls)
    wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
    equal(rig.portal("alive"), ["alive yes"])

    equal(rig.portal("create", request, "create-1"), ["job create-1"])
    lines = rig.portal("watch", "create-1")
    record = rig.job("create-1")
    check(record["web_url"], "an address of the Team")
    equal(lines[-3:], ["ended done", "added 0, already member 0, failed 0, unresolved 0, removed 0, removal failed 0",
                       "team " + record["web_url"]], "watch create")

    equal(rig.portal("sync", request, "sync-1"), ["job sync-1"])
    lines = rig.portal("watch", "sync-1")
    for line in lines[:-3]:
        check(re.match(r"(queued|running|waiting|done) \d+/\d+( \S.*)?$|waiting for a worker$", line), repr(line))
    equal(lines[-3:-1], ["ended done", "added 5, already member 0, failed 0, unresolved 1, removed 0, removal failed 0"],
          "watch sync")
    rows = sorted(rig.portal("learners", "sync-1"))
    equal(rows, ["%03d\t%s\t%s" % (i, name, "unresolved\tno_account" if i == 3 else "added\t")
                 for i, name in enumerate(NAMES, 1)], "rows")
    equal(rig.portal("depth"), ["inbox 0 queued 0 waiting 0 running 0 dead 0"])
    equal(rig.portal("watch", "never-pushed", status=1), ["waiting for a worker", "unknown never-pushed"])


@each_language("text, numbers, empty lists and empty objects arrive as they were, and no id comes twice")
def whole_in_the_inbox(rig):
    request = {"at": 4102444800000, "priority": "background", "options": {}}
    path = rig.request(dict(class_of([]), name=" ".join(NAMES)), **request)
    ids = [rig.portal("sync", path)[0], rig.portal("create", path)[0], rig.portal("sync", path)[0]]
    for id in ids:
        check(re.fullmatch(r"job [A-Za-z0-9._-]{1,64}", id), id)
    equal(len(set(ids)), 3, "ids")
    with open(path, encoding="utf-8") as f:
        want = json.load(f)
    types = ["sync-learners", "create-team", "sync-learners"]
    for envelope, id, type in zip(rig.inbox(), ids, types):
        # As text: Python takes 1 and 1.0 and true for equal.
        equal(json.dumps(envelope), json.dumps(dict({"v": 1, "id": id[4:], "type": type}, **want)), "envelope")
    equal(rig.portal("alive", status=1), ["alive no"])
    equal(rig.portal("depth"), ["inbox 3 queued 0 waiting 0 running 0 dead 0"])


@each_language("a push and a poll whose answers were lost are sent again, and it is one job")
def sent_again(rig):
    request = rig.request(class_of(NAMES))
    with Cutter(rig, b"RPUSH", lambda: rig.inbox()) as cutter:
        place = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": cutter.port}
        equal(rig.portal("create", request, "create-1", **place), ["job create-1"])
        equal(cutter.cuts, 1, "connections cut")
    equal([e["id"] for e in rig.inbox()], ["create-1"] * 2, "ids in the inbox")

    with Cutter(rig, b"HMGET", lambda: True) as cutter:
        watch = rig.watching("create-1", REDIS_HOST="127.0.0.1", REDIS_PORT=cutter.port)
        rig.watch_says("no worker is online")
        equal(cutter.cuts, 1, "connections cut")
        rig.start_worker()
        equal(watch.wait(30), 0, "status of watch")
    equal(rig.watched()[-3], "ended done")
    equal(rig.redis("HGET", rig.key("counts"), "done"), "1", "jobs done")
    equal(len(rig.ledger("team_created")), 1, "Teams made")


@each_language("a job that joins another is watched there, and cancelled while it runs")
def joined_and_cancelled(rig):
    rig.start_worker()
    request = rig.request(class_of(["Learner %d" % i for i in range(1, 31)]))
    rig.portal("create", request, "create-1")
    rig.portal("watch", "create-1")
    rig.fault(ADD, {"delay_ms": 3000})
    rig.portal("sync", request, "sync-1")
    wait_for(lambda: rig.job("sync-1").get("phase") == "Adding learners", 20)
    rig.portal("sync", request, "sync-2")
    watch = rig.watching("sync-2")
    rig.watch_says("joined sync-1")
    rig.watch_says("Adding learners")
    equal(rig.portal("cancel", "sync-1", "staff-1"), ["cancel asked sync-1"])
    equal(watch.wait(30), 1, "status of watch")
    record, lines = rig.job("sync-1"), rig.watched()
    equal((record["state"], record["cancelled_by"]), ("cancelled", "staff-1"), "state, and who")
    equal(lines[-3], "ended cancelled")
    added = int(record["added"])
    check(added < 30, "fewer than 30 added")
    check(lines[-2].startswith("added %d, " % added), lines[-2])
    equal(len(rig.portal("learners", "sync-1")), added, "rows")


@each_language("an envelope of more than 1 MiB is seen to fail as bad_envelope, one just below to pass")
def too_large(rig):
    rig.start_worker()
    cls = class_of(["Ü" * 480] * 1000)
    equal(rig.portal("sync", rig.request(cls), "fits"), ["job fits"])
    equal(rig.portal("watch", "fits", status=1)[-2].split(" ")[:3], ["ended", "failed", "team_missing"])
    cls["learners"] += cls["learners"][:60]
    equal(rig.portal("sync", rig.request(cls), "too-large"), ["job too-large"])
    lines = rig.portal("watch", "too-large", status=1)
    equal(lines[-2], "ended failed bad_envelope " + rig.job("too-large")["error"])
    check("larger than" in lines[-2], lines[-2])


@each_language("a wrong password is told at once, with status 3, and a wrong command with 2")
def wrong_password(rig):
    equal(rig.portal("depth", status=3, REDIS_PASSWORD="guessed"), [])
    check("WRONGPASS" in rig.errors and "again" not in rig.errors, repr(rig.errors))
    equal(rig.portal("enqueue", status=2), [])
    equal(len(rig.refusals()) > 0, True, "Redis refused")


@suite
def a_filtered_array():
    """PHP: learners that went through array_filter, and none at all, are a list in the envelope"""
    check_for("php")
    code = """
        require "portal.php";
        $envelope = new ReflectionMethod("Rollcall", "envelope");
        foreach ([[5, 6, 7], []] as $learners)
            echo $envelope->invoke(null, "sync-learners", ["class" => ["id" => "8B", "learners" =>
                array_filter($learners, fn($n) => $n !== 6)], "options" => []], "J"), "\\n";
    """
    done = subprocess.run(["php", "-r", code], cwd=HERE, capture_output=True, text=True)
    envelopes = [json.loads(line) for line in done.stdout.splitlines()]
    equal([(e["class"]["learners"], e["options"]) for e in envelopes], [([5, 7], {}), ([], {})], done.stderr)


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
