/*
 * jws - the text is checked letter by letter before libjose sees it: base64url in its one
 * canonical form, JSON of a few levels without duplicate members, no extension that somebody
 * would have to understand.
 */
#include "jws.h"

#include <jose/jws.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
	DEPTH_MAX = 8,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

/* decode reads one part as a JSON object, or NULL. */
static json_t *decode(const char *part, size_t length)
{
	struct err why;
	size_t size = 0;
	char *raw = xmalloc(length + 1);
	json_t *value = NULL;
	if (sodium_base642bin(
		(unsigned char *)raw, length, part, length, NULL, &size, NULL, BASE64) == 0)
		value = json_read(raw, size, DEPTH_MAX, &why);
	sodium_memzero(raw, length);
	free(raw);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

static bool is_base64url(const char *text, size_t length)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	return strspn(text, letters) >= length;
}

/* check_header refuses what would change the meaning of the rest. */
static int check_header(struct jws *j, struct err *e)
{
	j->algorithm = json_text(j->header, "alg");
	j->key_id = json_text(j->header, "kid");
	if (!j->algorithm)
		return err_set(e, ERR_INPUT, "its header names no algorithm");
	if (json_object_get(j->header, "crit") || json_object_get(j->header, "b64"))
		return err_set(e, ERR_INPUT, "its header asks for an extension (crit)");
	return 0;
}

int jws_read(struct jws *j, const char *text, struct err *e)
{
	static const char no_object[] = "not a JSON object in base64url";
	size_t header = strcspn(text, "."), claims, signature;
	*j = (struct jws){0};
	if (text[header] != '.')
		return err_set(e, ERR_INPUT, "it has not three parts with dots between");
	const char *second = text + header + 1;
	claims = strcspn(second, ".");
	if (second[claims] != '.')
		return err_set(e, ERR_INPUT, "it has not three parts with dots between");
	const char *third = second + claims + 1;
	signature = strlen(third);
	if (!is_base64url(third, signature))
		return err_set(e, ERR_INPUT, "its signature is not base64url");
	j->header = decode(text, header);
	j->claims = decode(second, claims);
	int rc = !j->header   ? err_set(e, ERR_INPUT, "its header is %s", no_object)
		 : !j->claims ? err_set(e, ERR_INPUT, "its second part is %s", no_object)
			      : check_header(j, e);
	if (rc < 0)
		jws_clear(j);
	else
		j->parts = json_pack("{s:s%, s:s%, s:s%}", "protected", text, header, "payload",
		    second, claims, "signature", third, signature);
	return rc;
}

void jws_clear(struct jws *j)
{
	json_decref(j->header);
	json_decref(j->claims);
	json_decref(j->parts);
	*j = (struct jws){0};
}

bool jws_is_by(const struct jws *j, const json_t *key)
{
	const char *fixed = json_text(key, "alg");
	return fixed && strcmp(fixed, j->algorithm) == 0 &&
	       jose_jws_ver(NULL, j->parts, NULL, key, false);
}
