/*
 * whereabouts - one class in words. The register comes first: whoever is not in it, or not
 * now, is out of the class whatever a sync did. Then the class itself, which may not be there or
 * be closed; then what people decided by hand; then the reason that the last sync had.
 */
#include "whereabouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exceptions.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

/* ---- looking ------------------------------------------------------------------------------ */

static bool comes_after(const char *day, const char *today)
{
	return *day && strcmp(day, today) > 0;
}

static bool is_among(const char *kinds, const char *kind)
{
	size_t length = strlen(kind);
	for (const char *at = kinds; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && strncmp(at, kind, length) == 0)
			return true;
	return false;
}

struct whereabouts whereabouts_look(
    const struct school_class *k, const char *learner, const char *kinds, const char *today)
{
	struct whereabouts s = {.class = k};
	s.is_chosen = is_among(kinds, school_class_kind(k));
	s.told = school_class_learner(k, learner);
	s.kept = json_object_get(k->learners, learner);
	const char *user_id = json_text_or(s.kept, "user_id", "");
	const char *until = json_text_or(s.told, "until", "");
	s.exception = *user_id ? json_object_get(k->exceptions, user_id) : NULL;
	s.excepted = exception_holds(s.exception, today);
	s.begins_later = comes_after(json_text_or(s.told, "from", ""), today);
	s.is_over = *until && !comes_after(until, today);
	s.is_member = strcmp(json_text_or(s.kept, "status", ""), "synced") == 0;
	return s;
}

static bool is_closed(const struct whereabouts *s)
{
	return *record_text(s->class->record, "archived_at");
}

/* Of a class that is in Microsoft 365 and not closed, or that the next night makes. */
static bool is_member_expected(const struct whereabouts *s)
{
	bool is_there = *record_text(s->class->record, "team_id");
	return s->told && !s->begins_later && !s->is_over && school_class_is_active(s->class) &&
	       !is_closed(s) && (is_there || s->is_chosen);
}

bool whereabouts_are_right(const struct whereabouts *s)
{
	return s->is_member || !is_member_expected(s);
}

/* ---- one class in words -------------------------------------------------------------------- */

static const char *time_of(const json_t *object, const char *field, char text[32])
{
	return out_time(json_int(object, field, 0), text);
}

/* Of somebody who is not in the register of the class, or not now. */
static char *out_of_register(const struct whereabouts *s)
{
	const char *left_on = json_text_or(s->kept, "left_on", "");
	const char *still = s->is_member ? " Still in Microsoft 365 until the next sync." : "";
	if (s->begins_later)
		return xasprintf("The register has them in this class from %s on.%s",
		    json_text_or(s->told, "from", ""), still);
	if (s->is_over)
		return xasprintf("The register had them in this class until %s.%s",
		    json_text_or(s->told, "until", ""), still);
	if (s->kept)
		return xasprintf("Not in the register of this class any more%s%s.%s",
		    *left_on ? ", since " : "", left_on, still);
	return xstrdup("Not in the register of this class.");
}

static char *excepted(const struct whereabouts *s)
{
	char at[32];
	const char *until = json_text_or(s->exception, "until", "");
	return xasprintf("Changed by hand in Microsoft 365, and the school lets that stand%s%s: %s "
			 "decided so %s.",
	    *until ? " until " : "", until, json_text_or(s->exception, "by", "somebody"),
	    time_of(s->exception, "at", at));
}

static char *not_synced(const struct whereabouts *s)
{
	const char *reason = json_text_or(s->kept, "reason", "");
	const char *last = record_text(s->class->record, "last_sync_at");
	char at[32];
	if (*reason)
		return xasprintf("%s. %s", reason_label("", reason), reason_action("", reason));
	if (!*last)
		return xstrdup("The class was never synced: press Sync Learners, or wait for the "
			       "night.");
	return xasprintf("Came into the class since its last sync, %s: press Sync Learners, or "
			 "wait for the night.",
	    out_time(strtoll(last, NULL, 10), at));
}

static char *not_there(const struct whereabouts *s)
{
	const char *note = record_text(s->class->record, "note");
	if (*note)
		return xasprintf("The class is not in Microsoft 365. %s", note);
	return xasprintf("The class is not in Microsoft 365. %s",
	    s->is_chosen ? "The next night makes it, or Create Team."
			 : "The night makes none of this kind; Create Team does.");
}

static char *closed(const struct whereabouts *s)
{
	char at[32];
	const char *closed_at = record_text(s->class->record, "archived_at");
	return xasprintf(
	    "The class was closed, %s: no night puts anybody into it. Open it again, then "
	    "sync its learners.",
	    out_time(strtoll(closed_at, NULL, 10), at));
}

/* sentence_of says how it is and why; free it. */
static char *sentence_of(const struct whereabouts *s)
{
	char at[32];
	const struct school_class *k = s->class;
	if (!s->told || s->begins_later || s->is_over)
		return out_of_register(s);
	if (!school_class_is_active(k))
		return xstrdup("The class itself is not in the register any more.");
	if (s->is_member)
		return xasprintf(
		    "In the class in Microsoft 365, as of %s.", time_of(s->kept, "at", at));
	if (!*record_text(k->record, "team_id"))
		return not_there(s);
	if (is_closed(s))
		return closed(s);
	return s->excepted ? excepted(s) : not_synced(s);
}

json_t *whereabouts_json(const struct whereabouts *s)
{
	const char *reason = json_text_or(s->kept, "reason", "");
	char *why = sentence_of(s);
	json_t *told = json_pack("{s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:s}", "class", s->class->id,
	    "group", school_class_name(s->class), "in_register", s->told != NULL, "member",
	    s->is_member, "as_it_should", whereabouts_are_right(s), "why", why, "reason", reason,
	    "remedy", reason_action("", reason));
	static const char *const of_told[] = {"from", "until"};
	static const char *const of_kept[] = {"status", "user_id", "matched", "email"};
	for (size_t i = 0; i < sizeof of_told / sizeof *of_told; i++)
		json_object_set_new(
		    told, of_told[i], json_string(json_text_or(s->told, of_told[i], "")));
	for (size_t i = 0; i < sizeof of_kept / sizeof *of_kept; i++)
		json_object_set_new(
		    told, of_kept[i], json_string(json_text_or(s->kept, of_kept[i], "")));
	free(why);
	return told;
}

void whereabouts_print(const struct whereabouts *s)
{
	char *why = sentence_of(s);
	puts("");
	out_say(BOLD, 0, "%s (%s)", school_class_name(s->class), s->class->id);
	out_say(s->is_member ? GREEN : whereabouts_are_right(s) ? GREY : ORANGE, 2, "%s", why);
	free(why);
}
