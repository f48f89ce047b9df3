/* The example file and the manual's key list. */
#include "config_int.h"

#include <stdlib.h>

#include "config_rig.h"

static char *printed(void (*print)(FILE *to))
{
	FILE *to = fopen("printed", "w");
	CHECK(to);
	print(to);
	fclose(to);
	return contents("printed");
}

TEST("the example file can be loaded as it stands and shows every key")
{
	no_settings();
	char *text = printed(config_example);
	check_taken(text);
	CHECK_HAS(text, "\n[queue]\n");
	CHECK_HAS(text, "\n# Allowed: 1000 to 60000.\n# lease_ms = 6000\n");
	CHECK_HAS(text, "\n# SIGHUP takes it over.\n# level = info\n");
	CHECK_HAS(text, "\n# client_id =\n");
	free(text);
}

TEST("the example file with every key switched on says the defaults")
{
	struct config c, standard;
	struct err e;
	no_settings();
	char *text = printed(config_example), *line, *rest = text;
	struct buf b;
	buf_init(&b, 0);
	int keys = 0;
	while ((line = strsep(&rest, "\n"))) {
		size_t word = strspn(line, "# abcdefghijklmnopqrstuvwxyz_");
		bool key = word > 2 && line[word] == '=' && strcspn(line + 2, " ") == word - 3;
		keys += key;
		buf_addf(&b, "%s\n", key ? line + 2 : line);
	}
	CHECK_INT(keys, 37);
	if (load(&c, b.data, &e) < 0)
		FAIL("%s", e.text);
	CHECK_INT(load(&standard, "", &e), 0);
	CHECK_STR(c.redis.url, standard.redis.url);
	CHECK_INT(c.queue.lease_ms, standard.queue.lease_ms);
	CHECK_STR(c.log.format, standard.log.format);
	config_clear(&c);
	config_clear(&standard);
	buf_clear(&b);
	free(text);
}

TEST("no line of the example file is longer than a terminal is wide")
{
	no_settings();
	char *text = printed(config_example), *line, *rest = text;
	while ((line = strsep(&rest, "\n")))
		if (strlen(line) > 80)
			FAIL("%zu columns: %s", strlen(line), line);
	free(text);
}

TEST("the manual's key list names every key once, with default and range")
{
	no_settings();
	char *text = printed(config_manual);
	CHECK_HAS(text, ".Ss queue\n");
	CHECK_HAS(text, ".It Cm lease_ms\n");
	CHECK_HAS(text, "\nDefault: 6000.\nAllowed: 1000 to 60000.\n");
	CHECK_HAS(text, ".Dv SIGHUP\n");
	CHECK(!strchr(text, '\\'));
	int items = 0;
	for (const char *at = text; (at = strstr(at, ".It Cm ")); at++)
		items++;
	CHECK_INT(items, 37);
	free(text);
}

/* part gives what stands in text from the heading on, up to the next one; free it. */
static char *part(const char *text, const char *heading, const char *next)
{
	const char *start = strstr(text, heading);
	if (!start)
		FAIL("no %s", heading);
	start += strlen(heading);
	const char *end = strstr(start, next);
	return end ? xstrndup(start, (size_t)(end - start)) : xstrdup(start);
}

TEST("in the example file and the manual each setting stands in its own section")
{
	char *example = printed(config_example);
	char *manual = printed(config_manual);
	for (const struct setting *s = config_settings; s->section; s++) {
		char heading[64], line[64];
		snprintf(heading, sizeof heading, "\n[%s]\n", s->section);
		char *said = part(example, heading, "\n[");
		snprintf(line, sizeof line, "\n# %s =", s->key);
		CHECK_HAS(said, line);
		free(said);

		snprintf(heading, sizeof heading, ".Ss %s\n", s->section);
		said = part(manual, heading, "\n.El\n");
		snprintf(line, sizeof line, "\n.It Cm %s\n", s->key);
		CHECK_HAS(said, line);
		free(said);
	}
	free(example);
	free(manual);
}
