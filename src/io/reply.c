/*
 * reply - reading what Redis answered. A struct reply is hiredis's own redisReply
 * under a name that others may know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "redis_int.h"

static const redisReply nil = {.type = REDIS_REPLY_NIL};

struct reply *reply_of(redisReply *raw)
{
	return (struct reply *)(void *)raw;
}

static const redisReply *raw_of(const struct reply *r)
{
	return r ? (const redisReply *)(const void *)r : &nil;
}

void reply_free(struct reply *r)
{
	if (r)
		freeReplyObject(r);
}

bool reply_begins(const redisReply *raw, const char *error)
{
	size_t length = strlen(error);
	return raw->type == REDIS_REPLY_ERROR && raw->len >= length &&
	       memcmp(raw->str, error, length) == 0;
}

enum reply_kind reply_kind(const struct reply *r)
{
	const redisReply *raw = raw_of(r);
	switch (raw->type) {
	case REDIS_REPLY_NIL:
		return REPLY_NIL;
	case REDIS_REPLY_INTEGER:
		return REPLY_NUMBER;
	case REDIS_REPLY_ARRAY:
		return REPLY_LIST;
	case REDIS_REPLY_ERROR:
		return REPLY_ERROR;
	}
	return REPLY_TEXT; /* strings and statuses */
}

const char *reply_text(const struct reply *r, size_t *length)
{
	const redisReply *raw = raw_of(r);
	bool is_text = reply_kind(r) == REPLY_TEXT || reply_kind(r) == REPLY_ERROR;
	if (length)
		*length = is_text ? raw->len : 0;
	return is_text ? raw->str : NULL;
}

int64_t reply_number(const struct reply *r)
{
	const redisReply *raw = raw_of(r);
	char *end;

	if (raw->type == REDIS_REPLY_INTEGER)
		return raw->integer;
	if (reply_kind(r) != REPLY_TEXT || raw->len == 0)
		return 0;
	errno = 0;
	long long n = strtoll(raw->str, &end, 10);
	return errno == 0 && *end == '\0' ? n : 0;
}

size_t reply_count(const struct reply *r)
{
	return reply_kind(r) == REPLY_LIST ? raw_of(r)->elements : 0;
}

const struct reply *reply_at(const struct reply *r, size_t n)
{
	if (n >= reply_count(r))
		return (const struct reply *)(const void *)&nil;
	return reply_of(raw_of(r)->element[n]);
}

const struct reply *reply_field(const struct reply *r, const char *field)
{
	size_t wanted = strlen(field);
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t length;
		const char *name = reply_text(reply_at(r, i), &length);
		if (name && length == wanted && memcmp(name, field, length) == 0)
			return reply_at(r, i + 1);
	}
	return (const struct reply *)(const void *)&nil;
}

const char *reply_field_text(const struct reply *r, const char *field)
{
	return reply_text(reply_field(r, field), NULL);
}
