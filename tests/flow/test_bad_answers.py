#!/usr/bin/env python3
"""Whatever Microsoft answers: a clear end at the right place, nobody removed, the rest goes on."""
import http.server
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, class_of, equal, start, wait_for  # noqa: E402

test = Suite()
LIST = {"method": "GET", "path": "/teams/*/members"}


def with_a_team(**more):
    rig = start(**more)
    _, record = rig.run("create-team", "green-hill", class_of(0), requested_by="staff-1")
    equal(record["state"], "done", record.get("error"))
    rig.run("sync-learners", "green-hill", class_of(6))
    return rig


def ends_in_graph_error(rig, fault, match=LIST):
    """The job with this fault fails plainly; the next one, without it, is done."""
    rig.control("scenario", {"faults": [{"match": match, "do": fault}]})
    _, record = rig.run("sync-learners", "green-hill", class_of(5), seconds=120)
    equal((record["state"], record["error_code"]), ("failed", "graph_error"), "end (%s)" % record)
    check(len(record["error"]) > 20, "a sentence: " + record["error"])
    equal(rig.ledger("member_removed"), [])
    rig.control("scenario", {})
    _, record = rig.run("sync-learners", "green-hill", class_of(6))
    equal((record["state"], record["already_member"]), ("done", "6"))
    return record


@test
def truncated():
    """a member list cut off in the middle is tried again, then graph_error"""
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"truncate": 100})


@test
def html():
    """HTML with status 200 in place of the member list"""
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"status": 200, "html": True})


@test
def huge():
    """ten megabytes in place of the member list"""
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"body_bytes": 10000000})


@test
def deep():
    """JSON nested ten thousand deep"""
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"nest": 10000})


@test
def odd_shape():
    """JSON of an unexpected shape is no member list"""
    with with_a_team() as rig:
        for body in ({"value": 7}, {"value": [{"id": 1}]}, [], {"members": []}):
            ends_in_graph_error(rig, {"status": 200, "body": body})


@test
def page_without_end():
    """a page that links to itself ends the job and removes nobody"""
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"next_link_self": True, "page_size": 2})


@test
def link_to_a_stranger():
    """a nextLink to another host is never followed with the token"""
    asked = []

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"value": []}).encode())

        def log_message(self, *unused):
            pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with with_a_team() as rig:
        ends_in_graph_error(rig, {"next_link_host": "http://127.0.0.1:%d" % server.server_port, "page_size": 2})
    server.shutdown()
    equal(asked, [])


@test
def every_token_refused():
    """401 without end: at most twelve requests, then graph_error"""
    with with_a_team() as rig:
        rig.control("stats", method="DELETE")
        ends = rig.stats()["http_requests"]
        rig.control("scenario", {"faults": [{"match": {"path": "/teams/*"}, "do": {
            "status": 401, "code": "InvalidAuthenticationToken"}}]})
        _, record = rig.run("sync-learners", "green-hill", class_of(6))
        stats = rig.stats()
        equal((record["state"], record["error_code"]), ("failed", "graph_error"))
        total = stats["http_requests"] - ends
        check(total <= 12, "at most 12: %s" % stats)
        return "%d requests" % total


@test
def expired_token():
    """a token that expires mid-run is renewed once and the job goes on"""
    with with_a_team() as rig:
        rig.control("expire_tokens", {})
        _, record = rig.run("sync-learners", "green-hill", class_of(8))
        equal((record["state"], record["added"]), ("done", "2"))


@test
def our_own_secret():
    """a wrong secret of ours: jobs wait, the operator is told, and go on once it is right"""
    with start(worker=False) as rig:
        rig.control("scenario", {"settings": {"aadsts": 7000215}})
        rig.start_worker()
        id = rig.push("create-team", "green-hill", class_of(0))

        def told():
            "the job to wait"
            return rig.job(id).get("state") == "waiting"
        wait_for(told)
        check("operator" in rig.job(id)["message"], rig.job(id)["message"])
        check(" error sign_in_of_the_app_refused" in rig.log_of(), "the operator is told")
        equal(rig.stats()["token_requests"], 1)
        rig.control("scenario", {})
        record = rig.ended(id, 60)
        equal((record["state"], record["attempt"]), ("done", "1"))
        equal(rig.stats()["token_requests"], 2)


def took_ms(record):
    return int(record["finished_at"]) - int(record["started_at"])


@test
def sign_in_throttled():
    """the sign-in asks us to wait: the job waits once, says so, and asks once more"""
    with start(worker=False) as rig:
        rig.fault({"path": "/*/oauth2/v2.0/token", "count": 1}, {"status": 429, "retry_after": 3})
        rig.start_worker()
        id = rig.push("create-team", "green-hill", class_of(0))
        wait_for(lambda: rig.job(id).get("state") == "waiting")
        check("asked us to wait until" in rig.job(id)["message"], rig.job(id)["message"])
        rev = int(rig.job(id)["rev"])
        record = rig.ended(id)
        equal((record["state"], rig.stats()["token_requests"]), ("done", 2))
        check(took_ms(record) >= 3000, "it took %d ms" % took_ms(record))
        check(int(record["rev"]) < rev + 20, "its record changed %d times" % (int(record["rev"]) - rev))


@test
def out_of_service():
    """a 503 that names no pause is tried again after three seconds, not at once, and nobody is told that Microsoft asked for that"""
    with with_a_team() as rig:
        rig.fault(dict(LIST, count=1), {"status": 503})
        id = rig.push("sync-learners", "green-hill", class_of(6))
        wait_for(lambda: rig.job(id).get("state") == "waiting")
        equal(rig.job(id)["message"], "Microsoft had a problem; we are trying again.")
        record = rig.ended(id)
        equal((record["state"], record["already_member"]), ("done", "6"))
        check(took_ms(record) >= 2900, "it took %d ms" % took_ms(record))


@test
def passing_trouble():
    """502 on a wave, a slow answer, a cut connection: tried again, everybody added once"""
    with with_a_team() as rig:
        for fault in ({"status": 502, "html": True}, {"status": 503, "after_effect": True}, {"cut_before_effect": True},
                      {"cut_after_effect": True}, {"status": 500, "empty": True}):
            rig.fault({"method": "POST", "path": "/teams/*/members/add", "count": 1}, fault)
        _, record = rig.run("sync-learners", "green-hill", class_of(25), seconds=120)
        equal((record["state"], record["added"], record["already_member"]), ("done", "19", "6"))
        equal(len(rig.ledger("member_added")), 25)


sys.exit(test.main(sys.argv[1:]))
