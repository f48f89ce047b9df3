/*
 * import_pull - reads a school's roster from a provider's OneRoster REST, 1.1 or 1.2.
 *
 *	orgs, academicSessions, courses, classes, enrollments, users: page after page of each
 *
 * A provider may page for ever, give the same page again, or change its list while it is read.
 * All of that ends the reading, and nothing of it is used: a set with a hole in it would be read
 * as people who left. So each page begins with the last record of the page before: where one
 * record went and another came the total says nothing, and that record has moved.
 */
#include "import_pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { PAGE = 1000, ID_ROOM = 256 };

/* In the order in which roster_reading takes them, and how many there can be. */
static const struct collection {
	const char *name;
	int64_t most;
} collections[] = {
    {"orgs", 100000},
    {"academicSessions", 10000},
    {"courses", 1000000},
    {"classes", 200000},
    {"enrollments", 40000000},
    {"users", 4000000},
};

/* Where the reading of a collection stands. */
struct paging {
	const struct collection *of;
	int64_t offset;
	int64_t total;	     /* as its first page said; -1: it does not say */
	char first[ID_ROOM]; /* the first id of the last page */
	char last[ID_ROOM];  /* and its last one, with which the next page begins */
	bool singly; /* a page may hold no more than one record, so none is asked for twice */
	bool over;
};

static int refuse(struct pull *p, const struct paging *g, const char *word, const char *what)
{
	struct fault_at at = {.file = g->of->name};
	faults_add(&p->i->faults, FAULT_REFUSED, word, at,
	    "Import again later; if it stays, tell the provider", "%s (%s from %lld on)", what,
	    g->of->name, (long long)g->offset);
	return ERR_INPUT;
}

/* check_page: does this page follow the last one? */
static int check_page(
    struct pull *p, struct paging *g, const struct got *got, const json_t *records)
{
	size_t count = json_array_size(records);
	const char *first = json_text_or(json_array_get(records, 0), "sourcedId", "");
	if (!json_is_array(records))
		return refuse(p, g, "no_page", "the provider answered something else than a page");
	if (g->offset == 0)
		g->total = got->total;
	else if (got->total != g->total)
		return refuse(p, g, "list_changed",
		    "the provider's list became longer or shorter while it was read");
	if (count > 1 && *first && strcmp(first, g->first) == 0)
		return refuse(
		    p, g, "same_page", "the provider gives the same page again and again");
	if (g->offset > 0 && !g->singly && strcmp(first, g->last) != 0)
		return refuse(p, g, "list_changed",
		    "the provider's list changed while it was read, or has no order");
	(void)text_copy(g->first, sizeof g->first, first);
	(void)text_copy(g->last, sizeof g->last,
	    json_text_or(json_array_get(records, count - 1), "sourcedId", ""));
	if (g->offset + (int64_t)count > g->of->most || clock_mono_ms() > p->until_ms)
		return refuse(p, g, "endless", "the provider's pages come to no end");
	return 0;
}

/* A page shorter than asked for need not be the last: some give no more than a hundred. */
static void look_for_the_end(struct paging *g, const struct got *got, size_t news)
{
	bool alone = news == 0 && g->offset == 1 && !g->singly;
	g->offset += (int64_t)news;
	g->singly |= alone;
	g->over = (news == 0 && !alone) || got->last || (g->total >= 0 && g->offset >= g->total);
}

static int read_page(struct pull *p, struct roster_reading *r, struct paging *g, struct err *e)
{
	size_t n, known = g->offset > 0 && !g->singly;
	const json_t *record;
	struct got got = {0};
	char source[64];
	int64_t from = g->offset - (int64_t)known;
	(void)snprintf(source, sizeof source, "%s?offset=%lld", g->of->name, (long long)from);
	char *path = xasprintf("%s?limit=%d&offset=%lld&sort=sourcedId&orderBy=asc", g->of->name,
	    PAGE, (long long)from);
	int rc = pull_get(p, path, &got, e);
	free(path);
	if (rc < 0)
		return rc;
	const json_t *records = json_object_get(got.body, g->of->name);
	rc = check_page(p, g, &got, records);
	json_array_foreach (records, n, record)
		if (rc == 0 && n >= known)
			rc = roster_reading_record(r, g->of->name, record, source, n + 1);
	if (rc == 0)
		look_for_the_end(g, &got, json_array_size(records) - known);
	json_decref(got.body);
	return rc < 0 ? rc : rosters_renew(&p->i->store, e);
}

static int read_collection(
    struct pull *p, struct roster_reading *r, const struct collection *of, struct err *e)
{
	struct paging g = {.of = of, .total = -1};
	int rc = 0;
	while (rc == 0 && !g.over)
		rc = read_page(p, r, &g, e);
	if (rc == 0 && g.total >= 0 && g.offset != g.total)
		rc = refuse(p, &g, "not_all",
		    "the provider said how many there are, and gave another "
		    "number of them");
	return rc;
}

static int read_all(struct pull *p, struct err *e)
{
	enum roster_format format =
	    strstr(p->root, "v1p2") ? FORMAT_ONEROSTER_12 : FORMAT_ONEROSTER_11;
	struct roster_reading *r = roster_reading_new(&p->i->set, format, NULL, &p->i->faults);
	int rc = 0;
	for (size_t n = 0; n < sizeof collections / sizeof *collections && rc == 0; n++)
		rc = read_collection(p, r, &collections[n], e);
	if (rc == 0)
		return roster_reading_end(r);
	roster_reading_free(r);
	return rc;
}

int import_pull(struct import *i, struct err *e)
{
	struct pull p;
	int rc = pull_open(&p, i, e);
	if (rc == 0)
		rc = read_all(&p, e);
	pull_close(&p);
	return rc;
}
