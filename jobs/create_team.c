/*
 * create_team - a class gets its Team, once; or, where the school wants it so, a class in
 * Microsoft 365 and no Team yet, of which a later job makes one.
 *
 *	read_class -> save_intent -> order -> save_order -> watch (now and then)
 *	    |              ^           '-> find (the reply was lost)    -> read_team
 *	    '-> read_living (it has one)  '-> find_owner                -> read_group
 *	    '-> read_former (restored?)                -> find_teachers -> add_owners -> done
 *
 *	where the school has a rule for names:
 *	read_class -> read_tenant -> choose_name -> save_intent ...
 *	... read_team -> put_nickname (taken? choose_name) -> read_group -> ... -> done
 *
 *	a class alone:		... choose_name -> find_teachers -> save_intent -> order
 *				-> save_order -> bind_owners -> done
 *	and the Team of one:	read_class -> read_living -> make_team (404: in a while)
 *				-> watch -> read_team -> find_teachers -> bind_owners -> done
 *
 * Ordering is the one call that must not be repeated. So the intent is on record before it is
 * made, and a mark for school, class and year goes with it: whoever finds the intent and no
 * team id, after a lost reply or a crash, looks for that mark before asking again, and asks
 * with the same, be the class of another year meanwhile. A Redis that was restarted or replaced
 * may have lost the intent itself: from then on every order is looked for once before it is
 * made. The id is on record before anything else is done with it. Every other step may run any
 * number of times.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "class_names.h"
#include "creation.h"

enum { MINUTES_30 = 1800000 };

/* ---- what the school says ---------------------------------------------------------- */

static enum next read_class(struct job *j)
{
	return record_open(j);
}

/* Whoever asks for the Team of a class that has none gets one, whatever the school's
 * classes are at first; the night makes what the school wants. */
static bool wants_class_alone(struct job *j)
{
	const struct class_record *c = job_class(j);
	const char *target = job_text_option(j, "target");
	if (*target)
		return strcmp(target, "class") == 0;
	if (c->class_only && c->team_id[0] && !job_background(j))
		return false;
	return strcmp(json_text_or(job_school(j)->settings, "target", ""), "class") == 0;
}

static void put_lifetime(struct job *j)
{
	const char *lifetime = job_text_option(j, "lifetime");
	if (*lifetime)
		record_class(j, "lifetime", lifetime);
}

static void choose_mark(struct job *j, struct creation *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	if (s->asked_before && c->team_asked_mark[0])
		text_copy(s->mark, sizeof s->mark, c->team_asked_mark);
	else
		team_marker(job_school_id(j), job_class_id(j), json_text_or(class, "year", c->year),
		    s->mark);
}

/* False: the group has no name. */
static bool take_class(struct job *j, struct creation *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	free(s->team_id);
	s->team_id = c->team_id[0] ? xstrdup(c->team_id) : NULL;
	s->asked_before = c->team_asked_at > 0;
	choose_mark(j, s, class);
	s->class_alone = wants_class_alone(j);
	s->has_class = c->class_only && (s->team_id || c->former_team_id[0]);
	s->fresh_until = class_fresh_until(j);
	bool has_name = creation_take_name(j, s, class);
	free(s->asked_as);
	s->asked_as = xstrdup(c->team_asked_as[0] ? c->team_asked_as : s->name);
	creation_choose_owners(j, s, class);
	put_lifetime(j);
	return has_name;
}

/* An attempt before this one ordered the Team: go on watching it come. */
static int take_up_order(struct job *j, struct creation *s)
{
	const json_t *saved = progress_saved(j);
	if (strcmp(json_text_or(saved, "team", ""), s->team_id) != 0)
		return READ_LIVING;
	if (json_bool(saved, "bind", false)) {
		s->binding = BIND_OWNERS;
		return FIND_TEACHERS;
	}
	free(s->operation);
	s->operation = xstrdup(json_text(saved, "operation"));
	return s->operation ? WATCH : READ_TEAM;
}

static enum next rehearse(struct job *j, const struct creation *s)
{
	progress_message(j, "Dry run: a %s named \"%s\" would be made.",
	    s->class_alone ? "class" : "Team", s->name);
	return job_done(j);
}

/* There is none: was one asked for, or deleted, or is it to be ordered now? */
static enum next begin(struct job *j, struct creation *s)
{
	const struct class_record *c = job_class(j);
	if (s->asked_before && (!s->class_alone || s->nickname))
		return job_goto(j, FIND);
	if (!c->former_team_id[0] || s->former_is_gone) {
		s->has_class = false;
		return job_goto(j, creation_way_to_order(s));
	}
	free(s->former);
	s->former = xstrdup(c->former_team_id);
	return job_goto(j, READ_FORMER);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	(void)a;
	json_t *class = class_as_said(j);
	(void)class_note_emptied(j, class);
	class_put_said(j, class);
	bool has_name = take_class(j, s, class);
	if (json_list(class, "learners"))
		class_put_learners(j, class, !s->team_id);
	json_decref(class);
	if (s->team_id)
		return job_goto(j, take_up_order(j, s));
	const char *why = creation_no_owner(j, s);
	if (why)
		return job_fail(j, "not_permitted", "%s", why);
	if (!has_name)
		return job_fail(j, "bad_envelope",
		    "This group has no name: a class in Microsoft 365 needs one.");
	return job_option(j, "dry_run") ? rehearse(j, s) : begin(j, s);
}

/* ---- asking for one -------------------------------------------------------------------- */

/* The name to ask for: the class's, or one that is certainly free where Microsoft could
 * make no address of that. */
static char *name_of(struct job *j, const struct creation *s)
{
	return s->renamed ? xasprintf("%s (%s)", s->name, job_class_id(j)) : xstrdup(s->name);
}

static enum next save_intent(struct job *j)
{
	struct creation *s = job_state(j);
	free(s->asked_as);
	s->asked_as = name_of(j, s);
	record_class_int(j, "team_asked_at", job_now(j));
	record_class(j, "team_asked_as", s->asked_as);
	record_class(j, "team_asked_mark", s->mark);
	return progress_write(j);
}

/* Where Redis was restarted or replaced, an order may be out whose intent was not kept: it is
 * looked for once. */
static enum next intent_saved(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	(void)a;
	s->precaution = !s->asked_before && job_may_have_forgotten(j);
	return job_goto(j, s->precaution ? FIND : ORDER);
}

static enum next order(struct job *j)
{
	struct creation *s = job_state(j);
	if (s->class_alone)
		return graph_post(j, creation_class_body(j, s), "/education/classes");
	const char *owner = job_account(j) ? NULL : s->owner;
	json_t *body =
	    team_create_body(job_graph_root(j), s->asked_as, s->description, s->mark, owner);
	return graph_post(j, body, "/teams");
}

static enum next forbid_order(struct job *j, const struct answer *a)
{
	class_drop_intent(j);
	if (strcmp(a->code, "GetApplicableSkuCategoriesForUserFailed") == 0)
		return job_fail(j, "not_licensed",
		    "The owner has no Microsoft Teams licence. Ask the school's Microsoft "
		    "administrator to give one: %s",
		    a->trouble);
	return job_fail(j, "not_permitted", "Microsoft does not permit this: %s", a->trouble);
}

static enum next refuse_order(struct job *j, struct creation *s, const struct answer *a)
{
	if (a->status == 403)
		return forbid_order(j, a);
	enum next next = creation_name_refused(j, a);
	if (next != NEXT_CALL)
		return next;
	if (strcmp(a->code, "UnableToGenerateValidTeamAlias") == 0 && !s->renamed) {
		s->renamed = true;
		return job_goto(j, SAVE_INTENT);
	}
	if (!s->owner_found && !job_account(j) && !s->class_alone)
		return job_goto(j, FIND_OWNER);
	class_drop_intent(j);
	return job_fail(j, "graph_error", "Microsoft refused to make the %s: %s",
	    s->class_alone ? "class" : "Team", a->trouble);
}

/* An order that is through needs its words no more, and may wait for long. */
static void forget_words(struct creation *s)
{
	char **const words[] = {&s->name, &s->asked_as, &s->owner, &s->next_page};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		free(*words[i]);
		*words[i] = NULL;
	}
}

static void put_class(struct job *j, struct creation *s)
{
	s->binding = BIND_OWNERS;
	record_class(j, "is_team", "0");
	progress_save(j, json_pack("{s:s s:b}", "team", s->team_id, "bind", true));
	history_say(j, &(struct history_event){.what = "class_created"});
}

static void put_team(struct job *j, struct creation *s)
{
	record_class_drop(j, "is_team");
	progress_save(j, json_pack("{s:s s:s?}", "team", s->team_id, "operation", s->operation));
	history_say(j, &(struct history_event){.what = "team_created"});
}

/* Said as soon as it is known, so that whatever ends or stops the job now carries it. */
enum next creation_put_order(struct job *j, struct creation *s)
{
	progress_team(j, s->team_id, NULL);
	record_team(j, s->team_id);
	record_class(j, "status", "pending");
	record_class_int(j, "team_made_at", job_now(j));
	record_class_int(j, "made_at", job_now(j));
	record_class(j, "made_by", job_requested_by(j));
	class_drop_intent(j);
	record_class_drop(j, "note");
	record_class_drop(j, "former_team_id");
	creation_put_names(j, s);
	s->looks = 0;
	if (s->class_alone)
		put_class(j, s);
	else
		put_team(j, s);
	forget_words(s);
	return job_goto(j, SAVE_ORDER);
}

static enum next ordered(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	s->order_lost = a->status == ANSWER_LOST;
	if (s->order_lost)
		return job_sleep(j, job_poll_ms(j), FIND);
	if (a->status >= 400)
		return refuse_order(j, s, a);
	if (s->class_alone) {
		s->team_id = xstrdup(json_text(a->body, "id"));
		return s->team_id ? creation_put_order(j, s) : job_sleep(j, job_poll_ms(j), FIND);
	}
	char *unused = NULL;
	team_from_location(a->content_location, &s->team_id, &unused);
	free(unused);
	char *from_location = NULL;
	team_from_location(a->location, &from_location, &s->operation);
	if (s->team_id)
		free(from_location);
	else
		s->team_id = from_location;
	if (!s->team_id)
		return job_sleep(j, job_poll_ms(j), FIND);
	return creation_put_order(j, s);
}

/* ---- it is on its way --------------------------------------------------------------------------- */

static enum next save_order(struct job *j)
{
	return progress_write(j);
}

static enum next order_saved(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	(void)a;
	if (s->class_alone)
		return job_goto(j, s->owners ? BIND_OWNERS : FIND_TEACHERS);
	return job_sleep(j, job_poll_ms(j), s->operation ? WATCH : READ_TEAM);
}

static enum next watch(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "%s", s->operation);
}

static enum next watched(struct job *j, const struct answer *a)
{
	const struct creation *s = job_state(j);
	struct err why = {0};
	if (a->status == 404)
		return job_sleep(j, job_poll_ms(j), WATCH);
	switch (team_operation(a->body, &why)) {
	case OPERATION_RUNNING:
		return job_sleep(j, job_poll_ms(j), WATCH);
	case OPERATION_SUCCEEDED:
		return job_goto(j, READ_TEAM);
	case OPERATION_FAILED:
		break;
	}
	if (s->has_class)
		return job_fail(
		    j, "graph_error", "Microsoft could not make the Team: %s", why.text);
	class_put_gone(j, s->team_id);
	progress_team(j, "", "");
	record_class(j, "note", "Microsoft could not make the Team");
	return job_fail(j, "graph_error", "Microsoft could not make the Team: %s", why.text);
}

static enum next read_team(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/teams/%s", s->team_id);
}

static enum next team_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404)
		return job_sleep(j, job_poll_ms(j), READ_TEAM);
	if (s->has_class) {
		creation_put_team(j, s, a->body);
		s->binding = BIND_OWNERS;
		s->looks = 1;
		return s->teacher_count ? job_goto(j, FIND_TEACHERS) : job_done(j);
	}
	class_put_link(j, s->team_id, a->body);
	return job_goto(j, s->nickname && !job_account(j) ? PUT_NICKNAME : READ_GROUP);
}

/* Microsoft makes the mail nickname of the name it was given, unless that was chosen here, and
 * the address of whatever it thinks fit; only the group behind the Team has them. Where the
 * group cannot be read, or not yet as it is now, the Team is as good without. */
static enum next read_group(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/groups/%s?$select=mailNickname,mail", s->team_id);
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	const char *nickname = json_text_or(a->body, "mailNickname", "");
	bool is_new = !s->given || strcmp(nickname, s->nickname) == 0;
	if (a->status == 200 && is_new) {
		record_class(j, "mail_nickname", nickname);
		record_class(j, "address", json_text(a->body, "mail"));
	}
	return s->teacher_count ? job_goto(j, FIND_TEACHERS) : job_done(j);
}

/* A Team that may have come of a lost order is looked for first: it goes on record. And no
 * class is left without an owner. */
static int winding_up(struct job *j)
{
	const struct creation *s = job_state(j);
	if (s->order_lost)
		return FIND;
	return s->binding && s->owners ? s->binding : -1;
}

static void clear(struct job *j)
{
	struct creation *s = job_state(j);
	forget_words(s);
	free(s->teachers);
	free(s->group);
	free(s->identifier);
	free(s->description);
	free(s->domain);
	free(s->nickname);
	free(s->refused);
	free(s->team_id);
	free(s->operation);
	free(s->former);
	search_free(s->search);
	json_decref(s->owners);
}

static const char setting_up[] = "Microsoft is setting up the Team";

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_LIVING] = {"read_living", "Looking for the Team", creation_read_living,
	creation_living_read, {404}},
    [READ_LIVING_GROUP] = {"read_living_group", NULL, creation_read_living_group,
	creation_living_group_read, {404}},
    [FORGET_GONE] = {"forget_gone", NULL, creation_forget_gone, creation_gone_forgotten, {0}},
    [READ_FORMER] = {"read_former", "Looking whether the Team was restored", creation_read_former,
	creation_former_read, {404}},
    [READ_TENANT] = {"read_tenant", "Choosing the name", creation_read_tenant, creation_tenant_read,
	{403, 404, ANSWER_TROUBLE}},
    [READ_POLICY] = {"read_policy", NULL, creation_read_policy, creation_policy_read,
	{400, 403, 404, ANSWER_TROUBLE}},
    [CHOOSE_NAME] = {"choose_name", "Choosing the name", creation_choose_name, creation_name_chosen,
	{0}},
    [READ_NAME] = {"read_name", NULL, creation_read_name, creation_name_read, {0}},
    [SAVE_INTENT] = {"save_intent", "Asking Microsoft for the Team", save_intent, intent_saved,
	{0}},
    [ORDER] = {"order", NULL, order, ordered, {400, 403, 404, ANSWER_LOST}},
    [FIND] = {"find", "Looking for the Team", creation_find, creation_found, {0}},
    [FIND_OWNER] = {"find_owner", "Matching teachers", creation_find_owner, creation_owner_searched,
	{0}},
    [SAVE_ORDER] = {"save_order", setting_up, save_order, order_saved, {0}},
    [MAKE_TEAM] = {"make_team", "Asking Microsoft for the Team", creation_make_team,
	creation_team_made, {400, 404, 409, ANSWER_LOST}},
    [WATCH] = {"watch", setting_up, watch, watched, {404}},
    [READ_TEAM] = {"read_team", setting_up, read_team, team_read, {404}},
    [PUT_NICKNAME] = {"put_nickname", setting_up, creation_put_nickname, creation_nickname_put,
	{400, 403, 404, ANSWER_TROUBLE}},
    [READ_GROUP] = {"read_group", setting_up, read_group, group_read, {403, 404, ANSWER_TROUBLE}},
    [FIND_TEACHERS] = {"find_teachers", "Adding teachers", creation_find_teachers,
	creation_teachers_searched, {0}},
    [ADD_OWNERS] = {"add_owners", "Adding teachers", creation_add_owners, creation_owners_added,
	{400, 403, 404, 409, ANSWER_TROUBLE}},
    [BIND_OWNERS] = {"bind_owners", "Adding owners", creation_bind_owners, creation_owners_bound,
	{400, 403, 404, 409, ANSWER_TROUBLE}},
    [LINK_OWNER] = {"link_owner", "Adding owners", creation_link_owner, creation_owner_linked,
	{400, 403, 404, 409, ANSWER_TROUBLE}},
    [COUNT_OWNERS] = {"count_owners", NULL, creation_count_owners, creation_owners_counted,
	{403, 404, ANSWER_TROUBLE}},
};

const struct job_type create_team = {
    .name = "create-team",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct creation),
    .deadline_ms = MINUTES_30,
    .clear = clear,
    .winding_up = winding_up,
};
