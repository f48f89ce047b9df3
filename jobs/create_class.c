/*
 * create_class - a class that is no Team yet, and the Team that is made of one.
 *
 * A class's group may take a quarter of an hour to reach Teams, which answers 404 until then;
 * 409 says that the Team is there or on its way, so making it may be asked again freely. A
 * Team made so begins locked: its learners see it once a teacher has pressed Activate.
 */
#include <stdlib.h>

#include "class_job.h"
#include "creation.h"

enum { FIRST_TRIES = 3, TRIES_MAX = 20, SOON_MS = 10000, LATER_MS = 60000 };

json_t *creation_class_body(struct job *j, const struct creation *s)
{
	return class_create_body(&(struct class_order){
	    .name = s->asked_as,
	    .nickname = s->nickname,
	    .description = s->description,
	    .marker = s->mark,
	    .external_id = job_class_id(j),
	    .external_name = s->group,
	});
}

enum next creation_make_team(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_post(j, team_of_class_body(job_graph_root(j), s->team_id), "/teams");
}

static enum next not_yet(struct job *j, struct creation *s)
{
	if (++s->looks > TRIES_MAX)
		return job_fail(j, "graph_error",
		    "The class has not reached Microsoft Teams yet. Create the Team again later.");
	return job_sleep(
	    j, job_pause_ms(j, s->looks <= FIRST_TRIES ? SOON_MS : LATER_MS), MAKE_TEAM);
}

enum next creation_team_made(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404 || a->status == ANSWER_LOST)
		return not_yet(j, s);
	if (a->status == 409)
		return job_goto(j, READ_TEAM);
	if (a->status >= 400)
		return job_fail(
		    j, "graph_error", "Microsoft made no Team of the class: %s", a->trouble);
	free(s->operation);
	team_from_location(a->location, NULL, &s->operation);
	progress_team(j, s->team_id, NULL);
	progress_save(j, json_pack("{s:s s:s?}", "team", s->team_id, "operation", s->operation));
	return job_goto(j, SAVE_ORDER);
}

void creation_put_team(struct job *j, struct creation *s, const json_t *team)
{
	s->has_class = false;
	class_put_link(j, s->team_id, team);
	record_class(j, "is_team", "1");
	record_class_int(j, "team_made_at", job_now(j));
	history_say(j, &(struct history_event){.what = "team_created"});
	if (!json_bool(team, "isMembershipLimitedToOwners", false))
		return;
	record_class(j, "note", "the Team waits for its teacher to press Activate");
	progress_message(j,
	    "The Team is there. Its learners see it once a teacher has pressed Activate in "
	    "Microsoft Teams.");
}
