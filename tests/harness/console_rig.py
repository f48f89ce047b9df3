"""console_rig - a school with the administrators' console: groups of a register, and a person of
each role that the permission table names.

    with console_start() as rig:
        boss = rig.person("administrator")
        rig.put("8B-2026", 5)                           # taught by staff-1
        job = rig.act(boss, "8B-2026", "create", lifetime=LATER)    # and waits for its end
"""
import json
import urllib.parse

from rig import address, class_of, equal
from web_rig import web_start

SCHOOL = "green-hill"
LATER = "2099-07-31"
# What their tickets say. staff-1 teaches 8B-2026, staff-9 teaches 9C-2026.
PEOPLE = {
    "own teacher": dict(sub="staff-1", roles=["clerk"]),
    "administrator": dict(sub="boss", roles=["administrator"]),
    "Super Admin": dict(sub="chief", roles=["super_admin"]),
    "teaching staff": dict(sub="staff-9", roles=["teaching_staff"]),
    "nobody": dict(sub="staff-5", roles=["student", "parent"]),
    "operator": dict(sub="watch", roles=["operator"]),
}


def teacher(id, email="teacher1"):
    return {"id": id, "name": "T. " + id, "email": address(email)}


class ConsoleWords:
    """What a rig of web_rig learns."""

    def person(self, who, **more):
        claims = dict(PEOPLE[who], **more)
        return self.sign_in(claims.pop("sub"), claims.pop("school", SCHOOL), **claims)

    def put(self, id, n=3, teachers=("staff-1",), **more):
        cls = class_of(n, id, **dict({"teachers": [teacher(t) for t in teachers]}, **more))
        answer = self.caller("writer").put("/v1/schools/%s/classes/%s" % (SCHOOL, urllib.parse.quote(id, "")), cls)
        equal(answer.status, 200, answer.text)
        return answer.json

    def ask(self, person, id, action, **body):
        return person.post("/v1/console/groups/%s/%s" % (urllib.parse.quote(id, ""), action), body)

    def act(self, person, id, action, state="done", **body):
        answer = self.ask(person, id, action, **body)
        equal(answer.status, 202, "%s: %s" % (action, answer.text))
        job = self.ended(answer.json["id"])
        equal(job["state"], state, "%s (%s)" % (action, job.get("error")))
        return dict(job, id=answer.json["id"])

    def group(self, person, id):
        answer = person.get("/v1/console/groups/" + urllib.parse.quote(id, ""))
        equal(answer.status, 200, answer.text)
        return answer.json

    def record(self, id):
        return self.redis.hash(self.key("class:%s:%s" % (SCHOOL, id)))

    def setting(self, name):
        return self.redis("HGET", self.key("school:" + SCHOOL), name)

    def audited(self, result="acted"):
        """(what, subject, who) of the list of acts or of the one of refusals, newest first."""
        name = {"acted": "audit:", "refused": "refused:"}[result] + SCHOOL
        entries = [json.loads(text) for text in self.redis("LRANGE", self.key(name), 0, -1)]
        return [(e["what"], e["subject"], e["who"]) for e in entries]


def console_start(school=(), **more):
    """A rig whose school is called green-hill; school: more fields of its record."""
    rig = web_start(**more)
    rig.__class__ = type("ConsoleRig", (ConsoleWords, rig.__class__), {})
    if school:
        rig.redis("HSET", rig.key("school:" + SCHOOL), *[word for pair in dict(school).items() for word in pair])
    return rig
