"""Parts 8, 10 and 11.16: misbehaviour on purpose, and what every answer carries."""
import http.client
import json
import time

from kit import check, entry, same, team_body, true


def dies(function):
    try:
        function()
    except (http.client.HTTPException, OSError):
        return True
    return False


@check("8 client-request-id is echoed in header and innerError")
def _(e):
    a = e.get("/users/nobody@x.example", headers={"client-request-id": "my-id-17"})
    same((a.header("client-request-id"), a.json["error"]["innerError"]["client-request-id"]),
         ("my-id-17", "my-id-17"))


@check("11.17 every answer has request-id, Date, x-ms-ags-diagnostic, HSTS and Cache-Control")
def _(e):
    for a in (e.get("/users"), e.get("/users/nobody@x.example")):
        for name in ("request-id", "Date", "x-ms-ags-diagnostic", "Strict-Transport-Security",
                     "Cache-Control"):
            true(a.header(name), "%s of a %d" % (name, a.status))
        true("ServerInfo" in json.loads(a.header("x-ms-ags-diagnostic")), "the diagnostic is JSON")
    true(e.get("/users").header("request-id") != e.get("/users").header("request-id"), "ids differ")


@check("8 the error object has code, message and innerError with date and ids")
def _(e):
    error = e.get("/groups/99999999-9999-9999-9999-999999999999").json["error"]
    same(set(error), {"code", "message", "innerError"})
    same(set(error["innerError"]), {"date", "request-id", "client-request-id"})


@check("11.16 every status can be injected, with JSON, HTML or nothing")
def _(e):
    for status in (500, 502, 503, 504, 509, 423, 403, 404, 409):
        e.scenario([{"match": {"path": "/users"}, "do": {"status": status}}])
        a = e.get("/users")
        same(a.status, status)
        true(a.json["error"]["code"], "it has a code")
    e.scenario([{"do": {"status": 502, "html": True}}])
    a = e.get("/users")
    true(a.status == 502 and b"<html>" in a.body and a.header("Content-Type") == "text/html", "HTML")
    e.scenario([{"do": {"status": 503, "empty": True}}])
    same((e.get("/users").status, e.get("/users").body), (503, b""))


@check("11.16 code, message and headers of an injected error can be chosen")
def _(e):
    e.scenario([{"match": {"path": "/users"}, "do": {"status": 403, "code": "Forbidden", "message": "no licence", "headers": {"X-Y": "z"}}}])
    a = e.get("/users")
    same((a.code, a.json["error"]["message"], a.header("X-Y")), ("Forbidden", "no licence", "z"))


@check("11.16 a connection can be cut before the effect")
def _(e):
    e.token()
    e.scenario([{"match": {"method": "POST", "path": "/teams", "count": 1}, "do": {"cut_before_effect": True}}])
    e.connection = None
    true(dies(lambda: e.post("/teams", team_body())), "the connection dies")
    same(e.ledger(), [])
    same(e.post("/teams", team_body()).status, 202)


@check("11.16 a connection can be cut after the effect")
def _(e):
    e.token()
    e.scenario([{"match": {"method": "POST", "path": "/teams"}, "do": {"cut_after_effect": True}}])
    e.connection = None
    true(dies(lambda: e.post("/teams", team_body())), "the connection dies")
    same(len(e.ledger("team_created")), 1)


@check("11.16 an answer can be cut in the middle")
def _(e):
    e.token()
    e.scenario([{"match": {"path": "/users"}, "do": {"truncate": 100}}])
    e.connection = None
    try:
        e.get("/users")
    except http.client.IncompleteRead as why:
        same(len(why.partial), 100)
    else:
        true(False, "the answer was complete")


@check("11.16 an answer can be slow, and others are not held up")
def _(e):
    e.scenario([{"match": {"path": "/users"}, "do": {"delay_ms": 150}}])
    start = time.time()
    same(e.get("/users").status, 200)
    true(time.time() - start >= 0.15, "it took its time")
    start = time.time()
    e.get("/groups")
    true(time.time() - start < 0.1, "the other did not")


@check("11.16 latency can be given to all answers")
def _(e):
    e.token()
    e.scenario(settings={"latency_ms": 60})
    start = time.time()
    e.get("/groups")
    true(time.time() - start >= 0.06, "it took its time")


@check("11.16 a body can be ten megabytes large, or ten thousand levels deep")
def _(e):
    e.scenario([{"match": {"path": "/users"}, "do": {"body_bytes": 10000000}},
                {"match": {"path": "/groups"}, "do": {"nest": 10000}}])
    true(len(e.get("/users").body) >= 10000000, "ten megabytes")
    true(e.get("/groups").body.count(b"[") > 10000, "ten thousand levels")


@check("11.16 a nextLink can lead back to its page, or to another host")
def _(e):
    e.scenario([{"match": {"path": "/users"}, "do": {"next_link_self": True}}])
    first = e.get("/users?$top=5").json
    second = e.get(first["@odata.nextLink"][len(e.base) + 5:]).json
    same(second["value"], first["value"])
    e.scenario([{"match": {"path": "/users"}, "do": {"next_link_host": "http://evil.example"}}])
    true(e.get("/users?$top=5").json["@odata.nextLink"].startswith("http://evil.example/v1.0/users?"),
         "another host")


@check("11.16 nth, from, every and count choose the requests")
def _(e):
    def hits(**match):
        e.scenario([{"match": dict(match, path="/organization"), "do": {"status": 500}}])
        return [n for n in range(1, 10) if e.get("/organization").status == 500]
    same(hits(nth=3), [3])
    same(hits(count=2), [1, 2])
    same(hits(**{"from": 7}), [7, 8, 9])
    same(hits(every=3), [3, 6, 9])
    same(hits(**{"from": 2, "every": 2, "count": 2}), [3, 5])


@check("11.16 chance is repeatable by its seed")
def _(e):
    def hits(seed):
        e.scenario([{"match": {"path": "/organization", "chance": 0.3, "seed": seed}, "do": {"status": 500}}])
        return [e.get("/organization").status for _ in range(40)]
    first = hits(7)
    same(hits(7), first)
    true(hits(8) != first and 3 <= first.count(500) <= 25, "about a third")


@check("11.16 faults can be aimed at a team, a tenant, or text in the body")
def _(e):
    e.quiet()
    a, b = e.new_team("A"), e.new_team("B")
    e.scenario([{"match": {"team": a}, "do": {"status": 500}},
                {"match": {"body": "learner007@"}, "do": {"status": 502}},
                {"match": {"tenant": "school.example", "path": "/groups"}, "do": {"status": 503}}])
    same((e.get("/teams/" + a).status, e.get("/teams/" + b).status), (500, 200))
    same((e.add(b, "learner007@school.example").status, e.add(b, "learner008@school.example").status),
         (502, 200))
    same(e.get("/groups").status, 503)


@check("11.16 a scenario with an unknown word is refused and changes nothing")
def _(e):
    e.scenario([{"match": {"path": "/groups"}, "do": {"status": 503}}])
    for bad in ({"faults": [{"do": {"statsu": 500}}]}, {"faults": [{"match": {"pth": 1}, "do": {}}]},
                {"settings": {"operation_mss": 1}}, {"faults": [{}]}):
        same(e.send("POST", "/_emulator/scenario", json.dumps(bad)).status, 400, repr(bad))
    same(e.get("/groups").status, 503)


@check("11.16 faults can be added, and the control shows how often each fired")
def _(e):
    e.scenario([{"match": {"path": "/groups"}, "do": {"status": 503}}])
    e.control("POST", "scenario?add=1", [{"match": {"path": "/organization", "nth": 2}, "do": {"status": 500}}])
    same((e.get("/groups").status, e.get("/organization").status), (503, 200))
    faults = e.control("GET", "scenario").json["faults"]
    same([(f["seen"], f["fired"]) for f in faults], [(1, 1), (1, 0)])


@check("11.16 an injected 429 waits as it is told to, in any form")
def _(e):
    e.scenario([{"match": {"nth": 1}, "do": {"status": 429, "retry_after": 2.5}},
                {"match": {"nth": 2}, "do": {"status": 429, "retry_after": "none"}},
                {"match": {"nth": 3}, "do": {"status": 503, "retry_after": "lowercase"}}])
    same([a.header("Retry-After") for a in (e.ask_token(), e.ask_token())], ["2.5", None])
    a = e.ask_token()
    same((a.status, ("retry-after", "10") in a.headers), (503, True))


@check("10.13 bisecting finds the culprit: the call fails whenever a certain address is in it")
def _(e):
    e.quiet()
    team = e.new_team()
    culprit = e.user_id("learner003@school.example")
    e.scenario([{"match": {"path": "*/members/add", "body": culprit}, "do": {"status": 404}}])
    people = [e.user_id("learner%03d@school.example" % i) for i in range(1, 5)]
    same([e.add(team, *people).status, e.add(team, *people[:2]).status, e.add(team, people[2]).status,
          e.add(team, people[3]).status], [404, 200, 404, 200])
    same(e.post("/teams/%s/members" % team, entry(culprit)).status, 201)
