/* filter - judging and applying the tree that filter_read.c made; see filter.h. */
#include "filter_int.h"

#include <string.h>
#include <strings.h>

#include "buf.h"

void filter_free(struct filter *f)
{
	if (!f)
		return;
	filter_free(f->left);
	filter_free(f->right);
	json_decref(f->value);
	free(f->property);
	free(f);
}

static void judge_value(const json_t *value, struct filter_facts *facts)
{
	if (json_string_length(value) > facts->longest_value)
		facts->longest_value = json_string_length(value);
}

/* Returns the height of f; a chain of the same operator counts once. */
static size_t judge(const struct filter *f, enum kind above, struct filter_facts *facts)
{
	if (!f)
		return 0;
	size_t left = judge(f->left, f->kind, facts), right = judge(f->right, f->kind, facts);
	size_t below = left > right ? left : right;
	size_t n;
	json_t *one;
	switch (f->kind) {
	case AND:
	case OR:
		return below + (f->kind != above);
	case NOT:
		facts->advanced = true;
		return below + 1;
	case ANY:
		return below;
	case IN:
		facts->clauses += json_array_size(f->value);
		json_array_foreach (f->value, n, one)
			judge_value(one, facts);
		return 1;
	case COMPARE:
	case STARTS:
	case ENDS:
	case CONTAINS:
		facts->clauses++;
		judge_value(f->value, facts);
		if (f->kind == ENDS || f->kind == CONTAINS || !strcmp(f->operator, "ne"))
			facts->advanced = true;
		return 1;
	}
	return 0;
}

struct filter_facts filter_judge(const struct filter *f)
{
	struct filter_facts facts = {0, 0, 0, false};
	facts.height = judge(f, NOT, &facts);
	return facts;
}

static const json_t *property_of(const json_t *resource, const char *name)
{
	const json_t *value = json_object_get(resource, name);
	const char *key;
	json_t *other;
	if (!value)
		json_object_foreach ((json_t *)(uintptr_t)resource, key, other)
			if (!strcasecmp(key, name))
				return other;
	return value;
}

/* Compares as $filter does: text in any case, numbers by text, null with null. */
static int compare(const json_t *have, const json_t *want, bool *comparable)
{
	*comparable = true;
	if (json_is_string(have) && json_is_string(want))
		return strcasecmp(json_string_value(have), json_string_value(want));
	if (json_is_integer(have) && json_is_string(want)) {
		long long number = strtoll(json_string_value(want), NULL, 10);
		return (json_integer_value(have) > number) - (json_integer_value(have) < number);
	}
	if ((!have || json_is_null(have)) && json_is_null(want))
		return 0;
	*comparable = json_is_boolean(have) && json_is_boolean(want);
	return *comparable && json_is_true(have) == json_is_true(want) ? 0 : 1;
}

static bool compares(const struct filter *f, const json_t *have)
{
	bool comparable;
	int order = compare(have, f->value, &comparable);
	if (!strcmp(f->operator, "eq"))
		return order == 0;
	if (!strcmp(f->operator, "ne"))
		return order != 0;
	if (!comparable)
		return false;
	if (!strcmp(f->operator, "gt"))
		return order > 0;
	if (!strcmp(f->operator, "ge"))
		return order >= 0;
	return !strcmp(f->operator, "lt") ? order < 0 : order <= 0;
}

static bool among(const json_t *list, const json_t *have)
{
	size_t n;
	json_t *one;
	bool comparable;
	json_array_foreach (list, n, one)
		if (compare(have, one, &comparable) == 0)
			return true;
	return false;
}

static bool has_part(enum kind kind, const char *have, const char *part)
{
	size_t length = strlen(part), whole = strlen(have);
	if (length > whole)
		return false;
	if (kind == STARTS)
		return !strncasecmp(have, part, length);
	if (kind == ENDS)
		return !strcasecmp(have + whole - length, part);
	return strcasestr(have, part) != NULL;
}

/* element is what the variable of an any() stands for. */
static bool fits(const struct filter *f, const json_t *resource, const json_t *element)
{
	const json_t *have = element;
	size_t n;
	json_t *one;
	if (f->property)
		have = property_of(resource, f->property);
	switch (f->kind) {
	case AND:
		return fits(f->left, resource, element) && fits(f->right, resource, element);
	case OR:
		return fits(f->left, resource, element) || fits(f->right, resource, element);
	case NOT:
		return !fits(f->left, resource, element);
	case COMPARE:
		return compares(f, have);
	case IN:
		return among(f->value, have);
	case STARTS:
	case ENDS:
	case CONTAINS:
		return json_is_string(have) &&
		       has_part(f->kind, json_string_value(have), json_string_value(f->value));
	case ANY:
		json_array_foreach (have, n, one)
			if (fits(f->left, resource, one))
				return true;
		return false;
	}
	return false;
}

bool filter_fits(const struct filter *f, const json_t *resource)
{
	return fits(f, resource, NULL);
}

const char *filter_unknown(const struct filter *f, const char *known)
{
	if (!f)
		return NULL;
	const char *below = filter_unknown(f->left, known);
	if (!below)
		below = filter_unknown(f->right, known);
	if (below || !f->property)
		return below;
	char *padded = xasprintf(" %s ", f->property);
	bool found = strcasestr(known, padded) != NULL;
	free(padded);
	return found ? NULL : f->property;
}

/* collection is the property of the any() around f. */
static bool values(const struct filter *f, const char *collection, filter_value_fn fn, void *ctx)
{
	const char *property = f->property ? f->property : collection;
	size_t n;
	json_t *one;
	switch (f->kind) {
	case OR:
		return values(f->left, collection, fn, ctx) &&
		       values(f->right, collection, fn, ctx);
	case AND:
		return values(f->left, collection, fn, ctx) ||
		       values(f->right, collection, fn, ctx);
	case COMPARE:
		if (strcmp(f->operator, "eq") != 0 || !json_is_string(f->value) || !property)
			return false;
		fn(ctx, property, json_string_value(f->value));
		return true;
	case IN:
		json_array_foreach (f->value, n, one) {
			if (!json_is_string(one) || !property)
				return false;
			fn(ctx, property, json_string_value(one));
		}
		return true;
	case ANY:
		return values(f->left, f->property, fn, ctx);
	case NOT:
	case STARTS:
	case ENDS:
	case CONTAINS:
		return false;
	}
	return false;
}

bool filter_values(const struct filter *f, filter_value_fn fn, void *ctx)
{
	return values(f, NULL, fn, ctx);
}
