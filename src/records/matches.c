/* matches - matches:<school>: what somebody said by hand of whose account it is. */
#include "matches.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "by_hand.h"

enum { ADDRESS_LENGTH_MAX = 320 };

char *matches_key(const char *school)
{
	return xasprintf("matches:%s", school);
}

void matches_read(
    struct redis *r, const char *prefix, const char *school, records_hash_fn fn, void *ctx)
{
	by_hand_read(r, prefix, matches_key(school), fn, ctx);
}

static bool is_said(const char *text)
{
	return text && *text;
}

static bool is_id(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	if (strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

static bool is_address(const char *text)
{
	const char *at = strchr(text, '@');
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return at && at != text && at[1] && !strchr(at + 1, '@') &&
	       strlen(text) <= ADDRESS_LENGTH_MAX;
}

int match_check(const struct match *m, struct err *e)
{
	if (is_said(m->user_id) == is_said(m->address))
		return err_set(
		    e, ERR_INPUT, "say either the account's id (user_id) or its address (address)");
	if (is_said(m->user_id) && !is_id(m->user_id))
		return err_set(e, ERR_INPUT,
		    "user_id is not the id of an account (8-4-4-4-12 hexadecimal digits)");
	if (is_said(m->address) && !is_address(m->address))
		return err_set(e, ERR_INPUT, "address is no e-mail address");
	return 0;
}

static void write_match(struct redis *r, const char *prefix, const char *school,
    const struct match *m, json_t *value, const char *reason, int64_t history, redis_fn fn,
    void *ctx)
{
	struct by_hand w = {
	    .redis = r,
	    .prefix = prefix,
	    .school = school,
	    .key = matches_key(school),
	    .field = m->learner,
	    .value = value,
	    .most = MATCHES_MAX,
	    .history = history,
	    .said = {.what = "override",
		.learner = m->learner,
		.user_id = m->user_id,
		.reason = reason,
		.by = m->by},
	};
	by_hand_write(&w, fn, ctx);
}

void match_set(struct redis *r, const char *prefix, const char *school, const struct match *m,
    int64_t history, redis_fn fn, void *ctx)
{
	json_t *value = json_object();
	bool by_id = is_said(m->user_id);
	json_object_set_new(
	    value, by_id ? "user_id" : "address", json_string(by_id ? m->user_id : m->address));
	json_object_set_new(value, "by", json_string(m->by ? m->by : ""));
	json_object_set_new(value, "at", json_integer(m->at));
	write_match(r, prefix, school, m, value, "set", history, fn, ctx);
}

void match_drop(struct redis *r, const char *prefix, const char *school, const struct match *m,
    int64_t history, redis_fn fn, void *ctx)
{
	write_match(r, prefix, school, m, NULL, "dropped", history, fn, ctx);
}
