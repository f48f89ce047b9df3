#include <stdio.h>
#include <unistd.h>

#include "output.h"
#include "test.h"

static const char *const headings[] = {"NAME", "!ID", "STATE", NULL};

static void add_row(struct table *t, const char *name, const char *id, const char *state)
{
	table_cell(t, PLAIN, "%s", name);
	table_cell(t, PLAIN, "%s", id);
	table_cell(t, GREEN, "%s", state);
}

/* printed gives what table_print writes when it is no terminal. */
static const char *printed(struct table *t)
{
	static char text[4096];
	fflush(stdout);
	int kept = dup(STDOUT_FILENO);
	CHECK(kept >= 0 && freopen("printed", "w", stdout));
	table_print(t);
	fflush(stdout);
	CHECK(dup2(kept, STDOUT_FILENO) >= 0);
	close(kept);
	FILE *from = fopen("printed", "r");
	CHECK(from);
	text[fread(text, 1, sizeof text - 1, from)] = '\0';
	fclose(from);
	return text;
}

TEST("columns are as wide as their widest cell, marks or not")
{
	struct table t;
	out_start();
	table_start(&t, headings);
	add_row(&t, "Zoë Grové", "1", "done");
	add_row(&t, "Ana", "1234", "failed");
	CHECK_STR(printed(&t), "NAME       ID    STATE\n"
			       "Zoë Grové  1     done\n"
			       "Ana        1234  failed\n");
}

TEST("no blanks are left at the end of a line")
{
	struct table t;
	out_start();
	table_start(&t, headings);
	add_row(&t, "Ana", "", "");
	CHECK_STR(printed(&t), "NAME  ID  STATE\n"
			       "Ana\n");
}

TEST("an empty table is its headings")
{
	struct table t;
	out_start();
	table_start(&t, headings);
	CHECK_STR(printed(&t), "NAME  ID  STATE\n");
}

TEST("a cell cannot break its line")
{
	struct table t;
	out_start();
	table_start(&t, headings);
	add_row(&t, "a\nb", "\033[2J", "x");
	CHECK_STR(printed(&t), "NAME  ID    STATE\n"
			       "a?b   ?[2J  x\n");
}
