/*
 * proxies - from where a request comes: from its peer, unless that is a server of ours in
 * front (web.trusted_proxies), which tells it in X-Forwarded-For.
 */
#ifndef PROXIES_H
#define PROXIES_H

#include "err.h"

enum { ADDRESS_ROOM = 48 };

struct proxies;

/* proxies_read takes addresses and networks with commas between; *e names what is none. */
struct proxies *proxies_read(const char *text, struct err *e);
void proxies_free(struct proxies *p);

/* proxies_caller writes the address that the nearest trusted server saw. Of the header, which
 * may be NULL, only what trusted servers appended counts, and that stands at its end. */
void proxies_caller(const struct proxies *p, const char *peer, const char *forwarded,
    char address[ADDRESS_ROOM]);

/* proxies_household gives what counts as one caller: an IPv4 address, or the /64 of an IPv6
 * address, out of which one household can pick any. */
void proxies_household(const char *address, char household[ADDRESS_ROOM]);

#endif
