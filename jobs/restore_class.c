/*
 * restore_class - a class that was deleted comes back, while Microsoft still has it.
 *
 *	read_class -> intend -> restore -> read_group -> read_team (now and then) -> done
 *
 * It comes back as it was, with its members, its name and its address; the Team takes a
 * while. Restoring what is there again already is answered 404 and found by looking, so
 * every step may run any number of times. The intent is on record before it is restored: a
 * cancelled job that finds it looks whether the class is there, and waits for no Team.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "job.h"
#include "roster.h"

enum { READ_CLASS, INTEND, RESTORE, READ_GROUP, READ_TEAM };
enum { MINUTES_30 = 1800000, LOOKS_MAX = 20 };

struct restoration {
	char *team_id; /* owned */
	struct class_counts counts;
	bool class_only; /* there is no Team to wait for */
	int look;	 /* the step that tells what came of it; 0: nothing was asked for */
	bool back;	 /* it is there again, and that is told */
	int looks;
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

/* An attempt before this one set out to restore that one. */
static bool was_intended(const struct job *j, const char *team_id)
{
	return *team_id && strcmp(json_text_or(progress_saved(j), "restoring", ""), team_id) == 0;
}

static void take_class(struct job *j, struct restoration *s, const char *team_id)
{
	s->counts = class_take_said(j, false);
	s->class_only = job_class(j)->class_only;
	s->look = was_intended(j, team_id) ? READ_GROUP : 0;
	free(s->team_id);
	s->team_id = xstrdup(team_id);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct restoration *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	s->back = was_intended(j, c->team_id);
	if (s->back) {
		take_class(j, s, c->team_id);
		return job_goto(j, READ_GROUP);
	}
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
	take_class(j, s, c->former_team_id);
	return job_goto(j, INTEND);
}

static enum next intend(struct job *j)
{
	const struct restoration *s = job_state(j);
	progress_save(j, json_pack("{s:s}", "restoring", s->team_id));
	return progress_write(j);
}

static enum next intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, RESTORE);
}

static enum next restore(struct job *j)
{
	struct restoration *s = job_state(j);
	s->look = READ_GROUP;
	return graph_post(j, json_object(), "/directory/deletedItems/%s/restore", s->team_id);
}

/* Said as soon as it is known, so that whatever ends or stops the job now carries it. */
static void put_back(struct job *j, struct restoration *s)
{
	if (s->back)
		return;
	s->back = true;
	class_put_restored(j, s->team_id, NULL);
	record_class_drop(j, "restorable");
	record_class_drop(j, "deleted_at");
	record_class_drop(j, "deleted_by");
	class_put_counts(j, true, &s->counts);
	history_say(j, &(struct history_event){.what = "restored"});
}

static enum next restored(struct job *j, const struct answer *a)
{
	if (a->status < 400)
		put_back(j, job_state(j));
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

static enum next no_group(struct job *j, struct restoration *s)
{
	s->look = s->back ? READ_TEAM : 0;
	if (s->back || job_is_cancelled(j))
		return job_goto(j, READ_TEAM);
	return gone_for_good(j);
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct restoration *s = job_state(j);
	if (a->status == 404)
		return ++s->looks < 2 ? job_sleep(j, job_poll_ms(j), READ_GROUP) : no_group(j, s);
	s->looks = 0;
	s->look = READ_TEAM;
	put_back(j, s);
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
	bool there = a->status != 404, waits = !s->class_only && !job_is_cancelled(j);
	if (!there && waits && ++s->looks < LOOKS_MAX)
		return job_sleep(j, job_poll_ms(j), READ_TEAM);
	class_put_link(j, s->team_id, a->body);
	if (there)
		record_class(j, "is_team", "1");
	else
		progress_message(j,
		    s->class_only
			? "The class was restored in Microsoft 365."
			: "The class was restored in Microsoft 365. Its Team may take some hours.");
	return job_done(j);
}

static int winding_up(struct job *j)
{
	const struct restoration *s = job_state(j);
	if (!s->team_id)
		return progress_saved(j) ? READ_CLASS : -1;
	return s->look ? s->look : -1;
}

static void clear(struct job *j)
{
	struct restoration *s = job_state(j);
	free(s->team_id);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [INTEND] = {"intend", "Restoring the class", intend, intended, {0}},
    [RESTORE] = {"restore", NULL, restore, restored, {400, 404}},
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
    .winding_up = winding_up,
};
