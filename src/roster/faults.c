/*
 * faults - a list that stays short, and how it is told: as lines, CSV and JSON.
 */
#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

enum { VALUE_MAX = 80, SENTENCE_ROOM = 512 };

const char *fault_level_name(enum fault_level l)
{
	switch (l) {
	case FAULT_NOTE:
		return "note";
	case FAULT_WARNING:
		return "warning";
	case FAULT_ERROR:
		return "error";
	case FAULT_REFUSED:
		return "refused";
	}
	abort();
}

void faults_init(struct faults *f)
{
	*f = (struct faults){0};
}

void faults_clear(struct faults *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free((char *)f->at[i].at.file);
		free((char *)f->at[i].at.column);
		free((char *)f->at[i].at.value);
		free(f->at[i].what);
	}
	for (size_t i = 0; i < f->kind_count; i++) {
		free(f->kinds[i].file);
		free(f->kinds[i].column);
	}
	free(f->at);
	free(f->kinds);
	faults_init(f);
}

bool faults_refuse(const struct faults *f)
{
	return f->of[FAULT_REFUSED] > 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* kind_of counts a fault among those of its kind, and gives how many it is now. When there
 * are too many kinds the last one takes in all others of them. */
static uint64_t kind_of(struct faults *f, enum fault_level level, const char *word,
    const char *file, const char *column)
{
	struct fault_kind *k;
	for (size_t i = 0; i < f->kind_count; i++) {
		k = &f->kinds[i];
		if (k->level == level && strcmp(k->word, word) == 0 && strcmp(k->file, file) == 0 &&
		    strcmp(k->column, column) == 0)
			return ++k->count;
	}
	if (f->kind_count == FAULT_KINDS_MAX)
		return ++f->kinds[f->kind_count - 1].count;
	f->kinds = xrealloc(f->kinds, (f->kind_count + 1) * sizeof *f->kinds);
	k = &f->kinds[f->kind_count++];
	*k = (struct fault_kind){level, word, xstrdup(file), xstrdup(column), 1};
	return 1;
}

/* quoted copies at most VALUE_MAX bytes, fit to be shown. */
static char *quoted(const char *value)
{
	size_t length = strnlen(value, VALUE_MAX + 1);
	bool cut = length > VALUE_MAX;
	if (cut)
		for (length = VALUE_MAX - 3; length > 0 && (value[length] & 0xc0) == 0x80;)
			length--;
	char *copy = xasprintf("%.*s%s", (int)length, value, cut ? "..." : "");
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	text_mend(copy, strlen(copy));
	return copy;
}

void faults_add(struct faults *f, enum fault_level level, const char *word, struct fault_at at,
    const char *remedy, const char *fmt, ...)
{
	const char *file = or_empty(at.file), *column = or_empty(at.column);
	f->of[level]++;
	if (kind_of(f, level, word, file, column) > FAULTS_OF_A_KIND)
		return;
	char sentence[SENTENCE_ROOM];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, args);
	va_end(args);
	text_mend(sentence, strlen(sentence));
	f->at = xrealloc(f->at, (f->count + 1) * sizeof *f->at);
	f->at[f->count++] = (struct fault){
	    .level = level,
	    .word = word,
	    .at = {xstrdup(file), xstrdup(column), quoted(or_empty(at.value)), at.row},
	    .what = xstrdup(sentence),
	    .remedy = remedy,
	};
}

void fault_line(const struct fault *f, struct buf *b)
{
	buf_addf(b, "%s:", fault_level_name(f->level));
	size_t before = b->length;
	if (*f->at.file)
		buf_addf(b, " %s", f->at.file);
	if (f->at.row)
		buf_addf(b, " row %llu", (unsigned long long)f->at.row);
	if (*f->at.column)
		buf_addf(b, "%s %s", b->length > before ? "," : "", f->at.column);
	if (*f->at.value)
		buf_addf(b, " \"%s\"", f->at.value);
	buf_addf(b, "%s %s. %s.", b->length > before ? ":" : "", f->what, f->remedy);
}

void faults_csv(const struct faults *f, struct buf *b)
{
	buf_adds(b, "level,word,file,row,column,value,what,remedy\r\n");
	for (int level = FAULT_REFUSED; level >= FAULT_NOTE; level--)
		for (size_t i = 0; i < f->count; i++) {
			const struct fault *x = &f->at[i];
			if ((int)x->level != level)
				continue;
			sheet_field(b, fault_level_name(x->level), true);
			sheet_field(b, x->word, false);
			sheet_field(b, x->at.file, false);
			if (x->at.row)
				buf_addf(b, ",%llu", (unsigned long long)x->at.row);
			else
				buf_adds(b, ",");
			sheet_field(b, x->at.column, false);
			sheet_field(b, x->at.value, false);
			sheet_field(b, x->what, false);
			sheet_field(b, x->remedy, false);
			buf_adds(b, "\r\n");
		}
}

static json_t *kinds_json(const struct faults *f)
{
	json_t *list = json_array();
	for (int level = FAULT_REFUSED; level >= FAULT_NOTE; level--)
		for (size_t i = 0; i < f->kind_count; i++) {
			const struct fault_kind *k = &f->kinds[i];
			if ((int)k->level == level)
				json_array_append_new(
				    list, json_pack("{s:s, s:s, s:s, s:s, s:I}", "level",
					      fault_level_name(k->level), "word", k->word, "file",
					      k->file, "column", k->column, "count",
					      (json_int_t)k->count));
		}
	return list;
}

static json_t *fault_json(const struct fault *f)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "level",
	    fault_level_name(f->level), "word", f->word, "file", f->at.file, "row",
	    (json_int_t)f->at.row, "column", f->at.column, "value", f->at.value, "what", f->what,
	    "remedy", f->remedy);
}

json_t *faults_json(const struct faults *f, size_t most)
{
	json_t *list = json_array();
	for (int level = FAULT_REFUSED; level >= FAULT_NOTE; level--)
		for (size_t i = 0; i < f->count && json_array_size(list) < most; i++)
			if ((int)f->at[i].level == level)
				json_array_append_new(list, fault_json(&f->at[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "refused",
	    (json_int_t)f->of[FAULT_REFUSED], "errors", (json_int_t)f->of[FAULT_ERROR], "warnings",
	    (json_int_t)f->of[FAULT_WARNING], "notes", (json_int_t)f->of[FAULT_NOTE], "kinds",
	    kinds_json(f), "faults", list);
}
