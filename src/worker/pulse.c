/*
 * pulse - the page that a worker shares with its supervisor.
 *
 * The id is written before the mark that says it counts, and the supervisor reads it of a
 * process that is dead or hangs, so neither side ever waits for the other.
 */
#include "pulse.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

struct pulse {
	_Atomic int64_t turned_ms;
	_Atomic bool within; /* a step of this job */
	char job[65];
};

static struct pulse own;
static struct pulse *pulse = &own;

static struct pulse *map(int fd)
{
	void *page = mmap(NULL, sizeof *pulse, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return page == MAP_FAILED ? NULL : page;
}

struct pulse *pulse_new(int *fd)
{
	*fd = memfd_create("pulse", MFD_CLOEXEC);
	if (*fd < 0)
		return NULL;
	struct pulse *p = ftruncate(*fd, sizeof *p) == 0 ? map(*fd) : NULL;
	if (!p) {
		(void)close(*fd);
		*fd = -1;
	}
	return p;
}

void pulse_start(struct pulse *p)
{
	p->within = false;
	p->turned_ms = clock_mono_ms();
}

int64_t pulse_last(const struct pulse *p)
{
	return p->turned_ms;
}

const char *pulse_job(const struct pulse *p, char id[65])
{
	text_copy(id, 65, p->within ? p->job : "");
	return id;
}

/* ---- the child's end ------------------------------------------------------------- */

void pulse_join(int fd)
{
	struct pulse *p = map(fd);
	(void)close(fd);
	if (p)
		pulse = p;
}

void pulse_beat(void)
{
	pulse->turned_ms = clock_mono_ms();
}

void pulse_enter(const char *job)
{
	text_copy(pulse->job, sizeof pulse->job, job);
	pulse->within = true;
}

void pulse_leave(void)
{
	pulse->within = false;
}
