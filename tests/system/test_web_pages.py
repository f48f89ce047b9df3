#!/usr/bin/env python3
"""What a browser gets of people's pages: languages, versions, what is kept how long, and what
stands there when there is no page."""
import gzip
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal  # noqa: E402
from web_rig import ticket, web_start  # noqa: E402

test = Suite()
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def asked(browser, path, **headers):
    return browser.ask("GET", path, headers=dict(HTML, **headers))


def files_of(page):
    return re.findall(r'"(/assets/[^"]+)"', page.text)


@test
def kept():
    """scripts and styles are kept for ever, packed or not they are the same, and one that is not there is not found"""
    with web_start(worker=False) as rig:
        staff = rig.sign_in()
        page = asked(staff, "/staff/teams")
        files = files_of(page)
        equal(len(files), 4, "files of the page")
        for name in files:
            plain, packed = staff.get(name), staff.get(name, **{"Accept-Encoding": "br, gzip"})
            equal(plain.headers["Cache-Control"], "public, max-age=31536000, immutable", "how long %s is kept" % name)
            equal(packed.headers["Content-Encoding"], "gzip", "how %s is packed" % name)
            check(gzip.decompress(packed.body) == plain.body, "%s is the same packed" % name)
            equal(plain.headers["X-Content-Type-Options"], "nosniff", "what a browser may guess")
        equal(staff.get(files[0], **{"Accept-Encoding": "gzip;q=0"}).headers["Content-Encoding"], None, "packing refused")
        for name in ("teams.en.html", "openapi.json", "style.css", "..%2f..%2fetc%2fpasswd", "%00"):
            equal(staff.get("/assets/" + name).status, 404, "status of " + name)


CONSOLE = ["settings", "roster", "names", "report", "drift", "matches", "history", "year"]


@test
def console_pages():
    """the console's sections are for administrators, its groups for teaching staff too, the operators' page shows nobody anything"""
    with web_start(worker=False) as rig:
        both = ["/console", "/console/group?id=8B", "/console/act?id=8B&act=create"]
        sections = ["/console/" + name for name in CONSOLE]
        for roles, may in ((["administrator"], both + sections), (["super_admin"], both + sections),
                           (["teaching_staff"], both), (["teacher"], both), (["operator"], []), ([], [])):
            staff = rig.sign_in("x", roles=roles)
            for path in both + sections:
                page = asked(staff, path)
                equal((page.status, "Management Console</strong>" in page.text),
                      (200, True) if path in may else (404, False), "%s for %s" % (path, roles))
        boss = rig.sign_in("boss", roles=["admin"])
        for path in ("nothing", "..%2fteams", "groups.en", "a" * 200, "%00", "group/x"):
            equal(asked(boss, "/console/" + path).status, 404, path)
        for who in (boss, rig.browser()):
            page = asked(who, "/ops")
            equal(page.status, 200, "/ops")
            check(not re.search(r"green-hill|\d+ workers", page.text), "the page alone says nothing of the queue")
        equal(rig.browser().get("/v1/queue").status, 401)
        equal(asked(rig.browser(), "/console?ticket=" + ticket("boss", roles=["admin"])).headers["Location"], "/console")


@test
def versions():
    """a page is asked for each time, and is not sent again while it is the same"""
    with web_start(worker=False) as rig:
        staff = rig.sign_in()
        tags = set()
        for path in ("/staff/teams", "/staff/settings"):
            for headers in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Language": "af"}):
                page = asked(staff, path, **headers)
                equal((page.status, page.headers["Content-Type"], page.headers["Cache-Control"]),
                      (200, "text/html; charset=utf-8", "private, no-cache"), path)
                tag = page.headers["ETag"]
                tags.add(tag)
                again = asked(staff, path, **dict(headers, **{"If-None-Match": tag}))
                equal((again.status, again.body), (304, b""), "the same again")
                equal(asked(staff, path, **dict(headers, **{"If-None-Match": '"another"'})).status, 200, "another version")
        equal(len(tags), 6, "versions of two pages in two languages, packed and not")


@test
def languages():
    """the language is the ticket's, else the browser's, else English"""
    with web_start(worker=False) as rig:
        def language(staff, accepted):
            return re.search(r'<html lang="(\w+)">', asked(staff, "/staff/teams", **{"Accept-Language": accepted}).text)[1]
        afrikaans, none = rig.sign_in(lang="af"), rig.sign_in()
        equal(language(afrikaans, "en-GB"), "af", "a ticket in Afrikaans")
        equal(language(none, "af-ZA,af;q=0.9,en;q=0.8"), "af", "a browser in Afrikaans")
        equal(language(none, "zu,xh"), "en", "a browser in isiZulu")


@test
def policy():
    """nothing but our own scripts and styles runs on a page, and nobody frames it"""
    with web_start(worker=False) as rig:
        for page in (asked(rig.sign_in(), "/staff/teams"), asked(rig.browser(), "/staff/teams")):
            allowed = page.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
                check(part in allowed, part)
            check("unsafe" not in allowed, "a policy without exceptions")
            check(not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text), "a page without code of its own")


@test
def no_page():
    """who cannot have a page is told why as a person, a program as a program, and text stays text"""
    with web_start(worker=False) as rig:
        for browser, path, status, heading in (
                (rig.browser(), "/staff/teams", 401, "Sign in through your school’s portal"),
                (rig.browser(), "/staff/teams?ticket=nonsense", 401, "Sign in through your school’s portal"),
                (rig.browser(), "/staff/settings?ticket=" + ticket(sso=False), 404, "This page is not available"),
                (rig.sign_in(), "/staff/none", 404, "This page is not available")):
            page = asked(browser, path)
            equal((page.status, page.headers["Content-Type"], page.headers["Cache-Control"]),
                  (status, "text/html; charset=utf-8", "no-store"), path)
            check("<h1>%s</h1>" % heading in page.text, heading)
            check("Request id: %s\n" % page.headers["X-Request-Id"] in page.text, "the request's id on the page")
            check("eyJ" not in page.text and "ticket=" not in page.text, "a page without the ticket")
        nasty = asked(rig.browser(), "/staff/%3Cimg%20src=x%20onerror=alert(1)%3E&amp;")
        check("<img" not in nasty.text and "&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in nasty.text, "text stays text")
        for headers in ({"Accept": "application/json"}, {}):
            answer = rig.browser().ask("GET", "/staff/teams", headers=headers)
            equal((answer.status, answer.headers["Content-Type"]), (401, "application/problem+json"), "a program's answer")


@test
def store_away():
    """while Redis is away the page says so, with what a support ticket needs"""
    with web_start(worker=False) as rig:
        rig.end(rig.redis_process)
        page = asked(rig.browser(), "/staff/teams?ticket=" + ticket())
        equal(page.status, 503, "status")
        check("<h1>That did not work</h1>" in page.text, "the page says so")
        check("Message: store_unreachable\n" in page.text, "the word for support")


sys.exit(test.main(sys.argv[1:]))
