/*
 * address - what counts as an e-mail address, and when two are the same one.
 */
#include <stdlib.h>
#include <string.h>

#include "roster.h"
#include "roster_int.h"

enum { ADDRESS_MAX = 320 };

/* One @ with something on both sides, nothing unprintable and no blank: what the
 * directory could know. It decides what exists. */
static bool is_address(const char *text, size_t length)
{
	const char *at = memchr(text, '@', length);
	if (!at || at == text || at == text + length - 1 || length > ADDRESS_MAX)
		return false;
	if (memchr(at + 1, '@', length - (size_t)(at + 1 - text)))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return true;
}

char *address_key(const char *text)
{
	char *key = text ? fold(text) : NULL;
	if (key && is_address(key, strlen(key)))
		return key;
	free(key);
	return NULL;
}
