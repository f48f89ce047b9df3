/*
 * night_rules - what a school's settings say of its nights, what the brake makes of that, and
 * how a run that has come to its end is called.
 */
#include <stdlib.h>
#include <string.h>

#include "grace.h"
#include "night.h"

/* ---- settings ----------------------------------------------------------------------------- */

/* "0.25", or "25%". */
static double share_of(const char *text, double otherwise)
{
	char *end;
	double share = strtod(text, &end);
	if (end == text || share < 0)
		return otherwise;
	return *end == '%' || share > 1 ? share / 100 : share;
}

static int64_t count_of(const char *text, int64_t otherwise)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);
	return end == text || n < 0 ? otherwise : n;
}

void night_rules_read(struct job *j, struct night_rules *r, const json_t *settings)
{
	const char *share = json_text_or(settings, "brake_share", "");
	const char *least = json_text_or(settings, "brake_count", "");
	r->kinds = json_text_or(settings, "sync_kinds", "");
	r->year = json_text_or(settings, "current_year", "");
	r->plan = job_text_option(j, "plan");
	r->actions = job_text_option(j, "actions");
	r->delegated = strcmp(job_school(j)->auth, "app") != 0;
	r->share = share_of(share, job_brake_share(j));
	r->least = count_of(least, job_brake_count(j));
	r->grace_days = grace_days(settings);
	job_today(j, r->today);
}

bool night_brakes(
    const struct job *j, const struct night_rules *r, int64_t members, int64_t leavers)
{
	return !job_option(j, "approve_removals") && leavers > 0 && leavers >= r->least &&
	       (double)leavers > r->share * (double)members;
}

/* ---- how it went -------------------------------------------------------------------------- */

void night_end(struct job *j, const json_t *run, const char *state)
{
	static const char *const names[] = {
	    "added", "already_member", "failed", "unresolved", "removed", "removal_failed"};
	struct night_sums sums;
	night_sum(&sums, run);
	run_put(j, "state", state);
	run_put_int(j, "finished_at", job_now(j));
	run_put_int(j, "classes", sums.classes);
	run_put_int(j, "made", sums.made);
	run_put_int(j, "changed", sums.changed);
	run_put_int(j, "failed_classes", sums.failed);
	run_put_int(j, "held_classes", sums.held);
	run_put_int(j, "skipped", sums.skipped);
	for (int i = 0; i < 6; i++)
		run_put_int(j, names[i], sums.counts[i]);
}

static enum next fail_late(struct job *j, const struct night_sums *sums)
{
	return job_fail(j, "timed_out",
	    "%lld of %lld classes were not done within twelve hours. What was done is kept.",
	    (long long)(sums->classes - sums->ended), (long long)sums->classes);
}

static enum next fail_held(struct job *j, int64_t members, int64_t leavers)
{
	return job_fail(j, "removals_need_approval",
	    "%lld of %lld memberships in this school would end. Everybody was added and nobody "
	    "removed: look at the report, then run the school again with the removals approved.",
	    (long long)leavers, (long long)members);
}

/* A night is good when it came to its end and nobody has to decide before the next one. */
enum next night_close(
    struct job *j, const struct night_rules *r, const json_t *run, int64_t members, int64_t leavers)
{
	struct night_sums sums;
	night_sum(&sums, run);
	bool late = sums.ended < sums.classes, held = r->held && sums.held > 0;
	bool partly = sums.failed > 0 || sums.held > 0 || sums.stuck > 0;
	night_end(j, run, late ? "unfinished" : held ? "held" : partly ? "partly" : "done");
	if (late)
		return fail_late(j, &sums);
	if (held)
		return fail_held(j, members, leavers);
	if (!job_option(j, "dry_run") && !*r->actions)
		run_was_good(j);
	progress_message(j,
	    "%lld classes: %lld made, %lld changed, %lld could not be done, %lld held by the "
	    "brake.",
	    (long long)sums.classes, (long long)sums.made, (long long)sums.changed,
	    (long long)sums.failed, (long long)sums.held);
	return job_done(j);
}
