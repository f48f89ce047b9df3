#!/usr/bin/env python3
"""Classes in Microsoft 365: their names, their owners, alone or with a Team, deleted and restored."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Rig, Suite, address, check, equal, has, has_not, learners, wait_for  # noqa: E402

test = Suite()
SCHOOL = "green-hill"
ADMINS = [{"id": "admin-1", "name": "Head", "email": address("head")},
          {"id": "admin-2", "name": "Office", "email": address("office")}]


def begin(n=10, scale=200, worker=True, world=None, users=(), **settings):
    """A rig with a school whose classes are called by the rule, and accounts for everybody."""
    rig = Rig()
    try:
        rig.start_redis(False)
        people = [address(p) for p in ("teacher1", "teacher2", "head", "office")]
        people += [address("learner%d" % i) for i in range(1, n + 1)]
        rig.start_emulator("--world", rig.world(people + list(users), **(world or {})), scale=scale)
        rig.school(SCHOOL, **dict({"naming": "rule", "identifier": "1234567",
                                   "extra_owners": json.dumps(ADMINS)}, **settings))
        if worker:
            rig.start_worker()
        return rig
    except Exception:
        rig.close()
        raise


def group(id="reg-8B", name="8B", kind="registration", starts="2026-01-14", n=3, **more):
    """A group of the roster, as its import says it."""
    return dict({"id": id, "name": name, "group": name, "year": "2026", "kind": kind, "starts": starts,
                 "teachers": [{"id": "staff-1", "name": "N. Dlamini", "email": address("teacher1")},
                              {"id": "staff-2", "name": "P. Botha", "email": address("teacher2")}],
                 "learners": learners(n)}, **more)


def record(rig, id="reg-8B", school=SCHOOL):
    return rig.redis.hash(rig.key("class:%s:%s" % (school, id)))


def create(rig, cls=None, school=SCHOOL, **more):
    """Creates what the school wants of the group; what the books at Microsoft's say of it."""
    _, job = rig.run("create-team", school, cls or group(), **more)
    equal(job["state"], "done", "creation (%s)" % job.get("error"))
    return rig.team(job["team_id"])


def owners(team):
    return {m["mail"].split("@")[0] for m in team["members"] if m["owner"]}


def members(team):
    return {m["mail"].split("@")[0] for m in team["members"] if m["member"]}


# ---- names -------------------------------------------------------------------------------------------


@test
def names_of_the_article():
    """the four groups of the article have its names and addresses in Microsoft, under the tenant's default domain"""
    rows = [("13", "year", "2019-09-01", "13_Class [1234567][2019]", "13.class.1234567.2019"),
            ("2S/DT1", "teaching", "2019-09-01", "2SDT1_Class [1234567][2019]", "2SDT1.class.1234567.2019"),
            ("5L", "registration", "2020-09-04", "5L_Class [1234567][2020]", "5L.class.1234567.2020"),
            ("Mon Ch", "teaching", "2020-09-04", "Mon-Ch_Class [1234567][2020]", "Mon-Ch.class.1234567.2020")]
    domains = {"domain": "school.onmicrosoft.com", "domains": ["school.example"]}
    for target in ("team", "class"):
        with begin(world=domains, target=target) as rig:
            for i, (name, kind, starts, display, nickname) in enumerate(rows):
                team = create(rig, group("g%d" % i, name, kind, starts))
                equal((team["name"], team["nickname"]), (display, nickname))
                r = record(rig, "g%d" % i)
                equal((r["display_name"], r["mail_nickname"], r["address"]),
                      (display, nickname, nickname + "@school.onmicrosoft.com"))
                has(team["description"], name, "rollcall-")
            by_route = rig.stats()["by_route"]
            equal((by_route["GET /organization"], by_route["GET /groupSettings"]), (1, 1), "the tenant is asked once")


@test
def the_plain_way():
    """a school without a rule has its Teams as before: the class's name, and whatever nickname Microsoft makes"""
    with begin(naming="", extra_owners="") as rig:
        team = create(rig, group())
        equal((team["name"], team["nickname"]), ("8B", "8B"))
        equal(owners(team), {"teacher1", "teacher2"})
        equal(set(rig.stats()["by_route"]) - {"GET /teams/{}/operations/{}", "GET /teams/{}"},
              {"POST /teams", "GET /groups/{}", "GET /users", "POST /teams/{}/members/add"})
        equal(rig.redis("EXISTS", rig.key("nickname:" + SCHOOL), rig.key("wanted:" + SCHOOL)), 0)


@test
def collisions():
    """of groups that want one nickname the first by id keeps the plain one, whichever is created first"""
    pairs = [("2S/DT1", "2SDT1"), ("Mon Ch", "Mon-Ch"), ("5l", "5L"), ("Sê", "Se"), ("7B", "7B")]
    for turned in (False, True):
        with begin(target="class") as rig:
            both = [[group("a%d" % i, a, "registration"), group("b%d" % i, b, "teaching")]
                    for i, (a, b) in enumerate(pairs)]
            for pair in both:
                for cls in pair:
                    rig.run("register", SCHOOL, cls)
            for pair in both:
                for cls in reversed(pair) if turned else pair:
                    create(rig, cls)
            names = [(record(rig, "a%d" % i)["mail_nickname"], record(rig, "b%d" % i)["mail_nickname"])
                     for i in range(len(pairs))]
            equal(names, [("2SDT1.class.1234567.2026", "2SDT1-2.class.1234567.2026"),
                          ("Mon-Ch.class.1234567.2026", "Mon-Ch-2.class.1234567.2026"),
                          ("5l.class.1234567.2026", "5L-2.class.1234567.2026"),
                          ("Se.class.1234567.2026", "Se-2.class.1234567.2026"),
                          ("7B.class.1234567.2026", "7B-2.class.1234567.2026")], "turned: %s" % turned)


@test
def two_schools_one_tenant():
    """a nickname that another school of the tenant has is passed over, for a class and for a Team"""
    for target in ("class", "team"):
        with begin(target=target) as rig:
            rig.school("blue-hill", naming="rule", identifier="1234567", target=target,
                       extra_owners=json.dumps(ADMINS))
            equal(create(rig)["nickname"], "8B.class.1234567.2026")
            other = create(rig, school="blue-hill")
            equal(other["nickname"], "8B-2.class.1234567.2026", target)
            equal(record(rig, school="blue-hill")["mail_nickname"], "8B-2.class.1234567.2026")
            equal(other["name"], "8B_Class [1234567][2026]")


@test
def edited_name():
    """an edited name replaces the display name alone, with brackets and emoji; description and lifetime arrive"""
    with begin(target="class") as rig:
        team = create(rig, options={"display_name": "8B \U0001f98a [best]", "description": "Our form",
                                    "lifetime": "2027-01-31"})
        equal((team["name"], team["nickname"]), ("8B \U0001f98a [best]", "8B.class.1234567.2026"))
        has(team["description"], "Our form rollcall-")
        r = record(rig)
        equal((r["display_name"], r["description"], r["lifetime"]), ("8B \U0001f98a [best]", "Our form", "2027-01-31"))
        check(r["made_at"] and "made_by" in r, "who made it, and when")


@test
def naming_policy():
    """a name against the tenant's policy is refused with what would pass, an edited one that passes is taken"""
    with begin(world={"naming_policy": {"prefix": "GRP ", "blocked": "payroll"}}) as rig:
        _, job = rig.run("create-team", SCHOOL, group())
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        has(job["error"], "naming policy", "GRP 8B_Class [1234567][2026]")
        policy = json.loads(rig.redis("HGET", rig.key("school:" + SCHOOL), "naming_policy"))
        equal((policy["prefix"], policy["blocked"]), ("GRP ", ["payroll"]))
        team = create(rig, options={"display_name": "GRP 8B"})
        equal((team["name"], team["nickname"]), ("GRP 8B", "8B.class.1234567.2026"))


@test
def the_tenant_beforehand():
    """read-tenant learns the default domain and the naming policy before anything is made; where rules may not be read none are claimed"""
    world = {"domain": "school.onmicrosoft.com", "domains": ["school.example"],
             "naming_policy": {"prefix": "GRP ", "suffix": "-edu", "blocked": "payroll, CEO"}}
    with begin(world=world) as rig:
        _, job = rig.run("read-tenant", SCHOOL)
        equal(job["state"], "done", job.get("error"))
        school = rig.redis.hash(rig.key("school:" + SCHOOL))
        equal(school["default_domain"], "school.onmicrosoft.com")
        equal(json.loads(school["naming_policy"]), {"prefix": "GRP ", "suffix": "-edu", "blocked": ["payroll", "CEO"],
                                                    "depends": False})
        check(int(school["names_read_at"]) > 0, "when")
        equal(rig.ledger(), [])
    with begin() as rig:
        rig.fault({"method": "GET", "path": "/groupSettings"}, {"status": 403, "code": "Authorization_RequestDenied"})
        _, job = rig.run("read-tenant", SCHOOL)
        equal(job["state"], "done", job.get("error"))
        check("naming_policy" not in rig.redis.hash(rig.key("school:" + SCHOOL)), "nothing said of rules")


@test
def a_group_without_a_name():
    """a group whose name is blank or a slash is refused, and Microsoft is not asked"""
    with begin() as rig:
        for name in ("/", "  "):
            _, job = rig.run("create-team", SCHOOL, group("g" + name.strip("/"), name))
            equal((job["state"], job["error_code"]), ("failed", "bad_envelope"))
        equal(rig.stats()["graph_requests"], 0)


@test
def identifiers_and_years():
    """without an identifier the DfE code stands, an empty one leaves the brackets out, and a new year is a new class"""
    with begin(target="class") as rig:
        rig.redis("HDEL", rig.key("school:" + SCHOOL), "identifier")
        rig.redis("HSET", rig.key("school:" + SCHOOL), "dfe_code", "7654321")
        equal(create(rig, group("a", "13"))["name"], "13_Class [7654321][2026]")
        rig.redis("HSET", rig.key("school:" + SCHOOL), "identifier", "")
        team = create(rig, group("b", "13", starts="2027-01-13"))
        equal((team["name"], team["nickname"]), ("13_Class [2027]", "13.class.2027"))
        equal(record(rig, "a")["display_name"], "13_Class [7654321][2026]")


@test
def names_are_not_put_back():
    """a name and an address that were changed in Microsoft 365 stay there, and the record keeps the first ones"""
    with begin() as rig:
        team = create(rig)
        rig.control("teams/" + team["id"], {"name": "Die Vrolike Agtste"})
        _, job = rig.run("sync-learners", SCHOOL, group())
        equal(job["state"], "done", job.get("error"))
        _, job = rig.run("create-team", SCHOOL, group(name="8C"))
        equal(job["state"], "done", job.get("error"))
        equal(rig.team(team["id"])["name"], "Die Vrolike Agtste")
        equal(record(rig)["display_name"], "8B_Class [1234567][2026]")
        equal(record(rig)["mail_nickname"], "8B.class.1234567.2026")


# ---- owners ---------------------------------------------------------------------------------------------


@test
def owners_by_kind():
    """year and registration groups have the chosen owners, teaching groups one teacher too, and SEEMiS's all of them"""
    rows = [("year", "", None, {"head", "office"}), ("registration", "", None, {"head", "office"}),
            ("teaching", "", None, {"head", "office", "teacher1"}),
            ("teaching", "seemis", None, {"head", "office", "teacher1", "teacher2"}),
            ("registration", "", "staff-2", {"head", "office", "teacher2"}),
            ("year", "", "admin-2", {"head", "office"})]
    for target in ("team", "class"):
        with begin(target=target) as rig:
            for i, (kind, source, who, want) in enumerate(rows):
                rig.redis("HSET", rig.key("school:" + SCHOOL), "source", source)
                team = create(rig, group("g%d" % i, "G%d" % i, kind), **({"requested_by": who} if who else {}))
                equal((owners(team), members(team)), (want, want), "%s %s %s" % (target, kind, source))


@test
def whoever_presses_the_button():
    """somebody who is on no list and presses the button is an owner by their own address"""
    with begin(users=[address("visitor")], target="class") as rig:
        team = create(rig, requested_by="staff-77", options={"owner": address("visitor")})
        equal(owners(team), {"visitor", "head", "office"})


@test
def later_owners():
    """owners chosen later are for new classes alone, and an owner added by hand stays"""
    with begin(users=[address("assistant")]) as rig:
        team = create(rig)
        rig.redis("HSET", rig.key("school:" + SCHOOL), "extra_owners", json.dumps(ADMINS[:1]))
        rig.control("teams/" + team["id"], {"add_owners": [address("assistant")]})
        for type in ("create-team", "sync-learners"):
            _, job = rig.run(type, SCHOOL, group())
            equal(job["state"], "done", job.get("error"))
        equal(owners(rig.team(team["id"])), {"head", "office", "assistant"})
        equal(owners(create(rig, group("g2", "9C"))), {"head"})


@test
def nobody_to_own_it():
    """a class of which nobody has an account is not made: no class is ever without an owner"""
    with begin(target="class", extra_owners="[]") as rig:
        strangers = [{"id": "s", "name": "S", "email": "stranger@nowhere.example"}]
        _, job = rig.run("create-team", SCHOOL, group(teachers=strangers))
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        _, job = rig.run("create-team", SCHOOL, group(teachers=[]))
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        equal(rig.ledger(), [])


@test
def owners_one_by_one():
    """where Microsoft does not take the owners together they are made owners one by one, until it lists them"""
    with begin(target="class") as rig:
        rig.fault({"method": "PATCH", "path": "/groups/*"}, {"status": 400, "code": "Request_BadRequest"})
        rig.fault({"method": "POST", "path": "/groups/*/owners/$ref", "count": 2},
                  {"status": 404, "code": "Request_ResourceNotFound"})
        team = create(rig)
        equal((owners(team), members(team)), ({"head", "office"}, {"head", "office"}))


# ---- a class alone, and its Team -------------------------------------------------------------------------


@test
def a_class_alone():
    """class only: a class with owners and no Team, on record as such; asked for again it is left as it is"""
    with begin(target="class") as rig:
        team = create(rig, priority="background")
        check(team["class"] and not team["team"], "a class and no Team: %s" % team)
        r = record(rig)
        equal((r["is_team"], r["team_id"], r.get("web_url", ""), r["status"]), ("0", team["id"], "", "pending"))
        before = len(rig.ledger())
        _, job = rig.run("create-team", SCHOOL, group(), priority="background")
        equal((job["state"], job["team_id"]), ("done", team["id"]))
        equal(len(rig.ledger()), before)
        equal([c["what"] for c in rig.ledger("group_created", "team_created")], ["group_created"])


@test
def the_team_of_a_class():
    """Create Team makes the Team of the class once Teams knows of it, locked until its teacher presses Activate"""
    with begin(target="class") as rig:
        rig.control("scenario", {"settings": {"replicate_ms": 60000, "operation_ms": 2000}})
        first = create(rig, priority="background")
        team = create(rig, requested_by="staff-1")
        equal((team["id"], team["team"], team["locked"]), (first["id"], True, True))
        r = record(rig)
        equal((r["is_team"], r["status"]), ("1", "pending"))
        check(r["web_url"].startswith("https://"), "a link")
        has(r["note"], "Activate")
        equal(owners(team), {"head", "office", "teacher1"})
        equal(rig.stats()["by_status"].get("404", 0) > 0, True, "it was asked for too early")
        _, job = rig.run("sync-learners", SCHOOL, group())
        equal((job["state"], job["error_code"]), ("failed", "team_locked"))
        rig.control("teams/" + team["id"], {"locked": False})
        _, job = rig.run("sync-learners", SCHOOL, group())
        equal((job["state"], job["added"]), ("done", "3"), job.get("error"))
        check("note" not in record(rig), "nothing waits any more")
        equal(len(rig.ledger("team_created")), 1)


@test
def made_a_team_by_hand():
    """a class of which its teacher made a Team in Teams is noticed to be one"""
    with begin(target="class") as rig:
        team = create(rig)
        rig.control("teams/" + team["id"], {"make_team": True})
        _, job = rig.run("check-team", SCHOOL, {"id": "reg-8B"})
        equal(job["state"], "done", job.get("error"))
        r = record(rig)
        equal(r["is_team"], "1")
        check(r["web_url"].startswith("https://"), "a link")


@test
def never_two_classes():
    """an order whose reply is lost, and a worker that dies after it, make one class and no second"""
    with begin(target="class") as rig:
        rig.fault({"method": "POST", "path": "/education/classes", "nth": 1}, {"cut_after_effect": True})
        team = create(rig)
        equal(len(rig.ledger("group_created")), 1)
        equal(owners(team), {"head", "office"})
    with begin(target="class", worker=False) as rig:
        worker = rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
        rig.fault({"method": "POST", "path": "/education/classes", "nth": 1}, {"delay_ms": 1500})
        id = rig.push("create-team", SCHOOL, group())
        wait_for(lambda: rig.ledger("group_created"), 20)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        rig.start_worker(name="second", ROLLCALL_QUEUE_LEASE_MS="1000")
        job = rig.ended(id)
        equal(job["state"], "done", job.get("error"))
        equal(len(rig.ledger("group_created")), 1)
        equal(owners(rig.team(job["team_id"])), {"head", "office"})


@test
def nickname_whatever_dies():
    """a Team gets its nickname though the worker dies meanwhile, keeps Microsoft's where that is not allowed, and is told its real address"""
    with begin(worker=False) as rig:
        worker = rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
        rig.fault({"method": "PATCH", "path": "/groups/*", "nth": 1}, {"delay_ms": 1500, "cut_before_effect": True})
        id = rig.push("create-team", SCHOOL, group())
        wait_for(lambda: rig.stats()["by_route"].get("PATCH /groups/{}"), 20)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        rig.start_worker(name="second", ROLLCALL_QUEUE_LEASE_MS="1000")
        job = rig.ended(id)
        equal(job["state"], "done", job.get("error"))
        equal(rig.team(job["team_id"])["nickname"], "8B.class.1234567.2026")
        equal(len(rig.ledger("team_created")), 1)
    with begin() as rig:
        rig.fault({"method": "PATCH", "path": "/groups/*"}, {"status": 403, "code": "Authorization_RequestDenied"})
        team = create(rig)
        r = record(rig)
        equal((team["name"], r["mail_nickname"], r["address"]),
              ("8B_Class [1234567][2026]", team["nickname"], team["nickname"] + "@school.example"))
        equal(owners(team), {"head", "office"})
    with begin() as rig:
        rig.fault({"method": "GET", "path": "/groups/*"},
                  {"status": 200, "body": {"mailNickname": "8B.class.1234567.2026", "mail": "old@school.example"}})
        create(rig)
        equal(record(rig)["address"], "old@school.example")


@test
def cancelled_between():
    """a job cancelled when its class was just made still gives it its owners"""
    with begin(target="class") as rig:
        rig.fault({"method": "PATCH", "path": "/groups/*", "nth": 1}, {"delay_ms": 800, "status": 500})
        id = rig.push("create-team", SCHOOL, group())
        wait_for(lambda: rig.ledger("group_created"), 20)
        rig.redis("SET", rig.key("cancel:" + id), "staff-1", "EX", 60)
        job = rig.ended(id)
        check(job["state"] in ("cancelled", "done"), job["state"])
        equal(owners(rig.team(record(rig)["team_id"])), {"head", "office"})


@test
def refused_for_certain():
    """an order that Microsoft refused is made anew at once when it is asked for again, and not looked for"""
    with begin(naming="", users=[{"mail": address("new"), "teamsLicensed": False}]) as rig:
        cls = group(teachers=[{"id": "s", "name": "S", "email": address("new")}])
        _, job = rig.run("create-team", SCHOOL, cls)
        equal((job["state"], job["error_code"]), ("failed", "not_licensed"))
        has(job["error"], "licence")
        rig.control("stats", method="DELETE")
        create(rig, dict(cls, teachers=[{"id": "t", "name": "T", "email": address("teacher1")}]))
        check("GET /groups" not in rig.stats()["by_route"], "nothing is looked for")


# ---- what is there already ------------------------------------------------------------------------------------


def forget(rig, id="reg-8B"):
    """As if Rollcall had never heard of the class's Team."""
    rig.redis("DEL", rig.key("class:%s:%s" % (SCHOOL, id)))


def adopt(rig, id="reg-8B", school=SCHOOL, **options):
    _, job = rig.run("adopt-class", school, {"id": id}, requested_by="admin-1", options=options)
    return job


def unmarked(rig):
    """A Team that nobody here has on record, as if it had been made by hand."""
    team = create(rig)
    rig.control("teams/" + team["id"], {"description": ""})
    forget(rig)
    return team["id"]


@test
def adopted():
    """a class takes over what carries its mark, its id in the school, or was named by hand; Microsoft's side stays as it was"""
    for target in ("class", "team"):
        with begin(target=target) as rig:
            team = create(rig)
            by_id = create(rig, group("reg-9C", "9C"))
            forget(rig)
            forget(rig, "reg-9C")
            before = len(rig.ledger())
            equal(adopt(rig)["team_id"], team["id"], target + " by the mark or the id")
            if target == "class":
                rig.control("teams/" + by_id["id"], {"description": ""})
                equal(adopt(rig, "reg-9C")["team_id"], by_id["id"], "by the school's id")
            else:
                rig.control("teams/" + by_id["id"], {"description": "", "name": "Ons klas"})
                equal(adopt(rig, "reg-9C")["error_code"], "team_missing")
                equal(adopt(rig, "reg-9C", group=by_id["id"])["team_id"], by_id["id"], "by hand")
            equal(len(rig.ledger()), before + 1, "changes at Microsoft's, but for the one by hand")
            r = record(rig)
            equal((r["team_id"], r["is_team"], r["status"], r["mail_nickname"], r["display_name"], r["adopted_by"]),
                  (team["id"], "0" if target == "class" else "1", "pending", "8B.class.1234567.2026",
                   "8B_Class [1234567][2026]", "admin-1"))


@test
def not_adopted():
    """what was made for another class stays with that, a class that has its own keeps it, and what is no group is refused"""
    with begin() as rig:
        team = create(rig)
        rig.run("register", SCHOOL, group("reg-9C", "9C"))
        for job, code in ((adopt(rig, "reg-9C", group=team["id"]), "not_permitted"),
                          (adopt(rig, group=team["id"]), "not_permitted"),
                          (adopt(rig, "reg-9C", group="9C"), "bad_envelope"),
                          (adopt(rig, "reg-9C", group="99999999-9999-9999-9999-999999999999"), "team_missing"),
                          (adopt(rig, "reg-9C"), "team_missing")):
            equal((job["state"], job["error_code"]), ("failed", code), job.get("error"))
        rig.control("teams/" + team["id"], {"description": ""})
        job = adopt(rig, "reg-9C", group=team["id"])
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"), "without its mark, but on record")
        has(job["error"], "the Team of the class 8B already")
        check("team_id" not in record(rig, "reg-9C") or not record(rig, "reg-9C")["team_id"], "nothing taken over")


@test
def one_team_two_schools():
    """a Team that a class of another school of the tenant has, made or taken over, is not taken over by a second, until it is let go"""
    other = "blue-hill"
    with begin() as rig:
        rig.school(other, naming="rule", identifier="7", extra_owners=json.dumps(ADMINS))
        rig.run("register", SCHOOL, group("reg-9C", "9C"))
        rig.run("register", other, group("reg-1A", "1A"))
        made = create(rig, group("reg-7D", "7D"))["id"]
        rig.control("teams/" + made, {"description": ""})
        taken = unmarked(rig)
        equal(adopt(rig, "reg-9C", group=taken)["state"], "done")
        for team in (made, taken):
            job = adopt(rig, "reg-1A", other, group=team)
            equal((job["state"], job["error_code"]), ("failed", "not_permitted"), job.get("error"))
            has(job["error"], "the Team of another class already")
            equal(record(rig, "reg-1A", other).get("team_id", ""), "")
            equal(record(rig, "reg-1A", other)["status"], "no_team")
        name = record(rig, "reg-9C")["display_name"]
        _, job = rig.run("delete-class", SCHOOL, {"id": "reg-9C"}, options={"confirm": name})
        equal(job["state"], "done", job.get("error"))
        rig.control("teams/" + taken, {"restore": True})
        job = adopt(rig, "reg-1A", other, group=taken)
        equal((job["state"], record(rig, "reg-1A", other)["team_id"]), ("done", taken), job.get("error"))
        for type, state in (("restore-class", "failed"), ("check-team", "done"), ("create-team", "done")):
            _, job = rig.run(type, SCHOOL, {"id": "reg-9C"}, requested_by="admin-1")
            equal(job["state"], state, type + ": " + job.get("error", ""))
            check(record(rig, "reg-9C")["team_id"] != taken, type + " gives the class another one's Team")
        equal(record(rig, "reg-1A", other)["team_id"], taken)


@test
def one_team_at_once():
    """of two classes of a school that take over one Team at the same time one has it, and the other is told"""
    with begin() as rig:
        team = unmarked(rig)
        ids = ["reg-9C", "reg-9D"]
        for id in ids:
            rig.run("register", SCHOOL, group(id, id[-2:]))
        rig.fault({"method": "GET", "path": "/teams/*"}, {"delay_ms": 1000})
        jobs = [rig.push("adopt-class", SCHOOL, {"id": id}, options={"group": team}) for id in ids]
        equal(sorted(rig.ended(job)["state"] for job in jobs), ["done", "failed"])
        equal(sorted(record(rig, id).get("team_id", "") for id in ids), ["", team])


def taken_and_died(rig, team):
    """As a job leaves it that had taken the Team and was given up before it told of more."""
    rig.redis("HSET", rig.key("class:%s:reg-8B" % SCHOOL), "team_id", team)
    rig.redis("HSET", rig.key("open"), SCHOOL + ":reg-8B adopt-class", json.dumps({"taking": team}))
    rig.redis("ZADD", rig.key("opened"), 99999999999999, SCHOOL + ":reg-8B adopt-class")


@test
def taken_half_way():
    """a taking over that died on its way is gone on with by the next one, and let go when that is cancelled"""
    for cancels in (False, True):
        with begin() as rig:
            team = unmarked(rig)
            rig.run("register", SCHOOL, group())
            taken_and_died(rig, team)
            rig.fault({"method": "GET", "path": "/groups/*"}, {"delay_ms": 1000})
            id = rig.push("adopt-class", SCHOOL, {"id": "reg-8B"})
            if cancels:
                wait_for(lambda: rig.stats()["in_flight"] > 0, 20)
                rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
            job, r = rig.ended(id), record(rig)
            equal((job["state"], r["team_id"]), ("cancelled", "") if cancels else ("done", team), job.get("error"))
            equal(r.get("display_name", ""), "" if cancels else "8B_Class [1234567][2026]")
            equal(rig.redis("HGET", rig.key("teams"), team), None if cancels else SCHOOL + ":reg-8B")


@test
def taken_twice():
    """a taking over that somebody joins with news of the class is done once, and the class keeps its Team though the second round is cancelled"""
    for cancels in (False, True):
        with begin() as rig:
            team = unmarked(rig)
            rig.run("register", SCHOOL, group())
            rig.fault({"method": "GET", "path": "/groups/*"}, {"delay_ms": 1000})
            id = rig.push("adopt-class", SCHOOL, {"id": "reg-8B"}, options={"group": team})
            wait_for(lambda: rig.job(id).get("state") == "running", 20)
            joined = rig.push("adopt-class", SCHOOL, group(), options={"group": team})
            wait_for(lambda: rig.job(joined).get("state") == "joined", 20)
            if cancels:
                wait_for(lambda: "adopted_by" in record(rig), 20, 0)
                rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
            rig.ended(id)
            equal((record(rig)["team_id"], record(rig)["status"]), (team, "pending"))
            if not cancels:
                equal(rig.job(id)["state"], "done")
                equal([h[0] for h in history(rig)].count("team_created"), 2, "made, and taken over")


# ---- deleted, and restored -----------------------------------------------------------------------------------


@test
def delete_by_name():
    """only whoever names a class deletes it; the group stays, and a class can be made of it again"""
    for target in ("class", "team"):
        with begin(target=target) as rig:
            team = create(rig)
            rig.run("sync-learners", SCHOOL, group())
            for options in ({}, {"confirm": "8B"}, {"confirm": "8b_class [1234567][2026]"}):
                _, job = rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, options=options)
                equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
                has(job["error"], "8B_Class [1234567][2026]")
            equal(rig.ledger("group_deleted"), [])
            _, job = rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, requested_by="admin-1",
                             options={"confirm": "8B_Class [1234567][2026]"})
            equal(job["state"], "done", job.get("error"))
            equal(len(rig.ledger("group_deleted")), 1)
            r = record(rig)
            equal((r["team_id"], r["former_team_id"], r["status"], r["deleted_by"], r["restorable"]),
                  ("", team["id"], "no_team", "admin-1", "1"))
            standing = rig.redis.hash(rig.key("class:%s:reg-8B:learners" % SCHOOL))
            equal({json.loads(v)["status"] for v in standing.values()}, {"pending"})
            check(rig.redis("SISMEMBER", rig.key("classes:" + SCHOOL), "reg-8B"), "the group is there")
            again = create(rig)
            check(again["id"] != team["id"], "another class")
            equal(again["nickname"], "8B-2.class.1234567.2026", "its own address is in the bin")
            equal(again["name"], "8B_Class [1234567][2026]")


@test
def delete_what_is_gone():
    """deleting a class that is gone already, or was never made, is done"""
    with begin(target="class") as rig:
        team = create(rig)
        rig.control("teams/" + team["id"], {"delete": True})
        name = {"confirm": "8B_Class [1234567][2026]"}
        for _ in range(2):
            _, job = rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, options=name)
            equal(job["state"], "done", job.get("error"))
        equal(record(rig)["former_team_id"], team["id"])


@test
def restored():
    """a class that was deleted comes back from the bin with its name, its address and its people"""
    for target in ("class", "team"):
        with begin(target=target) as rig:
            team = create(rig)
            rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, options={"confirm": "8B_Class [1234567][2026]"})
            _, job = rig.run("restore-class", SCHOOL, {"id": "reg-8B"})
            equal((job["state"], job["team_id"]), ("done", team["id"]), job.get("error"))
            r = record(rig)
            equal((r["team_id"], r["status"], r["mail_nickname"], r["address"]),
                  (team["id"], "pending", "8B.class.1234567.2026", "8B.class.1234567.2026@school.example"))
            check("restorable" not in r and "deleted_at" not in r and not r.get("former_team_id"), "nothing of the bin")
            equal(r.get("is_team", "1"), "0" if target == "class" else "1")
            equal(owners(rig.team(team["id"])), {"head", "office"})
            _, job = rig.run("restore-class", SCHOOL, {"id": "reg-8B"})
            equal(job["state"], "done", "again (%s)" % job.get("error"))


@test
def deleted_by_hand():
    """a deletion in Microsoft 365 is noticed with whether it can be restored, and what is purged cannot be"""
    for target in ("class", "team"):
        with begin(scale=500, target=target) as rig:
            team = create(rig)
            rig.control("teams/" + team["id"], {"delete": True})
            rig.control("clock", {"advance_ms": 1000000})
            rig.redis("HSET", rig.key("class:%s:reg-8B" % SCHOOL), "team_made_at", "1")
            _, job = rig.run("check-team", SCHOOL, {"id": "reg-8B"})
            equal(job["state"], "done", job.get("error"))
            r = record(rig)
            equal((r["team_id"], r["former_team_id"], r["restorable"]), ("", team["id"], "1"))
            rig.control("teams/" + team["id"], {"purge": True})
            _, job = rig.run("restore-class", SCHOOL, {"id": "reg-8B"})
            equal((job["state"], job["error_code"]), ("failed", "team_missing"))
            equal(record(rig)["restorable"], "0")


def history(rig):
    """What happened, with whom it happened to: names and addresses are not in it."""
    entries = [dict(zip(e[1][::2], e[1][1::2])) for e in rig.redis("XRANGE", rig.key("history:" + SCHOOL), "-", "+")]
    return [(e["what"], e["class"], e.get("by", ""), e.get("detail", "")) for e in entries
            if e["what"] not in ("enrolled", "left")]


@test
def on_record():
    """the history has who made a class, owned it, deleted, restored and took it over, each once"""
    with begin(target="class") as rig:
        team = create(rig, requested_by="admin-1")
        rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, requested_by="admin-2",
                options={"confirm": "8B_Class [1234567][2026]"})
        rig.run("restore-class", SCHOOL, {"id": "reg-8B"}, requested_by="admin-1")
        create(rig, requested_by="staff-1")
        forget(rig)
        adopt(rig, group=team["id"])
        equal(history(rig), [
            ("class_created", "reg-8B", "admin-1", ""), ("owner_added", "reg-8B", "admin-1", ""),
            ("owner_added", "reg-8B", "admin-1", ""), ("deleted", "reg-8B", "admin-2", ""),
            ("restored", "reg-8B", "admin-1", ""), ("team_created", "reg-8B", "staff-1", ""),
            ("owner_added", "reg-8B", "staff-1", ""), ("team_created", "reg-8B", "admin-1", "adopted")])


DELETE = ("DELETE /groups/{}", {"method": "DELETE", "path": "/groups/*"})
RESTORE = ("POST /directory/deletedItems/{}/restore", {"method": "POST", "path": "/directory/deletedItems/*/restore"})
NAMED = {"confirm": "8B_Class [1234567][2026]"}


def cancelled_with(rig, type, call, effect, kills, **options):
    """A job cancelled when Microsoft was asked and has not answered; effect: what came of it. kills: its worker dies, too."""
    route, match = call
    rig.fault(match, dict({"delay_ms": 1500}, **({} if effect else {"cut_before_effect": True})))
    id = rig.push(type, SCHOOL, {"id": "reg-8B"}, requested_by="admin-1", options=options)
    wait_for(lambda: rig.ledger(effect) if effect else rig.stats()["by_route"].get(route), 20)
    rig.redis("SET", rig.key("cancel:" + id), "admin-1", "EX", 1000)
    if kills:
        rig.workers[0].send_signal(signal.SIGKILL)
        rig.workers[0].wait()
        rig.start_worker(name="second", ROLLCALL_QUEUE_LEASE_MS="1000")
    return rig.ended(id)


@test
def cancelled_too_late():
    """a deletion or restoring that is cancelled while Microsoft is asked is on record as it happened, though the worker dies"""
    for kills in (False, True):
        for target in ("class", "team"):
            with begin(target=target, worker=False) as rig:
                rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
                team = create(rig)
                rig.run("sync-learners", SCHOOL, group())
                where = "%s, killed: %s" % (target, kills)
                job = cancelled_with(rig, "delete-class", DELETE, "group_deleted", kills, **NAMED)
                r = record(rig)
                equal((job["state"], job.get("cancelled_by", "")), ("done", ""), where)
                equal((r["team_id"], r["former_team_id"], r["status"], r["deleted_by"], r["restorable"]),
                      ("", team["id"], "no_team", "admin-1", "1"), where)
                standing = rig.redis.hash(rig.key("class:%s:reg-8B:learners" % SCHOOL))
                equal({json.loads(v)["status"] for v in standing.values()}, {"pending"}, where)
                equal([h[0] for h in history(rig)].count("deleted"), 1, where)
        with begin(worker=False) as rig:
            rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
            team = create(rig)
            equal(rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, options=NAMED)[1]["state"], "done")
            job = cancelled_with(rig, "restore-class", RESTORE, "group_restored", kills)
            r = record(rig)
            equal((job["state"], r["team_id"], r["status"], r["mail_nickname"]),
                  ("done", team["id"], "pending", "8B.class.1234567.2026"), "killed: %s" % kills)
            check("restorable" not in r and "deleted_at" not in r, "nothing of the bin")
            equal([h[0] for h in history(rig)].count("restored"), 1)


@test
def cancelled_and_nothing_happened():
    """a deletion or restoring that is cancelled, and whose worker died before it reached Microsoft, is cancelled and changed nothing"""
    with begin(worker=False) as rig:
        rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
        team = create(rig)
        equal(cancelled_with(rig, "delete-class", DELETE, None, True, **NAMED)["state"], "cancelled")
        r = record(rig)
        equal((r["team_id"], r["status"], rig.ledger("group_deleted")), (team["id"], "pending", []))
        check("deleted_at" not in r and "restorable" not in r, "nothing of the bin")
    with begin(worker=False) as rig:
        rig.start_worker(ROLLCALL_QUEUE_LEASE_MS="1000")
        team = create(rig)
        rig.run("delete-class", SCHOOL, {"id": "reg-8B"}, options=NAMED)
        equal(cancelled_with(rig, "restore-class", RESTORE, None, True)["state"], "cancelled")
        r = record(rig)
        equal((r["team_id"], r["former_team_id"], r["restorable"], rig.ledger("group_restored")),
              ("", team["id"], "1", []))


@test
def nothing_goes_by_itself():
    """a group that leaves the roster, and a lifetime that is over, delete nothing"""
    with begin(target="class") as rig:
        create(rig, options={"lifetime": "2020-01-01"})
        rig.run("register", SCHOOL, group(), options={"active": False})
        rig.run("check-team", SCHOOL, {"id": "reg-8B"})
        equal(rig.ledger("group_deleted"), [])
        equal(record(rig)["is_team"], "0")


@test
def a_rehearsal():
    """a dry run says what would be made, deleted or restored, and nothing is"""
    with begin(target="class") as rig:
        _, job = rig.run("create-team", SCHOOL, group(), options={"dry_run": True})
        equal(job["state"], "done")
        has(job["message"], "a class named", "8B_Class [1234567][2026]")
        equal(rig.redis("EXISTS", rig.key("nickname:" + SCHOOL)), 0)
        create(rig)
        _, job = rig.run("delete-class", SCHOOL, {"id": "reg-8B"},
                         options={"dry_run": True, "confirm": "8B_Class [1234567][2026]"})
        has(job["message"], "would be deleted")
        has_not(job["message"], "was deleted")
        equal(rig.ledger("group_deleted"), [])


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
