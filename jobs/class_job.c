/*
 * class_job - what every job of a class does with its record.
 */
#include "class_job.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_names.h"

/* Microsoft says that a new Team may be hidden for up to a quarter of an hour. */
enum { FRESH_MS = 15 * 60000 };

json_t *class_as_said(struct job *j)
{
	const struct class_record *c = job_class(j);
	json_t *said = (json_t *)(uintptr_t)job_class_said(j);
	json_t *class = c->register_class ? json_deep_copy(c->register_class) : json_object();
	if (c->register_more)
		json_object_update(class, c->register_more);
	if (job_option(j, "dry_run"))
		json_object_update(class, said);
	else
		json_object_update_missing(class, said);
	char today[16];
	json_t *now = roster_in_force(class, job_today(j, today));
	json_decref(class);
	return now;
}

static void put_if_said(struct job *j, const json_t *class, const char *key, const char *recorded)
{
	const char *text = json_text(class, key);
	if (text && strcmp(text, recorded) != 0)
		record_class(j, key, text);
}

void class_put_said(struct job *j, const json_t *class)
{
	const struct class_record *c = job_class(j);
	put_if_said(j, class, "name", c->name);
	put_if_said(j, class, "year", c->year);
	if (!c->kind[0])
		record_class(j, "kind", json_text_or(class, "kind", "registration"));
	else
		put_if_said(j, class, "kind", c->kind);
	if (!c->status[0])
		record_class(j, "status", c->team_id[0] ? "pending" : "no_team");
	json_t *teachers = json_list(class, "teachers");
	if (teachers) {
		char *text = json_write(teachers);
		record_class(j, "teachers", text);
		free(text);
	}
	json_t *learners = json_list(class, "learners");
	if (learners)
		record_class_int(j, "total", (int64_t)json_array_size(learners));
	class_want_nickname(j, class);
	json_t *active = json_object_get(class, "active");
	if (active)
		record_class(j, "active", json_is_true(active) ? "1" : "0");
}

int64_t class_fresh_until(struct job *j)
{
	int64_t made_at = job_class(j)->team_made_at;
	return made_at ? made_at + job_pause_ms(j, FRESH_MS) : 0;
}

static bool had_learners(const struct class_record *c)
{
	const char *id;
	json_t *known;
	json_object_foreach (c->learners, id, known)
		if (!json_bool(known, "left", false))
			return true;
	return c->total > 0;
}

bool class_note_emptied(struct job *j, const json_t *class)
{
	const struct class_record *c = job_class(j);
	json_t *learners = json_list(class, "learners");
	if (!learners)
		return c->emptied_at > 0;
	if (json_array_size(learners) > 0 || (!c->emptied_at && !had_learners(c)))
		return false;
	if (!c->emptied_at)
		record_class_int(j, "emptied_at", job_now(j));
	return true;
}

void class_put_counts(struct job *j, bool team_lives, const struct class_counts *c)
{
	record_class(j, "status", class_status(team_lives, c));
	record_class_int(j, "total", c->total);
	record_class_int(j, "synced", team_lives ? c->synced : 0);
	record_class_int(j, "failed", team_lives ? c->failed : 0);
	record_class_int(j, "unresolved", team_lives ? c->unresolved : 0);
}

struct class_counts class_take_said(struct job *j, bool afresh)
{
	const struct class_record *c = job_class(j);
	struct roster roster;
	json_t *class = class_as_said(j);
	(void)class_note_emptied(j, class);
	class_put_said(j, class);
	if (json_list(class, "learners"))
		class_put_learners(j, class, afresh);
	roster_fill(&roster, class, afresh ? NULL : c->learners);
	struct class_counts counts = roster_count(&roster);
	roster_clear(&roster);
	json_decref(class);
	return counts;
}

void class_put_link(struct job *j, const char *team_id, const json_t *team)
{
	const char *web_url = json_text_or(team, "webUrl", "");
	progress_team(j, team_id, web_url);
	record_class(j, "web_url", web_url);
	record_class_drop(j, "note");
}

void class_put_restored(struct job *j, const char *team_id, const json_t *team)
{
	record_team(j, team_id);
	record_class_drop(j, "former_team_id");
	class_put_link(j, team_id, team);
	progress_message(j, "The Team was restored in Microsoft 365.");
}

void class_drop_intent(struct job *j)
{
	record_class_drop(j, "team_asked_at");
	record_class_drop(j, "team_asked_as");
	record_class_drop(j, "team_asked_mark");
}

void class_put_gone(struct job *j, const char *team_id)
{
	record_class(j, "synced", "0");
	record_class(j, "failed", "0");
	record_class(j, "unresolved", "0");
	record_class_drop(j, "last_sync_at");
	record_class_drop(j, "last_sync_job");
	record_team_gone(j, team_id);
	record_class(j, "web_url", "");
	record_class_drop(j, "mail_nickname");
	record_class_drop(j, "owners_seen");
	record_class(j, "status", "no_team");
	record_class(j, "note", "the Team was deleted in Microsoft 365");
	record_class_drop(j, "team_made_at");
	class_drop_intent(j);
}

/* ---- its learners ---------------------------------------------------------------- */

static bool is_same(const json_t *known, const json_t *said)
{
	return known && !json_bool(known, "left", false) &&
	       strcmp(json_text_or(known, "name", ""), json_text_or(said, "name", "")) == 0 &&
	       strcmp(json_text_or(known, "email", ""), json_text_or(said, "email", "")) == 0;
}

static void put_learner(
    struct job *j, const json_t *known, const json_t *said, bool afresh, const char *untried)
{
	bool keep = known && !afresh;
	struct learner_standing s = {
	    .name = json_text_or(said, "name", ""),
	    .email = json_text_or(said, "email", ""),
	    .status = keep ? json_text_or(known, "status", untried) : untried,
	    .reason = keep ? json_text_or(known, "reason", "") : "",
	    .user_id = json_text_or(known, "user_id", ""),
	    .matched = json_text(known, "matched") ? json_text(known, "matched")
						   : json_text(known, "email"),
	    .at = json_int(known, "at", job_now(j)),
	};
	record_learner(j, json_text(said, "id"), &s);
}

static void say_of(struct job *j, const char *what, const char *learner, const char *detail)
{
	history_say(j, &(struct history_event){.what = what, .learner = learner, .detail = detail});
}

static void put_leaver(struct job *j, const char *id, const json_t *known, const char *left_on)
{
	struct learner_standing s = {
	    .name = json_text_or(known, "name", ""),
	    .email = json_text_or(known, "email", ""),
	    .status = json_text_or(known, "status", "not_synced"),
	    .reason = json_text_or(known, "reason", ""),
	    .user_id = json_text_or(known, "user_id", ""),
	    .matched = json_text(known, "matched"),
	    .at = json_int(known, "at", job_now(j)),
	    .left = true,
	    .left_on = left_on,
	};
	record_learner(j, id, &s);
	say_of(j, "left", id, left_on);
}

static bool is_in_class(const json_t *known)
{
	return known && !json_bool(known, "left", false);
}

/* Recorded as in the class, and in it no more. */
static void put_gone(
    struct job *j, const char *id, const json_t *known, const char *left_on, bool afresh)
{
	if (afresh)
		record_learner_drop(j, id);
	if (is_in_class(known) && afresh)
		say_of(j, "left", id, left_on);
	else if (is_in_class(known))
		put_leaver(j, id, known, left_on);
}

void class_put_learners(struct job *j, const json_t *class, bool afresh)
{
	const struct class_record *c = job_class(j);
	const char *untried = c->team_id[0] && !afresh ? "not_synced" : "pending";
	char today[16];
	size_t i;
	json_t *said, *known, *in_class = json_object();
	json_array_foreach (json_list(class, "learners"), i, said) {
		const char *id = json_text(said, "id");
		known = json_object_get(c->learners, id);
		json_object_set(in_class, id, said);
		if (!is_in_class(known))
			say_of(j, "enrolled", id, NULL);
		if (afresh || !is_same(known, said))
			put_learner(j, known, said, afresh, untried);
	}
	const char *id;
	job_today(j, today);
	json_object_foreach (c->learners, id, known)
		if (!json_object_get(in_class, id))
			put_gone(j, id, known, json_text_or(json_map(class, "ended"), id, today),
			    afresh);
	json_decref(in_class);
}
