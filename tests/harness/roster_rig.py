"""roster_rig - a school whose roster is imported: Redis, mostly a worker, and no Microsoft at all,
since an import asks nobody there.

    with RosterRig() as rig:
        rig.begin()
        rig.imported(school_roster())           # through a folder; the report
        rig.register("c1")["learners"]
"""
import json
import os
import shutil

from rig import Rig, equal, wait_for
from roster_files import write_folder

SCHOOL, TODAY = "green-hill", "2026-11-22"
NOBODY = "http://127.0.0.1:1"
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "data")


class RosterRig(Rig):
    def begin(self, worker=True, school=SCHOOL, **settings):
        self.graph, self.scale = NOBODY, 1
        self.start_redis(False)
        self.school(school, **settings)
        if worker:
            self.start_worker()
        return self

    # ---- importing -----------------------------------------------------------------------------

    def import_words(self, where, school=SCHOOL, today=TODAY):
        return ["import", school, where, "--json"] + (["--today", today] if today else [])

    def take(self, where, *words, status=0, **more):
        """rollcall import of a folder or a zip: its report, after a look at the exit status."""
        done = self.command(*self.import_words(where, **more), *words)
        if done.returncode != status:
            raise AssertionError("import ended %d, want %d\n%s%s" % (
                done.returncode, status, done.stdout[:3000], done.stderr))
        return json.loads(done.stdout)

    def imported(self, files, *words, modes=None, **more):
        """The same of tables, through a folder."""
        folder = self.path("set")
        shutil.rmtree(folder, ignore_errors=True)
        report = self.take(write_folder(files, folder, modes), *words, **more)
        if report["import"]:
            self.settle()
        return report

    def settle(self):
        """Waits until the register has all that was accepted."""
        def settled():
            "the register to have what was accepted"
            keys = self.redis("EXISTS", self.key("rosters")) + self.redis("LLEN", self.key("inbox"))
            counts = self.redis.hash(self.key("counts"))
            return keys == 0 and not any(int(counts.get(name, 0)) for name in ("queued", "running", "waiting"))
        if self.workers:
            wait_for(settled, 120)

    # ---- what is there ---------------------------------------------------------------------------

    def classes(self, school=SCHOOL):
        return sorted(self.redis("SMEMBERS", self.key("classes:" + school)))

    def record(self, cls, school=SCHOOL):
        return self.redis.hash(self.key("class:%s:%s" % (school, cls)))

    def register(self, cls, school=SCHOOL):
        text = self.redis("HGET", self.key("class:%s:%s:register" % (school, cls)), "text")
        return text and json.loads(text)

    def members(self, cls):
        return sorted(one["id"] for one in self.register(cls)["learners"])

    def roster(self, school=SCHOOL):
        return self.redis.hash(self.key("roster:" + school))

    def everything(self):
        """All that Redis holds, but for what a worker's life and the last refusal change."""
        alive = ("alive", "worker", "workers", "clock", "intake", "counts", "finished", "job:", "baton", "unlisted",
                 "audit:", "refused:", "running:")
        held = {}
        for key in self.redis("KEYS", "*"):
            name = key[len(self.prefix):]
            if not name.startswith(alive):
                held[name] = self.redis("DUMP", key)
        return held

    def in_force(self):
        """What stays in force when an import is not accepted."""
        held = {k: v for k, v in self.everything().items() if k != "roster:" + SCHOOL}
        held.update((k, v) for k, v in self.roster().items() if not k.startswith("last_") and k != "faults_json")
        return held

    def still(self, before):
        """Only the names of what differs are told."""
        now = self.in_force()
        equal(sorted(k for k in {*now, *before} if now.get(k) != before.get(k)), [], "what is not as it was")


def words_of(report, level="refused"):
    """The fixed words of the faults of a level."""
    return sorted({one["word"] for one in report["faults"]["faults"] if one["level"] == level})


def changes(report, **want):
    got = report["changes"]
    equal({name: got[name] for name in want}, want, "changes of %s" % report["why"])
