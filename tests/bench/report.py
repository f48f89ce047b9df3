"""report - what the runs gave, as the page that is kept: RESULTS.md."""
import os
import platform
import statistics
import subprocess
import time

ABOUT = {
    "memory": "No persistence",
    "aof": "Append-only file, fsync every second (beanstalkd: its journal, the same)",
    "delayed": "No persistence, and 1 ms added to each round trip",
}
NONE = "–"


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return NONE


def word_of(path, name):
    "What stands behind the name in a file of names and values."
    try:
        with open(path) as f:
            return next(line for line in f if line.startswith(name))[len(name):].strip(' \t\n:="')
    except (OSError, StopIteration):
        return NONE


def short(value):
    if abs(value) >= 10000:
        return "%.1fk" % (value / 1000) if abs(value) < 100000 else "%.0fk" % (value / 1000)
    return "%.0f" % value if abs(value) >= 100 else "%.3g" % value


def cell(runs, field, scale=1.0):
    "The median, and the least and the greatest where there are several."
    values = [run[field] * scale for run in runs if field in run]
    if not values:
        return NONE
    middle = short(statistics.median(values))
    return middle if len(values) == 1 else "%s (%s–%s)" % (middle, short(min(values)), short(max(values)))


COLUMNS = (
    ("jobs", "jobs", 1), ("one by one, jobs/s", "single", 1), ("bulk, jobs/s", "bulk", 1),
    ("drain, jobs/s", "drain", 1), ("idle p50, ms", "p50_us", 1e-3), ("idle p99, ms", "p99_us", 1e-3),
    ("peak memory, MiB", "peak_kb", 1 / 1024), ("worker CPU, µs a job", "worker_us", 1),
    ("broker CPU, µs a job", "broker_us", 1), ("others' CPU, %", "others_pct", 1),
)


def row(words):
    return "| " + " | ".join(words) + " |"


class Results:
    def __init__(self, queues, settings, count, repeat):
        self.queues, self.settings, self.count, self.repeat = queues, settings, count, repeat
        self.runs, self.failures, self.commands, self.broken = {}, {}, {}, False
        self.load = "%.2f %.2f %.2f" % os.getloadavg()
        self.began = time.time()

    def line(self, queue, setting):
        key = (setting, queue.name)
        if queue.missing():
            return row([queue.name, "missing: " + queue.missing()] + [""] * (len(COLUMNS) - 1))
        if key in self.failures:
            return row([queue.name, "failed: " + self.failures[key].replace("|", "/")] + [""] * (len(COLUMNS) - 1))
        runs = self.runs.get(key, [])
        cells = [str(runs[0]["jobs"]) if runs else NONE] + [cell(runs, f, s) for _, f, s in COLUMNS[1:]]
        return row([queue.name] + cells)

    def table(self, setting):
        return ["## " + ABOUT[setting], "",
                row(["queue"] + [title for title, _, _ in COLUMNS]), row(["---"] * (len(COLUMNS) + 1)),
                *[self.line(queue, setting) for queue in self.queues], ""]

    def against(self):
        "How many times the fastest queue of the others on Redis our drain is."
        lines = []
        for setting in self.settings:
            rates = {queue.name: statistics.median(run["drain"] for run in self.runs[setting, queue.name])
                     for queue in self.queues if (setting, queue.name) in self.runs and queue.on_redis()}
            ours = rates.get("Rollcall")
            others = {name: rate for name, rate in rates.items() if not name.startswith("Rollcall")}
            if ours and others:
                best = max(others, key=others.get)
                lines.append("- %s: %.2f times %s, the fastest of the others on Redis." % (
                    ABOUT[setting].split(" (")[0], ours / others[best], best))
        return lines + [""] if lines else []

    def command_table(self):
        lines = ["## Redis commands a job", "",
                 row(["queue", "enqueue: sent", "in scripts", "work: sent", "in scripts", "work, by commandstats"]),
                 row(["---"] * 6)]
        for queue in self.queues:
            counts = self.commands.get(queue.name)
            if counts:
                runs = self.runs.get((self.settings[0], queue.name), [])
                lines.append(row([queue.name] + ["%.2f" % n for n in counts] + [cell(runs, "commands")]))
        return lines + ["", "The first four by MONITOR on %d jobs at most, those enqueued one by one, the start of the worker "
                        "included; a script's own call is sent, what it calls is inside. The last is all calls of "
                        "the drains above, inside and outside together." % min(self.count, 2000), ""]

    def machine(self):
        memory = int(word_of("/proc/meminfo", "MemTotal").split()[0]) / 2**20
        settings = " ".join("%s=%s" % pair for pair in sorted(os.environ.items()) if pair[0].startswith("BENCH_"))
        return ["## Machine, versions, command", "",
                "- %s; %d processors (%s), %.0f GiB; Linux %s; %s" % (
                    time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.began)), os.cpu_count(),
                    word_of("/proc/cpuinfo", "model name"), memory, platform.release(),
                    word_of("/etc/os-release", "PRETTY_NAME")),
                "- load before the first run: %s; took %.0f s" % (self.load, time.time() - self.began),
                "- `%smake bench`" % (settings + " " if settings else ""),
                "- %s; node %s; %s; %s; %s" % (
                    first_line("redis-server", "--version").split(" sha=")[0], first_line("node", "--version"),
                    first_line("ruby", "--version").split(" (")[0], first_line("/usr/bin/python3", "--version"),
                    first_line("gcc", "--version")),
                *["- %s %s: %s" % (queue.name, queue.version(), queue.note)
                  for queue in self.queues if not queue.missing()], ""]

    def text(self):
        lines = ["# Rollcall beside other queues", "",
                 "No-op jobs of 200 bytes, one worker process, everything on Unix sockets, one run at a time. Each cell is "
                 "the median of %d, with the least and the greatest behind it. Drain: jobs that were all enqueued before "
                 "the worker started, from the first handler's start to the last acknowledgement. Idle: from before the "
                 "enqueue call to the handler, jobs 1 to 5 ms apart. CPU: /proc/PID/stat in the drain, the worker's less "
                 "its start. Others' CPU: of one processor, what went to programs that are not of this benchmark, and to "
                 "the machine's host; where it is much, latencies tell of them. "
                 "Every job ran exactly once, unless a row says otherwise." % self.repeat, ""]
        lines += self.against()
        for setting in self.settings:
            lines += self.table(setting)
        return "\n".join(lines + self.command_table() + self.machine())
