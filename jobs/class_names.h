/* class_names - what a class's name in Microsoft 365 is made of. */
#ifndef CLASS_NAMES_H
#define CLASS_NAMES_H

#include "job.h"

/* For the answer of record_open: the group's name as the roster has it, the school's
 * identifier as entered (its own, else the DfE code), both borrowed, and the year in which
 * the academic year of the class begins. */
struct class_names {
	const char *group, *identifier;
	char year[5];
};
struct class_names class_names_of(struct job *j, const json_t *class);

/* class_has_rule: the school's classes are called by the rule of requirements 10. */
bool class_has_rule(struct job *j);

/* class_want_nickname says which nickname the class would have if nobody else wanted it, so
 * that of several the first by id gets it whoever is made first. */
void class_want_nickname(struct job *j, const json_t *class);

/* What the school's tenant says of names, kept with the school. tenant_put_domain reads the
 * answer to TENANT_PATH and gives its default domain, borrowed, or NULL; tenant_put_policy the
 * answer to POLICY_PATH, and that both were read now. */
#define TENANT_PATH "/organization?$select=verifiedDomains"
#define POLICY_PATH "/groupSettings"
const char *tenant_put_domain(struct job *j, const json_t *answer);
void tenant_put_policy(struct job *j, const struct answer *a);

#endif
