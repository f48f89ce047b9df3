/*
 * doctor - looks at everything a worker needs and says what is wrong and what to do. It
 * changes nothing.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "columns.h"
#include "output.h"

static const struct {
	const char *word;
	enum colour colour;
} words[] = {
    [FINDING_OK] = {"ok", GREEN},
    [FINDING_WARNING] = {"warning", ORANGE},
    [FINDING_FAIL] = {"FAIL", RED},
};

static void keep(
    struct doctor *d, enum finding f, const char *check, const char *remedy, const char *text)
{
	json_t *finding = json_object();
	char *found = columns_clean(text);
	json_object_set_new(finding, "result", json_string(words[f].word));
	json_object_set_new(finding, "check", json_string(check));
	json_object_set_new(finding, "text", json_string(found));
	json_object_set_new(finding, "remedy", json_string(remedy));
	json_array_append_new(d->findings, finding);
	free(found);
}

static void print(enum finding f, const char *check, const char *remedy, const char *text)
{
	char line[1024];
	(void)!snprintf(line, sizeof line, "%s: %s", check, text);
	out_field(words[f].word, f == FINDING_OK ? PLAIN : words[f].colour, line);
	if (f != FINDING_OK)
		out_field("", PLAIN, remedy);
	fflush(stdout);
}

void doctor_say(
    struct doctor *d, enum finding f, const char *check, const char *remedy, const char *fmt, ...)
{
	char text[768];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	d->fails += f == FINDING_FAIL;
	keep(d, f, check, remedy, text);
	if (!d->cli->json)
		print(f, check, remedy, text);
}

static void examine(struct doctor *d)
{
	struct err e;
	if (cli_configure(d->cli, &e) != YES) {
		doctor_say(d, FINDING_FAIL, "Settings",
		    "Correct the file; rollcall config --example "
		    "shows every setting.",
		    "%s", e.text);
		return;
	}
	doctor_files(d);
	doctor_redis(d);
	if (!d->redis_away) {
		doctor_queue(d);
		doctor_connections(d);
	}
	doctor_microsoft(d);
}

int doctor_run(struct cli *c)
{
	struct doctor d = {.cli = c, .school = cli_value(c, "--school"), .findings = json_array()};
	examine(&d);
	if (c->json)
		out_json(d.findings, false);
	else
		json_decref(d.findings);
	return d.redis_away ? UNREACHED : d.fails > 0 ? NO : YES;
}
