"""Part 6: throttling. Time stands still for a check as far as it is quick; scale 0.05
makes seconds of quota last twenty, so that nothing refills behind a check's back."""
import email.utils
import time

from kit import SMALL, check, entry, same, team_body, true

SLOW = 0.05


def burst(function, count):
    """How many of count calls pass before the first is refused, and that refusal."""
    for n in range(count):
        a = function()
        if a.status == 429:
            return n, a
        true(a.status < 400, "status %d: %r" % (a.status, a.body))
    return count, None


def member_post(e, team):
    numbers = iter(range(1, 250))
    return lambda: e.post("/teams/%s/members" % team, entry("learner%03d@school.example" % next(numbers)))


@check("6.1 POST /teams: ten a second for an app in a tenant", scale=SLOW)
def _(e):
    same(burst(lambda: e.post("/teams", team_body()), 12)[0], 10)


@check("6.1 another tenant has a quota of its own", scale=SLOW)
def _(e):
    burst(lambda: e.post("/teams", team_body()), 12)
    a = e.post("/teams", team_body("GRP 1", "head@small.example"), token=e.token(SMALL))
    same(a.status, 202)


@check("6.1 POST members: four a minute on one team", scale=SLOW)
def _(e):
    same(burst(member_post(e, e.new_team()), 6)[0], 4)


@check("6.1 POST members: the fifth waits a quarter of a minute")
def _(e):
    team = e.new_team()
    post = member_post(e, team)
    passed, a = burst(post, 6)
    same((passed, a.header("Retry-After")), (4, "15"))
    e.advance(15000)
    same(post().status, 201)


@check("6.1 members/add: one a second on one team", scale=SLOW)
def _(e):
    team = e.new_team()
    same(burst(lambda: e.add(team, "learner001@school.example"), 3)[0], 1)
    e.advance(1000)
    same(e.add(team, "learner002@school.example").status, 200)


@check("6.1 members/add shares the four a minute if the strict reading is switched on", scale=SLOW)
def _(e):
    team = e.new_team()
    e.scenario(settings={"bulk_add_strict": True})
    same(burst(lambda: e.add(team, "learner001@school.example"), 6)[0], 4)


@check("6.1 each added member can be made to spend a directory write", scale=SLOW)
def _(e):
    e.scenario(settings={"bulk_add_writes": True})
    teams = [e.new_team("T%d" % i) for i in range(5)]
    people = ["learner%03d@school.example" % i for i in range(1, 201)]
    for _ in range(3):
        for team in teams:
            same(e.add(team, *people).status, 200)
            e.advance(200)
    e.advance(1000)
    a = e.add(teams[0], *people)
    same(a.status, 429)
    same(a.header("x-ms-throttle-information"), "WriteLimitExceeded")


@check("6.1 at most four requests a second on one team, whatever they are", scale=SLOW)
def _(e):
    team = e.new_team()
    same(burst(lambda: e.get("/teams/%s/members" % team), 6)[0], 4)
    same(e.get("/teams/" + team).status, 429)


@check("6.1 member lists: sixty a second over all teams", scale=SLOW)
def _(e):
    e.quiet()
    teams = [e.new_team("T%d" % i) for i in range(20)]
    e.control("POST", "throttle", {"off": False})
    e.advance(60000)
    turns = iter(teams * 4)
    same(burst(lambda: e.get("/teams/%s/members" % next(turns)), 80)[0], 60)


@check("6.1 operations: one a second on one team", scale=SLOW)
def _(e):
    a = e.post("/teams", team_body())
    same(burst(lambda: e.get(a.header("Location")), 3)[0], 1)


@check("6.1 PATCH and DELETE of members are other calls: one a second on one team", scale=SLOW)
def _(e):
    team = e.new_team()
    e.add(team, "learner001@school.example")
    e.advance(1000)
    same(e.remove(team, "learner001@school.example").status, 204)
    same(e.post("/teams/%s/archive" % team).status, 429)


@check("6.1 PUT team: six a second", scale=SLOW)
def _(e):
    path = "/groups/99999999-9999-9999-9999-99999999999%d/team"
    answers = [e.graph("PUT", path % i, {}).status for i in range(8)]
    same(answers, [404] * 6 + [429] * 2)


@check("6.1 a small tenant has 3,500 units in ten seconds, a query of users costs 2", scale=SLOW)
def _(e):
    token = e.token(SMALL)
    a = e.get("/users", token=token)
    same(a.header("x-ms-resource-unit"), "2")
    passed = 1 + burst(lambda: e.get("/users", token=token), 1800)[0]
    true(1750 <= passed <= 1760, "%d passed" % passed)


@check("6.1 $select and $top under 20 save a unit each, and a call never costs less than one", scale=SLOW)
def _(e):
    for path, units in (("/users", "2"), ("/users?$select=id", "1"), ("/users?$top=19", "1"),
                        ("/users?$top=20", "2"), ("/users?$select=id&$top=5", "1"), ("/groups", "1"),
                        ("/users/teacher@school.example", "1")):
        same(e.get(path).header("x-ms-resource-unit"), units, path)


@check("6.1 listing a group's members costs 3 units")
def _(e):
    team = e.new_team()
    same(e.get("/groups/%s/members" % team).header("x-ms-resource-unit"), "3")


@check("6.3 above 0.8 of the units every answer says so, below none does", scale=SLOW)
def _(e):
    token = e.token(SMALL)
    began = time.monotonic()
    seen = [e.get("/users", token=token).header("x-ms-throttle-limit-percentage") for _ in range(1500)]
    came_back = 350 * SLOW * (time.monotonic() - began)     # units, while these were asked
    same(seen.index("0.8"), next(i for i, v in enumerate(seen) if v))
    true(1399 <= seen.index("0.8") <= 1401 + came_back, "it begins at four fifths: %d" % seen.index("0.8"))


@check("6.3 a 429 has the documented body, and identity names scope and reason", scale=SLOW)
def _(e):
    token = e.token(SMALL)
    _, a = burst(lambda: e.get("/users", token=token), 2000)
    error = a.json["error"]
    same((error["code"], error["message"], error["innerError"]["code"], error["innerError"]["status"]),
         ("TooManyRequests", "Please retry again later.", "429", "429"))
    same(a.header("x-ms-throttle-information"), "ResourceUnitLimitExceeded")
    true(a.header("x-ms-throttle-scope").startswith("Tenant_Application/"), "the scope")
    true(float(a.header("x-ms-throttle-limit-percentage")) >= 1.0, "the percentage")


@check("6.1 writes to the directory: 3,000 in two and a half minutes", scale=SLOW)
def _(e):
    g = e.post("/groups", {"displayName": "x", "mailNickname": "x"}).json["id"]
    passed, a = burst(lambda: e.patch("/groups/" + g, {"displayName": "x"}), 3100)
    true(2998 <= passed <= 3001, "%d passed" % passed)
    same(a.header("x-ms-throttle-information"), "WriteLimitExceeded")


@check("6.3 Retry-After is computed from the quota and is enough")
def _(e):
    team = e.new_team()
    _, a = burst(lambda: e.add(team, "learner001@school.example"), 3)
    same(a.header("Retry-After"), "1")
    e.advance(1000)
    same(e.add(team, "learner001@school.example").status, 200)


@check("6.3 an early retry extends the wait")
def _(e):
    team = e.new_team()
    post = member_post(e, team)
    burst(post, 5)
    waits = [int(post().header("Retry-After")) for _ in range(3)]
    same(waits, [30, 45, 60])
    e.advance(60000)
    same(post().status, 201)


@check("6.3 the wait grows to an end: a client that never pauses is not locked out for ever")
def _(e):
    post = member_post(e, e.new_team())
    waits = [int(a.header("Retry-After")) for a in (post() for _ in range(60)) if a.status == 429]
    true(max(waits) <= 200, "the longest wait is %d" % max(waits))


@check("6.2 with scale 20 quotas are twenty times larger, and Retry-After is real and at least 1", scale=20)
def _(e):
    team = e.new_team()
    post = member_post(e, team)
    passed, a = burst(post, 20)
    true(4 <= passed <= 5, "four, and perhaps one that came in the meantime: %d" % passed)
    same(a.header("Retry-After"), "1")
    time.sleep(1.0)
    same(post().status, 201)


@check("6.3 Retry-After can be missing, decimal, a date, or in lower case")
def _(e):
    team = e.new_team()
    def refusal(form):
        e.scenario(settings={"retry_after": form})
        e.advance(600000)
        return burst(member_post(e, team), 6)[1]
    same(refusal("none").header("Retry-After"), None)
    same(refusal("decimal").header("Retry-After"), "15.128")
    when = email.utils.parsedate_to_datetime(refusal("date").header("Retry-After")).timestamp()
    true(12 <= when - time.time() <= 16, "the date is that far ahead")
    true(("retry-after", "15") in refusal("lowercase").headers, "lower case")
    same(refusal(7).header("Retry-After"), "7")
    same(refusal("soon").header("Retry-After"), "soon")


@check("6.3 a 429 can come as UnknownError with an empty message")
def _(e):
    e.scenario(settings={"unknown_error_body": True})
    _, a = burst(member_post(e, e.new_team()), 6)
    same((a.code, a.json["error"]["message"]), ("UnknownError", ""))


@check("6.1 the token endpoint and the control spend no quota", scale=SLOW)
def _(e):
    for _ in range(20):
        same(e.ask_token().status, 200)
        e.stats()
    same(burst(lambda: e.post("/teams", team_body()), 12)[0], 10)
