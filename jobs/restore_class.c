/*
 * restore_class - a class that was deleted comes back, while Microsoft still has it.
 *
 *	read_class -> restore -> read_group -> read_team (now and then) -> done
 *
 * It comes back as it was, with its members, its name and its address; the Team takes a
 * while. Restoring what is there again already is answered 404 and found by looking, so
 * every step may run any number of times.
 */
#include <stdlib.h>

#include "buf.h"
#include "class_job.h"
#include "job.h"
#include "roster.h"

enum { READ_CLASS, RESTORE, READ_GROUP, READ_TEAM };
enum { MINUTES_30 = 1800000, LOOKS_MAX = 20 };

struct restoration {
	char *team_id; /* owned */
	struct class_counts counts;
	bool class_only; /* there is no Team to wait for */
	int looks;
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct restoration *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	if (c->team_id[0]) {
		progress_team(j, c->team_id, c->web_url);
		progress_message(j, "This class is in Microsoft 365: there is nothing to restore.");
		return job_done(j);
	}
	if (!c->former_team_id[0])
		return job_fail(j, "team_missing",
		    "Nothing of this class was deleted in Microsoft 365: there is nothing to "
		    "restore.");
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: the class would be restored in Microsoft 365.");
		return job_done(j);
	}
	s->counts = class_take_said(j, false);
	s->class_only = c->class_only;
	free(s->team_id);
	s->team_id = xstrdup(c->former_team_id);
	return job_goto(j, RESTORE);
}

static enum next restore(struct job *j)
{
	const struct restoration *s = job_state(j);
	return graph_post(j, json_object(), "/directory/deletedItems/%s/restore", s->team_id);
}

static enum next restored(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_GROUP);
}

static enum next read_group(struct job *j)
{
	const struct restoration *s = job_state(j);
	return graph_get(j, "/groups/%s?$select=displayName,mailNickname,mail", s->team_id);
}

static enum next gone_for_good(struct job *j)
{
	record_class(j, "restorable", "0");
	return job_fail(j, "team_missing",
	    "Microsoft does not have this class any more: it keeps what was deleted for thirty "
	    "days. Create the class again.");
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct restoration *s = job_state(j);
	if (a->status == 404)
		return ++s->looks < 2 ? job_sleep(j, job_poll_ms(j), READ_GROUP) : gone_for_good(j);
	s->looks = 0;
	record_class(j, "display_name", json_text(a->body, "displayName"));
	record_class(j, "mail_nickname", json_text(a->body, "mailNickname"));
	record_class(j, "address", json_text(a->body, "mail"));
	return job_goto(j, READ_TEAM);
}

static enum next read_team(struct job *j)
{
	const struct restoration *s = job_state(j);
	return graph_get(j, "/teams/%s", s->team_id);
}

static enum next team_read(struct job *j, const struct answer *a)
{
	struct restoration *s = job_state(j);
	bool there = a->status != 404;
	if (!there && !s->class_only && ++s->looks < LOOKS_MAX)
		return job_sleep(j, job_poll_ms(j), READ_TEAM);
	class_put_restored(j, s->team_id, a->body);
	if (there)
		record_class(j, "is_team", "1");
	else
		progress_message(j,
		    s->class_only
			? "The class was restored in Microsoft 365."
			: "The class was restored in Microsoft 365. Its Team may take some hours.");
	record_class_drop(j, "restorable");
	record_class_drop(j, "deleted_at");
	record_class_drop(j, "deleted_by");
	class_put_counts(j, true, &s->counts);
	history_say(j, &(struct history_event){.what = "restored"});
	return job_done(j);
}

static void clear(struct job *j)
{
	struct restoration *s = job_state(j);
	free(s->team_id);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [RESTORE] = {"restore", "Restoring the class", restore, restored, {400, 404}},
    [READ_GROUP] = {"read_group", NULL, read_group, group_read, {404}},
    [READ_TEAM] = {"read_team", "Microsoft is restoring the Team", read_team, team_read, {404}},
};

const struct job_type restore_class = {
    .name = "restore-class",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct restoration),
    .deadline_ms = MINUTES_30,
    .clear = clear,
};
