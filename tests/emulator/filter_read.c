/* filter_read - from text to a tree of terms: a recursive reader over one cursor. */
#include "filter_int.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

#define DEPTH_MAX 24

struct reader {
	const char *at;
	const char *variable; /* of the any() we are in, or NULL */
	int depth;
};

static struct filter *read_or(struct reader *r);

static struct filter *term(enum kind kind)
{
	struct filter *f = xcalloc(1, sizeof(*f));
	f->kind = kind;
	return f;
}

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || strchr("_./@-", c) != NULL;
}

static size_t name_length(const char *at)
{
	size_t n = 0;
	while (at[n] && is_name(at[n]))
		n++;
	return n;
}

/* Takes word if it comes next, in any case, as a whole. */
static bool take_word(struct reader *r, const char *word)
{
	skip_blanks(r);
	size_t length = strlen(word);
	if (name_length(r->at) != length || strncasecmp(r->at, word, length) != 0)
		return false;
	r->at += length;
	return true;
}

static char *take_name(struct reader *r)
{
	skip_blanks(r);
	size_t length = name_length(r->at);
	if (!length)
		return NULL;
	char *name = xstrndup(r->at, length);
	r->at += length;
	return name;
}

static json_t *read_text(struct reader *r)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "");
	for (r->at++; *r->at; r->at++) {
		if (*r->at == '\'' && *++r->at != '\'') {
			json_t *value = json_string(b.data);
			buf_clear(&b);
			return value;
		}
		buf_add(&b, r->at, 1);
	}
	buf_clear(&b);
	return NULL;
}

static json_t *read_literal(struct reader *r)
{
	skip_blanks(r);
	if (*r->at == '\'')
		return read_text(r);
	char *name = take_name(r);
	json_t *value = NULL;
	if (name && !strcasecmp(name, "true"))
		value = json_true();
	else if (name && !strcasecmp(name, "false"))
		value = json_false();
	else if (name && !strcasecmp(name, "null"))
		value = json_null();
	else if (name)
		value = json_string(name); /* a GUID, a number or a date */
	free(name);
	return value;
}

static json_t *read_list(struct reader *r)
{
	if (!take(r, '('))
		return NULL;
	json_t *list = json_array();
	do {
		json_t *value = read_literal(r);
		if (!value) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, value);
	} while (take(r, ','));
	if (take(r, ')'))
		return list;
	json_decref(list);
	return NULL;
}

/* microsoft.graph.aadUserConversationMember/userId means userId. The variable of an
 * any() has no name. */
static void set_property(struct filter *f, const struct reader *r, char *name)
{
	const char *cast = !strncmp(name, "microsoft.graph.", 16) ? strchr(name, '/') : NULL;
	if (!r->variable || strcmp(name, r->variable) != 0)
		f->property = xstrdup(cast ? cast + 1 : name);
	free(name);
}

static struct filter *read_function(struct reader *r, enum kind kind)
{
	struct filter *f = term(kind);
	char *name = take(r, '(') ? take_name(r) : NULL;
	if (name) {
		set_property(f, r, name);
		f->value = take(r, ',') ? read_literal(r) : NULL;
	}
	if (json_is_string(f->value) && take(r, ')'))
		return f;
	filter_free(f);
	return NULL;
}

/* What follows "collection/any": (x:condition on x) or (). */
static struct filter *read_any(struct reader *r, char *collection)
{
	struct filter *f = term(ANY);
	f->property = collection;
	char *variable = take(r, '(') ? take_name(r) : NULL;
	if (!variable || !take(r, ':') || r->variable) {
		free(variable);
		filter_free(f);
		return NULL;
	}
	r->variable = variable;
	f->left = read_or(r);
	r->variable = NULL;
	free(variable);
	if (f->left && take(r, ')'))
		return f;
	filter_free(f);
	return NULL;
}

static struct filter *read_comparison(struct reader *r, char *name)
{
	static const char *const operators[] = {"eq", "ne", "gt", "ge", "lt", "le"};
	struct filter *f = term(IN);
	set_property(f, r, name);
	if (take_word(r, "in")) {
		f->value = read_list(r);
	} else {
		f->kind = COMPARE;
		for (size_t i = 0; i < 6 && !*f->operator; i++)
			if (take_word(r, operators[i]))
				text_copy(f->operator, sizeof(f->operator), operators[i]);
		f->value = *f->operator? read_literal(r) : NULL;
	}
	if (f->value)
		return f;
	filter_free(f);
	return NULL;
}

static struct filter *read_term(struct reader *r)
{
	if (take(r, '(')) {
		struct filter *f = read_or(r);
		if (f && take(r, ')'))
			return f;
		filter_free(f);
		return NULL;
	}
	if (take_word(r, "not")) {
		struct filter *f = term(NOT);
		f->left = read_term(r);
		if (f->left)
			return f;
		filter_free(f);
		return NULL;
	}
	if (take_word(r, "startswith"))
		return read_function(r, STARTS);
	if (take_word(r, "endswith"))
		return read_function(r, ENDS);
	if (take_word(r, "contains"))
		return read_function(r, CONTAINS);
	char *name = take_name(r);
	if (!name)
		return NULL;
	size_t length = strlen(name);
	if (length > 4 && !strcasecmp(name + length - 4, "/any")) {
		name[length - 4] = '\0';
		return read_any(r, name);
	}
	return read_comparison(r, name);
}

static struct filter *read_chain(
    struct reader *r, enum kind kind, const char *word, struct filter *(*next)(struct reader *))
{
	struct filter *left = next(r);
	while (left && take_word(r, word)) {
		struct filter *f = term(kind);
		f->left = left;
		f->right = next(r);
		left = f;
		if (!f->right) {
			filter_free(f);
			return NULL;
		}
	}
	return left;
}

static struct filter *read_and(struct reader *r)
{
	return read_chain(r, AND, "and", read_term);
}

static struct filter *read_or(struct reader *r)
{
	if (++r->depth > DEPTH_MAX)
		return NULL;
	struct filter *f = read_chain(r, OR, "or", read_and);
	r->depth--;
	return f;
}

struct filter *filter_read(const char *text)
{
	struct reader r = {.at = text};
	struct filter *f = read_or(&r);
	skip_blanks(&r);
	if (f && !*r.at)
		return f;
	filter_free(f);
	return NULL;
}
