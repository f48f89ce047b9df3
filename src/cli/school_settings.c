/*
 * school_settings - one row for each setting of a school's group sync. A setting is a text in
 * the school's record, where the console writes it as well; one that is not there has its
 * default, so that --unset takes the field away.
 */
#include "school_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cron.h"
#include "output.h"
#include "record.h"
#include "roster.h"
#include "setting_lists.h"

enum { TEXT_MAX_BYTES = 60, GRACE_DAYS_MAX = 365, BRAKE_MOST = 1000000 };

/* ---- checks ------------------------------------------------------------------------ */

static char *refuse(struct err *e, const char *text, const char *wanted)
{
	err_set(e, ERR_USAGE, "\"%.60s\": %s", text, wanted);
	return NULL;
}

/* An identifier may be empty: then the names have none, whatever the DfE code is. */
static char *take_identifier(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return refuse(e, text, "no control characters");
	if (strlen(text) > TEXT_MAX_BYTES)
		return refuse(e, text, "60 bytes at most");
	return xstrdup(text);
}

static char *take_code(const struct school_setting *s, const char *text, struct err *e)
{
	if (!*text)
		return refuse(e, text, "the school's number; to take it back: --unset dfe-code");
	return take_identifier(s, text, e);
}

/* is_allowed looks for a word of the given length among those that are allowed. */
static bool is_allowed(const char *allowed, const char *word, size_t length)
{
	for (const char *at = allowed; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && strncmp(at, word, length) == 0)
			return true;
	return false;
}

static char *take_choice(const struct school_setting *s, const char *text, struct err *e)
{
	if (*text && is_allowed(s->allowed, text, strlen(text)))
		return xstrdup(text);
	err_set(e, ERR_USAGE, "\"%.60s\": one of %s", text, s->allowed);
	return NULL;
}

static char *take_words(const struct school_setting *s, const char *text, struct err *e)
{
	for (const char *at = text;; at++) {
		size_t length = strcspn(at, ",");
		if (length == 0 || !is_allowed(s->allowed, at, length)) {
			err_set(e, ERR_USAGE,
			    "\"%.60s\": of %s, with commas between; for none of them: --unset %s",
			    text, s->allowed, s->option + 2);
			return NULL;
		}
		at += length;
		if (!*at)
			return xstrdup(text);
	}
}

static char *take_time(const struct school_setting *s, const char *text, struct err *e)
{
	static const char digits[] = "0123456789";
	bool is_time = strlen(text) == 5 && strspn(text, digits) == 2 && text[2] == ':' &&
		       strspn(text + 3, digits) == 2 && strcmp(text, "24:00") < 0 && text[3] < '6';
	(void)s;
	return is_time ? xstrdup(text) : refuse(e, text, "a time of day, such as 02:00");
}

static char *take_zone(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return cron_zone(text, e) < 0 ? NULL : xstrdup(text);
}

static char *take_quiet(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	if (!*text)
		return refuse(e, text, "days, such as sat,sun,2026-12-25; for none: --unset quiet");
	return cron_days(text, e) < 0 ? NULL : xstrdup(text);
}

static char *take_opens(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return roster_opens(text) ? xstrdup(text)
				  : refuse(e, text, ROSTER_OPENS "; at once: --unset opens");
}

static char *take_number(const struct school_setting *s, const char *text, struct err *e)
{
	size_t digits = strspn(text, "0123456789");
	if (digits > 0 && digits < 9 && !text[digits] && strtoll(text, NULL, 10) <= s->most)
		return xasprintf("%lld", strtoll(text, NULL, 10));
	err_set(e, ERR_USAGE, "\"%.60s\": a whole number from 0 to %lld", text, (long long)s->most);
	return NULL;
}

/* 25%, 25 % and 0.25 are the same. */
static char *take_share(const struct school_setting *s, const char *text, struct err *e)
{
	char *end;
	double share = strtod(text, &end);
	bool plain = end != text && strspn(text, "0123456789.") == (size_t)(end - text);
	(void)s;
	end += strspn(end, " ");
	if (*end == '%') {
		share /= 100;
		end++;
	}
	if (!plain || *end || share > 1)
		return refuse(e, text, "a share, such as 25% or 0.25");
	return xasprintf("%g", share);
}

static char *show_share(const char *kept)
{
	double share = strtod(kept, NULL);
	return xasprintf("%g %%", (share > 1 ? share / 100 : share) * 100);
}

static char *take_domain(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return list_is_domain(text, strlen(text))
		   ? xstrdup(text)
		   : refuse(e, text, "a domain in small letters, such as green-hill.example");
}

static char *take_domains(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return list_take_domains(text, e);
}

static char *take_owners(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return list_take_owners(text, e);
}

static char *take_rules(const struct school_setting *s, const char *text, struct err *e)
{
	(void)s;
	return list_take_rules(text, e);
}

/* ---- the settings ------------------------------------------------------------------- */

const struct school_setting school_settings[] = {
    {"--dfe-code", "dfe_code", "DfE code", NULL, 0, take_code, NULL,
	"its number, the name identifier unless one is set"},
    {"--identifier", "identifier", "Identifier", NULL, 0, take_identifier, NULL,
	"in the names of new classes; \"\" for none"},
    {"--kinds", "sync_kinds", "Kinds", "year,registration,teaching", 0, take_words, NULL,
	"groups of which the night makes classes"},
    {"--target", "target", "Target", "team,class", 0, take_choice, NULL,
	"team, or class: one in Microsoft 365 without a Team"},
    {"--naming", "naming", "Naming", "plain,rule", 0, take_choice, NULL,
	"plain: as the class is called; rule: with the identifier"},
    {"--owners", "extra_owners", "Extra owners", NULL, 0, take_owners, list_show_owners,
	"of new classes: addresses with commas between"},
    {"--default-domain", "default_domain", "Class domain", NULL, 0, take_domain, NULL,
	"of the classes' addresses; read from Microsoft"},
    {"--source", "source", "Source", "scholarpack,seemis", 0, take_choice, NULL,
	"of the roster, where it has ways of its own"},
    {"--night", "night", "Night", "off,nightly", 0, take_choice, NULL,
	"off, or nightly: each night the whole school is synced"},
    {"--night-at", "night_at", "Night at", NULL, 0, take_time, NULL, "02:00 unless set"},
    {"--zone", "zone", "Zone", NULL, 0, take_zone, NULL,
	"IANA time zone; Africa/Johannesburg unless set"},
    {"--quiet", "quiet", "Quiet days", NULL, 0, take_quiet, NULL,
	"no night on these: sat,sun,2026-12-25"},
    {"--domain-map", "domain_map", "Domain map", NULL, 0, take_domains, list_show_domains,
	"addresses at Microsoft: from=to,from=to"},
    {"--staff-domain", "staff_domain", "Staff at", NULL, 0, take_domain, NULL,
	"appended to staff's usernames"},
    {"--student-domain", "student_domain", "Learners at", NULL, 0, take_domain, NULL,
	"appended to learners' usernames"},
    {"--opens", "opens", "Opens", NULL, 0, take_opens, NULL,
	"learners come in from a day on; teacher: once synced"},
    {"--grace-days", "grace_days", "Grace days", NULL, GRACE_DAYS_MAX, take_number, NULL,
	"so long leavers stay in the Team; 0 unless set"},
    {"--brake-share", "brake_share", "Brake share", NULL, 0, take_share, show_share,
	"of the school's members: more never leave unapproved"},
    {"--brake-count", "brake_count", "Brake count", NULL, BRAKE_MOST, take_number, NULL,
	"fewer never stop a night"},
    {"--exclude", "exclude", "Left out", NULL, 0, take_rules, list_show_rules,
	"groups: \"names=BUSY:*; kinds=year; grades=R,1\""},
    {"--drop-share", "drop_share", "Drop share", NULL, 0, take_share, show_share,
	"a roster with so many fewer is asked about; 20%"},
    {NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL},
};

const struct school_setting *school_setting_find(const char *option, size_t length)
{
	size_t dashes = length > 2 && strncmp(option, "--", 2) == 0 ? 0 : 2;
	for (const struct school_setting *s = school_settings; s->option; s++)
		if (strlen(s->option + dashes) == length &&
		    strncmp(s->option + dashes, option, length) == 0)
			return s;
	return NULL;
}

/* ---- what was given ----------------------------------------------------------------- */

static int unset(const struct cli *c, const char *names, struct words *drop, struct err *e)
{
	for (const char *at = names;; at++) {
		size_t length = strcspn(at, ",");
		const struct school_setting *s = school_setting_find(at, length);
		if (!s)
			return err_set(e, ERR_USAGE,
			    "--unset: \"%.*s\" is no setting; they are called as their options, "
			    "such as quiet",
			    (int)(length > 60 ? 60 : length), at);
		if (cli_value(c, s->option))
			return err_set(
			    e, ERR_USAGE, "%s or --unset %s, not both", s->option, s->option + 2);
		words_add(drop, s->field);
		at += length;
		if (!*at)
			return 0;
	}
}

int school_settings_given(const struct cli *c, struct words *set, struct words *drop, struct err *e)
{
	for (const struct school_setting *s = school_settings; s->option; s++) {
		const char *text = cli_value(c, s->option);
		char *kept = text ? s->take(s, text, e) : NULL;
		if (text && !kept) {
			err_prefix(e, "%s", s->option);
			return ERR_USAGE;
		}
		if (kept) {
			words_add(set, s->field);
			words_add(set, kept);
		}
		free(kept);
	}
	const char *names = cli_value(c, "--unset");
	return names ? unset(c, names, drop, e) : 0;
}

/* ---- what is set --------------------------------------------------------------------- */

void school_settings_print(const json_t *school)
{
	for (const struct school_setting *s = school_settings; s->option; s++) {
		const char *kept = json_text(school, s->field);
		char *text = kept && s->show ? s->show(kept) : NULL;
		bool is_none = kept && !*kept && s->take == take_identifier;
		if (kept)
			out_field(s->label, PLAIN, text ? text : is_none ? "(none)" : kept);
		free(text);
	}
}

const char *school_identifier(const json_t *school)
{
	const char *chosen = json_text(school, "identifier");
	return chosen ? chosen : record_text(school, "dfe_code");
}
