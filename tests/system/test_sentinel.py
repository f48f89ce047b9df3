#!/usr/bin/env python3
"""A master, a replica and three Sentinels: the master goes, the worker finds the next one.

usage: test_sentinel.py [WORDS...]
"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from guarded import Portal, all_there, resumed, start_guarded  # noqa: E402
from rig import Redis, Suite, check, equal, free_ports, wait_for  # noqa: E402

suite = Suite()
RESUMED_S = 2.0


def consumes_again(rig):
    """Within 2 s of the new master's first answer; in words."""
    answered, named, took = resumed(rig)
    check(took < RESUMED_S, "consuming again within %g s (%.2f)" % (RESUMED_S, took))
    return "new master after %.2f s, named %.2f s later, consuming %.2f s after it answered" % (answered, named, took)


@suite
def master_killed():
    """the master is killed while jobs run: the worker consumes within 2 s of the next one, nothing acknowledged is lost"""
    with start_guarded() as rig:
        portal = Portal(rig)
        portal.start()
        wait_for(lambda: len(portal.kept) > 100, 20)
        rig.end(rig.processes_of["one"], signal.SIGKILL)
        said = consumes_again(rig)
        before = len(portal.kept)
        rig.start_node("one", rig.ports["one"], "--replicaof", "127.0.0.1 %d" % rig.ports["two"])
        wait_for(lambda: len(portal.kept) > before + 100, 20)
        portal.over.set()
        portal.join()
        all_there(rig, portal)
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return "%s; %d acknowledged jobs, 0 lost" % (said, len(portal.kept))


@suite
def master_handed_over():
    """an operator hands the master's part over: the worker leaves the old one, which takes writes for ten more seconds"""
    with start_guarded() as rig:
        portal = Portal(rig)
        portal.start()
        wait_for(lambda: len(portal.kept) > 50, 20)
        sentinel = Redis(rig.sentinels[0])
        equal(sentinel("SENTINEL", "FAILOVER", "main"), "OK")
        sentinel.close()
        said = consumes_again(rig)
        portal.over.set()
        portal.join()
        equal(rig.end(rig.workers[0]), 0, "exit status")
        return said


@suite
def a_sentinel_is_gone():
    """the first Sentinel is gone and the others know: worker and commands find the master nevertheless"""
    with start_guarded() as rig:
        port = free_ports(1)[0]
        url = rig.url.replace("sentinel://", "sentinel://127.0.0.1:%d," % port)
        done = rig.command("queue", ROLLCALL_REDIS_URL=url)
        equal(done.returncode, 0, done.stderr)
        done = rig.command("queue", ROLLCALL_REDIS_URL="sentinel://127.0.0.1:%d/main" % port)
        equal(done.returncode, 3)
        check("Sentinel 127.0.0.1:%d" % port in done.stderr and "refused" in done.stderr, done.stderr)
        done = rig.command("queue", ROLLCALL_REDIS_URL=rig.url.replace("/main", "/other"))
        equal(done.returncode, 3)
        check("does not know that master" in done.stderr, done.stderr)


sys.exit(suite.main(sys.argv[1:]))
