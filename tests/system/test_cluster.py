#!/usr/bin/env python3
"""Three nodes of a Redis Cluster: the worker is pointed at a wrong one, and the queue's slot moves.

usage: test_cluster.py [WORDS...]
"""
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import TENANT, Rig, Suite, address, check, class_of, equal, free_ports, wait_for  # noqa: E402
from roster_files import school_roster, write_folder  # noqa: E402

suite = Suite()
SLOTS = 16384


class Node:
    def __init__(self, rig, name, port, bus_port):
        self.rig, self.name, self.port, self.bus_port = rig, name, port, bus_port
        self.socket = rig.path(name + ".sock")
        os.makedirs(rig.path(name), exist_ok=True)
        self.start()
        self.id = self("CLUSTER", "MYID")

    def start(self):
        self.process = self.rig.start(self.name, [
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket,
            "--dir", self.rig.path(self.name), "--appendonly", "yes", "--save", "", "--cluster-enabled", "yes",
            "--cluster-port", str(self.bus_port), "--cluster-node-timeout", "2000",
            "--cluster-require-full-coverage", "no"])
        self.rig.socket = self.socket
        self.redis = self.rig.connect()

    def __call__(self, *words):
        with self.rig.lock:
            return self.redis(*words)

    @property
    def url(self):
        return "redis://127.0.0.1:%d" % self.port


class Clustered(Rig):
    """A rig whose Redis is three primaries; self.owner has the queue's slot."""

    def __init__(self):
        super().__init__()
        self.nodes, self.lock = [], threading.RLock()

    def start_all(self):
        ports = free_ports(6)
        for i in range(3):
            self.nodes.append(Node(self, "node%d" % i, ports[i], ports[3 + i]))
        share = SLOTS // 3
        for i, node in enumerate(self.nodes):
            node("CLUSTER", "ADDSLOTSRANGE", i * share, SLOTS - 1 if i == 2 else (i + 1) * share - 1)
            node("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].bus_port)

        def agreed():
            "the nodes to know each other"
            infos = [n("CLUSTER", "INFO") for n in self.nodes]
            return all("cluster_state:ok" in i and "cluster_known_nodes:3" in i and
                       "cluster_slots_ok:16384" in i for i in infos)
        wait_for(agreed, 30, 0.05)
        self.slot = self.nodes[0]("CLUSTER", "KEYSLOT", self.key("inbox"))
        self.owner = self.nodes[min(self.slot // share, 2)]
        self.others = [n for n in self.nodes if n is not self.owner]

    def close(self):
        for node in self.nodes:
            node.redis.close()
        super().close()

    def ask(self, *words):
        """What a portal's client does: goes where it is sent, and waits where it has to."""
        node, asking = self.owner, False
        for _ in range(2000):
            try:
                with self.lock:
                    if asking:
                        node("ASKING")
                    return node(*words)
            except RuntimeError as refusal:
                word, *rest = str(refusal).split()
                if word in ("MOVED", "ASK"):
                    node = next(n for n in self.nodes if rest[1].endswith(":%d" % n.port))
                    asking = word == "ASK"
                elif word == "TRYAGAIN":
                    node, asking = self.owner, False
                    time.sleep(0.005)
                else:
                    raise
        raise RuntimeError("sent from node to node without end")

    # The same words as Rig has, by way of ask.

    def push(self, type, school, cls=None, **more):
        envelope = self.envelope(type, school, cls, **more)
        self.ask("RPUSH", self.key("inbox"), json.dumps(envelope))
        return envelope["id"]

    def job(self, id):
        flat = self.ask("HGETALL", self.key("job:" + id))
        return dict(zip(flat[::2], flat[1::2]))

    def school(self, school):
        self.ask("HSET", self.key("school:" + school), "name", school, "tenant_id", TENANT, "auth", "app")

    # Moving the slot, as a resharding tool does it.

    def begin_move(self, to, envelopes):
        """Begins, and in the same instant an inbox that nobody could empty before."""
        to("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.owner.id)
        with self.lock:
            self.owner("MULTI")
            for envelope in envelopes:
                self.owner("RPUSH", self.key("inbox"), json.dumps(envelope))
            self.owner("CLUSTER", "SETSLOT", self.slot, "MIGRATING", to.id)
            self.owner("EXEC")

    def move_some(self, to, count):
        keys = self.owner("CLUSTER", "GETKEYSINSLOT", self.slot, count)
        if keys:
            self.owner("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *keys)
        return len(keys)

    def end_move(self, to):
        for node in [to, self.owner] + self.nodes:
            node("CLUSTER", "SETSLOT", self.slot, "NODE", to.id)
        self.owner = to


class Portal(threading.Thread):
    """Pushes small jobs, and follows where the cluster sends it."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig, self.ids, self.over = rig, [], threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            n = len(self.ids) + 1
            self.ids.append(self.rig.push("register", "green-hill", class_of(2, id="M%d" % n), id="move-%d" % n))


def all_done(rig, ids):
    states = {}

    def done():
        for id in ids:
            if states.get(id) != "done":
                states[id] = rig.job(id).get("state")
        return all(states[id] == "done" for id in ids)
    try:
        wait_for(done, 30, 0.2)
    except TimeoutError:
        left = [(i, s) for i, s in states.items() if s != "done"]
        raise AssertionError("%d of %d left: %s" % (len(left), len(ids), left[:5])) from None


def start(node=0, **settings):
    rig = Clustered()
    try:
        rig.start_all()
        rig.start_emulator("--world", rig.world([address("teacher1"), address("learner1"), address("learner2")]), scale=100)
        rig.school("green-hill")
        rig.start_worker(ROLLCALL_REDIS_URL=rig.others[node].url, **settings)
        return rig
    except Exception:
        rig.close()
        raise


@suite
def wrong_node():
    """a worker that is pointed at a wrong node finds the right one and runs jobs; so do commands"""
    with start() as rig:
        _, record = rig.run("create-team", "green-hill", class_of(0), 20)
        equal(record["state"], "done", record.get("error"))
        id, record = rig.run("sync-learners", "green-hill", class_of(2), 20)
        equal((record["state"], record["added"]), ("done", "2"))
        for node in rig.nodes:
            for words in (("queue",), ("show", id), ("school", "show", "green-hill"), ("jobs",),
                          ("learners", id), ("school", "list")):
                done = rig.command(*words, ROLLCALL_REDIS_URL=node.url)
                equal(done.returncode, 0, "%s at %s: %s%s" % (words, node.name, done.stdout, done.stderr))
        done = rig.command("enqueue", "register", "--school", "green-hill", "--class", "8B-2026", "--wait",
                           ROLLCALL_REDIS_URL=rig.others[1].url)
        equal(done.returncode, 0, done.stdout + done.stderr)


@suite
def rosters():
    """a roster that is imported at any node is accepted as a whole and comes to the register"""
    with start() as rig:
        folder = write_folder(school_roster(), rig.path("set"))
        for node, want in zip(rig.nodes, ("accepted", "unchanged", "unchanged")):
            done = rig.command("import", "green-hill", folder, "--today", "2026-11-22", "--json",
                               ROLLCALL_REDIS_URL=node.url)
            equal(done.returncode, 0, done.stdout + done.stderr)
            equal(json.loads(done.stdout)["verdict"], want, node.name)

        def registered():
            "the register to have four classes"
            return rig.ask("SCARD", rig.key("classes:green-hill")) == 4
        wait_for(registered)


@suite
def slot_moves():
    """the slot moves to another node while jobs run, key by key: every job pushed before, meanwhile and after is done once"""
    with start() as rig:
        rig.run("register", "green-hill", class_of(1, id="first"), 20)
        to = rig.others[0]
        portal = Portal(rig)
        portal.start()
        wait_for(lambda: len(portal.ids) > 50, 20)
        began, moved = time.monotonic(), 0
        backlog = [rig.envelope("register", "green-hill", class_of(2, id="B%d" % i)) for i in range(300)]
        rig.begin_move(to, backlog)
        time.sleep(0.5)  # in which the worker tries, again and again
        while True:
            time.sleep(0.02)
            with rig.lock:
                n = rig.move_some(to, 20)
                if n == 0:
                    rig.end_move(to)
                    break
            moved += n
        ended = time.monotonic()
        before = int(rig.ask("HGET", rig.key("counts"), "done") or 0)

        def again():
            "a job to finish at the new node"
            return int(rig.ask("HGET", rig.key("counts"), "done") or 0) > before
        wait_for(again, 20, 0.005)
        took = time.monotonic() - ended
        wait_for(lambda: len(portal.ids) > 200, 20)
        portal.over.set()
        portal.join()
        all_done(rig, portal.ids + [e["id"] for e in backlog])
        check(took < 2, "consuming again within 2 s (%.2f)" % took)
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return "%d keys in %.2f s, consuming %.2f s later, %d jobs" % (moved, ended - began, took, len(portal.ids))


@suite
def owner_restarts():
    """the owner is killed and started again: the worker consumes within 2 s, though it was pointed at another node"""
    with start(1) as rig:
        rig.run("register", "green-hill", class_of(1, id="first"), 20)
        rig.owner("CONFIG", "SET", "appendfsync", "always")
        rig.owner.redis.close()
        rig.end(rig.owner.process, signal.SIGKILL)
        time.sleep(1)
        rig.owner.start()

        def served():
            "the owner to have its slots back"
            return "cluster_state:ok" in rig.owner("CLUSTER", "INFO")
        wait_for(served, 20, 0.002)
        up = time.monotonic()
        _, record = rig.run("register", "green-hill", class_of(1, id="second"), 20)
        took = time.monotonic() - up
        equal(record["state"], "done")
        check(took < 2, "within 2 s (%.2f)" % took)
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return "%.2f s" % took


sys.exit(suite.main(sys.argv[1:]))
