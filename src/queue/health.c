/*
 * health - telling the operator how Redis does: one line when something is amiss, with what
 * to do about it, another one when it is something else, and one when all is well again.
 *
 * In between the worker looks again, and says so to nobody: every second at least, because
 * most trouble is over by itself, and then jobs are to run within two. Only what lasts until
 * somebody has done something is looked at ever more seldom.
 */
#include <string.h>

#include "log.h"
#include "queue_int.h"

enum { LASTING_PAUSE_MAX_MS = 30000, PASSING_PAUSE_MAX_MS = 1000 };

static const char down[] = "down";

/* By the first word of what Redis said. */
static const struct {
	const char *word, *remedy;
	bool lasting;
} refusals[] = {
    {down, "Start Redis, or correct redis.url and its password; no job is lost meanwhile.", false},
    {"NOPERM", "Give the user of redis.url the rights that users.acl has for the worker.", true},
    {"NOAUTH", "Put user and password of this Redis into redis.url.", true},
    {"READONLY", "This is a replica: let redis.url name the master, or its Sentinels.", true},
    {"OOM", "Give Redis more memory (maxmemory), or take out of it what is not Rollcall's.", false},
    {"MISCONF", "Redis cannot write to its disk: see its log.", false},
    {"UNBLOCKED", "Redis is changing over; look at it if this stays the last line.", false},
    {"NOREPLICAS", "Start the replicas that min-replicas-to-write asks for.", false},
    {"BUSY", "Somebody's script keeps Redis from all other work: SCRIPT KILL ends it.", false},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static bool begins(const char *why, const char *word)
{
	size_t length = strlen(word);
	return strncmp(why, word, length) == 0 && (why[length] == ' ' || !why[length]);
}

static int find(const char *why)
{
	int i = 0;
	while (i < REFUSALS && !begins(why, refusals[i].word))
		i++;
	return i;
}

static const char *remedy_of(const char *why)
{
	int i = find(why);
	return i < REFUSALS ? refusals[i].remedy : "rollcall doctor";
}

/* Once for each kind of trouble until all is well. */
static bool is_news(struct queue *q, const char *why)
{
	char word[sizeof q->amiss];
	text_copy(word, sizeof word, why);
	word[strcspn(word, " ")] = '\0';
	if (strcmp(word, q->amiss) == 0)
		return false;
	text_copy(q->amiss, sizeof q->amiss, word);
	return true;
}

void queue_tell_down(struct queue *q, const char *why)
{
	q->well = false;
	if (q->amiss[0])
		return; /* a connection that is given up after a refusal is that trouble still */
	(void)is_news(q, down);
	log_warn("redis_down", log_str("error", why), log_str("remedy", remedy_of(down)));
}

int64_t queue_tell_refused(struct queue *q, const char *call, const char *why)
{
	int i = find(why);
	int64_t most =
	    i < REFUSALS && refusals[i].lasting ? LASTING_PAUSE_MAX_MS : PASSING_PAUSE_MAX_MS;
	q->well = false;
	if (is_news(q, why)) {
		q->pause_ms = 0;
		log_warn("redis_refused", log_str("call", call), log_str("error", why),
		    log_str("remedy", remedy_of(why)));
	}
	q->pause_ms = q->pause_ms ? 2 * q->pause_ms : RETRY_PAUSE_MS;
	if (q->pause_ms > most)
		q->pause_ms = most;
	return q->pause_ms;
}

void queue_tell_well(struct queue *q)
{
	if (q->well)
		return;
	q->well = true;
	q->amiss[0] = '\0';
	q->pause_ms = 0;
	log_info("redis_up");
}
