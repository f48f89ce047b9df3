/*
 * envelope - contract 2, rule by rule. The first rule that is broken is the one that is
 * told. Nothing of a bad envelope is used, save its id, so that its job can say so, and
 * its beginning, for whoever looks into it. The rules of options are in envelope_options.c.
 */
#include "envelope.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "envelope_int.h"
#include "map.h"

enum {
	SCHOOL_MAX = 128,
	CLASS_MAX = 200,
	SCAN_MAX = 262144,
	KEPT_BYTES = 2000,
};
#define AT_MAX INT64_C(9007199254740991) /* what Redis's scores hold exactly */

bool envelope_is_id(const char *text)
{
	size_t n =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	return n >= 1 && n <= 64 && text[n] == '\0';
}

static bool is_plain(const char *text, size_t max)
{
	size_t n = 0;
	for (; text[n]; n++)
		if ((unsigned char)text[n] < 0x20 || text[n] == 0x7f)
			return false;
	return n >= 1 && n <= max;
}

bool envelope_refuse(struct envelope *v, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(v->why, sizeof v->why, fmt, args);
	va_end(args);
	text_mend(v->why, strlen(v->why));
	if (!v->code)
		v->code = "bad_envelope";
	return false;
}

/* ---- the id of what cannot be parsed --------------------------------------------- */

static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) && *p)
		p++;
	return p;
}

/* Finds "id": "…" at the top level of text that is too long, too deep or broken
 * further on; only the first SCAN_MAX bytes are worth it. */
static bool scan_id(const char *text, size_t length, char id[65])
{
	const char *p = text, *end = text + (length > SCAN_MAX ? SCAN_MAX : length);
	int depth = 0;
	while (p < end) {
		if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p != '"') {
			p++;
		} else {
			const char *key = p;
			p = skip_string(p, end);
			const char *colon = skip_blank(p, end);
			if (depth != 1 || p - key != 4 || strncmp(key, "\"id\"", 4) != 0 ||
			    colon >= end || *colon != ':')
				continue;
			const char *value = skip_blank(colon + 1, end);
			if (value >= end || *value != '"')
				return false;
			const char *after = skip_string(value, end);
			size_t n = (size_t)(after - value);
			if (n < 3 || n > 66 || after[-1] != '"')
				return false;
			memcpy(id, value + 1, n - 2);
			id[n - 2] = '\0';
			return strlen(id) == n - 2 && envelope_is_id(id);
		}
	}
	return false;
}

/* ---- member by member --------------------------------------------------------------- */

/* A member that, when it is there and not null, is text; one that is required is also
 * neither empty nor broken by control characters. */
static bool check_text(
    struct envelope *v, const json_t *in, const char *where, const char *key, bool required)
{
	const json_t *value = json_object_get(in, key);
	if (!value || json_is_null(value))
		return !required || envelope_refuse(v, "%s%s is missing", where, key);
	if (!json_is_string(value))
		return envelope_refuse(v, "%s%s must be text", where, key);
	if (json_string_length(value) > NAME_MAX_BYTES)
		return envelope_refuse(
		    v, "%s%s is longer than %d bytes", where, key, NAME_MAX_BYTES);
	if (required && !is_plain(json_string_value(value), NAME_MAX_BYTES))
		return envelope_refuse(v, "%s%s is empty or holds control characters", where, key);
	return true;
}

static bool check_person(struct envelope *v, const json_t *person, const char *where, bool needs_id)
{
	if (!json_is_object(person))
		return envelope_refuse(v, "%s must be an object", where);
	char dotted[64];
	(void)!snprintf(dotted, sizeof dotted, "%s.", where);
	return check_text(v, person, dotted, "id", needs_id) &&
	       check_text(v, person, dotted, "name", false) &&
	       check_text(v, person, dotted, "email", false);
}

/* The same learner twice is harmless when both say the same; otherwise nobody can tell
 * which one the school means. */
static bool check_twice(struct envelope *v, struct map *seen, json_t *learner)
{
	json_t *before = map_set(seen, json_text(learner, "id"), learner);
	if (!before || json_equal(before, learner))
		return true;
	return envelope_refuse(v, "class.learners: \"%.64s\" is there twice, and not the same",
	    json_text(learner, "id"));
}

static bool check_learners(struct envelope *v, const json_t *learners)
{
	if (!json_is_array(learners))
		return envelope_refuse(v, "class.learners must be a list");
	if (json_array_size(learners) > ENVELOPE_LEARNERS_MAX)
		return envelope_refuse(v, "class.learners has %zu entries: at most %d",
		    json_array_size(learners), ENVELOPE_LEARNERS_MAX);
	struct map seen;
	map_init(&seen);
	bool good = true;
	for (size_t i = 0; good && i < json_array_size(learners); i++) {
		char where[40];
		(void)!snprintf(where, sizeof where, "class.learners[%zu]", i);
		json_t *learner = json_array_get(learners, i);
		good = check_person(v, learner, where, true) && check_twice(v, &seen, learner);
	}
	map_clear(&seen);
	return good;
}

static bool check_teachers(struct envelope *v, const json_t *teachers)
{
	if (!json_is_array(teachers))
		return envelope_refuse(v, "class.teachers must be a list");
	for (size_t i = 0; i < json_array_size(teachers); i++) {
		char where[40];
		(void)!snprintf(where, sizeof where, "class.teachers[%zu]", i);
		if (!check_person(v, json_array_get(teachers, i), where, false))
			return false;
	}
	return true;
}

static bool check_kind(struct envelope *v, const char *kind)
{
	return !kind || strcmp(kind, "registration") == 0 || strcmp(kind, "year") == 0 ||
	       strcmp(kind, "teaching") == 0 ||
	       envelope_refuse(v, "class.kind = \"%.40s\": registration, year or teaching", kind);
}

/* The keys of a class are its id and an ending: no id may look like another's key. */
static bool check_class_id(struct envelope *v, const char *id)
{
	static const char *const endings[] = {":learners", ":register"};
	size_t length = strlen(id);
	if (length > CLASS_MAX)
		return envelope_refuse(v, "class.id is longer than %d bytes", CLASS_MAX);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i]);
		if (length >= n && strcmp(id + length - n, endings[i]) == 0)
			return envelope_refuse(v, "class.id must not end in %s", endings[i]);
	}
	return true;
}

static bool refuse_type(struct envelope *v, const char *type)
{
	v->code = "unknown_type";
	return envelope_refuse(v, "type = \"%.64s\" is not known", type);
}

/* Only a school's own jobs go without a class. Of a type that is not among these nobody can
 * say what it needs, and a misspelt one is the first thing to say. */
static bool check_classless(struct envelope *v)
{
	static const char *const types[] = {"create-team", "sync-learners", "check-team",
	    "delete-class", "restore-class", "adopt-class", "close-class", "register"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], v->type) == 0)
			return envelope_refuse(v, "class is missing");
	return strcmp(v->type, "sync-school") == 0 || strcmp(v->type, "read-tenant") == 0 ||
	       refuse_type(v, v->type);
}

static bool check_class(struct envelope *v, const json_t *class)
{
	if (!class)
		return check_classless(v);
	if (!json_is_object(class))
		return envelope_refuse(v, "class must be an object");
	if (!check_text(v, class, "class.", "id", true) ||
	    !check_text(v, class, "class.", "name", false) ||
	    !check_text(v, class, "class.", "year", false) ||
	    !check_text(v, class, "class.", "kind", false))
		return false;
	const json_t *teachers = json_object_get(class, "teachers");
	const json_t *learners = json_object_get(class, "learners");
	return check_class_id(v, json_text(class, "id")) &&
	       check_kind(v, json_text(class, "kind")) &&
	       (!teachers || check_teachers(v, teachers)) &&
	       (!learners || check_learners(v, learners));
}

/* ---- the whole --------------------------------------------------------------------------- */

static bool check_head(struct envelope *v, const json_t *root)
{
	const json_t *version = json_object_get(root, "v");
	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return envelope_refuse(v, "v must be the number 1");
	if (!check_text(v, root, "", "type", true) || !check_text(v, root, "", "school", true) ||
	    !check_text(v, root, "", "requested_by", false) ||
	    !check_text(v, root, "", "priority", false) || !check_text(v, root, "", "run", false))
		return false;
	const char *type = json_text(root, "type"), *school = json_text(root, "school");
	size_t n = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (type[n] || n >= sizeof v->type)
		return refuse_type(v, type);
	if (!is_plain(school, SCHOOL_MAX) || strchr(school, ':'))
		return envelope_refuse(
		    v, "school: 1 to %d bytes, no colon and no control characters", SCHOOL_MAX);
	const char *priority = json_text_or(root, "priority", "interactive");
	if (strcmp(priority, "interactive") != 0 && strcmp(priority, "background") != 0)
		return envelope_refuse(
		    v, "priority = \"%.40s\": interactive or background", priority);
	const char *run = json_text(root, "run");
	if (run && !envelope_is_id(run))
		return envelope_refuse(v, "run: 1 to 64 of A-Z a-z 0-9 . _ - are needed");
	const json_t *at = json_object_get(root, "at");
	if (at &&
	    (!json_is_integer(at) || json_integer_value(at) < 0 || json_integer_value(at) > AT_MAX))
		return envelope_refuse(v, "at must be a whole number of epoch milliseconds");
	text_copy(v->type, sizeof v->type, type);
	text_copy(v->priority, sizeof v->priority, priority);
	v->at = json_int(root, "at", 0);
	return true;
}

/* ---- what the queue keeps ---------------------------------------------------------------- */

/* The same learner said twice in the same words is one learner. */
static void drop_repeated(json_t *learners)
{
	struct map seen;
	map_init(&seen);
	for (size_t i = 0; i < json_array_size(learners);) {
		json_t *learner = json_array_get(learners, i);
		if (map_set(&seen, json_text(learner, "id"), learner))
			json_array_remove(learners, i);
		else
			i++;
	}
	map_clear(&seen);
}

/* Whose class it is: kept by id, so that each finds theirs. */
static char *teacher_ids(const json_t *teachers)
{
	size_t i;
	json_t *teacher, *ids = json_array();
	json_array_foreach (teachers, i, teacher) {
		json_t *id = json_object_get(teacher, "id");
		if (i < ENVELOPE_TEACHERS_MAX && json_is_string(id))
			json_array_append(ids, id);
	}
	char *text = json_write(ids);
	json_decref(ids);
	return text;
}

/* What is said of the class goes to its register and its learners not into the job:
 * whatever the job does, it does with the newest register. A dry run stores nothing, so
 * it keeps its own. */
static void split(struct envelope *v, json_t *root)
{
	json_t *class = json_map(root, "class"), *options = json_map(root, "options");
	json_t *learners = json_list(class, "learners");
	json_t *active = json_object_get(options, "active");
	drop_repeated(learners);
	v->learners = learners ? (int64_t)json_array_size(learners) : -1;
	v->dry_run = json_bool(options, "dry_run", false);
	v->approve_removals = json_bool(options, "approve_removals", false);
	v->hold_removals = json_bool(options, "hold_removals", false);
	v->has_actions = json_text(options, "actions") != NULL;
	if (v->dry_run || !class)
		return;
	if (active)
		json_object_set(class, "active", active);
	if (json_object_size(class) > 1)
		v->register_text = json_write(class);
	if (json_list(class, "teachers"))
		v->teachers = teacher_ids(json_list(class, "teachers"));
	if (!learners)
		return;
	json_object_del(class, "learners");
	v->body = json_write(root);
}

static void accept(struct envelope *v, json_t *root)
{
	v->verdict = ENVELOPE_OK;
	v->school = xstrdup(json_text(root, "school"));
	v->class_id = xstrdup(json_text_or(json_map(root, "class"), "id", ""));
	v->requested_by = xstrdup(json_text_or(root, "requested_by", ""));
	v->root = json_incref(root);
	split(v, root);
}

/* What a bad envelope leaves behind: its beginning, for whoever looks into it. */
static void keep(struct envelope *v, const char *text, size_t length)
{
	length = length < KEPT_BYTES ? length : KEPT_BYTES;
	v->kept = xmalloc(length + 1);
	memcpy(v->kept, text, length);
	v->kept[length] = '\0';
	text_mend(v->kept, length);
}

static void judge(struct envelope *v, const char *text, size_t length)
{
	struct err e = {0};
	json_t *root = NULL;
	v->verdict = ENVELOPE_JUNK;
	if (length > ENVELOPE_BYTES_MAX)
		envelope_refuse(v, "the envelope is larger than %d bytes", ENVELOPE_BYTES_MAX);
	else if (!(root = json_read(text, length, ENVELOPE_DEPTH_MAX, &e)))
		envelope_refuse(v, "%.200s", e.text);
	else if (!json_is_object(root))
		envelope_refuse(v, "the envelope is no JSON object");
	const char *id = root ? json_text(root, "id") : NULL;
	if (id && envelope_is_id(id))
		text_copy(v->id, sizeof v->id, id);
	if (v->id[0] || (!root && scan_id(text, length, v->id)))
		v->verdict = ENVELOPE_BAD;
	else if (!v->code)
		envelope_refuse(v, "id: 1 to 64 of A-Z a-z 0-9 . _ - are needed");
	if (v->verdict == ENVELOPE_JUNK)
		v->id[0] = '\0';
	if (v->verdict == ENVELOPE_BAD && !v->code && check_head(v, root) &&
	    check_class(v, json_object_get(root, "class")) &&
	    envelope_check_options(v, json_object_get(root, "options")))
		accept(v, root);
	json_decref(root);
}

void envelope_read(struct envelope *v, const char *text, size_t length)
{
	*v = (struct envelope){.verdict = ENVELOPE_WAKE, .length = length};
	if (length == 0)
		return;
	judge(v, text, length);
	v->id_in_disguise = !memmem(text, length, v->id, strlen(v->id));
	if (v->verdict != ENVELOPE_OK)
		keep(v, text, length);
}

void envelope_clear(struct envelope *v)
{
	free(v->school);
	free(v->class_id);
	free(v->requested_by);
	free(v->body);
	free(v->register_text);
	free(v->teachers);
	free(v->kept);
	json_decref(v->root);
}
