/*
 * job - all that a job sees: steps, verbs, and what it can say.
 *
 * A job type is a table of steps. A step has an *ask*, which makes one call, and an
 * *answer*, which runs with what came back. Both end by returning a verb. What is the
 * same for all steps is the runner's: admission, tokens, trying again, throttling,
 * cancelling, deadlines, a lost lease, logging, progress. An answer sees success, or
 * one of the troubles its step says it can take (also); everything else ends the job.
 *
 * A step may run twice: the head of each jobs/ file says why that is harmless.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "history.h"
#include "json.h"
#include "records.h"

struct job;

/* What the runner does next. Only verbs make these. */
enum next { NEXT_CALL, NEXT_GOTO, NEXT_SLEEP, NEXT_END };

struct answer {
	int status;		/* HTTP; ANSWER_LOST or ANSWER_TROUBLE: see step.also */
	json_t *body;		/* borrowed; NULL if none */
	const char *location, *content_location;	/* or NULL */
	const char *code;	/* Microsoft's word for the refusal, "" if none */
	const char *trouble;	/* a sentence for people, "" on success */
};

typedef enum next (*ask_fn)(struct job *j);
typedef enum next (*answer_fn)(struct job *j, const struct answer *a);

enum {
	ANSWER_LOST = -1,	/* the call went out, and no reply said what became of it */
	ANSWER_TROUBLE = -2,	/* tried again and again, and it still fails in passing */
};

struct step {
	const char *name;	/* in logs */
	const char *phase;	/* for the dialog: "Adding learners"; NULL: as before */
	ask_fn ask;
	answer_fn answer;	/* NULL when ask never calls */
	int also[6];		/* statuses beside 2xx that answer takes; 0 ends */
};

struct job_type {
	const char *name;	/* as in the envelope */
	const struct step *steps;
	int first;
	size_t state_size;
	int64_t deadline_ms;	/* for the whole job, throttling not counted */
	void (*clear)(struct job *j);		/* frees what the state owns; may be NULL */
	/* A cancelled job that has set out to change something and does not know whether
	 * it happened looks first: the step to go on with, or -1 when all is told. Asked
	 * before each step; may be NULL. */
	int (*winding_up)(struct job *j);
	/* runs before the job ends in any way but a release, to say last things;
	 * may be NULL */
	void (*ending)(struct job *j);
	bool local;		/* Microsoft is not asked: no connection is needed */
};

extern const struct job_type *const job_types[];	/* ends with NULL */

/* ---- asking the job ------------------------------------------------------------ */

void *job_state(struct job *j);			/* zeroed at the start */
const char *job_id(const struct job *j);
const char *job_school_id(const struct job *j);
const char *job_class_id(const struct job *j);
const char *job_requested_by(const struct job *j);
const char *job_account(const struct job *j);	/* the account it runs as; NULL: our app */
const json_t *job_class_said(const struct job *j);	/* class of the envelope, or NULL */
bool job_option(const struct job *j, const char *name);
const char *job_text_option(const struct job *j, const char *name);	/* "" if not given */
const char *job_run(const struct job *j);	/* the run it belongs to; "" */
bool job_background(const struct job *j);
bool job_is_cancelled(const struct job *j);	/* it only winds up */
int64_t job_now(const struct job *j);		/* wall clock, ms */
int64_t job_poll_ms(const struct job *j);	/* between two looks at something slow */
int64_t job_pause_ms(const struct job *j, int64_t real_ms);	/* a pause Microsoft documents */
const char *job_graph_root(const struct job *j);
bool job_may_have_forgotten(const struct job *j);	/* see queue_was_replaced */
double job_brake_share(const struct job *j);
int64_t job_brake_count(const struct job *j);
int job_wave(const struct job *j);		/* sync.wave: 0, or a fixed size */

/* After record_open: borrowed, as they were read. */
const struct school *job_school(const struct job *j);
const struct class_record *job_class(const struct job *j);
char *job_today(const struct job *j, char day[16]);	/* where the school is: "2026-12-24" */

/* The rows of the preview that this job is to keep to (options.plan), a list; NULL: it keeps
 * to none. */
const json_t *job_preview(const struct job *j);

/* How the last call went: how long Microsoft took, and whether it asked to wait. */
int64_t job_call_ms(const struct job *j);
bool job_call_throttled(const struct job *j);

/* ---- verbs: a step returns one of these ------------------------------------------ */

/* One call to Graph; the path is built as by printf, without escaping. A body is taken
 * over (freed by the runner). graph_follow takes a nextLink as Microsoft gave it. */
enum next graph_get(struct job *j, const char *path, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
enum next graph_post(struct job *j, json_t *body, const char *path, ...) PRINTF_LIKE(3, 4) MUST_CHECK;
enum next graph_patch(struct job *j, json_t *body, const char *path, ...) PRINTF_LIKE(3, 4) MUST_CHECK;
enum next graph_delete(struct job *j, const char *path, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
enum next graph_follow(struct job *j, const char *link) MUST_CHECK;

/* record_open reads school and class, with the newest register; the job fails by itself
 * when the school is not known, switched off or not connected. */
enum next record_open(struct job *j) MUST_CHECK;

/* What else is remembered. record_class_ids: answer.body is a list with one sorted list, the ids of
 * the school's classes. record_classes: for each of count ids from the place on its register
 * (text, more), learners and record, one after the other. record_run: that run, or this
 * job's own where it is NULL, in a list. record_jobs: state, error_code and error of each
 * job, null where it is not known. */
enum { CLASS_REGISTER, CLASS_LEARNERS, CLASS_RECORD, CLASS_PARTS };
enum next record_class_ids(struct job *j) MUST_CHECK;
enum next record_classes(struct job *j, const json_t *ids, size_t from, size_t count) MUST_CHECK;
enum next record_run(struct job *j, const char *run) MUST_CHECK;
enum next record_jobs(struct job *j, const json_t *ids) MUST_CHECK;

/* progress_write writes all that was said since the last time (rows, records, checkpoint)
 * and goes on to answer once it is safe in Redis. */
enum next progress_write(struct job *j) MUST_CHECK;

enum next job_goto(struct job *j, int step) MUST_CHECK;
enum next job_sleep(struct job *j, int64_t delay_ms, int step) MUST_CHECK;
/* job_later gives the job back until then: it takes up no worker and begins again, with its
 * checkpoint. For waits that are longer than anybody should hold a job's place. */
enum next job_later(struct job *j, int64_t delay_ms) MUST_CHECK;
enum next job_done(struct job *j) MUST_CHECK;
/* code is one of the contract's words; what fmt makes is for people and names what to do. */
enum next job_fail(struct job *j, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_CHECK;

/* ---- what a job says; written with the next progress_write or the end ------------- */

struct row {
	const char *learner, *name, *email, *outcome, *reason, *detail, *user_id;
};

/* progress_total: learners to process. progress_row: one learner's outcome, counted.
 * progress_saved: the checkpoint of an earlier attempt, or NULL. progress_save: the
 * checkpoint to write next (taken over), NULL: none any more. progress_earlier: the rows
 * that earlier attempts wrote, as a list; borrowed. */
void progress_total(struct job *j, int64_t learners);
void progress_row(struct job *j, const struct row *r);
const json_t *progress_saved(const struct job *j);
void progress_save(struct job *j, json_t *checkpoint);
const json_t *progress_earlier(const struct job *j);
void progress_message(struct job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);
void progress_team(struct job *j, const char *team_id, const char *web_url);

/* For a job of many classes: classes that are settled, and the six counts of all of them. */
void progress_sums(struct job *j, int64_t done, const int64_t sums[6]);

/* Writes to the class's record and its learners. */
void record_class(struct job *j, const char *field, const char *value);
void record_class_int(struct job *j, const char *field, int64_t value);
void record_class_drop(struct job *j, const char *field);
void record_learner(struct job *j, const char *learner, const struct learner_standing *s);
void record_learner_drop(struct job *j, const char *learner);

/* What stands in Microsoft 365 as nobody here said (exceptions.h), by account, or "team" for
 * its name; text NULL: no more. */
void record_drift(struct job *j, const char *user_id, const char *text);

/* history_say adds to the school's history; job, run and by are filled in, the class where
 * none is named. */
void history_say(struct job *j, const struct history_event *h);

/* A run: what one job, and those that it pushes, do for a school. run_put says a field of its
 * report, run_line (taken over) adds to the line of a class; run_was_good: the school had its
 * night. run_cancel: these jobs are to end, too. */
void run_put(struct job *j, const char *field, const char *value);
void run_put_int(struct job *j, const char *field, int64_t value);
void run_line(struct job *j, const char *class_id, json_t *line);
void run_was_good(struct job *j);
void run_cancel(struct job *j, const json_t *ids);
/* What is told in the morning: to a staff member, or to whom it concerns ("*"); the first call,
 * without anybody (NULL), takes away what was told before. */
void run_digest(struct job *j, const char *staff, const json_t *entry);

/* The class's nickname in Microsoft 365 (naming.h). record_nickname_wanted: the plain one,
 * compared in lower case, that it would have if nobody else wanted it; "" for none any more.
 * record_nickname: it has one of these now, once for ever; refused is the one that Microsoft
 * did not take, or NULL. Which one it is the class's record says from the next
 * progress_write on. */
void record_nickname_wanted(struct job *j, const char *plain);
void record_nickname(struct job *j, const char *refused, char *const *choices, size_t count);

/* The class's Team (37_whose.lua). record_team: this one, which was made for it or came back to
 * it; "" for none any more. record_team_gone: this one was deleted in Microsoft 365, and may
 * come back. record_team_taken: this one, unless another class of any school has it; whether it
 * is its own the class's record says from the next progress_write on. */
void record_team(struct job *j, const char *team_id);
void record_team_gone(struct job *j, const char *team_id);
void record_team_taken(struct job *j, const char *team_id);

/* Writes to the school's record. */
void record_school(struct job *j, const char *field, const char *value);

/* job_push makes another job of an envelope (taken over). Its id follows from this job and
 * from what it is for, so that pushing it again, after a crash, makes no second one. */
void job_push(struct job *j, json_t *envelope);

#endif
