/*
 * console_act - the Actions menu of a group: each action is a job, asked for by name.
 *
 *	body -> school and group -> may they, now? -> what the action itself needs -> its plan -> job
 *
 * The menu shows what console_offers.c offers; who asks for something else is told why not.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "doors.h"
#include "job_find.h"
#include "job_record.h"
#include "job_send.h"
#include "live.h"

enum {
	BODY_DEPTH = 3,
	NAME_MAX_CHARACTERS = 256,
	DESCRIPTION_MAX_CHARACTERS = 1024,
};

struct acting;

/* What there is to do, the type of its job, and what it reads from the body to the options;
 * false after a problem was answered. */
struct action {
	const char *word, *type;
	enum offer offer;
	bool (*read)(struct acting *a);
};

struct acting {
	struct visit *visit;
	const struct action *action;
	json_t *body, *school, *options;   /* owned */
	const struct console_group *group; /* until it is settled whether they may */
};

const struct offer_word offer_words[] = {
    {"create", OFFER_CREATE},
    {"resync", OFFER_RESYNC},
    {"preview", OFFER_PREVIEW},
    {"approve", OFFER_APPROVE},
    {"delete", OFFER_DELETE},
    {"restore", OFFER_RESTORE},
    {"adopt", OFFER_ADOPT},
    {"close", OFFER_CLOSE},
    {NULL, 0},
};

static void acting_free(struct acting *a)
{
	json_decref(a->body);
	json_decref(a->school);
	json_decref(a->options);
	free(a);
}

/* ---- what each of them needs ------------------------------------------------------------------ */

static size_t characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* A text that may be left out; "" is as good as that. */
static bool read_text(struct acting *a, const char *member, const char *option, size_t most)
{
	const json_t *said = json_object_get(a->body, member);
	const char *text = json_string_value(said);
	if (!said || (text && !*text))
		return true;
	if (!text || characters(text) > most) {
		answer_problem(a->visit, 422, "bad_action",
		    "%s has to be a text of at most %zu characters.", member, most);
		return false;
	}
	json_object_set_new(a->options, option, json_string(text));
	return true;
}

static bool read_lifetime(struct acting *a)
{
	char today[TODAY_ROOM];
	const char *lifetime = json_text_or(a->body, "lifetime", "");
	console_today(today);
	if (console_is_day(lifetime) && strcmp(lifetime, today) >= 0) {
		json_object_set_new(a->options, "lifetime", json_string(lifetime));
		return true;
	}
	answer_problem(a->visit, 422, "bad_action",
	    "The required lifetime is \"%.40s\": a day to come, as 2027-07-31. It only informs "
	    "Microsoft's administrators; nothing is deleted then.",
	    lifetime);
	return false;
}

/* Whoever makes a class owns it, too (requirements 8.4). */
static bool read_create(struct acting *a)
{
	if (*a->visit->who.email)
		json_object_set_new(a->options, "owner", json_string(a->visit->who.email));
	return read_lifetime(a) && read_text(a, "name", "display_name", NAME_MAX_CHARACTERS) &&
	       read_text(a, "description", "description", DESCRIPTION_MAX_CHARACTERS) &&
	       read_text(a, "target", "target", NAME_MAX_CHARACTERS);
}

/* The preview whose rows are the only changes that are wanted. */
static bool read_plan(struct acting *a)
{
	const json_t *said = json_object_get(a->body, "plan");
	const char *job = json_string_value(said);
	if (!said)
		return true;
	if (!job || !job_is_id(job)) {
		answer_problem(a->visit, 422, "bad_action",
		    "plan has to be the id of a preview of this group.");
		return false;
	}
	json_object_set_new(a->options, "plan", json_string(job));
	return true;
}

static bool read_resync(struct acting *a)
{
	if (json_bool(a->body, "hold_removals", false))
		json_object_set_new(a->options, "hold_removals", json_true());
	return read_plan(a);
}

static bool read_nothing(struct acting *a)
{
	(void)a;
	return true;
}

/* Without an id the Team is looked for by what Rollcall or the school's system left in it. */
static bool read_adopt(struct acting *a)
{
	return read_text(a, "team_id", "group", NAME_MAX_CHARACTERS);
}

static bool read_preview(struct acting *a)
{
	json_object_set_new(a->options, "dry_run", json_true());
	return true;
}

/* Whoever approves has seen who would go, and nobody else goes. */
static bool read_approve(struct acting *a)
{
	json_object_set_new(a->options, "approve_removals", json_true());
	if (json_object_get(a->body, "plan"))
		return read_plan(a);
	answer_problem(a->visit, 422, "bad_action",
	    "approve needs the job whose names were looked at: send its id as plan. Nothing was "
	    "changed.");
	return false;
}

static bool read_delete(struct acting *a)
{
	struct visit *v = a->visit;
	const char *named = group_text(a->group, "display_name");
	const char *confirm = json_text_or(a->body, "confirm", "");
	if (!*named)
		named = group_text(a->group, "name");
	if (strcmp(confirm, named) != 0) {
		answer_problem(v, 422, "confirm_mismatch",
		    "To delete this class from Microsoft 365 its name has to be entered: "
		    "\"%.256s\". "
		    "Nothing was deleted.",
		    named);
		return false;
	}
	json_object_set_new(a->options, "confirm", json_string(confirm));
	return true;
}

static bool read_close(struct acting *a)
{
	size_t i;
	json_t *one, *list = json_list(a->body, "actions");
	struct buf words;
	buf_init(&words, 0);
	buf_adds(&words, "");
	json_array_foreach (list, i, one)
		if (json_is_string(one))
			buf_addf(&words, "%s%s", words.length ? "," : "", json_string_value(one));
	json_object_set_new(a->options, "actions", json_string(words.data));
	bool some = words.length > 0;
	buf_clear(&words);
	if (json_bool(a->body, "preview", false))
		json_object_set_new(a->options, "dry_run", json_true());
	if (!some)
		answer_problem(a->visit, 422, "bad_action",
		    "actions has to name some of archive, rename and remove_learners.");
	return some;
}

static const struct action actions[] = {
    {"create", "create-team", OFFER_CREATE, read_create},
    {"resync", "sync-learners", OFFER_RESYNC, read_resync},
    {"preview", "sync-learners", OFFER_PREVIEW, read_preview},
    {"approve", "sync-learners", OFFER_APPROVE, read_approve},
    {"delete", "delete-class", OFFER_DELETE, read_delete},
    {"restore", "restore-class", OFFER_RESTORE, read_nothing},
    {"adopt", "adopt-class", OFFER_ADOPT, read_adopt},
    {"close", "close-class", OFFER_CLOSE, read_close},
};

/* ---- may they, now? --------------------------------------------------------------------------------- */

static bool is_for_admins(const struct action *action)
{
	return !(action->offer & (OFFER_CREATE | OFFER_RESYNC));
}

static void refuse(struct acting *a, const char *why)
{
	struct visit *v = a->visit;
	const char *id = a->group->class.id;
	if (strcmp(why, "no_consent") == 0) {
		answer_problem(v, 409, "consent_missing",
		    "Before groups can be synced, a Microsoft 365 global administrator has to "
		    "enable the Microsoft 365 APIs.");
	} else if (strcmp(why, "running") == 0) {
		answer_problem(v, 409, "running",
		    "Another job is at the group %.100s already. Wait for its end.", id);
	} else if (!console_is_admin(v) && group_is_there(a->group) && !a->group->is_mine) {
		audit_refusal(v, "class_not_theirs", id);
		answer_problem(v, 403, "not_yours",
		    "Teaching staff resync the groups that they teach; an administrator does it "
		    "for the group %.100s.",
		    id);
	} else {
		answer_problem(v, 409, "not_offered",
		    "%s is not possible for the group %.100s as it stands now%s%s%s. Reload the "
		    "list.",
		    a->action->word, id, *why ? " (" : "", why, *why ? ")" : "");
	}
}

static void send(struct acting *a)
{
	struct visit *v = a->visit;
	job_send(v, json_pack("{s:i, s:s, s:s, s:s, s:{s:s}, s:O}", "v", 1, "type", a->action->type,
			"school", v->who.school, "requested_by", v->who.id, "class", "id",
			v->place[0], "options", a->options));
}

/* A plan names everybody: a job of this very group that came to its end, or to the brake. */
static bool is_plan(const struct acting *a, const json_t *record)
{
	return strcmp(record_text(record, "type"), a->action->type) == 0 &&
	       strcmp(record_text(record, "school"), a->visit->who.school) == 0 &&
	       strcmp(record_text(record, "class"), a->visit->place[0]) == 0 &&
	       (record_is(record, "done") ||
		   strcmp(record_text(record, "error_code"), "removals_need_approval") == 0);
}

static void plan_came(void *ctx, const json_t *record, const struct err *e)
{
	struct acting *a = ctx;
	if (e)
		answer_unreachable(a->visit, e);
	else if (record && is_plan(a, record))
		send(a);
	else
		answer_problem(a->visit, 409, "not_offered",
		    "%s is no preview of the group %.100s, not a whole one, or not kept any more. "
		    "Nothing was changed: look again at who would come and go.",
		    json_text_or(a->options, "plan", ""), a->visit->place[0]);
	acting_free(a);
}

/* Whoever may goes on to the job, by way of the plan if there is one. */
static void go_on(struct acting *a)
{
	const char *plan = json_text(a->options, "plan");
	a->group = NULL;
	if (plan) {
		live_get(a->visit->web->live, plan, plan_came, a);
		return;
	}
	send(a);
	acting_free(a);
}

/* What a preview or a run held back can be approved as well as what the last sync did. */
static bool is_offered(const struct acting *a, unsigned offers)
{
	bool of_plan = a->action->offer == OFFER_APPROVE && json_text(a->body, "plan");
	return (offers & (unsigned)(of_plan ? OFFER_PREVIEW : a->action->offer)) != 0;
}

static void group_came(void *ctx, struct console_group *at, size_t count, const struct err *e)
{
	struct acting *a = ctx;
	const char *why;
	bool goes_on = false;
	(void)count;
	a->group = at;
	if (e)
		answer_unreachable(a->visit, e);
	else if (!at->is_known)
		answer_problem(
		    a->visit, 404, "not_found", "There is no group %.100s.", at->class.id);
	else if (!is_offered(a, group_offers(a->visit, a->school, at, &why)))
		refuse(a, why);
	else
		goes_on = a->action->read(a);
	if (goes_on)
		go_on(a);
	else
		acting_free(a);
}

static const struct action *action_of(const char *word)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(actions[i].word, word) == 0)
			return &actions[i];
	return NULL;
}

static void act(struct visit *v, json_t *school)
{
	json_t *body = visit_body(v, BODY_DEPTH);
	if (!body) {
		json_decref(school);
		return;
	}
	struct acting *a = xcalloc(1, sizeof *a);
	*a = (struct acting){.visit = v, .body = body, .school = school, .options = json_object()};
	a->action = action_of(v->place[1]);
	groups_look(v, (const char *const[]){v->place[0]}, 1, false, group_came, a);
}

void serve_console_act(struct visit *v)
{
	const struct action *action = action_of(v->place[1]);
	if (!action) {
		answer_problem(v, 404, "not_found", "There is no action %.40s.", v->place[1]);
		return;
	}
	if (is_for_admins(action) && !console_is_admin(v)) {
		doors_refuse(
		    v, 403, "role_missing", "%s is for the school's administrators.", action->word);
		return;
	}
	console_school(v, act);
}
