"""guarded - a master, a replica and three Sentinels under a worker, for what is to hold when the
master goes: tests and measures.
"""
import json
import os
import threading
import time

from rig import Redis, Rig, address, class_of, free_ports, wait_for

DOWN_AFTER_MS = 500


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

    def master(self, name, patience_s=20):
        """A connection to that node if it is a master, else None."""
        try:
            r = Redis(self.nodes[name])
            r.socket.settimeout(patience_s)
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
    """Pushes small jobs without a pause, and keeps the ids whose WAIT 1 said yes. A master that
    does not answer for half a second is looked for anew."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig, self.kept, self.sent, self.over = rig, [], 0, threading.Event()

    def run(self):
        redis = node = None
        while not self.over.wait(0.005):
            try:
                if not redis or self.rig.named() != node:
                    node = self.rig.named()
                    redis = self.rig.master(node, 0.5)
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
    """Waits for the second node to be master, and for a job to finish there. Seconds: until it
    was, until the Sentinels named it, and until the job was done, these two from when it was."""
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
    return answered - began, told - answered, took


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


def start_guarded():
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
