/*
 * change - what a job has to say, gathered until the next touch. An effect travels as
 * op, key, number of words, words; the Function library knows no more of it than that.
 */
#include "queue.h"

#include <stdlib.h>

void change_init(struct change *c)
{
	words_init(&c->fields);
	words_init(&c->rows);
	words_init(&c->effects);
	c->effect_count = 0;
	c->saved = NULL;
}

void change_clear(struct change *c)
{
	words_clear(&c->fields);
	words_clear(&c->rows);
	words_clear(&c->effects);
	free(c->saved);
	c->effect_count = 0;
	c->saved = NULL;
}

bool change_is_empty(const struct change *c)
{
	return c->fields.count == 0 && c->rows.count == 0 && c->effect_count == 0 && !c->saved;
}

void change_set(struct change *c, const char *field, const char *value)
{
	words_add(&c->fields, field);
	words_add(&c->fields, value);
}

void change_int(struct change *c, const char *field, int64_t value)
{
	words_add(&c->fields, field);
	words_int(&c->fields, value);
}

void change_effect(struct change *c, const char *op, const char *key, const struct words *words)
{
	words_add(&c->effects, op);
	words_add(&c->effects, key);
	words_int(&c->effects, words ? (int64_t)words->count : 0);
	if (words)
		words_append(&c->effects, words);
	c->effect_count++;
}

void change_effect_set(struct change *c, const char *key, const struct words *pairs)
{
	change_effect(c, "set", key, pairs);
}

void change_effect_del(struct change *c, const char *key, const struct words *fields)
{
	change_effect(c, "del", key, fields);
}

void change_effect_drop(struct change *c, const char *key)
{
	change_effect(c, "drop", key, NULL);
}

void change_effect_push(struct change *c, const char *envelope)
{
	struct words w;
	words_init(&w);
	words_add(&w, envelope);
	change_effect(c, "push", "inbox", &w);
	words_clear(&w);
}

void change_effect_log(struct change *c, const char *key, int64_t most, const struct words *pairs)
{
	struct words w;
	words_init(&w);
	words_int(&w, most);
	words_append(&w, pairs);
	change_effect(c, "log", key, &w);
	words_clear(&w);
}
