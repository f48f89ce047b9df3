/* fuzz_naming - whatever a group, an identifier and a year are called: a nickname is one that
 * Microsoft takes, a display name fits, and both come out the same again. First line the group,
 * second the identifier, the rest the year. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "naming.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = memchr(*data, '\n', *size);
	size_t length = end ? (size_t)(end - *data) : *size;
	char *line = xstrndup((const char *)*data, length);
	*data += length + (end != NULL);
	*size -= length + (end != NULL);
	return line;
}

static void check_nickname(const struct naming *n, int nth)
{
	char *nickname = naming_nickname(n, nth), *again = naming_nickname(n, nth);
	assert(!nickname == !again && (!nickname || strcmp(nickname, again) == 0));
	if (nickname) {
		size_t length = strlen(nickname);
		assert(length > 0 && length <= NICKNAME_LENGTH_MAX && strstr(nickname, ".class"));
		assert(nickname[0] != '.' && nickname[length - 1] != '.');
		for (const char *c = nickname; *c; c++)
			assert(*c > ' ' && *c <= '~' && !strchr("@()\\[]\";:<>,&/", *c));
	}
	free(nickname);
	free(again);
}

static void check_display(const struct naming *n)
{
	char *display = naming_display(n);
	size_t units = 0;
	for (const char *c = display ? display : ""; *c; c++)
		units += ((unsigned char)*c & 0xc0) != 0x80;
	assert(units <= DISPLAY_UNITS_MAX && (!display || strstr(display, "_Class")));
	free(display);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *group = take_line(&data, &size), *identifier = take_line(&data, &size);
	char *year = take_line(&data, &size), digits[5];
	naming_year(year, digits);
	assert(strlen(digits) == 0 || strspn(digits, "0123456789") == 4);
	struct naming n = {group, identifier, digits, "group-1"};
	check_nickname(&n, 1);
	check_nickname(&n, NICKNAMES_MAX);
	check_display(&n);
	free(group);
	free(identifier);
	free(year);
	return 0;
}
