/* rows - CSV by RFC 4180, in UTF-8 that says so (BOM), each field in quotes and none a formula. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "sheet.h"

static bool wants_csv(const struct visit *v)
{
	const char *accept = exchange_header(v->x, "Accept");
	return accept && strstr(accept, "text/csv") && !strstr(accept, "application/json");
}

static void add_row(struct buf *b, const json_t *row, const char *const *columns)
{
	char at[32];
	for (size_t i = 0; columns[i]; i++) {
		int64_t ms = json_int(row, columns[i], 0);
		const char *text = strcmp(columns[i], "at") == 0
				       ? ms > 0 ? clock_iso(ms, at) : ""
				       : json_text_or(row, columns[i], "");
		sheet_field(b, text, i == 0);
	}
	buf_adds(b, "\r\n");
}

/* A name for the file that no header and no file system takes amiss. */
static void name_file(struct visit *v, const char *file_name)
{
	char plain[64], value[128];
	text_copy(plain, sizeof plain, file_name);
	for (char *p = plain; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= '0' && *p <= '9') || strchr("._-", *p)))
			*p = '-';
	(void)!snprintf(value, sizeof value, "attachment; filename=\"%s.csv\"", plain);
	exchange_set_header(v->x, "Content-Disposition", value);
}

static void answer_csv(
    struct visit *v, const json_t *rows, const char *const *columns, const char *file_name)
{
	size_t i;
	json_t *row;
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "\xef\xbb\xbf");
	for (i = 0; columns[i]; i++)
		sheet_field(&b, columns[i], i == 0);
	buf_adds(&b, "\r\n");
	json_array_foreach (rows, i, row)
		add_row(&b, row, columns);
	name_file(v, file_name);
	exchange_set_header(v->x, "Cache-Control", "private, no-cache");
	answer_text(v, 200, "text/csv; charset=utf-8", b.data, b.length);
	buf_clear(&b);
}

void answer_rows(struct visit *v, const char *member, json_t *rows, const char *const *columns,
    const char *file_name)
{
	exchange_set_header(v->x, "Vary", "Accept");
	if (wants_csv(v)) {
		answer_csv(v, rows, columns, file_name);
		json_decref(rows);
	} else {
		answer_json(v, 200, json_pack("{s:o}", member, rows));
	}
}
