/* token_errors - what the sign-in service says when it says no. */
#ifndef TOKEN_ERRORS_H
#define TOKEN_ERRORS_H

#include "call.h"

/* token_refuse replies with the full error JSON of an AADSTS number. */
void token_refuse(struct call *c, int number);

/* token_error_word gives the OAuth word of a number ("invalid_grant"); text fills
 * the description that redirects carry. */
const char *token_error_word(int number);
char *token_error_description(struct call *c, int number);	/* free it */

#endif
