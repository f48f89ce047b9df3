/*
 * sign_in_errors - the sign-in's refusals, sorted.
 *
 * They are read by their AADSTS number: the "error" word is the same for a tenant that never
 * consented and for a secret of ours that ran out, and these two must not be mixed up. Where
 * no number is known, the word decides.
 *
 * An account has more ways to be refused than our app: most of them end when its owner signs
 * in once more. What is our own fault never is held against an account.
 */
#include "sign_in_errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "errors.h"

struct meaning {
	int number; /* AADSTS; 0 ends a table */
	enum graph_result result;
	const char *reason; /* for a connection; NULL: none */
};

static const struct meaning of_anybody[] = {
    {65001, GRAPH_NO_CONSENT, "consent_required"},
    {65004, GRAPH_NO_CONSENT, "consent_required"},
    {90094, GRAPH_NO_CONSENT, "consent_required"},
    {90095, GRAPH_NO_CONSENT, "consent_required"},
    {700016, GRAPH_NO_CONSENT, "consent_required"},
    {53000, GRAPH_NO_CONSENT, NULL},
    {53001, GRAPH_NO_CONSENT, NULL},
    {53003, GRAPH_NO_CONSENT, NULL},
    {530032, GRAPH_NO_CONSENT, NULL},
    {90002, GRAPH_NO_TENANT, NULL},
    {900023, GRAPH_NO_TENANT, NULL},
    {7000215, GRAPH_OPERATOR, NULL},
    {7000222, GRAPH_OPERATOR, NULL},
    {70002, GRAPH_OPERATOR, NULL},
    {7000218, GRAPH_OPERATOR, NULL},
    {700025, GRAPH_OPERATOR, NULL},
    {700027, GRAPH_OPERATOR, NULL},
    {70001, GRAPH_OPERATOR, NULL},
    {7000112, GRAPH_OPERATOR, NULL},
    {650056, GRAPH_OPERATOR, NULL},
    {650057, GRAPH_OPERATOR, NULL},
    {50011, GRAPH_OPERATOR, NULL},
    {50194, GRAPH_OPERATOR, NULL},
    {9001023, GRAPH_OPERATOR, NULL},
    {90124, GRAPH_OPERATOR, NULL},
    {90130, GRAPH_OPERATOR, NULL},
    {90038, GRAPH_OPERATOR, NULL},
    {90055, GRAPH_THROTTLED, NULL},
    {50196, GRAPH_THROTTLED, NULL},
    {50033, GRAPH_PASSING, NULL},
    {50087, GRAPH_PASSING, NULL},
    {50088, GRAPH_PASSING, NULL},
    {90006, GRAPH_PASSING, NULL},
    {90012, GRAPH_PASSING, NULL},
    {90024, GRAPH_PASSING, NULL},
    {90033, GRAPH_PASSING, NULL},
    {90090, GRAPH_PASSING, NULL},
    {90091, GRAPH_PASSING, NULL},
    {80001, GRAPH_PASSING, NULL},
    {80002, GRAPH_PASSING, NULL},
    {0},
};

/* These come before the others when it is an account that is refused. */
static const struct meaning of_accounts[] = {
    {50173, GRAPH_RELINK, "revoked"},
    {50132, GRAPH_RELINK, "revoked"},
    {50133, GRAPH_RELINK, "revoked"},
    {700082, GRAPH_RELINK, "expired"},
    {700084, GRAPH_RELINK, "expired"},
    {70008, GRAPH_RELINK, "expired"},
    {70043, GRAPH_RELINK, "expired"},
    {50089, GRAPH_RELINK, "expired"},
    {50055, GRAPH_RELINK, "password_expired"},
    {50144, GRAPH_RELINK, "password_expired"},
    {50072, GRAPH_RELINK, "sign_in_again"},
    {50074, GRAPH_RELINK, "sign_in_again"},
    {50076, GRAPH_RELINK, "sign_in_again"},
    {50078, GRAPH_RELINK, "sign_in_again"},
    {50079, GRAPH_RELINK, "sign_in_again"},
    {50158, GRAPH_RELINK, "sign_in_again"},
    {50058, GRAPH_RELINK, "sign_in_again"},
    {700020, GRAPH_RELINK, "sign_in_again"},
    {53000, GRAPH_RELINK, "sign_in_again"},
    {53001, GRAPH_RELINK, "sign_in_again"},
    {53003, GRAPH_RELINK, "sign_in_again"},
    {530032, GRAPH_RELINK, "sign_in_again"},
    {50057, GRAPH_RELINK, "account_blocked"},
    {50105, GRAPH_RELINK, "account_blocked"},
    {50020, GRAPH_RELINK, "account_gone"},
    {50034, GRAPH_RELINK, "account_gone"},
    {16000, GRAPH_RELINK, "account_gone"},
    {0},
};

static const struct meaning *look_up(const struct meaning *table, int64_t number)
{
	for (const struct meaning *m = table; m->number; m++)
		if (m->number == number)
			return m;
	return NULL;
}

static const struct meaning *meaning_of(bool account, int64_t number)
{
	const struct meaning *m = account ? look_up(of_accounts, number) : NULL;
	return m ? m : look_up(of_anybody, number);
}

/* read_number takes the first number we know, else the first there is, else 0. */
static int64_t read_number(const json_t *body, bool account, const struct meaning **found)
{
	const json_t *codes = json_list(body, "error_codes");
	for (size_t i = 0; i < json_array_size(codes) && !*found; i++) {
		int64_t number = json_integer_value(json_array_get(codes, i));
		*found = meaning_of(account, number);
		if (*found)
			return number;
	}
	const char *text = strstr(json_text_or(body, "error_description", ""), "AADSTS");
	int64_t number = text ? strtoll(text + strlen("AADSTS"), NULL, 10) : 0;
	*found = meaning_of(account, number);
	return number > 0 ? number : json_integer_value(json_array_get(codes, 0));
}

/* ---- words ------------------------------------------------------------------------------------ */

static const struct meaning passing = {0, GRAPH_PASSING, NULL},
			    throttled = {0, GRAPH_THROTTLED, NULL},
			    no_consent = {0, GRAPH_NO_CONSENT, "consent_required"},
			    our_fault = {0, GRAPH_OPERATOR, NULL},
			    see_them = {0, GRAPH_RELINK, "sign_in_again"},
			    not_accepted = {0, GRAPH_RELINK, "not_accepted"};

static const struct meaning *meaning_of_suberror(const char *word)
{
	if (strcmp(word, "consent_required") == 0)
		return &no_consent;
	if (strcmp(word, "client_mismatch") == 0 || strcmp(word, "protection_policy_required") == 0)
		return &our_fault;
	return &not_accepted;
}

static const struct meaning *meaning_of_word(bool account, const json_t *body)
{
	const char *word = json_text_or(body, "error", "");
	if (strcmp(word, "temporarily_unavailable") == 0 || strcmp(word, "server_error") == 0)
		return &passing;
	if (strcmp(word, "consent_required") == 0)
		return &no_consent;
	if (strcmp(word, "interaction_required") == 0)
		return account ? &see_them : &no_consent;
	if (account && strcmp(word, "invalid_grant") == 0)
		return meaning_of_suberror(json_text_or(body, "suberror", ""));
	return &our_fault;
}

static const char *sentence(enum graph_result result)
{
	switch (result) {
	case GRAPH_NO_CONSENT:
		return "The school's Microsoft administrator has not allowed Rollcall, or no "
		       "longer does";
	case GRAPH_NO_TENANT:
		return "Microsoft knows no such tenant";
	case GRAPH_THROTTLED:
		return "Microsoft's sign-in asks us to wait";
	case GRAPH_PASSING:
		return "Microsoft's sign-in has trouble of its own";
	case GRAPH_RELINK:
		return "Microsoft does not accept the linked account any more";
	case GRAPH_OPERATOR:
	case GRAPH_OK:
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_NOT_LINKED:
		break;
	}
	return "Microsoft's sign-in does not accept Rollcall's own registration; check client_id "
	       "and the secret or certificate in [app]";
}

static void say(
    struct err *e, enum graph_result result, int status, int64_t number, const json_t *body)
{
	char id[ID_ROOM] = "", text[32] = "";
	errors_take_id(json_text(body, "trace_id"), id);
	if (number > 0)
		snprintf(text, sizeof text, " AADSTS%lld", (long long)number);
	err_set(e, ERR_REFUSED, "%s: %d%s%s%s", sentence(result), status, text,
	    *id ? ", trace " : "", id);
}

static const struct meaning *read(int status, const json_t *body, bool account, struct err *e)
{
	const struct meaning *m = NULL;
	int64_t number = 0;
	if (status == 429)
		m = &throttled;
	else if (!json_text(body, "error") || status >= 500)
		m = &passing;
	else
		number = read_number(body, account, &m);
	if (!m)
		m = meaning_of_word(account, body);
	say(e, m->result, status, number, body);
	return m;
}

enum graph_result sign_in_error(int status, const json_t *body, struct err *e)
{
	return read(status, body, false, e)->result;
}

enum graph_result sign_in_error_of_account(
    int status, const json_t *body, char reason[REASON_ROOM], struct err *e)
{
	const struct meaning *m = read(status, body, true, e);
	text_copy(reason, REASON_ROOM, m->reason ? m->reason : "");
	return m->result;
}
