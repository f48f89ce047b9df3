/*
 * rosters - the lock, what is laid aside, and the one transaction that accepts it.
 *
 * The transaction is optimistic: what it rests on (the lock, the roster) is watched, and read
 * once more after that. A connection that was lost between takes the watch along, so it has to
 * be the same one still.
 */
#include "rosters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "history.h"

enum {
	ASK_MS = 30000,
	LOCK_MS = 120000,
	ASIDE_S = 3600, /* what a dead import leaves behind is gone after that */
	PIECES = 200,
	DIGEST_WORDS = 400,
	PIECE_BYTES = 1 << 20,
	LOCK_DEPTH = 4,
	BASE_DEPTH = 8,
	CLASS_DEPTH = 64,
	AT_ONCE = 100, /* registers in one transaction */
	WORDS_BEFORE = 2,
};

/* ---- the lock ------------------------------------------------------------------------------ */

static char *lock_text(const struct roster_import *i)
{
	json_t *lock = json_pack(
	    "{s:s, s:s, s:I}", "import", i->id, "by", i->by, "at", (json_int_t)clock_wall_ms());
	char *text = json_write(lock);
	json_decref(lock);
	return text;
}

/* locked_by tells who has the lock that was not to be had. */
static int locked_by(const struct roster_import *i, const struct reply *r, struct err *e)
{
	char since[8] = "";
	size_t length = 0;
	const char *text = reply_text(r, &length);
	json_t *lock = text ? json_read(text, length, LOCK_DEPTH, NULL) : NULL;
	err_set(e, ERR_LOST,
	    "another import of %s is under way: %s began it at %s. Wait until it has ended; a "
	    "dead one lets go after two minutes.",
	    i->school, json_text_or(lock, "by", "somebody"),
	    clock_hhmm(json_int(lock, "at", clock_wall_ms()), since));
	json_decref(lock);
	return ERR_LOST;
}

int rosters_begin(struct roster_import *i, struct redis *r, const char *prefix, const char *school,
    const char *by, struct err *e)
{
	*i = (struct roster_import){.redis = r, .prefix = prefix, .school = school, .by = by};
	job_id_new(i->id);
	i->lock = lock_text(i);
	words_init(&i->staged);
	words_init(&i->digests);
	struct reply *before = redis_askf(r, ASK_MS, e, "SET %sroster:%s:lock %s NX GET PX %d",
	    prefix, school, i->lock, (int64_t)LOCK_MS);
	if (!before)
		return e->code;
	i->locked = reply_kind(before) == REPLY_NIL;
	int rc = i->locked ? 0 : locked_by(i, before, e);
	reply_free(before);
	return rc;
}

/* still_locked: nobody else has come in since. */
static int still_locked(struct roster_import *i, struct err *e)
{
	struct reply *r =
	    redis_askf(i->redis, ASK_MS, e, "GET %sroster:%s:lock", i->prefix, i->school);
	if (!r)
		return e->code;
	const char *text = reply_text(r, NULL);
	bool ours = text && strcmp(text, i->lock) == 0;
	reply_free(r);
	if (ours)
		return 0;
	i->locked = false;
	return err_set(e, ERR_LOST,
	    "this import of %s took so long that it lost its lock; nothing was changed. Import "
	    "again.",
	    i->school);
}

int rosters_renew(struct roster_import *i, struct err *e)
{
	int rc = still_locked(i, e);
	if (rc < 0)
		return rc;
	struct reply *r = redis_askf(i->redis, ASK_MS, e, "PEXPIRE %sroster:%s:lock %d", i->prefix,
	    i->school, (int64_t)LOCK_MS);
	reply_free(r);
	return r ? 0 : e->code;
}

void rosters_end(struct roster_import *i)
{
	struct err e;
	if (i->locked && still_locked(i, &e) == 0) {
		reply_free(redis_askf(i->redis, ASK_MS, &e,
		    "UNLINK %sroster:%s:lock %sroster:%s:import:%s %sroster:%s:import:%s:digests",
		    i->prefix, i->school, i->prefix, i->school, i->id, i->prefix, i->school,
		    i->id));
	}
	i->locked = false;
	words_clear(&i->staged);
	words_clear(&i->digests);
	free(i->lock);
	i->lock = NULL;
}

/* ---- what was accepted last --------------------------------------------------------------- */

static char *own(const struct reply *hash, const char *field)
{
	const char *text = reply_field_text(hash, field);
	return xstrdup(text ? text : "");
}

static int64_t figure(const struct reply *hash, const char *field)
{
	return reply_number(reply_field(hash, field));
}

static void take_roster(struct roster_accepted *a, const struct reply *hash)
{
	a->import = own(hash, "import");
	a->by = own(hash, "by");
	a->org = own(hash, "org");
	a->schools = own(hash, "schools");
	a->year_ends = own(hash, "year_ends");
	a->digest = own(hash, "digest");
	a->at = figure(hash, "accepted_at");
	a->classes = figure(hash, "classes");
	a->people = figure(hash, "people");
	a->enrolments = figure(hash, "enrolments");
	a->members = figure(hash, "members");
}

static void take_base(struct roster_accepted *a, const struct reply *r)
{
	size_t length;
	const char *base = reply_text(r, &length);
	a->base = base ? json_read(base, length, BASE_DEPTH, NULL) : NULL;
}

static void take_digests(struct roster_accepted *a, const struct reply *hash)
{
	size_t pairs = reply_count(hash) / 2;
	a->classes_at = xcalloc(pairs + 1, sizeof(char *));
	a->digests_at = xcalloc(pairs + 1, sizeof(char *));
	for (size_t n = 0; n < pairs; n++) {
		const char *class = reply_text(reply_at(hash, 2 * n), NULL);
		const char *digest = reply_text(reply_at(hash, 2 * n + 1), NULL);
		if (!class || !*class || !digest)
			continue;
		a->classes_at[a->count] = xstrdup(class);
		a->digests_at[a->count] = xstrdup(digest);
		map_set(&a->digests, class, a->digests_at[a->count++]);
	}
}

void roster_accepted_clear(struct roster_accepted *a)
{
	for (size_t n = 0; n < a->count; n++) {
		free(a->classes_at[n]);
		free(a->digests_at[n]);
	}
	free((void *)a->classes_at);
	free((void *)a->digests_at);
	free(a->import);
	free(a->by);
	free(a->org);
	free(a->schools);
	free(a->year_ends);
	free(a->digest);
	json_decref(a->base);
	map_clear(&a->digests);
	*a = (struct roster_accepted){0};
}

/* All is read while the lock is ours, so nobody changes them meanwhile. */
int rosters_read(struct roster_import *i, struct roster_accepted *a, struct err *e)
{
	*a = (struct roster_accepted){0};
	map_init(&a->digests);
	struct reply *r =
	    redis_askf(i->redis, ASK_MS, e, "HGETALL %sroster:%s", i->prefix, i->school);
	if (!r)
		return e->code;
	take_roster(a, r);
	reply_free(r);
	r = redis_askf(i->redis, ASK_MS, e, "HGETALL %sroster:%s:digests", i->prefix, i->school);
	if (!r)
		return e->code;
	take_digests(a, r);
	reply_free(r);
	r = redis_askf(i->redis, ASK_MS, e, "GET %sroster:%s:base", i->prefix, i->school);
	if (!r)
		return e->code;
	take_base(a, r);
	reply_free(r);
	return 0;
}

/* What was said of a class with its learners, and of its teachers since. */
static json_t *class_of(const struct reply *hash)
{
	size_t length;
	const char *text = reply_text(reply_at(hash, 0), &length);
	json_t *class = text ? json_read(text, length, CLASS_DEPTH, NULL) : NULL;
	if (json_is_object(class))
		return class;
	json_decref(class);
	return NULL;
}

static struct reply *ask_registers(
    struct roster_import *i, char *const *classes, size_t count, struct err *e)
{
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "MULTI");
	for (size_t n = 0; n < count; n++)
		redis_sendf(i->redis, ASK_MS, NULL, NULL, "HMGET %sclass:%s:%s:register text",
		    i->prefix, i->school, classes[n]);
	return redis_askf(i->redis, ASK_MS, e, "EXEC");
}

int rosters_register(
    struct roster_import *i, char *const *classes, size_t count, json_t **objects, struct err *e)
{
	for (size_t done = 0; done < count;) {
		size_t n = count - done < AT_ONCE ? count - done : AT_ONCE;
		struct reply *r = ask_registers(i, classes + done, n, e);
		if (!r)
			return e->code;
		for (size_t k = 0; k < n; k++)
			objects[done + k] = class_of(reply_at(r, k));
		reply_free(r);
		done += n;
	}
	return 0;
}

/* ---- what is laid aside --------------------------------------------------------------------- */

/* execute ends a transaction: 0 if each of its commands was carried out. */
static int execute(struct roster_import *i, struct err *e)
{
	struct reply *r = redis_askf(i->redis, ASK_MS, e, "EXEC");
	if (!r)
		return e->code;
	int rc = 0;
	if (reply_kind(r) == REPLY_NIL)
		rc = err_set(e, ERR_LOST,
		    "another import of %s came between; nothing was changed. Import again.",
		    i->school);
	for (size_t n = 0; n < reply_count(r) && rc == 0; n++)
		if (reply_kind(reply_at(r, n)) == REPLY_ERROR)
			rc = err_set(e, ERR_REFUSED, "%s", reply_text(reply_at(r, n), NULL));
	reply_free(r);
	return rc;
}

/* lay_aside sends what has gathered in w, a command and more words, and in the same breath lets it
 * be forgotten some day; w begins anew. */
static int lay_aside(struct roster_import *i, struct words *w, const char *more, struct err *e)
{
	if (w->count <= WORDS_BEFORE)
		return 0;
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "MULTI");
	redis_send(i->redis, w, ASK_MS, NULL, NULL);
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "EXPIRE %sroster:%s:import:%s%s %d", i->prefix,
	    i->school, i->id, more, (int64_t)ASIDE_S);
	words_reset(w);
	return execute(i, e);
}

static void begin_aside(
    const struct roster_import *i, struct words *w, const char *command, const char *more)
{
	if (w->count > 0)
		return;
	words_add(w, command);
	words_addf(w, "%sroster:%s:import:%s%s", i->prefix, i->school, i->id, more);
}

int rosters_stage(struct roster_import *i, const char *envelope, size_t length, struct err *e)
{
	begin_aside(i, &i->staged, "RPUSH", "");
	words_add_bytes(&i->staged, envelope, length);
	i->staged_bytes += length;
	i->pieces++;
	if (i->staged.count < PIECES && i->staged_bytes < PIECE_BYTES)
		return 0;
	i->staged_bytes = 0;
	int rc = lay_aside(i, &i->staged, "", e);
	return rc < 0 ? rc : rosters_renew(i, e);
}

int rosters_digest(struct roster_import *i, const char *class_id, const char *digest, struct err *e)
{
	begin_aside(i, &i->digests, "HSET", ":digests");
	words_add(&i->digests, class_id);
	words_add(&i->digests, digest);
	return i->digests.count < DIGEST_WORDS ? 0 : lay_aside(i, &i->digests, ":digests", e);
}

/* ---- accepting --------------------------------------------------------------------------------- */

static void send_fields(struct roster_import *i, const char *record, const struct words *fields)
{
	struct words w;
	if (fields->count == 0)
		return;
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%s%s:%s", i->prefix, record, i->school);
	words_append(&w, fields);
	redis_send(i->redis, &w, ASK_MS, NULL, NULL);
	words_clear(&w);
}

/* The digests change hands by name, however many; those from before are thrown away apart. */
static void send_digests(struct roster_import *i)
{
	redis_sendf(
	    i->redis, ASK_MS, NULL, NULL, "UNLINK %sroster:%s:digests", i->prefix, i->school);
	redis_sendf(i->redis, ASK_MS, NULL, NULL,
	    "RENAME %sroster:%s:import:%s:digests %sroster:%s:digests", i->prefix, i->school, i->id,
	    i->prefix, i->school);
	redis_sendf(
	    i->redis, ASK_MS, NULL, NULL, "PERSIST %sroster:%s:digests", i->prefix, i->school);
}

static void send_base(struct roster_import *i, const char *base)
{
	if (*base)
		redis_sendf(i->redis, ASK_MS, NULL, NULL, "SET %sroster:%s:base %s", i->prefix,
		    i->school, base);
	else
		redis_sendf(
		    i->redis, ASK_MS, NULL, NULL, "UNLINK %sroster:%s:base", i->prefix, i->school);
}

static void send_staged(struct roster_import *i)
{
	if (i->pieces == 0)
		return;
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "PERSIST %sroster:%s:import:%s", i->prefix,
	    i->school, i->id);
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "RPUSH %sroster:%s:staged %s", i->prefix,
	    i->school, i->id);
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "SADD %srosters %s", i->prefix, i->school);
}

/* watch makes sure that what the import rests on is as it was, and will be until EXEC. */
static int watch(struct roster_import *i, const char *base, struct err *e)
{
	struct reply *r = redis_askf(i->redis, ASK_MS, e, "WATCH %sroster:%s:lock %sroster:%s",
	    i->prefix, i->school, i->prefix, i->school);
	reply_free(r);
	if (!r)
		return e->code;
	int rc = still_locked(i, e);
	if (rc < 0)
		return rc;
	r = redis_askf(i->redis, ASK_MS, e, "HGET %sroster:%s import", i->prefix, i->school);
	if (!r)
		return e->code;
	const char *now = reply_text(r, NULL);
	bool same = strcmp(now ? now : "", base) == 0;
	reply_free(r);
	return same ? 0
		    : err_set(e, ERR_LOST,
			  "another roster of %s was accepted meanwhile; nothing was changed. "
			  "Import again.",
			  i->school);
}

static void send_all(struct roster_import *i, const struct roster_acceptance *a)
{
	struct history_event said = {
	    .what = "imported", .by = i->by, .run = i->id, .detail = a->detail};
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "MULTI");
	send_digests(i);
	send_base(i, a->base);
	send_staged(i);
	send_fields(i, "roster", a->fields);
	send_fields(i, "school", a->of_school);
	history_add(i->redis, i->prefix, i->school, a->history, &said, NULL, NULL);
	redis_sendf(i->redis, ASK_MS, NULL, NULL, "UNLINK %sroster:%s:lock", i->prefix, i->school);
}

int rosters_accept(struct roster_import *i, const struct roster_acceptance *a, struct err *e)
{
	/* a hash that may be renamed is there, however few classes there are */
	int rc = rosters_digest(i, "", "", e);
	if (rc == 0)
		rc = lay_aside(i, &i->digests, ":digests", e);
	if (rc == 0)
		rc = lay_aside(i, &i->staged, "", e);
	int64_t connection = redis_client_id(i->redis);
	if (rc == 0)
		rc = watch(i, a->before, e);
	if (rc < 0)
		return rc;
	if (connection != redis_client_id(i->redis))
		return err_set(e, ERR_REACH,
		    "the connection to Redis was lost; nothing was changed. Import again.");
	send_all(i, a);
	rc = execute(i, e);
	i->locked = rc < 0;
	return rc;
}

int rosters_note(struct roster_import *i, const struct words *fields, struct err *e)
{
	struct words w;
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%sroster:%s", i->prefix, i->school);
	words_append(&w, fields);
	struct reply *r = redis_ask(i->redis, &w, ASK_MS, e);
	words_clear(&w);
	reply_free(r);
	return r ? 0 : e->code;
}
