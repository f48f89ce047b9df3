/* doors - what the files behind who.h share. */
#ifndef DOORS_H
#define DOORS_H

#include "portal_keys.h"
#include "proxies.h"
#include "rate.h"
#include "school_door.h"
#include "seal.h"
#include "session.h"
#include "ticket.h"
#include "web.h"

struct doors {
	const struct web *web;
	struct portal_keys programs;
	struct ticket_keys *tickets;	/* owned; NULL: no staff can come */
	struct seal_keys *seals;	/* owned; NULL: none */
	struct proxies *proxies;	/* owned */
	struct rates *rates;		/* owned */
	struct school_door *schools;	/* owned */
};

/* doors_refuse audits and answers a refusal: a page for whoever asked for a page, else a
 * problem. Wrong keys and tickets that come too often are answered 429 from then on. */
void doors_refuse(struct visit *v, int status, const char *word, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* doors_enter is for a page that was asked for with ?ticket=…: the ticket becomes a session,
 * and the browser is sent to the page without it. */
void doors_enter(struct visit *v, const char *ticket);

#endif
