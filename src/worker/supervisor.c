/*
 * supervisor - watches over worker processes. It runs no jobs and holds no lease: when a
 * child dies it tells Redis so, because the kernel's word is quicker than a lease, and
 * starts another one, at once the first time and after a pause that grows while children
 * die young.
 */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "config.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "queue.h"
#include "redis.h"
#include "worker.h"

enum {
	YOUNG_MS = 1000,
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 1000,
	ASK_TIMEOUT_MS = 10000,
	DAY_MS = 86400000,
	WATCHDOG_MS = 5000,
};

struct child {
	struct supervisor *supervisor;
	pid_t pid; /* 0: not running */
	char name[128];
	int64_t started_ms, pause_ms;
	struct timer again;
};

struct supervisor {
	struct loop *loop;
	struct config config;
	const char *config_path;
	struct redis *redis;
	char prefix[96];
	struct child *children; /* owned */
	int count;
	bool leaving, lived; /* lived: the first children got past their start */
	int status;
	struct timer watchdog, ready;
};

void supervisor_worker_name(char name[128])
{
	char host[80] = "host";
	(void)gethostname(host, sizeof host - 1);
	for (char *c = host; *c; c++)
		if (*c == ' ' || *c == ':' || *c == '=')
			*c = '-';
	(void)snprintf(name, 128, "%s-%d-%08lx", host, (int)getpid(),
	    (unsigned long)(random() ^ clock_mono_us()) & 0xffffffffUL);
}

static void start(void *ctx)
{
	struct child *c = ctx;
	struct supervisor *s = c->supervisor;
	supervisor_worker_name(c->name);
	c->started_ms = clock_mono_ms();
	pid_t parent = getpid();
	c->pid = fork();
	if (c->pid < 0) {
		log_error("fork_failed", log_str("why", strerror(errno)));
		c->pid = 0;
		timer_set(s->loop, &c->again, PAUSE_MAX_MS, start, c);
		return;
	}
	if (c->pid > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)unsetenv("NOTIFY_SOCKET");
	execl("/proc/self/exe", "rollcalld", "--worker", c->name, s->config_path ? "-c" : NULL,
	    s->config_path, (char *)NULL);
	_exit(127);
}

/* ---- a child died -------------------------------------------------------------- */

static void handed_back(void *ctx, bool ok, const char *unused)
{
	(void)ctx;
	(void)unused;
	log_info("jobs_handed_back", log_int("ok", ok));
}

struct dead {
	struct supervisor *supervisor;
	char name[128];
};

static bool is_of(const char *worker, const char *name)
{
	size_t n = strlen(name);
	return strncmp(worker, name, n) == 0 && worker[n] == '.';
}

/* The child may have entered the queue more than once: each time under its name and a
 * generation. */
static void workers_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct dead *d = ctx;
	struct supervisor *s = d->supervisor;
	if (!r)
		log_warn("not_handed_back", log_str("worker", d->name), log_str("why", e->text));
	for (size_t i = 0; r && i < reply_count(r); i++) {
		const char *worker = reply_text(reply_at(r, i), NULL);
		if (worker && is_of(worker, d->name))
			queue_abandon(s->redis, s->prefix, worker, s->config.queue.keep_finished,
			    s->config.queue.retention_days * DAY_MS, handed_back, s);
	}
	free(d);
}

static void hand_back(const struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct dead *d = xcalloc(1, sizeof *d);
	d->supervisor = s;
	text_copy(d->name, sizeof d->name, c->name);
	redis_sendf(s->redis, ASK_TIMEOUT_MS, workers_read, d, "ZRANGE %sworkers 0 -1", s->prefix);
}

static void start_again(struct child *c)
{
	struct supervisor *s = c->supervisor;
	bool young = clock_mono_ms() - c->started_ms < YOUNG_MS;
	int64_t pause_ms = young ? c->pause_ms : 0;
	c->pause_ms = !young ? PAUSE_FIRST_MS : c->pause_ms * 2;
	if (c->pause_ms > PAUSE_MAX_MS)
		c->pause_ms = PAUSE_MAX_MS;
	timer_set(s->loop, &c->again, pause_ms, start, c);
}

static void child_died(struct child *c, int status)
{
	struct supervisor *s = c->supervisor;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	c->pid = 0;
	if (!clean) {
		log_warn("worker_died", log_str("worker", c->name),
		    log_int("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		    log_int("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
		hand_back(c);
	}
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 1;
	if (refused && !s->lived && !s->leaving) {
		log_error("workers_refuse_to_start", log_str("why", "see the line above"));
		s->leaving = true;
		s->status = 1;
	}
	if (!s->leaving)
		start_again(c);
}

static void tell_children(struct supervisor *s, int signum)
{
	for (int i = 0; i < s->count; i++)
		if (s->children[i].pid > 0)
			(void)kill(s->children[i].pid, signum);
}

static void children_changed(void *ctx)
{
	struct supervisor *s = ctx;
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (int i = 0; i < s->count; i++)
			if (s->children[i].pid == pid)
				child_died(&s->children[i], status);
	int left = 0;
	for (int i = 0; i < s->count; i++)
		left += s->children[i].pid > 0;
	if (s->leaving && left == 0)
		loop_stop(s->loop);
	else if (s->status)
		tell_children(s, SIGTERM);
}

/* ---- signals -------------------------------------------------------------------- */

static void asked_to_leave(void *ctx)
{
	struct supervisor *s = ctx;
	s->leaving = true;
	notify("STOPPING=1");
	for (int i = 0; i < s->count; i++)
		timer_clear(s->loop, &s->children[i].again);
	tell_children(s, SIGTERM);
	children_changed(s);
}

static void asked_to_reload(void *ctx)
{
	tell_children(ctx, SIGHUP);
}

static void watchdog(void *ctx)
{
	struct supervisor *s = ctx;
	notify("WATCHDOG=1");
	timer_set(s->loop, &s->watchdog, WATCHDOG_MS, watchdog, s);
}

/* Children that refuse the configuration or Redis do so within a moment. */
static void ready(void *ctx)
{
	struct supervisor *s = ctx;
	s->lived = true;
	notify("READY=1");
}

int supervisor_run(const char *config_path, int processes)
{
	struct err e = {0};
	struct supervisor s = {.config_path = config_path, .count = processes};
	if (config_load(&s.config, config_path, &e) < 0)
		die("%s", e.text);
	config_open_log(&s.config);
	s.loop = loop_new();
	s.redis = redis_open(s.loop, s.config.redis.url, "rollcalld-supervisor", &e);
	if (!s.redis)
		die("%s", e.text);
	queue_prefix_of(s.config.queue.name, s.prefix);
	s.children = xcalloc((size_t)processes, sizeof *s.children);
	loop_on_signal(s.loop, SIGTERM, asked_to_leave, &s);
	loop_on_signal(s.loop, SIGINT, asked_to_leave, &s);
	loop_on_signal(s.loop, SIGHUP, asked_to_reload, &s);
	loop_on_signal(s.loop, SIGCHLD, children_changed, &s);
	for (int i = 0; i < processes; i++) {
		s.children[i].supervisor = &s;
		s.children[i].pause_ms = PAUSE_FIRST_MS;
		start(&s.children[i]);
	}
	timer_set(s.loop, &s.ready, YOUNG_MS, ready, &s);
	watchdog(&s);
	loop_run(s.loop);
	redis_close(s.redis);
	loop_free(s.loop);
	free(s.children);
	config_clear(&s.config);
	return s.status;
}
