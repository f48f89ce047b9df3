#!/usr/bin/env python3
"""A Redis that speaks TLS alone: whom the worker believes, and what it says of the others.

Where this build has no TLS (hiredis before 1.0), that is said with the remedy.

usage: test_tls.py [WORDS...]
"""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Rig, Skip, Suite, address, check, class_of, equal, free_ports, learners, wait_for  # noqa: E402

suite = Suite()


class Private(Rig):
    """A rig whose Redis has a certificate of a throw-away authority; the tests' own way in is a socket."""

    def start_redis(self, names="DNS:localhost,IP:127.0.0.1"):
        self.ca = self.authority("ca")
        self.key_file, self.cert_file = self.certificate("redis", names)
        self.port, self.socket = free_ports(1)[0], self.path("redis.sock")
        self.start_server()

    def start_server(self):
        self.redis_process = self.start("redis", [
            "redis-server", "--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket,
            "--tls-cert-file", self.cert_file, "--tls-key-file", self.key_file, "--tls-ca-cert-file", self.ca,
            "--tls-auth-clients", "no", "--dir", self.folder, "--appendonly", "yes", "--save", "",
            "--maxmemory-policy", "noeviction"])
        self.redis = self.connect()

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                     "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"))
        return self.path(name + ".pem")

    def certificate(self, name, names):
        key, request, cert, more = (self.path(name + end) for end in (".key", ".csr", ".pem", ".ext"))
        with open(more, "w") as f:
            f.write("subjectAltName=%s\n" % names)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=redis", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-days", "2", "-CA", self.path("ca.pem"), "-CAkey",
                     self.path("ca.key"), "-CAcreateserial", "-extfile", more, "-out", cert)
        return key, cert

    def url(self, host="localhost", ca=True):
        return {"ROLLCALL_REDIS_URL": "rediss://%s:%d" % (host, self.port),
                "ROLLCALL_REDIS_CA_FILE": self.ca if ca else ""}


def rig_with(**how):
    rig = Private()
    try:
        said = rig_says(rig, "rediss://localhost")
        if "no TLS" in said:
            raise Skip("this build's hiredis has no TLS")
        rig.start_redis(**how)
        rig.start_emulator("--world", rig.world([address("teacher1")] + [x["email"] for x in learners(5)]), scale=100)
        rig.school("green-hill")
        return rig
    except BaseException:
        rig.close()
        raise


def rig_says(rig, url):
    done = subprocess.run([rig.program("rollcalld"), "--check"], capture_output=True, text=True, timeout=10,
                          env=dict(os.environ, ROLLCALL_CONF=os.devnull, ROLLCALL_REDIS_URL=url))
    return done.stderr


@suite
def without_tls():
    """a build that has no TLS says so and what to do; one that has it names a file that it cannot read"""
    with Rig() as rig:
        said = rig_says(rig, "rediss://localhost")
        if said and "no TLS" in said:
            check("stunnel" in said and "hiredis 1.0" in said, said)
        else:
            check("/nowhere/ca.pem" in rig_says(rig, "rediss://localhost?ca_file=/nowhere/ca.pem"), said)


@suite
def jobs_run():
    """jobs run over TLS, by name and by address, also after Redis was killed and started again"""
    with rig_with() as rig:
        worker = rig.start_worker(**rig.url())
        rig.run("create-team", "green-hill", class_of(0))
        _, record = rig.run("sync-learners", "green-hill", class_of(5))
        equal((record["state"], record["added"]), ("done", "5"))
        done = rig.command("queue", **rig.url("127.0.0.1"))
        equal(done.returncode, 0, done.stderr)
        rig.redis.close()
        rig.end(rig.redis_process, signal.SIGKILL)
        rig.start_server()
        up = time.monotonic()
        rig.run("register", "green-hill", class_of(5))
        took = time.monotonic() - up
        check(took < 2, "within 2 s (%.2f)" % took)
        equal(rig.end(worker), 0, "exit status")
        return "%.2f s after a restart" % took


@suite
def large_records():
    """an envelope of 900 kB and a thousand small ones come through whole, in both directions"""
    with rig_with() as rig:
        rig.start_worker(**rig.url())
        big = [dict(x, name="N" * 300) for x in learners(2500)]
        ids = [rig.push("register", "green-hill", class_of(2, id="S%d" % i)) for i in range(1000)]
        _, record = rig.run("register", "green-hill", class_of(0, learners=big))
        equal(record["state"], "done", record.get("error"))
        equal(rig.redis("HLEN", rig.key("class:green-hill:8B-2026:learners")), 2500)

        def all_done():
            "a thousand registers to be stored"
            return all(s == "done" for s in rig.redis.pipeline([("HGET", rig.key("job:" + i), "state") for i in ids]))
        wait_for(all_done, 30, 0.1)


@suite
def who_is_not_believed():
    """a certificate that nobody vouches for, or of another host, is refused, and the reason told; so is one without TLS"""
    with rig_with(names="DNS:localhost") as rig:
        def refused(part, **settings):
            done = rig.command("queue", **settings)
            equal(done.returncode, 3, done.stderr)
            check(part in done.stderr, "%r in %r" % (part, done.stderr))
        refused("certificate", **rig.url(ca=False))
        refused("mismatch", **rig.url("127.0.0.1"))
        other = dict(rig.url(), ROLLCALL_REDIS_CA_FILE=rig.authority("other"))
        refused("certificate", **other)
        equal(rig.command("queue", **rig.url()).returncode, 0)
        equal(rig.command("queue", ROLLCALL_REDIS_URL="redis://localhost:%d" % rig.port).returncode, 3)


sys.exit(suite.main(sys.argv[1:]))
