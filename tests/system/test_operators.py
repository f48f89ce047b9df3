#!/usr/bin/env python3
"""What operators do to a queue at work: pause and drain, dead letters, audit, the views.

usage: test_operators.py [WORDS...]
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, has, start, wait_for  # noqa: E402

suite = Suite()


def rollcall(rig, *words, status=0):
    """Runs a command, checks its exit status, gives standard output and error."""
    got = rig.command(*words)
    equal(got.returncode, status, "%s, which said %s%s" % (" ".join(words), got.stdout, got.stderr))
    return got.stdout, got.stderr


def school_rig(**settings):
    """A rig whose worker is there."""
    rig = start(**settings)
    wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
    return rig


def state(rig, id):
    return rig.job(id).get("state")


def becomes(rig, id, *states):
    def there():
        there.__doc__ = "job %s to be %s, which is %s" % (id, "/".join(states), state(rig, id))
        return state(rig, id) in states
    wait_for(there, 30)


def slowly(rig, ms=60000):
    """Member lists take so long: a sync that has begun goes on running."""
    rig.fault({"method": "GET", "path": "/teams/*/members"}, {"delay_ms": ms})


def at_full_speed(rig):
    rig.control("scenario", {"faults": []})


# ---- pausing ------------------------------------------------------------------------------------

@suite
def a_paused_queue_waits():
    """while the queue is paused jobs wait, show and queue say why, and after resume they run"""
    with school_rig() as rig:
        has(rollcall(rig, "pause")[0], "The whole queue is paused")
        has(rollcall(rig, "pause")[0], "was paused already")
        job = rig.push("create-team", "green-hill", class_of(3))
        becomes(rig, job, "queued")
        for words in (("queue",), ("show", job)):
            has(rollcall(rig, *words)[0], "Paused", "the whole queue, since ", " by rollcall:")
        pauses = json.loads(rollcall(rig, "queue", "--json")[0])["paused"]
        equal([(p["what"], p["who"][:9]) for p in pauses], [("*", "rollcall:")])
        has(rollcall(rig, "resume")[0], "The whole queue goes on")
        becomes(rig, job, "done")
        has(rollcall(rig, "resume")[0], "was not paused")


@suite
def a_paused_school_or_type():
    """a paused school or type waits, others run, and each pause is ended by itself"""
    with school_rig() as rig:
        rig.school("blue-hill")
        rollcall(rig, "pause", "--school", "blue-hill")
        rollcall(rig, "pause", "--type", "check-team")
        held = rig.push("create-team", "blue-hill", class_of(3, id="1A"))
        checked = rig.push("check-team", "green-hill", class_of(3, id="2A"))
        runs = rig.push("create-team", "green-hill", class_of(3, id="3A"))
        becomes(rig, runs, "done")
        equal((state(rig, held), state(rig, checked)), ("queued", "queued"))
        has(rollcall(rig, "show", held)[0], "school blue-hill, since")
        has(rollcall(rig, "show", checked)[0], "type check-team, since")
        rollcall(rig, "resume")
        equal((state(rig, held), state(rig, checked)), ("queued", "queued"))
        equal(json.loads(rollcall(rig, "resume", "--type", "check-team", "--json")[0]),
              {"what": "type:check-team", "paused": False, "changed": True})
        rollcall(rig, "resume", "--school", "blue-hill")
        becomes(rig, held, "done")
        becomes(rig, checked, "done", "failed")


@suite
def a_school_with_more_weight():
    """of two schools that wait the one of weight 3 has three jobs begun for each one of the other, and no more"""
    with school_rig(ROLLCALL_QUEUE_CONCURRENCY="6") as rig:
        rig.school("blue-hill")
        rollcall(rig, "school", "set", "blue-hill", "--weight", "3")
        rollcall(rig, "pause")
        for n in range(160):
            for school in ("green-hill", "blue-hill"):
                rig.push("register", school, class_of(1, id="c%d" % n), id="%s-%d" % (school, n))
        wait_for(lambda: rig.redis.hash(rig.key("counts")).get("queued") == "320")
        rollcall(rig, "resume")
        wait_for(lambda: rig.redis.hash(rig.key("counts")).get("done") == "320", 30)
        begun = sorted((int(rig.job(id)["started_at"]), id) for id in
                       (school + "-%d" % n for school in ("green-hill", "blue-hill") for n in range(160)))
        heavy = sum(id.startswith("blue-hill") for _, id in begun[:160])
        check(112 <= heavy <= 128, "%d of the first 160 of the school of weight 3" % heavy)
        equal(sum(id.startswith("green-hill") for _, id in begun[-80:]), 80, "those whose turn it was at the end")


@suite
def drain_waits_for_what_runs():
    """pause --drain waits until nothing runs, telling how many do, and ends 1 when its time is over"""
    with school_rig() as rig:
        rig.run("create-team", "green-hill", class_of(5))
        slowly(rig)
        job = rig.push("sync-learners", "green-hill", class_of(5))
        becomes(rig, job, "running")
        out, err = rollcall(rig, "pause", "--drain", "--timeout", "1", status=1)
        has(out, "1 still running")
        has(err, "1 still running; the pause holds")
        waiting = subprocess.Popen([rig.program("rollcall"), "pause", "--drain"], text=True,
                                   env=dict(os.environ, **rig.settings()), stdout=subprocess.PIPE)
        equal(waiting.stdout.readline() + waiting.stdout.readline(),
              "The whole queue was paused already.\n1 still running\n")
        rollcall(rig, "cancel", job)
        at_full_speed(rig)
        equal((waiting.communicate(timeout=30)[0], waiting.returncode), ("0 still running\n", 0))
        equal(rig.redis("HGETALL", rig.key("school_running")), [])


@suite
def what_cannot_be_paused():
    """a school that is not there, both or a drain of a type are refused; an unknown type is warned of"""
    with start(worker=False) as rig:
        has(rollcall(rig, "pause", "--school", "gren-hill", status=1)[1], "no school gren-hill")
        has(rollcall(rig, "pause", "--school", "a", "--type", "b", status=2)[1], "not both")
        has(rollcall(rig, "pause", "--type", "check-team", "--drain", status=2)[1], "not a type")
        has(rollcall(rig, "pause", "--timeout", "5", status=2)[1], "that --drain waits")
        has(rollcall(rig, "pause", status=3)[1], "start or update rollcalld")
        rig.start_worker()
        wait_for(lambda: rig.redis("EXISTS", rig.key("alive")))
        has(rollcall(rig, "pause", "--type", "check-teams")[1], "no type of job that is known")


# ---- cancelling ---------------------------------------------------------------------------------

@suite
def cancelling_that_waits_for_microsoft():
    """while a cancelled job waits for what Microsoft says of a wave, its record tells everybody who cancelled it"""
    with school_rig() as rig:
        rig.run("create-team", "green-hill", class_of(40))
        rig.fault({"method": "POST", "path": "/teams/*/members/add"}, {"delay_ms": 3000})
        job = rig.push("sync-learners", "green-hill", class_of(40))
        wait_for(lambda: rig.job(job).get("phase") == "Adding learners")
        rev = int(rig.job(job)["rev"])
        rig.redis("SET", rig.key("cancel:" + job), "staff-9", "EX", 259200)
        wait_for(lambda: rig.job(job).get("cancelled_by") == "staff-9", 2.5)
        record = rig.job(job)
        check(record["state"] == "running" and int(record["rev"]) > rev, "it runs, and there is news: %s" % record)
        has(rollcall(rig, "show", job)[0], "asked for by staff-9")
        equal(rig.ended(job)["state"], "cancelled")


# ---- dead letters -------------------------------------------------------------------------------

def kill_some(rig, classes, code=500):
    """Syncs that Microsoft refuses for good; gives their ids."""
    for cls in classes:
        rig.run("create-team", "green-hill", class_of(3, id=cls))
    rig.fault({"method": "GET", "path": "/teams/*/members"}, {"status": code})
    ids = [rig.push("sync-learners", "green-hill", class_of(3, id=cls)) for cls in classes]
    for id in ids:
        equal(rig.ended(id)["error_code"], "graph_error", "why " + id + " failed")
    return ids


@suite
def dead_letters_are_tried_again():
    """dead letters are listed, shown with their envelope, filtered, tried again and dropped; a dry run changes nothing"""
    with school_rig(ROLLCALL_GRAPH_TIMEOUT_MS="2000") as rig:
        ids = kill_some(rig, ["1A", "2A", "3A"])
        has(rollcall(rig, "dead")[0], *ids, "graph_error", "sync-learners")
        equal(sorted(d["id"] for d in json.loads(rollcall(rig, "dead", "list", "--json")[0])), ids)
        for words, found in ((("--school", "green-hill"), 3), (("--school", "x"), 0), (("--type", "sync-learners"), 3),
                             (("--code", "crashed"), 0), (("--older", "1h"), 0), (("--older", "0s"), 3),
                             (("--limit", "2"), 2)):
            equal(len(json.loads(rollcall(rig, "dead", "list", "--json", *words)[0])), found, str(words))
        has(rollcall(rig, "dead", "list", "--limit", "2")[0], "There are more")
        shown = json.loads(rollcall(rig, "dead", "show", ids[0], "--json")[0])
        equal((shown["envelope"]["id"], shown["error_code"]), (ids[0], "graph_error"))
        has(rollcall(rig, "dead", "show", ids[0])[0], "Envelope", "teacher1@school.example")

        has(rollcall(rig, "dead", "retry", "--all", "--dry-run")[0], *ids, "3 would be tried again")
        has(rollcall(rig, "dead", "drop", "--code", "crashed")[0], "0 dropped")
        equal(len(rig.redis("ZRANGE", rig.key("dead"), 0, -1)), 3)
        has(rollcall(rig, "dead", "drop", ids[2])[0], "1 dropped")
        at_full_speed(rig)
        done = json.loads(rollcall(rig, "dead", "retry", "--type", "sync-learners", "--json")[0])
        equal((done["chosen"], done["changed"]), (2, 2))
        for id in ids[:2]:
            becomes(rig, id, "done")
            equal(rig.job(id).get("error", ""), "")
        equal((rig.redis.hash(rig.key("counts"))["dead"], state(rig, ids[2])), ("0", "failed"))
        has(rollcall(rig, "dead")[0], "No dead letters")


@suite
def what_is_no_dead_letter():
    """retry and drop want to be told which, and refuse what is no dead letter"""
    with school_rig() as rig:
        for words, status, part in ((("retry",), 2, "which ones?"), (("drop",), 2, "which ones?"),
                                    (("drop", "J", "--all"), 2, "not both"), (("retry", "J"), 1, "J is no dead letter"),
                                    (("show", "J"), 1, "J is no dead letter"), (("list", "--older", "x"), 2, "such as 30m")):
            has(rollcall(rig, "dead", *words, status=status)[1], part)


# ---- audit --------------------------------------------------------------------------------------

def faults(rig):
    got = rig.command("audit", "--json")
    answer = json.loads(got.stdout)
    equal((got.returncode, answer["right"]), (1, False) if answer["faults"] else (0, True))
    return answer["faults"]


@suite
def audit_of_a_queue_at_work():
    """while thousands of jobs move, some paused, dead and behind others, audit finds nothing wrong"""
    with school_rig(ROLLCALL_GRAPH_TIMEOUT_MS="2000") as rig:
        ids = kill_some(rig, ["D1", "D2"])
        rollcall(rig, "dead", "retry", ids[0])
        rollcall(rig, "pause", "--type", "check-team")
        rig.school("blue-hill")
        rollcall(rig, "pause", "--school", "blue-hill")
        looks = 0
        for burst in range(12):
            envelopes = []
            for i in range(250):
                kind = ("register", "check-team", "register", "create-team")[i % 4]
                school = "blue-hill" if i % 10 == 0 else "green-hill"
                envelopes.append(("RPUSH", rig.key("inbox"), json.dumps(
                    rig.envelope(kind, school, class_of(2, id="c%d" % (i % 90))))))
            rig.redis.pipeline(envelopes)
            equal(faults(rig), [], "what audit finds in look %d" % looks)
            looks += 1
        counts = rig.redis.hash(rig.key("counts"))
        check(int(counts["queued"]) > 50 and int(counts["done"]) > 100, "a queue at work: %s" % counts)
        rollcall(rig, "resume", "--type", "check-team")
        equal(faults(rig), [])
        has(rollcall(rig, "audit")[0], "every place and every counter is right")


@suite
def audit_names_drift():
    """audit names each job, place and counter that is not as it should be, and ends 1"""
    with school_rig() as rig:
        rollcall(rig, "pause")
        for n in range(3):
            becomes(rig, rig.push("check-team", "green-hill", class_of(2, id="c%d" % n), id="J%d" % n), "queued")
        rig.push("create-team", "green-hill", class_of(2, id="c0"), id="B1")
        becomes(rig, "B1", "queued")
        rig.redis("SET", rig.key("cancel:L1"), "ann")
        rig.push("check-team", "green-hill", class_of(2, id="c9"), id="L1")
        becomes(rig, "L1", "cancelled")
        equal(faults(rig), [])
        r, k = rig.redis, rig.key
        drifts = (
            (("HINCRBY", k("counts"), "queued", 1), ("HINCRBY", k("counts"), "queued", -1), "jobs alive, by their envelopes"),
            (("HINCRBY", k("counts"), "dead", 1), ("HINCRBY", k("counts"), "dead", -1), "dead: the counters say 1, there are 0"),
            (("HSET", k("open"), "s:c t", "{}"), ("HDEL", k("open"), "s:c t"), "checkpoints of jobs that failed"),
            (("HINCRBY", k("counts"), "running", 1), ("HINCRBY", k("counts"), "running", -1), "running: the counters say 1"),
            (("HSET", k("school_running"), "green-hill", 1), ("HDEL", k("school_running"), "green-hill"), "school by school"),
            (("ZADD", k("due"), 9e12, "J0"), ("ZREM", k("due"), "J0"), "J0 is queued and is in 2 places: lane, due"),
            (("HSET", k("job:J1"), "state", "running"), ("HSET", k("job:J1"), "state", "queued"), "J1 is in lane and says running"),
            (("ZADD", k("lane:green-hill"), 1, "X"), ("ZREM", k("lane:green-hill"), "X"), "X is in lane:green-hill, and its record is false"),
            (("HSET", k("live"), "green-hill:cX", "check-team=X"), ("HDEL", k("live"), "green-hill:cX"), "X holds green-hill:cX"),
            (("SET", k("job:L1:saved"), "x"), ("DEL", k("job:L1:saved")), "L1 has ended and keeps its checkpoint"),
            (("HSET", k("job:L1"), "finished_at", 5), ("HSET", k("job:L1"), "finished_at", r.hash(k("job:L1"))["finished_at"]),
             "L1 has ended and would never be trimmed"),
            (("RPUSH", k("finished"), "5:J2"), ("LREM", k("finished"), 1, "5:J2"), "5:J2 is in finished, and its record is queued"),
            (("HSET", k("job:X"), "state", "done", "finished_at", 9e15), ("DEL", k("job:X")), "records of ended jobs"),
            (("HSET", k("running:w"), "J2", "1 r check-team green-hill:c2"), ("DEL", k("running:w")), "J2 is in running:w"),
        )
        for make, mend, part in drifts:
            r(*make)
            found = faults(rig)
            check(any(part in f for f in found), "%r among %s" % (part, found))
            r(*mend)
            equal(faults(rig), [], "after " + " ".join(map(str, mend)))
        body = r("HGET", k("bodies"), "J0")
        r("HDEL", k("bodies"), "J0")
        check("J0 has lost its envelope" in faults(rig), "the lost envelope")
        r("HSET", k("bodies"), "J0", body)
        lost = r("HGET", k("live"), "green-hill:c0")
        r("HSET", k("live"), "green-hill:c0", lost.replace(" create-team=B1", ""))
        found = faults(rig)
        has("\n".join(found), "B1 is queued and is in 0 places", "jobs that wait behind their class: off by -1")
        has(rollcall(rig, "audit", status=1)[0], "B1 is queued", "drift.")


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
