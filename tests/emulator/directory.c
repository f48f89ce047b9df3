/*
 * directory - accounts: by key, by filter, page by page (graph.md part 4).
 *
 * A filter that asks for addresses is answered from the index; any other walks
 * through all accounts.
 */
#include "directory.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "filter.h"
#include "json.h"
#include "page.h"
#include "routes.h"

#define USERS_USUAL   100
#define USERS_LARGEST 999
#define FOUND_MAX     64

static const char user_properties[] =
    " id displayName givenName surname mail userPrincipalName proxyAddresses otherMails "
    "accountEnabled userType employeeId jobTitle mobilePhone officeLocation preferredLanguage "
    "businessPhones ";

/* User.ReadBasic.All sees these and no more. */
static const char basic_properties[] = " id displayName givenName surname mail userPrincipalName ";

static bool sees_all(const struct call *c)
{
	return call_may(
	    c, "User.Read.All User.ReadWrite.All Directory.Read.All Directory.ReadWrite.All");
}

json_t *user_resource(const struct call *c, const struct user *u)
{
	json_t *chosen = page_select(c, u->properties, USER_USUAL);
	const char *name;
	json_t *value;
	void *next;
	if (sees_all(c) || u == c->who.user)
		return chosen;
	json_object_foreach_safe(chosen, next, name, value)
	{
		char padded[80];
		snprintf(padded, sizeof(padded), " %.70s ", name);
		if (!strstr(basic_properties, padded))
			json_object_del(chosen, name);
	}
	return chosen;
}

struct found {
	const struct tenant *tenant;
	struct user *users[FOUND_MAX];
	size_t count;
	bool overflow, unfiled;
};

static void find_value(void *ctx, const char *property, const char *value)
{
	static const char filed[] =
	    " id displayName givenName surname mail userPrincipalName employeeId proxyAddresses "
	    "otherMails ";
	struct found *f = ctx;
	char *padded = xasprintf(" %s ", property);
	f->unfiled |= !strstr(filed, padded);
	free(padded);
	const struct entries *e = index_get(&f->tenant->user_index, property, value);
	for (size_t i = 0; e && i < e->count; i++) {
		bool known = false;
		for (size_t k = 0; k < f->count; k++)
			known |= f->users[k] == e->items[i];
		if (known)
			continue;
		if (f->count == FOUND_MAX) {
			f->overflow = true;
			return;
		}
		f->users[f->count++] = e->items[i];
	}
}

static bool fits(const struct call *c, const struct user *u, const struct filter *f)
{
	return !u->deleted && u->visible_at <= moment_now(&c->em->time) &&
	       (!f || filter_fits(f, u->properties));
}

static void list_found(struct call *c, struct page *p, const struct found *found,
    const struct filter *f, size_t *count)
{
	for (size_t i = 0; i < found->count; i++) {
		int64_t place = (int64_t)i + 1;
		if (!fits(c, found->users[i], f))
			continue;
		++*count;
		if (page_wants(p, place))
			page_put(p, place, user_resource(c, found->users[i]));
	}
}

static void list_all(
    struct call *c, struct page *p, const struct filter *f, bool counted, size_t *count)
{
	const struct tenant *t = c->who.tenant;
	size_t from = counted || p->after < 0 ? 0 : (size_t)p->after;
	for (size_t i = from; i < t->user_count && (counted || !p->more); i++) {
		int64_t place = (int64_t)i + 1;
		if (!fits(c, t->users[i], f))
			continue;
		++*count;
		if (page_wants(p, place))
			page_put(p, place, user_resource(c, t->users[i]));
	}
}

void users_list(struct call *c)
{
	struct filter *f;
	struct page p;
	struct found found = {.tenant = c->who.tenant};
	size_t count = 0;
	if (c->who.user && user_is_guest(c->who.user))
		return reply_denied(c);
	if (!query_filter(c, user_properties, "microsoft.graph.user", &f))
		return;
	if (!page_open(c, &p, USERS_USUAL, USERS_LARGEST)) {
		filter_free(f);
		return;
	}
	bool counted = url_parameter(&c->url, "$count");
	if (f && filter_values(f, find_value, &found) && !found.overflow && !found.unfiled)
		list_found(c, &p, &found, f, &count);
	else
		list_all(c, &p, f, counted, &count);
	filter_free(f);
	const char *select = url_parameter(&c->url, "$select");
	json_t *body =
	    select ? reply_context(c, "users(%.300s)", select) : reply_context(c, "users");
	if (counted && !p.after)
		json_object_set_new(body, "@odata.count", json_integer((json_int_t)count));
	page_reply(c, &p, body);
}

static void answer_user(struct call *c, const struct user *u)
{
	const char *select = url_parameter(&c->url, "$select");
	json_t *body = select ? reply_context(c, "users(%.300s)/$entity", select)
			      : reply_context(c, "users/$entity");
	json_t *resource = user_resource(c, u);
	json_object_update(body, resource);
	json_decref(resource);
	reply_json(c, 200, body);
}

static bool is_delegated(struct call *c)
{
	if (c->who.user)
		return true;
	reply_error(
	    c, 400, "BadRequest", "/me request is only valid with delegated authentication flow.");
	return false;
}

void me_get(struct call *c)
{
	if (is_delegated(c))
		answer_user(c, c->who.user);
}

void user_get(struct call *c)
{
	struct user *u = call_user(c, c->args[0]);
	if (!u)
		reply_no_object(c, c->args[0]);
	else if (c->who.user && u != c->who.user && !call_may(c, "User.ReadBasic.All") &&
		 !sees_all(c))
		reply_denied(c);
	else
		answer_user(c, u);
}

void user_revoke(struct call *c)
{
	struct user *u = c->args[0] ? call_user(c, c->args[0]) : c->who.user;
	if (!c->args[0] && !is_delegated(c))
		return;
	if (!u)
		return reply_no_object(c, c->args[0]);
	change_by(c, "graph",
	    json_pack(
		"{s:s,s:s,s:{},s:b}", "what", "user_changed", "user", u->id, "set", "revoked", 1));
	reply_empty(c, 204);
}

void organization_get(struct call *c)
{
	const struct tenant *t = c->who.tenant;
	json_t *body = reply_context(c, "organization");
	json_t *domains = json_array(), *domain;
	size_t n;
	json_array_foreach (t->domains, n, domain)
		json_array_append_new(domains,
		    json_pack("{s:O,s:b,s:b}", "name", domain, "isDefault", 0, "isInitial", 0));
	json_array_append_new(
	    domains, json_pack("{s:s,s:b,s:b}", "name", t->domain, "isDefault", 1, "isInitial", 1));
	json_object_set_new(body, "value",
	    json_pack("[{s:s,s:s,s:o}]", "id", t->id, "displayName", t->domain, "verifiedDomains",
		domains));
	reply_json(c, 200, body);
}
