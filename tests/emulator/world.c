/*
 * world - building, finding and freeing what exists. Everything is found by hash;
 * the lists beside the maps keep the order in which pages are served.
 */
#include "world.h"

#include <string.h>
#include <strings.h>

#include "buf.h"

void world_init(struct world *w, const struct moments *time)
{
	w->time = time;
	map_init(&w->apps);
	map_init(&w->tenants);
	map_init(&w->domains);
}

static void app_free(struct app *a)
{
	free(a->client_id);
	free(a->secret);
	json_decref(a->roles);
	json_decref(a->redirect_uris);
	EVP_PKEY_free(a->key);
	map_clear(&a->consents);
	free(a);
}

static void tenant_free(struct tenant *t)
{
	while (t->group_count)
		group_purge(t->groups[t->group_count - 1]);
	for (size_t i = 0; i < t->user_count; i++) {
		json_decref(t->users[i]->properties);
		free(t->users[i]);
	}
	free(t->users);
	free(t->groups);
	map_clear(&t->users_by_id);
	map_clear(&t->groups_by_id);
	index_clear(&t->user_index);
	index_clear(&t->group_index);
	free(t->domain);
	free(t->name_prefix);
	free(t->name_suffix);
	free(t->blocked_words);
	json_decref(t->domains);
	free(t);
}

void world_clear(struct world *w)
{
	size_t at = 0;
	const char *key;
	void *item;
	while (map_next(&w->apps, &at, &key, &item))
		app_free(item);
	at = 0;
	while (map_next(&w->tenants, &at, &key, &item))
		tenant_free(item);
	map_clear(&w->apps);
	map_clear(&w->tenants);
	map_clear(&w->domains);
}

struct app *world_app(const struct world *w, const char *client_id)
{
	return map_get(&w->apps, client_id);
}

struct app *app_new(struct world *w, const char *client_id, const char *secret)
{
	struct app *a = xcalloc(1, sizeof(*a));
	a->client_id = xstrdup(client_id);
	a->secret = xstrdup(secret);
	a->roles = json_array();
	a->redirect_uris = json_array();
	a->any_tenant = true;
	map_init(&a->consents);
	map_set(&w->apps, client_id, a);
	return a;
}

bool app_consented(const struct app *a, const struct tenant *t)
{
	return a->any_tenant || map_get(&a->consents, t->id);
}

struct tenant *world_tenant(const struct world *w, const char *id_or_domain)
{
	struct tenant *t = map_get(&w->tenants, id_or_domain);
	return t ? t : map_get(&w->domains, id_or_domain);
}

struct tenant *tenant_new(struct world *w, const char *id, const char *domain)
{
	struct tenant *t = xcalloc(1, sizeof(*t));
	text_copy(t->id, sizeof(t->id), id);
	t->domain = xstrdup(domain);
	t->admin_consent = true;
	map_init(&t->users_by_id);
	map_init(&t->groups_by_id);
	index_init(&t->user_index);
	index_init(&t->group_index);
	map_set(&w->tenants, id, t);
	map_set(&w->domains, domain, t);
	return t;
}

/* ---- groups ---------------------------------------------------------------- */

static void file_group(
    struct group *g, void (*move)(struct index *, const char *, const char *, void *))
{
	move(&g->tenant->group_index, "displayName", g->name, g);
	move(&g->tenant->group_index, "mailNickname", g->nickname, g);
	move(&g->tenant->group_index, "id", g->id, g);
}

struct group *group_new(struct tenant *t, const char *id, const char *name, const char *nickname)
{
	struct group *g = xcalloc(1, sizeof(*g));
	text_copy(g->id, sizeof(g->id), id);
	g->tenant = t;
	g->name = xstrdup(name);
	g->nickname = xstrdup(nickname);
	g->visibility = xstrdup("Private");
	g->extras = json_object();
	if (t->group_count == t->group_room) {
		t->group_room = t->group_room ? t->group_room * 2 : 16;
		t->groups = xrealloc(t->groups, t->group_room * sizeof(struct group *));
	}
	t->groups[t->group_count++] = g;
	map_set(&t->groups_by_id, id, g);
	file_group(g, index_add);
	return g;
}

struct group *group_find(const struct tenant *t, const char *id)
{
	return map_get(&t->groups_by_id, id);
}

void group_rename(struct group *g, const char *name)
{
	file_group(g, index_drop);
	free(g->name);
	g->name = xstrdup(name);
	file_group(g, index_add);
}

void group_rename_mail(struct group *g, const char *nickname)
{
	file_group(g, index_drop);
	free(g->nickname);
	g->nickname = xstrdup(nickname);
	file_group(g, index_add);
}

void group_purge(struct group *g)
{
	struct tenant *t = g->tenant;
	file_group(g, index_drop);
	map_drop(&t->groups_by_id, g->id);
	for (size_t i = t->group_count; i-- > 0;) {
		if (t->groups[i] != g)
			continue;
		memmove(t->groups + i, t->groups + i + 1,
		    (t->group_count - i - 1) * sizeof(struct group *));
		t->group_count--;
		break;
	}
	while (g->operations) {
		struct operation *next = g->operations->next;
		json_decref(g->operations->error);
		free(g->operations);
		g->operations = next;
	}
	free(g->name);
	free(g->nickname);
	free(g->visibility);
	free(g->description);
	json_decref(g->extras);
	free(g->memberships);
	free(g);
}

size_t group_owners(const struct group *g)
{
	size_t count = 0;
	for (size_t i = 0; i < g->membership_count; i++)
		count += g->memberships[i].owner && !g->memberships[i].gone_at;
	return count;
}

struct operation *group_operation(struct group *g, const char *id)
{
	for (struct operation *o = g->operations; o; o = o->next)
		if (!strcasecmp(o->id, id))
			return o;
	return NULL;
}

struct membership *membership_find(const struct group *g, const struct user *u)
{
	for (size_t i = 0; i < g->membership_count; i++)
		if (g->memberships[i].user == u)
			return &g->memberships[i];
	return NULL;
}

struct membership *membership_add(struct group *g, struct user *u)
{
	if (g->membership_count == g->membership_room) {
		g->membership_room = g->membership_room ? g->membership_room * 2 : 4;
		g->memberships =
		    xrealloc(g->memberships, g->membership_room * sizeof(struct membership));
	}
	struct membership *m = &g->memberships[g->membership_count++];
	*m = (struct membership){.user = u, .order = ++g->last_order};
	return m;
}

void membership_drop(struct group *g, struct membership *m)
{
	size_t place = (size_t)(m - g->memberships);
	memmove(m, m + 1, (g->membership_count - place - 1) * sizeof(*m));
	g->membership_count--;
}
