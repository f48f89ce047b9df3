/* worker_int - a running job, and the process that runs it. */
#ifndef WORKER_INT_H
#define WORKER_INT_H

#include "config.h"
#include "graph_client.h"
#include "http.h"
#include "job.h"
#include "list.h"
#include "loop.h"
#include "queue.h"

/* The schools whose nights are looked at, one after the other (nights.c). */
struct night_round {
	struct words schools;
	size_t next;
	int64_t began_ms;
};

struct worker {
	struct loop *loop;
	struct config config;
	const char *config_path;
	struct http *http;
	struct graph *graph;
	struct queue *queue;
	struct vault *vault;		/* refresh tokens of linked accounts */
	struct link jobs;
	int running;
	bool leaving;			/* SIGTERM: no new jobs, give back what runs */
	int64_t leave_by_ms;
	struct timer tick, pulse, keep, nights;
	struct night_round night_round;
};

enum call_kind { CALL_NONE, CALL_GRAPH, CALL_OPEN, CALL_WRITE, CALL_LOOK };

/* What the verb of a step asked for; kept until it is answered, to be asked again. */
struct wanted {
	enum call_kind kind;
	const char *method;		/* borrowed: a literal */
	char *path;			/* owned */
	char *body;			/* owned; JSON text */
};

struct opened {
	struct school school;
	struct class_record class;
};

/* Who waits for the answer of the touch that is out. */
enum touch {
	TOUCH_TELLS,			/* nobody: the record says what there is to say */
	TOUCH_WRITES,			/* the step: progress_write */
	TOUCH_FENCES,			/* a call, until the job is known to be ours still */
};

enum count { ADDED, ALREADY_MEMBER, FAILED, UNRESOLVED, REMOVED, REMOVAL_FAILED, COUNTS };

struct job {
	struct link link;
	struct worker *worker;
	const struct job_type *type;
	void *state;			/* owned, type->state_size */
	struct ticket ticket;
	const char *school_id, *class_id, *requested_by, *run;	/* in texts, as is the ticket's id */
	char *tenant;			/* owned; NULL before record_open */
	char *account;			/* owned: whom it runs as, a name of vault.c; NULL: the app */
	char *account_id;		/* owned: that account at Microsoft's */
	json_t *options;		/* owned; NULL: none */
	bool background, dry_run;

	/* only until record_open has been answered: a job that waits keeps none of it */
	json_t *envelope;		/* owned */
	struct opened *records;		/* owned */
	json_t *preview;		/* owned: rows of the job of options.plan; NULL: not read */

	int step;
	struct wanted wanted;
	struct graph_call *call;	/* out, or NULL */
	struct timer timer;		/* sleeping, or pausing before another try */
	int tries, refusals;
	bool throttled;			/* the current or last call was told to wait */
	int64_t pause_ms, call_ms;

	char *cancelled_by;		/* owned; NULL: not cancelled */
	bool opened, reading, ended;
	enum ending ending;
	const char *code;		/* error_code when it failed; a literal */

	struct change *change;		/* owned; not yet written; NULL: nothing */
	const char *phase;		/* as written; borrowed: a literal */
	int counts[COUNTS], held, done, total, rows_before;
	bool counts_changed, touching;
	enum touch touch;
	bool write_due;			/* the touch that is out went before the write: one more */
	bool waiting;
	json_t *saved, *earlier;	/* owned */

	int64_t again_at;		/* END_RETRY: when, wall clock */
	int64_t claimed_ms, queued_at, throttled_ms, wait_from_ms, deadline_ms;
	char texts[];			/* thousands of jobs wait at once: one block for each */
};

/* runner.c */
void job_start(struct worker *w, const struct claim *c);
void job_go_on(struct job *j, enum next next);
void job_answer(struct job *j, const struct answer *a);
void job_cancel(struct job *j, const char *who);
/* it ends at its next ask, and its record says who wants that from its next touch on */
void job_mark_cancelled(struct job *j, const char *who);
/* SIGTERM: gives it back as soon as it is safe, or now; asked again until it is gone */
void job_leave(struct job *j, bool now);
void job_drop(struct job *j);		/* not ours any more: forget it unsaid */
void job_free(struct job *j);
void job_forget_wanted(struct job *j);
enum next job_fail_v(struct job *j, const char *code, const char *text);

/* call.c */
void job_call_graph(struct job *j);
bool job_call_is_safe_to_stop(const struct job *j);
void job_stop_call(struct job *j);

/* open.c */
void job_call_open(struct job *j);
void job_close_records(struct job *j);

void job_read(struct job *j);		/* what is recorded has been read, or more of it */
void job_opened(struct job *j);		/* it is known whom it runs as */
void job_not_opened(struct job *j, const struct err *e);	/* asked again in a while */

/* preview.c: reads what options.plan names, then job_read */
void job_call_preview(struct job *j);

/* linked.c: jobs that run as the teacher who asked for them */
bool job_is_delegated(const struct job *j);
void job_call_connection(struct job *j);
enum next job_fail_relink(struct job *j);
enum next job_fail_not_linked(struct job *j);

/* keep_alive.c */
void keep_alive_begin(struct worker *w);
void keep_alive_end(struct worker *w);

/* nights.c */
void nights_begin(struct worker *w);
void nights_end(struct worker *w);

/* report.c */
struct change *job_change(struct job *j);	/* to add to what is not yet written */
void job_forget_change(struct job *j);
void job_flush(struct job *j);		/* writes what there is to say, if anything */
void job_call_write(struct job *j);
void job_call_fenced(struct job *j);	/* the call, once the job is known to be ours still */
void job_show_waiting(struct job *j, int64_t until_wall_ms, const char *message);
void job_show_going_on(struct job *j);
void job_put_progress(struct job *j);
void job_put_going_on(struct job *j);
void job_count_row(
    struct job *j, const char *learner, const char *outcome, const char *reason);

/* look.c */
void job_call_look(struct job *j);

/* run.c */
char *run_key(const struct job *j);	/* below the prefix; free it */
void run_put_end(struct job *j, const char *state);	/* its line in the run's report */

/* end.c */
void job_end(struct job *j);
void job_release(struct job *j);

#endif
