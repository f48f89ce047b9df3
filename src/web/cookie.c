/* cookie - read from the request's Cookie header, sent with the answer. */
#include "cookie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "web.h"

enum { NAME_MAX_BYTES = 64 };

char *cookie_find(const char *header, const char *name)
{
	size_t name_length = strlen(name);
	for (const char *at = header; *at;) {
		at += strspn(at, "; \t");
		size_t length = strcspn(at, ";");
		if (length > name_length && at[name_length] == '=' &&
		    memcmp(at, name, name_length) == 0)
			return xstrndup(at + name_length + 1, length - name_length - 1);
		at += length;
	}
	return NULL;
}

/* full_name adds the prefix by which browsers know that the cookie is for this host alone. */
static const char *full_name(const struct visit *v, const char *name, char full[NAME_MAX_BYTES])
{
	(void)snprintf(full, NAME_MAX_BYTES, "%s%s", v->web->is_https ? "__Host-" : "", name);
	return full;
}

char *cookie_get(const struct visit *v, const char *name)
{
	char full[NAME_MAX_BYTES];
	const char *header = exchange_header(v->x, "Cookie");
	return header ? cookie_find(header, full_name(v, name, full)) : NULL;
}

void cookie_set(struct visit *v, const char *name, const char *value, int64_t life_s)
{
	char full[NAME_MAX_BYTES];
	char *line = xasprintf("%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
	    full_name(v, name, full), value, (long long)life_s, v->web->is_https ? "; Secure" : "");
	exchange_set_header(v->x, "Set-Cookie", line);
	free(line);
}

void cookie_drop(struct visit *v, const char *name)
{
	cookie_set(v, name, "", 0);
}
