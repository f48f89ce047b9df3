/*
 * test - runs every test that registered itself, two at a time.
 *
 *	test_x [-q] [part]	-q: failures and the last line only
 *				part: only sentences that contain it
 *
 * A test is a process, a process group and an empty folder. When the process
 * ends or its time is up, the group is killed and waited for (the runner adopts
 * what a test leaves behind), then the folder is removed. Output goes to a file
 * in memory and is shown when the test fails. Results appear in the order of
 * the source, whoever finishes first.
 *
 * TEST_PATIENCE=n multiplies all time limits, for slow checkers.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner_int.h"

enum { AT_ONCE = 2, OUTPUT_MAX = 32768 };

enum result { WAITING, RUNNING, OK, FAILED, CRASHED, HUNG, SKIPPED };

struct run {
	const struct test *test;
	enum result result;
	int signal;
	pid_t pid;  /* also its process group */
	int output; /* a file in memory; -1 when shown */
	int64_t deadline_ms;
	char folder[64];
};

char *test_start_folder;

static struct test *first, **last = &first;
static struct run *runs; /* owned, in the order of the source */
static size_t run_count;
static size_t counts[SKIPPED + 1];
static bool quiet;
static int patience = 1;
static sigset_t awaited; /* blocked here, asked for by sigtimedwait */

void test_register(struct test *t)
{
	*last = t;
	last = &t->next;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	perror(what);
	exit(2);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- one test ------------------------------------------------------------ */

static void __attribute__((noreturn)) child(const struct run *r)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_UNBLOCK, &awaited, NULL);
	int nothing = open("/dev/null", O_RDONLY);
	if (nothing < 0 || chdir(r->folder) != 0)
		give_up(r->folder);
	dup2(nothing, STDIN_FILENO);
	dup2(r->output, STDOUT_FILENO);
	dup2(r->output, STDERR_FILENO);
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("TZ", "UTC", 1);
	r->test->run();
	exit(0);
}

static void start(struct run *r)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(r->folder, sizeof(r->folder), "%s/test.XXXXXX",
	    tmp && strlen(tmp) < sizeof(r->folder) - 16 ? tmp : "/tmp");
	if (!mkdtemp(r->folder))
		give_up(r->folder);
	r->output = memfd_create("output", MFD_CLOEXEC);
	if (r->output < 0)
		give_up("memfd_create");
	fflush(NULL);
	r->pid = fork();
	if (r->pid < 0)
		give_up("fork");
	if (r->pid == 0)
		child(r);
	setpgid(r->pid, r->pid);
	r->result = RUNNING;
	r->deadline_ms = now_ms() + (int64_t)r->test->limit_s * 1000 * patience;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* clean_up ends what the test left running before it takes the folder away. */
static void clean_up(const struct run *r)
{
	kill(-r->pid, SIGKILL);
	while (waitpid(-r->pid, NULL, 0) > 0 || errno == EINTR)
		;
	nftw(r->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void end(struct run *r, int status)
{
	clean_up(r);
	r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (r->signal)
		r->result = CRASHED;
	else if (WEXITSTATUS(status) == STATUS_SKIPPED)
		r->result = SKIPPED;
	else
		r->result = WEXITSTATUS(status) == 0 ? OK : FAILED;
	counts[r->result]++;
}

/* has_ended looks whether a running test is over, or makes it so when its time is. */
static bool has_ended(struct run *r)
{
	int status;
	if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
		end(r, status);
	} else if (now_ms() >= r->deadline_ms) {
		clean_up(r);
		r->result = HUNG;
		counts[HUNG]++;
	}
	return r->result != RUNNING;
}

/* ---- what is shown ------------------------------------------------------- */

/* read_output gives the end of what the test said; free it. */
static char *read_output(const struct run *r)
{
	char *text = calloc(1, OUTPUT_MAX + 1);
	off_t size = lseek(r->output, 0, SEEK_END);
	off_t from = size > OUTPUT_MAX ? size - OUTPUT_MAX : 0;
	if (!text || pread(r->output, text, OUTPUT_MAX, from) < 0)
		give_up("output");
	return text;
}

static void print_output(char *text)
{
	char *rest = text, *line;
	while ((line = strsep(&rest, "\n")))
		if (*line || rest)
			printf("\t%s\n", line);
}

static const char *last_line(char *text)
{
	size_t length = strlen(text);
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	const char *line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void print_file(const struct test *t)
{
	static const char *shown;
	if (shown && strcmp(shown, t->file) == 0)
		return;
	shown = t->file;
	const char *name = strrchr(t->file, '/');
	printf("%s\n", name ? name + 1 : t->file);
}

static void print_result(const struct run *r, char *output)
{
	const char *sentence = r->test->sentence;
	switch (r->result) {
	case WAITING:
	case RUNNING:
		return;
	case OK:
		printf("  ok    %s\n", sentence);
		return;
	case SKIPPED:
		printf("  skip  %s (%s)\n", sentence, last_line(output));
		return;
	case FAILED:
		printf("  FAIL  %s\n", sentence);
		break;
	case CRASHED:
		printf("  CRASH %s (%s)\n", sentence, strsignal(r->signal));
		break;
	case HUNG:
		printf("  HANG  %s (no result in %d s)\n", sentence, r->test->limit_s * patience);
		break;
	}
	print_output(output);
}

static void show(const struct run *r)
{
	if (!quiet || (r->result != OK && r->result != SKIPPED)) {
		char *output = read_output(r);
		print_file(r->test);
		print_result(r, output);
		fflush(stdout);
		free(output);
	}
	close(r->output);
}

/* ---- all of them --------------------------------------------------------- */

/* interrupted leaves nothing behind when somebody stops the runner. */
static void __attribute__((noreturn)) interrupted(int signal)
{
	for (size_t i = 0; i < run_count; i++)
		if (runs[i].result == RUNNING)
			clean_up(&runs[i]);
	exit(128 + signal);
}

/* pause_until waits for a child to end, at most until the next deadline. */
static void pause_until(int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - now_ms();
	if (left_ms < 0)
		left_ms = 0;
	struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
	int signal = sigtimedwait(&awaited, NULL, &left);
	if (signal > 0 && signal != SIGCHLD)
		interrupted(signal);
}

/* look_at_running counts the tests that go on and gives the next of their deadlines. */
static size_t look_at_running(int64_t *deadline_ms)
{
	size_t running = 0;
	*deadline_ms = INT64_MAX;
	for (size_t i = 0; i < run_count; i++) {
		struct run *r = &runs[i];
		if (r->result != RUNNING || has_ended(r))
			continue;
		running++;
		if (r->deadline_ms < *deadline_ms)
			*deadline_ms = r->deadline_ms;
	}
	return running;
}

static void run_all(void)
{
	size_t shown = 0, started = 0, running = 0;
	int64_t deadline_ms;
	while (shown < run_count) {
		for (; running < AT_ONCE && started < run_count; running++)
			start(&runs[started++]);
		running = look_at_running(&deadline_ms);
		for (; shown < started && runs[shown].result != RUNNING; shown++)
			show(&runs[shown]);
		if (running == AT_ONCE || (running > 0 && started == run_count))
			pause_until(deadline_ms);
	}
}

static void choose(const char *part)
{
	size_t room = 0;
	for (const struct test *t = first; t; t = t->next)
		room++;
	runs = calloc(room + 1, sizeof(*runs));
	if (!runs)
		give_up("calloc");
	for (const struct test *t = first; t; t = t->next)
		if (!part || strstr(t->sentence, part))
			runs[run_count++].test = t;
}

static void prepare(void)
{
	const char *factor = getenv("TEST_PATIENCE");
	if (factor && strtol(factor, NULL, 10) > 0)
		patience = (int)strtol(factor, NULL, 10);
	test_start_folder = getcwd(NULL, 0);
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGTERM);
	sigprocmask(SIG_BLOCK, &awaited, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(int argc, char **argv)
{
	const char *part = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-q") == 0)
			quiet = true;
		else
			part = argv[i];
	}
	prepare();
	choose(part);
	run_all();
	size_t bad = counts[FAILED] + counts[CRASHED] + counts[HUNG];
	printf("%zu passed, %zu failed", counts[OK], bad);
	if (counts[SKIPPED])
		printf(", %zu skipped", counts[SKIPPED]);
	printf("\n");
	free(runs);
	free(test_start_folder);
	/* No test at all is a fault, unless other programs have those asked for. */
	return bad == 0 && (run_count > 0 || part) ? 0 : 1;
}
