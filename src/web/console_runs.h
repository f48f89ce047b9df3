/* console_runs - what runs over the whole school came to. */
#ifndef CONSOLE_RUNS_H
#define CONSOLE_RUNS_H

#include "web.h"

enum { RUNS_MAX = 60, RUN_ROOM = 80 };

/* run_json is a run in figures, from its hash (31_runs.lua); run_lines_json its classes. */
json_t *run_json(const char *id, const json_t *run);
json_t *run_lines_json(const json_t *run);

struct seen_run {
	char id[RUN_ROOM];
	json_t *told;		/* owned; NULL: it is not kept any more */
};

/* run_ask asks for the figures of the run that *s names. */
struct round;
void run_ask(struct round *r, const char *school, struct seen_run *s);

struct runs {
	struct visit *visit;
	struct seen_run at[RUNS_MAX];	/* newest first */
	size_t count;
	bool asked;
	void (*then)(struct visit *v, const struct runs *runs);
};

/* runs_look reads the figures of the school's runs and goes on with then, for as long as that
 * runs; it answers itself where Redis does not. */
void runs_look(struct visit *v, void (*then)(struct visit *v, const struct runs *runs));

#endif
