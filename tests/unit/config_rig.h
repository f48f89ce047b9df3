/* config_rig - settings read from a file in the test's folder. */
#ifndef CONFIG_RIG_H
#define CONFIG_RIG_H

#include <stdio.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "test.h"

/* no_settings takes away what the environment of whoever runs the tests says. */
static inline void no_settings(void)
{
	static char *none[] = {NULL};
	environ = none;
}

static inline int load(struct config *c, const char *content, struct err *e)
{
	return config_load(c, test_write("rollcall.conf", content), e);
}

static inline void check_refused(const char *content, const char *want)
{
	struct config c;
	struct err e = {0};
	if (load(&c, content, &e) == 0)
		FAIL("this was taken:\n%s", content);
	CHECK_STR(e.text, want);
	CHECK(e.code == ERR_INPUT);
	CHECK(!c.queue.name);
}

static inline void check_taken(const char *content)
{
	struct config c;
	struct err e;
	if (load(&c, content, &e) < 0)
		FAIL("%s", e.text);
	config_clear(&c);
}

/* contents gives all of a file; free it. */
static inline char *contents(const char *name)
{
	struct buf b;
	char piece[4096];
	buf_init(&b, 0);
	FILE *from = fopen(name, "r");
	CHECK(from);
	for (size_t got; (got = fread(piece, 1, sizeof(piece), from)) > 0;)
		buf_add(&b, piece, got);
	fclose(from);
	return buf_take(&b);
}

#endif
