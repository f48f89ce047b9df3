/*
 * seal - text that only we can read, and that nobody else can write.
 *
 * The keys stand in the file of secrets.key_file, one line each: id:hex, the hex
 * being 64 digits. The first one seals, all of them open, so that a new first line
 * takes over while what the others sealed still opens. A sealed text names its key:
 *
 *	<key id>.<base64url of nonce, ciphertext and tag>
 */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct seal_keys;

/* seal_keys_read: NULL and *e name the file, the line and the remedy. */
struct seal_keys *seal_keys_read(const char *path, struct err *e);
void seal_keys_free(struct seal_keys *k);	/* wipes; NULL is allowed */

/* seal gives the sealed text; free it. What it is for is part of the seal: a text
 * sealed for "session" opens for "session" and for nothing else. */
char *seal(const struct seal_keys *k, const char *purpose, const char *text,
    size_t length);

/* unseal gives the text, terminated, or NULL: forged, cut, for something else, or
 * under a key that is not there any more. Wipe it if it is secret; free it. */
char *unseal(const struct seal_keys *k, const char *purpose, const char *sealed,
    size_t *length);

/* seal_has_key tells whether the key that it names is there. */
bool seal_has_key(const struct seal_keys *k, const char *sealed);

/* seal_is_current tells whether the first key sealed it. */
bool seal_is_current(const struct seal_keys *k, const char *sealed);

#endif
