"""Part 1: tokens, codes, consent; 2.2: what a token may do."""
import base64
import hashlib
import json
import os
import subprocess
import time
import uuid

from kit import (APP, NO_CONSENT_APP, SECRET, SMALL, TENANT, WEAK_APP, WORLD, b64, check, entry,
                 parameters, part, same, team_body, true, work)


def refused(answer, status, error, number):
    same(answer.status, status, "status")
    body = answer.json
    same((body["error"], body["error_codes"]), (error, [number]), "refusal")
    true(body["error_description"].startswith("AADSTS%d: " % number), "the description names the number")
    for key in ("timestamp", "trace_id", "correlation_id"):
        true(body[key], "the refusal has " + key)
    return body


@check("1.3 client credentials give a bearer token of 3599 s and no refresh token")
def _(e):
    a = e.ask_token()
    same(a.status, 200)
    same((a.json["token_type"], a.json["expires_in"]), ("Bearer", 3599))
    true("refresh_token" not in a.json and "id_token" not in a.json, "only an access token comes")
    true("no-store" in a.header("Cache-Control"), "the answer must not be stored")


@check("1.3 HTTP Basic with encoded id and secret is accepted as well")
def _(e):
    basic = base64.b64encode(("%s:%s" % (APP, SECRET.replace("-", "%2D"))).encode()).decode()
    a = e.ask_token(client_id=None, client_secret=None, headers={"Authorization": "Basic " + basic})
    same(a.status, 200)


@check("1.3 a token request with a JSON body is refused")
def _(e):
    a = e.send("POST", "/%s/oauth2/v2.0/token" % TENANT, "{}", {"Content-Type": "application/json"})
    refused(a, 400, "invalid_request", 900144)


@check("1.1 client credentials need a concrete tenant")
def _(e):
    for tenant in ("common", "organizations"):
        refused(e.ask_token(tenant), 400, "invalid_request", 90130)


@check("1.1 a tenant is named by its domain as well as by its id")
def _(e):
    same(e.ask_token("school.example").status, 200)


@check("1.4 a wrong secret is 401 invalid_client 7000215")
def _(e):
    refused(e.ask_token(client_secret="wrong"), 401, "invalid_client", 7000215)


@check("1.4 a missing secret is 7000218")
def _(e):
    refused(e.ask_token(client_secret=None), 401, "invalid_client", 7000218)


@check("1.4 an unknown tenant is 90002, an unknown app 700016, a disabled app 7000112")
def _(e):
    refused(e.ask_token("99999999-9999-9999-9999-999999999999"), 400, "invalid_request", 90002)
    refused(e.ask_token(client_id="99999999-9999-9999-9999-999999999999"), 400, "unauthorized_client",
            700016)
    refused(e.ask_token(client_id="66666666-6666-6666-6666-666666666666"), 400, "unauthorized_client",
            7000112)


@check("1.4 an unknown grant type is unsupported_grant_type")
def _(e):
    refused(e.ask_token(grant_type="password"), 400, "unsupported_grant_type", 70003)


@check("1.3 the app-only scope must be .default")
def _(e):
    refused(e.ask_token(scope="User.Read"), 400, "invalid_scope", 70011)


@check("1.7 a tenant that never consented answers 700016 until an administrator agrees")
def _(e):
    refused(e.ask_token(client_id=NO_CONSENT_APP), 400, "unauthorized_client", 700016)
    a = e.send("GET", "/%s/v2.0/adminconsent?client_id=%s&scope=https://graph.microsoft.com/.default"
               "&redirect_uri=https://portal.example/back&state=x%%26y" % (TENANT, APP))
    same(a.status, 302)
    back = parameters(a)
    same((back["admin_consent"], back["tenant"], back["state"]), ("True", TENANT, "x&y"))
    e.control("POST", "consent", {"app": NO_CONSENT_APP, "tenant": TENANT})
    same(e.ask_token(client_id=NO_CONSENT_APP).status, 200)


@check("1.7 an administrator's refusal comes back as consent_required, in the old form permission_denied")
def _(e):
    for path, error in (("v2.0/adminconsent", "consent_required"), ("adminconsent", "permission_denied")):
        a = e.send("GET", "/%s/%s?client_id=%s&redirect_uri=https://portal.example/back&emulator_cancel=1"
                   % (TENANT, path, APP))
        back = parameters(a)
        same((back["error"], back["admin_consent"]), (error, "True"))
        true("AADSTS65004" in back["error_description"], "the description has the number")


@check("1.2 a sign-in comes back with a code and the state unchanged")
def _(e):
    back = parameters(e.authorize())
    true(back["code"], "there is a code")
    same(back["state"], "s/1 2")


@check("1.2 a redirect URI that is not registered is shown, not followed")
def _(e):
    a = e.authorize(redirect_uri="https://evil.example/back")
    same(a.status, 400)
    true(b"AADSTS50011" in a.body and not a.header("Location"), "the page says 50011")


@check("1.2 a registered redirect URI with a query keeps it")
def _(e):
    true(e.authorize(redirect_uri="http://localhost/cb?x=1").header("Location")
         .startswith("http://localhost/cb?x=1&code="), "the code is appended")


@check("1.2 Cancel is access_denied with 65004")
def _(e):
    back = parameters(e.authorize(emulator_cancel="1"))
    same((back["error"], back["state"]), ("access_denied", "s/1 2"))
    true("AADSTS65004" in back["error_description"], "the description has the number")


@check("1.2 prompt=none without an account is login_required")
def _(e):
    same(parameters(e.authorize(login_hint=None, prompt="none"))["error"], "login_required")


@check("1.2 without a hint a page offers the accounts")
def _(e):
    a = e.authorize(login_hint=None)
    same(a.status, 200)
    true(b"login_hint=teacher%40school.example" in a.body, "the teacher is a link")


@check("1.2 a response type other than code is invalid_request")
def _(e):
    same(parameters(e.authorize(response_type="token"))["error"], "invalid_request")


@check("2.1 scopes beyond a teacher's own consent need the administrator: 90094")
def _(e):
    back = parameters(e.authorize(SMALL, login_hint="head@small.example", scope="TeamMember.ReadWrite.All"))
    true("AADSTS90094" in back["error_description"], "admin approval is needed")
    same("code" in parameters(e.authorize(SMALL, login_hint="head@small.example")), True)


@check("1.3 a code gives access, refresh and id tokens, and says what was granted")
def _(e):
    a = e.redeem(e.code(nonce="n1"))
    same(a.status, 200)
    same(a.json["scope"], "openid profile offline_access User.Read Team.Create")
    claims = json.loads(part(a.json["id_token"], 1))
    me = e.get("/me", token=a.json["access_token"]).json
    same((claims["tid"], claims["oid"], claims["preferred_username"], claims["nonce"], claims["aud"]),
         (TENANT, me["id"], "teacher@school.example", "n1", APP))


@check("1.3 a refresh token comes with offline_access only, an id token with openid only")
def _(e):
    a = e.redeem(e.code(scope="User.Read")).json
    true("refresh_token" not in a and "id_token" not in a, "neither was asked for")


@check("1.3 the id token is signed with the key that jwks_uri publishes")
def _(e):
    token = e.redeem(e.code()).json["id_token"]
    discovery = e.send("GET", "/%s/v2.0/.well-known/openid-configuration" % TENANT).json
    key = e.send("GET", discovery["jwks_uri"][len(e.base):]).json["keys"][0]
    same(json.loads(part(token, 0))["kid"], key["kid"], "kid")
    same(json.loads(part(token, 1))["iss"], discovery["issuer"], "issuer")
    number = {k: int.from_bytes(base64.urlsafe_b64decode(key[k] + "=="), "big") for k in "ne"}
    signed = pow(int.from_bytes(part(token, 2), "big"), number["e"], number["n"]).to_bytes(256, "big")
    digest = hashlib.sha256(token.rsplit(".", 1)[0].encode()).digest()
    true(signed.endswith(digest) and signed.startswith(b"\x00\x01\xff"), "the signature verifies")


@check("1.3 an id token can be made odd: claims, header, signature, or all of it")
def _(e):
    e.scenario(settings={"id_token": {"claims": {"aud": "x", "nonce": None}, "header": {"alg": "none"},
                                      "sign": "none"}})
    token = e.redeem(e.code(nonce="n")).json["id_token"]
    claims = json.loads(part(token, 1))
    same((json.loads(part(token, 0))["alg"], claims["aud"], "nonce" in claims, token[-1]),
         ("none", "x", False, "."))
    e.scenario(settings={"id_token": {"text": "nonsense"}})
    same(e.redeem(e.code()).json["id_token"], "nonsense")


@check("1.3 the key of id tokens can be changed while the service runs")
def _(e):
    before = json.loads(part(e.redeem(e.code()).json["id_token"], 0))["kid"]
    e.control("POST", "change_keys", {})
    after = json.loads(part(e.redeem(e.code()).json["id_token"], 0))["kid"]
    keys = e.send("GET", "/organizations/discovery/v2.0/keys").json["keys"]
    same(([k["kid"] for k in keys], before != after), ([after], True))


@check("1.1 discovery names the endpoints and no revocation endpoint")
def _(e):
    d = e.send("GET", "/organizations/v2.0/.well-known/openid-configuration").json
    true(d["token_endpoint"].endswith("/organizations/oauth2/v2.0/token"), "the token endpoint")
    true("{tenantid}" in d["issuer"], "the issuer is a template")
    true("revocation_endpoint" not in d and "introspection_endpoint" not in d, "there is none")
    same(d["token_endpoint_auth_methods_supported"],
         ["client_secret_post", "private_key_jwt", "client_secret_basic"])


@check("1.2 a code is good once: the second time is 54005")
def _(e):
    code = e.code()
    same(e.redeem(code).status, 200)
    refused(e.redeem(code), 400, "invalid_grant", 54005)


@check("1.2 a code dies after ten minutes")
def _(e):
    code = e.code()
    e.advance(601000)
    refused(e.redeem(code), 400, "invalid_grant", 70008)


@check("1.3 a code is bound to its redirect URI and its app")
def _(e):
    refused(e.redeem(e.code(), redirect_uri="https://portal.example/other"), 400, "invalid_request", 50011)
    refused(e.redeem(e.code(), client_id=WEAK_APP), 400, "invalid_grant", 70000)


@check("1.3 PKCE: the verifier must fit the challenge, 501481 otherwise")
def _(e):
    verifier = "v" * 50
    challenge = b64(hashlib.sha256(verifier.encode()).digest())
    code = e.code(code_challenge=challenge, code_challenge_method="S256")
    refused(e.redeem(code, code_verifier="x" * 50), 400, "invalid_grant", 501481)
    same(e.redeem(code, code_verifier=verifier).status, 200)
    refused(e.redeem(e.code(code_challenge=challenge, code_challenge_method="S256")), 400,
            "invalid_grant", 501481)


@check("1.5 every refresh gives a new refresh token, and the old one lives on")
def _(e):
    first = e.delegated()["refresh_token"]
    second = e.ask_token(grant_type="refresh_token", refresh_token=first, scope=None).json["refresh_token"]
    true(first != second, "the token is a new one")
    for token in (first, second):
        same(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None).status, 200)


@check("1.5 a refresh token idle for ninety days is 700082")
def _(e):
    token = e.delegated()["refresh_token"]
    e.advance(91 * 86400 * 1000)
    body = refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None), 400,
                   "invalid_grant", 700082)
    same(body["suberror"], "token_expired")


@check("1.5 a scope that was not granted cannot be had by refreshing")
def _(e):
    token = e.delegated()["refresh_token"]
    refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope="TeamMember.ReadWrite.All"),
            400, "invalid_grant", 65001)


@check("1.5 once the administrator takes consent back, a refresh with their scopes is 65001")
def _(e):
    token = e.delegated("openid offline_access TeamMember.ReadWrite.All")["refresh_token"]
    e.control("POST", "consent", {"app": APP, "tenant": TENANT, "withdraw": True})
    refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None), 400,
            "invalid_grant", 65001)


@check("1.6 revoking sign-in sessions kills refresh tokens with 50173")
def _(e):
    token = e.delegated()["refresh_token"]
    same(e.post("/users/%s/revokeSignInSessions" % e.user_id("teacher@school.example")).status, 204)
    refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None), 400,
            "invalid_grant", 50173)


@check("1.5 a disabled account cannot refresh: 50057")
def _(e):
    token = e.delegated()["refresh_token"]
    e.control("POST", "people", {"user": "teacher@school.example", "set": {"accountEnabled": False}})
    refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None), 400,
            "invalid_grant", 50057)


@check("1.4 an account's scripted failure carries suberror and claims")
def _(e):
    token = e.delegated()["refresh_token"]
    e.control("POST", "people", {"user": "teacher@school.example", "set": {"token_error": 50076}})
    body = refused(e.ask_token(grant_type="refresh_token", refresh_token=token, scope=None), 400,
                   "invalid_grant", 50076)
    same(body["suberror"], "basic_action")
    true("capolids" in json.loads(body["claims"])["access_token"], "claims is JSON in text")


@check("1.4 any AADSTS number can be scripted, for the n-th request only")
def _(e):
    e.scenario([{"match": {"path": "*/token", "nth": 2}, "do": {"aadsts": 65001}}])
    same([e.ask_token().status for _ in range(3)], [200, 400, 200])


@check("1.8 the token endpoint can answer 429 in plain text with Retry-After 60")
def _(e):
    e.scenario([{"match": {"path": "*/token"},
                 "do": {"status": 429, "body": "Too many requests", "retry_after": 60}}])
    a = e.ask_token()
    same((a.status, a.header("Retry-After"), a.header("Content-Type")), (429, "60", "text/plain"))


@check("1.8 50196 and 503 can be scripted at the token endpoint")
def _(e):
    e.scenario([{"match": {"nth": 1}, "do": {"aadsts": 50196}},
                {"match": {"nth": 2}, "do": {"status": 503, "html": True}}])
    refused(e.ask_token(), 400, "invalid_grant", 50196)
    same(e.ask_token().status, 503)


def certified():
    """A world with an app that has a certificate; made once."""
    world = os.path.join(work, "certified.json")
    if not os.path.exists(world):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=app",
                        "-keyout", work + "/app.key", "-out", work + "/app.pem"], check=True,
                       capture_output=True)
        with open(WORLD, encoding="utf-8") as f:
            made = json.load(f)
        made["apps"] = [{"client_id": APP, "certificate_file": "app.pem"}]
        with open(world, "w", encoding="utf-8") as f:
            json.dump(made, f)
    return world


def assertion(e, algorithm="PS256", thumb=None, **claims):
    der = subprocess.run(["openssl", "x509", "-in", work + "/app.pem", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    header = {"alg": algorithm, "typ": "JWT"}
    if algorithm == "PS256":
        header["x5t#S256"] = thumb or b64(hashlib.sha256(der).digest())
    else:
        header["x5t"] = thumb or b64(hashlib.sha1(der).digest())
    now = int(time.time())
    body = {"aud": "%s/%s/oauth2/v2.0/token" % (e.base, TENANT), "iss": APP, "sub": APP,
            "jti": str(uuid.uuid4()), "nbf": now, "iat": now, "exp": now + 600}
    body.update(claims)
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(body).encode())
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", work + "/app.key"]
                               + (pss if algorithm == "PS256" else []), input=text.encode(), check=True,
                               capture_output=True).stdout
    return text + "." + b64(signature)


def with_assertion(e, text):
    return e.ask_token(client_secret=None, client_assertion=text, client_assertion_type=
                       "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")


class Certified:
    """Starts its emulator when the check runs, for the world is made then."""

    def __enter__(self):
        import kit
        self.emulator = kit.Emulator(world=certified())
        return self.emulator

    def __exit__(self, *what):
        self.emulator.stop()


@check("1.3 a certificate assertion is accepted as PS256 and as RS256")
def _(_e):
    with Certified() as e:
        same(with_assertion(e, assertion(e)).status, 200, "PS256")
        same(with_assertion(e, assertion(e, "RS256")).status, 200, "RS256")


@check("1.3 an assertion with a broken signature, a strange certificate or wrong claims is 700027")
def _(_e):
    with Certified() as e:
        good = assertion(e)
        broken = good[:-8] + ("A" * 8 if good[-8:] != "A" * 8 else "B" * 8)
        for text in (broken, assertion(e, thumb="AAAA"), assertion(e, iss="x"), assertion(e, sub="x"),
                     assertion(e, aud="%s/%s/oauth2/v2.0/token" % (e.base, SMALL)), "x.y.z"):
            refused(with_assertion(e, text), 401, "invalid_client", 700027)


@check("1.3 an assertion past its time is 700024")
def _(_e):
    with Certified() as e:
        refused(with_assertion(e, assertion(e, exp=int(time.time()) - 900)), 401, "invalid_client", 700024)


@check("8 a request without a token is 401 InvalidAuthenticationToken and names the sign-in service")
def _(e):
    a = e.send("GET", "/v1.0/users")
    same((a.status, a.code), (401, "InvalidAuthenticationToken"))
    true('authorization_uri="%s/' % e.base in a.header("WWW-Authenticate"), "WWW-Authenticate is there")
    true(a.json["error"]["innerError"]["request-id"] == a.header("request-id"), "innerError has the id")


@check("8 a token that is made up, or changed by one letter, is 401")
def _(e):
    token = e.token()
    changed = token[:-1] + ("A" if token[-1] != "A" else "E")
    for text in ("nonsense", "a.b.c", changed):
        same(e.get("/users", token=text).status, 401, text[:20])


@check("1.3 a token expires when its seconds are over")
def _(e):
    e.scenario(settings={"token_lifetime_s": 60})
    a = e.ask_token().json
    same(a["expires_in"], 60)
    same(e.get("/organization", token=a["access_token"]).status, 200)
    e.advance(61000)
    late = e.get("/organization", token=a["access_token"])
    same((late.status, late.code), (401, "InvalidAuthenticationToken"))


@check("1.9 all tokens can be made to expire in the middle of a run")
def _(e):
    e.scenario([{"match": {"path": "/users", "nth": 2}, "do": {"expire_tokens": True}}])
    old = e.token()
    same([e.get("/users", token=old).status for _ in range(3)], [200, 401, 401])
    e.tokens = {}
    same(e.get("/users").status, 200)


@check("2.2 an app without the role is refused with 403, by directory and by Teams")
def _(e):
    weak = e.token(app=WEAK_APP)
    a = e.get("/groups", token=weak)
    same((a.status, a.code), (403, "Authorization_RequestDenied"))
    team = e.new_team()
    a = e.get("/teams/%s/members" % team, token=weak)
    same((a.status, a.code), (403, "Forbidden"))


@check("2.2 User.ReadBasic.All does not show accountEnabled or proxyAddresses")
def _(e):
    query = "/users/teacher@school.example?$select=id,mail,accountEnabled,proxyAddresses,userType"
    same(sorted(k for k in e.get(query, token=e.token(app=WEAK_APP)).json if k[0] != "@"), ["id", "mail"])
    true("accountEnabled" in e.get(query).json, "User.Read.All shows it")


@check("2.2 a teacher changes the members of own teams only")
def _(e):
    scope = "User.Read Team.Create TeamMember.ReadWrite.All TeamMember.Read.All"
    mine, other = e.delegated(scope)["access_token"], e.delegated(scope, "second@school.example")["access_token"]
    a = e.post("/teams", team_body(owner=None), token=mine)
    same(a.status, 202)
    team = a.header("Content-Location")[8:-2]
    e.advance(60000)
    same(e.add(team, "learner001@school.example", token=mine).status, 200)
    refusal = e.post("/teams/%s/members" % team, entry("learner002@school.example"), token=other)
    same((refusal.status, refusal.json["error"]["innerError"]["code"]), (403, "AccessDenied"))


@check("2.2 education calls refuse delegated tokens")
def _(e):
    token = e.delegated("EduRoster.ReadWrite.All User.Read")["access_token"]
    a = e.post("/education/classes", {"displayName": "8B", "mailNickname": "8b"}, token=token)
    same(a.status, 403)


@check("2.2 /me needs a person behind the token")
def _(e):
    same(e.get("/me").status, 400)
    same(e.get("/me", token=e.delegated()["access_token"]).json["mail"], "teacher@school.example")


@check("2.2 a guest may not list users")
def _(e):
    guest = "guest_elsewhere.example#EXT#@school.onmicrosoft.com"
    token = e.delegated("User.ReadBasic.All", guest)["access_token"]
    same(e.get("/users", token=token).status, 403)
