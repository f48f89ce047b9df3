#!/usr/bin/env python3
"""The commands for schools and their classes.

usage: test_cli_school.py [WORDS...]
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cli_rig import Terminal, fresh, main, rig, rollcall  # noqa: E402
from rig import TENANT, Suite, check, equal, has  # noqa: E402

suite = Suite()


# ---- schools and classes ------------------------------------------------------------------------------

@suite
def schools_come_and_go():
    """a school is set, changed, shown, listed and removed"""
    fresh()
    out, err = rollcall("school", "set", "green-hill", "--name", "Laerskool Wêreld", "--tenant", TENANT, "--auth", "app",
                        "--domain", "green-hill.example", "--year", "2026")
    has(out, "Laerskool Wêreld", TENANT, "app", "2026")
    equal(err, "", "warnings")
    equal(rig.redis.hash(rig.key("school:green-hill")),
          {"name": "Laerskool Wêreld", "tenant_id": TENANT, "auth": "app", "domain": "green-hill.example",
           "current_year": "2026"})
    rollcall("school", "set", "green-hill", "--disable")
    equal(rig.redis.hash(rig.key("school:green-hill"))["enabled"], "0")
    rig.redis("HSET", rig.key("school:by-portal"), "name", "By Portal")
    out, _ = rollcall("school", "list")
    check(out.index("by-portal") < out.index("green-hill"), "schools in order")
    equal({s["school"] for s in json.loads(rollcall("school", "list", "--json")[0])}, {"by-portal", "green-hill"})
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["current_year"], "2026")
    has(rollcall("school", "remove", "green-hill", status=2)[1], "--yes")
    rollcall("school", "remove", "green-hill", "--yes")
    equal((rig.redis("EXISTS", rig.key("school:green-hill")), rig.redis("SCARD", rig.key("schools"))), (0, 0))
    for words in (("school", "show", "green-hill"), ("school", "remove", "green-hill", "--yes")):
        has(rollcall(*words, status=1)[1], "no school green-hill is entered")


@suite
def a_school_has_a_weight():
    """a school's weight is set, shown, refused where it makes no sense, and 1 again when it is taken back"""
    fresh()
    has(rollcall("school", "set", "green-hill", "--weight", "3", status=1)[1], "no school green-hill is entered")
    has(rollcall("school", "set", "green-hill", "--name", "Green Hill", "--weight", "3")[0], "Weight", "3")
    equal(rig.redis.hash(rig.key("weights")), {"green-hill": "3"})
    equal(rig.redis.hash(rig.key("school:green-hill")), {"name": "Green Hill"})
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 3)
    for wrong in ("0", "101", "-1", "2.5", "heavy", ""):
        has(rollcall("school", "set", "green-hill", "--weight=" + wrong, status=2)[1],
            '--weight = "%s": 1 to 100' % wrong)
    equal(rig.redis.hash(rig.key("weights")), {"green-hill": "3"})
    rollcall("school", "set", "green-hill", "--weight", "1")
    equal(rig.redis("EXISTS", rig.key("weights")), 0, "a hash of weights that are all 1")
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 1)
    rig.redis("HSET", rig.key("weights"), "green-hill", "heavy")
    equal(json.loads(rollcall("school", "show", "green-hill", "--json")[0])["weight"], 1)
    rollcall("school", "set", "green-hill", "--weight", "7")
    rollcall("school", "remove", "green-hill", "--yes")
    equal(rig.redis("EXISTS", rig.key("weights")), 0, "the weight of a school that is forgotten")


@suite
def odd_tenants_are_warned_of():
    """a tenant that is neither GUID nor domain is refused, an odd one is taken with a warning"""
    fresh()
    for wrong in ("common", "2222", "2222...", "oak park.example", "-oak.example", "", TENANT + "0"):
        has(rollcall("school", "set", "a", "--tenant", wrong, status=2)[1], "--tenant", "GUID", "domains")
    equal(rig.redis("EXISTS", rig.key("school:a")), 0, "the school that was refused")
    equal(rollcall("school", "set", "a", "--tenant", "oak-park.example")[1], "", "warnings for a domain")
    has(rollcall("school", "set", "a", "--tenant", "00000000-0000-0000-0000-000000000000")[1], "warning", "zeros")
    rig.redis("HSET", rig.key("school:by-portal"), "tenant_id", "common", "auth", "app")
    has(rollcall("school", "show", "by-portal")[1], "warning", "no tenant")
    has(rollcall("school", "set", "b", "--auth", "app")[1], "warning", "no tenant id is set")


@suite
def removing_asks_on_a_terminal():
    """on a terminal removing a school asks first"""
    fresh()
    rollcall("school", "set", "green-hill", "--name", "x")
    for answer, status in ((b"n\n", 1), (b"y\n", 0)):
        terminal = Terminal(80, "school", "remove", "green-hill")
        terminal.until("[y/N]")
        os.write(terminal.fd, answer)
        equal(terminal.end(), status)
    equal(rig.redis("EXISTS", rig.key("school:green-hill")), 0)


@suite
def a_class_and_its_learners():
    """class shows the status with its number, and each learner with the reason"""
    fresh()
    has(rollcall("class", "green-hill", "8B-2026", status=1)[1], "no class 8B-2026")
    key = rig.key("class:green-hill:8B-2026")
    rig.redis("HSET", key, "name", "8B", "status", "failed", "failed", 3, "synced", 20, "unresolved", 2, "total", 25,
              "web_url", "https://teams.example/x")
    rig.redis("HSET", key + ":learners", "L1",
              json.dumps({"name": "Zoë", "email": "z@x.example", "status": "not_synced", "reason": "no_email"}))
    out, _ = rollcall("class", "green-hill", "8B-2026")
    has(out, "3 Failed", "20 of 25 synced", "2 unresolved", "Zoë", "Not Synced", "No email address on record")
    got = json.loads(rollcall("class", "green-hill", "8B-2026", "--json")[0])
    equal((got["failed"], got["learners"][0]["learner"]), (3, "L1"))


if __name__ == "__main__":
    sys.exit(main(suite))
