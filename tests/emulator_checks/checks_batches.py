"""Part 7: $batch."""
import json

from kit import check, entry, same, team_body, true


def look_up(number, **more):
    request = {"id": str(number), "method": "GET",
               "url": "/users?$filter=mail eq 'learner%03d%%40school.example'&$select=id,mail" % number}
    request["url"] = request["url"].replace(" ", "%20")
    return dict(request, **more)


def by_id(answer):
    same(answer.status, 200, "status of the envelope")
    return {r["id"]: r for r in answer.json["responses"]}


@check("7 twenty look-ups in one envelope each have their own answer")
def _(e):
    got = by_id(e.batch([look_up(i) for i in range(1, 21)]))
    same(len(got), 20)
    same([got[str(i)]["body"]["value"][0]["mail"] for i in range(1, 21)],
         ["learner%03d@school.example" % i for i in range(1, 21)])
    same({r["status"] for r in got.values()}, {200})


@check("7 answers come in any order")
def _(e):
    orders = {tuple(r["id"] for r in e.batch([look_up(i) for i in range(1, 11)]).json["responses"])
              for _ in range(5)}
    true(len(orders) > 1, "the order changes")


@check("7 twenty-one requests are refused")
def _(e):
    same(e.batch([look_up(i) for i in range(1, 22)]).status, 400)


@check("7 the same id twice, in any case, is refused")
def _(e):
    same(e.batch([look_up(1, id="a"), look_up(2, id="A")]).status, 400)


@check("7 a malformed envelope is 400: no requests, no id, no JSON, a batch in a batch")
def _(e):
    same(e.post("/$batch", {}).status, 400)
    same(e.batch([]).status, 400)
    same(e.batch([{"method": "GET", "url": "/users"}]).status, 400)
    same(e.graph("POST", "/$batch", raw="{").status, 400)
    same(e.batch([{"id": "1", "method": "POST", "url": "/$batch", "body": {},
                   "headers": {"Content-Type": "application/json"}}]).status, 400)


@check("7 an entry with a body needs a Content-Type")
def _(e):
    entry_ = {"id": "1", "method": "POST", "url": "/teams", "body": team_body()}
    same(e.batch([entry_]).status, 400)
    got = by_id(e.batch([dict(entry_, headers={"content-type": "application/json"})]))
    same(got["1"]["status"], 202)
    true(got["1"]["headers"]["Location"].startswith("/teams('"), "headers come along")
    true("body" not in got["1"], "an empty answer has no body")


@check("7 errors of entries do not touch the others")
def _(e):
    got = by_id(e.batch([look_up(1), {"id": "x", "method": "GET", "url": "/users/nobody@school.example"}]))
    same((got["1"]["status"], got["x"]["status"]), (200, 404))
    same(got["x"]["body"]["error"]["code"], "Request_ResourceNotFound")


@check("7 what depends on a failed entry is 424")
def _(e):
    bad = {"id": "x", "method": "GET", "url": "/users/nobody@school.example"}
    got = by_id(e.batch([bad, look_up(1, dependsOn=["x"]), look_up(2, dependsOn=["1"]), look_up(3)]))
    same([got[i]["status"] for i in ("x", "1", "2", "3")], [404, 424, 424, 200])


@check("7 what depends on an entry that worked is done")
def _(e):
    got = by_id(e.batch([look_up(1), look_up(2, dependsOn=["1"])]))
    same([got[i]["status"] for i in ("1", "2")], [200, 200])


@check("7 every entry is throttled on its own and has its own Retry-After")
def _(e):
    team = e.new_team()
    def add(number):
        return {"id": str(number), "method": "POST", "url": "/teams/%s/members" % team,
                "headers": {"Content-Type": "application/json"},
                "body": entry("learner%03d@school.example" % number)}
    got = by_id(e.batch([add(i) for i in range(1, 7)]))
    same([got[str(i)]["status"] for i in range(1, 7)], [201] * 4 + [429] * 2)
    true(int(got["5"]["headers"]["Retry-After"]) >= 15, "Retry-After of the entry")


@check("7 the envelope itself can get 429")
def _(e):
    e.scenario([{"match": {"path": "/$batch", "count": 1}, "do": {"status": 429, "retry_after": 3}}])
    a = e.batch([look_up(1)])
    same((a.status, a.header("Retry-After")), (429, "3"))
    same(e.batch([look_up(1)]).status, 200)


@check("7 faults meet single entries of a batch")
def _(e):
    e.scenario([{"match": {"path": "/users", "nth": 2}, "do": {"status": 503, "retry_after": 4}}])
    got = by_id(e.batch([look_up(i) for i in range(1, 4)]))
    same([got[str(i)]["status"] for i in range(1, 4)], [200, 503, 200])
    same(got["2"]["headers"]["Retry-After"], "4")


@check("7 a nextLink in an entry leads on outside the batch")
def _(e):
    got = by_id(e.batch([{"id": "1", "method": "GET", "url": "/users?$top=5"}]))
    link = got["1"]["body"]["@odata.nextLink"]
    true(link.startswith(e.base + "/v1.0/users?"), "the link is absolute: " + link)
    same(len(e.get(link[len(e.base) + 5:]).json["value"]), 5)


@check("7 what is not JSON comes as base64 text")
def _(e):
    e.scenario([{"match": {"path": "/users"}, "do": {"status": 502, "html": True}}])
    got = by_id(e.batch([look_up(1)]))
    true(isinstance(got["1"]["body"], str) and json.dumps(got["1"]["body"]), "a string")
