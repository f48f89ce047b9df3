/*
 * scene - a job at one instant.
 *
 *	sync-learners 8B-2026, green-hill
 *	Adding learners
 *	███████████████░░░░░░░░░  17 of 34, about 12 s left
 *	Added 12, Already Member 4, Failed 1
 *	Microsoft asked us to wait until 10:42
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "columns.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

enum { BAR_MOST = 40, BAR_LEAST = 8, WIDE = 56 };

/* standing says where the job is: its phase, its place in the queue, or its pause. */
static void standing(const struct scene *s, char *text, size_t room)
{
	char until[8];
	const char *school = record_text(s->record, "school");
	if (!s->record && s->unsure)
		text_copy(text, room,
		    "Not read yet, or not known: not all that was pushed has been read");
	else if (!s->record)
		text_copy(text, room, "In the inbox: no worker has read it yet");
	else if (record_is(s->record, "queued") && s->place < 0)
		text_copy(text, room, "Queued behind another job of this class");
	else if (record_is(s->record, "queued") && s->place == 0)
		(void)!snprintf(text, room, "Queued, next one of %s", school);
	else if (record_is(s->record, "queued"))
		(void)!snprintf(
		    text, room, "Queued, number %lld of %s", (long long)s->place + 1, school);
	else if (record_is(s->record, "waiting") && json_int(s->record, "retry_at", 0) > 0)
		(void)!snprintf(text, room, "Waiting until %s",
		    clock_hhmm(json_int(s->record, "retry_at", 0), until));
	else if (record_has_ended(s->record) || !*record_text(s->record, "phase"))
		text_copy(text, room, record_text(s->record, "state"));
	else
		text_copy(text, room, record_text(s->record, "phase"));
}

/* cancelling says who wants an end of it that has not come yet; "" if nobody does. */
static void cancelling(const struct scene *s, char *text, size_t room)
{
	const char *who = record_text(s->record, "cancelled_by");
	text[0] = '\0';
	if (*who && !record_has_ended(s->record))
		(void)!snprintf(text, room, "Being cancelled by %s", who);
}

static const char *trouble(const struct scene *s)
{
	if (s->redis_away)
		return "Redis cannot be reached; trying again.";
	return s->worker_online ? "" : "No worker is online.";
}

/* add_line adds one cut line; an empty text adds none. */
static void add_line(struct buf *b, enum colour c, size_t columns, const char *text)
{
	if (!*text)
		return;
	(void)out_line(b, c, columns, text);
	buf_adds(b, "\n");
}

static void add_title(const struct scene *s, size_t columns, struct buf *b)
{
	char text[512];
	record_title(s->record, text, sizeof text);
	add_line(b, BOLD, columns, s->record ? text : s->id);
}

/* ---- the bar ----------------------------------------------------------------------- */

static void bar_words(const struct scene *s, int64_t done, int64_t total, bool wide, char text[96])
{
	char span[32];
	out_span(s->left_ms, span);
	bool known = s->left_ms >= 0;
	if (wide)
		(void)!snprintf(text, 96, "%lld of %lld%s%s%s", (long long)done, (long long)total,
		    known ? ", about " : "", known ? span : "", known ? " left" : "");
	else
		(void)!snprintf(text, 96, "%lld/%lld%s%s", (long long)done, (long long)total,
		    known ? ", " : "", known ? span : "");
}

static void add_bar(const struct scene *s, size_t columns, struct buf *b)
{
	int64_t done = json_int(s->record, "done", 0), total = json_int(s->record, "total", 0);
	char words[96];
	if (total <= 0 || done < 0)
		return;
	bar_words(s, done, total, columns >= WIDE, words);
	size_t taken = strlen(words) + 2, length = columns > taken ? columns - taken : 0;
	if (length > BAR_MOST)
		length = BAR_MOST;
	size_t full = done >= total ? length : (size_t)((int64_t)length * done / total);
	if (length >= BAR_LEAST) {
		buf_adds(b, out_paint(GREEN));
		for (size_t i = 0; i < full; i++)
			buf_adds(b, out_shows_unicode() ? "█" : "#");
		buf_adds(b, out_paint(PLAIN));
		for (size_t i = full; i < length; i++)
			buf_adds(b, out_shows_unicode() ? "░" : ".");
		buf_adds(b, "  ");
	}
	add_line(b, PLAIN, columns, words);
}

/* ---- counts -------------------------------------------------------------------------- */

/* add_counts adds the counts that are not zero, wrapped between two of them. */
static void add_counts(const json_t *record, size_t columns, struct buf *b)
{
	size_t used = 0;
	for (size_t i = 0; i < COUNTED; i++) {
		const struct word *k = &outcomes[i];
		char text[48];
		int length = snprintf(text, sizeof text, "%s %lld", k->label,
		    (long long)json_int(record, k->word, 0));
		if (json_int(record, k->word, 0) == 0)
			continue;
		bool wraps = used > 0 && used + 2 + (size_t)length > columns;
		buf_adds(b, used == 0 ? "" : wraps ? "\n" : "  ");
		used = used == 0 || wraps ? 0 : used + 2;
		used += out_line(b, k->colour, columns, text);
	}
	buf_adds(b, used > 0 ? "\n" : "");
}

void scene_block(const struct scene *s, size_t columns, struct buf *b)
{
	char text[256];
	standing(s, text, sizeof text);
	add_title(s, columns, b);
	add_line(b, record_is(s->record, "waiting") ? ORANGE : PLAIN, columns, text);
	add_bar(s, columns, b);
	add_counts(s->record, columns, b);
	cancelling(s, text, sizeof text);
	add_line(b, ORANGE, columns, text);
	const char *message = record_text(s->record, "message");
	if (*message)
		out_paragraph(b, ORANGE, columns, 0, message);
	if (*trouble(s))
		out_paragraph(b, RED, columns, 0, trouble(s));
}

void scene_line(const struct scene *s, struct buf *b)
{
	char text[256];
	standing(s, text, sizeof text);
	buf_adds(b, text);
	if (json_int(s->record, "total", 0) > 0)
		buf_addf(b, ", %lld of %lld", (long long)json_int(s->record, "done", 0),
		    (long long)json_int(s->record, "total", 0));
	for (size_t i = 0; i < COUNTED; i++) {
		long long count = (long long)json_int(s->record, outcomes[i].word, 0);
		if (count > 0)
			buf_addf(b, ", %s %lld", outcomes[i].label, count);
	}
	cancelling(s, text, sizeof text);
	if (*text)
		buf_addf(b, ". %s", text);
	if (*record_text(s->record, "message"))
		buf_addf(b, ". %s", record_text(s->record, "message"));
	if (*trouble(s))
		buf_addf(b, ". %s", trouble(s));
}
