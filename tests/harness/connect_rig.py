"""connect_rig - teachers who link their Microsoft accounts: a school where jobs run as the
teacher who asked, and a browser that goes to Microsoft's sign-in and comes back.

    with delegated_start(learners=5) as rig:
        staff = rig.sign_in("staff-1")
        connect(rig, staff, "teacher1")             # Connect, pick the account, come back
"""
import http.client
import json
import os
import tempfile
import urllib.parse

from rig import TENANT, address, equal, has, wait_for
from web_rig import web_start

OTHER_TENANT = "44444444-4444-4444-4444-444444444444"
SOMEBODY = "somebody@other.example"


def start_with_other(**more):
    """Microsoft knows another organisation as well, with an account SOMEBODY."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as world:
        json.dump({"tenants": [{"id": OTHER_TENANT, "domain": "other.example",
                                "users": [{"mail": SOMEBODY}]}]}, world)
    try:
        return web_start(emulator=("--world", world.name), **more)
    finally:
        os.unlink(world.name)


def delegated_start(learners=5, teachers=2, worker=True, tenant=TENANT, workers=(), **more):
    """green-hill, whose teachers link their own accounts. Worker and rollcall-web share the
    file of keys."""
    rig = start_with_other(learners=learners, teachers=teachers, worker=False, **more)
    try:
        rig.redis("DEL", rig.key("school:green-hill"))
        rig.redis("HSET", rig.key("school:green-hill"), "name", "Green Hill", "auth", "delegated",
                  *(("tenant_id", tenant) if tenant else ()))
        if worker:
            start_worker(rig, *workers)
        return rig
    except Exception:
        rig.close()
        raise


def start_worker(rig, *options, **settings):
    """A worker that has brought the Function library, which other commands need."""
    worker = rig.start_worker(*options, **dict({"ROLLCALL_SECRETS_KEY_FILE": rig.path("secrets-key")}, **settings))
    wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
    return worker


def set_out(browser):
    """Connect is pressed: the address of Microsoft's sign-in."""
    answer = browser.post("/v1/connection")
    equal(answer.status, 200, "status of POST /v1/connection: " + answer.text)
    return answer.json["location"]


def changed(url, **parameters):
    """The address with other parameters; None takes one away."""
    place = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(place.query))
    query.update(parameters)
    query = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
    return urllib.parse.urlunsplit(place._replace(query=query))


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def at_microsoft(location, who=None, **more):
    """The person picks an account (a name or an address) at Microsoft's, or presses Cancel:
    where Microsoft sends the browser."""
    if who:
        more["login_hint"] = who if "@" in who else address(who)
    place = urllib.parse.urlsplit(changed(location, **more))
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", "%s?%s" % (place.path, place.query))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    equal(answer.status, 302, "status of Microsoft's sign-in")
    return answer.headers["Location"]


def come_back(browser, url):
    """How the way ended: ("linked", "new") or ("trouble", "expired")."""
    place = urllib.parse.urlsplit(url)
    answer = browser.get("%s?%s" % (place.path, place.query))
    equal(answer.status, 303, "status of the way back: " + answer.text)
    to = answer.headers["Location"]
    has(to, "/staff/settings?")
    has(to, "#connection")
    return urllib.parse.parse_qsl(urllib.parse.urlsplit(to).query)[0]


def try_to_connect(browser, who=None, **more):
    return come_back(browser, at_microsoft(set_out(browser), who, **more))


def connect(rig, browser, who, how="new"):
    equal(try_to_connect(browser, who), ("linked", how), "connecting " + who)
    state = browser.get("/v1/connection").json
    equal((state["state"], state["email"]), ("connected", address(who)), "connection")
    return state


def record(rig, staff="staff-1", school="green-hill"):
    return rig.redis.hash(rig.key("connection:%s:%s" % (school, staff)))
