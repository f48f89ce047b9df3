#!/usr/bin/env python3
"""The ladder: by what a learner's account is found, and that nobody is ever guessed."""
import collections
import csv
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import TENANT, Skip, Suite, address, check, class_of, equal, learners, start  # noqa: E402

test = Suite()
CLASS = "class:green-hill:8B-2026"


def run(rig, type, cls, **more):
    id, record = rig.run(type, "green-hill", cls, requested_by="staff-1", **more)
    equal(record["state"], "done", "%s (%s)" % (type, record.get("error")))
    return id, record


def with_a_team(*users, **more):
    rig = start(users=users, **more)
    rig.made = run(rig, "create-team", class_of(0))[1]["team_id"]
    return rig


def user(name, **more):
    return dict({"mail": address(name), "displayName": name.replace(".", " ").title()}, **more)


def learner(id, name, email="", **more):
    return dict({"id": id, "name": name, "email": email}, **more)


def outcomes(rig, id):
    return {r["learner"]: r["outcome"] + (":" + r["reason"] if r["reason"] else "") for r in rig.rows(id)}


def sync(rig, *people, **more):
    return run(rig, "sync-learners", class_of(0, learners=list(people)), **more)[0]


def members(rig):
    return {m["mail"] for m in rig.team(rig.made)["members"] if not m["owner"]}


def known(rig):
    kept = rig.redis.hash(rig.key(CLASS + ":learners"))
    return {id: json.loads(text) for id, text in kept.items()}


@test
def every_rung():
    """mail, sign-in name, alias, mapped domain, username and employeeId each find their account"""
    people = [user("by.mail"), user("by.name", mail=None, userPrincipalName=address("by.name")),
              user("by.alias", proxyAddresses=["SMTP:" + address("by.alias"), "smtp:" + address("old.alias")]),
              user("by.domain"), user("by.username"), user("by.number", employeeId="0017")]
    with with_a_team(*people) as rig:
        rig.school("green-hill", domain_map=json.dumps({"old.example": "school.example"}),
                   student_domain="school.example")
        id = sync(rig, learner("1", "By Mail", address("by.mail")), learner("2", "By Name", address("by.name")),
                  learner("3", "By Alias", address("old.alias")), learner("4", "By Domain", "By.Domain@Old.Example"),
                  learner("5", "By Username", "", username="by.username"),
                  learner("6", "Number, By", "", employee_id="0017"))
        equal(outcomes(rig, id), dict.fromkeys("123456", "added"))
        equal(members(rig), {p["mail"] for p in people if p["mail"]} | {None})
        equal([known(rig)[str(n)].get("matched") for n in range(1, 7)],
              [None, None, None, address("by.domain"), address("by.username"), "employee:0017"])


@test
def known_by_any_rung():
    """who was found on any rung is known from then on: the next night asks for the member list and nothing else"""
    people = [user("by.domain"), user("by.number", employeeId="0017"), user("by.hand")]
    with with_a_team(*people) as rig:
        rig.school("green-hill", domain_map=json.dumps({"old.example": "school.example"}))
        rig.redis("HSET", rig.key("matches:green-hill"), "3", json.dumps({"address": address("by.hand")}))
        cls = [learner("1", "By Domain", "by.domain@old.example"), learner("2", "Number By", "", employee_id="0017"),
               learner("3", "Somebody Else")]
        equal(set(outcomes(rig, sync(rig, *cls)).values()), {"added"})
        rig.control("stats", method="DELETE")
        equal(set(outcomes(rig, sync(rig, *cls)).values()), {"already_member"})
        equal(rig.stats()["graph_requests"], 1)


@test
def a_number_alone_is_no_match():
    """an account of the same number but another name is nobody's: numbers of staff and learners may be the same"""
    with with_a_team(user("nomsa.dlamini", employeeId="17"), user("twice.one", employeeId="18"),
                     user("twice.two", employeeId="18")) as rig:
        id = sync(rig, learner("1", "Thabo Mokoena", "", employee_id="17"),
                  learner("2", "Twice One", "", employee_id="18"), learner("3", "Nobody", "", employee_id="99"),
                  learner("4", "Nomsa Botha", "", employee_id="17"))
        equal(outcomes(rig, id), {"1": "unresolved:other_name", "2": "unresolved:ambiguous_account",
                                  "3": "unresolved:no_account", "4": "unresolved:other_name"})
        equal(members(rig), set())


@test
def the_best_rung_decides():
    """the first rung that finds anybody decides; several accounts on it are nobody's, whatever a lower rung says"""
    people = [user("one"), user("mapped"), user("two.a", proxyAddresses=["smtp:" + address("shared")]),
              user("two.b", proxyAddresses=["smtp:" + address("shared")]), user("two.number", employeeId="5")]
    with with_a_team(*people) as rig:
        id = sync(rig, learner("1", "One", address("one"), username=address("mapped")),
                  learner("2", "Two Number", address("shared"), employee_id="5"))
        equal(outcomes(rig, id), {"1": "added", "2": "unresolved:ambiguous_account"})
        equal(members(rig), {address("one")})


@test
def an_override():
    """what somebody said by hand comes before everything else, resolves what is ambiguous, and ends when it is taken back"""
    people = [user("family"), user("brother"), user("sister"), user("wrong")]
    with with_a_team(*people) as rig:
        cls = [learner("1", "Brother", address("family")), learner("2", "Sister", address("family")),
               learner("3", "Wrong", address("wrong"))]
        equal(outcomes(rig, sync(rig, *cls)), {"1": "unresolved:ambiguous_account", "2": "unresolved:ambiguous_account",
                                                "3": "added"})
        rig.redis("HSET", rig.key("matches:green-hill"), "1", json.dumps({"address": address("brother")}),
                  "2", json.dumps({"address": address("sister")}), "3", json.dumps({"user_id": "no-such-id"}))
        id = sync(rig, *cls)
        equal(outcomes(rig, id)["1"], "added")
        equal(outcomes(rig, id)["2"], "added")
        equal(outcomes(rig, id)["3"], "unresolved:no_account")
        equal(members(rig), {address("brother"), address("sister"), address("wrong")})
        rig.redis("HDEL", rig.key("matches:green-hill"), "3")
        equal(outcomes(rig, sync(rig, *cls)), dict.fromkeys("123", "already_member"))


@test
def another_account():
    """a learner who is said to have another account leaves the old one and gets the new one in one run (13.7)"""
    with with_a_team(user("right")) as rig:
        cls = [learner("1", "Learner 1", address("learner1"))] + learners(9, first=2)
        sync(rig, *cls)
        rig.redis("HSET", rig.key("matches:green-hill"), "1", json.dumps({"address": address("right")}))
        id = sync(rig, *cls)
        equal(outcomes(rig, id)["1"], "added")
        equal(sorted(r["outcome"] for r in rig.rows(id) if not r["learner"]), ["removed"])
        equal(members(rig), {address("right")} | {x["email"] for x in cls[1:]})


@test
def a_recreated_account():
    """a learner whose account was deleted and made again under the same address is found again, without a word of the old one"""
    with with_a_team(user("thabo")) as rig:
        cls = [learner("1", "Thabo", address("thabo"))]
        before = rig.rows(sync(rig, *cls))[0]["user_id"]
        rig.control("people", {"user": address("thabo"), "delete": True})
        rig.control("people", {"tenant": TENANT,
                               "create": {"id": "0b2c3d4e-1111-2222-3333-444455556666", "mail": address("thabo"),
                                          "displayName": "Thabo"}})
        row = rig.rows(sync(rig, *cls))[0]
        equal((row["outcome"], row["user_id"]), ("added", "0b2c3d4e-1111-2222-3333-444455556666"))
        check(row["user_id"] != before)


@test
def a_new_portal_id():
    """a learner who gets another id in the portal keeps the membership: nobody is taken out and put in again"""
    with with_a_team() as rig:
        sync(rig, *learners(10))
        new = [dict(x, id="N" + x["id"]) for x in learners(10)]
        id = sync(rig, *new)
        equal(set(outcomes(rig, id).values()), {"already_member"})
        equal(rig.ledger("member_removed"), [])
        equal(set(known(rig)), {x["id"] for x in new})


@test
def requests():
    """a fresh class of 31 whose addresses have to be mapped takes five requests, and the fifth is for aliases alone"""
    with with_a_team(n=40) as rig:
        rig.school("green-hill", domain_map=json.dumps({"old.example": "school.example"}))
        cls = [dict(x, email=x["email"].replace("school", "old")) for x in learners(31)]
        rig.control("stats", method="DELETE")
        equal(set(outcomes(rig, sync(rig, *cls)).values()), {"added"})
        stats = rig.stats()
        check(stats["http_requests"] <= 5, "at most five: %s" % stats["by_route"])
        return "%d requests" % stats["http_requests"]


# ---- a directory and a roster that nobody here wrote ------------------------------------------

OEA = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, "shared", "data", "oea-insights-roster")


def rows(name):
    if not os.path.isdir(OEA):
        raise Skip("../shared/data is not there")
    with open(os.path.join(OEA, name + ".csv"), newline="", encoding="utf-8-sig") as f:
        return list(csv.reader(f))


def dashed(id):
    """One of the three forms that the set writes ids in, as the directory writes them."""
    h = id.replace("-", "").lower()
    return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def oea_users():
    return [{"id": dashed(r[0]), "displayName": r[2], "mail": r[6]} for r in rows("AadUser")]


def oea_classes():
    """Section -> learners, as the roster has them, with a teacher so that there can be a Team."""
    mail = {r[3]: r[1] for r in rows("PersonEmailAddress")}
    people = {r[0]: learner(r[0], "%s %s" % (r[3], r[8]), mail[r[0]]) for r in rows("Person")}
    classes = collections.defaultdict(list)
    for r in rows("Enrollment"):
        classes[dashed(r[7])].append(people[r[5]])
    return {id: class_of(0, id=id, name="Section", learners=there) for id, there in classes.items()}


def oea_members():
    section = {dashed(r[0]): dashed(r[7]) for r in rows("AadGroup")}
    members = collections.defaultdict(list)
    for r in rows("AadGroupMembership"):
        members[section[dashed(r[0])]].append(dashed(r[4]))
    return members


def all_done(rig, ids):
    records = [rig.ended(id) for id in ids]
    equal({r["state"] for r in records}, {"done"}, "states")
    return records


def sums(records):
    return {n: sum(int(r[n]) for r in records) for n in ("already_member", "added", "unresolved", "failed", "removed")}


@test
def a_real_directory():
    """600 learners whose roster has another domain than the directory: with a mapping 599 match, the odd one is named and not removed, and an override mends it"""
    classes, members = oea_classes(), oea_members()
    with start(n=0, users=oea_users(), scale=2000, ROLLCALL_QUEUE_PER_SCHOOL="20") as rig:
        made = all_done(rig, [rig.push("create-team", "green-hill", dict(c, learners=[])) for c in classes.values()])
        for id, record in zip(classes, made):
            rig.control("teams/" + record["team_id"], {"add": members[id]})
        rig.school("green-hill", domain_map=json.dumps({"contoso.edu": "contoso.org"}))
        ids = [rig.push("sync-learners", "green-hill", c, priority="background") for c in classes.values()]
        got = sums(all_done(rig, ids))
        odd = {(r["learner"], r["name"], r["reason"]) for id in ids for r in rig.rows(id) if r["outcome"] == "unresolved"}
        matched = {r["learner"] for id in ids for r in rig.rows(id) if r["outcome"] == "already_member"}
        equal((len(matched), len(odd)), (599, 1))
        (learner_id, name, reason), = odd
        equal((name, reason), ("Travis O'Connor", "no_account"))
        equal((got["already_member"] + got["unresolved"], got["added"], got["failed"], got["removed"]), (3600, 0, 0, 0))
        account = next(u["id"] for u in oea_users() if u["displayName"] == "Travis O'Connor")
        rig.redis("HSET", rig.key("matches:green-hill"), learner_id, json.dumps({"user_id": account}))
        rig.control("stats", method="DELETE")
        ids = [rig.push("sync-learners", "green-hill", {"id": c}, priority="background") for c in classes]
        equal(sums(all_done(rig, ids)), {"already_member": 3600, "added": 0, "unresolved": 0, "failed": 0, "removed": 0})
        equal(rig.ledger("member_removed"), [])
        return "%d requests for %d classes" % (rig.stats()["http_requests"], len(classes))


@test
def without_a_mapping():
    """the same roster without a mapping matches nobody, and takes nobody out"""
    classes, members = oea_classes(), oea_members()
    id, cls = max(classes.items(), key=lambda pair: len(pair[1]["learners"]))
    with start(n=0, users=oea_users()) as rig:
        _, record = run(rig, "create-team", dict(cls, learners=[]))
        rig.control("teams/" + record["team_id"], {"add": members[id]})
        job, record = run(rig, "sync-learners", cls)
        equal((int(record["unresolved"]), record["removed"]), (len(cls["learners"]), "0"))


sys.exit(test.main(sys.argv[1:]))
