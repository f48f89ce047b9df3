/* credential - our secret or certificate, read from files and never shown. */
#include "credential.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertion.h"

enum { SECRET_MAX = 1024 };

struct credential {
	char *secret;	       /* owned; NULL: the signer counts */
	struct signer *signer; /* owned */
};

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* read_secret takes the first line; one that goes on after it, or is empty, is no secret. */
static char *read_secret(const char *name, struct err *e)
{
	char text[SECRET_MAX + 2];
	FILE *file = fopen(name, "re");
	if (!file) {
		err_set(e, ERR_INPUT, "%s: the secret cannot be opened: %s", name, strerror(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IONBF, 0); /* no copy in a buffer that nobody wipes */
	size_t length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	size_t used = strcspn(text, "\r\n");
	char *secret = NULL;
	if (length > SECRET_MAX)
		err_set(e, ERR_LIMIT, "%s: longer than %d bytes, this is no client secret", name,
		    SECRET_MAX);
	else if (used + strspn(text + used, "\r\n") < length || used == 0)
		err_set(
		    e, ERR_INPUT, "%s: the client secret must be there, alone on one line", name);
	else {
		text[used] = '\0';
		if (is_printable(text))
			secret = xstrdup(text);
		else
			err_set(
			    e, ERR_INPUT, "%s: a client secret has no control characters", name);
	}
	sodium_memzero(text, sizeof text);
	return secret;
}

struct credential *credential_read(
    const char *secret_file, const char *certificate_file, const char *key_file, struct err *e)
{
	char *secret = NULL;
	struct signer *signer = NULL;
	if (secret_file && *secret_file)
		secret = read_secret(secret_file, e);
	else if (certificate_file && *certificate_file && key_file && *key_file)
		signer = signer_read(certificate_file, key_file, e);
	else
		err_set(e, ERR_USAGE,
		    "[app] names neither client_secret_file nor certificate_file with key_file");
	if (!secret && !signer)
		return NULL;
	struct credential *c = xcalloc(1, sizeof *c);
	c->secret = secret;
	c->signer = signer;
	return c;
}

void credential_free(struct credential *c)
{
	if (!c)
		return;
	if (c->secret)
		sodium_memzero(c->secret, strlen(c->secret));
	free(c->secret);
	signer_free(c->signer);
	free(c);
}

int credential_form(const struct credential *c, const char *client_id, const char *token_url,
    struct buf *form, struct err *e)
{
	if (c->secret) {
		buf_adds(form, "&client_secret=");
		buf_url(form, c->secret);
		return 0;
	}
	char *assertion = assertion_new(c->signer, client_id, token_url, e);
	if (!assertion)
		return ERR_SYSTEM;
	buf_adds(form, "&client_assertion_type=");
	buf_url(form, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	buf_adds(form, "&client_assertion=");
	buf_url(form, assertion);
	assertion_free(assertion);
	return 0;
}
