/*
 * fold - text for comparing: without the blanks around it, and A to Z in lower case. Other
 * letters stay as they are, so two spellings of one may count as different: where that
 * matters, somebody is looked up once more or stays in the Team.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "roster_int.h"

char *trimmed(const char *text)
{
	text += strspn(text, " \t\r\n");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	return xstrndup(text, length);
}

char *fold(const char *text)
{
	char *key = trimmed(text);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

void *fold_get(const struct map *m, const char *text)
{
	char *key = fold(text);
	void *value = map_get(m, key);
	free(key);
	return value;
}

void *fold_set(struct map *m, const char *text, void *value)
{
	char *key = fold(text);
	void *before = map_set(m, key, value);
	free(key);
	return before;
}
