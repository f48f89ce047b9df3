#!/usr/bin/env python3
"""config/users.acl: rollcall-web as the Redis user that the file makes for it. What Redis refused
it is in the ACL LOG, so nothing goes unnoticed.

usage: test_acl_web.py [WORDS...]
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from acl_rig import AclRig  # noqa: E402
from connect_rig import connect  # noqa: E402
from rig import TENANT, Suite, address, check, class_of, equal, has, wait_for  # noqa: E402
from roster_files import school_roster, zip_bytes  # noqa: E402
from web_rig import WebRig, ticket  # noqa: E402

suite = Suite()


class AclWebRig(AclRig, WebRig):
    """Worker and rollcall-web, each as its own user."""

    def start_web(self, name="web", **more):
        return super().start_web(name=name, ROLLCALL_REDIS_URL=self.redis_url("web"), **more)


def school_rig(n=25):
    rig = AclWebRig()
    try:
        rig.start_redis()
        people = [address("teacher%d" % i) for i in (1, 2)] + [address("learner%d" % i) for i in range(1, n + 1)]
        rig.start_emulator("--world", rig.world(people), scale=100)
        rig.web_settings()
        rig.start_worker(ROLLCALL_SECRETS_KEY_FILE=rig.path("secrets-key"))
        rig.start_web()
        return rig
    except Exception:
        rig.close()
        raise


def ended(caller, job, want="done"):
    def over():
        state = caller.get("/v1/jobs/%s" % job["id"]).json["state"]
        over.__doc__ = "job %s to be %s, which is %s" % (job["id"], want, state)
        return state == want
    wait_for(over, 30)


def the_portals_day(rig, writer):
    """What a program does: publish, ask for jobs, look, cancel."""
    cls = class_of(25)
    equal(writer.put("/v1/schools/green-hill/classes/8B-2026", cls).status, 200, "publishing a class")
    later = writer.post("/v1/jobs", {"type": "check-team", "school": "green-hill", "class": {"id": "8B-2026"},
                                     "at": 4102444800000})
    equal(later.status, 202, later.text)
    ended(writer, later.json, "waiting")
    equal(writer.post("/v1/jobs/%s/cancel" % later.json["id"]).status, 202, "cancelling")
    ended(writer, later.json, "cancelled")
    equal(writer.get("/v1/jobs/nobody-knows").status, 404, "a job that there is not")
    for path in ("/v1/queue", "/metrics", "/readyz", "/v1/classes?school=green-hill"):
        equal(writer.get(path).status, 200, path)


def the_teachers_day(rig, staff):
    """What a teacher does: connect, create, sync, look, disconnect, leave."""
    connect(rig, staff, "teacher1")
    has(staff.get("/v1/classes").text, "8B-2026")
    for type in ("create-team", "sync-learners", "check-team"):
        job = staff.post("/v1/jobs", {"type": type, "class": {"id": "8B-2026"}})
        equal(job.status, 202, job.text)
        answer = staff.get("/v1/jobs/%s?wait=5&rev=0" % job.json["id"])
        equal(answer.status, 200, answer.text)
        ended(staff, job.json)
        equal(staff.get("/v1/jobs/%s/learners" % job.json["id"]).status, 200, "what became of whom")
    equal(staff.get("/v1/classes/8B-2026/learners").status, 200, "learners")
    equal(staff.get("/v1/classes/9A-2026").status, 404, "nobody's class")
    equal(staff.delete("/v1/connection").status, 204, "disconnecting")
    equal(staff.delete("/v1/session").status, 204, "leaving")


def the_administrators_day(rig, admin):
    """What an administrator does: look at everything, set up, act, decide."""
    for path in ("", "/groups", "/groups/8B-2026", "/names", "/report", "/runs", "/drift", "/matches", "/history", "/year"):
        equal(admin.get("/v1/console" + path).status, 200, path)
    equal(admin.put("/v1/console/settings", {"identifier": None, "kinds": ["registration"]}).status, 200, "setting up")
    preview = admin.post("/v1/console/groups/8B-2026/preview")
    equal(preview.status, 202, preview.text)
    path = "/v1/console/jobs/" + preview.json["id"]
    wait_for(lambda: admin.get(path).json["state"] == "done", 30)
    equal(admin.get(path + "/learners").status, 200, "what would become of whom")
    for kind in ("keep", "none"):
        decided = admin.post("/v1/console/groups/8B-2026/exceptions", {"user_id": "somebody", "kind": kind})
        equal(decided.status, 200, decided.text)
    for match in ({"address": "learner1@school.example"}, {}):
        equal(admin.put("/v1/console/matches/L1", match).status, 200, "whose account")
    run = admin.post("/v1/console/runs", {"preview": True})
    equal(run.status, 202, run.text)


def a_roster(rig, writer, admin):
    """Sent by a program and by an administrator, once wrong."""
    whole = zip_bytes(school_roster())
    for caller, body, want in ((writer, whole, 202), (writer, whole[:900], 422), (admin, whole, 202)):
        answer = caller.ask("POST", "/v1/rosters/green-hill?today=2026-11-22", body, {"Content-Type": "application/zip"})
        equal(answer.status, want, answer.text[:1000])


@suite
def a_day_on_the_pages():
    """a portal's program, a teacher and an administrator do all that rollcall-web offers, and Redis refuses nobody anything"""
    with school_rig() as rig:
        rig.redis("HSET", rig.key("school:green-hill"), "name", "Green Hill", "auth", "app", "tenant_id", TENANT)
        the_portals_day(rig, rig.caller("writer"))
        rig.redis("HSET", rig.key("school:green-hill"), "auth", "delegated")
        rig.redis("HDEL", rig.key("school:green-hill"), "tenant_id")
        the_teachers_day(rig, rig.sign_in("staff-1"))
        rig.redis("HSET", rig.key("school:green-hill"), "auth", "app", "tenant_id", TENANT)
        boss = rig.sign_in("boss", roles=["administrator"])
        the_administrators_day(rig, boss)
        a_roster(rig, rig.caller("writer"), boss)
        rig.browser().enter(ticket(sso=False))
        wait_for(lambda: rig.redis("LLEN", rig.key("audit:green-hill")) > 5)
        equal(rig.refusals(), [], "what Redis refused")
        check("changes_told" in rig.log_of("web") or "changes_not_told" not in rig.log_of("web"),
              "Redis tells of changes")


@suite
def the_web_and_nothing_else():
    """rollcall-web may write no job, no class and no other queue, and calls no function"""
    with AclRig() as rig:
        rig.start_redis()
        web, k = rig.connect_as("web"), rig.key
        for allowed in (("RPUSH", k("inbox"), "{}"), ("SET", k("cancel:J"), "me", "EX", 10),
                        ("SET", k("ticket:x"), 1, "NX", "PX", 10), ("LPUSH", k("audit:s"), "{}"), ("LPUSH", k("refused:s"), "{}"),
                        ("LTRIM", k("audit:s"), 0, 9999), ("HGETALL", k("job:J")), ("SMEMBERS", k("classes:s"))):
            web(*allowed)
        equal(rig.refusals(), [], "what it was refused")
        for command in (("HSET", k("job:J"), "state", "x"), ("HSET", k("class:s:c"), "status", "x"), ("DEL", k("audit:s")),
                        ("UNLINK", k("audit:s")), ("LPOP", k("inbox")), ("DEL", k("ticket:x")), ("DEL", k("school:s")),
                        ("SADD", k("teaches:s:t"), "c"), ("SET", k("alive"), 1), ("GET", "rollcall:{other}:cancel:J"),
                        ("RPUSH", "rollcall:{other}:inbox", "{}"), ("FCALL", "rollcall1_build", 0),
                        ("FCALL_RO", "rollcall1_build", 0), ("EVAL", "return 1", 0), ("FUNCTION", "LIST"), ("KEYS", "*"),
                        ("SCAN", 0), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("CLIENT", "LIST"), ("FLUSHALL",),
                        ("SUBSCRIBE", "other"), ("PUBLISH", "__redis__:invalidate", "x"), ("MONITOR",), ("SHUTDOWN",)):
            try:
                web(*command)
            except RuntimeError as why:
                check("NOPERM" in str(why), "%s refused for want of permission, not: %s" % (command, why))
            else:
                raise AssertionError("the user web may %s" % " ".join(map(str, command)))


if __name__ == "__main__":
    sys.exit(suite.main(sys.argv[1:]))
