/*
 * way - a person's way to Microsoft's sign-in and back: what we have to know of it when they
 * come back is in a sealed cookie, good for a quarter of an hour and one session.
 */
#ifndef WAY_H
#define WAY_H

#include <stdbool.h>

#include "seal.h"
#include "sign_in.h"
#include "who.h"

enum { WAY_LIFE_S = 900, WAY_TEXT_ROOM = 44, WAY_PRINT_ROOM = 33, WAY_URL_ROOM = 400 };

extern const char way_cookie[];

struct way {
	char state[WAY_TEXT_ROOM], nonce[WAY_TEXT_ROOM], verifier[WAY_TEXT_ROOM];
	char tenant[130];		/* "" for any organisation */
	char redirect_uri[WAY_URL_ROOM];
};

/* way_begin makes a new one, way_wipe forgets it. */
void way_begin(struct way *w, const char *tenant, const char *redirect_uri);
void way_wipe(struct way *w);
struct sign_in_way way_for_microsoft(const struct way *w);

/* way_seal writes it as a cookie's value for this session; free it. way_open: false if it is
 * another session's, was changed, or is over. */
char *way_seal(const struct seal_keys *k, const struct way *w, const struct who *who);
bool way_open(const struct seal_keys *k, const char *value, const struct who *who, struct way *w);

/* way_is tells whether this is the state that went out; way_print names it where it is kept
 * that it was used. */
bool way_is(const struct way *w, const char *state);
void way_print(const struct way *w, char print[WAY_PRINT_ROOM]);

#endif
