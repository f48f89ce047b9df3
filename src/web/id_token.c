/*
 * id_token - signature first, then issuer, audience, time and nonce; only then who it is.
 *
 * The issuer names the tenant, and a key that Microsoft publishes for one issuer signs for no
 * other. Tenant and account are GUIDs: they become part of addresses.
 */
#include "id_token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"

enum { MS_PER_S = 1000, SKEW_S = 300, GUID_LENGTH = 36, TEXT_MAX = 256 };

void identity_clear(struct identity *i)
{
	free(i->tenant);
	free(i->account);
	free(i->email);
	free(i->name);
	*i = (struct identity){0};
}

static bool is_guid(const char *text)
{
	if (!text || strlen(text) != GUID_LENGTH ||
	    text[strspn(text, "0123456789abcdefABCDEF-")] != '\0')
		return false;
	for (int i = 0; i < GUID_LENGTH; i++)
		if ((text[i] == '-') != (i == 8 || i == 13 || i == 18 || i == 23))
			return false;
	return true;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strlen(a) == strlen(b) && sodium_memcmp(a, b, strlen(a)) == 0;
}

/* is_issuer also looks whether the key may sign for it: a published key names its issuer, with
 * {tenantid} where it is for any. */
static bool is_issuer(
    const char *issuer, const char *authority, const char *tenant, const char *keys_issuer)
{
	static const char any[] = "{tenantid}";
	char *wanted = xasprintf("%s/%s/v2.0", authority, tenant), *filled = NULL;
	bool good = is_same(issuer, wanted);
	const char *at = keys_issuer ? strstr(keys_issuer, any) : NULL;
	if (at)
		filled = xasprintf(
		    "%.*s%s%s", (int)(at - keys_issuer), keys_issuer, tenant, at + strlen(any));
	if (keys_issuer)
		good = good && is_same(filled ? filled : keys_issuer, wanted);
	free(filled);
	free(wanted);
	return good;
}

static int check_times(const json_t *claims, struct err *e)
{
	int64_t now_s = clock_wall_ms() / MS_PER_S;
	if (json_int(claims, "exp", 0) <= now_s - SKEW_S)
		return err_set(e, ERR_INPUT, "it is over (exp)");
	if (json_int(claims, "nbf", 0) > now_s + SKEW_S ||
	    json_int(claims, "iat", 0) > now_s + SKEW_S)
		return err_set(e, ERR_INPUT, "it is not yet good (nbf, iat)");
	return 0;
}

static int check(
    const struct jws *j, const json_t *key, const struct id_token_rules *r, struct err *e)
{
	const json_t *claims = j->claims;
	const char *tenant = json_text(claims, "tid");
	if (strcmp(j->algorithm, "RS256") != 0)
		return err_set(e, ERR_INPUT, "it is not signed by RS256 (alg)");
	if (!jws_is_by(j, key))
		return err_set(e, ERR_INPUT, "its signature is not Microsoft's");
	if (!is_guid(tenant))
		return err_set(e, ERR_INPUT, "it names no tenant (tid)");
	if (!is_issuer(json_text(claims, "iss"), r->authority, tenant, json_text(key, "issuer")))
		return err_set(e, ERR_INPUT, "its issuer is another one (iss)");
	if (!is_same(json_text(claims, "aud"), r->client_id))
		return err_set(e, ERR_INPUT, "it is for somebody else (aud)");
	if (check_times(claims, e) < 0)
		return e->code;
	if (!is_same(json_text(claims, "nonce"), r->nonce))
		return err_set(e, ERR_INPUT, "it answers another question (nonce)");
	if (!is_guid(json_text(claims, "oid")))
		return err_set(e, ERR_INPUT, "it names no account (oid)");
	return 0;
}

/* for_people leaves out what would upset a page, a log or a terminal. */
static char *for_people(const char *text)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	for (; text && *text; text++)
		if ((unsigned char)*text >= ' ' && *text != 0x7f && buf_put(&b, text, 1) < 0)
			break;
	if (b.data)
		text_mend(b.data, b.length);
	return b.data ? buf_take(&b) : xstrdup("");
}

int id_token_read(const struct jws *j, const json_t *key, const struct id_token_rules *r,
    struct identity *i, struct err *e)
{
	*i = (struct identity){0};
	if (check(j, key, r, e) < 0)
		return e->code;
	const char *sign_in = json_text_or(j->claims, "preferred_username", "");
	*i = (struct identity){
	    .tenant = xstrdup(json_text(j->claims, "tid")),
	    .account = xstrdup(json_text(j->claims, "oid")),
	    .email = for_people(json_text_or(j->claims, "email", sign_in)),
	    .name = for_people(json_text(j->claims, "name")),
	};
	return 0;
}
