/*
 * live_int - how the two halves of live.h stand on each other.
 *
 *	live.c		who asks, and what they get
 *	live_read.c	what is known of each job: read, true, doubted, forgotten
 */
#ifndef LIVE_INT_H
#define LIVE_INT_H

#include "list.h"
#include "live.h"
#include "map.h"
#include "tracking.h"

struct live {
	const struct web *web;
	struct redis *reader;	   /* owned */
	struct tracking *tracking; /* owned */
	struct map jobs;	   /* id -> struct job_entry */
	struct link used;	   /* the same, the one not asked for longest first */
	struct link fenced;	   /* entries to look at when a fence has passed */
	struct timer fence;
	uint64_t fences_begun, fences_passed;
	bool fence_is_out;
	unsigned era; /* of tracking: counts its ons and offs */
	bool told;    /* of changes */
	bool leaving, closing;
};

struct job_entry {
	struct link link;
	struct live *live;
	char *id;	     /* owned */
	json_t *record;	     /* owned: as last read; NULL: there was none, or never read */
	json_t *coming;	     /* owned: of the read in flight */
	struct err *trouble; /* owned: likewise; NULL: none */
	struct link waits, fenced;
	struct timer look;
	uint64_t begun, ended; /* reads */
	int halves;	/* of the read in flight that are not answered yet */
	unsigned era;	       /* in which the read in flight began */
	int holds;	       /* keeps it from being freed */
	bool is_true;	       /* nothing was said against the record since it was read */
	bool doubted;	       /* something was, while it was on its way */
	bool tried_again;      /* after a lost connection */
};

struct live_wait {
	struct link link;
	struct job_entry *entry;
	struct timer deadline;
	live_fn fn;
	void *ctx;
	int64_t rev;	/* which the asker knows */
	uint64_t since; /* reads that had begun when it came */
	uint64_t fence; /* the first that began after that */
	bool any;	/* it takes any rev */
};

/* live_read.c: entry_of makes the entry if there is none. Nobody waits for an idle one, and it
 * may be freed. entry_read begins a read, entry_is_reading while one is in flight. */
struct job_entry *entry_of(struct live *l, const char *id);
void entry_free(struct job_entry *j);
bool entry_is_idle(const struct job_entry *j);
bool entry_is_reading(const struct job_entry *j);
void entry_read(struct job_entry *j);
extern const struct tracking_events live_told;

/* live.c: entry_serve answers whom the record suits now, entry_fail those who cannot be
 * answered; entry_go_on sees to what those need who still wait. The entry may be gone then. */
void entry_serve(struct job_entry *j);
void entry_fail(struct job_entry *j, const struct err *e);
void entry_go_on(struct job_entry *j);

#endif
