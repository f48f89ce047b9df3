/*
 * portal_keys - with what a program of a portal calls rollcall-web: the file of
 * web.portal_keys_file, a line each.
 *
 *	name:scopes:school:hash
 *	timetable:enqueue,read:green-hill:9f86d0...
 *
 * school * is every school. A key is 32 random bytes, so nobody can guess one, and one
 * round of BLAKE2b hides it as well as a slow hash would, which each call would pay for.
 */
#ifndef PORTAL_KEYS_H
#define PORTAL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum portal_scope { PORTAL_ENQUEUE = 1, PORTAL_READ = 2, PORTAL_ADMIN = 4 };
enum { PORTAL_HASH_BYTES = 32, PORTAL_NAME_MAX = 64, PORTAL_LINE_ROOM = 320 };

struct portal_key {
	char name[PORTAL_NAME_MAX + 1];
	unsigned scopes;		/* of enum portal_scope */
	char *school;			/* owned; NULL: every school */
	unsigned char hash[PORTAL_HASH_BYTES];
};

struct portal_keys {
	struct portal_key *at;		/* owned */
	size_t count;
};

/* portal_keys_read fills *k from a file; *e names the file, the line and the remedy. */
int portal_keys_read(struct portal_keys *k, const char *path, struct err *e) MUST_CHECK;
void portal_keys_clear(struct portal_keys *k);

/* portal_keys_find tells whose key this is, or NULL; it takes as long for one that is
 * nearly right as for one that is not. */
const struct portal_key *portal_keys_find(const struct portal_keys *k, const char *secret);

/* portal_key_new makes a key ("rollcall_..."), to be shown once, wiped and freed. */
char *portal_key_new(void);

/* portal_key_set fills *k as a line would: *e names what is off. portal_key_line writes
 * the line, without its end. */
int portal_key_set(struct portal_key *k, const char *name, const char *scopes,
    const char *school, struct err *e) MUST_CHECK;
void portal_key_hash(const char *secret, unsigned char hash[PORTAL_HASH_BYTES]);
void portal_key_line(const struct portal_key *k, char line[PORTAL_LINE_ROOM]);
void portal_key_clear(struct portal_key *k);

#endif
