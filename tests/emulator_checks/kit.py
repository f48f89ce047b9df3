"""What the checks stand on: emulators to start, a client to ask them, claims to make."""
import base64
import http.client
import json
import os
import subprocess
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
WORLD = os.path.join(HERE, "world.json")
TENANT = "22222222-2222-2222-2222-222222222222"
SMALL = "33333333-3333-3333-3333-333333333333"
APP, SECRET = "11111111-1111-1111-1111-111111111111", "demo-secret"
WEAK_APP = "44444444-4444-4444-4444-444444444444"
NO_CONSENT_APP = "55555555-5555-5555-5555-555555555555"
MEMBER = "#microsoft.graph.aadUserConversationMember"
GRAPH = "https://graph.microsoft.com/v1.0"

program = None
work = tempfile.mkdtemp(prefix="emulator-checks-")
running = {}
checks = []


def check(sentence, **options):
    """Registers a check; options are the emulator's command line."""
    def register(function):
        checks.append((sentence, options, function))
        return function
    return register


class Failed(Exception):
    pass


def same(got, want, what="value"):
    if got != want:
        raise Failed("%s is %r, want %r" % (what, got, want))


def true(fact, what):
    if not fact:
        raise Failed(what)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Emulator:
    def __init__(self, **options):
        arguments = [program, "--listen", "127.0.0.1:0"]
        options.setdefault("world", WORLD)
        for name, value in options.items():
            if value is not None:
                arguments += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        true("listening on http" in line, "the emulator said %r" % line)
        self.base = line.split()[-1]
        self.scheme, rest = self.base.split("://")
        self.host, self.port = rest.split(":")
        self.connection = None
        self.scale = float(options.get("scale") or 1)
        self.aged_ms = 0
        self.tokens = {}

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def send(self, method, path, body=None, headers=None):
        """One request; a dead connection is an exception of http.client or OSError."""
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.host, int(self.port), timeout=10)
            try:
                self.connection.request(method, path, body=body, headers=headers or {})
                reply = self.connection.getresponse()
                return Answer(reply.status, reply.getheaders(), reply.read())
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    raise

    def control(self, method, path, body=None):
        a = self.send(method, "/_emulator/" + path, json.dumps(body) if body is not None else None)
        same(a.status, 200, "control " + path)
        return a

    def reset(self):
        self.control("POST", "reset")
        self.tokens = {}

    def scenario(self, faults=None, settings=None):
        self.control("POST", "scenario", {"faults": faults or [], "settings": settings or {}})

    def advance(self, ms):
        self.control("POST", "clock", {"advance_ms": ms})
        self.aged_ms += ms / self.scale
        if self.aged_ms > 1000000:      # tokens may be over by now
            self.tokens, self.aged_ms = {}, 0

    def ledger(self, what=None):
        lines = self.send("GET", "/_emulator/ledger").body.decode().splitlines()
        events = [json.loads(line) for line in lines]
        return [e for e in events if what is None or e["what"] == what]

    def stats(self):
        return self.control("GET", "stats").json

    def ask_token(self, tenant=TENANT, headers=None, **fields):
        form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET,
                "scope": "https://graph.microsoft.com/.default"}
        form.update(fields)
        form = {k: v for k, v in form.items() if v is not None}
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        head.update(headers or {})
        return self.send("POST", "/%s/oauth2/v2.0/token" % tenant, urllib.parse.urlencode(form), head)

    def token(self, tenant=TENANT, app=APP):
        if (tenant, app) not in self.tokens:
            a = self.ask_token(tenant, client_id=app)
            same(a.status, 200, "token")
            self.tokens[tenant, app] = a.json["access_token"]
        return self.tokens[tenant, app]

    def graph(self, method, path, body=None, token=None, headers=None, raw=None):
        head = {"Authorization": "Bearer " + (token or self.token())}
        if body is not None or raw is not None:
            head["Content-Type"] = "application/json"
        head.update(headers or {})
        text = raw if raw is not None else json.dumps(body) if body is not None else None
        return self.send(method, "/v1.0" + path, text, head)

    def get(self, path, **more):
        return self.graph("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.graph("POST", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.graph("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.graph("DELETE", path, **more)

    def users(self, query, **more):
        return self.get("/users?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote), **more)

    def find(self, text, **more):
        a = self.users({"$filter": text}, **more)
        same(a.status, 200, "status of " + text)
        return [u["mail"] or u["userPrincipalName"] for u in a.json["value"]]

    def batch(self, requests, **more):
        return self.post("/$batch", {"requests": requests}, **more)

    # ---- teams ----

    def new_team(self, name="8B", owner="teacher@school.example", ready=True, **more):
        a = self.post("/teams", team_body(name, owner, **more))
        same(a.status, 202, "status of POST /teams")
        team = a.header("Content-Location")[len("/teams('"):-len("')")]
        if ready:
            self.advance(60000)
        return team

    def add(self, team, *people, **more):
        return self.post("/teams/%s/members/add" % team, {"values": [entry(p) for p in people]}, **more)

    def remove(self, team, *people, **more):
        return self.post("/teams/%s/members/remove" % team, {"values": [entry(p) for p in people]}, **more)

    def members(self, team, **more):
        a = self.get("/teams/%s/members?$top=999" % team, **more)
        same(a.status, 200, "status of the member list")
        return {m["email"]: m for m in a.json["value"]}

    def user_id(self, name):
        return self.get("/users/" + urllib.parse.quote(name)).json["id"]

    def quiet(self):
        """No quotas, for checks that are about something else."""
        self.control("POST", "throttle", {"off": True})

    # ---- signing in ----

    def authorize(self, tenant=TENANT, **fields):
        query = {"client_id": APP, "response_type": "code", "redirect_uri": "https://portal.example/back",
                 "scope": "openid profile offline_access User.Read Team.Create", "state": "s/1 2",
                 "login_hint": "teacher@school.example"}
        query.update(fields)
        query = {k: v for k, v in query.items() if v is not None}
        return self.send("GET", "/%s/oauth2/v2.0/authorize?%s" % (tenant, urllib.parse.urlencode(query)))

    def code(self, **fields):
        a = self.authorize(**fields)
        same(a.status, 302, "status of authorize")
        return parameters(a)["code"]

    def redeem(self, code, tenant=TENANT, **fields):
        form = {"grant_type": "authorization_code", "code": code, "scope": None,
                "redirect_uri": "https://portal.example/back"}
        form.update(fields)
        return self.ask_token(tenant, **form)

    def delegated(self, scope="openid offline_access User.Read Team.Create", who="teacher@school.example"):
        a = self.redeem(self.code(scope=scope, login_hint=who))
        same(a.status, 200, "redeeming")
        return a.json


def parameters(answer):
    query = urllib.parse.urlsplit(answer.header("Location")).query
    return dict(urllib.parse.parse_qsl(query))


def entry(who, roles=None, kind=MEMBER):
    return {"@odata.type": kind, "roles": roles or [], "user@odata.bind": "%s/users('%s')" % (GRAPH, who)}


def team_body(name="8B", owner="teacher@school.example", template="educationClass", **more):
    body = {"template@odata.bind": "%s/teamsTemplates('%s')" % (GRAPH, template), "displayName": name}
    if owner:
        body["members"] = [entry(owner, ["owner"])]
    body.update(more)
    return body


def part(token, n):
    text = token.split(".")[n]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def wait_for(fact, what, seconds=5):
    end = time.time() + seconds
    while time.time() < end:
        if fact():
            return
        time.sleep(0.02)
    raise Failed("still waiting for " + what)


def emulator(**options):
    """A running emulator with these options, as new."""
    key = json.dumps(options, sort_keys=True)
    if key in running and running[key].process.poll() is not None:
        del running[key]
    if key not in running:
        running[key] = Emulator(**options)
    running[key].reset()
    return running[key]
