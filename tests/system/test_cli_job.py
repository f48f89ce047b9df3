#!/usr/bin/env python3
"""The commands for one job: enqueue, show, watch, learners, cancel, on a terminal and in a pipe.

usage: test_cli_job.py [WORDS...]
"""
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cli_rig import (  # noqa: E402
    Terminal, ended, environment, fresh, inbox, job, main, mixed, online, printed_width, program, rig, rollcall,
    row, screen)
from rig import Suite, check, equal, has, has_not, wait_for  # noqa: E402

suite = Suite()


# ---- enqueue ----------------------------------------------------------------------------------

@suite
def enqueue_pushes_an_envelope():
    """enqueue pushes one envelope with a fresh id, which it prints"""
    fresh()
    out, err = rollcall("enqueue", "sync-learners", "--school", "green-hill", "--class", "8B-2026")
    has(err, "no worker is online")
    (envelope,) = inbox()
    equal(out, envelope["id"] + "\n", "what is printed")
    check(re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", envelope["id"]), "an id of 26")
    equal(envelope["class"], {"id": "8B-2026"})
    equal((envelope["v"], envelope["type"], envelope["school"], envelope["priority"]),
          (1, "sync-learners", "green-hill", "interactive"))
    check(envelope["requested_by"].startswith("rollcall:"), "a name for who asked")
    check("at" not in envelope and "options" not in envelope, "nothing that was not given")


@suite
def enqueue_takes_all_it_is_given():
    """enqueue carries class file, time, priority, options, requester and id"""
    fresh()
    online()
    cls = {"id": "8B-2026", "name": "8B Wêreld", "learners": [{"id": "L1", "name": "Zoë"}]}
    with open(rig.path("class.json"), "w") as f:
        json.dump(cls, f)
    out, err = rollcall("enqueue", "sync-learners", "--school", "green-hill", "--file", rig.path("class.json"),
                        "--at", "2026-11-22T10:42Z", "--background", "--dry-run", "--approve-removals",
                        "--requested-by", "staff-17", "--id", "my-id.1")
    equal((out, err), ("my-id.1\n", ""), "what is said")
    (envelope,) = inbox()
    equal(envelope, {"v": 1, "id": "my-id.1", "type": "sync-learners", "school": "green-hill",
                     "requested_by": "staff-17", "priority": "background", "at": 1795344120000, "class": cls,
                     "options": {"dry_run": True, "approve_removals": True}})
    rollcall("enqueue", "register", "--school", "green-hill", "--file", "-", stdin=json.dumps(cls))
    equal(inbox()[1]["class"], cls, "the class from standard input")


@suite
def enqueue_refuses_what_the_worker_would():
    """a wrong file or envelope is refused before it is pushed, naming file, place and rule"""
    fresh()

    def refused(text, *parts, more=()):
        with open(rig.path("wrong.json"), "w") as f:
            f.write(text)
        _, err = rollcall("enqueue", "sync-learners", "--school", "s", "--file", rig.path("wrong.json"), *more,
                          status=2)
        has(err, *parts)

    refused('{"id": "8B",\n "learners": [}', "wrong.json", "line 2")
    refused("", "wrong.json", "not JSON")
    refused("[1]", "wrong.json", "a class is a JSON object")
    refused("{}", "wrong.json", "class.id is missing")
    refused('{"id": "c", "learners": [{"id": "a"}, {"name": "x"}]}', "wrong.json", "class.learners[1].id is missing")
    refused('{"id": "c", "kind": "odd"}', "class.kind", "registration")
    refused('{"id": "8B"}', '"8B"', '--class says "9C"', more=("--class", "9C"))
    refused(json.dumps({"id": "c", "name": "x" * 1100000}), "wrong.json", "larger than 1048576")
    enqueue = ("enqueue", "sync-learners", "--school", "s")
    has(rollcall(*enqueue, "--file", rig.path("none.json"), status=2)[1], "none.json", "No such file")
    has(rollcall(*enqueue, status=2)[1], "class is missing")
    has(rollcall(*enqueue, "--class", "c", "--at", "soon", status=2)[1], "--at", "no time")
    has(rollcall(*enqueue, "--class", "c", "--id", "a b", status=2)[1], "id:")
    has(rollcall("enqueue", "sync-learners", "--school", "a:b", "--class", "c", status=2)[1], "no colon")
    equal(inbox(), [], "the inbox")


@suite
def wait_ends_as_the_job_does():
    """enqueue --wait ends 0 when the job is done and 1 when it failed"""
    for state, status in (("done", 0), ("failed", 1), ("cancelled", 1)):
        fresh()
        online()
        id = "W-" + state
        waiting = subprocess.Popen([program(), "enqueue", "sync-learners", "--school", "green-hill", "--class",
                                    "8B-2026", "--id", id, "--wait"], env=environment(), stdout=subprocess.PIPE)
        wait_for(inbox, 5)
        ended(id, state, error="The Team is gone.", error_code="team_missing", cancelled_by="staff-17",
              done=1, total=2)
        out = waiting.communicate(timeout=10)[0].decode()
        equal(waiting.returncode, status, "exit status of a job that is " + state)
        has(out, id, {"done": "Done in 4.0 s", "failed": "Failed: The Team is gone. (team_missing)",
                      "cancelled": "Cancelled by staff-17 after 1 of 2"}[state])


# ---- show, watch, learners, cancel ----------------------------------------------------------------

@suite
def an_unknown_job_is_1():
    """a job that is not known ends 1"""
    fresh()
    for words in (("show", "nix"), ("watch", "nix"), ("learners", "nix")):
        has(rollcall(*words, status=1)[1], "no job nix is known")


@suite
def show_prints_the_summary():
    """show prints the record, all six counts, and names with what to do"""
    fresh()
    mixed()
    out, _ = rollcall("show", "J1")
    has(out, "sync-learners", "green-hill", "8B-2026", "6 of 6", "Done in 4.0 s")
    numbers = dict(re.findall(r"^  (\w[\w ]*\w) +(\d+)$", out, re.M))
    equal(numbers, {"Added": "1", "Already Member": "1", "Failed": "1", "Unresolved": "2", "Removed": "1",
                    "Removal Failed": "0"}, "the six counts")
    has(out, "Thabo Mokoena", "Microsoft answered 500", "Ané Môre", "Sipho kaNgcobo", "No Microsoft account found",
        "No email address on record", "press Sync Learners again", "support ticket")
    has_not(out, "Zoë Grové", "\033")


@suite
def show_json_is_the_record():
    """show --json is the record, numbers as numbers"""
    fresh()
    mixed()
    record = json.loads(rollcall("show", "J1", "--json")[0])
    equal((record["id"], record["state"], record["class"], record["total"], record["removal_failed"]),
          ("J1", "done", "8B-2026", 6, 0))


@suite
def show_tells_the_remedy():
    """a failed job's code has a remedy; those held back by the brake are named"""
    fresh()
    ended("J1", "failed", error="7 of 20 members would go.", error_code="removals_need_approval", total=20)
    row("J1", "L1", "Thabo", "held", "left_class")
    out, _ = rollcall("show", "J1")
    has(out, "removals_need_approval", "--approve-removals", "Held back", "Thabo")


@suite
def a_job_that_never_ran():
    """a job that failed before any learner shows no summary of zeros, no phase, and its remedy once"""
    fresh()
    ended("J1", "failed", error="This class has no Team yet. Create the Team, then sync again.",
          error_code="team_missing", phase="Reading the register")
    for words in (("show", "J1"), ("watch", "J1")):
        out, _ = rollcall(*words, status=None)
        has_not(out, "Sync Summary", "Reading the register")
        equal(out.count("Create the Team"), 1, "remedies in\n" + out)
    ended("J2", total=0)
    has(rollcall("show", "J2")[0], "Sync Summary")


@suite
def a_misspelt_type_is_named_first():
    """a type that nobody knows is named first, before what else is missing"""
    fresh()
    _, err = rollcall("enqueue", "create-teams", "--school", "green-hill", status=2)
    check(re.match(r'rollcall: "create-teams" is no type .*: create-team, sync-learners, .*\n'
                   r'rollcall: type = "create-teams" is not known\n', err), "the type and no class, not " + err)
    ended("J1", "failed", type="create-teams", school="", error="class is missing", error_code="bad_envelope",
          **{"class": ""})
    out, _ = rollcall("watch", "J1", status=1)
    check(re.search(r'^create-teams\n"create-teams" is no type .*\nFailed: class is missing', out, re.M), "the type first in\n" + out)


@suite
def learners_in_three_forms():
    """learners is a table, CSV that a spreadsheet opens as it should, or JSON"""
    fresh()
    mixed()
    row("J1", "=1+1", '=cmd|"x"', "failed", "add_failed", "a,b\nc")
    out, _ = rollcall("learners", "J1")
    has(out, "NAME", "Zoë Grové", "Already Member", "No Microsoft account found")
    raw = rollcall("learners", "J1", "--csv")[0]
    check(raw.startswith("\ufeff"), "a byte order mark")
    check(re.search(r'[^\r]\n(?!c)', raw) is None, "CRLF at each end of line")
    rows = list(csv.DictReader(io.StringIO(raw[1:], newline="")))
    equal(len(rows), 7, "rows")
    equal((rows[0]["name"], rows[0]["outcome"], rows[0]["at"]), ("Zoë Grové", "added", "2025-10-09T08:53:20.000Z"))
    equal((rows[6]["learner"], rows[6]["name"], rows[6]["detail"]), ("'=1+1", "'=cmd|\"x\"", "a,b\nc"))
    equal([r["learner"] for r in json.loads(rollcall("learners", "J1", "--json")[0])][:2], ["L1", "L2"])


@suite
def many_learners():
    """five thousand learners are listed whole and in order"""
    fresh()
    ended("J1", total=5000)
    rig.redis("RPUSH", rig.key("job:J1:learners"),
              *[json.dumps({"learner": "L%d" % i, "name": "N", "outcome": "added"}) for i in range(5000)])
    got = json.loads(rollcall("learners", "J1", "--json")[0])
    equal([r["learner"] for r in got], ["L%d" % i for i in range(5000)])


@suite
def cancel_sets_the_flag():
    """cancel sets the flag for three days, and refuses a job that has ended"""
    fresh()
    job("J1", "running")
    has(rollcall("cancel", "J1")[0], "J1 is being cancelled")
    check(rig.redis("GET", rig.key("cancel:J1")).startswith("rollcall:"), "who cancelled")
    check(259100 < rig.redis("TTL", rig.key("cancel:J1")) <= 259200, "three days")
    has(rollcall("cancel", "unread")[0], "if it comes, it is cancelled")
    ended("J2")
    has(rollcall("cancel", "J2", status=1)[1], "ended already: done")
    equal(rig.redis("EXISTS", rig.key("cancel:J2")), 0, "the flag of an ended job")


@suite
def watch_in_plain_lines():
    """watch prints a line when something changes, and the summary at the end"""
    fresh()
    online()
    job("J1", "queued")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J0", 2, "J1")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Queued, number 2 of green-hill")
    rig.redis("DEL", rig.key("lane:green-hill"))
    job("J1", "running", phase="Adding learners", done=5, total=34, added=5)
    has(watching.stdout.readline(), "Adding learners, 5 of 34, Added 5")
    job("J1", "waiting", retry_at=1795344120000, message="Microsoft asked us to wait until 10:42")
    has(watching.stdout.readline(), "Waiting until 10:42", "Microsoft asked us to wait until 10:42")
    rig.redis("DEL", rig.key("alive"))
    has(watching.stdout.readline(), "No worker is online")
    mixed()
    out = watching.communicate(timeout=10)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary", "Added", "Thabo Mokoena")
    has_not(out, "\033")


def looked(n):
    """Waits until so many more looks for a record have come to nothing."""
    def hgetalls():
        found = re.search(r"cmdstat_hgetall:calls=(\d+)", rig.redis("INFO", "commandstats"))
        return int(found.group(1)) if found else 0
    before = hgetalls()
    wait_for(lambda: hgetalls() >= before + n, 20)


@suite
def watch_waits_for_the_record():
    """a job may be watched as soon as it is pushed, before a worker has read it"""
    fresh()
    online()
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    looked(1)
    mixed()
    out = watching.communicate(timeout=10)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary")


@suite
def watch_of_what_nobody_has_read():
    """watch waits for a job that may lie in the inbox or wait outside its lane, and says that it may"""
    for place in ("inbox", "overflow:green-hill"):
        fresh()
        rig.redis("RPUSH", rig.key(place), '{"v":1,"id":"J1"}')
        if place != "inbox":
            online()
            rig.redis("SADD", rig.key("overflowing"), "green-hill")
        watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
        line = watching.stdout.readline()
        has(line, "Not read yet", "No worker is online" if place == "inbox" else "")
        looked(10)
        equal(watching.poll(), None, "the watching, after two seconds and more")
        mixed()
        rig.redis("DEL", rig.key(place), rig.key("overflowing"))
        has(watching.communicate(timeout=10)[0], "Sync Summary")


@suite
def watch_of_what_cannot_be_there():
    """a job is unknown when nothing is unread but a wake-up, and when a worker has had the time to read it"""
    fresh()
    rig.redis("RPUSH", rig.key("inbox"), "")
    began = time.monotonic()
    has(rollcall("watch", "J1", status=1)[1], "no job J1 is known")
    check(time.monotonic() - began < 4, "at once")
    rig.redis("RPUSH", rig.key("inbox"), "{}")
    has(rollcall("show", "J1", status=1)[1], "no job J1 is known", "2 in the inbox, not read yet")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Not read yet")
    looked(10)
    rig.redis("LTRIM", rig.key("inbox"), 2, -1)
    has(watching.communicate(timeout=5)[1], "no job J1 is known")
    equal(watching.returncode, 1)


@suite
def cancelling_is_seen_by_others():
    """show and watch tell of a job that ends soon who wants it cancelled, be that known from the flag or the record"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners")
    has_not(rollcall("show", "J1")[0], "Cancelling")
    check("cancelled_by" not in json.loads(rollcall("show", "J1", "--json")[0]), "nobody has cancelled")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    has_not(watching.stdout.readline(), "ancel")
    rig.redis("SET", rig.key("cancel:J1"), "staff-9", "EX", 259200)
    has(watching.stdout.readline(), "Adding learners", "Being cancelled by staff-9")
    for wanted in (("SET", rig.key("cancel:J1"), "staff-9"), ("DEL", rig.key("cancel:J1"))):
        rig.redis(*wanted)
        if wanted[0] == "DEL":
            rig.redis("HSET", rig.key("job:J1"), "cancelled_by", "staff-9")
        has(rollcall("show", "J1")[0], "Cancelling", "asked for by staff-9")
        equal(json.loads(rollcall("show", "J1", "--json")[0])["cancelled_by"], "staff-9")
    ended("J1", "cancelled")
    has(watching.communicate(timeout=10)[0], "Cancelled by staff-9")
    has_not(rollcall("show", "J1")[0], "asked for")
    rig.redis("RPUSH", rig.key("cancel:J2"), "no text")
    job("J2", "queued")
    has_not(rollcall("show", "J2")[0], "Cancelling")
    ended("J3")
    rig.redis("SET", rig.key("cancel:J3"), "staff-9")
    has_not(rollcall("show", "J3")[0], "ancel")


@suite
def watch_as_json_lines():
    """watch --json prints the record, a line for each change"""
    fresh()
    online()
    job("J1", "running", done=1, total=2)
    watching = subprocess.Popen([program(), "watch", "J1", "--json"], env=environment(), stdout=subprocess.PIPE,
                                text=True)
    equal(json.loads(watching.stdout.readline())["done"], 1)
    ended("J1", "failed", error_code="timed_out", error="Too long.")
    equal(json.loads(watching.communicate(timeout=10)[0])["error_code"], "timed_out")
    equal(watching.returncode, 1)


@suite
def watch_follows_a_joined_job():
    """watching a job that joined another goes on with that one"""
    fresh()
    online()
    job("J2", "joined", joined="J1")
    mixed()
    out, _ = rollcall("watch", "J2")
    has(out, "Joined job J1", "Sync Summary", "Thabo Mokoena")


@suite
def watch_survives_redis():
    """watch goes on when Redis comes back"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Adding learners")
    rig.redis.close()
    rig.end(rig.redis_process)
    has(watching.stdout.readline(), "Redis cannot be reached")
    rig.start_redis()
    mixed()
    out = watching.communicate(timeout=20)[0]
    equal(watching.returncode, 0)
    has(out, "Sync Summary")


@suite
def ctrl_c_ends_the_watching():
    """Ctrl-C ends the watching and not the job, and says so"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners")
    watching = subprocess.Popen([program(), "watch", "J1"], env=environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    has(watching.stdout.readline(), "Adding learners")
    watching.send_signal(signal.SIGINT)
    err = watching.communicate(timeout=5)[1]
    equal(watching.returncode, 130)
    has(err, "the job goes on", "rollcall cancel J1")
    equal((rig.job("J1")["state"], rig.redis("EXISTS", rig.key("cancel:J1"))), ("running", 0))


# ---- on a terminal ------------------------------------------------------------------------------

@suite
def watch_draws_a_bar():
    """on a terminal watch draws in place, in colour, and every line fits 80 and 40 columns"""
    for columns in (80, 40):
        fresh()
        online()
        job("J1", "running", phase="Adding learners", done=17, total=34, added=12, already_member=4, failed=1)
        terminal = Terminal(columns, "watch", "J1")
        terminal.until("34")
        job("J1", "waiting", retry_at=1795344120000, message="Microsoft asked us to wait until 10:42")
        terminal.until("asked us to wait until 10:42")
        mixed()
        equal(terminal.end(), 0)
        has(terminal.text, "█", "░", "\033[32m", "\033[2K", "Sync Summary")
        block = terminal.text.split("Sync Summary")[0]
        widest = max(printed_width(line) for line in block.split("\n"))
        check(widest < columns, "%d columns hold %d" % (columns, widest))


@suite
def no_colour_when_not_wanted():
    """NO_COLOR takes the colours away, and a plain terminal gets a bar of plain letters"""
    fresh()
    online()
    job("J1", "running", phase="Adding learners", done=17, total=34)
    terminal = Terminal(80, "watch", "J1", NO_COLOR="1", LANG="C", LC_ALL="C")
    terminal.until("##")
    mixed()
    equal(terminal.end(), 0)
    check(not re.search(r"\033\[[0-9;]*m", terminal.text), "no colour")
    has_not(terminal.text, "█")


@suite
def names_do_not_steer_the_terminal():
    """escape sequences in names never reach a terminal"""
    fresh()
    ended("J1", total=1, failed=1)
    row("J1", "L1", "evil\033]0;x\007\u0085name", "failed", "add_failed")
    terminal = Terminal(80, "show", "J1")
    equal(terminal.end(), 0)
    has(terminal.text, "evil?]0;x??name")
    has_not(terminal.text, "\007", "\033]")


@suite
def reasons_can_be_told_apart():
    """on 80 columns a reason keeps all its words"""
    fresh()
    ended("J1", total=2)
    row("J1", "L1", "Bartholomeus van der Westhuizen", "failed", "account_disabled")
    row("J1", "L2", "Bartholomea van der Westhuizen", "failed", "guest_account")
    for columns in (80, 60):
        text = " ".join(" ".join(line[-40:] for line in screen(columns, "learners", "J1")).split())
        has(text, "blocked", "guest of the school")


if __name__ == "__main__":
    sys.exit(main(suite))
