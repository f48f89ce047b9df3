#!/usr/bin/env python3
"""What failed is told again only where the host of this machine took its processors away."""
import os
import sys
import tempfile

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness")
sys.path.insert(0, HARNESS)
import again  # noqa: E402
from rig import Suite, equal  # noqa: E402

test = Suite()
SAID = "  ok    one\n  FAIL  the late one\nwhy\n  FAIL  the broken one\n1 passed, 2 failed\n"
# The late one holds from its second time on, the other never does.
SUITE = """
import sys
with open(sys.argv[1], "a+") as f:
    f.write(sys.argv[2] + "\\n")
    f.seek(0)
    late = "late" in sys.argv[2] and f.read().count(sys.argv[2]) > 1
print("1 passed, 0 failed" if late else "0 passed, 1 failed")
sys.exit(not late)
"""


class Host(again.Host):
    def __init__(self, taken):
        self.taken = taken

    def share(self):
        return self.taken


def told(taken, said=SAID):
    """How many hold after all, and which were told again."""
    real, again.Host = again.Host, lambda: Host(taken)
    try:
        with tempfile.NamedTemporaryFile() as f:
            command = [sys.executable, "-c", SUITE, f.name]
            hold, _ = again.tell_again(command, said, Host(taken), HARNESS)
            return hold, sorted(line.strip() for line in f.read().decode().splitlines())
    finally:
        again.Host = real


@test
def quiet():
    """where the host took little a failure stands at once"""
    equal(told(0.05), (0, []))


@test
def taken():
    """where it took much what failed is told twice more at most, and what is broken stays so"""
    equal(told(0.4), (1, ["the broken one", "the broken one", "the late one", "the late one"]))


@test
def too_many():
    """so many failures that it is no bad luck stand at once"""
    equal(told(0.4, "".join("  FAIL  number %d\n" % i for i in range(13))), (0, []))


sys.exit(test.main(sys.argv[1:]))
