/* microsoft - what rollcall-web asks Microsoft: to sign people in, and for the keys by which it
 * says who they are. */
#ifndef MICROSOFT_H
#define MICROSOFT_H

#include "jwks.h"
#include "sign_in.h"
#include "web.h"

struct microsoft {
	struct sign_in *sign_in; /* owned; NULL: [app] says nothing of us */
	struct jwks *keys;	 /* owned */
};

/* microsoft_open: NULL and *e name the setting or the file, and the remedy. microsoft_reread
 * reads the secret again (SIGHUP). microsoft_close answers whoever waits. */
struct microsoft *microsoft_open(const struct web *web, struct err *e);
int microsoft_reread(struct microsoft *m, struct err *e) MUST_CHECK;
void microsoft_close(struct microsoft *m);

/* microsoft_consent_url is where the administrator of a tenant allows us; free it. */
char *microsoft_consent_url(const struct visit *v, const char *tenant);

/* microsoft_way_back is the address that Microsoft sends browsers back to, as it is entered in
 * our registration there; free it. */
char *microsoft_way_back(const struct visit *v);

#endif
