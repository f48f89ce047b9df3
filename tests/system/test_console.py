#!/usr/bin/env python3
"""The administrators' console over HTTP: who may what, set-up, consent, groups and their actions."""
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from connect_rig import at_microsoft, connect  # noqa: E402
from console_rig import LATER, PEOPLE, SCHOOL, console_start, teacher  # noqa: E402
from rig import CLIENT, TENANT, Suite, address, check, class_of, equal, has, has_not, learners, wait_for  # noqa: E402
from web_rig import ticket  # noqa: E402

test = Suite()
SETTINGS = "/v1/console/settings"
FAR_MS = 4102444800000


# ---- the permission table --------------------------------------------------------------------

def may_connect(rig, person, who):
    """Sees the Microsoft Connection and sets out to link an account of their own."""
    seen, set_out = person.get("/v1/connection").status, person.post("/v1/connection").status
    return (seen, set_out) == (200, 200)


def may_manage_own(rig, person, who):
    """Lists, looks at and syncs the register class that staff-1 teaches."""
    listed = person.get("/v1/classes")
    sees = listed.status == 200 and [c["id"] for c in listed.json["classes"]] == ["8B-2026"]
    looks = person.get("/v1/classes/8B-2026/learners").status == 200
    asks = person.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}}).status == 202
    equal((looks, asks), (sees, sees), "%s: all of it or none" % who)
    return sees


def may_manage_colleagues(rig, person, who):
    looks = [person.get(path).status for path in ("/v1/classes/7A-2026", "/v1/classes/7A-2026/learners")]
    asks = [person.post("/v1/jobs", {"type": type, "class": {"id": "7A-2026"}}).status
            for type in ("create-team", "sync-learners", "check-team")]
    equal(len(set(map(str, [s < 300 for s in looks + asks]))), 1, "all of it or none")
    return looks[0] == 200


def may_set_up(rig, person, who):
    rig.redis("HDEL", rig.key("school:" + SCHOOL), "identifier", "identifier_set_by")
    return person.put(SETTINGS, {"kinds": ["year"], "identifier": "1234567", "extra_owners": []}).status == 200


def may_change_identifier(rig, person, who):
    rig.redis("HSET", rig.key("school:" + SCHOOL), "identifier", "1234567", "identifier_set_by", "boss")
    allowed = person.put(SETTINGS, {"identifier": "7654321"}).status == 200
    equal(rig.setting("identifier"), "7654321" if allowed else "1234567", "identifier")
    return allowed


def may_create(rig, person, who):
    """A group that nobody of them teaches, a new one each time."""
    id = "New %s" % who
    rig.put(id, 1, teachers=("staff-2",))
    return rig.ask(person, id, "create", lifetime=LATER).status == 202


def may_resync(id):
    def may(rig, person, who):
        answer = rig.ask(person, id, "resync")
        if answer.status == 202:
            rig.ended(answer.json["id"])
        return answer.status == 202
    return may


def may_delete(rig, person, who):
    id = "Old %s" % who
    rig.put(id, 1, teachers=("staff-9",))
    rig.act(rig.person("administrator"), id, "create", lifetime=LATER)
    name = rig.group(rig.person("administrator"), id)["display_name"]
    return rig.ask(person, id, "delete", confirm=name).status == 202


def may_start_consent(rig, person, who):
    return person.post("/v1/console/consent").status == 200


# requirements.md, part 1; "" is a dash there. The columns of Microsoft's own people are below.
TABLE = (
    ("see Microsoft Connection, link own account", may_connect, {"own teacher": 1, "no SSO": 0, "administrator": 1}),
    ("list, create, sync, view own register class", may_manage_own, {"own teacher": 1, "no SSO": 0, "administrator": 0}),
    ("same for a colleague's class", may_manage_colleagues, {"own teacher": 0, "no SSO": 0, "administrator": 0}),
    ("choose group types, identifier, extra owners", may_set_up,
     {"administrator": 1, "Super Admin": 1, "teaching staff": 0, "own teacher": 0, "nobody": 0, "no SSO": 0}),
    ("change the name identifier later", may_change_identifier,
     {"administrator": 0, "Super Admin": 1, "teaching staff": 0, "own teacher": 0, "nobody": 0, "no SSO": 0}),
    ("create one class by the Actions menu", may_create,
     {"administrator": 1, "Super Admin": 1, "teaching staff": 1, "own teacher": 0, "nobody": 0, "no SSO": 0}),
    ("resync a class that they teach", may_resync("9C-2026"),
     {"administrator": 1, "Super Admin": 1, "teaching staff": 1, "nobody": 0, "no SSO": 0}),
    ("resync a class that another teaches", may_resync("8B-2026"),
     {"administrator": 1, "Super Admin": 1, "teaching staff": 0, "nobody": 0, "no SSO": 0}),
    ("delete a class by the Actions menu", may_delete,
     {"administrator": 1, "Super Admin": 1, "teaching staff": 0, "own teacher": 0, "nobody": 0, "no SSO": 0}),
    ("start the consent to APIs", may_start_consent,
     {"administrator": 1, "Super Admin": 1, "teaching staff": 0, "own teacher": 0, "nobody": 0, "no SSO": 0}),
)


def visitor(rig, who):
    """Their browser; without SSO nobody comes in, and asks all the same."""
    if who != "no SSO":
        return rig.person(who)
    browser = rig.browser()
    equal(browser.enter(ticket("staff-1", sso=False, roles=["super_admin", "teaching_staff"])).status, 403)
    return browser


@test
def permission_table():
    """the permission table holds cell by cell: what is no there is refused, and what is yes is done"""
    cells = 0
    with console_start(learners=5, teachers=4) as rig:
        boss = rig.person("administrator")
        for id, staff in (("8B-2026", "staff-1"), ("9C-2026", "staff-9"), ("7A-2026", "staff-7")):
            rig.put(id, 2, teachers=(staff,), kind="registration")
            if id != "7A-2026":
                rig.act(boss, id, "create", lifetime=LATER)
        for action, may, cells_of in TABLE:
            rig.school(SCHOOL, auth="delegated" if may is may_connect else "app")
            for who, want in cells_of.items():
                equal(may(rig, visitor(rig, who), who), bool(want), "%s: %s" % (action, who))
                cells += 1
    return "%d cells" % cells


@test
def microsofts_people():
    """a class owner or a global administrator renames a class and adds owners in Microsoft 365, and a resync leaves both as they are"""
    with console_start(learners=5, teachers=4) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 3)
        team = rig.act(boss, "8B-2026", "create", lifetime=LATER)["team_id"]
        for name, owner in (("By its owner", "teacher3"), ("By a global administrator", "teacher4")):
            rig.control("teams/" + team, {"name": name, "add_owners": [address(owner)]})
            rig.act(boss, "8B-2026", "resync")
            seen = rig.team(team)
            equal(seen["name"], name)
            check(any(m["mail"] == address(owner) and m["owner"] for m in seen["members"]), owner + " is an owner still")
        equal(rig.group(boss, "8B-2026")["display_name"], rig.record("8B-2026")["display_name"], "the original name")


@test
def roles_of_a_ticket():
    """what the ticket's roles mean here is told to the pages, and nothing else of them"""
    with console_start(worker=False) as rig:
        for said, want in ((["admin"], ["administrator"]), (["super_admin"], ["administrator", "super_admin"]),
                           (["teacher", "administrator"], ["administrator", "teaching_staff"]),
                           (["operator"], ["operator"]), (["student"], []), ([], [])):
            me = rig.sign_in("x", roles=said).look().json
            equal((me["roles"], me["admin"]), (want, "administrator" in want), str(said))
        equal(rig.person("operator").get("/v1/queue").status, 200)
        equal(rig.person("administrator").get("/v1/queue").word, "role_missing")


@test
def kept_out():
    """who has no role for the console is told whose it is, and that is on record; without a session one is asked to sign in"""
    with console_start(worker=False) as rig:
        for who in ("own teacher", "nobody", "operator"):
            answer = rig.person(who).get("/v1/console")
            equal((answer.status, answer.word), (403, "role_missing"))
            has(answer.json["detail"], "administrators")
        wait_for(lambda: len([a for a in rig.audited("refused") if a[0] == "role_missing"]) == 3)
        equal(rig.browser().get("/v1/console").status, 401)
        for path in ("names", "report", "runs", "drift", "matches", "history", "year"):
            equal(rig.person("teaching staff").get("/v1/console/" + path).word, "role_missing", path)


@test
def another_school():
    """people of another school see nothing of this one's groups, jobs and settings"""
    with console_start(learners=5) as rig:
        rig.school("other-hill")
        rig.put("8B-2026", 3)
        job = rig.act(rig.person("administrator"), "8B-2026", "create", lifetime=LATER)
        theirs = rig.person("Super Admin", school="other-hill")
        equal(theirs.get("/v1/console/groups").json, {"groups": [], "next": "", "total": 0})
        equal(theirs.get("/v1/console/groups/8B-2026").status, 404)
        for action in ("create", "resync", "preview", "delete", "close", "restore", "adopt"):
            equal(rig.ask(theirs, "8B-2026", action).status, 404, action)
        for path in ("", "/learners"):
            equal(theirs.get("/v1/console/jobs/%s%s" % (job["id"], path)).status, 404)
        equal(theirs.post("/v1/console/jobs/%s/cancel" % job["id"]).status, 404)


# ---- the first look, and set-up ------------------------------------------------------------------

@test
def first_look():
    """the console says who somebody is, what they may do, and how the school is set up; teaching staff are not told that"""
    with console_start(school={"name": "Green Hill", "current_year": "2026", "dfe_code": "9876543"}) as rig:
        rig.put("8B-2026")
        said = rig.person("administrator").get("/v1/console").json
        equal((said["school"], said["role"]), ({"id": SCHOOL, "name": "Green Hill", "current_year": "2026"}, "admin"))
        equal((said["groups"]["total"], said["last_run"], said["source"]["accepted_at"]), (1, None, 0))
        equal((said["settings"]["identifier"], said["settings"]["identifier_chosen"]), ("9876543", None))
        check(all(said["may"].values()), "an administrator may do all of it")
        equal((said["consent"]["granted"], said["consent"]["tenant_id"]), (True, TENANT))
        has(str(said["consent"]["permissions"]), "Team.Create", "User.Read.All")
        teaching = rig.person("teaching staff").get("/v1/console").json
        equal((teaching["role"], teaching["settings"]), ("teaching", None))
        equal([what for what, may in teaching["may"].items() if may], ["create"])
        equal(rig.person("Super Admin").get("/v1/console").json["role"], "super_admin")


@test
def set_up():
    """what is set up is kept as rollcall keeps it, shown again, and changes nothing at Microsoft's"""
    wanted = {"kinds": ["registration", "teaching"], "identifier": "1234567", "target": "class", "night": "nightly",
              "extra_owners": [{"id": "staff-2", "name": "H. Botha", "email": "h.botha@school.example"}],
              "night_at": "03:30", "zone": "Europe/London", "quiet": ["sat", "sun", "2026-12-25"], "opens": LATER, "grace_days": 14,
              "domain_map": {"pupils.example": "school.example"}, "staff_domain": "school.example", "student_domain": "",
              "exclude": {"names": ["BUSY:*"], "kinds": [], "grades": ["R"]}}
    kept = {"sync_kinds": "registration,teaching", "identifier": "1234567", "identifier_set_by": "boss", "target": "class",
            "night": "nightly", "night_at": "03:30", "zone": "Europe/London", "quiet": "sat,sun,2026-12-25", "opens": LATER,
            "grace_days": "14", "domain_map": '{"pupils.example":"school.example"}', "naming": "rule"}
    with console_start() as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026")
        answer = boss.put(SETTINGS, wanted)
        equal(answer.status, 200, answer.text)
        for source in (answer.json["settings"], boss.get("/v1/console").json["settings"]):
            equal({name: source[name] for name in wanted}, wanted)
            equal((source["identifier_locked"], source["naming"]), (True, "rule"))
        equal({name: rig.setting(name) for name in kept}, kept)
        equal(rig.stats()["http_requests"], 0, "requests to Microsoft")
        wait_for(lambda: "set_up" in str(rig.audited()))
        has(str(rig.audited()[0]), "set_up", "kinds", "boss")


@test
def bad_settings():
    """a setting that will not do is refused with its name, its value and what it should be, and nothing is saved"""
    with console_start() as rig:
        boss = rig.person("administrator")
        before = rig.redis.hash(rig.key("school:" + SCHOOL))
        for body, *words in (
                ({"kinds": ["club"]}, "kinds", "club", "teaching"), ({"kinds": "year"}, "kinds", "list"),
                ({"identifier": 7}, "identifier"), ({"identifier": "x" * 61}, "identifier", "60"),
                ({"identifier": "a\nb"}, "identifier"), ({"extra_owners": [{"id": "a"}]}, "extra_owners", "address"),
                ({"extra_owners": [{"id": "a", "email": "nobody"}]}, "nobody"), ({"extra_owners": {}}, "list"),
                ({"target": "channel"}, "target", "channel", "team"), ({"night": "always"}, "night", "always"),
                ({"night_at": "24:00"}, "night_at", "24:00"), ({"night_at": "2:00"}, "02:00"), ({"night_at": "12:60"}, "12:60"),
                ({"zone": "Mars/Base"}, "zone", "Mars/Base"), ({"zone": "../../etc/passwd"}, "zone"),
                ({"quiet": ["2026-02-30"]}, "quiet", "2026-02-30"), ({"quiet": ["holidays"]}, "holidays"),
                ({"opens": "soon"}, "opens", "soon", "2026-01-14", "teacher", "at once"), ({"opens": "2026-02-30"}, "2026-02-30"),
                ({"opens": "sat"}, "opens"), ({"opens": "2026-01-14,"}, "opens"), ({"opens": None}, "opens"),
                ({"grace_days": -1}, "grace_days"), ({"grace_days": "7"}, "whole number"), ({"grace_days": 400}, "365"),
                ({"domain_map": {"A.example": "b.example"}}, "A.example"), ({"domain_map": []}, "domain_map"),
                ({"domain_map": {"a.example": 5}}, "a.example"), ({"domain_map": {"a.example": ""}}, "a.example"), ({"staff_domain": "no domain"}, "staff_domain"),
                ({"exclude": {"teachers": []}}, "exclude.teachers"), ({"exclude": {"names": "x"}}, "names"),
                ({"naming": "plain"}, "naming", "no setting"), ({"auth": "app"}, "auth"), ({"tenant_id": "x"}, "tenant_id"),
                ({"night_at": "05:00", "quiet": ["never"]}, "never")):
            answer = boss.put(SETTINGS, body)
            equal((answer.status, answer.word), (422, "bad_setting"), str(body))
            has(answer.json["detail"], *words)
            equal(rig.redis.hash(rig.key("school:" + SCHOOL)), before, str(body))
        equal(boss.put(SETTINGS, []).status, 400)


@test
def all_or_nothing():
    """of a set-up that Redis does not take nothing is kept, and nothing taken away"""
    with console_start(school={"opens": LATER, "grace_days": "3"}) as rig:
        boss = rig.person("administrator")
        rig.redis("CONFIG", "SET", "maxmemory", 1)
        answer = boss.put(SETTINGS, {"opens": "", "grace_days": 5})
        equal((answer.status, answer.word), (503, "store_unreachable"))
        equal((rig.setting("opens"), rig.setting("grace_days")), (LATER, "3"))
        rig.redis("CONFIG", "SET", "maxmemory", 0)
        equal(boss.put(SETTINGS, {"opens": "", "grace_days": 5}).status, 200)
        equal((rig.setting("opens"), rig.setting("grace_days")), (None, "5"))


@test
def opening_time():
    """learners get in at once, from a day on, or once somebody resyncs the class, as an administrator sets it for the whole school; before that a night adds nobody"""
    with console_start(learners=8) as rig:
        boss, groups = rig.person("administrator"), {"8B-2026": "staff-1", "9C-2026": "staff-9"}
        for id, staff in groups.items():
            rig.put(id, 3, teachers=(staff,))
            rig.act(boss, id, "create", lifetime=LATER)

        def night(opens):
            """How many learners are in each class after a night, once that was saved."""
            answer = boss.put(SETTINGS, {"opens": opens})
            equal((answer.status, answer.json["settings"]["opens"]), (200, opens))
            equal((boss.get("/v1/console").json["settings"]["opens"], rig.setting("opens")), (opens, opens or None))
            record = rig.run("sync-school", SCHOOL, requested_by="night", priority="background")[1]
            equal(record["state"], "done", record.get("error"))
            return [sum(not m["owner"] for m in rig.team(rig.record(id)["team_id"])["members"]) for id in groups]
        equal(night(LATER), [0, 0], "before the day")
        equal(rig.act(boss, "8B-2026", "resync")["added"], "0", "by hand, before the day")
        equal({s["reason"] for s in rig.group(boss, "8B-2026")["students"]}, {"not_open"})
        equal(night("teacher"), [0, 0], "before anybody pressed the button")
        equal(rig.act(boss, "8B-2026", "resync")["added"], "3", "by hand")
        for id, staff in groups.items():
            rig.put(id, 5, teachers=(staff,))
        equal(night("teacher"), [5, 0], "of the class that somebody synced")
        equal(night("2020-01-14"), [5, 5], "from the day on")
        for id, staff in groups.items():
            rig.put(id, 7, teachers=(staff,))
        equal(night(""), [7, 7], "at once")


@test
def identifier():
    """the name identifier is the DfE code unless something else is entered; once set up only a Super Admin changes it, and saving it unchanged is nobody's trouble"""
    with console_start(school={"dfe_code": "9876543"}) as rig:
        boss, chief = rig.person("administrator"), rig.person("Super Admin")

        def saved(person, value):
            answer = person.put(SETTINGS, {"identifier": value})
            return answer.json["settings"]["identifier"] if answer.status == 200 else answer.word
        equal(boss.get("/v1/console").json["may"]["identifier"], True)
        equal(saved(boss, None), "9876543")
        equal(boss.get("/v1/console").json["may"]["identifier"], False)
        equal((saved(boss, None), saved(boss, ""), saved(boss, "1234567")), ("9876543", "super_admin_only", "super_admin_only"))
        wait_for(lambda: "super_admin_only" in str(rig.audited("refused")))
        has(str(rig.audited("refused")[0]), "super_admin_only", "boss")
        equal((saved(chief, ""), saved(boss, None), saved(boss, "")), ("", "super_admin_only", ""))
        equal((saved(chief, "1234567"), saved(chief, None)), ("1234567", "9876543"))
        equal(rig.redis("HEXISTS", rig.key("school:" + SCHOOL), "identifier"), 0)


@test
def sources():
    """a school without a roster has no kinds to choose, and a source that has no teaching groups offers none"""
    with console_start(school={"source": "scholarpack"}) as rig:
        boss = rig.person("administrator")
        equal(boss.get("/v1/console").json["source"]["kinds"], ["year", "registration"])
        equal(boss.put(SETTINGS, {"kinds": ["teaching"]}).word, "bad_setting")
        answer = boss.put(SETTINGS, {"kinds": ["registration"]})
        equal((answer.status, answer.word, rig.setting("sync_kinds")), (409, "roster_missing", None))
        equal(boss.put(SETTINGS, {"kinds": [], "grace_days": 3}).status, 200)
        rig.redis("HSET", rig.key("roster:" + SCHOOL), "accepted_at", "1")
        equal(boss.put(SETTINGS, {"kinds": ["registration"]}).status, 200)


# ---- consent -----------------------------------------------------------------------------------------

def came_back(person, url):
    """Where the console is opened after Microsoft's consent."""
    place = urllib.parse.urlsplit(url)
    answer = person.get("%s?%s" % (place.path, place.query))
    equal(answer.status, 303, answer.text)
    return answer.headers["Location"]


@test
def consent():
    """before consent kinds and Create are not to be had; a global administrator accepts at Microsoft's, and then they are"""
    with console_start(learners=5) as rig:
        rig.control("consent", {"app": CLIENT, "tenant": TENANT, "withdraw": True})
        rig.put("8B-2026", 2)
        rig.school(SCHOOL, auth="delegated")
        boss = rig.person("administrator")
        equal(boss.get("/v1/console").json["consent"]["granted"], False)
        for body in ({"kinds": ["registration"]}, {"night": "nightly"}):
            equal(boss.put(SETTINGS, body).word, "consent_missing", str(body))
        equal(rig.group(boss, "8B-2026")["actions"]["create"], False)
        equal(rig.group(boss, "8B-2026")["why"], "no_consent")
        equal(rig.ask(boss, "8B-2026", "create", lifetime=LATER).word, "consent_missing")
        location = boss.post("/v1/console/consent").json["location"]
        has(location, "/%s/v2.0/adminconsent?client_id=%s" % (TENANT, CLIENT), "state=")
        equal(came_back(boss, at_microsoft(location)), "/console?consent=granted#setup")
        said = boss.get("/v1/console").json["consent"]
        check(said["granted"] and said["at"] > 0, "granted, and since when")
        equal((rig.setting("auth"), rig.setting("consent_by"), rig.setting("consent_missing")), ("app", "boss", ""))
        equal(boss.put(SETTINGS, {"kinds": ["registration"], "night": "nightly"}).status, 200)
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        equal([a[0] for a in rig.audited()].count("consented"), 1)


@test
def no_consent():
    """who is no global administrator, or presses Cancel, comes back to a clear refusal, and nothing is to be had that was not before"""
    with console_start(worker=False) as rig:
        rig.control("consent", {"app": CLIENT, "tenant": TENANT, "withdraw": True})
        rig.school(SCHOOL, auth="delegated")
        boss = rig.person("administrator")
        location = boss.post("/v1/console/consent").json["location"]
        equal(came_back(boss, at_microsoft(location, emulator_cancel="1")), "/console?consent=refused#setup")
        equal((rig.setting("auth"), boss.get("/v1/console").json["consent"]["granted"]), ("delegated", False))
        equal(boss.put(SETTINGS, {"kinds": ["year"]}).word, "consent_missing")
        has(str(rig.audited("refused")[:3]), "consent")


@test
def forged_consent():
    """an address that says that consent was given proves nothing: Microsoft is asked, and the way has to be one's own"""
    with console_start(worker=False) as rig:
        rig.control("consent", {"app": CLIENT, "tenant": TENANT, "withdraw": True})
        rig.school(SCHOOL, auth="delegated")
        boss, chief = rig.person("administrator"), rig.person("Super Admin")
        location = boss.post("/v1/console/consent").json["location"]
        state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))["state"]
        said = "/staff/connected?admin_consent=True&tenant=%s&state=" % TENANT
        equal(came_back(boss, said + state), "/console?consent=not_yet#setup")
        equal(came_back(boss, said + state), "/console?consent=expired#setup", "the same way again")
        location = boss.post("/v1/console/consent").json["location"]
        granted = at_microsoft(location)
        equal(came_back(chief, granted), "/console?consent=expired#setup", "another one's way")
        equal(came_back(boss, said + "x" * 43), "/console?consent=expired#setup", "another state")
        equal(rig.setting("auth"), "delegated")
        location = boss.post("/v1/console/consent").json["location"]
        rig.redis("HSET", rig.key("school:" + SCHOOL), "tenant_id", "33333333-3333-3333-3333-333333333333")
        equal(came_back(boss, at_microsoft(location)), "/console?consent=expired#setup", "another tenant meanwhile")
        equal(rig.setting("auth"), "delegated")


@test
def tenant_of_an_account():
    """the tenant that came with a teacher's account is not the school's for consent: the operator enters that"""
    with console_start(worker=False) as rig:
        rig.redis("DEL", rig.key("school:" + SCHOOL))
        rig.redis("HSET", rig.key("school:" + SCHOOL), "name", "Green Hill", "auth", "delegated")
        connect(rig, rig.sign_in("staff-1"), "teacher1")
        equal(rig.setting("linked_tenant"), TENANT)
        boss = rig.person("administrator")
        equal(boss.get("/v1/console").json["consent"]["why"], "no_tenant")
        answer = boss.post("/v1/console/consent")
        equal((answer.status, answer.word), (409, "no_tenant"))
        has(answer.json["detail"], "rollcall school set")


# ---- groups ---------------------------------------------------------------------------------------------

@test
def list_of_groups():
    """groups come by name, a hundred at a time, by kind, by part of the name, and by whether they are in Microsoft 365"""
    with console_start(learners=5) as rig:
        redis, boss = rig.redis, rig.person("administrator")
        ids = ["g%d" % n for n in range(1, 251)]
        redis("SADD", rig.key("classes:" + SCHOOL), *ids)
        redis.pipeline([("HSET", rig.key("class:%s:%s" % (SCHOOL, id)), "name", "Set " + id[1:], "kind",
                         "teaching" if int(id[1:]) % 2 else "year", "team_id", "t" if int(id[1:]) <= 10 else "",
                         "active", "0" if int(id[1:]) in (10, 250) else "1") for id in ids])

        def pages(**query):
            names, next, sizes = [], "", []
            while True:
                page = boss.get("/v1/console/groups?" + urllib.parse.urlencode(dict(query, after=next))).json
                names += [g["group"] for g in page["groups"]]
                sizes.append(len(page["groups"]))
                next = page["next"]
                if not next:
                    return names, sizes, page["total"]
        names, sizes, total = pages()
        equal((sizes, total), ([100, 100, 49], 249))
        equal(names, ["Set %d" % n for n in range(1, 250)], "in the order of their numbers, without the one that is over")
        equal(pages(state="in")[0], ["Set %d" % n for n in range(1, 11)])
        equal(pages(state="out")[2], 239)
        equal(pages(kind="year")[2], 124)
        equal(pages(q="SET 24")[0], ["Set 24"] + ["Set %d" % n for n in range(240, 250)])
        equal(pages(q="set", kind="registration")[2], 0)
        for query in ("kind=club", "state=gone", "q=" + "x" * 300):
            equal(boss.get("/v1/console/groups?" + query).word, "bad_parameter")


@test
def group_with_people():
    """a group shows its students and its teachers apart; teaching staff see the people of the groups that they teach"""
    with console_start(learners=5) as rig:
        rig.put("9C-2026", 4, teachers=("staff-9", "staff-2"))
        for who in ("administrator", "teaching staff"):
            group = rig.group(rig.person(who), "9C-2026")
            equal([s["name"] for s in group["students"]], sorted(s["name"] for s in learners(4)), who)
            equal([(t["id"], t["email"]) for t in group["teachers"]], [("staff-9", address("teacher1")),
                                                                      ("staff-2", address("teacher1"))])
            equal((group["members_hidden"], group["learners"], group["in_microsoft"]), (False, 4, False))
        other = rig.group(rig.person("teaching staff", sub="staff-3"), "9C-2026")
        equal((other["members_hidden"], other["students"], other["history"], other["learners"]), (True, [], [], 4))
        equal(other["actions"]["create"], True)
        for nothing in ("nothing", "9C-2026:register", "9C-2026:learners", "..", "%00", "9C-2026%0a", "x" * 3000):
            equal(rig.person("administrator").get("/v1/console/groups/" + nothing).status, 404, nothing[:40])


@test
def create():
    """a class gets the name, the description and the lifetime that were entered, and whoever made it as an owner"""
    with console_start(learners=5, teachers=3) as rig:
        rig.put("8B-2026", 3)
        maker = rig.person("teaching staff", email=address("teacher3"))
        job = rig.act(maker, "8B-2026", "create", name="8B [Maths] \u2660", description="Our class", lifetime=LATER)
        team = rig.team(job["team_id"])
        equal((team["name"], rig.record("8B-2026")["description"]), ("8B [Maths] \u2660", "Our class"))
        owners = {m["mail"] for m in team["members"] if m["owner"]}
        check({address("teacher1"), address("teacher3")} <= owners, "owners: %s" % owners)
        group = rig.group(rig.person("administrator"), "8B-2026")
        equal((group["lifetime"], group["lifetime_over"], group["in_microsoft"], group["is_team"]), (LATER, False, True, True))
        equal((group["actions"]["create"], group["actions"]["resync"]), (False, True))
        equal(rig.ask(maker, "8B-2026", "create", lifetime=LATER).word, "not_yours")
        has(str(rig.audited()), "create-team", "8B-2026", "staff-9")


@test
def bad_creations():
    """a creation without a lifetime to come, or with a name that is too long, is refused before anything is asked"""
    with console_start(learners=3) as rig:
        rig.put("8B-2026", 2)
        boss = rig.person("administrator")
        for body, word in (({}, "bad_action"), ({"lifetime": "2020-01-01"}, "bad_action"), ({"lifetime": "soon"}, "bad_action"),
                           ({"lifetime": "2099-02-30"}, "bad_action"), ({"lifetime": LATER, "name": "x" * 257}, "bad_action"),
                           ({"lifetime": LATER, "name": 5}, "bad_action"),
                           ({"lifetime": LATER, "description": "\u00eb" * 1025}, "bad_action"),
                           ({"lifetime": LATER, "target": "channel"}, "bad_envelope")):
            equal(rig.ask(boss, "8B-2026", "create", **body).word, word, str(body)[:80])
        equal(boss.post("/v1/console/groups/8B-2026/explode", {}).status, 404)
        equal(rig.stats()["http_requests"], 0, "requests to Microsoft")
        equal(rig.ask(boss, "8B-2026", "create", lifetime=LATER, name="\u00eb" * 256).status, 202)


@test
def not_offered():
    """Create is not offered for a year group that the school's system knows nothing of, nor for a group that is off the lists"""
    with console_start(learners=3) as rig:
        boss = rig.person("administrator")
        rig.put("Y8", 2, kind="year")
        rig.put("Y9", 2, kind="year", source="roster")
        rig.put("9A", 2, active=False)
        for id, why in (("Y8", "year_not_from_mis"), ("Y9", ""), ("9A", "inactive")):
            group = rig.group(boss, id)
            equal((group["actions"]["create"], group["why"]), (not why, why), id)
            answer = rig.ask(boss, id, "create", lifetime=LATER)
            equal(answer.status, 202 if not why else 409, answer.text)
        for action in ("resync", "preview", "delete", "approve", "close", "restore"):
            equal(rig.ask(boss, "9A", action).status, 409, action)


@test
def resync_one():
    """a resync changes the one class and no other, whatever day it is"""
    with console_start(learners=8) as rig:
        boss = rig.person("administrator")
        for id in ("8B-2026", "9C-2026"):
            rig.put(id, 3)
            rig.act(boss, id, "create", lifetime=LATER)
            rig.act(boss, id, "resync")
        before = rig.team(rig.record("9C-2026")["team_id"])
        for id in ("8B-2026", "9C-2026"):
            rig.put(id, 5)
        job = rig.act(boss, "8B-2026", "resync")
        equal((job["added"], job["already_member"]), ("2", "3"))
        equal(rig.team(rig.record("9C-2026")["team_id"])["members"], before["members"], "the other class")
        group = rig.group(boss, "8B-2026")
        equal({s["status"] for s in group["students"]}, {"synced"})
        check("added" in [e["what"] for e in group["history"]], "the history tells of it")


@test
def preview_then_that():
    """a preview names who would come and go and changes nothing; a resync by it does exactly that and holds the rest"""
    with console_start(learners=8) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 3)
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        rig.act(boss, "8B-2026", "resync")
        team = rig.record("8B-2026")["team_id"]
        rig.put("8B-2026", 5)
        before = rig.team(team)
        preview = rig.act(boss, "8B-2026", "preview")
        rows = boss.get("/v1/console/jobs/%s/learners" % preview["id"]).json["learners"]
        equal(sorted(r["outcome"] for r in rows), ["added"] * 2 + ["already_member"] * 3)
        equal(rig.team(team), before, "nothing changed")
        rig.put("8B-2026", 6)
        job = rig.act(boss, "8B-2026", "resync", plan=preview["id"])
        equal(job["added"], "2")
        rows = boss.get("/v1/console/jobs/%s/learners" % job["id"]).json["learners"]
        equal([r["reason"] for r in rows if r["outcome"] == "held"], ["not_in_preview"])
        equal(rig.ask(boss, "8B-2026", "resync", plan="not an id").word, "bad_action")


@test
def cancelled_preview():
    """a preview that was cancelled is not complete, so no resync goes by it"""
    with console_start(learners=5) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 3)
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        preview = rig.push("sync-learners", SCHOOL, class_of(3), at=FAR_MS, options={"dry_run": True})
        wait_for(lambda: rig.job(preview))
        equal(boss.post("/v1/console/jobs/%s/cancel" % preview, {}).status, 202)
        equal(rig.ended(preview)["state"], "cancelled")
        for action in ("resync", "approve"):
            refused = rig.ask(boss, "8B-2026", action, plan=preview)
            equal((refused.status, refused.word), (409, "not_offered"))
            has(refused.json["detail"], preview, "not a whole one", "Nothing was changed")
        job = rig.run("sync-learners", SCHOOL, class_of(3), options={"plan": preview})[1]
        equal((job["state"], job["error_code"]), ("failed", "bad_envelope"))
        has(job["error"], preview, "cancelled")


@test
def approved_by_name():
    """where the brake held removals back, an administrator approves those who were seen and no others, and teaching staff cannot"""
    with console_start(learners=20) as rig:
        boss = rig.person("administrator")
        rig.put("9C-2026", 20, teachers=("staff-9",))
        rig.act(boss, "9C-2026", "create", lifetime=LATER)
        rig.act(boss, "9C-2026", "resync")
        equal(rig.ask(boss, "9C-2026", "approve").word, "not_offered")
        rig.put("9C-2026", 5, teachers=("staff-9",))
        held = rig.act(boss, "9C-2026", "resync", state="failed")["id"]
        equal(rig.group(boss, "9C-2026")["actions"]["approve"], True)
        equal(rig.ask(rig.person("teaching staff"), "9C-2026", "approve", plan=held).word, "role_missing")
        rig.put("8B-2026", 3)
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        other = rig.act(boss, "8B-2026", "preview")["id"]
        for body, word in (({}, "bad_action"), ({"plan": None}, "bad_action"), ({"plan": ""}, "bad_action"),
                           ({"plan": "none"}, "not_offered"), ({"plan": other}, "not_offered")):
            equal(rig.ask(boss, "9C-2026", "approve", **body).word, word, str(body))
        rig.put("9C-2026", 4, teachers=("staff-9",))
        job = rig.act(boss, "9C-2026", "approve", plan=held)
        equal((job["removed"], job["requested_by"]), ("15", "boss"), "whoever left since was not seen")
        equal(rig.group(boss, "9C-2026")["actions"]["approve"], False)


@test
def delete():
    """a class is deleted only by an administrator who enters its name; the group stays and can be made again, or restored"""
    with console_start(learners=5) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 3)
        team = rig.act(boss, "8B-2026", "create", lifetime=LATER, name="8B for ever")["team_id"]
        for confirm in (None, "", "8B", "8b FOR EVER"):
            answer = rig.ask(boss, "8B-2026", "delete", **({} if confirm is None else {"confirm": confirm}))
            equal((answer.status, answer.word), (422, "confirm_mismatch"))
            has(answer.json["detail"], "8B for ever", "Nothing was deleted")
        rig.act(boss, "8B-2026", "delete", confirm="8B for ever")
        check(rig.team(team)["deleted"], "deleted at Microsoft's")
        group = rig.group(boss, "8B-2026")
        equal((group["in_microsoft"], group["learners"], group["actions"]["create"], group["actions"]["restore"]),
              (False, 3, True, True))
        rig.act(boss, "8B-2026", "restore")
        equal((rig.group(boss, "8B-2026")["in_microsoft"], rig.record("8B-2026")["team_id"]), (True, team))
        whats = [a for a in rig.audited() if a[1] == "8B-2026"]
        equal([w[0] for w in whats][:2], ["restore-class", "delete-class"])


@test
def names_beforehand():
    """the first look at the names has the tenant read: the next one knows its default domain, and nothing was made"""
    with console_start(learners=3) as rig:
        boss = rig.person("administrator")
        rig.redis("HSET", rig.key("school:" + SCHOOL), "naming", "rule", "identifier", "1234567")
        rig.put("8B-2026", 2)
        first = boss.get("/v1/console/names").json
        equal((first["default_domain"], first["policy_read_at"]), ("", 0))

        def read():
            "the tenant to be read"
            names = boss.get("/v1/console/names").json
            return names if names["policy_read_at"] else None
        one, = wait_for(read, 20)["names"]
        equal((one["display_name"], one["nickname"], one["address"], one["verdict"]),
              ("8B_Class [1234567][2026]", "8B.class.1234567.2026", "8B.class.1234567.2026@school.example", "ok"))
        equal(rig.ledger(), [])


@test
def taken_over():
    """an administrator has a group take over a Team that is there already, and nobody else does"""
    with console_start(learners=3) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 2)
        rig.put("9C-2026", 2)
        team = rig.act(boss, "9C-2026", "create", lifetime=LATER)["team_id"]
        rig.redis("HDEL", rig.key("class:%s:9C-2026" % SCHOOL), "team_id")
        rig.control("teams/" + team, {"description": "made by hand"})
        check(rig.group(boss, "8B-2026")["actions"]["adopt"], "offered")
        equal(rig.ask(rig.person("teaching staff"), "8B-2026", "adopt", team_id=team).status, 403)
        equal(rig.act(boss, "8B-2026", "adopt", team_id=team)["team_id"], team)
        group = rig.group(boss, "8B-2026")
        equal((group["in_microsoft"], group["is_team"], group["actions"]["adopt"]), (True, True, False))


@test
def adopt():
    """a Team that is there already is taken over by its id, by an administrator, and not by teaching staff"""
    with console_start(learners=5) as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 3)
        team = rig.act(boss, "8B-2026", "create", lifetime=LATER)["team_id"]
        rig.redis("DEL", rig.key("class:%s:8B-2026" % SCHOOL))
        rig.put("8B-2026", 3)
        equal(rig.group(boss, "8B-2026")["in_microsoft"], False)
        equal(rig.ask(rig.person("teaching staff"), "8B-2026", "adopt", team_id=team).word, "role_missing")
        equal(rig.act(boss, "8B-2026", "adopt", state="failed", team_id="../teams")["error_code"], "bad_envelope")
        rig.act(boss, "8B-2026", "adopt", team_id=team)
        equal((rig.group(boss, "8B-2026")["in_microsoft"], rig.record("8B-2026")["team_id"]), (True, team))


@test
def on_its_way():
    """a class that was ordered is on its way for half an hour, and after that late, which is a warning and no error"""
    with console_start(worker=False) as rig:
        boss, key = rig.person("administrator"), rig.key("class:%s:8B-2026" % SCHOOL)
        rig.redis("SADD", rig.key("classes:" + SCHOOL), "8B-2026")
        rig.redis("HSET", key, "name", "8B", "status", "no_team")
        now = rig.redis("TIME")
        for ago_s, want in ((None, ""), (60, "on_its_way"), (1790, "on_its_way"), (1810, "late")):
            if ago_s:
                rig.redis("HSET", key, "team_asked_at", (int(now[0]) - ago_s) * 1000)
            equal(rig.group(boss, "8B-2026")["arrival"], want, str(ago_s))


@test
def while_running():
    """while a job is at a group no other is offered for it"""
    with console_start(learners=3, worker=False) as rig:
        rig.start_worker()
        rig.put("8B-2026", 2)
        boss = rig.person("administrator")
        rig.act(boss, "8B-2026", "create", lifetime=LATER)
        rig.redis("HSET", rig.key("live"), SCHOOL + ":8B-2026", "sync-learners=somewhere")
        group = rig.group(boss, "8B-2026")
        equal((group["why"], set(group["actions"].values())), ("running", {False}))
        equal(rig.ask(boss, "8B-2026", "resync").word, "running")


@test
def jobs_of_the_console():
    """an administrator follows and ends the jobs of the school, teaching staff those that they asked for; the teacher's own screens stay closed to both"""
    with console_start(learners=5) as rig:
        boss, other = rig.person("administrator"), rig.person("teaching staff")
        rig.put("8B-2026", 3)
        made = rig.act(other, "8B-2026", "create", lifetime=LATER)["id"]
        synced = rig.act(boss, "8B-2026", "resync")["id"]
        console, own = "/v1/console/jobs/", "/v1/jobs/"
        equal([boss.get(console + job).status for job in (made, synced)], [200, 200])
        equal([other.get(console + job).status for job in (made, synced)], [200, 404])
        equal([p.get(own + made).status for p in (boss, other)], [404, 404])
        equal(boss.get(console + synced + "/learners").json["learners"][0]["outcome"], "added")
        has(boss.get(console + synced + "/learners", Accept="text/csv").headers["Content-Type"], "text/csv")
        answer = rig.ask(boss, "8B-2026", "resync")
        equal(answer.headers["Location"], console + answer.json["id"])


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
