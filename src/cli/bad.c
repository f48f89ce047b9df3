/*
 * bad - what was pushed and could not be used, newest first: when a worker read it, why it
 * was refused and how it begins. The list "bad" holds the newest 1,000.
 */
#include <stdio.h>

#include "output.h"
#include "record.h"

enum { LIMIT = 20, LIMIT_MOST = 1000 };

static json_t *read_bad(struct cli *c, int64_t limit)
{
	json_t *list = json_array();
	struct reply *r = cli_ask(c, "LRANGE %sbad 0 %d", c->prefix, limit - 1);
	objects_append(list, r);
	reply_free(r);
	return list;
}

/* print_beginning keeps to one line: what is to be recognised stands at the beginning. */
static void print_beginning(const char *envelope)
{
	size_t columns = (size_t)out_columns();
	struct buf b;
	buf_init(&b, 0);
	(void)out_line(&b, GREY, columns ? columns - 2 : 0, *envelope ? envelope : "(nothing)");
	printf("  %s\n", b.data);
	buf_clear(&b);
}

static void print_bad(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		char at[32];
		out_time(json_int(entry, "at", 0), at);
		out_say(PLAIN, 0, "%s  %s", at, json_text_or(entry, "why", ""));
		print_beginning(json_text_or(entry, "envelope", ""));
	}
}

int bad_run(struct cli *c)
{
	int64_t limit = cli_limit(c, LIMIT, LIMIT_MOST);
	if (limit < 0)
		return USAGE;
	json_t *list = read_bad(c, limit);
	if (c->json) {
		out_json(list, false);
		return YES;
	}
	int64_t all = cli_ask_number(c, cli_ask(c, "LLEN %sbad", c->prefix));
	print_bad(list);
	if (all == 0)
		out_say(PLAIN, 0, "Every envelope could be used.");
	else if (all > (int64_t)json_array_size(list))
		out_say(GREY, 0, "%lld in all (--limit N).", (long long)all);
	json_decref(list);
	return YES;
}
