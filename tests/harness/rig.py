"""rig - a private Redis, Microsoft's side and workers, for the demo, the system tests and
the benchmarks. Everything lives in one folder and ends with the rig; only processes that
the rig started are ended, by pid. Python's standard library and nothing else.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "11111111-1111-1111-1111-111111111111"
SECRET = "demo-secret"
CHECKER = os.environ.get("ROLLCALL_UNDER", "").split()  # valgrind -q …: workers run under it
FOUND = re.compile(r"^==\d+== ", re.M)  # what it says in a log, and only when it found something


class Redis:
    """A RESP2 connection, just large enough for tests."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            raw = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        self.socket.sendall(b"".join(parts))

    def read(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            return None if n < 0 else self.file.read(n + 2)[:-2].decode("utf-8", "replace")
        n = int(rest)
        return None if n < 0 else [self.read() for _ in range(n)]

    def __call__(self, *words):
        self.send(*words)
        return self.read()

    def pipeline(self, commands):
        for command in commands:
            self.send(*command)
        return [self.read() for _ in commands]

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))


PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))  # programs under a checker are slower


def wait_for(what, seconds=10, pause=0.01):
    """Looks until what() is true; the time limit is a failure with its name."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited %g s for %s" % (seconds * PATIENCE, getattr(what, "__doc__", None) or what))
        time.sleep(pause)


def free_ports(n):
    """Ports of 127.0.0.1 that nobody listens on, each another one."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def children_of(pid):
    """The processes that pid has forked, from /proc; none when it is gone."""
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def resident_kb(pid):
    """What is in memory of a process, 0 when it is gone."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return int(next((line.split()[1] for line in f if line.startswith("VmRSS")), 0))
    except OSError:
        return 0


def signal_if_there(pid, how):
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


def kill_family(process):
    """A process and its children at one blow: none has the time to hear of another's death."""
    process.send_signal(signal.SIGSTOP)
    for pid in children_of(process.pid):
        signal_if_there(pid, signal.SIGKILL)
    process.kill()


class Rig:
    def __init__(self, folder=None, keep=False):
        self.keep = keep or folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="rollcall-")
        os.makedirs(self.folder, exist_ok=True)
        self.processes = []
        self.workers = []
        self.emulator = self.redis_process = None
        self.redis = None
        self.prefix = "rollcall:{teams}:"
        self.serial = 0

    # ---- processes ------------------------------------------------------------------

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def program(self, name):
        return os.path.join(BUILD, name)

    def start(self, name, command, env=None, stdout=None):
        log = open(self.path(name + ".log"), "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log,
                                   env=dict(os.environ, **(env or {})))
        log.close()
        process.name = name
        self.processes.append(process)
        return process

    def end(self, process, how=signal.SIGTERM, seconds=15):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(seconds * (4 if CHECKER else 1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.processes:
            self.processes.remove(process)
        return process.returncode

    def close(self):
        for process in reversed(list(self.processes)):
            self.end(process)
        if self.redis:
            self.redis.close()
        logs = [self.log_of(name) for name in sorted({worker.name for worker in self.workers})] if CHECKER else []
        found = "".join(log for log in logs if FOUND.search(log))
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if found:
            raise AssertionError("the checker found something:\n" + found)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    # ---- Redis ------------------------------------------------------------------------

    def start_redis(self, aof=True, *more):
        """With aof, what was answered is in the file, whenever Redis is killed: with its "everysec"
        Redis puts off even the writing while the disk is busy."""
        self.socket = self.path("redis.sock")
        self.redis_process = self.start("redis", [
            "redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
            "--appendonly", "yes" if aof else "no", "--appendfsync", "no", "--save", "",
            "--maxmemory-policy", "noeviction",
            *more])
        self.redis = self.connect()

    def connect(self):
        def answers():
            "Redis to answer"
            try:
                r = Redis(self.socket)
                if r("PING") == "PONG":
                    return r
            except (OSError, RuntimeError):
                return None
        return wait_for(answers, 20)

    # ---- Microsoft's side -----------------------------------------------------------------

    def start_emulator(self, *more, scale=20, port=0, name="emulator"):
        self.emulator = self.start(name, [
            self.program("rollcall-emulator"), "--listen", "127.0.0.1:%d" % port,
            "--scale", str(scale), *more], stdout=subprocess.PIPE)
        line = self.emulator.stdout.readline().decode()
        if "://" not in line:
            raise RuntimeError("the emulator did not start: see " + self.path(name + ".log"))
        self.graph = line.strip().rsplit(" ", 1)[1]
        self.scale = scale
        return self.graph

    def control(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.graph + "/_emulator/" + path, data=data,
                                         method=method or ("POST" if data is not None else "GET"))
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.strip() else None

    def ledger(self, *what):
        """Every effective change at Microsoft's, or those of some kinds."""
        return [c for c in self.control("ledger?format=array") if not what or c["what"] in what]

    def stats(self):
        return self.control("stats")

    def team(self, team_id):
        return self.control("teams/" + team_id)

    def fault(self, match, do):
        self.control("scenario?add=1", {"faults": [{"match": match, "do": do}]})

    def world(self, users, **more):
        """A world file with one tenant; users are addresses or Graph user objects."""
        tenant = dict({"id": TENANT, "domain": "school.example",
                       "users": [u if isinstance(u, dict) else {"mail": u} for u in users]}, **more)
        path = self.path("world.json")
        with open(path, "w") as f:
            json.dump({"tenants": [tenant]}, f)
        return path

    # ---- workers -------------------------------------------------------------------------------

    def secret(self):
        """the file with the app's secret, written once: a worker may be reading it"""
        path = self.path("secret")
        if not os.path.exists(path):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
                f.write(SECRET + "\n")
        return path

    def settings(self, **more):
        env = {
            "ROLLCALL_CONF": os.devnull,
            "ROLLCALL_REDIS_URL": "unix://" + self.socket,
            "ROLLCALL_GRAPH_ROOT": self.graph + "/v1.0",
            "ROLLCALL_GRAPH_AUTHORITY": self.graph,
            "ROLLCALL_GRAPH_QUOTA_SCALE": str(self.scale),
            "ROLLCALL_APP_CLIENT_ID": CLIENT,
            "ROLLCALL_APP_CLIENT_SECRET_FILE": self.secret(),
        }
        env.update(more)
        return env

    def start_worker(self, *options, name="worker", program="rollcalld", **more):
        checker = CHECKER
        if CHECKER and "-n" in options:  # its children, too; one that starts slowly does not hang
            checker = [*CHECKER, "--trace-children=yes"]
            more = dict({"LD_PRELOAD": self.program("exec_self.so"), "ROLLCALL_QUEUE_LEASE_MS": "60000"}, **more)
        worker = self.start(name, [*checker, self.program(program), *options],
                            env=self.settings(**more))
        self.workers.append(worker)
        return worker

    def command(self, *words, **more):
        return subprocess.run([self.program("rollcall"), *words], env=dict(os.environ, **self.settings(**more)),
                              capture_output=True, text=True, timeout=120)

    def recount(self, trimmed=True):
        """Every place of the queue against the counters, by recount.lua: a list of faults."""
        with open(os.path.join(HERE, "recount.lua")) as f:
            return self.redis("EVAL", f.read(), 1, self.key("inbox"), 1 if trimmed else 0)

    # ---- what a portal does -----------------------------------------------------------------------

    def key(self, name):
        return self.prefix + name

    def school(self, school, **fields):
        fields = dict({"name": school, "tenant_id": TENANT, "auth": "app"}, **fields)
        self.redis("HSET", self.key("school:" + school), *[w for pair in fields.items() for w in pair])

    def envelope(self, type, school, cls=None, **more):
        self.serial += 1
        envelope = {"v": 1, "id": more.pop("id", "%s-%d-%d" % (type, os.getpid(), self.serial)),
                    "type": type, "school": school}
        if cls is not None:
            envelope["class"] = cls
        envelope.update(more)
        return envelope

    def push(self, type, school, cls=None, **more):
        envelope = self.envelope(type, school, cls, **more)
        self.redis("RPUSH", self.key("inbox"), json.dumps(envelope))
        return envelope["id"]

    def job(self, id):
        return self.redis.hash(self.key("job:" + id))

    def rows(self, id):
        return [json.loads(r) for r in self.redis("LRANGE", self.key("job:%s:learners" % id), 0, -1)]

    def ended(self, id, seconds=60):
        def over():
            record = self.job(id)
            return record if record.get("state") in ("done", "failed", "cancelled", "joined") else None
        over.__doc__ = "job %s to end (state %s)" % (id, self.job(id).get("state"))
        return wait_for(over, seconds)

    def run(self, type, school, cls=None, seconds=60, **more):
        id = self.push(type, school, cls, **more)
        return id, self.ended(id, seconds)

    def added(self, id, n=5, **more):
        """Waits until a running job has added so many learners, and has more to do."""
        def under_way():
            return int(self.job(id).get("added", 0)) >= n
        under_way.__doc__ = "job %s to add %d learners" % (id, n)
        wait_for(under_way, **dict({"seconds": 20}, **more))

    def log_of(self, name="worker"):
        with open(self.path(name + ".log"), errors="replace") as f:
            return f.read()


# ---- tests as true sentences ------------------------------------------------------------------

class Suite:
    """Collects tests (functions with a sentence as docstring) and runs them one by one."""

    def __init__(self):
        self.tests = []

    def __call__(self, function):
        self.tests.append(function)
        return function

    def main(self, words):
        import sys
        import traceback
        passed = failed = skipped = 0
        for test in self.tests:
            sentence = " ".join((test.__doc__ or test.__name__).split())
            if words and not any(w in sentence for w in words):
                continue
            started = time.monotonic()
            try:
                note = test()
                passed += 1
                print("  ok    %s (%.1f s)%s" % (sentence, time.monotonic() - started,
                                                 ": " + str(note) if note else ""))
            except Skip as why:
                skipped += 1
                print("  skip  %s (%s)" % (sentence, why))
            except Exception:
                failed += 1
                print("  FAIL  %s\n%s" % (sentence, traceback.format_exc()))
            sys.stdout.flush()
        print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
        return 1 if failed else 0


class Skip(Exception):
    pass


def check(value, what="this"):
    if not value:
        raise AssertionError(what + " does not hold")


def equal(got, want, what="value"):
    if got != want:
        raise AssertionError("%s is %r, want %r" % (what, got, want))


def has(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError("%r is not in\n%s" % (part, text))


def has_not(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError("%r is in\n%s" % (part, text))


# ---- a small school ------------------------------------------------------------------------------

def address(name):
    return name + "@school.example"


def learners(n, first=1):
    return [{"id": "L%03d" % i, "name": "Learner %d" % i, "email": address("learner%d" % i)}
            for i in range(first, first + n)]


def class_of(n, id="8B-2026", **more):
    return dict({"id": id, "name": id.split("-")[0], "year": "2026",
                 "teachers": [{"id": "staff-1", "name": "N. Dlamini", "email": address("teacher1")}],
                 "learners": learners(n)}, **more)


def start(n=40, teachers=2, users=(), worker=True, scale=100, aof=False, emulator=(), **settings):
    """A rig with a school "green-hill", accounts for n learners and a worker."""
    rig = Rig()
    try:
        rig.start_redis(aof)
        people = [address("teacher%d" % i) for i in range(1, teachers + 1)]
        people += [address("learner%d" % i) for i in range(1, n + 1)]
        rig.start_emulator("--world", rig.world(people + list(users)), *emulator, scale=scale)
        rig.school("green-hill")
        if worker:
            rig.start_worker(**settings)
        return rig
    except Exception:
        rig.close()
        raise
