#!/usr/bin/env python3
"""What the guide of group sync asks for and no other suite shows: who can be a member, what an
identifier changes, and what Microsoft has to allow. usage: test_group_sync.py [WORDS...]
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from console_rig import console_start  # noqa: E402
from rig import ROOT, Rig, Suite, address, class_of, equal, has, learners, start  # noqa: E402

test = Suite()
SCHOOL = "green-hill"
APP = {"client_id": "11111111-1111-1111-1111-111111111111", "secret": "demo-secret"}


def run(rig, type, cls, state="done", **more):
    more.setdefault("requested_by", "staff-1")
    id, record = rig.run(type, SCHOOL, cls, **more)
    equal(record["state"], state, "%s (%s)" % (type, record.get("error")))
    return id, record


def record(rig, cls):
    return rig.redis.hash(rig.key("class:%s:%s" % (SCHOOL, cls)))


def group(id, name, **more):
    return dict(class_of(3, id), name=name, group=name, starts="2026-09-01", **more)


@test
def nothing_but_people():
    """only individuals are members: a group in the register, by its address or named by hand as an account, is nobody"""
    with start() as rig:
        other = run(rig, "create-team", class_of(0, id="9C-2026"))[1]["team_id"]
        nickname = record(rig, "9C-2026")["mail_nickname"]
        mine = run(rig, "create-team", class_of(0))[1]["team_id"]
        nested = [{"id": "G1", "name": "9C by address", "email": nickname + "@" + address("x").split("@")[1]},
                  {"id": "G2", "name": "9C by hand", "email": ""}]
        done = rig.command("match", SCHOOL, "G2", "--user", other)
        equal(done.returncode, 1, "a learner whom no register has: " + done.stderr)
        run(rig, "register", class_of(0, learners=learners(2) + nested))
        done = rig.command("match", SCHOOL, "G2", "--user", other)
        equal(done.returncode, 0, done.stderr)
        id, job = run(rig, "sync-learners", class_of(0, learners=learners(2) + nested))
        equal((job["added"], job["unresolved"]), ("2", "2"))
        equal({r["learner"]: r["reason"] for r in rig.rows(id) if r["outcome"] == "unresolved"},
              {"G1": "no_account", "G2": "no_account"})
        equal(len([m for m in rig.team(mine)["members"] if not m["owner"]]), 2, "learners in the Team")


@test
def another_identifier():
    """another identifier is in the names of classes made from then on; those that are there keep name and address through every sync"""
    with start() as rig:
        rig.school(SCHOOL, naming="rule", identifier="1234567")
        run(rig, "create-team", group("a", "8A"))
        before = {k: record(rig, "a")[k] for k in ("display_name", "mail_nickname", "address")}
        equal(before["mail_nickname"], "8A.class.1234567.2026")
        equal(rig.command("school", "set", SCHOOL, "--identifier", "NEW").returncode, 0)
        run(rig, "create-team", group("b", "8B"))
        equal(record(rig, "b")["display_name"], "8B_Class [NEW][2026]")
        for _ in range(2):
            run(rig, "sync-learners", group("a", "8A"))
        equal({k: record(rig, "a")[k] for k in before}, before)
        equal(rig.team(record(rig, "a")["team_id"])["name"], "8A_Class [1234567][2026]")


# ---- what Microsoft has to allow ---------------------------------------------------------------------

def listed():
    """The application permissions that rollcall-web(8) names: those that every school needs, and the others."""
    with open(os.path.join(ROOT, "src", "man", "rollcall-web.8"), encoding="utf-8") as f:
        text = f.read()
    text = text[text.index("these application permissions:"):]
    first, others = text[:text.index("\n.Sh")].split("to name classes by the rule")
    return [re.findall(r"\w+(?:\.\w+)+", part) for part in (first, others)]


def allowed(roles, **settings):
    """A school whose app has these application permissions and no others."""
    rig = Rig()
    try:
        rig.start_redis(False)
        people = [address("teacher1"), address("teacher2")] + [address("learner%d" % i) for i in range(1, 6)]
        path = rig.world(people)
        with open(path) as f:
            world = json.load(f)
        with open(path, "w") as f:
            json.dump(dict(world, apps=[dict(APP, roles=roles)]), f)
        rig.start_emulator("--world", path, scale=200)
        rig.school(SCHOOL, **settings)
        rig.start_worker(ROLLCALL_GRAPH_POLL_MS="3000")
        return rig
    except Exception:
        rig.close()
        raise


class Life:
    """Jobs of one school after another; trouble has what did not end as it should."""

    def __init__(self, rig):
        self.rig, self.trouble = rig, []

    def step(self, what, type, cls, **options):
        id, job = self.rig.run(type, SCHOOL, cls, requested_by="staff-1", options=options)
        if job["state"] != "done" or any(r["outcome"].endswith("failed") for r in self.rig.rows(id)):
            self.trouble.append("%s: %s" % (what, job.get("error")))


def teams(rig):
    """What a school with Teams alone has: one is made for two teachers, filled, and changed; another one's order is lost."""
    life, cls = Life(rig), group("a", "8A")
    cls["teachers"].append({"id": "staff-2", "name": "P. Botha", "email": address("teacher2")})
    life.step("a Team", "create-team", cls)
    life.step("its learners", "sync-learners", cls)
    life.step("fewer of them", "sync-learners", dict(cls, learners=learners(2)))
    life.step("a look", "check-team", {"id": "a"})
    rig.fault({"method": "POST", "path": "/teams", "nth": 1}, {"cut_after_effect": True})
    life.step("a Team that is to be found again", "create-team", group("c", "8C"))
    return life.trouble


def everything(rig):
    """And what the others have: classes without a Team, names by the rule, deleting, restoring, closing."""
    life, alone = Life(rig), group("b", "8B")
    life.trouble += teams(rig)
    life.step("a class alone", "create-team", alone, target="class")
    life.step("its learners", "sync-learners", alone)
    life.step("fewer of them", "sync-learners", dict(alone, learners=learners(2)))
    life.step("deleting it", "delete-class", {"id": "b"}, confirm=record(rig, "b").get("display_name", "8B"))
    life.step("restoring it", "restore-class", {"id": "b"})
    life.step("closing the other", "close-class", {"id": "a"}, actions="archive,rename,remove_learners")
    return life.trouble


@test
def the_list_is_what_is_asked():
    """the permissions that the console asks consent for are those that rollcall-web(8) lists, each with what it is for"""
    with console_start() as rig:
        said = rig.person("administrator").get("/v1/console").json["consent"]["permissions"]
        equal(sorted(p["name"] for p in said), sorted(sum(listed(), [])))
        for permission in said:
            has(permission["why"], " ")


@test
def the_list_is_enough():
    """with the permissions on the list and no others everything goes; with those for every school, all that Teams need"""
    base, others = listed()
    with allowed(base) as rig:
        equal(teams(rig), [])
    with allowed(base + others, naming="rule", identifier="1234567") as rig:
        equal(everything(rig), [])
        equal(record(rig, "a")["mail_nickname"], "8A.class.1234567.2026")


@test
def the_list_is_least():
    """without any one of the permissions on the list something does not go"""
    base, others = listed()
    for one in base:
        with allowed([p for p in base if p != one]) as rig:
            if not teams(rig):
                raise AssertionError("Teams go without " + one)
    for one in others:
        with allowed([p for p in base + others if p != one], naming="rule", identifier="1234567") as rig:
            if not everything(rig):
                raise AssertionError("everything goes without " + one)


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
