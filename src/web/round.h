/*
 * round - several questions to Redis that belong together: all go out at once, each answer is
 * taken by its own function, and when the last one is there the round is over.
 */
#ifndef ROUND_H
#define ROUND_H

#include "web.h"

struct round;

/* *e is NULL unless one of the questions was not answered; the first trouble is told. It may
 * ask on: then it returns true, and is called again when these are answered; at once if it
 * found nothing to ask. */
typedef bool (*round_fn)(void *ctx, struct round *r, const struct err *e);

/* take is called with a good answer only; about is its caller's. Not called after an error. */
typedef void (*take_fn)(void *about, const struct reply *r);

/* round_new begins one; round_go lets it end, once the first questions are asked. fn is never
 * called before round_go returns. */
struct round *round_new(struct web *web, round_fn fn, void *ctx);
void round_go(struct round *r);

/* round_ask sends the words (ends with NULL); the second one is a key below the queue's prefix. */
void round_ask(struct round *r, take_fn take, void *about, const char *const *words);
#define ROUND_ASK(r, take, about, ...) \
	round_ask((r), (take), (about), (const char *const[]){__VA_ARGS__, NULL})

#endif
