/* groups_rig - the groups that a set made by hand gives, for the tests of groups and of what each
 * becomes. */
#ifndef GROUPS_RIG_H
#define GROUPS_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "group_int.h"
#include "set_rig.h"

static struct faults faults;
static struct groups_told told;
static json_t *made;		/* class id -> class object */
static json_t *digests;		/* class id -> digest */
static char order[1024];	/* the ids, as they came */

static inline int take(void *ctx, const struct group *g)
{
	(void)ctx;
	size_t used = strlen(order);
	(void)!snprintf(order + used, sizeof order - used, "%s%s", used ? " " : "", g->id);
	json_object_set_new(made, g->id, json_loads(g->text, 0, NULL));
	json_object_set_new(digests, g->id, json_string(g->digest));
	CHECK_INT(strlen(g->text), g->length);
	return 0;
}

static inline struct group_rules plain_rules(void)
{
	return (struct group_rules){.source = "", .org = "", .staff_domain = "", .year = "2020",
	    .today = day("2026-11-22")};
}

static inline void group_by(struct group_rules rules)
{
	set_ready();
	json_decref(made);
	json_decref(digests);
	made = json_object();
	digests = json_object();
	order[0] = '\0';
	faults_clear(&faults);
	faults_init(&faults);
	CHECK_INT(roster_groups(&set, &rules, &faults, &told, take, NULL), 0);
}

static inline void group(void)
{
	group_by(plain_rules());
}

static inline void end(void)
{
	json_decref(made);
	json_decref(digests);
	made = digests = NULL;
	faults_clear(&faults);
	set_end();
}

static inline const char *of(const char *class, const char *key)
{
	return json_text_or(json_map(made, class), key, "(none)");
}

static inline json_t *nth(const char *class, const char *list, size_t n)
{
	return json_array_get(json_list(json_map(made, class), list), n);
}

static inline bool is_owner(const char *class, size_t n)
{
	return json_bool(nth(class, "teachers", n), "owner", true);
}

#endif
