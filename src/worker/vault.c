/*
 * vault - between graph, which knows nothing of records, and the records, which know nothing
 * of Graph.
 *
 * A token that names a key which is not known here makes the key file be read again: keys are
 * rotated while workers run. One whose key is there and which still does not open was meddled
 * with: that account has to be linked again. A key that stays missing is the operator's
 * trouble, and nobody is unlinked for it.
 */
#include "vault.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"

enum { REREAD_MS = 5000 };

struct vault {
	struct redis *redis;
	char *key_file, *prefix; /* owned */
	struct seal_keys *keys;	 /* owned; NULL: no key_file */
	int64_t reread_at_ms;	 /* not before */
};

/* One token that graph waits for. */
struct fetching {
	struct vault *vault;
	struct graph_fetch *fetch;
	char *account; /* owned */
};

char *vault_account(const char *name, const struct connection *c)
{
	return xasprintf("%s:%s", c->link, name);
}

/* name_of and is_link take an account's name apart again. */
static const char *name_of(const char *account)
{
	return account + strcspn(account, ":") + 1;
}

static char *link_of(const char *account)
{
	return xstrndup(account, strcspn(account, ":"));
}

static bool is_link(const char *account, const char *link)
{
	size_t length = strcspn(account, ":");
	return strlen(link) == length && memcmp(account, link, length) == 0;
}

/* ---- keys --------------------------------------------------------------------------------------- */

int vault_reread(struct vault *v, struct err *e)
{
	if (!*v->key_file)
		return 0;
	struct seal_keys *keys = seal_keys_read(v->key_file, e);
	if (!keys)
		return e->code;
	seal_keys_free(v->keys);
	v->keys = keys;
	return 0;
}

static bool find_key(struct vault *v, const char *sealed)
{
	struct err e;
	if (v->keys && seal_has_key(v->keys, sealed))
		return true;
	if (clock_mono_ms() < v->reread_at_ms)
		return false;
	v->reread_at_ms = clock_mono_ms() + REREAD_MS;
	if (vault_reread(v, &e) < 0)
		log_error("keys_not_read", log_str("why", e.text));
	return v->keys && seal_has_key(v->keys, sealed);
}

/* ---- what graph asks --------------------------------------------------------------------------- */

static void say(struct fetching *f, enum graph_result result, int code, const char *text)
{
	struct graph_found found = {.result = result};
	err_set(&found.error, code, "%s", text);
	graph_found(f->fetch, &found);
}

static void say_unreadable(struct fetching *f, const struct connection *c)
{
	struct vault *v = f->vault;
	connection_break(
	    v->redis, v->prefix, name_of(f->account), c->link, c->sealed, "unreadable", NULL, NULL);
	say(f, GRAPH_RELINK, ERR_INPUT,
	    "the record of the linked account does not open: it has to be linked again");
}

static void say_token(struct fetching *f, const struct connection *c)
{
	if (!find_key(f->vault, c->sealed)) {
		say(f, GRAPH_OPERATOR, ERR_INPUT,
		    "the key that a linked account is sealed with is not in the file of "
		    "secrets.key_file; put it back there");
		return;
	}
	char *token = connection_open(f->vault->keys, name_of(f->account), c->sealed);
	if (!token) {
		say_unreadable(f, c);
		return;
	}
	graph_found(f->fetch,
	    &(struct graph_found){.result = GRAPH_OK, .refresh_token = token, .mark = c->sealed});
	sodium_memzero(token, strlen(token));
	free(token);
}

static void found(struct fetching *f, const struct connection *c)
{
	bool same = is_link(f->account, c->link);
	if (same && c->state == CONNECTION_LINKED)
		say_token(f, c);
	else if (same && c->state == CONNECTION_RELINK)
		say(f, GRAPH_RELINK, ERR_REFUSED, "the linked account has to be linked again");
	else
		say(f, GRAPH_NOT_LINKED, ERR_REFUSED,
		    "the Microsoft account was disconnected or another one was linked");
}

static void record_read(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct fetching *f = ctx;
	if (e)
		say(f, GRAPH_PASSING, e->code, e->text);
	else
		found(f, c);
	school_clear(s);
	connection_clear(c);
	free(f->account);
	free(f);
}

static void fetch(void *ctx, const char *account, struct graph_fetch *for_whom)
{
	struct vault *v = ctx;
	struct fetching *f = xcalloc(1, sizeof *f);
	*f = (struct fetching){v, for_whom, xstrdup(account)};
	connection_read(v->redis, v->prefix, name_of(account), record_read, f);
}

/* ---- what graph tells ---------------------------------------------------------------------------- */

/* The token that was used last lives on for months: losing the newer one costs nothing yet. */
static void stored(void *ctx, bool done, const struct err *e)
{
	(void)ctx;
	if (e)
		log_warn("token_not_stored", log_str("why", e->text));
	else if (!done)
		log_info("token_not_wanted");
}

static void renewed(void *ctx, const char *account, const char *token)
{
	struct vault *v = ctx;
	const char *name = name_of(account);
	char *link = link_of(account), *sealed = connection_seal(v->keys, name, token);
	connection_renew(v->redis, v->prefix, name, link, sealed, stored, NULL);
	free(sealed);
	free(link);
}

static void broken(void *ctx, bool done, const struct err *e)
{
	(void)ctx;
	if (e)
		log_warn("connection_not_marked", log_str("why", e->text));
	else if (done)
		log_info("connection_broken");
}

static void refused(void *ctx, const char *account, const char *mark, const char *reason)
{
	struct vault *v = ctx;
	char *link = link_of(account);
	log_info("account_refused", log_str("account", name_of(account)), log_str("why", reason));
	connection_break(v->redis, v->prefix, name_of(account), link, mark, reason, broken, NULL);
	free(link);
}

struct graph_vault vault_for_graph(struct vault *v)
{
	return (struct graph_vault){fetch, renewed, refused, v};
}

/* ---- birth and death ----------------------------------------------------------------------------- */

struct vault *vault_new(const struct vault_options *o, struct err *e)
{
	struct vault *v = xcalloc(1, sizeof *v);
	v->key_file = xstrdup(o->key_file);
	v->prefix = xstrdup(o->prefix);
	if (vault_reread(v, e) == 0)
		return v;
	vault_free(v);
	return NULL;
}

void vault_use(struct vault *v, struct redis *r)
{
	v->redis = r;
}

void vault_free(struct vault *v)
{
	if (!v)
		return;
	seal_keys_free(v->keys);
	free(v->key_file);
	free(v->prefix);
	free(v);
}
