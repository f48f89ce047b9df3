"""again - what failed while this machine was not its own is told again.

A virtual machine whose host takes its processors away stands still in the middle of a test, and
bounds on time break that nobody else broke. So what fails while the host took a tenth of the
processors or more is told again, sentence by sentence and with more patience, at most twice, and
it is said that it was. Where the host took nothing a failure stands, and what is really broken
fails each time.
"""
import os
import re
import subprocess

MUCH = 0.1      # of the processors
TIMES = 2
SENTENCES = 12  # more than that is no bad luck
PATIENCE = 3
FAILED = re.compile(r"^ *(?:FAIL|HUNG|CRASH) +(.*?)(?: \([A-Z][a-z ]+\))?$", re.M)
LAST = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Host:
    """What the host has taken of the processors since this was made."""

    def __init__(self):
        self.before = self.ticks()

    @staticmethod
    def ticks():
        try:
            with open("/proc/stat") as f:
                of = [int(n) for n in f.readline().split()[1:9]]
        except OSError:
            return 0, 1
        return of[7], sum(of)

    def share(self):
        taken, all_ticks = (now - then for now, then in zip(self.ticks(), self.before))
        return taken / max(all_ticks, 1)


def holds(command, sentence, root):
    patience = str(PATIENCE * int(os.environ.get("TEST_PATIENCE", "1")))
    done = subprocess.run([*command, sentence], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=dict(os.environ, TEST_PATIENCE=patience))
    found = LAST.findall(done.stdout)
    return done.returncode == 0 and bool(found) and int(found[-1][0]) > 0


def tell_again(command, said, host, root):
    """Of a suite that failed: how many of its sentences hold after all, and what is to be said of it."""
    failed = FAILED.findall(said)
    taken, told = host.share(), []
    for _ in range(TIMES):
        if not failed or len(failed) > SENTENCES or taken < MUCH:
            break
        meanwhile = Host()
        hold = [sentence for sentence in failed if holds(command, sentence, root)]
        told += ["    again, since the host had taken %d %% of the processors, and it holds: %s" % (100 * taken, sentence)
                 for sentence in hold]
        failed = [sentence for sentence in failed if sentence not in hold]
        taken = meanwhile.share()
    return len(told), "\n".join(told)
