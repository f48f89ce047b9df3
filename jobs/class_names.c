/* class_names - what a class's name in Microsoft 365 is made of. */
#include "class_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "naming.h"

static const char *setting(struct job *j, const char *name)
{
	return json_text_or(job_school(j)->settings, name, "");
}

struct class_names class_names_of(struct job *j, const json_t *class)
{
	const struct class_record *c = job_class(j);
	const char *own = json_text(job_school(j)->settings, "identifier");
	const char *name = json_text_or(class, "name", c->name[0] ? c->name : c->id);
	struct class_names n = {
	    .group = json_text_or(class, "group", name),
	    .identifier = own ? own : setting(j, "dfe_code"),
	};
	naming_year(json_text_or(class, "starts", ""), n.year);
	if (!n.year[0])
		naming_year(json_text_or(class, "year", c->year), n.year);
	return n;
}

bool class_has_rule(struct job *j)
{
	return strcmp(setting(j, "naming"), "rule") == 0 ||
	       strcmp(setting(j, "target"), "class") == 0;
}

void class_want_nickname(struct job *j, const json_t *class)
{
	const struct class_record *c = job_class(j);
	if (!class_has_rule(j) || c->team_id[0])
		return;
	struct class_names n = class_names_of(j, class);
	char *plain = naming_nickname(&(struct naming){n.group, n.identifier, n.year, c->id}, 1);
	char *key = plain ? naming_key(plain) : NULL;
	if (strcmp(key ? key : "", c->nickname_wanted) != 0)
		record_nickname_wanted(j, key ? key : "");
	free(key);
	free(plain);
}

/* ---- the tenant -------------------------------------------------------------------------- */

const char *tenant_put_domain(struct job *j, const json_t *answer)
{
	const char *domain = tenant_default_domain(answer);
	if (domain)
		record_school(j, "default_domain", domain);
	return domain;
}

/* Rules that may not be read are not known to be none. */
void tenant_put_policy(struct job *j, const struct answer *a)
{
	char at[32];
	json_t *policy = a->status == 200 ? naming_policy(a->body) : NULL;
	char *text = policy ? json_write(policy) : NULL;
	(void)!snprintf(at, sizeof at, "%lld", (long long)job_now(j));
	if (a->status == 200)
		record_school(j, "naming_policy", text ? text : "");
	record_school(j, "names_read_at", at);
	free(text);
	json_decref(policy);
}
