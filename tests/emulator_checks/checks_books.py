"""The emulator's own books: ledger, counts, control, restart."""
import json
import os
import threading

import kit
from kit import APP, TENANT, Emulator, check, entry, same, team_body, true


@check("books: the ledger has each effective change once, in order, with who asked")
def _(e):
    e.quiet()
    a = e.post("/teams", team_body(), headers={"client-request-id": "one"})
    team = a.header("Content-Location")[8:-2]
    e.advance(60000)
    for _ in range(2):
        e.add(team, "learner001@school.example", headers={"client-request-id": "two"})
    for _ in range(2):
        e.remove(team, "learner001@school.example", headers={"client-request-id": "three"})
    got = [(x["seq"], x["what"], x["by"], x["team"] == team, x["tenant"]) for x in e.ledger()]
    same(got, [(1, "team_created", "one", True, TENANT), (2, "member_added", "two", True, TENANT),
               (3, "member_removed", "three", True, TENANT)])


@check("books: the ledger can be read from a number on, and as one list")
def _(e):
    for name in "abc":
        e.new_team(name)
    same(len(e.send("GET", "/_emulator/ledger?since=2").body.splitlines()), 1)
    same(len(e.send("GET", "/_emulator/ledger?format=array").json), 3)
    same(e.send("GET", "/_emulator/ledger?since=3&format=array").json, [])


@check("books: refused requests leave no trace in the ledger")
def _(e):
    e.quiet()
    team = e.new_team()
    e.post("/teams/%s/members" % team, entry("nobody@school.example"))
    e.post("/teams", team_body(owner="unlicensed@school.example"))
    e.remove(team, "learner001@school.example")
    same([x["what"] for x in e.ledger()], ["team_created"])


@check("books: counts by route, tenant, team and status, and of tokens and batches")
def _(e):
    team = e.new_team()
    e.get("/teams/%s/members" % team)
    e.get("/users/nobody@x.example")
    e.batch([{"id": "1", "method": "GET", "url": "/users"}, {"id": "2", "method": "GET", "url": "/users"}])
    s = e.stats()
    same((s["by_route"]["GET /users"], s["by_route"]["GET /teams/{}/members"], s["by_route"]["POST /teams"]),
         (2, 1, 1))
    same((s["by_team"][team], s["by_tenant"][TENANT], s["by_status"]["404"]), (1, 5, 1))
    same((s["http_requests"], s["graph_requests"], s["batches"], s["token_requests"]), (5, 5, 1, 1))
    true(s["first_ms"] <= s["last_ms"], "times")


@check("books: early retries and early polls are counted, patient ones are not")
def _(e):
    e.scenario([{"match": {"path": "/organization", "nth": 1}, "do": {"status": 429, "retry_after": 1}}])
    e.get("/organization")
    import time
    time.sleep(0.15)
    e.get("/organization")
    time.sleep(0.9)
    e.get("/organization")
    same((e.stats()["throttled"], e.stats()["early_retries"]), (1, 1))
    a = e.post("/teams", team_body())
    e.get(a.header("Location"))
    e.advance(31000)
    e.get(a.header("Location"))
    e.advance(5000)
    e.get(a.header("Location"))
    same(e.stats()["early_polls"], 1)


@check("books: the greatest number of requests in flight is known")
def _(e):
    e.token()
    e.scenario([{"match": {"path": "/organization"}, "do": {"delay_ms": 200}}])
    def ask():
        other = Emulator.__new__(Emulator)
        other.__dict__.update(e.__dict__, connection=None)
        same(other.get("/organization").status, 200)
    threads = [threading.Thread(target=ask) for _ in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same((e.stats()["max_parallel"], e.stats()["in_flight"]), (5, 0))


@check("books: the control shows teams with their people")
def _(e):
    team = e.new_team("8B", description="marker")
    e.add(team, "learner001@school.example")
    got = e.control("GET", "teams/" + team).json
    same((got["name"], got["description"], got["team"], got["deleted"]), ("8B", "marker", True, False))
    same([(m["mail"], m["owner"]) for m in got["members"]],
         [("teacher@school.example", True), ("learner001@school.example", False)])
    same(len(e.control("GET", "teams").json), 1)


@check("books: changes by hand show in Graph and are in the ledger as made by hand")
def _(e):
    team = e.new_team()
    e.control("POST", "teams/" + team, {"add": ["learner001@school.example", "learner002@school.example"],
                                        "add_owners": ["second@school.example"]})
    e.control("POST", "teams/" + team, {"promote": ["learner001@school.example"],
                                        "remove": ["learner002@school.example"], "name": "Renamed"})
    members = e.members(team)
    same({k: m["roles"] for k, m in members.items()},
         {"teacher@school.example": ["owner"], "second@school.example": ["owner"],
          "learner001@school.example": ["owner"]})
    same(e.get("/teams/" + team).json["displayName"], "Renamed")
    same({x["by"] for x in e.ledger()[1:]}, {"hand"})
    e.control("POST", "teams/" + team, {"delete": True})
    same(e.get("/groups/" + team).status, 404)


@check("books: accounts can be disabled, renamed, deleted and created by hand")
def _(e):
    e.control("POST", "people", {"user": "learner001@school.example", "set": {"accountEnabled": False}})
    same(e.get("/users/learner001@school.example?$select=accountEnabled").json["accountEnabled"], False)
    team = e.new_team()
    e.add(team, "learner002@school.example")
    e.control("POST", "people", {"user": "learner002@school.example", "delete": True})
    same(e.get("/users/learner002@school.example").status, 404)
    true("learner002@school.example" not in e.members(team), "gone from the team")
    e.control("POST", "people", {"tenant": TENANT, "create": {"mail": "fresh@school.example"}})
    same(e.find("mail eq 'fresh@school.example'"), ["fresh@school.example"])


@check("books: a deleted account can come back under the same address with another id")
def _(e):
    before = e.user_id("learner001@school.example")
    e.control("POST", "people", {"user": before, "delete": True})
    e.control("POST", "people", {"tenant": TENANT, "create": {
        "id": "77777777-7777-7777-7777-777777777777", "mail": "learner001@school.example"}})
    same(e.user_id("learner001@school.example"), "77777777-7777-7777-7777-777777777777")


@check("books: reset goes back to the start")
def _(e):
    e.new_team()
    e.control("POST", "people", {"user": "learner001@school.example", "delete": True})
    e.scenario([{"do": {"status": 500}}])
    e.reset()
    same((e.ledger(), e.get("/users/learner001@school.example").status), ([], 200))
    same(e.control("GET", "teams").json, [])


@check("books: an emulator killed and started again has its teams, people and operations")
def _(_e):
    state = os.path.join(kit.work, "state")
    e = Emulator(state=state)
    try:
        team = e.new_team("8B", description="marker")
        e.add(team, "learner001@school.example", "learner002@school.example")
        e.advance(2000)
        e.remove(team, "learner002@school.example")
        e.control("POST", "people", {"user": "learner003@school.example", "delete": True})
        before, token = e.control("GET", "teams").json, e.token()
        e.kill()
        e = Emulator(state=state)
        same(e.control("GET", "teams").json, before)
        same(e.get("/users/learner003@school.example", token=token).status, 404)
        same(len(e.ledger()), 5)
        second = e.new_team("8C")
        true(second != team, "ids are not given out twice")
        same(e.ledger()[-1]["seq"], 6)
    finally:
        e.kill()
    with open(state, "ab") as f:
        f.write(b'{"what":"member_add')
    e = Emulator(state=state)
    try:
        same(len(e.ledger()), 6)
        e.new_team("8D")
        e.kill()
        e = Emulator(state=state)
        same(len(e.ledger()), 7)
    finally:
        e.kill()


@check("books: SIGTERM ends the emulator with status 0, and its ledger file is whole")
def _(_e):
    path = os.path.join(kit.work, "ledger")
    e = Emulator(ledger=path)
    team = e.new_team()
    e.add(team, "learner001@school.example")
    same(e.stop(), 0)
    with open(path, encoding="utf-8") as f:
        same([json.loads(line)["what"] for line in f], ["team_created", "member_added"])


@check("books: without a world the demo app and an empty tenant are there", world=None)
def _(_e):
    e = Emulator(world=None)
    try:
        same(e.ask_token(client_id=APP).status, 200)
        same(e.get("/users").json["value"], [])
    finally:
        e.stop()


@check("books: the emulator speaks TLS with a certificate")
def _(_e):
    import ssl
    import subprocess
    import urllib.request
    key, pem = kit.work + "/tls.key", kit.work + "/tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", pem], check=True,
                   capture_output=True)
    e = Emulator(tls_cert=pem, tls_key=key)
    try:
        true(e.base.startswith("https://"), "it says https")
        trust = ssl.create_default_context(cafile=pem)
        with urllib.request.urlopen(e.base + "/_emulator/stats", context=trust, timeout=5) as a:
            same(json.load(a)["http_requests"], 0)
    finally:
        e.stop()


@check("books: with a thousand teams look-ups are still quick")
def _(e):
    import time
    e.quiet()
    for i in range(1000):
        same(e.post("/teams", team_body("T%d" % i)).status, 202)
    e.advance(60000)
    start = time.time()
    for i in range(300):
        e.get("/users?$filter=mail%20in%20('learner001@school.example','learner002@school.example')&$select=id")
    true(time.time() - start < 3, "300 look-ups took %.1f s" % (time.time() - start))
