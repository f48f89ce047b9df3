/*
 * jwks - the keys by which Microsoft signs who somebody is, as its sign-in publishes them.
 */
#ifndef JWKS_H
#define JWKS_H

#include "err.h"
#include "http.h"
#include "json.h"
#include "loop.h"

struct jwks;

struct jwks *jwks_new(struct loop *l, struct http *h, const char *url, int64_t timeout_ms);
void jwks_free(struct jwks *k); /* whoever waits is answered */

/* jwks_find gives the key of that id, borrowed until the callback returns: an RSA key whose alg
 * is RS256, whatever was published. NULL and *e say why there is none: ERR_INPUT, no such key;
 * anything else, it is not known. Called exactly once, never before it returns. */
typedef void (*jwks_fn)(void *ctx, const json_t *key, const struct err *e);
void jwks_find(struct jwks *k, const char *id, jwks_fn fn, void *ctx);

#endif
