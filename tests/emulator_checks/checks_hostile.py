"""What a stranger may send: the emulator refuses it and lives on."""
import json
import random
import socket

from kit import check, entry, same, team_body, true


@check("hostile: escapes that are broken, hide a NUL or are no UTF-8 are refused")
def _(e):
    for path in ("/v1.0/users/%", "/v1.0/users/%zz", "/v1.0/users/%00", "/v1.0/users/%ff",
                 "/v1.0/users?$filter=mail%20eq%20'%c3%28'", "/v1.0/" + "a/" * 40, "/%ff/oauth2/v2.0/token",
                 "/v1.0/users?" + "&".join("a=1" for _ in range(60))):
        a = e.send("GET", path, headers={"Authorization": "Bearer " + e.token()})
        true(400 <= a.status < 500, "%s is %d" % (path[:40], a.status))


@check("hostile: a long name that is cut in an error message stays readable JSON")
def _(e):
    for length in range(195, 205):
        a = e.get("/users/%s" % ("x" * length + "%C3%A9" * 20))
        same((a.status, a.code), (404, "Request_ResourceNotFound"))
    e.quiet()
    team = e.new_team()
    a = e.add(team, "x" * 198 + "%C3%A9" * 5)
    same((a.status, len(a.json["value"])), (207, 1))


@check("hostile: members of the wrong type in a body are refused or ignored")
def _(e):
    e.quiet()
    team = e.new_team()
    odd = (None, 1, True, "text", [], {}, [None], [1], {"a": 1})
    for value in odd:
        for key in ("template@odata.bind", "displayName", "members", "description", "group@odata.bind"):
            a = e.post("/teams", dict(team_body(), **{key: value}))
            true(a.status in (202, 400, 404), "POST /teams %s=%r is %d" % (key, value, a.status))
        for path, body in (("/teams/%s/members/add", {"values": value}), ("/teams/%s/members/add",
                           {"values": [value]}), ("/teams/%s/members/remove", {"values": value}),
                           ("/teams/%s/members", dict(entry("x"), roles=value)),
                           ("/teams/%s/members", {"user@odata.bind": value, "@odata.type": value}),
                           ("/groups/%s/members/$ref", {"@odata.id": value})):
            true(e.post(path % team, body).status < 500, path)
        for body in ({"displayName": value}, {"description": value}, {"members@odata.bind": value},
                     {"memberSettings": value}, {"isMembershipLimitedToOwners": value}):
            true(e.patch("/teams/" + team, body).status < 500, "PATCH team %r" % body)
            true(e.patch("/groups/" + team, body).status < 500, "PATCH group %r" % body)
        e.batch([value])
        e.batch(value)
        e.batch([{"id": value, "method": value, "url": value}])
        e.batch([{"id": "1", "method": "GET", "url": "/users", "dependsOn": value, "headers": value, "body": value}])
        e.post("/groups", {"displayName": "x", "mailNickname": "x", "owners@odata.bind": value})
        e.post("/education/classes", {"displayName": value, "mailNickname": value})
    same(e.get("/organization").status, 200)


@check("hostile: every call without a body, and with an empty one")
def _(e):
    e.quiet()
    team = e.new_team()
    for method in ("POST", "PATCH", "PUT"):
        for path in ("/teams", "/teams/" + team, "/teams/%s/members" % team, "/teams/%s/members/add" % team,
                     "/teams/%s/members/remove" % team, "/groups", "/groups/" + team, "/groups/%s/team" % team,
                     "/groups/%s/members/$ref" % team, "/education/classes", "/education/classes/" + team,
                     "/$batch", "/teams/%s/archive" % team, "/me/revokeSignInSessions"):
            for body in (None, {}):
                true(e.graph(method, path, body).status < 500, "%s %s" % (method, path))
    same(e.get("/organization").status, 200)


@check("hostile: filters made of random words are refused or answered")
def _(e):
    e.quiet()
    dice = random.Random(17)
    words = ["mail", "eq", "ne", "'a'", "(", ")", "and", "or", "not", "in", ",", "startswith", "any",
             "proxyAddresses/any", "x:x", "'", "true", "null", "1", "x", ":", "/", "endswith(", "''", "$", " "]
    for _ in range(600):
        text = " ".join(dice.choice(words) for _ in range(dice.randrange(1, 12)))
        a = e.users({"$filter": text, "$count": "true"}, headers={"ConsistencyLevel": "eventual"})
        true(a.status in (200, 400), "%r is %d" % (text, a.status))
    same(e.users({"$filter": "(" * 5000}).status, 400)
    same(e.users({"$filter": "not " * 1500 + "mail eq 'a'", "$count": "true"},
                 headers={"ConsistencyLevel": "eventual"}).status, 400)


@check("hostile: tokens, codes and assertions of random bytes are refused")
def _(e):
    dice = random.Random(18)
    for _ in range(60):
        text = "".join(dice.choice("abcXYZ019-_.=+/ %") for _ in range(dice.randrange(1, 90)))
        same(e.get("/users", token=text.replace(" ", "")).status, 401)
        true(e.ask_token(grant_type="refresh_token", refresh_token=text).status in (400, 401), text)
        true(e.redeem(text).status in (400, 401), text)
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        same(e.ask_token(client_secret=None, client_assertion=text, client_assertion_type=kind).status, 401)
        same(e.get("/users?$skiptoken=" + text.replace(" ", "").replace("%", "").replace("+", "") + ".").status, 400)


@check("hostile: what is no HTTP, and connections that stop half way, do not matter")
def _(e):
    for text in (b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"POST /v1.0/teams HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx",
                 b"GET /v1.0/users HTTP/1.1\r\nHost: x\r\nclient-request-id: \xff\xfe\r\n\r\n", b""):
        s = socket.create_connection((e.host, int(e.port)))
        s.sendall(text)
        s.settimeout(0.05)
        try:
            s.recv(100)
        except OSError:
            pass
        s.close()
    same(e.get("/organization").status, 200)


@check("hostile: control calls with nonsense are refused")
def _(e):
    team = e.new_team()
    for path in ("scenario", "people", "clock", "consent", "teams/" + team, "teams/x"):
        for body in ("{", "[]", "1", '{"faults":1}', '{"user":1,"set":1}', '{"advance_ms":-1}', '{"add":[1,null]}',
                     '{"tenant":"x","create":{}}', '{"set":{"id":"x"},"user":"teacher@school.example"}',
                     '{"tenant":"school.example","create":{"id":"no guid"}}'):
            true(e.send("POST", "/_emulator/" + path, body).status < 500, path + " " + body)
    same(e.send("GET", "/_emulator/nothing").status, 404)
    same(json.loads(e.send("GET", "/_emulator/stats").body)["in_flight"], 0)
