/* The runner with job types of this test's own, in a worker process before a real Redis. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "queue_rig.h"
#include "worker.h"

enum { DOZE_MS = 20, SLEEP_MS = 50000, DEADLINE_MS = 300, TIDY_MS = 500, LATER_MS = 300 };

static enum next doze(struct job *j)
{
	return job_sleep(j, DOZE_MS, 0);
}

static enum next lie_down(struct job *j)
{
	return job_sleep(j, SLEEP_MS, 0);
}

/* One who is cancelled and has something to put in order, which then turns out to be done. */
static enum next tidy(struct job *j)
{
	int *rounds = job_state(j);
	return (*rounds)++ ? job_done(j) : job_sleep(j, TIDY_MS, 0);
}

static int has_to_tidy(struct job *j)
{
	(void)j;
	return 1;
}

/* One who lets go of its place until later, and pushes another when it is back. */
static enum next wait_elsewhere(struct job *j)
{
	if (!progress_saved(j)) {
		progress_save(j, json_pack("{s:i}", "told", 7));
		progress_message(j, "%s", job_text_option(j, "display_name"));
		return job_later(j, LATER_MS);
	}
	job_push(
	    j, json_pack("{s:i s:s s:s s:s s:s s:{s:s}}", "v", 1, "id", "child", "type", "patient",
		   "school", job_school_id(j), "run", job_run(j), "class", "id", "9Z"));
	progress_message(
	    j, "told %d of %s", (int)json_int(progress_saved(j), "told", 0), job_run(j));
	return job_done(j);
}

static const struct step waiting[] = {{"wait", "Waiting", wait_elsewhere, NULL, {0}}};
static const struct step dozing[] = {{"doze", "Dozing", doze, NULL, {0}}};
static const struct step sleeping[] = {{"lie down", "Sleeping", lie_down, NULL, {0}}};
static const struct step tidying[] = {
    {"lie down", "Sleeping", lie_down, NULL, {0}}, {"tidy", "Tidying up", tidy, NULL, {0}}};

static const struct job_type endless = {
    .name = "endless", .steps = dozing, .deadline_ms = DEADLINE_MS, .local = true};
static const struct job_type patient = {
    .name = "patient", .steps = sleeping, .deadline_ms = 2 * SLEEP_MS, .local = true};

static const struct job_type later = {
    .name = "later", .steps = waiting, .deadline_ms = 2 * SLEEP_MS, .local = true};

static const struct job_type tidy_one = {.name = "tidy",
    .steps = tidying,
    .deadline_ms = 2 * SLEEP_MS,
    .state_size = sizeof(int),
    .winding_up = has_to_tidy,
    .local = true};

const struct job_type *const job_types[] = {&endless, &patient, &tidy_one, &later, NULL};

static pid_t worker;

static void begin(void)
{
	rig_begin(NULL);
	const char *secret = test_write("secret", "s\n");
	CHECK(chmod(secret, 0600) == 0);
	(void)setenv("ROLLCALL_CONF", "/dev/null", 1);
	(void)setenv("ROLLCALL_REDIS_URL", rig.url, 1);
	(void)setenv("ROLLCALL_QUEUE_NAME", "t", 1);
	(void)setenv("ROLLCALL_APP_CLIENT_ID", "11111111-1111-1111-1111-111111111111", 1);
	(void)setenv("ROLLCALL_APP_CLIENT_SECRET_FILE", secret, 1);
	worker = fork();
	CHECK(worker >= 0);
	if (worker == 0)
		_exit(worker_run(NULL, "w"));
	WAIT(rig_number("EXISTS " P "alive") == 1);
}

static void end(void)
{
	int status = 0;
	CHECK(kill(worker, SIGTERM) == 0);
	CHECK(waitpid(worker, &status, 0) == worker);
	CHECK_INT(status, 0);
	rig_recount(false);
	rig_end();
}

TEST("a job that goes round in a healthy worker without end is given up at its deadline")
{
	begin();
	rig_push("e", "endless", "s", "8B", "");
	rig_push("p", "patient", "s", "8C", "");
	WAIT(rig_is("e", "failed"));
	CHECK_STR(rig_field("e", "error_code"), "timed_out");
	CHECK_STR(rig_field("e", "attempt"), "1");
	CHECK(
	    rig_number("HGET " P "job:e finished_at") - rig_number("HGET " P "job:e started_at") >=
	    DEADLINE_MS - DOZE_MS);
	CHECK_INT(rig_number("ZCARD " P "dead"), 1);
	CHECK_STR(rig_field("p", "state"), "running");
	end();
}

TEST("a job that sleeps is woken by its cancelling")
{
	begin();
	rig_push("p", "patient", "s", "8C", "");
	WAIT(strcmp(rig_field("p", "phase"), "Sleeping") == 0);
	rig_cancel("p");
	WAIT(rig_is("p", "cancelled"));
	CHECK_STR(rig_field("p", "cancelled_by"), "staff-1");
	end();
}

TEST("while a cancelled job puts things in order its record says who wants it to end")
{
	begin();
	rig_push("t", "tidy", "s", "8D", "");
	WAIT(strcmp(rig_field("t", "phase"), "Sleeping") == 0);
	int64_t rev = rig_number("HGET " P "job:t rev");
	rig_cancel("t");
	WAIT(strcmp(rig_field("t", "cancelled_by"), "staff-1") == 0);
	CHECK_STR(rig_field("t", "state"), "running");
	CHECK_STR(rig_field("t", "phase"), "Tidying up");
	CHECK(rig_number("HGET " P "job:t rev") > rev);
	WAIT(rig_is("t", "done"));
	CHECK_STR(rig_field("t", "cancelled_by"), "");
	end();
}

TEST("a job that lets go until later holds no place meanwhile, and goes on with its checkpoint")
{
	begin();
	static const char text[] =
	    "{\"v\":1,\"id\":\"l\",\"type\":\"later\",\"school\":\"s\",\"run\":\"r-1\","
	    "\"options\":{\"display_name\":\"8B\"},\"class\":{\"id\":\"8E\"}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("l", "waiting"));
	CHECK_STR(rig_field("l", "message"), "8B");
	CHECK_STR(rig_field("l", "worker"), "");
	CHECK_INT(rig_number("ZCARD " P "due"), 1);
	WAIT(rig_is("l", "done"));
	CHECK_STR(rig_field("l", "attempt"), "2");
	CHECK_STR(rig_field("l", "message"), "told 7 of r-1");
	WAIT(strcmp(rig_field("child", "phase"), "Sleeping") == 0);
	CHECK_INT(rig_number("EXISTS " P "run:s:r-1"), 0);
	end();
}
