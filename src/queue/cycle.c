/*
 * cycle - the pump: ends, admissions and the next claims share one call; two are in flight,
 * so that Redis and this process work at the same time. When both are answered at once, what
 * comes of the first goes out before the second is looked at: else they would stay together.
 *
 * Envelopes are read where they lie, at the head of the inbox (or of what a school has waiting
 * outside it), and leave it when they are admitted. So only one reading is out at a time, and
 * it begins behind those that are read.
 */
#include "queue_int.h"

#include <stdlib.h>

#include "log.h"

struct cycle {
	struct queue *queue;
	struct link ends, admissions; /* what this call carried, in order */
	int claims, says;	      /* how many it asks for, how many ends it carries */
	bool asks;		      /* it admits or claims */
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

/* What an envelope weighs nowadays, so that a reading is bounded in bytes as well. */
static void weigh(struct queue *q, size_t length)
{
	q->envelope_bytes = (7 * q->envelope_bytes + length) / 8 + 1;
}

void queue_take_envelope(struct queue *q, const char *text, size_t length)
{
	struct admission *a = xcalloc(1, sizeof *a);
	envelope_read(&a->envelope, text, length);
	if (a->envelope.verdict == ENVELOPE_BAD || a->envelope.verdict == ENVELOPE_JUNK)
		log_warn("bad_envelope", log_str("job", a->envelope.id),
		    log_str("why", a->envelope.why));
	list_push(&q->admissions, &a->link);
	q->read++;
	weigh(q, length);
}

static void free_admissions(struct link *admissions)
{
	for (struct link *l; (l = list_pop(admissions));) {
		struct admission *a = container_of(l, struct admission, link);
		envelope_clear(&a->envelope);
		free(a);
	}
}

/* We have lost our place in the inbox: what was read, or is being read, must be read again. */
void queue_forget_admissions(struct queue *q)
{
	free_admissions(&q->admissions);
	q->read = 0;
	q->place++;
	q->outside[0] = '\0';
	q->maybe_inbox = true;
}

/* Whether we are the one that reads the inbox, and a school whose overflow is to be read. */
void queue_take_intake(struct queue *q, bool intake, const char *refill)
{
	q->intake = intake;
	text_copy(q->refill, sizeof q->refill, intake && refill ? refill : "");
	if (!q->intake && q->read > 0)
		queue_forget_admissions(q);
}

static void peeked(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	q->peeking = false;
	if (q->closing)
		return;
	if (!r || reply_kind(r) != REPLY_LIST) {
		queue_trouble(q, "peek", r, e);
		return;
	}
	if (q->peek_place == q->place) {
		for (size_t i = 0; i < reply_count(r); i++) {
			size_t length;
			const char *text = reply_text(reply_at(r, i), &length);
			queue_take_envelope(q, text, length);
		}
		q->maybe_inbox = q->outside[0] || reply_count(r) > 0;
		if (reply_count(r) == 0)
			q->outside[0] = '\0';
	}
	queue_pump_soon(q);
}

/* A blocking command waits for the inbox, and is not deaf as far as we know: its connection
 * might be dead, and nobody have told us yet. */
static bool sleeper_listens(const struct queue *q)
{
	return q->blocking && q->on_inbox && q->unheard <= 1;
}

/* Also without room: what is admitted can be seen, joined and cancelled, and has its turn
 * whoever runs it. */
static bool may_peek(const struct queue *q)
{
	bool worth_it = q->outside[0] || (q->maybe_inbox && !sleeper_listens(q));
	return q->intake && worth_it && !q->peeking && !q->quiet && !q->full && q->read < PEEKS_MAX;
}

/* What was read of one list is admitted before another is looked at, the inbox first, unless
 * we are told of what comes there. */
static void choose_list(struct queue *q)
{
	if (q->read > 0 || q->peeking)
		return;
	q->outside[0] = '\0';
	if (q->maybe_inbox && !sleeper_listens(q))
		return;
	text_copy(q->outside, sizeof q->outside, q->refill);
	q->refill[0] = '\0';
}

/* After the call that admits what is in front of it. */
static void peek(struct queue *q)
{
	size_t most = PEEK_BYTES / q->envelope_bytes + 1;
	int n = most < PEEKS_MAX ? (int)most : PEEKS_MAX;
	q->peeking = true;
	q->peek_place = q->place;
	struct words w;
	words_init(&w);
	words_add(&w, "LRANGE");
	if (q->outside[0])
		words_addf(&w, "%soverflow:%s", q->prefix, q->outside);
	else
		words_add(&w, q->inbox);
	words_int(&w, q->read);
	words_int(&w, q->read + n - 1);
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, peeked, q);
	words_clear(&w);
}

/* Nothing is to be said of most envelopes but whose they are. */
static bool is_plain(const struct envelope *v)
{
	return v->verdict == ENVELOPE_OK && !v->dry_run && !v->approve_removals &&
	       !v->hold_removals && !v->has_actions && !v->plan[0] && v->at == 0 && !v->body &&
	       !v->register_text && v->priority[0] == 'i';
}

/* "plain" id length school class type requested_by; or verdict (with what makes a job unlike
 * others of its type) and these, and: code priority at body register learners teachers */
static void put_admission(struct words *w, const struct envelope *v)
{
	static const char *const verdicts[] = {
	    [ENVELOPE_OK] = "ok",
	    [ENVELOPE_BAD] = "bad",
	    [ENVELOPE_JUNK] = "junk",
	    [ENVELOPE_WAKE] = "wake",
	};
	bool refused = v->verdict == ENVELOPE_BAD || v->verdict == ENVELOPE_JUNK;
	bool plain = is_plain(v);
	if (plain)
		words_add(w, "plain");
	else
		words_addf(w, "%s%s%s%s%s%s%s", verdicts[v->verdict], v->dry_run ? "+dry_run" : "",
		    v->approve_removals ? "+approve_removals" : "",
		    v->hold_removals ? "+hold_removals" : "", v->has_actions ? "+actions" : "",
		    v->plan[0] ? "+plan:" : "", v->plan);
	words_add(w, v->id);
	words_int(w, v->id_in_disguise ? -(int64_t)v->length : (int64_t)v->length);
	words_add(w, v->school);
	words_add(w, v->class_id);
	words_add(w, v->type);
	words_add(w, v->requested_by);
	if (plain)
		return;
	words_add(w, v->code);
	words_add(w, v->priority);
	words_int(w, v->at);
	words_add(w, refused ? v->why : v->body);
	words_add(w, refused ? v->kept : v->register_text);
	words_int(w, v->learners);
	words_add(w, v->teachers);
}

static bool may_admit(const struct queue *q)
{
	return !q->full && q->read > 0;
}

static void put_admissions(struct queue *q, struct words *w, struct cycle *c)
{
	int n = !may_admit(q) ? 0 : q->read < ADMISSIONS_MAX ? q->read : ADMISSIONS_MAX;
	words_int(w, n);
	words_add(w, q->outside);
	q->read -= n;
	while (n-- > 0) {
		struct admission *a =
		    container_of(list_pop(&q->admissions), struct admission, link);
		put_admission(w, &a->envelope);
		list_push(&c->admissions, &a->link);
	}
}

/* ---- what comes back -------------------------------------------------------------- */

/* The claim of a job that somebody admitted earlier: id attempt rev crashes queued_at body
 * saved rows cancelled_by. */
void queue_take_claim(struct queue *q, const struct reply *r)
{
	size_t length;
	struct claim c = {
	    .id = reply_text(reply_at(r, 0), NULL),
	    .attempt = reply_number(reply_at(r, 1)),
	    .rev = reply_number(reply_at(r, 2)),
	    .crashes = reply_number(reply_at(r, 3)),
	    .queued_at = reply_number(reply_at(r, 4)),
	    .rows = reply_number(reply_at(r, 7)),
	};
	const char *body = reply_text(reply_at(r, 5), &length);
	c.saved = reply_text(reply_at(r, 6), &c.saved_length);
	c.cancelled_by = reply_text(reply_at(r, 8), NULL);
	if (!c.id || !body)
		return;
	c.envelope = json_read(body, length, ENVELOPE_DEPTH_MAX, NULL);
	q->events.claimed(q->ctx, &c);
	json_decref(c.envelope);
}

static void claim_own(struct queue *q, const struct envelope *v, int64_t now_ms)
{
	struct claim c = {
	    .id = v->id,
	    .attempt = 1,
	    .rev = 2,
	    .queued_at = now_ms,
	    .envelope = v->root,
	    .saved = "",
	    .cancelled_by = "",
	};
	q->events.claimed(q->ctx, &c);
}

/* Those of our own admissions that went through to us at once, by their places from 1 on. */
static void take_through(struct cycle *c, const struct reply *through, int64_t now_ms)
{
	int64_t place = 0;
	size_t next = 0;
	list_each (l, &c->admissions) {
		if (reply_number(reply_at(through, next)) != ++place)
			continue;
		next++;
		claim_own(c->queue, &container_of(l, struct admission, link)->envelope, now_ms);
	}
}

/* refused: the places of those that are not ours to say. */
static void settle_ends(struct cycle *c, const struct reply *refused)
{
	int64_t place = 0;
	size_t next = 0;
	list_each (l, &c->ends) {
		bool mine = reply_number(reply_at(refused, next)) != ++place;
		next += !mine;
		saying_settle(container_of(l, struct saying, link), mine, "");
	}
}

static void cycle_free(struct cycle *c)
{
	free_admissions(&c->admissions);
	free(c);
}

/* Not said, or not heard. What was to be admitted lies in the inbox, if it still does. */
static void cycle_failed(struct cycle *c, const struct reply *r, const struct err *e)
{
	struct queue *q = c->queue;
	for (struct link *l; (l = list_pop(&c->ends));)
		list_push(&q->ends_again, l);
	cycle_free(c);
	queue_forget_admissions(q);
	if (r && reply_kind(r) == REPLY_LIST)
		queue_lost(q);
	q->full = r && queue_is_out_of_memory(r);
	if (!q->closing)
		queue_trouble(q, "cycle", r, e);
}

static void cycled(void *ctx, const struct reply *r, const struct err *e)
{
	struct cycle *c = ctx;
	struct queue *q = c->queue;
	q->cycles--;
	q->asking -= c->asks;
	q->saying -= c->says;
	q->claims_asked -= c->claims;
	if (!r || reply_kind(r) != REPLY_LIST || reply_number(reply_at(r, 0)) != 1) {
		cycle_failed(c, r, e);
		return;
	}
	queue_tell_well(q);
	settle_ends(c, reply_at(r, 2));
	take_through(c, reply_at(r, 3), reply_number(reply_at(r, 1)));
	const struct reply *claimed = reply_at(r, 4);
	for (size_t i = 0; i < reply_count(claimed); i++)
		queue_take_claim(q, reply_at(claimed, i));
	q->maybe_ready = reply_number(reply_at(r, 5)) > 0;
	if (reply_number(reply_at(r, 7)) > 0)
		queue_forget_admissions(q);
	queue_take_intake(q, reply_number(reply_at(r, 8)) > 0, reply_text(reply_at(r, 10), NULL));
	q->maybe_inbox = q->maybe_inbox || reply_number(reply_at(r, 9)) > q->read;
	cycle_free(c);
	queue_pump_soon(q);
	if (q->cycles > 0)
		redis_yield(q->redis);
}

/* ---- what goes out ------------------------------------------------------------------ */

static void put_ends(struct queue *q, struct words *w, struct cycle *c)
{
	int n = 0;
	list_each (l, &q->ends) {
		if (n == ENDS_MAX)
			break;
		n++;
	}
	words_int(w, n);
	c->says = n;
	while (n-- > 0) {
		struct saying *s = container_of(list_pop(&q->ends), struct saying, link);
		words_append(w, &s->words);
		list_push(&c->ends, &s->link);
	}
}

/* worker keep keep_ms per_school claim nfinish finish* nadmit outside admission* */
static void send_cycle(struct queue *q, int claims)
{
	struct cycle *c = xcalloc(1, sizeof *c);
	c->queue = q;
	c->claims = claims;
	c->asks = claims || may_admit(q);
	list_init(&c->ends);
	list_init(&c->admissions);
	struct words w;
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, c->asks ? "rollcall1_cycle" : "rollcall1_finish");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	words_int(&w, q->keep_finished);
	words_int(&w, q->keep_ms);
	words_int(&w, q->per_school);
	words_int(&w, claims);
	put_ends(q, &w, c);
	put_admissions(q, &w, c);
	q->cycles++;
	q->asking += c->asks;
	q->saying += c->says;
	q->claims_asked += claims;
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, cycled, c);
	loop_expect(q->loop);
	words_clear(&w);
}

static int room_left(struct queue *q)
{
	int room = q->quiet || q->full ? 0 : q->events.room(q->ctx) - q->claims_asked;
	return room < 0 ? 0 : room > CLAIMS_MAX ? CLAIMS_MAX : room;
}

/* Nothing is being admitted, claimed or read. One end may be on its way: a worker that is about
 * to be idle sleeps while it travels, so that the next push finds it asleep. When there are more
 * it is busy, and their answer tells what came meanwhile: that costs Redis less than to wake
 * us for each. */
static bool is_idle(const struct queue *q)
{
	return q->asking == 0 && q->saying <= 1 && !q->peeking && q->read == 0;
}

static void pump(void *ctx)
{
	struct queue *q = ctx;
	q->pump_due = false;
	if (!q->entered || q->recovering || q->closing || q->leaving || !redis_is_up(q->redis))
		return;
	while (q->cycles < CYCLES_MAX) {
		bool say = !list_empty(&q->ends) || may_admit(q);
		int claims = q->maybe_ready || may_admit(q) ? room_left(q) : 0;
		if (!say && claims == 0)
			break;
		send_cycle(q, claims);
		if (q->cycles > 1 && list_empty(&q->ends) && !may_admit(q))
			break;
	}
	choose_list(q);
	if (may_peek(q))
		peek(q);
	if (is_idle(q) && (q->intake || room_left(q) > 0))
		queue_wait_for_work(q);
}
