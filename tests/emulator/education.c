/*
 * education - classes: groups with a mark of their own, app-only to write (graph.md
 * 3.4, 5.5). A teacher is the group's owner, a student its member.
 */
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "directory.h"
#include "group_links.h"
#include "json.h"
#include "page.h"
#include "routes.h"
#include "teams.h"

static const char *const class_fields[] = {
    "classCode", "externalId", "externalName", "externalSource", "externalSourceDetail", "grade"};

#define CLASS_FIELDS (sizeof(class_fields) / sizeof(class_fields[0]))

static struct group *class_wanted(struct call *c)
{
	struct group *g = call_group(c, c->args[0]);
	bool inside = g && (!c->who.user || membership_find(g, c->who.user));
	if (g && g->is_class && inside)
		return g;
	reply_no_object(c, c->args[0]);
	return NULL;
}

static json_t *class_resource(const struct group *g)
{
	json_t *body = json_pack("{s:s,s:s,s:s,s:o}", "id", g->id, "displayName", g->name,
	    "mailNickname", g->nickname, "description",
	    g->description ? json_string(g->description) : json_null());
	for (size_t i = 0; i < CLASS_FIELDS; i++) {
		json_t *value = json_object_get(g->extras, class_fields[i]);
		json_object_set_new(
		    body, class_fields[i], value ? json_incref(value) : json_null());
	}
	return body;
}

static void answer(struct call *c, int status, const struct group *g)
{
	json_t *body = reply_context(c, "education/classes/$entity"), *resource = class_resource(g);
	json_object_update(body, resource);
	json_decref(resource);
	reply_json(c, status, body);
}

static json_t *fields_of(const json_t *body)
{
	json_t *extras = json_object();
	for (size_t i = 0; i < CLASS_FIELDS; i++)
		if (json_object_get(body, class_fields[i]))
			json_object_set(
			    extras, class_fields[i], json_object_get(body, class_fields[i]));
	return extras;
}

void classes_list(struct call *c)
{
	const struct tenant *t = c->who.tenant;
	struct page p;
	if (!page_open(c, &p, 100, 999))
		return;
	for (size_t i = 0; i < t->group_count && !p.more; i++) {
		const struct group *g = t->groups[i];
		bool mine = !c->who.user || membership_find(g, c->who.user);
		if (g->is_class && mine && call_group(c, g->id) == g &&
		    page_wants(&p, (int64_t)i + 1))
			page_put(&p, (int64_t)i + 1, class_resource(g));
	}
	page_reply(c, &p, reply_context(c, "education/classes"));
}

void class_create(struct call *c)
{
	char id[GUID_ROOM];
	const char *name = json_text(c->body, "displayName");
	const char *nickname = json_text(c->body, "mailNickname");
	if (!name_check(c, name, json_text(c->body, "description")) ||
	    !nickname_check(c, nickname, NULL))
		return;
	json_t *event =
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:I,s:I}", "what", "group_created", "team",
		guid_random(&c->em->random, id), "name", name, "nickname", nickname, "visibility",
		"HiddenMembership", "class", 1, "extras", fields_of(c->body), "group_404_ms",
		(json_int_t)c->set.group_404_ms, "replicate_ms", (json_int_t)c->set.replicate_ms);
	if (json_text(c->body, "description"))
		json_object_set(event, "description", json_object_get(c->body, "description"));
	change_by(c, "education", event);
	answer(c, 201, group_find(c->who.tenant, id));
}

void class_get(struct call *c)
{
	const struct group *g = class_wanted(c);
	if (g)
		answer(c, 200, g);
}

void class_patch(struct call *c)
{
	struct group *g = class_wanted(c);
	if (!g)
		return;
	const char *name = json_text(c->body, "displayName");
	json_t *description = json_object_get(c->body, "description");
	if (!name_check(c, name ? name : g->name, json_string_value(description)))
		return;
	json_t *event = json_pack(
	    "{s:s,s:s,s:o}", "what", "team_changed", "team", g->id, "extras", fields_of(c->body));
	if (name)
		json_object_set_new(event, "name", json_string(name));
	if (description)
		json_object_set(event, "description", description);
	change_by(c, "education", event);
	answer(c, 200, g);
}

void class_delete(struct call *c)
{
	struct group *g = class_wanted(c);
	if (g)
		group_do_delete(c, g);
}

static void list(struct call *c, bool teachers)
{
	struct group *g = class_wanted(c);
	struct page p;
	if (!g)
		return;
	if (!c->who.user && !call_may(c, "Member.Read.Hidden EduRoster.ReadWrite.All"))
		return reply_denied(c);
	if (!page_open(c, &p, 100, 999))
		return;
	for (size_t i = 0; i < g->membership_count && !p.more; i++) {
		const struct membership *m = &g->memberships[i];
		if (!group_has(g, m->user, teachers) || !page_wants(&p, m->order))
			continue;
		json_t *person = user_resource(c, m->user);
		json_object_set_new(
		    person, "primaryRole", json_string(m->owner ? "teacher" : "student"));
		page_put(&p, m->order, person);
	}
	page_reply(c, &p, reply_context(c, "education/users"));
}

void class_members(struct call *c)
{
	list(c, false);
}

void class_teachers(struct call *c)
{
	list(c, true);
}

static void change_link(struct call *c, bool add, bool teacher)
{
	struct group *g = class_wanted(c);
	if (g && add)
		group_ref(c, g, "education", teacher);
	else if (g)
		group_unref(c, g, c->args[1], "education", teacher);
}

void class_member_ref(struct call *c)
{
	change_link(c, true, false);
}

void class_teacher_ref(struct call *c)
{
	change_link(c, true, true);
}

void class_member_unref(struct call *c)
{
	change_link(c, false, false);
}

void class_teacher_unref(struct call *c)
{
	change_link(c, false, true);
}
