/*
 * find_learner - looks through the registers and what is recorded of learners who have left.
 * The best kind of match counts: whoever has the id is meant, even if others are called so.
 */
#include "find_learner.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

enum { ASKED_MOST = 20 };
enum fit { FITS_NOT, FITS_NAME, FITS_ADDRESS, FITS_ID };

struct finding {
	const char *called;
	enum fit best;
	json_t *found; /* owned: learner id -> person */
};

/* Each word is in the name somewhere. */
static bool has_words(const char *name, const char *called)
{
	bool any = false;
	for (const char *at = called + strspn(called, " "); *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		char *word = xstrndup(at, length);
		bool has = strcasestr(name, word);
		free(word);
		if (!has)
			return false;
		any = true;
		at += length;
	}
	return any;
}

static enum fit fit_of(const struct finding *f, const char *id, const json_t *person)
{
	const char *email = json_text_or(person, "email", "");
	if (strcmp(id, f->called) == 0)
		return FITS_ID;
	if (*email && strcasecmp(email, f->called) == 0)
		return FITS_ADDRESS;
	return has_words(json_text_or(person, "name", ""), f->called) ? FITS_NAME : FITS_NOT;
}

static void add(
    struct finding *f, const struct school_class *k, const char *id, const json_t *person)
{
	json_t *one = json_object_get(f->found, id);
	if (!one) {
		one = json_pack("{s:s, s:s, s:s, s:[]}", "learner", id, "name",
		    json_text_or(person, "name", ""), "email", json_text_or(person, "email", ""),
		    "classes");
		json_object_set_new(f->found, id, one);
	}
	json_t *classes = json_list(one, "classes");
	json_t *last = json_array_get(classes, json_array_size(classes) - 1);
	if (!last || strcmp(json_string_value(last), school_class_name(k)) != 0)
		json_array_append_new(classes, json_string(school_class_name(k)));
}

static void consider(
    struct finding *f, const struct school_class *k, const char *id, const json_t *person)
{
	enum fit fit = fit_of(f, id, person);
	if (fit == FITS_NOT || fit < f->best)
		return;
	if (fit > f->best)
		json_object_clear(f->found);
	f->best = fit;
	add(f, k, id, person);
}

json_t *learners_called(const struct school_class *at, size_t count, const char *called)
{
	struct finding f = {.called = called, .found = json_object()};
	json_t *person, *list = json_array();
	const char *id;
	for (size_t i = 0; i < count; i++) {
		size_t n;
		json_array_foreach (json_list(at[i].told, "learners"), n, person)
			if (json_text(person, "id"))
				consider(&f, &at[i], json_text(person, "id"), person);
		json_object_foreach (at[i].learners, id, person)
			consider(&f, &at[i], id, person);
	}
	json_object_foreach (f.found, id, person)
		json_array_append(list, person);
	json_decref(f.found);
	return list;
}

static void print_found(const json_t *found)
{
	static const char *const headings[] = {"!ID", "NAME", "1ADDRESS", "2CLASSES", NULL};
	struct table t;
	size_t i, n;
	json_t *person, *class;
	table_start(&t, headings);
	json_array_foreach (found, i, person) {
		if (i == ASKED_MOST)
			break;
		struct buf b;
		buf_init(&b, 0);
		buf_adds(&b, "");
		json_array_foreach (json_list(person, "classes"), n, class)
			buf_addf(&b, "%s%s", n ? ", " : "", json_string_value(class));
		table_cell(&t, PLAIN, "%s", json_text_or(person, "learner", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(person, "name", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(person, "email", ""));
		table_cell(&t, PLAIN, "%s", b.data);
		buf_clear(&b);
	}
	table_print(&t);
}

void learners_ask_which(const struct cli *c, const char *called, json_t *found)
{
	out_complain("%s may be one of %zu: name one by the id", called, json_array_size(found));
	if (c->json)
		out_json(json_incref(found), false);
	else
		print_found(found);
}

json_t *learner_called(
    const struct cli *c, const struct school_class *at, size_t count, const char *called)
{
	json_t *found = learners_called(at, count, called), *one = NULL;
	if (json_array_size(found) == 0)
		out_complain("nobody of %s has the id, the address or the name %s",
		    cli_value(c, "SCHOOL"), called);
	else if (json_array_size(found) > 1)
		learners_ask_which(c, called, found);
	else
		one = json_incref(json_array_get(found, 0));
	json_decref(found);
	return one;
}
