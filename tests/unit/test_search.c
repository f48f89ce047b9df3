/* Looking up accounts, against a directory of a few users. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "buf.h"
#include "graph.h"
#include "test.h"

/* A user of the directory: the fields as JSON, and by what he is found. */
struct user {
	const char *json;
	const char *mail, *sign_in, *alias;
};

static const struct user thabo = {
    "{\"id\":\"U1\",\"displayName\":\"Thabo\",\"mail\":\"Thabo.M@Green-Hill.example\","
    "\"userPrincipalName\":\"tm@green-hill.example\",\"accountEnabled\":true,\"userType\":"
    "\"Member\","
    "\"proxyAddresses\":[\"SMTP:Thabo.M@Green-Hill.example\",\"smtp:old@green-hill.example\"]}",
    "thabo.m@green-hill.example", "tm@green-hill.example", "old@green-hill.example"};

/* quoted finds 'text' in a URL as the search would have written it, in any case. */
static bool quoted(const char *url, const char *prefix, const char *text)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "'");
	buf_url(&b, prefix);
	buf_url(&b, text);
	buf_adds(&b, "'");
	bool found = strcasestr(url, b.data);
	buf_clear(&b);
	return found;
}

static bool hits(const char *url, const struct user *u)
{
	if (strstr(url, "=mail%20in"))
		return u->mail && quoted(url, "", u->mail);
	if (strstr(url, "=userPrincipalName%20in"))
		return u->sign_in && quoted(url, "", u->sign_in);
	return u->alias && quoted(url, "smtp:", u->alias);
}

/* answer plays Microsoft for one batch, entries last to first. */
static json_t *answer(const json_t *batch, const struct user *users, size_t count)
{
	json_t *responses = json_array(), *request;
	size_t n;
	json_array_foreach (json_list(batch, "requests"), n, request) {
		json_t *value = json_array();
		for (size_t i = 0; i < count; i++)
			if (hits(json_text(request, "url"), &users[i]))
				json_array_append_new(value, json_loads(users[i].json, 0, NULL));
		json_array_insert_new(responses, 0,
		    json_pack("{s:s,s:i,s:{s:o}}", "id", json_text(request, "id"), "status", 200,
			"body", "value", value));
	}
	return json_pack("{s:o}", "responses", responses);
}

/* play runs a search to its end; the number of batches. */
static int play(struct search *s, const struct user *users, size_t count)
{
	struct err e;
	json_t *batch;
	int batches = 0;
	while ((batch = search_next(s))) {
		int64_t wait_ms;
		json_t *a = answer(batch, users, count);
		CHECK_INT(search_take(s, a, &wait_ms, &e), 0);
		CHECK_INT(wait_ms, 0);
		json_decref(a);
		json_decref(batch);
		CHECK(++batches < 100);
	}
	return batches;
}

static void found(
    const char *address, const struct user *users, size_t count, enum found want, const char *id)
{
	const struct account *a;
	struct search *s = search_new(&address, 1);
	play(s, users, count);
	CHECK_INT(search_found(s, 0, &a), want);
	CHECK_STR(a ? a->id : NULL, id);
	search_free(s);
}

TEST("an account is found by mail, sign-in name or alias, trimmed and in any case")
{
	found("thabo.m@green-hill.example", &thabo, 1, FOUND_ONE, "U1");
	found(" THABO.M@green-hill.example\n", &thabo, 1, FOUND_ONE, "U1");
	found("TM@Green-Hill.example", &thabo, 1, FOUND_ONE, "U1");
	found("Old@green-hill.example", &thabo, 1, FOUND_ONE, "U1");
	found("new@green-hill.example", &thabo, 1, FOUND_NOBODY, NULL);
}

TEST("who is found at once is not looked for by alias")
{
	const char *address = "thabo.m@green-hill.example";
	struct search *s = search_new(&address, 1);
	CHECK_INT(play(s, &thabo, 1), 1);
	search_free(s);
	address = "old@green-hill.example";
	s = search_new(&address, 1);
	CHECK_INT(play(s, &thabo, 1), 2);
	search_free(s);
}

TEST("two accounts for one address are nobody's")
{
	static const struct user two[] = {
	    {"{\"id\":\"U1\",\"mail\":\"a@x.example\",\"userPrincipalName\":\"one@x.example\"}",
		"a@x.example", "one@x.example", NULL},
	    {"{\"id\":\"U2\",\"mail\":null,\"userPrincipalName\":\"A@x.example\"}", NULL,
		"a@x.example", NULL}};
	found("a@x.example", two, 2, FOUND_SEVERAL, NULL);
	found("one@x.example", two, 2, FOUND_ONE, "U1");
}

TEST("the same account in several answers is one account")
{
	static const struct user same = {
	    "{\"id\":\"U1\",\"mail\":\"a@x.example\",\"userPrincipalName\":\"a@x.example\"}",
	    "a@x.example", "a@x.example", NULL};
	found("a@x.example", &same, 1, FOUND_ONE, "U1");
}

TEST("the same address asked for twice is asked once and answered twice")
{
	const char *const addresses[] = {"tm@green-hill.example", "TM@green-hill.example "};
	const struct account *a, *b;
	struct search *s = search_new(addresses, 2);
	json_t *batch = search_next(s);
	CHECK_INT(json_array_size(json_list(batch, "requests")), 2);
	const char *url = json_text(json_array_get(json_list(batch, "requests"), 0), "url");
	CHECK(!strstr(strstr(url, "tm%40") + 1, "tm%40"));
	json_decref(batch);
	play(s, &thabo, 1);
	CHECK_INT(search_found(s, 0, &a), FOUND_ONE);
	CHECK_INT(search_found(s, 1, &b), FOUND_ONE);
	CHECK(a == b);
	search_free(s);
}

TEST("an account tells whether it is a guest or disabled; without a word it is enabled")
{
	static const struct user users[] = {{"{\"id\":\"U1\",\"mail\":\"a@x\",\"accountEnabled\":"
					     "false,\"userPrincipalName\":\"a@x\"}",
						"a@x", NULL, NULL},
	    {"{\"id\":\"U2\",\"mail\":\"b@x\",\"userType\":\"Guest\",\"userPrincipalName\":\"b@"
	     "x\"}",
		"b@x", NULL, NULL},
	    {"{\"id\":\"U3\",\"mail\":\"c@x\",\"userPrincipalName\":\"c_x#EXT#@t\"}", "c@x", NULL,
		NULL},
	    {"{\"id\":\"U4\",\"mail\":\"d@x\",\"displayName\":null}", "d@x", NULL, NULL}};
	const char *const addresses[] = {"a@x", "b@x", "c@x", "d@x"};
	const struct account *a;
	struct search *s = search_new(addresses, 4);
	play(s, users, 4);
	search_found(s, 0, &a);
	CHECK(a->disabled && !a->guest);
	search_found(s, 1, &a);
	CHECK(a->guest && !a->disabled);
	search_found(s, 2, &a);
	CHECK(a->guest);
	search_found(s, 3, &a);
	CHECK(!a->guest && !a->disabled);
	CHECK_STR(a->name, "");
	CHECK_STR(a->sign_in, "");
	search_free(s);
}

/* many makes a search for so many addresses of so many characters. */
static struct search *many(size_t count, int width)
{
	char **addresses = xcalloc(count, sizeof *addresses);
	for (size_t i = 0; i < count; i++)
		addresses[i] = xasprintf("%0*zu", width, i);
	struct search *s = search_new((const char *const *)addresses, count);
	for (size_t i = 0; i < count; i++)
		free(addresses[i]);
	free(addresses);
	return s;
}

/* values counts the quoted values of a filter. */
static int values(const char *url)
{
	int quotes = 0;
	for (; *url; url++)
		quotes += *url == '\'';
	return quotes / 2;
}

TEST("a query has at most fifteen addresses, a batch at most twenty queries")
{
	struct search *s = many(400, 10);
	int asked = 0, batches = 0;
	struct err e;
	json_t *batch, *request;
	while ((batch = search_next(s))) {
		size_t n;
		CHECK(json_array_size(json_list(batch, "requests")) <= 20);
		json_array_foreach (json_list(batch, "requests"), n, request) {
			CHECK(values(json_text(request, "url")) <= 15);
			asked += values(json_text(request, "url"));
		}
		int64_t wait_ms;
		json_t *a = answer(batch, &thabo, 1);
		CHECK_INT(search_take(s, a, &wait_ms, &e), 0);
		json_decref(a);
		json_decref(batch);
		batches++;
	}
	CHECK_INT(asked, 3 * 400);
	CHECK_INT(batches, 3 + 2);
	search_free(s);
}

TEST("a class of 31 takes one batch of six queries")
{
	struct search *s = many(31, 20);
	json_t *batch = search_next(s);
	CHECK_INT(json_array_size(json_list(batch, "requests")), 6);
	json_decref(batch);
	search_free(s);
}

TEST("no URL is longer than two thousand characters, however long the addresses")
{
	const char *long_ones[40];
	for (int i = 0; i < 40; i++) {
		char *text =
		    xasprintf("%02d''''''''''''''''''''''''''''''''''''''''''''''''''@x", i);
		long_ones[i] = text;
	}
	struct search *s = search_new(long_ones, 40);
	int asked = 0;
	struct err e;
	json_t *batch, *request;
	while ((batch = search_next(s))) {
		size_t n;
		json_array_foreach (json_list(batch, "requests"), n, request) {
			CHECK(strlen(json_text(request, "url")) <= 2000);
			asked += values(json_text(request, "url"));
		}
		int64_t wait_ms;
		json_t *a = answer(batch, &thabo, 1);
		CHECK_INT(search_take(s, a, &wait_ms, &e), 0);
		json_decref(a);
		json_decref(batch);
	}
	CHECK_INT(asked, 3 * 40);
	search_free(s);
	for (int i = 0; i < 40; i++)
		free((char *)(uintptr_t)long_ones[i]);
}

TEST("quotes are doubled and everything is encoded")
{
	const char *address = "o'brien+x@y&z.example";
	struct search *s = search_new(&address, 1);
	json_t *batch = search_next(s);
	const char *url = json_text(json_array_get(json_list(batch, "requests"), 0), "url");
	CHECK_STR(url,
	    "/users?$select=id,displayName,mail,userPrincipalName,accountEnabled,userType,"
	    "proxyAddresses&$filter=mail%20in%20('o%27%27brien%2Bx%40y%26z.example')");
	json_decref(batch);
	search_free(s);
}

TEST("what cannot be an address is not asked for and nobody's")
{
	char over[122] = "";
	memset(over, 'x', 121);
	const char *const addresses[] = {"", "  ", over, "a\x01@x", NULL};
	const struct account *a;
	struct search *s = search_new(addresses, 5);
	CHECK(search_next(s) == NULL);
	for (size_t n = 0; n < 5; n++)
		CHECK_INT(search_found(s, n, &a), FOUND_NOBODY);
	search_free(s);
	s = search_new(NULL, 0);
	CHECK(search_next(s) == NULL);
	search_free(s);
}

static int64_t wait_ms;
static struct err why;

/* take gives a search the answer to its next batch; what it says of it is in wait_ms and why. */
static int take(struct search *s, const char *text)
{
	json_t *a = json_loads(text, 0, NULL), *batch = search_next(s);
	CHECK(a && batch);
	int rc = search_take(s, a, &wait_ms, &why);
	json_decref(a);
	json_decref(batch);
	return rc;
}

static enum found finds(struct search *s)
{
	const struct account *a;
	return search_found(s, 0, &a);
}

#define HIT  "{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[{\"id\":\"U1\",\"mail\":\"a@x\"}]}}"
#define MISS "{\"id\":\"2\",\"status\":200,\"body\":{\"value\":[]}}"

static struct search *search_a(void)
{
	const char *address = "a@x";
	return search_new(&address, 1);
}

TEST("a throttled entry is asked again after the longest pause, the others are used")
{
	struct search *s = search_a();
	CHECK_INT(take(s, "{\"responses\":[" HIT ",{\"id\":\"2\",\"status\":429,\"headers\":"
			  "{\"Retry-After\":\"4\"}}]}"),
	    0);
	CHECK_INT(wait_ms, 4000);
	CHECK_INT(finds(s), FOUND_ONE);
	json_t *batch = search_next(s);
	CHECK_INT(json_array_size(json_list(batch, "requests")), 1);
	json_decref(batch);
	CHECK_INT(take(s, "{\"responses\":[" MISS "]}"), 0);
	CHECK_INT(wait_ms, 0);
	CHECK(search_next(s) == NULL);
	search_free(s);
}

TEST("entries that fail in passing, or are missing, are asked five times and no more")
{
	static const char *const answers[] = {"{\"responses\":[" MISS
					      ",{\"id\":\"1\",\"status\":502}]}",
	    "{\"responses\":[" MISS "]}",
	    "{\"responses\":[" MISS ",{\"id\":\"1\",\"status\":200,\"body\":{}}]}",
	    "{\"responses\":[" MISS ",{\"id\":\"1\",\"status\":429}]}"};
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct search *s = search_a();
		for (int n = 0; n < 4; n++) {
			CHECK_INT(take(s, answers[i]), 0);
			CHECK(wait_ms > 0);
		}
		CHECK_INT(take(s, answers[i]), ERR_REFUSED);
		search_free(s);
	}
}

TEST("a look-up refused for good is an error that names the code, and nothing is used")
{
	struct search *s = search_a();
	CHECK_INT(
	    take(s, "{\"responses\":[" HIT ",{\"id\":\"2\",\"status\":403,\"body\":{\"error\":"
		    "{\"code\":\"Authorization_RequestDenied\",\"message\":\"Thabo\"}}}]}"),
	    ERR_REFUSED);
	CHECK_STR(
	    why.text, "looking up accounts: Microsoft refused: 403 Authorization_RequestDenied");
	CHECK_INT(finds(s), FOUND_NOBODY);
	search_free(s);
}

TEST("an answer that is none is an error")
{
	struct search *s = search_a();
	CHECK_INT(take(s, "{}"), ERR_INPUT);
	CHECK_INT(take(s, "{\"responses\":{}}"), ERR_INPUT);
	search_free(s);
}

TEST("aliases that an app may not see are no error")
{
	struct search *s = search_a();
	CHECK_INT(
	    take(s,
		"{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[]}}," MISS "]}"),
	    0);
	CHECK_INT(take(s, "{\"responses\":[{\"id\":\"3\",\"status\":403,\"body\":{}}]}"), 0);
	CHECK(search_next(s) == NULL);
	CHECK_INT(finds(s), FOUND_NOBODY);
	search_free(s);
}

TEST("an answer in pages is followed to its end, but not for ever")
{
	struct search *s = search_a();
	CHECK_INT(take(s, "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[],\"@"
			  "odata.nextLink\":"
			  "\"https://g/v1.0/users?$skiptoken=p2\"}}," MISS "]}"),
	    0);
	json_t *batch = search_next(s);
	CHECK_STR(json_text(json_array_get(json_list(batch, "requests"), 0), "url"),
	    "/users?$skiptoken=p2");
	json_decref(batch);
	CHECK_INT(take(s, "{\"responses\":[" HIT "]}"), 0);
	CHECK_INT(finds(s), FOUND_ONE);
	search_free(s);
}

TEST("an answer whose rest cannot be had is an error, not nobody")
{
	static const char on[] =
	    "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[],"
	    "\"@odata.nextLink\":\"https://g/v1.0/users?$skiptoken=p\"}}," MISS "]}";
	struct search *s = search_a();
	for (int pages = 1; pages < 20; pages++)
		CHECK_INT(take(s, on), 0);
	CHECK_INT(take(s, on), ERR_INPUT);
	CHECK_STR(why.text, "looking up accounts: the answer does not end after 20 pages");
	search_free(s);
	s = search_a();
	CHECK_INT(take(s, "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[],"
			  "\"@odata.nextLink\":\"https://elsewhere\"}}," MISS "]}"),
	    ERR_INPUT);
	search_free(s);
}

TEST("users without an id, or that nobody asked for, are left alone")
{
	struct search *s = search_a();
	CHECK_INT(
	    take(s, "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":["
		    "{\"mail\":\"a@x\"},7,{\"id\":\"\",\"mail\":\"a@x\"},{\"id\":\"U2\",\"mail\":"
		    "\"b@x\","
		    "\"proxyAddresses\":[7,\"x500:a@x\"]}]}}," MISS "]}"),
	    0);
	CHECK_INT(finds(s), FOUND_NOBODY);
	search_free(s);
}

TEST("the same batch is given again until it is answered")
{
	struct search *s = search_a();
	json_t *one = search_next(s), *two = search_next(s);
	CHECK(json_equal(one, two));
	json_decref(one);
	json_decref(two);
	search_free(s);
}

/* ---- by other things than addresses ---- */

TEST("an account is found by its id and by its number; a text is an address, an id or a number, "
     "never two")
{
	static const char id[] = "0b2c3d4e-1111-2222-3333-444455556666";
	static const struct sought sought[] = {{BY_ACCOUNT_ID, id}, {BY_EMPLOYEE_ID, " 0017 "},
	    {BY_ADDRESS, "0017"}, {BY_ACCOUNT_ID, "0017"}, {BY_EMPLOYEE_ID, "18"}};
	struct search *s = search_for(sought, 5);
	json_t *batch = search_next(s);
	json_t *requests = json_list(batch, "requests");
	CHECK_INT(json_array_size(requests), 4);
	const char *by_id = json_text(json_array_get(requests, 2), "url");
	const char *by_number = json_text(json_array_get(requests, 3), "url");
	CHECK_HAS(by_id, "&$filter=id%20in%20('0b2c3d4e-1111-2222-3333-444455556666')");
	CHECK_HAS(by_number, ",employeeId&$filter=employeeId%20in%20('0017','18')");
	CHECK(!strstr(by_id, "employeeId"));
	json_decref(batch);
	json_t *answer =
	    json_pack("{s:[{s:s s:i s:{s:[]}},{s:s s:i s:{s:[]}},{s:s s:i s:{s:[{s:s}]}},"
		      "{s:s s:i s:{s:[{s:s s:s}]}}]}",
		"responses", "id", "1", "status", 200, "body", "value", "id", "2", "status", 200,
		"body", "value", "id", "3", "status", 200, "body", "value", "id", id, "id", "4",
		"status", 200, "body", "value", "id", "u-17", "employeeId", "0017");
	CHECK(answer);
	CHECK_INT(search_take(s, answer, &wait_ms, &why), 0);
	json_decref(answer);
	const struct account *a;
	CHECK_INT(search_found(s, 0, &a), FOUND_ONE);
	CHECK_STR(a->id, id);
	CHECK_INT(search_found(s, 1, &a), FOUND_ONE);
	CHECK_STR(a->id, "u-17");
	for (size_t n = 2; n < 5; n++)
		CHECK_INT(search_found(s, n, &a), FOUND_NOBODY);
	search_free(s);
}

TEST("numbers that an app may not see find nobody, and that is no error; ids have to be seen")
{
	static const struct sought number = {BY_EMPLOYEE_ID, "17"},
				   id = {BY_ACCOUNT_ID, "0b2c3d4e-1111-2222-3333-444455556666"};
	static const char refused[] = "{\"responses\":[{\"id\":\"1\",\"status\":403,\"body\":{}}]}";
	const struct account *a;
	struct search *s = search_for(&number, 1);
	CHECK_INT(take(s, refused), 0);
	CHECK(!search_next(s));
	CHECK_INT(search_found(s, 0, &a), FOUND_NOBODY);
	search_free(s);
	s = search_for(&id, 1);
	CHECK_INT(take(s, refused), ERR_REFUSED);
	search_free(s);
}
