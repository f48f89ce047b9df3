/* runner_int - what the two files of the harness tell each other. */
#ifndef RUNNER_INT_H
#define RUNNER_INT_H

/* How a test's process ends when it is neither fine nor killed. Memory checkers
 * choose statuses of their own, which count as failed. */
enum { STATUS_FAILED = 1, STATUS_SKIPPED = 77 };

extern char *test_start_folder;	/* where the runner was started */

#endif
