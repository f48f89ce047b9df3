/* token_roles - what a token of our app itself lets us do in a tenant. */
#ifndef TOKEN_ROLES_H
#define TOKEN_ROLES_H

#include "json.h"

/* token_roles gives the permissions that the token names, a list that the caller owns; an
 * empty one if it names none. NULL: it is in no form that we can read. */
json_t *token_roles(const char *token);

#endif
