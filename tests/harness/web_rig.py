"""web_rig - a rig with rollcall-web in front: the portal that signs tickets and holds keys,
browsers with cookies, programs with a key. Python's standard library and openssl.

    with web_start(learners=40) as rig:             # a school, a worker, rollcall-web
        staff = rig.sign_in("staff-1")              # through /staff/enter, as a browser does
        staff.post("/v1/jobs", {...})               # with cookie, CSRF token and Origin
        rig.caller("reader").get("/v1/queue")       # a program: reader, writer or operator
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import subprocess
import time
import urllib.parse

from rig import Rig, address, equal, wait_for

TICKET_SECRET = "a secret that only the portal and rollcall-web know"
SCOPES = {"reader": "read", "writer": "enqueue,read", "operator": "enqueue,read,admin"}


# ---- tickets ------------------------------------------------------------------------------

def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def base64url_json(value):
    return base64url(json.dumps(value).encode())


def openssl(*words, given=None):
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (words[0], done.stderr.decode()))
    return done.stdout


def raw_of_der(der):
    """The two numbers of an ECDSA signature, 32 bytes each, as a JWT has them."""
    numbers, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return numbers


def signature(algorithm, key, signed):
    """key: the secret for HS256, else the file of a private key."""
    if algorithm == "none":
        return b""
    if algorithm == "HS256":
        return hmac.new(key if isinstance(key, bytes) else key.encode(), signed, hashlib.sha256).digest()
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "PS256" else []
    made = openssl("dgst", "-sha256", *pss, "-sign", key, given=signed)
    return raw_of_der(made) if algorithm == "ES256" else made


def jwt(claims, key=TICKET_SECRET, algorithm="HS256", **header):
    signed = "%s.%s" % (base64url_json(dict({"alg": algorithm, "typ": "JWT"}, **header)), base64url_json(claims))
    return "%s.%s" % (signed, base64url(signature(algorithm, key, signed.encode())))


def claims_of(sub="staff-1", school="green-hill", **more):
    """What a portal says of a staff member; a claim given as None is left out."""
    claims = {"sub": sub, "school": school, "name": "N. Dlamini", "roles": ["teacher"], "sso": True,
              "exp": int(time.time()) + 120, "jti": secrets.token_hex(8)}
    claims.update(more)
    return {name: value for name, value in claims.items() if value is not None}


def ticket(sub="staff-1", school="green-hill", key=TICKET_SECRET, algorithm="HS256", **more):
    return jwt(claims_of(sub, school, **more), key, algorithm)


# ---- those who call -----------------------------------------------------------------------

class Answer:
    def __init__(self, got):
        self.status = got.status
        self.headers = got.headers
        self.body = got.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def word(self):
        """The fixed word of a problem."""
        return self.json["code"]


class Caller:
    """A program: a key, no cookies. Answers are never followed elsewhere."""

    def __init__(self, url, key=None):
        self.url = url
        self.headers = {"Authorization": "Bearer " + key} if key else {}

    def open(self):
        place = urllib.parse.urlsplit(self.url)
        return http.client.HTTPConnection(place.hostname, place.port, timeout=60)

    def before(self, method, headers):
        return dict(self.headers, **headers)

    def after(self, answer):
        return answer

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """A body that is neither text nor bytes goes out as JSON."""
        headers = self.before(method, headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.open()
        connection.timeout = timeout
        try:
            connection.request(method, path, body, {k: v for k, v in headers.items() if v is not None})
            return self.after(Answer(connection.getresponse()))
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, {} if body is None else body, headers)

    def put(self, path, body, **headers):
        return self.ask("PUT", path, body, headers)

    def delete(self, path, **headers):
        return self.ask("DELETE", path, headers=headers)


class Browser(Caller):
    """A person's browser: it keeps cookies, and sends CSRF token and Origin with a change.
    A header given as None is left out."""

    def __init__(self, url, origin=None):
        super().__init__(url)
        self.origin = origin or url
        self.cookies = {}
        self.csrf = None

    def before(self, method, headers):
        sent = {}
        if self.cookies:
            sent["Cookie"] = "; ".join("%s=%s" % pair for pair in self.cookies.items())
        if method not in ("GET", "HEAD"):
            sent["Origin"] = self.origin
            if self.csrf:
                sent["X-CSRF-Token"] = self.csrf
        sent.update(headers)
        return sent

    def after(self, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if not value or "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def enter(self, ticket_text, to="/staff/teams"):
        return self.get("/staff/enter?" + urllib.parse.urlencode({"ticket": ticket_text, "to": to}))

    def look(self):
        """GET /v1/me; from here on changes carry the session's token."""
        answer = self.get("/v1/me")
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer


# ---- the rig -----------------------------------------------------------------------------------

class WebRig(Rig):
    def __init__(self, *words, **more):
        super().__init__(*words, **more)
        self.keys = {name: "rollcall_" + secrets.token_urlsafe(32) for name in SCOPES}
        self.web = None
        self.url = None

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def portal_key_line(self, name, scopes, key, school="*"):
        return "%s:%s:%s:%s\n" % (name, scopes, school, hashlib.blake2b(key.encode(), digest_size=32).hexdigest())

    def web_settings(self, **more):
        keys = "".join(self.portal_key_line(name, SCOPES[name], key) for name, key in self.keys.items())
        files = {"ROLLCALL_SECRETS_KEY_FILE": ("secrets-key", "test:%s\n" % (b"rollcall" * 4).hex()),
                 "ROLLCALL_WEB_TICKET_KEY_FILE": ("ticket-key", TICKET_SECRET + "\n"),
                 "ROLLCALL_WEB_PORTAL_KEYS_FILE": ("portal-keys", keys)}
        settings = {"ROLLCALL_WEB_LISTEN": "127.0.0.1:0"}
        for name, (file, text) in files.items():
            if name not in more:
                settings[name] = self.path(file) if os.path.exists(self.path(file)) else self.write(file, text)
        settings.update(more)
        return self.settings(**settings)

    def start_web(self, name="web", **more):
        """rollcall-web on a free port; its address is also rig.url."""
        self.web = self.start(name, [self.program("rollcall-web")], env=self.web_settings(**more))

        def listens():
            "rollcall-web to listen"
            if self.web.poll() is not None:
                raise RuntimeError("rollcall-web did not start:\n" + self.log_of(name))
            lines = [line for line in self.log_of(name).splitlines() if "web_started" in line]
            return lines and lines[0].split("port=")[1].split()[0]
        self.url = "http://127.0.0.1:" + wait_for(listens, 20)
        return self.url

    def close(self):
        """The end of rollcall-web is looked at: a checker that found something shows there."""
        ends = self.web is not None and self.web.poll() is None
        code = self.end(self.web) if ends else 0
        log = self.log_of(self.web.name) if code else ""
        super().close()
        if code:
            raise AssertionError("rollcall-web ended with %d:\n%s" % (code, log))

    def browser(self, **more):
        return Browser(self.url, **more)

    def caller(self, name=None):
        return Caller(self.url, self.keys[name] if name else None)

    def sign_in(self, sub="staff-1", school="green-hill", **claims):
        """A browser whose person came from the portal and has a session."""
        browser = self.browser()
        equal(browser.enter(ticket(sub, school, **claims)).status, 303, "status of /staff/enter")
        equal(browser.look().status, 200, "status of /v1/me")
        return browser


def web_start(learners=40, teachers=2, users=(), worker=True, scale=100, emulator=(), web=None, **settings):
    """A rig with the school green-hill, accounts for its people, a worker and rollcall-web."""
    rig = WebRig()
    try:
        rig.start_redis(False)
        people = [address("teacher%d" % i) for i in range(1, teachers + 1)]
        people += [address("learner%d" % i) for i in range(1, learners + 1)]
        rig.start_emulator("--world", rig.world(people + list(users)), *emulator, scale=scale)
        rig.school("green-hill")
        if worker:
            rig.start_worker(**settings)
        rig.start_web(**(web or {}))
        return rig
    except Exception:
        rig.close()
        raise
