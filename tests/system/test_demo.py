#!/usr/bin/env python3
"""The demo does what it says, by itself and for somebody at a terminal."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "harness"), HERE]
import demo_walk  # noqa: E402
from rig import ROOT, Suite, check, equal, has, has_not  # noqa: E402

test = Suite()
COLOUR = re.compile(r"\033\[[0-9;]*m")


class Terminal:
    """Runs the demo as if in a terminal 100 characters wide, and reads along."""

    def __init__(self, folder):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.pop("ONCE", None)
            os.environ.update(DEMO_FOLDER=folder, COLUMNS="100")
            os.execv(sys.executable, [sys.executable, os.path.join(HERE, "demo.py")])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)

    def read_until(self, sign, seconds=90):
        end = time.monotonic() + seconds
        while sign not in self.text:
            check(time.monotonic() < end, "%r within %d s, after %s" % (sign, seconds, self.text[-2000:]))
            if select.select([self.fd], [], [], 1)[0]:
                self.text += COLOUR.sub("", os.read(self.fd, 65536).decode("utf-8", "replace")).replace("\r", "")

    def press_ctrl_c(self):
        os.write(self.fd, b"\x03")
        self.read_until("Good-bye.", 30)
        pid, self.pid = self.pid, None
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def commands(text):
    """The lines to paste: what is indented, with the line behind a backslash."""
    return "\n".join(line for line in text.splitlines() if line.startswith("  ")) + "\n"


@test
def by_itself():
    """with ONCE=1 it ends with status 0, after all Sync Summaries equalled Microsoft's ledger, those of a night too"""
    with tempfile.TemporaryDirectory(prefix="rollcall-demo-") as folder:
        done = subprocess.run([sys.executable, os.path.join(HERE, "demo.py")], capture_output=True, text=True, cwd=ROOT,
                              timeout=120, env=dict(os.environ, ONCE="1", DEMO_FOLDER=folder))
    equal((done.returncode, done.stderr), (0, ""), "status and errors\n" + done.stdout)
    equal(len(re.findall(r"^8[ABC]-2026: .*: the same$", done.stdout, re.M)), 3, "classes that agree")
    equal(len(re.findall(r": the same$", done.stdout, re.M)), 21, "classes that agree, with those of the night")
    has(done.stdout, "8A: No Team, 24 learners", "8B: Active, 34 learners", "8C: Active, 17 learners",
        "Microsoft Connection: connected, n.dlamini@green-hill.example.",
        "21 classes: 18 made, 18 changed, 0 could not be done, 0 held", "No Microsoft account found")


@test
def at_a_terminal():
    """it says which address to open first; behind it a teacher links an account; what is to be pasted works"""
    with tempfile.TemporaryDirectory(prefix="rollcall-demo-") as folder, Terminal(folder) as terminal:
        terminal.read_until("EX 259200\n")
        said = terminal.text[terminal.text.index("\n4. "):]
        portal = re.search(r"http://\S+", said).group(0).rstrip("/")
        browser, me = demo_walk.enter(portal, "staff-17")
        equal((me["name"], me["connection"]["state"]), ("Nomvula Dlamini", "none"))
        demo_walk.link(browser, "n.dlamini@green-hill.example")
        pasted = commands(said[said.index("paste first:"):])
        done = subprocess.run(["sh", "-e"], input=pasted, capture_output=True, text=True, cwd=ROOT, timeout=120)
        equal((done.returncode, done.stderr), (0, ""), "status of what was pasted")
        has(done.stdout, "Added              22", "Functions: loaded", '"workers_online":true')
        has(done.stdout, "Checked only; nothing was changed.", "8E.class.2026")
        has_not(done.stdout, "warning", "fail ")
        equal(terminal.press_ctrl_c(), 0, "status")


sys.exit(test.main(sys.argv[1:]))
