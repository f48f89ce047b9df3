/* Microsoft's published keys: kept, read again for an unknown id, not for every one. */
#include "jwks.h"

#include <stdarg.h>

#include "fake_microsoft.h"

static struct jwks *keys;
static int answers, last_code;
static char last_alg[16], last_issuer[64];
static bool last_there;
static char n[400];

static void heard(void *ctx, const json_t *key, const struct err *e)
{
	CHECK(ctx == &keys);
	answers++;
	last_there = key != NULL;
	last_code = e ? e->code : 0;
	text_copy(last_alg, sizeof last_alg, json_text_or(key, "alg", ""));
	text_copy(last_issuer, sizeof last_issuer, json_text_or(key, "issuer", ""));
}

static void begin(void)
{
	fake_begin();
	memset(n, 'n', 342);
	char *url = xasprintf("%s/organizations/discovery/v2.0/keys", fake.root);
	keys = jwks_new(fake.loop, fake.http, url, 100000000);
	free(url);
}

static void end(void)
{
	jwks_free(keys);
	fake_end();
}

static char said[8][2048];

/* publish makes the next list hold these members of one key. */
static void publish(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void publish(const char *fmt, ...)
{
	char members[1500];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(members, sizeof members, fmt, ap);
	va_end(ap);
	char *body = said[fake.graph.lines];
	snprintf(body, sizeof said[0], "{\"keys\":[{%s}]}", members);
	fake_say(&fake.graph, (struct fake_line){.status = 200, .body = body});
}

static void publish_key(const char *id)
{
	publish("\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"AQAB\"", id, n);
}

static bool find(const char *id)
{
	int before = answers;
	jwks_find(keys, id, heard, &keys);
	CHECK_INT(answers, before);
	fake_until(&answers, before + 1);
	return last_there;
}

TEST("a key is read once and kept for a day")
{
	begin();
	publish_key("k1");
	CHECK(find("k1"));
	CHECK_STR(last_alg, "RS256");
	CHECK_STR(fake.seen[0].target, "/v1.0/organizations/discovery/v2.0/keys");
	clock_advance(86400000 - 1000);
	CHECK(find("k1"));
	CHECK_INT(fake.graph.requests, 1);
	clock_advance(2000);
	publish_key("k1");
	CHECK(find("k1"));
	CHECK_INT(fake.graph.requests, 2);
	end();
}

TEST("an unknown id makes the list be read again, and the next one only after a minute")
{
	begin();
	publish_key("k1");
	CHECK(find("k1"));
	clock_advance(60000);
	publish_key("k2");
	CHECK(find("k2"));
	CHECK_INT(fake.graph.requests, 2);
	CHECK(!find("k3"));
	CHECK_INT(last_code, ERR_INPUT);
	CHECK(!find("k1"));
	CHECK_INT(fake.graph.requests, 2);
	clock_advance(60000);
	publish_key("k3");
	CHECK(find("k3"));
	end();
}

TEST("all who wait share one reading")
{
	begin();
	fake.graph.hold = true;
	for (int i = 0; i < 5; i++)
		jwks_find(keys, "k1", heard, &keys);
	fake_until(&fake.graph.requests, 1);
	publish_key("k1");
	fake_release(&fake.graph);
	fake_until(&answers, 5);
	CHECK(last_there);
	CHECK_INT(fake.graph.requests, 1);
	end();
}

TEST("keys that are known stay good while Microsoft cannot be read")
{
	begin();
	publish_key("k1");
	CHECK(find("k1"));
	clock_advance(90000000);
	fake_say(&fake.graph, (struct fake_line){.status = 503, .body = ""});
	CHECK(find("k1"));
	CHECK_INT(fake.graph.requests, 2);
	end();
}

TEST("a list that does not come, or is none, is no proof that a key is not there")
{
	static const char *const bodies[] = {"", "<html>", "{}", "{\"keys\":{}}", "{\"keys\":[]}"};
	begin();
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		fake_say(&fake.graph, (struct fake_line){.status = 200, .body = bodies[i]});
		CHECK(!find("k1"));
		CHECK(last_code != ERR_INPUT && last_code != 0);
		clock_advance(5000);
	}
	fake_say(&fake.graph, (struct fake_line){.status = 0});
	CHECK(!find("k1"));
	CHECK(last_code != ERR_INPUT);
	int asked = fake.graph.requests;
	CHECK(!find("k1"));
	CHECK_INT(fake.graph.requests, asked);
	end();
}

TEST("keys of another kind, for encrypting, too short or without an id are passed over")
{
	begin();
	publish("\"kty\":\"EC\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"AQAB\"", n);
	CHECK(!find("k1"));
	clock_advance(60000);
	publish("\"kty\":\"RSA\",\"use\":\"enc\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"AQAB\"", n);
	CHECK(!find("k1"));
	clock_advance(60000);
	publish("\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"short\",\"e\":\"AQAB\"");
	CHECK(!find("k1"));
	clock_advance(60000);
	publish("\"kty\":\"RSA\",\"kid\":\"\",\"n\":\"%s\",\"e\":\"AQAB\"", n);
	CHECK(!find(""));
	end();
}

TEST("the algorithm is ours to say, whatever is published; the issuer is kept")
{
	begin();
	publish("\"kty\":\"RSA\",\"alg\":\"none\",\"issuer\":\"https://x/{tenantid}/v2.0\","
		"\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"AQAB\"",
	    n);
	CHECK(find("k1"));
	CHECK_STR(last_alg, "RS256");
	CHECK_STR(last_issuer, "https://x/{tenantid}/v2.0");
	end();
}

TEST("a list without end is not read to it")
{
	begin();
	char *body = xasprintf("{\"keys\":[{\"kid\":\"%*s\"}]}", 300000, "");
	fake_say(&fake.graph, (struct fake_line){.status = 200, .body = body});
	CHECK(!find("k1"));
	CHECK(last_code != ERR_INPUT);
	free(body);
	end();
}

TEST("whoever waits when we stop is told so")
{
	begin();
	fake.graph.hold = true;
	jwks_find(keys, "k1", heard, &keys);
	fake_until(&fake.graph.requests, 1);
	jwks_free(keys);
	CHECK_INT(answers, 1);
	CHECK(!last_there && last_code != ERR_INPUT);
	keys = NULL;
	end();
}
