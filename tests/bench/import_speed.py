#!/usr/bin/env python3
"""How fast a roster is read, and in how much memory: import_speed.py [--classes N] [--keep FOLDER]

Makes a OneRoster 1.1 set of two million rows (60,000 classes of 28 learners and a teacher,
240,000 learners, ids as UUIDs), then reads it, as a folder and as a zip, with Rollcall's reader;
and beside it with Python's csv module: once only taking the rows apart, once doing the same as
Rollcall does in its simplest form (who is in which class, by id). After that the set again with
each enrolment three times: what the reader keeps must not grow with the files.

Each reading is a process of its own. Seconds are of the processor (every reading is one thread
and waits for nothing but it), memory is the most that there ever was. Best of three.
"""
import argparse
import csv
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
FILES = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
LEARNERS_A_CLASS, CLASSES_A_LEARNER = 28, 7
ENROLLMENTS = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
USERS = ("sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
         "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password")
CLASSES = ("sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
           "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods")


def ids(pick, n):
    return [str(uuid.UUID(int=pick.getrandbits(128), version=4)) for _ in range(n)]


class Out:
    def __init__(self, folder, name, heading):
        self.file = open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8", newline="")
        self.file.write(heading + "\r\n")

    def rows(self, rows):
        self.file.writelines(row + "\r\n" for row in rows)
        self.file.close()


def people(learners, teachers, school):
    for i, who in enumerate(learners):
        yield "%s,,,true,%s,student,learner.%d,,Thabo,van Wyk-%d,,%d,learner.%d@teams.example.org,,,,%02d,secret" % (
            who, school[i % len(school)], i, i, 900000 + i, i, 1 + i % 12)
    for i, who in enumerate(teachers):
        yield "%s,,,true,%s,teacher,teacher.%d,,Nomsa,Dlamini-%d,,%d,teacher.%d@teams.example.org,,,,," % (
            who, school[i % len(school)], i, i, i, i)


def enrolments(pick, classes, learners, teachers, school, times):
    number = 0
    for i, of_class in enumerate(classes):
        first = i * LEARNERS_A_CLASS // CLASSES_A_LEARNER
        members = [(teachers[i % len(teachers)], "teacher", "true")]
        members += [(learners[(first + k) % len(learners)], "student", "") for k in range(LEARNERS_A_CLASS)]
        for who, role, primary in members:
            for _ in range(times):
                number += 1
                yield "%032x,,,%s,%s,%s,%s,%s,2026-01-14,2026-12-09" % (
                    pick.getrandbits(96) << 32 | number, of_class, school[i % len(school)], who, role, primary)


def make(folder, class_count, times=1):
    """The same set for the same numbers, in every run."""
    pick = random.Random(2026)
    os.makedirs(folder, exist_ok=True)
    school, classes = ids(pick, 200), ids(pick, class_count)
    learners = ids(pick, class_count * LEARNERS_A_CLASS // CLASSES_A_LEARNER)
    teachers = ids(pick, class_count // 6)
    with open(os.path.join(folder, "manifest.csv"), "w", encoding="utf-8") as f:
        f.write("propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n")
        f.writelines("file.%s,bulk\n" % name for name in FILES)
    Out(folder, "orgs", "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId").rows(
        "%s,,,School %d,school,%d," % (s, i, i) for i, s in enumerate(school))
    Out(folder, "academicSessions", "sourcedId,status,dateLastModified,title,type,startDate,endDate,"
        "parentSourcedId,schoolYear").rows(["y,,,2026,schoolYear,2026-01-14,2026-12-09,,2026"])
    Out(folder, "courses", "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
        "orgSourcedId,subjects,subjectCodes").rows(["k,,,y,Grade,G,,%s,," % school[0]])
    Out(folder, "classes", CLASSES).rows("%s,,,Class %d,08,k,C%d,%s,,%s,y,,," % (
        c, i, i, "scheduled" if i % 7 else "homeroom", school[i % len(school)]) for i, c in enumerate(classes))
    Out(folder, "users", USERS).rows(people(learners, teachers, school))
    Out(folder, "enrollments", ENROLLMENTS).rows(enrolments(pick, classes, learners, teachers, school, times))


def pack(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as z:
        for name in ("manifest",) + FILES:
            z.write(os.path.join(folder, name + ".csv"), name + ".csv")


# ---- the readings: each in a process of its own ----

def csv_rows(folder):
    rows = 0
    for name in FILES:
        with open(os.path.join(folder, name + ".csv"), encoding="utf-8", newline="") as f:
            rows += sum(1 for _ in csv.reader(f)) - 1
    return rows


def csv_classes(folder):
    """Who is in which class: the least that anybody makes of a roster."""
    rows, classes, users = 0, {}, {}
    for name in FILES:
        with open(os.path.join(folder, name + ".csv"), encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                rows += 1
                if name == "classes":
                    classes[row["sourcedId"]] = (row["title"], row["classType"], {})
                elif name == "users":
                    users[row["sourcedId"]] = (row["givenName"], row["familyName"], row["email"], row["username"],
                                               row["identifier"], row["grades"])
                elif name == "enrollments":
                    classes[row["classSourcedId"]][2][row["userSourcedId"]] = row["role"]
    assert all(who in users for c in classes.values() for who in c[2])
    return rows


def measure(command):
    """The best of three runs of a program that prints one JSON object."""
    best = None
    for _ in range(3):
        got = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if best is None or got["seconds"] < best["seconds"]:
            best = got
    return best


def tell(what, got):
    print("%-52s %9d rows %7.2f s %11s rows/s %7.1f MiB" % (
        what, got["rows"], got["seconds"], "{:,.0f}".format(got["rows"] / got["seconds"]), got["peak_kb"] / 1024),
        flush=True)


def child(what, folder):
    began = time.process_time()
    rows = {"rows": csv_rows, "classes": csv_classes}[what](folder)
    print(json.dumps({"rows": rows, "seconds": time.process_time() - began,
                      "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--classes", type=int, default=60000)
    words.add_argument("--keep", help="make the files here and leave them")
    words.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.child:
        child(*given.child)
        return
    place = given.keep or tempfile.mkdtemp(prefix="import-speed-")
    ours, me = os.path.join(BUILD, "import_speed"), [sys.executable, os.path.abspath(__file__), "--child"]
    try:
        once, thrice, zipped = (os.path.join(place, name) for name in ("once", "thrice", "once.zip"))
        make(once, given.classes)
        pack(once, zipped)
        folder = measure([ours, once])
        tell("Rollcall, a folder: %d MiB, all checks" % (folder["bytes"] >> 20), folder)
        tell("Rollcall, the same as a zip of %d MiB" % (os.path.getsize(zipped) >> 20), measure([ours, zipped]))
        tell("Python csv.reader, rows taken apart and forgotten", measure(me + ["rows", once]))
        tell("Python csv.DictReader, who is in which class", measure(me + ["classes", once]))
        shutil.rmtree(once)
        make(thrice, given.classes, times=3)
        tell("Rollcall, each enrolment three times", measure([ours, thrice]))
    finally:
        if not given.keep:
            shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
