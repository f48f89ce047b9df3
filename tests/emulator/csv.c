/* csv - see csv.h. The file is read whole and cut up in place. */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* Cuts one field out at c->at and moves on; *last tells that its line ends here. */
static char *take_field(struct csv *c, bool *last)
{
	char *from = c->at, *to = c->at;
	bool quoted = *c->at == '"';
	if (quoted)
		c->at++;
	for (; *c->at; c->at++) {
		if (quoted && c->at[0] == '"' && c->at[1] == '"')
			c->at++;
		else if (quoted && *c->at == '"') {
			quoted = false;
			continue;
		} else if (!quoted && strchr(",\r\n", *c->at))
			break;
		*to++ = *c->at;
	}
	*last = *c->at != ',';
	if (*c->at == '\r')
		c->at++;
	if (*c->at)
		c->at++;
	*to = '\0';
	return from;
}

static size_t take_line(struct csv *c, char *fields[CSV_FIELDS])
{
	size_t count = 0;
	bool last = false;
	while (!last) {
		char *field = take_field(c, &last);
		if (count < CSV_FIELDS)
			fields[count++] = field;
	}
	return count;
}

int csv_open(struct csv *c, const char *path, struct err *e)
{
	memset(c, 0, sizeof(*c));
	FILE *f = fopen(path, "re");
	if (!f)
		return err_set(e, ERR_SYSTEM, "%s: %m", path);
	struct buf b;
	buf_init(&b, 0);
	char part[16384];
	size_t n;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	c->text = b.length ? buf_take(&b) : xstrdup("");
	c->at = c->text;
	if (!strncmp(c->at, "\xef\xbb\xbf", 3))
		c->at += 3;
	c->columns = take_line(c, c->header);
	return 0;
}

void csv_close(struct csv *c)
{
	free(c->text);
	c->text = NULL;
}

bool csv_next(struct csv *c)
{
	if (!*c->at)
		return false;
	c->fields = take_line(c, c->row);
	return true;
}

const char *csv_field(const struct csv *c, const char *column)
{
	for (size_t i = 0; i < c->columns && i < c->fields; i++)
		if (!strcmp(c->header[i], column))
			return c->row[i];
	return "";
}
