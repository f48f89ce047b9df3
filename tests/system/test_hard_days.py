#!/usr/bin/env python3
"""Redis goes away, settings are wrong, portals send nonsense: what the worker does then."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import CLIENT, SECRET, TENANT, Rig, Suite, address, check, class_of, equal, learners, start, wait_for  # noqa: E402

test = Suite()


# ---- Redis --------------------------------------------------------------------------

def restart_redis(rig, away_s=0.0):
    """SIGKILL, and the same data again; the moment when it answered."""
    rig.redis.close()
    rig.end(rig.redis_process, signal.SIGKILL)
    time.sleep(away_s)
    rig.start_redis()
    return time.monotonic()


@test
def redis_killed_while_syncing():
    """Redis killed with SIGKILL and restarted in the middle of a sync: the job goes on, everybody once"""
    with start(n=120, aof=True, scale=20) as rig:
        rig.redis("CONFIG", "SET", "appendfsync", "always")
        rig.control("scenario", {"settings": {"latency_ms": 200, "operation_ms": 1000}})
        rig.run("create-team", "green-hill", class_of(0))
        id = rig.push("sync-learners", "green-hill", class_of(100))
        rig.added(id)
        restart_redis(rig)
        record = rig.ended(id, 60)
        equal((record["state"], record["added"], record["attempt"]), ("done", "100", "1"))
        equal(len(rig.rows(id)), 100)
        equal(len(rig.ledger("member_added")), 100)


@test
def redis_away():
    """after Redis was away, for a moment or for longer than a lease, the worker consumes within 2 s"""
    took = []
    with start(aof=True) as rig:
        rig.run("create-team", "green-hill", class_of(0))
        for away_s in (0, 1, 8):
            up = restart_redis(rig, away_s)
            id, record = rig.run("register", "green-hill", class_of(3))
            took.append(time.monotonic() - up)
            equal(record["state"], "done")
            check(took[-1] < 2, "within 2 s (%.2f after %d s away)" % (took[-1], away_s))
        return ", ".join("%.2f s" % t for t in took)


@test
def library_lost():
    """the Function library vanishes while the worker runs: it is loaded again, nothing is lost"""
    with start() as rig:
        rig.run("create-team", "green-hill", class_of(0))
        rig.redis("FUNCTION", "FLUSH")
        _, record = rig.run("sync-learners", "green-hill", class_of(5))
        equal((record["state"], record["added"]), ("done", "5"))


@test
def lost_second():
    """a job that Redis forgot in its last second is done when the same id is sent again"""
    with start() as rig:
        rig.run("create-team", "green-hill", class_of(0))
        id, _ = rig.run("sync-learners", "green-hill", class_of(5))
        rig.redis("DEL", rig.key("job:" + id), rig.key("job:%s:learners" % id))
        _, record = rig.run("sync-learners", "green-hill", class_of(5), id=id)
        equal((record["state"], record["already_member"]), ("done", "5"))


@test
def unfit_redis():
    """a Redis that would throw jobs away is refused at the start, with the remedy, alone and supervised"""
    with start(worker=False) as rig:
        rig.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        for name, options in (("alone", []), ("supervised", ["-n", "2"])):
            worker = rig.start_worker(*options, name=name)
            equal(worker.wait(15), 1, "exit status " + name)
            check("noeviction" in rig.log_of(name), rig.log_of(name))
        rig.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        rig.start_worker("-n", "1")
        rig.run("register", "green-hill", class_of(1))
        check("append-only file is off" in rig.log_of(), "a warning without AOF")


@test
def a_start_that_fails():
    """a supervisor whose workers cannot read the secret ends with status 1 and says which file"""
    with start(worker=False) as rig:
        worker = rig.start_worker("-n", "2", ROLLCALL_APP_CLIENT_SECRET_FILE=rig.path("nowhere"))
        equal(worker.wait(15), 1, "exit status")
        check(rig.path("nowhere") in rig.log_of(), rig.log_of())


@test
def order_of_arrival():
    """with three workers the later of two registers is the one that counts, for every class"""
    with start(worker=False) as rig:
        rig.start_worker("-n", "3")
        rig.redis.pipeline([("RPUSH", rig.key("inbox"), json.dumps(rig.envelope(
            "register", "green-hill", class_of(size, id="O%d" % i)))) for i in range(200) for size in (1, 2)])

        def quiet():
            "all registers to be stored"
            counts = rig.redis.hash(rig.key("counts"))
            return rig.redis("LLEN", rig.key("inbox")) == 0 and not any(
                int(counts.get(k, 0)) for k in ("queued", "running", "waiting"))
        wait_for(quiet, 30)
        sizes = rig.redis.pipeline([("HLEN", rig.key("class:green-hill:O%d:learners" % i)) for i in range(200)])
        equal(sizes, [2] * 200)


# ---- what portals send ------------------------------------------------------------------

@test
def malformed_envelopes():
    """every malformed envelope fails its own job or goes to bad; the rest goes on"""
    good = {"v": 1, "type": "register", "school": "green-hill", "class": class_of(2)}
    bad = {
        "v": {"v": 2}, "no-v": {"v": None}, "at": {"at": 1.5}, "priority": {"priority": "urgent"},
        "options": {"options": {"fast": True}}, "approve": {"options": {"approve_removals": 1}},
        "school": {"school": 7}, "no-school": {"school": None}, "class": {"class": "8B"},
        "no-class": {"class": None}, "learner": {"class": dict(class_of(0), learners=[{"name": "x"}])},
        "learners": {"class": dict(class_of(0), learners="all")},
        "email": {"class": dict(class_of(0), learners=[{"id": "1", "email": 7}])},
        "kind": {"class": dict(class_of(0), kind="club")},
        "many": {"class": class_of(5001)},
    }
    with start() as rig:
        for name, change in bad.items():
            envelope = dict(good, id="bad-" + name)
            envelope.update({k: v for k, v in change.items() if v is not None})
            for key in [k for k, v in change.items() if v is None]:
                del envelope[key]
            rig.redis("RPUSH", rig.key("inbox"), json.dumps(envelope))
        raw = {"bad-cut": '{"id":"bad-cut","v":1,"type":"regis', "bad-deep": '{"id":"bad-deep","v":1,"x":' + "[" * 70 + "]" * 70 + "}",
               "bad-big": '{"id":"bad-big","v":1,"x":"' + "y" * 1100000 + '"}'}
        for text in raw.values():
            rig.redis("RPUSH", rig.key("inbox"), text)
        for text in ("", "null", "[]", "not json", '{"id":"no good id"}', '{"v":1}', '{"id":7}', b"\xff\xfe{}"):
            rig.redis("RPUSH", rig.key("inbox"), text)
        _, record = rig.run("register", "green-hill", class_of(2))
        equal(record["state"], "done")
        for id in ["bad-" + n for n in bad] + list(raw):
            record = rig.ended(id, 5)
            equal((record["state"], record["error_code"]), ("failed", "bad_envelope"), id)
            check(record["error"], "a sentence for " + id)
        equal(rig.redis("LLEN", rig.key("bad")), len(bad) + len(raw) + 7)
        check(all(len(x) < 3000 for x in rig.redis("LRANGE", rig.key("bad"), 0, -1)), "2 kB each")
        equal(rig.redis("LLEN", rig.key("inbox")), 0)


@test
def names_of_all_kinds():
    """names in any script, quotes, HTML and formulas arrive and come back byte for byte"""
    names = ["Ŋǃ Khoekhoe ǂAreti", "Zoë Öberholzer-'t Hooft", "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
             "数学 𝔘𝔫𝔦 🙂", "a\u202eb", "\\\"quoted\\\"", "x" * 300]
    with start() as rig:
        rig.run("create-team", "green-hill", class_of(0, name="Graad 5 Sê / \"B\" 🙂"))
        people = [dict(x, name=n) for x, n in zip(learners(len(names)), names)]
        id, record = rig.run("sync-learners", "green-hill", class_of(0, learners=people))
        equal(record["state"], "done", record.get("error"))
        equal({r["learner"]: r["name"] for r in rig.rows(id)}, {p["id"]: p["name"] for p in people})
        check("alert" not in rig.log_of() and "Khoekhoe" not in rig.log_of(), "no names in the log")
        check("learner1@" not in rig.log_of() and SECRET not in rig.log_of(), "no address, no secret in the log")


# ---- settings -------------------------------------------------------------------------------

def says(rig, **settings):
    done = subprocess.run([rig.program("rollcalld"), "--check"], env=dict(os.environ, **settings),
                          capture_output=True, text=True, timeout=10)
    return done.returncode, done.stderr


@test
def settings_refused():
    """unknown key, bad value, out of range, a key twice: refused, naming file, line and what is allowed"""
    with Rig() as rig:
        def refused(text, *parts):
            path = rig.path("x.conf")
            with open(path, "w") as f:
                f.write(text)
            status, said = says(rig, ROLLCALL_CONF=path)
            equal(status, 1, "status for %r (%s)" % (text, said))
            for part in parts:
                check(part in said, "%r in %r" % (part, said))
        refused("[queue]\nlease_ms = 2\n", "x.conf:2", "lease_ms", "1000", "60000")
        refused("[queue]\nspeed = 2\n", "x.conf:2", "speed")
        refused("[cloud]\nx = 2\n", "x.conf", "cloud")
        refused("[queue]\nlease_ms = 5000\nlease_ms = 6000\n", "x.conf:3", "lease_ms")
        refused("[brake]\nshare = much\n", "x.conf:2", "share")
        refused("[graph]\nroot = http://graph.example/v1.0\n", "x.conf:2", "root")
        refused("lease_ms\n", "x.conf:1")
        status, said = says(rig, ROLLCALL_CONF=os.devnull, ROLLCALL_QUEUE_LEASE_MS="x")
        check(status == 1 and "ROLLCALL_QUEUE_LEASE_MS" in said, said)
        status, said = says(rig, ROLLCALL_CONF="/nowhere/rollcall.conf")
        check(status == 1 and "/nowhere/rollcall.conf" in said, said)


@test
def example_is_good():
    """the example configuration that the program prints is accepted as it stands and is the one in config/"""
    with Rig() as rig:
        text = subprocess.run([rig.program("rollcalld"), "--example"], capture_output=True, text=True).stdout
        with open(rig.path("r.conf"), "w") as f:
            f.write(text)
        equal(says(rig, ROLLCALL_CONF=rig.path("r.conf"))[0], 0)
        from rig import ROOT
        with open(os.path.join(ROOT, "config", "rollcall.conf")) as f:
            equal(f.read(), text, "config/rollcall.conf")


# ---- signing in, TLS ---------------------------------------------------------------------------

def make_certificate(rig, name):
    key, cert = rig.path(name + ".key"), rig.path(name + ".pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, stderr=subprocess.DEVNULL)
    return key, cert


@test
def by_certificate():
    """the app signs in with a certificate in place of a secret"""
    with Rig() as rig:
        rig.start_redis(aof=False)
        key, cert = make_certificate(rig, "app")
        world = {"apps": [{"client_id": CLIENT, "certificate_file": cert}],
                 "tenants": [{"id": TENANT, "domain": "school.example", "users": [{"mail": address("teacher1")}]}]}
        with open(rig.path("world.json"), "w") as f:
            json.dump(world, f)
        rig.start_emulator("--world", rig.path("world.json"), scale=100)
        rig.school("green-hill")
        rig.start_worker(ROLLCALL_APP_CLIENT_SECRET_FILE="", ROLLCALL_APP_CERTIFICATE_FILE=cert, ROLLCALL_APP_KEY_FILE=key)
        _, record = rig.run("create-team", "green-hill", class_of(0))
        equal(record["state"], "done", record.get("error"))


@test
def private_authority():
    """TLS is verified: refused without the private CA's file, fine with it"""
    with Rig() as rig:
        rig.start_redis(aof=False)
        key, cert = make_certificate(rig, "server")
        rig.start_emulator("--world", rig.world([address("teacher1")]), "--tls-cert", cert, "--tls-key", key, scale=100)
        check(rig.graph.startswith("https://"), rig.graph)
        rig.school("green-hill")
        worker = rig.start_worker(name="blind")
        id = rig.push("create-team", "green-hill", class_of(0))
        record = rig.ended(id, 60)
        equal((record["state"], record["error_code"]), ("failed", "graph_error"))
        check("certificate" in record["error"].lower() or "tls" in record["error"].lower(), record["error"])
        rig.end(worker)
        rig.start_worker(ROLLCALL_GRAPH_CA_FILE=cert)
        _, record = rig.run("create-team", "green-hill", class_of(0))
        equal(record["state"], "done", record.get("error"))


sys.exit(test.main(sys.argv[1:]))
