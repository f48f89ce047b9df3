"""portals - twenty schools' portals at work: they push jobs, some twice, cancel some, push again
what a Redis that died has forgotten, and keep what became of each.
"""
import collections
import json
import time

SCHOOLS, CLASSES, POOL, SIZE = 20, 4, 40, 14
BACKLOG_MAX = 300
LAST_MOMENTS_S = 15
ENDED = ("done", "failed", "cancelled", "joined")
FORGIVEN = ("crashed", "removals_need_approval", "graph_error", "timed_out", "team_missing")
CHANGES = {"added": "member_added", "removed": "member_removed"}
OUTCOMES = {"added": "added", "already_member": "already_member", "failed": "failed", "unresolved": "unresolved",
            "removed": "removed", "removed_locally": "removed", "removal_failed": "removal_failed"}


def tenant_of(school):
    return "22222222-2222-2222-2222-%012d" % school


def address(school, n):
    return "learner%d@school%d.example" % (n, school)


class Job:
    def __init__(self, envelope, cls, dry):
        self.id, self.kind, self.cls, self.dry = envelope["id"], envelope["type"], cls, dry
        self.text = json.dumps(envelope)
        self.forget()

    def forget(self):
        """What is known of its end is known no more."""
        self.state, self.code, self.error, self.changes, self.ended_at = None, "", "", [], 0
        self.attempts = 0


class Portals:
    """All schools' portals, and what they remember of their jobs until the end."""

    def __init__(self, rig, chance, rate):
        self.rig, self.chance, self.rate = rig, chance, rate
        self.classes = [(s, c) for s in range(SCHOOLS) for c in range(CLASSES)]
        self.register = {cls: set(range(SIZE)) for cls in self.classes}
        self.published = collections.defaultdict(set)
        self.enrolled = collections.Counter()
        self.created, self.unapproved = set(), set()
        self.jobs, self.live = {}, {}
        self.odd = []
        self.pushed = self.cancelled = self.again = self.lost = self.overtaken = 0

    def turn_over(self, cls):
        """Up to two leave, up to two come; now and then that adds up to what the brake minds."""
        have = self.register[cls]
        for _ in range(self.chance.randrange(3)):
            have.discard(self.chance.choice(sorted(have)))
            have.add(self.chance.randrange(POOL))

    def class_as_of(self, cls, learners):
        school, n = cls
        return {"id": "C%d" % n, "name": "C%d" % n, "year": "2026",
                "teachers": [{"id": "staff", "name": "Teacher", "email": "teacher@school%d.example" % school}],
                "learners": [{"id": "L%02d" % i, "name": "Learner %d" % i, "email": address(school, i)}
                             for i in sorted(learners)]}

    def job(self, kind, cls, dry=False, **more):
        learners = self.register[cls]
        if dry:
            learners = set(self.chance.sample(range(POOL), SIZE))
            more["options"] = {"dry_run": True}
        else:
            for n in learners - self.published[cls]:
                self.enrolled[cls, n] += 1
            self.published[cls] = set(learners)
        job = Job(self.rig.envelope(kind, "school-%d" % cls[0], self.class_as_of(cls, learners),
                                    requested_by="staff", **more), cls, dry)
        self.jobs[job.id] = self.live[job.id] = job
        self.pushed += 1
        return job

    def push(self, *jobs):
        self.rig.redis.pipeline([("RPUSH", self.rig.key("inbox"), j.text) for j in jobs])

    def next_job(self):
        cls = self.chance.choice(self.classes)
        if cls not in self.created:
            self.created.add(cls)
            return self.job("create-team", cls)
        if cls in self.unapproved:
            self.unapproved.discard(cls)
            return self.job("sync-learners", cls, options={"approve_removals": True})
        kind = self.chance.choices(("register", "sync-learners", "dry", "later", "create-team", "check-team"),
                                   (30, 45, 5, 5, 8, 7))[0]
        more = {"priority": "background"} if self.chance.random() < 0.5 else {}
        if kind == "dry":
            return self.job("sync-learners", cls, dry=True, **more)
        self.turn_over(cls)
        if kind == "later":
            return self.job("sync-learners", cls, at=int(1000 * (time.time() + self.chance.uniform(0.5, 5))), **more)
        return self.job(kind, cls, **more)

    def step(self, seconds):
        if len(self.live) > BACKLOG_MAX or self.chance.random() > self.rate * seconds:
            return
        self.push(self.next_job())
        latest = list(self.live.values())[-50:]
        if latest and self.chance.random() < 0.06:
            self.again += 1
            self.push(self.chance.choice(latest))
        if latest and self.chance.random() < 0.06:
            self.cancelled += 1
            self.rig.redis("SET", self.rig.key("cancel:" + self.chance.choice(latest).id), "portal", "EX", "259200")

    # What became of them is read before retention lets it go.

    def look(self):
        jobs = list(self.live.values())
        states = self.rig.redis.pipeline([("HGET", self.rig.key("job:" + j.id), "state") for j in jobs])
        for job in (j for j, state in zip(jobs, states) if state in ENDED):
            self.take_end(job, self.rig.job(job.id), self.rig.rows(job.id))
            del self.live[job.id]

    def take_end(self, job, record, rows):
        job.state, job.code, job.ended_at = record["state"], record.get("error_code", ""), time.monotonic()
        job.error, job.attempts = record.get("error", ""), int(record.get("attempt", 0))
        if job.state == "failed" and job.code not in FORGIVEN:
            self.odd.append("%s failed: %s, %s" % (job.id, job.code, job.error))
        if job.code == "removals_need_approval":
            self.unapproved.add(job.cls)
        if job.code == "team_missing":
            self.created.discard(job.cls)
        if job.kind != "sync-learners" or job.dry:
            return
        job.changes = [(CHANGES[r["outcome"]], r["user_id"]) for r in rows if r["outcome"] in CHANGES]
        count = collections.Counter(OUTCOMES[r["outcome"]] for r in rows if r["outcome"] in OUTCOMES)
        for field in set(OUTCOMES.values()):
            if int(record.get(field, 0)) != count[field]:
                self.odd.append("%s says %s = %s and has %d rows" % (job.id, field, record.get(field), count[field]))
        people = [r["learner"] or r["user_id"] for r in rows]
        if len(set(people)) != len(people):
            self.odd.append("%s has two rows for somebody" % job.id)

    # Redis dies in the middle of a pipeline of pushes: only the answered ones are acknowledged.

    def push_into_the_dark(self, kill):
        jobs = [self.next_job() for _ in range(self.chance.randrange(1, 6))]
        for job in jobs:
            self.rig.redis.send("RPUSH", self.rig.key("inbox"), job.text)
        kill()
        answered = 0
        try:
            while answered < len(jobs):
                self.rig.redis.read()
                answered += 1
        except OSError:
            pass
        return jobs[answered:]

    def after_restart(self, unanswered):
        """Pushes again what was not acknowledged and, in order, what Redis has forgotten."""
        since = time.monotonic() - LAST_MOMENTS_S
        for job in self.jobs.values():
            if job.state and job.ended_at > since:
                job.forget()
                self.live[job.id] = job
        known = self.rig.redis
        known.send("MULTI")
        keys = ["inbox"] + ["overflow:school-%d" % s for s in range(SCHOOLS)]
        for key in keys:
            known.send("LRANGE", self.rig.key(key), 0, -1)
        jobs = [j for j in self.jobs.values() if j.id in self.live]
        for job in jobs:
            known.send("EXISTS", self.rig.key("job:" + job.id))
        known.send("EXEC")
        for _ in range(1 + len(keys) + len(jobs)):
            known.read()
        answers = known.read()
        waiting = {text for texts in answers[:len(keys)] for text in texts}
        gone = [j for j, there in zip(jobs, answers[len(keys):]) if not there and j.text not in waiting]
        self.lost += len([j for j in gone if j not in unanswered])
        if gone:
            self.push(*gone)
