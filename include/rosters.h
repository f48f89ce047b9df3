/*
 * rosters - the roster of a school that was accepted last, and how the next one takes its place.
 *
 *	roster:<school>		HASH	what was accepted, and what became of the last import
 *	roster:<school>:digests	HASH	class -> digest of its class object, as accepted
 *	roster:<school>:base	JSON of what a delta is read against, beside the register
 *	roster:<school>:lock	who imports at present
 *	roster:<school>:import:<import>	LIST of envelopes, with :digests beside it
 *	roster:<school>:staged	LIST of imports that are accepted and on their way to the inbox
 *	rosters			SET of the schools that have some staged
 *
 * A set is laid aside piece by piece, where nobody looks; one transaction then makes it the
 * school's roster, as a whole or not at all. Its envelopes are staged by the same transaction,
 * and the workers' heartbeats carry them to the inbox: whoever dies meanwhile, they arrive, in
 * their order. Nothing of people is kept but what the registers of the classes have.
 *
 * These functions wait for Redis, so they are for a process of its own: rollcall import.
 */
#ifndef ROSTERS_H
#define ROSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "job_id.h"
#include "json.h"
#include "map.h"
#include "redis.h"

/* What was accepted last. The figures are those that the next set is compared with. */
struct roster_accepted {
	char *import, *by;	/* owned; "": nothing was ever accepted */
	char *org;		/* owned; of this school of the set only; "" */
	char *schools;		/* owned; the id of the school whose classes the set had, "*" of
				 * several, "" if that is not known */
	int64_t at;		/* epoch ms */
	int64_t classes, people, enrolments, members;
	char *year_ends;	/* owned; the day on which its school year is over, "" */
	char *digest;		/* owned; of all class objects together */
	json_t *base;		/* owned; what a delta is read against; NULL: none */
	struct map digests;	/* class -> digest, owned by the two lists below */
	char **classes_at, **digests_at;
	size_t count;
};
void roster_accepted_clear(struct roster_accepted *a);

/* One import on its way. */
struct roster_import {
	struct redis *redis;	/* borrowed, like the texts */
	const char *prefix, *school, *by;
	char id[JOB_ID_LENGTH + 1];
	char *lock;		/* owned; what stands in the lock */
	struct words staged, digests;
	size_t staged_bytes;
	int64_t pieces;		/* envelopes laid aside so far */
	bool locked;
};

/* rosters_begin takes the school's lock; ERR_LOST and who has it, if somebody else imports.
 * Whatever follows, rosters_end gives it back and leaves nothing behind. rosters_renew keeps
 * the lock, which is lost after two minutes without. */
int rosters_begin(struct roster_import *i, struct redis *r, const char *prefix,
    const char *school, const char *by, struct err *e) MUST_CHECK;
int rosters_renew(struct roster_import *i, struct err *e) MUST_CHECK;
void rosters_end(struct roster_import *i);

int rosters_read(struct roster_import *i, struct roster_accepted *a, struct err *e) MUST_CHECK;

/* rosters_register reads the class objects of classes, as the school last said them: objects[n]
 * is owned by the caller, and NULL where there is none. */
int rosters_register(struct roster_import *i, char *const *classes, size_t count,
    json_t **objects, struct err *e) MUST_CHECK;

/* rosters_stage lays an envelope aside, rosters_digest a class and its digest. */
int rosters_stage(struct roster_import *i, const char *envelope, size_t length,
    struct err *e) MUST_CHECK;
int rosters_digest(struct roster_import *i, const char *class_id, const char *digest,
    struct err *e) MUST_CHECK;

/* What is written when a set is accepted. Nothing is owned. */
struct roster_acceptance {
	const char *before;	/* the import that it was compared with (a->import) */
	const char *base;	/* JSON for the next delta; "": none */
	const struct words *fields, *of_school;	/* field, value, … of the two records */
	const char *detail;	/* for the school's history, which keeps so many entries: */
	int64_t history;
};

/* rosters_accept makes what was laid aside the school's roster, if the lock is still ours and
 * nothing else was accepted since; ERR_LOST otherwise, and nothing changed. */
int rosters_accept(struct roster_import *i, const struct roster_acceptance *a,
    struct err *e) MUST_CHECK;

/* rosters_note writes fields of roster:<school> that tell of an import that was not accepted. */
int rosters_note(struct roster_import *i, const struct words *fields, struct err *e) MUST_CHECK;

#endif
