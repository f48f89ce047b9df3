/* deleted - the bin: groups stay restorable for thirty days (graph.md 3.8). */
#include <string.h>

#include "change.h"
#include "clock.h"
#include "directory.h"
#include "json.h"
#include "page.h"
#include "routes.h"

#define KEPT_MS INT64_C(2592000000)

static bool in_bin(const struct call *c, const struct group *g)
{
	return g && g->deleted_wall_ms && moment_now(&c->em->time) - g->gone_at < KEPT_MS;
}

static struct group *bin_wanted(struct call *c)
{
	struct group *g = group_find(c->who.tenant, c->args[0]);
	if (in_bin(c, g))
		return g;
	reply_no_object(c, c->args[0]);
	return NULL;
}

static void answer(struct call *c, const struct group *g)
{
	json_t *body = reply_context(c, "directoryObjects/$entity");
	json_object_set_new(body, "@odata.type", json_string("#microsoft.graph.group"));
	json_t *resource = group_resource(c, g);
	json_object_update(body, resource);
	json_decref(resource);
	reply_json(c, 200, body);
}

void deleted_list(struct call *c)
{
	const struct tenant *t = c->who.tenant;
	struct page p;
	if (!page_open(c, &p, 100, 999))
		return;
	for (size_t i = 0; i < t->group_count && !p.more; i++) {
		if (!in_bin(c, t->groups[i]) || !page_wants(&p, (int64_t)i + 1))
			continue;
		json_t *resource = group_resource(c, t->groups[i]);
		page_put(&p, (int64_t)i + 1, page_select(c, resource, NULL));
		json_decref(resource);
	}
	page_reply(c, &p, reply_context(c, "groups"));
}

void deleted_get(struct call *c)
{
	const struct group *g = bin_wanted(c);
	if (g)
		answer(c, g);
}

void deleted_restore(struct call *c)
{
	struct group *g = bin_wanted(c);
	if (!g)
		return;
	change_by(c, "group", json_pack("{s:s,s:s}", "what", "group_restored", "team", g->id));
	answer(c, g);
}

void deleted_purge(struct call *c)
{
	struct group *g = bin_wanted(c);
	if (!g)
		return;
	change_by(c, "group", json_pack("{s:s,s:s}", "what", "group_purged", "team", g->id));
	reply_empty(c, 204);
}
