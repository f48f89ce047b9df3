/*
 * manifest - what a OneRoster set says of itself: its version, and of every file whether it is
 * whole (bulk), what changed (delta) or absent.
 *
 * A manifest that contradicts the files refuses the set: half an upload looks just so.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "reading.h"

const char mode_bulk[] = "bulk", mode_delta[] = "delta", mode_absent[] = "absent";

static const char file_name[] = "manifest.csv";
static const char make_agree[] = "Export the set again, with all files that the manifest names";

enum { PROPERTY, VALUE };

static int refuse(struct faults *f, const char *word, const char *property, const char *value,
    uint64_t row, const char *what)
{
	faults_add(f, FAULT_REFUSED, word,
	    (struct fault_at){.file = file_name, .column = property, .value = value, .row = row},
	    make_agree, "%s", what);
	return ERR_INPUT;
}

/* take_file notes the mode of "file.users". */
static int take_file(
    struct manifest *m, const char *property, const char *value, uint64_t row, struct faults *f)
{
	const char *name = property + strlen("file.");
	const char *mode = strcasecmp(value, mode_bulk) == 0	 ? mode_bulk
			   : strcasecmp(value, mode_delta) == 0	 ? mode_delta
			   : strcasecmp(value, mode_absent) == 0 ? mode_absent
								 : NULL;
	if (!mode)
		return refuse(f, "bad_value", property, value, row,
		    "A file is bulk, delta or absent, and nothing else");
	m->delta |= mode == mode_delta;
	if (map_set(&m->modes, name, (void *)(uintptr_t)mode))
		return refuse(
		    f, "property_twice", property, value, row, "The manifest says this twice");
	return 0;
}

static int take_version(
    struct manifest *m, const char *property, const char *value, uint64_t row, struct faults *f)
{
	if (m->format != FORMAT_NONE)
		return refuse(
		    f, "property_twice", property, value, row, "The manifest says this twice");
	if (strcmp(value, "1.0") == 0)
		m->format = FORMAT_ONEROSTER_10;
	else if (strncmp(value, "1.1", 3) == 0)
		m->format = FORMAT_ONEROSTER_11;
	else if (strncmp(value, "1.2", 3) == 0)
		m->format = FORMAT_ONEROSTER_12;
	else
		return refuse(f, "unknown_version", property, value, row,
		    "This version of OneRoster is not known; 1.0, 1.1 and 1.2 are");
	return 0;
}

static int take(struct manifest *m, const char *const *at, uint64_t row, struct faults *f)
{
	const char *property = at[PROPERTY], *value = at[VALUE];
	if (strncasecmp(property, "file.", 5) == 0)
		return take_file(m, property, value, row, f);
	if (strcasecmp(property, "oneroster.version") == 0)
		return take_version(m, property, value, row, f);
	if (strcasecmp(property, "source.systemName") == 0 && !m->system) {
		m->system = xstrndup(value, VALUE_MAX_BYTES);
		return 0;
	}
	if (strcasecmp(property, "manifest.version") == 0 && strcmp(value, "1.0") != 0)
		faults_add(f, FAULT_NOTE, "unknown_version",
		    (struct fault_at){file_name, property, value, row}, "Nothing need be done",
		    "This version of the manifest is not known; it was read as 1.0");
	return 0;
}

/* agrees checks what the manifest says against what is there. */
static int agrees(const struct manifest *m, const struct pack *p, struct faults *f)
{
	int rc = 0;
	const char *name;
	void *mode;
	for (size_t at = 0; map_next(&m->modes, &at, &name, &mode);) {
		char *file = xasprintf("%s.csv", name);
		bool there = pack_find(p, file);
		if (there && mode == mode_absent)
			rc = refuse(f, "manifest_differs", file, NULL, 0,
			    "The manifest says that this file is absent, but it is there");
		if (!there && mode != mode_absent)
			rc = refuse(f, "manifest_differs", file, NULL, 0,
			    "The manifest says that this file is there, but it is missing");
		free(file);
	}
	if (m->format != FORMAT_NONE)
		return rc;
	return refuse(f, "unknown_version", "oneroster.version", NULL, 0,
	    "The manifest does not say which version of OneRoster this is");
}

static int read_rows(struct manifest *m, struct csv_rows *c, struct faults *f)
{
	const char *at[] = {NULL, NULL};
	int rc = 0, more;
	for (size_t i = 0; i < c->columns; i++)
		if (strcasecmp(c->heading[i], "propertyName") == 0)
			c->place[i] = PROPERTY;
		else if (strcasecmp(c->heading[i], "value") == 0)
			c->place[i] = VALUE;
	while ((more = csv_rows_next(c, at)) > 0) {
		if (!at[PROPERTY] || !at[VALUE])
			return refuse(f, "missing_column", "propertyName", NULL, 1,
			    "The manifest needs the columns propertyName and value");
		int one = take(m, at, c->row, f);
		rc = rc < 0 ? rc : one;
	}
	return more < 0 ? more : rc;
}

int manifest_read(struct manifest *m, const struct pack *p, struct faults *f)
{
	struct pack_stream in;
	struct csv_rows c = {0};
	*m = (struct manifest){0};
	map_init(&m->modes);
	const struct pack_file *file = pack_find(p, file_name);
	if (!file)
		return 0;
	m->there = true;
	int rc = pack_stream_open(&in, p, file, f);
	if (rc < 0)
		return rc;
	rc = csv_rows_open(&c, &in, 0, f);
	if (rc == 0)
		rc = read_rows(m, &c, f);
	if (rc == 0)
		rc = agrees(m, p, f);
	csv_rows_close(&c);
	pack_stream_close(&in);
	return rc;
}

void manifest_clear(struct manifest *m)
{
	map_clear(&m->modes);
	free(m->system);
	*m = (struct manifest){0};
}
