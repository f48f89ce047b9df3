/*
 * console_groups - the groups of a school, a hundred at a time, by name; and one of them with
 * its people.
 *
 * First a little is read of every group, to choose and to sort; then all of those on the page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "round.h"

enum { PAGE = 100, WORD_MAX_BYTES = 200 };

/* What is known of a group before its page. */
struct brief {
	char *id, *name; /* owned */
	bool wanted;
	struct listing *listing;
};

struct listing {
	struct visit *visit;
	json_t *school;	      /* owned */
	struct brief *briefs; /* owned */
	size_t count, wanted;
	bool briefs_asked;
	char *next; /* owned; where the page after this one begins; NULL: nowhere */
};

static void listing_free(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->briefs[i].id);
		free(l->briefs[i].name);
	}
	free(l->briefs);
	free(l->next);
	json_decref(l->school);
	free(l);
}

/* ---- which of them ---------------------------------------------------------------------------- */

static const char *asked(const struct visit *v, const char *name)
{
	const char *text = exchange_query(v->x, name);
	return text ? text : "";
}

static bool fits_state(const char *state, bool is_there, bool is_active)
{
	if (strcmp(state, "in") == 0)
		return is_there;
	if (strcmp(state, "out") == 0)
		return !is_there && is_active;
	return is_there || is_active;
}

static const char *text_at(const struct reply *r, size_t i, const char *otherwise)
{
	const char *text = reply_text(reply_at(r, i), NULL);
	return text && *text ? text : otherwise;
}

/* name, kind, team_id, active */
static void take_brief(void *about, const struct reply *r)
{
	struct brief *b = about;
	const struct visit *v = b->listing->visit;
	const char *kind = asked(v, "kind"), *q = asked(v, "q");
	bool is_there = *text_at(r, 2, ""), is_active = strcmp(text_at(r, 3, "1"), "0") != 0;
	b->name = xstrdup(text_at(r, 0, b->id));
	text_mend(b->name, strlen(b->name));
	b->wanted = (!*kind || strcmp(kind, text_at(r, 1, "registration")) == 0) &&
		    (!*q || strcasestr(b->name, q) || strcasestr(b->id, q)) &&
		    fits_state(asked(v, "state"), is_there, is_active);
	b->listing->wanted += b->wanted;
}

static int in_order(const char *name, const char *id, const char *other_name, const char *other_id)
{
	int order = strverscmp(name, other_name);
	return order ? order : strcmp(id, other_id);
}

static int by_name(const void *a, const void *b)
{
	const struct brief *one = a, *other = b;
	return in_order(one->name, one->id, other->name, other->id);
}

/* What a page begins after is the name and the id of the last group before it, so that a group
 * that comes or goes meanwhile makes no other one come twice or never. */
static bool is_after(const struct brief *b, const char *after)
{
	const char *tab = strrchr(after, '\t');
	if (!tab)
		return true;
	char *name = xstrndup(after, (size_t)(tab - after));
	bool is = in_order(b->name, b->id, name, tab + 1) > 0;
	free(name);
	return is;
}

/* ---- the page ------------------------------------------------------------------------------------ */

static void page_came(void *ctx, struct console_group *at, size_t count, const struct err *e)
{
	struct listing *l = ctx;
	struct visit *v = l->visit;
	if (e) {
		answer_unreachable(v, e);
	} else {
		json_t *groups = json_array();
		for (size_t i = 0; i < count; i++)
			json_array_append_new(groups, group_json(v, l->school, &at[i]));
		answer_json(v, 200,
		    json_pack("{s:o, s:s, s:I}", "groups", groups, "next", l->next ? l->next : "",
			"total", (json_int_t)l->wanted));
	}
	listing_free(l);
}

static void look_for_page(struct listing *l)
{
	const char *ids[PAGE], *after = asked(l->visit, "after");
	const struct brief *last = NULL;
	size_t count = 0;
	qsort(l->briefs, l->count, sizeof *l->briefs, by_name);
	for (size_t i = 0; i < l->count; i++) {
		const struct brief *b = &l->briefs[i];
		if (!b->wanted || !is_after(b, after))
			continue;
		if (count == PAGE) {
			l->next = xasprintf("%s\t%s", last->name, last->id);
			break;
		}
		ids[count++] = b->id;
		last = b;
	}
	groups_look(l->visit, ids, count, false, page_came, l);
}

static void take_ids(void *about, const struct reply *r)
{
	struct listing *l = about;
	l->briefs = xcalloc(reply_count(r) + 1, sizeof *l->briefs);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			l->briefs[l->count++] = (struct brief){.id = xstrdup(id), .listing = l};
	}
}

static void ask_for_briefs(struct listing *l, struct round *r)
{
	for (size_t i = 0; i < l->count; i++) {
		char *key = xasprintf("class:%s:%s", l->visit->who.school, l->briefs[i].id);
		ROUND_ASK(r, take_brief, &l->briefs[i], "HMGET", key, "name", "kind", "team_id",
		    "active");
		free(key);
	}
}

static bool listed(void *ctx, struct round *r, const struct err *e)
{
	struct listing *l = ctx;
	if (!e && !l->briefs_asked) {
		l->briefs_asked = true;
		ask_for_briefs(l, r);
		return true;
	}
	if (e) {
		answer_unreachable(l->visit, e);
		listing_free(l);
	} else {
		look_for_page(l);
	}
	return false;
}

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool good_question(struct visit *v)
{
	static const char *const kinds[] = {"", "year", "registration", "teaching", NULL};
	static const char *const states[] = {"", "all", "in", "out", NULL};
	if (!is_word(asked(v, "kind"), kinds))
		answer_problem(v, 400, "bad_parameter",
		    "kind is \"%.40s\": year, registration or teaching", asked(v, "kind"));
	else if (!is_word(asked(v, "state"), states))
		answer_problem(v, 400, "bad_parameter", "state is \"%.40s\": all, in or out",
		    asked(v, "state"));
	else if (strlen(asked(v, "q")) > WORD_MAX_BYTES)
		answer_problem(v, 400, "bad_parameter", "q has more than %d bytes", WORD_MAX_BYTES);
	else
		return true;
	return false;
}

static void list(struct visit *v, json_t *school)
{
	struct listing *l = xcalloc(1, sizeof *l);
	struct round *r = round_new(v->web, listed, l);
	char *classes = xasprintf("classes:%s", v->who.school);
	*l = (struct listing){.visit = v, .school = school};
	ROUND_ASK(r, take_ids, l, "SMEMBERS", classes);
	round_go(r);
	free(classes);
}

void serve_console_groups(struct visit *v)
{
	if (good_question(v))
		console_school(v, list);
}
