#!/usr/bin/env python3
"""The commands for all jobs: queue, top, bad, jobs, and how their tables fit a terminal.

usage: test_cli_queue.py [WORDS...]
"""
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cli_rig import (  # noqa: E402
    Terminal, ended, environment, fresh, job, main, now, online, printed_width, program, rig, rollcall, row,
    screen)
from rig import Suite, check, equal, has, has_not, wait_for  # noqa: E402

suite = Suite()


# ---- queue and jobs -------------------------------------------------------------------------------

@suite
def queue_shows_depth_workers_and_schools():
    """queue shows inbox, counts, workers and schools with work ready"""
    fresh()
    online()
    has(rollcall("queue")[0], "0 in the inbox, 0 queued, 0 waiting, 0 running, 0 dead")
    rig.redis("RPUSH", rig.key("inbox"), "{}")
    rig.redis("HSET", rig.key("counts"), "queued", 3, "running", 1, "waiting", 0, "done", 7)
    rig.redis("ZADD", rig.key("workers"), now() + 6000, "host1.1")
    rig.redis("HSET", rig.key("worker:host1.1"), "seen", now() - 2000, "host", "host1", "version", "0.1", "running", 1)
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill")
    rig.redis("SADD", rig.key("capped"), "blue-hill")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J1", 2, "J2")
    rig.redis("ZADD", rig.key("lane:blue-hill"), 1, "J3")
    rig.redis("HSET", rig.key("school_running"), "blue-hill", 50)
    job("J1", "queued", queued_at=now() - 180000)
    out, _ = rollcall("queue")
    has(out, "1 in the inbox, 3 queued", "7 done", "host1.1", "2 s ago", "green-hill", "3 min", "at its limit")
    queue = json.loads(rollcall("queue", "--json")[0])
    equal((queue["inbox"], queue["counts"]["queued"], queue["alive"], queue["workers"][0]["host"]),
          (1, 3, True, "host1"))
    equal([(s["school"], s["ready"], s["running"], s["at_its_limit"]) for s in queue["schools"]],
          [("green-hill", 2, 0, False), ("blue-hill", 1, 50, True)])
    rig.redis("DEL", rig.key("alive"))
    has(rollcall("queue")[0], "No worker is online")


@suite
def queue_shows_how_long_they_wait():
    """queue counts ready jobs by school and age: in seconds, or in minutes once somebody has waited for so long"""
    fresh()
    online()

    def waits(school, *ages):
        rig.redis("ZADD", rig.key("ring"), 0, school)
        for age in ages:
            job("%s-%s" % (school, age), "queued", school=school, queued_at=now() - int(age * 1000))
            rig.redis("ZADD", rig.key("lane:" + school), 1, "%s-%s" % (school, age))

    def ages():
        queue = json.loads(rollcall("queue", "--json")[0])
        return queue["age_limits_ms"][0], {s["school"]: s["ages"] for s in queue["schools"]}

    waits("green-hill", 1, 2, 7, 200)
    waits("blue-hill", 30)
    equal(ages(), (5000, {"blue-hill": [0, 0, 0, 1, 0, 0, 0, 0], "green-hill": [2, 1, 0, 0, 0, 0, 1, 0]}))
    lines = [line.split() for line in rollcall("queue")[0].splitlines()]
    for row in ("READY SINCE <5s <10s <20s <40s <80s <160s <320s >320s", "blue-hill 0 0 0 1 0 0 0 0",
                "green-hill 2 1 0 0 0 0 1 0", "all of these 2 1 0 1 0 0 1 0"):
        check(row.split() in lines, "%s in %s" % (row, lines))
    waits("blue-hill", 7 * 3600)
    equal(ages(), (300000, {"blue-hill": [1, 0, 0, 0, 0, 0, 0, 1], "green-hill": [4, 0, 0, 0, 0, 0, 0, 0]}))
    has(rollcall("queue")[0], ">320m")
    for columns in (80, 40):
        lines = screen(columns, "queue")
        head = next(line for line in lines if line.startswith("READY SINCE"))
        row = [line for line in lines if line.startswith("blue-hill")][-1]
        equal(row.rindex("1"), head.index(">320m"), "where the oldest stand")


def at_work():
    """A queue with a worker that runs two jobs, a pause and a dead letter."""
    fresh()
    online()
    rig.redis("HSET", rig.key("counts"), "queued", 3, "running", 1, "waiting", 3, "dead", 1, "done", 7)
    rig.redis("RPUSH", rig.key("inbox"), "{}")
    rig.redis("ZADD", rig.key("workers"), now() + 6000, "host1.1")
    rig.redis("HSET", rig.key("worker:host1.1"), "seen", now(), "host", "host1", "version", "0.1")
    rig.redis("HSET", rig.key("running:host1.1"), "R1", "1 r sync-learners green-hill:8B", "R2", "2 w create-team+x blue hill:9A")
    rig.redis("ZADD", rig.key("due"), now() + 60000, "D1", now() + 60000, "D2")
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill")
    rig.redis("ZADD", rig.key("lane:green-hill"), 1, "J1")
    rig.redis("HSET", rig.key("paused"), "school:blue hill", "%d ann" % now(), "back:check-team", "1 ann")
    job("J1", "queued", queued_at=now() - 180000)


@suite
def top_in_lines():
    """top prints a line a second with the rate at which jobs end, and an object for programs"""
    at_work()
    top = subprocess.Popen([program(), "top", "--count", "2"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(top.stdout.readline(), "depth 4, oldest 3 min, ? a second, running 1, waiting for Microsoft 1, dead 1, workers 1, paused")
    rig.redis("HINCRBY", rig.key("counts"), "done", 50)
    rate = float(re.search(r"([0-9.]+) a second", top.stdout.readline())[1])
    check(40 < rate <= 50, "a rate of %s" % rate)
    equal((top.stdout.read(), top.wait()), ("", 0))
    seen = json.loads(rollcall("top", "--count", "1", "--json")[0])
    equal([(j["id"], j["type"], j["school"], j["class"], j["waiting"]) for j in seen["workers"][0]["jobs"]],
          [("R1", "sync-learners", "green-hill", "8B", False), ("R2", "create-team", "blue hill", "9A", True)])
    equal((seen["waiting_for_microsoft"], seen["waiting_for_their_time"], seen["per_second"]), (1, 2, None))
    equal([p["what"] for p in seen["paused"]], ["school:blue hill"])
    top = subprocess.Popen([program(), "top"], env=environment(), stdout=subprocess.PIPE)
    top.stdout.readline()
    top.stdout.close()
    equal(top.wait(5), 0, "the status when nobody reads on")


@suite
def top_survives_redis():
    """top goes on when Redis comes back"""
    at_work()
    top = subprocess.Popen([program(), "top"], env=environment(), stdout=subprocess.PIPE, text=True)
    has(top.stdout.readline(), "depth 4")
    rig.end(rig.redis_process)
    wait_for(lambda: "Redis is away" in top.stdout.readline(), 10)
    rig.start_redis(aof=False)
    wait_for(lambda: "depth" in top.stdout.readline(), 10)
    top.send_signal(signal.SIGINT)
    equal(top.wait(5), 0)
    top.stdout.close()


@suite
def top_draws_a_page():
    """on a terminal top draws a page in place that fits it, and leaves the screen as it was"""
    at_work()
    for columns in (80, 40):
        terminal = Terminal(columns, "top")
        terminal.until("sync-learners 8B, green-hill")
        terminal.until("\033[H\033[1mRollcall, queue teams")
        os.kill(terminal.pid, signal.SIGINT)
        equal(terminal.end(), 0)
        pages = terminal.text.replace("\r", "").split("\033[H")
        check(pages[0].endswith("\033[?1049h\033[?25l") and pages[-1].endswith("\033[?25h\033[?1049l"), "another screen")
        lines = [line for page in pages for line in page.split("\n")]
        check(max(map(printed_width, lines)) <= columns, "lines of %d columns" % columns)
        check(all(len(page.split("\n")) <= 24 for page in pages), "pages of 24 rows")
        has(terminal.text, "Oldest     3 min", "Paused     school blue hill", "host1.1  2 running", "waits")
    for n in range(19):
        rig.redis("HSET", rig.key("running:host1.1"), "S%d" % n, "1 r sync-learners green-hill:c%d" % n)
    terminal = Terminal(40, "top", "--count", "1", NO_COLOR="1")
    equal(terminal.end(), 0)
    check(re.search(r"\d+ more lines", terminal.text), "lines that do not fit are counted")
    has_not(terminal.text, "\033[1m", "\033[31m")


@suite
def bad_shows_what_could_not_be_used():
    """queue tells of envelopes that could not be used, and bad shows each: when, why and how it begins"""
    fresh()
    has(rollcall("bad")[0], "Every envelope could be used")
    for i in range(3):
        rig.redis("LPUSH", rig.key("bad"), json.dumps({
            "at": 1760000000000, "why": "v must be the number %d" % i, "envelope": '{"v":%d}\n' % i + "x" * 500}))
    has(rollcall("queue")[0], "3 envelopes could not be used: rollcall bad")
    out, _ = rollcall("bad", "--limit", "2")
    has(out, "2025-10-09 08:53  v must be the number 2", '{"v":2}?xxx', "number 1", "3 in all")
    has_not(out, "number 0")
    equal([b["why"][-1] for b in json.loads(rollcall("bad", "--json")[0])], ["2", "1", "0"])
    terminal = Terminal(40, "bad")
    equal(terminal.end(), 0)
    check(max(printed_width(line) for line in terminal.text.split("\n")) <= 40, "lines of 40 columns")


@suite
def jobs_live_first_then_newest():
    """jobs lists running, waiting and queued ones, then ended ones, newest first"""
    fresh()
    ended("old")
    ended("new", "failed", error_code="team_missing", school="blue-hill")
    job("later", "waiting", retry_at=now() + 60000)
    rig.redis("ZADD", rig.key("due"), now() + 60000, "later")
    job("runs", "running", done=3, total=9)
    job("behind", "queued", type="check-team")
    rig.redis("HSET", rig.key("live"), "green-hill|8B-2026", "sync-learners=runs check-team=behind")

    def ids(*words):
        return [j["id"] for j in json.loads(rollcall("jobs", "--json", *words)[0])]

    equal(ids(), ["runs", "later", "behind", "new", "old"])
    equal(ids("--state", "waiting"), ["later"])
    equal(ids("--state", "failed"), ["new"])
    equal(ids("--school", "blue-hill"), ["new"])
    equal(ids("--limit", "3"), ["runs", "later", "behind"])
    equal(ids("--state", "cancelled"), [])
    out, _ = rollcall("jobs", "--limit", "4")
    has(out, "3/9", "team_missing", "There may be more")


@suite
def tables_keep_their_form():
    """on 80 and on 40 columns jobs and queue keep header and alignment, and ids that can be copied"""
    fresh()
    online()
    for n, (state, code) in enumerate((("done", ""), ("failed", "removals_need_approval"))):
        ended("01J9ZK5T6Y3W8Q4N7R2M1H0G9%d" % n, state, error_code=code, type="sync-learners", school="green-hill-primary")
    for columns, headings in ((120, "JOB TYPE SCHOOL CLASS STATE PROGRESS CHANGED"), (80, "JOB TYPE CLASS STATE PROGRESS"),
                              (40, "JOB STATE")):
        head, first, second = screen(columns, "jobs")
        equal(head.split(), headings.split(), "headings on %d columns" % columns)
        check(first.startswith("01J9ZK5T6Y3W8Q4N7R2M1H0G91 "), "the whole id in " + first)
        for line, word in ((first, "failed"), (second, "done")):
            equal(line.index(word), head.index("STATE"), "where the state stands")
    ended("x" * 40 + "-1")
    check(re.match("x+…x*-1  done", screen(40, "jobs")[1]), "a long id without its middle")
    worker = "host-with-a-long-name.4711.1760000000000"
    rig.redis("ZADD", rig.key("workers"), now() + 6000, worker)
    rig.redis("HSET", rig.key("worker:" + worker), "seen", now(), "host", "host-with-a-long-name", "version", "0.1",
              "running", 1)
    rig.redis("ZADD", rig.key("ring"), 0, "green-hill-primary")
    lines = screen(40, "queue")
    row = next(line for line in lines if line.startswith("host-"))
    head = next(line for line in lines if line.startswith("WORKER"))
    check("…" in row and "0000  " in row, "both ends of the worker's name in " + row)
    equal(row.index("0 s ago"), head.index("SEEN"), "where the time stands")


@suite
def jobs_looks_at_a_bounded_number():
    """jobs finds the newest among many thousands without looking at all"""
    fresh()
    commands = []
    for i in range(6000):
        commands.append(("HSET", rig.key("job:F%d" % i), "state", "done", "rev", 1, "school", "a"))
        commands.append(("RPUSH", rig.key("finished"), "%d:F%d" % (i, i)))
    rig.redis.pipeline(commands)
    equal([j["id"] for j in json.loads(rollcall("jobs", "--json", "--limit", "2")[0])], ["F5999", "F5998"])
    rig.redis("CONFIG", "RESETSTAT")
    out, _ = rollcall("jobs", "--school", "nobody")
    has(out, "There may be more")
    calls = int(re.search(r"cmdstat_hgetall:calls=(\d+)", rig.redis("INFO", "commandstats")).group(1))
    check(calls <= 5200, "%d records read" % calls)


if __name__ == "__main__":
    sys.exit(main(suite))
