#!/usr/bin/env python3
"""rollcall-web's doors: who comes in with which ticket, key and cookie, and everything that was
tried to come in without.

usage: test_web_who.py [WORDS...]
"""
import json
import os
import re
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal, wait_for  # noqa: E402
from web_rig import (TICKET_SECRET, WebRig, base64url, base64url_json, claims_of, jwt,  # noqa: E402
                     openssl, ticket)

suite = Suite()


def doors(**settings):
    """A rig without worker and Microsoft: only who may come in is asked here."""
    rig = WebRig()
    try:
        rig.start_redis(False)
        rig.graph, rig.scale = "http://127.0.0.1:1", 1
        rig.school("green-hill", name="Green Hill")
        rig.start_web(**settings)
        return rig
    except Exception:
        rig.close()
        raise


def entered(rig, text):
    """What comes of a ticket: the status and the word of both ways in."""
    browser = rig.browser()
    by_page = browser.enter(text)
    if by_page.status == 303:
        return "in"
    check(not browser.cookies, "no cookie for a refused ticket")
    by_call = rig.browser().post("/v1/session", {"ticket": text})
    equal((by_call.status, by_call.word), (by_page.status, by_page.word), "the same by POST")
    return by_page.word


def audit(rig, least, school="green-hill", of="audit"):
    """The acts in a school, or of="refused", once there are as many; they are written while the answer goes out."""
    def written():
        "%d entries in %s of %s" % (least, of, school)
        entries = rig.redis("LRANGE", rig.key("%s:%s" % (of, school)), 0, -1)
        return len(entries) >= least and [json.loads(e) for e in entries]
    return wait_for(written)


# ---- coming in --------------------------------------------------------------------------------

@suite
def staff_come_in():
    """a ticket becomes a session, by page and by call, and /v1/me says who it is"""
    with doors() as rig:
        browser = rig.browser()
        answer = browser.enter(ticket(name="N. Dlamini", roles=["teacher"], lang="af"), "/staff/settings#connection")
        equal((answer.status, answer.headers["Location"]), (303, "/staff/settings#connection"), "answer")
        cookie = answer.headers["Set-Cookie"]
        for part in ("rollcall=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800"):
            check(part in cookie, part + " in the cookie")
        me = browser.look().json
        equal((me["id"], me["name"], me["school"], me["language"], me["admin"]),
              ("staff-1", "N. Dlamini", {"id": "green-hill", "name": "Green Hill"}, "af", False), "who")
        check(re.fullmatch("[0-9a-f]{32}", me["csrf"]), "a token")
        check(8 * 3600 - 60 <= me["until"] / 1000 - time.time() <= 8 * 3600, "eight hours")
        equal(me["workers_online"], False, "workers_online")
        rig.redis("SET", rig.key("alive"), "1")
        equal(browser.look().json["workers_online"], True, "workers_online")

        second = rig.browser()
        answer = second.post("/v1/session", {"ticket": ticket("staff-2", roles=["administrator"])})
        equal((answer.status, answer.json), (200, {"to": "/staff/teams"}), "POST /v1/session")
        equal(second.look().json["admin"], True, "an administrator")


@suite
def a_page_with_a_ticket():
    """any page of staff takes a ticket, and the browser goes on to it without"""
    with doors() as rig:
        for page in ("/staff/teams", "/staff/settings"):
            browser = rig.browser()
            answer = browser.get("%s?class=8B%%2F1&ticket=%s&x=" % (page, ticket()))
            equal((answer.status, answer.headers["Location"]), (303, page + "?class=8B%2F1&x="), page)
            equal(browser.look().status, 200, "signed in")
        browser = rig.browser()
        equal(browser.get("/v1/me?ticket=" + ticket()).status, 401, "a call takes none")


@suite
def pages_for_people():
    """a person who may not come in sees a page: where to sign in, or that there is nothing for them"""
    with doors() as rig:
        def page(path):
            answer = rig.browser().get(path, Accept="text/html,*/*;q=0.8")
            check(answer.headers["Content-Type"].startswith("text/html"), "a page: " + answer.text[:80])
            return answer.status
        equal(page("/staff/teams"), 401, "nobody signed in")
        equal(page("/staff/teams?ticket=" + ticket(key="x" * 40)), 401, "a forged ticket")
        for path in ("/staff/teams", "/staff/settings", "/staff/enter"):
            equal(page(path + "?ticket=" + ticket(sso=False)), 404, "%s without SSO does not exist" % path)
        equal(page("/staff/teams?ticket=" + ticket(school="blue-lake")), 404, "a school that is not entered")


@suite
def leaving():
    """who leaves is signed out"""
    with doors() as rig:
        staff = rig.sign_in()
        answer = staff.delete("/v1/session")
        equal(answer.status, 204, "DELETE /v1/session")
        check("Max-Age=0" in answer.headers["Set-Cookie"], "the cookie is dropped")
        equal(staff.look().status, 401, "afterwards")


@suite
def public_keys():
    """tickets signed with ES256, RS256 and PS256 come in by the key file that says so"""
    with WebRig() as rig:
        rig.start_redis(False)
        rig.graph, rig.scale = "http://127.0.0.1:1", 1
        rig.school("green-hill")
        for name, words in (("ec", ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
                            ("rsa", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])):
            openssl("genpkey", "-algorithm", *words, "-out", rig.path(name + ".pem"))
        ec, rsa = (openssl("pkey", "-in", rig.path(n + ".pem"), "-pubout").decode() for n in ("ec", "rsa"))
        private = {"ES256": rig.path("ec.pem"), "RS256": rig.path("rsa.pem"), "PS256": rig.path("rsa.pem")}
        for fixed, public in (("ES256", ec), ("RS256", rsa), ("PS256", "alg: PS256\n" + rsa)):
            rig.write("ticket-key", public)
            rig.start_web(name="web-" + fixed)
            for algorithm, key in private.items():
                equal(entered(rig, ticket(key=key, algorithm=algorithm)),
                      "in" if algorithm == fixed else "ticket_algorithm", "%s for %s" % (algorithm, fixed))
            # The public key is known to everybody: as a secret it must prove nothing.
            for secret in (public, public.strip(), public.encode()):
                equal(entered(rig, ticket(key=secret, algorithm="HS256")), "ticket_algorithm",
                      "HS256 with the public key for " + fixed)
            rig.end(rig.web, signal.SIGKILL)


# ---- tickets that are refused ------------------------------------------------------------------

@suite
def bad_tickets():
    """forged, expired, endless, early, foreign and broken tickets are refused, each with its own word"""
    with doors(ROLLCALL_WEB_ADDRESS_RATE="0") as rig:
        now = int(time.time())
        good = ticket()
        head, body, proof = good.split(".")
        other = base64url_json(claims_of("staff-9"))
        tried = [
            ("ticket_missing", ""),
            ("ticket_unreadable", "x"), ("ticket_unreadable", head + "." + body),
            ("ticket_unreadable", good + "."), ("ticket_unreadable", "%s.%s.=" % (head, body)),
            ("ticket_unreadable", "%s.%s.%s" % (head, base64url(b"[]"), proof)),
            ("ticket_unreadable", "<script>alert(1)</script>"), ("ticket_unreadable", "\u2028.\x7f.\xff"),
            ("ticket_too_long", ticket(name="x" * 5000)),
            ("ticket_forged", ticket(key="not the secret, but as long as the secret is")),
            ("ticket_forged", "%s.%s.%s" % (head, other, proof)), ("ticket_forged", head + "." + body + "."),
            ("ticket_algorithm", ticket(algorithm="none")),
            ("ticket_algorithm", jwt(claims_of(), algorithm="none", alg="None")),
            ("ticket_algorithm", jwt(claims_of(), alg="HS512")),
            ("ticket_algorithm", jwt(claims_of(), alg="ES256")),
            ("ticket_unreadable", jwt(claims_of(), alg=["HS256"])),
            ("ticket_unreadable", jwt(claims_of(), crit=["exp"])),
            ("ticket_no_expiry", ticket(exp=None)), ("ticket_no_expiry", ticket(exp=str(now + 60))),
            ("ticket_expired", ticket(exp=now - 61)), ("ticket_expired", ticket(exp=1)),
            ("ticket_far_expiry", ticket(exp=now + 7 * 86400)),
            ("ticket_early", ticket(nbf=now + 90)), ("ticket_early", ticket(iat=now + 90)),
            ("ticket_audience", ticket(aud="portal")), ("ticket_audience", ticket(aud=["a", "b"])),
            ("ticket_staff", ticket(sub=None)), ("ticket_staff", ticket(sub="")), ("ticket_staff", ticket(sub="a\nb")),
            ("ticket_school", ticket(school=None)), ("ticket_school", ticket(school="green-hill:8B")),
            ("ticket_school", ticket(school="a\r\nb")), ("ticket_school", ticket(school="x" * 129)),
            ("no_sso", ticket(sso=None)), ("no_sso", ticket(sso=False)), ("no_sso", ticket(sso="true")),
            ("no_sso", ticket(sso=1)),
            ("unknown_school", ticket(school="no-such-school")), ("unknown_school", ticket(school="*")),
        ]
        for n, (want, text) in enumerate(tried):
            if n % 8 == 0:  # wrong ones from one address are counted: another server, another count
                rig.end(rig.web, signal.SIGKILL)
                rig.start_web(name="web-%d" % n, ROLLCALL_WEB_ADDRESS_RATE="0")
            equal(entered(rig, text), want, "the word for ticket %d: %.80s" % (n, text))
        equal(entered(rig, ticket(exp=now - 30)), "in", "a minute's leeway")
        return "%d tickets" % len(tried)


@suite
def a_ticket_works_once():
    """a ticket works once, however it is shown again, and is forgotten when it has ended"""
    with doors() as rig:
        text = ticket()
        equal(rig.browser().enter(text).status, 303, "first")
        equal(entered(rig, text), "ticket_used", "again")
        equal(rig.browser().get("/staff/teams?ticket=" + text).status, 401, "again as a page")
        keys = rig.redis("KEYS", rig.key("ticket:*"))
        equal(len(keys), 1, "keys that remember it")
        check(0 < rig.redis("PTTL", keys[0]) <= 185000, "until it has ended")
        check(text.split(".")[1] not in keys[0], "the ticket itself is not kept")


@suite
def a_race_for_one_ticket():
    """of fifty who show one ticket at once, one comes in"""
    with doors() as rig:
        text = ticket()
        results = []
        threads = [threading.Thread(target=lambda: results.append(rig.browser().enter(text).status))
                   for _ in range(50)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        equal(results.count(303), 1, "who came in")
        check(set(results) <= {303, 401, 429}, "the others were refused: %s" % set(results))


@suite
def the_page_opened_again():
    """who goes back to the address with the ticket, and is signed in, sees the page; anybody else does not"""
    with doors() as rig:
        text = ticket()
        staff = rig.browser()
        equal(staff.enter(text).status, 303, "first")
        equal(staff.enter(text, "/staff/settings").headers["Location"], "/staff/settings", "again, signed in")
        equal(staff.get("/staff/enter").status, 303, "without a ticket, signed in")
        other = rig.sign_in("staff-2")
        equal(other.enter(text).status, 401, "by somebody else")
        equal(other.look().json["id"], "staff-2", "who they still are")


@suite
def audience_and_issuer():
    """where audience and issuer are set, a ticket has to name them"""
    with doors(ROLLCALL_WEB_TICKET_AUDIENCE="teams.example", ROLLCALL_WEB_TICKET_ISSUER="https://portal.example") as rig:
        equal(entered(rig, ticket()), "ticket_audience", "neither")
        equal(entered(rig, ticket(aud="rollcall", iss="https://portal.example")), "ticket_audience", "audience")
        equal(entered(rig, ticket(aud="teams.example")), "ticket_issuer", "no issuer")
        equal(entered(rig, ticket(aud="teams.example", iss="https://portal.example.evil")), "ticket_issuer", "issuer")
        equal(entered(rig, ticket(aud=["x", "teams.example"], iss="https://portal.example")), "in", "both")


@suite
def a_look_from_outside():
    """a look with HEAD spends no ticket"""
    with doors() as rig:
        text = ticket()
        where = "?" + urllib.parse.urlencode({"ticket": text})
        for path in ("/staff/enter", "/staff/teams"):
            answer = rig.browser().ask("HEAD", path + where)
            equal((answer.status, answer.headers["Set-Cookie"]), (204, None), path)
        equal(entered(rig, text), "in", "afterwards")


# ---- where nobody is sent ------------------------------------------------------------------------

@suite
def open_redirects():
    """nobody is sent to another site, or given a header, by what stands in the address"""
    with doors() as rig:
        tried = ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
                 "http:/evil.example", "javascript:alert(1)", "/staff/teams\r\nSet-Cookie: x=y", "/staff/teams\nX: y",
                 "/staff/teams%0d%0aX: y\r\n\r\n<script>", "///evil.example", "/.evil.example", "evil.example",
                 "/staff/../\\evil.example", "/staff/teams@evil.example", "", " //evil.example", "\t//evil.example",
                 "/%2f/evil.example", "/staff/enter?ticket=x", "/v1/me", "data:text/html,x", "/staff/teams\\@evil.example"]
        for to in tried:
            browser = rig.browser()
            answer = browser.enter(ticket(), to)
            equal((answer.status, answer.headers["Location"]), (303, "/staff/teams"), "to %r" % to)
            equal(len(answer.headers.get_all("Set-Cookie")), 1, "cookies")
            equal(answer.headers["X"], None, "a header of theirs")
            answer = rig.browser().post("/v1/session", {"ticket": ticket(), "to": to})
            equal(answer.json["to"], "/staff/teams", "POST to %r" % to)
        answer = rig.browser().get("/staff/teams?x=%0d%0aSet-Cookie:%20a=b&ticket=" + ticket())
        check("\r" not in answer.headers["Location"] and "\n" not in answer.headers["Location"], "no line end")
        return "%d addresses" % len(tried)


# ---- cookies ---------------------------------------------------------------------------------------

@suite
def cookies_that_are_none():
    """a cookie that was changed, cut, made up, or sealed by somebody else is nobody's"""
    with doors() as rig, doors() as other:
        staff = rig.sign_in()
        name, value = next(iter(staff.cookies.items()))
        key, sealed = value.split(".")
        tried = [value[:-1], value + "A", value[:len(value) // 2], key + ".", "." + sealed, sealed, "other." + sealed,
                 "test.AAAA", "test." + "A" * 4000, "A" * 9000, "", "{}", base64url_json([1, "staff-1", "green-hill"])]
        for at in range(len(key) + 1, len(value), 7):
            tried.append(value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1:])
        for cookie in tried:
            answer = rig.browser().get("/v1/me", Cookie="%s=%s" % (name, cookie))
            equal((answer.status, answer.word), (401, "session_over"), "%.40s…" % cookie)
        equal(staff.look().status, 200, "the true one")
        other.write("secrets-key", "test:%s\n" % ("ab" * 32))
        other.end(other.web, signal.SIGKILL)
        other.start_web(name="other-key")
        equal(other.browser().get("/v1/me", Cookie="%s=%s" % (name, value)).word, "session_over", "another's key")
        return "%d cookies" % len(tried)


@suite
def pages_left_open():
    """a page left open beyond its session is told so each time it asks, and fills neither log nor audit"""
    with doors() as rig:
        for n in range(100):
            answer = rig.browser().get("/v1/me", Cookie="rollcall=test.AAAA")
            equal((answer.status, answer.word), (401, "session_over"), "request %d" % n)
            check("Bearer" in answer.headers["WWW-Authenticate"], "WWW-Authenticate")
        equal(rig.browser().get("/v1/me").word, "no_session", "without a cookie")
        check("session" not in rig.log_of("web"), "nothing in the log")


@suite
def the_sealing_key_changes():
    """sessions live on when a new sealing key comes, and end when theirs is taken away"""
    with doors() as rig:
        staff = rig.sign_in()
        old = open(rig.path("secrets-key")).read()

        def reread(text):
            count = rig.log_of("web").count("reloaded")
            rig.write("secrets-key", text)
            rig.web.send_signal(signal.SIGHUP)
            wait_for(lambda: rig.log_of("web").count("reloaded") > count)
        reread("new:%s\n%s" % ("cd" * 32, old))
        equal(staff.look().status, 200, "with both keys")
        later = rig.sign_in()
        check(later.cookies["rollcall"].startswith("new."), "sealed with the new one")
        reread("new:%s\n" % ("cd" * 32))
        equal((staff.look().status, later.look().status), (401, 200), "with the new one alone")
        rig.write("secrets-key", "nonsense\n")
        rig.web.send_signal(signal.SIGHUP)
        wait_for(lambda: "reload_refused" in rig.log_of("web"))
        equal(later.look().status, 200, "a file that is no good changes nothing")


@suite
def behind_https():
    """over https cookies are Secure and for this host alone, and browsers are told to stay with it"""
    with doors(ROLLCALL_WEB_PUBLIC_URL="https://teams.example") as rig:
        browser = rig.browser(origin="https://teams.example")
        answer = browser.enter(ticket())
        cookie = answer.headers["Set-Cookie"]
        check(cookie.startswith("__Host-rollcall=") and "Secure" in cookie and "Domain" not in cookie, cookie)
        check("max-age=31536000" in answer.headers["Strict-Transport-Security"], "HSTS")
        equal(browser.look().status, 200, "signed in")
        value = browser.cookies["__Host-rollcall"]
        equal(rig.browser().get("/v1/me", Cookie="rollcall=" + value).status, 401, "under the plain name")


# ---- changes that come from elsewhere -----------------------------------------------------------------

@suite
def csrf():
    """a change by staff needs the token of this very session"""
    with doors() as rig:
        staff, other = rig.sign_in("staff-1"), rig.sign_in("staff-1")
        check(staff.csrf != other.csrf, "two sessions, two tokens")
        for token in (None, "", "0" * 32, staff.csrf[:-1], staff.csrf + "0", other.csrf, staff.csrf.upper() + " "):
            answer = staff.delete("/v1/session", **{"X-CSRF-Token": token})
            equal((answer.status, answer.word), (403, "csrf_token"), "token %r" % token)
        equal(staff.look().status, 200, "still signed in")
        equal(staff.delete("/v1/session").status, 204, "with the token")
        equal([e["what"] for e in audit(rig, 7, of="refused")], ["csrf_token"] * 7, "refusals in the audit")


@suite
def another_session():
    """a page that shows its token reads in the session of that token only; who shows none reads in any"""
    with doors() as rig:
        rig.school("far-hill")
        staff, other = rig.sign_in("staff-1"), rig.sign_in("staff-1", school="far-hill")
        equal(other.get("/v1/classes", **{"X-CSRF-Token": other.csrf}).status, 200, "its own token")
        answer = other.get("/v1/classes", **{"X-CSRF-Token": staff.csrf})
        equal((answer.status, answer.word), (403, "csrf_token"), "the other one's")
        equal(other.get("/v1/classes").status, 200, "none")
        equal([e["what"] for e in audit(rig, 1, "far-hill")], ["entered"], "acts")
        equal(rig.redis("EXISTS", rig.key("refused:far-hill")), 0, "nobody tried anything")


@suite
def origins():
    """a change that another site's page asks for is refused, though cookie and token are right"""
    with doors() as rig:
        staff = rig.sign_in()
        host = urllib.parse.urlsplit(rig.url).netloc
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""},
                        {"Origin": "http://%s.evil.example" % host}, {"Origin": "https://" + host},
                        {"Origin": "http://127.0.0.1:1"}, {"Origin": rig.url + "@evil.example"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                        {"Sec-Fetch-Site": "none"}, {"Origin": None, "Sec-Fetch-Site": "cross-site"}):
            answer = staff.delete("/v1/session", **headers)
            equal((answer.status, answer.word), (403, "foreign_origin"), str(headers))
        answer = rig.browser(origin="https://evil.example").post("/v1/session", {"ticket": ticket()})
        equal((answer.status, answer.word, answer.headers["Set-Cookie"]), (403, "foreign_origin", None), "signing in")
        equal(staff.look().status, 200, "still signed in")
        equal(staff.delete("/v1/session", **{"Sec-Fetch-Site": "same-origin"}).status, 204, "our own page")


# ---- programs --------------------------------------------------------------------------------------------

@suite
def scopes():
    """a program may do what its key's scopes say, and a key that is none opens nothing"""
    with doors() as rig:
        equal(rig.caller("reader").get("/v1/queue").status, 200, "a reader reads")
        answer = rig.caller("reader").get("/v1/me")
        equal((answer.status, answer.word), (403, "missing_scope"), "a reader is no staff member")
        key = rig.keys["reader"]
        for header in ("Bearer", "Bearer ", "Basic " + key, key, "Bearer " + key[:-1], "Bearer %sx" % key,
                       "Bearer " + key.upper(), "Bearer " + "A" * 5000, "Bearer " + key.replace("rollcall_", "")):
            answer = rig.browser().get("/v1/queue", Authorization=header)
            equal((answer.status, answer.word), (401, "unknown_key"), header[:40])
            check("Bearer" in answer.headers["WWW-Authenticate"], "WWW-Authenticate")
            check(key not in answer.text, "the key is not repeated")
        equal(rig.browser().get("/v1/queue", Authorization="bearer " + key).status, 200, "the scheme in small letters")
        check(key not in rig.log_of("web"), "no key in the log")
        equal([e["what"] for e in audit(rig, 1, "*", "refused")], ["missing_scope"], "audit")


@suite
def a_thousand_wrong_keys():
    """a thousand wrong keys are soon answered with 429, and a right one from the same address still comes in"""
    with doors() as rig:
        seen = {}
        for _ in range(1000):
            answer = rig.browser().get("/v1/queue", Authorization="Bearer rollcall_" + secrets.token_urlsafe(32))
            seen[answer.status] = seen.get(answer.status, 0) + 1
        equal(set(seen), {401, 429}, "answers")
        check(seen[401] <= 40, "401: %d" % seen[401])
        check(1 <= int(answer.headers["Retry-After"]) <= 3, "Retry-After")
        equal(answer.word, "too_often", "word")
        equal(rig.caller("reader").get("/v1/queue").status, 200, "a right key")
        equal(rig.sign_in().look().status, 200, "a right ticket")
        check(rig.log_of("web").count("unknown_key") <= 40, "lines in the log")
        return "%d times 401, %d times 429" % (seen[401], seen[429])


@suite
def keys_come_and_go():
    """a key that rollcall keys makes works after a reload, and one that is taken out does not"""
    with doors() as rig:
        def keys(*words):
            return rig.command("keys", *words, **rig.web_settings())

        def reload():
            count = rig.log_of("web").count("reloaded")
            rig.web.send_signal(signal.SIGHUP)
            wait_for(lambda: rig.log_of("web").count("reloaded") > count)

        def queue(key):
            return rig.browser().get("/v1/queue", Authorization="Bearer " + key).status
        made = keys("new", "timetable", "--scopes", "read", "--school", "green-hill")
        equal(made.returncode, 0, made.stderr)
        key = made.stdout.split()[0]
        equal(queue(key), 401, "before the reload")
        reload()
        equal(queue(key), 200, "afterwards")
        check(key not in open(rig.path("portal-keys")).read(), "the key itself is not kept")
        listed = json.loads(keys("list", "--json").stdout)
        check({"name": "timetable", "scopes": "read", "school": "green-hill"} in listed, "listed")
        again = keys("new", "timetable", "--scopes", "read")
        equal((again.returncode, "there is a key timetable already" in again.stderr), (1, True), again.stderr)
        equal(keys("remove", "timetable").returncode, 0, "remove")
        reload()
        equal(queue(key), 401, "removed")
        equal(rig.caller("reader").get("/v1/queue").status, 200, "the others stay")
        equal(keys("remove", "timetable").returncode, 1, "remove again")
        for words in (["new", "a b", "--scopes", "read"], ["new", "a", "--scopes", "write"],
                      ["new", "a", "--scopes", "read", "--school", "a:b"], ["new", "a"]):
            equal(keys(*words).returncode, 2, " ".join(words))


# ---- how often ---------------------------------------------------------------------------------------------

@suite
def limits():
    """a key, a staff member and an address each have their own limit, and Retry-After tells when to come again"""
    with doors(ROLLCALL_WEB_KEY_RATE="2", ROLLCALL_WEB_STAFF_RATE="2", ROLLCALL_WEB_ADDRESS_RATE="2") as rig:
        staff, other = rig.sign_in("staff-1"), rig.sign_in("staff-2")

        def until_refused(ask):
            for n in range(40):
                answer = ask()
                if answer.status == 429:
                    check(1 <= int(answer.headers["Retry-After"]) <= 2, "Retry-After")
                    return n
            raise AssertionError("never refused")
        reader, writer = rig.caller("reader"), rig.caller("writer")
        check(18 <= until_refused(lambda: reader.get("/v1/queue")) <= 26, "a key's limit")
        equal(writer.get("/v1/queue").status, 200, "another key")
        check(15 <= until_refused(lambda: staff.get("/v1/me")) <= 26, "a staff member's limit")
        equal(other.get("/v1/me").status, 200, "another staff member")
        check(10 <= until_refused(lambda: rig.caller().get("/healthz")) <= 26, "an address's limit")
        equal(writer.get("/v1/queue").status, 200, "a key from there")


@suite
def behind_a_proxy():
    """X-Forwarded-For counts when a trusted server says it, and for nothing otherwise"""
    with doors(ROLLCALL_WEB_ADDRESS_RATE="1") as rig:
        seen = {rig.caller().get("/healthz", **{"X-Forwarded-For": "203.0.113.%d" % n}).status for n in range(30)}
        equal(seen, {200, 429}, "a header that anybody can write is no other address")
    with doors(ROLLCALL_WEB_ADDRESS_RATE="1", ROLLCALL_WEB_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8") as rig:
        seen = {rig.caller().get("/healthz", **{"X-Forwarded-For": "203.0.113.%d" % n}).status for n in range(30)}
        equal(seen, {200}, "thirty addresses behind a trusted server")
        seen = {rig.caller().get("/healthz", **{"X-Forwarded-For": "10.9.9.%d, 203.0.113.77" % n}).status
                for n in range(30)}
        equal(seen, {200, 429}, "one address that writes others before its own")
        browser = rig.browser()
        browser.get("/staff/enter?" + urllib.parse.urlencode({"ticket": ticket()}),
                    **{"X-Forwarded-For": "2001:db8::7, 10.1.1.1"})
        equal(audit(rig, 1)[0]["from"], "2001:db8::7", "from where, in the audit")


# ---- schools ---------------------------------------------------------------------------------------------------

@suite
def a_school_that_is_off():
    """a school that is switched off, or not entered, is told so at the door and within a session"""
    with doors() as rig:
        staff = rig.sign_in()
        rig.school("green-hill", enabled="0")
        equal(entered(rig, ticket(school="blue-lake")), "unknown_school", "a school that nobody entered")
        rig.school("blue-lake", enabled="false")
        equal(entered(rig, ticket(school="blue-lake")), "school_off", "one that is off")
        wait_for(lambda: staff.get("/v1/me").status == 403, 20, 0.2)
        equal(staff.get("/v1/me").word, "school_off", "within a session")
        rig.school("green-hill", enabled="1")
        equal(staff.get("/v1/me").status, 200, "switched on again")


@suite
def without_redis():
    """while Redis is away staff are told to come again, and nobody comes in"""
    with doors() as rig:
        staff = rig.sign_in()
        rig.redis_process.send_signal(signal.SIGSTOP)
        try:
            answer = rig.browser().enter(ticket("staff-2"))
            equal((answer.status, answer.word), (503, "store_unreachable"), "a ticket")
            check(answer.headers["Retry-After"], "Retry-After")
            equal(staff.get("/v1/me").status, 503, "me")
        finally:
            rig.redis_process.send_signal(signal.SIGCONT)
        equal(rig.caller().get("/healthz").status, 200, "alive")
        wait_for(lambda: staff.get("/v1/me").status == 200, 20, 0.1)


# ---- the audit ---------------------------------------------------------------------------------------------------

@suite
def a_full_store():
    """while the store's memory is full whoever is signed in is still known and sees what there is, and is told what was not kept"""
    with doors() as rig:
        staff = rig.sign_in()
        rig.redis("CONFIG", "SET", "maxmemory", "1")
        for path in ("/v1/me", "/v1/connection", "/v1/classes"):
            answer = staff.get(path)
            equal(answer.status, 200, path + " " + answer.text)
        # Redis 7 refuses even what frees memory there; later ones take it.
        gone = staff.delete("/v1/connection").status
        check(gone in (204, 503), "it is gone, or it is said that it is not: %d" % gone)
        rig.redis("CONFIG", "SET", "maxmemory", "0")
        equal(staff.get("/v1/connection").status, 200)


@suite
def audited():
    """who came, left or was refused stands in the school's audit, without name and secret, 10,000 at most; refusals push out no act"""
    with doors() as rig:
        text = ticket("staff-7", name="Nomsa Dlamini")
        browser = rig.browser()
        browser.enter(text)
        browser.look()
        browser.delete("/v1/session", **{"X-CSRF-Token": "0" * 32})
        browser.delete("/v1/session")
        rig.browser().enter(text)
        rig.browser().enter(ticket("staff-8", sso=False))
        acts, refusals = audit(rig, 2), audit(rig, 3, of="refused")
        entries = acts + refusals
        equal([(e["result"], e["what"], e["who"]) for e in reversed(acts)],
              [("acted", "entered", "staff-7"), ("acted", "left", "staff-7")], "the acts")
        equal([(e["result"], e["what"], e["who"]) for e in reversed(refusals)],
              [("refused", "csrf_token", "staff-7"), ("refused", "ticket_used", "staff-7"), ("refused", "no_sso", "staff-8")],
              "the refusals")
        equal({(e["kind"], e["from"]) for e in entries}, {("staff", "127.0.0.1")}, "who and from where")
        seen = json.dumps(entries) + rig.log_of("web")
        for secret in ("Nomsa", text, text.split(".")[2], TICKET_SECRET, "ticket="):
            check(secret not in seen, "%.20s… is in neither log nor audit" % secret)
        for name, claims in (("refused", {"sso": False}), ("audit", {})):
            rig.redis("RPUSH", rig.key(name + ":green-hill"), *["{}"] * 10500)
            rig.browser().enter(ticket("staff-9", **claims))
            wait_for(lambda: rig.redis("LLEN", rig.key(name + ":green-hill")) == 10000)


# ---- what strangers send -------------------------------------------------------------------------------------------

def raw(rig, *pieces, seconds=10):
    """Sends bytes and reads until the other side closes or the time is over."""
    where = urllib.parse.urlsplit(rig.url)
    with socket.create_connection((where.hostname, where.port), timeout=seconds) as s:
        got = b""
        try:
            for piece in pieces:
                s.sendall(piece)
        except ConnectionError:
            pass
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except (socket.timeout, ConnectionError):
            pass
        return got


@suite
def large_requests():
    """10 MB of body, 64 kB of headers and a line without end are refused, and others are served meanwhile"""
    with doors() as rig:
        staff = rig.sign_in()
        body = b'{"ticket":"' + b"A" * (10 << 20) + b'"}'
        head = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        length = b"Content-Length: %d\r\n" % len(body)
        got = raw(rig, head + length + b"Expect: 100-continue\r\n\r\n")
        check(got.startswith(b"HTTP/1.1 413"), "10 MB, announced: %r" % got[:60])
        got = raw(rig, head + length + b"\r\n", body)
        check(got.startswith(b"HTTP/1.1 413") or not got, "10 MB: %r" % got[:60])
        chunks = b"".join(b"%x\r\n%s\r\n" % (65536, b"A" * 65536) for _ in range(160)) + b"0\r\n\r\n"
        got = raw(rig, head + b"Transfer-Encoding: chunked\r\n\r\n", chunks)
        check(got.startswith(b"HTTP/1.1 413") or not got, "10 MB in pieces: %r" % got[:60])
        got = raw(rig, b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX: " + b"A" * 65536 + b"\r\n\r\n", seconds=3)
        check(re.match(rb"HTTP/1\.1 4(00|13|14|31)", got) or not got, "a long header: %r" % got[:60])
        many = b"".join(b"X-%d: y\r\n" % n for n in range(6000))
        got = raw(rig, b"GET /v1/me HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n", seconds=3)
        check(re.match(rb"HTTP/1\.1 4(00|13|14|31)", got) or not got, "many headers: %r" % got[:60])
        got = raw(rig, b"GET /" + b"A" * 70000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", seconds=3)
        check(re.match(rb"HTTP/1\.1 4(00|13|14|31)", got) or not got, "a long line: %r" % got[:60])
        equal(staff.look().status, 200, "others are served")
        check(rig.web.poll() is None, "the process lives")


@suite
def nonsense():
    """bodies that are no JSON object, methods that do not exist and bytes that are no HTTP are refused plainly"""
    with doors() as rig:
        browser = rig.browser()
        for body in (b"", b"x", b"[]", b"null", b"\xff\xfe", b'{"ticket":1}', b'{"ticket":null}', b'{"a":1,"a":2}',
                     b"[" * 5000, b'{"ticket":{"a":{"b":{}}}}', b'{"ticket":"\\u0000"}'):
            answer = browser.ask("POST", "/v1/session", body, {"Content-Type": "application/json"})
            check(answer.status in (400, 401, 429), "%r: %d" % (body[:20], answer.status))
            check(answer.headers["Content-Type"].startswith("application/problem+json"), "a problem")
        equal(browser.ask("BREW", "/v1/me").status, 405, "a method that does not exist")
        equal(browser.post("/staff/enter", {}).headers["Allow"], "GET", "Allow")
        for text in (b"\0\0\0\0\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"GET /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"GET /v1/me HTTP/1.1\r\nHost: x\r\nCookie: rollcall=\xff\xfe\0\r\n\r\n"):
            raw(rig, text, seconds=1)
        equal(rig.sign_in().look().status, 200, "afterwards")


@suite
def slow_loris():
    """three hundred who send their request letter by letter keep nobody else out"""
    with doors() as rig:
        where = urllib.parse.urlsplit(rig.url)
        request = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Slow: snail\r\n"
        slow = []
        try:
            for n in range(300):
                s = socket.create_connection((where.hostname, where.port), timeout=5)
                s.sendall(request[:10 + n % 60])
                slow.append(s)
            staff = rig.sign_in()
            for letter in range(3):
                for n, s in enumerate(slow):
                    s.sendall(request[10 + n % 60 + letter:][:1])
                started = time.monotonic()
                equal(staff.look().status, 200, "served")
                check(time.monotonic() - started < 1, "at once")
        finally:
            for s in slow:
                s.close()
        equal(rig.sign_in("staff-2").look().status, 200, "afterwards")


# ---- starting -------------------------------------------------------------------------------------------------------

@suite
def bad_files():
    """with key files that are no good rollcall-web does not start, and says which file and why"""
    with WebRig() as rig:
        rig.start_redis(False)
        rig.graph, rig.scale = "http://127.0.0.1:1", 1
        rig.web_settings()
        private = rig.path("private.pem")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private)
        for n, (settings, want) in enumerate((
                ({"ROLLCALL_WEB_TICKET_KEY_FILE": "/no/such"}, "/no/such: the key that proves tickets cannot be opened"),
                ({"ROLLCALL_WEB_TICKET_KEY_FILE": rig.write("short", "secret")}, "short: a secret for HS256 has 32 bytes"),
                ({"ROLLCALL_WEB_TICKET_KEY_FILE": private}, "only the public key belongs here"),
                ({"ROLLCALL_SECRETS_KEY_FILE": rig.write("bad-seal", "x")}, "bad-seal:1: a key is id:hex"),
                ({"ROLLCALL_SECRETS_KEY_FILE": ""}, "set secrets.key_file, too"),
                ({"ROLLCALL_WEB_PORTAL_KEYS_FILE": rig.write("bad-keys", "a:read\n")}, "bad-keys:1: a key is name"),
                ({"ROLLCALL_WEB_TRUSTED_PROXIES": "10.0.0.0/99"}, "web.trusted_proxies"))):
            try:
                rig.start_web(name="bad-%d" % n, **settings)
            except RuntimeError as why:
                check(want in str(why), "%s says: %s" % (settings, why))
            else:
                raise AssertionError("it started with %s" % settings)


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
