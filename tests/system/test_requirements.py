#!/usr/bin/env python3
"""REQUIREMENTS.md holds what it says: no line without a proof, no proof that is no test."""
import functools
import os
import re
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "harness"))
from rig import Suite, check, equal  # noqa: E402

test = Suite()
HOW_MANY = {1: 17, 2: 7, 3: 8, 4: 10, 5: 16, 6: 4, 7: 3, 8: 15, 9: 9, 10: 9, 12: 9, 13: 9}
UNNUMBERED = ["11", "feature", "table"]
STRING = r'"(?:[^"\\]|\\.)*"'
SAID = {".c": r'^TEST(?:_SLOW|_WITHIN)?\((?:\s*\d+,)?((?:\s*%s)+)\)' % STRING,
        ".py": r'^@\w+\ndef \w+\(\):\n\s+"""(.*?)"""|^@check\((%s)' % STRING,
        ".mjs": r'^(?:at|story|sentence|look|screen)\(\s*(%s)' % STRING}


@functools.cache
def sentences_of(path):
    """The sentences that are the tests of a file, as its suite tells them."""
    with open(os.path.join(TESTS, path), encoding="utf-8") as f:
        found = re.finditer(SAID[os.path.splitext(path)[1]], f.read(), re.M | re.S)
    said = [next(filter(None, m.groups())) for m in found]
    return [" ".join(bare(text).split()) for text in said]


def bare(text):
    """A sentence without the quotes around it, or around each of its pieces."""
    pieces = re.findall(STRING, text) if text.lstrip().startswith('"') else None
    return "".join(piece[1:-1] for piece in pieces).replace('\\"', '"') if pieces else text


def rows():
    """Line -> its proofs, each a file and a sentence."""
    with open(os.path.join(TESTS, "REQUIREMENTS.md"), encoding="utf-8") as f:
        cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in f if line.startswith("| ")]
    return [(line, gist, [re.fullmatch(r"`([^`]+)`: (.+)", p.strip()) for p in proof.split("<br>") if p.strip()])
            for line, gist, proof in cells if re.match(r"\d|feature|table", line)]


@test
def no_line_is_empty():
    """every line of both guides is there, once, with its gist and with proofs"""
    lines = [line for line, _, _ in rows()]
    equal(len(lines), len(set(lines)), "lines, each once")
    numbers = {line.split()[0] for line in lines}
    wanted = {"%d.%d" % (part, n) for part, count in HOW_MANY.items() for n in range(1, count + 1)}
    equal(sorted(wanted - numbers), [], "lines that are missing")
    equal(sorted(numbers - wanted), UNNUMBERED, "lines that nobody knows")
    for line, gist, proofs in rows():
        check(gist and proofs and all(proofs), "line %s, with its proofs," % line)


@test
def proofs_are_tests():
    """every proof is the sentence of a test, word for word, in the file that is named"""
    missing, count = [], 0
    for line, _, proofs in rows():
        for path, sentence in (p.groups() for p in proofs):
            count += 1
            if sentence.replace("\\|", "|") not in sentences_of(path):
                missing.append("%s: %s: %s" % (line, path, sentence))
    check(not missing, "that these are tests:\n" + "\n".join(missing) + "\n")
    return "%d proofs of %d lines" % (count, len(rows()))


if __name__ == "__main__":
    sys.exit(test.main(sys.argv[1:]))
