/* session - sealed as a JSON list, whose first member is the form's version. */
#include "session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "json.h"
#include "web.h"

enum { FORM = 2, CSRF_BYTES = 16, MS_PER_S = 1000, VALUE_MAX_BYTES = 4096 };

const char session_cookie[] = "rollcall";
static const char purpose[] = "session";

void session_begin(struct who *w)
{
	unsigned char random[CSRF_BYTES];
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(w->csrf, sizeof w->csrf, random, sizeof random);
	w->until = clock_wall_ms() + (int64_t)SESSION_LIFE_S * MS_PER_S;
}

char *session_seal(const struct seal_keys *k, const struct who *w)
{
	json_t *list = json_pack("[i, s, s, s, s, i, I, s, s]", FORM, w->id, w->school, w->name,
	    w->language, (int)w->roles, (json_int_t)w->until, w->csrf, w->email);
	char *text = json_write(list);
	char *value = seal(k, purpose, text, strlen(text));
	free(text);
	json_decref(list);
	return value;
}

/* read_list takes over what an opened cookie says. */
static bool read_list(struct who *w, json_t *list)
{
	int form = 0, roles = 0;
	json_int_t until = 0;
	const char *id, *school, *name, *language, *csrf, *email;
	if (json_unpack(list, "[i, s, s, s, s, i, I, s, s]", &form, &id, &school, &name, &language,
		&roles, &until, &csrf, &email) < 0 ||
	    form != FORM || until <= clock_wall_ms() || strlen(csrf) != (size_t)2 * CSRF_BYTES)
		return false;
	w->kind = WHO_STAFF;
	w->id = xstrdup(id);
	w->school = xstrdup(school);
	w->name = xstrdup(name);
	w->language = xstrdup(language);
	w->email = xstrdup(email);
	w->roles = (unsigned)roles;
	w->may = who_may(w->roles);
	w->until = until;
	text_copy(w->csrf, sizeof w->csrf, csrf);
	return true;
}

bool session_open(const struct seal_keys *k, const char *value, struct who *w)
{
	struct err e;
	size_t length = 0;
	if (strlen(value) > VALUE_MAX_BYTES)
		return false;
	char *text = unseal(k, purpose, value, &length);
	if (!text)
		return false;
	json_t *list = json_read(text, length, 2, &e);
	bool good = list && read_list(w, list);
	json_decref(list);
	sodium_memzero(text, length);
	free(text);
	return good;
}
