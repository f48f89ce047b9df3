/* ticket - first whether the portal signed it, then when, for whom, and who it is. */
#include "ticket.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "clock.h"
#include "roster.h"
#include "who.h"

enum {
	LEEWAY_S = 60,	     /* two clocks are never quite the same */
	LIFE_MOST_S = 86400, /* each used ticket is remembered for as long as it lives */
	MS_PER_S = 1000,
	ID_MAX_BYTES = 200,
	SCHOOL_MAX_BYTES = 128, /* as envelopes have it */
	NAME_MAX_BYTES = 200,
	PRINT_BYTES = (TICKET_PRINT_ROOM - 1) / 2,
};

/* What is being read, and what there is to say of it. */
struct reading {
	const json_t *claims;
	const struct ticket_rules *rules;
	const char *word;
	struct err *e;
};

/* refuse keeps the word for programs; the sentence follows it. */
#define refuse(r, w, ...) ((r)->word = (w), err_set((r)->e, ERR_REFUSED, __VA_ARGS__))

/* ---- did the portal sign it? ------------------------------------------------------------- */

static int check_proof(struct reading *r, const struct jws *j)
{
	char ours[64];
	switch (ticket_keys_prove(r->rules->keys, j)) {
	case TICKET_PROVED:
		return 0;
	case TICKET_OTHER_ALGORITHM:
		return refuse(r, "ticket_algorithm",
		    "The ticket says it is signed by %.20s, and the key here is for %s.",
		    j->algorithm, ticket_keys_algorithms(r->rules->keys, ours));
	case TICKET_FORGED:
		break;
	}
	return refuse(r, "ticket_forged",
	    "The ticket's signature is not the portal's: it was changed, or signed with another "
	    "key than the one here.");
}

/* The print covers what is signed. A signature can be written in more than one way. */
static void take_print(char print[TICKET_PRINT_ROOM], const char *text)
{
	unsigned char hash[PRINT_BYTES];
	size_t length = (size_t)(strrchr(text, '.') - text);
	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text, length, NULL, 0);
	sodium_bin2hex(print, TICKET_PRINT_ROOM, hash, sizeof hash);
}

/* ---- is it for now, and for us? ------------------------------------------------------------ */

/* time_claim reads seconds since 1970, which may have a fraction; NAN if they are none. */
static double time_claim(const json_t *claims, const char *name)
{
	const json_t *value = json_object_get(claims, name);
	double seconds = json_is_number(value) ? json_number_value(value) : NAN;
	return seconds > 0 && seconds < 1e11 ? seconds : NAN;
}

static int check_begin(struct reading *r, const char *name, double now_s)
{
	if (!json_object_get(r->claims, name))
		return 0;
	double begins = time_claim(r->claims, name);
	if (begins <= now_s + LEEWAY_S)
		return 0;
	return refuse(r, "ticket_early",
	    "The ticket is not valid yet (%s). Are the clocks of both servers right?", name);
}

static int check_times(struct reading *r, struct ticket *t)
{
	double now_s = (double)clock_wall_ms() / MS_PER_S;
	double ends = time_claim(r->claims, "exp");
	if (isnan(ends))
		return refuse(r, "ticket_no_expiry",
		    "The ticket does not say when it ends (exp, in seconds since 1970).");
	if (ends + LEEWAY_S <= now_s)
		return refuse(r, "ticket_expired",
		    "The ticket has expired. Open this page from the school's portal again.");
	if (ends > now_s + LIFE_MOST_S)
		return refuse(r, "ticket_far_expiry",
		    "The ticket lives for more than %d hours; a few minutes are enough.",
		    LIFE_MOST_S / 3600);
	t->expires_at = (int64_t)((ends + LEEWAY_S) * MS_PER_S);
	int rc = check_begin(r, "nbf", now_s);
	return rc < 0 ? rc : check_begin(r, "iat", now_s);
}

/* names tells whether a claim is this text, or a list with it. */
static bool names(const json_t *claim, const char *wanted)
{
	size_t i;
	json_t *one;
	if (json_is_string(claim))
		return strcmp(json_string_value(claim), wanted) == 0;
	json_array_foreach (claim, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), wanted) == 0)
			return true;
	return false;
}

static int check_parties(struct reading *r)
{
	const char *audience = r->rules->audience, *issuer = r->rules->issuer;
	const json_t *said = json_object_get(r->claims, "aud");
	if ((*audience || said) && !names(said, *audience ? audience : "rollcall"))
		return refuse(r, "ticket_audience", "The ticket is not for \"%.100s\" (aud).",
		    *audience ? audience : "rollcall");
	if (*issuer && strcmp(json_text_or(r->claims, "iss", ""), issuer) != 0)
		return refuse(
		    r, "ticket_issuer", "The ticket is not from \"%.100s\" (iss).", issuer);
	return 0;
}

/* ---- who is it? ------------------------------------------------------------------------------ */

static bool is_plain(const char *text, size_t most)
{
	size_t length = strlen(text);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return length >= 1 && length <= most;
}

/* The words that portals have for the roles that make a difference here. */
static unsigned roles_of(const json_t *claims)
{
	static const struct {
		const char *word;
		unsigned roles;
	} known[] = {
	    {"admin", ROLE_ADMINISTRATOR},
	    {"administrator", ROLE_ADMINISTRATOR},
	    {"super_admin", ROLE_SUPER_ADMIN | ROLE_ADMINISTRATOR},
	    {"teacher", ROLE_TEACHING},
	    {"teaching_staff", ROLE_TEACHING},
	    {"operator", ROLE_OPERATOR},
	};
	const json_t *said = json_object_get(claims, "roles");
	unsigned roles = 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (names(said, known[i].word))
			roles |= known[i].roles;
	return roles;
}

/* name_of gives what people are called by: cut between characters, and on one line. */
static char *name_of(const json_t *claims)
{
	const char *name = json_text_or(claims, "name", "");
	size_t length = strnlen(name, NAME_MAX_BYTES);
	while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	char *kept = xstrndup(name, length);
	for (char *c = kept; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return kept;
}

static const char *language_of(const json_t *claims)
{
	const char *said = json_text_or(claims, "lang", "");
	if (strncasecmp(said, "af", 2) == 0)
		return "af";
	return strncasecmp(said, "en", 2) == 0 ? "en" : "";
}

/* email_of gives the address of who comes, "" if what is said is none. */
static char *email_of(const json_t *claims)
{
	char *email = address_key(json_text_or(claims, "email", ""));
	if (email && strlen(email) <= NAME_MAX_BYTES)
		return email;
	free(email);
	return xstrdup("");
}

static int check_person(struct reading *r, struct ticket *t)
{
	const char *id = json_text_or(r->claims, "sub", "");
	const char *school = json_text_or(r->claims, "school", "");
	if (!is_plain(id, ID_MAX_BYTES))
		return refuse(r, "ticket_staff",
		    "The ticket does not say who comes (sub: text of 1 to %d bytes).",
		    ID_MAX_BYTES);
	if (!is_plain(school, SCHOOL_MAX_BYTES) || strchr(school, ':'))
		return refuse(r, "ticket_school",
		    "The ticket does not say of which school (school: 1 to %d bytes, no colon and "
		    "no control characters).",
		    SCHOOL_MAX_BYTES);
	t->id = xstrdup(id);
	t->school = xstrdup(school);
	t->name = name_of(r->claims);
	t->language = xstrdup(language_of(r->claims));
	t->email = email_of(r->claims);
	t->roles = roles_of(r->claims);
	if (json_is_true(json_object_get(r->claims, "sso")))
		return 0;
	return refuse(r, "no_sso",
	    "Microsoft Teams is for staff who signed in to the portal through SSO (sso).");
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static int check(struct reading *r, const struct jws *j, struct ticket *t)
{
	int rc = check_proof(r, j);
	if (rc == 0)
		rc = check_times(r, t);
	if (rc == 0)
		rc = check_parties(r);
	return rc < 0 ? rc : check_person(r, t);
}

int ticket_read(struct ticket *t, const char *text, const struct ticket_rules *rules,
    const char **word, struct err *e)
{
	struct reading r = {.rules = rules, .e = e};
	struct err why = {0};
	struct jws j = {0};
	int rc;
	*t = (struct ticket){0};
	if (!*text)
		rc = refuse(&r, "ticket_missing", "There is no ticket.");
	else if (strlen(text) > TICKET_MAX_BYTES)
		rc = refuse(
		    &r, "ticket_too_long", "The ticket is longer than %d bytes.", TICKET_MAX_BYTES);
	else if (jws_read(&j, text, &why) < 0)
		rc = refuse(&r, "ticket_unreadable", "The ticket is no JWT: %s.", why.text);
	else {
		r.claims = j.claims;
		rc = check(&r, &j, t);
	}
	if (rc == 0)
		take_print(t->print, text);
	jws_clear(&j);
	*word = r.word;
	return rc;
}

void ticket_clear(struct ticket *t)
{
	free(t->id);
	free(t->school);
	free(t->name);
	free(t->language);
	free(t->email);
	*t = (struct ticket){0};
}
