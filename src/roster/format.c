/*
 * format - what the files of a set look like when no manifest says it: by their names, and
 * where two formats share those, by the headings of one of them.
 */
#include <string.h>
#include <strings.h>

#include "reading.h"

static bool there(const struct pack *p, const char *name)
{
	return pack_find(p, name) != NULL;
}

/* has_heading looks without a word: a file that cannot be read is told when it is to be. */
static bool has_heading(const struct pack *p, const char *name, const char *heading)
{
	struct pack_stream in;
	struct csv_rows c = {0};
	struct faults unheard;
	bool has = false;
	const struct pack_file *file = pack_find(p, name);
	faults_init(&unheard);
	if (file && pack_stream_open(&in, p, file, &unheard) == 0) {
		if (csv_rows_open(&c, &in, 0, &unheard) == 0)
			for (size_t i = 0; i < c.columns; i++)
				has |= strcasecmp(c.heading[i], heading) == 0;
		csv_rows_close(&c);
		pack_stream_close(&in);
	}
	faults_clear(&unheard);
	return has;
}

static int none(struct faults *f, const char *word, const char *what)
{
	faults_add(f, FAULT_REFUSED, word, (struct fault_at){0},
	    "Send the CSV files of OneRoster or School Data Sync, all together", "%s", what);
	return ERR_INPUT;
}

/* oneroster tells SDS v2, which took OneRoster's names, by the heading of a class's school. */
static enum roster_format oneroster(const struct pack *p)
{
	bool roles = there(p, "roles.csv");
	if (has_heading(p, "classes.csv", "orgSourcedId"))
		return roles ? FORMAT_SDS_21 : FORMAT_SDS_2;
	return roles ? FORMAT_ONEROSTER_12 : FORMAT_ONEROSTER_10;
}

int format_of(const struct pack *p, enum roster_format *format, struct faults *f)
{
	bool is_sds_1 = there(p, "Section.csv") && !there(p, "Person.csv");
	bool is_insights = there(p, "Section.csv") && there(p, "Person.csv");
	bool is_oneroster = there(p, "classes.csv") || there(p, "users.csv");
	*format = FORMAT_NONE;
	if (is_oneroster && (is_sds_1 || is_insights))
		return none(
		    f, "two_formats", "There are files of two formats, and one would be wrong");
	if (is_insights)
		*format = FORMAT_INSIGHTS;
	else if (is_sds_1)
		*format =
		    has_heading(p, "School.csv", "DfE Number") ? FORMAT_SDS_1_UK : FORMAT_SDS_1;
	else if (is_oneroster)
		*format = oneroster(p);
	else
		return none(f, "no_roster", "There are no files of a roster here");
	return 0;
}
