#!/usr/bin/env python3
"""A master, a replica and three Sentinels: the master goes, the worker finds the next one.

usage: test_sentinel.py [WORDS...]
"""
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Redis, Rig, Suite, address, check, class_of, equal, free_ports, wait_for  # noqa: E402

suite = Suite()
DOWN_AFTER_MS = 500
RESUMED_S = 2.0


class Guarded(Rig):
    """A rig whose Redis is two: self.nodes names the sockets, self.url the Sentinels."""

    def start_all(self):
        ports = free_ports(5)
        self.nodes, self.processes_of, self.ports = {}, {}, {}
        for i, name in enumerate(("one", "two")):
            self.start_node(name, ports[i], *(["--replicaof", "127.0.0.1 %d" % ports[0]] if i else []))
        self.socket = self.nodes["one"]
        self.redis = self.connect()
        self.sentinels = [self.start_sentinel(i, port, ports[0]) for i, port in enumerate(ports[2:])]
        self.url = "sentinel://%s/main" % ",".join("127.0.0.1:%d" % p for p in ports[2:])
        wait_for(self.guarded, 30, 0.1)

    def start_node(self, name, port, *more):
        self.nodes[name], self.ports[name] = self.path(name + ".sock"), port
        os.makedirs(self.path(name), exist_ok=True)
        self.processes_of[name] = self.start(name, [
            "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", self.nodes[name],
            "--dir", self.path(name), "--appendonly", "yes", "--save", "", "--repl-diskless-sync-delay", "0", *more])

    def start_sentinel(self, i, port, master_port):
        conf, sock = self.path("sentinel%d.conf" % i), self.path("sentinel%d.sock" % i)
        with open(conf, "w") as f:
            f.write("port %d\nbind 127.0.0.1\nunixsocket %s\ndir %s\n"
                    "sentinel monitor main 127.0.0.1 %d 2\n"
                    "sentinel down-after-milliseconds main %d\n"
                    "sentinel failover-timeout main 4000\n" % (port, sock, self.folder, master_port, DOWN_AFTER_MS))
        self.start("sentinel%d" % i, ["redis-server", conf, "--sentinel"])
        return sock

    def guarded(self):
        "the Sentinels to know each other and the replica, and the replica to follow"
        try:
            for sock in self.sentinels:
                r = Redis(sock)
                others, replicas = r("SENTINEL", "SENTINELS", "main"), r("SENTINEL", "REPLICAS", "main")
                r.close()
                if len(others) != 2 or len(replicas) != 1:
                    return False
            return "state=online" in self.redis("INFO", "replication")
        except (OSError, RuntimeError):
            return False

    def master(self, name):
        """A connection to that node if it is a master, else None."""
        try:
            r = Redis(self.nodes[name])
            if r("ROLE")[0] == "master":
                return r
            r.close()
        except (OSError, RuntimeError):
            pass
        return None

    def named(self):
        """The node that a Sentinel names."""
        r = Redis(self.sentinels[0])
        port = int(r("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")[1])
        r.close()
        return next(name for name, p in self.ports.items() if p == port)


class Portal(threading.Thread):
    """Pushes small jobs without a pause, and keeps the ids whose WAIT 1 said yes."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig, self.kept, self.sent, self.over = rig, [], 0, threading.Event()

    def run(self):
        redis = node = None
        while not self.over.wait(0.005):
            try:
                if not redis or self.rig.named() != node:
                    node = self.rig.named()
                    redis = self.rig.master(node)
                if redis:
                    self.push(redis)
            except (OSError, RuntimeError):
                redis = None

    def push(self, redis):
        self.sent += 1
        envelope = self.rig.envelope("register", "green-hill", class_of(2, id="C%d" % self.sent), id="push-%d" % self.sent)
        redis("RPUSH", self.rig.key("inbox"), json.dumps(envelope))
        if redis("WAIT", 1, 200) >= 1:
            self.kept.append(envelope["id"])


def finished(redis, rig):
    return int(redis.hash(rig.key("counts")).get("done", 0))


def resumed(rig):
    """Waits for the second node to be master, and for a job to finish there; how long that took, in words."""
    began = time.monotonic()

    def promoted():
        "a new master"
        return rig.master("two")
    redis = wait_for(promoted, 20, 0.002)
    answered, before = time.monotonic(), finished(redis, rig)

    def named():
        "the Sentinels to name it"
        return rig.named() == "two"
    wait_for(named, 20, 0.002)
    told = time.monotonic()

    def more():
        "a job to finish"
        return finished(redis, rig) > before
    wait_for(more, 20, 0.002)
    took = time.monotonic() - answered
    rig.redis.close()
    rig.redis = redis
    check(took < RESUMED_S, "consuming again within %g s (%.2f)" % (RESUMED_S, took))
    return "new master after %.2f s, named %.2f s later, consuming %.2f s after it answered" % (
        answered - began, told - answered, took)


def all_there(rig, portal):
    """Every job that WAIT acknowledged is done, in the end."""
    states = {}

    def done():
        for id in portal.kept:
            if states.get(id) != "done":
                states[id] = rig.redis("HGET", rig.key("job:" + id), "state")
        return all(states[id] == "done" for id in portal.kept)
    done.__doc__ = "all %d acknowledged jobs to be done" % len(portal.kept)
    try:
        wait_for(done, 30, 0.2)
    except TimeoutError:
        raise AssertionError("left: %s" % sorted((i, s) for i, s in states.items() if s != "done")[:5]) from None


def start():
    rig = Guarded()
    try:
        rig.start_all()
        rig.start_emulator("--world", rig.world([address("teacher1")]), scale=100)
        rig.school("green-hill")
        rig.start_worker(ROLLCALL_REDIS_URL=rig.url)
        rig.run("register", "green-hill", class_of(1))
        return rig
    except Exception:
        rig.close()
        raise


@suite
def master_killed():
    """the master is killed while jobs run: the worker consumes within 2 s of the next one, nothing acknowledged is lost"""
    with start() as rig:
        portal = Portal(rig)
        portal.start()
        wait_for(lambda: len(portal.kept) > 100, 20)
        rig.end(rig.processes_of["one"], signal.SIGKILL)
        said = resumed(rig)
        before = len(portal.kept)
        rig.start_node("one", rig.ports["one"], "--replicaof", "127.0.0.1 %d" % rig.ports["two"])
        wait_for(lambda: len(portal.kept) > before + 100, 20)
        portal.over.set()
        portal.join()
        all_there(rig, portal)
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return "%s; %d acknowledged jobs, 0 lost" % (said, len(portal.kept))


@suite
def master_handed_over():
    """an operator hands the master's part over: the worker leaves the old one, which takes writes for ten more seconds"""
    with start() as rig:
        portal = Portal(rig)
        portal.start()
        wait_for(lambda: len(portal.kept) > 50, 20)
        sentinel = Redis(rig.sentinels[0])
        equal(sentinel("SENTINEL", "FAILOVER", "main"), "OK")
        sentinel.close()
        said = resumed(rig)
        portal.over.set()
        portal.join()
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return said


@suite
def a_sentinel_is_gone():
    """the first Sentinel is gone and the others know: worker and commands find the master nevertheless"""
    with start() as rig:
        port = free_ports(1)[0]
        url = rig.url.replace("sentinel://", "sentinel://127.0.0.1:%d," % port)
        done = rig.command("queue", ROLLCALL_REDIS_URL=url)
        equal(done.returncode, 0, done.stderr)
        done = rig.command("queue", ROLLCALL_REDIS_URL="sentinel://127.0.0.1:%d/main" % port)
        equal(done.returncode, 3)
        check("Sentinel 127.0.0.1:%d" % port in done.stderr and "refused" in done.stderr, done.stderr)
        done = rig.command("queue", ROLLCALL_REDIS_URL=rig.url.replace("/main", "/other"))
        equal(done.returncode, 3)
        check("does not know that master" in done.stderr, done.stderr)


sys.exit(suite.main(sys.argv[1:]))
