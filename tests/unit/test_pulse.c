/* The page that a worker shares with its supervisor. */
#include "pulse.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "test.h"

static struct pulse *page;
static int fd;

static void begin(void)
{
	clock_fake(1000, 5000);
	page = pulse_new(&fd);
	CHECK(page);
	pulse_start(page);
}

/* What a child does with its end of the page before it dies. */
static void child(void (*lives)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		pulse_join(fd);
		lives();
		_exit(0);
	}
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static void runs(void)
{
	clock_advance(700);
	pulse_beat();
	pulse_enter("job-1");
	pulse_leave();
	pulse_enter("job-22");
}

static void runs_and_rests(void)
{
	runs();
	pulse_leave();
}

TEST("a page says when the loop last turned and which step ran when the process died")
{
	char id[65];
	begin();
	CHECK_STR(pulse_job(page, id), "");
	CHECK_INT(pulse_last(page), 5000);
	child(runs);
	CHECK_INT(pulse_last(page), 5700);
	CHECK_STR(pulse_job(page, id), "job-22");
}

TEST("a process that dies between two steps names no job")
{
	char id[65];
	begin();
	child(runs_and_rests);
	CHECK_STR(pulse_job(page, id), "");
}

TEST("the page of a new process says nothing of the one before it")
{
	char id[65];
	begin();
	child(runs);
	clock_advance(9000);
	pulse_start(page);
	CHECK_STR(pulse_job(page, id), "");
	CHECK_INT(pulse_last(page), 14000);
}
