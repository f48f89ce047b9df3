/*
 * rate - a token bucket in one number (GCRA): the moment at which the bucket will be full
 * again. A request moves it on by the time that one token takes; it may not go further ahead
 * of now than a whole bucket takes.
 *
 * Buckets are found by a keyed hash, eight places each, so that nobody can aim at a place. In
 * a full row the bucket that is nearest to full gives way.
 */
#include "rate.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"

enum { ROWS = 8192, PLACES = 8, US_PER_S = 1000000, US_PER_MS = 1000 };

struct bucket {
	uint64_t whose;	 /* the hash; 0: nobody's yet */
	int64_t full_us; /* clock_mono_us */
};

struct rates {
	unsigned char key[crypto_generichash_KEYBYTES];
	struct bucket rows[ROWS][PLACES];
};

struct rates *rates_new(void)
{
	struct rates *r = xcalloc(1, sizeof *r);
	randombytes_buf(r->key, sizeof r->key);
	return r;
}

void rates_free(struct rates *r)
{
	free(r);
}

static uint64_t hash_of(const struct rates *r, const char *kind, const char *who)
{
	unsigned char digest[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	uint64_t hash;
	(void)crypto_generichash_init(&state, r->key, sizeof r->key, sizeof digest);
	(void)crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
	(void)crypto_generichash_update(&state, (const unsigned char *)who, strlen(who));
	(void)crypto_generichash_final(&state, digest, sizeof digest);
	memcpy(&hash, digest, sizeof hash);
	return hash ? hash : 1;
}

/* bucket_of finds whose bucket this is, or the one that gives way to it. */
static struct bucket *bucket_of(struct rates *r, uint64_t whose)
{
	struct bucket *row = r->rows[whose % ROWS], *fullest = row;
	for (struct bucket *b = row; b < row + PLACES; b++) {
		if (b->whose == whose)
			return b;
		if (b->full_us < fullest->full_us)
			fullest = b;
	}
	*fullest = (struct bucket){.whose = whose};
	return fullest;
}

int64_t rates_take(struct rates *r, const char *kind, const char *who, double a_second, int at_once)
{
	struct bucket *b = bucket_of(r, hash_of(r, kind, who));
	int64_t now_us = clock_mono_us();
	int64_t token_us = (int64_t)(US_PER_S / a_second);
	int64_t full_us = (b->full_us > now_us ? b->full_us : now_us) + token_us;
	int64_t ahead_us = full_us - now_us - token_us * at_once;
	if (ahead_us > 0)
		return (ahead_us + US_PER_MS - 1) / US_PER_MS;
	b->full_us = full_us;
	return 0;
}
