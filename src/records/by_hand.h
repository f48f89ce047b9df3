/*
 * by_hand - small hashes of what people decided: id -> JSON object, of a bounded number of
 * fields, each change of which is in the school's history as well.
 */
#ifndef BY_HAND_H
#define BY_HAND_H

#include "exceptions.h"
#include "history.h"

struct by_hand {
	struct redis *redis;
	const char *prefix, *school;
	char *key;		/* taken over; below the prefix */
	const char *field;
	json_t *value;		/* taken over; NULL: the field goes */
	int64_t most;		/* fields that the hash may have */
	int64_t history;
	struct history_event said;
};

/* by_hand_write carries it out. The reply is that of EXEC; a hash that is full is an
 * ERR_LIMIT. fn may be NULL. */
void by_hand_write(const struct by_hand *w, redis_fn fn, void *ctx);

/* by_hand_read reads such a hash; the key is taken over. Fields that are no JSON object are
 * left out. */
void by_hand_read(struct redis *r, const char *prefix, char *key, records_hash_fn fn, void *ctx);

/* by_hand_of makes the object of a reply of HGETALL; the caller owns it. */
json_t *by_hand_of(const struct reply *hash);

#endif
