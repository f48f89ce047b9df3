/*
 * cycle - the pump: ends, admissions, the next claims and the next envelopes share one
 * call; two are in flight, so that Redis and this process work at the same time.
 */
#include "queue_int.h"

#include <stdlib.h>

#include "clock.h"
#include "log.h"

struct cycle {
	struct queue *queue;
	struct link ends; /* what this call carried, in order */
	int claims, takes;
};

static void pump(void *ctx);

void queue_pump_soon(struct queue *q)
{
	if (q->pump_due || q->closing)
		return;
	q->pump_due = true;
	loop_defer(q->loop, pump, q);
}

/* ---- envelopes ------------------------------------------------------------------ */

void queue_take_envelope(struct queue *q, const char *text, size_t length)
{
	struct admission *a = xcalloc(1, sizeof *a);
	envelope_read(&a->envelope, text, length);
	if (a->envelope.verdict == ENVELOPE_BAD || a->envelope.verdict == ENVELOPE_JUNK)
		log_warn("bad_envelope", log_str("job", a->envelope.id),
		    log_str("why", a->envelope.why));
	list_push(&q->admissions, &a->link);
}

static void admission_free(struct admission *a)
{
	list_drop(&a->link);
	envelope_clear(&a->envelope);
	free(a);
}

void queue_forget_admissions(struct queue *q)
{
	for (struct link *l; (l = list_pop(&q->admissions));)
		admission_free(container_of(l, struct admission, link));
}

/* verdict code id type school class requested_by priority at body register length learners;
 * what makes a job unlike others of its type stands behind the verdict */
static void put_admission(struct words *w, const struct envelope *v)
{
	static const char *const verdicts[] = {
	    [ENVELOPE_OK] = "ok",
	    [ENVELOPE_BAD] = "bad",
	    [ENVELOPE_JUNK] = "junk",
	    [ENVELOPE_WAKE] = "wake",
	};
	bool refused = v->verdict == ENVELOPE_BAD || v->verdict == ENVELOPE_JUNK;
	words_addf(w, "%s%s%s", verdicts[v->verdict], v->dry_run ? "+dry_run" : "",
	    v->approve_removals ? "+approve_removals" : "");
	words_add(w, v->code);
	words_add(w, v->id);
	words_add(w, v->type);
	words_add(w, v->school);
	words_add(w, v->class_id);
	words_add(w, v->requested_by);
	words_add(w, v->priority);
	words_int(w, v->at);
	words_add(w, refused ? v->why : v->body);
	words_add(w, refused ? v->kept : v->register_text);
	words_int(w, (int64_t)v->length);
	words_int(w, v->learners);
}

static bool may_admit(const struct queue *q)
{
	return !q->full && !list_empty(&q->admissions);
}

static void put_admissions(struct queue *q, struct words *w)
{
	struct words part;
	words_init(&part);
	int n = 0;
	while (n < ADMISSIONS_MAX && may_admit(q)) {
		struct admission *a = container_of(q->admissions.next, struct admission, link);
		put_admission(&part, &a->envelope);
		admission_free(a);
		n++;
	}
	words_int(w, n);
	words_append(w, &part);
	words_clear(&part);
}

/* ---- what comes back -------------------------------------------------------------- */

void queue_take_claim(struct queue *q, const struct reply *r)
{
	struct claim c = {
	    .id = reply_text(reply_at(r, 0), NULL),
	    .attempt = reply_number(reply_at(r, 1)),
	    .rev = reply_number(reply_at(r, 2)),
	    .crashes = reply_number(reply_at(r, 3)),
	    .queued_at = reply_number(reply_at(r, 4)),
	    .rows = reply_number(reply_at(r, 7)),
	};
	c.body = reply_text(reply_at(r, 5), &c.body_length);
	c.saved = reply_text(reply_at(r, 6), &c.saved_length);
	c.cancelled_by = reply_text(reply_at(r, 8), NULL);
	if (!c.id || !c.body)
		return;
	q->events.claimed(q->ctx, &c);
}

static void settle_ends(struct cycle *c, const struct reply *finished)
{
	size_t i = 0;
	list_each (l, &c->ends) {
		struct saying *s = container_of(l, struct saying, link);
		saying_settle(s, reply_number(reply_at(finished, i++)) == 1, "");
	}
}

static void cycled(void *ctx, const struct reply *r, const struct err *e)
{
	struct cycle *c = ctx;
	struct queue *q = c->queue;
	q->cycles--;
	q->claims_asked -= c->claims;
	if (!r || reply_kind(r) != REPLY_LIST || reply_number(reply_at(r, 0)) != 1) {
		for (struct link *l; (l = list_pop(&c->ends));)
			list_push(&q->ends_again, l);
		if (r && reply_kind(r) == REPLY_LIST)
			queue_lost(q);
		q->full = r && queue_is_out_of_memory(r);
		if (!q->closing)
			queue_trouble(q, "cycle", r, e);
		free(c);
		return;
	}
	q->last_success_ms = clock_mono_ms();
	settle_ends(c, reply_at(r, 2));
	const struct reply *taken = reply_at(r, 3), *claimed = reply_at(r, 4);
	for (size_t i = 0; i < reply_count(taken); i++) {
		size_t length;
		const char *text = reply_text(reply_at(taken, i), &length);
		queue_take_envelope(q, text, length);
	}
	if (c->takes > 0)
		q->maybe_inbox = reply_count(taken) > 0;
	for (size_t i = 0; i < reply_count(claimed); i++)
		queue_take_claim(q, reply_at(claimed, i));
	q->maybe_ready = reply_number(reply_at(r, 5)) > 0;
	q->intake = reply_number(reply_at(r, 8)) > 0;
	if (reply_number(reply_at(r, 7)) > 0)
		queue_come_up(q);
	free(c);
	queue_pump_soon(q);
}

/* ---- what goes out ------------------------------------------------------------------ */

static void put_ends(struct queue *q, struct words *w, struct cycle *c)
{
	int n = 0;
	struct words part;
	words_init(&part);
	while (n < ENDS_MAX && !list_empty(&q->ends)) {
		struct saying *s = container_of(list_pop(&q->ends), struct saying, link);
		words_append(&part, &s->words);
		list_push(&c->ends, &s->link);
		n++;
	}
	words_int(w, n);
	words_append(w, &part);
	words_clear(&part);
}

/* worker keep keep_ms per_school take claim nadmit admission* nfinish finish* */
static void send_cycle(struct queue *q, int claims, int takes)
{
	struct cycle *c = xcalloc(1, sizeof *c);
	c->queue = q;
	c->claims = claims;
	c->takes = takes;
	list_init(&c->ends);
	struct words w;
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, claims || takes || may_admit(q) ? "rollcall1_cycle" : "rollcall1_finish");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	words_int(&w, q->keep_finished);
	words_int(&w, q->keep_ms);
	words_int(&w, q->per_school);
	words_int(&w, takes);
	words_int(&w, claims);
	put_admissions(q, &w);
	put_ends(q, &w, c);
	q->cycles++;
	q->claims_asked += claims;
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, cycled, c);
	words_clear(&w);
}

static int room_left(struct queue *q)
{
	int room = q->quiet || q->full ? 0 : q->events.room(q->ctx) - q->claims_asked;
	return room < 0 ? 0 : room > CLAIMS_MAX ? CLAIMS_MAX : room;
}

/* Also without room: what is admitted can be seen, joined and cancelled, and has its turn
 * whoever runs it. Beside a blocking move only where that one must be deaf: its connection
 * is dead, and nobody has told us yet. */
static bool may_take(const struct queue *q)
{
	bool moving = q->blocking && q->on_inbox && q->unheard <= 1;
	return !moving && !q->quiet && !q->full;
}

static void pump(void *ctx)
{
	struct queue *q = ctx;
	q->pump_due = false;
	if (!q->entered || q->recovering || q->closing || q->leaving || !redis_is_up(q->redis))
		return;
	while (q->cycles < CYCLES_MAX) {
		bool say = !list_empty(&q->ends) || may_admit(q);
		int room = room_left(q);
		int claims = q->maybe_ready || may_admit(q) ? room : 0;
		int takes = may_take(q) ? TAKES_MAX : 0;
		if (!say && claims == 0 && (takes == 0 || !q->maybe_inbox))
			break;
		send_cycle(q, claims, takes);
		if (q->cycles > 1 && list_empty(&q->ends) && !may_admit(q))
			break;
	}
	if (q->cycles == 0 && !q->maybe_inbox && room_left(q) > 0)
		queue_wait_for_work(q);
}
