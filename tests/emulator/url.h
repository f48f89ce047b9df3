/*
 * url - a request line's target taken apart: segments of the path and query.
 *
 * Keys in quotes become segments of their own, as Microsoft reads them:
 * /v1.0/teams('7f')/members is v1.0, teams, 7f, members.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stddef.h>

#define URL_SEGMENTS 12
#define URL_PARAMETERS 24

struct url {
	char *segments[URL_SEGMENTS];		/* owned, decoded */
	size_t count;
	struct {
		char *name, *value;		/* owned, decoded */
	} parameters[URL_PARAMETERS];
	size_t parameter_count;
};

/* url_read returns false if target has too many parts or a broken escape; clear
 * *u in either case. */
bool url_read(struct url *u, const char *target);
void url_clear(struct url *u);

/* url_parameter finds a parameter of the query; "$top" also finds "top". */
const char *url_parameter(const struct url *u, const char *name);	/* or NULL */

/* url_path joins the segments from first on: "/teams/7f/members"; free it. */
char *url_path(const struct url *u, size_t first);

/* form_read reads a form-encoded body into the parameters of *u. */
bool form_read(struct url *u, const char *body, size_t length);

/* url_take_key reads the key of ".../users('a@b.c')" or ".../users/a%40b.c", as
 * bodies name people; NULL if collection is not there. The caller frees it. */
char *url_take_key(const char *address, const char *collection);

#endif
