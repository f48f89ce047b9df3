#!/usr/bin/env python3
"""demo - Rollcall at work on one machine: `make demo`, or `make demo ONCE=1` to end by itself.

A private Redis, Microsoft's side, a worker, rollcall-web and the sample school. Two classes of
a teacher get their Teams and their learners by plain RPUSH; then Microsoft's own ledger is held
against every Sync Summary. The third is for the teacher's own pages, to which a stand-in for the
school portal leads; with ONCE=1 all that happens there is done over HTTP, and then the whole
school is imported as OneRoster and has its first night. Nothing outside build/demo (or
DEMO_FOLDER) is touched.
"""
import csv
import datetime
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import demo_walk  # noqa: E402
from demo_portal import Person, Portal  # noqa: E402
from rig import ROOT, TENANT  # noqa: E402
from web_rig import WebRig  # noqa: E402

SCHOOL, TEACHER = "green-hill", "staff-17"
CLASSES = ["8C-2026", "8B-2026"]
OWN_CLASS = "8A-2026"  # for the teacher's pages
PEOPLE = [TEACHER, "staff-16", "staff-18", "staff-19", "staff-1"]  # on the portal's page
NEW_CLASS = "more-2026"  # a teaching group of theirs that has no Team yet when the demo invites
SCALE = 20
COUNTS = ["added", "already_member", "failed", "unresolved", "removed", "removal_failed"]
BOLD, GREEN, RED, PLAIN = (("\033[1m", "\033[32m", "\033[31m", "\033[0m")
                           if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "", "", ""))


def columns():
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000


def say(text="", colour="", indent=""):
    """A paragraph, wrapped at word ends."""
    lines = textwrap.wrap(text, max(columns() - 1, 20), subsequent_indent=indent, break_long_words=False,
                          break_on_hyphens=False)
    print(colour + "\n".join(lines) + (PLAIN if colour else ""), flush=True)


def with_values(words):
    """An option and its value stay on one line."""
    joined = []
    for word in words:
        if joined and joined[-1].startswith("-") and " " not in joined[-1] and not word.startswith("-"):
            joined[-1] += " " + word
        else:
            joined.append(word)
    return joined


def say_command(words, lead="  ", colour=""):
    """A command that can be pasted: quoted, and with a backslash where its line ends early."""
    words, text, used = with_values(words), lead, len(lead)
    for i, word in enumerate(words):
        last = i + 1 == len(words)
        if used > len(lead) and used + 1 + len(word) + (0 if last else 2) > columns() - 1:
            text, used = text + " \\\n      ", 6
        elif i:
            text, used = text + " ", used + 1
        text, used = text + word, used + len(word)
    print(colour + text + (PLAIN if colour else ""), flush=True)


def quoted(*words):
    return [shlex.quote(word) for word in words]


def make_school(rig):
    folder, classes = rig.path("school"), rig.path("classes")
    data = os.path.join(ROOT, "tests", "data")
    subprocess.run([sys.executable, os.path.join(data, "sample_school.py"), folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, os.path.join(data, "class_files.py"), folder, classes], check=True,
                   stdout=subprocess.DEVNULL)
    return folder, classes


def class_file(classes, id):
    with open(os.path.join(classes, id + ".json"), encoding="utf-8") as f:
        return json.load(f)


def register_classes(classes):
    every = [class_file(classes, name[:-5]) for name in sorted(os.listdir(classes))]
    return [cls for cls in every if cls["kind"] == "registration"]


def publish(rig, classes):
    """The portal says of every register class whose it is and who is in it."""
    portal = rig.caller("writer")
    for cls in register_classes(classes):
        answer = portal.put("/v1/schools/%s/classes/%s" % (SCHOOL, urllib.parse.quote(cls["id"])), cls)
        if answer.status != 200:
            raise RuntimeError("class %s: %s" % (cls["id"], answer.text))


def people(school, classes):
    """Those who can be picked on the portal's page, with their register classes."""
    theirs = {}
    for cls in register_classes(classes):
        for teacher in cls["teachers"]:
            theirs.setdefault(teacher["id"], []).append(cls["name"])
    with open(os.path.join(school, "users.csv"), encoding="utf-8-sig", newline="") as f:
        users = {row["sourcedId"]: row for row in csv.DictReader(f)}
    for id in PEOPLE:
        user, role = users[id], users[id]["role"]
        yield Person(id, "%(givenName)s %(familyName)s" % user, "%s; register classes: %s; Microsoft account %s" % (
            role, ", ".join(theirs.get(id, ["none"])), user["email"]), role == "administrator")


def rollcall(rig, *words):
    """One command of `rollcall`, its output straight to the terminal; its exit status."""
    say_command(["$", "rollcall"] + quoted(*words), colour=BOLD)
    status = subprocess.run([rig.program("rollcall"), *words], env=dict(os.environ, **rig.settings())).returncode
    say()
    return status


def run_jobs(rig, classes):
    """Creates and syncs the classes; gives class id -> (team id, record of the sync)."""
    ends = {}
    say("1. The portal asks for two Teams, with one plain RPUSH each.", BOLD)
    created = [(c, rig.push("create-team", SCHOOL, class_file(classes, c), requested_by=TEACHER)) for c in CLASSES]
    say()
    for c, id in created:
        rollcall(rig, "watch", id)
    say("2. Then it asks to sync the learners of each.", BOLD)
    say()
    for c, id in created:
        sync = rig.push("sync-learners", SCHOOL, class_file(classes, c), requested_by=TEACHER)
        rollcall(rig, "watch", sync)
        ends[c] = (rig.job(id).get("team_id", ""), sync)
    return ends


def agree(rig, ends):
    """Holds each Sync Summary against what changed at Microsoft's. True if all agree."""
    good = True
    for c, (team, sync) in ends.items():
        record, rows = rig.job(sync), rig.rows(sync)
        added = [x["user"] for x in rig.ledger("member_added") if x["team"] == team and x["role"] == "member"]
        removed = [x["user"] for x in rig.ledger("member_removed") if x["team"] == team]
        teams = [x for x in rig.ledger("team_created") if x["team"] == team]
        same = (record.get("state") == "done" and len(teams) == 1
                and sorted(added) == sorted(r["user_id"] for r in rows if r["outcome"] == "added")
                and sorted(removed) == sorted(r["user_id"] for r in rows if r["outcome"] == "removed")
                and int(record["added"]) == len(added) and int(record["removed"]) == len(removed))
        good = good and same
        say("%s: summary %s added, %s removed; ledger %d added, %d removed: %s" % (
            c, record.get("added"), record.get("removed"), len(added), len(removed), "the same" if same else "DIFFERENT"),
            GREEN if same else RED, indent="  ")
    say()
    return good


def lengthen_year(school):
    """The sample's school year goes on for a while yet, whenever the demo is run."""
    path = os.path.join(school, "academicSessions.csv")
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    last = max(row["endDate"] for row in rows)
    later = (datetime.date.today() + datetime.timedelta(days=60)).isoformat()
    for row in rows:
        row["endDate"] = max(later, last) if row["endDate"] == last else row["endDate"]
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, rows[0], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def a_night(rig, school):
    """The roster of the whole school, and its first night; the ends of the classes that it made."""
    say("6. An administrator wants this for every register class: the school's roster, as files, and a night.", BOLD)
    lengthen_year(school)
    say()
    rollcall(rig, "school", "set", SCHOOL, "--auth", "app", "--kinds", "registration", "--naming", "rule",
             "--dfe-code", "9991001", "--domain", "green-hill.example")
    for words in (["import", SCHOOL, os.path.relpath(school)], ["night", SCHOOL, "--now", "--wait"],
                  ["report", SCHOOL], ["why", SCHOOL, "L0004"]):
        if rollcall(rig, *words) not in (0, 1):
            raise RuntimeError("rollcall %s" % " ".join(words))
    run = rig.redis("LINDEX", rig.key("runs:" + SCHOOL), 0)
    lines = [json.loads(text) for field, text in rig.redis.hash(rig.key("run:%s:%s" % (SCHOOL, run))).items()
             if field.startswith("c:")]
    made = sorted((line["name"], line["job"]) for line in lines if line.get("made"))
    return {name: (rig.job(job)["team_id"], job) for name, job in made}


def walk(rig, portal):
    """The teacher's pages over HTTP; gives class id -> (team id, record of the sync)."""
    say("4. The third class is the teacher's own to see to: from the portal's page to the summary, over HTTP.", BOLD)
    browser, me = demo_walk.enter(portal.url, TEACHER)
    say("%s comes with a ticket. My Microsoft Teams shows" % me["name"])
    for cls in browser.get("/v1/classes").json["classes"]:
        say("  %s: %s, %d learners" % (cls["name"], cls["label"], cls["learners"]))
    say("Microsoft Connection: %s; Connect, and the account is picked at Microsoft's." % me["connection"]["state"])
    connection = demo_walk.link(browser, "n.dlamini@green-hill.example")
    say("Microsoft Connection: %(state)s, %(email)s." % connection)
    for type in ("create-team", "sync-learners"):
        record = demo_walk.do(browser, type, OWN_CLASS)
        say("%s %s: %s" % (type, OWN_CLASS, record["state"]))
    say()
    rollcall(rig, "watch", record["id"])
    return {OWN_CLASS: (record["team_id"], record["id"])}


def envelope(id, type, cls):
    return json.dumps({"v": 1, "id": id, "type": type, "school": SCHOOL, "requested_by": TEACHER, "class": cls},
                      separators=(",", ":"))


def invite_to_pages(portal):
    say("4. The teacher's own pages. Open this address in a browser:", BOLD)
    say()
    say("  " + portal.url + "/", GREEN)
    say()
    say("It stands for the school portal. Pick Nomvula Dlamini and press My User Settings, there Connect; at "
        "Microsoft's pick the account n.dlamini. Then My Microsoft Teams: give 8A its Team and sync its learners, "
        "among whom is every kind of trouble.")
    say()


def invite(rig, classes):
    """What to try in another terminal; each line can be pasted there."""
    redis = ["redis-cli", "-s", shlex.quote(rig.socket)]
    new = os.path.relpath(os.path.join(classes, NEW_CLASS + ".json"))
    say("Everything stays up until Ctrl-C. For another terminal, in this folder; paste first:", BOLD)
    for name, value in rig.settings(ROLLCALL_SECRETS_KEY_FILE=rig.path("secrets-key")).items():
        say_command(["export", "%s=%s" % (name, shlex.quote(value))])
    say_command(["export", 'PATH="$PATH":' + shlex.quote(os.path.dirname(rig.program("rollcall")))])
    say()
    say("Look around:", BOLD)
    for words in (["rollcall", "queue"], ["rollcall", "jobs"], ["rollcall", "class", SCHOOL, "8B-2026"],
                  ["rollcall", "groups", SCHOOL], ["rollcall", "names", SCHOOL], ["rollcall", "history", SCHOOL],
                  ["rollcall", "import", SCHOOL, os.path.relpath(rig.path("school")), "--dry-run"],
                  ["rollcall", "doctor"], ["curl", "-s", "-w", "\\n", rig.graph + "/_emulator/teams"],
                  ["curl", "-s", "-w", "\\n", "-H", "Authorization: Bearer " + rig.keys["reader"], rig.url + "/v1/queue"]):
        say_command(quoted(*words))
    say()
    say("When the teacher's account is linked: give a teaching group its Team, then push a sync as a portal would, "
        "and watch it come:", BOLD)
    say_command(quoted("rollcall", "enqueue", "create-team", "--school", SCHOOL, "--file", new, "--requested-by", TEACHER,
                       "--wait"))
    say_command(redis + quoted("RPUSH", rig.key("inbox"), envelope("try-1", "sync-learners", {"id": NEW_CLASS})))
    say_command(quoted("rollcall", "watch", "try-1"))
    say_command(redis + quoted("HGETALL", rig.key("job:try-1")))
    say()
    say("Have one wait for ten minutes, and cancel it; either of the last two does:", BOLD)
    say_command(quoted("rollcall", "enqueue", "sync-learners", "--school", SCHOOL, "--class", "8B-2026", "--at", "+10m",
                       "--id", "try-2"))
    say_command(quoted("rollcall", "cancel", "try-2"))
    say_command(redis + quoted("SET", rig.key("cancel:try-2"), TEACHER, "EX", "259200"))
    say()
    while True:
        signal.pause()


def interrupted(*unused):
    """Ctrl-C: all that was started is ended in good order, whoever is impatient."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    once = os.environ.get("ONCE") == "1" or not sys.stdout.isatty()
    folder = os.environ.get("DEMO_FOLDER") or os.path.join(ROOT, os.environ.get("BUILD", "build"), "demo")
    shutil.rmtree(folder, ignore_errors=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    with WebRig(folder) as rig:
        say("Rollcall demo: Redis, Microsoft's side (%d times as fast), a worker, the pages, the school Green Hill."
            % SCALE, BOLD)
        say()
        school, classes = make_school(rig)
        rig.start_redis()
        rig.start_emulator("--oneroster", school, scale=SCALE)
        rig.control("scenario", {"settings": {"latency_ms": 250, "operation_ms": 40000}})
        rig.start_web()
        rig.start_worker("-n", "1", ROLLCALL_SECRETS_KEY_FILE=rig.path("secrets-key"))
        portal = Portal(SCHOOL, "Green Hill", list(people(school, classes)), rig.url)
        rollcall(rig, "school", "set", SCHOOL, "--name", "Green Hill", "--auth", "app", "--tenant", TENANT, "--year", "2026")
        publish(rig, classes)
        ends = run_jobs(rig, classes)
        say("3. Does Microsoft's own ledger say the same?", BOLD)
        good = agree(rig, ends)
        if good:
            say("From here on each teacher links a Microsoft account.")
            rollcall(rig, "school", "set", SCHOOL, "--auth", "delegated")
        if good and once:
            ends = walk(rig, portal)
            say("5. And Microsoft's ledger?", BOLD)
            good = agree(rig, ends)
        if good and once:
            ends = a_night(rig, school)
            say("7. And Microsoft's ledger of the classes that the night has made?", BOLD)
            good = len(ends) > 0 and agree(rig, ends)
        if not good:
            say("The two sides do not agree: see the logs in " + os.path.relpath(folder, os.getcwd()), RED)
        elif not once:
            invite_to_pages(portal)
            invite(rig, classes)
    return 0 if good else 1


try:
    sys.exit(main())
except KeyboardInterrupt:
    say()
    say("Good-bye.")
except (AssertionError, RuntimeError, OSError) as why:
    say()
    say("The demo did not work: %s" % why, RED)
    sys.exit(1)
