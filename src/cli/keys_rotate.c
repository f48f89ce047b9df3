/*
 * keys_rotate - the key that seals the teachers' Microsoft connections is changed.
 *
 *	a new key in front of the file -> each connection sealed anew -> the old key may go
 *
 * It may be interrupted at any point and begun again: as long as anything is sealed with
 * another key than the first, no new one is made, and the rest is sealed anew. Workers read the
 * file again as soon as they meet a key that they do not know; what they and rollcall-web seal
 * before they are reloaded is still sealed with the old one, which is why it is looked a second
 * time, with --finish, before the old one goes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "connections.h"
#include "key_file.h"
#include "output.h"

enum { PAGE = 200, TRIES = 3 };

struct rotation {
	struct cli *cli;
	const char *path;
	struct seal_keys *keys; /* owned */
	char made[KEY_ID_ROOM]; /* the new key; "": none was made */
	json_t *counts;		/* owned: key id -> what is sealed with it */
	json_t *unreadable;	/* owned: names */
	int64_t resealed;
	struct err error; /* of Redis */
};

/* ---- each connection ---------------------------------------------------------------------------- */

static char *sealed_of(struct rotation *r, const char *name)
{
	struct reply *reply = cli_ask(r->cli, "HGET %sconnection:%s sealed", r->cli->prefix, name);
	const char *text = reply_text(reply, NULL);
	char *sealed = text ? xstrdup(text) : NULL;
	reply_free(reply);
	return sealed;
}

struct asked {
	bool over, done;
	struct err error;
};

static void answered(void *ctx, bool done, const struct err *e)
{
	struct asked *a = ctx;
	a->over = true;
	a->done = done;
	a->error = e ? *e : (struct err){0};
}

static bool put(struct rotation *r, const char *name, const char *old, const char *sealed)
{
	struct asked a = {0};
	connection_reseal(r->cli->redis, r->cli->prefix, name, old, sealed, answered, &a);
	(void)loop_run_until(r->cli->loop, &a.over, 0);
	if (a.error.code)
		r->error = a.error;
	return a.done;
}

/* reseal tells whether it need not be tried again: meanwhile another token may have come. */
static bool reseal(struct rotation *r, const char *name)
{
	bool settled = true;
	char *old = sealed_of(r, name);
	if (old && !seal_is_current(r->keys, old)) {
		char *token = connection_open(r->keys, name, old);
		char *sealed = token ? connection_seal(r->keys, name, token) : NULL;
		if (!token)
			json_array_append_new(r->unreadable, json_string(name));
		else if (put(r, name, old, sealed))
			r->resealed++;
		else
			settled = r->error.code != 0;
		if (token)
			sodium_memzero(token, strlen(token));
		free(token);
		free(sealed);
	}
	free(old);
	return settled;
}

static void reseal_or_try_again(struct rotation *r, const char *name)
{
	for (int i = 0; i < TRIES && !reseal(r, name); i++)
		;
}

static void count(struct rotation *r, const char *name)
{
	char *sealed = sealed_of(r, name);
	if (sealed) {
		sealed[strcspn(sealed, ".")] = '\0';
		json_int_t n = json_integer_value(json_object_get(r->counts, sealed));
		json_object_set_new(r->counts, sealed, json_integer(n + 1));
	}
	free(sealed);
}

/* each calls visit with the name of every connection that is linked. */
static void each(struct rotation *r, void (*visit)(struct rotation *r, const char *name))
{
	char *cursor = xstrdup("0");
	do {
		struct reply *page = cli_ask(r->cli, "ZSCAN %sconnections %s COUNT %d",
		    r->cli->prefix, cursor, (int64_t)PAGE);
		const struct reply *names = reply_at(page, 1);
		for (size_t i = 0; i + 1 < reply_count(names) && !r->error.code; i += 2)
			visit(r, reply_text(reply_at(names, i), NULL));
		free(cursor);
		cursor = xstrdup(reply_text(reply_at(page, 0), NULL));
		reply_free(page);
	} while (strcmp(cursor, "0") != 0 && !r->error.code);
	free(cursor);
}

/* ---- the file ------------------------------------------------------------------------------------ */

static int read_keys(struct rotation *r, struct err *e)
{
	seal_keys_free(r->keys);
	r->keys = seal_keys_read(r->path, e);
	return r->keys ? 0 : e->code;
}

/* is_unfinished tells whether anything is sealed with another key than the first. */
static bool is_unfinished(const struct rotation *r)
{
	const char *id;
	json_t *n;
	json_object_foreach (r->counts, id, n) {
		char *sealed = xasprintf("%s.", id);
		bool current = seal_is_current(r->keys, sealed);
		free(sealed);
		if (!current)
			return true;
	}
	return false;
}

static int make_key(struct rotation *r, struct err *e)
{
	key_file_new_id(r->keys, r->made);
	int rc = key_file_put(r->path, r->made, e);
	return rc < 0 ? rc : read_keys(r, e);
}

static int rotate(struct rotation *r, struct err *e)
{
	if (read_keys(r, e) < 0)
		return e->code;
	each(r, count);
	bool make = !cli_flag(r->cli, "--finish") && !is_unfinished(r);
	if (make && make_key(r, e) < 0)
		return e->code;
	each(r, reseal_or_try_again);
	json_object_clear(r->counts);
	each(r, count);
	if (r->error.code)
		*e = r->error;
	return r->error.code;
}

/* ---- what there is to say --------------------------------------------------------------------------- */

static void say(const struct rotation *r)
{
	const char *id;
	json_t *n;
	size_t i;
	if (*r->made)
		out_say(PLAIN, 0, "%s stands in front of %s now.", r->made, r->path);
	out_say(PLAIN, 0, "%lld connections were sealed anew.", (long long)r->resealed);
	json_object_foreach (r->counts, id, n)
		out_say(PLAIN, 2, "%lld are sealed with %s", (long long)json_integer_value(n), id);
	json_array_foreach (r->unreadable, i, n)
		out_say(RED, 2, "%s does not open: its key is gone, or the record was changed",
		    json_string_value(n));
	if (is_unfinished(r) && json_array_size(r->unreadable) == 0)
		out_say(PLAIN, 0, "Run it again: some changed meanwhile.");
	else if (!cli_flag(r->cli, "--finish"))
		out_say(GREY, 0,
		    "Now systemctl reload rollcalld rollcall-web, on each host and with the same "
		    "file; then rollcall keys rotate --finish. After that, and eight hours for "
		    "the sessions, the lines of keys with which nothing is sealed may go.");
}

static json_t *report(const struct rotation *r)
{
	return json_pack("{s:s, s:I, s:O, s:O, s:b}", "made", r->made, "resealed",
	    (json_int_t)r->resealed, "sealed_with", r->counts, "unreadable", r->unreadable,
	    "finished", !is_unfinished(r));
}

static int run(struct rotation *r)
{
	struct err e = {0};
	int held = key_file_hold(r->path, &e);
	int rc = held < 0 ? e.code : rotate(r, &e);
	if (held >= 0)
		key_file_let_go(held);
	if (rc < 0) {
		out_complain("%s", e.text);
		if (*r->made)
			out_complain("The new key %s is in the file. Run it again.", r->made);
		return NO;
	}
	if (r->cli->json)
		out_json(report(r), false);
	else
		say(r);
	return json_array_size(r->unreadable) || is_unfinished(r) ? NO : YES;
}

int keys_rotate_run(struct cli *c)
{
	struct rotation r = {.cli = c,
	    .path = c->config.secrets.key_file,
	    .counts = json_object(),
	    .unreadable = json_array()};
	int status = USAGE;
	if (*r.path)
		status = run(&r);
	else
		out_complain("secrets.key_file is not set: nothing is sealed");
	seal_keys_free(r.keys);
	json_decref(r.counts);
	json_decref(r.unreadable);
	return status;
}
