/*
 * job_find - whose is it? The record says which class a job is of, and where there is none yet,
 * what was pushed does; the class says whose it is. What is not the asker's is as unknown as
 * what does not exist.
 */
#include "job_find.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "classes.h"
#include "inbox.h"
#include "job_record.h"
#include "live.h"

bool job_is_id(const char *text)
{
	size_t n =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	return n >= 1 && n <= JOB_ID_MAX && text[n] == '\0';
}

void job_answer_unknown(struct visit *v, const char *job)
{
	answer_problem(v, 404, "not_found",
	    "There is no job %.64s, or its record has expired (rollcall keeps them for some days).",
	    job);
}

/* v->more of whoever looks for a job; it owns nothing. */
struct finding {
	job_found_fn go;
	char job[JOB_ID_MAX + 1];
	bool in_inbox; /* that is where it is looked for now */
};

static void permitted(struct visit *v)
{
	const struct finding *f = v->more;
	f->go(v, f->job);
}

static void refused(struct visit *v)
{
	const struct finding *f = v->more;
	job_answer_unknown(v, f->job);
}

/* In the console an administrator sees to the jobs of the whole school, and whoever asked for
 * one to that one. */
static bool is_for_console(const struct visit *v, const json_t *record)
{
	return v->route->may & (MAY_MANAGE | MAY_TEACH) &&
	       strcmp(v->who.school, record_text(record, "school")) == 0 &&
	       (v->who.may & MAY_MANAGE ||
		   strcmp(v->who.id, record_text(record, "requested_by")) == 0);
}

static void check_whose(struct visit *v, const json_t *record)
{
	if (is_for_console(v, record))
		permitted(v);
	else
		class_permit_or(v, record_text(record, "school"), record_text(record, "class"),
		    permitted, refused);
}

static void found(void *ctx, const json_t *record, const struct err *e)
{
	struct visit *v = ctx;
	struct finding *f = v->more;
	if (e) {
		answer_unreachable(v, e);
	} else if (record) {
		check_whose(v, record);
	} else if (!f->in_inbox) {
		f->in_inbox = true;
		inbox_look(v->web, f->job, found, v);
	} else {
		job_answer_unknown(v, f->job);
	}
}

void job_find(struct visit *v, const char *job, job_found_fn go)
{
	if (!job_is_id(job)) {
		job_answer_unknown(v, job);
		return;
	}
	struct finding *f = v->more = xcalloc(1, sizeof *f);
	f->go = go;
	text_copy(f->job, sizeof f->job, job);
	const json_t *record = live_peek(v->web->live, job);
	if (record)
		check_whose(v, record);
	else
		live_get(v->web->live, job, found, v);
}
