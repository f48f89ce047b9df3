#!/usr/bin/env python3
"""Makes the sample school "Green Hill" as a OneRoster 1.1 folder.

usage: sample_school.py OUT [--seed N] [--learners 600] [--tenant GUID] [--domain NAME]

The same arguments give the same bytes on every machine.  OUT receives the roster (bulk CSV) and
directory.json, which says how Microsoft's directory differs from users.csv.

The school has these classes, whatever the seed:

    8A   24 learners   every kind of trouble, one learner each:
                       L0002 no address            L0004 the address has no account
                       L0006 known only by alias   L0008 an apostrophe in the address
                       L0010 account disabled      L0012 a guest
                       L0014 two accounts          L0016, L0017 siblings, one address
    8B   34 learners   no trouble, a progress dialog
    8C   17 learners   no trouble, under 20: one step

staff-17 has 8B, and helps in 8A and 8C.  A sync of 8A adds 17 (the alias and the apostrophe
resolve), leaves 5 unresolved and 2 failed.  Every other register class has 25 to 36 learners.
Of the others a few differ in the directory only (no mail, no licence, no account).  The teaching
groups "Mon Ch" and "Mon-Ch" want the same Team address.
"""
import argparse
import csv
import json
import os
import random
import unicodedata
import uuid

YEAR = 2026
SCHOOL = "green-hill"
SESSION = "green-hill-2026"
TERMS = [
    ("1", "2026-01-14", "2026-03-27"),
    ("2", "2026-04-08", "2026-06-26"),
    ("3", "2026-07-21", "2026-09-23"),
    ("4", "2026-10-06", "2026-12-09"),
]
GRADES = range(8, 13)
HOME_LANGUAGE_GROUPS = ["Afr", "Eng", "Sot", "Xho", "Zul"]
FIRST_REGISTER_TEACHER = 16
USUAL_SIZE, SMALLEST, LARGEST = 29, 25, 36

# Groups across register classes: id, name, highest grade, size, teachers (the first is primary).
ACTIVITIES = [
    ("2S-DT1-2026", "2S/DT1", 9, 27, ["staff-5"]),
    ("2S-DT2-2026", "2S/DT2", 9, 24, ["staff-5", "staff-9"]),
    ("mon-choir-2026", "Mon Ch", 12, 41, ["staff-8", "staff-4"]),
    ("mon-chess-2026", "Mon-Ch", 12, 16, ["staff-10"]),
    ("lees-2026", "Lees ŉ Boek", 9, 14, ["staff-11"]),
    ("more-2026", "Môre/Gr 8 & 9", 9, 22, ["staff-17", "staff-6"]),
]

# Given names and family names that go together; the number is the share of the school in percent.
NAMES = [
    (17, "Thabo Lerato Mpho Neo Palesa Tshepo Kagiso Refilwe Boitumelo Karabo Lebohang Katleho "
         "Naledi Dineo Tshepiso Mošibudi Tšhepo Keneiloe Teboho Puleng",
         "Mokoena Molefe Motaung Mofokeng Sebata Tau Khumalo-Tau Moloi Makhubela Phala Letšoalo "
         "Mašego Rakgadi Modise Nkoane Sekhoto"),
    (19, "Sipho Nomvula Thandeka Bongani Zanele Nqobile Sibusiso Ayanda Nonhlanhla Mthokozisi "
         "Sphesihle Lindiwe Andile Nokuthula Sanele Ntombifuthi Hlengiwe Mlungisi Zinhle S'phiwe",
         "Dlamini Ndlovu Khumalo Zulu Nkosi Mthembu Cele Ngcobo Buthelezi Mkhize Gumede Hadebe "
         "Mhlongo Shabalala Ngwenya Xaba"),
    (17, "Xolani Qhawe Gcobisa Nomaxabiso Luvuyo Anelisa Sinoxolo Akhona Nceba Lwazi Siyabulela "
         "Zukiswa Onke Yolisa Mncedisi Qaqamba Nokwanda Vuyokazi Lubabalo Asanda",
         "Mqhayi Gqirana Xhosa Ngxabani Nqakula Qwabe Ncube-Tini Somdaka Cengimbo Nxumalo Gcwabe "
         "Mxenge Dyantyi Makalima Tshabalala Ntlebi"),
    (21, "Anélle Zoë Chanté Danièl Heléne Jaco Liesl Renée Pieter Marlize François André "
         "Minnè Hanré Karlien Stéfan Ruhan Elzé Wikus Annelie",
         "Van_der_Merwe Botha Du_Preez Müller Coetzée Labuschagné Krüger Le_Roux Nel Joubert "
         "Swanepoel Van_Niekerk Geldenhuys Cronjé Fouché Pretorius"),
    (12, "Emily James Olivia Daniel Grace Liam Amy Matthew Chloé Jessica Noah Megan Joshua Ruth "
         "Anne-Marie Luke Kate Samuel Erin Peter-John",
         "Smith Jones Williams Thomas Petersen Adams Campbell Hughes-Brown D'Oliveira Jacobs "
         "Davids Isaacs Fortuin McKenzie O'Connor Baxter"),
    (11, "Priya Aarav Kavitha Rohan Anjali Yusuf Fatima Dhiren Nisha Imraan Saira Vikesh Kiara "
         "Tashlin Deshni Zaheer Ameera Keshav Meera Suhail",
         "Naidoo Pillay Govender Moodley Reddy Chetty Naicker Maharaj Singh Patel Ismail "
         "Essop Padayachee Ramdhani Vawda Kajee"),
    (3, "ǂAreti ǀHuri ǃNani Dawid Katrina ǁGamo Elsie Jakob",
        "ǃNaruseb ǁGaroëb ǀUirab Witbooi Swartbooi ǂGaseb Cloete Links"),
]

# People whom other programs name: given name, family name, address (None: from the username).
KNOWN = {
    "staff-17": ("Nomvula", "Dlamini", None),
    "L0002": ("Katleho", "Motaung", ""),
    "L0004": ("Nomaxabiso", "Ngxabani", None),
    "L0006": ("Zoë", "Labuschagné", None),
    "L0008": ("Liam", "O'Brien", "liam.o'brien@{domain}"),
    "L0010": ("Dhiren", "Padayachee", None),
    "L0012": ("ǂAreti", "ǁGaroëb", "areti.garoeb@family-mail.example"),
    "L0014": ("Sipho", "Ndlovu", None),
    "L0016": ("Anélle", "Van der Merwe", "vandermerwe.family@{domain}"),
    "L0017": ("Stéfan", "Van der Merwe", "vandermerwe.family@{domain}"),
    "L0025": ("Thabo", "Mokoena", None),
}

# Register classes that every seed has, and the two whose names ASCII cannot write.
FIXED_SIZES = {"8A": 24, "8B": 34, "8C": 17}
AFRIKAANS = {(8, 4): ("8E2-2026", "8Ê"), (9, 3): ("9Se-2026", "Graad 9 Sê")}


def pick(rng, sequence):
    """Only random() itself promises the same numbers in every Python."""
    return sequence[int(rng.random() * len(sequence))]


def shuffled(rng, sequence):
    return [item for _, item in sorted((rng.random(), item) for item in sequence)]


def ascii_of(name):
    """What an address keeps of a name: plain letters and hyphens."""
    text = unicodedata.normalize("NFKD", name.lower())
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c == "-")).strip("-")


class School:
    """All rows of the school, in the order in which they are written."""

    def __init__(self, seed, learners, tenant, domain):
        self.rng = random.Random(seed)
        self.domain = domain
        self.used = {}
        self.known = {user: self.username(user, *person[:2]) for user, person in KNOWN.items()}
        self.courses, self.classes, self.users, self.enrollments = [], [], [], []
        self.learners = []  # (id, grade, register class title)
        self.directory = {
            "tenant": tenant, "domain": domain, "absent": [], "disabled": [], "guests": [],
            "alias_only": {}, "no_mail": [], "unlicensed": [], "extra": [],
        }
        plan = register_plan(self.rng, learners)
        self.add_staff(FIRST_REGISTER_TEACHER - 1 + len(plan))
        self.add_register_classes(plan)
        self.add_teaching_groups()
        self.add_trouble()

    def username(self, user, given, family):
        """Learners have their whole name, staff the first letter; a namesake gets a number."""
        first = ascii_of(given)[0] if user.startswith("staff-") else ascii_of(given)
        username = f"{first}.{ascii_of(family)}"
        self.used[username] = self.used.get(username, 0) + 1
        return username + (str(self.used[username]) if self.used[username] > 1 else "")

    def name(self):
        roll = self.rng.random() * 100
        for share, given, family in NAMES:
            if roll < share:
                break
            roll -= share
        return pick(self.rng, given.split()), pick(self.rng, family.split()).replace("_", " ")

    def add_user(self, user, role, grade=""):
        given, family, email = KNOWN.get(user) or (*self.name(), None)
        username = self.known.get(user) or self.username(user, given, family)
        if email is None:
            email = f"{username}@{{domain}}"
        self.users.append({
            "sourcedId": user, "enabledUser": "true", "orgSourcedIds": SCHOOL, "role": role,
            "username": username, "givenName": given, "familyName": family,
            "identifier": f"GH-{user}", "email": email.format(domain=self.domain),
            "grades": grade})

    def add_staff(self, count):
        """staff-1 and staff-2 run the school, up to staff-15 teach without a register class."""
        for number in range(1, count + 1):
            self.add_user(f"staff-{number}", "administrator" if number < 3 else "teacher")

    def add_course(self, course, title, grade=""):
        self.courses.append({
            "sourcedId": course, "schoolYearSourcedId": SESSION, "title": title,
            "courseCode": course.upper(), "grades": grade, "orgSourcedId": SCHOOL})

    def add_class(self, class_id, title, course, kind, grades, teachers, learners):
        self.classes.append({
            "sourcedId": class_id, "title": title, "grades": ",".join(grades),
            "courseSourcedId": course, "classCode": title, "classType": kind,
            "schoolSourcedId": SCHOOL,
            "termSourcedIds": ",".join(f"{SESSION}-term-{term[0]}" for term in TERMS)})
        for place, teacher in enumerate(teachers):
            self.enroll(class_id, teacher, "teacher", "false" if place else "true")
        for learner in learners:
            self.enroll(class_id, learner, "student", "false")

    def enroll(self, class_id, user, role, primary):
        self.enrollments.append({
            "sourcedId": f"E{len(self.enrollments) + 1:05}", "classSourcedId": class_id,
            "schoolSourcedId": SCHOOL, "userSourcedId": user, "role": role, "primary": primary})

    def add_learner(self, title, grade):
        learner = f"L{len(self.learners) + 1:04}"
        self.learners.append((learner, grade, title))
        self.add_user(learner, "student", f"{grade:02}")
        return learner

    def add_register_classes(self, plan):
        """The helpers of 8A and 8C are fixed, every third other class has one."""
        for grade in GRADES:
            self.add_course(f"register-{grade:02}", f"Register Grade {grade}", f"{grade:02}")
        for number, (class_id, title, grade, size) in enumerate(plan):
            learners = [self.add_learner(title, grade) for _ in range(size)]
            teachers = [f"staff-{FIRST_REGISTER_TEACHER + number}"]
            if title in ("8A", "8C"):
                teachers.append("staff-17")
            elif number % 3 == 1:
                teachers.append(f"staff-{3 + number % 13}")
            self.add_class(class_id, title, f"register-{grade:02}", "homeroom", [f"{grade:02}"],
                           teachers, learners)

    def add_teaching_groups(self):
        for grade in GRADES:
            members = [learner for learner, g, _ in self.learners if g == grade]
            self.add_mathematics_sets(grade, members)
            self.add_language_groups(grade, members)
        self.add_course("activities", "Activities")
        for class_id, title, last_grade, size, teachers in ACTIVITIES:
            among = [learner for learner, grade, _ in self.learners if grade <= last_grade]
            self.add_class(class_id, title, "activities", "scheduled",
                           [f"{grade:02}" for grade in GRADES if grade <= last_grade],
                           teachers, sorted(shuffled(self.rng, among)[:size]))

    def add_mathematics_sets(self, grade, members):
        """About thirty each, mixed across the register classes."""
        course = f"mathematics-{grade:02}"
        self.add_course(course, f"Wiskunde / Mathematics {grade}", f"{grade:02}")
        sets = max(1, round(len(members) / 30))
        order = shuffled(self.rng, members)
        for number in range(1, sets + 1):
            self.add_class(f"{grade}M-{number}-2026", f"{grade}M/{number}", course,
                           "scheduled", [f"{grade:02}"], [f"staff-{3 + (grade + number) % 13}"],
                           sorted(order[number - 1::sets]))

    def add_language_groups(self, grade, members):
        """Each learner is in one, chosen by chance, so that they differ in size."""
        groups = {language: [] for language in HOME_LANGUAGE_GROUPS}
        for learner in members:
            groups[pick(self.rng, HOME_LANGUAGE_GROUPS)].append(learner)
        course = f"languages-{grade:02}"
        self.add_course(course, f"Home Language {grade}", f"{grade:02}")
        for number, (language, learners) in enumerate(groups.items()):
            self.add_class(f"{grade}-{language.lower()}-2026", f"Gr {grade} {language}", course,
                           "scheduled", [f"{grade:02}"], [f"staff-{3 + (grade + 2 * number) % 13}"],
                           learners)

    def add_trouble(self):
        """The siblings' address has one account: the first one's, so the second has none."""
        directory = self.directory
        directory["absent"] += ["L0004", "L0017"]
        directory["alias_only"]["L0006"] = f"zl.2026@{self.domain}"
        directory["disabled"].append("L0010")
        directory["guests"].append("L0012")
        twice = next(row for row in self.users if row["sourcedId"] == "L0014")
        directory["extra"].append({
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.domain}/L0014/second")),
            "displayName": f"{twice['givenName']} {twice['familyName']} (old)",
            "mail": twice["email"], "userPrincipalName": f"sn.2025@{self.domain}"})
        others = [learner for learner, _, title in self.learners if title not in FIXED_SIZES]
        chosen = shuffled(self.rng, others)[:7]
        directory["no_mail"] += sorted(chosen[:3])
        directory["unlicensed"] += sorted(chosen[3:5])
        directory["absent"] += sorted(chosen[5:])


def register_plan(rng, learners):
    """(id, title, grade, size) of every register class, by grade and then in letter order."""
    rest = learners - sum(FIXED_SIZES.values())
    sizes = register_sizes(rng, rest, round(rest / USUAL_SIZE))
    classes = {grade: [] for grade in GRADES}
    classes[8] = [(f"{title}-{YEAR}", title, 8, size) for title, size in FIXED_SIZES.items()]
    for size in sizes:
        grade = min(GRADES, key=lambda g: len(classes[g]))
        place = len(classes[grade])
        plain = f"{grade}{letters(place)}"
        class_id, title = AFRIKAANS.get((grade, place), (f"{plain}-{YEAR}", plain))
        classes[grade].append((class_id, title, grade, size))
    return [row for grade in GRADES for row in classes[grade]]


def register_sizes(rng, learners, count):
    """Even sizes first, then up to four learners move from one class of a pair to the other."""
    sizes = [learners // count + (number < learners % count) for number in range(count)]
    for number in range(0, count - 1, 2):
        room = min(LARGEST - sizes[number], sizes[number + 1] - SMALLEST)
        moved = min(int(rng.random() * 5), room)
        sizes[number] += moved
        sizes[number + 1] -= moved
    return sizes


def letters(place):
    """A to Z, then AA to ZZ."""
    high, low = divmod(place, 26)
    return (chr(64 + high) if high else "") + chr(65 + low)


COLUMNS = {
    "academicSessions": "sourcedId status dateLastModified title type startDate endDate "
                        "parentSourcedId schoolYear",
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "courses": "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades "
               "orgSourcedId subjects subjectCodes",
    "classes": "sourcedId status dateLastModified title grades courseSourcedId classCode classType "
               "location schoolSourcedId termSourcedIds subjects subjectCodes periods",
    "users": "sourcedId status dateLastModified enabledUser orgSourcedIds role username userIds "
             "givenName familyName middleName identifier email sms phone agentSourcedIds grades "
             "password",
    "enrollments": "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId "
                   "role primary beginDate endDate",
}
ABSENT = ("categories classResources courseResources demographics lineItems resources "
          "results").split()


def sessions():
    year = {"sourcedId": SESSION, "title": "School year 2026", "type": "schoolYear",
            "startDate": TERMS[0][1], "endDate": TERMS[-1][2], "schoolYear": YEAR}
    return [year] + [
        {"sourcedId": f"{SESSION}-term-{number}", "title": f"Term {number}", "type": "term",
         "startDate": start, "endDate": end, "parentSourcedId": SESSION, "schoolYear": YEAR}
        for number, start, end in TERMS]


def write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_school(school, out):
    org = {"sourcedId": SCHOOL, "name": "Green Hill", "type": "school", "identifier": "7004001"}
    tables = {"academicSessions": sessions(), "orgs": [org], "courses": school.courses,
              "classes": school.classes, "users": school.users, "enrollments": school.enrollments}
    os.makedirs(out, exist_ok=True)
    for name, rows in tables.items():
        header = COLUMNS[name].split()
        write_csv(os.path.join(out, f"{name}.csv"), header,
                  ([row.get(column, "") for column in header] for row in rows))
    files = [(f"file.{name}", "absent" if name in ABSENT else "bulk")
             for name in sorted(list(tables) + ABSENT)]
    write_csv(os.path.join(out, "manifest.csv"), ["propertyName", "value"],
              [("manifest.version", "1.0"), ("oneroster.version", "1.1")] + files
              + [("source.systemName", "Rollcall sample school")])
    with open(os.path.join(out, "directory.json"), "w", encoding="utf-8", newline="\n") as handle:
        json.dump(school.directory, handle, ensure_ascii=False, indent=1)
        handle.write("\n")


def main():
    parser = argparse.ArgumentParser(description="Makes the sample school as a OneRoster folder.")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=YEAR)
    parser.add_argument("--learners", type=int, default=600, help="200 to 5000")
    parser.add_argument("--tenant", default="22222222-2222-2222-2222-222222222222")
    parser.add_argument("--domain", default="green-hill.example")
    args = parser.parse_args()
    if not 200 <= args.learners <= 5000:
        parser.error(f"--learners {args.learners}: 200 to 5000")
    school = School(args.seed, args.learners, args.tenant, args.domain)
    write_school(school, args.out)
    print(f"{len(school.learners)} learners, {len(school.classes)} classes, "
          f"{len(school.enrollments)} enrollments in {args.out}")


main()
