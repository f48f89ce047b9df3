/*
 * sync_ladder - sync-learners finds out who is who: whom the member list has, which of the
 * learners need no look-up, and on which rung of the ladder (roster.h) the others' accounts
 * are found.
 *
 * All addresses of a learner are looked for at once, since that costs no further request; the
 * best rung decides. The number that the directory has as employeeId is looked for only where
 * no address led anywhere, and an account found so must have the same name.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "sync_rows.h"

enum { SETTING_DEPTH = 4 };

void sync_note_ladder(struct job *j, struct sync *s, const json_t *class)
{
	const json_t *settings = job_school(j)->settings;
	const char *domain_map = json_text_or(settings, "domain_map", "");
	json_t *domains = json_read(domain_map, strlen(domain_map), SETTING_DEPTH, NULL);
	struct ladder ladder = {
	    .domains = domains,
	    .username_domain = json_text_or(settings, "student_domain", ""),
	    .said = job_class(j)->said,
	};
	roster_ladder(&s->roster, class, &ladder);
	json_decref(domains);
}

/* ---- who is there --------------------------------------------------------------------- */

void sync_forget_members(struct sync *s)
{
	removals_clear(&s->removals);
	free(s->present);
	s->present = NULL;
	s->members_known = false;
	s->pages = 0;
	members_clear(&s->members);
	members_clear(&s->group);
}

static bool is_teacher(const struct sync *s, const char *mail)
{
	char *key = address_key(mail);
	bool teacher = key && json_object_get(s->teachers, key);
	free(key);
	return teacher;
}

/* Of a class without Team the list does not say who owns it: those do who did when somebody
 * looked last, or now. */
static bool is_owner(const struct sync *s, const struct member *m)
{
	size_t i;
	json_t *id;
	if (m->owner || is_teacher(s, m->mail) || members_find(&s->owners, m->user_id))
		return true;
	json_array_foreach (s->class_only ? s->owners_seen : NULL, i, id)
		if (strcmp(json_string_value(id), m->user_id) == 0)
			return true;
	return false;
}

void sync_note_present(struct sync *s)
{
	free(s->present);
	s->present = xcalloc(s->members.count + 1, sizeof *s->present);
	for (size_t i = 0; i < s->members.count; i++) {
		const struct member *m = &s->members.at[i];
		s->present[i] = (struct present){m->user_id, m->name, m->mail, is_owner(s, m)};
	}
	s->members_known = true;
}

/* On the Team's list, or in the group behind it as far as that was read. */
bool sync_is_there(const struct sync *s, const char *user_id)
{
	return members_find(&s->members, user_id) || members_find(&s->group, user_id);
}

/* Whoever should be on the list by all we know: recorded as synced, or asked for without a
 * word of what became of it. */
static bool is_expected(const struct sync *s, const struct learner *l)
{
	return l->intended ? s->open : l->standing == STANDING_SYNCED && roster_knows(l);
}

bool sync_misses_somebody(const struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++) {
		const struct learner *l = &s->roster.at[i];
		if (!l->settled && l->user_id && is_expected(s, l) && !sync_is_there(s, l->user_id))
			return true;
	}
	return false;
}

/* ---- who needs to be looked for ---------------------------------------------------------- */

static void settle_unlisted(struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++) {
		struct learner *l = &s->roster.at[i];
		if (l->plan != PLAN_SEARCH || l->settled || !roster_knows(l))
			continue;
		if (sync_is_there(s, l->user_id))
			l->plan = PLAN_ALREADY;
		else if (l->standing == STANDING_SYNCED && !l->intended)
			json_object_set_new(s->missing, l->id, json_string(l->user_id));
	}
}

static enum sought_by sought_by(enum rung n)
{
	return n == RUNG_EMPLOYEE ? BY_EMPLOYEE_ID : n == RUNG_ACCOUNT ? BY_ACCOUNT_ID : BY_ADDRESS;
}

static void add_climbs(struct sync *s, struct learner *l)
{
	for (int n = 0; n < RUNGS; n++)
		if (l->rungs[n] && (n == RUNG_EMPLOYEE) == s->by_number)
			s->climbs[s->climb_count++] = (struct climb){l, (enum rung)n};
}

/* Looks for those whose account is not known yet; false when there is nobody, or nothing to
 * look for. */
static bool search_for_rest(struct sync *s, bool by_number)
{
	s->by_number = by_number;
	s->climb_count = 0;
	free(s->climbs);
	s->climbs = xcalloc(RUNGS * (s->roster.count + 1), sizeof *s->climbs);
	for (size_t i = 0; i < s->roster.count; i++)
		if (s->roster.at[i].plan == PLAN_SEARCH && !s->roster.at[i].settled)
			add_climbs(s, &s->roster.at[i]);
	struct sought *sought = xcalloc(s->climb_count + 1, sizeof *sought);
	for (size_t i = 0; i < s->climb_count; i++) {
		const struct climb *c = &s->climbs[i];
		sought[i] = (struct sought){sought_by(c->rung), c->learner->rungs[c->rung]};
	}
	if (s->climb_count > 0)
		s->search = search_for(sought, s->climb_count);
	free(sought);
	return s->climb_count > 0;
}

static void settle_unfound(struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++)
		if (s->roster.at[i].plan == PLAN_SEARCH && !s->roster.at[i].settled)
			s->roster.at[i].plan = PLAN_NO_ACCOUNT;
	roster_settle_shared(&s->roster);
}

bool sync_needs_search(struct job *j, struct sync *s)
{
	json_decref(s->missing);
	s->missing = json_object();
	roster_settle_known(&s->roster, s->present, s->members.count);
	settle_unlisted(s);
	roster_settle_shared(&s->roster);
	wave_start(&s->wave, s->roster.count, job_background(j), job_wave(j));
	if (s->class_only)
		wave_cap(&s->wave, GROUP_WAVE_MAX);
	if (search_for_rest(s, false) || search_for_rest(s, true))
		return true;
	settle_unfound(s);
	return false;
}

/* ---- who was found ------------------------------------------------------------------------ */

static void take_found(struct sync *s, size_t n)
{
	const struct climb *c = &s->climbs[n];
	const struct account *a = NULL;
	enum found f = search_found(s->search, n, &a);
	if (c->learner->plan != PLAN_SEARCH || f == FOUND_NOBODY)
		return;
	enum plan otherwise = PLAN_AMBIGUOUS;
	if (a && c->rung == RUNG_EMPLOYEE && !roster_same_name(a->name, c->learner->name)) {
		otherwise = PLAN_OTHER_NAME;
		a = NULL;
	}
	roster_resolved(c->learner, c->rung, a ? a->id : NULL, a && sync_is_there(s, a->id),
	    a && a->disabled, a && a->guest, otherwise);
}

bool sync_apply_search(struct sync *s)
{
	for (size_t n = 0; n < s->climb_count; n++)
		take_found(s, n);
	search_free(s->search);
	s->search = NULL;
	if (!s->by_number && search_for_rest(s, true))
		return true;
	free(s->climbs);
	s->climbs = NULL;
	settle_unfound(s);
	return false;
}
