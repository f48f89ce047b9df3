/* way - sealed as a JSON list, whose first member is the form's version. */
#include "way.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "json.h"

enum {
	FORM = 1,
	RANDOM_BYTES = 32,
	PRINT_BYTES = 16,
	VALUE_MAX_BYTES = 4096,
	MS_PER_S = 1000,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

const char way_cookie[] = "rollcall-way";
static const char purpose[] = "way to Microsoft";

static void put_random(char text[WAY_TEXT_ROOM])
{
	unsigned char random[RANDOM_BYTES];
	randombytes_buf(random, sizeof random);
	sodium_bin2base64(text, WAY_TEXT_ROOM, random, sizeof random, BASE64);
	sodium_memzero(random, sizeof random);
}

void way_begin(struct way *w, const char *tenant, const char *redirect_uri)
{
	*w = (struct way){0};
	put_random(w->state);
	put_random(w->nonce);
	put_random(w->verifier);
	(void)text_copy(w->tenant, sizeof w->tenant, tenant);
	(void)text_copy(w->redirect_uri, sizeof w->redirect_uri, redirect_uri);
}

void way_wipe(struct way *w)
{
	sodium_memzero(w, sizeof *w);
}

struct sign_in_way way_for_microsoft(const struct way *w)
{
	return (struct sign_in_way){
	    .tenant = w->tenant,
	    .redirect_uri = w->redirect_uri,
	    .state = w->state,
	    .nonce = w->nonce,
	    .verifier = w->verifier,
	};
}

char *way_seal(const struct seal_keys *k, const struct way *w, const struct who *who)
{
	json_int_t until = clock_wall_ms() + (int64_t)WAY_LIFE_S * MS_PER_S;
	json_t *list = json_pack("[i, s, s, s, I, s, s, s, s, s]", FORM, who->id, who->school,
	    who->csrf, until, w->state, w->nonce, w->verifier, w->tenant, w->redirect_uri);
	char *text = json_write(list);
	char *value = seal(k, purpose, text, strlen(text));
	sodium_memzero(text, strlen(text));
	free(text);
	json_decref(list);
	return value;
}

static bool read_list(struct way *w, const struct who *who, json_t *list)
{
	int form = 0;
	json_int_t until = 0;
	const char *id, *school, *csrf, *state, *nonce, *verifier, *tenant, *redirect_uri;
	if (json_unpack(list, "[i, s, s, s, I, s, s, s, s, s]", &form, &id, &school, &csrf, &until,
		&state, &nonce, &verifier, &tenant, &redirect_uri) < 0 ||
	    form != FORM || until <= clock_wall_ms() || strcmp(id, who->id) != 0 ||
	    strcmp(school, who->school) != 0 || strcmp(csrf, who->csrf) != 0)
		return false;
	return text_copy(w->state, sizeof w->state, state) &&
	       text_copy(w->nonce, sizeof w->nonce, nonce) &&
	       text_copy(w->verifier, sizeof w->verifier, verifier) &&
	       text_copy(w->tenant, sizeof w->tenant, tenant) &&
	       text_copy(w->redirect_uri, sizeof w->redirect_uri, redirect_uri);
}

bool way_open(const struct seal_keys *k, const char *value, const struct who *who, struct way *w)
{
	struct err e;
	size_t length = 0;
	*w = (struct way){0};
	char *text = strlen(value) <= VALUE_MAX_BYTES ? unseal(k, purpose, value, &length) : NULL;
	if (!text)
		return false;
	json_t *list = json_read(text, length, 2, &e);
	bool good = list && read_list(w, who, list);
	json_decref(list);
	sodium_memzero(text, length);
	free(text);
	return good;
}

bool way_is(const struct way *w, const char *state)
{
	return state && strlen(state) == strlen(w->state) &&
	       sodium_memcmp(state, w->state, strlen(state)) == 0;
}

void way_print(const struct way *w, char print[WAY_PRINT_ROOM])
{
	unsigned char hash[PRINT_BYTES];
	crypto_generichash(
	    hash, sizeof hash, (const unsigned char *)w->state, strlen(w->state), NULL, 0);
	sodium_bin2hex(print, WAY_PRINT_ROOM, hash, sizeof hash);
}
