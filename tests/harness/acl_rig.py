"""acl_rig - a rig whose Redis has config/users.acl, each user with a password of the test's."""
import os
import re

from rig import ROOT, Redis, Rig

USERS_FILE = os.path.join(ROOT, "config", "users.acl")


def password(user):
    return user + "-password"


def users_with_passwords():
    """The file as an operator leaves it: a password at the end of each user's line."""
    with open(USERS_FILE, encoding="utf-8") as f:
        return "".join(re.sub(r"^(user (\S+) .*)$", lambda m: "%s >%s" % (m[1], password(m[2])), line)
                       for line in f)


class AclRig(Rig):
    """A rig whose Redis has read users.acl, by include or as aclfile."""

    def start_redis(self, as_aclfile=False):
        self.socket = self.path("redis.sock")
        users = users_with_passwords()
        if as_aclfile:
            users = "".join(line + "\n" for line in users.splitlines() if line.startswith("user"))
        with open(self.path("users.acl"), "w", encoding="utf-8") as f:
            f.write(users)
        with open(self.path("redis.conf"), "w", encoding="utf-8") as f:
            f.write("port 0\nunixsocket %s\ndir %s\nsave \"\"\nappendonly no\nmaxmemory-policy noeviction\n%s %s\n" % (
                self.socket, self.folder, "aclfile" if as_aclfile else "include", self.path("users.acl")))
        self.redis_process = self.start("redis", ["redis-server", self.path("redis.conf")])
        self.redis = self.connect()

    def redis_url(self, user):
        return "unix://%s:%s@%s" % (user, password(user), self.socket)

    def connect_as(self, user):
        redis = Redis(self.socket)
        redis("AUTH", user, password(user))
        return redis

    def start_worker(self, *options, name="worker", **more):
        return super().start_worker(*options, name=name, ROLLCALL_REDIS_URL=self.redis_url("worker"),
                                    ROLLCALL_QUEUE_LEASE_MS="1000", **more)

    def command(self, *words, user="operator", **more):
        return super().command(*words, ROLLCALL_REDIS_URL=self.redis_url(user), **more)

    def refusals(self):
        """Whom Redis refused what since the last look."""
        entries = [dict(zip(e[::2], e[1::2])) for e in self.redis("ACL", "LOG")]
        self.redis("ACL", "LOG", "RESET")
        return ["%s: %s %s" % (e["username"], e["reason"], e["object"]) for e in entries]
