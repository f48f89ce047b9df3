/* credential - what proves that we are our app: a secret, or a certificate and its key. */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include "buf.h"
#include "err.h"

struct credential;

/* credential_read takes secret_file, or the other two; *e names the file and the
 * remedy. credential_free wipes it. */
struct credential *credential_read(
    const char *secret_file, const char *certificate_file, const char *key_file, struct err *e);
void credential_free(struct credential *c);

/* credential_form appends the fields that prove it to the form of a token request. */
int credential_form(const struct credential *c, const char *client_id, const char *token_url,
    struct buf *form, struct err *e) MUST_CHECK;

#endif
