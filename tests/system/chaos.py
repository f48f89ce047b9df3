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

One thing no summary can tell: Microsoft owes an answer when a job gives up or its worker dies,
and before the next sync or attempt, which would find out, the learner has left or come back. A
learner has one row in a job, and that row is about now. Such changes are counted and shown.
"""
import argparse
import collections
import json
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from portals import CHANGES, ENDED, POOL, SCHOOLS, Portals, address, tenant_of  # noqa: E402
from rig import Rig, resident_kb, signal_if_there, wait_for  # noqa: E402
from storm import Storm  # noqa: E402


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

SETTLE_S = 180
GIVEN_UP = ("crashed", "graph_error", "timed_out")
OPPOSITE = {"member_added": "member_removed", "member_removed": "member_added"}


def all_end(portals, jobs):
    """False when some do not; those are lost, which is told in the end."""
    def ended():
        "the jobs to end"
        portals.look()
        return all(j.state for j in jobs)
    try:
        return wait_for(ended, SETTLE_S, pause=0.2)
    except TimeoutError:
        return False


def settle(portals):
    """All is quiet; then each class gets a last creation and a last sync, until both are done."""
    all_end(portals, list(portals.live.values()))
    for kind, more in (("create-team", {}), ("sync-learners", {"options": {"approve_removals": True}})):
        left = portals.classes
        for _ in range(3):
            last = [portals.job(kind, cls, **more) for cls in left]
            portals.push(*last)
            all_end(portals, last)
            left = [j.cls for j in last if j.state != "done"]
        for cls in left:
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
        unanswered = any(j.cls == cls and j.kind == "sync-learners" and (j.code in GIVEN_UP or j.attempts > 1)
                         for j in portals.jobs.values())
        overtaken = [(what, user) for what, user in less if unanswered and changes[team][OPPOSITE[what], user]]
        portals.overtaken += len(overtaken)
        less -= collections.Counter(overtaken)
        if more or (less and cls not in doubtful):
            wrong["summaries"].append("%s tells %s that did not happen, and not %s" % (name, dict(more), dict(less)))
    return wrong


def crashes(rig):
    """Lines that a worker leaves when it dies of its own making."""
    made_by_itself = re.compile(r"Sanitizer|runtime error|[Aa]ssert|signal=(?!9\b|15\b|0\b)\d+")
    return [name + ": " + line for name in ("supervised", "alone", "spared")
            for line in rig.log_of(name).splitlines() if made_by_itself.search(line)]


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
            ("nothing ended in a way it should not", portals.odd + storm.odd + crashes(rig)))


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
    settle(portals)
    memory.sample()
    line(began, portals, storm, memory)


def write_world(rig):
    people = ["teacher"] + ["learner%d" % n for n in range(POOL)]
    with open(rig.path("world.json"), "w") as f:
        json.dump({"tenants": [{"id": tenant_of(s), "domain": "school%d.example" % s,
                                "users": [{"mail": "%s@school%d.example" % (p, s)} for p in people]}
                               for s in range(SCHOOLS)]}, f)


def table(portals, storm, memory, stats):
    reasons = collections.Counter((j.code, re.sub(r"\d+", "N", j.error)[:80]) for j in portals.jobs.values() if j.state == "failed")
    rows = [("jobs", "%d; pushed twice %d, cancelled %d, forgotten by Redis and pushed again %d" % (
                portals.pushed, portals.again, portals.cancelled, portals.lost)),
            ("ended", ", ".join("%d %s" % (n, s) for s, n in collections.Counter(
                str(j.state) for j in portals.jobs.values()).most_common())),
            *(("failed", "%d %s: %s" % (n, *why)) for why, n in reasons.most_common(12)),
            ("overtaken", "%d changes whose answer never came, and undone before anybody looked" % portals.overtaken),
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
