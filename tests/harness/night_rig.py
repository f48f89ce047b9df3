"""night_rig - a school with classes in the register, its nights and their reports."""
import json

from rig import address, class_of, equal, learners

SCHOOL = "green-hill"
YEAR = "2026"


def group(name, first, n, kind="registration", year=YEAR, teacher=1, **more):
    """A class of learners first to first + n - 1."""
    return class_of(0, "%s-%s" % (name, year), year=year, kind=kind, learners=learners(n, first),
                    teachers=[{"id": "staff-%d" % teacher, "name": "T", "email": address("teacher%d" % teacher)}], **more)


def register(rig, *classes, **options):
    ids = [rig.push("register", SCHOOL, c, **({"options": options} if options else {})) for c in classes]
    for id in ids:
        equal(rig.ended(id)["state"], "done")


def with_team(rig, *classes):
    for c in classes:
        equal(rig.run("create-team", SCHOOL, c)[1]["state"], "done")
        equal(rig.run("sync-learners", SCHOOL, c)[1]["state"], "done")


def night(rig, seconds=60, **options):
    more = {"options": options} if options else {}
    return rig.run("sync-school", SCHOOL, seconds=seconds, requested_by="night", priority="background", **more)


def report(rig, run):
    fields = rig.redis.hash(rig.key("run:%s:%s" % (SCHOOL, run)))
    lines = {f[2:]: json.loads(v) for f, v in fields.items() if f.startswith("c:")}
    return {f: v for f, v in fields.items() if not f.startswith("c:")}, lines


def members(rig, cls):
    """Whom Microsoft has in the class's Team, but for its owners."""
    team = rig.redis("HGET", rig.key("class:%s:%s" % (SCHOOL, cls["id"])), "team_id")
    return sorted(m["mail"] for m in rig.team(team)["members"] if not m["owner"])


def should(cls):
    return sorted(l["email"] for l in cls["learners"])


def http(rig):
    return rig.stats()["by_route"]


def set_school(rig, **fields):
    rig.redis("HSET", rig.key("school:" + SCHOOL), *[w for pair in fields.items() for w in pair])
