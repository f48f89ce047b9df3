/*
 * ledger - see ledger.h. A line is in its files before the client has its answer,
 * so that a killed emulator forgets nothing it said.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

#define LINES_MAX 1000000

void ledger_init(struct ledger *l)
{
	l->lines = xcalloc(LINES_MAX, sizeof(char *));
	l->first_seq = l->next_seq = 1;
	for (int i = 0; i < LEDGER_FILES; i++)
		l->files[i] = -1;
}

void ledger_clear(struct ledger *l)
{
	for (int64_t seq = l->first_seq; seq < l->next_seq; seq++)
		free(l->lines[seq % LINES_MAX]);
	free(l->lines);
	for (int i = 0; i < LEDGER_FILES; i++)
		if (l->files[i] >= 0)
			close(l->files[i]);
}

int ledger_open(struct ledger *l, const char *path, bool fresh, struct err *e)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (fresh ? O_TRUNC : 0);
	for (int i = 0; i < LEDGER_FILES; i++) {
		if (l->files[i] >= 0)
			continue;
		l->files[i] = open(path, flags, 0600);
		return l->files[i] < 0 ? err_set(e, ERR_SYSTEM, "%s: %m", path) : 0;
	}
	return err_set(e, ERR_LIMIT, "%s: too many ledgers", path);
}

static void write_line(int file, const char *line, size_t length)
{
	while (length) {
		ssize_t n = write(file, line, length);
		if (n < 0)
			die("ledger: %s", strerror(errno));
		line += n;
		length -= (size_t)n;
	}
}

void ledger_add(struct ledger *l, json_t *event, bool quiet)
{
	json_object_set_new(event, "seq", json_integer(l->next_seq));
	char *text = json_dumps(event, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char *line = xasprintf("%s\n", text);
	free(text);
	for (int i = 0; i < LEDGER_FILES && !quiet; i++)
		if (l->files[i] >= 0)
			write_line(l->files[i], line, strlen(line));
	if (l->next_seq - l->first_seq == LINES_MAX)
		free(l->lines[l->first_seq++ % LINES_MAX]);
	l->lines[l->next_seq++ % LINES_MAX] = line;
}

char *ledger_text(const struct ledger *l, int64_t after_seq)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "");
	int64_t seq = after_seq < l->first_seq ? l->first_seq : after_seq + 1;
	for (; seq < l->next_seq; seq++)
		buf_adds(&b, l->lines[seq % LINES_MAX]);
	return buf_take(&b);
}
