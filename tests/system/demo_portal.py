"""demo_portal - stands for the school portal in the demo: a page on which one picks who one is,
as if signed in there. A click makes the ticket and sends the browser to rollcall-web.

It lets anybody in as anybody, so it listens on loopback, knows the sample school and nothing else.
"""
import html
import http.server
import threading
import urllib.parse

from web_rig import ticket

PAGES = {"/staff/teams": "My Microsoft Teams", "/staff/settings": "My User Settings"}
STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#555, #aaa); --main: light-dark(#1d5c3a, #9fd8b6) }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 46rem; padding: 1rem }
.stand-in { border: 2px dashed #c60; border-radius: 6px; padding: .6rem 1rem }
fieldset, li { border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; margin: 0 0 .8rem }
ul { list-style: none; padding: 0 }
li { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
li > :first-child { flex: 1 1 18rem }
li > :last-child { display: flex; flex-wrap: wrap; gap: .5rem }
label { margin-right: 1.5rem; white-space: nowrap }
small, .quiet { color: var(--quiet) }
button { font: inherit; padding: .35rem .8rem; border: 1px solid var(--main); border-radius: 6px; background: none;
         color: var(--main); cursor: pointer }
"""


class Person:
    def __init__(self, id, name, about, admin=False):
        self.id, self.name, self.about = id, name, about
        self.roles = ["teacher", "admin"] if admin else ["teacher"]


def choice(name, first, *others):
    """Radio buttons; the first one is chosen."""
    return "".join('<label><input type="radio" name="%s" value="%s"%s> %s</label>' % (
        name, value, " checked" if i == 0 else "", text) for i, (value, text) in enumerate((first, *others)))


def row(person):
    buttons = "".join('<button name="go" value="%s %s">%s</button> ' % (html.escape(person.id), page, text)
                      for page, text in PAGES.items())
    return "<li><div><strong>%s</strong><br><small>%s</small></div><div>%s</div></li>" % (
        html.escape(person.name), html.escape(person.about), buttons)


def page(school, people):
    return """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>%s: portal (stand-in)</title><link rel="icon" href="data:,"><style>%s</style></head>
<body><main>
<h1>%s</h1>
<p class="stand-in"><strong>This page stands for your school portal.</strong> There, staff are signed in
already and find the two pages in their menu. Here, pick who you are: the click makes a ticket, as the
portal would, and the ticket opens Rollcall.</p>
<form method="post" action="/go">
<fieldset><legend>Signed in to the portal</legend>%s</fieldset>
<fieldset><legend>Language</legend>%s</fieldset>
<ul>%s</ul>
</form>
<p class="quiet">Microsoft’s sign-in, to which Connect leads, is a stand-in as well: pick the account of the same name.</p>
</main></body></html>
""" % (html.escape(school), STYLE, html.escape(school),
       choice("sso", ("yes", "with single sign-on (SSO)"), ("no", "with a password")),
       choice("lang", ("en", "English"), ("af", "Afrikaans")), "\n".join(map(row, people)))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in dict(headers, Content_Length=len(body), Cache_Control="no-store").items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/":
            self.answer(200, self.server.portal.page, Content_Type="text/html; charset=utf-8")
        else:
            self.answer(404)

    def do_POST(self):
        asked = self.rfile.read(min(int(self.headers["Content-Length"] or 0), 4096)).decode()
        to = self.server.portal.address(dict(urllib.parse.parse_qsl(asked)))
        if to:
            self.answer(303, Location=to)
        else:
            self.answer(404)

    def log_message(self, *words):
        pass


class Portal:
    """Serves the page from a thread of its own until close(); web: the address of rollcall-web."""

    def __init__(self, school, name, people, web):
        self.school, self.people, self.web = school, {person.id: person for person in people}, web
        self.page = page(name, people).encode()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.portal = self
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, asked):
        """Where the ticket of the one who was picked leads; None if nobody was."""
        id, _, to = asked.get("go", "").partition(" ")
        person = self.people.get(id)
        if not person or to not in PAGES:
            return None
        made = ticket(person.id, self.school, name=person.name, roles=person.roles, sso=asked.get("sso") != "no",
                      lang=asked.get("lang", "en"))
        return "%s/staff/enter?%s" % (self.web, urllib.parse.urlencode({"ticket": made, "to": to}))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
