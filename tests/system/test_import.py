#!/usr/bin/env python3
"""A roster comes into a school: what the register has afterwards, and what stays in force when a
set is wrong, half, empty, or one of two at once. usage: test_import.py [WORDS...]
"""
import copy
import json
import os
import random
import signal
import subprocess
import sys
import time
import warnings
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal, has, has_not, wait_for  # noqa: E402
from roster_files import delta, enrolment, school_roster, texts, write_folder, write_zip, zip_bytes  # noqa: E402
from roster_rig import SCHOOL, RosterRig, changes, words_of  # noqa: E402

suite = Suite()


def started(**settings):
    return RosterRig().begin(**settings)


def without(files, name, wanted):
    return dict(files, **{name: [one for one in files[name] if not wanted(one)]})


def events(rig):
    """The imports in the school's history, newest first."""
    entries = rig.redis("XREVRANGE", rig.key("history:" + SCHOOL), "+", "-")
    return [one for one in (dict(zip(e[::2], e[1::2])) for _, e in entries) if one["what"] == "imported"]


# ---- what the register has --------------------------------------------------------------------

@suite
def the_register():
    """classes, year groups and their people come to the register, with days, course, code and owner"""
    with started() as rig:
        files = school_roster(classes=2, learners=3)
        files["enrollments"].append(enrolment("c2", "t1", "teacher"))
        files["enrollments"][-2]["beginDate"] = "2026-10-01"
        report = rig.imported(files)
        equal((report["verdict"], report["format"], report["system"]), ("accepted", "OneRoster 1.1", "Test SIS"))
        equal(rig.classes(), ["c1", "c2", "year-8-2026"])
        c2 = rig.register("c2")
        equal([c2[k] for k in ("name", "group", "kind", "year", "starts", "ends", "course", "code", "grade", "source")],
              ["8B", "8B", "teaching", "2026", "2026-08-15", "2027-06-10", "Mathematics", "M-2", "08", "roster"])
        equal([(t["id"], t.get("primary"), t.get("owner")) for t in c2["teachers"]],
              [("t2", True, None), ("t1", None, False)])
        equal([(one["id"], one["email"], one["employee_id"], one["username"], one.get("from"))
               for one in c2["learners"]][2:], [("l2-3", "l2-3@school.example", "9002003", "l2-3", "2026-10-01")])
        equal(rig.register("c1")["kind"], "registration")
        equal((rig.register("year-8-2026")["kind"], rig.members("year-8-2026")),
              ("year", ["l%d-%d" % (c, n) for c in (1, 2) for n in (1, 2, 3)]))
        record = rig.record("c1")
        equal((record["name"], record["total"], record["active"], record["status"]), ("8A", "3", "1", "no_team"))
        equal(rig.redis.hash(rig.key("school:" + SCHOOL))["current_year"], "2026")


@suite
def same_as_zip():
    """a zip says the same as the folder: it is unchanged, and no class is fed again"""
    with started() as rig:
        files = school_roster()
        changes(rig.imported(files), new=4, changed=0, gone=0, same=0)
        jobs = rig.redis("HGET", rig.key("counts"), "done")
        report = rig.take(write_zip(files, rig.path("set.zip")))
        equal(report["verdict"], "unchanged")
        changes(report, new=0, changed=0, gone=0, same=4)
        rig.settle()
        equal(rig.redis("HGET", rig.key("counts"), "done"), jobs, "jobs done")
        changes(rig.imported(files, "--again"), new=0, changed=0, gone=0, same=4)
        equal(int(rig.redis("HGET", rig.key("counts"), "done")), int(jobs) + 4, "jobs done")


@suite
def only_what_changed():
    """a learner who moves changes the two classes concerned, and those alone are fed"""
    with started() as rig:
        files = school_roster(classes=5)
        rig.imported(files)
        moved = next(one for one in files["enrollments"] if one["userSourcedId"] == "l1-7")
        moved["classSourcedId"] = "c4"
        jobs = int(rig.redis("HGET", rig.key("counts"), "done"))
        changes(rig.imported(files), new=0, changed=2, gone=0, same=4)
        equal(int(rig.redis("HGET", rig.key("counts"), "done")), jobs + 2, "jobs done")
        check("l1-7" in rig.members("c4") and "l1-7" not in rig.members("c1"), "the move")


@suite
def gone_and_back():
    """a class that the roster has no more is taken off the lists and keeps its record; when it comes back it is on them again"""
    with started() as rig:
        files = school_roster(classes=6)
        rig.imported(files)
        fewer = without(without(files, "classes", lambda c: c["sourcedId"] == "c6"), "enrollments",
                        lambda e: e["classSourcedId"] == "c6")
        changes(rig.imported(fewer), new=0, gone=1)
        equal((rig.record("c6")["active"], rig.record("c6")["name"], rig.record("c6")["total"]), ("0", "8F", "20"))
        equal(len(rig.register("c6")["learners"]), 20, "learners of the class that is gone")
        equal([event["by"][:9] for event in events(rig)], ["rollcall:"] * 2, "imports in the history")
        changes(rig.imported(files), new=1, gone=0)
        equal(rig.record("c6")["active"], "1")


@suite
def rules():
    """the school's exclusion rules, its source's capabilities and the school of a district that it is hold at each import"""
    with started(source="scholarpack", exclude=json.dumps({"names": ["8b*"]})) as rig:
        files = school_roster(classes=4, homerooms=3)
        files["orgs"].append(dict(sourcedId="s2", name="Other", type="school", identifier="1002", parentSourcedId="d1"))
        files["classes"][2]["schoolSourcedId"] = "s2"
        report = rig.imported(files, "--org", "1001")
        left = report["left_out"]
        equal((left["excluded"], left["not_extracted"], left["other_schools"]), (1, 1, 1))
        equal(rig.classes(), ["c1", "year-8-2026"])
        changes(rig.imported(files), same=2, gone=0, new=0)
        rig.redis("HSET", rig.key("school:" + SCHOOL), "exclude", "{names")
        report = rig.imported(files, status=1)
        equal(report["verdict"], "refused")
        has(report["why"], "exclude cannot be read")


@suite
def next_year():
    """next year's timetable, loaded early, changes nobody's class; when its year has begun the classes change places"""
    with started() as rig:
        files, coming = school_roster(classes=2), school_roster(classes=2, first="2027-08-15", last="2028-06-10")
        rig.imported(files)
        both = {name: list(records) for name, records in files.items()}
        for name in ("academicSessions", "classes", "enrollments"):
            for one in copy.deepcopy(coming[name]):
                for key in ("sourcedId", "parentSourcedId", "termSourcedIds", "classSourcedId"):
                    if one.get(key):
                        one[key] += "n"
                both[name].append(one)
        report = rig.imported(both)
        equal(report["left_out"]["other_years"], 2)
        changes(report, new=0, changed=0, gone=0, same=3)
        report = rig.imported(both, today="2027-08-15")
        changes(report, new=3, gone=3)
        equal([rig.record(c)["active"] for c in ("c1", "c1n")], ["0", "1"])
        equal(rig.redis.hash(rig.key("school:" + SCHOOL))["current_year"], "2027")


@suite
def a_bad_row():
    """whoever has a place in a class and no row that can be used is named in the register as missing, until there is one"""
    with started() as rig:
        files = school_roster(classes=2, learners=10)
        rig.imported(files)
        row = next(one for one in files["users"] if one["sourcedId"] == "l1-3")
        def lost():
            return [rig.register(c).get("missing") for c in rig.classes()]
        row["role"] = ""
        changes(rig.imported(files), changed=2, same=1)
        equal(lost(), [["l1-3"], None, ["l1-3"]])
        made, modes = delta(files, users=[("active", dict(files["users"][2], email="new@school.example"))])
        rig.imported(made, modes=modes)
        equal(lost(), [["l1-3"], None, ["l1-3"]])
        row["role"] = "student"
        rig.imported(files)
        equal(lost(), [None] * 3)
        check("l1-3" in rig.members("c1"), "l1-3 is back")
        rig.imported(without(files, "users", lambda one: one["sourcedId"] in ("l2-9", "l2-10")))
        equal(lost(), [None, ["l2-10", "l2-9"], ["l2-10", "l2-9"]])


def kept(report):
    """What was left as it was because of a row: file, row and value."""
    return [(one["file"], one["row"], one["value"]) for one in report["faults"]["faults"] if one["word"] == "left_as_it_was"]


@suite
def a_place_nobody_can_tell():
    """an enrolment without its class keeps its learner in every class of theirs, one without its learner everybody in the class"""
    with started() as rig:
        files = school_roster(classes=3, learners=10)
        rig.imported(files)
        def said(name):
            return [rig.register(c).get(name) for c in rig.classes()]
        row = next(one for one in files["enrollments"] if one["userSourcedId"] == "l1-3")
        row["classSourcedId"] = ""
        report = rig.imported(files)
        at = files["enrollments"].index(row) + 2
        equal(kept(report), [("enrollments.csv", at, "l1-3")])
        equal((said("missing"), "l1-3" in rig.members("c1")), ([["l1-3"]] * 3 + [None], False))
        made, modes = delta(files, users=[("active", dict(files["users"][2], email="new@school.example"))])
        rig.imported(made, modes=modes)
        equal(said("missing"), [["l1-3"]] * 3 + [None])
        row.update(classSourcedId="c1", userSourcedId="")
        equal(kept(rig.imported(files)), [("enrollments.csv", at, "c1")])
        equal((said("missing"), said("incomplete")), ([None] * 4, [True, None, None, None]))
        row["classSourcedId"] = ""
        equal(kept(rig.imported(files)), [("enrollments.csv", at, "")])
        equal(said("incomplete"), [True, True, True, None])
        row.update(classSourcedId="c1", userSourcedId="l1-3")
        rig.imported(files)
        equal((said("missing"), said("incomplete")), ([None] * 4, [None] * 4))
        check("l1-3" in rig.members("c1"), "l1-3 is back")


@suite
def a_class_nobody_can_read():
    """a class whose row cannot be used stays on the lists as it was until there is one that can, or none"""
    with started() as rig:
        files = school_roster(classes=6, learners=5)
        rig.imported(files)
        before = rig.register("c6")
        files["classes"][5]["title"] = ""
        report = rig.imported(files)
        changes(report, kept=1, gone=0, same=6)
        equal(kept(report), [("classes.csv", 7, "c6")])
        equal((rig.record("c6")["active"], rig.register("c6")), ("1", before))
        made, modes = delta(files, users=[("active", dict(files["users"][2], email="new@school.example"))])
        changes(rig.imported(made, modes=modes), gone=0, changed=2)
        files["classes"][5].update(sourcedId="", title="8F")
        changes(rig.imported(files), kept=1, gone=0)
        equal(rig.record("c6")["active"], "1")
        del files["classes"][5]
        changes(rig.imported(files), kept=0, gone=1)
        equal(rig.record("c6")["active"], "0")


def of_two_years():
    """A school whose last year is in the set, too, and whose last class began in it."""
    files = school_roster(classes=6, learners=5)
    files["academicSessions"] += [
        dict(sourcedId="y25", title="Before", type="schoolYear", startDate="2025-08-15", endDate="2026-06-10", schoolYear="2026"),
        dict(sourcedId="t2", title="Spring", type="term", startDate="2027-01-10", endDate="2027-06-10", parentSourcedId="y26",
             schoolYear="2027")]
    files["classes"][5]["termSourcedIds"] = "y25,t2"
    return files


@suite
def a_year_nobody_can_read():
    """a class that is of this year by a session whose row cannot be used stays on the lists, and a set that would have another year run for that is held"""
    with started() as rig:
        files = of_two_years()
        changes(rig.imported(files), new=7)
        files["academicSessions"][3]["sourcedId"] = ""
        report = rig.imported(files)
        changes(report, kept=1, gone=0, same=6)
        equal(kept(report), [("academicSessions.csv", 5, "")])
        equal(rig.record("c6")["active"], "1")
        files["academicSessions"][3]["sourcedId"] = "t2"
        files["academicSessions"][0]["type"] = "a year"
        before = rig.in_force()
        report = rig.imported(files, status=1)
        equal(report["verdict"], "held")
        has(report["why"], "sessions could not be read", "that of 2025, where it was that of 2026", "--accept-drop")
        rig.still(before)
        files["academicSessions"][0]["type"] = "schoolYear"
        changes(rig.imported(files), kept=0, gone=0, same=7)
        files["classes"][5]["termSourcedIds"] = "y25"
        changes(rig.imported(files), kept=0, gone=1)
        files["academicSessions"].append(dict(sourcedId="y27", type="schoolYear", startDate="2027-08-15", endDate="2028-06-10"))
        del files["academicSessions"][2]
        files["academicSessions"][0]["type"] = "a year"
        has(rig.imported(files, status=1)["why"], "that of 2027, where it was that of 2026")
        for one in files["classes"]:
            one["termSourcedIds"] = "y27"
        equal(rig.imported(files, today="2027-08-16")["verdict"], "accepted")


# ---- whose it is ------------------------------------------------------------------------------

def of_another(files):
    """The same tables, every id of them another school's."""
    made = copy.deepcopy(files)
    for one in (one for records in made.values() for one in records):
        one.update((key, "z" + value) for key, value in one.items() if "ourcedId" in key and value)
    return made


@suite
def whose():
    """a set of other schools than the last is held until somebody says which school this is, or agrees; several are told of"""
    with started() as rig:
        files = school_roster(classes=4, learners=5)
        rig.imported(files)
        files["orgs"].append(dict(sourcedId="s2", name="Other", type="school", identifier="1002", parentSourcedId="d1"))
        for one in files["classes"][2:]:
            one["schoolSourcedId"] = "s2"
        report = rig.imported(files, status=1)
        equal((report["verdict"], words_of(report, "note")), ("held", ["several_schools"]))
        has(report["why"], "several schools", "--org")
        equal(rig.imported(files, "--accept-drop")["verdict"], "accepted")
        report = rig.imported(files)
        equal((report["verdict"], words_of(report, "note")), ("unchanged", ["several_schools"]))
    with started() as rig:
        rig.imported(school_roster(classes=4, learners=5))
        before = rig.in_force()
        coming = of_another(school_roster(classes=4, learners=5, first="2027-08-15", last="2028-06-10"))
        report = rig.imported(coming, status=1, today="2027-09-01")
        equal(report["verdict"], "held")
        has(report["why"], '"zs1"', "--accept-drop")
        rig.still(before)
        changes(rig.imported(coming, "--accept-drop", today="2027-09-01"), new=5, gone=5)
        equal(rig.imported(coming, today="2027-09-01")["verdict"], "unchanged")


# ---- too little -------------------------------------------------------------------------------

@suite
def a_drop():
    """a set that lacks more than the school allows of classes, users or enrolments is held back until a named person agrees"""
    with started(drop_share="20 %") as rig:
        files = school_roster(classes=10)
        rig.imported(files)
        before = rig.in_force()
        gone = {"c8", "c9", "c10"}
        fewer = without(without(files, "classes", lambda c: c["sourcedId"] in gone), "enrollments",
                        lambda e: e["classSourcedId"] in gone)
        report = rig.imported(fewer, status=1)
        equal((report["verdict"], report["import"]), ("held", ""))
        has(report["why"], "classes: 7, where the last accepted set had 10", "20 %", "--accept-drop")
        half = without(files, "enrollments", lambda e: e["userSourcedId"].endswith(("1", "2", "3", "4", "5")))
        has(rig.imported(half, status=1)["why"], "enrolments: 1", "where the last accepted set had 210")
        people = without(half, "users", lambda u: u["sourcedId"].endswith(("1", "2", "3", "4", "5"))
                         and u["role"] == "student")
        has(rig.imported(people, status=1)["why"], "users: ", "where the last accepted set had 210")
        rig.still(before)
        equal((rig.roster()["last_verdict"], rig.roster()["last_by"][:9]), ("held", "rollcall:"))
        report = rig.imported(fewer, "--accept-drop", "--by", "head-teacher")
        changes(report, gone=3)
        event = events(rig)[0]
        equal((event["by"], event["run"]), ("head-teacher", report["import"]))
        has(event["detail"], "gone=3", "drop=accepted")


def with_new_ids(files):
    """The same classes as another system knows them."""
    other = copy.deepcopy(files)
    for one in other["classes"] + other["enrollments"]:
        for key in ("sourcedId", "classSourcedId"):
            if key in one:
                one[key] = "new-" + one[key]
    return other


@suite
def new_ids():
    """a source that gives its classes other ids in the middle of the year is held back; in a new year other classes are taken"""
    with started() as rig:
        files = school_roster(classes=4)
        rig.imported(files)
        before = rig.in_force()
        other = with_new_ids(files)
        report = rig.imported(other, status=1)
        equal(report["verdict"], "held")
        has(report["why"], "classes of the last set: 1, where the last accepted set had 5")
        rig.still(before)
        for one in other["academicSessions"]:
            one.update(startDate="2027-08-15", endDate="2028-06-10")
        changes(rig.imported(other, today="2027-09-01"), new=5, gone=5)


@suite
def the_same_year():
    """a year whose first day moves, or of which the set says nothing any more, is the same one: other ids are held back"""
    with started() as rig:
        files = school_roster(classes=4)
        rig.imported(files)
        before = rig.in_force()
        other = with_new_ids(files)
        for first in ("2026-08-16", "2026-08-01", "2027-01-05", None):
            for one in other["academicSessions"]:
                one["startDate"] = first
            report = rig.imported(other if first else dict(other, academicSessions=[]), status=1, today="2027-02-01")
            equal(report["verdict"], "held", first)
            has(report["why"], "classes of the last set: ", "where the last accepted set had 5")
            rig.still(before)
        for one in files["academicSessions"]:
            one["startDate"] = "2026-08-16"
        changes(rig.imported(files), new=0, gone=0)


@suite
def term_end():
    """a term-end export with empty classes, or with no enrolments file to speak of, moves nobody out of anything"""
    with started() as rig:
        files = school_roster(classes=5)
        rig.imported(files)
        before = rig.in_force()
        report = rig.imported(dict(files, enrollments=[]), status=1)
        check(report["verdict"] in ("held", "refused"), report["verdict"])
        only_teachers = without(files, "enrollments", lambda e: e["role"] == "student")
        report = rig.imported(only_teachers, status=1)
        equal(report["verdict"], "held")
        off = copy.deepcopy(files)
        for user in off["users"]:
            user["enabledUser"] = "true" if user["role"] == "teacher" else "false"
        report = rig.imported(off, status=1)
        equal(report["verdict"], "held")
        has(report["why"], "no learner is in any class")
        rig.still(before)
    with started() as rig:
        report = rig.imported(only_teachers, status=1)
        equal((report["verdict"], rig.classes()), ("held", []), "a first set of empty classes")


# ---- wrong sets --------------------------------------------------------------------------------

@suite
def half_an_upload():
    """half a zip, a zip with a broken piece, a folder whose files are cut: refused, and nothing changes"""
    with started() as rig:
        files = school_roster()
        rig.imported(files)
        before = rig.in_force()
        whole = zip_bytes(files)
        broken = bytearray(whole)
        at = whole.index(b"enrollments.csv") + 40
        broken[at:at + 20] = bytes(20)
        for n, piece in enumerate((b"", whole[:len(whole) // 3], whole[:-1], whole[:-60], bytes(broken), b"PK\3\4")):
            with open(rig.path("half.zip"), "wb") as f:
                f.write(piece)
            report = rig.take(rig.path("half.zip"), status=1)
            equal(report["verdict"], "refused", "zip %d" % n)
            check(report["faults"]["refused"] > 0, "a fault that says why")
        folder = write_folder(files, rig.path("cut"))
        for name in ("users.csv", "enrollments.csv", "classes.csv"):
            path = os.path.join(folder, name)
            with open(path, "r+b") as f:
                text = f.read()
                f.truncate(len(text) - 30)
            equal(rig.take(folder, status=1)["verdict"], "refused", name)
            with open(path, "wb") as f:
                f.write(text)
        os.remove(os.path.join(folder, "enrollments.csv"))
        report = rig.take(folder, status=1)
        equal(report["verdict"], "refused")
        rig.still(before)
        equal(rig.roster()["last_verdict"], "refused")
        check(json.loads(rig.roster()["faults_json"])["refused"] > 0, "faults kept")


@suite
def hostile():
    """a bomb, names that lead out of the zip, another encoding and three gigabytes are refused at once, and nothing changes"""
    with started() as rig:
        files = school_roster()
        rig.imported(files)
        before = rig.in_force()
        good = texts(files)
        latin = dict(good, **{"users.csv": good["users.csv"].replace("Learner", "Ren\u00e9").encode("latin-1")})
        bomb = dict(good, **{"enrollments.csv": good["enrollments.csv"] + "\0" * (200 << 20)})
        outside = {"../" * 9 + name.split(".")[0] + ".csv": text for name, text in good.items()}
        twice = list(good.items()) + [("users.csv", good["users.csv"])]
        for name, members in (("latin", latin.items()), ("bomb", bomb.items()), ("outside", outside.items()),
                              ("twice", twice)):
            with warnings.catch_warnings(), zipfile.ZipFile(rig.path(name), "w", zipfile.ZIP_DEFLATED) as z:
                warnings.simplefilter("ignore")
                for member, text in members:
                    z.writestr(member, text)
            report = rig.take(rig.path(name), status=1)
            equal(report["verdict"], "refused", name)
            check(report["faults"]["faults"][0]["remedy"], name)
        folder = write_folder(files, rig.path("large"))
        os.truncate(os.path.join(folder, "enrollments.csv"), 3 << 30)
        began = time.monotonic()
        equal(rig.take(folder, status=1)["verdict"], "refused")
        check(time.monotonic() - began < 5, "three gigabytes are not read")
        rig.still(before)
        check(not os.path.exists(rig.path("..", "users.csv")), "nothing is unpacked")


@suite
def no_roster():
    """what is no roster at all is refused with a sentence, and so are words that make no sense"""
    with started(worker=False) as rig:
        with open(rig.path("text"), "w", encoding="utf-8") as f:
            f.write("sourcedId,title\n")
        os.mkdir(rig.path("empty"))
        for path in (rig.path("text"), rig.path("empty"), rig.path("nowhere")):
            report = rig.take(path, status=1)
            check(report["verdict"] == "refused" and report["faults"]["faults"][0]["remedy"], path)
        report = rig.take(rig.path("empty"), school="nobody", status=1)
        equal(report["verdict"], "no_school")
        has(report["why"], "no school nobody is entered")
        for words in (["import", SCHOOL], ["import", SCHOOL, "a", "--from", "https://x"],
                      ["import", SCHOOL, "a", "--today", "tomorrow"]):
            equal(rig.command(*words).returncode, 2, words)
        equal(rig.roster().get("import"), None)


@suite
def private():
    """birth dates and passwords never reach Redis, and what is kept of faults has neither values nor sentences"""
    with started() as rig:
        files = school_roster()
        for user in files["users"]:
            user["password"] = "P@ssword-of-" + user["sourcedId"]
            user["phone"] = "555-0100"
        files["users"][5]["email"] = "not an address of Thabo"
        rig.imported(files)
        held = "".join(str(rig.redis("DUMP", k)) for k in rig.redis("KEYS", "*"))
        roster = rig.roster()
        has_not(held + json.dumps(roster), "P@ssword", "555-0100")
        has_not(json.dumps(roster), "not an address of Thabo")


# ---- two at once, and death -----------------------------------------------------------------------

def start_import(rig, folder, *words):
    return subprocess.Popen([rig.program("rollcall"), *rig.import_words(folder), *words],
                            env=dict(os.environ, **rig.settings()), stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


@suite
def two_at_once():
    """of imports of one school at once each is taken as a whole or told that another is under way, and the register has one set"""
    with started() as rig:
        sets = []
        for n in range(4):
            files = school_roster(classes=8)
            for one in files["classes"]:
                one["title"] = "%s of %d" % (one["title"], n)
            sets.append(write_folder(files, rig.path("set%d" % n)))
        for _ in range(3):
            running = [start_import(rig, folder) for folder in sets]
            reports = [json.loads(p.communicate(timeout=60)[0]) for p in running]
            check(any(r["verdict"] in ("accepted", "unchanged") for r in reports), "one is taken")
            for report in reports:
                check(report["verdict"] in ("accepted", "unchanged", "busy"), report["verdict"])
                if report["verdict"] == "busy":
                    has(report["why"], "another import of green-hill is under way", "rollcall:")
            rig.settle()
            names = {rig.register("c%d" % c)["name"].split(" of ")[1] for c in range(1, 9)}
            equal(len(names), 1, "sets in the register")
        rig.redis("SET", rig.key("roster:%s:lock" % SCHOOL), '{"import":"x","by":"rollcall:ann","at":0}')
        before = rig.in_force()
        equal(rig.take(sets[0], status=1)["verdict"], "busy")
        rig.still(before)


@suite
def killed():
    """an import that is killed at any moment was accepted as a whole or not at all, and the next one goes through"""
    with started() as rig:
        chance = random.Random(5)
        took = 0.2
        for n in range(12):
            files = school_roster(classes=12, learners=25)
            for one in files["classes"]:
                one["title"] = "%s of %d" % (one["title"], n)
            folder = write_folder(files, rig.path("set%d" % n))
            began = time.monotonic()
            process = start_import(rig, folder)
            try:
                process.communicate(timeout=chance.uniform(0, took))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
            took = max(took, time.monotonic() - began)
            rig.redis("DEL", rig.key("roster:%s:lock" % SCHOOL))  # as it lapses by itself
            rig.settle()
            names = {rig.register(c)["name"].split(" of ")[1] for c in rig.classes() if c[0] == "c"}
            check(len(names) <= 1, "the register has %s" % names)
            staged = rig.redis("KEYS", rig.key("roster:%s:import:*" % SCHOOL))
            check(all(rig.redis("TTL", key) > 0 for key in staged), "what was laid aside is forgotten in time")
        rig.take(folder)
        rig.settle()
        equal({rig.register("c%d" % c)["name"].split(" of ")[1] for c in range(1, 13)}, {"11"})


@suite
def later_fed():
    """what was accepted while no worker lived comes to the register when one does, in the order of the imports"""
    with started(worker=False) as rig:
        files = school_roster(classes=3)
        rig.imported(files)
        files["classes"][0]["title"] = "renamed"
        has(rig.command("import", SCHOOL, rig.path("set"), "--again", "--today", "2026-11-22").stderr, "no worker is online")
        changes(rig.imported(files), changed=1, same=3)
        equal(rig.redis("LLEN", rig.key("roster:%s:staged" % SCHOOL)), 3)
        equal(rig.classes(), [])
        rig.start_worker()
        rig.settle()
        wait_for(lambda: (rig.register("c1") or {}).get("name") == "renamed")
        equal(len(rig.classes()), 4)


@suite
def dry_run():
    """a dry run reads, compares and reports, and changes nothing"""
    with started(worker=False) as rig:
        before = rig.in_force()
        report = rig.imported(school_roster(), "--dry-run")
        equal((report["verdict"], report["import"]), ("checked", ""))
        changes(report, new=4)
        rig.still(before)
        equal(rig.roster(), {})


# ---- for people -------------------------------------------------------------------------------------

@suite
def told():
    """people are told what was read, made, left out and changed; the faults come as CSV too, with their remedies"""
    with started() as rig:
        files = school_roster()
        files["users"][1]["email"] = "no address"
        folder = write_folder(files, rig.path("set"))
        done = rig.command("import", SCHOOL, folder, "--today", "2026-11-22")
        equal(done.returncode, 0, done.stderr)
        has(done.stdout, "OneRoster 1.1, by Test SIS", "3 classes", "63 users", "63 enrolments",
            "2026-08-15 to 2027-06-10", "1 registration, 2 teaching, 1 year", "4 new", "Accepted as ")
        done = rig.command("import", SCHOOL, folder, "--today", "2026-11-22", "--csv")
        has(done.stdout, "users.csv", "email")
        done = rig.command("import", SCHOOL, rig.path("nowhere"))
        equal(done.returncode, 1)
        has(done.stdout, "Refused: the set cannot be used as it is; the last accepted one stays in force.")


sys.exit(suite.main(sys.argv[1:]))
