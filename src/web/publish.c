/*
 * publish - PUT of a class: what the portal's register says of it now. It is a register job
 * like any that a portal pushes, and the answer waits for what becomes of it, so that whoever
 * gets the class back sees what they put.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "classes.h"
#include "clock.h"
#include "inbox.h"
#include "job_id.h"
#include "job_record.h"

/* A worker that starts at this moment may be there before the short wait is over. */
enum { WAIT_MS = 10000, WAIT_FOR_A_WORKER_MS = 2000 };

struct publishing {
	char job[JOB_ID_LENGTH + 1];
	int64_t until_ms; /* clock_mono_ms */
};

/* ---- the envelope ------------------------------------------------------------------------ */

/* The class goes by the id in the path; "active" is an option of the envelope. */
static json_t *envelope_of(struct visit *v, const char *job, json_t *class)
{
	json_t *active = json_object_get(class, "active");
	json_t *options = json_object();
	if (active)
		json_object_set(options, "active", active);
	json_object_del(class, "active");
	json_object_set_new(class, "id", json_string(v->place[1]));
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:O, s:o}", "v", 1, "id", job, "type",
	    "register", "school", v->place[0], "requested_by", v->who.id, "class", class, "options",
	    options);
}

static bool same_id(struct visit *v, const json_t *class)
{
	const char *id = json_text_or(class, "id", v->place[1]);
	if (strcmp(id, v->place[1]) == 0)
		return true;
	answer_problem(v, 422, "bad_envelope",
	    "The class in the body has the id %.100s, the one in the path %.100s.", id,
	    v->place[1]);
	return false;
}

/* ---- what became of it --------------------------------------------------------------------- */

static void class_looked(void *ctx, struct class_look *at, size_t count, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unread(v, e);
	else
		answer_json(v, 200, class_json(&at[0]));
	for (size_t i = 0; i < count; i++)
		class_look_clear(&at[i]);
}

/* It is kept, and will be stored: only nobody is there to do it now. */
static void answer_later(struct visit *v)
{
	const struct publishing *p = v->more;
	char *where = xasprintf("/v1/jobs/%s", p->job);
	exchange_set_header(v->x, "Location", where);
	answer_json(v, 202, json_pack("{s:s, s:s}", "id", p->job, "state", "queued"));
	free(where);
}

static void moved(void *ctx, const json_t *record, const struct err *e)
{
	struct visit *v = ctx;
	const struct publishing *p = v->more;
	int64_t left_ms = p->until_ms - clock_mono_ms();
	if (e)
		answer_unread(v, e);
	else if (record && record_is(record, "failed"))
		answer_problem(
		    v, 422, record_text(record, "error_code"), "%s", record_text(record, "error"));
	else if (record && record_has_ended(record))
		class_look(v->web, v->place[0], (const char *const[]){v->place[1]}, 1, false,
		    class_looked, v);
	else if (left_ms <= 0 || v->web->leaving)
		answer_later(v);
	else
		live_wait(v->web->live, p->job, json_int(record, "rev", 0), left_ms, moved, v);
}

static void pushed(void *ctx, bool is_soon, const struct err *e)
{
	struct visit *v = ctx;
	struct publishing *p = v->more;
	if (e) {
		answer_unconfirmed(v, e);
		return;
	}
	int64_t wait_ms = is_soon ? WAIT_MS : WAIT_FOR_A_WORKER_MS;
	p->until_ms = clock_mono_ms() + wait_ms;
	live_wait(v->web->live, p->job, 0, wait_ms, moved, v);
}

static void publish(struct visit *v, json_t *class)
{
	struct publishing *p = v->more = xcalloc(1, sizeof *p);
	job_id_new(p->job);
	json_t *envelope = envelope_of(v, p->job, class);
	char *text = json_write(envelope);
	struct envelope read;
	envelope_read(&read, text, strlen(text));
	if (read.verdict == ENVELOPE_OK)
		inbox_push(v->web, &read, text, pushed, v);
	else
		answer_problem(v, 422, read.code ? read.code : "bad_envelope", "%s", read.why);
	envelope_clear(&read);
	json_decref(envelope);
	free(text);
}

void serve_class_put(struct visit *v)
{
	if (v->who.school && strcmp(v->who.school, v->place[0]) != 0) {
		audit_refusal(v, "school_not_theirs", v->place[0]);
		answer_problem(v, 403, "not_your_school",
		    "This key is for the school %.100s, not for %.100s.", v->who.school,
		    v->place[0]);
		return;
	}
	json_t *class = visit_body(v, ENVELOPE_DEPTH_MAX - 1);
	if (class && same_id(v, class))
		publish(v, class);
	json_decref(class);
}
