"""Part 5: members of teams."""
from kit import SMALL, check, entry, same, true


def one(number):
    return "learner%03d@school.example" % number


@check("5.1 the member list has roles, ids, addresses and the type")
def _(e):
    team = e.new_team()
    e.add(team, one(1))
    members = e.members(team)
    same(members["teacher@school.example"]["roles"], ["owner"])
    m = members[one(1)]
    same((m["@odata.type"], m["roles"], m["userId"]),
         ("#microsoft.graph.aadUserConversationMember", [], e.user_id(one(1))))
    true(m["id"] and m["tenantId"] and m["displayName"], "the rest is there")


@check("5.1 members come in pages of 100, at most 999, each of them once")
def _(e):
    team = e.new_team()
    e.add(team, *[one(i) for i in range(1, 151)])
    a = e.get("/teams/%s/members" % team).json
    same(len(a["value"]), 100)
    b = e.get(a["@odata.nextLink"][len(e.base) + 5:]).json
    same((len(b["value"]), "@odata.nextLink" in b), (51, False))
    same(len({m["id"] for m in a["value"] + b["value"]}), 151)
    same(e.get("/teams/%s/members?$top=1000" % team).status, 400)


@check("5.1 small pages can be forced")
def _(e):
    team = e.new_team()
    e.add(team, *[one(i) for i in range(1, 6)])
    e.scenario(settings={"page_size": 2})
    sizes, path = [], "/teams/%s/members?$top=999" % team
    while path:
        a = e.get(path).json
        sizes.append(len(a["value"]))
        path = a.get("@odata.nextLink", "")[len(e.base) + 5:]
    same(sizes, [2, 2, 2])


@check("5.1 members can be filtered by userId, not by roles")
def _(e):
    team = e.new_team()
    e.add(team, one(1), one(2))
    query = "/teams/%s/members?$filter=(microsoft.graph.aadUserConversationMember/%s%%20eq%%20'%s')"
    a = e.get(query % (team, "userId", e.user_id(one(2))))
    same([m["email"] for m in a.json["value"]], [one(2)])
    same(e.get(query % (team, "roles", "owner")).status, 400)


@check("5.2 adding one is 201 with the member, again is 201 and changes nothing")
def _(e):
    team = e.new_team()
    first = e.post("/teams/%s/members" % team, entry(one(1)))
    second = e.post("/teams/%s/members" % team, entry(e.user_id(one(1))))
    same((first.status, second.status), (201, 201))
    same(first.json["id"], second.json["id"])
    same(len(e.ledger("member_added")), 1)


@check("5.2 adding one without @odata.type is 400")
def _(e):
    team = e.new_team()
    body = entry(one(1))
    del body["@odata.type"]
    a = e.post("/teams/%s/members" % team, body)
    same(a.status, 400)
    true("'odata.type' must be specified" in a.json["error"]["message"], "the message says so")


@check("5.2 an unknown, disabled or Teams-blocked user is 404")
def _(e):
    e.quiet()
    team = e.new_team()
    for who in ("nobody@school.example", "disabled@school.example", "blocked@school.example"):
        same(e.post("/teams/%s/members" % team, entry(who)).status, 404, who)


@check("5.2 a guest cannot be added app-only: 403")
def _(e):
    e.quiet()
    team = e.new_team()
    guest = e.users({"$filter": "mail eq 'guest@elsewhere.example'"}).json["value"][0]["id"]
    a = e.post("/teams/%s/members" % team, entry(guest))
    same((a.status, a.code), (403, "Forbidden"))
    a = e.add(team, guest, one(1))
    same((a.status, a.json["value"][0]["error"]["code"]), (207, "Forbidden"))


@check("5.3 members/add of many is 200, one result each, in the order asked")
def _(e):
    team = e.new_team()
    people = [one(i) for i in (5, 3, 9)]
    a = e.add(team, *people)
    same(a.status, 200)
    same([r["userId"] for r in a.json["value"]], [e.user_id(p) for p in people])
    same({r["error"] for r in a.json["value"]}, {None})
    same(a.json["value"][0]["@odata.type"], "#microsoft.graph.aadUserConversationMemberResult")
    same([x["mail"] for x in e.ledger("member_added")], people)


@check("5.3 members/add takes 200 and refuses 201 and none")
def _(e):
    e.quiet()
    team = e.new_team()
    same(e.add(team, *[one(i) for i in range(1, 201)]).status, 200)
    same(e.add(team, *[one(i) for i in range(1, 202)]).status, 400)
    same(e.add(team).status, 400)
    same(len(e.members(team)), 201)


@check("5.3 one unknown person is 207 with NotFound for that one, the others get in")
def _(e):
    team = e.new_team()
    a = e.add(team, one(1), "99999999-9999-9999-9999-999999999999", one(2))
    same(a.status, 207)
    same([r["error"] and r["error"]["code"] for r in a.json["value"]], [None, "NotFound", None])
    same(a.json["value"][1]["userId"], "99999999-9999-9999-9999-999999999999")
    same(set(e.members(team)), {"teacher@school.example", one(1), one(2)})


@check("5.3 people who are in already come back without error and without effect")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, one(1))
    a = e.add(team, one(1), one(2), one(2))
    same((a.status, len(a.json["value"])), (200, 3))
    same([x["mail"] for x in e.ledger("member_added")], [one(1), one(2)])


@check("5.3 a fault: the whole call is 404 when one is unknown, and nobody gets in")
def _(e):
    team = e.new_team()
    e.scenario(settings={"whole_404": True})
    same(e.add(team, one(1), "nobody@school.example").status, 404)
    same(e.ledger("member_added"), [])


@check("5.3 a fault: 502 for the whole call, before or after the effect")
def _(e):
    e.quiet()
    team = e.new_team()
    e.scenario([{"match": {"path": "/teams/*/members/add", "nth": 1}, "do": {"status": 502}},
                {"match": {"path": "/teams/*/members/add", "nth": 2},
                 "do": {"status": 502, "after_effect": True}}])
    a = e.add(team, one(1))
    same((a.status, a.code, len(e.ledger("member_added"))), (502, "BadGateway", 0))
    same((e.add(team, one(1)).status, len(e.ledger("member_added"))), (502, 1))


@check("5.3 a fault: 207 without a body")
def _(e):
    team = e.new_team()
    e.scenario(settings={"no_body": True})
    a = e.add(team, one(1), "nobody@school.example")
    same((a.status, a.body), (207, b""))
    true(one(1) in e.members(team), "the effect is there")


@check("5.3 a fault: chosen people are refused, by address or id")
def _(e):
    team = e.new_team()
    e.scenario(settings={"fail_users": [one(2), e.user_id(one(3))],
                         "fail_error": {"code": "Forbidden", "message": "no"}})
    a = e.add(team, one(1), one(2), one(3))
    same([r["error"] and r["error"]["code"] for r in a.json["value"]], [None, "Forbidden", "Forbidden"])


@check("5.4 members/remove of members is 204")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, one(1), one(2), one(3))
    a = e.remove(team, one(1), e.user_id(one(3)))
    same((a.status, a.body), (204, b""))
    same(set(e.members(team)), {"teacher@school.example", one(2)})
    same(len(e.ledger("member_removed")), 2)


@check("5.4 members/remove of somebody who is not in is 207 with NotFound")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, one(1))
    a = e.remove(team, one(1), one(2))
    same(a.status, 207)
    same([r["error"] and r["error"]["message"] for r in a.json["value"]], [None, "Could not find resource"])


@check("5.4 members/remove takes 20 and refuses 21")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, *[one(i) for i in range(1, 31)])
    same(e.remove(team, *[one(i) for i in range(1, 22)]).status, 400)
    same(e.remove(team, *[one(i) for i in range(1, 21)]).status, 204)


@check("5.4 DELETE of one membership is 204, again it is 404")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, one(1))
    path = "/teams/%s/members/%s" % (team, e.members(team)[one(1)]["id"])
    same((e.delete(path).status, e.delete(path).status), (204, 404))


@check("5.4 the last owner cannot be removed")
def _(e):
    e.quiet()
    team = e.new_team()
    owner = e.members(team)["teacher@school.example"]["id"]
    a = e.delete("/teams/%s/members/%s" % (team, owner))
    same(a.status, 400)
    true("must have at least one owner" in a.json["error"]["message"], "it says why")
    same(e.remove(team, "teacher@school.example").status, 207)
    same(e.patch("/teams/%s/members/%s" % (team, owner), entry("x", [])).status, 400)


@check("5.4 PATCH makes an owner of a member and a member of an owner")
def _(e):
    e.quiet()
    team = e.new_team()
    e.add(team, "second@school.example")
    path = "/teams/%s/members/%s" % (team, e.members(team)["second@school.example"]["id"])
    kind = "#microsoft.graph.aadUserConversationMember"
    a = e.patch(path, {"@odata.type": kind, "roles": ["owner"]})
    same((a.status, a.json["roles"]), (200, ["owner"]))
    same(e.patch(path, {"@odata.type": kind, "roles": []}).json["roles"], [])
    same([x["role"] for x in e.ledger("role_changed")], ["owner", "member"])


@check("5.2 added members can be made invisible for a while, and are there all the same")
def _(e):
    e.quiet()
    team = e.new_team()
    e.scenario(settings={"members_invisible_ms": 5000})
    same(e.add(team, one(1)).status, 200)
    true(one(1) not in e.members(team), "not listed yet")
    same(e.add(team, one(1)).status, 200)
    same(len(e.ledger("member_added")), 1)
    e.advance(5001)
    true(one(1) in e.members(team), "listed now")


@check("3.5 a locked team refuses learners with OperationDeniedAsTeamIsLocked, not owners")
def _(e):
    e.quiet()
    e.scenario([{"match": {"path": "/teams", "method": "POST"}, "do": {"locked": True}}])
    team = e.new_team()
    same(e.get("/teams/" + team).json["isMembershipLimitedToOwners"], True)
    for a in (e.post("/teams/%s/members" % team, entry(one(1))), e.add(team, one(1))):
        same((a.status, a.code), (403, "OperationDeniedAsTeamIsLocked"))
    same(e.post("/teams/%s/members" % team, entry("second@school.example", ["owner"])).status, 201)
    same(e.patch("/teams/" + team, {"isMembershipLimitedToOwners": False}).status, 204)
    same(e.add(team, one(1)).status, 200)


@check("3.1 a team made by template is not locked")
def _(e):
    same(e.get("/teams/" + e.new_team()).json["isMembershipLimitedToOwners"], False)


@check("5.1 one tenant cannot see or change the team of another")
def _(e):
    team = e.new_team()
    same(e.get("/teams/%s/members" % team, token=e.token(SMALL)).status, 404)
    same(e.add(team, "head@small.example", token=e.token(SMALL)).status, 404)
