"""demo_walk - what a teacher does in a browser, done over HTTP: from the portal's page to the
summary of a sync. The demo does it when nobody is there to click."""
import html
import re
import urllib.parse

from rig import check, equal
from web_rig import Browser, Caller


def place_of(url):
    """What to ask for at the server of a URL, and that server."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(scheme="", netloc="").geturl(), "%s://%s" % (parts.scheme, parts.netloc)


def asked(answer, status):
    equal(answer.status, status, "status (%s)" % answer.text[:300])
    return answer


def enter(portal, id):
    """Picks a person on the portal's page; gives their browser, with a session."""
    page = asked(Caller(portal).get("/"), 200).text
    check('value="%s /staff/teams"' % id in page, "the portal knows " + id)
    form = urllib.parse.urlencode({"go": id + " /staff/teams", "sso": "yes", "lang": "en"})
    target, server = place_of(asked(Caller(portal).post("/go", form), 303).headers["Location"])
    browser = Browser(server)
    equal(asked(browser.get(target), 303).headers["Location"], "/staff/teams")
    asked(browser.get("/staff/teams", Accept="text/html"), 200)
    return browser, asked(browser.look(), 200).json


def link(browser, address):
    """Connect: to Microsoft's page, where the account of that address is clicked, and back."""
    target, server = place_of(asked(browser.post("/v1/connection"), 200).json["location"])
    microsoft = Caller(server)
    page = asked(microsoft.get(target), 200).text
    links = {html.unescape(text): html.unescape(to) for to, text in re.findall(r'<a href="([^"]+)">([^<]+)</a>', page)}
    back = asked(microsoft.get(target.split("?")[0] + links[address]), 302).headers["Location"]
    settings = asked(browser.get(place_of(back)[0]), 303).headers["Location"]
    check("linked=new" in settings, "linked (%s)" % settings)
    return asked(browser.get("/v1/connection"), 200).json


def do(browser, type, class_id):
    """Presses Create Team or Sync Learners and follows the job as the dialog does; its record."""
    record = asked(browser.post("/v1/jobs", {"type": type, "class": {"id": class_id}}), 202).json
    while record["state"] not in ("done", "failed", "cancelled", "joined"):
        record = asked(browser.get("/v1/jobs/%s?wait=20&rev=%d" % (record["id"], record["rev"])), 200).json
    equal(record["state"], "done", "state of %s (%s)" % (type, record.get("error", "")))
    return record
