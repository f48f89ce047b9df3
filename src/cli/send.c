/* send - the envelope is read here with the worker's own eyes, so that what is wrong with it
 * is said at once. */
#include "send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "job_id.h"
#include "output.h"

json_t *envelope_for(const char *type, const char *school)
{
	return json_pack("{s:i s:s s:s s:s s:s}", "v", 1, "type", type, "school", school,
	    "requested_by", cli_who(), "priority", "interactive");
}

static int check(const char *text, struct err *e)
{
	struct envelope seen;
	envelope_read(&seen, text, strlen(text));
	int rc = seen.verdict == ENVELOPE_OK ? 0 : err_set(e, ERR_INPUT, "%s", seen.why);
	envelope_clear(&seen);
	return rc;
}

static bool is_worker_online(struct cli *c)
{
	return cli_ask_number(c, cli_ask(c, "EXISTS %salive", c->prefix)) != 0;
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
}

/* check_and_push gives the status; a fresh id where there is none. */
static int check_and_push(struct cli *c, json_t *envelope)
{
	char id[JOB_ID_LENGTH + 1];
	struct err e = {0};
	job_id_new(id);
	if (!json_text(envelope, "id"))
		json_object_set_new(envelope, "id", json_string(id));
	char *text = json_write(envelope);
	int status = check(text, &e) < 0 ? USAGE : YES;
	if (status == YES)
		push(c, text);
	else
		out_complain("%s", e.text);
	free(text);
	return status;
}

int send_envelope(struct cli *c, json_t *envelope, bool watch)
{
	int status = check_and_push(c, envelope);
	if (status == YES) {
		if (!is_worker_online(c))
			out_complain("no worker is online: the job waits until one is");
		puts(json_text(envelope, "id"));
		fflush(stdout);
		if (watch)
			status = watch_job(c, json_text(envelope, "id"), true);
	}
	json_decref(envelope);
	return status;
}

char *send_quietly(struct cli *c, json_t *envelope)
{
	if (!is_worker_online(c)) {
		out_complain("no worker is online, and one has to look: start rollcalld");
		return NULL;
	}
	if (check_and_push(c, envelope) != YES)
		return NULL;
	return xstrdup(json_text(envelope, "id"));
}
