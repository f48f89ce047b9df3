/* metrics - figures for Prometheus in its text form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "round.h"

enum { GOOD_RUN_MS = 26 * 3600000 };

struct metrics {
	struct visit *visit;
	struct buf text;
};

static void add(struct metrics *m, const char *name, const char *type, const char *help)
{
	buf_addf(
	    &m->text, "# HELP rollcall_%s %s\n# TYPE rollcall_%s %s\n", name, help, name, type);
}

static void add_value(struct metrics *m, const char *name, int64_t value)
{
	buf_addf(&m->text, "rollcall_%s %lld\n", name, (long long)value);
}

static void take_counts(void *about, const struct reply *r)
{
	static const char *const places[] = {"queued", "waiting", "running", "dead"};
	static const char *const ends[] = {"done", "failed", "cancelled"};
	struct metrics *m = about;
	add(m, "jobs", "gauge", "Jobs by where they are now.");
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		buf_addf(&m->text, "rollcall_jobs{state=\"%s\"} %lld\n", places[i],
		    (long long)reply_number(reply_field(r, places[i])));
	add(m, "jobs_ended_total", "counter", "Jobs that have ended, by how.");
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		buf_addf(&m->text, "rollcall_jobs_ended_total{state=\"%s\"} %lld\n", ends[i],
		    (long long)reply_number(reply_field(r, ends[i])));
}

static void take_inbox(void *about, const struct reply *r)
{
	add(about, "inbox", "gauge", "Envelopes that no worker has admitted yet.");
	add_value(about, "inbox", reply_number(r));
}

static void take_bad(void *about, const struct reply *r)
{
	add(about, "bad_envelopes", "gauge", "Envelopes kept because they could not be used.");
	add_value(about, "bad_envelopes", reply_number(r));
}

static void take_workers(void *about, const struct reply *r)
{
	add(about, "workers", "gauge", "Worker processes that hold a lease.");
	add_value(about, "workers", reply_number(r));
}

static void take_ready(void *about, const struct reply *r)
{
	add(about, "schools_ready", "gauge", "Schools with work ready and room to run it.");
	add_value(about, "schools_ready", reply_number(r));
}

static void take_due(void *about, const struct reply *r)
{
	add(about, "jobs_due_later", "gauge", "Jobs that wait for their time.");
	add_value(about, "jobs_due_later", reply_number(r));
}

static void take_relink(void *about, const struct reply *r)
{
	add(about, "connections_to_relink", "gauge",
	    "Teachers whose Microsoft account has to be "
	    "linked again.");
	add_value(about, "connections_to_relink", reply_number(r));
}

static void take_nights(void *about, const struct reply *r)
{
	add(about, "schools_with_nights", "gauge", "Schools that are synced each night.");
	add_value(about, "schools_with_nights", reply_number(r));
}

static void take_late_nights(void *about, const struct reply *r)
{
	add(about, "schools_without_good_run", "gauge",
	    "Schools that are synced each night and had no good run for 26 hours.");
	add_value(about, "schools_without_good_run", reply_number(r));
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct metrics *m = ctx;
	(void)r;
	if (e) {
		answer_unreachable(m->visit, e);
	} else {
		exchange_set_header(m->visit->x, "Cache-Control", "no-store");
		answer_text(m->visit, 200, "text/plain; version=0.0.4; charset=utf-8", m->text.data,
		    m->text.length);
	}
	buf_clear(&m->text);
	free(m);
	return false;
}

/* Whoever stands on this host may look; from elsewhere it takes a key. */
static bool may_look(const struct visit *v)
{
	const char *peer = exchange_peer(v->x);
	bool is_local = (strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0) &&
			!exchange_header(v->x, "X-Forwarded-For");
	return is_local || (v->who.may & MAY_READ);
}

void serve_metrics(struct visit *v)
{
	if (!may_look(v)) {
		answer_problem(v, 403, "not_allowed",
		    "Figures are for this host, or for a key with the scope read.");
		return;
	}
	char late[32];
	struct metrics *m = xcalloc(1, sizeof *m);
	struct round *r = round_new(v->web, looked, m);
	m->visit = v;
	buf_init(&m->text, 0);
	ROUND_ASK(r, take_counts, m, "HGETALL", "counts");
	ROUND_ASK(r, take_inbox, m, "LLEN", "inbox");
	ROUND_ASK(r, take_bad, m, "LLEN", "bad");
	ROUND_ASK(r, take_workers, m, "ZCARD", "workers");
	ROUND_ASK(r, take_ready, m, "ZCARD", "ring");
	ROUND_ASK(r, take_due, m, "ZCARD", "due");
	ROUND_ASK(r, take_relink, m, "ZCARD", "connections:relink");
	(void)snprintf(late, sizeof late, "(%lld", (long long)(clock_wall_ms() - GOOD_RUN_MS));
	ROUND_ASK(r, take_nights, m, "ZCARD", "nights");
	ROUND_ASK(r, take_late_nights, m, "ZCOUNT", "nights", "-inf", late);
	round_go(r);
}
