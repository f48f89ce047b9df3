#!/usr/bin/env python3
"""The commands for a school's group sync: its settings, groups and names, previews, matches,
changes by hand, the history and why. usage: test_cli_roster.py [WORDS...]
"""
import csv
import datetime
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cli_rig import fresh, main, now, rig, rollcall, screen  # noqa: E402
from rig import ROOT, Suite, address, check, class_of, equal, has, has_not, learners, start, wait_for  # noqa: E402
from roster_files import school_roster, write_zip  # noqa: E402

suite = Suite()
SCHOOL = "green-hill"
GUID = "11111111-2222-3333-4444-555555555555"


def record():
    return rig.redis.hash(rig.key("school:" + SCHOOL))


def school(**fields):
    fresh()
    fields.setdefault("name", "Green Hill")
    rig.redis("HSET", rig.key("school:" + SCHOOL), *[w for pair in fields.items() for w in pair])


def group(id, name, learners=(), kind="registration", more=None, **fields):
    """A class as the register and the workers leave it."""
    told = dict({"id": id, "name": name, "group": name, "kind": kind, "starts": "2026-09-01",
                 "learners": [{"id": l, "name": n, "email": l.lower() + "@green-hill.example"} for l, n in learners],
                 "teachers": [{"id": "t1", "name": "N. Dlamini", "email": "n@green-hill.example"}]}, **(more or {}))
    key = rig.key("class:%s:%s" % (SCHOOL, id))
    rig.redis("SADD", rig.key("classes:" + SCHOOL), id)
    rig.redis("HSET", key + ":register", "text", json.dumps(told))
    rig.redis("HSET", key, "name", name, "kind", kind, "active", 1, *[w for p in fields.items() for w in p])


def learner(cls, id, **kept):
    rig.redis("HSET", rig.key("class:%s:%s:learners" % (SCHOOL, cls)), id, json.dumps(kept))


def event(**words):
    fields = ("what", "class", "learner", "user_id", "reason", "detail", "job", "run", "by")
    rig.redis("XADD", rig.key("history:" + SCHOOL), "*", *[w for f in fields for w in (f, words.get(f, ""))])


def told(*words, status=0):
    return json.loads(rollcall(*words, "--json", status=status)[0])


# ---- settings -------------------------------------------------------------------------------------

@suite
def every_setting():
    """each setting of group sync is set, shown as it was given, and taken back to its default"""
    school()
    given = {"dfe-code": "9991001", "identifier": "", "kinds": "year,teaching", "target": "class", "naming": "rule",
             "owners": "it@green-hill.example,head@green-hill.example", "default-domain": "green-hill.example",
             "source": "seemis", "night": "nightly", "night-at": "03:30", "zone": "Europe/London",
             "quiet": "sat,sun,2026-12-25", "domain-map": "old.example=new.example", "staff-domain": "staff.example",
             "student-domain": "pupils.example", "opens": "teacher", "grace-days": "14", "brake-share": "25%", "brake-count": "10",
             "exclude": "names=BUSY:*,Detention; kinds=year", "drop-share": "0.1"}
    out, _ = rollcall("school", "set", SCHOOL, *[w for name, value in given.items() for w in ("--" + name, value)])
    has(out, "9991001", "(none)", "year,teaching", "it@green-hill.example,head@green-hill.example", "nightly", "03:30",
        "Europe/London", "old.example=new.example", "names=BUSY:*,Detention; kinds=year", "25 %", "10 %")
    kept = record()
    equal(json.loads(kept["extra_owners"])[1], {"id": "", "name": "", "email": "head@green-hill.example"})
    equal(json.loads(kept["exclude"]), {"names": ["BUSY:*", "Detention"], "kinds": ["year"]})
    equal((kept["sync_kinds"], kept["brake_share"], kept["identifier"]), ("year,teaching", "0.25", ""))
    equal(len(kept), len(given) + 1, "fields")
    equal(rollcall("school", "show", SCHOOL)[0], out)
    rollcall("school", "set", SCHOOL, "--unset", ",".join(given))
    equal(record(), {"name": "Green Hill"})
    has(rollcall("help", "school", "set")[0], *["--" + name for name in given])


@suite
def settings_that_will_not_do():
    """a setting that will not do is refused with its remedy, and nothing of what was given is kept"""
    school()
    wrong = [("--kinds", "house", "year,registration,teaching"), ("--night-at", "25:00", "02:00"),
             ("--zone", "Mars/Olympus", "Mars/Olympus"), ("--quiet", "holidays", "weekdays"),
             ("--owners", "it", "addresses"), ("--domain-map", "a.example", "from=to"),
             ("--exclude", "BUSY:*", "names=BUSY:*"), ("--drop-share", "20", "such as 25%"),
             ("--grace-days", "-1", "0 to 365"), ("--opens", "soon", "2026-01-14"), ("--unset", "sunday", "called as their options"),
             ("--identifier", "x" * 61, "60 bytes")]
    for option, value, because in wrong:
        has(rollcall("school", "set", SCHOOL, "--name", "Other", option, value, status=2)[1], option, because)
    has(rollcall("school", "set", SCHOOL, "--quiet", "sun", "--unset", "quiet", status=2)[1], "not both")
    equal(record(), {"name": "Green Hill"})
    has(rollcall("school", "set", "other", "--unset", "quiet", status=1)[1], "no school other is entered")


# ---- groups and names --------------------------------------------------------------------------------

@suite
def groups_of_a_school():
    """groups tells of each group who is in it, who teaches it and what there is of it in Microsoft 365"""
    school()
    group("c1", "8A", [("L1", "Thabo")], team_id="g-1", status="active", last_sync_at=now(), display_name="8A_Class")
    group("c2", "8B", [("L2", "Zoë"), ("L3", "Ané")], kind="teaching")
    group("c3", "9A", active=0)
    group("c4", "8C", team_id="g-4", status="pending", is_team=0)
    rig.redis("HSET", rig.key("roster:" + SCHOOL), "accepted_at", now(), "by", "rollcall:ann", "format", "OneRoster 1.1")
    out, _ = rollcall("groups", SCHOOL)
    has(out, "c1", "8A", "8A_Class", "Active", "8B", "teaching", "No Team", "N. Dlamini", "Class, no Team",
        "OneRoster 1.1")
    has_not(out, "9A")
    equal([g["id"] for g in told("groups", SCHOOL)], ["c1", "c2", "c4"])
    equal([g["id"] for g in told("groups", SCHOOL, "--out")], ["c2"])
    equal([g["id"] for g in told("groups", SCHOOL, "--in", "--kind", "registration")], ["c1", "c4"])
    two = told("groups", SCHOOL, "--find", "8b")
    equal([(g["group"], g["learners"], g["in_microsoft"], g["label"]) for g in two], [("8B", 2, False, "No Team")])
    has(rollcall("groups", SCHOOL, "--kind", "house", status=2)[1], "year, registration or teaching")
    has(rollcall("groups", "other", status=1)[1], "no school other is entered")
    screen(60, "groups", SCHOOL)


@suite
def names_before_they_hurt():
    """names shows every name and nickname with its length, why it is not plainly the rule's, and who wants the same"""
    school(dfe_code="1234567", default_domain="green-hill.example", naming="rule")
    group("c1", "2S/DT1", kind="teaching", more={"starts": "2019-09-01"})
    group("c2", "2SDT1", kind="teaching", more={"starts": "2019-09-01"})
    group("c3", "Graad 5 Sê")
    group("c4", "Mon Ch", mail_nickname="Monday", display_name="Monday Choir", address="monday@other.example",
          team_id="g-4")
    group("c5", "Year 10 Combined Science Foundation Tier Intervention Group B")
    names = {n["id"]: n for n in told("names", SCHOOL)["names"]}
    equal(names["c1"]["display_name"], "2SDT1_Class [1234567][2019]")
    equal((names["c1"]["nickname"], names["c2"]["nickname"]), ("2SDT1.class.1234567.2019", "2SDT1-2.class.1234567.2019"))
    equal((names["c1"]["collides_with"], names["c2"]["changed_by"]), (["c2"], "number"))
    equal((names["c3"]["nickname"], names["c3"]["changed_by"]), ("Graad-5-Se.class.1234567.2026", "letters"))
    equal((names["c4"]["address"], names["c4"]["stored"], names["c4"]["display_name"]),
          ("monday@other.example", True, "Monday Choir"))
    equal((names["c5"]["nickname_length"], names["c5"]["changed_by"]), (64, "cut"))
    equal(names["c3"]["address"], "Graad-5-Se.class.1234567.2026@green-hill.example")
    equal(told("names", SCHOOL)["counts"], {"groups": 5, "collisions": 2, "cut": 1, "refused": 0})
    other = {n["id"]: n["nickname"] for n in told("names", SCHOOL, "--identifier", "")["names"]}
    equal((other["c3"], other["c4"]), ("Graad-5-Se.class.2026", "Monday"))
    out, _ = rollcall("names", SCHOOL)
    has(out, "2SDT1-2.class.1234567.2019", "another group wants the same", "too long", "made so, and kept",
        "nickname@green-hill.example")


@suite
def names_that_the_tenant_refuses():
    """a name that the tenant's own rules refuse is refused here, before anything is made; one without a name, too"""
    school(names_read_at=now(), naming_policy=json.dumps({"prefix": "GRP_", "suffix": "", "blocked": []}))
    group("c1", "8A")
    group("c2", "/")
    names = told("names", SCHOOL, status=1)
    equal([n["verdict"] for n in names["names"]], ["refused", "refused"])
    equal(names["counts"]["refused"], 2)
    has(rollcall("names", SCHOOL, status=1)[0], "GRP_", "needs a name")


@suite
def a_class_in_microsoft():
    """class tells what it is called in Microsoft 365, its address, how long it is wanted, and whether it has a Team"""
    school()
    group("c1", "8A", team_id="g-1", is_team=0, display_name="8A_Class [1234567][2026]", lifetime="2027-07-31",
          address="8A.class.1234567.2026@green-hill.example", status="pending")
    has(rollcall("class", SCHOOL, "c1")[0], "8A_Class [1234567][2026]", "8A.class.1234567.2026@green-hill.example",
        "2027-07-31", "a class without a Team")
    rig.redis("HSET", rig.key("class:%s:c1" % SCHOOL), "is_team", 1, "web_url", "https://teams.example/x", "archived_at", now())
    out, _ = rollcall("class", SCHOOL, "c1")
    has(out, "https://teams.example/x", "Archived")
    has_not(out, "without a Team")


# ---- the report of a run ----------------------------------------------------------------------------

def unfinished_run(id, state=None, **job):
    """A run that its worker left as under way, and what is known of its job."""
    school()
    rig.redis("LPUSH", rig.key("runs:" + SCHOOL), id)
    rig.redis("HSET", rig.key("run:%s:%s" % (SCHOOL, id)), "state", "running", "kind", "night", "job", id, "started_at",
              now() - 60000, "c:8A", json.dumps({"name": "8A", "state": "done"}))
    if state:
        rig.redis("HSET", rig.key("job:" + id), "rev", 9, "state", state, "type", "sync-school", "school", SCHOOL,
                  *[w for p in job.items() for w in p])


@suite
def run_that_crashed():
    """a run that says it is under way, and whose worker died for the last time, is told as crashed everywhere, with the reason"""
    error = 'The worker died 3 times while it ran this job; the last step was "plan".'
    unfinished_run("R1", "failed", error_code="crashed", error=error, finished_at=now())
    out, _ = rollcall("report", SCHOOL, status=1)
    has(out, "Run R1", "crashed after", error)
    got = told("report", SCHOOL, status=1)
    equal([got[k] for k in ("state", "error_code", "error")], ["crashed", "crashed", error])
    equal([r["state"] for r in told("report", SCHOOL, "--runs")], ["crashed"])
    has(rollcall("night", SCHOOL)[0], "crashed after")
    rig.redis("HSET", rig.key("run:%s:R1" % SCHOOL), "state", "crashed")
    rig.redis("DEL", rig.key("job:R1"))
    equal(told("report", SCHOOL, status=1)["state"], "crashed", "when its job is not kept any more")


@suite
def run_whose_job_ended():
    """a run that says it is under way is so while its job is; then it is what became of that, also where nobody knows any more"""
    for state, wanted, status in (("queued", "running", 0), ("running", "running", 0), ("waiting", "running", 0),
                                  ("failed", "failed", 1), ("cancelled", "cancelled", 1), (None, "failed", 1)):
        unfinished_run("R1", state)
        equal(told("report", SCHOOL, status=status)["state"], wanted, "the run of a job that is %s" % state)
    has(rollcall("report", SCHOOL, status=1)[0], "Its job has ended, and is not kept any more")


# ---- matches ----------------------------------------------------------------------------------------------

def three_learners():
    school()
    group("c1", "8A", [("L1", "Thabo Mokoena"), ("L2", "Zoë Grové"), ("L3", "Ané Môre")], team_id="g-1")
    group("c2", "8B", [("L1", "Thabo Mokoena")], team_id="g-2")
    learner("c1", "L1", name="Thabo Mokoena", status="synced", user_id="u-1", at=now())
    learner("c1", "L2", name="Zoë Grové", status="not_synced", reason="no_account", at=now())
    learner("c2", "L1", name="Thabo Mokoena", status="not_synced", reason="no_account", at=now())


@suite
def match_rate():
    """match counts each learner once, names who is unresolved, and leaves apart whom nobody looked for"""
    three_learners()
    report = told("match", SCHOOL)
    equal([report[k] for k in ("learners", "matched", "unresolved", "untried")], [3, 1, 1, 1])
    equal([(p["learner"], p["reason"], p["classes"]) for p in report["people"]], [("L2", "no_account", ["8A"])])
    out, _ = rollcall("match", SCHOOL)
    has(out, "1 of 3 learners are matched", "33.3 %", "Zoë Grové", "No Microsoft account found", "1 of them yet")


@suite
def match_by_hand():
    """whose account is whose is said by hand and taken back, checked, and told in the history"""
    three_learners()
    has(rollcall("match", SCHOOL, "zoë", "--address", "z.grove@green-hill.example")[0], "Zoë Grové")
    kept = json.loads(rig.redis("HGET", rig.key("matches:" + SCHOOL), "L2"))
    equal((kept["address"], kept["by"][:9]), ("z.grove@green-hill.example", "rollcall:"))
    has(rollcall("match", SCHOOL)[0], "Chosen by hand", "z.grove@green-hill.example")
    rollcall("match", SCHOOL, "L2", "--user", GUID)
    equal(told("match", SCHOOL)["overrides"]["L2"]["user_id"], GUID)
    rollcall("match", SCHOOL, "l2@green-hill.example", "--drop")
    equal(rig.redis("EXISTS", rig.key("matches:" + SCHOOL)), 0, "matches")
    equal([(e["what"], e["learner"], e["reason"]) for e in told("history", SCHOOL)],
          [("override", "L2", "dropped"), ("override", "L2", "set"), ("override", "L2", "set")])
    for words, because in ((("L2",), "goes with"), (("--drop",), "goes with"), (("L2", "--user", "x"), "hexadecimal"),
                           (("L2", "--address", "x"), "no e-mail address"),
                           (("L2", "--address", "a@b", "--user", GUID), "either"),
                           (("L2", "--address", "a@b", "--drop"), "goes without")):
        has(rollcall("match", SCHOOL, *words, status=2)[1], because)
    has(rollcall("match", SCHOOL, "Nobody", "--drop", status=1)[1], "nobody of green-hill")


# ---- by hand ------------------------------------------------------------------------------------------------

@suite
def changes_by_hand():
    """drift shows who was changed by hand, and what of it is let stand: for good, until a day, or no longer"""
    school()
    group("c1", "8A")
    group("c2", "8B")
    for user, what, name in (("u-1", "added", "Class Helper"), ("u-2", "removed", "Thabo"), ("u-3", "renamed", "")):
        rig.redis("HSET", rig.key("drift:%s:c1" % SCHOOL), user,
                  json.dumps({"what": what, "name": name, "learner": "", "at": now(), "job": "J", "became": "reverted"}))
    has(rollcall("drift", SCHOOL)[0], "8A", "Class Helper", "added by hand", "taken out by hand", "reverted")
    has(rollcall("drift", SCHOOL, "8B")[0], "Nobody changed anything by hand")
    key = rig.key("exceptions:%s:c1" % SCHOOL)
    rollcall("drift", SCHOOL, "8A", "--user", "Class Helper", "--keep")
    kept = json.loads(rig.redis("HGET", key, "u-1"))
    equal((kept["kind"], kept["name"], kept["by"][:9]), ("keep", "Class Helper", "rollcall:"))
    rollcall("drift", SCHOOL, "c1", "--user", "u-1", "--until", "2026-12-01")
    has(rollcall("drift", SCHOOL, "8A")[0], "stands until 2026-12-01")
    rollcall("drift", SCHOOL, "8A", "--user", "u-2", "--accept")
    equal(sorted(rig.redis("HKEYS", key)), ["u-1", "u-2"])
    rollcall("drift", SCHOOL, "8A", "--user", "u-1", "--drop")
    equal(rig.redis("HKEYS", key), ["u-2"])
    equal([e["reason"] for e in told("history", SCHOOL, "--what", "exception", "--class", "c1")],
          ["dropped", "accept", "until", "keep"])
    has(rollcall("drift", SCHOOL, "8A", "--user", "u-1", "--until", "soon", status=2)[1], "until is a day")
    has(rollcall("drift", SCHOOL, "8A", "--user", "u-9", "--keep", status=1)[1], "nothing of 8A was changed")
    for words in (("8A", "--user", "u-1"), ("--user", "u-1", "--keep"), ("8A", "--keep"),
                  ("8A", "--user", "u-1", "--keep", "--accept")):
        has(rollcall("drift", SCHOOL, *words, status=2)[1], "to decide name CLASS")


# ---- the history and why ---------------------------------------------------------------------------------------

def a_life():
    three_learners()
    for what, more in (("enrolled", {}), ("unresolved", {"reason": "no_account"}), ("added", {"run": "night-1"}),
                       ("left", {}), ("removed", {"reason": "left_class", "by": "staff-17"})):
        event(what=what, **{"class": "c1", "learner": "L1"}, **more)
    event(what="added", **{"class": "c2", "learner": "L2"}, by="=cmd()")


@suite
def the_history():
    """history is asked by learner, class, run, person and event, has names where they are known, and goes into a sheet"""
    a_life()
    equal([e["what"] for e in told("history", SCHOOL, "--learner", "L1")],
          ["removed", "left", "added", "unresolved", "enrolled"])
    equal([e["what"] for e in told("history", SCHOOL, "--run", "night-1")], ["added"])
    equal([e["learner"] for e in told("history", SCHOOL, "--class", "c2")], ["L2"])
    equal([e["what"] for e in told("history", SCHOOL, "--by", "staff-17")], ["removed"])
    equal(len(told("history", SCHOOL, "--limit", "2")), 2)
    has(rollcall("history", SCHOOL)[0], "Thabo Mokoena", "8A", "Removed in Microsoft 365", "Left the class")
    rows = list(csv.DictReader(io.StringIO(rollcall("history", SCHOOL, "--csv")[0].lstrip("\ufeff"))))
    equal((len(rows), rows[0]["by"], rows[1]["name"], rows[1]["group"]), (6, "'=cmd()", "Thabo Mokoena", "8A"))
    has(rollcall("history", SCHOOL, "--learner", "L9")[0], "Nothing of that")
    has(rollcall("history", SCHOOL, "--csv", "--json", status=2)[1], "not both")


@suite
def why_somebody_is_not_there():
    """why says for each class what the register says, what the last sync made of it and what to do, and what happened so far"""
    a_life()
    out, _ = rollcall("why", SCHOOL, "thabo", status=1)
    has(out, "Thabo Mokoena", "8A (c1)", "In the class in Microsoft 365", "8B (c2)", "No Microsoft account found",
        "Check that the address", "Removed in Microsoft 365")
    answer = told("why", SCHOOL, "L1", status=1)
    equal([(c["class"], c["member"], c["as_it_should"], c["reason"]) for c in answer["classes"]],
          [("c1", True, True, ""), ("c2", False, False, "no_account")])
    equal([e["what"] for e in answer["history"]], ["removed", "left", "added", "unresolved", "enrolled"])
    equal([c["class"] for c in told("why", SCHOOL, "L1", "8A")["classes"]], ["c1"])
    out, _ = rollcall("why", SCHOOL, "L2", "8B", status=1)
    has(out, "Not in the register of this class", "Added in Microsoft 365")
    rig.redis("HSET", rig.key("matches:" + SCHOOL), "L2", json.dumps({"user_id": GUID, "by": "admin-1", "at": now()}))
    has(rollcall("why", SCHOOL, "Grové", status=1)[0], GUID + ", chosen by admin-1")


@suite
def why_in_every_case():
    """why tells apart who comes later, who is over, who was never looked at, a class without Team, and what is let stand"""
    school(zone="UTC")
    people = [("L1", "Later"), ("L2", "Over"), ("L3", "Fresh"), ("L4", "Kept Out"), ("L5", "Gone")]
    told_learners = [dict(id=l, name=n, email="") for l, n in people[:4]]
    told_learners[0]["from"], told_learners[1]["until"] = "2999-01-01", "2020-01-01"
    group("c1", "8A", more={"learners": told_learners}, team_id="g-1", last_sync_at=now())
    group("c2", "8B", [("L3", "Fresh")])
    learner("c1", "L4", name="Kept Out", status="not_synced", user_id="u-4", at=now())
    learner("c1", "L5", name="Gone", status="not_synced", left=True, left_on="2026-11-01", at=now())
    rig.redis("HSET", rig.key("exceptions:%s:c1" % SCHOOL), "u-4",
              json.dumps({"kind": "until", "until": "2999-01-01", "by": "admin-1", "at": now(), "name": "Kept Out"}))
    for who, status, sentence in (("L1", 0, "from 2999-01-01 on"), ("L2", 0, "until 2020-01-01"),
                                  ("L3", 1, "Came into the class since its last sync"),
                                  ("L4", 1, "lets that stand until 2999-01-01: admin-1 decided so"),
                                  ("L5", 0, "any more, since 2026-11-01")):
        has(rollcall("why", SCHOOL, who, status=status)[0], sentence)
    has(rollcall("why", SCHOOL, "Fresh", "8B", status=1)[0], "The class is not in Microsoft 365")
    group("c3", "Chess", [("L6", "Chess Player")], kind="teaching")
    has(rollcall("why", SCHOOL, "L6")[0], "The night makes none of this kind")
    rollcall("school", "set", SCHOOL, "--kinds", "year,teaching")
    has(rollcall("why", SCHOOL, "L6", status=1)[0], "The next night makes it")


@suite
def why_with_an_old_register():
    """why says that the last roster was not taken, since the register is older than it seems then; and nothing of one that was"""
    a_life()
    key = rig.key("roster:" + SCHOOL)
    rig.redis("HSET", key, "accepted_at", now() - 86400000, "last_at", now(), "last_verdict", "accepted", "last_why", "")
    has_not(rollcall("why", SCHOOL, "L1", "8A")[0], "roster")
    rig.redis("HSET", key, "last_verdict", "held", "last_why", "classes: 3, where the last accepted set had 30")
    has(rollcall("why", SCHOOL, "L1", "8A")[0], "was held: classes: 3", "The register is that of")
    equal(told("why", SCHOOL, "L1", "8A")["roster"]["last_verdict"], "held")


@suite
def who_is_meant():
    """why takes an id, an address or a part of the name; of several it asks which, and knows who is in the history alone"""
    a_life()
    event(what="left", **{"class": "c1", "learner": "L99"})
    has(rollcall("why", SCHOOL, "l1@green-hill.example", status=1)[0], "Thabo Mokoena")
    out, err = rollcall("why", SCHOOL, "o", status=1)
    has(err, "may be one of 2")
    has(out, "L1", "L2", "8A, 8B")
    equal(len(told("why", SCHOOL, "o", status=1)), 2)
    has(rollcall("why", SCHOOL, "L99")[0], "Left the group")
    has(rollcall("why", SCHOOL, "Nobody", status=1)[1], "nobody of green-hill has the id")
    has(rollcall("why", SCHOOL, "L1", "9Z", status=1)[1], "there is no class 9Z")
    group("c3", "8A")
    has(rollcall("why", SCHOOL, "L1", "8A", status=1)[1], "2 classes are called 8A")
    equal(told("why", SCHOOL, "L1", "c1")["classes"][0]["class"], "c1")


# ---- with a worker ------------------------------------------------------------------------------------------------

def asked(rig, *words, status=0):
    done = rig.command(*words)
    equal(done.returncode, status, "%s: %s%s" % (" ".join(words), done.stdout, done.stderr))
    return done.stdout


@suite
def a_preview_of_a_class():
    """preview names who would come, go and cannot, with reasons, changes nothing, and its plan is then done exactly so"""
    with start() as rig:
        rig.run("create-team", SCHOOL, class_of(0), requested_by="staff-1")
        rig.run("sync-learners", SCHOOL, class_of(10), requested_by="staff-1")
        nobody = [{"id": "X", "name": "No Account", "email": "no@where.example"}]
        rig.run("register", SCHOOL, class_of(0, learners=learners(9) + learners(1, first=20) + nobody))
        before = rig.ledger()
        out = asked(rig, "preview", SCHOOL, "8B")
        has(out, "Would come: 1", "Learner 20", "Would go: 1", "Learner 10", "Left the class", "Cannot be matched: 1",
            "No Account", "No Microsoft account found", "Stay: 9", "--plan")
        equal(rig.ledger(), before, "changes")
        foretold = json.loads(asked(rig, "preview", SCHOOL, "8B-2026", "--json"))
        equal([len(foretold[k]) for k in ("come", "go", "held", "cannot", "stay")], [1, 1, 0, 1, 9])
        asked(rig, "enqueue", "sync-learners", "--school", SCHOOL, "--class", "8B-2026", "--plan", foretold["job"], "--wait")
        equal([c["what"] for c in rig.ledger("member_added", "member_removed")[-2:]],
              ["member_added", "member_removed"])
        has(asked(rig, "preview", SCHOOL, "8B"), "Stay: 10")


@suite
def a_preview_of_a_school():
    """preview of a school goes through its classes, those that would be made among them, and names the run that does so"""
    with start() as rig:
        asked(rig, "school", "set", SCHOOL, "--kinds", "registration")
        rig.run("create-team", SCHOOL, class_of(0), requested_by="staff-1")
        rig.run("sync-learners", SCHOOL, class_of(5), requested_by="staff-1")
        rig.run("register", SCHOOL, class_of(6))
        rig.run("register", SCHOOL, class_of(3, id="9C-2026"))
        before = rig.ledger()
        out = asked(rig, "preview", SCHOOL)
        has(out, "8B (8B-2026)", "Would come: 1", "Learner 6", "9C (9C-2026)", "would be made", "night green-hill --now --plan")
        equal(rig.ledger(), before, "changes")
        foretold = json.loads(asked(rig, "preview", SCHOOL, "--json"))
        equal({c["class"]: len(c["come"]) for c in foretold["classes"]}, {"8B-2026": 1, "9C-2026": 0})
        rig.run("register", SCHOOL, class_of(8))
        asked(rig, "night", SCHOOL, "--now", "--plan", foretold["run"], "--wait")
        equal(rig.redis.hash(rig.key("class:green-hill:8B-2026"))["synced"], "6")


@suite
def two_previews_at_once():
    """of two who preview one class at once both are told the same, by the one job that looked"""
    with start() as rig:
        rig.run("create-team", SCHOOL, class_of(0), requested_by="staff-1")
        rig.run("register", SCHOOL, class_of(3))
        rig.fault({"method": "GET", "path": "/teams/*/members", "nth": 1}, {"delay_ms": 1500})
        first = rig.push("sync-learners", SCHOOL, {"id": "8B-2026"}, options={"dry_run": True})
        wait_for(lambda: rig.job(first).get("state") == "running")
        foretold = json.loads(asked(rig, "preview", SCHOOL, "8B", "--json"))
        equal((foretold["job"], len(foretold["come"])), (first, 3))


@suite
def without_a_worker():
    """a preview without a worker says that one has to look, and leaves nothing behind"""
    school()
    group("c1", "8A", team_id="g-1")
    has(rollcall("preview", SCHOOL, "8A", status=3)[1], "no worker is online")
    equal(rig.redis("EXISTS", rig.key("inbox")), 0)
    has(rollcall("preview", SCHOOL, "9Z", status=1)[1], "there is no class 9Z")


@suite
def from_the_register_to_why():
    """what a sync finds is what match, why, groups and the history tell, and an account said by hand is taken"""
    with start(users=[{"mail": address("elsewhere"), "displayName": "Zoë Grové"}]) as rig:
        rig.run("create-team", SCHOOL, class_of(0), requested_by="staff-1")
        zoe = [{"id": "Z", "name": "Zoë Grové", "email": "zoe@where.example"}]
        rig.run("sync-learners", SCHOOL, class_of(0, learners=learners(3) + zoe), requested_by="staff-1")
        has(asked(rig, "match", SCHOOL), "3 of 4 learners", "75.0 %", "Zoë Grové")
        has(asked(rig, "why", SCHOOL, "Zoë", status=1), "No Microsoft account found", "Came into the group")
        asked(rig, "match", SCHOOL, "Zoë", "--address", address("elsewhere"))
        rig.run("sync-learners", SCHOOL, class_of(0, learners=learners(3) + zoe), requested_by="staff-1")
        has(asked(rig, "match", SCHOOL), "4 of 4 learners", "100.0 %")
        has(asked(rig, "why", SCHOOL, "Zoë"), "In the class in Microsoft 365", "Account chosen by hand",
            "Added in Microsoft 365")
        has(asked(rig, "groups", SCHOOL), "8B-2026", "Active")
        equal(asked(rig, "audit").count("wrong"), 0)


@suite
def as_readme_shows_it():
    """a whole school goes as README shows it, from its roster to the night"""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    text = text[text.index("## A whole school"):text.index("## For portals")]
    shown = [line.strip().split("   ")[0].split() for line in text.splitlines() if line.startswith("    rollcall ")]
    equal([words[1] for words in shown], ["school", "import", "names", "preview", "night", "why", "school"])
    day = datetime.date.today()
    first, last = (str(day + datetime.timedelta(days=days)) for days in (-60, 200))
    files = school_roster(classes=2, learners=3, first=first, last=last)
    files["users"][-1]["givenName"] = "Zoe"
    with start(n=6, users=[{"mail": u["email"]} for u in files["users"] if u["email"]]) as rig:
        rig.school("oak-park")
        roster = write_zip(files, rig.path("roster.zip"))
        for words in shown:
            done = rig.command(*[roster if word == "roster.zip" else word for word in words[1:]])
            equal(done.returncode, 0, "%s: %s%s" % (" ".join(words), done.stdout, done.stderr))
            if words[1] == "import":
                wait_for(lambda: rig.redis("SCARD", rig.key("classes:oak-park")) == 3)
        equal({c: rig.redis.hash(rig.key("class:oak-park:" + c))["synced"] for c in ("c1", "c2")}, {"c1": "3", "c2": "3"})


if __name__ == "__main__":
    sys.exit(main(suite))
