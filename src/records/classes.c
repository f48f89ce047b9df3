/*
 * classes - class:<school>:<class>, its learners and its register, read together so
 * that a job sees them as they were at one moment.
 */
#include "records_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"

enum { READ_TIMEOUT_MS = 10000, REGISTER_DEPTH = 64 };

struct reading {
	records_fn fn;
	void *ctx;
	char *school, *class_id;
	struct school found;
	struct class_record record;
	struct err error;
};

char *records_class_key(const char *school, const char *class_id)
{
	return xasprintf("class:%s:%s", school, class_id);
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
	    .web_url = text_of(hash, "web_url"),
	    .status = text_of(hash, "status"),
	    .note = text_of(hash, "note"),
	    .total = number_of(hash, "total", -1),
	    .team_asked_at = number_of(hash, "team_asked_at", 0),
	    .team_made_at = number_of(hash, "team_made_at", 0),
	    .emptied_at = number_of(hash, "emptied_at", 0),
	};
	size_t length;
	const char *text = reply_text(reply_field(register_hash, "text"), &length);
	if (text)
		c->register_class = json_read(text, length, REGISTER_DEPTH, NULL);
}

void class_record_clear(struct class_record *c)
{
	free(c->id);
	free(c->name);
	free(c->year);
	free(c->kind);
	free(c->team_id);
	free(c->web_url);
	free(c->status);
	free(c->note);
	json_decref(c->register_class);
	json_decref(c->learners);
	*c = (struct class_record){0};
}

static void reading_end(struct reading *g)
{
	bool failed = g->error.code != 0;
	g->fn(g->ctx, &g->found, &g->record, failed ? &g->error : NULL);
	free(g->school);
	free(g->class_id);
	free(g);
}

static bool usable(struct reading *g, const struct reply *r, const struct err *e)
{
	if (!r)
		g->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&g->error, ERR_REFUSED, "reading records: %s", reply_text(r, NULL));
	return g->error.code == 0;
}

static void all_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	if (usable(g, r, e)) {
		school_read(&g->found, g->school, reply_at(r, 0));
		class_record_read(&g->record, g->class_id, reply_at(r, 1), reply_at(r, 2));
		learners_read(&g->record, reply_at(r, 3));
	}
	reading_end(g);
}

static void ignored(void *ctx, const struct reply *r, const struct err *e)
{
	struct reading *g = ctx;
	(void)usable(g, r, e);
}

static void send_read(
    struct redis *r, struct reading *g, const char *key, const char *more, const char *prefix)
{
	struct words w;
	words_init(&w);
	words_add(&w, "HGETALL");
	words_addf(&w, "%s%s%s", prefix, key, more);
	redis_send(r, &w, READ_TIMEOUT_MS, ignored, g);
	words_clear(&w);
}

void records_read(struct redis *r, const char *prefix, const char *school, const char *class_id,
    records_fn fn, void *ctx)
{
	struct reading *g = xcalloc(1, sizeof *g);
	g->fn = fn;
	g->ctx = ctx;
	g->school = xstrdup(school);
	g->class_id = xstrdup(class_id);
	char *of_school = records_school_key(school),
	     *of_class = records_class_key(school, class_id);
	redis_sendf(r, READ_TIMEOUT_MS, ignored, g, "MULTI");
	send_read(r, g, of_school, "", prefix);
	send_read(r, g, of_class, "", prefix);
	send_read(r, g, of_class, ":register", prefix);
	send_read(r, g, of_class, ":learners", prefix);
	redis_sendf(r, READ_TIMEOUT_MS, all_read, g, "EXEC");
	free(of_school);
	free(of_class);
}
