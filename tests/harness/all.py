#!/usr/bin/env python3
"""all - runs every suite and adds up: all.py --build DIR [--only unit|fuzz|flow|system|…] [WORD…]

Most suites wait more than they reckon, so four go at a time (--at-once), those that take longest
first; what measures times goes alone. What a suite has to say is shown when it ends; again.py
says when a sentence that failed is told once more. The last
line is "N passed, N failed" (and how many were skipped); the exit status is 0 only if nothing
failed and something passed.
"""
import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys
import threading
import time

from again import LAST, Host, tell_again

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TALK = threading.Lock()


def suites(build):
    under = os.environ.get("ROLLCALL_UNDER", "").split()
    emulator = os.path.join(build, "rollcall-emulator")
    for path in sorted(glob.glob(os.path.join(build, "unit", "test_*"))):
        if not path.endswith(".d"):
            yield "unit", os.path.basename(path), under + [path, "-q"]
    for path in sorted(glob.glob(os.path.join(build, "fuzz", "replay_*"))):
        name = os.path.basename(path)[7:]
        yield "fuzz", name, under + [path, os.path.join("tests", "fuzz", "corpus", name)]
    yield "data", "sample school", [sys.executable, "tests/data/test_sample_school.py"]
    yield "emulator", "against graph.md", [sys.executable, "tests/emulator_checks/run.py", emulator]
    yield "npm", "Microsoft's own client", ["sh", "tests/npm/run.sh", emulator]
    yield "browser", "people's pages", ["sh", "tests/browser/run.sh"]
    for folder in ("flow", "system", "clients"):
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", folder, "test_*.py"))):
            yield folder, os.path.basename(path)[5:-3], [sys.executable, path]


# What measures times goes alone, first; then the ones that take longest, and the rest beside them.
ALONE = ("pains",)
LONG = ("browser", "night", "delegated", "clients", "hard_days", "import", "web_jobs", "kills", "demo",
        "supervisor", "bad_answers")


def longest_first(all_suites):
    return sorted(all_suites, key=lambda s: next((n for n, word in enumerate(LONG) if word in s[:2]), len(LONG)))


def run(kind, name, command, totals):
    started, host = time.monotonic(), Host()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    seconds = time.monotonic() - started
    found = LAST.findall(done.stdout)
    passed, failed, skipped = (int(n or 0) for n in found[-1]) if found else (0, 0, 0)
    if done.returncode != 0 and failed == 0:
        failed = 1
    bad = failed or not found
    after_all, again = tell_again(command, done.stdout, host, ROOT) if found and failed else (0, "")
    passed, failed = passed + after_all, failed - after_all
    bad = bad and (failed or not found)
    with TALK:
        tell(kind, name, done, (passed, failed, skipped), seconds, bad)
        if again:
            print(again, flush=True)
        for i, n in enumerate((passed, failed or bool(bad), skipped)):
            totals[i] += n


def tell(kind, name, done, counts, seconds, bad):
    passed, failed, skipped = counts
    print("%-8s %-28s %4d passed  %d failed  %5.1f s%s" % (
        kind, name, passed, failed, seconds, "  (%d skipped)" % skipped if skipped else ""))
    if bad:
        print("    " + done.stdout.replace("\n", "\n    "))
    elif skipped:
        for line in done.stdout.splitlines():
            if line.lstrip().startswith("skip"):
                print("    " + line.strip())
    sys.stdout.flush()


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--build", default="build")
    words.add_argument("--only", action="append")
    words.add_argument("--but", action="append", default=[])
    words.add_argument("--at-once", type=int, default=4)
    words.add_argument("word", nargs="*")
    o = words.parse_args()
    os.environ["BUILD"] = o.build
    totals = [0, 0, 0]
    wanted = [(kind, name, command) for kind, name, command in longest_first(suites(o.build))
              if (not o.only or kind in o.only) and kind not in o.but
              and (not o.word or any(w in name for w in o.word))]
    alone = [suite for suite in wanted if suite[1] in ALONE]
    for suite in alone:
        run(*suite, totals)
    with concurrent.futures.ThreadPoolExecutor(o.at_once) as pool:
        for run_through in [pool.submit(run, *suite, totals) for suite in wanted if suite not in alone]:
            run_through.result()
    print("%d passed, %d failed" % (totals[0], totals[1]) + (", %d skipped" % totals[2] if totals[2] else ""))
    return 1 if totals[1] or not totals[0] else 0


sys.exit(main())
