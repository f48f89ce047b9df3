/*
 * create_looks - before a Team is ordered: is there one already, was one deleted and
 * restored, did an order arrive whose reply did not? These only read at Microsoft's.
 */
#include <stdlib.h>

#include "buf.h"
#include "class_job.h"
#include "creation.h"

/* A new Team may stay out of the directory's index for a quarter of an hour (graph.md 3.8):
 * that is thirty looks, half a minute apart. */
enum { LOOKS_MAX = 30, PAGES_MAX = 50 };

/* ---- it has one already --------------------------------------------------------------- */

enum next creation_read_living(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/teams/%s", s->team_id);
}

static enum next not_living(struct job *j, struct creation *s, int look)
{
	if (++s->misses < 2 || job_now(j) < s->fresh_until)
		return job_sleep(j, job_poll_ms(j), look);
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: the Team was deleted, and a new one would be made.");
		return job_done(j);
	}
	return job_goto(j, FORGET_GONE);
}

/* A class may have become a Team by its teacher's hand. */
enum next creation_living_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404)
		return s->has_class ? job_goto(j, READ_LIVING_GROUP)
				    : not_living(j, s, READ_LIVING);
	if (s->has_class)
		creation_put_team(j, s, a->body);
	else
		class_put_link(j, s->team_id, a->body);
	return job_done(j);
}

enum next creation_read_living_group(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_get(j, "/groups/%s?$select=id", s->team_id);
}

enum next creation_living_group_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404)
		return not_living(j, s, READ_LIVING_GROUP);
	if (!s->class_alone && !job_option(j, "dry_run"))
		return job_goto(j, MAKE_TEAM);
	progress_team(j, s->team_id, NULL);
	if (!s->class_alone)
		progress_message(j, "Dry run: a Team would be made of the class.");
	return job_done(j);
}

/* Deleted in Microsoft 365: the class starts afresh, with a Team of its own. */
enum next creation_forget_gone(struct job *j)
{
	struct creation *s = job_state(j);
	class_put_gone(j, s->team_id);
	free(s->team_id);
	s->team_id = NULL;
	s->has_class = false;
	s->misses = 0;
	s->former_is_gone = true;
	return progress_write(j);
}

enum next creation_gone_forgotten(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_CLASS);
}

/* ---- it had one that was deleted: an administrator may have restored it ------------------ */

enum next creation_read_former(struct job *j)
{
	const struct creation *s = job_state(j);
	if (s->has_class)
		return graph_get(j, "/groups/%s?$select=id", s->former);
	return graph_get(j, "/teams/%s", s->former);
}

enum next creation_former_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status == 404) {
		s->former_is_gone = true;
		s->has_class = false;
		return job_goto(j, creation_way_to_order(s));
	}
	class_put_restored(j, s->former, a->body);
	record_class(j, "status", "pending");
	return job_done(j);
}

/* ---- the reply was lost: is it there? -------------------------------------------------------- */

enum next creation_find(struct job *j)
{
	struct creation *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	char *path =
	    s->class_alone ? class_search_path(s->nickname) : team_search_path(s->asked_as);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

/* Nobody has it, or somebody else. */
static enum next not_found(struct job *j, struct creation *s)
{
	s->pages = 0;
	if (s->precaution) {
		s->precaution = false;
		return job_goto(j, ORDER);
	}
	if (s->taken && !s->order_lost) {
		s->taken = false;
		free(s->refused);
		s->refused = s->nickname;
		s->nickname = NULL;
		return job_goto(j, CHOOSE_NAME);
	}
	if (++s->looks < LOOKS_MAX)
		return job_sleep(j, job_poll_ms(j), FIND);
	s->looks = 0;
	s->order_lost = false;
	return job_goto(j, creation_way_to_order(s));
}

enum next creation_found(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	s->team_id = team_marked(a->body, s->mark);
	s->order_lost = s->order_lost && !s->team_id;
	free(s->next_page);
	s->next_page = s->team_id ? NULL : xstrdup(json_text(a->body, "@odata.nextLink"));
	if (s->team_id)
		return creation_put_order(j, s);
	if (s->next_page && ++s->pages < PAGES_MAX)
		return job_goto(j, FIND);
	return not_found(j, s);
}
