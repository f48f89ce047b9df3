/* whose - what a job says of its class's Team; 37_whose.lua decides who has which. */
#include "worker_int.h"

static void say(struct job *j, const char *op, const char *team_id)
{
	struct words w;
	if (j->dry_run)
		return;
	words_init(&w);
	words_add(&w, j->school_id);
	words_add(&w, j->class_id);
	words_add(&w, team_id);
	change_effect(job_change(j), op, "teams", &w);
	words_clear(&w);
}

void record_team(struct job *j, const char *team_id)
{
	say(j, "team", team_id);
}

void record_team_gone(struct job *j, const char *team_id)
{
	say(j, "gone", team_id);
}

void record_team_taken(struct job *j, const char *team_id)
{
	say(j, "take", team_id);
}
