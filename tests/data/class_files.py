#!/usr/bin/env python3
"""Turns a OneRoster 1.1 folder into the class objects that a portal sends.

usage: class_files.py ONEROSTER_DIR OUT [--school SOURCEDID]
                      [--kind registration|teaching|year|all] [--teacher ID]

Writes OUT/<class id>.json for each class: id, name, year, kind, teachers (the primary one first),
learners (in the order of the enrollments).  The year is the calendar year in which the class's
school year starts.  A year group is made of the learners whose users.grades says so; it has the
school's administrators as teachers and the id <school>-year-<grade>-<year>.

Left out: rows marked tobedeleted, users with enabledUser false, and the dates of enrollments.
"""
import argparse
import csv
import json
import os
import sys

KINDS = {"homeroom": "registration", "scheduled": "teaching"}
LEARNER, TEACHER, PRIMARY = range(3)  # who is several of them in one class is the last


def rows(folder, name):
    """The rows of one file that are not deleted, one at a time."""
    with open(os.path.join(folder, f"{name}.csv"), encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if row.get("status") != "tobedeleted":
                yield row


def items(field):
    """A list in one field."""
    return [item.strip() for item in field.split(",") if item.strip()]


class Years:
    """The calendar year in which a session's school year starts."""

    def __init__(self, folder):
        self.sessions = {row["sourcedId"]: row for row in rows(folder, "academicSessions")}

    def of(self, session_id):
        seen = set()
        while session_id in self.sessions and session_id not in seen:
            seen.add(session_id)
            session = self.sessions[session_id]
            if session["type"] == "schoolYear":
                return session["startDate"][:4]
            session_id = session["parentSourcedId"]
        sys.exit(f"class_files: {session_id or 'a session'}: leads to no school year")

    def latest(self):
        """The year that the year groups belong to."""
        return max(row["startDate"][:4] for row in self.sessions.values()
                   if row["type"] == "schoolYear")


def read_classes(folder, years, args):
    """Every class asked for, by id, without people."""
    classes = {}
    for row in rows(folder, "classes"):
        kind = KINDS.get(row["classType"], "teaching")
        terms = items(row["termSourcedIds"])
        if args.kind not in ("all", kind) or args.school not in (None, row["schoolSourcedId"]):
            continue
        classes[row["sourcedId"]] = {
            "id": row["sourcedId"], "name": row["title"], "kind": kind,
            "year": years.of(terms[0] if terms else ""), "roles": {}}
    return classes


def read_enrollments(folder, classes):
    for row in rows(folder, "enrollments"):
        group = classes.get(row["classSourcedId"])
        if group is None or row["role"] not in ("teacher", "student"):
            continue
        role = LEARNER
        if row["role"] == "teacher":
            role = PRIMARY if row["primary"] == "true" else TEACHER
        user = row["userSourcedId"]
        group["roles"][user] = max(role, group["roles"].get(user, LEARNER))


def read_users(folder, groups, years, args):
    """Everybody by id; on the way each learner joins the year group of the grade, if asked."""
    users, administrators = {}, {}
    for row in rows(folder, "users"):
        if row["enabledUser"] == "false":
            continue
        user = row["sourcedId"]
        users[user] = {"id": user, "name": f"{row['givenName']} {row['familyName']}".strip(),
                       "email": row["email"].strip()}
        for school in items(row["orgSourcedIds"]):
            if args.kind not in ("all", "year") or args.school not in (None, school):
                continue
            if row["role"] == "administrator":
                administrators.setdefault(school, []).append(user)
            for grade in items(row["grades"]) if row["role"] == "student" else []:
                year_group(groups, school, grade, years)["roles"][user] = LEARNER
    for group in groups.values():
        for user in administrators.get(group.get("school"), []):
            group["roles"][user] = TEACHER
    return users


def year_group(groups, school, grade, years):
    year = years.latest()
    group_id = f"{school}-year-{grade}-{year}"
    return groups.setdefault(group_id, {
        "id": group_id, "name": grade.lstrip("0") or grade, "kind": "year", "year": year,
        "school": school, "roles": {}})


def class_object(group, users):
    roles = group["roles"]
    teachers = sorted((-role, user) for user, role in roles.items() if role != LEARNER)
    return {
        "id": group["id"], "name": group["name"], "year": group["year"], "kind": group["kind"],
        "teachers": [users[user] for _, user in teachers if user in users],
        "learners": [users[user] for user, role in roles.items()
                     if role == LEARNER and user in users]}


def write_class(out, group):
    name = group["id"]
    if "/" in name or name.startswith("."):
        sys.exit(f"class_files: class id {name}: cannot be the name of a file")
    with open(os.path.join(out, f"{name}.json"), "w", encoding="utf-8", newline="\n") as handle:
        handle.write(json.dumps(group, ensure_ascii=False, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description="OneRoster 1.1 folder to class objects.")
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--school", help="only this school (sourcedId)")
    parser.add_argument("--kind", default="all",
                        choices=["registration", "teaching", "year", "all"])
    parser.add_argument("--teacher", help="only classes of this person")
    args = parser.parse_args()
    years = Years(args.folder)
    groups = read_classes(args.folder, years, args)
    read_enrollments(args.folder, groups)
    users = read_users(args.folder, groups, years, args)
    os.makedirs(args.out, exist_ok=True)
    written = 0
    for group in groups.values():
        if args.teacher is None or group["roles"].get(args.teacher, LEARNER) != LEARNER:
            write_class(args.out, class_object(group, users))
            written += 1
    print(f"{written} classes in {args.out}")
    return 0 if written else 1


sys.exit(main())
