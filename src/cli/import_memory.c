/*
 * import_memory - how much memory a set may take to read that somebody sent.
 *
 * rollcall-web gives a set that was sent to a process of its own, as its standard input; the body
 * is bounded, and what it unpacks to, but a stranger chooses what is made of it. Here all of the
 * process is bounded. Whoever asks for more gets nothing, and xmalloc ends the process, wherever
 * it is: until a set is accepted nothing has changed, and that is one transaction. What is to be
 * said then is made before, since at the end there is no memory to make anything of.
 *
 * A set that is named on the command line is its owner's, and takes what the host has. With
 * sanitizers there is no bound: their shadow of the memory is as large as all of it.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "buf.h"
#include "import.h"
#include "output.h"

#ifdef __has_feature
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||   \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(memory_sanitizer) || \
    HAS_FEATURE(thread_sanitizer)
enum { IS_BOUNDED = false };
#else
enum { IS_BOUNDED = true };
#endif

static const char sent[] = "/proc/self/fd/0";
static const rlim_t sent_max_bytes = 1 << 30;

static char *last_words;
static size_t last_length, probe_bytes;

/* ---- at the end ---- */

/* Lists double, so memory can only be short once a third of it is taken. */
static bool is_short(void)
{
	void *probe =
	    mmap(NULL, probe_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (probe == MAP_FAILED)
		return true;
	munmap(probe, probe_bytes);
	return false;
}

/* An end for another reason goes on to its core dump. */
static void ended(int number)
{
	(void)number;
	if (!is_short())
		return;
	for (size_t done = 0; done < last_length;) {
		ssize_t put = write(STDOUT_FILENO, last_words + done, last_length - done);
		if (put <= 0)
			break;
		done += (size_t)put;
	}
	_exit(NO);
}

/* ---- before ---- */

static char *words_of(const struct import *i, rlim_t bytes)
{
	static const char remedy[] =
	    "Send the roster of fewer schools, or have it imported on the host itself";
	struct import lacking = {
	    .c = i->c, .school = i->school, .by = i->by, .verdict = IMPORT_REFUSED};
	faults_init(&lacking.faults);
	err_set(&lacking.why, ERR_LIMIT,
	    "reading this set takes more than the %llu MiB of memory that a set which was sent may "
	    "take; the last accepted one stays in force",
	    (unsigned long long)(bytes >> 20));
	faults_add(&lacking.faults, FAULT_REFUSED, "too_large", (struct fault_at){0}, remedy, "%s",
	    "The set takes more memory than a set that was sent may take");
	json_t *report = import_report_json(&lacking);
	char *text = i->c->json ? json_dumps(report, JSON_PRESERVE_ORDER)
				: xasprintf("Refused: %s.\n", lacking.why.text);
	json_decref(report);
	faults_clear(&lacking.faults);
	return text;
}

static bool is_sent(const struct import *i)
{
	const char *path = cli_value(i->c, "PATH");
	return path && strcmp(path, sent) == 0;
}

void import_bound_memory(const struct import *i)
{
	struct rlimit most;
	struct sigaction at_end = {.sa_handler = ended};
	if (!IS_BOUNDED || !is_sent(i) || getrlimit(RLIMIT_DATA, &most) < 0)
		return;
	if (most.rlim_cur > sent_max_bytes)
		most.rlim_cur = sent_max_bytes;
	json_set_alloc_funcs(xmalloc, free); /* a list must not come out shorter for want of it */
	last_words = words_of(i, most.rlim_cur);
	last_length = strlen(last_words);
	probe_bytes = (size_t)(most.rlim_cur - most.rlim_cur / 3);
	if (setrlimit(RLIMIT_DATA, &most) < 0)
		out_complain("the memory of this import cannot be bounded: %s", strerror(errno));
	sigaction(SIGABRT, &at_end, NULL);
}
