/* foretold - what a preview says of one class: who comes, who goes, who cannot, and why. */
#ifndef FORETOLD_H
#define FORETOLD_H

#include "cli.h"
#include "record.h"

struct foretold {
	char *job, *class_id, *name;	/* owned */
	json_t *record;			/* owned: of the job that looked; NULL if it expired */
	json_t *rows;			/* owned: its learner rows */
};

/* foretold_read takes the job that looked at a class, foretold_of_line a line of a run. */
void foretold_read(struct foretold *f, struct cli *c, const char *job, const json_t *record,
    const char *class_id, const char *name);
void foretold_of_line(struct foretold *f, struct cli *c, const json_t *line);
void foretold_clear(struct foretold *f);

bool foretold_is_sync(const struct foretold *f);
bool foretold_is_braked(const struct foretold *f);
bool foretold_changes(const struct foretold *f);	/* somebody would come or go, or is held */
bool foretold_says(const struct foretold *f);		/* that, or somebody cannot, or it failed */
int foretold_status(const struct foretold *f);		/* YES if the preview could be made */

void foretold_print(const struct foretold *f, size_t indent);
json_t *foretold_json(const struct foretold *f);	/* the caller owns it */

#endif
