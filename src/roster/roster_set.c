/*
 * roster_set - a set is read: which files, in which order, and whether it may be used.
 *
 * Schools first, then sessions, courses and classes, then who is in them, then the people: so
 * nearly every reference can be followed when it is met, and of the people only those are kept
 * who are of use. When something has refused the set, the rest of the files is still read
 * through, for whoever has to mend them wants to know it all; but nothing is made of it.
 */
#include "roster_set.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"

static const struct roster_limits usual = {
    .bytes = 2ULL << 30, .classes = 200000, .people = 4000000, .enrolments = 40000000};

static struct roster_limits limits_of(const struct roster_limits *given)
{
	struct roster_limits l = given ? *given : usual;
	l.bytes = l.bytes ? l.bytes : usual.bytes;
	l.classes = l.classes ? l.classes : usual.classes;
	l.people = l.people ? l.people : usual.people;
	l.enrolments = l.enrolments ? l.enrolments : usual.enrolments;
	return l;
}

/* ---- one file ---- */

void reading_begin_file(
    struct roster_reading *r, const struct shape *shape, const char *file, bool delta)
{
	if (!r->shape || r->shape->record != shape->record) {
		r->pass = ++r->store->passes;
		r->nameless = false;
	}
	r->shape = shape;
	r->delta = delta;
	r->last_class = NULL;
	r->last_person = NULL;
	r->last_org = NULL;
	r->row = (struct row){.file = store_text(r->store, file)};
	r->file_of[shape->record] = r->row.file;
	r->needed[0] = r->expected[0] = F_NONE;
}

static int refuse_file(
    struct roster_reading *r, const char *word, const char *remedy, const char *what)
{
	faults_add(r->faults, FAULT_REFUSED, word, (struct fault_at){.file = r->row.file}, remedy,
	    "%s", what);
	return ERR_INPUT;
}

/* must_have_rows: without classes, people or enrolments there is nothing to be done, and no
 * rows at all rather mean a failed export than that everybody left. */
static bool must_have_rows(const struct shape *s)
{
	return s->record == RECORD_CLASS ||
	       ((s->record == RECORD_ENROLMENT || s->record == RECORD_PERSON) &&
		   (!s->role || strcmp(s->role, "student") == 0));
}

static int read_rows(struct roster_reading *r, struct csv_rows *c)
{
	int rc;
	uint64_t rows = 0;
	while (!r->over && (rc = csv_rows_next(c, r->row.at)) != 0) {
		if (rc < 0)
			return rc;
		rows++;
		r->row.number = c->row;
		if (!faults_refuse(r->faults))
			reading_take(r);
	}
	r->set->counts.rows += rows;
	if (rows == 0 && !r->delta && must_have_rows(r->shape) && !faults_refuse(r->faults))
		return refuse_file(
		    r, "no_rows", "Export and upload it again", "There is a heading and no row");
	return r->over ? ERR_LIMIT : 0;
}

static size_t headless_columns(const struct roster_reading *r, const struct shape *shape)
{
	size_t columns = 0;
	if (layout_of(r->set->format)->headless)
		while (shape->headings[columns].name)
			columns++;
	return columns;
}

static int read_file(struct roster_reading *r, const struct pack *p, const struct pack_file *file)
{
	struct pack_stream in;
	struct csv_rows c;
	int rc = pack_stream_open(&in, p, file, r->faults);
	if (rc < 0)
		return rc;
	rc = csv_rows_open(&c, &in, headless_columns(r, r->shape), r->faults);
	if (rc == 0)
		rc = reading_columns(r, &c);
	reading_wants(r);
	if (rc == 0)
		rc = read_rows(r, &c);
	r->set->counts.bytes += in.read_bytes;
	csv_rows_close(&c);
	pack_stream_close(&in);
	return rc;
}

/* ---- what was before a delta ---- */

static void forget_enrolments(struct roster_reading *r)
{
	const char *id;
	void *value;
	for (size_t at = 0; map_next(&r->store->classes, &at, &id, &value);) {
		struct set_class *c = &((struct kept_class *)value)->set;
		c->count = 0;
		c->missing = (struct set_missing){0};
	}
	r->set->astray = (struct set_missing){0};
}

/* sweep: a bulk file in a set of deltas is the whole truth of its kind. With a row that says no
 * id it is not: whoever or whatever is not in it may be the one. */
static void sweep(struct roster_reading *r)
{
	if (r->nameless)
		return;
	switch (r->shape->record) {
	case RECORD_ORG:
		store_sweep(&r->store->orgs, offsetof(struct kept_org, mark), r->pass);
		break;
	case RECORD_SESSION:
		store_sweep(&r->store->sessions, offsetof(struct kept_session, mark), r->pass);
		break;
	case RECORD_COURSE:
		store_sweep(&r->store->courses, offsetof(struct kept_course, mark), r->pass);
		break;
	case RECORD_CLASS:
		store_sweep(&r->store->classes, offsetof(struct kept_class, mark), r->pass);
		break;
	case RECORD_PERSON:
		store_sweep(&r->store->people, offsetof(struct kept_person, mark), r->pass);
		break;
	case RECORD_CODE:
	case RECORD_CLASS_TERM:
	case RECORD_ENROLMENT:
	case RECORD_ROLE:
	case RECORD_ADDRESS:
		break;
	}
}

static int read_shape(struct roster_reading *r, const struct pack *p, const struct pack_file *file,
    const struct shape *shape, bool delta)
{
	bool base = r->set->delta, enrolments = shape->record == RECORD_ENROLMENT;
	reading_begin_file(r, shape, file->name, delta);
	if (strcmp(file->name, shape->file) != 0)
		faults_add(r->faults, FAULT_NOTE, "file_name",
		    (struct fault_at){.file = file->name}, "Nothing need be done",
		    "This file is called %s", shape->file);
	if (base && enrolments && !delta)
		forget_enrolments(r);
	if (shape->record == RECORD_PERSON && !delta && base)
		r->set->missing = (struct set_missing){0};
	if (enrolments && delta)
		delta_begin(r);
	int rc = read_file(r, p, file);
	delta_end(r);
	if (base && !delta && rc == 0)
		sweep(r);
	return rc;
}

/* ---- all files ---- */

/* mode_of gives how a file is to be read; NULL: the manifest does not say. */
static const char *mode_of(const struct manifest *m, const char *file)
{
	if (!m->there)
		return mode_bulk;
	char *name = xstrndup(file, strlen(file) - strlen(".csv"));
	const char *mode = map_get(&m->modes, name);
	free(name);
	return mode;
}

static void tell_absent(struct roster_reading *r, const struct shape *s)
{
	if (r->set->delta || s->need == MAY)
		return;
	bool needed = s->need == NEEDED;
	faults_add(r->faults, needed ? FAULT_REFUSED : FAULT_WARNING, "missing_file",
	    (struct fault_at){.file = s->file},
	    needed ? "Upload the set again, with all of its files" : "Send it if there is one",
	    "This file is missing");
}

static int read_all(struct roster_reading *r, const struct pack *p, const struct manifest *m)
{
	int rc = 0;
	const struct layout *layout = layout_of(r->set->format);
	for (const struct shape *s = layout->shapes; s->file; s++) {
		const struct pack_file *file = pack_find(p, s->file);
		const char *mode = mode_of(m, s->file);
		int one = 0;
		if (!file)
			tell_absent(r, s);
		else if (mode)
			one = read_shape(r, p, file, s, mode == mode_delta);
		else
			faults_add(r->faults, FAULT_REFUSED, "manifest_differs",
			    (struct fault_at){.file = s->file}, "Export the set again",
			    "The manifest does not say what this file is");
		rc = rc < 0 ? rc : one;
		if (one == ERR_SYSTEM || r->over)
			break;
	}
	return rc;
}

/* check_something: a set of which no class or nobody is left would take everybody away. */
static void check_something(struct roster_reading *r)
{
	const struct set_counts *n = &r->set->counts;
	if (r->set->delta || faults_refuse(r->faults) ||
	    (n->classes > 0 && n->users > 0 && n->enrolments > 0))
		return;
	faults_add(r->faults, FAULT_REFUSED, "nothing_left", (struct fault_at){0},
	    "Mend what is told above, and send the set again",
	    "Of all %s not one record could be used",
	    n->classes == 0 ? "classes"
	    : n->users == 0 ? "users"
			    : "enrolments");
}

static int end_reading(struct roster_reading *r, int rc)
{
	if (rc == 0)
		check_something(r);
	if (rc == 0 && !faults_refuse(r->faults))
		reading_settle(r);
	if (r->over)
		return ERR_LIMIT;
	return rc < 0 ? rc : faults_refuse(r->faults) ? ERR_INPUT : 0;
}

/* ---- for others ---- */

static int survey(
    const struct pack *p, struct manifest *m, enum roster_format *format, struct faults *f)
{
	int rc = manifest_read(m, p, f);
	if (rc < 0)
		return rc;
	if (!m->there)
		return format_of(p, format, f);
	*format = m->format;
	return 0;
}

static int look(const char *path, enum roster_format *format, bool *delta, struct faults *f)
{
	struct pack p;
	struct manifest m = {0};
	*format = FORMAT_NONE;
	*delta = false;
	int rc = pack_open(&p, path, usual.bytes, f);
	if (rc < 0)
		return rc;
	rc = survey(&p, &m, format, f);
	*delta = m.delta;
	manifest_clear(&m);
	pack_close(&p);
	return rc;
}

/* A look that succeeds says nothing: what is to be noted is so when the set is read. */
int roster_set_look(const char *path, enum roster_format *format, bool *delta, struct faults *f)
{
	struct faults unheard;
	faults_init(&unheard);
	int rc = look(path, format, delta, &unheard);
	faults_clear(&unheard);
	return rc < 0 ? look(path, format, delta, f) : rc;
}

/* begin makes the set ready: a bulk starts afresh, a delta needs what was before. */
static int begin(struct roster_set *s, const struct manifest *m, struct faults *f)
{
	if (!m->delta) {
		roster_set_clear(s);
		roster_set_init(s);
	} else if (s->store->classes.count == 0) {
		faults_add(f, FAULT_REFUSED, "no_base", (struct fault_at){.file = "manifest.csv"},
		    "Send a bulk set first",
		    "This says only what changed, and nothing was sent before");
		return ERR_INPUT;
	}
	s->counts = (struct set_counts){0};
	s->unread = (struct set_unread){0};
	s->delta = m->delta;
	if (m->system) {
		free(s->system);
		s->system = xstrdup(m->system);
	}
	return 0;
}

int roster_set_read(
    struct roster_set *s, const char *path, const struct roster_limits *limits, struct faults *f)
{
	struct pack p;
	struct manifest m = {0};
	enum roster_format format = FORMAT_NONE;
	struct roster_limits most = limits_of(limits);
	int rc = pack_open(&p, path, most.bytes, f);
	if (rc < 0)
		return rc;
	rc = survey(&p, &m, &format, f);
	if (rc == 0)
		rc = begin(s, &m, f);
	if (rc == 0) {
		struct roster_reading r = {
		    .set = s, .store = s->store, .faults = f, .limits = most};
		s->format = format;
		rc = end_reading(&r, read_all(&r, &p, &m));
	}
	manifest_clear(&m);
	pack_close(&p);
	return rc;
}

/* ---- record by record ---- */

struct roster_reading *roster_reading_new(struct roster_set *s, enum roster_format format,
    const struct roster_limits *limits, struct faults *f)
{
	struct roster_reading *r = xcalloc(1, sizeof *r);
	roster_set_clear(s);
	roster_set_init(s);
	s->format = format;
	*r = (struct roster_reading){
	    .set = s, .store = s->store, .faults = f, .limits = limits_of(limits)};
	return r;
}

int roster_reading_end(struct roster_reading *r)
{
	int rc = end_reading(r, 0);
	roster_reading_free(r);
	return rc;
}

void roster_reading_free(struct roster_reading *r)
{
	free(r);
}
