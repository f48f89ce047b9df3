/*
 * console_offers - what the Actions menu of a group offers to whom, and the group as the list
 * shows it.
 *
 *	create		administrators and teaching staff
 *	resync		administrators, and teaching staff where they teach the group
 *	all else	administrators
 *
 * Every action is checked against this again when it is asked for (console_act.c).
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"

enum { HALF_AN_HOUR_MS = 1800000 };

static bool is_active(const struct console_group *g)
{
	return strcmp(group_text(g, "active"), "0") != 0;
}

/* A year group that the school's system knows nothing of is made in Microsoft 365 without us
 * (requirements 9.7). */
static bool is_foreign_year(const struct console_group *g)
{
	return strcmp(group_kind(g), "year") == 0 &&
	       strcmp(json_text_or(g->told, "source", ""), "roster") != 0;
}

static bool waits_for_approval(const struct console_group *g)
{
	return strcmp(g->trouble, "removals_need_approval") == 0;
}

/* Why nobody can create or resync a group now; "" if they can. */
static const char *hindrance(const json_t *school, const struct console_group *g)
{
	if (!console_is_allowed(school))
		return "no_consent";
	if (g->class.job)
		return "running";
	if (group_is_there(g))
		return "";
	if (!is_active(g))
		return "inactive";
	return is_foreign_year(g) ? "year_not_from_mis" : "";
}

static unsigned of_what_is_there(const struct visit *v, const struct console_group *g)
{
	if (!console_is_admin(v))
		return g->is_mine ? OFFER_RESYNC : 0;
	return OFFER_RESYNC | OFFER_PREVIEW | OFFER_DELETE | OFFER_CLOSE |
	       (waits_for_approval(g) ? OFFER_APPROVE : 0U);
}

static unsigned of_what_is_not(const struct visit *v, const struct console_group *g)
{
	if (!console_is_admin(v))
		return OFFER_CREATE;
	return OFFER_CREATE | OFFER_ADOPT | (*group_text(g, "former_team_id") ? OFFER_RESTORE : 0U);
}

unsigned group_offers(
    const struct visit *v, const json_t *school, const struct console_group *g, const char **why)
{
	*why = hindrance(school, g);
	if (**why)
		return 0;
	unsigned offers = group_is_there(g) ? of_what_is_there(v, g) : of_what_is_not(v, g);
	if (!(offers & (OFFER_CREATE | OFFER_RESYNC)))
		*why = "not_yours";
	return offers;
}

/* ---- as the list shows it -------------------------------------------------------------------- */

static json_t *actions_json(unsigned offers)
{
	json_t *actions = json_object();
	for (const struct offer_word *w = offer_words; w->word; w++)
		json_object_set_new(actions, w->word, json_boolean(offers & w->offer));
	return actions;
}

static json_t *teachers_json(const struct console_group *g)
{
	size_t i;
	json_t *teachers = json_array(), *one;
	json_array_foreach (json_list(g->told, "teachers"), i, one)
		json_array_append_new(teachers,
		    json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", json_text_or(one, "id", ""),
			"name", json_text_or(one, "name", ""), "email",
			json_text_or(one, "email", ""), "primary", json_bool(one, "primary", false),
			"owner", json_bool(one, "owner", true)));
	return teachers;
}

/* A class that was ordered and has not shown itself: Microsoft takes up to half an hour
 * (requirements 9.8). */
static const char *arrival_of(const struct console_group *g)
{
	json_int_t asked_at = group_number(g, "team_asked_at");
	const char *type = g->class.job ? json_text_or(g->class.job, "type", "") : "";
	if (!group_is_there(g) && asked_at > 0)
		return clock_wall_ms() - asked_at < HALF_AN_HOUR_MS ? "on_its_way" : "late";
	return strcmp(type, "create-team") == 0 ? "on_its_way" : "";
}

static void put_lifetime(json_t *group, const struct console_group *g)
{
	char today[TODAY_ROOM];
	const char *lifetime = group_text(g, "lifetime");
	console_today(today);
	json_object_set_new(group, "lifetime", json_string(lifetime));
	json_object_set_new(
	    group, "lifetime_over", json_boolean(*lifetime && strcmp(lifetime, today) < 0));
}

json_t *group_json(const struct visit *v, const json_t *school, const struct console_group *g)
{
	const char *why;
	unsigned offers = group_offers(v, school, g, &why);
	json_t *group = class_json(&g->class);
	static const char *const texts[] = {
	    "display_name", "mail_nickname", "address", "description"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(group, texts[i], json_string(group_text(g, texts[i])));
	static const char *const told[] = {"starts", "ends"};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		json_object_set_new(
		    group, told[i], json_string(json_text_or(g->told, told[i], "")));
	json_object_set_new(group, "group", json_string(group_name(g)));
	json_object_set_new(group, "teachers", teachers_json(g));
	json_object_set_new(group, "in_microsoft", json_boolean(group_is_there(g)));
	json_object_set_new(group, "is_team",
	    json_boolean(group_is_there(g) && strcmp(group_text(g, "is_team"), "0") != 0));
	json_object_set_new(group, "is_active", json_boolean(is_active(g)));
	json_object_set_new(group, "is_mine", json_boolean(g->is_mine));
	json_object_set_new(group, "made_at", json_integer(group_number(g, "team_made_at")));
	json_object_set_new(group, "archived_at", json_integer(group_number(g, "archived_at")));
	json_object_set_new(group, "arrival", json_string(arrival_of(g)));
	put_lifetime(group, g);
	json_object_set_new(group, "actions", actions_json(offers));
	json_object_set_new(group, "why", json_string(why));
	return group;
}
