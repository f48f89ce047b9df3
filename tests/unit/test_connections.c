/* Linked Microsoft accounts: sealed for one teacher, written, read, erased. */
#include "connections.h"

#include <stdlib.h>

#include "redis_rig.h"

static const char name[] = "green-hill:staff-1";

/* ---- sealing -------------------------------------------------------------------------------- */

static struct seal_keys *keys_of(const char *lines)
{
	struct err e;
	struct seal_keys *k = seal_keys_read(test_write("keys", lines), &e);
	if (!k)
		FAIL("%s", e.text);
	return k;
}

#define K1 "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define K2 "k2:ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

/* Made by another program: HChaCha20, ChaCha20, Poly1305 and BLAKE2b from their documents. */
static const char vector[] = "k1.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7OiwnY3QZPU2zHjBuil84j-"
			     "xPQfh9OQoUlp0uccsJqgE0dQB5";

TEST("a token that another program sealed for this teacher opens")
{
	struct seal_keys *k = keys_of(K1);
	char *token = connection_open(k, name, vector);
	CHECK_STR(token, "0.AXoA-refresh-token");
	free(token);
	seal_keys_free(k);
}

TEST("a sealed token opens for its own teacher and for nobody else")
{
	static const char *const others[] = {"green-hill:staff-2", "green-hill:staff-11",
	    "green-hil:staff-1", "blue-hill:staff-1", "green-hill:", ""};
	struct seal_keys *k = keys_of(K1);
	char *sealed = connection_seal(k, name, "secret");
	char *token = connection_open(k, name, sealed);
	CHECK_STR(token, "secret");
	CHECK(!strstr(sealed, "secret"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(!connection_open(k, others[i], sealed));
	free(token);
	free(sealed);
	seal_keys_free(k);
}

TEST("a sealed token with any one character changed, or cut, does not open")
{
	struct seal_keys *k = keys_of(K1);
	char *sealed = connection_seal(k, name, "0.AX");
	size_t length = strlen(sealed);
	for (size_t i = 0; i < length; i++) {
		char was = sealed[i];
		sealed[i] = was == 'A' ? 'B' : 'A';
		char *token = connection_open(k, name, sealed);
		CHECK(!token || (i == length - 1 && strcmp(token, "0.AX") == 0));
		free(token);
		sealed[i] = was;
	}
	while (length-- > 0) {
		sealed[length] = '\0';
		CHECK(!connection_open(k, name, sealed));
	}
	free(sealed);
	seal_keys_free(k);
}

TEST("after a new key came in front, what the old one sealed still opens, until it is gone")
{
	struct seal_keys *before = keys_of(K1), *both = keys_of(K2 K1), *after = keys_of(K2);
	char *sealed = connection_seal(before, name, "secret");
	char *token = connection_open(both, name, sealed);
	CHECK_STR(token, "secret");
	CHECK(!connection_open(after, name, sealed));
	char *anew = connection_seal(both, name, token);
	free(token);
	token = connection_open(after, name, anew);
	CHECK_STR(token, "secret");
	CHECK(!connection_open(before, name, anew));
	free(token);
	free(anew);
	free(sealed);
	seal_keys_free(before);
	seal_keys_free(both);
	seal_keys_free(after);
}

/* ---- names ----------------------------------------------------------------------------------- */

TEST("no two teachers share a name, and what would make them is refused")
{
	char *made = connection_name("green-hill", "staff:1");
	CHECK_STR(made, "green-hill:staff:1");
	char *school;
	const char *staff;
	CHECK(connection_name_read(made, &school, &staff));
	CHECK_STR(school, "green-hill");
	CHECK_STR(staff, "staff:1");
	free(school);
	free(made);
	CHECK(!connection_name("green:hill", "staff-1"));
	CHECK(!connection_name("", "staff-1"));
	CHECK(!connection_name("green-hill", ""));
	char longest[500];
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	CHECK(!connection_name("green-hill", longest));
}

TEST("a text that is no name is not taken apart")
{
	static const char *const texts[] = {"", ":", "a", "a:", ":a"};
	char *school;
	const char *staff;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CHECK(!connection_name_read(texts[i], &school, &staff));
}

/* ---- the record ------------------------------------------------------------------------------- */

static struct connection seen;
static struct school seen_school;
static struct err seen_error;
static int answers;
static bool last_done;

static void read_it(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	(void)ctx;
	connection_clear(&seen);
	school_clear(&seen_school);
	seen = *c;
	seen_school = *s;
	seen_error = e ? *e : (struct err){0};
	answers++;
}

static void done(void *ctx, bool is_done, const struct err *e)
{
	(void)ctx;
	last_done = is_done;
	seen_error = e ? *e : (struct err){0};
	answers++;
}

static const struct connection *read_now(void)
{
	int before = answers;
	connection_read(rig.redis, P, name, read_it, NULL);
	CHECK_INT(answers, before);
	WAIT(answers > before);
	return &seen;
}

static bool is_first;

static bool link_now(const char *tenant, const char *email)
{
	int before = answers;
	struct connection c = {.state = CONNECTION_LINKED,
	    .email = (char *)(uintptr_t)email,
	    .name = (char *)(uintptr_t) "N. Dlamini",
	    .account = (char *)(uintptr_t) "account-1",
	    .tenant = (char *)(uintptr_t)tenant,
	    .link = (char *)(uintptr_t) "0011223344556677",
	    .sealed = (char *)(uintptr_t) "k1.sealed",
	    .linked_at = 1000,
	    .refreshed_at = 2000,
	    .since = 1000};
	connection_link(rig.redis, P, name, &c, is_first, done, NULL);
	WAIT(answers > before);
	return last_done;
}

static void end(void)
{
	connection_clear(&seen);
	school_clear(&seen_school);
	rig_end();
}

TEST("whoever linked nothing has no connection, and an unknown school is told of")
{
	rig_begin(NULL);
	const struct connection *c = read_now();
	CHECK_INT(c->state, CONNECTION_NONE);
	CHECK_STR(c->email, "");
	CHECK_STR(c->sealed, "");
	CHECK(!seen_school.known);
	CHECK_STR(seen_school.id, "green-hill");
	end();
}

TEST("a linked account is read as it was written, with its school")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill name Green tenant_id t-1 auth delegated");
	CHECK(link_now("t-1", "n@s.example"));
	const struct connection *c = read_now();
	CHECK_INT(c->state, CONNECTION_LINKED);
	CHECK_STR(c->email, "n@s.example");
	CHECK_STR(c->name, "N. Dlamini");
	CHECK_STR(c->account, "account-1");
	CHECK_STR(c->tenant, "t-1");
	CHECK_STR(c->link, "0011223344556677");
	CHECK_STR(c->sealed, "k1.sealed");
	CHECK_STR(c->reason, "");
	CHECK_INT(c->linked_at, 1000);
	CHECK_INT(c->refreshed_at, 2000);
	CHECK(seen_school.known);
	CHECK_STR(seen_school.auth, "delegated");
	CHECK_INT(
	    rig_number("ZSCORE " P "connections green-hill:staff-1"), 2000 + CONNECTION_KEEP_MS);
	end();
}

TEST("linking again leaves nothing of the record before")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill tenant_id t-1");
	rig_ask("HSET " P "connection:green-hill:staff-1 state relink reason revoked email old");
	rig_ask("ZADD " P "connections:relink 5 green-hill:staff-1");
	CHECK(link_now("t-1", "new@s.example"));
	CHECK_STR(read_now()->email, "new@s.example");
	CHECK_INT(seen.state, CONNECTION_LINKED);
	CHECK_STR(seen.reason, "");
	CHECK_INT(rig_number("ZCARD " P "connections:relink"), 0);
	end();
}

TEST("a school of which nobody said the tenant has that of the first account")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill name Green");
	is_first = true;
	CHECK(link_now("t-1", "n@s.example"));
	CHECK_STR(rig_ask("HGET " P "school:green-hill linked_tenant"), "t-1");
	read_now();
	CHECK_STR(seen_school.tenant_id, "t-1");
	CHECK(!link_now("t-2", "other@s.example"));
	CHECK_STR(read_now()->email, "n@s.example");
	rig_ask("HSET " P "school:green-hill tenant_id ");
	CHECK(!link_now("t-2", "other@s.example"));
	end();
}

TEST("what is said of a school's tenant counts before what was linked first")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill linked_tenant t-1 tenant_id t-2");
	is_first = true;
	CHECK(!link_now("t-1", "n@s.example"));
	CHECK(link_now("t-2", "n@s.example"));
	read_now();
	CHECK_STR(seen_school.tenant_id, "t-2");
	rig_ask("HSET " P "school:green-hill auth app tenant_id ");
	read_now();
	CHECK_STR(seen_school.tenant_id, "");
	end();
}

TEST("whose school has a tenant does not say one by linking")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill tenant_id t-1");
	CHECK(link_now("t-1", "n@s.example"));
	CHECK(!link_now("t-2", "n@s.example"));
	CHECK_INT(rig_number("HEXISTS " P "school:green-hill linked_tenant"), 0);
	end();
}

TEST("an account of another tenant than the school's is not linked, and nothing changes")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill tenant_id t-1");
	CHECK(link_now("T-1", "n@s.example"));
	CHECK(!link_now("t-2", "other@s.example"));
	CHECK_INT(seen_error.code, 0);
	CHECK_STR(read_now()->email, "n@s.example");
	CHECK_STR(rig_ask("HGET " P "school:green-hill tenant_id"), "t-1");
	end();
}

TEST("disconnecting leaves nothing of the connection")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill tenant_id t-1");
	CHECK(link_now("t-1", "n@s.example"));
	int before = answers;
	connection_unlink(rig.redis, P, name, done, NULL);
	WAIT(answers > before);
	CHECK(last_done);
	CHECK_INT(read_now()->state, CONNECTION_NONE);
	CHECK_STR(rig_list("KEYS " P "connection*"), "");
	end();
}

TEST("a note with a connection that is not there is no connection, and goes with the next one")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill tenant_id t-1");
	connection_note(rig.redis, P, name, "consent_required");
	CHECK_STR(read_now()->reason, "consent_required");
	CHECK_INT(seen.state, CONNECTION_NONE);
	CHECK(link_now("t-1", "n@s.example"));
	CHECK_STR(read_now()->reason, "");
	end();
}

TEST("records that are something else are not read, and nothing is linked beside them")
{
	rig_begin(NULL);
	rig_ask("HSET " P "connection:green-hill:staff-1 x y");
	rig_ask("SET " P "school:green-hill no-hash");
	read_now();
	CHECK_INT(seen_error.code, ERR_REFUSED);
	CHECK(!link_now("t-1", "n@s.example"));
	CHECK_INT(seen_error.code, ERR_REFUSED);
	CHECK_INT(rig_number("HLEN " P "connection:green-hill:staff-1"), 1);
	end();
}
