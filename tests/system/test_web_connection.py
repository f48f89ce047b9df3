#!/usr/bin/env python3
"""Microsoft Connection: a teacher links an account, sees it, links another, disconnects; and
what happens when the way to Microsoft and back is not as it has to be."""
import base64
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from connect_rig import (OTHER_TENANT, SOMEBODY, at_microsoft, changed, come_back,  # noqa: E402
                         connect, delegated_start, parameters, record, set_out, try_to_connect)
from rig import TENANT, Suite, check, equal, has, has_not  # noqa: E402
from web_rig import ticket  # noqa: E402

test = Suite()


def state_of(browser):
    return browser.get("/v1/connection").json


def nothing_linked(rig, browser):
    equal(state_of(browser)["state"], "none", "state")
    check("sealed" not in record(rig), "no token is there")


# ---- as it should be ----------------------------------------------------------------------------

@test
def first_time():
    """grey, then Connect and the sign-in, then green with the address; /v1/me says the same"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        equal(state_of(staff), {"state": "none", "mode": "delegated", "email": "", "name": "",
                                "tenant_id": TENANT, "since": 0, "reason": ""})
        before = int(time.time() * 1000) - 1000
        state = connect(rig, staff, "teacher1")
        equal((state["name"], state["tenant_id"], state["reason"]), ("teacher1", TENANT, ""))
        check(state["since"] > before, "since when is told")
        check("admin_consent_url" not in state, "nobody has to consent")
        equal(staff.look().json["connection"], state)
        equal(state_of(rig.sign_in("staff-2"))["state"], "none", "a colleague's state")


@test
def asked_for():
    """Microsoft is told our address, state, nonce, PKCE's S256 and which account to pick; never
    the verifier"""
    with delegated_start(worker=False) as rig:
        location = set_out(rig.sign_in("staff-1"))
        has(location, rig.graph + "/" + TENANT + "/oauth2/v2.0/authorize?")
        asked = parameters(location)
        equal((asked["response_type"], asked["code_challenge_method"], asked["prompt"]),
              ("code", "S256", "select_account"))
        equal(asked["redirect_uri"], rig.url + "/staff/connected")
        equal((len(asked["code_challenge"]), len(asked["state"]), len(asked["nonce"])), (43, 43, 43))
        has(asked["scope"], "openid", "offline_access", "Team.Create", "TeamMember.ReadWrite.All")


@test
def sealed():
    """what is in Redis shows no token, and a record copied to a colleague opens for nobody"""
    with delegated_start() as rig:
        connect(rig, rig.sign_in("staff-1"), "teacher1")
        kept = record(rig)
        equal(sorted(kept), ["account", "email", "link", "linked_at", "name", "refreshed_at", "sealed",
                             "since", "state", "tenant"])
        has(kept["sealed"], "test.")
        # The emulator's tokens are JWTs: none is there, neither plain nor in base64.
        raw = base64.urlsafe_b64decode(kept["sealed"].split(".")[1] + "==")
        has_not(kept["sealed"], "eyJ")
        check(b"eyJ" not in raw, "the token is not readable")
        copied = [w for pair in kept.items() for w in pair]
        rig.redis("HSET", rig.key("connection:green-hill:staff-2"), *copied)
        requests = rig.stats()["token_requests"]
        _, job = rig.run("check-team", "green-hill", {"id": "8B", "teachers": []}, requested_by="staff-2")
        equal(job["state"], "done", "a job that asks Microsoft for nothing")
        rig.redis("HSET", rig.key("class:green-hill:8B"), "team_id", "0-0")
        _, job = rig.run("check-team", "green-hill", {"id": "8B", "teachers": []}, requested_by="staff-2")
        equal((job["state"], job["error_code"]), ("failed", "relink_required"))
        equal(rig.stats()["token_requests"], requests, "requests for tokens")
        equal(record(rig, "staff-2")["reason"], "unreadable")
        equal(record(rig)["state"], "connected", "state of the one it was copied from")


@test
def disconnect():
    """Disconnect erases every trace of the account, and changes nothing at Microsoft's"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        changes = len(rig.ledger())
        equal(staff.delete("/v1/connection").status, 204)
        nothing_linked(rig, staff)
        equal(rig.redis("KEYS", rig.key("connection*")), [])
        equal(len(rig.ledger()), changes, "changes at Microsoft's")
        equal(staff.delete("/v1/connection").status, 204, "status of disconnecting twice")
        connect(rig, staff, "teacher2")


@test
def another_account():
    """connecting again with the same account says again, with another says other, and leaves
    nothing of the first"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        first = record(rig)
        connect(rig, staff, "teacher1", "again")
        check(record(rig)["link"] != first["link"], "it is a linking of its own")
        connect(rig, staff, "teacher2", "other")
        check(record(rig)["account"] != first["account"], "the account is another")
        rig.redis("HSET", rig.key("connection:green-hill:staff-1"), "state", "relink")
        equal(try_to_connect(staff, "teacher1"), ("linked", "other"))


@test
def whole_school():
    """a school that is connected as a whole is green without an address, and links nobody"""
    with delegated_start(worker=False) as rig:
        rig.school("green-hill")
        staff = rig.sign_in("staff-1")
        state = state_of(staff)
        equal((state["state"], state["mode"], state["email"]), ("connected", "app", ""))
        refused = staff.post("/v1/connection")
        equal((refused.status, refused.word), (409, "connected_as_whole"))


@test
def tenant_of_first():
    """a school without a tenant gets that of the first account that is linked, and from then on
    no other is taken"""
    with delegated_start(worker=False, tenant=None) as rig:
        staff = rig.sign_in("staff-1")
        location = set_out(staff)
        has(location, "/organizations/oauth2/v2.0/authorize")
        equal(come_back(staff, at_microsoft(location, "teacher1")), ("linked", "new"))
        equal(rig.redis("HGET", rig.key("school:green-hill"), "linked_tenant"), TENANT)
        late = rig.sign_in("staff-2")
        has(set_out(late), TENANT)
        equal(try_to_connect(late, SOMEBODY), ("trouble", "other_tenant"))


# ---- no ------------------------------------------------------------------------------------------

@test
def cancel():
    """Cancel at Microsoft's leaves everything as it was"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        equal(try_to_connect(staff, emulator_cancel="1"), ("trouble", "cancelled"))
        nothing_linked(rig, staff)
        connect(rig, staff, "teacher1")
        before = record(rig)
        equal(try_to_connect(staff, emulator_cancel="1"), ("trouble", "cancelled"))
        equal(record(rig), before, "the record")


@test
def other_tenant():
    """an account of another organisation is refused, by Microsoft's word and by ours"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        equal(try_to_connect(staff, SOMEBODY), ("trouble", "other_tenant"))
        # Somebody who sends their browser to another tenant's sign-in with our state.
        away = set_out(staff).replace(TENANT, OTHER_TENANT)
        word = come_back(staff, at_microsoft(away, SOMEBODY))
        check(word[0] == "trouble", "a code of another tenant is refused: %r" % (word,))
        rig.control("scenario", {"settings": {"id_token": {"claims": {
            "tid": "9188040d-6c67-4c5b-b112-36a304b66dad",
            "iss": rig.graph + "/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}}}})
        equal(try_to_connect(staff, "teacher1"), ("trouble", "other_tenant"), "a personal account")
        nothing_linked(rig, staff)


@test
def two_tenants_at_once():
    """of two teachers of a school without a tenant who come back with different ones, the first
    decides and the second is refused"""
    with delegated_start(worker=False, tenant=None) as rig:
        one, two = rig.sign_in("staff-1"), rig.sign_in("staff-2")
        first, second = set_out(one), set_out(two)
        second = at_microsoft(second, SOMEBODY)
        equal(come_back(one, at_microsoft(first, "teacher1")), ("linked", "new"))
        equal(come_back(two, second), ("trouble", "other_tenant"))
        equal(record(rig, "staff-2"), {})


@test
def consent():
    """without the administrator's consent nobody connects, and the page is given the
    administrator's address; after it, everybody can"""
    with delegated_start(worker=False) as rig:
        rig.control("consent", {"app": "11111111-1111-1111-1111-111111111111", "tenant": TENANT,
                                "withdraw": True})
        staff = rig.sign_in("staff-1")
        equal(try_to_connect(staff, "teacher1"), ("trouble", "consent"))
        state = state_of(staff)
        equal((state["state"], state["reason"]), ("none", "consent_required"))
        url = state["admin_consent_url"]
        has(url, rig.graph + "/" + TENANT + "/v2.0/adminconsent?client_id=11111111-")
        back = at_microsoft(url)
        equal(parameters(back)["admin_consent"], "True")
        place = back[len(rig.url):]
        nobody = rig.browser().get(place)
        equal((nobody.status, nobody.headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        has(nobody.text, "Thank you")
        equal(come_back(staff, back), ("linked", "consented"))
        equal(come_back(staff, at_microsoft(url, emulator_cancel="1")), ("trouble", "consent"))
        equal(state_of(staff)["state"], "none", "consent alone links nobody")
        rig.control("consent", {"app": "11111111-1111-1111-1111-111111111111", "tenant": TENANT})
        connect(rig, staff, "teacher1")
        check("admin_consent_url" not in state_of(staff), "the address is gone")


@test
def less_than_asked():
    """whoever is granted less than was asked for is told to ask the administrator"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        location = changed(set_out(staff), scope="openid offline_access User.Read Team.Create")
        equal(come_back(staff, at_microsoft(location, "teacher1")), ("trouble", "consent"))
        nothing_linked(rig, staff)


# ---- replayed, mixed up, forged --------------------------------------------------------------------

@test
def replay():
    """a way is walked once: the same address again, with the cookie or without, links nobody"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        location = set_out(staff)
        cookies = dict(staff.cookies)
        check("rollcall-way" in cookies, "a cookie goes with the way")
        back = at_microsoft(location, "teacher1")
        equal(come_back(staff, back), ("linked", "new"))
        check("rollcall-way" not in staff.cookies, "the cookie is dropped")
        before = record(rig)
        requests = rig.stats()["token_requests"]
        equal(come_back(staff, back), ("trouble", "expired"))
        staff.cookies.update(cookies)
        equal(come_back(staff, back), ("trouble", "expired"))
        staff.cookies.update(cookies)
        equal(come_back(staff, at_microsoft(location, "teacher2")), ("trouble", "expired"))
        equal(rig.stats()["token_requests"], requests, "requests for tokens")
        equal(record(rig), before, "the record")


@test
def code_replay():
    """a code that was redeemed already is refused by Microsoft, and by us with it"""
    with delegated_start(worker=False) as rig:
        one = rig.sign_in("staff-1")
        used = at_microsoft(set_out(one), "teacher1")
        equal(come_back(one, used), ("linked", "new"))
        again = changed(at_microsoft(set_out(one), "teacher1"), code=parameters(used)["code"])
        equal(come_back(one, again), ("trouble", "expired"))


@test
def injected_code():
    """somebody else's code put into a teacher's way back is refused: PKCE"""
    with delegated_start(worker=False) as rig:
        victim, attacker = rig.sign_in("staff-1"), rig.sign_in("staff-2")
        stolen = parameters(at_microsoft(set_out(attacker), "teacher2"))["code"]
        url = changed(at_microsoft(set_out(victim), "teacher1"), code=stolen)
        equal(come_back(victim, url)[0], "trouble")
        nothing_linked(rig, victim)


@test
def foreign_state():
    """a way that another person, another session or nobody set out on ends here"""
    with delegated_start(worker=False) as rig:
        one, two = rig.sign_in("staff-1"), rig.sign_in("staff-2")
        theirs = at_microsoft(set_out(two), "teacher2")
        equal(come_back(one, theirs), ("trouble", "expired"), "no cookie")
        set_out(one)
        equal(come_back(one, theirs), ("trouble", "expired"), "another's state")
        back = at_microsoft(set_out(one), "teacher1")
        for state in (None, "", "x", parameters(back)["state"][:-1], parameters(back)["state"] + "A"):
            url = changed(back, state=state)
            equal(come_back(one, url), ("trouble", "expired"), "state %r" % state)
            back = at_microsoft(set_out(one), "teacher1")
        # The cookie of one session in another session of the same person.
        way = one.cookies["rollcall-way"]
        again = rig.sign_in("staff-1")
        again.cookies["rollcall-way"] = way
        equal(come_back(again, back), ("trouble", "expired"), "another session")
        nothing_linked(rig, one)


@test
def no_session():
    """whoever comes back without a session is told so, and no code is redeemed"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        back = at_microsoft(set_out(staff), "teacher1")
        nobody = rig.browser()
        nobody.cookies["rollcall-way"] = staff.cookies["rollcall-way"]
        answer = nobody.get(back[len(rig.url):])
        equal(answer.status, 401)
        equal(rig.stats()["token_requests"], 0, "requests for tokens")
        equal(come_back(staff, back), ("linked", "new"))


@test
def forged_request():
    """setting out and disconnecting need the session's token and our own origin"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        for method in ("POST", "DELETE"):
            for odd in ({"X-CSRF-Token": None}, {"X-CSRF-Token": "0" * 32}, {"Origin": "https://evil.example"},
                        {"Sec-Fetch-Site": "cross-site"}):
                equal(staff.ask(method, "/v1/connection", headers=odd).status, 403, "%s %r" % (method, odd))
        equal(rig.browser().get("/v1/connection").status, 401)
        equal(rig.caller("operator").get("/v1/connection").status, 403)
        equal(state_of(staff)["state"], "connected")


ODD = {
    "another nonce": {"claims": {"nonce": "x"}},
    "no nonce": {"claims": {"nonce": None}},
    "another issuer": {"claims": {"iss": "https://evil.example/" + TENANT + "/v2.0"}},
    "another audience": {"claims": {"aud": "somebody-else"}},
    "over": {"claims": {"exp": 1}},
    "not yet": {"claims": {"nbf": 4000000000}},
    "a tenant that its issuer does not name": {"claims": {"tid": OTHER_TENANT}},
    "no account": {"claims": {"oid": None}},
    "an account that is a path": {"claims": {"oid": "../../me"}},
    "another key's signature": {"sign": "other"},
    "no signature": {"sign": "none"},
    "no algorithm": {"header": {"alg": "none"}, "sign": "none"},
    "a shared secret": {"header": {"alg": "HS256"}, "sign": "secret"},
    "another algorithm's name": {"header": {"alg": "PS256"}},
    "an unknown key": {"header": {"kid": "nobody"}},
    "no key": {"header": {"kid": None}},
    "a key of its own": {"header": {"jku": "https://evil.example/keys", "kid": "x"}},
    "an extension": {"header": {"crit": ["exp"]}},
    "text": {"text": "nonsense"},
    "three parts of nonsense": {"text": "a.b.c"},
}


@test
def odd_id_tokens():
    """an id_token that is wrong in any one thing is not believed, and nothing changes"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher2")
        before = record(rig)
        for name, odd in ODD.items():
            rig.control("scenario", {"settings": {"id_token": odd}})
            equal(try_to_connect(staff, "teacher1"), ("trouble", "other"), name)
            equal(record(rig), before, "the record after " + name)
        rig.control("scenario", {})
        equal(try_to_connect(staff, "teacher1"), ("linked", "other"))
        log = rig.log_of("web")
        equal(log.count("id_token_refused"), len(ODD), "log lines")
        has_not(log, "eyJ", "teacher1", "teacher2", TENANT)
        return "%d kinds" % len(ODD)


@test
def keys_are_kept():
    """Microsoft's keys are read once for many sign-ins, and an id that nobody published does not
    make them be read each time"""
    with delegated_start(worker=False) as rig:
        rig.fault({"path": "/*/discovery/v2.0/keys"}, {"latency_ms": 1})
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        for _ in range(3):
            equal(try_to_connect(staff, "teacher1"), ("linked", "again"))
        rig.control("scenario?add=1", {"settings": {"id_token": {"header": {"kid": "nobody"}}}})
        for _ in range(3):
            equal(try_to_connect(staff, "teacher1"), ("trouble", "other"))
        equal(rig.control("scenario")["faults"][0]["seen"], 1, "readings of the list")


NONSENSE = {
    "html": {"status": 200, "html": True},
    "nothing": {"status": 200, "empty": True},
    "a list": {"status": 200, "body": []},
    "no tokens": {"status": 200, "body": {"token_type": "Bearer"}},
    "numbers for tokens": {"status": 200, "body": {"id_token": 1, "refresh_token": 2, "access_token": 3}},
    "a redirect": {"status": 302, "headers": {"Location": "https://evil.example/"}, "empty": True},
    "half an answer": {"truncate": 20},
    "a cut connection": {"cut_before_effect": True},
    "a body without end": {"status": 200, "body_bytes": 9000000},
    "nesting without end": {"status": 200, "nest": 5000},
    "500": {"status": 500, "html": True},
    "503": {"status": 503},
    "429": {"status": 429, "body": "Too many requests", "retry_after": 60},
}


@test
def nonsense():
    """a Microsoft that answers nonsense, or nothing, is told of plainly; nothing changes and no
    secret is logged"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        for name, do in NONSENSE.items():
            rig.control("scenario", {"faults": [{"match": {"path": "/*/oauth2/v2.0/token"}, "do": do}]})
            equal(try_to_connect(staff, "teacher1"), ("trouble", "unreachable"), name)
            nothing_linked(rig, staff)
        rig.control("scenario", {"faults": [{"match": {"path": "/*/discovery/v2.0/keys"}, "do": {"html": True}}]})
        equal(try_to_connect(staff, "teacher1"), ("trouble", "unreachable"), "no keys")
        nothing_linked(rig, staff)
        has_not(rig.log_of("web"), "eyJ", "teacher1", "demo-secret", "code=")
        return "%d kinds" % len(NONSENSE)


@test
def our_own_fault():
    """a wrong secret of ours is the operator's: told so in the log, the teacher sees that it is
    ours, and nobody is unlinked"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        before = record(rig)
        rig.control("scenario", {"faults": [{"match": {"path": "/*/oauth2/v2.0/token"},
                                             "do": {"aadsts": 7000215}}]})
        equal(try_to_connect(staff, "teacher1"), ("trouble", "ours"))
        equal(record(rig), before, "the record")
        line = next(line for line in rig.log_of("web").splitlines() if "code_refused" in line)
        has(line, " error ", "AADSTS7000215")


@test
def not_set_up():
    """without [app] nobody can set out, and the sentence says what the operator has to do"""
    with delegated_start(worker=False, web={"ROLLCALL_APP_CLIENT_ID": ""}) as rig:
        answer = rig.sign_in("staff-1").post("/v1/connection")
        equal((answer.status, answer.word), (409, "not_set_up"))
        has(answer.json["detail"], "[app]")
        rig.redis("HSET", rig.key("school:green-hill"), "tenant_id", "../common")
    with delegated_start(worker=False) as rig:
        rig.redis("HSET", rig.key("school:green-hill"), "tenant_id", "../common")
        answer = rig.sign_in("staff-1").post("/v1/connection")
        equal((answer.status, answer.word), (409, "bad_tenant"))


@test
def hostile_words():
    """whatever stands in the address of the way back, the answer is a plain one"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        for query in ("", "?code", "?code=x", "?state=x", "?error=x&error_description=%00%ff",
                      "?error=" + "x" * 4000, "?code=" + "c" * 7000, "?state=" + "%0d%0aSet-Cookie:a=b",
                      "?admin_consent=%3Cscript%3E&error=1"):
            answer = staff.get("/staff/connected" + query)
            equal(answer.status, 303, query[:40])
            has(answer.headers["Location"], "/staff/settings?")
            check("a=b" not in str(answer.headers), "no header was smuggled in")
        location = set_out(staff)
        back = changed(at_microsoft(location, "teacher1"), code=None, error="access_denied",
                       error_description="<script>alert(1)</script> \u00e9")
        equal(come_back(staff, back), ("trouble", "cancelled"))
        equal(staff.ask("HEAD", "/staff/connected").status, 204)


@test
def public_address():
    """over https the cookie is for this host alone, and Microsoft is given the public address"""
    with delegated_start(worker=False, web={"ROLLCALL_WEB_PUBLIC_URL": "https://teams.school.example"}) as rig:
        staff = rig.browser(origin="https://teams.school.example")
        staff.enter(ticket("staff-1"))
        staff.look()
        answer = staff.post("/v1/connection")
        has(answer.headers["Set-Cookie"], "__Host-rollcall-way=", "HttpOnly", "SameSite=Lax", "Secure",
            "Max-Age=900")
        equal(parameters(answer.json["location"])["redirect_uri"], "https://teams.school.example/staff/connected")


@test
def redis_away():
    """while Redis is away nothing is said to be linked or unlinked that is not"""
    with delegated_start(worker=False) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")
        back = at_microsoft(set_out(staff), "teacher2")
        rig.redis_process.kill()
        rig.redis_process.wait()
        with concurrent.futures.ThreadPoolExecutor(4) as people:
            asked = [people.submit(staff.get, "/v1/connection"), people.submit(staff.post, "/v1/connection"),
                     people.submit(staff.delete, "/v1/connection"),
                     people.submit(staff.get, back[len(rig.url):])]
            equal([answer.result().status for answer in asked], [503] * 4)
        equal(rig.stats()["token_requests"], 1, "requests for tokens")


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
