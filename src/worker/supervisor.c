/*
 * supervisor - watches over worker processes. It runs no jobs and holds no lease.
 *
 *	a child dies	its jobs are handed back at once, because the kernel's word is quicker
 *			than a lease, and with them goes what the child's page (pulse.h) says:
 *			whose step ran. Another child is started, at once the first time, after
 *			a pause that grows while children die young.
 *	a child hangs	its loop has not turned for most of a lease, so it is about to lose all
 *			it has: it is killed, and the above follows.
 *
 * SIGTERM is passed on; who has not left before the ten seconds are over is killed.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
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
#include "hand_back.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "pulse.h"
#include "redis.h"

enum {
	YOUNG_MS = 1000,
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 1000,
	WATCH_MS = 500,
	WATCHDOG_MS = 5000,
	HANGS_LEAST_MS = 4000, /* longer than any honest turn */
	PATIENCE_MS = 9500,    /* after SIGTERM */
	LAST_WORD_MS = 400,    /* of those that were killed, to Redis */
};

struct child {
	struct supervisor *supervisor;
	pid_t pid; /* 0: not running */
	char name[128];
	int64_t started_ms, pause_ms;
	struct timer again;
	struct pulse *pulse; /* NULL: the system has none */
	int pulse_fd;
	bool hung;
};

struct supervisor {
	struct loop *loop;
	struct config config;
	const char *config_path;
	struct redis *redis;
	struct child *children; /* owned */
	int count, handing_back;
	bool leaving, lived; /* lived: the first children got past their start */
	int status;
	int64_t watched_ms, awake_ms; /* the last look; since when we have not been held up */
	struct timer watchdog, watch, ready, patience;
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

/* ---- a child is born -------------------------------------------------------------- */

static void become_worker(const struct child *c, pid_t parent)
{
	const char *words[8] = {"rollcalld", "--worker", c->name};
	char fd[16];
	int n = 3;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)unsetenv("NOTIFY_SOCKET");
	if (c->pulse && fcntl(c->pulse_fd, F_SETFD, 0) == 0) {
		(void)snprintf(fd, sizeof fd, "%d", c->pulse_fd);
		words[n++] = "--pulse";
		words[n++] = fd;
	}
	if (c->supervisor->config_path) {
		words[n++] = "-c";
		words[n++] = c->supervisor->config_path;
	}
	(void)execv("/proc/self/exe", (char *const *)words);
	_exit(127);
}

static void start(void *ctx)
{
	struct child *c = ctx;
	struct supervisor *s = c->supervisor;
	if (s->leaving)
		return;
	supervisor_worker_name(c->name);
	c->started_ms = clock_mono_ms();
	c->hung = false;
	if (c->pulse)
		pulse_start(c->pulse);
	pid_t parent = getpid();
	c->pid = fork();
	if (c->pid == 0)
		become_worker(c, parent);
	if (c->pid > 0)
		return;
	log_error("fork_failed", log_str("why", strerror(errno)));
	c->pid = 0;
	timer_set(s->loop, &c->again, PAUSE_MAX_MS, start, c);
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

/* ---- a child dies -------------------------------------------------------------- */

static void tell_children(struct supervisor *s, int signum)
{
	for (int i = 0; i < s->count; i++)
		if (s->children[i].pid > 0)
			(void)kill(s->children[i].pid, signum);
}

static void stop_when_all_is_over(struct supervisor *s)
{
	int left = s->handing_back;
	for (int i = 0; i < s->count; i++)
		left += s->children[i].pid > 0;
	if (s->leaving && left == 0)
		loop_stop(s->loop);
}

static void handed_back(void *ctx)
{
	struct supervisor *s = ctx;
	s->handing_back--;
	stop_when_all_is_over(s);
}

/* Whose doing it was, in the words of queue_abandon. */
static void tell_death(const struct child *c, int status, char death[80])
{
	char job[65] = "";
	if (c->pulse)
		pulse_job(c->pulse, job);
	bool from_outside = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !c->hung;
	if (job[0])
		(void)snprintf(death, 80, "in:%s", job);
	else
		text_copy(death, 80, from_outside && c->pulse ? "killed" : "");
}

static void died_badly(struct child *c, int status)
{
	struct supervisor *s = c->supervisor;
	char death[80];
	tell_death(c, status, death);
	log_warn("worker_died", log_str("worker", c->name),
	    log_int("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    log_int("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0),
	    log_str("death", death));
	s->handing_back++;
	hand_back(s->redis, &s->config, c->name, death, handed_back, s);
}

static void child_died(struct child *c, int status)
{
	struct supervisor *s = c->supervisor;
	c->pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		died_badly(c, status);
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 1;
	if (refused && !s->lived && !s->leaving) {
		log_error("workers_refuse_to_start", log_str("why", "see the line above"));
		s->leaving = true;
		s->status = 1;
		tell_children(s, SIGTERM);
	}
	if (!s->leaving)
		start_again(c);
}

static void children_changed(void *ctx)
{
	struct supervisor *s = ctx;
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (int i = 0; i < s->count; i++)
			if (s->children[i].pid == pid)
				child_died(&s->children[i], status);
	stop_when_all_is_over(s);
}

/* ---- a child hangs --------------------------------------------------------------- */

static int64_t hangs_after_ms(const struct supervisor *s)
{
	int64_t most_of_lease_ms = s->config.queue.lease_ms * 2 / 3;
	return most_of_lease_ms > HANGS_LEAST_MS ? most_of_lease_ms : HANGS_LEAST_MS;
}

static void look_at(struct child *c, int64_t now_ms)
{
	struct supervisor *s = c->supervisor;
	if (c->pid <= 0 || !c->pulse || c->hung)
		return;
	int64_t turned_ms = pulse_last(c->pulse);
	if (turned_ms < s->awake_ms)
		turned_ms = s->awake_ms;
	if (now_ms - turned_ms < hangs_after_ms(s))
		return;
	char job[65];
	log_error("worker_hangs", log_str("worker", c->name), log_int("ms", now_ms - turned_ms),
	    log_str("job", pulse_job(c->pulse, job)));
	c->hung = true;
	(void)kill(c->pid, SIGKILL);
}

/* Who was held up itself (the whole machine stopped, or its group) judges nobody by it. */
static void watch(void *ctx)
{
	struct supervisor *s = ctx;
	int64_t now_ms = clock_mono_ms();
	if (now_ms - s->watched_ms > INT64_C(3) * WATCH_MS)
		s->awake_ms = now_ms;
	s->watched_ms = now_ms;
	for (int i = 0; i < s->count; i++)
		look_at(&s->children[i], now_ms);
	timer_set(s->loop, &s->watch, WATCH_MS, watch, s);
}

/* ---- signals -------------------------------------------------------------------- */

static void stop_now(void *ctx)
{
	struct supervisor *s = ctx;
	loop_stop(s->loop);
}

static void out_of_patience(void *ctx)
{
	struct supervisor *s = ctx;
	log_warn("workers_do_not_leave", log_str("what", "they are killed"));
	tell_children(s, SIGKILL);
	timer_set(s->loop, &s->patience, LAST_WORD_MS, stop_now, s);
}

static void asked_to_leave(void *ctx)
{
	struct supervisor *s = ctx;
	if (!timer_is_set(&s->patience))
		timer_set(s->loop, &s->patience, PATIENCE_MS, out_of_patience, s);
	s->leaving = true;
	notify("STOPPING=1");
	tell_children(s, SIGTERM);
	children_changed(s);
}

static void asked_to_reload(void *ctx)
{
	struct supervisor *s = ctx;
	struct err e = {0};
	if (config_reload(&s->config, s->config_path, &e) < 0)
		log_error("reload_refused", log_str("why", e.text));
	config_open_log(&s->config);
	tell_children(s, SIGHUP);
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

/* ---- from start to end -------------------------------------------------------------- */

static void start_all(struct supervisor *s)
{
	s->children = xcalloc((size_t)s->count, sizeof *s->children);
	for (int i = 0; i < s->count; i++) {
		struct child *c = &s->children[i];
		c->supervisor = s;
		c->pause_ms = PAUSE_FIRST_MS;
		c->pulse = pulse_new(&c->pulse_fd);
		start(c);
	}
}

static void supervise(struct supervisor *s)
{
	loop_on_signal(s->loop, SIGTERM, asked_to_leave, s);
	loop_on_signal(s->loop, SIGINT, asked_to_leave, s);
	loop_on_signal(s->loop, SIGHUP, asked_to_reload, s);
	loop_on_signal(s->loop, SIGCHLD, children_changed, s);
	start_all(s);
	timer_set(s->loop, &s->ready, YOUNG_MS, ready, s);
	s->watched_ms = clock_mono_ms();
	watch(s);
	watchdog(s);
	loop_run(s->loop);
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
	redis_never_blocks(s.redis);
	supervise(&s);
	redis_close(s.redis);
	loop_free(s.loop);
	free(s.children);
	config_clear(&s.config);
	return s.status;
}
