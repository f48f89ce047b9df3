/*
 * create_team - a class gets its Team, once.
 *
 *	read_class -> save_intent -> order -> save_order -> watch (now and then)
 *	    |              ^           '-> find (the reply was lost)    -> read_team
 *	    '-> read_living (it has one)  '-> find_owner                -> read_group
 *	    '-> read_former (restored?)                -> find_teachers -> add_owners -> done
 *
 * Ordering a Team is the one call that must not be repeated. So the intent is on record
 * before it is made, and a mark for school, class and year goes with it: whoever finds the
 * intent and no team id, after a lost reply or a crash, looks for the mark before asking
 * again. The id is on record before anything else is done with it. Every other step may
 * run any number of times.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "graph.h"
#include "job.h"

enum {
	READ_CLASS,
	READ_LIVING,
	FORGET_GONE,
	READ_FORMER,
	SAVE_INTENT,
	ORDER,
	FIND,
	FIND_OWNER,
	SAVE_ORDER,
	WATCH,
	READ_TEAM,
	READ_GROUP,
	FIND_TEACHERS,
	ADD_OWNERS,
};

/* A new Team may stay out of the directory's index for a quarter of an hour (graph.md 3.8):
 * that is thirty looks, half a minute apart. */
enum { MINUTES_30 = 1800000, LOOKS_MAX = 30, PAGES_MAX = 50, OWNERS_MAX = 100 };

struct creation {
	char *name, *year; /* owned */
	char *asked_as;	   /* owned: the name in the order that is out, or would be */
	char *next_page;   /* owned: of the Teams that have that name */
	char *owner;	   /* owned: an address, later an account id */
	char *teachers;	   /* owned: the other teachers' addresses, NUL after each */
	size_t teacher_count;
	char *team_id, *operation; /* owned; NULL until known */
	char *former;		   /* owned: the Team that was deleted; NULL: none */
	struct search *search;	   /* owned */
	json_t *owners;		   /* owned: account ids of the other teachers */
	int64_t fresh_until;
	int looks, pages, misses;
	bool owner_found, renamed, asked_before;
	bool former_is_gone; /* the Team that was deleted has not been restored */
	bool order_lost;     /* asked, and nobody knows yet whether the Team is there */
};

/* ---- what the school says ---------------------------------------------------------- */

static enum next read_class(struct job *j)
{
	return record_open(j);
}

/* The teacher who asked for it, else the first one; but only who asked can own what an
 * account of theirs makes. The place among the teachers, SIZE_MAX: nobody can. */
static size_t place_of_owner(struct job *j, json_t *teachers)
{
	size_t i, chosen = SIZE_MAX;
	json_t *t;
	json_array_foreach (teachers, i, t) {
		bool asked = strcmp(json_text_or(t, "id", ""), job_requested_by(j)) == 0;
		bool can = job_account(j) ? asked : json_text_or(t, "email", "")[0] != '\0';
		if (can && asked)
			return i;
		if (can && chosen == SIZE_MAX)
			chosen = i;
	}
	return chosen;
}

static void choose_owner(struct job *j, struct creation *s, json_t *teachers)
{
	size_t i, chosen = place_of_owner(j, teachers);
	json_t *t;
	struct buf others;
	buf_init(&others, 0);
	json_array_foreach (teachers, i, t) {
		const char *email = json_text_or(t, "email", "");
		if (i == chosen) {
			s->owner = xstrdup(job_account(j) ? job_account(j) : email);
		} else if (email[0]) {
			buf_add(&others, email, strlen(email) + 1);
			s->teacher_count++;
		}
	}
	s->teachers = others.length ? buf_take(&others) : NULL;
}

static void take_class(struct job *j, struct creation *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	free(s->name);
	free(s->year);
	free(s->owner);
	free(s->teachers);
	s->owner = NULL;
	s->teacher_count = 0;
	s->name = xstrdup(json_text_or(class, "name", c->name[0] ? c->name : c->id));
	s->year = xstrdup(json_text_or(class, "year", c->year));
	s->asked_before = c->team_asked_at > 0;
	free(s->asked_as);
	s->asked_as = xstrdup(c->team_asked_as[0] ? c->team_asked_as : s->name);
	s->fresh_until = class_fresh_until(j);
	choose_owner(j, s, json_list(class, "teachers"));
}

/* An attempt before this one ordered the Team: go on watching it come. */
static int take_up_order(struct job *j, struct creation *s)
{
	const json_t *saved = progress_saved(j);
	if (strcmp(json_text_or(saved, "team", ""), s->team_id) != 0)
		return READ_LIVING;
	free(s->operation);
	s->operation = xstrdup(json_text(saved, "operation"));
	return s->operation ? WATCH : READ_TEAM;
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	json_t *class = class_as_said(j);
	(void)class_note_emptied(j, class);
	class_put_said(j, class);
	take_class(j, s, class);
	if (c->team_id[0]) {
		free(s->team_id);
		s->team_id = xstrdup(c->team_id);
	}
	if (json_list(class, "learners"))
		class_put_learners(j, class, !s->team_id);
	json_decref(class);
	if (s->team_id)
		return job_goto(j, take_up_order(j, s));
	if (!s->owner && job_account(j))
		return job_fail(j, "not_permitted",
		    "Whoever asked for this Team would own it and is no teacher of the class.");
	if (!s->owner)
		return job_fail(j, "not_permitted",
		    "This class has no teacher with an address, and a Team needs "
		    "an owner. Enter the teacher, then create the Team.");
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: a Team named \"%s\" would be made.", s->name);
		return job_done(j);
	}
	if (s->asked_before)
		return job_goto(j, FIND);
	if (!c->former_team_id[0] || s->former_is_gone)
		return job_goto(j, SAVE_INTENT);
	free(s->former);
	s->former = xstrdup(c->former_team_id);
	return job_goto(j, READ_FORMER);
}

/* ---- it has one already --------------------------------------------------------------- */

static enum next read_living(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/teams/%s", s->team_id);
}

static enum next living_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status != 404) {
		class_put_link(j, s->team_id, a->body);
		return job_done(j);
	}
	if (++s->misses < 2 || job_now(j) < s->fresh_until)
		return job_sleep(j, job_poll_ms(j), READ_LIVING);
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: the Team was deleted, and a new one would be made.");
		return job_done(j);
	}
	return job_goto(j, FORGET_GONE);
}

/* Deleted in Microsoft 365: the class starts afresh, with a Team of its own. */
static enum next forget_gone(struct job *j)
{
	struct creation *s = job_state(j);
	class_put_gone(j, s->team_id);
	free(s->team_id);
	s->team_id = NULL;
	s->misses = 0;
	s->former_is_gone = true;
	return progress_write(j);
}

static enum next gone_forgotten(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_CLASS);
}

/* ---- it had one that was deleted: an administrator may have restored it ------------------ */

static enum next read_former(struct job *j)
{
	const struct creation *s = job_state(j);
	return graph_get(j, "/teams/%s", s->former);
}

static enum next former_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404) {
		s->former_is_gone = true;
		return job_goto(j, SAVE_INTENT);
	}
	class_put_restored(j, s->former, a->body);
	record_class(j, "status", "pending");
	return job_done(j);
}

/* ---- asking for one ----------------------------------------------------------------------- */

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
	return progress_write(j);
}

static enum next intent_saved(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, ORDER);
}

static void mark_of(struct job *j, const struct creation *s, char mark[48])
{
	team_marker(job_school_id(j), job_class_id(j), s->year, mark);
}

static enum next order(struct job *j)
{
	struct creation *s = job_state(j);
	char mark[48];
	mark_of(j, s, mark);
	const char *owner = job_account(j) ? NULL : s->owner;
	json_t *body = team_create_body(job_graph_root(j), s->asked_as, "", mark, owner);
	return graph_post(j, body, "/teams");
}

static enum next refuse_order(struct job *j, struct creation *s, const struct answer *a)
{
	if (strcmp(a->code, "UnableToGenerateValidTeamAlias") == 0 && !s->renamed) {
		s->renamed = true;
		return job_goto(j, SAVE_INTENT);
	}
	if (!s->owner_found && !job_account(j))
		return job_goto(j, FIND_OWNER);
	return job_fail(j, "graph_error", "Microsoft refused to make the Team: %s", a->trouble);
}

/* An order that is through needs its words no more, and may wait for long. */
static void forget_words(struct creation *s)
{
	char **const words[] = {&s->name, &s->year, &s->asked_as, &s->owner, &s->next_page};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		free(*words[i]);
		*words[i] = NULL;
	}
}

/* Said as soon as it is known, so that whatever ends or stops the job now carries it. */
static enum next put_order(struct job *j, struct creation *s)
{
	progress_team(j, s->team_id, NULL);
	record_class(j, "team_id", s->team_id);
	record_class(j, "status", "pending");
	record_class_int(j, "team_made_at", job_now(j));
	record_class_drop(j, "team_asked_at");
	record_class_drop(j, "team_asked_as");
	record_class_drop(j, "note");
	record_class_drop(j, "former_team_id");
	progress_save(j, json_pack("{s:s s:s?}", "team", s->team_id, "operation", s->operation));
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
	return put_order(j, s);
}

/* ---- the reply was lost: is it there? -------------------------------------------------------- */

static enum next find(struct job *j)
{
	struct creation *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	char *path = team_search_path(s->asked_as);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

static enum next found(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	char mark[48];
	mark_of(j, s, mark);
	s->team_id = team_marked(a->body, mark);
	s->order_lost = s->order_lost && !s->team_id;
	free(s->next_page);
	s->next_page = s->team_id ? NULL : xstrdup(json_text(a->body, "@odata.nextLink"));
	if (s->team_id)
		return put_order(j, s);
	if (s->next_page && ++s->pages < PAGES_MAX)
		return job_goto(j, FIND);
	s->pages = 0;
	if (++s->looks < LOOKS_MAX)
		return job_sleep(j, job_poll_ms(j), FIND);
	s->looks = 0;
	s->order_lost = false;
	return job_goto(j, SAVE_INTENT);
}

/* ---- the teacher's account, when the address is not the sign-in name -------------------------- */

static enum next find_owner(struct job *j)
{
	struct creation *s = job_state(j);
	if (!s->search) {
		const char *address = s->owner;
		s->search = search_new(&address, 1);
	}
	json_t *batch = search_next(s->search);
	if (batch)
		return graph_post(j, batch, "/$batch");
	const struct account *account = NULL;
	if (search_found(s->search, 0, &account) != FOUND_ONE)
		return job_fail(j, "not_permitted",
		    "The address of this class's teacher belongs to no Microsoft "
		    "account of the school, or to several. A Team needs an owner: correct the "
		    "address.");
	free(s->owner);
	s->owner = xstrdup(account->id);
	s->owner_found = true;
	search_free(s->search);
	s->search = NULL;
	return job_goto(j, ORDER);
}

static enum next searched(struct job *j, const struct answer *a, int step)
{
	struct creation *s = job_state(j);
	struct err e = {0};
	int64_t wait_ms = 0;
	if (search_take(s->search, a->body, &wait_ms, &e) < 0)
		return job_fail(
		    j, "graph_error", "Looking up the teachers' accounts failed: %s", e.text);
	return wait_ms > 0 ? job_sleep(j, wait_ms, step) : job_goto(j, step);
}

static enum next owner_searched(struct job *j, const struct answer *a)
{
	return searched(j, a, FIND_OWNER);
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
	class_put_link(j, s->team_id, a->body);
	return job_goto(j, READ_GROUP);
}

/* Microsoft makes the mail nickname of the name it was given, and only the group behind the
 * Team has it. Where the group cannot be read the Team is as good without. */
static enum next read_group(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/groups/%s?$select=mailNickname", s->team_id);
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 200)
		record_class(j, "mail_nickname", json_text(a->body, "mailNickname"));
	return s->teacher_count ? job_goto(j, FIND_TEACHERS) : job_done(j);
}

/* ---- the other teachers ---------------------------------------------------------------------------- */

static struct search *search_for_teachers(const struct creation *s)
{
	const char **addresses = xcalloc(s->teacher_count, sizeof *addresses);
	const char *t = s->teachers;
	for (size_t i = 0; i < s->teacher_count; i++, t += strlen(t) + 1)
		addresses[i] = t;
	struct search *search = search_new(addresses, s->teacher_count);
	free(addresses);
	return search;
}

static enum next find_teachers(struct job *j)
{
	struct creation *s = job_state(j);
	size_t n = s->teacher_count;
	if (!s->search)
		s->search = search_for_teachers(s);
	json_t *batch = search_next(s->search);
	if (batch)
		return graph_post(j, batch, "/$batch");
	s->owners = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct account *account = NULL;
		if (search_found(s->search, i, &account) == FOUND_ONE)
			json_array_append_new(s->owners, json_string(account->id));
	}
	if (json_array_size(s->owners) < s->teacher_count)
		progress_message(j,
		    "The Team is there. Some of its teachers have no Microsoft account under "
		    "their address and could not be made owners.");
	return json_array_size(s->owners) ? job_goto(j, ADD_OWNERS) : job_done(j);
}

static enum next teachers_searched(struct job *j, const struct answer *a)
{
	return searched(j, a, FIND_TEACHERS);
}

static enum next add_owners(struct job *j)
{
	const struct creation *s = job_state(j);
	const char *users[OWNERS_MAX];
	size_t n = 0, i;
	json_t *id;
	json_array_foreach (s->owners, i, id)
		if (n < OWNERS_MAX)
			users[n++] = json_string_value(id);
	return graph_post(j, members_change_body(job_graph_root(j), users, n, true, false),
	    "/teams/%s/members/add", s->team_id);
}

static enum next owners_added(struct job *j, const struct answer *a)
{
	if (a->status >= 400 || a->status == 207 || a->status == ANSWER_TROUBLE)
		progress_message(j,
		    "The Team is there. Microsoft did not take all of its teachers as owners: "
		    "add them in Microsoft Teams.");
	return job_done(j);
}

/* A Team that may have come of a lost order is looked for first: it goes on record. */
static int winding_up(struct job *j)
{
	const struct creation *s = job_state(j);
	return s->order_lost ? FIND : -1;
}

static void clear(struct job *j)
{
	struct creation *s = job_state(j);
	forget_words(s);
	free(s->teachers);
	free(s->team_id);
	free(s->operation);
	free(s->former);
	search_free(s->search);
	json_decref(s->owners);
}

static const char setting_up[] = "Microsoft is setting up the Team";

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_LIVING] = {"read_living", "Looking for the Team", read_living, living_read, {404}},
    [FORGET_GONE] = {"forget_gone", NULL, forget_gone, gone_forgotten, {0}},
    [READ_FORMER] = {"read_former", "Looking whether the Team was restored", read_former,
	former_read, {404}},
    [SAVE_INTENT] = {"save_intent", "Asking Microsoft for the Team", save_intent, intent_saved,
	{0}},
    [ORDER] = {"order", NULL, order, ordered, {400, 404, ANSWER_LOST}},
    [FIND] = {"find", "Looking for the Team", find, found, {0}},
    [FIND_OWNER] = {"find_owner", "Matching teachers", find_owner, owner_searched, {0}},
    [SAVE_ORDER] = {"save_order", setting_up, save_order, order_saved, {0}},
    [WATCH] = {"watch", setting_up, watch, watched, {404}},
    [READ_TEAM] = {"read_team", setting_up, read_team, team_read, {404}},
    [READ_GROUP] = {"read_group", setting_up, read_group, group_read, {403, 404, ANSWER_TROUBLE}},
    [FIND_TEACHERS] = {"find_teachers", "Adding teachers", find_teachers, teachers_searched, {0}},
    [ADD_OWNERS] = {"add_owners", "Adding teachers", add_owners, owners_added,
	{400, 403, 404, 409, ANSWER_TROUBLE}},
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
