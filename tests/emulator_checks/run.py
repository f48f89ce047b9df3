#!/usr/bin/env python3
"""Holds rollcall-emulator to the project's notes on Microsoft Graph.

    python3 tests/emulator_checks/run.py PATH-TO-rollcall-emulator [WORD]

Each check is a sentence that is true, with the part of the notes it comes from. With a
word, only the checks that have it in their sentence run.
"""
import http.client
import shutil
import sys

import kit


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    kit.program = sys.argv[1]
    for name in ("sign_in", "directory", "teams", "members", "groups", "quotas", "batches", "faults",
                 "hostile", "books"):
        __import__("checks_" + name)
    passed = failed = 0
    for sentence, options, function in kit.checks:
        if len(sys.argv) == 3 and sys.argv[2] not in sentence:
            continue
        try:
            function(kit.emulator(**options))
            passed += 1
            print("ok    " + sentence, flush=True)
        except (kit.Failed, KeyError, ValueError, TypeError, IndexError, OSError,
                http.client.HTTPException) as why:
            failed += 1
            print("FAIL  %s\n      %s: %s" % (sentence, type(why).__name__, why), flush=True)
    for emulator in kit.running.values():
        emulator.stop()
    shutil.rmtree(kit.work)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
