/*
 * page - $top, $skiptoken and @odata.nextLink, the same for every collection.
 *
 * A place is a number that grows along the collection; a page begins after one.
 */
#ifndef PAGE_H
#define PAGE_H

#include "call.h"

struct page {
	int64_t after;		/* places up to here were on earlier pages */
	size_t room;		/* resources that still fit */
	int64_t last;		/* place of the last one put */
	bool more;		/* something did not fit */
	json_t *value;		/* owned until page_reply */
};

/* page_open reads $top and $skiptoken, or replies 400. */
bool page_open(struct call *c, struct page *p, int usual, int largest);

/* page_wants tells whether the resource at place belongs here; call it in order and
 * put what it wants, until it says no with p->more. */
bool page_wants(struct page *p, int64_t place);
void page_put(struct page *p, int64_t place, json_t *resource);	/* takes it over */

/* page_reply answers 200 with body (taken over), value and perhaps a nextLink;
 * page_drop is for those who refuse half way. */
void page_reply(struct call *c, struct page *p, json_t *body);
void page_drop(struct page *p);

/* page_select copies the properties that $select names, else the usual ones (a
 * blank between names; NULL: all). */
json_t *page_select(const struct call *c, const json_t *resource, const char *usual);

/* query_filter reads $filter and holds it to Microsoft's rules; true with *filter
 * NULL if there is none; false after an error reply. Free *filter. */
struct filter;
bool query_filter(struct call *c, const char *known, const char *type, struct filter **filter);

#endif
