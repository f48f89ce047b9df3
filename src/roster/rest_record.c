/*
 * rest_record - a record of OneRoster's REST interface becomes a row as the CSV has it.
 *
 * JSON nests what CSV flattens: "school": {"sourcedId": "s1"} is schoolSourcedId, and
 * "terms": [{"sourcedId": "t1"}, ...] is termSourcedIds. In 1.2 the roles of a user come with
 * the user; the first primary one, or the first, is what the person is.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reading.h"

/* add_value puts a JSON value behind what there is of a list. */
static void add_value(struct buf *b, const json_t *value)
{
	if (json_is_object(value))
		value = json_object_get(value, "sourcedId");
	if (b->length > 0 && (json_is_string(value) || json_is_integer(value)))
		buf_adds(b, ",");
	if (json_is_string(value))
		buf_adds(b, json_string_value(value));
	else if (json_is_integer(value))
		buf_addf(b, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_adds(b, json_is_true(value) ? "true" : "false");
}

/* member_of finds what a column of the CSV is called in JSON. */
static const json_t *member_of(const json_t *record, const char *column)
{
	static const char one[] = "SourcedId", many[] = "SourcedIds";
	char name[64];
	size_t length = strlen(column);
	const json_t *value = json_object_get(record, column);
	if (value || length >= sizeof name - 1)
		return value;
	if (length > strlen(many) && strcmp(column + length - strlen(many), many) == 0) {
		text_copy(name, length - strlen(many) + 1, column);
		name[length - strlen(many)] = 's';
		name[length - strlen(many) + 1] = '\0';
	} else if (length > strlen(one) && strcmp(column + length - strlen(one), one) == 0) {
		text_copy(name, length - strlen(one) + 1, column);
	} else {
		return NULL;
	}
	return json_object_get(record, name);
}

/* fill_field writes a member's text behind the others in values, with its NUL. */
static void fill_field(struct roster_reading *r, struct buf *values, size_t at[FIELDS],
    const struct heading *h, const json_t *value)
{
	struct buf text;
	size_t i;
	const json_t *one;
	if (h->field == F_NONE || !value || at[h->field])
		return;
	buf_init(&text, 0);
	if (json_is_array(value)) {
		json_array_foreach (value, i, one)
			add_value(&text, one);
	} else {
		add_value(&text, value);
	}
	char *clean = buf_take(&text);
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	at[h->field] = values->length;
	const char *begin = clean + strspn(clean, " ");
	size_t length = strlen(begin);
	while (length > 0 && begin[length - 1] == ' ')
		length--;
	buf_add(values, begin, length);
	buf_add(values, "", 1);
	r->row.column[h->field] = h->name;
	free(clean);
}

/* primary_role gives the record's roles, or the one of them that counts most. */
static const json_t *primary_role(const json_t *record)
{
	const json_t *roles = json_object_get(record, "roles"), *role;
	size_t i;
	json_array_foreach (roles, i, role)
		if (strcasecmp(json_text_or(role, "roleType", ""), "primary") == 0)
			return role;
	return json_array_get(roles, 0);
}

/* place_needed: JSON leaves out what it has not. What a record is of no use without has its column
 * all the same, and is found empty there, as it would be in a file. */
static void place_needed(struct roster_reading *r)
{
	for (const struct heading *h = r->shape->headings; h->name; h++) {
		bool needed = h->need == NEEDED || h->field == r->shape->also;
		if (!needed || h->field == F_NONE || r->row.column[h->field])
			continue;
		r->row.column[h->field] = h->name;
		r->row.at[h->field] = "";
	}
}

static void fill_row(struct roster_reading *r, const json_t *record, struct buf *values)
{
	size_t at[FIELDS] = {0};
	const json_t *role = r->shape->record == RECORD_PERSON ? primary_role(record) : NULL;
	buf_add(values, "", 1); /* so that no text begins at 0 */
	for (const struct heading *h = r->shape->headings; h->name; h++) {
		fill_field(r, values, at, h, member_of(record, h->name));
		if (role && h->field == F_ROLE)
			fill_field(r, values, at, h, json_object_get(role, "role"));
		if (role && h->field == F_ORG)
			fill_field(r, values, at, h, json_object_get(role, "org"));
	}
	for (int i = 0; i < FIELDS; i++)
		r->row.at[i] = at[i] ? values->data + at[i] : NULL;
	place_needed(r);
}

static const struct shape *shape_of(const struct roster_reading *r, const char *collection)
{
	size_t length = strlen(collection);
	for (const struct shape *s = layout_of(r->set->format)->shapes; s->file; s++)
		if (strncmp(s->file, collection, length) == 0 &&
		    strcmp(s->file + length, ".csv") == 0)
			return s;
	return NULL;
}

int roster_reading_record(struct roster_reading *r, const char *collection, const json_t *record,
    const char *source, uint64_t at)
{
	struct buf values;
	const struct shape *shape = shape_of(r, collection);
	if (!shape || r->over)
		return r->over ? ERR_LIMIT : ERR_USAGE;
	if (r->shape != shape || strcmp(r->row.file, source) != 0)
		reading_begin_file(r, shape, source, false);
	memset(r->row.column, 0, sizeof r->row.column);
	r->row.number = at;
	r->set->counts.rows++;
	buf_init(&values, 0);
	fill_row(r, record, &values);
	reading_wants(r);
	reading_take(r);
	buf_clear(&values);
	return r->over ? ERR_LIMIT : 0;
}
