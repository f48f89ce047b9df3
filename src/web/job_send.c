/*
 * job_send - an envelope that somebody asks for over HTTP: checked with the worker's own eyes,
 * pushed, and answered with the record that admission makes of it.
 *
 * The same id again is the same job. Without one a repeated request makes a job that joins
 * the first while that lives: neither makes a second Team.
 */
#include "job_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "inbox.h"
#include "job_id.h"
#include "job_record.h"
#include "job_view.h"
#include "live.h"

enum { ADMISSION_MS = 1000 };

struct pushing {
	struct visit *visit;
	struct envelope envelope;
};

/* Where the job is to be found by whoever asked. */
static const char *places_of(const struct visit *v)
{
	return v->route->may & (MAY_MANAGE | MAY_TEACH) ? "/v1/console/jobs" : "/v1/jobs";
}

static void pushing_free(struct pushing *p)
{
	envelope_clear(&p->envelope);
	free(p);
}

static void answer_unsure(struct visit *v, const char *id, const struct err *e)
{
	if (e->code == ERR_REFUSED)
		answer_unreachable(v, e);
	else
		answer_doubt(v,
		    "The queue's store did not confirm that it has the job (%s). Send it again "
		    "with the id \"%s\": that is harmless if it has it already.",
		    err_name(e->code), id);
}

/* An id that is taken by a job of another school is not to be told about. */
static bool is_others(const struct visit *v, const json_t *record)
{
	return v->who.school && strcmp(v->who.school, record_text(record, "school")) != 0;
}

static void admitted(void *ctx, const json_t *record, const struct err *e)
{
	struct pushing *p = ctx;
	struct visit *v = p->visit;
	char location[96];
	(void)!snprintf(location, sizeof location, "%s/%s", places_of(v), p->envelope.id);
	if (e) {
		exchange_set_header(v->x, "Location", location);
		answer_unread(v, e);
	} else if (record && is_others(v, record)) {
		answer_problem(v, 422, "id_taken",
		    "id = \"%s\" belongs to another job already: choose another one, or leave it "
		    "out.",
		    p->envelope.id);
	} else {
		if (record)
			inbox_forget(v->web, p->envelope.id);
		exchange_set_header(v->x, "Location", location);
		job_answer(v, p->envelope.id, (struct job_ask){.status = 202});
	}
	pushing_free(p);
}

static void pushed(void *ctx, bool is_soon, const struct err *e)
{
	struct pushing *p = ctx;
	struct visit *v = p->visit;
	if (e) {
		answer_unsure(v, p->envelope.id, e);
		pushing_free(p);
		return;
	}
	if (v->who.kind == WHO_STAFF)
		audit_act(v, p->envelope.type, p->envelope.class_id);
	(void)live_wait(v->web->live, p->envelope.id, 0, is_soon ? ADMISSION_MS : 0, admitted, p);
}

static void refuse(struct visit *v, const struct envelope *seen)
{
	int status = seen->length > ENVELOPE_BYTES_MAX ? 413 : 422;
	answer_problem(v, status, seen->code, "%s", seen->why);
}

static void add_id(json_t *envelope)
{
	char id[JOB_ID_LENGTH + 1];
	job_id_new(id);
	json_object_set_new(envelope, "id", json_string(id));
}

void job_send(struct visit *v, json_t *envelope)
{
	struct pushing *p = xcalloc(1, sizeof *p);
	if (!json_object_get(envelope, "id"))
		add_id(envelope);
	char *text = json_write(envelope);
	p->visit = v;
	json_decref(envelope);
	envelope_read(&p->envelope, text, strlen(text));
	if (p->envelope.verdict == ENVELOPE_OK) {
		inbox_push(v->web, &p->envelope, text, pushed, p);
	} else {
		refuse(v, &p->envelope);
		pushing_free(p);
	}
	free(text);
}
