"""rig_pipe - web_rig for the browser's stories: one JSON call a line on standard input, its
answer on standard output. {"call": "job", "args": ["id"], "named": {}} is rig.job("id").
"""
import datetime
import json
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import web_rig  # noqa: E402
from rig import class_of  # noqa: E402
from roster_files import school_roster, write_zip  # noqa: E402


class Stage:
    """A rig and what stories do to it."""

    def start(self, worker=True, scale=100, **settings):
        """Worker and rollcall-web share the key that seals what links hold."""
        self.rig = web_rig.web_start(worker=False, scale=scale)
        self.settings = dict(settings, ROLLCALL_SECRETS_KEY_FILE=self.rig.path("secrets-key"))
        if worker:
            self.start_worker()
        return {"url": self.rig.url, "graph": self.rig.graph}

    def start_worker(self):
        self.rig.start_worker(**self.settings)

    def close(self):
        self.rig.close()

    def ticket(self, sub="staff-1", **claims):
        return web_rig.ticket(sub, **claims)

    def publish(self, learners=12, id="8B-2026", school="green-hill", **more):
        """What the portal does: PUT of the class, and it is there."""
        said = class_of(learners, id, **more) if isinstance(learners, int) else dict(
            class_of(0, id, **more), learners=learners)
        answer = self.rig.caller("writer").put("/v1/schools/%s/classes/%s" % (school, id), said)
        if answer.status != 200:
            raise AssertionError("PUT of the class: %d %s" % (answer.status, answer.text))

    def roster(self, name, learners=3, faulty=False):
        """The path of a zip with two classes of the year that runs."""
        today = datetime.date.today()
        day = lambda days: (today + datetime.timedelta(days)).isoformat()
        files = school_roster(classes=2, learners=learners, first=day(-90), last=day(200))
        if faulty:
            files["enrollments"][1]["userSourcedId"] = "nobody"
        return write_zip(files, self.rig.path(name))

    def key_of(self, name):
        return self.rig.keys[name]

    def group(self, id):
        return self.rig.redis.hash(self.rig.key("class:green-hill:" + id))

    def run_job(self, type, id, **more):
        """A job from begin to end, without the browser."""
        return self.rig.run(type, "green-hill", {"id": id}, requested_by="staff-1", **more)[1]

    def stop_workers(self):
        for worker in list(self.rig.workers):
            self.rig.end(worker)
        self.rig.workers.clear()
        self.rig.redis("DEL", self.rig.key("alive"))  # else it is believed for 15 s

    def stop_web(self):
        self.rig.end(self.rig.web)

    def start_web_again(self):
        """At the same address, as after a restart."""
        return self.rig.start_web(name="web-again", ROLLCALL_WEB_LISTEN=self.rig.url.split("//")[1])

    def redis(self, *words):
        return self.rig.redis(*words)

    def log(self, name="web"):
        return self.rig.log_of(name)

    def __getattr__(self, name):
        return getattr(self.rig, name)


def simple(value):
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return None


def main():
    stage = Stage()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            given = getattr(stage, asked["call"])(*asked.get("args", []), **asked.get("named", {}))
            answer = {"value": simple(given)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
    if "rig" in stage.__dict__:
        stage.close()


main()
