"""storm - what is done to the processes of a chaos run, one thing after the other, as the seed
has it. A thing that lasts is put right by a later turn.
"""
import collections
import heapq
import os
import signal
import time

from portals import SCHOOLS, tenant_of
from rig import children_of, kill_family, signal_if_there

LEASE_MS = 3000


class Storm:
    def __init__(self, rig, portals, chance, fsync):
        self.rig, self.portals, self.chance, self.fsync = rig, portals, chance, fsync
        self.later, self.serial = [], 0
        self.faults, self.happened = [], collections.Counter()
        self.odd, self.frozen = [], set()
        self.emulator_up = False
        self.boss = self.loner = self.spared = None
        self.next_at = time.monotonic() + 5

    # ---- the processes

    def worker(self, name, *options):
        return self.rig.start_worker(*options, name=name, ROLLCALL_GRAPH_POLL_MS="10000",
                                     ROLLCALL_QUEUE_LEASE_MS=str(LEASE_MS), ROLLCALL_QUEUE_KEEP_FINISHED="500",
                                     ROLLCALL_RECORDS_HISTORY="1000")

    def start(self):
        self.rig.start_redis(True, "--appendfsync", self.fsync)
        self.start_emulator("0")
        for school in range(SCHOOLS):
            self.rig.school("school-%d" % school, tenant_id=tenant_of(school))
        self.start_boss()
        self.start_loner()
        self.spared = self.worker("spared")

    def start_boss(self):
        self.boss = self.worker("supervised", "-n", "2")

    def start_loner(self):
        self.loner = self.worker("alone")

    def start_emulator(self, port=None):
        port = port or self.rig.graph.rsplit(":", 1)[1]
        self.rig.start_emulator("--world", self.rig.path("world.json"), "--state", self.rig.path("state"),
                                port=int(port), scale=50)
        self.emulator_up = True
        self.tell_faults()

    def tell_faults(self):
        if self.emulator_up:
            self.rig.control("scenario", {"settings": {"latency_ms": 30, "operation_ms": 20000},
                                          "faults": self.faults})

    def alive(self):
        """Who should be running and is not has died of itself."""
        for process in (self.boss, self.loner, self.spared, self.rig.redis_process, self.rig.emulator):
            if process and process.poll() is not None:
                self.odd.append("%s ended by itself with status %d" % (process.name, process.returncode))
                raise RuntimeError(self.odd[-1])

    # ---- turns

    def after(self, seconds, what):
        self.serial += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.serial, what))

    def step(self):
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            heapq.heappop(self.later)[2]()
        if now < self.next_at:
            return
        event = self.chance.choices(EVENTS, WEIGHTS)[0]
        much, which, gap = (self.chance.random() for _ in range(3))
        if event(self, much, which) is not False:
            self.happened[event.__name__] += 1
        self.next_at = time.monotonic() + 0.3 + 3 * gap

    def calm(self):
        """Everything that lasts is put right now."""
        while self.later:
            heapq.heappop(self.later)[2]()
        self.faults = []
        self.tell_faults()

    # ---- workers

    def a_child(self, which):
        children = children_of(self.boss.pid) if self.boss else []
        return children[int(which * len(children))] if children else None

    def child_killed(self, _, which):
        pid = self.a_child(which)
        if not pid:
            return False
        os.kill(pid, signal.SIGKILL)

    def child_frozen(self, much, which):
        "Longer than the supervisor's patience, sometimes."
        pid = self.a_child(which)
        if not pid:
            return False
        self.freeze(pid, 8 * much)

    def supervisor_killed(self, much, _):
        "Its children hear of it and leave in good order."
        if not self.boss:
            return False
        self.rig.end(self.boss, signal.SIGKILL)
        self.boss = None
        self.after(2 * much, self.start_boss)

    def family_killed(self, much, _):
        if not self.boss:
            return False
        kill_family(self.boss)
        self.rig.end(self.boss)
        self.boss = None
        self.after(5 * much, self.start_boss)

    def loner_killed(self, much, _):
        if not self.loner:
            return False
        self.rig.end(self.loner, signal.SIGKILL)
        self.loner = None
        self.after(3 * much, self.start_loner)

    def loner_told_to_end(self, *_):
        if not self.loner or self.loner.pid in self.frozen:
            return False
        began = time.monotonic()
        status = self.rig.end(self.loner)
        if status != 0 or time.monotonic() - began > 10.5:
            self.odd.append("told to end, a worker took %.1f s, status %d" % (time.monotonic() - began, status))
        self.start_loner()

    def loner_frozen(self, much, _):
        "Up to three leases: others have its jobs when it wakes."
        if not self.loner:
            return False
        self.freeze(self.loner.pid, 3 * much * LEASE_MS / 1000)

    def freeze(self, pid, seconds):
        def thaw():
            self.frozen.discard(pid)
            signal_if_there(pid, signal.SIGCONT)
        self.frozen.add(pid)
        os.kill(pid, signal.SIGSTOP)
        self.after(seconds, thaw)

    # ---- Redis

    def redis_killed(self, much, _):
        rig = self.rig
        unanswered = self.portals.push_into_the_dark(lambda: rig.redis_process.send_signal(signal.SIGKILL))
        rig.end(rig.redis_process)
        rig.redis.close()
        time.sleep(3 * much * much)
        rig.start_redis(True, "--appendfsync", self.fsync)
        self.portals.after_restart(unanswered)

    def redis_frozen(self, much, _):
        self.rig.redis_process.send_signal(signal.SIGSTOP)
        time.sleep(4 * much * much)
        self.rig.redis_process.send_signal(signal.SIGCONT)

    def connections_cut(self, *_):
        self.rig.redis("CLIENT", "KILL", "TYPE", "normal")

    def library_lost(self, *_):
        self.rig.redis("FUNCTION", "FLUSH")

    # ---- Microsoft's side

    def emulator_killed(self, much, _):
        if not self.emulator_up:
            return False
        self.rig.end(self.rig.emulator, signal.SIGKILL)
        self.rig.emulator, self.emulator_up = None, False
        self.after(4 * much, self.start_emulator)

    def emulator_frozen(self, much, _):
        if not self.emulator_up:
            return False

        def thaw():
            process.send_signal(signal.SIGCONT)
            self.emulator_up = True
            self.tell_faults()
        process, self.emulator_up = self.rig.emulator, False
        process.send_signal(signal.SIGSTOP)
        self.after(4 * much, thaw)

    def fault(self, seconds, which, share, **do):
        def over():
            self.faults.remove(fault)
            self.tell_faults()
        fault = {"match": {"chance": share, "seed": int(which * 1e6)}, "do": do}
        if which < 0.6:
            fault["match"]["tenant"] = tenant_of(int(which / 0.6 * SCHOOLS))
        self.faults.append(fault)
        self.tell_faults()
        self.after(seconds, over)

    def throttled(self, much, which):
        self.fault(1 + 8 * much, which, 0.7, status=429, headers={"Retry-After": str(1 + int(3 * much))})

    def refused(self, much, which):
        self.fault(1 + 5 * much, which, 0.3, status=503 if much < 0.5 else 502, after_effect=which < 0.4)

    def answers_lost(self, much, which):
        self.fault(1 + 5 * much, which, 0.2, **{"cut_after_effect": True} if which < 0.5 else {"cut_before_effect": True})

    def slow(self, much, which):
        self.fault(1 + 8 * much, which, 0.3, delay_ms=int(3000 * much))

    def tokens_expired(self, *_):
        if not self.emulator_up:
            return False
        self.rig.control("expire_tokens", {})


EVENTS, WEIGHTS = zip(*(
    (Storm.child_killed, 10), (Storm.child_frozen, 4), (Storm.supervisor_killed, 3), (Storm.family_killed, 4),
    (Storm.loner_killed, 8), (Storm.loner_told_to_end, 4), (Storm.loner_frozen, 5),
    (Storm.redis_killed, 6), (Storm.redis_frozen, 3), (Storm.connections_cut, 3), (Storm.library_lost, 1),
    (Storm.emulator_killed, 4), (Storm.emulator_frozen, 3), (Storm.throttled, 8), (Storm.refused, 6),
    (Storm.answers_lost, 6), (Storm.slow, 5), (Storm.tokens_expired, 2)))
