/* nicknames - what a job says of its class's nickname; 36_names.lua decides who has which. */
#include <stdlib.h>

#include "buf.h"
#include "worker_int.h"

static void say(struct job *j, const char *op, const struct words *more)
{
	struct words w;
	char *key = xasprintf("nickname:%s", j->school_id);
	words_init(&w);
	words_add(&w, j->school_id);
	words_add(&w, j->class_id);
	words_append(&w, more);
	change_effect(job_change(j), op, key, &w);
	words_clear(&w);
	free(key);
}

void record_nickname_wanted(struct job *j, const char *plain)
{
	struct words w;
	if (j->dry_run)
		return;
	words_init(&w);
	words_add(&w, plain);
	say(j, "want", &w);
	words_clear(&w);
}

void record_nickname(struct job *j, const char *refused, char *const *choices, size_t count)
{
	struct words w;
	if (j->dry_run)
		return;
	words_init(&w);
	words_add(&w, refused ? refused : "");
	for (size_t i = 0; i < count; i++)
		words_add(&w, choices[i]);
	say(j, "name", &w);
	words_clear(&w);
}
