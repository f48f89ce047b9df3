#!/usr/bin/env python3
"""Tests of the sample school and of class_files.py.  A test's name is a sentence that is true.

The scripts run as a person would run them; the last line is "N passed, N failed".
"""
import collections
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
DISTRICT = os.path.join(HERE, "..", "..", "..", "shared", "data", "district-large-oneroster11")


def run(script, *args):
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *map(str, args)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{script} {' '.join(map(str, args))}: {done.stderr or done.stdout}")


def contents(folder):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as handle:
            files[name] = handle.read()
    return files


def table(folder, name):
    with open(os.path.join(folder, f"{name}.csv"), encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def classes_of(roster, *options):
    with tempfile.TemporaryDirectory() as out:
        run("class_files.py", roster, out, *options)
        return {name[:-5]: json.loads(data) for name, data in contents(out).items()}


class SampleSchool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.roster = cls.folder.name
        run("sample_school.py", cls.roster)
        cls.users = {row["sourcedId"]: row for row in table(cls.roster, "users")}
        cls.classes = {row["sourcedId"]: row for row in table(cls.roster, "classes")}
        cls.enrollments = table(cls.roster, "enrollments")
        with open(os.path.join(cls.roster, "directory.json"), encoding="utf-8") as handle:
            cls.directory = json.load(handle)
        cls.sizes = collections.Counter(
            row["classSourcedId"] for row in cls.enrollments if row["role"] == "student")

    def register_classes(self):
        return [row for row in self.classes.values() if row["classType"] == "homeroom"]

    def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(self):
        with tempfile.TemporaryDirectory() as again, tempfile.TemporaryDirectory() as other:
            run("sample_school.py", again)
            run("sample_school.py", other, "--seed", 7)
            self.assertEqual(contents(again), contents(self.roster))
            self.assertNotEqual(contents(other)["users.csv"], contents(self.roster)["users.csv"])

    def test_the_manifest_names_exactly_the_files_that_are_there(self):
        manifest = {row["propertyName"]: row["value"] for row in table(self.roster, "manifest")}
        self.assertEqual(manifest["oneroster.version"], "1.1")
        bulk = {key[5:] + ".csv" for key, value in manifest.items() if value == "bulk"}
        self.assertEqual(bulk | {"manifest.csv", "directory.json"}, set(os.listdir(self.roster)))
        self.assertEqual(manifest["file.demographics"], "absent")

    def test_600_learners_are_each_in_exactly_one_register_class(self):
        register = {row["sourcedId"] for row in self.register_classes()}
        homes = collections.Counter(
            row["userSourcedId"] for row in self.enrollments
            if row["classSourcedId"] in register and row["role"] == "student")
        learners = {user for user, row in self.users.items() if row["role"] == "student"}
        self.assertEqual(len(learners), 600)
        self.assertEqual(set(homes), learners)
        self.assertEqual(set(homes.values()), {1})

    def test_every_reference_resolves_and_every_id_is_used_once(self):
        sessions = {row["sourcedId"] for row in table(self.roster, "academicSessions")}
        orgs = {row["sourcedId"] for row in table(self.roster, "orgs")}
        courses = {row["sourcedId"]: row for row in table(self.roster, "courses")}
        for name in ("academicSessions", "orgs", "courses", "classes", "users", "enrollments"):
            ids = [row["sourcedId"] for row in table(self.roster, name)]
            self.assertEqual(len(ids), len(set(ids)), name)
        for row in table(self.roster, "academicSessions"):
            self.assertIn(row["parentSourcedId"] or "green-hill-2026", sessions)
        for row in courses.values():
            self.assertIn(row["schoolYearSourcedId"], sessions)
            self.assertIn(row["orgSourcedId"], orgs)
        for row in self.classes.values():
            self.assertIn(row["courseSourcedId"], courses)
            self.assertIn(row["schoolSourcedId"], orgs)
            self.assertTrue(set(row["termSourcedIds"].split(",")) <= sessions)
        for row in self.users.values():
            self.assertIn(row["orgSourcedIds"], orgs)
        for row in self.enrollments:
            self.assertIn(row["classSourcedId"], self.classes)
            self.assertIn(row["userSourcedId"], self.users)
            self.assertIn(row["schoolSourcedId"], orgs)

    def test_8a_has_24_8b_34_8c_17_and_every_other_register_class_25_to_36(self):
        sizes = {row["title"]: self.sizes[row["sourcedId"]] for row in self.register_classes()}
        self.assertEqual([sizes.pop(title) for title in ("8A", "8B", "8C")], [24, 34, 17])
        self.assertGreaterEqual(min(sizes.values()), 25)
        self.assertLessEqual(max(sizes.values()), 36)
        self.assertGreater(len(set(sizes.values())), 3)

    def test_the_sizes_hold_for_small_and_large_schools_and_other_seeds(self):
        for learners, seed in ((200, 1), (233, 2), (247, 3), (1500, 4), (5000, 5)):
            with tempfile.TemporaryDirectory() as roster:
                run("sample_school.py", roster, "--learners", learners, "--seed", seed)
                groups = classes_of(roster, "--kind", "registration")
                sizes = {group["name"]: len(group["learners"]) for group in groups.values()}
                self.assertEqual(sum(sizes.values()), learners)
                self.assertEqual([sizes.pop(title) for title in ("8A", "8B", "8C")], [24, 34, 17])
                self.assertTrue(all(25 <= size <= 36 for size in sizes.values()), sizes)

    def test_every_class_has_one_primary_teacher_and_some_have_a_second(self):
        teachers = collections.defaultdict(list)
        for row in self.enrollments:
            if row["role"] == "teacher":
                teachers[row["classSourcedId"]].append(row["primary"])
        self.assertEqual(set(teachers), set(self.classes))
        self.assertTrue(all(flags.count("true") == 1 for flags in teachers.values()))
        self.assertGreater(sum(len(flags) == 2 for flags in teachers.values()), 5)

    def test_staff_17_has_8b_and_helps_in_8a_and_8c(self):
        mine = {(row["classSourcedId"], row["primary"]) for row in self.enrollments
                if row["userSourcedId"] == "staff-17"
                and self.classes[row["classSourcedId"]]["classType"] == "homeroom"}
        self.assertEqual(mine, {("8A-2026", "false"), ("8B-2026", "true"), ("8C-2026", "false")})
        self.assertEqual(self.users["staff-17"]["email"], "n.dlamini@green-hill.example")

    def test_some_teachers_have_no_register_class(self):
        register = {row["sourcedId"] for row in self.register_classes()}
        having = {row["userSourcedId"] for row in self.enrollments
                  if row["role"] == "teacher" and row["classSourcedId"] in register}
        teachers = {user for user, row in self.users.items() if row["role"] == "teacher"}
        self.assertGreater(len(teachers - having), 3)

    def test_addresses_are_unique_but_for_the_siblings(self):
        emails = collections.Counter(row["email"].lower() for row in self.users.values())
        del emails[""]
        shared = [email for email, count in emails.items() if count > 1]
        self.assertEqual(shared, ["vandermerwe.family@green-hill.example"])
        usernames = [row["username"] for row in self.users.values()]
        self.assertEqual(len(usernames), len(set(usernames)))
        self.assertTrue(all(email.isascii() and " " not in email for email in emails))

    def test_8a_has_one_learner_in_each_kind_of_trouble(self):
        directory, users = self.directory, self.users
        self.assertEqual(users["L0002"]["email"], "")
        self.assertIn("L0004", directory["absent"])
        alias = directory["alias_only"]["L0006"]
        self.assertNotIn(alias, [row["email"] for row in users.values()])
        self.assertEqual(users["L0008"]["email"], "liam.o'brien@green-hill.example")
        self.assertEqual(directory["disabled"], ["L0010"])
        self.assertEqual(directory["guests"], ["L0012"])
        second, = directory["extra"]
        self.assertEqual(second["mail"], users["L0014"]["email"])
        self.assertNotEqual(second["userPrincipalName"], second["mail"])
        self.assertEqual(users["L0016"]["email"], users["L0017"]["email"])
        self.assertIn("L0017", directory["absent"])
        home = {row["userSourcedId"] for row in self.enrollments
                if row["classSourcedId"] == "8A-2026"}
        self.assertTrue({f"L{n:04}" for n in (2, 4, 6, 8, 10, 12, 14, 16, 17)} <= home)

    def test_nobody_in_8b_or_8c_is_in_trouble(self):
        directory = self.directory
        trouble = {user for key in ("absent", "disabled", "guests", "no_mail", "unlicensed",
                                    "alias_only") for user in directory[key]}
        for class_id in ("8B-2026", "8C-2026"):
            people = {row["userSourcedId"] for row in self.enrollments
                      if row["classSourcedId"] == class_id}
            self.assertEqual(people & trouble, set())
            self.assertTrue(all(self.users[user]["email"] for user in people))

    def test_the_directory_names_only_people_of_the_school(self):
        directory = self.directory
        self.assertEqual(list(directory), ["tenant", "domain", "absent", "disabled", "guests",
                                           "alias_only", "no_mail", "unlicensed", "extra"])
        self.assertEqual(directory["tenant"], "22222222-2222-2222-2222-222222222222")
        for key in ("absent", "disabled", "guests", "no_mail", "unlicensed", "alias_only"):
            self.assertTrue(directory[key], key)
            self.assertTrue(set(directory[key]) <= set(self.users), key)

    def test_all_text_is_nfc_and_uses_the_letters_of_the_country(self):
        text = ""
        for name, data in contents(self.roster).items():
            decoded = data.decode("utf-8")
            self.assertTrue(unicodedata.is_normalized("NFC", decoded), name)
            self.assertFalse(decoded.startswith("\ufeff"), name)
            text += decoded
        for letter in "ëêôŉšéüǃǁ'":
            self.assertIn(letter, text)
        titles = [row["title"] for row in self.classes.values()]
        for title in ("8Ê", "Graad 9 Sê", "2S/DT1", "Mon Ch", "Mon-Ch", "Lees ŉ Boek"):
            self.assertIn(title, titles)


class ClassFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.roster = cls.folder.name
        run("sample_school.py", cls.roster)
        cls.groups = classes_of(cls.roster)

    def edited(self, name, change):
        """A copy of the school whose rows of one file went through change()."""
        copy = tempfile.TemporaryDirectory()
        self.addCleanup(copy.cleanup)
        for file, data in contents(self.roster).items():
            with open(os.path.join(copy.name, file), "wb") as handle:
                handle.write(data)
        rows = list(change(table(self.roster, name)))
        with open(os.path.join(copy.name, f"{name}.csv"), "w", encoding="utf-8-sig",
                  newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return copy.name

    def test_a_class_has_the_members_of_the_contract_in_plain_letters(self):
        group = self.groups["8E2-2026"]
        self.assertEqual(list(group), ["id", "name", "year", "kind", "teachers", "learners"])
        self.assertEqual((group["name"], group["year"], group["kind"]),
                         ("8Ê", "2026", "registration"))
        self.assertEqual(list(group["learners"][0]), ["id", "name", "email"])
        with tempfile.TemporaryDirectory() as out:
            run("class_files.py", self.roster, out, "--kind", "registration")
            self.assertIn("8Ê".encode(), contents(out)["8E2-2026.json"])

    def test_home_rooms_are_registration_classes_and_the_rest_are_teaching_groups(self):
        kinds = collections.Counter(group["kind"] for group in self.groups.values())
        self.assertEqual(kinds, {"registration": 21, "teaching": 51, "year": 5})
        self.assertEqual(len(classes_of(self.roster, "--kind", "registration")), 21)
        self.assertEqual(len(classes_of(self.roster, "--kind", "year")), 5)

    def test_year_groups_hold_every_learner_once_and_belong_to_the_administrators(self):
        years = [group for group in self.groups.values() if group["kind"] == "year"]
        self.assertEqual(sorted(group["name"] for group in years), ["10", "11", "12", "8", "9"])
        learners = [learner["id"] for group in years for learner in group["learners"]]
        self.assertEqual((len(learners), len(set(learners))), (600, 600))
        for group in years:
            self.assertEqual([t["id"] for t in group["teachers"]], ["staff-1", "staff-2"])

    def test_the_primary_teacher_comes_first(self):
        def ids(class_id):
            return [teacher["id"] for teacher in self.groups[class_id]["teachers"]]
        self.assertEqual(ids("8A-2026"), ["staff-16", "staff-17"])
        self.assertEqual(ids("more-2026"), ["staff-17", "staff-6"])
        self.assertEqual(ids("mon-choir-2026"), ["staff-8", "staff-4"])

    def test_one_teacher_gets_only_the_classes_of_that_teacher(self):
        mine = classes_of(self.roster, "--teacher", "staff-17", "--kind", "registration")
        self.assertEqual(set(mine), {"8A-2026", "8B-2026", "8C-2026"})

    def test_who_is_teacher_and_learner_of_a_class_is_a_teacher_once(self):
        def both(rows):
            for row in rows:
                yield row
            yield dict(rows[0], sourcedId="again", classSourcedId="8C-2026",
                       userSourcedId="staff-17", role="student", primary="")
        group = classes_of(self.edited("enrollments", both))["8C-2026"]
        self.assertEqual([teacher["id"] for teacher in group["teachers"]],
                         ["staff-18", "staff-17"])
        self.assertEqual(len(group["learners"]), 17)

    def test_deleted_enrollments_and_disabled_users_are_left_out(self):
        def gone(rows):
            for row in rows:
                deleted = (row["classSourcedId"], row["userSourcedId"]) == ("8A-2026", "L0001")
                yield dict(row, status="tobedeleted") if deleted else row
        self.assertEqual(len(classes_of(self.edited("enrollments", gone))["8A-2026"]["learners"]),
                         23)

        def disabled(rows):
            return [dict(row, enabledUser="false") if row["sourcedId"] == "L0001" else row
                    for row in rows]
        self.assertEqual(len(classes_of(self.edited("users", disabled))["8A-2026"]["learners"]),
                         23)

    def test_the_year_is_the_one_in_which_the_school_year_starts(self):
        def september(rows):
            return [dict(row, startDate="2025-09-01") if row["type"] == "schoolYear" else row
                    for row in rows]
        groups = classes_of(self.edited("academicSessions", september))
        self.assertEqual({group["year"] for group in groups.values()}, {"2025"})


@unittest.skipUnless(os.path.isdir(DISTRICT), "the district roster is not beside this repository")
class District(unittest.TestCase):
    ELEMENTARY = "016f8ea6-65b2-4a51-8f9b-fbd65869b1c4"

    def test_an_elementary_school_of_the_district_has_84_classes_with_one_teacher_each(self):
        groups = [group for group in classes_of(DISTRICT, "--school", self.ELEMENTARY).values()
                  if group["kind"] != "year"]
        self.assertEqual(len(groups), 84)
        for group in groups:
            self.assertEqual((len(group["teachers"]), group["year"]), (1, "2026"))
            self.assertIn(len(group["learners"]), range(17, 28))

    def test_the_whole_district_has_1470_classes_and_takes_less_than_five_seconds(self):
        started = time.monotonic()
        groups = classes_of(DISTRICT)
        self.assertLess(time.monotonic() - started, 5)
        taught = [group for group in groups.values() if group["kind"] != "year"]
        self.assertEqual(len(taught), 1470)
        self.assertEqual(sum(len(group["learners"]) for group in taught), 29575)


class Sentences(unittest.TextTestResult):
    """One line a test, its name as a sentence."""

    def say(self, test, verdict):
        self.stream.writeln(f"  {verdict:5} {test._testMethodName[5:].replace('_', ' ')}")

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.say(test, "ok")

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.say(test, "FAIL")

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.say(test, "CRASH")

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.say(test, "skip")
        self.stream.writeln(f"        {reason}")


def main():
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Sentences)
    result = runner.run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
