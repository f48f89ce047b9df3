/*
 * ladder - by what a learner's account is looked for, rung by rung, and by what a known one
 * was found. A record remembers that as text: an address as it is, "employee:123" a number,
 * "account:ID" what somebody said. As long as the text is one of the learner's rungs, the
 * account is known and needs no look-up.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "roster.h"
#include "roster_int.h"

static const char *const names[RUNGS] = {
    [RUNG_EMAIL] = "email",
    [RUNG_DOMAIN] = "domain",
    [RUNG_USERNAME] = "username",
    [RUNG_EMPLOYEE] = "employee_id",
    [RUNG_ACCOUNT] = "said",
    [RUNG_ADDRESS] = "said",
};

const char *rung_name(enum rung n)
{
	return names[n];
}

/* ---- the rungs ---------------------------------------------------------------------- */

static void take_rung(struct learner *l, enum rung n, char *text)
{
	for (int i = 0; text && i < RUNGS; i++)
		if (i != (int)n && l->rungs[i] && strcmp(l->rungs[i], text) == 0) {
			free(text);
			text = NULL;
		}
	free(l->rungs[n]);
	l->rungs[n] = text;
}

/* The address of the register as the directory has it, where the school said so. */
static char *mapped(const char *email, const json_t *domains)
{
	char *key = address_key(email);
	const char *at = key ? strchr(key, '@') : NULL;
	const char *to = at ? json_text(domains, at + 1) : NULL;
	char *whole = to && *to ? xasprintf("%.*s@%s", (int)(at - key), key, to) : NULL;
	char *address = whole ? address_key(whole) : NULL;
	free(whole);
	free(key);
	return address;
}

static char *sign_in_of(const char *username, const char *domain)
{
	char *name = trimmed(username);
	char *whole = !strchr(name, '@') && *name && domain && *domain
			  ? xasprintf("%s@%s", name, domain)
			  : xstrdup(name);
	char *address = address_key(whole);
	free(whole);
	free(name);
	return address;
}

static char *number_of(const char *text)
{
	char *number = trimmed(text);
	if (*number)
		return number;
	free(number);
	return NULL;
}

static void take_said(struct learner *l, const json_t *said)
{
	char *account = number_of(json_text_or(said, "user_id", ""));
	char *address = address_key(json_text(said, "address"));
	if (!account && !address)
		return;
	for (int n = 0; n < RUNGS; n++) {
		free(l->rungs[n]);
		l->rungs[n] = NULL;
	}
	l->rungs[RUNG_ACCOUNT] = account;
	l->rungs[RUNG_ADDRESS] = account ? NULL : address;
	if (account)
		free(address);
}

void roster_ladder(struct roster *r, const json_t *class, const struct ladder *ladder)
{
	size_t i;
	json_t *said;
	json_array_foreach (json_list(class, "learners"), i, said) {
		const char *id = json_text(said, "id");
		struct learner *l = id ? roster_find(r, id) : NULL;
		if (!l)
			continue;
		take_rung(l, RUNG_DOMAIN, mapped(l->email, ladder->domains));
		take_rung(l, RUNG_USERNAME,
		    sign_in_of(json_text_or(said, "username", ""), ladder->username_domain));
		take_rung(l, RUNG_EMPLOYEE, number_of(json_text_or(said, "employee_id", "")));
		take_said(l, json_object_get(ladder->said, id));
	}
}

bool has_rung(const struct learner *l)
{
	for (int n = 0; n < RUNGS; n++)
		if (l->rungs[n])
			return true;
	return false;
}

/* ---- what an account was found by --------------------------------------------------------- */

/* What a record remembers of a rung; free it. */
static char *remembered(const struct learner *l, enum rung n)
{
	const char *text = l->rungs[n];
	if (!text)
		return NULL;
	if (n == RUNG_EMPLOYEE)
		return xasprintf("employee:%s", text);
	return n == RUNG_ACCOUNT ? xasprintf("account:%s", text) : xstrdup(text);
}

enum rung known_on(const struct learner *l)
{
	char *known = l->known_email ? fold(l->known_email) : NULL;
	int n = 0;
	for (; known && n < RUNGS; n++) {
		char *text = remembered(l, (enum rung)n);
		bool same = text && strcasecmp(text, known) == 0;
		free(text);
		if (same)
			break;
	}
	bool found = known != NULL;
	free(known);
	return found ? (enum rung)n : RUNGS;
}

char *roster_matched(const struct learner *l)
{
	return l->found == RUNG_EMAIL ? NULL : remembered(l, l->found);
}

/* ---- names ---------------------------------------------------------------------------------- */

static size_t word_length(const char *text)
{
	size_t n = 0;
	while (text[n] && (isalnum((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80))
		n++;
	return n;
}

static const char *next_word(const char *text, size_t *length)
{
	for (; *text; text += *length ? *length : 1) {
		*length = word_length(text);
		if (*length >= 2)
			return text;
	}
	return NULL;
}

static bool has_word(const char *text, const char *word, size_t length)
{
	size_t n = 0;
	for (const char *w = text; (w = next_word(w, &n)); w += n)
		if (n == length && strncasecmp(w, word, length) == 0)
			return true;
	return false;
}

/* The family name is the last word, or the last one before a comma. */
static bool has_family_of(const char *text, const char *name)
{
	const char *end = strchr(name, ','), *family = NULL;
	size_t n = 0, length = 0;
	for (const char *w = name; (w = next_word(w, &n)) && (!end || w < end || !family); w += n) {
		family = w;
		length = n;
	}
	return family && has_word(text, family, length);
}

bool roster_same_name(const char *a, const char *b)
{
	size_t n = 0, common = 0;
	for (const char *w = a; (w = next_word(w, &n)); w += n)
		common += has_word(b, w, n);
	return common >= 2 || has_family_of(b, a) || has_family_of(a, b);
}
