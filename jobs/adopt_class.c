/*
 * adopt_class - a class takes a Team, or a class, that is in Microsoft 365 already.
 *
 *	read_class -> find_marked (by its name, with our mark) -> read_group -> list_classes
 *	    |             '-> find_external (by the school's own id, page by page) -^
 *	    '-> read_group (somebody has named it)
 *	list_classes -> look_at_others (by batch) -> read_team -> take -> see_taken -> done
 *
 * Nothing is changed at Microsoft's, so it may run any number of times; the next sync makes
 * the members those of the register. What carries the mark of another class, or is on record
 * as another's, is left to that: two classes in one Team would take out each other's learners.
 * The look at the school's own classes names the other one; whose it is, of all schools, is
 * decided as it is taken, behind the fence. A job that ends before all is told lets it go.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "class_job.h"
#include "class_names.h"
#include "graph.h"
#include "job.h"
#include "naming.h"

enum {
	READ_CLASS,
	FIND_MARKED,
	FIND_EXTERNAL,
	READ_GROUP,
	LIST_CLASSES,
	LOOK_AT_OTHERS,
	READ_TEAM,
	TAKE,
	SEE_TAKEN
};
enum { MINUTES_10 = 600000, PAGES_MAX = 50, GUID_LENGTH = 36, BATCH = 50 };

struct adoption {
	char *group_id;	 /* owned: NULL until known */
	char *name;	 /* owned: what it would be called */
	char *next_page; /* owned: of the tenant's classes */
	json_t *group;	 /* owned: as Microsoft has it */
	json_t *team;	 /* owned: the same; NULL: it is no Team */
	json_t *ids;	 /* owned: the school's classes */
	size_t next;	 /* the first of them that was not looked at */
	char mark[48];
	struct class_counts counts;
	int pages;
	bool taken; /* it may be on record as the class's, and nothing else of it */
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static bool is_guid(const char *text)
{
	return strlen(text) == GUID_LENGTH && text[strspn(text, "0123456789abcdefABCDEF-")] == '\0';
}

/* The name that the class would have been made with. */
static char *name_of(struct job *j, const json_t *class)
{
	struct class_names n = class_names_of(j, class);
	struct naming naming = {n.group, n.identifier, n.year, job_class_id(j)};
	bool by_rule = strcmp(json_text_or(job_school(j)->settings, "naming", ""), "rule") == 0;
	char *name = by_rule ? naming_display(&naming) : NULL;
	return name ? name : xstrdup(json_text_or(class, "name", job_class(j)->name));
}

static void take_class(struct job *j, struct adoption *s)
{
	json_t *class = class_as_said(j);
	team_marker(job_school_id(j), job_class_id(j),
	    json_text_or(class, "year", job_class(j)->year), s->mark);
	free(s->name);
	s->name = name_of(j, class);
	s->counts = class_take_said(j, true);
	json_decref(class);
}

/* What an attempt before this one did: "taking" that one, and it did not come to tell of it;
 * or "taken", and told. */
static bool was(const struct job *j, const char *what, const char *team_id)
{
	return *team_id && strcasecmp(json_text_or(progress_saved(j), what, ""), team_id) == 0;
}

/* Somebody joined this job when it was nearly over: there is no more to be done. */
static enum next done_before(struct job *j, const struct class_record *c)
{
	(void)class_take_said(j, false);
	progress_team(j, c->team_id, c->web_url);
	return job_done(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	const struct class_record *c = job_class(j);
	const char *named = job_text_option(j, "group");
	(void)a;
	if (was(j, "taken", c->team_id))
		return done_before(j, c);
	s->taken = was(j, "taking", c->team_id);
	if (s->taken)
		named = c->team_id;
	else if (c->team_id[0])
		return job_fail(j, "not_permitted",
		    "This class is in Microsoft 365 already: it keeps what it has.");
	if (*named && !is_guid(named))
		return job_fail(j, "bad_envelope",
		    "\"%.60s\" is no id of a group in Microsoft 365: copy the link of the Team.",
		    named);
	take_class(j, s);
	if (!*named)
		return job_goto(j, FIND_MARKED);
	free(s->group_id);
	s->group_id = xstrdup(named);
	return job_goto(j, READ_GROUP);
}

/* ---- which one it is -------------------------------------------------------------------- */

static enum next find_marked(struct job *j)
{
	const struct adoption *s = job_state(j);
	char *path = team_search_path(s->name);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

static enum next marked_found(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	s->group_id = team_marked(a->body, s->mark);
	return job_goto(j, s->group_id ? READ_GROUP : FIND_EXTERNAL);
}

static enum next find_external(struct job *j)
{
	const struct adoption *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	return graph_get(j, "/education/classes?$select=id,externalId&$top=999");
}

/* False: two of them say that they are this one. */
static bool take_external(struct job *j, struct adoption *s, const json_t *page)
{
	size_t i;
	json_t *class;
	json_array_foreach (json_list(page, "value"), i, class) {
		const char *id = json_text(class, "id");
		if (!id || strcmp(json_text_or(class, "externalId", ""), job_class_id(j)) != 0)
			continue;
		if (s->group_id)
			return false;
		s->group_id = xstrdup(id);
	}
	return true;
}

static enum next external_found(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	if (a->status == 200 && !take_external(j, s, a->body))
		return job_fail(j, "not_permitted",
		    "Several classes in Microsoft 365 carry the id of this one: say which it is.");
	free(s->next_page);
	s->next_page = a->status == 200 ? xstrdup(json_text(a->body, "@odata.nextLink")) : NULL;
	if (s->next_page && ++s->pages < PAGES_MAX)
		return job_goto(j, FIND_EXTERNAL);
	if (s->group_id)
		return job_goto(j, READ_GROUP);
	return job_fail(j, "team_missing",
	    "Nothing in Microsoft 365 carries the mark or the id of this class. Name the Team by "
	    "its link, or create the class.");
}

/* ---- what it is ----------------------------------------------------------------------------- */

static enum next read_group(struct job *j)
{
	const struct adoption *s = job_state(j);
	return graph_get(
	    j, "/groups/%s?$select=id,displayName,mailNickname,mail,description", s->group_id);
}

static bool is_anothers(const struct adoption *s, const json_t *group)
{
	const char *description = json_text_or(group, "description", "");
	size_t prefix = strcspn(s->mark, "-") + 1;
	char begin[16];
	text_copy(begin, prefix < sizeof begin ? prefix + 1 : sizeof begin, s->mark);
	return strstr(description, begin) && !strstr(description, s->mark);
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	if (a->status == 404)
		return job_fail(j, "team_missing",
		    "There is no such group in the school's Microsoft 365: copy the link of the "
		    "Team.");
	if (is_anothers(s, a->body))
		return job_fail(j, "not_permitted",
		    "\"%s\" was made for another class, and stays with that.",
		    json_text_or(a->body, "displayName", ""));
	json_decref(s->group);
	s->group = json_incref(a->body);
	char *id = xstrdup(json_text_or(a->body, "id", s->group_id));
	free(s->group_id);
	s->group_id = id;
	return job_goto(j, LIST_CLASSES);
}

/* ---- whose it is ---------------------------------------------------------------------------- */

static enum next list_classes(struct job *j)
{
	return record_class_ids(j);
}

static enum next classes_listed(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	json_decref(s->ids);
	s->ids = json_incref(json_array_get(a->body, 0));
	s->next = 0;
	return job_goto(j, LOOK_AT_OTHERS);
}

static enum next look_at_others(struct job *j)
{
	const struct adoption *s = job_state(j);
	return record_classes(j, s->ids, s->next, BATCH);
}

/* The class among these that has the group on record; NULL: none. */
static const json_t *holder(const struct adoption *s, const struct job *j, const json_t *batch)
{
	for (size_t n = 0; n < BATCH && s->next + n < json_array_size(s->ids); n++) {
		const char *id = json_string_value(json_array_get(s->ids, s->next + n));
		const json_t *record = json_array_get(batch, CLASS_PARTS * n + CLASS_RECORD);
		if (strcmp(id, job_class_id(j)) != 0 &&
		    strcasecmp(json_text_or(record, "team_id", ""), s->group_id) == 0)
			return record;
	}
	return NULL;
}

static enum next others_seen(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	const json_t *record = holder(s, j, a->body);
	if (record)
		return job_fail(j, "not_permitted",
		    "\"%s\" is the Team of the class %s already, and stays with that.",
		    json_text_or(s->group, "displayName", ""), json_text_or(record, "name", ""));
	s->next += BATCH;
	if (s->next < json_array_size(s->ids))
		return job_goto(j, LOOK_AT_OTHERS);
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: the class would take \"%s\".",
		    json_text_or(s->group, "displayName", ""));
		return job_done(j);
	}
	return job_goto(j, READ_TEAM);
}

static enum next read_team(struct job *j)
{
	const struct adoption *s = job_state(j);
	return graph_get(j, "/teams/%s", s->group_id);
}

static enum next team_read(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	json_decref(s->team);
	s->team = a->status == 404 ? NULL : json_incref(a->body);
	return job_goto(j, TAKE);
}

/* ---- and it is taken ------------------------------------------------------------------------ */

static enum next take(struct job *j)
{
	struct adoption *s = job_state(j);
	s->taken = true;
	record_team_taken(j, s->group_id);
	progress_save(j, json_pack("{s:s}", "taking", s->group_id));
	return progress_write(j);
}

static enum next taken(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, SEE_TAKEN);
}

static void put_adopted(struct job *j, struct adoption *s)
{
	record_class(j, "display_name", json_text(s->group, "displayName"));
	record_class(j, "mail_nickname", json_text(s->group, "mailNickname"));
	record_class(j, "address", json_text(s->group, "mail"));
	record_class(j, "is_team", s->team ? "1" : "0");
	record_class_int(j, "team_made_at", job_now(j));
	record_class(j, "adopted_by", job_requested_by(j));
	record_class_drop(j, "former_team_id");
	record_class_drop(j, "restorable");
	class_drop_intent(j);
	class_put_link(j, s->group_id, s->team);
	class_put_counts(j, true, &s->counts);
	history_say(j, &(struct history_event){.what = s->team ? "team_created" : "class_created",
			   .detail = "adopted"});
}

static enum next taken_seen(struct job *j, const struct answer *a)
{
	struct adoption *s = job_state(j);
	(void)a;
	s->taken = false;
	if (strcasecmp(job_class(j)->team_id, s->group_id) != 0)
		return job_fail(j, "not_permitted",
		    "\"%s\" is the Team of another class already, and stays with that.",
		    json_text_or(s->group, "displayName", ""));
	put_adopted(j, s);
	progress_save(j, json_pack("{s:s}", "taken", s->group_id));
	return job_done(j);
}

static int winding_up(struct job *j)
{
	const struct adoption *s = job_state(j);
	return !s->name && progress_saved(j) ? READ_CLASS : -1;
}

static void ending(struct job *j)
{
	const struct adoption *s = job_state(j);
	if (s->taken)
		record_team(j, "");
}

static void clear(struct job *j)
{
	struct adoption *s = job_state(j);
	free(s->group_id);
	free(s->name);
	free(s->next_page);
	json_decref(s->group);
	json_decref(s->team);
	json_decref(s->ids);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [FIND_MARKED] = {"find_marked", "Looking for the Team", find_marked, marked_found, {0}},
    [FIND_EXTERNAL] = {"find_external", "Looking for the Team", find_external, external_found,
	{403, 404, ANSWER_TROUBLE}},
    [READ_GROUP] = {"read_group", "Looking for the Team", read_group, group_read, {404}},
    [LIST_CLASSES] = {"list_classes", NULL, list_classes, classes_listed, {0}},
    [LOOK_AT_OTHERS] = {"look_at_others", NULL, look_at_others, others_seen, {0}},
    [READ_TEAM] = {"read_team", "Looking for the Team", read_team, team_read, {404}},
    [TAKE] = {"take", NULL, take, taken, {0}},
    [SEE_TAKEN] = {"see_taken", NULL, read_class, taken_seen, {0}},
};

const struct job_type adopt_class = {
    .name = "adopt-class",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct adoption),
    .deadline_ms = MINUTES_10,
    .clear = clear,
    .winding_up = winding_up,
    .ending = ending,
};
