/*
 * lease - entering the queue, the heartbeat, and coming back after Redis was away.
 *
 *	connection up -> library -> beat (enter, or: are we still known?)
 *	    known -> drop the jobs that Redis has lost, recall those whose claim reply was lost
 *	    not   -> everything is lost; enter anew under a new generation
 *
 * Nothing else is said before that is through, so what was in flight when the
 * connection broke is said again after Redis has told what became of it.
 */
#include "queue_int.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "redis_fitness.h"

static void beat_now(void *ctx);

static void next_generation(struct queue *q)
{
	q->generation++;
	(void)!snprintf(q->worker, sizeof q->worker, "%s.%u", q->base, q->generation);
}

/* The queue does not know us (any more): our jobs are somebody else's. */
void queue_lost(struct queue *q)
{
	bool had = q->entered;
	q->entered = q->intake = false;
	queue_forget_admissions(q);
	queue_sayings_lost(q);
	map_clear(&q->running);
	if (had) {
		log_warn("lease_lost", log_str("worker", q->worker));
		next_generation(q);
		q->events.lost(q->ctx);
	}
}

bool queue_is_out_of_memory(const struct reply *r)
{
	return reply_kind(r) == REPLY_ERROR && strncmp(reply_text(r, NULL), "OOM ", 4) == 0;
}

static void try_again(void *ctx)
{
	struct queue *q = ctx;
	q->recovering = false;
	queue_come_up(q);
}

static void look_again(struct queue *q, const char *where, const char *why)
{
	timer_set(q->loop, &q->retry, queue_tell_refused(q, where, why), try_again, q);
}

/* No answer: the connection is gone and recovery starts with the next one. A refusal
 * (out of memory, read only, the library gone): look again in a moment. */
void queue_trouble(struct queue *q, const char *where, const struct reply *r, const struct err *e)
{
	if (q->closing || q->recovering)
		return;
	if (!r) {
		log_debug("redis_failed", log_str("call", where), log_str("error", e->text));
		queue_come_up(q);
		return;
	}
	q->recovering = true;
	look_again(q, where, reply_kind(r) == REPLY_ERROR ? reply_text(r, NULL) : "odd reply");
}

static void recovery_failed(
    struct queue *q, const char *where, const struct reply *r, const struct err *e)
{
	if (q->closing)
		return;
	if (r || redis_is_up(q->redis))
		look_again(q, where, e ? e->text : reply_text(r, NULL));
	else
		q->recovering = false;
}

/* Often enough for a short lease to outlast a beat that is late. */
static int64_t beat_every_ms(const struct queue *q)
{
	return q->lease_ms / 4 < BEAT_EVERY_MS ? q->lease_ms / 4 : BEAT_EVERY_MS;
}

/* What counts is when the beat went out: its answer may have lain there while this process was
 * stopped for longer than its lease. Nothing but a beat renews that. */
static void renewed(struct queue *q)
{
	q->renewed_ms = q->beat_sent_ms;
}

static void recovered(struct queue *q)
{
	q->recovering = false;
	q->entered = true;
	q->maybe_ready = q->maybe_inbox = true;
	q->unheard = 0;
	if (q->blocking) { /* what took this connection may have taken the sleeper's */
		q->unheard = 2;
		redis_redial(q->wake);
	}
	renewed(q);
	queue_ends_again(q);
	queue_send_touches(q);
	queue_pump_soon(q);
	timer_set(q->loop, &q->beat, beat_every_ms(q), beat_now, q);
	queue_look_for_cancels(q);
}

static void recalled(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	if (!r || reply_kind(r) != REPLY_LIST) {
		recovery_failed(q, "recall", r, e);
		return;
	}
	for (size_t i = 0; i < reply_count(r); i++)
		queue_take_claim(q, reply_at(r, i));
	recovered(q);
}

/* With its last second Redis may have lost that a job was given to us. To it the job is free:
 * were we to get it again, it would run here twice under one number of attempt. */
static void drop_forgotten(struct queue *q, const struct reply *held)
{
	struct map known;
	size_t at = 0;
	const char *id;
	void *ticket;

	map_init(&known);
	for (size_t i = 0; i < reply_count(held); i++)
		if ((id = reply_text(reply_at(held, i), NULL)))
			map_set(&known, id, q);
	while (map_next(&q->running, &at, &id, &ticket))
		if (!map_get(&known, id)) {
			map_drop(&q->running, id);
			q->events.forgotten(q->ctx, ticket);
		}
	map_clear(&known);
}

static void held_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	if (!r || reply_kind(r) != REPLY_LIST) {
		recovery_failed(q, "held", r, e);
		return;
	}
	drop_forgotten(q, r);
	struct words w;
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, "rollcall1_recall");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id && !map_get(&q->running, id) && !queue_is_ending(q, id))
			words_add(&w, id);
	}
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, recalled, q);
	words_clear(&w);
}

static void send_beat(struct queue *q, bool first, redis_fn fn)
{
	struct words w;
	q->beat_sent_ms = clock_mono_ms();
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, "rollcall1_beat");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	words_int(&w, q->lease_ms);
	words_int(&w, q->keep_finished);
	words_int(&w, q->keep_ms);
	words_int(&w, first ? 1 : q->beaten_at);
	words_add(&w, "host");
	words_add(&w, q->host);
	words_add(&w, "version");
	words_add(&w, q->version);
	words_add(&w, "running");
	words_int(&w, (int64_t)q->running.count);
	if (q->quiet) {
		words_add(&w, "leaving");
		words_add(&w, "1");
	}
	redis_send(q->redis, &w, BEAT_TIMEOUT_MS, fn, q);
	words_clear(&w);
}

/* What every beat tells, also the one that enters. */
static void beat_heard(struct queue *q, const struct reply *r)
{
	q->beaten_at = reply_number(reply_at(r, 1));
	queue_hear_parks(q, reply_at(r, 9));
	queue_fire_schedules(q, reply_at(r, 10), q->beaten_at);
	q->replaced = reply_number(reply_at(r, 11)) > 0;
}

static void entry_beaten(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	if (!r || reply_kind(r) != REPLY_LIST) {
		recovery_failed(q, "beat", r, e);
		return;
	}
	if (reply_number(reply_at(r, 0)) != 1) {
		queue_lost(q);
		send_beat(q, true, entry_beaten);
		return;
	}
	queue_forget_admissions(q);
	beat_heard(q, r);
	queue_take_intake(q, reply_number(reply_at(r, 7)) > 0, reply_text(reply_at(r, 8), NULL));
	redis_sendf(
	    q->redis, CALL_TIMEOUT_MS, held_read, q, "HKEYS %srunning:%s", q->prefix, q->worker);
}

static void library_there(void *ctx, const struct err *e)
{
	struct queue *q = ctx;
	if (e) {
		recovery_failed(q, "library", NULL, e);
		return;
	}
	if (q->generation == 0)
		next_generation(q);
	send_beat(q, !q->entered, entry_beaten);
}

/* What Redis is not fit for is said at the start, with the remedy; INFO may be forbidden to
 * us, and then the operator has `rollcall doctor`. */
static void info_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	struct fitness_finding f[FITNESS_FINDINGS] = {0};
	if (!r) {
		recovery_failed(q, "info", r, e);
		return;
	}
	q->judged = true;
	if (reply_kind(r) == REPLY_TEXT)
		redis_fitness(reply_text(r, NULL), f);
	for (int i = 0; reply_kind(r) == REPLY_TEXT && i < FITNESS_FINDINGS; i++) {
		if (f[i].fitness == UNFIT && q->events.unfit)
			q->events.unfit(q->ctx, f[i].text, f[i].remedy);
		if (f[i].fitness != FIT)
			log_warn("redis_not_fit", log_str("what", f[i].what),
			    log_str("why", f[i].text), log_str("remedy", f[i].remedy));
	}
	queue_load(q->redis, library_there, q);
}

/* Called when a connection came up or something went wrong on one: harmless twice. */
void queue_come_up(struct queue *q)
{
	if (q->recovering || q->closing || q->leaving || !redis_is_up(q->redis))
		return;
	q->recovering = true;
	if (q->judged)
		queue_load(q->redis, library_there, q);
	else
		redis_sendf(q->redis, CALL_TIMEOUT_MS, info_read, q, "INFO");
}

void queue_come_up_anew(struct queue *q)
{
	if (timer_is_set(&q->retry)) {
		timer_clear(q->loop, &q->retry);
		q->recovering = false;
	}
	queue_come_up(q);
}

/* ---- the heartbeat ----------------------------------------------------------- */

/* An envelope lies there and the sleeper has not told: it may be about to. If it still has
 * not at the next beat, which then comes soon, it is deaf: its connection died without a
 * word, and we read the inbox ourselves until it has a new one. */
static void heed_the_sleeper(struct queue *q, int64_t envelopes)
{
	bool lying = q->intake && envelopes > 0;
	q->unheard = lying && q->blocking && q->on_inbox ? q->unheard + 1 : 0;
	if (lying)
		q->maybe_inbox = true;
	if (q->unheard == 1)
		timer_set(q->loop, &q->beat, UNHEARD_MS, beat_now, q);
	else if (q->unheard > 1)
		redis_redial(q->wake);
}

static void beaten(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	q->beating = false;
	if (q->closing)
		return;
	if (!r || reply_kind(r) != REPLY_LIST) {
		queue_trouble(q, "beat", r, e);
		return;
	}
	if (reply_number(reply_at(r, 0)) != 1) {
		queue_lost(q);
		queue_come_up(q);
		return;
	}
	renewed(q);
	queue_tell_well(q);
	beat_heard(q, r);
	q->full = false;
	if (reply_number(reply_at(r, 2)) > 0)
		q->maybe_ready = true;
	queue_take_intake(q, reply_number(reply_at(r, 7)) > 0, reply_text(reply_at(r, 8), NULL));
	heed_the_sleeper(q, reply_number(reply_at(r, 3)));
	q->events.shared(q->ctx, (int)reply_number(reply_at(r, 5)));
	if (reply_number(reply_at(r, 6)) > 0)
		timer_set(q->loop, &q->beat, 0, beat_now, q);
	queue_pump_soon(q);
}

static void beat_now(void *ctx)
{
	struct queue *q = ctx;
	timer_set(q->loop, &q->beat, beat_every_ms(q), beat_now, q);
	if (!q->entered || q->recovering || q->beating || !redis_is_up(q->redis))
		return;
	q->beating = true;
	send_beat(q, false, beaten);
}
