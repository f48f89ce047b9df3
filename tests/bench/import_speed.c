/*
 * import_speed - reads one set and says what it took: rows, bytes, seconds of the processor, what
 * is kept.
 */
#include <stdio.h>
#include <sys/resource.h>

#include "roster_set.h"

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct roster_set set;
	struct faults faults;
	struct rusage used;
	struct buf line;
	if (argc != 2)
		return 2;
	roster_set_init(&set);
	faults_init(&faults);
	int rc = roster_set_read(&set, argv[1], NULL, &faults);
	getrusage(RUSAGE_SELF, &used);
	buf_init(&line, 0);
	for (size_t i = 0; i < faults.count; i++) {
		buf_reset(&line);
		fault_line(&faults.at[i], &line);
		(void)fprintf(stderr, "%s\n", line.data);
	}
	printf("{\"rc\":%d,\"rows\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"peak_kb\":%ld,"
	       "\"classes\":%zu,\"people\":%zu,\"enrolments\":%llu}\n",
	    rc, (unsigned long long)set.counts.rows, (unsigned long long)set.counts.bytes,
	    seconds(&used.ru_utime) + seconds(&used.ru_stime), used.ru_maxrss, set.class_count,
	    set.person_count, (unsigned long long)set.counts.enrolments);
	buf_clear(&line);
	roster_set_clear(&set);
	faults_clear(&faults);
	return rc < 0;
}
