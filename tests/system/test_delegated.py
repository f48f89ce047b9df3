#!/usr/bin/env python3
"""Jobs that run as the teacher who asked: with their linked account, what they may do, and what
happens to a job and to the connection when Microsoft does not accept the account any more."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from connect_rig import OTHER_TENANT, connect, delegated_start, record, start_worker  # noqa: E402
from rig import (CLIENT, TENANT, Suite, address, check, class_of, equal, has, has_not,  # noqa: E402
                 wait_for)

test = Suite()
SCHOOL = "green-hill"
TEACHERS = [{"id": "staff-%d" % i, "name": "Teacher %d" % i, "email": address("teacher%d" % i)} for i in (1, 2)]


def connected(**more):
    """A rig in which staff-1 has linked teacher1."""
    rig = delegated_start(**more)
    connect(rig, rig.sign_in("staff-1"), "teacher1")
    return rig


def run(rig, type, cls=None, who="staff-1", seconds=60, **more):
    return rig.run(type, SCHOOL, cls or class_of(3), seconds=seconds, requested_by=who, **more)


def made(rig, cls=None):
    _, job = run(rig, "create-team", cls)
    equal(job["state"], "done", "creating: %r" % job)
    return job["team_id"]


def same_books(rig, team, id):
    """Whom the rows say were added is whom Microsoft's ledger says were, each once."""
    added = sorted(row["user_id"] for row in rig.rows(id) if row["outcome"] == "added")
    ledger = sorted(c["user"] for c in rig.ledger("member_added") if c["team"] == team and c["role"] == "member")
    equal(added, ledger, "added, by the rows and by Microsoft's ledger")
    return len(added)


def forget_tokens(rig):
    """Access tokens that workers hold are over, so that the next call needs the refresh token."""
    rig.control("expire_tokens", {})


# ---- as the teacher --------------------------------------------------------------------------------

@test
def create_and_sync():
    """the Team belongs to the teacher who asked, learners are added in their name, and the books
    are exact; a second sync changes nothing"""
    with connected(learners=30) as rig:
        team = made(rig, class_of(30))
        people = {p["mail"]: p["owner"] for p in rig.team(team)["members"]}
        equal(people, {address("teacher1"): True})
        equal([c["user"] for c in rig.ledger("team_created")], [record(rig)["account"]])
        id, job = run(rig, "sync-learners", class_of(30))
        equal((job["state"], job["added"], job["failed"]), ("done", "30", "0"))
        equal(same_books(rig, team, id), 30)
        before = len(rig.ledger())
        _, job = run(rig, "sync-learners", class_of(30))
        equal((job["added"], job["already_member"]), ("0", "30"))
        equal(len(rig.ledger()), before, "changes at Microsoft's")


@test
def colleagues():
    """the other teachers of the class become owners, too, and each syncs with their own account"""
    with connected(learners=3) as rig:
        cls = class_of(3, teachers=TEACHERS)
        team = made(rig, cls)
        owners = sorted(p["mail"] for p in rig.team(team)["members"] if p["owner"])
        equal(owners, [address("teacher1"), address("teacher2")])
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        _, job = run(rig, "sync-learners", cls, who="staff-2")
        equal((job["state"], job["added"]), ("done", "3"))


@test
def another_address():
    """the linked account may have another address than the register has of the teacher"""
    with connected(learners=3) as rig:
        cls = class_of(3, teachers=[{"id": "staff-1", "name": "N. D.", "email": "private@elsewhere.example"}])
        team = made(rig, cls)
        equal([p["mail"] for p in rig.team(team)["members"]], [address("teacher1")])
        _, job = run(rig, "create-team", class_of(3, id="9A", teachers=[{"id": "staff-1", "name": "N. D."}]))
        equal(job["state"], "done", "a teacher without an address")


@test
def not_theirs():
    """whoever is no teacher of the class cannot make its Team theirs, and who does not own the
    Team cannot change it"""
    with connected(learners=3) as rig:
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        _, job = run(rig, "create-team", class_of(3), who="staff-2")
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        team = made(rig)
        _, job = run(rig, "sync-learners", class_of(3), who="staff-2")
        equal((job["state"], job["error_code"]), ("failed", "not_permitted"))
        equal(len(rig.team(team)["members"]), 1)


@test
def lost_reply():
    """a reply to the order that is lost makes no second Team"""
    with connected(learners=3) as rig:
        rig.fault({"method": "POST", "path": "/teams", "nth": 1}, {"cut_after_effect": True})
        team = made(rig)
        equal([c["team"] for c in rig.ledger("team_created")], [team])


@test
def one_refresh():
    """ten jobs of one teacher cost one refresh, and the token that comes back is kept at once"""
    with connected(learners=3) as rig:
        before, requests = record(rig), rig.stats()["token_requests"]
        ids = [rig.push("create-team", SCHOOL, class_of(3, id="C%d" % i), requested_by="staff-1") for i in range(10)]
        for id in ids:
            equal(rig.ended(id)["state"], "done", id)
        equal(rig.stats()["token_requests"] - requests, 1, "requests for tokens")
        after = record(rig)
        check(after["sealed"] != before["sealed"], "another token is kept")
        check(int(after["refreshed_at"]) > int(before["refreshed_at"]), "since when is kept")
        equal((after["link"], after["linked_at"]), (before["link"], before["linked_at"]))
        has_not(rig.log_of() + rig.log_of("web"), "eyJ")


@test
def tokens_rotate():
    """each refresh is made with the token of the one before, though another process had it"""
    with connected(learners=3) as rig:
        made(rig)
        for i in range(3):
            sealed = record(rig)["sealed"]
            rig.end(rig.workers.pop())
            start_worker(rig, name="worker%d" % i)
            _, job = run(rig, "sync-learners", class_of(3))
            equal(job["state"], "done")
            check(record(rig)["sealed"] != sealed, "another token is kept")


# ---- no connection ------------------------------------------------------------------------------------

@test
def not_connected():
    """without a linked account nothing is asked of Microsoft, whoever asks; the register is
    stored all the same"""
    with delegated_start() as rig:
        for who in ("staff-1", "", "nobody"):
            _, job = run(rig, "create-team", class_of(3, id="C" + who), who=who)
            equal((job["state"], job["error_code"]), ("failed", "not_connected"), who)
            has(job["error"], "My User Settings", "Connect")
        _, job = run(rig, "register", class_of(3))
        equal(job["state"], "done")
        stats = rig.stats()
        equal((stats["token_requests"], stats["http_requests"]), (0, 0))


@test
def disconnected():
    """after Disconnect the next job is refused, although the worker had a token"""
    with connected(learners=3) as rig:
        made(rig)
        staff = rig.sign_in("staff-1")
        equal(staff.delete("/v1/connection").status, 204)
        requests = rig.stats()["http_requests"]
        _, job = run(rig, "sync-learners", class_of(3))
        equal(job["error_code"], "not_connected")
        equal(rig.stats()["http_requests"], requests, "requests to Microsoft")
        connect(rig, staff, "teacher1")
        _, job = run(rig, "sync-learners", class_of(3))
        equal((job["state"], job["added"]), ("done", "3"))


@test
def disconnected_meanwhile():
    """a token that comes back after Disconnect is not kept"""
    with connected(learners=3) as rig:
        rig.fault({"path": "/*/oauth2/v2.0/token"}, {"delay_ms": 1500})
        id = rig.push("create-team", SCHOOL, class_of(3), requested_by="staff-1")
        wait_for(lambda: rig.stats()["token_requests"] == 2)
        equal(rig.sign_in("staff-1").delete("/v1/connection").status, 204)
        rig.ended(id)
        equal(record(rig), {})
        equal(rig.redis("KEYS", rig.key("connection*")), [])


@test
def other_tenant():
    """when the school's tenant is corrected, accounts of the wrong one have to be linked again"""
    with connected(learners=3) as rig:
        rig.redis("HSET", rig.key("school:green-hill"), "tenant_id", OTHER_TENANT)
        requests = rig.stats()["http_requests"]
        _, job = run(rig, "create-team")
        equal((job["state"], job["error_code"]), ("failed", "relink_required"))
        equal(record(rig)["reason"], "other_tenant")
        equal(rig.stats()["http_requests"], requests, "requests to Microsoft")


# ---- refused -------------------------------------------------------------------------------------------

@test
def revoked():
    """sessions are ended at Microsoft's in the middle of a sync: the job stops with what is done
    kept, the connection is red at once, and after Reconnect the rest follows, nobody twice"""
    with connected(learners=120) as rig:
        team = made(rig, class_of(120))
        rig.fault({"path": "*/members/add"}, {"delay_ms": 300})
        id = rig.push("sync-learners", SCHOOL, class_of(120), requested_by="staff-1")
        wait_for(lambda: int(rig.job(id).get("done") or 0) > 0)
        rig.control("people", {"user": address("teacher1"), "revoke": True})
        forget_tokens(rig)
        job = rig.ended(id)
        equal((job["state"], job["error_code"]), ("failed", "relink_required"))
        has(job["error"], "Reconnect", "What was done so far is kept")
        some = same_books(rig, team, id)
        check(0 < some < 120, "some were added: %d" % some)
        equal(int(job["added"]), some, "the summary")
        staff = rig.sign_in("staff-1")
        state = staff.get("/v1/connection").json
        equal((state["state"], state["reason"], state["email"]), ("relink", "revoked", address("teacher1")))
        check("sealed" not in record(rig), "the token is erased")
        requests = rig.stats()["http_requests"]
        _, job = run(rig, "sync-learners", class_of(120))
        equal(job["error_code"], "relink_required")
        equal(rig.stats()["http_requests"], requests, "requests to Microsoft")
        connect(rig, staff, "teacher1", "again")
        rig.control("scenario", {})
        _, job = run(rig, "sync-learners", class_of(120))
        equal((job["state"], int(job["added"]), int(job["already_member"])), ("done", 120 - some, some))
        return "%d before, %d after" % (some, 120 - some)


@test
def refused_in_passing():
    """a refresh token that is refused once, and accepted right after, unlinks nobody"""
    with connected(learners=3) as rig:
        rig.fault({"path": "/*/oauth2/v2.0/token", "nth": 1}, {"aadsts": 50173})
        made(rig)
        equal(record(rig)["state"], "connected")


@test
def reasons():
    """why an account is not accepted is kept in a word"""
    with connected(learners=3) as rig:
        staff = rig.sign_in("staff-1")
        for number, word in ((700082, "expired"), (50055, "password_expired"), (50076, "sign_in_again"),
                             (50057, "account_blocked"), (70000, "not_accepted")):
            rig.control("people", {"user": address("teacher1"), "set": {"token_error": number}})
            _, job = run(rig, "create-team", class_of(3, id="C%d" % number))
            equal(job["error_code"], "relink_required", str(number))
            equal(record(rig)["reason"], word, str(number))
            rig.control("people", {"user": address("teacher1"), "set": {"token_error": 0}})
            connect(rig, staff, "teacher1", "again")


@test
def consent_withdrawn():
    """consent is taken back: the job says whom to ask and where, and so does the connection"""
    with connected(learners=3) as rig:
        rig.control("consent", {"app": CLIENT, "tenant": TENANT, "withdraw": True})
        _, job = run(rig, "create-team")
        equal((job["state"], job["error_code"]), ("failed", "consent_required"))
        has(job["error"], rig.graph + "/" + TENANT + "/v2.0/adminconsent?client_id=" + CLIENT)
        state = rig.sign_in("staff-1").get("/v1/connection").json
        equal((state["state"], state["reason"]), ("relink", "consent_required"))
        has(state["admin_consent_url"], "/v2.0/adminconsent?")


@test
def our_own_fault():
    """a wrong secret of ours is told to the operator once for many teachers, jobs wait, and nobody
    is unlinked"""
    with connected(learners=3) as rig:
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        before = [record(rig, staff) for staff in ("staff-1", "staff-2")]
        requests = rig.stats()["token_requests"]
        rig.fault({"path": "/*/oauth2/v2.0/token"}, {"aadsts": 7000215})
        first = rig.push("create-team", SCHOOL, class_of(3), requested_by="staff-1")
        wait_for(lambda: rig.job(first).get("state") == "waiting")
        cls = class_of(3, id="9A", teachers=TEACHERS[1:])
        second = rig.push("create-team", SCHOOL, cls, requested_by="staff-2")
        wait_for(lambda: rig.job(second).get("state") == "waiting")
        equal(rig.stats()["token_requests"] - requests, 1, "requests for tokens")
        has(rig.job(second)["message"], "The operator has been told")
        equal([record(rig, staff) for staff in ("staff-1", "staff-2")], before, "the records")
        has(rig.log_of(), "sign_in_of_the_app_refused", "AADSTS7000215")


@test
def microsoft_away():
    """while Microsoft's sign-in fails in passing the job tries again, and nobody is unlinked"""
    with connected(learners=3) as rig:
        rig.fault({"path": "/*/oauth2/v2.0/token", "count": 2}, {"status": 503, "html": True})
        made(rig)
        equal(record(rig)["state"], "connected")


# ---- keys --------------------------------------------------------------------------------------------------

@test
def key_missing():
    """a worker that has not the key tells the operator and unlinks nobody; put back, the key is
    found without a restart"""
    with connected(worker=False, learners=3) as rig:
        rig.write("other-key", "other:%s\n" % ("ab" * 32))
        start_worker(rig, ROLLCALL_SECRETS_KEY_FILE=rig.path("other-key"))
        id = rig.push("create-team", SCHOOL, class_of(3), requested_by="staff-1")
        wait_for(lambda: rig.job(id).get("state") == "waiting")
        has(rig.log_of(), "secrets.key_file")
        equal(record(rig)["state"], "connected")
        equal(rig.stats()["token_requests"], 1, "requests for tokens")
        with open(rig.path("secrets-key")) as key:
            rig.write("other-key", "other:%s\n%s" % ("ab" * 32, key.read()))
        equal(rig.ended(id, 60)["state"], "done")
        has(record(rig)["sealed"], "other.")


def rotate(rig, *words, status=0):
    got = rig.command("keys", "rotate", "--json", *words, ROLLCALL_SECRETS_KEY_FILE=rig.path("secrets-key"))
    equal(got.returncode, status, got.stdout + got.stderr)
    return json.loads(got.stdout) if got.stdout else got.stderr


def key_lines(rig):
    with open(rig.path("secrets-key")) as f:
        return f.read().splitlines()


@test
def keys_rotate():
    """keys rotate puts a new key in front and seals everything with it while workers run; then
    the old key can go, and jobs and connections live on"""
    with connected(learners=3) as rig:
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        os.chmod(rig.path("secrets-key"), 0o640)
        old = key_lines(rig)
        made_now = rotate(rig)
        new = made_now["made"]
        equal((made_now["resealed"], made_now["sealed_with"], made_now["finished"]), (2, {new: 2}, True))
        equal(key_lines(rig)[1:], old)
        equal(oct(os.stat(rig.path("secrets-key")).st_mode & 0o777), "0o640")
        check(not os.path.exists(rig.path("secrets-key.new")), "nothing is left beside it")
        made(rig)                                       # the worker has not been told of the key
        worker = rig.workers[-1]
        worker.send_signal(signal.SIGHUP)
        rig.web.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in rig.log_of() and "reloaded" in rig.log_of("web"))
        finished = rotate(rig, "--finish")
        equal((finished["made"], finished["sealed_with"]), ("", {new: 2}))
        rig.write("secrets-key", "".join(line + "\n" for line in key_lines(rig)[:1]))
        worker.send_signal(signal.SIGHUP)
        rig.end(rig.workers.pop())
        start_worker(rig, name="worker2")
        _, job = run(rig, "sync-learners", class_of(3))
        equal(job["state"], "done")
        equal(record(rig)["state"], "connected")


@test
def rotation_is_taken_up():
    """a rotation that was interrupted is taken up, with no second new key; one that is complete
    begins another"""
    with connected(worker=False, learners=3) as rig:
        start_worker(rig)
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        both = dict(record(rig)), dict(record(rig, "staff-2"))
        first = rotate(rig)["made"]
        # As if it had died between the two.
        rig.redis("HSET", rig.key("connection:green-hill:staff-2"), "sealed", both[1]["sealed"])
        again = rotate(rig)
        equal((again["made"], again["resealed"], again["sealed_with"]), ("", 1, {first: 2}))
        second = rotate(rig)["made"]
        check(second not in ("", first), "another key is made")
        equal([line.split(":")[0] for line in key_lines(rig)], [second, first, "test"])


@test
def rotation_meets_a_stranger():
    """what no key opens is named and left alone; without a file, or one that may not be changed,
    nothing happens"""
    with connected(worker=False, learners=3) as rig:
        start_worker(rig)
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        rig.redis("HSET", rig.key("connection:green-hill:staff-2"), "sealed", record(rig)["sealed"])
        got = rotate(rig, status=1)
        equal((got["unreadable"], got["resealed"]), (["green-hill:staff-2"], 1))
        before = key_lines(rig)
        got = rig.command("keys", "rotate")
        equal(got.returncode, 2)
        has(got.stderr, "secrets.key_file is not set")
        got = rig.command("keys", "rotate", ROLLCALL_SECRETS_KEY_FILE=rig.path("nowhere"))
        equal(got.returncode, 1)
        has(got.stderr, "nowhere")
        equal(key_lines(rig), before)


@test
def doctor():
    """rollcall doctor names who has to link again, and keys that are missing"""
    with connected(worker=False, learners=3) as rig:
        start_worker(rig)
        said = lambda: rig.command("doctor", ROLLCALL_SECRETS_KEY_FILE=rig.path("secrets-key")).stdout
        has(said(), "Connections: 1")
        rig.control("people", {"user": address("teacher1"), "revoke": True})
        run(rig, "create-team")
        has(" ".join(said().split()), "Connections: 1 have to be linked again: green-hill:staff-1 (revoked)", "Reconnect")
        connect(rig, rig.sign_in("staff-1"), "teacher1", "again")
        rig.write("secrets-key", "another:%s\n" % ("cd" * 32))
        has(" ".join(said().split()), "Connections: 1 are sealed with keys that are not there: test")


# ---- keep-alive --------------------------------------------------------------------------------------------

def idle(rig, staff, days):
    """As if the account had last been used so many days ago."""
    then = int((time.time() - days * 86400) * 1000)
    rig.redis("HSET", rig.key("connection:green-hill:" + staff), "refreshed_at", then)
    rig.redis("ZADD", rig.key("connections"), then + 30 * 86400000, "green-hill:" + staff)


@test
def kept_alive():
    """of five workers one signs an account in that nobody used for a month, once; the others are
    left alone"""
    with connected(worker=False, learners=3) as rig:
        connect(rig, rig.sign_in("staff-2"), "teacher2")
        idle(rig, "staff-1", 31)
        idle(rig, "staff-2", 29)
        before, other = record(rig), record(rig, "staff-2")
        requests = rig.stats()["token_requests"]
        start_worker(rig, "-n", "5")
        wait_for(lambda: record(rig)["sealed"] != before["sealed"], 20)
        time.sleep(3)  # for those who would do it again
        equal(rig.stats()["token_requests"] - requests, 1, "requests for tokens")
        check(int(record(rig)["refreshed_at"]) > time.time() * 1000 - 60000, "since when is kept")
        equal(record(rig, "staff-2"), other)


@test
def too_late():
    """an idle account that Microsoft has dropped turns red before anybody needs it"""
    with connected(worker=False, learners=3) as rig:
        idle(rig, "staff-1", 31)
        rig.control("people", {"user": address("teacher1"), "revoke": True})
        start_worker(rig)
        wait_for(lambda: record(rig)["state"] == "relink", 20)
        equal(record(rig)["reason"], "revoked")
        equal(rig.redis("ZRANGE", rig.key("connections"), 0, -1), [])
        equal(rig.redis("ZRANGE", rig.key("connections:relink"), 0, -1), ["green-hill:staff-1"])


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
