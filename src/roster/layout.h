/*
 * layout - how each format lays a roster out in files and columns: tables, and nothing else.
 *
 * A row of any format becomes values by field. Columns that no field stands for never become
 * values: passwords, telephone numbers, birth dates.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "roster_set.h"

/* What a row tells of. */
enum record {
	RECORD_CODE,		/* Insights: what an id of a role or a grade stands for */
	RECORD_ORG,
	RECORD_SESSION,
	RECORD_COURSE,
	RECORD_CLASS,
	RECORD_CLASS_TERM,	/* Insights: a class is in a session */
	RECORD_ENROLMENT,
	RECORD_ROLE,		/* somebody is something somewhere */
	RECORD_PERSON,
	RECORD_ADDRESS,		/* Insights: somebody's address */
};

enum field {
	F_ID, F_STATUS, F_MODIFIED,
	F_NAME, F_TYPE, F_IDENTIFIER, F_PARENT, F_CODE, F_GRADES, F_LOCATION,
	F_FROM, F_UNTIL, F_YEAR,
	F_ORG, F_COURSE, F_COURSE_NAME, F_COURSE_CODE, F_TERMS, F_TERM_NAME,
	F_CLASS, F_PERSON, F_ROLE, F_PRIMARY,
	F_ENABLED, F_USERNAME, F_GIVEN, F_FAMILY, F_CALLED_GIVEN, F_CALLED_FAMILY,
	F_EMAIL, F_ACCOUNT,
	FIELDS,
	F_NONE = -1,		/* known, and of no use here */
};

enum need {
	MAY,
	EXPECTED,		/* without it the record is used, and somebody is told */
	NEEDED,			/* without it the record is of no use */
};

struct heading {
	const char *name;
	enum field field;
	enum need need;
};

/* One file. */
struct shape {
	const char *file;	/* users.csv; NULL ends a layout */
	enum record record;
	enum need need;		/* of the file */
	const char *role;	/* what everybody in it is; NULL: a column says it */
	const struct heading *headings;	/* up to one without a name */
	enum field also;	/* a field it needs besides, or F_NONE */
	bool open;		/* other columns are nothing to speak of */
};

/* The files of a format in the order in which they are read. */
struct layout {
	enum roster_format format;
	bool headless;		/* no headings: the columns stand as in the table */
	const struct shape *shapes;
};

const struct layout *layout_of(enum roster_format f);

/* layout_heading gives what a column of that heading is, in whatever case its letters are, or
 * NULL. */
const struct heading *layout_heading(const struct shape *s, const char *name);

#endif
