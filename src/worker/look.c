/*
 * look - what a job reads of other records than its class's: all of a school's classes, how
 * a run stands, what became of other jobs.
 *
 * A verb notes the commands as JSON, a list of words each; they go out together, and their
 * answers come to the step as one list, in the same order: a hash as an object of texts, a
 * set as a sorted list, chosen fields as a list of texts and nulls.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "job_record.h"
#include "worker_int.h"

enum { LOOK_TIMEOUT_MS = 10000, DEPTH = 8 };

struct look {
	struct job *job;
	json_t *commands; /* owned */
	json_t *answers;  /* owned: null until it is there */
	struct err error; /* the first */
	size_t left;
};

struct part {
	struct look *look;
	size_t at;
};

/* ---- verbs ------------------------------------------------------------------------------ */

static enum next want_look(struct job *j, json_t *commands)
{
	job_forget_wanted(j);
	j->wanted = (struct wanted){.kind = CALL_LOOK, .body = json_write(commands)};
	json_decref(commands);
	return NEXT_CALL;
}

static void add_command(json_t *commands, const char *command, char *key)
{
	json_array_append_new(commands, json_pack("[s s]", command, key));
	free(key);
}

enum next record_class_ids(struct job *j)
{
	json_t *commands = json_array();
	add_command(commands, "SMEMBERS", xasprintf("classes:%s", j->school_id));
	return want_look(j, commands);
}

enum next record_classes(struct job *j, const json_t *ids, size_t from, size_t count)
{
	json_t *commands = json_array();
	for (size_t i = from; i < from + count && i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));
		char *key = records_class_key(j->school_id, id);
		add_command(commands, "HGETALL", xasprintf("%s:register", key));
		add_command(commands, "HGETALL", records_learners_key(j->school_id, id));
		add_command(commands, "HGETALL", key);
	}
	return want_look(j, commands);
}

enum next record_run(struct job *j, const char *run)
{
	json_t *commands = json_array();
	char *key = run ? xasprintf("run:%s:%s", j->school_id, run) : run_key(j);
	add_command(commands, "HGETALL", key);
	return want_look(j, commands);
}

enum next record_jobs(struct job *j, const json_t *ids)
{
	size_t i;
	json_t *id, *commands = json_array();
	json_array_foreach (ids, i, id) {
		char *key = xasprintf("job:%s", json_string_value(id));
		json_array_append_new(commands,
		    json_pack("[s s s s s]", "HMGET", key, "state", "error_code", "error"));
		free(key);
	}
	return want_look(j, commands);
}

/* ---- answers ----------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(
	    json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

static json_t *sorted(const struct reply *r)
{
	size_t count = 0;
	json_t **at = xcalloc(reply_count(r) + 1, sizeof(json_t *)), *list = json_array();
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *text = reply_text(reply_at(r, i), NULL);
		if (text && (at[count] = json_string(text)))
			count++;
	}
	qsort(at, count, sizeof(json_t *), by_text);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, at[i]);
	free(at);
	return list;
}

static json_t *fields(const struct reply *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *text = reply_text(reply_at(r, i), NULL);
		json_t *value = text ? json_string(text) : NULL;
		json_array_append_new(list, value ? value : json_null());
	}
	return list;
}

static json_t *answer_of(const char *command, const struct reply *r)
{
	if (strcmp(command, "SMEMBERS") == 0)
		return sorted(r);
	if (strcmp(command, "HMGET") == 0)
		return fields(r);
	json_t *hash = hash_of(r, (const char *const[]){NULL});
	return hash ? hash : json_object();
}

static void look_end(struct look *l)
{
	struct job *j = l->job;
	json_t *answers = l->answers;
	struct err e = l->error;
	json_decref(l->commands);
	free(l);
	j->reading = false;
	if (j->ended) {
		job_drop(j);
	} else if (e.code) {
		job_not_opened(j, &e);
	} else {
		struct answer a = {.status = 200, .body = answers, .code = "", .trouble = ""};
		job_answer(j, &a);
	}
	json_decref(answers);
}

static void part_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct part *p = ctx;
	struct look *l = p->look;
	const json_t *command = json_array_get(l->commands, p->at);
	if (!r && !l->error.code)
		l->error = *e;
	else if (r && reply_kind(r) == REPLY_ERROR && !l->error.code)
		err_set(&l->error, ERR_REFUSED, "reading records: %s", reply_text(r, NULL));
	if (!l->error.code)
		json_array_set_new(
		    l->answers, p->at, answer_of(json_string_value(json_array_get(command, 0)), r));
	free(p);
	if (--l->left == 0)
		look_end(l);
}

/* The second word is a key below the queue's prefix. */
static void send_part(struct look *l, size_t at)
{
	struct part *p = xcalloc(1, sizeof *p);
	const json_t *command = json_array_get(l->commands, at);
	const char *prefix = queue_prefix(l->job->worker->queue);
	struct words w;
	size_t i;
	json_t *word;
	*p = (struct part){l, at};
	words_init(&w);
	json_array_foreach (command, i, word)
		words_addf(&w, "%s%s", i == 1 ? prefix : "", json_string_value(word));
	redis_send(queue_redis(l->job->worker->queue), &w, LOOK_TIMEOUT_MS, part_read, p);
	words_clear(&w);
}

void job_call_look(struct job *j)
{
	struct look *l = xcalloc(1, sizeof *l);
	l->job = j;
	l->commands = json_read(j->wanted.body, strlen(j->wanted.body), DEPTH, NULL);
	l->answers = json_array();
	l->left = json_array_size(l->commands) + 1;
	j->reading = true;
	for (size_t i = 0; i + 1 < l->left; i++)
		json_array_append_new(l->answers, json_null());
	for (size_t i = 0, n = l->left - 1; i < n; i++)
		send_part(l, i);
	if (--l->left == 0)
		look_end(l);
}
