#!/usr/bin/env python3
"""Everything dies, stops and refuses at random while twenty schools go on working.

usage: chaos.py [MINUTES] [--seed N] [--fsync always|everysec] [--rate N] [--keep]

Portals push registers that change, syncs, creations, dry runs, things for later, the same
thing twice, and cancel some of it. Meanwhile two supervised workers and one alone, Redis and
Microsoft's side are killed, frozen, cut off and throttled; a fourth worker is spared, so that
its memory tells. What happens, and in which order, follows from the seed; when exactly, from
the machine too. At the end all is let settle and held against the ledger.

With fsync everysec a killed Redis may forget its last moments: what was pushed then is pushed
again with the same id, and what a class was told of a job that ran then is not held exactly.

One thing no summary can tell: a job gives up while Microsoft owes it an answer, and before the
next sync, which would find out, the learner has left or come back. A learner has one row in a
job, and that sync's row is about now. Such changes are counted and shown.
"""
import argparse
import collections
import heapq
import json
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Rig, children_of, resident_kb, signal_if_there, wait_for  # noqa: E402

SCHOOLS, CLASSES, POOL, SIZE = 20, 4, 40, 14
BACKLOG_MAX = 300
LAST_MOMENTS_S = 5
LEASE_MS = 3000
SETTLE_S = 180
ENDED = ("done", "failed", "cancelled", "joined")
FORGIVEN = ("crashed", "removals_need_approval", "graph_error", "timed_out", "team_missing")
GIVEN_UP = ("crashed", "graph_error", "timed_out")
OPPOSITE = {"member_added": "member_removed", "member_removed": "member_added"}
CHANGES = {"added": "member_added", "removed": "member_removed"}
OUTCOMES = {"added": "added", "already_member": "already_member", "failed": "failed", "unresolved": "unresolved",
            "removed": "removed", "removed_locally": "removed", "removal_failed": "removal_failed"}


def tenant_of(school):
    return "22222222-2222-2222-2222-%012d" % school


def address(school, n):
    return "learner%d@school%d.example" % (n, school)


# ---- what portals do ------------------------------------------------------------------

class Job:
    def __init__(self, envelope, cls, dry):
        self.id, self.kind, self.cls, self.dry = envelope["id"], envelope["type"], cls, dry
        self.text = json.dumps(envelope)
        self.pushed_at = time.monotonic()
        self.forget()

    def forget(self):
        """What is known of its end is known no more."""
        self.state, self.code, self.error, self.changes, self.ended_at = None, "", "", [], 0


class Portals:
    """All schools' portals, and what they remember of their jobs until the end."""

    def __init__(self, rig, chance, rate):
        self.rig, self.chance, self.rate = rig, chance, rate
        self.classes = [(s, c) for s in range(SCHOOLS) for c in range(CLASSES)]
        self.register = {cls: set(range(SIZE)) for cls in self.classes}
        self.published = collections.defaultdict(set)
        self.enrolled = collections.Counter()
        self.created, self.unapproved = set(), set()
        self.jobs, self.live = {}, {}
        self.odd = []
        self.pushed = self.cancelled = self.again = self.lost = self.overtaken = 0

    def turn_over(self, cls):
        """Up to three leave, up to three come: fewer than the brake minds."""
        have = self.register[cls]
        for _ in range(self.chance.randrange(4)):
            have.discard(self.chance.choice(sorted(have)))
            have.add(self.chance.randrange(POOL))

    def class_as_of(self, cls, learners):
        school, n = cls
        return {"id": "C%d" % n, "name": "C%d" % n, "year": "2026",
                "teachers": [{"id": "staff", "name": "Teacher", "email": "teacher@school%d.example" % school}],
                "learners": [{"id": "L%02d" % i, "name": "Learner %d" % i, "email": address(school, i)}
                             for i in sorted(learners)]}

    def job(self, kind, cls, dry=False, **more):
        learners = self.register[cls]
        if dry:
            learners = set(self.chance.sample(range(POOL), SIZE))
            more.setdefault("options", {})["dry_run"] = True
        else:
            for n in learners - self.published[cls]:
                self.enrolled[cls, n] += 1
            self.published[cls] = set(learners)
        job = Job(self.rig.envelope(kind, "school-%d" % cls[0], self.class_as_of(cls, learners),
                                    requested_by="staff", **more), cls, dry)
        self.jobs[job.id] = self.live[job.id] = job
        self.pushed += 1
        return job

    def push(self, *jobs):
        self.rig.redis.pipeline([("RPUSH", self.rig.key("inbox"), j.text) for j in jobs])

    def next_job(self):
        cls = self.chance.choice(self.classes)
        if cls not in self.created:
            self.created.add(cls)
            return self.job("create-team", cls)
        if cls in self.unapproved:
            self.unapproved.discard(cls)
            return self.job("sync-learners", cls, options={"approve_removals": True})
        kind = self.chance.choices(("register", "sync-learners", "dry", "later", "create-team", "check-team"),
                                   (30, 45, 5, 5, 8, 7))[0]
        more = {"priority": "background"} if self.chance.random() < 0.5 else {}
        if kind == "dry":
            return self.job("sync-learners", cls, dry=True, **more)
        self.turn_over(cls)
        if kind == "later":
            return self.job("sync-learners", cls, at=int(1000 * (time.time() + self.chance.uniform(0.5, 5))), **more)
        return self.job(kind, cls, **more)

    def step(self, seconds):
        if len(self.live) > BACKLOG_MAX or self.chance.random() > self.rate * seconds:
            return
        self.push(self.next_job())
        latest = list(self.live.values())[-50:]
        if latest and self.chance.random() < 0.06:
            self.again += 1
            self.push(self.chance.choice(latest))
        if latest and self.chance.random() < 0.06:
            self.cancelled += 1
            self.rig.redis("SET", self.rig.key("cancel:" + self.chance.choice(latest).id), "portal", "EX", "259200")

    # What became of them is read before retention lets it go.

    def look(self):
        jobs = list(self.live.values())
        states = self.rig.redis.pipeline([("HGET", self.rig.key("job:" + j.id), "state") for j in jobs])
        for job in (j for j, state in zip(jobs, states) if state in ENDED):
            self.take_end(job, self.rig.job(job.id), self.rig.rows(job.id))
            del self.live[job.id]

    def take_end(self, job, record, rows):
        job.state, job.code, job.ended_at = record["state"], record.get("error_code", ""), time.monotonic()
        job.error = record.get("error", "")
        if job.state == "failed" and job.code not in FORGIVEN:
            self.odd.append("%s failed: %s, %s" % (job.id, job.code, job.error))
        if job.code == "removals_need_approval":
            self.unapproved.add(job.cls)
        if job.code == "team_missing":
            self.created.discard(job.cls)
        if job.kind != "sync-learners" or job.dry:
            return
        job.changes = [(CHANGES[r["outcome"]], r["user_id"]) for r in rows if r["outcome"] in CHANGES]
        count = collections.Counter(OUTCOMES[r["outcome"]] for r in rows if r["outcome"] in OUTCOMES)
        for field in set(OUTCOMES.values()):
            if int(record.get(field, 0)) != count[field]:
                self.odd.append("%s says %s = %s and has %d rows" % (job.id, field, record.get(field), count[field]))
        people = [r["learner"] or r["user_id"] for r in rows]
        if len(set(people)) != len(people):
            self.odd.append("%s has two rows for somebody" % job.id)

    # Redis dies in the middle of a pipeline of pushes: only the answered ones are acknowledged.

    def push_into_the_dark(self, kill):
        jobs = [self.next_job() for _ in range(self.chance.randrange(1, 6))]
        for job in jobs:
            self.rig.redis.send("RPUSH", self.rig.key("inbox"), job.text)
        kill()
        answered = 0
        try:
            while answered < len(jobs):
                self.rig.redis.read()
                answered += 1
        except OSError:
            pass
        return jobs[answered:]

    def after_restart(self, unanswered):
        """Pushes again what was not acknowledged and, in order, what Redis has forgotten."""
        since = time.monotonic() - LAST_MOMENTS_S - 10
        for job in self.jobs.values():
            if job.state and job.ended_at > since:
                job.forget()
                self.live[job.id] = job
        known = self.rig.redis
        known.send("MULTI")
        keys = ["inbox"] + ["overflow:school-%d" % s for s in range(SCHOOLS)]
        for key in keys:
            known.send("LRANGE", self.rig.key(key), 0, -1)
        jobs = list(self.live.values())
        for job in jobs:
            known.send("EXISTS", self.rig.key("job:" + job.id))
        known.send("EXEC")
        for _ in range(1 + len(keys) + len(jobs)):
            known.read()
        answers = known.read()
        waiting = {text for texts in answers[:len(keys)] for text in texts}
        gone = [j for j, there in zip(jobs, answers[len(keys):]) if not there and j.text not in waiting]
        self.lost += len([j for j in gone if j not in unanswered])
        if gone:
            self.push(*gone)


# ---- what goes wrong --------------------------------------------------------------------

class Storm:
    """What is done to the processes: one thing after the other, as the seed has it. A thing
    that lasts is put right by a later turn."""

    def __init__(self, rig, portals, chance, fsync):
        self.rig, self.portals, self.chance, self.fsync = rig, portals, chance, fsync
        self.later, self.serial = [], 0
        self.faults, self.happened = [], collections.Counter()
        self.odd, self.frozen = [], set()
        self.emulator_up = False
        self.boss = self.loner = self.spared = None
        self.next_at = time.monotonic() + 5

    # ---- the processes

    def worker(self, name, *options):
        return self.rig.start_worker(*options, name=name, ROLLCALL_GRAPH_POLL_MS="10000",
                                     ROLLCALL_QUEUE_LEASE_MS=str(LEASE_MS), ROLLCALL_QUEUE_KEEP_FINISHED="500")

    def start(self):
        self.rig.start_redis(True, "--appendfsync", self.fsync)
        self.start_emulator("0")
        for school in range(SCHOOLS):
            self.rig.school("school-%d" % school, tenant_id=tenant_of(school))
        self.start_boss()
        self.start_loner()
        self.spared = self.worker("spared")

    def start_boss(self):
        self.boss = self.worker("supervised", "-n", "2")

    def start_loner(self):
        self.loner = self.worker("alone")

    def start_emulator(self, port=None):
        port = port or self.rig.graph.rsplit(":", 1)[1]
        self.rig.start_emulator("--world", self.rig.path("world.json"), "--state", self.rig.path("state"),
                                port=int(port), scale=50)
        self.emulator_up = True
        self.tell_faults()

    def tell_faults(self):
        if self.emulator_up:
            self.rig.control("scenario", {"settings": {"latency_ms": 30, "operation_ms": 20000},
                                          "faults": self.faults})

    def alive(self):
        """Who should be running and is not has died of itself."""
        for process in (self.boss, self.loner, self.spared, self.rig.redis_process, self.rig.emulator):
            if process and process.poll() is not None:
                self.odd.append("%s ended by itself with status %d" % (process.name, process.returncode))
                raise RuntimeError(self.odd[-1])

    # ---- turns

    def after(self, seconds, what):
        self.serial += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.serial, what))

    def step(self):
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            heapq.heappop(self.later)[2]()
        if now < self.next_at:
            return
        event = self.chance.choices(EVENTS, WEIGHTS)[0]
        much, which, gap = (self.chance.random() for _ in range(3))
        if event(self, much, which) is not False:
            self.happened[event.__name__] += 1
        self.next_at = time.monotonic() + 0.3 + 3 * gap

    def calm(self):
        """Everything that lasts is put right now."""
        while self.later:
            heapq.heappop(self.later)[2]()
        self.faults = []
        self.tell_faults()

    # ---- workers

    def a_child(self, which):
        children = children_of(self.boss.pid) if self.boss else []
        return children[int(which * len(children))] if children else None

    def child_killed(self, _, which):
        pid = self.a_child(which)
        if not pid:
            return False
        os.kill(pid, signal.SIGKILL)

    def child_frozen(self, much, which):
        "Longer than the supervisor's patience, sometimes."
        pid = self.a_child(which)
        if not pid:
            return False
        self.freeze(pid, 8 * much)

    def supervisor_killed(self, much, _):
        "Its children hear of it and leave in good order."
        if not self.boss:
            return False
        self.rig.end(self.boss, signal.SIGKILL)
        self.boss = None
        self.after(2 * much, self.start_boss)

    def family_killed(self, much, _):
        if not self.boss:
            return False
        children = children_of(self.boss.pid)
        self.boss.send_signal(signal.SIGKILL)
        for pid in children:
            signal_if_there(pid, signal.SIGKILL)
        self.rig.end(self.boss)
        self.boss = None
        self.after(5 * much, self.start_boss)

    def loner_killed(self, much, _):
        if not self.loner:
            return False
        self.rig.end(self.loner, signal.SIGKILL)
        self.loner = None
        self.after(3 * much, self.start_loner)

    def loner_told_to_end(self, *_):
        if not self.loner or self.loner.pid in self.frozen:
            return False
        began = time.monotonic()
        status = self.rig.end(self.loner)
        if status != 0 or time.monotonic() - began > 10.5:
            self.odd.append("told to end, a worker took %.1f s, status %d" % (time.monotonic() - began, status))
        self.start_loner()

    def loner_frozen(self, much, _):
        "Up to three leases: others have its jobs when it wakes."
        if not self.loner:
            return False
        self.freeze(self.loner.pid, 3 * much * LEASE_MS / 1000)

    def freeze(self, pid, seconds):
        def thaw():
            self.frozen.discard(pid)
            signal_if_there(pid, signal.SIGCONT)
        self.frozen.add(pid)
        os.kill(pid, signal.SIGSTOP)
        self.after(seconds, thaw)

    # ---- Redis

    def redis_killed(self, much, _):
        rig = self.rig
        unanswered = self.portals.push_into_the_dark(lambda: rig.redis_process.send_signal(signal.SIGKILL))
        rig.end(rig.redis_process)
        rig.redis.close()
        time.sleep(3 * much * much)
        rig.start_redis(True, "--appendfsync", self.fsync)
        self.portals.after_restart(unanswered)

    def redis_frozen(self, much, _):
        self.rig.redis_process.send_signal(signal.SIGSTOP)
        time.sleep(4 * much * much)
        self.rig.redis_process.send_signal(signal.SIGCONT)

    def connections_cut(self, *_):
        self.rig.redis("CLIENT", "KILL", "TYPE", "normal")

    def library_lost(self, *_):
        self.rig.redis("FUNCTION", "FLUSH")

    # ---- Microsoft's side

    def emulator_killed(self, much, _):
        if not self.emulator_up:
            return False
        self.rig.end(self.rig.emulator, signal.SIGKILL)
        self.rig.emulator, self.emulator_up = None, False
        self.after(4 * much, self.start_emulator)

    def emulator_frozen(self, much, _):
        if not self.emulator_up:
            return False

        def thaw():
            process.send_signal(signal.SIGCONT)
            self.emulator_up = True
            self.tell_faults()
        process, self.emulator_up = self.rig.emulator, False
        process.send_signal(signal.SIGSTOP)
        self.after(4 * much, thaw)

    def fault(self, seconds, which, share, **do):
        def over():
            self.faults.remove(fault)
            self.tell_faults()
        fault = {"match": {"chance": share, "seed": int(which * 1e6)}, "do": do}
        if which < 0.6:
            fault["match"]["tenant"] = tenant_of(int(which / 0.6 * SCHOOLS))
        self.faults.append(fault)
        self.tell_faults()
        self.after(seconds, over)

    def throttled(self, much, which):
        self.fault(1 + 8 * much, which, 0.7, status=429, headers={"Retry-After": str(1 + int(3 * much))})

    def refused(self, much, which):
        self.fault(1 + 5 * much, which, 0.3, status=503 if much < 0.5 else 502, after_effect=which < 0.4)

    def answers_lost(self, much, which):
        self.fault(1 + 5 * much, which, 0.2, **{"cut_after_effect": True} if which < 0.5 else {"cut_before_effect": True})

    def slow(self, much, which):
        self.fault(1 + 8 * much, which, 0.3, delay_ms=int(3000 * much))

    def tokens_expired(self, *_):
        if not self.emulator_up:
            return False
        self.rig.control("expire_tokens", {})


EVENTS, WEIGHTS = zip(*(
    (Storm.child_killed, 10), (Storm.child_frozen, 4), (Storm.supervisor_killed, 3), (Storm.family_killed, 4),
    (Storm.loner_killed, 8), (Storm.loner_told_to_end, 4), (Storm.loner_frozen, 5),
    (Storm.redis_killed, 6), (Storm.redis_frozen, 3), (Storm.connections_cut, 3), (Storm.library_lost, 1),
    (Storm.emulator_killed, 4), (Storm.emulator_frozen, 3), (Storm.throttled, 8), (Storm.refused, 6),
    (Storm.answers_lost, 6), (Storm.slow, 5), (Storm.tokens_expired, 2)))


# ---- memory -----------------------------------------------------------------------------

class Memory:
    """Of the spared worker and of Redis: the middle of the first third and of the last."""

    def __init__(self, rig, storm):
        self.rig, self.storm, self.samples = rig, storm, []

    def sample(self):
        info = self.rig.redis("INFO", "memory")
        used = int(info.split("used_memory:")[1].split()[0])
        self.samples.append((resident_kb(self.storm.spared.pid) / 1024, used / 1048576))

    def thirds(self, which):
        values = [s[which] for s in self.samples]
        third = max(1, len(values) // 3)
        return [sorted(part)[len(part) // 2] for part in (values[:third], values[-third:])]

    def is_flat(self, which):
        first, last = self.thirds(which)
        return last < 1.2 * first + 3


# ---- the end ------------------------------------------------------------------------------

def settle(rig, portals):
    """All is quiet; then each class gets a last creation and a last sync, until both are done."""
    def ended():
        "every job to end"
        portals.look()
        return not portals.live
    wait_for(ended, SETTLE_S, pause=0.2)
    for kind in ("create-team", "sync-learners"):
        open_classes = list(portals.classes)
        for _ in range(3):
            last = [portals.job(kind, cls, **{"options": {"approve_removals": True}} if kind[0] == "s" else {})
                    for cls in open_classes]
            portals.push(*last)
            wait_for(ended, SETTLE_S, pause=0.2)
            open_classes = [j.cls for j in last if j.state != "done"]
            if not open_classes:
                break
        for cls in open_classes:
            portals.odd.append("the last %s of %s did not get done" % (kind, cls))


def against_ledger(rig, portals, doubtful):
    """What is wrong in each of: Teams, members, summaries, additions."""
    wrong = collections.defaultdict(list)
    teams, changes, by_class = collections.Counter(), collections.defaultdict(collections.Counter), {}
    for c in rig.ledger():
        if c["what"] == "team_created":
            teams[c["tenant"], c["name"]] += 1
        elif c["what"] in CHANGES.values():
            changes[c["team"]][c["what"], c["user"]] += 1
    told = collections.defaultdict(collections.Counter)
    for job in portals.jobs.values():
        told[job.cls].update(job.changes)
    for cls in portals.classes:
        name = "school-%d:C%d" % cls
        if teams[tenant_of(cls[0]), "C%d" % cls[1]] != 1:
            wrong["teams"].append("%s has %d" % (name, teams[tenant_of(cls[0]), "C%d" % cls[1]]))
        team = rig.redis("HGET", rig.key("class:" + name), "team_id")
        by_class[cls] = changes[team]
        books = rig.team(team)["members"] if team else []
        have = {m["mail"] for m in books if not m["owner"]}
        if have != {address(cls[0], n) for n in portals.register[cls]}:
            wrong["members"].append(name)
        ids = {m["mail"]: m["id"] for m in books}
        for n in portals.register[cls]:
            added = changes[team]["member_added", ids.get(address(cls[0], n))]
            if added > portals.enrolled[cls, n]:
                wrong["added"].append("learner %d of %s: added %d times, enrolled %d times" % (
                    n, name, added, portals.enrolled[cls, n]))
        more, less = told[cls] - changes[team], changes[team] - told[cls]
        given_up = sum(j.cls == cls and j.kind == "sync-learners" and j.code in GIVEN_UP for j in portals.jobs.values())
        overtaken = [(what, user) for what, user in less if given_up and changes[team][OPPOSITE[what], user]]
        portals.overtaken += len(overtaken)
        less -= collections.Counter(overtaken)
        if more or (less and cls not in doubtful):
            wrong["summaries"].append("%s tells %s that did not happen, and not %s" % (name, dict(more), dict(less)))
    return wrong


def judge(rig, portals, storm, memory):
    """Each claim with what speaks against it."""
    audit = rig.command("audit")
    drift = rig.recount() + ([audit.stdout] if audit.returncode == 1 else [])
    doubtful = set(j.cls for j in portals.jobs.values()) if storm.fsync == "everysec" and storm.happened["redis_killed"] else ()
    wrong = against_ledger(rig, portals, doubtful)
    lost = ["%d acknowledged pushes" % portals.lost] if portals.lost and storm.fsync == "always" else []
    lost += [j.id for j in portals.jobs.values() if j.state not in ENDED]
    grown = ["%s: %.1f MB, then %.1f MB" % (name, *memory.thirds(n))
             for n, name in enumerate(("the spared worker", "Redis")) if not memory.is_flat(n)]
    return (("no job is lost: each ends with a record", lost),
            ("each class has one Team", wrong["teams"]),
            ("nobody is added more often than enrolled", wrong["added"]),
            ("every summary is what the ledger says", wrong["summaries"]),
            ("in the end the members are the register", wrong["members"]),
            ("a recount of every place finds no drift", drift),
            ("memory is flat", grown),
            ("nothing ended in a way it should not", portals.odd + storm.odd))


def line(began, portals, storm, memory):
    states = collections.Counter(j.state or "under way" for j in portals.jobs.values())
    print("%5d s  %s; %d things went wrong; worker %.1f MB, Redis %.1f MB" % (
        time.monotonic() - began, ", ".join("%d %s" % (n, s) for s, n in sorted(states.items())),
        sum(storm.happened.values()), *memory.samples[-1]), flush=True)


def rage(o, portals, storm, memory):
    began = now = time.monotonic()
    looked = sampled = told = began
    while now < began + 60 * o.minutes:
        before, now = now, time.monotonic()
        portals.step(min(now - before, 0.5))
        storm.step()
        storm.alive()
        if now >= looked + 1:
            looked = now
            portals.look()
        if now >= sampled + 2:
            sampled = now
            memory.sample()
        if now >= told + 30:
            told = now
            line(began, portals, storm, memory)
        time.sleep(0.02)
    storm.calm()
    settle(storm.rig, portals)
    memory.sample()
    line(began, portals, storm, memory)


def write_world(rig):
    people = ["teacher"] + ["learner%d" % n for n in range(POOL)]
    with open(rig.path("world.json"), "w") as f:
        json.dump({"tenants": [{"id": tenant_of(s), "domain": "school%d.example" % s,
                                "users": [{"mail": "%s@school%d.example" % (p, s)} for p in people]}
                               for s in range(SCHOOLS)]}, f)


def table(portals, storm, memory, stats):
    reasons = collections.Counter((j.code, j.error[:70]) for j in portals.jobs.values() if j.state == "failed")
    rows = [("jobs", "%d; pushed twice %d, cancelled %d, forgotten by Redis and pushed again %d" % (
                portals.pushed, portals.again, portals.cancelled, portals.lost)),
            ("ended", ", ".join("%d %s" % (n, s) for s, n in collections.Counter(
                str(j.state) for j in portals.jobs.values()).most_common())),
            *(("failed", "%d %s: %s" % (n, *why)) for why, n in reasons.most_common(12)),
            ("overtaken", "%d changes whose job gave up before the answer, and undone before the next" % portals.overtaken),
            ("went wrong", ", ".join("%d %s" % (n, e.replace("_", " ")) for e, n in storm.happened.most_common())),
            ("requests", "%d since Microsoft's side last started, %d of them answered 429" % (
                stats["http_requests"], stats["throttled"])),
            ("worker", "%.1f MB, then %.1f MB" % tuple(memory.thirds(0))),
            ("Redis", "%.1f MB, then %.1f MB" % tuple(memory.thirds(1)))]
    for name, text in rows:
        print("%-12s %s" % (name, text))


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("minutes", type=float, nargs="?", default=60)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1000000))
    words.add_argument("--fsync", choices=("always", "everysec"), default="always")
    words.add_argument("--rate", type=float, default=6, help="jobs a second")
    words.add_argument("--keep", action="store_true", help="leave the folder with logs and data")
    o = words.parse_args()
    print("chaos: %g minutes, seed %d, fsync %s" % (o.minutes, o.seed, o.fsync), flush=True)
    with Rig() as rig:
        rig.keep = True
        write_world(rig)
        portals = Portals(rig, random.Random(o.seed + 1), o.rate)
        storm = Storm(rig, portals, random.Random(o.seed), o.fsync)
        memory = Memory(rig, storm)
        storm.start()
        try:
            rage(o, portals, storm, memory)
            claims = judge(rig, portals, storm, memory)
            table(portals, storm, memory, rig.stats())
        finally:
            for pid in list(storm.frozen):
                signal_if_there(pid, signal.SIGCONT)
        failed = [claim for claim in claims if claim[1]]
        for sentence, against in claims:
            print("  %-5s %s" % ("FAIL" if against else "ok", sentence))
            for fault in against[:10]:
                print("        " + str(fault))
        print("%d passed, %d failed" % (len(claims) - len(failed), len(failed)))
        rig.keep = o.keep or bool(failed)
    if rig.keep:
        print("logs and data: " + rig.folder)
    return 1 if failed else 0


sys.exit(main())
