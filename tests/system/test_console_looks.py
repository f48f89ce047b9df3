#!/usr/bin/env python3
"""What the administrators' console tells: names, runs, drift, matches, history, the year."""
import csv
import io
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from console_rig import LATER, SCHOOL, console_start, teacher  # noqa: E402
from rig import Suite, address, check, equal, has, learners  # noqa: E402

test = Suite()


def looked(person, path, **query):
    answer = person.get("/v1/console/" + path + ("?" + urllib.parse.urlencode(query) if query else ""))
    equal(answer.status, 200, answer.text)
    return answer.json


def in_use(rig, boss, id, n, **more):
    """A class with its Team and its learners."""
    rig.put(id, n, **more)
    rig.act(boss, id, "create", lifetime=LATER)
    rig.act(boss, id, "resync")
    return rig.record(id)["team_id"]


# ---- names -----------------------------------------------------------------------------------

@test
def names():
    """every group's name and address are told before they are used: by the rule, with length, collision and why they are other than plain"""
    rule = {"naming": "rule", "dfe_code": "1234567", "default_domain": "school.onmicrosoft.com"}
    with console_start(school=rule) as rig:
        boss = rig.person("administrator")
        for id, group, starts in (
                ("a1", "2S/DT1", "2019-09-01"), ("a2", "2SDT1", "2019-09-01"), ("b", "Mon Ch", "2020-09-04"),
                ("c", "Graad 5 S\u00ea", "2026-01-14"), ("d", "\u6570\u5b66", "2026-01-14"),
                ("e", "Year 10 Combined Science Foundation Tier Intervention Group B", "2026-01-14")):
            rig.put(id, 1, name=group, group=group, starts=starts, source="roster")
        said = looked(boss, "names")
        by_id = {n["id"]: n for n in said["names"]}
        equal((said["identifier"], said["default_domain"]), ("1234567", "school.onmicrosoft.com"))
        want = {"a1": ("2SDT1_Class [1234567][2019]", "2SDT1.class.1234567.2019", "", ["a2"]),
                "a2": ("2SDT1_Class [1234567][2019]", "2SDT1-2.class.1234567.2019", "number", ["a1"]),
                "b": ("Mon-Ch_Class [1234567][2020]", "Mon-Ch.class.1234567.2020", "", []),
                "c": ("Graad-5-S\u00ea_Class [1234567][2026]", "Graad-5-Se.class.1234567.2026", "letters", [])}
        for id, (display, nickname, changed, collides) in want.items():
            n = by_id[id]
            equal((n["display_name"], n["nickname"], n["changed_by"], n["collides_with"]), (display, nickname, changed, collides))
            equal((n["address"], n["nickname_length"], n["display_length"]),
                  (nickname + "@school.onmicrosoft.com", len(nickname), len(display)))
        equal((by_id["e"]["changed_by"], by_id["e"]["nickname_length"]), ("cut", 64))
        equal(by_id["d"]["changed_by"], "letters")
        equal(said["counts"], {"groups": 6, "collisions": 2, "cut": 1, "refused": 0})
        equal({n["verdict"] for n in said["names"]}, {"unknown"}, "the tenant's rules were never read")
        other = {n["id"]: n for n in looked(boss, "names", identifier="A/B 7")["names"]}
        equal(other["b"]["nickname"], "Mon-Ch.class.AB-7.2020")
        equal(looked(boss, "names")["identifier"], "1234567", "only looked at")


@test
def names_that_are_taken():
    """a class that has its name keeps it, whatever identifier is looked at; the tenant's rule is told before a class is made"""
    rule = {"naming": "rule", "identifier": "1234567"}
    policies = (("", "ok", ""), ('{"blocked":["disco"]}', "refused", "disco"), ('{"prefix":"GRP-"}', "refused", "GRP-"),
                ('{"depends":true}', "unknown", "who makes"))
    with console_start(learners=3, school=rule) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 1, group="8B", source="roster")
        rig.put("9D", 1, name="Disco 9", group="Disco 9", source="roster")
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        record = rig.record("8B-2026")
        for identifier in ("1234567", "other"):
            kept = {n["id"]: n for n in looked(boss, "names", identifier=identifier)["names"]}["8B-2026"]
            equal((kept["stored"], kept["display_name"], kept["nickname"]), (True, record["display_name"], record["mail_nickname"]))
            equal(kept["address"], record["address"])
        for policy, verdict, word in policies:
            rig.redis("HSET", rig.key("school:" + SCHOOL), "naming_policy", policy)
            said = looked(boss, "names")
            seen = {n["id"]: n for n in said["names"]}
            equal((seen["9D"]["verdict"], seen["8B-2026"]["verdict"]), (verdict, "ok"), policy)
            has(seen["9D"]["problem"], word)
            equal(said["counts"]["refused"], int(verdict == "refused"))


# ---- runs ---------------------------------------------------------------------------------------

@test
def runs():
    """a run over the whole school is told class by class; a preview of it changes nothing; the report has what waits for somebody"""
    with console_start(learners=25, school={"naming": "rule", "sync_kinds": "registration"}) as rig:
        boss = rig.person("administrator")
        team = in_use(rig, boss, "8B-2026", 20)
        rig.put("8B-2026", 4)
        rig.put("9C-2026", 3, source="roster")
        equal((looked(boss, "runs")["runs"], looked(boss, "report")["run"]), ([], None))
        before = rig.team(team)
        preview = boss.post("/v1/console/runs", {"preview": True})
        equal((preview.status, preview.headers["Location"]), (202, "/v1/console/jobs/" + preview.json["id"]))
        rig.ended(preview.json["id"])
        equal(rig.team(team), before, "nothing changed")
        equal(looked(boss, "report")["run"], None, "a preview is no run to report")
        run = boss.post("/v1/console/runs", {}).json["id"]
        rig.ended(run)
        seen = looked(boss, "runs/" + run)
        equal((seen["kind"], seen["by"], seen["dry_run"], seen["classes"]), ("manual", "boss", False, 2))
        equal([r["id"] for r in looked(boss, "runs")["runs"]], [run, preview.json["id"]])
        report = looked(boss, "report")
        equal((report["run"]["id"], [line["class"] for line in report["needs_approval"]]), (run, ["8B-2026"]))
        equal(boss.get("/v1/console").json["last_run"]["id"], run)
        equal(boss.get("/v1/console/runs/none").status, 404)
        has(str(rig.audited()), "sync-school")


@test
def held_until_decided():
    """what a run held back waits in the report until the class is synced without being held, and no longer"""
    with console_start(learners=25) as rig:
        boss = rig.person("administrator")
        in_use(rig, boss, "8B-2026", 20)
        rig.put("8B-2026", 4)
        rig.ended(boss.post("/v1/console/runs", {}).json["id"])

        def waiting():
            return [line["class"] for line in looked(boss, "report")["needs_approval"]]
        equal(waiting(), ["8B-2026"])
        held = rig.act(boss, "8B-2026", "resync", state="failed")
        equal((held["error_code"], waiting()), ("removals_need_approval", ["8B-2026"]), "held again")
        added = rig.act(boss, "8B-2026", "resync", hold_removals=True)
        equal((added["held"], waiting()), ("16", ["8B-2026"]), "only added to")
        last = rig.key("job:" + added["id"])
        for state, word in (("cancelled", ""), ("failed", "graph_error")):
            rig.redis("HSET", last, "state", state, "error_code", word)
            rig.redis("HDEL", last, "held")
            equal(waiting(), ["8B-2026"], state + " before it came to the removals")
        rig.act(boss, "8B-2026", "approve", plan=held["id"])
        equal(waiting(), [])


@test
def whole_school_approved():
    """the brake of a whole school is lifted only for whom a preview named, and then there is nothing more to decide"""
    braking = {"sync_kinds": "registration", "brake_share": "0.2", "brake_count": "5"}
    with console_start(learners=30, school=braking) as rig:
        boss, classes = rig.person("administrator"), ("8A-2026", "8B-2026", "8C-2026")
        teams = [in_use(rig, boss, id, 10) for id in classes]

        def members():
            return [sum(not m["owner"] for m in rig.team(team)["members"]) for team in teams]

        def run(**wanted):
            answer = boss.post("/v1/console/runs", wanted)
            equal(answer.status, 202, answer.text)
            rig.ended(answer.json["id"])
            return looked(boss, "runs/" + answer.json["id"])
        for id in classes:
            rig.put(id, 7)
        rig.run("sync-school", SCHOOL, requested_by="night", priority="background")
        report = looked(boss, "report")
        equal((report["run"]["kind"], report["run"]["braked"], report["decided"]), ("night", True, False))
        equal(members(), [10] * 3)
        refused = boss.post("/v1/console/runs", {"approve_removals": True})
        equal((refused.status, refused.word), (422, "bad_action"))
        preview = run(preview=True)
        equal(preview["braked"], True)
        rig.put("8C-2026", 6)
        at = rig.key("run:%s:%s" % (SCHOOL, preview["id"]))
        for plan, state in ((preview["id"], "cancelled"), (preview["id"], "running"), ("none", "held"), (report["run"]["id"], "held")):
            rig.redis("HSET", at, "state", state)
            refused = boss.post("/v1/console/runs", {"approve_removals": True, "plan": plan})
            equal((refused.status, refused.word), (409, "not_offered"), state)
        run(plan=preview["id"], approve_removals=True)
        equal(members(), [7] * 3, "only those whom the preview named")
        report = looked(boss, "report")
        equal((report["run"]["kind"], report["run"]["braked"], report["decided"], report["needs_approval"]), ("night", True, True, []))


@test
def held_once_more():
    """a run that is held itself, or that came to no end, settles nothing of what the night before held back"""
    braking = {"sync_kinds": "registration", "brake_share": "0.2", "brake_count": "5"}
    with console_start(learners=20, school=braking) as rig:
        boss, classes = rig.person("administrator"), ("8A-2026", "8B-2026")
        for id in classes:
            in_use(rig, boss, id, 10)
            rig.put(id, 7)
        rig.run("sync-school", SCHOOL, requested_by="night", priority="background")
        later = rig.ended(boss.post("/v1/console/runs", {}).json["id"])
        equal(later["error_code"], "removals_need_approval")
        report, runs = looked(boss, "report"), looked(boss, "runs")["runs"]
        equal((report["run"]["kind"], report["decided"]), ("night", False))
        equal([line["class"] for line in report["needs_approval"]], list(classes))
        equal([(r["state"], r["braked"]) for r in runs], [("held", True)] * 2)
        for state, decided in (("crashed", False), ("unfinished", False), ("done", True)):
            rig.redis("HSET", rig.key("run:%s:%s" % (SCHOOL, runs[0]["id"])), "state", state, "braked", 0)
            equal(looked(boss, "report")["decided"], decided, state)


@test
def lifetimes():
    """a class whose time is over shows in the report, and is still there"""
    with console_start(learners=3) as rig:
        boss = rig.person("administrator")
        team = in_use(rig, boss, "8B-2026", 2)
        rig.redis("HSET", rig.key("class:%s:8B-2026" % SCHOOL), "lifetime", "2026-07-31")
        equal(looked(boss, "report")["lifetimes_over"], [{"class": "8B-2026", "group": "8B", "lifetime": "2026-07-31"}])
        equal(rig.group(boss, "8B-2026")["lifetime_over"], True)
        rig.act(boss, "8B-2026", "resync")
        check(not rig.team(team).get("deleted"), "nothing is deleted")


# ---- what people did by hand ------------------------------------------------------------------------

@test
def drift():
    """who was added by hand is shown with what became of it; an exception lets them stand, and without it they go"""
    with console_start(learners=4, users=[address("assistant")]) as rig:
        boss = rig.person("administrator")
        team = in_use(rig, boss, "8B-2026", 3)
        rig.control("teams/" + team, {"add": [address("assistant")]})

        def is_member():
            return any(m["mail"] == address("assistant") for m in rig.team(team)["members"])
        check(is_member(), "added by hand")
        rig.act(boss, "8B-2026", "preview")
        rig.act(boss, "8B-2026", "resync", hold_removals=True)
        found = [d for d in looked(boss, "drift")["drift"] if d["what"] == "added"]
        equal([(d["class"], d["group"], d["exception"]) for d in found], [("8B-2026", "8B", None)])
        user = found[0]["user_id"]
        path = "/v1/console/groups/8B-2026/exceptions"
        said = boss.post(path, {"user_id": user, "kind": "keep", "name": "An Assistant"}).json["exceptions"]
        equal([(x["user_id"], x["kind"], x["by"], x["name"]) for x in said], [(user, "keep", "boss", "An Assistant")])
        rig.act(boss, "8B-2026", "resync")
        check(is_member(), "kept")
        group = rig.group(boss, "8B-2026")
        equal((group["exceptions"], [d["exception"] for d in group["drift"]]), (said, said))
        equal(boss.post(path, {"user_id": user, "kind": "none"}).json["exceptions"], [])
        rig.act(boss, "8B-2026", "resync")
        check(not is_member(), "gone")
        has(str(rig.audited()), "exception")
        for body in ({}, {"user_id": user}, {"user_id": user, "kind": "until", "until": "soon"},
                     {"user_id": "x" * 129, "kind": "keep"}, {"user_id": user, "kind": "keep", "name": "x" * 300}):
            equal(boss.post(path, body).word, "bad_exception", str(body)[:60])


@test
def matches():
    """the match rate comes with who is missing and what to do; an account that is chosen by hand is used by the next resync"""
    with console_start(learners=3, users=["other.name@school.example"]) as rig:
        boss = rig.person("administrator")
        people = learners(3) + [{"id": "L9", "name": "Odd One", "email": "odd.one@school.example"},
                                {"id": "L8", "name": "No Mail", "email": ""}]
        rig.put("8B-2026", learners=people)
        rig.put("9C-2026", learners=people[:1])
        untried = looked(boss, "matches")
        equal((untried["learners"], untried["matched"]), (5, 0))
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        rig.act(boss, "8B-2026", "resync")
        said = looked(boss, "matches")
        equal((said["learners"], said["matched"], said["unresolved"], said["share"]), (5, 3, 2, 0.6))
        equal([(p["learner"], p["reason"], p["classes"]) for p in said["people"]],
              [("L8", "no_email", [{"id": "8B-2026", "group": "8B"}]), ("L9", "no_account", [{"id": "8B-2026", "group": "8B"}])])
        check(all(p["remedy"] and p["reason_label"] for p in said["people"]), "each has a remedy")
        answer = boss.put("/v1/console/matches/L9", {"address": "other.name@school.example"})
        equal([(o["learner"], o["address"], o["by"]) for o in answer.json["overrides"]],
              [("L9", "other.name@school.example", "boss")])
        equal(looked(boss, "matches")["overrides"][0]["name"], "Odd One")
        equal(rig.act(boss, "8B-2026", "resync")["added"], "1")
        equal(looked(boss, "matches")["matched"], 4)
        equal(boss.put("/v1/console/matches/L9", {}).json["overrides"], [])
        for body in ({"address": "nobody"}, {"user_id": "7"}, {"address": "a@b.example", "user_id": "7"}):
            equal(boss.put("/v1/console/matches/L9", body).word, "bad_match", str(body))
        equal(boss.put("/v1/console/matches/" + "x" * 201, {"address": "a@b.example"}).word, "bad_match")


# ---- history -------------------------------------------------------------------------------------------

@test
def history():
    """the history answers by learner, class and person, with names, a page at a time and as a sheet"""
    with console_start(learners=6) as rig:
        boss = rig.person("administrator")
        in_use(rig, boss, "8B-2026", 3)
        in_use(rig, boss, "9C-2026", 2)
        rig.put("8B-2026", learners=learners(3)[1:])
        rig.act(boss, "8B-2026", "resync")
        first = learners(3)[0]
        mine = looked(boss, "history", learner=first["id"], **{"class": "8B-2026"})["events"]
        equal([e["what"] for e in mine], ["removed", "left", "added", "enrolled"])
        equal({(e["class"], e["group"], e["learner"]) for e in mine}, {("8B-2026", "8B", first["id"])})
        equal((mine[0]["by"], mine[0]["reason"], mine[0]["label"]), ("boss", "left_class", "Removed in Microsoft 365"))
        check(mine[0]["at"] >= mine[-1]["at"] > 0, "newest first")
        second = learners(3)[1]
        equal(looked(boss, "history", learner=second["id"])["events"][0]["name"], second["name"], "who is known has a name")
        equal({e["class"] for e in looked(boss, "history", **{"class": "9C-2026"})["events"]}, {"9C-2026"})
        equal(looked(boss, "history", by="nobody"), {"events": [], "next": ""})
        sheet = boss.get("/v1/console/history?learner=" + first["id"], Accept="text/csv")
        rows = list(csv.DictReader(io.StringIO(sheet.text.lstrip("\ufeff"))))
        equal(([r["label"] for r in rows], sheet.headers["Link"]), ([e["label"] for e in looked(
            boss, "history", learner=first["id"])["events"]], None))
        equal(boss.get("/v1/console/history?after=yesterday").word, "bad_parameter")
        equal(boss.get("/v1/console/history?after=1-1%20x").word, "bad_parameter")


@test
def long_history():
    """a long history comes in pages that neither miss nor repeat, also where few entries are wanted of many"""
    with console_start(worker=False) as rig:
        boss = rig.person("administrator")
        key = rig.key("history:" + SCHOOL)
        rig.redis.pipeline([("XADD", key, "*", "at", "1", "class", "c%d" % (n % 7), "learner", "L%d" % n, "what", "added",
                             "by", "rare" if n in (3, 6000) else "night") for n in range(12000)])
        seen, next = [], ""
        while len(seen) < 1000:
            page = looked(boss, "history", after=next)
            equal(len(page["events"]), 200)
            seen += [e["learner"] for e in page["events"]]
            next = page["next"]
        equal(seen, ["L%d" % n for n in range(11999, 10999, -1)])
        rare, next = [], ""
        while True:
            page = looked(boss, "history", by="rare", after=next)
            rare += [e["learner"] for e in page["events"]]
            next = page["next"]
            if not next:
                break
        equal(rare, ["L6000", "L3"])
        sheet = boss.get("/v1/console/history?by=night", Accept="text/csv")
        equal(len(sheet.text.splitlines()), 5001)
        has(sheet.headers["Link"], 'rel="next"', "by=night", "after=")


# ---- the year ---------------------------------------------------------------------------------------------

@test
def year():
    """classes of a year that is over are told apart from groups that begin; closing them is looked at first, and deletes nothing"""
    with console_start(learners=5, school={"current_year": "2026"}) as rig:
        boss = rig.person("administrator")
        team = in_use(rig, boss, "8B-2025", 3, year="2025")
        rig.put("8B-2026", 3)
        in_use(rig, boss, "9C-2026", 2)
        said = looked(boss, "year")
        equal(([c["id"] for c in said["ends"]], [c["id"] for c in said["starts"]]), (["8B-2025"], ["8B-2026"]))
        equal(said["ends"][0]["actions"], {"archive": True, "rename": True, "remove_learners": True})
        wanted = {"classes": ["8B-2025"], "actions": ["archive", "rename"]}
        before = rig.team(team)
        for preview in (True, False):
            answer = boss.post("/v1/console/year", dict(wanted, preview=preview))
            equal(answer.status, 202, answer.text)
            job = rig.ended(answer.json["jobs"][0]["id"])
            equal(job["state"], "done", job.get("error"))
            if preview:
                equal(rig.team(team), before, "nothing changed")
        check(rig.team(team)["archived"] and rig.team(team)["name"] != before["name"], "archived and renamed")
        equal(looked(boss, "year")["ends"][0]["actions"]["archive"], False)
        for body, word in ((dict(wanted, classes=[]), "bad_action"), (dict(wanted, actions=[]), "bad_action"),
                           (dict(wanted, actions=["delete"]), "bad_action"), (dict(wanted, actions=[7]), "bad_action"),
                           (dict(wanted, classes=["9C-2026"]), "not_offered"), (dict(wanted, classes=["none"]), "not_offered"),
                           (dict(wanted, classes=[7]), "not_offered")):
            equal(boss.post("/v1/console/year", body).word, word, str(body))
        rig.redis("CLIENT", "PAUSE", 60000, "WRITE")
        answer = boss.post("/v1/console/year", dict(wanted, actions=["rename"]))
        equal((answer.status, answer.word), (503, "unconfirmed"), "what the store did not answer")
        rig.redis("CLIENT", "UNPAUSE")
        job = rig.act(boss, "8B-2025", "close", actions=["remove_learners"])
        equal([m for m in rig.team(team)["members"] if m["member"] and not m["owner"]], [])
        has(str(rig.audited()), "close-class", "8B-2025")


# ---- a whole district ------------------------------------------------------------------------------------------

@test
def district():
    """a school of 1,470 groups is looked at in a moment, from every side"""
    with console_start(worker=False, school={"naming": "rule", "dfe_code": "1234567"}) as rig:
        boss, k = rig.person("administrator"), rig.key
        commands = []
        for n in range(1470):
            id = "c%d" % n
            people = [{"id": "L%d" % (n * 3 + i), "name": "Learner %d" % i, "email": "x@school.example"} for i in range(21)]
            row = '{"name":"Learner","email":"x@school.example","status":"synced","reason":"","user_id":"u","at":1}'
            commands += [("SADD", k("classes:" + SCHOOL), id),
                         ("HSET", k("class:%s:%s" % (SCHOOL, id)), "name", "Set %d" % n, "kind", "teaching", "year", "2026"),
                         ("HSET", k("class:%s:%s:register" % (SCHOOL, id)), "count", 21, "text", class_text(id, n, people))]
            commands += [("HSET", k("class:%s:%s:learners" % (SCHOOL, id)), *[w for p in people for w in (p["id"], row)])]
        rig.redis.pipeline(commands)
        equal(looked(boss, "names")["counts"]["groups"], 1470)
        equal(looked(boss, "matches")["share"], 1.0)
        equal(len(looked(boss, "year")["starts"]), 1470)
        equal(looked(boss, "groups", q="set 14")["total"], 81)
        equal(looked(boss, "drift"), {"drift": []})
        equal(looked(boss, "report")["lifetimes_over"], [])


def class_text(id, n, people):
    return json.dumps({"id": id, "name": "Set %d" % n, "group": "Set %d" % n, "starts": "2026-01-14", "kind": "teaching",
                       "teachers": [teacher("staff-1")], "learners": people})


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
