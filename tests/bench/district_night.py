#!/usr/bin/env python3
"""A district of 20 schools in three nights, at Microsoft's documented quotas: from files to Teams;
with 1 % of the enrolments moved; and with nothing changed.

usage: district_night.py [--scale N] [--data DIR] [--latency MS] [--schools N] [--feed import|register]

Each night is the sync-school job of every school at once. Printed for each: the requests by
route, refusals (429), the time beside the floor that the quotas allow, and what was in memory at
most of the worker and of Redis. The floor of the first night: POST /teams at 10 a second and one
look after 31 s at what Microsoft is setting up; of the others: GET members at 60 a second, or the
changes at 30, whichever takes longer. A figure that must hold and does not is exit status 1.
"""
import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from rig import ROOT, Rig, resident_kb, wait_for  # noqa: E402

CREATES, LISTS, CHANGES, LOOK_S = 10, 60, 30, 31
MOVED = 0.01


# ---- the rosters -------------------------------------------------------------------------------

def schools_of(data):
    with open(os.path.join(data, "orgs.csv"), encoding="utf-8", newline="") as f:
        return [row["sourcedId"] for row in csv.DictReader(f) if row["type"] == "school"]


def classes_of(data, school):
    """The school's classes as a portal would say them, by id."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("registration", "teaching"):
            subprocess.run([sys.executable, os.path.join(ROOT, "tests", "data", "class_files.py"), data, folder,
                            "--school", school, "--kind", kind], check=True, stdout=subprocess.DEVNULL)
        found = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                cls = json.load(f)
            found[cls["id"]] = cls
        return found


def moved_copy(data, to):
    """A copy in which one learner in a hundred of each class has another class of the school."""
    shutil.copytree(data, to)
    path = os.path.join(to, "enrollments.csv")
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    chance = random.Random(2026)
    by_school, taken = {}, {(r["classSourcedId"], r["userSourcedId"]) for r in rows}
    for r in rows:
        by_school.setdefault(r["schoolSourcedId"], []).append(r["classSourcedId"])
    learners = [r for r in rows if r["role"] == "student"]
    moved = 0
    for r in chance.sample(learners, int(len(learners) * MOVED)):
        other = chance.choice(by_school[r["schoolSourcedId"]])
        if (other, r["userSourcedId"]) not in taken:
            taken.add((other, r["userSourcedId"]))
            r["classSourcedId"] = other
            moved += 1
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0].keys(), lineterminator="\r\n")
        out.writeheader()
        out.writerows(rows)
    return moved


def feed_register(rig, schools, data):
    ids = []
    for school in schools:
        for cls in classes_of(data, school).values():
            ids.append(rig.push("register", school, cls, priority="background"))
    all_ended(rig, ids)


def feed_import(rig, schools, data):
    for school in schools:
        done = rig.command("import", school, os.path.abspath(data), "--org", school, "--today", "2026-09-14")
        if done.returncode != 0:
            raise RuntimeError("import of %s: %s%s" % (school, done.stdout, done.stderr))

    def registered():
        "the registers to be stored"
        counts = rig.redis.hash(rig.key("counts"))
        busy = [int(counts.get(f, 0)) for f in ("queued", "waiting", "running")]
        staged = sum(rig.redis("LLEN", rig.key("roster:%s:staged" % s)) for s in schools)
        return not any(busy) and not staged and not rig.redis("LLEN", rig.key("inbox"))
    wait_for(registered, 300, pause=0.05)


# ---- a night -----------------------------------------------------------------------------------

def all_ended(rig, ids, seconds=1200):
    def over():
        "all jobs to end"
        states = rig.redis.pipeline([("HGET", rig.key("job:" + i), "state") for i in ids])
        return all(s in ("done", "failed", "cancelled", "joined") for s in states)
    wait_for(over, seconds, pause=0.05)
    return [rig.job(i) for i in ids]


class Memory:
    """What was in memory at most, looked at five times a second."""

    def __init__(self, **processes):
        self.most = dict.fromkeys(processes, 0)
        self.processes = processes
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.over.wait(0.2):
            for name, process in self.processes.items():
                self.most[name] = max(self.most[name], resident_kb(process.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()


def night(rig, title, schools, worker, floor):
    rig.control("stats", method="DELETE")
    with Memory(worker=worker, redis=rig.redis_process) as memory:
        began = time.monotonic()
        records = all_ended(rig, [rig.push("sync-school", s, requested_by="night", priority="background")
                                  for s in schools])
        took = time.monotonic() - began
    stats = rig.stats()
    counts = {f: sum(int(r.get(f) or 0) for r in records)
              for f in ("total", "added", "already_member", "removed", "failed", "unresolved")}
    routes = {r: n for r, n in sorted(stats["by_route"].items()) if "token" not in r}
    limit = floor(routes, rig.scale)
    print("\n%s: %s" % (title, sorted({(r["state"], r.get("error_code", "")) for r in records})))
    print("  %d classes; %s" % (counts["total"], ", ".join("%s %d" % (f, counts[f]) for f in list(counts)[1:])))
    print("  %.1f s, floor %.1f s, ratio %.2f; refused (429): %d of %d" % (
        took, limit, took / limit, stats["throttled"], stats["http_requests"]))
    print("  requests: %s" % json.dumps(routes))
    print("  in memory at most: worker %.1f MB, redis %.1f MB" % (
        memory.most["worker"] / 1024, memory.most["redis"] / 1024))
    sys.stdout.flush()
    return records, counts, routes


def floor_of_first(routes, scale):
    return (routes.get("POST /teams", 0) / CREATES + LOOK_S) / scale


def floor_of_others(routes, scale):
    changes = sum(n for r, n in routes.items() if r.startswith("POST /teams/{}/members"))
    return max(routes.get("GET /teams/{}/members", 0) / LISTS, changes / CHANGES, 0.001) / scale


def odd_teams(rig, schools, data):
    """Classes whose Team has other members than the roster says."""
    odd, seen = [], 0
    for school in schools:
        for cls in classes_of(data, school).values():
            team = rig.redis("HGET", rig.key("class:%s:%s" % (school, cls["id"])), "team_id")
            there = {m["mail"] for m in rig.team(team)["members"] if not m["owner"]} if team else set()
            seen += 1
            if there != {l["email"] for l in cls["learners"]}:
                odd.append(cls["id"])
    return seen, odd


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--scale", type=float, default=4)
    words.add_argument("--data", default=os.path.join(ROOT, "..", "shared", "data", "district-large-oneroster11"))
    words.add_argument("--latency", type=int, default=60)
    words.add_argument("--schools", type=int, default=0)
    words.add_argument("--feed", default="import", choices=["import", "register"])
    o = words.parse_args()
    if not os.path.isdir(o.data):
        print("skip: no such folder: " + o.data)
        return 0
    feed = feed_import if o.feed == "import" else feed_register
    schools = schools_of(o.data)[:o.schools or None]
    wrong = []

    def must(value, what):
        if not value:
            wrong.append(what)
            print("  does not hold: " + what)

    with Rig() as rig:
        rig.start_redis(False)
        rig.start_emulator("--oneroster", os.path.abspath(o.data), scale=o.scale)
        rig.control("scenario", {"settings": {"latency_ms": o.latency}})
        for school in schools:
            rig.school(school, sync_kinds="registration,teaching")
        worker = rig.start_worker(ROLLCALL_QUEUE_PER_SCHOOL="200", ROLLCALL_QUEUE_CONCURRENCY="2000")
        wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
        began = time.monotonic()
        feed(rig, schools, o.data)
        print("%d schools fed by %s in %.1f s; scale %g, %d ms a request" % (
            len(schools), o.feed, time.monotonic() - began, o.scale, o.latency))
        records, first, routes = night(rig, "from files to Teams", schools, worker, floor_of_first)
        must(all(r["state"] == "done" for r in records), "every school's night is done")
        seen, odd = odd_teams(rig, schools, o.data)
        must(seen == first["total"] and not odd, "every Team has the members that the roster says: %s" % odd[:3])
        copy = rig.path("moved")
        moved = moved_copy(o.data, copy)
        feed(rig, schools, copy)
        records, second, routes = night(rig, "1 %% moved (%d enrolments)" % moved, schools, worker, floor_of_others)
        must(all(r["state"] == "done" for r in records), "every school's night is done")
        _, odd = odd_teams(rig, schools, copy)
        must(not odd, "every Team follows: %s" % odd[:3])
        records, third, routes = night(rig, "unchanged", schools, worker, floor_of_others)
        must(routes == {"GET /teams/{}/members": first["total"]}, "exactly one request a class")
        must(third["added"] + third["removed"] == 0, "nothing is changed")
        reports = [rig.redis("HGET", rig.key("run:%s:%s" % (s, rig.redis("LINDEX", rig.key("runs:" + s), 0))), "state")
                   for s in schools]
        must(set(reports) == {"done"}, "every report says done")
    return 1 if wrong else 0


sys.exit(main())
