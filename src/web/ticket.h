/*
 * ticket - with what a staff member comes from the portal: a JWT, signed by it, that lives a
 * few minutes and says who they are.
 *
 *	sub	their id in the portal, as class.teachers has it
 *	school	the school's id, as envelopes have it
 *	sso	true: they signed in through SSO; else they may not enter
 *	exp	when it ends, in seconds
 *	name, email, roles, lang, aud, iss, nbf, iat, jti	may be left out
 */
#ifndef TICKET_H
#define TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "ticket_keys.h"

enum { TICKET_MAX_BYTES = 4096, TICKET_PRINT_ROOM = 65 };

struct ticket {
	char *id, *school, *name, *language, *email;	/* owned; NULL before somebody was read */
	unsigned roles;			/* of enum role (who.h) */
	int64_t expires_at;		/* nobody enters with it from then on; epoch ms */
	char print[TICKET_PRINT_ROOM];	/* the same for each copy of it, however re-signed */
};

struct ticket_rules {
	const struct ticket_keys *keys;
	const char *audience;		/* "": one that names an audience names "rollcall" */
	const char *issuer;		/* "": any */
};

/* ticket_read believes a ticket or refuses it: then *word is the fixed word for programs
 * ("ticket_expired", …; "no_sso") and *e the sentence. It does not know whether the ticket
 * was used before, or whether there is such a school. With no_sso *t says whom the portal
 * named, for the records; clear it in any case. */
int ticket_read(struct ticket *t, const char *text, const struct ticket_rules *rules,
    const char **word, struct err *e) MUST_CHECK;
void ticket_clear(struct ticket *t);

#endif
