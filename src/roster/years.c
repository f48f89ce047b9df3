/*
 * years - the school years of a roster, and which of them runs.
 *
 * The sessions of a set are trees: terms below semesters below a school year. A year's days are
 * those of its tree, since some sources end the year before its last term. The year a session
 * calls itself is not asked: that is the one in which it ends.
 */
#include "roster_years.h"

#include <stdlib.h>
#include <strings.h>

#include "buf.h"

enum { PARENTS_MAX = 16 };

/* The session of type schoolYear above, or the topmost one. */
static const struct set_session *root_of(const struct set_session *s)
{
	for (int i = 0; i < PARENTS_MAX && s->parent; i++) {
		if (strcasecmp(s->type, "schoolYear") == 0)
			break;
		s = s->parent;
	}
	return s;
}

static void widen(struct school_year *y, int32_t starts, int32_t ends)
{
	if (starts != NO_DAY && (y->starts == NO_DAY || starts < y->starts))
		y->starts = starts;
	if (ends != NO_DAY && (y->ends == NO_DAY || ends > y->ends))
		y->ends = ends;
}

static struct year_tree *tree_of(const struct years *all, const struct set_session *root)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].root == root)
			return &all->at[i];
	return NULL;
}

/* latest_begun prefers what has begun, and of that the latest; else the first to begin. */
static bool is_better(const struct school_year *y, const struct school_year *than, int32_t today)
{
	if (than->starts == NO_DAY)
		return true;
	bool begun = y->starts <= today, than_begun = than->starts <= today;
	if (begun != than_begun)
		return begun;
	return begun ? y->starts > than->starts : y->starts < than->starts;
}

void years_find(struct years *all, const struct roster_set *s, int32_t today)
{
	*all = (struct years){.at = xcalloc(s->session_count + 1, sizeof *all->at)};
	bool named = false;
	for (size_t i = 0; i < s->session_count; i++) {
		const struct set_session *one = s->sessions[i], *root = root_of(one);
		struct year_tree *tree = tree_of(all, root);
		if (!tree) {
			tree = &all->at[all->count++];
			tree->root = root;
			tree->named = strcasecmp(root->type, "schoolYear") == 0;
			named = named || tree->named;
		}
		widen(&tree->days, one->starts_day, one->ends_day);
	}
	for (size_t i = 0; i < all->count; i++) {
		const struct year_tree *tree = &all->at[i];
		if (tree->named == named && tree->days.starts != NO_DAY &&
		    is_better(&tree->days, &all->current, today)) {
			all->current = tree->days;
			all->current_root = tree->root;
		}
	}
}

void years_clear(struct years *all)
{
	free(all->at);
	*all = (struct years){0};
}

/* A tree belongs to the year that runs when most of it lies there: schools of a district begin
 * theirs on different days. */
static bool runs(const struct years *all, const struct year_tree *tree)
{
	if (tree->root == all->current_root || tree->days.starts == NO_DAY)
		return true;
	int32_t ends = tree->days.ends == NO_DAY ? tree->days.starts : tree->days.ends;
	int32_t middle = tree->days.starts + (ends - tree->days.starts) / 2;
	return middle >= all->current.starts &&
	       (all->current.ends == NO_DAY || middle < all->current.ends);
}

bool years_place(const struct years *all, const struct set_class *c, struct school_year *days)
{
	const struct set_session *of_course = c->course ? c->course->year : NULL;
	size_t count = c->term_count ? c->term_count : of_course != NULL;
	bool is_current = count == 0;
	*days = (struct school_year){NO_DAY, NO_DAY};
	for (size_t i = 0; i < count && !is_current; i++) {
		const struct set_session *term = c->term_count ? c->terms[i] : of_course;
		const struct year_tree *tree = tree_of(all, root_of(term));
		*days = tree->days;
		is_current = runs(all, tree);
	}
	return is_current;
}

struct school_year class_term(const struct set_class *c)
{
	struct school_year term = {NO_DAY, NO_DAY};
	for (size_t i = 0; i < c->term_count; i++)
		widen(&term, c->terms[i]->starts_day, c->terms[i]->ends_day);
	return term;
}

struct school_year roster_year(const struct roster_set *s, int32_t today)
{
	struct years all;
	years_find(&all, s, today);
	struct school_year current = all.current;
	years_clear(&all);
	return current;
}
