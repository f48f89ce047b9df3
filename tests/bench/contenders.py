"""contenders - Rollcall and the queues beside it: how each is started, fed, and known to be done.

A contender's programs take the orders that tests/bench/peers/kit.mjs lists. Its jobs count as
done when the broker has the acknowledgement of the last; a queue without one, when the last
handler has returned.
"""
import json
import os
import subprocess

from instruments import HERE, BeanstalkBroker, RedisBroker

PEERS = os.path.join(HERE, "peers")
PYTHON = "/usr/bin/python3"


def debian_version(package):
    try:
        asked = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package],
                               capture_output=True, text=True)
    except OSError:
        return None
    status, _, version = asked.stdout.partition(" ")
    return version if status == "installed" else None


class Contender:
    name = ""
    package = ""
    note = ""
    broker = RedisBroker
    bulk = True             # can enqueue many in one call
    enqueues = True         # False: the same client as the row above
    acknowledges = True     # False: a job is done when its handler has returned
    share = {}              # of the jobs, by setting, where all of them would take minutes

    def __init__(self, build):
        self.build = build

    def version(self):
        "None when it is not there."
        return debian_version(self.package)

    def on_redis(self):
        return self.broker is RedisBroker

    def missing(self):
        return None if self.version() else "%s is not installed" % self.package

    def jobs(self, count, setting):
        return max(min(count, 100), int(count * self.share.get(setting, 1)))

    def command(self):
        raise NotImplementedError

    def client(self, socket, order, count, clock=None):
        return [*self.command(), socket, order, str(count), *([clock] if clock else [])]

    def worker(self, socket, clock, when, _folder):
        "Command and environment."
        return [*self.command(), socket, "work", str(clock.count), clock.path, when], {}

    def ready(self, _broker):
        "None: its idle client finds out."
        return None

    def left(self, broker, clock):
        "How many jobs are not yet acknowledged; 0 or less when all are."
        raise NotImplementedError

    def odd_jobs(self, broker, clock):
        "Jobs that did not run exactly once, from what the handlers noted."
        return sum(n != 1 for n in clock.read()[1])


class Rollcall(Contender):
    name = "Rollcall"
    note = "50 schools in turn, from the inbox: admission is part of the drain"
    prefix = "rollcall:{teams}:"

    def version(self):
        "The commit; what the bench itself writes while it runs makes it no other one."
        def git(*words):
            return subprocess.run(["git", "-C", HERE, *words], capture_output=True, text=True).stdout.strip()

        changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":!RESULTS.md")
        return (git("describe", "--always") or "here") + ("-dirty" if changed else "")

    def client(self, socket, order, count, clock=None):
        return [os.path.join(self.build, "bench_push"), socket, "teams", order, str(count),
                *([clock] if clock else [])]

    def worker(self, socket, clock, when, folder):
        with open(folder.file("secret"), "w") as f:
            f.write("unused\n")
        os.chmod(f.name, 0o600)
        concurrency = os.environ.get("BENCH_CONCURRENCY", "1000")
        return [os.path.join(self.build, "rollcalld-bench")], {
            "ROLLCALL_CONF": os.devnull, "ROLLCALL_REDIS_URL": "unix://" + socket, "ROLLCALL_LOG_LEVEL": "warn",
            "ROLLCALL_APP_CLIENT_ID": "unused", "ROLLCALL_APP_CLIENT_SECRET_FILE": folder.file("secret"),
            "ROLLCALL_QUEUE_CONCURRENCY": concurrency, "ROLLCALL_QUEUE_PER_SCHOOL": concurrency,
            "BENCH_CLOCK": clock.path}

    def ready(self, broker):
        return lambda: broker.redis("EXISTS", self.prefix + "alive")

    def left(self, broker, clock):
        return clock.count - int(broker.redis("HGET", self.prefix + "counts", "done") or 0)

    def odd_jobs(self, broker, clock):
        """The step notes when it ran and not how often; that is what attempt says, in the
        records that are still kept."""
        attempts = broker.redis.pipeline([("HGET", "%sjob:bench-%07d" % (self.prefix, n), "attempt")
                                          for n in range(clock.count)])
        ran = clock.read()[0]
        return sum(not at or attempt not in ("1", None) for at, attempt in zip(ran, attempts))


class NodePeer(Contender):
    program = ""

    def version(self):
        path = os.path.join(self.build, "peers", "node_modules", self.package, "package.json")
        try:
            with open(path) as f:
                return json.load(f)["version"]
        except OSError:
            return None

    def command(self):
        return ["node", os.path.join(self.build, "peers", self.program)]


class BullMQ(NodePeer):
    name, package, program = "BullMQ", "bullmq", "bullmq.mjs"
    note = "concurrency 100, its defaults"

    def left(self, broker, clock):
        return clock.count - broker.redis("ZCARD", "bull:bench:completed")


class BeeQueue(NodePeer):
    name, package, program = "bee-queue", "bee-queue", "bee_queue.mjs"
    note = "concurrency 100, its defaults"

    def left(self, broker, clock):
        return clock.count - broker.redis("SCARD", "bq:bench:succeeded")


class Sidekiq(Contender):
    name, package = "Sidekiq", "ruby-sidekiq"
    note = "100 threads; it acknowledges nothing, so the drain ends with the last handler"
    acknowledges = False

    def command(self):
        return ["/usr/bin/ruby", os.path.join(PEERS, "sidekiq_peer.rb")]

    def left(self, broker, clock):
        return broker.redis("LLEN", "queue:bench")


class RQ(Contender):
    name, package = "RQ", "python3-rq"
    note = "SimpleWorker, one job at a time"
    kind = "simple"
    share = {"delayed": 0.01}

    def command(self):
        return [PYTHON, os.path.join(PEERS, "rq_peer.py")]

    def worker(self, socket, clock, when, _folder):
        return [*self.command(), socket, "work", str(clock.count), clock.path, self.kind], {}

    def left(self, broker, clock):
        return clock.count - broker.redis("ZCARD", "rq:finished:bench")


class ForkingRQ(RQ):
    name = "RQ forking"
    note = "its default worker, a process for each job"
    kind = "fork"
    enqueues = False
    share = {"memory": 0.04, "aof": 0.04, "delayed": 0.01}


class Celery(Contender):
    name, package = "Celery", "python3-celery"
    note = "pool and concurrency %s; no gossip, mingle or heartbeats"
    bulk = False
    pool = "solo:1"
    share = {"delayed": 0.05}

    def __init__(self, build):
        super().__init__(build)
        self.pool = os.environ.get("BENCH_CELERY", self.pool)
        self.note = self.note % self.pool

    def command(self):
        return [PYTHON, os.path.join(PEERS, "celery_peer.py")]

    def worker(self, socket, clock, when, _folder):
        return [*self.command(), socket, "work", str(clock.count), clock.path, self.pool], {}

    def left(self, broker, clock):
        "Between two commands of the worker a job is in neither place, so the handlers are asked too."
        kept = sum(broker.redis.pipeline([("LLEN", "bench"), ("HLEN", "unacked")]))
        return kept or clock.count - sum(clock.read()[1])


class Beanstalkd(Contender):
    name, package = "beanstalkd", "beanstalkd"
    note = "100 connections in one C process; no Redis: its own server"
    broker = BeanstalkBroker

    def command(self):
        return [os.path.join(self.build, "beanstalkd_peer")]

    def left(self, broker, clock):
        return clock.count - broker.statistic("cmd-delete")


ALL = (Rollcall, BullMQ, BeeQueue, Sidekiq, RQ, ForkingRQ, Celery, Beanstalkd)
