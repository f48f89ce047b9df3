"""Part 4: finding people."""
import urllib.parse

from kit import SMALL, check, same, true


def unsupported(answer):
    same((answer.status, answer.code), (400, "Request_UnsupportedQuery"))


@check("4.1 mail eq finds one person, in any case")
def _(e):
    same(e.find("mail eq 'TEACHER@School.Example'"), ["teacher@school.example"])
    same(e.find("mail eq 'mixed.case@school.example'"), ["Mixed.Case@School.example"])


@check("4.1 nobody found by filter is 200 with an empty list")
def _(e):
    a = e.users({"$filter": "mail eq 'nobody@school.example'"})
    same((a.status, a.json["value"]), (200, []))


@check("4.1 nobody found by key is 404 Request_ResourceNotFound")
def _(e):
    a = e.get("/users/nobody@school.example")
    same((a.status, a.code), (404, "Request_ResourceNotFound"))


@check("4.1 mail in finds many in one request and none twice")
def _(e):
    found = e.find("mail in ('learner001@school.example', 'learner002@school.example','x@y.example',"
                   "'LEARNER001@school.example')")
    same(sorted(found), ["learner001@school.example", "learner002@school.example"])


@check("4.1 mail or userPrincipalName finds people without a mailbox")
def _(e):
    same(e.find("mail eq 'nomail@school.example'"), [])
    same(e.find("mail eq 'nomail@school.example' or userPrincipalName eq 'nomail@school.example'"),
         ["nomail@school.example"])


@check("4.1 two accounts with one mail both come")
def _(e):
    same(len(e.find("mail eq 'twin@school.example'")), 2)


@check("4.1 an alias is found in proxyAddresses only, with its smtp: prefix")
def _(e):
    same(e.find("mail eq 'alias@school.example'"), [])
    same(e.find("proxyAddresses/any(p:p eq 'smtp:alias@school.example')"), ["primary@school.example"])
    same(e.find("proxyAddresses/any(x:x eq 'SMTP:ALIAS@school.example')"), ["primary@school.example"])


@check("4.1 an alternate address is found in otherMails")
def _(e):
    same(e.find("otherMails/any(m:m eq 'home@elsewhere.example')"), ["other@school.example"])


@check("4.1 an apostrophe is doubled in a filter")
def _(e):
    same(e.find("mail eq 's.o''brien@school.example'"), ["s.o'brien@school.example"])
    same(e.users({"$filter": "mail eq 's.o'brien@school.example'"}).status, 400)


@check("4.1 a key may stand in quotes, with its apostrophe doubled")
def _(e):
    same(e.get("/users('s.o''brien@school.example')").json["displayName"], "Sean O'Brien")


@check("4.1 a UPN that begins with $ is addressed in quotes")
def _(e):
    same(e.get("/users('$dollar@school.example')").status, 200)


@check("4.1 a guest's UPN is found with #EXT# percent-encoded")
def _(e):
    upn = "guest_elsewhere.example#EXT#@school.onmicrosoft.com"
    a = e.get("/users/%s?$select=userType,mail" % urllib.parse.quote(upn))
    same((a.json["userType"], a.json["mail"]), ("Guest", "guest@elsewhere.example"))
    same(e.find("userPrincipalName eq '%s'" % upn), ["guest@elsewhere.example"])


@check("4.1 fifteen clauses are allowed, sixteen are not")
def _(e):
    def names(n):
        return ",".join("'learner%03d@school.example'" % i for i in range(1, n + 1))
    same(len(e.find("mail in (%s)" % names(15))), 15)
    for text in ("mail in (%s)" % names(16),
                 " or ".join("mail eq 'a%d@b.example'" % i for i in range(16))):
        a = e.users({"$filter": text})
        same(a.status, 400)
        true("Too many child clauses" in a.json["error"]["message"] and "Max allowed: 15"
             in a.json["error"]["message"], "the message says how many")


@check("4.1 a value of more than 120 characters fails")
def _(e):
    same(e.users({"$filter": "mail eq '%s'" % ("x" * 121)}).status, 400)


@check("4.1 a property that does not exist, or a broken filter, is 400")
def _(e):
    for text in ("email eq 'a@b.c'", "mail eq", "mail eq 'a", "(mail eq 'a'", "mail like 'a'", ""):
        same(e.users({"$filter": text}).status, 400, "status of %r" % text)


@check("4.1 ne, not, endswith, $count and $search need ConsistencyLevel and $count")
def _(e):
    advanced = [{"$filter": "mail ne 'a@b.c'"}, {"$filter": "not(mail eq 'a@b.c')"},
                {"$filter": "endswith(mail,'@school.example')"}]
    for query in advanced + [{"$search": '"displayName:Sean"'}, {"$count": "true"}]:
        unsupported(e.users(query))
    for query in advanced:
        unsupported(e.users(query, headers={"ConsistencyLevel": "eventual"}))
        same(e.users(dict(query, **{"$count": "true"}), headers={"ConsistencyLevel": "eventual"}).status, 200)


@check("4.1 $count=true gives the total on the first page only")
def _(e):
    query = {"$filter": "endswith(mail,'@school.example')", "$count": "true", "$top": "100"}
    head = {"ConsistencyLevel": "eventual"}
    first = e.users(query, headers=head).json
    same(first["@odata.count"], 262)
    second = e.get(first["@odata.nextLink"][len(e.base) + 5:], headers=head).json
    true("@odata.count" not in second, "the second page has none")


@check("4.1 headers are not implied by a nextLink: without ConsistencyLevel it is refused")
def _(e):
    query = {"$filter": "endswith(mail,'@school.example')", "$count": "true", "$top": "100"}
    first = e.users(query, headers={"ConsistencyLevel": "eventual"}).json
    unsupported(e.get(first["@odata.nextLink"][len(e.base) + 5:]))


@check("4.1 startswith needs nothing special")
def _(e):
    same(len(e.find("startswith(mail,'learner01')")), 10)


@check("4.1 pages have 100, at most 999, and nextLink leads through all of them once")
def _(e):
    seen, path = [], "/users?$select=id"
    sizes = []
    while path:
        a = e.get(path).json
        sizes.append(len(a["value"]))
        seen += [u["id"] for u in a["value"]]
        path = a.get("@odata.nextLink", "")[len(e.base) + 5:]
    same(sizes, [100, 100, 64])
    same(len(set(seen)), 264)
    same(len(e.get("/users?$top=999").json["value"]), 264)


@check("4.1 $top beyond 999 is 400, and a made-up skip token too")
def _(e):
    same(e.get("/users?$top=1000").status, 400)
    same(e.get("/users?$top=0").status, 400)
    same(e.get("/users?$skiptoken=abc").status, 400)


@check("4.1 $select and $filter live on in the nextLink")
def _(e):
    a = e.users({"$filter": "startswith(mail,'learner')", "$select": "mail", "$top": "10"}).json
    b = e.get(a["@odata.nextLink"][len(e.base) + 5:]).json
    same(len(b["value"]), 10)
    same(set(b["value"][0]), {"mail"})


@check("4.1 the usual properties have neither accountEnabled nor proxyAddresses")
def _(e):
    got = e.get("/users/teacher@school.example").json
    true("accountEnabled" not in got and "proxyAddresses" not in got and "userType" not in got,
         "they must be selected")
    same((got["givenName"], got["surname"], got["displayName"]), ("Nomsa", "Dlamini", "Nomsa Dlamini"))
    same(e.get("/users/disabled@school.example?$select=accountEnabled").json["accountEnabled"], False)


@check("4.1 a user who is not replicated yet is not found, later is")
def _(e):
    same(e.find("mail eq 'late@school.example'"), [])
    same(e.get("/users/late@school.example").status, 404)
    e.advance(60000)
    same(e.find("mail eq 'late@school.example'"), ["late@school.example"])


@check("4.1 employeeId can be filtered on")
def _(e):
    same(e.find("employeeId eq '1007'"), ["learner007@school.example"])


@check("4.1 and, or and brackets mean what they say")
def _(e):
    same(e.find("(mail eq 'teacher@school.example' or mail eq 'disabled@school.example') "
                "and accountEnabled eq true"), ["teacher@school.example"])
    same(e.find("accountEnabled eq false"), ["disabled@school.example"])


@check("4.1 one tenant does not see the people of another")
def _(e):
    token = e.token(SMALL)
    same([u["mail"] for u in e.get("/users", token=token).json["value"]], ["head@small.example"])
    same(e.get("/users/teacher@school.example", token=token).status, 404)


@check("4.1 a renamed account is found by its new address only")
def _(e):
    e.control("POST", "people", {"user": "learner001@school.example",
                                 "set": {"mail": "new@school.example"}})
    same(e.find("mail eq 'learner001@school.example'"), [])
    same(e.find("mail eq 'new@school.example'"), ["new@school.example"])


@check("3.1 groups are found by exact name and by being a Team")
def _(e):
    team = e.new_team("8B O'Maths", description="marker 17")
    e.post("/groups", {"displayName": "8B O'Maths", "mailNickname": "plain"})
    query = ("$filter=displayName eq '8B O''Maths' and resourceProvisioningOptions/Any(x:x eq 'Team')"
             "&$select=id,displayName,description")
    a = e.get("/groups?" + urllib.parse.quote(query, safe="$=&'/()"))
    same(a.json["value"], [{"id": team, "displayName": "8B O'Maths", "description": "marker 17"}])


@check("3.1 startswith finds groups by the beginning of the name")
def _(e):
    for name in ("8A", "8B", "9A"):
        e.new_team(name)
    a = e.get("/groups?$filter=" + urllib.parse.quote("startswith(displayName,'8')"))
    same([g["displayName"] for g in a.json["value"]], ["8A", "8B"])


@check("3.1 the first world: a OneRoster folder becomes accounts", world=None)
def _(_e):
    import json
    import os
    import kit
    folder = os.path.join(kit.work, "roster")
    os.makedirs(folder, exist_ok=True)
    rows = ["sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,email",
            'S1,active,,true,north,student,s1,"Ann, Mary",Ba"",s1@roster.example', "S2,active,,true,south,student,s2,B,C,s2@roster.example",
            "S3,active,,true,\"north,south\",student,s3,C,D,s3@roster.example", "S4,active,,true,north,student,s4,D,E,s4@roster.example",
            "G1,active,,true,north,guardian,g1,P,Q,g1@roster.example", "T1,active,,true,north,teacher,t1,T,U,t1@roster.example"]
    with open(folder + "/users.csv", "w", encoding="utf-8") as f:
        f.write("\r\n".join(rows) + "\r\n")
    with open(folder + "/directory.json", "w", encoding="utf-8") as f:
        json.dump({"domain": "roster.example", "disabled": ["S3"], "absent": ["S4"],
                   "alias_only": {"S1": "real@roster.example"},
                   "extra": [{"mail": "t1@roster.example", "userPrincipalName": "t1b@roster.example"}]}, f)
    e = kit.Emulator(world=None, oneroster=folder, school="north")
    try:
        same(e.find("mail eq 's1@roster.example'"), [])
        same(e.find("proxyAddresses/any(p:p eq 'smtp:s1@roster.example')"), ["real@roster.example"])
        same(e.get("/users/real@roster.example").json["givenName"], "Ann, Mary")
        same(e.find("mail eq 's2@roster.example' or mail eq 'g1@roster.example' or mail eq "
                    "'s4@roster.example'"), [])
        same(e.get("/users/s3@roster.example?$select=accountEnabled").json["accountEnabled"], False)
        same(len(e.find("mail eq 't1@roster.example'")), 2)
        again = kit.Emulator(world=None, oneroster=folder)
        same(again.user_id("s3@roster.example"), e.user_id("s3@roster.example"))
        again.stop()
    finally:
        e.stop()
