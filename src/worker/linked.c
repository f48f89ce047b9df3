/*
 * linked - jobs of a school whose teachers link their own accounts: each runs as the teacher
 * who asked for it, with what that teacher may do at Microsoft's.
 *
 * Whether there is a linked account is looked up before Microsoft is asked for anything. A job
 * whose account is refused while it runs ends at once; what was done is kept, and it can be
 * started again when the account is linked again.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "vault.h"
#include "worker_int.h"

bool job_is_delegated(const struct job *j)
{
	return strcmp(j->records->school.auth, "app") != 0;
}

enum next job_fail_relink(struct job *j)
{
	return job_fail(j, "relink_required",
	    "Microsoft does not accept the linked account any more. Open My User Settings, "
	    "Microsoft Connection, press Reconnect and sign in; then start this again. What was "
	    "done so far is kept.");
}

enum next job_fail_not_linked(struct job *j)
{
	return job_fail(j, "not_connected",
	    "Whoever asks for this has to link a Microsoft account first: My User Settings, "
	    "Microsoft Connection, Connect. What was done so far is kept.");
}

/* other_tenant: the school's tenant was corrected after the account was linked. */
static bool other_tenant(const struct job *j, const struct connection *c)
{
	const char *tenant = j->records->school.tenant_id;
	return *tenant && strcasecmp(tenant, c->tenant) != 0;
}

static enum next fail_other_tenant(struct job *j, const char *name, const struct connection *c)
{
	const struct queue *q = j->worker->queue;
	connection_break(queue_redis(j->worker->queue), queue_prefix(q), name, c->link, c->sealed,
	    "other_tenant", NULL, NULL);
	return job_fail(j, "relink_required",
	    "The linked account belongs to another organisation than this school does at "
	    "Microsoft. Open My User Settings, Microsoft Connection, press Reconnect and sign in "
	    "with the school's account.");
}

static enum next take(struct job *j, const char *name, const struct connection *c)
{
	if (c->state == CONNECTION_NONE)
		return job_fail_not_linked(j);
	if (c->state == CONNECTION_RELINK)
		return job_fail_relink(j);
	if (other_tenant(j, c))
		return fail_other_tenant(j, name, c);
	free(j->tenant);
	free(j->account);
	free(j->account_id);
	j->tenant = xstrdup(c->tenant);
	j->account = vault_account(name, c);
	j->account_id = xstrdup(c->account);
	return NEXT_CALL;
}

static void fail(struct job *j, enum next next)
{
	job_forget_wanted(j);
	job_go_on(j, next);
}

static char *name_of(const struct job *j)
{
	return connection_name(j->school_id, j->requested_by);
}

static void connection_there(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct job *j = ctx;
	j->reading = false;
	if (j->ended) {
		job_drop(j);
	} else if (e) {
		job_not_opened(j, e);
	} else {
		char *name = name_of(j);
		enum next next = take(j, name, c);
		free(name);
		if (next == NEXT_CALL)
			job_opened(j);
		else
			fail(j, next);
	}
	school_clear(s);
	connection_clear(c);
}

void job_call_connection(struct job *j)
{
	struct queue *q = j->worker->queue;
	char *name = name_of(j);
	if (!name) {
		fail(j, job_fail_not_linked(j));
		return;
	}
	j->reading = true;
	connection_read(queue_redis(q), queue_prefix(q), name, connection_there, j);
	free(name);
}
