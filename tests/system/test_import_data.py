#!/usr/bin/env python3
"""Rosters that nobody here wrote, from files to the register: counts as their READMEs have them. The
sets lie beside this repository; without them the tests are skipped. usage: test_import_data.py [WORDS...]
"""
import csv
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Skip, Suite, check, equal  # noqa: E402
from roster_rig import DATA, SCHOOL, RosterRig, changes  # noqa: E402

suite = Suite()

# classes, learners and everybody, enrolments, then groups by kind
SDS = {
    "sds-v1/100-users": ((28, 86, 98, 602 + 28), (0, 28, 4)),
    "sds-v1/25-users": ((2, 22, 24, 44 + 2), (0, 2, 4)),
    "sds-v1/min-required": ((2, 22, 24, 44 + 2), (0, 2, 0)),
    "sds-v1-uk/100-users": ((28, 86, 98, 602 + 28), (0, 28, 4)),
    "sds-v1-uk/25-users": ((28, 22, 24, 154 + 4), (0, 28, 4)),
    "sds-v1-uk/min-required": ((28, 22, 24, 154 + 4), (0, 28, 0)),
    "sds-v2": ((4, 22, 29, 29), (0, 4, 7)),
    "sds-v2.1": ((2, 4, 8, 6), (0, 2, 2)),
}
TODAY = {"sds-v1": "2018-01-15", "sds-v1-uk": "2018-01-15", "sds-v2": "2018-01-15", "sds-v2.1": "2021-10-15"}


def folder(*names):
    path = os.path.join(DATA, *names)
    if not os.path.isdir(path):
        raise Skip("no %s beside the repository" % "/".join(names))
    return path


def counts(report):
    return tuple(report["read"][name] for name in ("classes", "learners", "users", "enrolments"))


def groups(report):
    return tuple(report["groups"][name] for name in ("registration", "teaching", "year"))


def taken(rig, path, today, school=SCHOOL):
    report = rig.take(path, today=today, school=school)
    equal((report["verdict"], report["faults"]["errors"], report["faults"]["refused"]), ("accepted", 0, 0), path)
    rig.settle()
    return report


@suite
def school_data_sync():
    """School Data Sync v1, v1 with UK headings, v2 and v2.1: as many classes, people and enrolments as their README has"""
    folder("microsoft-sds-samples")
    with RosterRig().begin() as rig:
        for name, (read, made) in SDS.items():
            school = name.replace("/", "-")
            rig.school(school, student_domain="school.example", staff_domain="staff.example")
            report = taken(rig, folder("microsoft-sds-samples", *name.split("/")), TODAY[name.split("/")[0]], school)
            equal((counts(report), groups(report)), (read, made), name)
            equal(len(rig.classes(school)), sum(made), "classes of %s in the register" % name)
        equal(rig.register("11001", "sds-v1-100-users")["teachers"][0]["email"], "CBeane@staff.example")
        check("P@ssw" not in "".join(str(rig.redis("DUMP", key)) for key in rig.redis("KEYS", "*")), "no password")
        without = [c for c in rig.classes("sds-v1-uk-25-users") if c[:4] != "year"
                   and not rig.register(c, "sds-v1-uk-25-users")["teachers"]]
        equal(len(without), 24, "sections without an owner")


@suite
def insights():
    """Microsoft's Insights roster, without headings: 87 classes, 600 learners, 3,600 enrolments, each in the class of its section"""
    path = folder("oea-insights-roster")
    with RosterRig().begin() as rig:
        report = taken(rig, path, "2022-02-15")
        equal((counts(report), groups(report)), ((87, 600, 600, 3600), (0, 87, 4)))
        equal((report["year"]["starts"], report["groups"]["without_teacher"]), ("2021-09-06", 87))
        members = {}
        with open(os.path.join(path, "Enrollment.csv"), encoding="utf-8-sig", newline="") as f:
            for row in csv.reader(f):
                members.setdefault(row[7], set()).add(row[5])
        for section, people in members.items():
            equal(set(rig.members(section)), people, section)
        addresses = {one["email"] for one in rig.register(sorted(members)[0])["learners"]}
        check(all(one.endswith("@contoso.edu") for one in addresses), "addresses %s" % addresses)


def moved_copy(rig, path):
    """A copy in which every hundredth learner's enrolment is in the next class; and how many classes that concerns."""
    copy = rig.path("moved")
    shutil.copytree(path, copy)
    with open(os.path.join(path, "enrollments.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    classes = sorted({row[3] for row in rows[1:]})
    after = dict(zip(classes, classes[1:] + classes[:1]))
    touched, moved = set(), 0
    for n, row in enumerate(rows[1:]):
        if row[6] == "student" and n % 100 == 0:
            touched |= {row[3], after[row[3]]}
            row[3] = after[row[3]]
            moved += 1
    os.chmod(os.path.join(copy, "enrollments.csv"), 0o600)
    with open(os.path.join(copy, "enrollments.csv"), "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows(rows)
    return copy, moved, len(touched)


@suite
def district():
    """a district of 20 schools: 1,470 classes in the register, 29,575 learners' places in them, and of a changed copy only the classes concerned"""
    path = folder("district-large-oneroster11")
    with RosterRig().begin() as rig:
        began = time.monotonic()
        report = taken(rig, path, "2026-11-22")
        took = time.monotonic() - began
        equal((counts(report), groups(report)), ((1470, 4225, 4441, 31045), (210, 1260, 13)))
        equal((report["groups"]["members"], report["faults"]["warnings"]), (29575, 0))
        classes = [c for c in rig.classes() if c[:5] != "year-"]
        equal(len(classes), 1470, "classes in the register")
        equal(sum(int(rig.record(c)["total"]) for c in classes), 29575, "places")
        equal(sum(int(rig.record(c)["total"]) for c in rig.classes() if c[:5] == "year-"), 4225, "learners in years")
        again = rig.take(path, today="2026-11-22")
        equal(again["verdict"], "unchanged")
        copy, moved, touched = moved_copy(rig, path)
        report = taken(rig, copy, "2026-11-22")
        changes(report, new=0, changed=touched, gone=0, same=1483 - touched)
        return "%.1f s to the register; %d places moved, %d classes changed" % (took, moved, touched)


@suite
def one_school():
    """of the district one school alone is taken, by its number, and the next set remembers which"""
    path = folder("district-large-oneroster11")
    with RosterRig().begin() as rig:
        report = rig.take(path, "--org", "1001", today="2026-11-22")
        equal((groups(report)[:2], report["left_out"]["other_schools"]), ((12, 72), 1386))
        rig.settle()
        equal(rig.take(path, today="2026-11-22")["verdict"], "unchanged")


sys.exit(suite.main(sys.argv[1:]))
