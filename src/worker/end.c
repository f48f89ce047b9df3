/*
 * end - how a job leaves this process: ended, released, or dropped because it is somebody
 * else's now. Whatever is still to be said goes with it.
 */
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "worker_int.h"

/* Reasons that are for an operator to look at: kept as dead letters, with the envelope. */
static bool is_dead(const struct job *j)
{
	static const char *const words[] = {"timed_out", "graph_error", "internal"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (j->ending == END_FAILED && strcmp(j->code, words[i]) == 0)
			return true;
	return false;
}

static void log_end(const struct job *j, const char *result)
{
	int64_t now = clock_mono_ms(), ran = now - j->claimed_ms;
	int64_t waited = clock_wall_ms() - ran - j->queued_at;
	log_info("job_ended", log_str("job", j->ticket.id),
	    log_str("type", j->type ? j->type->name : ""), log_str("school", j->school_id),
	    log_str("result", result), log_str("reason", j->code ? j->code : ""),
	    log_int("attempt", j->ticket.attempt), log_int("waited_ms", waited > 0 ? waited : 0),
	    log_int("throttled_ms", j->throttled_ms), log_int("ran_ms", ran));
}

/* The last callback of a touch or a reading may still be to come: it frees the job. */
static void let_go(struct job *j)
{
	j->ended = true;
	timer_clear(j->worker->loop, &j->timer);
	if (j->call)
		job_stop_call(j);
	if (!j->touching && !j->reading)
		job_free(j);
}

void job_drop(struct job *j)
{
	if (!j->ended)
		log_end(j, "lost");
	let_go(j);
}

static void finish(struct job *j)
{
	job_put_progress(j);
	job_put_going_on(j);
	queue_finish(j->worker->queue, &j->ticket, j->ending, is_dead(j), j->again_at,
	    job_change(j), NULL, NULL);
	let_go(j);
}

void job_end(struct job *j)
{
	static const char *const results[] = {
	    [END_DONE] = "done",
	    [END_FAILED] = "failed",
	    [END_CANCELLED] = "cancelled",
	    [END_RELEASE] = "released",
	    [END_RETRY] = "retry",
	};
	bool stays = j->ending == END_RETRY;
	if (j->opened && j->type->ending && !stays)
		j->type->ending(j);
	if (!stays)
		run_put_end(j, results[j->ending]);
	if (j->cancelled_by && (j->ending == END_DONE || j->ending == END_FAILED))
		change_set(job_change(j), "cancelled_by", ""); /* it came too late */
	log_end(j, results[j->ending]);
	finish(j);
}

void job_release(struct job *j)
{
	j->ending = END_RELEASE;
	log_end(j, "released");
	finish(j);
}
