/*
 * token_roles - reads the middle part of a token for Graph, unproved: it came straight from
 * Microsoft, over TLS, and what it says is only told, never relied upon. A token is given for
 * every tenant that knows our app, also where nobody has allowed it anything.
 */
#include "token_roles.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { DEPTH_MAX = 16, BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

/* claims_of decodes the part between the two dots. */
static json_t *claims_of(const char *token)
{
	const char *from = strchr(token, '.');
	const char *to = from ? strchr(from + 1, '.') : NULL;
	if (!to)
		return NULL;
	size_t length = (size_t)(to - from - 1), size = 0;
	char *text = xmalloc(length + 1);
	struct err why;
	json_t *claims = NULL;
	if (sodium_base642bin((unsigned char *)text, length + 1, from + 1, length, NULL, &size,
		NULL, BASE64) == 0)
		claims = json_read(text, size, DEPTH_MAX, &why);
	free(text);
	return claims;
}

json_t *token_roles(const char *token)
{
	json_t *claims = claims_of(token);
	if (!json_is_object(claims)) {
		json_decref(claims);
		return NULL;
	}
	json_t *said = json_list(claims, "roles"), *roles = json_array(), *role;
	size_t i;
	json_array_foreach (said, i, role)
		if (json_is_string(role))
			json_array_append(roles, role);
	json_decref(claims);
	return roles;
}
