/*
 * job_new - POST /v1/jobs.
 *
 * A program sends an envelope as it would push one; its id may be left out, and so may v, which
 * the path says. Staff say what is
 * to be done with which class: everything else, and whom it is for, is theirs and not to be
 * said by them. Their envelope carries no learners, so the register decides who is in the class.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "classes.h"
#include "envelope.h"
#include "job_send.h"

enum { TYPE_ROOM = 32, CLASS_ROOM = 256 };

/* ---- programs ------------------------------------------------------------------------------- */

static void program_asks(struct visit *v, json_t *body)
{
	const char *school = json_text_or(body, "school", "");
	if (v->who.school && *school && strcmp(v->who.school, school) != 0) {
		answer_problem(v, 403, "not_your_school",
		    "This key is for the school %.100s, not for %.100s.", v->who.school, school);
		return;
	}
	if (!json_object_get(body, "v"))
		json_object_set_new(body, "v", json_integer(1));
	job_send(v, json_incref(body));
}

/* ---- staff ------------------------------------------------------------------------------------ */

/* v->more: what a member of staff asks for; it owns nothing. */
struct wanted {
	char type[TYPE_ROOM], class_id[CLASS_ROOM];
	bool approve_removals, dry_run;
};

static bool read_options(struct visit *v, json_t *options, struct wanted *w)
{
	const char *key;
	json_t *value;
	json_object_foreach (options, key, value) {
		bool *option = strcmp(key, "approve_removals") == 0 ? &w->approve_removals
			       : strcmp(key, "dry_run") == 0	    ? &w->dry_run
								    : NULL;
		if (!option || !json_is_boolean(value)) {
			answer_problem(v, 422, "bad_envelope",
			    option ? "options.%.40s must be true or false"
				   : "options.%.40s is not known: approve_removals, dry_run",
			    key);
			return false;
		}
		*option = json_is_true(value);
	}
	return true;
}

static bool is_for_staff(const char *type)
{
	return strcmp(type, "create-team") == 0 || strcmp(type, "sync-learners") == 0 ||
	       strcmp(type, "check-team") == 0;
}

/* read_wanted fills *w; false after a problem was answered. */
static bool read_wanted(struct visit *v, const json_t *body, struct wanted *w)
{
	const char *type = json_text_or(body, "type", "");
	const char *class_id = json_text_or(json_map(body, "class"), "id", "");
	if (!is_for_staff(type))
		answer_problem(v, 422, "unknown_type",
		    "type = \"%.40s\": create-team, sync-learners or check-team", type);
	else if (!*class_id || !text_copy(w->class_id, sizeof w->class_id, class_id))
		answer_problem(v, 422, "bad_envelope", "class.id is missing, or too long");
	else
		return text_copy(w->type, sizeof w->type, type) &&
		       read_options(v, json_map(body, "options"), w);
	return false;
}

static void staff_may(struct visit *v)
{
	const struct wanted *w = v->more;
	json_t *envelope = json_pack("{s:i, s:s, s:s, s:s, s:s, s:{s:s}}", "v", 1, "type", w->type,
	    "school", v->who.school, "requested_by", v->who.id, "priority", "interactive", "class",
	    "id", w->class_id);
	json_t *options = json_object();
	if (w->approve_removals)
		json_object_set_new(options, "approve_removals", json_true());
	if (w->dry_run)
		json_object_set_new(options, "dry_run", json_true());
	if (json_object_size(options) > 0)
		json_object_set(envelope, "options", options);
	json_decref(options);
	job_send(v, envelope);
}

static void staff_asks(struct visit *v, const json_t *body)
{
	struct wanted *w = v->more = xcalloc(1, sizeof *w);
	if (read_wanted(v, body, w))
		class_permit(v, v->who.school, w->class_id, staff_may);
}

void serve_job_new(struct visit *v)
{
	json_t *body = visit_body(v, ENVELOPE_DEPTH_MAX);
	if (!body)
		return;
	if (v->who.kind == WHO_STAFF)
		staff_asks(v, body);
	else
		program_asks(v, body);
	json_decref(body);
}
