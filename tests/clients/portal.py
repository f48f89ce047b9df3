#!/usr/bin/env python3
"""portal.py - how a portal in Python talks to Rollcall, with redis-py (Debian: python3-redis).

The class Rollcall is what a portal takes over; the command line below it is there to try it
with. README.md in this folder lists its words and lines.
"""
import json
import os
import secrets
import sys
import time

import redis
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError

PAUSES_S = (0.1, 0.5, 1, 2)  # before a command is sent again
CANCEL_KEPT_S = 259200  # three days
RECORD = ("rev", "state", "done", "total", "added", "already_member", "failed", "unresolved", "removed",
          "removal_failed", "web_url", "joined", "error_code", "message", "phase", "error")
ENDED = ("done", "failed", "cancelled", "joined")


class Rollcall:
    def __init__(self, connection, queue="teams"):
        self.redis = connection
        self.prefix = "rollcall:{%s}:" % queue  # the braces are part of the key

    def push(self, type, request, job=None):
        """Enqueues a job and returns its id. request is what the register says: school,
        requested_by, class, and whatever else the envelope may hold."""
        job = job or type + "-" + secrets.token_hex(12)
        # v and id stand first: so the id is found even in an envelope that is too large.
        envelope = {"v": 1, "id": job, "type": type, **request}
        # The same id pushed twice is one job: after a lost connection it is simply sent again.
        self._ask(self.redis.rpush, self.prefix + "inbox", json.dumps(envelope, ensure_ascii=False))
        return job

    def cancel(self, job, who):
        self._ask(self.redis.set, self.prefix + "cancel:" + job, who, ex=CANCEL_KEPT_S)

    def progress(self, job):
        """The job record: {} while no worker has read the job yet, and when there is none any
        more. An unchanged rev means an unchanged record."""
        values = self._ask(self.redis.hmget, self.prefix + "job:" + job, RECORD)
        return {field: value for field, value in zip(RECORD, values) if value is not None}

    def learners(self, job, known=0):
        """What became of each learner; with known, only the rows after that many."""
        key = self.prefix + "job:" + job + ":learners"
        return [json.loads(row) for row in self._ask(self.redis.lrange, key, known, -1)]

    def is_anybody_there(self):
        return self._ask(self.redis.exists, self.prefix + "alive") == 1

    def depth(self):
        counts = self._ask(self.redis.hgetall, self.prefix + "counts")
        depth = {"inbox": self._ask(self.redis.llen, self.prefix + "inbox")}
        for place in ("queued", "waiting", "running", "dead"):
            depth[place] = int(counts.get(place, 0))
        return depth

    def _ask(self, command, *words, **more):
        """Sends a command until it is answered. All that is sent here may be sent twice."""
        for pause in PAUSES_S:
            try:
                return command(*words, **more)
            except AuthenticationError:
                raise
            except (ConnectionError, TimeoutError) as lost:
                print("again: %s" % lost, file=sys.stderr)
                time.sleep(pause)
        return command(*words, **more)


# ---- the command line ----------------------------------------------------------------------

LOOKS_IN_VAIN = 10  # without a record, with a worker online and nothing in the inbox


def connect():
    host = os.environ.get("REDIS_HOST", "127.0.0.1")
    place = ({"unix_socket_path": host} if host.startswith("/") else
             {"host": host, "port": int(os.environ.get("REDIS_PORT", 6379)), "socket_connect_timeout": 5})
    return redis.Redis(username=os.environ.get("REDIS_USER", "portal"), password=os.environ.get("REDIS_PASSWORD"),
                       socket_timeout=5, decode_responses=True, **place)


def text_of(record):
    text = record.get("message") or record.get("phase") or ""
    return ("%s %s/%s %s" % (record["state"], record.get("done", 0), record.get("total", 0), text)).rstrip()


def watch(rollcall, job):
    rev = shown = None
    looks = 0
    while True:
        record = rollcall.progress(job)
        if not record:
            there = rollcall.is_anybody_there()
            text = "waiting for a worker" if there else "no worker is online"
            looks = looks + 1 if there and rollcall.depth()["inbox"] == 0 else 0
        elif record["rev"] != rev:
            rev, text = record["rev"], text_of(record)
        if text != shown:
            print(text, flush=True)
            shown = text
        if looks == LOOKS_IN_VAIN:
            print("unknown " + job)
            return 1
        if record.get("state") == "joined":  # the same was asked for already: watch that one
            job, rev = record["joined"], None
            print("joined " + job)
        elif record.get("state") in ENDED:
            return tell_end(record)
        time.sleep(0.5)


def tell_end(record):
    words = ["ended", record["state"], record.get("error_code", ""), record.get("error", "")]
    print(" ".join(word for word in words if word))
    print(", ".join("%s %s" % (name.replace("_", " "), record.get(name, 0)) for name in RECORD[4:10]))
    if record.get("web_url"):
        print("team " + record["web_url"])
    return 0 if record["state"] == "done" else 1


def run(rollcall, command, words):
    if command in ("create", "sync") and words:
        with open(words[0], encoding="utf-8") as f:
            request = json.load(f)
        type = "create-team" if command == "create" else "sync-learners"
        print("job " + rollcall.push(type, request, *words[1:2]))
    elif command == "watch" and words:
        return watch(rollcall, words[0])
    elif command == "learners" and words:
        for row in rollcall.learners(words[0]):
            print("\t".join(row[field] for field in ("learner", "name", "outcome", "reason")))
    elif command == "cancel" and words:
        rollcall.cancel(words[0], words[1] if len(words) > 1 else "portal")
        print("cancel asked " + words[0])
    elif command == "alive":
        there = rollcall.is_anybody_there()
        print("alive " + ("yes" if there else "no"))
        return 0 if there else 1
    elif command == "depth":
        print(" ".join("%s %d" % pair for pair in rollcall.depth().items()))
    else:
        print("usage: create|sync FILE [JOB], watch|learners JOB, cancel JOB [WHO], alive, depth", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(run(Rollcall(connect()), (sys.argv + [""])[1], sys.argv[2:]))
    except RedisError as why:
        print("Redis: %s" % why, file=sys.stderr)
        sys.exit(3)
