/*
 * cookie - HttpOnly, SameSite=Lax, for the whole site. Over https they are Secure and their
 * names begin with __Host-, so that no neighbouring host can set one for us.
 */
#ifndef COOKIE_H
#define COOKIE_H

#include <stdint.h>

struct visit;

/* cookie_get gives what the browser sent under this name, or NULL; free it. */
char *cookie_get(const struct visit *v, const char *name);

/* cookie_set goes out with the answer; the value is of base64url letters and dots.
 * cookie_drop makes the browser forget it. */
void cookie_set(struct visit *v, const char *name, const char *value, int64_t life_s);
void cookie_drop(struct visit *v, const char *name);

/* cookie_find takes one out of a Cookie header; free it, or NULL. */
char *cookie_find(const char *header, const char *name);

#endif
