/* What each setting may be, and what it is when nobody says. */
#include "config_int.h"

#include "config_rig.h"

TEST("without a word in the file every setting has its default")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "", &e), 0);
	CHECK_STR(c.redis.url, "redis://127.0.0.1:6379/0");
	CHECK_STR(c.queue.name, "teams");
	CHECK_INT(c.queue.lease_ms, 6000);
	CHECK_INT(c.queue.concurrency, 2000);
	CHECK_INT(c.queue.per_school, 50);
	CHECK_INT(c.queue.retention_days, 7);
	CHECK_INT(c.queue.keep_finished, 100000);
	CHECK_STR(c.graph.root, "https://graph.microsoft.com/v1.0");
	CHECK_STR(c.graph.authority, "https://login.microsoftonline.com");
	CHECK_STR(c.graph.ca_file, "");
	CHECK_INT(c.graph.timeout_ms, 30000);
	CHECK_INT(c.graph.poll_ms, 31000);
	CHECK(c.graph.quota_scale == 1.0);
	CHECK_STR(c.web.listen, "127.0.0.1:8420");
	CHECK_STR(c.web.public_url, "");
	CHECK(c.brake.share == 0.25);
	CHECK_INT(c.brake.count, 5);
	CHECK_INT(c.sync.wave, 0);
	CHECK_STR(c.log.level, "info");
	CHECK_STR(c.log.format, "text");
	config_clear(&c);
	CHECK(!c.redis.url);
	config_clear(&c);
}

TEST("the ends of a range are inside it")
{
	no_settings();
	check_taken("[queue]\nlease_ms = 1000\n");
	check_taken("[queue]\nlease_ms = 60000\n");
	check_taken("[brake]\nshare = 0\n");
	check_taken("[brake]\nshare = 1\n");
	check_refused(
	    "[brake]\nshare = 1.01\n", "rollcall.conf:2: brake.share = \"1.01\": allowed 0 to 1");
	check_refused(
	    "[sync]\nwave = 201\n", "rollcall.conf:2: sync.wave = \"201\": allowed 0 to 200");
}

TEST("Redis may be reached in every way the contract names")
{
	no_settings();
	check_taken("[redis]\nurl = redis://127.0.0.1:6379/1\n");
	check_taken("[redis]\nurl = rediss://u:p@redis.example:6380/0\n");
	check_taken("[redis]\nurl = unix:///run/redis/redis-server.sock\n");
	check_taken("[redis]\nurl = unix://worker:pass%40word@/run/redis.sock?db=1\n");
	check_taken("[redis]\nurl = redis://a:6379,b:6379/0\n");
	check_taken("[redis]\nurl = sentinel://a:26379,b:26379/main\n");
}

TEST("plain http is refused but to the own host, because tokens would be readable")
{
	no_settings();
	check_taken("[graph]\nroot = http://127.0.0.1:9000/v1.0\n");
	check_taken("[graph]\nroot = http://localhost\n");
	check_taken("[graph]\nauthority = http://[::1]:9000\n");
	check_taken("[graph]\nroot = https://graph.microsoft.us/v1.0\n");
	const char *const hosts[] = {
	    "graph.example", "127.0.0.1.example", "localhost.example:80", "10.0.0.1", "[::2]:80"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char content[128], want[256];
		snprintf(content, sizeof(content), "[graph]\nauthority = http://%s\n", hosts[i]);
		snprintf(want, sizeof(want),
		    "rollcall.conf:2: graph.authority = \"http://%s\": plain http carries "
		    "tokens in the clear for all to read; use https:// (http:// only to "
		    "127.0.0.1, [::1] or localhost)",
		    hosts[i]);
		check_refused(content, want);
	}
}

static void check_none_taken(
    const char *section, const char *key, const char *const *values, size_t count)
{
	const struct setting *s = config_find(section, key);
	struct config c = {0};
	char start[64];
	snprintf(start, sizeof start, "%s.%s = \"", section, key);
	for (size_t i = 0; i < count; i++) {
		struct err e;
		if (config_set(&c, s, values[i], &e) == 0)
			FAIL("%s was taken", values[i]);
		CHECK_INT(e.code, ERR_INPUT);
		CHECK_HAS(e.text, start);
	}
	config_clear(&c);
}

TEST("an address that is none, or more than one, is refused")
{
	const char *const values[] = {"", "graph.microsoft.com", "ftp://a", "https://",
	    "https:///v1", "https://a/", "https://a b", "https://a?b",
	    "http://127.0.0.1@evil.example", "https://[::1]x", "https://a\\b"};
	check_none_taken("graph", "root", values, sizeof(values) / sizeof(values[0]));
}

TEST("an address to listen on is a host and a port")
{
	const char *const bad[] = {"", "8420", ":8420", "127.0.0.1", "127.0.0.1:", "a:65536", "a:x",
	    "a:123456", "::1:8420", "a/b:1"};
	no_settings();
	check_taken("[web]\nlisten = [::]:0\n");
	check_taken("[web]\nlisten = 0.0.0.0:65535\n");
	check_none_taken("web", "listen", bad, sizeof(bad) / sizeof(bad[0]));
}

static bool section_is_known(const char *name)
{
	for (const struct section *s = config_sections; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return true;
	return false;
}

TEST("each setting is in a section that exists, next to the others of it")
{
	for (const struct setting *s = config_settings; s->section; s++) {
		if (!section_is_known(s->section))
			FAIL("no section %s", s->section);
		const struct setting *next = s + 1;
		for (const struct setting *other = next; other->section; other++)
			if (strcmp(other->section, s->section) == 0 &&
			    strcmp(next->section, s->section) != 0)
				FAIL("%s.%s stands apart", other->section, other->key);
	}
}

TEST("each setting has a name and a place of its own")
{
	for (const struct setting *s = config_settings; s->section; s++) {
		CHECK(config_find(s->section, s->key) == s);
		for (const struct setting *other = s + 1; other->section; other++)
			if (other->offset == s->offset)
				FAIL("%s and %s share a place", s->key, other->key);
	}
	CHECK(config_find("queue", "level") == NULL);
	CHECK(config_find("", "") == NULL);
}

TEST("each default is a value that the setting takes")
{
	struct config c = {0};
	for (const struct setting *s = config_settings; s->section; s++) {
		struct err e;
		if (config_set(&c, s, s->standard, &e) < 0)
			FAIL("%s", e.text);
	}
	config_clear(&c);
}

TEST("what is said of a setting ends with a full stop")
{
	for (const struct setting *s = config_settings; s->section; s++)
		if (!*s->help || s->help[strlen(s->help) - 1] != '.')
			FAIL("%s.%s: %s", s->section, s->key, s->help);
}

TEST("a setting that refuses a text says what it allows")
{
	char words[160];
	for (const struct setting *s = config_settings; s->section; s++)
		if ((s->wrong || s->kind != SETTING_TEXT) && !*config_allowed(s, words))
			FAIL("%s.%s does not say what it allows", s->section, s->key);
}
