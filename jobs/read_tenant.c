/*
 * read_tenant - what the school's Microsoft tenant says of names: its default domain, and its
 * own rules for the names of groups. Kept with the school, for whoever shows names before
 * anything is called so.
 *
 *	read_school -> read_tenant -> read_policy -> done
 *
 * It only reads at Microsoft's, so it may run any number of times.
 */
#include "class_names.h"
#include "job.h"

enum { READ_SCHOOL, READ_TENANT, READ_POLICY };
enum { MINUTES_10 = 600000 };

static enum next read_school(struct job *j)
{
	return record_open(j);
}

static enum next school_read(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_TENANT);
}

static enum next read_tenant_names(struct job *j)
{
	return graph_get(j, TENANT_PATH);
}

static enum next tenant_read(struct job *j, const struct answer *a)
{
	if (!tenant_put_domain(j, a->body))
		return job_fail(
		    j, "graph_error", "Microsoft names no default domain of the tenant.");
	return job_goto(j, READ_POLICY);
}

static enum next read_policy(struct job *j)
{
	return graph_get(j, POLICY_PATH);
}

static enum next policy_read(struct job *j, const struct answer *a)
{
	tenant_put_policy(j, a);
	return job_done(j);
}

static const struct step steps[] = {
    [READ_SCHOOL] = {"read_school", "Reading the school", read_school, school_read, {0}},
    [READ_TENANT] = {"read_tenant", "Reading the tenant", read_tenant_names, tenant_read, {0}},
    [READ_POLICY] = {"read_policy", NULL, read_policy, policy_read,
	{400, 403, 404, ANSWER_TROUBLE}},
};

const struct job_type read_tenant = {
    .name = "read-tenant",
    .steps = steps,
    .first = READ_SCHOOL,
    .deadline_ms = MINUTES_10,
};
