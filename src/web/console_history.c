/*
 * console_history - what happened in the school, newest first: by learner, class, run, or who
 * wanted it. It answers "why is Thabo not in 8B?". A page at a time; as CSV as much as a
 * spreadsheet takes well, and a link to the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "console_events.h"
#include "history.h"
#include "rows.h"

enum {
	PAGE = 200,
	SHEET = 5000,
	READINGS_MAX = 40, /* of some ten thousand entries each */
	ENTRY_ROOM = 48,
};

struct looking {
	struct visit *visit;
	json_t *events; /* owned */
	char before[ENTRY_ROOM];
	size_t limit;
	int readings;
	bool over;
};

static const char *asked(const struct visit *v, const char *name)
{
	const char *text = exchange_query(v->x, name);
	return text && *text ? text : NULL;
}

static bool wants_sheet(const struct visit *v)
{
	const char *accept = exchange_header(v->x, "Accept");
	return accept && strstr(accept, "text/csv") && !strstr(accept, "application/json");
}

static void looking_free(struct looking *k)
{
	json_decref(k->events);
	free(k);
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* The rest of a sheet: the same question, from where this one ended. */
static void link_to_rest(struct visit *v, const char *before)
{
	static const char *const names[] = {"learner", "class", "run", "by"};
	struct buf b;
	buf_init(&b, 0);
	buf_addf(&b, "</v1/console/history?after=%s", before);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (asked(v, names[i])) {
			buf_addf(&b, "&%s=", names[i]);
			buf_url(&b, asked(v, names[i]));
		}
	buf_adds(&b, ">; rel=\"next\"");
	exchange_set_header(v->x, "Link", b.data);
	buf_clear(&b);
}

static void joined(void *ctx, json_t *events, const struct err *e)
{
	static const char *const columns[] = {"at", "group", "class", "name", "learner", "label",
	    "reason", "detail", "by", "run", "job", "user_id", NULL};
	struct looking *k = ctx;
	struct visit *v = k->visit;
	const char *next = k->over ? "" : k->before;
	if (e) {
		answer_unreachable(v, e);
	} else if (wants_sheet(v)) {
		if (*next)
			link_to_rest(v, next);
		answer_rows(v, "events", events, columns, "history");
	} else {
		exchange_set_header(v->x, "Vary", "Accept");
		answer_json(v, 200, json_pack("{s:o, s:s}", "events", events, "next", next));
	}
	looking_free(k);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void look_on(struct looking *k);

/* A reading may find nothing and yet not be at the end. */
static void some_read(void *ctx, const json_t *events, const char *next, const struct err *e)
{
	struct looking *k = ctx;
	if (e) {
		answer_unreachable(k->visit, e);
		looking_free(k);
		return;
	}
	json_array_extend(k->events, (json_t *)(uintptr_t)events);
	k->over = !next;
	text_copy(k->before, sizeof k->before, next ? next : "");
	size_t found = json_array_size(k->events);
	bool enough = found >= k->limit || (found > 0 && k->limit == PAGE);
	if (!next || enough || ++k->readings == READINGS_MAX)
		events_join(k->visit, k->events, joined, k);
	else
		look_on(k);
}

static void look_on(struct looking *k)
{
	struct visit *v = k->visit;
	const struct history_wanted wanted = {
	    .like = {.learner = asked(v, "learner"),
		.class_id = asked(v, "class"),
		.run = asked(v, "run"),
		.by = asked(v, "by")},
	    .before = *k->before ? k->before : NULL,
	    .limit = (int)(k->limit - json_array_size(k->events)),
	};
	history_read(v->web->redis, v->web->prefix, v->who.school, &wanted, some_read, k);
}

/* The id of an entry: two numbers with a dash between. */
static bool is_entry(const char *text)
{
	static const char digits[] = "0123456789";
	size_t first = strspn(text, digits);
	size_t second = text[first] == '-' ? strspn(text + first + 1, digits) : 0;
	return first > 0 && second > 0 && !text[first + 1 + second] && first < 18 && second < 18;
}

void serve_console_history(struct visit *v)
{
	const char *after = asked(v, "after");
	if (after && !is_entry(after)) {
		answer_problem(v, 400, "bad_parameter",
		    "after is \"%.40s\": it is next of the page before", after);
		return;
	}
	struct looking *k = xcalloc(1, sizeof *k);
	*k = (struct looking){.visit = v, .events = json_array()};
	k->limit = wants_sheet(v) ? SHEET : PAGE;
	text_copy(k->before, sizeof k->before, after ? after : "");
	look_on(k);
}
