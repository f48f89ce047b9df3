/*
 * change - see change.h. Events about people in groups:
 *
 *	role "member" or "owner"; via "teams" or "hand": a member of the team, and
 *	as owner in both collections of the group; via "group" or "education": in the
 *	one collection named, and in the team when Microsoft's background job has run.
 *
 * Delays ride along in the event (ms of moments), counted from its time, so that a
 * replay finds teams as ready as they were.
 */
#include "change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "json.h"

struct effect {
	struct emulator *em;
	struct tenant *tenant;
	struct group *group; /* that the event names, or NULL */
	struct user *user;
	const json_t *event;
	int64_t at; /* the moment of the event */
};

static int64_t after(const struct effect *f, const char *key)
{
	return f->at + json_int(f->event, key, 0);
}

static void set_text(char **place, const char *value)
{
	free(*place);
	*place = xstrdup(value);
}

static void describe(struct effect *f)
{
	struct group *g = f->group;
	const char *name = json_text(f->event, "name");
	const char *nickname = json_text(f->event, "nickname");
	if (name)
		group_rename(g, name);
	if (nickname && strcmp(nickname, g->nickname) != 0)
		group_rename_mail(g, nickname);
	if (json_object_get(f->event, "description"))
		set_text(&g->description, json_text(f->event, "description"));
	if (json_text(f->event, "visibility"))
		set_text(&g->visibility, json_text(f->event, "visibility"));
	g->is_class = json_bool(f->event, "class", g->is_class);
	g->locked = json_bool(f->event, "locked", g->locked);
	json_object_update(g->extras, json_map(f->event, "extras"));
}

static void group_created(struct effect *f)
{
	const char *id = json_text_or(f->event, "team", "");
	f->group = group_new(f->tenant, id, json_text_or(f->event, "name", ""),
	    json_text_or(f->event, "nickname", ""));
	f->group->created_wall_ms = json_int(f->event, "at", 0);
	f->group->visible_at = after(f, "group_404_ms");
	f->group->replicated_at = after(f, "replicate_ms");
	describe(f);
}

static void operation_started(struct effect *f, const char *type)
{
	const char *id = json_text(f->event, "operation");
	if (!id)
		return;
	struct operation *o = xcalloc(1, sizeof(*o));
	text_copy(o->id, sizeof(o->id), id);
	o->type = type;
	o->created_wall_ms = json_int(f->event, "at", 0);
	o->visible_at = after(f, "operation_404_ms");
	o->starts_at = f->at + json_int(f->event, "operation_ms", 0) / 4;
	o->ends_at = after(f, "operation_ms");
	o->error = json_incref(json_map(f->event, "error"));
	o->next = f->group->operations;
	f->group->operations = o;
}

static void join(struct effect *f, bool owner, bool member, int64_t team_at)
{
	struct membership *m = membership_find(f->group, f->user);
	if (!m) {
		m = membership_add(f->group, f->user);
		m->team_at = team_at;
	}
	m->owner |= owner;
	m->member |= member;
	m->gone_at = 0;
	if (m->team_at > team_at)
		m->team_at = team_at;
}

static void team_created(struct effect *f)
{
	if (!f->group)
		group_created(f);
	struct group *g = f->group;
	g->is_team = true;
	g->team_at = after(f, "operation_ms") + json_int(f->event, "team_404_ms", 0);
	g->locked = json_bool(f->event, "locked", false);
	if (f->user)
		join(f, true, true, f->at);
	for (size_t i = 0; i < g->membership_count; i++)
		g->memberships[i].team_at = f->at;
	operation_started(f, "createTeam");
}

/* Nothing came of it: the operation can be read, the team cannot. */
static void creation_failed(struct effect *f)
{
	if (!f->group) {
		group_created(f);
		f->group->failed = true;
	}
	operation_started(f, "createTeam");
}

static bool through_teams(const struct effect *f)
{
	const char *via = json_text_or(f->event, "via", "teams");
	return !strcmp(via, "teams") || !strcmp(via, "hand");
}

static bool as_owner(const struct effect *f)
{
	return !strcmp(json_text_or(f->event, "role", "member"), "owner");
}

static void member_added(struct effect *f)
{
	bool owner = as_owner(f);
	if (f->user && f->group)
		join(f, owner, !owner || through_teams(f), after(f, "visible_ms"));
}

static void member_removed(struct effect *f)
{
	struct membership *m = f->user && f->group ? membership_find(f->group, f->user) : NULL;
	if (!m)
		return;
	if (through_teams(f)) {
		membership_drop(f->group, m);
		return;
	}
	if (as_owner(f))
		m->owner = false;
	else
		m->member = false;
	if (m->owner || m->member)
		return;
	if (f->group->is_team && json_int(f->event, "lingers_ms", 0))
		m->gone_at = after(f, "lingers_ms");
	else
		membership_drop(f->group, m);
}

static void role_changed(struct effect *f)
{
	struct membership *m = f->user && f->group ? membership_find(f->group, f->user) : NULL;
	if (m) {
		m->owner = as_owner(f);
		m->member = true;
	}
}

static void team_changed(struct effect *f)
{
	if (f->group)
		describe(f);
}

static void team_archived(struct effect *f)
{
	if (!f->group)
		return;
	f->group->archived = true;
	operation_started(f, "archiveTeam");
}

static void team_unarchived(struct effect *f)
{
	if (!f->group)
		return;
	f->group->archived = false;
	operation_started(f, "unarchiveTeam");
}

static void group_deleted(struct effect *f)
{
	if (!f->group)
		return;
	f->group->deleted_wall_ms = json_int(f->event, "at", 1);
	f->group->gone_at = after(f, "delete_lag_ms");
}

static void group_restored(struct effect *f)
{
	if (f->group)
		f->group->deleted_wall_ms = 0;
}

static void group_purged(struct effect *f)
{
	if (f->group)
		group_purge(f->group);
}

static void user_created(struct effect *f)
{
	json_t *properties = json_deep_copy(json_map(f->event, "set"));
	if (!properties)
		return;
	int64_t after_ms = json_int(properties, "visible_after_ms", 0);
	struct user *u = user_new(f->tenant, properties);
	u->visible_at = after_ms ? f->at + after_ms : 0;
}

static void user_changed(struct effect *f)
{
	json_t *changes = json_map(f->event, "set");
	if (!f->user || !changes)
		return;
	user_set(f->user, changes);
	if (json_bool(f->event, "revoked", false))
		f->user->revoked_at = f->at;
}

static void user_deleted(struct effect *f)
{
	if (!f->user)
		return;
	for (size_t i = 0; i < f->tenant->group_count; i++) {
		struct membership *m = membership_find(f->tenant->groups[i], f->user);
		if (m)
			membership_drop(f->tenant->groups[i], m);
	}
	user_delete(f->user);
}

static void consent_given(struct effect *f)
{
	struct app *a = world_app(&f->em->world, json_text_or(f->event, "app", ""));
	if (a)
		map_set(&a->consents, f->tenant->id, f->tenant);
	f->tenant->admin_consent = true;
}

static void consent_withdrawn(struct effect *f)
{
	struct app *a = world_app(&f->em->world, json_text_or(f->event, "app", ""));
	if (a) {
		a->any_tenant = false;
		map_drop(&a->consents, f->tenant->id);
	}
	f->tenant->admin_consent = false;
}

static const struct kind {
	const char *what;
	void (*apply)(struct effect *f);
} kinds[] = {
    {"member_added", member_added},
    {"member_removed", member_removed},
    {"role_changed", role_changed},
    {"team_created", team_created},
    {"creation_failed", creation_failed},
    {"group_created", group_created},
    {"team_changed", team_changed},
    {"team_archived", team_archived},
    {"team_unarchived", team_unarchived},
    {"group_deleted", group_deleted},
    {"group_restored", group_restored},
    {"group_purged", group_purged},
    {"user_created", user_created},
    {"user_changed", user_changed},
    {"user_deleted", user_deleted},
    {"consent_given", consent_given},
    {"consent_withdrawn", consent_withdrawn},
};

static void apply(struct emulator *em, struct tenant *t, const json_t *event)
{
	const char *what = json_text_or(event, "what", "");
	const char *team = json_text(event, "team"), *user = json_text(event, "user");
	struct effect f = {
	    .em = em,
	    .tenant = t,
	    .event = event,
	    .group = team ? group_find(t, team) : NULL,
	    .user = user ? user_find(t, user) : NULL,
	    .at = moment_of(&em->time, json_int(event, "at", 0)),
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].what, what))
			return kinds[i].apply(&f);
}

void change_make(struct emulator *em, struct tenant *t, json_t *event)
{
	json_object_set_new(event, "at", json_integer(clock_wall_ms()));
	json_object_set_new(event, "tenant", json_string(t->id));
	apply(em, t, event);
	ledger_add(&em->ledger, event, false);
	json_decref(event);
}

void change_by(struct call *c, const char *via, json_t *event)
{
	json_object_set_new(event, "via", json_string(via));
	json_object_set_new(
	    event, "by", json_string(c->client_request_id ? c->client_request_id : ""));
	change_make(c->em, c->who.tenant, event);
}

static int replay_line(struct emulator *em, const char *line, size_t length, struct err *e)
{
	json_t *event = json_read(line, length, 16, e);
	if (!event)
		return e->code;
	struct tenant *t = world_tenant(&em->world, json_text_or(event, "tenant", ""));
	if (t) {
		apply(em, t, event);
		ledger_add(&em->ledger, event, true);
	}
	json_decref(event);
	return 0;
}

int change_replay(struct emulator *em, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, "%s: %m", path);
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	off_t whole = 0;
	int status = 0, number = 0;
	while (status == 0 && (length = getline(&line, &room, f)) > 0 && line[length - 1] == '\n') {
		number++;
		whole += length;
		status = replay_line(em, line, (size_t)length, e);
	}
	/* a last line that was being written when the emulator died never happened */
	if (status == 0 && truncate(path, whole) < 0)
		status = err_set(e, ERR_SYSTEM, "cannot be cut: %m");
	if (status < 0)
		err_prefix(e, "%s:%d", path, number);
	free(line);
	fclose(f);
	return status;
}
