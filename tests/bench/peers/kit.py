"""kit - what the peers written for Python share: the job, the clock file, and the four orders.

    PEER.py SOCKET single|bulk COUNT          prints jobs a second
    PEER.py SOCKET idle COUNT CLOCK           prints "ready", then p50 and p99 in us
    PEER.py SOCKET work COUNT CLOCK           does jobs until SIGTERM

The clock file is that of kit.mjs; here it is mapped, so that handlers in child processes
write the same one.
"""
import json
import mmap
import os
import random
import sys
import time

PAYLOAD_BYTES = 200
AT_ONCE = 500


class Clock:
    def __init__(self, path):
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        cells = memoryview(self.map).cast("q")
        half = len(cells) // 2
        self.at, self.calls = cells[:half], cells[half:]

    def moment_of(self, number, seconds):
        end = time.monotonic() + seconds
        while not self.at[number]:
            if time.monotonic() > end:
                sys.exit("job %d did not run within %g s" % (number, seconds))
            time.sleep(0.0005)
        return self.at[number]


clock = Clock(os.environ["BENCH_CLOCK"]) if "BENCH_CLOCK" in os.environ else None


def no_op(number, note):
    "The handler."
    clock.at[number] = time.monotonic_ns()
    clock.calls[number] += 1


def payload(number):
    "200 bytes of JSON."
    return number, "." * (PAYLOAD_BYTES - len(json.dumps([number, ""])))


def enqueue_all(count, at_once, enqueue):
    began = time.monotonic_ns()
    for first in range(0, count, at_once):
        enqueue(first, min(at_once, count - first))
    print(round(count * 1e9 / (time.monotonic_ns() - began)))


def idle(count, path, add):
    "The last number of the file is the job that shows that the worker is up."
    seen = Clock(path)
    add(count)
    seen.moment_of(count, 30)
    print("ready", flush=True)
    time.sleep(0.5)
    took = []
    for number in range(count):
        time.sleep(random.uniform(0.001, 0.005))
        began = time.monotonic_ns()
        add(number)
        took.append((seen.moment_of(number, 5) - began) / 1000)
    took.sort()
    print("%.1f %.1f" % (took[count // 2], took[count * 99 // 100]))


def main(connect, work):
    """connect(socket) gives add(number) and add_many(first, count), which may be None; work(socket)
    takes jobs. The clock of a worker is found by its children in the environment."""
    socket, order, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if order == "work":
        if "BENCH_CLOCK" not in os.environ:
            os.environ["BENCH_CLOCK"] = sys.argv[4]
            os.execv(sys.executable, [sys.executable, *sys.argv])
        work(socket)
        return
    add, add_many = connect(socket)
    if order == "idle":
        idle(count, sys.argv[4], add)
    elif order == "bulk":
        enqueue_all(count, AT_ONCE, add_many)
    else:
        enqueue_all(count, 1, lambda first, _: add(first))
