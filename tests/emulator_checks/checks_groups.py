"""Parts 3.3 to 3.5 and 5.5: groups, classes, and teams made of them."""
from kit import GRAPH, SMALL, check, same, team_body, true


def group(e, name="Plain", nickname="plain", **more):
    a = e.post("/groups", dict({"displayName": name, "mailNickname": nickname}, **more))
    same(a.status, 201, "status of POST /groups")
    return a.json["id"]


def reference(e, who):
    return {"@odata.id": "%s/directoryObjects/%s" % (GRAPH, e.user_id(who))}


def school_class(e, nickname="8b"):
    a = e.post("/education/classes", {"displayName": "8B", "mailNickname": nickname, "classCode": "8B",
                                      "externalId": "x17"})
    same(a.status, 201)
    return a.json["id"]


@check("5.5 POST members/$ref is 204, again is 400 already exist, an unknown person 404")
def _(e):
    g = group(e)
    path = "/groups/%s/members/$ref" % g
    same(e.post(path, reference(e, "learner001@school.example")).status, 204)
    a = e.post(path, reference(e, "learner001@school.example"))
    same((a.status, a.code), (400, "Request_BadRequest"))
    true("One or more added object references already exist for the following modified properties: "
         "'members'." in a.json["error"]["message"], "the message")
    same(e.post(path, {"@odata.id": GRAPH + "/directoryObjects/99999999-9999-9999-9999-999999999999"}).code,
         "Request_ResourceNotFound")
    same(len(e.ledger("member_added")), 1)


@check("5.5 PATCH with members@odata.bind adds up to 20, all or nothing")
def _(e):
    g = group(e)
    people = ["%s/directoryObjects/%s" % (GRAPH, e.user_id("learner%03d@school.example" % i))
              for i in range(1, 23)]
    same(e.patch("/groups/" + g, {"members@odata.bind": people[:2]}).status, 204)
    a = e.patch("/groups/" + g, {"members@odata.bind": people[1:4]})
    same(a.status, 400)
    same(len(e.ledger("member_added")), 2)
    same(e.patch("/groups/" + g, {"members@odata.bind": people[2:3] + [GRAPH + "/directoryObjects/x"]}).status,
         404)
    a = e.patch("/groups/" + g, {"members@odata.bind": people[1:22]})
    true("more than 20 link changes" in a.json["error"]["message"], "21 are too many")
    same(e.patch("/groups/" + g, {"members@odata.bind": people[2:22]}).status, 204)
    a = e.patch("/groups/" + g, {"members@odata.bind": [people[0], people[0]]})
    same(a.status, 400)


@check("5.5 DELETE members/{id}/$ref is 204, then 404")
def _(e):
    g = group(e)
    e.post("/groups/%s/members/$ref" % g, reference(e, "learner001@school.example"))
    path = "/groups/%s/members/%s/$ref" % (g, e.user_id("learner001@school.example"))
    same((e.delete(path).status, e.delete(path).status), (204, 404))


@check("5.5 DELETE without /$ref deletes the person: the trap is there")
def _(e):
    g = group(e)
    e.post("/groups/%s/members/$ref" % g, reference(e, "learner001@school.example"))
    same(e.delete("/groups/%s/members/%s" % (g, e.user_id("learner001@school.example"))).status, 204)
    same(e.get("/users/learner001@school.example").status, 404)
    same(len(e.ledger("user_deleted")), 1)


@check("5.1 owners that are only owners are not among a group's members")
def _(e):
    g = group(e)
    e.post("/groups/%s/owners/$ref" % g, reference(e, "teacher@school.example"))
    e.post("/groups/%s/members/$ref" % g, reference(e, "learner001@school.example"))
    def names(what):
        return [p["mail"] for p in e.get("/groups/%s/%s" % (g, what)).json["value"]]
    same((names("members"), names("owners")), (["learner001@school.example"], ["teacher@school.example"]))
    same(names("members/microsoft.graph.user"), ["learner001@school.example"])


@check("5.5 the last owner of a group stays")
def _(e):
    g = group(e)
    e.post("/groups/%s/owners/$ref" % g, reference(e, "teacher@school.example"))
    a = e.delete("/groups/%s/owners/%s/$ref" % (g, e.user_id("teacher@school.example")))
    same(a.status, 400)
    true("at least one owner" in a.json["error"]["message"], "it says why")


@check("5.5 what the group API adds reaches the team late, and what it removes too")
def _(e):
    team = e.new_team()
    who = "learner001@school.example"
    e.post("/groups/%s/members/$ref" % team, reference(e, who))
    true(who not in e.members(team), "not in Teams yet")
    e.advance(3600000)
    e.tokens = {}
    true(who in e.members(team), "in Teams now")
    same(e.delete("/groups/%s/members/%s/$ref" % (team, e.user_id(who))).status, 204)
    true(who in e.members(team), "still in Teams")
    e.advance(3600000)
    e.tokens = {}
    true(who not in e.members(team), "gone from Teams")


@check("3.7 POST /groups refuses bad and taken nicknames, and more than 20 links")
def _(e):
    body = {"displayName": "x", "mailNickname": "has space"}
    a = e.post("/groups", body)
    true(a.status == 400 and "mailNickname" in a.json["error"]["message"], "a blank is refused")
    group(e, nickname="taken")
    a = e.post("/groups", {"displayName": "x", "mailNickname": "taken"})
    true("Another object with the same value for property mailNickname already exists."
         in a.json["error"]["message"], "taken")
    links = ["%s/users/%s" % (GRAPH, e.user_id("learner%03d@school.example" % i)) for i in range(1, 22)]
    a = e.post("/groups", {"displayName": "x", "mailNickname": "many", "members@odata.bind": links})
    true("more than 20 link changes" in a.json["error"]["message"], "21 links")


@check("3.3 PUT team: 404 until the group is replicated, then 201, then 409")
def _(e):
    g = group(e, **{"owners@odata.bind": ["%s/users/%s" % (GRAPH, e.user_id("teacher@school.example"))]})
    a = e.graph("PUT", "/groups/%s/team" % g, {})
    same(a.status, 404)
    true("GetGroupFromIdS2SRequest" in a.json["error"]["message"], "the message of a fresh group")
    e.advance(15001)
    a = e.graph("PUT", "/groups/%s/team" % g, {})
    same((a.status, a.json["id"]), (201, g))
    true(a.json["webUrl"] and a.json["isArchived"] is None, "as the real service fills it")
    same(e.graph("PUT", "/groups/%s/team" % g, {}).status, 409)
    same(e.get("/groups/" + g).json["resourceProvisioningOptions"], ["Team"])


@check("3.3 PUT team: 504 although it was made, then 409")
def _(e):
    g = group(e, **{"owners@odata.bind": ["%s/users/%s" % (GRAPH, e.user_id("teacher@school.example"))]})
    e.advance(15001)
    e.scenario([{"match": {"method": "PUT", "count": 1}, "do": {"status": 504, "after_effect": True}}])
    same([e.graph("PUT", "/groups/%s/team" % g, {}).status for _ in range(2)], [504, 409])


@check("3.3 PUT team fails for a group without owner, or with guests")
def _(e):
    g = group(e)
    e.advance(15001)
    same(e.graph("PUT", "/groups/%s/team" % g, {}).status, 400)
    e.post("/groups/%s/owners/$ref" % g, reference(e, "teacher@school.example"))
    guest = e.users({"$filter": "mail eq 'guest@elsewhere.example'"}).json["value"][0]["id"]
    e.post("/groups/%s/members/$ref" % g, {"@odata.id": GRAPH + "/directoryObjects/" + guest})
    same(e.graph("PUT", "/groups/%s/team" % g, {}).status, 403)


@check("3.3 POST /teams from a group inherits its name and refuses to be told one")
def _(e):
    g = school_class(e)
    e.post("/education/classes/%s/teachers/$ref" % g,
           {"@odata.id": "%s/education/users/%s" % (GRAPH, e.user_id("teacher@school.example"))})
    e.advance(15001)
    bind = {"group@odata.bind": "%s/groups('%s')" % (GRAPH, g)}
    same(e.post("/teams", team_body(owner=None, **bind)).status, 400)
    body = team_body(owner=None, **bind)
    del body["displayName"]
    a = e.post("/teams", body)
    same((a.status, a.header("Content-Location")), (202, "/teams('%s')" % g))
    same(e.post("/teams", body).status, 409)
    e.advance(9000)
    got = e.get("/teams/" + g).json
    same((got["displayName"], got["isMembershipLimitedToOwners"]), ("8B", True))


@check("3.3 the class template on a plain group is refused")
def _(e):
    g = group(e, **{"owners@odata.bind": ["%s/users/%s" % (GRAPH, e.user_id("teacher@school.example"))]})
    e.advance(15001)
    body = team_body(owner=None, **{"group@odata.bind": "%s/groups('%s')" % (GRAPH, g)})
    del body["displayName"]
    a = e.post("/teams", body)
    same(a.status, 400)
    true("which does not belong to a class" in a.json["error"]["message"], "it says why")


@check("3.4 a class is created with 201, changed with 200, deleted with 204")
def _(e):
    g = school_class(e)
    got = e.get("/education/classes/" + g).json
    same((got["displayName"], got["classCode"], got["externalId"]), ("8B", "8B", "x17"))
    a = e.patch("/education/classes/" + g, {"displayName": "9B"})
    same((a.status, a.json["displayName"]), (200, "9B"))
    same(e.get("/groups/" + g).json["displayName"], "9B")
    same(e.get("/teams/" + g).status, 404)
    same(e.delete("/education/classes/" + g).status, 204)
    same((e.get("/groups/" + g).status, e.get("/directory/deletedItems/" + g).status), (404, 200))


@check("3.4 a class needs a name and a nickname")
def _(e):
    same(e.post("/education/classes", {"displayName": "8B"}).status, 400)
    same(e.post("/education/classes", {"mailNickname": "8b"}).status, 400)


@check("5.5 teachers and members of a class are two collections")
def _(e):
    g = school_class(e)
    body = {"@odata.id": "%s/education/users/%s" % (GRAPH, e.user_id("teacher@school.example"))}
    def count(what):
        return len(e.get("/education/classes/%s/%s" % (g, what)).json["value"])
    same(e.post("/education/classes/%s/teachers/$ref" % g, body).status, 204)
    same((count("teachers"), count("members")), (1, 0))
    same(e.post("/education/classes/%s/members/$ref" % g, body).status, 204)
    same((count("teachers"), count("members")), (1, 1))
    same(e.post("/education/classes/%s/members/$ref" % g, body).status, 400)
    path = "/education/classes/%s/members/%s/$ref" % (g, e.user_id("teacher@school.example"))
    same((e.delete(path).status, e.delete(path).status), (204, 404))


@check("3.5 the group API adds people to a locked team")
def _(e):
    e.scenario(settings={"locked": True})
    team = e.new_team()
    same(e.post("/groups/%s/members/$ref" % team, reference(e, "learner001@school.example")).status, 204)


@check("3.7 a nickname can be changed to one that nobody has, in the bin or out of it")
def _(e):
    g = group(e, nickname="one")
    other = group(e, nickname="two")
    same(e.patch("/groups/" + g, {"mailNickname": "three"}).status, 204)
    got = e.get("/groups/%s?$select=mailNickname,mail" % g).json
    same((got["mailNickname"], got["mail"]), ("three", "three@school.example"))
    same(e.patch("/groups/" + g, {"mailNickname": "THREE"}).status, 204)
    a = e.patch("/groups/" + g, {"mailNickname": "Two"})
    same((a.status, a.json["error"]["details"][0]["code"], a.json["error"]["details"][0]["target"]),
         (400, "ConflictingObjects", "mailNickname"))
    e.delete("/groups/" + other)
    same(e.post("/education/classes", {"displayName": "8B", "mailNickname": "two"}).status, 400)
    same(e.post("/education/classes", {"displayName": "8B", "mailNickname": "one"}).status, 201)
    same(e.patch("/groups/" + g, {"mailNickname": "a b"}).status, 400)


@check("3.6 a tenant's naming policy can be read, and one without has none")
def _(e):
    same(e.get("/groupSettings").json["value"], [])
    token = e.token(SMALL)
    values = e.get("/groupSettings", token=token).json["value"][0]["values"]
    same({v["name"]: v["value"] for v in values},
         {"PrefixSuffixNamingRequirement": "GRP [GroupName]", "CustomBlockedWordsList": "payroll,CEO"})
    a = e.post("/education/classes", {"displayName": "GRP Ceo club", "mailNickname": "ceo"}, token=token)
    same((a.status, a.json["error"]["details"][0]["code"]), (400, "ContainsBlockedWord"))
    a = e.post("/education/classes", {"displayName": "GRP Ceos", "mailNickname": "ceos"}, token=token)
    same(a.status, 201)


@check("3.4 a tenant names its domains, and one of them as the default")
def _(e):
    domains = e.get("/organization?$select=verifiedDomains", token=e.token(SMALL)).json["value"][0]["verifiedDomains"]
    same([(d["name"], d["isDefault"]) for d in domains], [("old.example", False), ("small.example", True)])
