/* learners - what became of each learner in a job: a table, CSV or JSON. */
#include <stdio.h>

#include "clock.h"
#include "output.h"
#include "reasons.h"
#include "record.h"
#include "sheet.h"

static void print_table(const json_t *rows)
{
	static const char *const headings[] = {"NAME", "1ADDRESS", "OUTCOME", "~REASON", NULL};
	struct table t;
	table_start(&t, headings);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *outcome = json_text_or(row, "outcome", "");
		const char *detail = json_text_or(row, "detail", "");
		table_cell(&t, PLAIN, "%s", json_text_or(row, "name", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(row, "email", ""));
		table_cell(&t, outcome_colour(outcome), "%s", outcome_label(outcome));
		table_cell(&t, PLAIN, "%s%s%s",
		    reason_label(outcome, json_text_or(row, "reason", "")), *detail ? ": " : "",
		    detail);
	}
	table_print(&t);
}

static void print_csv(const json_t *rows)
{
	static const char *const fields[] = {
	    "learner", "name", "email", "outcome", "reason", "detail", "user_id"};
	enum { FIELDS = sizeof fields / sizeof *fields };
	char at[32];
	fputs("\xef\xbb\xbf\"learner\",\"name\",\"email\",\"outcome\",\"reason\",\"detail\",\"user_"
	      "id\","
	      "\"at\"\r\n",
	    stdout);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		struct buf b;
		buf_init(&b, 0);
		for (size_t k = 0; k < FIELDS; k++)
			sheet_field(&b, json_text_or(row, fields[k], ""), k == 0);
		sheet_field(&b, clock_iso(json_int(row, "at", 0), at), 0);
		printf("%s\r\n", b.data);
		buf_clear(&b);
	}
}

int learners_run(struct cli *c)
{
	const char *id = cli_value(c, "JOB");
	if (c->json && cli_flag(c, "--csv"))
		return cli_usage(c, "--csv or --json, not both");
	json_t *record = record_read(c, id);
	if (!record)
		return record_unknown(c, id);
	json_decref(record);
	json_t *rows = rows_read(c, id);
	if (c->json) {
		out_json(rows, false);
		return YES;
	}
	if (cli_flag(c, "--csv"))
		print_csv(rows);
	else
		print_table(rows);
	json_decref(rows);
	return YES;
}
