/*
 * no_op - the job that does nothing, and the registry that knows no other: rollcalld-bench is
 * rollcalld with these in the place of jobs/. What is left is what the queue itself costs.
 *
 * BENCH_CLOCK names a file of int64, one for each job by the number at the end of its id: the
 * moment when its step ran goes there, in nanoseconds of the clock that bench_push reads too.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "job.h"

static struct {
	bool looked;
	int64_t *at; /* NULL: nobody wants to know */
	size_t count;
} started;

static void look_for_clock(void)
{
	started.looked = true;
	const char *path = getenv("BENCH_CLOCK");
	int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat about;
	if (file < 0 || fstat(file, &about) < 0)
		return;
	void *map = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	(void)close(file);
	if (map == MAP_FAILED)
		return;
	started.at = map;
	started.count = (size_t)about.st_size / sizeof *started.at;
}

static void note_start(const struct job *j)
{
	const char *number = strrchr(job_id(j), '-');
	size_t n = number ? strtoul(number + 1, NULL, 10) : SIZE_MAX;
	struct timespec now;
	if (n >= started.count)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	__atomic_store_n(
	    &started.at[n], (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, __ATOMIC_RELEASE);
}

static enum next nothing(struct job *j)
{
	if (!started.looked)
		look_for_clock();
	if (started.at)
		note_start(j);
	return job_done(j);
}

static const struct step steps[] = {
    {"nothing", NULL, nothing, NULL, {0}},
};

static const struct job_type no_op = {
    .name = "no-op",
    .steps = steps,
    .deadline_ms = 60000,
    .local = true,
};

const struct job_type *const job_types[] = {&no_op, NULL};
