/* assertion - proving with a certificate who we are, in place of a secret. */
#ifndef ASSERTION_H
#define ASSERTION_H

#include "err.h"

struct signer;

/* signer_read reads certificate and private key (PEM, RSA of 2048 bits or more) and checks
 * that they belong together; *e names the file and the remedy. */
struct signer *signer_read(const char *certificate_file, const char *key_file, struct err *e);
void signer_free(struct signer *s);

/* assertion_new is the signed text for one token request to audience, good for ten
 * minutes; wipe and free it with assertion_free. NULL and *e if it cannot be signed. */
char *assertion_new(
    const struct signer *s, const char *client_id, const char *audience, struct err *e);
void assertion_free(char *assertion);

#endif
