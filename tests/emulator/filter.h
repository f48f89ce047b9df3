/*
 * filter - $filter: read, judged by Microsoft's limits, applied to JSON resources.
 *
 *	or, and, not, ( ), eq ne gt ge lt le, in (...), startswith, endswith, contains,
 *	collection/any(x:x eq '...'), type casts in paths
 */
#ifndef FILTER_H
#define FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct filter;

struct filter_facts {
	size_t clauses;		/* under or and in: at most 15 unless advanced */
	size_t height;		/* at most 3 */
	size_t longest_value;	/* at most 120 */
	bool advanced;		/* needs ConsistencyLevel: ne, not, endswith, contains */
};

/* filter_read returns NULL if text is no filter. */
struct filter *filter_read(const char *text);
void filter_free(struct filter *f);
struct filter_facts filter_judge(const struct filter *f);
bool filter_fits(const struct filter *f, const json_t *resource);

/* filter_unknown gives the first property that is not among known (blanks around
 * each), or NULL. */
const char *filter_unknown(const struct filter *f, const char *known);

/* filter_values calls fn for every equality such that whatever fits the filter
 * satisfies at least one of them; false if there is no such set. */
typedef void (*filter_value_fn)(void *ctx, const char *property, const char *value);
bool filter_values(const struct filter *f, filter_value_fn fn, void *ctx);

#endif
