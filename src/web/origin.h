/*
 * origin - is a request from a page of ours, and is an address one?
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

struct visit;

/* origin_of writes scheme, host and port of an address as browsers do: small letters, no
 * port that goes without saying. False if it is too long or no address. */
bool origin_of(const char *address, char *origin, size_t room);

enum { ORIGIN_ROOM = 300 };

/* origin_own writes our own origin; false if nobody says it. */
bool origin_own(const struct visit *v, char origin[ORIGIN_ROOM]);

/* origin_is_ours believes the browser: Sec-Fetch-Site and Origin, where it sends them, tell
 * whether a page of ours asks. */
bool origin_is_ours(const struct visit *v);

/* origin_page gives where somebody wants to go if that is a page of ours, else the Teams
 * page: nobody is sent elsewhere by a link to us. */
const char *origin_page(const char *to);

#endif
