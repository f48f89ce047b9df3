#!/usr/bin/env python3
"""One school of the district data, from files to Teams, at Microsoft's documented quotas.

usage: school_run.py [--scale N] [--data DIR] [--school SOURCEDID] [--latency MS]

Every class is created and synced, then synced again unchanged. Prints requests a class,
total time against the floor that the quotas allow, the share of answers 429, and whether
every summary equals the ledger. The floor: POST /teams at 10 a second, one look after
31 s at what Microsoft is setting up, and on a class of 20 or more one second between its
two waves (1 call a second on one team).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from rig import ROOT, Rig, wait_for  # noqa: E402


def class_files(data, school):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(ROOT, "tests", "data", "class_files.py"), data, folder,
                        "--school", school, "--kind", "registration"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, os.path.join(ROOT, "tests", "data", "class_files.py"), data, folder,
                        "--school", school, "--kind", "teaching"], check=True, stdout=subprocess.DEVNULL)
        names = sorted(os.listdir(folder))
        return [json.load(open(os.path.join(folder, n), encoding="utf-8")) for n in names]


def all_ended(rig, ids, seconds):
    def over():
        "all jobs to end"
        states = rig.redis.pipeline([("HGET", rig.key("job:" + i), "state") for i in ids])
        return all(s in ("done", "failed", "cancelled") for s in states)
    wait_for(over, seconds, pause=0.05)
    return [rig.job(i) for i in ids]


def agrees(rig, classes, syncs):
    """Classes whose summary is not what the ledger says."""
    by_team = {}
    for change in rig.ledger("member_added"):
        by_team.setdefault(change["team"], []).append(change["user"])
    odd = []
    for cls, (create, sync) in zip(classes, syncs):
        team = rig.job(create).get("team_id")
        rows = rig.rows(sync)
        added = sorted(r["user_id"] for r in rows if r["outcome"] == "added")
        if added != sorted(by_team.get(team, [])) or len(rows) != len(cls["learners"]) \
                or int(rig.job(sync).get("added", -1)) != len(added):
            odd.append(cls["id"])
    return odd


CREATION = ("POST /teams", "GET /teams/{}/operations/{}", "GET /teams/{}", "GET /groups/{}")


def requests(stats):
    """HTTP requests in all, those of them that were for creating, and how many were answered 429."""
    creation = sum(stats["by_route"].get(route, 0) for route in CREATION)
    return stats["http_requests"], creation, stats["throttled"]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--scale", type=float, default=1)
    words.add_argument("--data", default=os.path.join(ROOT, "..", "shared", "data", "district-large-oneroster11"))
    words.add_argument("--school", default="")
    words.add_argument("--latency", type=int, default=60)
    o = words.parse_args()
    if not os.path.isdir(o.data):
        print("skip: no such folder: " + o.data)
        return 0
    school = o.school or next(line.split(",")[0] for line in open(os.path.join(o.data, "orgs.csv"))
                              if ",school," in line)
    classes = class_files(o.data, school)
    learners = sum(len(c["learners"]) for c in classes)
    print("school %s: %d classes (%d of 20 and more), %d learners in them; scale %g, %d ms a request" % (
        school, len(classes), sum(len(c["learners"]) >= 20 for c in classes), learners, o.scale, o.latency))
    with Rig() as rig:
        rig.start_redis()
        rig.start_emulator("--oneroster", os.path.abspath(o.data), scale=o.scale)
        rig.control("scenario", {"settings": {"latency_ms": o.latency}})
        rig.school(school)
        rig.start_worker(ROLLCALL_QUEUE_PER_SCHOOL="1000")
        started = time.monotonic()
        create = [rig.push("create-team", school, c) for c in classes]
        sync = [rig.push("sync-learners", school, c) for c in classes]
        made = all_ended(rig, create, 600)
        done = all_ended(rig, sync, 600)
        took = time.monotonic() - started
        fresh = rig.stats()
        rig.control("stats", method="DELETE")
        again = [rig.push("sync-learners", school, c) for c in classes]
        unchanged_from = time.monotonic()
        all_ended(rig, again, 600)
        unchanged_took = time.monotonic() - unchanged_from
        unchanged = rig.stats()
        floor = ((len(classes) - 1) / 10 + 31 + (1 if any(len(c["learners"]) >= 20 for c in classes) else 0)) / o.scale
        total, creation, throttled = requests(fresh)
        odd = agrees(rig, classes, list(zip(create, sync)))
        print("states: %s, %s" % (sorted({r["state"] for r in made}), sorted({r["state"] for r in done})))
        print("created and synced in %.1f s, floor %.1f s, ratio %.3f" % (took, floor, took / floor))
        print("requests: %.2f to create a class, %.2f to sync it fresh, 429: %d of %d (%.3f %%)" % (
            creation / len(classes), (total - creation) / len(classes), throttled, total,
            100 * throttled / max(total, 1)))
        print("routes: %s" % json.dumps(fresh["by_route"]))
        print("unchanged: %d requests for %d classes in %.2f s, 429: %d" % (
            unchanged["http_requests"], len(classes), unchanged_took, unchanged["throttled"]))
        print("summaries that differ from the ledger: %d %s" % (len(odd), odd[:5]))
        return 1 if odd else 0


sys.exit(main())
