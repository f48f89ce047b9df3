/*
 * enqueue - makes an envelope, checks it with the worker's own eyes and pushes it, as a
 * portal would.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "envelope.h"
#include "job_id.h"
#include "output.h"
#include "reasons.h"
#include "record.h"
#include "when.h"

/* read_all reads a file, or standard input for "-", into *b. */
static int read_all(const char *path, struct buf *b, struct err *e)
{
	FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char piece[8192];
	int rc = buf_puts(b, "");
	if (!from)
		return err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	for (size_t got; rc == 0 && (got = fread(piece, 1, sizeof piece, from)) > 0;)
		rc = buf_put(b, piece, got);
	if (rc < 0)
		err_set(e, ERR_LIMIT, "%s: larger than %d bytes", path, ENVELOPE_BYTES_MAX);
	else if (ferror(from))
		rc = err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (from != stdin)
		fclose(from);
	return rc;
}

/* read_class gives the class object of --file, NULL and *e if it is none. */
static json_t *read_class(const char *path, struct err *e)
{
	struct buf b;
	json_t *class = NULL;
	buf_init(&b, ENVELOPE_BYTES_MAX);
	if (read_all(path, &b, e) == 0) {
		class = json_read(b.data, b.length, ENVELOPE_DEPTH_MAX, e);
		if (class && !json_is_object(class)) {
			json_decref(class);
			class = NULL;
			err_set(e, ERR_INPUT,
			    "a class is a JSON object: {\"id\": ..., \"learners\": [...]}");
		}
		if (!class)
			err_prefix(e, "%s", path);
	}
	buf_clear(&b);
	return class;
}

static void set(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

/* add_class puts the class of --file and --class into the envelope. */
static int add_class(const struct cli *c, json_t *envelope, struct err *e)
{
	const char *path = cli_value(c, "--file"), *id = cli_value(c, "--class");
	json_t *class = path ? read_class(path, e) : id ? json_object() : NULL;
	if (path && !class)
		return e->code;
	const char *said = json_text(class, "id");
	if (id && said && strcmp(id, said) != 0) {
		err_set(
		    e, ERR_USAGE, "%s: its id is \"%s\", but --class says \"%s\"", path, said, id);
		json_decref(class);
		return ERR_USAGE;
	}
	if (class) {
		set(class, "id", id);
		json_object_set_new(envelope, "class", class);
	}
	return 0;
}

static void add_options(const struct cli *c, json_t *envelope)
{
	static const char *const flags[][2] = {{"--dry-run", "dry_run"},
	    {"--approve-removals", "approve_removals"}, {"--hold-removals", "hold_removals"}};
	static const char *const texts[][2] = {{"--plan", "plan"},
	    {"--display-name", "display_name"}, {"--description", "description"},
	    {"--lifetime", "lifetime"}, {"--target", "target"}, {"--confirm", "confirm"},
	    {"--group", "group"}, {"--actions", "actions"}};
	json_t *options = json_object();
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (cli_flag(c, flags[i][0]))
			json_object_set_new(options, flags[i][1], json_true());
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		set(options, texts[i][1], cli_value(c, texts[i][0]));
	if (json_object_size(options) > 0)
		json_object_set(envelope, "options", options);
	json_decref(options);
}

static int build(const struct cli *c, json_t *envelope, struct err *e)
{
	char fresh[JOB_ID_LENGTH + 1];
	const char *id = cli_value(c, "--id"), *who = cli_value(c, "--requested-by");
	const char *at = cli_value(c, "--at");
	int64_t at_ms = 0;
	job_id_new(fresh);
	json_object_set_new(envelope, "v", json_integer(1));
	set(envelope, "id", id ? id : fresh);
	set(envelope, "type", cli_value(c, "TYPE"));
	set(envelope, "school", cli_value(c, "--school"));
	set(envelope, "requested_by", who ? who : cli_who());
	set(envelope, "priority", cli_flag(c, "--background") ? "background" : "interactive");
	if (at && when_read(at, clock_wall_ms(), &at_ms, e) < 0) {
		err_prefix(e, "--at");
		return e->code;
	}
	if (at)
		json_object_set_new(envelope, "at", json_integer(at_ms));
	add_options(c, envelope);
	return add_class(c, envelope, e);
}

/* check reads the envelope as the worker will. */
static int check(const struct cli *c, const char *text, struct err *e)
{
	struct envelope seen;
	envelope_read(&seen, text, strlen(text));
	int rc = seen.verdict == ENVELOPE_OK ? 0 : err_set(e, ERR_INPUT, "%s", seen.why);
	const char *path = cli_value(c, "--file");
	if (rc < 0 && path && strstr(seen.why, "class."))
		err_prefix(e, "%s", path);
	envelope_clear(&seen);
	return rc;
}

static void push(struct cli *c, const char *text)
{
	struct words w;
	words_init(&w);
	words_add(&w, "RPUSH");
	words_addf(&w, "%sinbox", c->prefix);
	words_add(&w, text);
	reply_free(cli_ask_words(c, &w));
	words_clear(&w);
	if (cli_ask_number(c, cli_ask(c, "EXISTS %salive", c->prefix)) == 0)
		out_complain("no worker is online: the job waits until one is");
}

int enqueue_run(struct cli *c)
{
	struct err e = {0};
	json_t *envelope = json_object();
	char *text = NULL;
	int status = USAGE;
	if (!type_is_known(cli_value(c, "TYPE")))
		out_complain("\"%s\" is no type of job that is known here: %s",
		    cli_value(c, "TYPE"), types_known);
	if (build(c, envelope, &e) == 0) {
		text = json_write(envelope);
		status = check(c, text, &e) < 0 ? USAGE : YES;
	}
	if (status == YES) {
		push(c, text);
		puts(json_text(envelope, "id"));
		fflush(stdout);
		if (cli_flag(c, "--wait"))
			status = watch_job(c, json_text(envelope, "id"), true);
	} else {
		out_complain("%s", e.text);
	}
	free(text);
	json_decref(envelope);
	return status;
}
