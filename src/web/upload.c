/*
 * upload - hands a roster that was sent as a zip to `rollcall import`, a process of its own: what
 * a stranger packed can neither keep people waiting here nor take their memory, and what it is
 * told and does is the same as on the command line.
 *
 *	body -> a file in memory -> rollcall import SCHOOL /proc/self/fd/0 --json -> its report
 *
 * The answer waits for the report: 202 when the set was accepted, 422 with all that is wrong with
 * it otherwise. A visitor who goes away meanwhile ends nothing.
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "buf.h"
#include "cookie.h"
#include "doors.h"
#include "log.h"

enum {
	ROSTER_BYTES_MAX = 64 << 20,
	REPORT_BYTES_MAX = 8 << 20,
	REPORT_DEPTH = 16,
	AT_ONCE = 2,
	TAKES_MS = 10 * 60000,
	LOOK_AGAIN_MS = 20,
	WORDS_MAX = 24,
	PATH_ROOM = 4096,
	UNREACHED = 3, /* an exit status of rollcall: Redis does not answer */
};

static const char path_of_rosters[] = "/v1/rosters/";

struct upload {
	struct visit *visit;
	struct web *web;
	char *school; /* owned */
	pid_t process;
	int from;	     /* its standard output */
	struct watch *watch; /* NULL: it has said all */
	struct timer timer;  /* until it is ended, then until it is gone */
	struct buf report;
	int status; /* with which it ended; -1: it was killed, or never was */
};

static int under_way; /* in this process */

/* ---- how much may be sent ------------------------------------------------------------------ */

/* Who asks is found out again, with all that belongs to it, when the request is there. */
static bool may_send(struct web *web, struct exchange *x)
{
	const char *authorization = exchange_header(x, "Authorization");
	if (authorization && strncasecmp(authorization, "Bearer ", 7) == 0) {
		const struct portal_key *key =
		    portal_keys_find(&web->doors->programs, authorization + 7);
		return key && key->scopes & PORTAL_ENQUEUE;
	}
	struct visit v = {.web = web, .x = x};
	char *cookie = web->doors->seals ? cookie_get(&v, session_cookie) : NULL;
	bool may =
	    cookie && session_open(web->doors->seals, cookie, &v.who) && v.who.may & MAY_MANAGE;
	who_clear(&v.who);
	free(cookie);
	return may;
}

size_t upload_body_max(void *ctx, const struct exchange *x)
{
	bool is_roster = strncmp(exchange_path(x), path_of_rosters, strlen(path_of_rosters)) == 0;
	return is_roster && may_send(ctx, (struct exchange *)(uintptr_t)x) ? ROSTER_BYTES_MAX
									   : WEB_BODY_MAX;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void answer_report(
    struct visit *v, int status, const char *code, const char *title, json_t *report)
{
	json_t *problem = json_pack("{s:o, s:s, s:i, s:s, s:s, s:s, s:o}", "type",
	    json_sprintf("urn:rollcall:problem:%s", code), "title", title, "status", status, "code",
	    code, "detail", json_text_or(report, "why", ""), "request_id", v->request_id, "report",
	    report);
	char *text = json_write(problem);
	json_decref(problem);
	exchange_set_header(v->x, "Cache-Control", "no-store");
	answer_text(v, status, "application/problem+json", text, strlen(text));
	free(text);
}

static void answer_of(struct visit *v, json_t *report)
{
	const char *end = json_text_or(report, "verdict", "");
	if (strcmp(end, "accepted") == 0 || strcmp(end, "unchanged") == 0 ||
	    strcmp(end, "checked") == 0)
		answer_json(v, 202, report);
	else if (strcmp(end, "busy") == 0)
		answer_report(v, 409, "import_under_way", "Not at present", report);
	else if (strcmp(end, "no_school") == 0)
		answer_report(v, 404, "unknown_school", "Not found", report);
	else if (strcmp(end, "held") == 0)
		answer_report(v, 422, "roster_held", "This roster lacks much", report);
	else
		answer_report(v, 422, "roster_refused", "This roster cannot be used", report);
}

static void audit(const struct upload *u, const json_t *report)
{
	char *what = xasprintf("roster_%s", json_text_or(report, "verdict", "failed"));
	audit_act(u->visit, what, u->school);
	free(what);
}

/* Nothing is taken of what is only looked at. */
static bool is_only_looked_at(const struct visit *v)
{
	const char *said = exchange_query(v->x, "dry_run");
	return said && strcmp(said, "1") == 0;
}

/* It said nothing of a set: Redis was away, or it did not come to its end. */
static void answer_failed(struct upload *u)
{
	struct visit *v = u->visit;
	const struct err away = {.code = ERR_REACH};
	log_error("import_failed", log_str("school", u->school), log_str("request", v->request_id),
	    log_int("status", u->status));
	if (u->status != UNREACHED)
		answer_problem(v, 503, "import_failed",
		    "Reading this roster did not come to an end; nothing was changed. Read it with "
		    "rollcall import, which says more.");
	else if (is_only_looked_at(v))
		answer_unreachable(v, &away);
	else
		answer_unconfirmed(v, &away);
}

/* ended: the process is gone, and has said what it had to say. */
static void ended(struct upload *u)
{
	const char *text = u->report.length > 0 ? u->report.data : "";
	json_t *report = json_read(text, u->report.length, REPORT_DEPTH, NULL);
	timer_clear(u->web->loop, &u->timer);
	under_way--;
	if (json_text(report, "verdict") && u->status != UNREACHED) {
		audit(u, report);
		answer_of(u->visit, json_incref(report));
	} else {
		answer_failed(u);
	}
	json_decref(report);
	buf_clear(&u->report);
	free(u->school);
	free(u);
}

/* ---- the process ------------------------------------------------------------------------------- */

static void look_whether_gone(void *ctx)
{
	struct upload *u = ctx;
	int status = 0;
	if (waitpid(u->process, &status, WNOHANG) == 0) {
		timer_set(u->web->loop, &u->timer, LOOK_AGAIN_MS, look_whether_gone, u);
		return;
	}
	u->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	ended(u);
}

static void took_too_long(void *ctx)
{
	struct upload *u = ctx;
	(void)kill(u->process, SIGKILL);
}

/* said reads what the process has written; at its end the process ends, too. */
static void said(void *ctx)
{
	struct upload *u = ctx;
	char piece[65536];
	ssize_t got = read(u->from, piece, sizeof piece);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0 && buf_put(&u->report, piece, (size_t)got) == 0)
		return;
	loop_unwatch(u->watch);
	close(u->from);
	u->watch = NULL;
	if (got > 0)
		took_too_long(u);
	look_whether_gone(u);
}

/* program_beside gives the path of rollcall, which lies where we do. */
static bool program_beside(char path[PATH_ROOM])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_ROOM - sizeof "rollcall");
	char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
	if (!slash)
		return false;
	memcpy(slash + 1, "rollcall", sizeof "rollcall");
	return true;
}

static void add_words(const struct upload *u, const char *words[WORDS_MAX])
{
	static const struct {
		const char *parameter, *option;
		bool flag;
	} options[] = {
	    {"org", "--org", false},
	    {"today", "--today", false},
	    {"accept_drop", "--accept-drop", true},
	    {"again", "--again", true},
	    {"dry_run", "--dry-run", true},
	};
	size_t n = 0;
	words[n++] = "rollcall";
	if (u->web->config_path) {
		words[n++] = "-c";
		words[n++] = u->web->config_path;
	}
	words[n++] = "import";
	words[n++] = u->school;
	words[n++] = "/proc/self/fd/0";
	words[n++] = "--by";
	words[n++] = u->visit->who.id;
	words[n++] = "--json";
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const char *value = exchange_query(u->visit->x, options[i].parameter);
		if (!value || (options[i].flag && strcmp(value, "1") != 0))
			continue;
		words[n++] = options[i].option;
		if (!options[i].flag)
			words[n++] = value;
	}
}

/* spawn starts it with the zip as its input; false and errno otherwise. */
static bool spawn(struct upload *u, int zip, int into)
{
	char program[PATH_ROOM];
	const char *words[WORDS_MAX] = {NULL};
	posix_spawn_file_actions_t files;
	add_words(u, words);
	if (!program_beside(program))
		return false;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, zip, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, into, STDOUT_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	errno = posix_spawn(
	    &u->process, program, &files, NULL, (char *const *)(uintptr_t)words, environ);
	posix_spawn_file_actions_destroy(&files);
	return errno == 0;
}

/* file_of puts the body where a process can read it; -1 otherwise. */
static int file_of(struct visit *v)
{
	size_t length, done = 0;
	const char *body = exchange_body(v->x, &length);
	int file = memfd_create("roster", MFD_CLOEXEC);
	while (file >= 0 && done < length) {
		ssize_t put = write(file, body + done, length - done);
		if (put < 0 && errno != EINTR) {
			close(file);
			return -1;
		}
		done += put > 0 ? (size_t)put : 0;
	}
	return file;
}

static bool start(struct upload *u)
{
	int ends[2];
	int zip = file_of(u->visit);
	if (zip < 0)
		return false;
	bool started = pipe2(ends, O_CLOEXEC) == 0;
	if (started) {
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
		started = spawn(u, zip, ends[1]);
		close(ends[1]);
		if (!started)
			close(ends[0]);
	}
	close(zip);
	u->from = started ? ends[0] : -1;
	return started;
}

/* ---- the route ----------------------------------------------------------------------------------- */

static bool is_theirs(struct visit *v)
{
	if (!v->who.school || strcmp(v->who.school, v->place[0]) == 0)
		return true;
	audit_refusal(v, "school_not_theirs", v->place[0]);
	answer_problem(v, 403, "not_your_school",
	    "You may send the roster of %.100s, not of %.100s.", v->who.school, v->place[0]);
	return false;
}

/* A school's name that looks like an option is none that could have been entered. */
static bool can_be_read(struct visit *v)
{
	size_t length;
	(void)exchange_body(v->x, &length);
	if (length == 0 || v->place[0][0] == '-') {
		answer_problem(v, 400, "no_roster",
		    "The body has to be the roster as one zip (Content-Type: application/zip).");
		return false;
	}
	if (under_way < AT_ONCE)
		return true;
	exchange_set_header(v->x, "Retry-After", "10");
	answer_problem(v, 503, "imports_under_way",
	    "Other rosters are being read at present. Send it again in some seconds.");
	return false;
}

void serve_roster_post(struct visit *v)
{
	if (!is_theirs(v) || !can_be_read(v))
		return;
	struct upload *u = xcalloc(1, sizeof *u);
	*u = (struct upload){
	    .visit = v, .web = v->web, .school = xstrdup(v->place[0]), .status = -1};
	buf_init(&u->report, REPORT_BYTES_MAX);
	under_way++;
	if (!start(u)) {
		log_error("import_not_started", log_str("why", strerror(errno)));
		ended(u);
		return;
	}
	u->watch = loop_watch(v->web->loop, u->from, said, u);
	timer_set(v->web->loop, &u->timer, TAKES_MS, took_too_long, u);
}
