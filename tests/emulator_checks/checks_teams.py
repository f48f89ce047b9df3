"""Part 3: creating teams, operations, what can be read of a team; 9: archiving."""
import re

from kit import GRAPH, SMALL, check, entry, same, team_body, true


def bad(answer, text=""):
    same(answer.status, 400)
    true(text in answer.json["error"]["message"], "the message has %r: %r" % (text, answer.json))


@check("3.1 POST /teams answers 202 without a body, with relative Location and Content-Location")
def _(e):
    a = e.post("/teams", team_body())
    same((a.status, a.body, a.header("Content-Length")), (202, b"", "0"))
    team = a.header("Content-Location")
    true(re.fullmatch(r"/teams\('[0-9a-f-]{36}'\)", team), "Content-Location is relative: %s" % team)
    true(re.fullmatch(re.escape(team) + r"/operations\('[0-9a-f-]{36}'\)", a.header("Location")),
         "Location names the operation")


@check("3.1 app-only, the body must name one owner: none, two or a plain member are refused")
def _(e):
    bad(e.post("/teams", team_body(owner=None)))
    two = [entry("teacher@school.example", ["owner"]), entry("second@school.example", ["owner"])]
    bad(e.post("/teams", team_body(owner=None, members=two)))
    bad(e.post("/teams", team_body(owner=None, members=[entry("teacher@school.example")])))


@check("3.1 owners@odata.bind is refused")
def _(e):
    body = team_body(**{"owners@odata.bind": ["%s/users('x')" % GRAPH]})
    bad(e.post("/teams", body), "Invalid bind property name owners in request.")


@check("3.1 a missing user bind, @odata.type, template or name is 400")
def _(e):
    bad(e.post("/teams", team_body(owner=None, members=[{"@odata.type": "#microsoft.graph."
        "aadUserConversationMember", "roles": ["owner"]}])), "The navigation bind for the user was missing")
    naked = entry("teacher@school.example", ["owner"])
    del naked["@odata.type"]
    bad(e.post("/teams", team_body(owner=None, members=[naked])), "'odata.type' must be specified")
    body = team_body()
    del body["template@odata.bind"]
    bad(e.post("/teams", body))
    bad(e.post("/teams", team_body(name="")))


@check("3.1 a delegated caller becomes the owner, and may name nobody else")
def _(e):
    token = e.delegated("User.Read Team.Create TeamMember.Read.All")["access_token"]
    a = e.post("/teams", team_body(owner=None), token=token)
    same(a.status, 202)
    e.advance(60000)
    team = a.header("Content-Location")[8:-2]
    same(e.members(team)["teacher@school.example"]["roles"], ["owner"])
    a = e.post("/teams", team_body(owner="second@school.example"), token=token)
    same(a.status, 403)
    true("Not authorized to impersonate another user" in a.json["error"]["message"], "it says why")


@check("3.1 a repeated POST makes a second team of the same name, with an alias of its own")
def _(e):
    first, second = e.new_team("8B"), e.new_team("8B")
    true(first != second, "two teams")
    same([e.get("/groups/" + t).json["mailNickname"] for t in (first, second)], ["8B", "8B2"])


@check("3.1 a name without a usable character is UnableToGenerateValidTeamAlias")
def _(e):
    a = e.post("/teams", team_body(name="**"))
    same((a.status, a.code), (400, "UnableToGenerateValidTeamAlias"))


@check("3.7 a name has at most 256 characters, a description 1024")
def _(e):
    same(e.post("/teams", team_body(name="é" + "x" * 255)).status, 202)
    same(e.post("/teams", team_body(name="x" * 257)).status, 400)
    same(e.post("/teams", team_body(description="x" * 1024)).status, 202)
    same(e.post("/teams", team_body(description="x" * 1025)).status, 400)


@check("3.6 an owner without a Teams licence is 403 with the long Templates message")
def _(e):
    a = e.post("/teams", team_body(owner="unlicensed@school.example"))
    same((a.status, a.code), (403, "Forbidden"))
    message = a.json["error"]["message"]
    true("Failed to execute Templates backend request CreateTeamFromTemplateRequest" in message and
         "GetApplicableSkuCategoriesForUserFailed" in message, "the message")
    same(e.ledger(), [])


@check("3.6 the naming policy answers 400 and suggests a name")
def _(e):
    token = e.token(SMALL)
    a = e.post("/teams", team_body(owner="head@small.example"), token=token)
    same((a.status, a.code), (400, "Request_BadRequest"))
    same((a.json["error"]["details"][0]["code"], a.json["error"]["details"][0]["suggestedPropertyValue"]),
         ("MissingPrefixSuffix", "GRP 8B"))
    same(e.post("/teams", team_body("GRP 8B", "head@small.example"), token=token).status, 202)


@check("3.2 an operation goes from notStarted over inProgress to succeeded")
def _(e):
    e.quiet()
    a = e.post("/teams", team_body())
    operation, seen = a.header("Location"), []
    for _ in range(5):
        got = e.get(operation).json
        seen.append(got["status"])
        e.advance(2500)
    same(seen, ["notStarted", "inProgress", "inProgress", "inProgress", "succeeded"])
    same((got["operationType"], got["targetResourceLocation"], got["error"]),
         ("createTeam", a.header("Content-Location"), None))


@check("3.2 the operation can be read in the slash form as well")
def _(e):
    a = e.post("/teams", team_body())
    same(e.get(a.header("Location").replace("('", "/").replace("')", "")).status, 200)


@check("3.2 a team cannot be read before its operation is over")
def _(e):
    e.quiet()
    a = e.post("/teams", team_body())
    same(e.get(a.header("Content-Location")).status, 404)
    same(e.add(a.header("Content-Location")[8:-2], "learner001@school.example").status, 404)
    e.advance(8001)
    same(e.get(a.header("Content-Location")).status, 200)


@check("3.2 a fault: the operation is 404 at first, the team 404 after it succeeded")
def _(e):
    e.quiet()
    e.scenario(settings={"operation_404_ms": 3000, "team_404_ms": 5000})
    a = e.post("/teams", team_body())
    same(e.get(a.header("Location")).status, 404)
    e.advance(9000)
    same(e.get(a.header("Location")).json["status"], "succeeded")
    same(e.get(a.header("Content-Location")).status, 404)
    e.advance(5000)
    same(e.get(a.header("Content-Location")).status, 200)


@check("3.2 a fault: the operation fails with an error object and there is no team")
def _(e):
    e.quiet()
    e.scenario([{"match": {"method": "POST", "path": "/teams"},
                 "do": {"operation_fails": {"code": "BadGateway", "message": "Failed to provision."}}}])
    a = e.post("/teams", team_body())
    same(a.status, 202)
    e.advance(9000)
    got = e.get(a.header("Location")).json
    same((got["status"], got["error"]["code"]), ("failed", "BadGateway"))
    same(e.get(a.header("Content-Location")).status, 404)
    same((e.ledger("team_created"), len(e.ledger("creation_failed"))), ([], 1))


@check("3.8 GET /teams has the whole team: webUrl, isArchived, visibility, lock")
def _(e):
    team = e.new_team("8B Maths", description="for 2026")
    got = e.get("/teams/" + team).json
    same((got["id"], got["displayName"], got["description"], got["isArchived"], got["specialization"],
          got["visibility"], got["isMembershipLimitedToOwners"], got["summary"]),
         (team, "8B Maths", "for 2026", False, "educationClass", "hiddenMembership", False, None))
    true(got["internalId"].startswith("19:") and got["internalId"].endswith("@thread.tacv2"), "internalId")
    true(got["webUrl"].startswith("https://teams.microsoft.com/l/team/19%3A") and
         "groupId=" + team in got["webUrl"], "webUrl is percent-encoded")


@check("3.8 summary counts people when it is selected")
def _(e):
    team = e.new_team()
    e.add(team, "learner001@school.example", "learner002@school.example")
    same(e.get("/teams/%s?$select=id,summary" % team).json["summary"],
         {"ownersCount": 1, "membersCount": 2, "guestsCount": 0})


@check("3.8 a team that never was: 404 NotFound with ItemNotFound inside")
def _(e):
    a = e.get("/teams/99999999-9999-9999-9999-999999999999")
    error = a.json["error"]
    same((a.status, error["code"], error["innerError"]["code"]), (404, "NotFound", "ItemNotFound"))
    true(error["message"].startswith("No team found with Group Id 9999"), "the message")


@check("3.8 a group without a team: GET /teams 404, GET /groups 200 without Team")
def _(e):
    group = e.post("/groups", {"displayName": "Plain", "mailNickname": "plain"}).json["id"]
    same(e.get("/teams/" + group).status, 404)
    same(e.get("/groups/" + group).json["resourceProvisioningOptions"], [])


@check("3.8 a deleted team: 404 everywhere but in deletedItems, and it can be restored")
def _(e):
    team = e.new_team()
    same(e.get("/directory/deletedItems/" + team).status, 404)
    same(e.delete("/groups/" + team).status, 204)
    same((e.get("/teams/" + team).status, e.get("/groups/" + team).code), (404, "Request_ResourceNotFound"))
    binned = e.get("/directory/deletedItems/" + team)
    true(binned.status == 200 and binned.json["deletedDateTime"], "it is in the bin")
    same([g["id"] for g in e.get("/directory/deletedItems/microsoft.graph.group").json["value"]], [team])
    same(e.post("/directory/deletedItems/%s/restore" % team).status, 200)
    same((e.get("/teams/" + team).status, e.get("/directory/deletedItems/" + team).status), (200, 404))
    true("teacher@school.example" in e.members(team), "its people are there again")


@check("3.8 after thirty days a deleted team is gone for good")
def _(e):
    team = e.new_team()
    e.delete("/groups/" + team)
    e.advance(30 * 86400 * 1000 + 1000)
    e.tokens = {}
    a = e.get("/directory/deletedItems/" + team)
    same((a.status, a.code), (404, "Request_ResourceNotFound"))
    same(e.post("/directory/deletedItems/%s/restore" % team).status, 404)


@check("3.8 a purged team cannot be restored")
def _(e):
    team = e.new_team()
    e.delete("/groups/" + team)
    same(e.delete("/directory/deletedItems/" + team).status, 204)
    same(e.post("/directory/deletedItems/%s/restore" % team).status, 404)


@check("9 PATCH team and PATCH group rename with 204; alias and webUrl stay")
def _(e):
    team = e.new_team("8B")
    before = e.get("/teams/" + team).json
    same(e.patch("/teams/" + team, {"displayName": "9B", "description": "new"}).status, 204)
    after = e.get("/teams/" + team).json
    same((after["displayName"], after["description"], after["webUrl"]), ("9B", "new", before["webUrl"]))
    same(e.patch("/groups/" + team, {"displayName": "10B"}).status, 204)
    got = e.get("/groups/" + team).json
    same((got["displayName"], got["mailNickname"]), ("10B", "8B"))
    same([x["name"] for x in e.ledger("team_changed")], ["9B", "10B"])


@check("9 archive and unarchive answer 202 with an operation")
def _(e):
    team = e.new_team()
    e.quiet()
    for word, state in (("archive", True), ("unarchive", False)):
        a = e.post("/teams/%s/%s" % (team, word))
        same((a.status, a.body), (202, b""))
        e.advance(9000)
        got = e.get(a.header("Location")).json
        same((got["operationType"], got["status"]), (word + "Team", "succeeded"))
        same(e.get("/teams/" + team).json["isArchived"], state)


@check("9 an archived team's members can still be changed by the app")
def _(e):
    team = e.new_team()
    e.post("/teams/%s/archive" % team)
    e.advance(9000)
    same(e.add(team, "learner001@school.example").status, 200)


@check("3.8 the teams of a person are in joinedTeams")
def _(e):
    team = e.new_team()
    e.add(team, "learner001@school.example")
    a = e.get("/users/%s/joinedTeams" % e.user_id("learner001@school.example"))
    same([t["id"] for t in a.json["value"]], [team])
    token = e.delegated("Team.ReadBasic.All", "learner002@school.example")["access_token"]
    same(e.get("/me/joinedTeams", token=token).json["value"], [])


@check("8 a path that does not exist is 400, a method that does not 405")
def _(e):
    same(e.get("/nonsense").status, 400)
    same(e.delete("/teams/99999999-9999-9999-9999-999999999999").status, 405)


@check("8 a body that is no JSON, or has no Content-Type, is 400")
def _(e):
    same(e.graph("POST", "/teams", raw="{nonsense").status, 400)
    same(e.graph("POST", "/teams", raw="{}", headers={"Content-Type": "text/plain"}).status, 400)
