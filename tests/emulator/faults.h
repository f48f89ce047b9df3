/*
 * faults - misbehaviour on purpose: scenario files and the control API.
 *
 * A fault says which requests it meets ("match") and what happens to them ("do").
 * Every fault that fires may change settings for its request; the first with an
 * answer of its own answers. README.md has the keys.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "ids.h"

struct call;

struct fault {
	json_t *json;			/* owned: as it was given */
	const json_t *match, *does;	/* borrowed from it */
	struct random random;
	int64_t seen, fired;
};

struct faults {
	struct fault *list;		/* owned */
	size_t count;
	json_t *settings;		/* owned: settings for all requests; or NULL */
};

void faults_init(struct faults *f);
void faults_clear(struct faults *f);

/* faults_add takes a scenario: a list of faults, or {"settings": {}, "faults": []}.
 * Nothing is taken on an error. */
int faults_add(struct faults *f, const json_t *scenario, struct err *e) MUST_CHECK;
json_t *faults_report(const struct faults *f);

/* What fires for one request. */
struct firing {
	const json_t *answer;		/* the "do" that answers, or NULL */
	bool after_effect;		/* once the effect has happened */
};

/* faults_fire counts the call in every fault it matches and applies settings and
 * delays of those that fire. */
struct firing faults_fire(struct call *c);

/* faults_answer makes the reply of firing.answer, over the one there is if any. */
void faults_answer(struct call *c, const struct firing *firing);

#endif
