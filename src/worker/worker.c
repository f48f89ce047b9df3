/*
 * worker - one process: the queue gives it jobs, the runner runs them, Microsoft answers.
 *
 * SIGTERM: no new jobs; those that wait are given back at once, those with a change at
 * Microsoft's on the way get LEAVE_MS to hear of it; then the lease is given back.
 */
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "notify.h"
#include "pulse.h"
#include "vault.h"
#include "worker_int.h"

enum {
	LEAVE_MS = 8000,
	CONNECTIONS_MAX = 128,
	TICK_MS = 5000,
	PULSE_MS = 500,
	DAY_MS = 86400000,
};

/* ---- what the queue tells ------------------------------------------------------ */

static int room(void *ctx)
{
	struct worker *w = ctx;
	return (int)w->config.queue.concurrency - w->running;
}

static void claimed(void *ctx, const struct claim *c)
{
	pulse_enter(c->id);
	job_start(ctx, c);
	pulse_leave();
}

static void lost(void *ctx)
{
	struct worker *w = ctx;
	list_each (l, &w->jobs)
		job_drop(container_of(l, struct job, link));
}

static void forgotten(void *ctx, struct ticket *t)
{
	(void)ctx;
	job_drop(container_of(t, struct job, ticket));
}

static void cancelled(void *ctx, struct ticket *t, const char *who)
{
	(void)ctx;
	job_cancel(container_of(t, struct job, ticket), who);
}

static void shared(void *ctx, int workers)
{
	struct worker *w = ctx;
	graph_share(w->graph, workers < 1 ? 1 : workers);
}

/* Microsoft's Retry-After is for all of us: said to the others, and heard from them. */
static void told_to_wait(void *ctx, const char *scope, int64_t until_wall_ms)
{
	struct worker *w = ctx;
	queue_park(w->queue, scope, until_wall_ms - clock_wall_ms());
}

static void parked(void *ctx, const char *scope, int64_t pause_ms)
{
	struct worker *w = ctx;
	graph_park(w->graph, scope, clock_wall_ms() + pause_ms);
}

static void unfit(void *ctx, const char *why, const char *remedy)
{
	(void)ctx;
	die("Redis is not fit for jobs: %s. %s", why, remedy);
}

/* ---- leaving ---------------------------------------------------------------------- */

static void gone(void *ctx)
{
	struct worker *w = ctx;
	loop_stop(w->loop);
}

static void look_whether_done(void *ctx)
{
	struct worker *w = ctx;
	bool late = clock_mono_ms() >= w->leave_by_ms;
	list_each (l, &w->jobs) {
		struct job *j = container_of(l, struct job, link);
		if (!j->ended)
			job_leave(j, late);
	}
	if (list_empty(&w->jobs) && queue_is_said(w->queue))
		queue_leave(w->queue, gone, w);
	else if (clock_mono_ms() >= w->leave_by_ms + 1000)
		loop_stop(w->loop);
	else
		timer_set(w->loop, &w->tick, 20, look_whether_done, w);
}

static void asked_to_leave(void *ctx)
{
	struct worker *w = ctx;
	if (w->leaving)
		return;
	log_info("leaving", log_int("jobs", w->running));
	notify("STOPPING=1");
	w->leaving = true;
	w->leave_by_ms = clock_mono_ms() + LEAVE_MS;
	queue_quiet(w->queue);
	look_whether_done(w);
}

/* ---- settings and time ----------------------------------------------------------------- */

static void asked_to_reload(void *ctx)
{
	struct worker *w = ctx;
	struct err e = {0};
	notify("RELOADING=1");
	if (config_reload(&w->config, w->config_path, &e) < 0 || graph_reread(w->graph, &e) < 0 ||
	    vault_reread(w->vault, &e) < 0)
		log_error("reload_refused", log_str("why", e.text));
	else
		log_info("reloaded");
	config_open_log(&w->config);
	queue_reload(w->queue, w->config.queue.per_school, w->config.queue.keep_finished,
	    w->config.queue.retention_days * DAY_MS);
	notify("READY=1");
}

static void tick(void *ctx)
{
	struct worker *w = ctx;
	struct graph_counters c;
	graph_count(w->graph, &c);
	log_debug("tick", log_int("jobs", w->running), log_int("requests", c.requests),
	    log_int("throttled", c.throttled), log_int("in_flight", c.in_flight),
	    log_int("held_back", c.held_back));
	notify("WATCHDOG=1");
	timer_set(w->loop, &w->tick, TICK_MS, tick, w);
}

/* Seldom enough to cost nothing, often enough for the supervisor to see a loop that hangs. */
static void pulsate(void *ctx)
{
	struct worker *w = ctx;
	pulse_beat();
	timer_set(w->loop, &w->pulse, PULSE_MS, pulsate, w);
}

/* ---- opening -------------------------------------------------------------------------------- */

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static struct graph *open_graph(struct worker *w, struct err *e)
{
	const struct config *c = &w->config;
	struct graph_options o = {
	    .loop = w->loop,
	    .http = w->http,
	    .root = c->graph.root,
	    .authority = c->graph.authority,
	    .client_id = c->app.client_id,
	    .secret_file = or_null(c->app.client_secret_file),
	    .certificate_file = or_null(c->app.certificate_file),
	    .key_file = or_null(c->app.key_file),
	    .timeout_ms = c->graph.timeout_ms,
	    .quota_scale = c->graph.quota_scale,
	    .vault = vault_for_graph(w->vault),
	};
	return graph_new(&o, e);
}

static struct vault *open_vault(struct worker *w, struct err *e)
{
	char prefix[96];
	queue_prefix_of(w->config.queue.name, prefix);
	return vault_new(&(struct vault_options){w->config.secrets.key_file, prefix}, e);
}

static struct queue *open_queue(struct worker *w, const char *name, struct err *e)
{
	const struct config *c = &w->config;
	char host[128] = "";
	(void)gethostname(host, sizeof host - 1);
	struct queue_options o = {
	    .loop = w->loop,
	    .url = c->redis.url,
	    .name = c->queue.name,
	    .worker = name,
	    .host = host,
	    .version = VERSION,
	    .lease_ms = c->queue.lease_ms,
	    .per_school = c->queue.per_school,
	    .keep_finished = c->queue.keep_finished,
	    .keep_ms = c->queue.retention_days * DAY_MS,
	    .events = {room, claimed, lost, forgotten, cancelled, shared, parked, unfit},
	    .ctx = w,
	};
	return queue_open(&o, e);
}

static void close_worker(struct worker *w)
{
	timer_clear(w->loop, &w->tick);
	timer_clear(w->loop, &w->pulse);
	keep_alive_end(w);
	nights_end(w);
	w->leaving = true;
	list_each (l, &w->jobs)
		job_free(container_of(l, struct job, link));
	queue_free(w->queue);
	graph_free(w->graph);
	vault_free(w->vault);
	http_free(w->http);
	loop_free(w->loop);
	config_clear(&w->config);
	free(w);
}

int worker_run(const char *config_path, const char *name)
{
	struct err e = {0};
	struct worker *w = xcalloc(1, sizeof *w);
	w->config_path = config_path;
	if (config_load(&w->config, config_path, &e) < 0)
		die("%s", e.text);
	config_open_log(&w->config);
	list_init(&w->jobs);
	w->loop = loop_new();
	w->http = http_new(w->loop, or_null(w->config.graph.ca_file), CONNECTIONS_MAX);
	w->vault = open_vault(w, &e);
	if (!w->vault)
		die("%s", e.text);
	w->graph = open_graph(w, &e);
	if (!w->graph)
		die("%s", e.text);
	w->queue = open_queue(w, name, &e);
	if (!w->queue)
		die("%s", e.text);
	vault_use(w->vault, queue_redis(w->queue));
	graph_on_park(w->graph, told_to_wait, w);
	loop_on_signal(w->loop, SIGTERM, asked_to_leave, w);
	loop_on_signal(w->loop, SIGINT, asked_to_leave, w);
	loop_on_signal(w->loop, SIGHUP, asked_to_reload, w);
	log_info("worker_started", log_str("worker", name), log_str("version", VERSION),
	    log_str("queue", w->config.queue.name));
	notify("READY=1");
	tick(w);
	pulsate(w);
	keep_alive_begin(w);
	nights_begin(w);
	loop_run(w->loop);
	log_info("worker_stopped", log_str("worker", name));
	close_worker(w);
	return 0;
}
