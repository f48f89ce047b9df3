/* login - the parts of the sign-in service; graph.md part 1. */
#ifndef LOGIN_H
#define LOGIN_H

#include "call.h"

void token_post(struct call *c);		/* token.c */
void authorize_get(struct call *c);		/* authorize.c */
void admin_consent_get(struct call *c);

/* authorize_may: u may use app with these scopes (short names), by their own consent or
 * their administrator's. */
bool authorize_may(const struct app *a, const struct user *u, const char *scopes);

/* login_tenant finds the tenant that the path names; NULL for "common" and
 * "organizations" too, then *any is true. */
struct tenant *login_tenant(const struct call *c, bool *any);

/* A code or refresh token is a sealed JSON object with "typ", "exp" and the rest;
 * login_open gives it, or NULL if it is no such thing or of another type. */
char *login_seal(const struct call *c, const char *type, json_t *claims, int64_t life_s);
json_t *login_open(const struct call *c, const char *type, const char *token);
bool login_is_over(const struct call *c, const json_t *claims);

/* login_redirect sends the browser to uri, with parameters appended after ? or &. */
void login_redirect(struct call *c, const char *uri, const char *parameters);

#endif
