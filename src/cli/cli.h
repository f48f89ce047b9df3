/*
 * cli - what the commands of rollcall share: one command line, the settings and a
 * connection to Redis.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "json.h"
#include "loop.h"
#include "pattern.h"
#include "redis.h"

/* Exit statuses (contract 8). */
enum { YES = 0, NO = 1, USAGE = 2, UNREACHED = 3, INTERRUPTED = 130 };

enum { ASK_MS = 10000 };

struct cli {
	const struct command *command;
	struct given given;
	bool json;			/* --json */
	const char *config_path;	/* -c; NULL: none given */
	struct config config;
	struct loop *loop;
	struct redis *redis;
	char prefix[96];		/* of every key: "rollcall:{teams}:" */
};

/* A command; run gives the exit status. */
struct command {
	const char *pattern;	/* see pattern.h; without "rollcall" */
	const char *help;	/* one line */
	int (*run)(struct cli *c);
	bool alone;		/* without settings and Redis: it sees to them itself */
};

/* cli_configure reads the settings, cli_connect opens Redis: YES, or the exit status and
 * what to do about it in *e. cli_close ends both. */
int cli_configure(struct cli *c, struct err *e);
int cli_connect(struct cli *c, struct err *e);
void cli_close(struct cli *c);

/* cli_usage complains about the command line, shows the pattern and gives USAGE. */
int cli_usage(const struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* cli_ask asks Redis; free the reply. It is never NULL and no error: without an answer
 * the program ends with a sentence and UNREACHED. The words are redis_sendf's. */
#define cli_ask(c, ...) cli_answered((c), redis_askf((c)->redis, ASK_MS, cli_error(), __VA_ARGS__))
struct err *cli_error(void);
struct reply *cli_answered(struct cli *c, struct reply *r);
struct reply *cli_ask_words(struct cli *c, const struct words *w);
int64_t cli_ask_number(struct cli *c, struct reply *r);	/* frees r */

const char *cli_value(const struct cli *c, const char *name);	/* or NULL */
bool cli_flag(const struct cli *c, const char *name);

/* cli_limit reads --limit: 1 to most; fallback if it was left out, -1 and a complaint if
 * it is no such number. */
int64_t cli_limit(const struct cli *c, int64_t fallback, int64_t most);
/* cli_number reads another option so. */
int64_t cli_number(const struct cli *c, const char *option, int64_t fallback, int64_t most);

/* cli_who names who runs the command, for records: "rollcall:ann". */
const char *cli_who(void);

/* The commands, a file each. */
int audit_run(struct cli *c);
int bad_run(struct cli *c);
int cancel_run(struct cli *c);
int class_run(struct cli *c);
int config_run(struct cli *c);
int dead_drop_run(struct cli *c);
int dead_list_run(struct cli *c);
int dead_retry_run(struct cli *c);
int dead_show_run(struct cli *c);
int doctor_run(struct cli *c);
int drift_run(struct cli *c);
int enqueue_run(struct cli *c);
int groups_run(struct cli *c);
int history_run(struct cli *c);
int import_run(struct cli *c);
int jobs_run(struct cli *c);
int keys_list_run(struct cli *c);
int keys_new_run(struct cli *c);
int keys_remove_run(struct cli *c);
int keys_rotate_run(struct cli *c);
int learners_run(struct cli *c);
int match_run(struct cli *c);
int names_run(struct cli *c);
int night_run(struct cli *c);
int pause_run(struct cli *c);
int preview_run(struct cli *c);
int queue_run(struct cli *c);
int report_run(struct cli *c);
int resume_run(struct cli *c);
int schedule_list_run(struct cli *c);
int schedule_remove_run(struct cli *c);
int schedule_run_run(struct cli *c);
int schedule_set_run(struct cli *c);
int school_list_run(struct cli *c);
int school_remove_run(struct cli *c);
int school_set_run(struct cli *c);
int school_show_run(struct cli *c);
int show_run(struct cli *c);
int top_run(struct cli *c);
int watch_run(struct cli *c);
int why_run(struct cli *c);
int year_run(struct cli *c);

/* watch_job watches until the job has ended. new: it was pushed just now, and its record
 * comes when a worker has read it; otherwise no record means no such job. */
int watch_job(struct cli *c, const char *id, bool is_new);

#endif
