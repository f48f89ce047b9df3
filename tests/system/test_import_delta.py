#!/usr/bin/env python3
"""A roster that says only what changed comes into a school: what it names is done, in every class
and year group concerned, and everybody else stays. usage: test_import_delta.py [WORDS...]
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal  # noqa: E402
from roster_files import delta, enrolment, person, school_roster  # noqa: E402
from roster_rig import RosterRig, changes, words_of  # noqa: E402

suite = Suite()


def started(**settings):
    return RosterRig().begin(**settings)


@suite
def deltas():
    """a delta adds, changes and takes away what it names, in every class concerned, and nothing else"""
    with started() as rig:
        files = school_roster(classes=3, learners=4)
        rig.imported(files)
        by_id = {one["sourcedId"]: one for one in files["users"]}
        left = next(e for e in files["enrollments"] if e["userSourcedId"] == "l1-2")
        new = person("l9", "student", "Late", "Joiner", grades="09")
        made, modes = delta(
            files, users=[("active", new), ("active", dict(by_id["l2-1"], email="new.address@school.example"))],
            enrollments=[("active", enrolment("c1", "l9", "student")), ("tobedeleted", left)])
        report = rig.imported(made, modes=modes)
        equal((report["verdict"], report["delta"]), ("accepted", True))
        equal(rig.members("c1"), ["l1-1", "l1-3", "l1-4", "l9"])
        equal([one["email"] for one in rig.register("c2")["learners"]][0], "new.address@school.example")
        equal(rig.members("year-9-2026"), ["l9"])
        equal([one["email"] for one in rig.register("year-8-2026")["learners"] if one["id"] == "l2-1"],
              ["new.address@school.example"])
        changes(report, new=1, changed=3, same=1, gone=0)
        made, modes = delta(files, classes=[("tobedeleted", files["classes"][2])],
                            enrollments=[("tobedeleted", e) for e in files["enrollments"]
                                         if e["classSourcedId"] == "c3"])
        changes(rig.imported(made, "--accept-drop", modes=modes), gone=1, same=4)
        equal(rig.record("c3")["active"], "0")


@suite
def switched_on():
    """whom a delta switches on again is back in every class, and stays out of them until then"""
    with started() as rig:
        files = school_roster(classes=2, learners=6)
        learner, teacher = files["users"][3], files["users"][0]
        learner["enabledUser"] = teacher["enabledUser"] = "false"
        rig.imported(files)
        made, modes = delta(files, users=[("active", dict(files["users"][1], email="new@school.example"))])
        rig.imported(made, modes=modes)
        equal((len(rig.members("c1")), rig.register("c1")["teachers"]), (5, []))
        made, modes = delta(files, users=[("active", dict(one, enabledUser="true")) for one in (learner, teacher)])
        rig.imported(made, modes=modes)
        check(learner["sourcedId"] in rig.members("c1"), "the learner's place")
        check(learner["sourcedId"] in rig.members("year-8-2026"), "the learner's year")
        equal([one["id"] for one in rig.register("c1")["teachers"]], [teacher["sourcedId"]])


@suite
def enrolled_twice():
    """whoever is in a class by two enrolments stays until deltas have taken both away, in whatever order"""
    for order in ((0, 1), (1, 0)):
        with started() as rig:
            files = school_roster(classes=1, learners=8)
            one = next(e for e in files["enrollments"] if e["userSourcedId"] == "l1-2")
            twin = dict(one, sourcedId="again-" + one["sourcedId"])
            files["enrollments"].append(twin)
            rig.imported(files)
            for n in order:
                check("l1-2" in rig.members("c1"), "before %d goes" % n)
                made, modes = delta(files, enrollments=[("tobedeleted", (one, twin)[n])])
                rig.imported(made, modes=modes)
            equal(rig.members("c1"), ["l1-%d" % n for n in (1, 3, 4, 5, 6, 7, 8)], "both are gone")


@suite
def delta_of_a_district():
    """a delta of a set of which this school is a small part is as good as any other"""
    with started() as rig:
        files = school_roster(classes=6, learners=4)
        for one in files["classes"][1:]:
            one["schoolSourcedId"] = "d1"
        rig.imported(files, "--org", "s1")
        made, modes = delta(files, users=[("active", dict(files["users"][1], email="new@school.example"))])
        changes(rig.imported(made, modes=modes), changed=2, gone=0, new=0)
        equal(rig.register("c1")["learners"][0]["email"], "new@school.example")


@suite
def delta_of_a_year():
    """where one school of a district was chosen, a delta leaves whoever is in a year group alone there, until it names their new school"""
    with started() as rig:
        files = school_roster(classes=2, learners=4)
        files["orgs"].append(dict(sourcedId="s2", name="Other", type="school", identifier="1002", parentSourcedId="d1"))
        alone = [person("l%d" % n, "student", "New", "Comer", grades="09") for n in (8, 9)]
        files["users"] += alone + [person("l7", "student", "Not", "Ours", grades="09", orgSourcedIds="s2")]
        rig.imported(files, "--org", "s1")
        equal(rig.members("year-9-2026"), ["l8", "l9"])
        made, modes = delta(files, users=[("active", dict(files["users"][1], email="new@school.example"))])
        changes(rig.imported(made, modes=modes), changed=2, same=2, gone=0)
        equal(rig.members("year-9-2026"), ["l8", "l9"])
        made, modes = delta(files, users=[("active", dict(alone[0], orgSourcedIds="s2")),
                                          ("active", dict(alone[1], email="new@school.example"))])
        rig.imported(made, modes=modes)
        equal(rig.members("year-9-2026"), ["l9"])


@suite
def delta_without_a_base():
    """a delta before any bulk set, or before the register has the last one, is refused and changes nothing"""
    with started(worker=False) as rig:
        files = school_roster(classes=2)
        made, modes = delta(files, users=[("active", files["users"][1])])
        report = rig.imported(made, modes=modes, status=1)
        equal((report["verdict"], words_of(report)), ("refused", ["no_base"]))
        rig.imported(files)
        before = rig.in_force()
        report = rig.imported(made, modes=modes, status=1)
        equal((report["verdict"], words_of(report)), ("refused", ["no_base"]))
        rig.still(before)
        rig.start_worker()
        rig.settle()
        equal(rig.imported(made, modes=modes)["verdict"], "unchanged")


sys.exit(suite.main(sys.argv[1:]))
