/*
 * connections - connection:<school>:<staff>: sealing, reading, linking, unlinking. What
 * happens to a linked one is in connections_change.c.
 *
 * Linking and unlinking are plain transactions, so that they work where no worker has yet
 * brought the queue's Function library.
 */
#include "connections.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "connections_int.h"
#include "records_int.h"

enum { LINK_BYTES = 8, NAME_MAX_BYTES = 400 };

static const char purpose_of_tokens[] = "connection:";

/* ---- names and seals ------------------------------------------------------------------------ */

char *connection_name(const char *school, const char *staff)
{
	bool good = *school && *staff && !strchr(school, ':') &&
		    strlen(school) + strlen(staff) < NAME_MAX_BYTES;
	return good ? xasprintf("%s:%s", school, staff) : NULL;
}

bool connection_name_read(const char *name, char **school, const char **staff)
{
	size_t length = strcspn(name, ":");
	if (length == 0 || !name[length] || !name[length + 1])
		return false;
	*school = xstrndup(name, length);
	*staff = name + length + 1;
	return true;
}

void connection_link_new(char link[CONNECTION_LINK_ROOM])
{
	unsigned char random[LINK_BYTES];
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(link, CONNECTION_LINK_ROOM, random, sizeof random);
}

char *connection_seal(const struct seal_keys *k, const char *name, const char *token)
{
	char *purpose = xasprintf("%s%s", purpose_of_tokens, name);
	char *sealed = seal(k, purpose, token, strlen(token));
	free(purpose);
	return sealed;
}

char *connection_open(const struct seal_keys *k, const char *name, const char *sealed)
{
	size_t length;
	char *purpose = xasprintf("%s%s", purpose_of_tokens, name);
	char *token = unseal(k, purpose, sealed, &length);
	free(purpose);
	return token;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *const state_words[] = {
    [CONNECTION_NONE] = "none",
    [CONNECTION_LINKED] = "connected",
    [CONNECTION_RELINK] = "relink",
};

const char *connection_word(enum connection_state state)
{
	return state_words[state];
}

static enum connection_state state_of(const struct reply *r)
{
	const char *word = reply_field_text(r, "state");
	if (word && strcmp(word, "connected") == 0)
		return CONNECTION_LINKED;
	if (word && strcmp(word, "relink") == 0)
		return CONNECTION_RELINK;
	return CONNECTION_NONE;
}

static void connection_take(struct connection *c, const struct reply *r)
{
	*c = (struct connection){
	    .state = state_of(r),
	    .email = text_of(r, "email"),
	    .name = text_of(r, "name"),
	    .account = text_of(r, "account"),
	    .tenant = text_of(r, "tenant"),
	    .link = text_of(r, "link"),
	    .reason = text_of(r, "reason"),
	    .sealed = text_of(r, "sealed"),
	    .linked_at = number_of(r, "linked_at", 0),
	    .refreshed_at = number_of(r, "refreshed_at", 0),
	    .since = number_of(r, "since", 0),
	};
}

void connection_clear(struct connection *c)
{
	free(c->email);
	free(c->name);
	free(c->account);
	free(c->tenant);
	free(c->link);
	free(c->reason);
	free(c->sealed);
	*c = (struct connection){0};
}

struct reading {
	connection_fn fn;
	void *ctx;
	char *school; /* owned */
	struct school s;
	struct connection c;
	struct err why; /* of what failed */
	int left;	/* parts that are still to come */
};

static void part_read(struct reading *g)
{
	if (--g->left > 0)
		return;
	if (g->why.code != 0) {
		school_clear(&g->s);
		connection_clear(&g->c);
	}
	g->fn(g->ctx, &g->s, &g->c, g->why.code != 0 ? &g->why : NULL);
	free(g->school);
	free(g);
}

static void record_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	if (!connection_failed(r, e, &g->why))
		connection_take(&g->c, r);
	part_read(g);
}

static void school_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	if (!connection_failed(r, e, &g->why))
		school_read(&g->s, g->school, r);
	part_read(g);
}

/* No transaction: a store whose memory is full takes none, not even to read. Linking gives the
 * school its tenant before there is a record, so that order is the one to read against. */
void connection_read(
    struct redis *r, const char *prefix, const char *name, connection_fn fn, void *ctx)
{
	struct reading *g = xcalloc(1, sizeof *g);
	*g = (struct reading){.fn = fn, .ctx = ctx, .left = 2};
	g->school = xstrndup(name, strcspn(name, ":"));
	redis_sendf(
	    r, CONNECTION_TIMEOUT_MS, record_read, g, "HGETALL %sconnection:%s", prefix, name);
	redis_sendf(
	    r, CONNECTION_TIMEOUT_MS, school_came, g, "HGETALL %sschool:%s", prefix, g->school);
}

/* ---- linking ----------------------------------------------------------------------------------- */

struct linking {
	struct redis *redis;
	connection_done_fn fn;
	void *ctx;
	char *prefix, *name, *school, *tenant; /* owned */
	struct words record;
	int64_t keep_until;
};

static void linking_end(struct linking *l, bool done, const struct err *e)
{
	connection_done_fn fn = l->fn;
	void *ctx = l->ctx;
	words_clear(&l->record);
	free(l->prefix);
	free(l->name);
	free(l->school);
	free(l->tenant);
	free(l);
	fn(ctx, done, e);
}

static void linked(void *ctx, const struct reply *r, const struct err *e)
{
	struct err why = {0};
	bool failed = connection_failed(r, e, &why);
	linking_end(ctx, !failed, failed ? &why : NULL);
}

static void put_record(struct linking *l)
{
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL, "MULTI");
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL, "UNLINK %sconnection:%s",
	    l->prefix, l->name);
	redis_send(l->redis, &l->record, CONNECTION_TIMEOUT_MS, NULL, NULL);
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL, "ZADD %sconnections %d %s",
	    l->prefix, l->keep_until, l->name);
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL, "ZREM %sconnections:relink %s",
	    l->prefix, l->name);
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, linked, l, "EXEC");
}

/* The tenant that counts is the one that was said; else the first that was linked. */
static bool is_other_tenant(const struct linking *l, const struct reply *tenants)
{
	const char *said = reply_text(reply_at(tenants, 0), NULL);
	const char *first = reply_text(reply_at(tenants, 1), NULL);
	const char *tenant = said && *said ? said : first;
	return tenant && *tenant && strcasecmp(tenant, l->tenant) != 0;
}

static void tenants_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct linking *l = ctx;
	struct err why = {0};
	if (connection_failed(r, e, &why))
		linking_end(l, false, &why);
	else if (is_other_tenant(l, reply_at(r, reply_count(r) - 1)))
		linking_end(l, false, NULL);
	else
		put_record(l);
}

static void add(struct words *w, const char *field, const char *text)
{
	words_add(w, field);
	words_add(w, text);
}

static void add_time(struct words *w, const char *field, int64_t at)
{
	words_add(w, field);
	words_int(w, at);
}

static void write_record(
    struct words *w, const char *prefix, const char *name, const struct connection *c)
{
	words_init(w);
	words_add(w, "HSET");
	words_addf(w, "%sconnection:%s", prefix, name);
	add(w, "state", connection_word(c->state));
	add(w, "email", c->email);
	add(w, "name", c->name);
	add(w, "account", c->account);
	add(w, "tenant", c->tenant);
	add(w, "link", c->link);
	add(w, "sealed", c->sealed);
	add_time(w, "linked_at", c->linked_at);
	add_time(w, "refreshed_at", c->refreshed_at);
	add_time(w, "since", c->since);
}

static void check_tenant(struct linking *l, bool is_first)
{
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL, "MULTI");
	if (is_first)
		redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL,
		    "HSETNX %sschool:%s linked_tenant %s", l->prefix, l->school, l->tenant);
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, NULL, NULL,
	    "HMGET %sschool:%s tenant_id linked_tenant", l->prefix, l->school);
	redis_sendf(l->redis, CONNECTION_TIMEOUT_MS, tenants_read, l, "EXEC");
}

void connection_link(struct redis *r, const char *prefix, const char *name,
    const struct connection *c, bool is_first, connection_done_fn fn, void *ctx)
{
	struct linking *l = xcalloc(1, sizeof *l);
	l->redis = r;
	l->fn = fn;
	l->ctx = ctx;
	l->prefix = xstrdup(prefix);
	l->name = xstrdup(name);
	l->school = xstrndup(name, strcspn(name, ":"));
	l->tenant = xstrdup(c->tenant);
	l->keep_until = c->refreshed_at + CONNECTION_KEEP_MS;
	write_record(&l->record, prefix, name, c);
	check_tenant(l, is_first);
}

void connection_unlink(
    struct redis *r, const char *prefix, const char *name, connection_done_fn fn, void *ctx)
{
	struct connection_asked *a = connection_ask(fn, ctx);
	redis_sendf(r, CONNECTION_TIMEOUT_MS, NULL, NULL, "MULTI");
	redis_sendf(r, CONNECTION_TIMEOUT_MS, NULL, NULL, "UNLINK %sconnection:%s", prefix, name);
	redis_sendf(r, CONNECTION_TIMEOUT_MS, NULL, NULL, "ZREM %sconnections %s", prefix, name);
	redis_sendf(
	    r, CONNECTION_TIMEOUT_MS, NULL, NULL, "ZREM %sconnections:relink %s", prefix, name);
	redis_sendf(r, CONNECTION_TIMEOUT_MS, connection_answered, a, "EXEC");
}

void connection_note(struct redis *r, const char *prefix, const char *name, const char *reason)
{
	redis_sendf(r, CONNECTION_TIMEOUT_MS, NULL, NULL, "HSET %sconnection:%s reason %s", prefix,
	    name, reason);
}
