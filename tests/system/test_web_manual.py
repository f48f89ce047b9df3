#!/usr/bin/env python3
"""What rollcall-web(8) shows can be pasted, and what it lists is all there is."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import ROOT, Skip, Suite, check, class_of, equal, has, wait_for  # noqa: E402
from web_rig import WebRig, web_start  # noqa: E402

test = Suite()
ADDRESS = "http://127.0.0.1:8420"
with open(os.path.join(ROOT, "src", "man", "rollcall-web.8"), encoding="utf-8") as f:
    MANUAL = f.read()


def section(name):
    return re.search(r"^\.Sh %s\n(.*?)(?=^\.Sh )" % name, MANUAL, re.M | re.S).group(1)


def shown(name, word):
    """The example of a section that has this word in it, as a reader sees it."""
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section(name), re.M | re.S)
    found = [block.replace("\\e", "\\") for block in blocks if word in block]
    equal(len(found), 1, "examples with " + word)
    return found[0]


def run(rig, text, **env):
    """In a shell in the rig's folder, with the address of its rollcall-web."""
    if not shutil.which("curl"):
        raise Skip("curl is not there")
    path = os.path.dirname(rig.program("rollcall")) + ":" + os.environ["PATH"]
    done = subprocess.run(["sh", "-e"], input=text.replace(ADDRESS, rig.url or ADDRESS), capture_output=True, text=True,
                          cwd=rig.folder, env=dict(os.environ, **dict(rig.web_settings(), PATH=path, **env)), timeout=60)
    equal(done.returncode, 0, "status of the example (%s)" % done.stderr)
    return done.stdout


@test
def tickets():
    """the key pair and the ticket that are made in a shell let their staff member in, once"""
    with WebRig() as rig:
        rig.start_redis(False)
        rig.start_emulator()
        rig.school("green-hill")
        run(rig, shown("TICKETS", "genpkey"))
        rig.start_web(ROLLCALL_WEB_TICKET_KEY_FILE=rig.path("ticket.key"))
        for _ in range(2):
            answer = run(rig, shown("TICKETS", "b64()"))
            has(answer, " 303 ", "Location: /staff/teams", "HttpOnly")


@test
def keys():
    """a key is made, and used to put a class and to send a job, as it is shown"""
    with web_start() as rig:
        with open(rig.path("8A.json"), "w", encoding="utf-8") as out:
            json.dump(class_of(3, "8A-2026"), out)
        made, _, reload = shown("PORTAL KEYS", "keys new").partition("systemctl reload rollcall-web")
        equal(reload, "\n")
        key = run(rig, made).split()[0]
        rig.web.send_signal(signal.SIGHUP)

        def reread():
            "rollcall-web to read its files again"
            return " reloaded" in rig.log_of("web")
        wait_for(reread)
        answers = run(rig, shown("PORTAL KEYS", "-X PUT"), KEY=key)
        has(answers, '"classes":[]', '"learners":3', '"type":"create-team"')
        check("problem" not in answers, answers)


@test
def endpoints():
    """the table has what the description of the interface has, and who may ask for it"""
    described = {}
    with open(os.path.join(ROOT, "src", "web", "openapi.json"), encoding="utf-8") as text:
        for path, item in json.load(text)["paths"].items():
            for method in {"get", "put", "post", "delete"} & set(item):
                may = item[method]["security"] or [{}]
                roles = [role.replace("_", " ") for one in may if "session" in one for role in one["session"] or ["staff"]]
                who = ", ".join(roles + [one["key"][0] for one in may if "key" in one])
                if {} in may:
                    who = "this host, " + who if who == "read" else "anybody"
                described["%s %s" % (method.upper(), re.sub(r"\{(\w+)\}", lambda m: m.group(1).upper(), path))] = who
    listed = re.findall(r'^\.It Li "(\w+ /\S+)" Ta ([^"]*?) Ta ', section("ENDPOINTS"), re.M)
    equal(sorted(listed), sorted(described.items()))


@test
def events():
    """every event that rollcall-web logs is explained"""
    source = ""
    for path in glob.glob(os.path.join(ROOT, "src", "web", "*.c")):
        with open(path, encoding="utf-8") as text:
            source += text.read()
    logged = set(re.findall(r'log_(?:debug|info|warn|error)\(\s*"(\w+)"', source))
    logged |= set(re.findall(r'log_write\([^"]*"(\w+)"', source)) | set(re.findall(r'audit\(v, "(\w+)"', source))
    told = {word for line in re.findall(r"^\.It Cm (.*)", section("LOGGING"), re.M) for word in re.split(r"[ ,]+", line)}
    equal(sorted(logged - told), [], "events that are not explained")
    equal(sorted(told - logged), [], "events that there are not")


sys.exit(test.main(sys.argv[1:]))
