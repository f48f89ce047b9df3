"""roster_provider - a OneRoster provider's REST: client credentials, pages with limit and offset,
and whatever providers do wrong. Nothing but Python's standard library.

    provider = Provider(files)              # of roster_files
    rig.command("import", "green-hill", "--from", provider.url, ...)
    provider.asked                          # the paths it was asked for
"""
import base64
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from roster_files import rest_record

CLIENT, SECRET = "rollcall", "a secret of the provider's"


class Provider:
    """page_max: more is never given at once. Habits are changed in the instance while it runs."""

    def __init__(self, files, page_max=100, version="v1p1"):
        self.records = {name: [rest_record(r, version) for r in records] for name, records in files.items()}
        self.page_max = page_max
        self.tells_total = True
        self.links = False
        self.refuse = []            # (status, headers) for the next requests, one each
        self.tokens_live = 10 ** 9  # requests until a token has run out
        self.token = 0
        self.same_page = None       # a collection whose pages are all the first
        self.endless = None         # one whose pages never end
        self.grows = None           # one that is longer each time it is asked for
        self.shifts = None          # one whose first record goes, and another comes, after the first page
        self.cut = None             # one that leaves records out, whatever it counts
        self.asked = []
        self.lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider.sign_in(self, urllib.parse.parse_qs(body))

            def do_GET(self):
                provider.serve(self)

            def log_message(self, *unused):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.path = "/ims/oneroster/%s" % version
        self.url = "http://127.0.0.1:%d%s" % (self.server.server_address[1], self.path)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    # ---- answers ------------------------------------------------------------------------------

    def answer(self, to, status, value=None, headers=()):
        body = b"" if value is None else json.dumps(value).encode()
        to.send_response(status)
        for name, text in headers:
            to.send_header(name, text)
        to.send_header("Content-Type", "application/json")
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    def sign_in(self, to, form):
        with self.lock:
            self.asked.append("token")
            pair = "%s:%s" % (urllib.parse.quote(CLIENT, safe=""), urllib.parse.quote(SECRET, safe=""))
            known = to.headers.get("Authorization") == "Basic " + base64.b64encode(pair.encode()).decode()
            good = known and form.get("grant_type") == ["client_credentials"] and "roster-core" in form["scope"][0]
            self.token += 1
            self.left = self.tokens_live
        if good:
            self.answer(to, 200, {"access_token": "token-%d" % self.token, "token_type": "bearer", "expires_in": 3600})
        else:
            self.answer(to, 401, {"error": "invalid_client"})

    def serve(self, to):
        parts = urllib.parse.urlsplit(to.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        with self.lock:
            self.asked.append(to.path[len(self.path) + 1:])
            refusal = self.refuse.pop(0) if self.refuse else None
            self.left -= 1
            over = self.left < 0 or to.headers.get("Authorization") != "Bearer token-%d" % self.token
        name = parts.path[len(self.path) + 1:]
        if refusal:
            self.answer(to, refusal[0], {"imsx_codeMajor": "failure"}, refusal[1])
        elif over:
            self.answer(to, 401, {"imsx_codeMajor": "failure"})
        elif name not in self.records:
            self.answer(to, 404)
        else:
            self.page(to, name, int(query.get("offset", 0)), min(int(query.get("limit", 100)), self.page_max))

    def page(self, to, name, offset, limit):
        records, total = self.records[name], len(self.records[name])
        headers = []
        if self.cut == name:
            records = records[:-1]
        if self.shifts == name and offset > 0:
            records = records[1:] + [dict(records[-1], sourcedId="zz-came-late")]
        if self.endless == name:
            one = records[0]
            shown = [dict(one, sourcedId="more-%d" % n) for n in range(offset, offset + limit)]
            self.answer(to, 200, {name: shown})
            return
        if self.grows == name and offset > 0:
            total += 1
        shown = records[:limit] if self.same_page == name else records[offset:offset + limit]
        if self.tells_total:
            headers.append(("X-Total-Count", str(total)))
        if self.links:
            more = offset + limit < total
            link = '<%s/%s?limit=%d&offset=%d>; rel="%s"' % (
                self.url, name, limit, offset + limit if more else 0, "next" if more else "first")
            headers.append(("Link", link))
        self.answer(to, 200, {name: shown}, headers)
