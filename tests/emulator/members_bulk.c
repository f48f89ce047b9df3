/* members_bulk - members/add and members/remove: one request, an outcome for each
 * person (graph.md 5.3, 5.4). */
#include <string.h>
#include <strings.h>

#include "access.h"
#include "json.h"
#include "routes.h"
#include "teams.h"

#define ADD_MAX	   200
#define REMOVE_MAX 20

struct bulk {
	struct call *call;
	struct group *group;
	struct member_entry entries[ADD_MAX];
	struct refusal refusals[ADD_MAX];
	size_t count, refused;
};

static bool read_entries(struct bulk *b, size_t most)
{
	struct call *c = b->call;
	const json_t *values = json_list(c->body, "values");
	size_t n;
	json_t *one;
	if (!json_array_size(values) || json_array_size(values) > most) {
		reply_error(c, 400, "BadRequest",
		    "The number of values must be between 1 and %zu; the request has %zu.", most,
		    json_array_size(values));
		return false;
	}
	json_array_foreach (values, n, one)
		if (!member_entry_read(c, one, &b->entries[b->count++]))
			return false;
	return true;
}

/* fail_users of the settings: ids or addresses. */
static bool is_to_fail(const struct call *c, const struct member_entry *entry)
{
	size_t n;
	json_t *one;
	const char *mail = entry->user ? user_text(entry->user, "mail") : NULL;
	json_array_foreach (c->set.fail_users, n, one) {
		const char *name = json_string_value(one);
		if (name && (!strcasecmp(name, entry->key) || (mail && !strcasecmp(name, mail)) ||
				(entry->user && !strcasecmp(name, entry->user->id))))
			return true;
	}
	return false;
}

static void refuse(struct bulk *b, size_t i, struct refusal r)
{
	const json_t *wanted = b->call->set.fail_error;
	if (is_to_fail(b->call, &b->entries[i]))
		r = (struct refusal){400, json_text_or(wanted, "code", "NotFound"),
		    json_text_or(wanted, "message", "")};
	b->refusals[i] = r;
	b->refused += r.status != 0;
}

static json_t *result_of(const struct member_entry *entry, const struct refusal *r)
{
	json_t *error = r->status ? json_pack("{s:s,s:s,s:n,s:[],s:n}", "code", r->code, "message",
					r->message, "target", "details", "innerError")
				  : json_null();
	return json_pack("{s:s,s:o,s:o}", "@odata.type",
	    "#microsoft.graph.aadUserConversationMemberResult", "userId",
	    json_clean(entry->user ? entry->user->id : entry->key), "error", error);
}

static void answer(struct bulk *b, int all_well)
{
	struct call *c = b->call;
	int status = b->refused ? 207 : all_well;
	if (status == 204 || (status == 207 && c->set.no_body))
		return reply_empty(c, status);
	json_t *list = json_array();
	for (size_t i = 0; i < b->count; i++)
		json_array_append_new(list, result_of(&b->entries[i], &b->refusals[i]));
	json_t *body =
	    reply_context(c, "Collection(microsoft.graph.aadUserConversationMemberResult)");
	json_object_set_new(body, "value", list);
	reply_json(c, status, body);
}

static bool somebody_unknown(const struct bulk *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->refusals[i].status == 404)
			return true;
	return false;
}

void members_add(struct call *c)
{
	struct bulk b = {.call = c, .group = team_wanted(c)};
	if (!b.group || !access_owns(c, b.group) || !read_entries(&b, ADD_MAX))
		return;
	for (size_t i = 0; i < b.count; i++)
		refuse(&b, i, member_add_refusal(c, b.group, &b.entries[i]));
	if (c->set.whole_404 && somebody_unknown(&b))
		return reply_error_inner(
		    c, 404, "NotFound", "ItemNotFound", "Could not find one or more users.");
	if (b.group->locked && b.refused == b.count) {
		const struct refusal *r = &b.refusals[0];
		return reply_error_inner(c, r->status, r->code, "AccessDenied", "%s", r->message);
	}
	for (size_t i = 0; i < b.count; i++)
		if (!b.refusals[i].status)
			member_do_add(c, b.group, &b.entries[i]);
	answer(&b, 200);
}

static struct refusal remove_one(struct bulk *b, const struct member_entry *entry)
{
	struct membership *m = entry->user ? membership_find(b->group, entry->user) : NULL;
	if (!m || !membership_shown(b->call, m))
		return (struct refusal){404, "NotFound", "Could not find resource"};
	return member_remove_refusal(b->group, m);
}

void members_remove(struct call *c)
{
	struct bulk b = {.call = c, .group = team_wanted(c)};
	if (!b.group || !access_owns(c, b.group) || !read_entries(&b, REMOVE_MAX))
		return;
	for (size_t i = 0; i < b.count; i++) {
		refuse(&b, i, remove_one(&b, &b.entries[i]));
		if (!b.refusals[i].status)
			member_do_remove(c, b.group, b.entries[i].user);
	}
	answer(&b, 204);
}
