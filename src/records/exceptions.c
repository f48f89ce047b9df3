/*
 * exceptions - what was changed by hand in a Team and what of it is let stand. Workers write
 * drift and read both with the class (classes.c); people write exceptions.
 */
#include "exceptions.h"

#include <ctype.h>
#include <string.h>

#include "buf.h"
#include "by_hand.h"

char *exceptions_key(const char *school, const char *class_id)
{
	return xasprintf("exceptions:%s:%s", school, class_id);
}

char *drift_key(const char *school, const char *class_id)
{
	return xasprintf("drift:%s:%s", school, class_id);
}

static bool is_kind(const char *kind)
{
	return strcmp(kind, "keep") == 0 || strcmp(kind, "until") == 0 ||
	       strcmp(kind, "accept") == 0;
}

/* Digits and dashes in their places: days compare as their texts do. */
static bool is_day(const char *text)
{
	static const char form[] = "dddd-dd-dd";
	if (strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

bool exception_holds(const json_t *exception, const char *today)
{
	const char *kind = json_text_or(exception, "kind", "");
	if (strcmp(kind, "until") != 0)
		return is_kind(kind);
	const char *until = json_text_or(exception, "until", "");
	return is_day(until) && strcmp(today, until) < 0;
}

int exception_check(const char *kind, const char *until, struct err *e)
{
	if (!is_kind(kind))
		return err_set(e, ERR_INPUT,
		    "an exception is \"keep\", \"until\" or \"accept\", not \"%.40s\"", kind);
	if (strcmp(kind, "until") == 0 && !is_day(until))
		return err_set(e, ERR_INPUT,
		    "until is a day such as 2026-12-01, the first one on which it holds no more");
	return 0;
}

void exceptions_read(struct redis *r, const char *prefix, const char *school, const char *class_id,
    records_hash_fn fn, void *ctx)
{
	by_hand_read(r, prefix, exceptions_key(school, class_id), fn, ctx);
}

void drift_read(struct redis *r, const char *prefix, const char *school, const char *class_id,
    records_hash_fn fn, void *ctx)
{
	by_hand_read(r, prefix, drift_key(school, class_id), fn, ctx);
}

static void write_exception(struct redis *r, const char *prefix, const char *school,
    const char *class_id, const struct exception *x, json_t *value, const char *reason,
    int64_t history, redis_fn fn, void *ctx)
{
	struct by_hand w = {
	    .redis = r,
	    .prefix = prefix,
	    .school = school,
	    .key = exceptions_key(school, class_id),
	    .field = x->user_id,
	    .value = value,
	    .most = EXCEPTIONS_MAX,
	    .history = history,
	    .said = {.what = "exception",
		.class_id = class_id,
		.user_id = x->user_id,
		.reason = reason,
		.detail = x->until,
		.by = x->by},
	};
	by_hand_write(&w, fn, ctx);
}

void exception_set(struct redis *r, const char *prefix, const char *school, const char *class_id,
    const struct exception *x, int64_t history, redis_fn fn, void *ctx)
{
	json_t *value = json_object();
	json_object_set_new(value, "kind", json_string(x->kind));
	if (strcmp(x->kind, "until") == 0)
		json_object_set_new(value, "until", json_string(x->until));
	json_object_set_new(value, "by", json_string(x->by ? x->by : ""));
	json_object_set_new(value, "at", json_integer(x->at));
	json_object_set_new(value, "name", json_string(x->name ? x->name : ""));
	write_exception(r, prefix, school, class_id, x, value, x->kind, history, fn, ctx);
}

void exception_drop(struct redis *r, const char *prefix, const char *school, const char *class_id,
    const struct exception *x, int64_t history, redis_fn fn, void *ctx)
{
	write_exception(r, prefix, school, class_id, x, NULL, "dropped", history, fn, ctx);
}
