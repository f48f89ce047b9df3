"""cli_rig - rollcall, command by command, against a Redis of its own. There is no worker: records
are written here as a worker would write them. What runs is ROLLCALL_BIN, or the build's.
"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
from http.server import BaseHTTPRequestHandler, HTTPServer

from rig import Rig, check, equal, wait_for

rig = Rig()


class Anything(BaseHTTPRequestHandler):
    """Stands in for Microsoft: any answer shows that it is reachable."""

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass


server = HTTPServer(("127.0.0.1", 0), Anything)
threading.Thread(target=server.serve_forever, daemon=True).start()
MICROSOFT = "http://127.0.0.1:%d" % server.server_address[1]


def program():
    return os.environ.get("ROLLCALL_BIN") or rig.program("rollcall")


def environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    env.update({"ROLLCALL_CONF": os.devnull, "ROLLCALL_REDIS_URL": "unix://" + rig.socket,
                "ROLLCALL_GRAPH_ROOT": MICROSOFT, "ROLLCALL_GRAPH_AUTHORITY": MICROSOFT,
                "LANG": "C.UTF-8", "TZ": "UTC"})
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def rollcall(*words, status=0, stdin="", **more):
    """Runs a command, checks its exit status (None: any), gives standard output and error."""
    got = subprocess.run([program(), *words], env=environment(**more), input=stdin.encode(),
                         capture_output=True, timeout=30)
    out, err = got.stdout.decode(), got.stderr.decode()
    if status is not None and got.returncode != status:
        raise AssertionError("%s ended %d, want %d\n%s%s" % (words, got.returncode, status, out, err))
    return out, err


# ---- what stands in Redis ---------------------------------------------------------------------

def fresh():
    rig.redis("FLUSHALL")


def now():
    return int(time.time() * 1000)


def online():
    rig.redis("SET", rig.key("alive"), "w1", "EX", 15)


def job(id, state, **fields):
    """A record as a worker leaves it."""
    record = dict(rev=3, state=state, type="sync-learners", school="green-hill", requested_by="staff-17",
                  queued_at=now() - 5000, updated_at=now(), attempt=1, crashes=0, order=1)
    record["class"] = "8B-2026"
    record.update(fields)
    rig.redis("HSET", rig.key("job:" + id), *[w for pair in record.items() for w in pair])


def ended(id, state="done", **fields):
    job(id, state, started_at=now() - 4000, finished_at=now(), **fields)
    rig.redis("RPUSH", rig.key("finished"), "%d:%s" % (now(), id))


def row(id, learner, name, outcome, reason="", detail=""):
    rig.redis("RPUSH", rig.key("job:%s:learners" % id), json.dumps({
        "learner": learner, "name": name, "email": learner + "@green-hill.example", "outcome": outcome,
        "reason": reason, "detail": detail, "user_id": "u-" + learner, "at": 1760000000000}))


def inbox():
    return [json.loads(e) for e in rig.redis("LRANGE", rig.key("inbox"), 0, -1)]


def mixed(id="J1"):
    """A run with one of each."""
    row(id, "L1", "Zoë Grové", "added")
    row(id, "L2", "Nomvula Dlamini", "already_member")
    row(id, "L3", "Thabo Mokoena", "failed", "add_failed", "Microsoft answered 500")
    row(id, "L4", "Ané Môre", "unresolved", "no_account")
    row(id, "L5", "Sipho kaNgcobo", "unresolved", "no_email")
    row(id, "", "Piet Hand", "removed", "added_by_hand")
    ended(id, done=6, total=6, added=1, already_member=1, failed=1, unresolved=2, removed=1, removal_failed=0)


# ---- on a terminal ------------------------------------------------------------------------------

class Terminal:
    """A command on a terminal of its own, so many columns wide."""

    def __init__(self, columns, *words, **more):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(program(), [program(), *words], environment(TERM="xterm", **more))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self):
        try:
            more = os.read(self.fd, 65536).decode("utf-8", "replace")
        except OSError:
            more = ""
        self.text += more
        return more

    def until(self, part):
        def seen():
            self.read()
            return part in self.text
        seen.__doc__ = "%r on the terminal, which shows %r" % (part, self.text)
        wait_for(seen, 10)

    def end(self):
        while self.read():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def printed_width(line):
    plain = re.sub(r"\033\[[0-9;]*[A-Za-z]", "", line)
    return sum(0 if unicodedata.combining(c) else 1 for c in plain.replace("\r", ""))


def screen(columns, *words):
    """The lines that a command shows on a terminal."""
    terminal = Terminal(columns, *words, NO_COLOR="1")
    equal(terminal.end(), 0, "status of " + " ".join(words))
    lines = terminal.text.replace("\r", "").splitlines()
    widest = max(map(printed_width, lines))
    check(widest <= columns, "%s: %d columns hold %d\n%s" % (words, columns, widest, terminal.text))
    return lines


def main(suite):
    with rig:
        rig.start_redis()
        return suite.main(sys.argv[1:])
