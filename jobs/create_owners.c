/*
 * create_owners - who owns a new class, found by address and made owner.
 *
 * A Team is ordered with its first owner and gets the others through Teams. A class has none
 * at first, so all are looked up before it is ordered, and made owners and members of its
 * group in one change; where Microsoft does not take that, because somebody is one already
 * or it has not heard of the group yet, one by one, until it lists an owner.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "creation.h"
#include "owners.h"

enum { OWNERS_MAX = 100, ROUNDS_MAX = 10 };

/* ---- who ----------------------------------------------------------------------------- */

static const char *setting(struct job *j, const char *name)
{
	return json_text_or(job_school(j)->settings, name, "");
}

static void forget_owners(struct creation *s)
{
	free(s->owner);
	free(s->teachers);
	s->owner = s->teachers = NULL;
	s->teacher_count = 0;
}

static void note_others(struct creation *s, char *const *addresses, size_t count)
{
	struct buf others;
	buf_init(&others, 0);
	for (size_t i = 0; i < count; i++)
		buf_add(&others, addresses[i], strlen(addresses[i]) + 1);
	s->teachers = others.length ? buf_take(&others) : NULL;
	s->teacher_count = count;
}

/* An account that orders a Team owns it. Of a class that is there already only who asked
 * for its Team becomes an owner. */
void creation_choose_owners(struct job *j, struct creation *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	struct owners o;
	json_t *extra = owners_of_text(setting(j, "extra_owners"));
	owners_choose(&o, &(struct owners_from){
			      .teachers = json_list(class, "teachers"),
			      .extra = extra,
			      .kind = json_text_or(class, "kind", c->kind),
			      .source = setting(j, "source"),
			      .asked_by = job_requested_by(j),
			      .asker_address = job_text_option(j, "owner"),
			      .group_sync = strcmp(setting(j, "naming"), "rule") == 0,
			  });
	forget_owners(s);
	size_t first = !job_account(j) || o.has_asker ? 1 : 0; /* of the others */
	if (job_account(j))
		s->owner = o.knows_asker ? xstrdup(job_account(j)) : NULL;
	else if (o.count > 0)
		s->owner = xstrdup(o.at[0]);
	if (s->has_class && s->team_id)
		note_others(s, o.at, o.has_asker && !job_account(j) ? 1 : 0);
	else if (s->class_alone)
		note_others(s, o.at, o.count);
	else if (s->owner)
		note_others(s, o.at + first, o.count - first);
	owners_clear(&o);
	json_decref(extra);
}

const char *creation_no_owner(struct job *j, const struct creation *s)
{
	if (job_account(j) && s->class_alone)
		return "A class without a Team needs the administrator's consent for the whole "
		       "school.";
	if (s->owner)
		return NULL;
	if (job_account(j))
		return "Whoever asked for this Team would own it and is no teacher of the class.";
	return "This class has no teacher with an address, and a Team needs an owner. Enter the "
	       "teacher, then create the Team.";
}

/* ---- the first owner's account, when the address is not the sign-in name ---------------- */

enum next creation_find_owner(struct job *j)
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

enum next creation_owner_searched(struct job *j, const struct answer *a)
{
	return searched(j, a, FIND_OWNER);
}

/* ---- the other owners' ------------------------------------------------------------------- */

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

static void take_found(struct creation *s)
{
	json_decref(s->owners);
	s->owners = json_array();
	for (size_t i = 0; i < s->teacher_count; i++) {
		const struct account *account = NULL;
		if (search_found(s->search, i, &account) == FOUND_ONE)
			json_array_append_new(s->owners, json_string(account->id));
	}
	search_free(s->search);
	s->search = NULL;
}

/* What is not made yet waits for its owner; what is there gets them. */
static int way_on(const struct creation *s)
{
	if (!s->team_id)
		return creation_way_to_order(s);
	return s->binding ? BIND_OWNERS : ADD_OWNERS;
}

enum next creation_find_teachers(struct job *j)
{
	struct creation *s = job_state(j);
	if (!s->search)
		s->search = search_for_teachers(s);
	json_t *batch = search_next(s->search);
	if (batch)
		return graph_post(j, batch, "/$batch");
	take_found(s);
	size_t found = json_array_size(s->owners);
	if (found == 0 && !s->team_id)
		return job_fail(j, "not_permitted",
		    "Nobody of those who would own this class has a Microsoft account under "
		    "their address. A class needs an owner: correct an address.");
	if (found < s->teacher_count)
		progress_message(j,
		    "%s is there. Some of its teachers have no Microsoft account under "
		    "their address and could not be made owners.",
		    s->class_alone ? "The class" : "The Team");
	return found > 0 ? job_goto(j, way_on(s)) : job_done(j);
}

enum next creation_teachers_searched(struct job *j, const struct answer *a)
{
	return searched(j, a, FIND_TEACHERS);
}

static void say_owners(struct job *j, const struct creation *s)
{
	size_t i;
	json_t *id;
	json_array_foreach (s->owners, i, id)
		history_say(j, &(struct history_event){
				   .what = "owner_added", .user_id = json_string_value(id)});
}

/* ---- of a Team ------------------------------------------------------------------------------ */

static size_t owner_ids(const struct creation *s, const char *users[OWNERS_MAX], size_t most)
{
	size_t n = 0, i;
	json_t *id;
	json_array_foreach (s->owners, i, id)
		if (n < most)
			users[n++] = json_string_value(id);
	return n;
}

enum next creation_add_owners(struct job *j)
{
	const struct creation *s = job_state(j);
	const char *users[OWNERS_MAX];
	size_t n = owner_ids(s, users, OWNERS_MAX);
	return graph_post(j, members_change_body(job_graph_root(j), users, n, true, false),
	    "/teams/%s/members/add", s->team_id);
}

enum next creation_owners_added(struct job *j, const struct answer *a)
{
	if (a->status >= 400 || a->status == 207 || a->status == ANSWER_TROUBLE)
		progress_message(j,
		    "The Team is there. Microsoft did not take all of its teachers as owners: "
		    "add them in Microsoft Teams.");
	else
		say_owners(j, job_state(j));
	return job_done(j);
}

/* ---- of a class's group ------------------------------------------------------------------------ */

static enum next bound(struct job *j, struct creation *s)
{
	s->binding = 0;
	say_owners(j, s);
	progress_save(j, NULL);
	return job_done(j);
}

/* More than fit into one change are made owners one by one. */
enum next creation_bind_owners(struct job *j)
{
	struct creation *s = job_state(j);
	const char *users[OWNERS_MAX];
	size_t n = owner_ids(s, users, OWNERS_MAX);
	s->binding = BIND_OWNERS;
	s->linked = 0;
	if (n > OWNERS_BOUND_MAX || s->looks > 0)
		return job_goto(j, LINK_OWNER);
	return graph_patch(
	    j, group_owners_body(job_graph_root(j), users, n), "/groups/%s", s->team_id);
}

enum next creation_owners_bound(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status >= 200 && a->status < 300)
		return bound(j, s);
	return job_goto(j, LINK_OWNER);
}

enum next creation_link_owner(struct job *j)
{
	struct creation *s = job_state(j);
	size_t count = json_array_size(s->owners);
	s->binding = LINK_OWNER;
	if (s->linked == 2 * count)
		return job_goto(j, COUNT_OWNERS);
	const char *user = json_string_value(json_array_get(s->owners, s->linked / 2));
	return graph_post(j, group_reference_body(job_graph_root(j), user), "/groups/%s/%s/$ref",
	    s->team_id, s->linked % 2 ? "members" : "owners");
}

/* Refused, because somebody is one already or the group is too young: who owns it in the
 * end tells. */
enum next creation_owner_linked(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	(void)a;
	s->linked++;
	return job_goto(j, LINK_OWNER);
}

enum next creation_count_owners(struct job *j)
{
	struct creation *s = job_state(j);
	s->binding = COUNT_OWNERS;
	return graph_get(j, "/groups/%s/owners?$select=id", s->team_id);
}

static bool lists(const json_t *answer, const char *user)
{
	size_t i;
	json_t *owner;
	json_array_foreach (json_list(answer, "value"), i, owner)
		if (strcasecmp(json_text_or(owner, "id", ""), user) == 0)
			return true;
	return false;
}

enum next creation_owners_counted(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	size_t i, missing = 0, count = json_array_size(s->owners);
	json_t *id;
	json_array_foreach (s->owners, i, id)
		missing += !lists(a->body, json_string_value(id));
	if (missing == 0)
		return bound(j, s);
	if (++s->looks < ROUNDS_MAX)
		return job_sleep(j, job_poll_ms(j), BIND_OWNERS);
	s->binding = 0;
	if (missing == count)
		return job_fail(j, "graph_error",
		    "The class is there, and Microsoft takes nobody as its owner.");
	progress_message(j, "The class is there. Microsoft did not take all of its owners.");
	return job_done(j);
}
