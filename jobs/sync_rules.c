/*
 * sync_rules - what sync-learners holds back: what the school lets stand although the register
 * says otherwise (exceptions), leavers in their days of grace, whatever a preview did not say,
 * all additions until the class opens, and all removals where that was asked for, the class is
 * over, or its roster could not be read as a whole. Whoever is held back has a row that says
 * so; nothing of it counts for the brake.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "grace.h"
#include "sync_rows.h"

enum { SETTING_DEPTH = 6 };

/* ---- what there is to go by ------------------------------------------------------------- */

static void note_address(struct sync *s, const json_t *person)
{
	char *key = address_key(json_text(person, "email"));
	if (key)
		json_object_set_new(s->teachers, key, json_true());
	free(key);
}

/* A teacher of the class, or an owner whom the school chose, who is a plain member stays. */
static void note_staff(struct sync *s, const json_t *class, const json_t *settings)
{
	const char *text = json_text_or(settings, "extra_owners", "");
	json_t *extra = json_read(text, strlen(text), SETTING_DEPTH, NULL), *person;
	size_t i;
	s->teachers = json_object();
	json_array_foreach (json_list(class, "teachers"), i, person)
		note_address(s, person);
	json_array_foreach (extra, i, person)
		note_address(s, person);
	json_decref(extra);
}

static void preview(struct sync *s, const char *what, const char *learner, const char *user_id)
{
	char *key = xasprintf("%s:%s:%s", what, learner, user_id);
	json_object_set_new(s->previewed, key, json_true());
	free(key);
}

/* A preview that ran into the brake says who would be removed with rows that are held; they
 * may go once somebody has approved that, and are held until then. */
static void note_preview(struct job *j, struct sync *s)
{
	size_t i;
	json_t *row;
	if (!job_preview(j))
		return;
	s->previewed = json_object();
	json_array_foreach (job_preview(j), i, row) {
		const char *outcome = json_text_or(row, "outcome", ""),
			   *reason = json_text_or(row, "reason", ""),
			   *user_id = json_text_or(row, "user_id", "");
		bool braked =
		    strcmp(outcome, "held") == 0 &&
		    (strcmp(reason, "left_class") == 0 || strcmp(reason, "added_by_hand") == 0);
		if (strcmp(outcome, "added") == 0)
			preview(s, "add", json_text_or(row, "learner", ""), user_id);
		else if (strcmp(outcome, "removed") == 0 ||
			 (braked && job_option(j, "approve_removals")))
			preview(s, "remove", "", user_id);
		else if (braked)
			preview(s, "hold", "", user_id);
	}
}

/* When learners are let in is said of the class or else of the school: at once, from a day on,
 * or once somebody pressed the button; what the night asks for presses none. */
static bool is_closed(struct job *j, const struct sync *s, const json_t *class)
{
	const char *of_school = json_text_or(job_school(j)->settings, "opens", "");
	const char *opens = json_text_or(class, "opens", of_school);
	bool waits = strcmp(opens, "teacher") == 0 && !job_class(j)->opened_at;
	if (waits && !job_background(j))
		record_class_int(j, "opened_at", job_now(j));
	return (waits && job_background(j)) || roster_day_later(opens, s->today);
}

void sync_note_rules(struct job *j, struct sync *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	const json_t *settings = job_school(j)->settings;
	job_today(j, s->today);
	s->grace_days = grace_days(settings);
	s->class_only = c->class_only;
	s->exceptions = json_incref(c->exceptions);
	s->drift_before = json_incref(c->drift);
	s->owners_seen = json_incref(c->owners_seen);
	s->over = roster_day_over(json_text_or(class, "ends", ""), 1, s->today) &&
		  !job_option(j, "approve_removals");
	s->closed = is_closed(j, s, class);
	s->incomplete = json_bool(class, "incomplete", false) && !job_option(j, "approve_removals");
	s->unread = json_incref(json_list(class, "missing"));
	s->holding = s->over || s->incomplete || job_option(j, "hold_removals");
	s->later = (size_t)json_int(class, "later", 0);
	note_staff(s, class, settings);
	note_preview(j, s);
	sync_note_ladder(j, s, class);
}

/* ---- what is held back --------------------------------------------------------------------- */

bool sync_is_excepted(const struct sync *s, const char *user_id)
{
	return exception_holds(json_object_get(s->exceptions, user_id), s->today);
}

static bool is_previewed(
    const struct sync *s, const char *what, const char *learner, const char *user_id)
{
	char *key = xasprintf("%s:%s:%s", what, learner, user_id);
	bool previewed = !s->previewed || json_object_get(s->previewed, key);
	free(key);
	return previewed;
}

void sync_hold_additions(struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++) {
		struct learner *l = &s->roster.at[i];
		if (l->plan != PLAN_ADD || l->settled || l->intended)
			continue;
		if (sync_is_excepted(s, l->user_id)) {
			l->plan = PLAN_KEPT_OUT;
		} else if (s->closed) {
			l->plan = PLAN_NOT_OPEN;
		} else if (!is_previewed(s, "add", l->id, l->user_id)) {
			l->plan = PLAN_NOT_PREVIEWED;
			s->unpreviewed++;
		}
	}
}

/* Where a row of a learner could not be used, nobody said that they left; whoever approves that
 * others leave has not said it either. */
static bool is_unread(const struct sync *s, const struct leaver *v)
{
	size_t i;
	json_t *id;
	json_array_foreach (s->unread, i, id)
		if (strcmp(json_string_value(id) ? json_string_value(id) : "", v->id) == 0)
			return true;
	return false;
}

static const char *why_held(const struct sync *s, const struct removal *x)
{
	if (sync_is_excepted(s, x->user_id))
		return "exception";
	if (x->leaver && grace_holds(s->grace_days, x->leaver->left_on, s->today))
		return "in_grace";
	if (s->holding || (x->leaver && is_unread(s, x->leaver)))
		return "held";
	if (is_previewed(s, "remove", "", x->user_id))
		return NULL;
	return is_previewed(s, "hold", "", x->user_id) ? "held" : "not_in_preview";
}

void sync_hold_removals(struct sync *s)
{
	for (size_t i = 0; i < s->removals.count; i++) {
		struct removal *x = &s->removals.at[i];
		const char *why = x->absent ? NULL : why_held(s, x);
		if (why)
			removals_hold(&s->removals, x, why);
	}
}

/* ---- and what is said of it ------------------------------------------------------------------ */

static void add_sentence(struct buf *b, size_t n, const char *one, const char *many)
{
	if (n > 0)
		buf_addf(b, "%s%zu %s", b->length ? " " : "", n, n == 1 ? one : many);
}

void sync_put_message(struct job *j, const struct sync *s)
{
	struct buf b;
	buf_init(&b, 0);
	add_sentence(&b, s->unpreviewed,
	    "change has come up since the preview and was left out: make a new preview.",
	    "changes have come up since the preview and were left out: make a new preview.");
	if (s->over)
		add_sentence(&b, s->held, "removal is held back, since the class is over.",
		    "removals are held back, since the class is over.");
	else if (s->incomplete || json_array_size(s->unread) > 0)
		add_sentence(&b, s->held,
		    "removal is held back, since rows of the roster are missing or had to be "
		    "dropped.",
		    "removals are held back, since rows of the roster are missing or had to be "
		    "dropped.");
	else if (s->holding)
		add_sentence(&b, s->held, "removal is held back.", "removals are held back.");
	else
		add_sentence(&b, s->held, "removal is held back until somebody approves it.",
		    "removals are held back until somebody approves them.");
	add_sentence(&b, s->later, "learner begins later and is not in yet.",
	    "learners begin later and are not in yet.");
	if (b.length)
		progress_message(j, "%s", b.data);
	buf_clear(&b);
}
