/*
 * groups - chooses the groups of a roster that become classes.
 *
 *	a class of the set -> its school? -> its kind extracted? -> its year runs? -> excluded?
 *	a learner's grades -> the year group of each
 *
 * What is left out is counted.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "group_int.h"
#include "roster_years.h"
#include "store.h"

const struct roster_source roster_sources[] = {
    {"", true, false},
    {"scholarpack", false, false}, /* teaching groups are not extracted (requirements 8.6) */
    {"seemis", true, true},	   /* all staff of a group own its class (8.5) */
    {NULL, true, false},
};

struct grouping {
	const struct roster_set *set;
	const struct group_rules *rules;
	const struct roster_source *source;
	struct faults *faults;
	struct groups_told *told;
	struct years years;
	struct set_missing missing; /* from the year groups */
	group_fn fn;
	void *ctx;
	char year[8]; /* in which the one that runs starts */
};

static const struct roster_source *source_of(const char *word)
{
	for (const struct roster_source *s = roster_sources; s->word; s++)
		if (strcasecmp(s->word, word) == 0)
			return s;
	return &roster_sources[0];
}

/* ---- what is left out ---------------------------------------------------------------------- */

static bool is_wanted_school(const struct grouping *g, const struct set_org *school)
{
	const char *wanted = g->rules->org;
	for (; school && *wanted; school = school->parent)
		if (strcmp(school->id, wanted) == 0 || strcmp(school->identifier, wanted) == 0)
			return true;
	return !*wanted;
}

/* Whose parents are not all there may belong to the school that is wanted. */
static bool may_be_wanted(const struct set_org *school)
{
	while (school && !school->parent_unread)
		school = school->parent;
	return school != NULL;
}

static bool names_it(const struct grouping *g, const char *rule, const char *text, int flags)
{
	size_t i;
	const json_t *one;
	json_array_foreach (json_list(g->rules->exclude, rule), i, one)
		if (json_is_string(one) && fnmatch(json_string_value(one), text, flags) == 0)
			return true;
	return false;
}

static bool names_a_grade(const struct grouping *g, const char *grades)
{
	size_t i;
	const json_t *one;
	char grade[GRADE_ROOM], rule[GRADE_ROOM];
	while (grade_next(&grades, grade))
		json_array_foreach (json_list(g->rules->exclude, "grades"), i, one) {
			const char *said = json_is_string(one) ? json_string_value(one) : "";
			if (grade_next(&said, rule) && strcmp(rule, grade) == 0)
				return true;
		}
	return false;
}

static bool is_excluded(
    const struct grouping *g, enum group_kind kind, const char *name, const char *grades)
{
	return names_it(g, "kinds", group_kind_name(kind), 0) ||
	       names_it(g, "names", name, FNM_CASEFOLD) || names_a_grade(g, grades);
}

static enum group_kind kind_of(const struct set_class *c)
{
	return c->homeroom ? GROUP_REGISTRATION : GROUP_TEACHING;
}

/* is_taken tells whether a class becomes a group, and counts why not. */
static bool is_taken(struct grouping *g, const struct set_class *c, struct school_year *days)
{
	enum group_kind kind = kind_of(c);
	uint64_t *why = NULL;
	*days = (struct school_year){NO_DAY, NO_DAY};
	if (!is_wanted_school(g, c->school))
		why = &g->told->other_schools;
	else if (kind == GROUP_TEACHING && !g->source->teaching)
		why = &g->told->not_extracted;
	else if (!years_place(&g->years, c, days))
		why = &g->told->other_years;
	else if (is_excluded(g, kind, c->title, c->grades))
		why = &g->told->excluded;
	if (why)
		(*why)++;
	return !why;
}

/* is_unsure: a class that seems to be of another year, or school, may be of this one by a term, a
 * session or a parent whose row could not be read. */
static bool is_unsure(const struct grouping *g, const struct set_class *c)
{
	struct school_year days;
	enum group_kind kind = kind_of(c);
	bool is_lost =
	    is_wanted_school(g, c->school)
		? (g->set->unread.sessions || c->term_unread) && !years_place(&g->years, c, &days)
		: may_be_wanted(c->school);
	return is_lost && (kind == GROUP_REGISTRATION || g->source->teaching) &&
	       !is_excluded(g, kind, c->title, c->grades);
}

/* ---- one group ------------------------------------------------------------------------------ */

static void year_text(int32_t day, const char *otherwise, char text[8])
{
	char room[DAY_ROOM];
	(void)text_copy(text, 8, day == NO_DAY ? otherwise : day_text(day, room));
	if (day != NO_DAY)
		text[4] = '\0';
}

static void look_at_class(struct groups_told *told, const struct group *made)
{
	told->members += made->learners;
	told->without_learner += made->learners == 0;
	told->without_teacher += made->teachers == 0;
}

/* give hands over a group, whose class object ends here. */
static int give(struct grouping *g, struct group *made, json_t *class)
{
	char *text = json_write(class);
	json_decref(class);
	made->text = text;
	made->length = strlen(text);
	text_digest(text, made->length, made->digest);
	g->told->made[made->kind]++;
	int rc = g->fn(g->ctx, made);
	free(text);
	return rc;
}

static int give_class(struct grouping *g, const struct set_class *c, const struct school_year *days)
{
	char year[8];
	struct group made = {.kind = GROUP_TEACHING};
	struct group_style style = {
	    g->source, g->rules->staff_domain, *days, year, &c->missing, &g->set->astray};
	year_text(days->starts, g->year, year);
	json_t *class = group_class(&made, c, &style, &g->told->disabled);
	look_at_class(g->told, &made);
	return give(g, &made, class);
}

static int give_unsure(struct grouping *g, const struct set_class *c)
{
	struct group made = {.kind = kind_of(c), .text = "", .unsure = true};
	group_id(c->id, made.id);
	return g->fn(g->ctx, &made);
}

/* ---- year groups ------------------------------------------------------------------------------ */

struct graded {
	char grade[GRADE_ROOM];
	const struct set_person *person;
};

static int by_grade(const void *a, const void *b)
{
	const struct graded *one = a, *other = b;
	int order = strcmp(one->grade, other->grade);
	return order ? order : strcmp(one->person->id, other->person->id);
}

static bool is_here(const struct grouping *g, const struct set_person *p)
{
	bool here = !*g->rules->org || p->here;
	for (size_t i = 0; i < p->school_count && !here; i++)
		here = is_wanted_school(g, p->schools[i]);
	return here;
}

/* Nobody knows of all their schools which they are. */
static bool may_be_here(const struct set_person *p)
{
	bool may_be = p->school_unread || p->school_count == 0;
	for (size_t i = 0; i < p->school_count && !may_be; i++)
		may_be = may_be_wanted(p->schools[i]);
	return may_be;
}

/* The grades of a learner of the school, and of nobody else; a learner who may be one is
 * missing. */
static const char *grades_here(struct grouping *g, const struct set_person *p)
{
	if (p->role == PERSON_LEARNER && is_here(g, p))
		return p->enabled ? p->grades : "";
	if (p->role == PERSON_LEARNER && may_be_here(p))
		store_miss(g->set->store, &g->missing, p->id);
	return "";
}

/* grades_find gives everybody once for each grade, in the order of grades; free it. */
static struct graded *grades_find(struct grouping *g, size_t *count)
{
	size_t room = 0;
	struct graded *all = NULL, one;
	*count = 0;
	for (size_t i = 0; i < g->set->person_count; i++) {
		one.person = g->set->people[i];
		const char *grades = grades_here(g, one.person);
		while (grade_next(&grades, one.grade)) {
			if (*count == room) {
				room = room ? room * 2 : 1024;
				all = xrealloc(all, room * sizeof *all);
			}
			all[(*count)++] = one;
		}
	}
	if (*count)
		qsort(all, *count, sizeof *all, by_grade);
	return all;
}

static int give_year(struct grouping *g, const struct graded *at, size_t count)
{
	const struct set_person **people = xcalloc(count, sizeof(struct set_person *));
	struct group made = {.kind = GROUP_YEAR};
	static const struct set_missing none;
	struct group_style style = {g->source, "", g->years.current, g->year, &g->missing, &none};
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (n == 0 || people[n - 1] != at[i].person)
			people[n++] = at[i].person;
	json_t *class = year_class(&made, at->grade, people, n, &style);
	free((void *)people);
	return class ? give(g, &made, class) : g->fn(g->ctx, &made);
}

static int give_years(struct grouping *g)
{
	size_t count, last;
	int rc = 0;
	struct graded *all = grades_find(g, &count);
	for (size_t first = 0; first < count && rc >= 0; first = last) {
		for (last = first; last < count; last++)
			if (strcmp(all[last].grade, all[first].grade) != 0)
				break;
		if (is_excluded(g, GROUP_YEAR, all[first].grade, all[first].grade))
			g->told->excluded++;
		else
			rc = give_year(g, all + first, last - first);
	}
	free(all);
	return rc;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void tell_of_year(const struct grouping *g)
{
	const struct school_year *y = &g->years.current;
	char starts[DAY_ROOM], ends[DAY_ROOM], today[DAY_ROOM];
	struct fault_at at = {.value = day_text(y->starts, starts)};
	if (y->starts == NO_DAY || (y->starts <= g->rules->today && y->ends > g->rules->today))
		return;
	faults_add(g->faults, FAULT_WARNING, "year_does_not_run", at,
	    "See whether the source exported the year that was meant",
	    "No school year of the set runs on %s; taken is the one from %s to %s",
	    day_text(g->rules->today, today), starts, day_text(y->ends, ends));
}

int roster_groups(const struct roster_set *s, const struct group_rules *rules, struct faults *f,
    struct groups_told *told, group_fn fn, void *ctx)
{
	struct grouping g = {.set = s,
	    .rules = rules,
	    .faults = f,
	    .told = told,
	    .missing = s->missing,
	    .fn = fn,
	    .ctx = ctx};
	int rc = 0;
	*told = (struct groups_told){0};
	g.source = source_of(rules->source);
	years_find(&g.years, s, rules->today);
	told->year = g.years.current;
	year_text(told->year.starts, rules->year, g.year);
	tell_of_year(&g);
	for (size_t i = 0; i < s->class_count && rc >= 0; i++) {
		struct school_year days;
		if (is_taken(&g, s->classes[i], &days))
			rc = give_class(&g, s->classes[i], &days);
		else if (is_unsure(&g, s->classes[i]))
			rc = give_unsure(&g, s->classes[i]);
	}
	if (rc >= 0)
		rc = give_years(&g);
	years_clear(&g.years);
	return rc < 0 ? rc : 0;
}
