"""roster_files - small rosters as a school's source would send them: OneRoster 1.1 in CSV, in a
folder or a zip, or as the records of its REST. What a test wants wrong it changes in the tables.

    files = school_roster(classes=3, learners=20)
    files["users"][4]["email"] = "nobody"
    write_folder(files, rig.path("set"));  write_zip(files, rig.path("set.zip"))
"""
import csv
import io
import os
import zipfile

COLUMNS = {
    "academicSessions": "sourcedId status dateLastModified title type startDate endDate parentSourcedId schoolYear",
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "courses": "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades orgSourcedId subjects "
               "subjectCodes",
    "classes": "sourcedId status dateLastModified title grades courseSourcedId classCode classType location "
               "schoolSourcedId termSourcedIds subjects subjectCodes periods",
    "users": "sourcedId status dateLastModified enabledUser orgSourcedIds role username userIds givenName familyName "
             "middleName identifier email sms phone agentSourcedIds grades password",
    "enrollments": "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId role primary "
                   "beginDate endDate",
}
ABSENT = ("categories classResources courseResources demographics lineItems resources results").split()
FIRST, LAST = "2026-08-15", "2027-06-10"


def person(id, role, given, family, **more):
    record = dict(sourcedId=id, enabledUser="true", orgSourcedIds="s1", role=role, username=id, givenName=given,
                  familyName=family, identifier="", email="%s@school.example" % id)
    return dict(record, **more)


def enrolment(cls, user, role, **more):
    return dict(dict(sourcedId="e-%s-%s" % (cls, user), classSourcedId=cls, schoolSourcedId="s1", userSourcedId=user,
                     role=role), **more)


def school_roster(classes=3, learners=20, homerooms=1, first=FIRST, last=LAST):
    """One school: classes c1..., the first of them home-rooms, learners each and a teacher each."""
    files = {name: [] for name in COLUMNS}
    files["orgs"] = [dict(sourcedId="d1", name="District", type="district"),
                     dict(sourcedId="s1", name="Green Hill", type="school", identifier="1001", parentSourcedId="d1")]
    files["academicSessions"] = [
        dict(sourcedId="y26", title="The year", type="schoolYear", startDate=first, endDate=last, schoolYear=last[:4]),
        dict(sourcedId="t1", title="All of it", type="term", startDate=first, endDate=last, parentSourcedId="y26",
             schoolYear=last[:4])]
    files["courses"] = [dict(sourcedId="k1", schoolYearSourcedId="y26", title="Mathematics", courseCode="MA",
                             orgSourcedId="d1")]
    for c in range(1, classes + 1):
        cls, teacher = "c%d" % c, "t%d" % c
        files["classes"].append(dict(
            sourcedId=cls, title="8%s" % chr(64 + c) if c < 27 else "Set %d" % c, grades="08", courseSourcedId="k1",
            classCode="M-%d" % c, classType="homeroom" if c <= homerooms else "scheduled", schoolSourcedId="s1",
            termSourcedIds="t1"))
        files["users"].append(person(teacher, "teacher", "Teacher", "Number%d" % c))
        files["enrollments"].append(enrolment(cls, teacher, "teacher", primary="true"))
        for n in range(1, learners + 1):
            learner = "l%d-%d" % (c, n)
            files["users"].append(person(learner, "student", "Learner", "Of%d%d" % (c, n), grades="08",
                                         identifier="9%03d%03d" % (c, n)))
            files["enrollments"].append(enrolment(cls, learner, "student"))
    return files


def manifest(files, modes=None):
    rows = [("manifest.version", "1.0"), ("oneroster.version", "1.1")]
    rows += [("file." + name, "absent") for name in ABSENT]
    rows += [("file." + name, (modes or {}).get(name, "bulk") if name in files else "absent") for name in COLUMNS]
    return rows + [("source.systemName", "Test SIS")]


def delta(files, **records):
    """A delta of some records, each (status, record), and the modes to write it with."""
    made = {name: [] for name in files if name in records}
    for name, changed in records.items():
        made[name] = [dict(record, status=status, dateLastModified="2026-10-01T06:00:00.000Z")
                      for status, record in changed]
    return made, {name: "delta" for name in made}


def csv_text(name, records):
    out = io.StringIO()
    columns = COLUMNS[name].split()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def texts(files, modes=None):
    """{file name: text}; modes gives bulk or delta by name."""
    rows = "".join("%s,%s\r\n" % row for row in manifest(files, modes))
    made = {name + ".csv": csv_text(name, records) for name, records in files.items()}
    return dict(made, **{"manifest.csv": "propertyName,value\r\n" + rows})


def write_folder(files, folder, modes=None):
    os.makedirs(folder, exist_ok=True)
    for name, text in texts(files, modes).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
            f.write(text)
    return folder


def zip_bytes(files, modes=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in texts(files, modes).items():
            z.writestr(name, text)
    return out.getvalue()


def write_zip(files, path, modes=None):
    with open(path, "wb") as f:
        f.write(zip_bytes(files, modes))
    return path


# ---- as the records of OneRoster's REST -----------------------------------------------------------

POINTERS = {"parentSourcedId": "parent", "schoolYearSourcedId": "schoolYear", "orgSourcedId": "org",
            "courseSourcedId": "course", "schoolSourcedId": "school", "classSourcedId": "class",
            "userSourcedId": "user"}
LISTS = {"termSourcedIds": "terms", "orgSourcedIds": "orgs"}
MANY = ("grades", "subjects", "subjectCodes", "periods")


def rest_record(record, version="v1p1"):
    """A CSV record in the words of the REST binding; in 1.2 people have roles, each in an org."""
    out = {"status": "active", "dateLastModified": "2026-09-01T06:00:00.000Z"}
    for name, value in record.items():
        if value == "":
            continue
        if name in POINTERS:
            out[POINTERS[name]] = {"sourcedId": value}
        elif name in LISTS:
            out[LISTS[name]] = [{"sourcedId": one} for one in value.split(",")]
        elif name in MANY:
            out[name] = value.split(",")
        else:
            out[name] = value
    if version == "v1p2" and "givenName" in out:
        orgs, role = out.pop("orgs"), out.pop("role")
        out["primaryOrg"] = orgs[0]
        out["roles"] = [{"roleType": "secondary" if n else "primary", "role": role, "org": org}
                        for n, org in enumerate(orgs)]
    return out
