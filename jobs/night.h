/*
 * night - what sync_school needs to know of each class: what is to be done for it, as what
 * job, what its line in the report says, and what its teachers are told in the morning.
 */
#ifndef NIGHT_H
#define NIGHT_H

#include "job.h"

/* A class as the records have it; read from what record_classes answers. */
struct night_class {
	const char *id;
	json_t *said;		/* owned: the class object, by the newest word of the school */
	json_t *learners;	/* borrowed: id -> JSON text */
	const json_t *record;	/* borrowed: the fields of its record */
};

enum night_plan {
	NIGHT_NOTHING,		/* not of this year, not on the lists, not of a chosen kind */
	NIGHT_SYNC,
	NIGHT_CREATE,
	NIGHT_DELETED,		/* its Team was deleted: people decide */
	NIGHT_CLOSE,		/* its year is over */
};

/* What holds for the whole run. */
struct night_rules {
	const char *kinds, *year;	/* borrowed: sync_kinds, current_year; "": none, any */
	const char *actions;		/* borrowed: what is to be done with classes that ended;
					 * "": a night, which leaves them alone */
	char today[16];
	const char *plan;		/* borrowed: the preview that it keeps to; "" */
	bool delegated;			/* each class runs as its own teacher */
	double share;			/* the brake: more of the members than this, */
	int64_t least;			/* and at least so many */
	int64_t grace_days;		/* for which leavers stay */
	bool held;			/* it holds: nobody is removed */
};

/* night_rules_read takes them from the school's settings, which have to stay, in the answer of
 * record_open. night_brakes: so many of so many people whom we put there would leave. */
void night_rules_read(struct job *j, struct night_rules *r, const json_t *settings);
bool night_brakes(const struct job *j, const struct night_rules *r, int64_t members,
    int64_t leavers);

void night_class_read(struct night_class *c, const json_t *ids, size_t place, const json_t *answer,
    size_t n);
void night_class_clear(struct night_class *c);

enum night_plan night_plan(const struct night_class *c, const struct night_rules *r);

/* night_count adds the members whom we put there, and those of them who have to go today. */
void night_count(const struct night_class *c, const struct night_rules *r, int64_t *members,
    int64_t *leavers);

/* night_child_id is the id of a run's job for a class: always the same. */
void night_child_id(const char *run, const char *type, const char *class_id, char id[65]);

/* night_push pushes a job for a class and says so in the report. teacher: whom it runs as
 * where that is the class's own. */
void night_push(struct job *j, const struct night_rules *r, const char *class_id, const char *type,
    const char *name, const char *teacher);
const char *night_teacher(const struct night_class *c);	/* the first; "" */
const char *night_name(const struct night_class *c);

/* What the lines of a run come to. */
struct night_sums {
	int64_t classes, ended, made, changed, failed, held, skipped;
	int64_t stuck;		/* classes with somebody who could not be taken out */
	int64_t counts[6];	/* added already_member failed unresolved removed removal_failed */
};
void night_sum(struct night_sums *s, const json_t *run);

/* night_end says in the report how it ended; night_close tells by its lines how that was, and
 * ends the job so. */
void night_end(struct job *j, const json_t *run, const char *state);
enum next night_close(struct job *j, const struct night_rules *r, const json_t *run,
    int64_t members, int64_t leavers) MUST_CHECK;

/* night_lines calls fn for each line of a run: the class's id, and the line. */
typedef void (*night_line_fn)(void *ctx, const char *class_id, const json_t *line);
void night_lines(const json_t *run, night_line_fn fn, void *ctx);
bool night_is_queued(const json_t *line);

/* The digests: for each teacher what concerns their classes, "*" for the whole school.
 * night_digest_write says the next few; false when all are said. */
void night_digest_add(json_t *digests, const struct night_class *c, const json_t *run);
bool night_digest_write(struct job *j, json_t *digests);

#endif
