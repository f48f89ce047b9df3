"""instruments - private brokers, and what is read from them and from /proc.

A broker lives in a folder of its own, listens on a Unix socket alone and ends by pid. In the
setting "delayed" its front is a proxy that keeps all bytes for half a millisecond each way.
"""
import array
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
import rig  # noqa: E402
from rig import wait_for  # noqa: E402

DELAY_US = 500
TICKS = os.sysconf("SC_CLK_TCK")


# ---- processes ----------------------------------------------------------------------------

def family(pid):
    "A process and its living descendants."
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            children = [int(word) for word in f.read().split()]
    except OSError:
        return []
    return [pid] + [p for child in children for p in family(child)]


def cpu_seconds(pid):
    """What a process and its descendants used; the dead ones among them count through who
    waited for them."""
    ticks = 0
    for p in family(pid):
        try:
            with open("/proc/%d/stat" % p) as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(fields[n]) for n in (11, 12, 13, 14))
    return ticks / TICKS


def busy_seconds():
    "What all processors of this machine were busy, and what its host took from them."
    with open("/proc/stat") as f:
        user, nice, system, _idle, _wait, irq, softirq, steal = (int(word) for word in f.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


class Others:
    """How much of one processor went to those who are not of this benchmark. Where that is
    much, a wake-up waits its turn behind theirs, and a latency tells of them."""

    def __init__(self):
        self.began = time.monotonic()
        self.before = busy_seconds() - cpu_seconds(os.getpid())

    def percent(self):
        others = busy_seconds() - cpu_seconds(os.getpid()) - self.before
        return 100 * max(0, others) / (time.monotonic() - self.began)


def peak_kb(pid):
    total = 0
    for p in family(pid):
        try:
            with open("/proc/%d/status" % p) as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
        except OSError:
            continue
    return total


def end(process, seconds=30):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Folder:
    "A folder for one run; what was started in it ends with it."

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="bench-")
        self.to_end = contextlib.ExitStack()
        self.to_end.callback(shutil.rmtree, self.path, ignore_errors=True)

    def file(self, name):
        return os.path.join(self.path, name)

    def start(self, name, command, env=None, stdout=None):
        with open(self.file(name + ".log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log,
                                       env=dict(os.environ, **(env or {})), cwd=self.path)
        self.to_end.callback(end, process)
        return process

    def run(self, name, command, env=None):
        "Its last line; a command that fails says why in the exception."
        process = self.start(name, command, env, stdout=subprocess.PIPE)
        text = process.communicate(timeout=600)[0].decode().strip()
        if process.returncode != 0 or not text:
            raise RuntimeError("%s: %s" % (name, self.log(name)))
        return text.splitlines()[-1]

    def log(self, name):
        with open(self.file(name + ".log"), errors="replace") as f:
            return " ".join(f.read().split())[-300:]

    def __enter__(self):
        return self

    def __exit__(self, *why):
        "All of it, also when we are told to end half-way through."
        return self.to_end.__exit__(*why)


class Clock:
    "What handlers noted: when job n ran, and how often. kit.mjs describes the file."

    def __init__(self, path, count):
        self.path, self.count = path, count
        with open(path, "wb") as f:
            f.truncate(16 * count)

    def read(self):
        cells = array.array("q")
        with open(self.path, "rb") as f:
            cells.frombytes(f.read())
        return cells[:self.count], cells[self.count:]


# ---- brokers ----------------------------------------------------------------------------------

class Redis(rig.Redis):
    "A connection that knows how many commands it sent, so that they can be taken off again."
    sent = 0

    def send(self, *words):
        self.sent += 1
        super().send(*words)


class Broker:
    def __init__(self, folder, setting, build):
        self.folder, self.setting, self.build = folder, setting, build
        self.socket = self.front = folder.file("broker.sock")
        self.start()
        if setting == "delayed":
            self.front = folder.file("front.sock")
            folder.start("proxy", [os.path.join(build, "delay_proxy"), self.front, self.socket, str(DELAY_US)])
            wait_for(lambda: os.path.exists(self.front))

    def cpu(self):
        return cpu_seconds(self.process.pid)


class RedisBroker(Broker):
    def start(self):
        self.process = self.folder.start("broker", [
            "redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder.path, "--save", "",
            "--appendonly", "yes" if self.setting == "aof" else "no", "--appendfsync", "everysec",
            "--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction"])
        self.redis = wait_for(self.connect, 20)

    def connect(self):
        try:
            redis = Redis(self.socket)
            return redis if redis("PING") == "PONG" else None
        except (OSError, RuntimeError):
            return None

    def reset_commands(self):
        self.redis.sent = 0
        self.redis("CONFIG", "RESETSTAT")

    def commands(self):
        "Calls since the reset, those inside scripts among them, ours not."
        ours = self.redis.sent
        lines = self.redis("INFO", "commandstats").splitlines()
        calls = [int(line.split("calls=")[1].split(",")[0]) for line in lines if "calls=" in line]
        return sum(calls) - ours


class BeanstalkBroker(Broker):
    def start(self):
        journal = ["-b", self.folder.path, "-f", "1000"] if self.setting == "aof" else []
        self.process = self.folder.start("broker", ["/usr/bin/beanstalkd", "-l", "unix:" + self.socket, *journal])
        self.talk = wait_for(self.connect, 20)

    def connect(self):
        try:
            talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            talk.connect(self.socket)
            return talk
        except OSError:
            return None

    def reset_commands(self):
        pass

    def commands(self):
        return None

    def statistic(self, name):
        self.talk.sendall(b"stats\r\n")
        text = b""
        while not text.endswith(b"\n\r\n"):
            text += self.talk.recv(65536)
        return int(text.split(b"\n%s: " % name.encode())[1].split(b"\n")[0])


class Monitor:
    """Counts what clients sent and what scripts called, by MONITOR, until it is asked."""

    def __init__(self, broker):
        self.broker = broker
        self.watcher = Redis(broker.socket)
        self.watcher("MONITOR")
        broker.redis.sent = 0

    def counts(self):
        self.broker.redis("ECHO", "bench-end")
        sent = inside = 0
        while True:
            line = self.watcher.read()
            if '"ECHO" "bench-end"' in line:
                break
            if line.split("[", 1)[1].split("]", 1)[0].endswith(" lua"):
                inside += 1
            else:
                sent += 1
        self.watcher.close()
        return sent - (self.broker.redis.sent - 1), inside


class Pace:
    "Looks every two milliseconds at first, then at every 300th part of the time gone."

    def __init__(self, seconds):
        self.began, self.seconds = time.monotonic(), seconds

    def rest(self, what):
        gone = time.monotonic() - self.began
        if gone > self.seconds:
            raise TimeoutError("%s within %d s" % (what, self.seconds))
        time.sleep(max(0.002, gone / 300))
