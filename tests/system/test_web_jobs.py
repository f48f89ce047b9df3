#!/usr/bin/env python3
"""Jobs over HTTP: asked for, looked at, waited for, cancelled, and what became of their learners."""
import concurrent.futures
import csv
import http.client
import io
import json
import os
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, has, has_not, learners, wait_for  # noqa: E402
from web_rig import web_start  # noqa: E402

test = Suite()
ENDED = ("done", "failed", "cancelled", "joined")
FREE = {"ROLLCALL_WEB_STAFF_RATE": "0", "ROLLCALL_WEB_KEY_RATE": "0", "ROLLCALL_WEB_ADDRESS_RATE": "0"}


def started(**more):
    return web_start(web=dict(FREE, **more.pop("web", {})), **more)


def register(rig, n=3, id="8B-2026", **more):
    """The school says what there is of a class; a worker has to be there."""
    _, record = rig.run("register", "green-hill", class_of(n, id, **more))
    equal(record["state"], "done")


def asked(answer, status=202):
    equal(answer.status, status, answer.text)
    return answer.json


def done(caller, id, seconds=60):
    """Polls as a dialog does, until the job has ended."""
    def over():
        answer = caller.get("/v1/jobs/" + id)
        equal(answer.status, 200, answer.text)
        return answer.json if answer.json["state"] in ENDED else None
    return wait_for(over, seconds)


def record(rig, id, **fields):
    """A record as a worker would write it, without one."""
    fields = dict({"state": "running", "rev": 1, "type": "sync-learners", "school": "green-hill", "class": "8B-2026",
                   "requested_by": "staff-1", "queued_at": 1}, **fields)
    rig.redis("HSET", rig.key("job:" + id), *[word for pair in fields.items() for word in pair])


def teaches(rig, staff="staff-1", cls="8B-2026"):
    rig.redis("SADD", rig.key("teaches:green-hill:" + staff), cls)


def sync(**more):
    return dict({"v": 1, "type": "sync-learners", "school": "green-hill", "class": {"id": "8B-2026"}}, **more)


# ---- asking for a job -----------------------------------------------------------------------------

@test
def staff_create():
    """a teacher asks for a Team and then for its learners, and follows both to the end"""
    with started() as rig:
        register(rig)
        staff = rig.sign_in("staff-1")
        answer = staff.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}})
        job = asked(answer)
        equal(answer.headers["Location"], "/v1/jobs/" + job["id"])
        check(re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", job["id"]), "an id of 26")
        equal((job["type"], job["school"], job["class"], job["requested_by"]),
              ("create-team", "green-hill", "8B-2026", "staff-1"))
        check(job["workers_online"] is True, "workers_online")
        record = done(staff, job["id"])
        equal(record["state"], "done", record)
        check(record["team_id"], "a Team")
        job = asked(staff.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}}))
        record = done(staff, job["id"])
        equal((record["state"], record["added"], record["total"], record["done"]), ("done", 3, 3, 3))
        check(isinstance(record["rev"], int) and isinstance(record["started_at"], int), "numbers as numbers")
        for inner in ("order", "streak", "like", "worker"):
            check(inner not in record, "no %s for a teacher" % inner)


@test
def a_thousand_clicks():
    """of 1,000 parallel clicks on Create one makes a Team, and each is answered with a job to follow to it"""
    with started() as rig:
        register(rig)
        writer = rig.caller("writer")

        def click(_):
            return writer.post("/v1/jobs", sync(type="create-team", requested_by="staff-1"))
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(click, range(1000)))
        jobs = [asked(answer) for answer in answers]
        equal(len({job["id"] for job in jobs}), 1000, "ids")
        firsts = set()
        for job in jobs:
            last = done(writer, job["id"])
            if last["state"] == "joined":
                equal(last["joined_job"]["id"], last["joined"])
                equal(last["joined_job"]["state"], "done")
                firsts.add(last["joined_job"]["team_id"])
            else:
                equal(last["state"], "done", last)
                firsts.add(last["team_id"])
        equal(len(firsts), 1, "Teams that were told of")
        equal(len(rig.ledger("team_created")), 1, "Teams at Microsoft's")


@test
def the_same_id():
    """the same id again is the same job, and so it is when it comes from two sides at once"""
    with started() as rig:
        register(rig)
        writer = rig.caller("writer")
        first = asked(writer.post("/v1/jobs", {k: x for k, x in sync(id="mine.1", type="check-team").items() if k != "v"}))
        equal(first["id"], "mine.1")
        end = done(writer, "mine.1")
        again = asked(writer.post("/v1/jobs", sync(id="mine.1", type="check-team")))
        equal((again["state"], again["rev"]), (end["state"], end["rev"]))
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: writer.post("/v1/jobs", sync(id="mine.2", type="check-team")),
                                    range(50)))
        equal({asked(answer)["id"] for answer in answers}, {"mine.2"})
        equal(done(writer, "mine.2")["attempt"], 1)


@test
def refused_as_admission_does():
    """what admission would refuse is refused at once, in the same words, and nothing is pushed"""
    with started(worker=False) as rig:
        writer = rig.caller("writer")
        cases = (
            (sync(v=2), 422, "bad_envelope", "v must be the number 1"),
            (sync(id="no spaces"), 422, "bad_envelope", "id: 1 to 64"),
            (sync(id=7), 422, "bad_envelope", "id: 1 to 64"),
            (sync(type="Sync!"), 422, "unknown_type", "Sync!"),
            (sync(school=""), 422, "bad_envelope", "school"),
            (sync(at="soon"), 422, "bad_envelope", "at must be a whole number"),
            (sync(priority="now"), 422, "bad_envelope", "interactive or background"),
            (sync(options={"force": True}), 422, "bad_envelope", "options.force is not known"),
            (sync(**{"class": {"name": "8B"}}), 422, "bad_envelope", "class.id is missing"),
            ({"v": 1, "type": "sync-learners", "school": "green-hill"}, 422, "bad_envelope", "class is missing"),
            (sync(**{"class": {"id": "8B", "learners": [{"name": "Thabo"}]}}), 422, "bad_envelope",
             "class.learners[0].id is missing"),
            ([], 400, "bad_json", "object"),
            ("{", 400, "bad_json", ""),
            ("", 400, "bad_json", ""),
            ('{"v":1,"v":1}', 400, "bad_json", ""),
            ('{"v":' + "[" * 70 + "]" * 70 + "}", 400, "bad_json", ""),
            (b'{"v":1,"type":"\xff"}', 400, "bad_json", ""))
        for body, status, word, what in cases:
            answer = writer.post("/v1/jobs", body)
            equal((answer.status, answer.word), (status, word), "%r: %s" % (body, answer.text))
            has(answer.json["detail"], what)
            equal(answer.headers["Content-Type"], "application/problem+json")
        equal(rig.redis("LLEN", rig.key("inbox")), 0)
        equal(rig.redis("KEYS", rig.key("pushed:*").replace("{", "?").replace("}", "?")), [])
        people = [{"id": "L%d" % i} for i in range(5001)]
        answer = writer.post("/v1/jobs", sync(**{"class": {"id": "8B", "learners": people}}))
        equal((answer.status, answer.word), (422, "bad_envelope"))
        has(answer.json["detail"], "5001")


@test
def too_large():
    """a body beyond an envelope's size is refused as too long, 10 MB of it too, and the next one is served"""
    with started(worker=False) as rig:
        writer = rig.caller("writer")
        answer = writer.post("/v1/jobs", sync(note="x" * (1 << 20)))
        equal(answer.status, 413, answer.text)
        equal(answer.word, "bad_envelope")
        try:
            equal(writer.post("/v1/jobs", sync(note="x" * 10_000_000)).status, 413)
        except (ConnectionError, http.client.HTTPException):
            pass  # cut while we were still sending
        equal(writer.post("/v1/jobs", sync(note="x" * 1_000_000)).status, 202)
        equal(rig.redis("LLEN", rig.key("inbox")), 1)


@test
def staff_say_little():
    """what staff say of school, requester, id, time and learners counts for nothing: all that is theirs already"""
    with started(worker=False) as rig:
        teaches(rig)
        staff = rig.sign_in("staff-1")
        job = asked(staff.post("/v1/jobs", {
            "v": 1, "id": "taken-over", "type": "sync-learners", "school": "other", "requested_by": "staff-9",
            "at": 99999999999999, "priority": "background", "options": {"approve_removals": True},
            "class": {"id": "8B-2026", "name": "Mine", "learners": []}}))
        envelope = json.loads(rig.redis("LINDEX", rig.key("inbox"), 0))
        equal(envelope, {"v": 1, "type": "sync-learners", "school": "green-hill", "requested_by": "staff-1",
                         "priority": "interactive", "class": {"id": "8B-2026"}, "options": {"approve_removals": True},
                         "id": job["id"]})
        check(job["id"] != "taken-over", "an id of our own")


@test
def staff_are_refused():
    """staff cannot ask for jobs of other types, with other options, or for a class that is not theirs"""
    with started(worker=False) as rig:
        teaches(rig)
        staff = rig.sign_in("staff-1")
        for body, status, word in (
                ({"type": "delete-class", "class": {"id": "8B-2026"}}, 422, "unknown_type"),
                ({"type": "register", "class": {"id": "8B-2026"}}, 422, "unknown_type"),
                ({"class": {"id": "8B-2026"}}, 422, "unknown_type"),
                ({"type": "sync-learners"}, 422, "bad_envelope"),
                ({"type": "sync-learners", "class": "8B-2026"}, 422, "bad_envelope"),
                ({"type": "sync-learners", "class": {"id": "x" * 300}}, 422, "bad_envelope"),
                ({"type": "sync-learners", "class": {"id": "8B-2026"}, "options": {"active": False}}, 422,
                 "bad_envelope"),
                ({"type": "sync-learners", "class": {"id": "8B-2026"}, "options": {"dry_run": 1}}, 422,
                 "bad_envelope"),
                ({"type": "sync-learners", "class": {"id": "9A-2026"}}, 404, "not_found")):
            answer = staff.post("/v1/jobs", body)
            equal((answer.status, answer.word), (status, word), json.dumps(body))
        admin = rig.sign_in("head-1", roles=["administrator"])
        equal(admin.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}}).status, 404)
        equal(staff.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}},
                         **{"X-CSRF-Token": None}).status, 403)
        equal(rig.redis("LLEN", rig.key("inbox")), 0)
        entries = [json.loads(e) for e in rig.redis("LRANGE", rig.key("refused:green-hill"), 0, -1)]
        check(any(e["who"] == "head-1" and e["subject"] == "8B-2026" for e in entries), "the refusal is audited")


@test
def one_school_keys():
    """a key for one school asks for, sees and cancels jobs of that school alone, and is told nothing of others"""
    with started(worker=False) as rig:
        key = "rollcall_" + "k" * 40
        lines = rig.portal_key_line("hill", "enqueue,read", key, "green-hill")
        lines += rig.portal_key_line("writer", "enqueue,read", rig.keys["writer"])
        rig.start_web("web2", **dict(FREE, ROLLCALL_WEB_PORTAL_KEYS_FILE=rig.write("keys2", lines)))
        rig.keys["hill"] = key
        hill, writer = rig.caller("hill"), rig.caller("writer")
        equal(hill.post("/v1/jobs", sync(school="river")).word, "not_your_school")
        asked(hill.post("/v1/jobs", sync(id="hills")))
        asked(writer.post("/v1/jobs", sync(id="rivers", school="river")))
        record(rig, "rivers", school="river")
        equal(hill.get("/v1/jobs/hills").status, 200)
        equal(hill.get("/v1/jobs/rivers").status, 404)
        equal(hill.get("/v1/jobs/rivers/learners").status, 404)
        equal(hill.post("/v1/jobs/rivers/cancel").status, 404)
        equal(rig.redis("EXISTS", rig.key("cancel:rivers")), 0)
        answer = hill.post("/v1/jobs", sync(id="rivers"))
        equal((answer.status, answer.word), (422, "id_taken"))
        has_not(answer.text, "river\"")


# ---- looking -----------------------------------------------------------------------------------------

@test
def versions():
    """the ETag is the rev: an unchanged record is answered 304 without a body, a changed one in full"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        reader = rig.caller("reader")
        record(rig, "a", rev=7, done=3, total=30)
        answer = reader.get("/v1/jobs/a")
        equal((answer.status, answer.headers["ETag"]), (200, '"7"'))
        equal((answer.json["id"], answer.json["rev"], answer.json["done"], answer.json["place"]), ("a", 7, 3, None))
        again = reader.get("/v1/jobs/a", **{"If-None-Match": '"7"'})
        equal((again.status, again.body, again.headers["ETag"]), (304, b"", '"7"'))
        record(rig, "a", rev=8, done=4)
        again = reader.get("/v1/jobs/a", **{"If-None-Match": '"7"'})
        equal((again.status, again.headers["ETag"], again.json["done"]), (200, '"8"', 4))
        head = reader.ask("HEAD", "/v1/jobs/a")
        equal((head.status, head.body, head.headers["ETag"]), (200, b"", '"8"'))
        equal(reader.ask("HEAD", "/v1/jobs/a", headers={"If-None-Match": '"8"'}).status, 304)


@test
def unknown():
    """a job that there is not, and one of another's class, are the same 404 to those who ask"""
    with started(worker=False) as rig:
        record(rig, "theirs")
        teaches(rig, "staff-1")
        rig.redis("RPUSH", rig.key("job:theirs:learners"), '{"learner":"L1"}')
        other = rig.sign_in("staff-2")
        for path in ("/v1/jobs/%s", "/v1/jobs/%s/learners"):
            got = [other.get(path % id) for id in ("theirs", "nobodys")]
            equal({answer.status for answer in got}, {404})
            texts = [re.sub('"request_id":"[^"]*"|theirs|nobodys', "", answer.text) for answer in got]
            equal(texts[0], texts[1])
        equal(other.post("/v1/jobs/theirs/cancel").status, 404)
        equal(rig.redis("EXISTS", rig.key("cancel:theirs")), 0)
        equal(rig.sign_in("staff-1").get("/v1/jobs/theirs").status, 200)
        reader = rig.caller("reader")
        for id in ("nobodys", "%2e%2e%2fcounts", "a:learners", "x" * 65, "%00", "a%20b", "%F0%9F%98%80"):
            equal(reader.get("/v1/jobs/" + id).status, 404, id)
        equal(rig.caller().get("/v1/jobs/theirs").status, 401)
        equal(reader.ask("DELETE", "/v1/jobs/theirs").status, 405)
        for query in ("wait=x", "wait=-1", "rev=1.5", "rev=", "wait=99999999999999999999"):
            equal(reader.get("/v1/jobs/theirs?" + query).word, "bad_parameter", query)


@test
def unread():
    """a job that nobody has read yet is queued, and can be looked at, waited for and cancelled"""
    with started(worker=False) as rig:
        writer = rig.caller("writer")
        began = time.monotonic()
        job = asked(writer.post("/v1/jobs", sync(requested_by="staff-1")))
        check(time.monotonic() - began < 0.9, "nobody waits for a worker that is not there")
        equal((job["state"], job["rev"], job["workers_online"], job["place"], job["requested_by"]),
              ("queued", 0, False, None, "staff-1"))
        teaches(rig)
        staff = rig.sign_in("staff-1")
        equal(staff.get("/v1/jobs/" + job["id"]).json["state"], "queued")
        equal(rig.sign_in("staff-2").get("/v1/jobs/" + job["id"]).status, 404)
        equal(staff.get("/v1/jobs/" + job["id"] + "/learners").json, {"learners": []})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(staff.get, "/v1/jobs/%s?wait=30&rev=0" % job["id"])
            time.sleep(0.2)
            check(not waiting.done(), "the wait lasts")
            rig.start_worker()
            check(waiting.result(20).json["rev"] > 0, "the wait ends when a worker has read it")
        equal(done(staff, job["id"])["error_code"], "team_missing")
        rig.end(rig.workers[-1])
        job = asked(writer.post("/v1/jobs", sync()))
        cancelled = asked(staff.post("/v1/jobs/%s/cancel" % job["id"]))
        equal(cancelled["state"], "queued")
        rig.start_worker(name="worker2")
        end = done(staff, job["id"])
        equal((end["state"], end["cancelled_by"]), ("cancelled", "staff-1"))


@test
def gone_from_the_inbox():
    """a job that was pushed and whose record has gone is unknown, not queued for ever"""
    with started() as rig:
        register(rig)
        writer = rig.caller("writer")
        job = asked(writer.post("/v1/jobs", sync(type="check-team")))
        done(writer, job["id"])
        rig.redis("SET", rig.key("pushed:" + job["id"]), '{"type":"check-team","school":"green-hill"}')
        rig.redis("UNLINK", rig.key("job:" + job["id"]))
        equal(writer.get("/v1/jobs/" + job["id"]).status, 404)


@test
def place_and_time():
    """a queued job has a place in its lane, and a time only when the lane was seen to move"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        reader = rig.caller("reader")
        lane = rig.key("lane:green-hill")
        for i in range(10):
            rig.redis("ZADD", lane, i, "j%d" % i)
        record(rig, "j9", state="queued", rev=1)
        answer = reader.get("/v1/jobs/j9")
        equal((answer.json["place"], answer.json["eta_ms"], answer.headers["ETag"]), (9, None, '"1.9"'))
        equal(reader.get("/v1/jobs/j9", **{"If-None-Match": '"1.9"'}).status, 304)

        def time_left():
            rig.redis("ZPOPMIN", lane)
            time.sleep(0.6)
            return reader.get("/v1/jobs/j9").json["eta_ms"]
        left = wait_for(time_left, 6)
        place = reader.get("/v1/jobs/j9").json["place"]
        check(0 < left <= (place + 2) * 5000, "%d ms for place %d" % (left, place))
        rig.redis("HSET", rig.key("paused"), "school:green-hill", "1 me")
        time.sleep(0.6)
        answer = reader.get("/v1/jobs/j9").json
        equal((answer["paused"], answer["eta_ms"]), (True, None))
        rig.redis("DEL", rig.key("paused"), rig.key("alive"))
        time.sleep(0.6)
        answer = reader.get("/v1/jobs/j9").json
        equal((answer["paused"], answer["workers_online"], answer["eta_ms"]), (False, False, None))
        rig.redis("DEL", lane)
        record(rig, "j9", state="queued", rev=2)
        time.sleep(0.6)
        equal(reader.get("/v1/jobs/j9").json["place"], None)


@test
def time_left_while_running():
    """a running job's time left is told from its own pace, and not before there is one"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        reader = rig.caller("reader")
        seen = []
        for i in range(12):
            record(rig, "a", rev=i + 1, done=10 * i, total=200)
            seen.append(reader.get("/v1/jobs/a").json["eta_ms"])
            time.sleep(0.25)
        equal(seen[0], None, "at the first look")
        left = [n for n in seen if n is not None]
        check(left and 1000 < left[-1] < 20000, seen)
        record(rig, "a", rev=99, state="done")
        equal(reader.get("/v1/jobs/a").json["eta_ms"], None)


@test
def joined():
    """a job that joined another shows the one that goes on, and its version changes with that one"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        reader = rig.caller("reader")
        record(rig, "first", rev=5, done=1)
        record(rig, "second", rev=2, state="joined", joined="first")
        record(rig, "third", rev=3, state="joined", joined="second")
        record(rig, "orphan", rev=3, state="joined", joined="gone")
        answer = reader.get("/v1/jobs/third")
        equal(answer.headers["ETag"], '"3+5"')
        equal((answer.json["state"], answer.json["joined"]), ("joined", "second"))
        equal((answer.json["joined_job"]["id"], answer.json["joined_job"]["done"]), ("first", 1))
        equal(reader.get("/v1/jobs/third", **{"If-None-Match": '"3+5"'}).status, 304)
        record(rig, "first", rev=6, done=2)
        answer = reader.get("/v1/jobs/third", **{"If-None-Match": '"3+5"'})
        equal((answer.status, answer.json["joined_job"]["done"]), (200, 2))
        check("joined_job" not in reader.get("/v1/jobs/orphan").json, "nothing of what has gone")
        record(rig, "loop", state="joined", joined="loop")
        equal(reader.get("/v1/jobs/loop").status, 200)


# ---- waiting --------------------------------------------------------------------------------------------

@test
def long_poll():
    """?wait&rev answers at the next change, soon, and with the same rev when nothing came"""
    with started(worker=False) as rig:
        record(rig, "a", rev=1)
        place = rig.url.split("//")[1]
        took = []
        changed = [0.0]
        ready = threading.Event()

        def wait_on():
            line = http.client.HTTPConnection(place, timeout=30)
            rev = 1
            while rev < 301:
                ready.set()
                line.request("GET", "/v1/jobs/a?wait=20&rev=%d" % rev, headers=rig.caller("reader").headers)
                got = json.loads(line.getresponse().read())
                took.append(time.monotonic() - changed[0])
                rev = got["rev"]
        thread = threading.Thread(target=wait_on)
        thread.start()
        for rev in range(2, 302):
            ready.wait(10)
            ready.clear()
            time.sleep(0.005)
            changed[0] = time.monotonic()
            record(rig, "a", rev=rev)
        thread.join(30)
        took.sort()
        p99 = took[int(len(took) * 0.99) - 1]
        check(took[len(took) // 2] <= 0.05 and p99 <= 0.5, "p99 %.1f ms" % (1000 * p99))  # of a busy machine
        began = time.monotonic()
        answer = rig.caller("reader").get("/v1/jobs/a?wait=1&rev=301")
        equal((answer.status, answer.json["rev"]), (200, 301))
        check(0.9 < time.monotonic() - began < 3, "it waited a second")
        answer = rig.caller("reader").get("/v1/jobs/a?wait=1&rev=301", **{"If-None-Match": answer.headers["ETag"]})
        equal(answer.status, 304)
        return "change to answer p50 %.1f ms, p99 %.1f ms" % (1000 * took[len(took) // 2], 1000 * p99)


@test
def news_without_a_rev():
    """a wait is answered as well when the place in the queue, the workers or a pause have changed"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        reader = rig.caller("reader")
        lane = rig.key("lane:green-hill")
        rig.redis("ZADD", lane, 1, "before", 2, "a")
        record(rig, "a", rev=1, state="queued")
        equal(reader.get("/v1/jobs/a").json["place"], 1)
        changes = (
            (lambda: rig.redis("ZREM", lane, "before"), {"place": 0}),
            (lambda: rig.redis("DEL", rig.key("alive")), {"workers_online": False}),
            (lambda: rig.redis("HSET", rig.key("paused"), "*", "1 me"), {"paused": True}))
        for change, news in changes:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(reader.get, "/v1/jobs/a?wait=20&rev=1")
                time.sleep(0.8)
                check(not waiting.done(), "it waits")
                began = time.monotonic()
                change()
                answer = waiting.result(20).json
                check(time.monotonic() - began < 10, "soon")
                equal({name: answer[name] for name in news}, news)
                equal(answer["rev"], 1)


@test
def taken_away():
    """whoever loses the class while they wait gets nothing of its job, neither at the news nor when their time is over"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("alive"), 1, "EX", 100)
        record(rig, "a", rev=1)
        teaches(rig)
        paths = ["/v1/jobs/a?wait=%d&rev=1" % seconds for seconds in (30, 2)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(rig.sign_in().get, path) for path in paths]
            time.sleep(0.8)
            rig.redis("SREM", rig.key("teaches:green-hill:staff-1"), "8B-2026")
            check(not any(one.done() for one in waiting), "both wait")
            late = waiting[1].result(20)
            record(rig, "a", rev=2, message="news")
            for answer in (late, waiting[0].result(20)):
                equal((answer.status, answer.word), (404, "not_found"), answer.text)


@test
def waiters_that_leave():
    """thousands who wait and hang up leave nothing behind, and those who stay are answered"""
    with started(worker=False) as rig:
        record(rig, "a", rev=1)
        place = rig.url.split("//")[1].split(":")
        request = ("GET /v1/jobs/a?wait=50&rev=1 HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n"
                   % rig.caller("reader").headers["Authorization"]).encode()

        def descriptors():
            return len(os.listdir("/proc/%d/fd" % rig.web.pid))
        before = descriptors()
        for _ in range(10):
            lines = [socket.create_connection((place[0], int(place[1]))) for _ in range(200)]
            for line in lines:
                line.sendall(request)
            wait_for(lambda: descriptors() >= before + 200)
            for line in lines:
                line.close()
        wait_for(lambda: descriptors() <= before + 5)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            stays = pool.submit(rig.caller("reader").get, "/v1/jobs/a?wait=50&rev=1")
            time.sleep(0.2)
            record(rig, "a", rev=2)
            equal(stays.result(10).json["rev"], 2)


@test
def leaving():
    """when the process is told to leave, whoever waits is answered with the record as it is"""
    with started(worker=False) as rig:
        record(rig, "a", rev=1)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(rig.caller("reader").get, "/v1/jobs/a?wait=50&rev=1") for _ in range(20)]
            time.sleep(0.5)
            rig.web.send_signal(signal.SIGTERM)
            for one in waiting:
                equal((one.result(10).status, one.result().json["rev"]), (200, 1))
        equal(rig.web.wait(20), 0)


# ---- never old ---------------------------------------------------------------------------------------------

@test
def never_older():
    """a GET that begins after a change was answered shows it, whichever of two processes is asked"""
    with started(worker=False) as rig:
        first = rig.url
        rig.start_web("web2", **FREE)
        places = [first.split("//")[1], rig.url.split("//")[1]]
        lines = [http.client.HTTPConnection(place, timeout=30) for place in places]
        headers = rig.caller("reader").headers
        for rev in range(1, 2001):
            record(rig, "a", rev=rev)
            line = lines[rev % 2]
            line.request("GET", "/v1/jobs/a", headers=headers)
            equal(json.loads(line.getresponse().read())["rev"], rev)
        return "2,000 changes"


@test
def redis_gone():
    """while Redis is gone polls are told so with Retry-After, and are served again when it is back"""
    with started(worker=False, web={"ROLLCALL_WEB_KEY_RATE": "0"}) as rig:
        record(rig, "a", rev=1)
        reader = rig.caller("reader")
        equal(reader.get("/v1/jobs/a").status, 200)
        rig.end(rig.redis_process, signal.SIGKILL)
        answer = reader.get("/v1/jobs/a")
        equal((answer.status, answer.word), (503, "store_unreachable"))
        check(int(answer.headers["Retry-After"]) > 0, "Retry-After")
        answer = rig.caller("writer").post("/v1/jobs", sync(id="twice"))
        equal((answer.status, answer.word), (503, "unconfirmed"))
        has(answer.json["detail"], "twice")
        rig.start_redis(False)
        record(rig, "a", rev=2)
        equal(wait_for(lambda: (lambda a: a if a.status == 200 else None)(reader.get("/v1/jobs/a")), 10).json["rev"],
              2)


@test
def unconfirmed():
    """of what went to the store and was not answered nobody says that nothing was changed"""
    with started(worker=False) as rig:
        record(rig, "there")
        writer = rig.caller("writer")
        rig.redis("CLIENT", "PAUSE", 60000, "WRITE")
        for path, body in (("/v1/jobs", sync(id="late")), ("/v1/jobs/there/cancel", {})):
            answer = writer.post(path, body)
            equal((answer.status, answer.word), (503, "unconfirmed"), path)
            check("othing was changed" not in answer.json["detail"], answer.text)


@test
def unread():
    """of a job that the store has, but cannot tell of, nobody says that nothing was changed"""
    with started(worker=False) as rig:
        rig.redis("SET", rig.key("job:odd"), "no record")
        answer = rig.caller("writer").post("/v1/jobs", sync(id="odd"))
        equal((rig.redis("LLEN", rig.key("inbox")), answer.status, answer.word), (1, 503, "unconfirmed"))
        equal(answer.headers["Location"], "/v1/jobs/odd")
        check("othing was changed" not in answer.json["detail"], answer.text)


# ---- learners ---------------------------------------------------------------------------------------------------

@test
def learner_rows():
    """learners come as JSON with labels and suggestions, and as CSV that a spreadsheet opens as it should"""
    with started(worker=False) as rig:
        reader = rig.caller("reader")
        record(rig, "a")
        names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", 'say "hi", twice', "two\r\nlines",
                 "Zoë Ntšhabele", "<script>alert(1)</script>", ""]
        for i, name in enumerate(names):
            rig.redis("RPUSH", rig.key("job:a:learners"), json.dumps({
                "learner": "L%d" % i, "name": name, "email": "x@school.example", "outcome": "unresolved",
                "reason": "no_account", "detail": "", "user_id": "", "at": 1760000000000 + i}))
        rig.redis("RPUSH", rig.key("job:a:learners"), "no row at all")
        rows = reader.get("/v1/jobs/a/learners").json["learners"]
        equal([row["name"] for row in rows], names)
        equal((rows[0]["outcome_label"], rows[0]["reason_label"], rows[0]["at"]),
              ("Unresolved", "No Microsoft account found", 1760000000000))
        has(rows[0]["suggestion"], "Microsoft administrator")
        answer = reader.get("/v1/jobs/a/learners", Accept="text/csv")
        equal(answer.headers["Content-Type"], "text/csv; charset=utf-8")
        has(answer.headers["Content-Disposition"], "attachment", "8B-2026-a.csv")
        check(answer.body.startswith(b"\xef\xbb\xbf"), "a BOM")
        table = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
        at = table[0].index("name")
        for name, row in zip(names, table[1:]):
            equal(row[at], ("'" if name[:1] in tuple("=+-@\t\r") and name else "") + name)
        equal(len(table), len(names) + 1)
        for line in answer.body.decode("utf-8-sig").split("\r\n"):
            check(not line or line[0] in '"lt', "no bare field: " + line)


@test
def many_rows():
    """5,000 learners come in one answer, in order"""
    with started(worker=False) as rig:
        record(rig, "a")
        for first in range(0, 5000, 1000):
            rig.redis("RPUSH", rig.key("job:a:learners"),
                      *[json.dumps({"learner": "L%d" % i, "outcome": "added"}) for i in range(first, first + 1000)])
        rows = rig.caller("reader").get("/v1/jobs/a/learners").json["learners"]
        equal([row["learner"] for row in rows], ["L%d" % i for i in range(5000)])


# ---- cancelling -----------------------------------------------------------------------------------------------------

@test
def cancelling():
    """a cancel is told at once, takes hold of a running job, and changes nothing of one that has ended"""
    with started(learners=60, scale=5) as rig:
        register(rig, 60)
        staff = rig.sign_in("staff-1")
        done(staff, asked(staff.post("/v1/jobs", {"type": "create-team", "class": {"id": "8B-2026"}}))["id"])
        rig.fault({"method": "POST", "path": "/teams/*/members/add"}, {"delay_ms": 1000})
        job = asked(staff.post("/v1/jobs", {"type": "sync-learners", "class": {"id": "8B-2026"}}))["id"]
        rig.added(job)
        answer = asked(staff.post("/v1/jobs/%s/cancel" % job))
        equal((answer["id"], answer["cancelled_by"]), (job, "staff-1"))
        end = done(staff, job)
        equal((end["state"], end["cancelled_by"]), ("cancelled", "staff-1"))
        check(0 < end["done"] < 60, "%d of 60" % end["done"])
        equal(len(staff.get("/v1/jobs/%s/learners" % job).json["learners"]), end["done"])
        again = asked(staff.post("/v1/jobs/%s/cancel" % job))
        equal(again["rev"], end["rev"])


@test
def cancelled_for_somebody():
    """a program says for whom it cancels; staff are always themselves"""
    with started(worker=False) as rig:
        writer = rig.caller("writer")
        teaches(rig)
        for id in ("a", "b", "c"):
            record(rig, id)
        equal(asked(writer.post("/v1/jobs/a/cancel", {"requested_by": "staff-7"}))["cancelled_by"], "staff-7")
        equal(rig.redis("GET", rig.key("cancel:a")), "staff-7")
        check(259000 < rig.redis("TTL", rig.key("cancel:a")) <= 259200, "kept for three days")
        equal(asked(writer.ask("POST", "/v1/jobs/b/cancel"))["cancelled_by"], "writer")
        staff = rig.sign_in("staff-1")
        equal(asked(staff.post("/v1/jobs/c/cancel", {"requested_by": "staff-7"}))["cancelled_by"], "staff-1")
        equal(writer.post("/v1/jobs/a/cancel", {"requested_by": "a\nb"}).word, "bad_name")
        equal(writer.post("/v1/jobs/a/cancel", "[").word, "bad_json")
        equal(rig.caller("reader").post("/v1/jobs/a/cancel").status, 403)
        record(rig, "d", state="done")
        asked(writer.post("/v1/jobs/d/cancel"))
        equal(rig.redis("EXISTS", rig.key("cancel:d")), 0)


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
