/*
 * search - the accounts that belong to addresses (graph.md 4).
 *
 *	pass 1	for each 15 addresses one query by mail and one by sign-in name,
 *		for each 15 ids of accounts, or employeeIds, one
 *	pass 2	for addresses that nobody was found for, one query by alias
 *
 * Up to 20 queries go into one $batch. A query that was throttled or failed in passing
 * stays where it is and is part of the next batch. An answer does not say which address
 * a user was found for, so every user that comes is compared with all addresses, by
 * mail, sign-in name and aliases; two different users for one address are nobody's.
 *
 * Aliases and employeeIds may be hidden from an app that was given few permissions (403):
 * then nobody is found that way, and that is no error.
 */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "batch.h"
#include "errors.h"
#include "graph.h"
#include "map.h"

enum {
	ADDRESS_MAX = 120, /* a longer filter value fails */
	URL_MAX = 2000,
	TRIES_MAX = 5,
	PAGES_MAX = 20,
	PAUSE_MS = 10000,  /* throttled, and the entry does not say for how long */
	TROUBLE_MS = 1000, /* doubled with each try */
};

enum way { BY_MAIL, BY_SIGN_IN, BY_ALIAS, BY_ID, BY_NUMBER };

/* Whatever is sought, mostly an address. */
struct address {
	enum sought_by by;
	char *text; /* owned; trimmed, in lower case */
	bool askable;
	size_t same_as;		 /* the first address of the same text */
	struct account *account; /* of the first one found; NULL: nobody */
	bool several;
};

struct query {
	char *url; /* owned; NULL: answered */
	enum way way;
	int tries, pages;
};

struct search {
	struct address *addresses; /* owned */
	size_t count;
	struct map by_text[3]; /* of each enum sought_by, to the first struct address of a text */
	struct map accounts;   /* by id; owned */
	struct query *queries; /* owned */
	size_t query_count, query_room;
	bool aliases_asked;
};

/* ---- queries --------------------------------------------------------------------------- */

static const char fields[] =
    "/users?$select=id,displayName,mail,userPrincipalName,accountEnabled,userType,"
    "proxyAddresses";

static void add_value(struct buf *b, const char *prefix, const char *text)
{
	buf_adds(b, "'");
	buf_url(b, prefix);
	for (; *text; text++) {
		char one[3] = {*text, *text == '\'' ? '\'' : '\0', '\0'};
		buf_url(b, one);
	}
	buf_adds(b, "'");
}

/* add_clause appends the nth text to a filter. */
static void add_clause(struct buf *b, enum way way, size_t n, const char *text)
{
	static const char *const lists[] = {
	    [BY_MAIL] = "mail%20in%20(",
	    [BY_SIGN_IN] = "userPrincipalName%20in%20(",
	    [BY_ID] = "id%20in%20(",
	    [BY_NUMBER] = "employeeId%20in%20(",
	};
	if (way == BY_ALIAS) {
		buf_adds(b, n == 0 ? "proxyAddresses/any(p:p%20eq%20"
				   : "%20or%20proxyAddresses/any(p:p%20eq%20");
		add_value(b, "smtp:", text);
		buf_adds(b, ")");
		return;
	}
	buf_adds(b, n == 0 ? lists[way] : ",");
	add_value(b, "", text);
}

static void add_query(struct search *s, enum way way, char *url)
{
	if (s->query_count == s->query_room) {
		s->query_room = s->query_room ? 2 * s->query_room : 16;
		s->queries = xrealloc(s->queries, s->query_room * sizeof *s->queries);
	}
	s->queries[s->query_count++] = (struct query){.url = url, .way = way};
}

static bool is_wanted(const struct search *s, size_t n, enum way way)
{
	static const enum sought_by by[] = {
	    [BY_MAIL] = BY_ADDRESS,
	    [BY_SIGN_IN] = BY_ADDRESS,
	    [BY_ALIAS] = BY_ADDRESS,
	    [BY_ID] = BY_ACCOUNT_ID,
	    [BY_NUMBER] = BY_EMPLOYEE_ID,
	};
	const struct address *a = &s->addresses[n];
	return a->askable && a->same_as == n && a->by == by[way] &&
	       !(way == BY_ALIAS && a->account);
}

/* ask appends one query for as many addresses from *n on as one query may hold. */
static void ask(struct search *s, enum way way, size_t *n)
{
	struct buf url;
	size_t clauses = 0;
	buf_init(&url, 0);
	buf_adds(&url, fields);
	buf_adds(&url, way == BY_NUMBER ? ",employeeId&$filter=" : "&$filter=");
	for (; *n < s->count && clauses < CLAUSES_MAX; ++*n) {
		if (!is_wanted(s, *n, way))
			continue;
		struct buf clause;
		buf_init(&clause, 0);
		add_clause(&clause, way, clauses, s->addresses[*n].text);
		bool fits = url.length + clause.length + 1 <= URL_MAX;
		if (fits)
			buf_add(&url, clause.data, clause.length);
		buf_clear(&clause);
		if (!fits)
			break;
		clauses++;
	}
	if (clauses && way != BY_ALIAS)
		buf_adds(&url, ")");
	if (clauses)
		add_query(s, way, buf_take(&url));
	buf_clear(&url);
}

static void ask_all(struct search *s, enum way way)
{
	for (size_t n = 0; n < s->count;)
		ask(s, way, &n);
}

/* ---- addresses ---------------------------------------------------------------------------- */

static char *tidy(const char *text)
{
	text += strspn(text, " \t\r\n");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	char *tidied = xstrndup(text, length);
	for (char *c = tidied; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return tidied;
}

/* Microsoft refuses the whole query for an id that has not the form of one. */
static bool is_guid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	if (strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

static bool is_askable(enum sought_by by, const char *text)
{
	if (by == BY_ACCOUNT_ID)
		return is_guid(text);
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	return *text && strlen(text) <= ADDRESS_MAX;
}

struct search *search_for(const struct sought *sought, size_t count)
{
	struct search *s = xcalloc(1, sizeof *s);
	s->addresses = xcalloc(count, sizeof *s->addresses);
	s->count = count;
	for (int by = BY_ADDRESS; by <= BY_EMPLOYEE_ID; by++)
		map_init(&s->by_text[by]);
	map_init(&s->accounts);
	for (size_t n = 0; n < count; n++) {
		struct address *a = &s->addresses[n];
		a->by = sought[n].by;
		a->text = tidy(sought[n].text ? sought[n].text : "");
		a->askable = is_askable(a->by, a->text);
		struct address *first = map_get(&s->by_text[a->by], a->text);
		a->same_as = first ? first->same_as : n;
		if (!first)
			map_set(&s->by_text[a->by], a->text, a);
	}
	ask_all(s, BY_MAIL);
	ask_all(s, BY_SIGN_IN);
	ask_all(s, BY_ID);
	ask_all(s, BY_NUMBER);
	return s;
}

struct search *search_new(const char *const *addresses, size_t count)
{
	struct sought *sought = xcalloc(count, sizeof *sought);
	for (size_t n = 0; n < count; n++)
		sought[n] = (struct sought){BY_ADDRESS, addresses[n]};
	struct search *s = search_for(sought, count);
	free(sought);
	return s;
}

static void account_free(struct account *a)
{
	free(a->id);
	free(a->name);
	free(a->mail);
	free(a->sign_in);
	free(a);
}

void search_free(struct search *s)
{
	if (!s)
		return;
	size_t at = 0;
	const char *id;
	void *account;
	while (map_next(&s->accounts, &at, &id, &account))
		account_free(account);
	map_clear(&s->accounts);
	for (int by = BY_ADDRESS; by <= BY_EMPLOYEE_ID; by++)
		map_clear(&s->by_text[by]);
	for (size_t n = 0; n < s->count; n++)
		free(s->addresses[n].text);
	for (size_t n = 0; n < s->query_count; n++)
		free(s->queries[n].url);
	free(s->addresses);
	free(s->queries);
	free(s);
}

/* ---- asking ----------------------------------------------------------------------------------- */

/* open_query gives the next unanswered query from *n on; these, the first twenty of them,
 * are the batch that is due. */
static struct query *open_query(const struct search *s, size_t *n)
{
	for (; *n < s->query_count; ++*n)
		if (s->queries[*n].url)
			return &s->queries[*n];
	return NULL;
}

json_t *search_next(struct search *s)
{
	size_t n = 0;
	if (!open_query(s, &n) && !s->aliases_asked) {
		s->aliases_asked = true;
		ask_all(s, BY_ALIAS);
		n = 0;
	}
	json_t *batch = NULL;
	struct query *q;
	for (int i = 0; i < BATCH_MAX && (q = open_query(s, &n)); i++, n++) {
		if (!batch)
			batch = batch_new();
		batch_get(batch, n + 1, q->url);
	}
	return batch;
}

/* ---- reading ------------------------------------------------------------------------------------- */

enum outcome { ANSWERED, AGAIN, REFUSED };

static enum outcome outcome_of(const struct query *q, const json_t *entry)
{
	int status = batch_status(entry);
	if (status == 200)
		return json_list(json_map(entry, "body"), "value") ? ANSWERED : AGAIN;
	if (status == 403 && (q->way == BY_ALIAS || q->way == BY_NUMBER))
		return ANSWERED;
	enum graph_result result = errors_result(status);
	bool lasting = result == GRAPH_REFUSED || result == GRAPH_TOKEN_REFUSED;
	return status != 0 && lasting ? REFUSED : AGAIN;
}

/* next_path is the rest of a nextLink from "/users" on, as a batch wants it. */
static const char *next_path(const json_t *body)
{
	return strstr(json_text_or(body, "@odata.nextLink", ""), "/users?");
}

/* check_end refuses an answer whose rest cannot be had: whoever is in it would pass for
 * nobody. */
static int check_end(const struct query *q, const json_t *body, struct err *e)
{
	if (!json_text(body, "@odata.nextLink"))
		return 0;
	if (next_path(body) && q->pages + 1 < PAGES_MAX)
		return 0;
	return err_set(e, ERR_INPUT, "looking up accounts: the answer does not end after %d pages",
	    q->pages + 1);
}

/* check_entry refuses what asking again will not mend, or has not mended so far. */
static int check_entry(const struct query *q, const json_t *entry, struct err *e)
{
	enum outcome outcome = outcome_of(q, entry);
	if (outcome == ANSWERED)
		return check_end(q, json_map(entry, "body"), e);
	if (outcome == AGAIN && q->tries + 1 < TRIES_MAX)
		return 0;
	char code[CODE_ROOM], id[ID_ROOM];
	errors_code(json_map(entry, "body"), code);
	errors_request_id(json_map(entry, "body"), id);
	errors_say(e, batch_status(entry), code, id);
	err_prefix(e, "looking up accounts");
	return ERR_REFUSED;
}

static struct account *account_of(struct search *s, const json_t *user, const char *id)
{
	struct account *a = map_get(&s->accounts, id);
	if (a)
		return a;
	const char *sign_in = json_text_or(user, "userPrincipalName", "");
	a = xcalloc(1, sizeof *a);
	a->id = xstrdup(id);
	a->name = xstrdup(json_text_or(user, "displayName", ""));
	a->mail = xstrdup(json_text(user, "mail"));
	a->sign_in = xstrdup(sign_in);
	a->disabled = !json_bool(user, "accountEnabled", true);
	a->guest = strcasecmp(json_text_or(user, "userType", ""), "Guest") == 0 ||
		   strcasestr(sign_in, "#EXT#");
	map_set(&s->accounts, id, a);
	return a;
}

/* match_text counts the user for one of its addresses, its id or its number, if somebody asked
 * for that. */
static void match_text(
    struct search *s, const json_t *user, const char *id, enum sought_by by, const char *text)
{
	char *tidied = tidy(text);
	struct address *a = map_get(&s->by_text[by], tidied);
	free(tidied);
	if (!a || !a->askable)
		return;
	struct account *account = account_of(s, user, id);
	if (!a->account)
		a->account = account;
	a->several = a->several || a->account != account;
}

static void match_user(struct search *s, const json_t *user)
{
	const char *id = json_text(user, "id");
	if (!id || !*id)
		return;
	match_text(s, user, id, BY_ACCOUNT_ID, id);
	match_text(s, user, id, BY_EMPLOYEE_ID, json_text_or(user, "employeeId", ""));
	match_text(s, user, id, BY_ADDRESS, json_text_or(user, "mail", ""));
	match_text(s, user, id, BY_ADDRESS, json_text_or(user, "userPrincipalName", ""));
	size_t i;
	json_t *alias;
	json_array_foreach (json_list(user, "proxyAddresses"), i, alias) {
		const char *text = json_string_value(alias);
		if (text && strncasecmp(text, "smtp:", 5) == 0)
			match_text(s, user, id, BY_ADDRESS, text + 5);
	}
}

static int64_t pause_ms(const struct query *q, const json_t *entry)
{
	int status = batch_status(entry);
	if (status == 429 || status == 503)
		return batch_retry_ms(entry, PAUSE_MS);
	return (int64_t)TROUBLE_MS << (q->tries - 1);
}

/* take_entry uses one answer; the pause before its query goes on. */
static int64_t take_entry(struct search *s, struct query *q, const json_t *entry)
{
	if (outcome_of(q, entry) != ANSWERED) {
		q->tries++;
		return pause_ms(q, entry);
	}
	const json_t *body = json_map(entry, "body");
	size_t i;
	json_t *user;
	json_array_foreach (json_list(body, "value"), i, user)
		match_user(s, user);
	free(q->url);
	q->url = xstrdup(next_path(body));
	q->pages++;
	q->tries = 0;
	return 0;
}

int search_take(struct search *s, const json_t *answer, int64_t *wait_ms, struct err *e)
{
	*wait_ms = 0;
	if (!json_list(answer, "responses"))
		return err_set(e, ERR_INPUT, "Microsoft answered a $batch without \"responses\"");
	struct query *q;
	size_t n = 0;
	for (int i = 0; i < BATCH_MAX && (q = open_query(s, &n)); i++, n++) {
		int rc = check_entry(q, batch_entry(answer, n + 1), e);
		if (rc < 0)
			return rc;
	}
	n = 0;
	for (int i = 0; i < BATCH_MAX && (q = open_query(s, &n)); i++, n++) {
		int64_t ms = take_entry(s, q, batch_entry(answer, n + 1));
		if (ms > *wait_ms)
			*wait_ms = ms;
	}
	return 0;
}

enum found search_found(const struct search *s, size_t n, const struct account **a)
{
	const struct address *address = &s->addresses[s->addresses[n].same_as];
	*a = NULL;
	if (!address->account)
		return FOUND_NOBODY;
	if (address->several)
		return FOUND_SEVERAL;
	*a = address->account;
	return FOUND_ONE;
}
