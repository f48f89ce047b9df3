/*
 * classes - class:<school>:<class>, its learners and its register, read together so
 * that a job sees them as they were at one moment.
 */
#include "records_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "by_hand.h"
#include "matches.h"

enum { READ_TIMEOUT_MS = 10000, REGISTER_DEPTH = 64, PARTS = 9 };

struct reading {
	records_fn fn;
	void *ctx;
	char *school, *class_id;
	struct school found;
	struct class_record record;
	struct err error; /* the first of its parts */
	int left;	  /* parts that are not answered yet */
};

char *records_class_key(const char *school, const char *class_id)
{
	return xasprintf("class:%s:%s", school, class_id);
}

static json_t *class_object(const struct reply *register_hash, const char *field)
{
	size_t length;
	const char *text = reply_text(reply_field(register_hash, field), &length);
	return text ? json_read(text, length, REGISTER_DEPTH, NULL) : NULL;
}

void class_record_read(struct class_record *c, const char *id, const struct reply *hash,
    const struct reply *register_hash)
{
	*c = (struct class_record){
	    .id = xstrdup(id),
	    .name = text_of(hash, "name"),
	    .year = text_of(hash, "year"),
	    .kind = text_of(hash, "kind"),
	    .team_id = text_of(hash, "team_id"),
	    .former_team_id = text_of(hash, "former_team_id"),
	    .web_url = text_of(hash, "web_url"),
	    .status = text_of(hash, "status"),
	    .team_asked_as = text_of(hash, "team_asked_as"),
	    .team_asked_mark = text_of(hash, "team_asked_mark"),
	    .note = text_of(hash, "note"),
	    .display_name = text_of(hash, "display_name"),
	    .mail_nickname = text_of(hash, "mail_nickname"),
	    .nickname_wanted = text_of(hash, "nickname_wanted"),
	    .class_only = number_of(hash, "is_team", 1) == 0,
	    .total = number_of(hash, "total", -1),
	    .team_asked_at = number_of(hash, "team_asked_at", 0),
	    .team_made_at = number_of(hash, "team_made_at", 0),
	    .opened_at = number_of(hash, "opened_at", 0),
	    .emptied_at = number_of(hash, "emptied_at", 0),
	};
	c->owners_seen = class_object(hash, "owners_seen");
	c->register_class = class_object(register_hash, "text");
	c->register_more = class_object(register_hash, "more");
}

void class_record_clear(struct class_record *c)
{
	free(c->id);
	free(c->name);
	free(c->year);
	free(c->kind);
	free(c->team_id);
	free(c->former_team_id);
	free(c->web_url);
	free(c->status);
	free(c->team_asked_as);
	free(c->team_asked_mark);
	free(c->note);
	free(c->display_name);
	free(c->mail_nickname);
	free(c->nickname_wanted);
	json_decref(c->register_class);
	json_decref(c->register_more);
	json_decref(c->learners);
	json_decref(c->exceptions);
	json_decref(c->drift);
	json_decref(c->said);
	json_decref(c->owners_seen);
	*c = (struct class_record){0};
}

/* While Redis is away the parts meet their deadline in no order: the last one answered,
 * whichever that is, ends the reading. */
static void part_answered(struct reading *g)
{
	if (--g->left > 0)
		return;
	bool failed = g->error.code != 0;
	g->fn(g->ctx, &g->found, &g->record, failed ? &g->error : NULL);
	free(g->school);
	free(g->class_id);
	free(g);
}

static bool usable(struct reading *g, const struct reply *r, const struct err *e)
{
	if (g->error.code == 0 && !r)
		g->error = *e;
	else if (g->error.code == 0 && reply_kind(r) == REPLY_ERROR)
		err_set(&g->error, ERR_REFUSED, "reading records: %s", reply_text(r, NULL));
	return g->error.code == 0;
}

/* A record that cannot be read is not an empty one: nobody may be missed for it. */
static bool all_usable(struct reading *g, const struct reply *r, const struct err *e)
{
	bool good = usable(g, r, e);
	for (size_t i = 0; good && i < reply_count(r); i++)
		good = usable(g, reply_at(r, i), e);
	return good;
}

static void all_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	if (all_usable(g, r, e)) {
		school_read(&g->found, g->school, reply_at(r, 0));
		class_record_read(&g->record, g->class_id, reply_at(r, 1), reply_at(r, 2));
		learners_read(&g->record, reply_at(r, 3));
		g->record.exceptions = by_hand_of(reply_at(r, 4));
		g->record.drift = by_hand_of(reply_at(r, 5));
		g->record.said = by_hand_of(reply_at(r, 6));
	}
	part_answered(g);
}

static void queued(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	(void)usable(g, r, e);
	part_answered(g);
}

static void send_read(
    struct redis *r, struct reading *g, const char *key, const char *more, const char *prefix)
{
	struct words w;
	words_init(&w);
	words_add(&w, "HGETALL");
	words_addf(&w, "%s%s%s", prefix, key, more);
	redis_send(r, &w, READ_TIMEOUT_MS, queued, g);
	words_clear(&w);
}

void records_read(struct redis *r, const char *prefix, const char *school, const char *class_id,
    records_fn fn, void *ctx)
{
	struct reading *g = xcalloc(1, sizeof *g);
	g->fn = fn;
	g->ctx = ctx;
	g->left = PARTS;
	g->school = xstrdup(school);
	g->class_id = xstrdup(class_id);
	char *of_school = records_school_key(school),
	     *of_class = records_class_key(school, class_id);
	char *exceptions = exceptions_key(school, class_id), *drift = drift_key(school, class_id),
	     *matches = matches_key(school);
	redis_sendf(r, READ_TIMEOUT_MS, queued, g, "MULTI");
	send_read(r, g, of_school, "", prefix);
	send_read(r, g, of_class, "", prefix);
	send_read(r, g, of_class, ":register", prefix);
	send_read(r, g, of_class, ":learners", prefix);
	send_read(r, g, exceptions, "", prefix);
	send_read(r, g, drift, "", prefix);
	send_read(r, g, matches, "", prefix);
	redis_sendf(r, READ_TIMEOUT_MS, all_read, g, "EXEC");
	free(of_school);
	free(of_class);
	free(exceptions);
	free(drift);
	free(matches);
}
