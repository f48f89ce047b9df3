/* What is sealed opens for us and for the same purpose, and for nobody else. */
#include "seal.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "test.h"

#define HEX_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static struct seal_keys *keys_of(const char *content)
{
	struct err e = {0};
	struct seal_keys *k = seal_keys_read(test_write("keys", content), &e);
	if (!k)
		FAIL("%s", e.text);
	return k;
}

static void check_opens(
    const struct seal_keys *k, const char *purpose, const char *sealed, const char *want)
{
	size_t length = 0;
	char *text = unseal(k, purpose, sealed, &length);
	CHECK_STR(text, want);
	if (text)
		CHECK_INT(length, strlen(want));
	free(text);
}

TEST("a sealed text names its key, does not show itself, and opens")
{
	struct seal_keys *k = keys_of("# ours\n2026-b:" HEX_A "\n\nold:" HEX_B "\n");
	char *sealed = seal(k, "session", "Thabo", 5);
	CHECK(strncmp(sealed, "2026-b.", 7) == 0);
	CHECK(strstr(sealed, "Thabo") == NULL);
	check_opens(k, "session", sealed, "Thabo");
	free(sealed);
	sealed = seal(k, "session", "", 0);
	check_opens(k, "session", sealed, "");
	free(sealed);
	seal_keys_free(k);
}

TEST("the same text sealed twice looks different each time")
{
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	char *one = seal(k, "session", "Thabo", 5), *two = seal(k, "session", "Thabo", 5);
	CHECK(strcmp(one, two) != 0);
	free(one);
	free(two);
	seal_keys_free(k);
}

TEST("what was sealed for one purpose does not open for another")
{
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	char *sealed = seal(k, "session", "Thabo", 5);
	check_opens(k, "sign-in", sealed, NULL);
	check_opens(k, "sessio", sealed, NULL);
	check_opens(k, "", sealed, NULL);
	free(sealed);
	seal_keys_free(k);
}

TEST("a sealed text in which any one character was changed, or that was cut, does not open")
{
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	char *sealed = seal(k, "session", "Thabo Mokoena", 13);
	for (size_t i = 0; sealed[i]; i++) {
		char was = sealed[i];
		sealed[i] = was == 'A' ? 'B' : 'A';
		check_opens(k, "session", sealed, NULL);
		sealed[i] = was;
	}
	for (size_t length = strlen(sealed) - 1; length > 0; length--) {
		char *cut = xstrndup(sealed, length);
		check_opens(k, "session", cut, NULL);
		free(cut);
	}
	check_opens(k, "session", "", NULL);
	check_opens(k, "session", "a", NULL);
	check_opens(k, "session", "a.", NULL);
	check_opens(k, "session", "a.====", NULL);
	check_opens(k, "session", "a.\x80\xff", NULL);
	check_opens(k, "session", sealed, "Thabo Mokoena");
	free(sealed);
	seal_keys_free(k);
}

TEST("a new first key seals, the old one still opens, and nothing opens once it is gone")
{
	struct seal_keys *before = keys_of("old:" HEX_A "\n");
	char *sealed = seal(before, "session", "Thabo", 5);
	CHECK(seal_is_current(before, sealed));
	struct seal_keys *between = keys_of("new:" HEX_B "\nold:" HEX_A "\n");
	CHECK(!seal_is_current(between, sealed));
	check_opens(between, "session", sealed, "Thabo");
	struct seal_keys *after = keys_of("new:" HEX_B "\n");
	check_opens(after, "session", sealed, NULL);
	struct seal_keys *renamed = keys_of("old:" HEX_B "\n");
	check_opens(renamed, "session", sealed, NULL);
	free(sealed);
	seal_keys_free(before);
	seal_keys_free(between);
	seal_keys_free(after);
	seal_keys_free(renamed);
}

static void refused(const char *content, const char *why)
{
	struct err e = {0};
	CHECK(seal_keys_read(test_write("keys", content), &e) == NULL);
	CHECK_HAS(e.text, "keys");
	CHECK_HAS(e.text, why);
	CHECK(!strstr(e.text, "00112233"));
}

TEST("a key file that cannot be used is refused with its line and the remedy, and shows no key")
{
	refused("", "no key in it");
	refused("# only this\n", "no key in it");
	refused(HEX_A "\n", "keys:1: a key is id:hex");
	refused("a:" HEX_A "\nb c:" HEX_B "\n", "keys:2: a key is id:hex");
	refused("a:0011223344\n", "keys:1: behind the colon stand 64 hex digits");
	refused("a:" HEX_A "00\n", "64 hex digits");
	refused("a:" HEX_A " \n", "64 hex digits");
	refused("a:zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", "64 hex");
	refused("a:" HEX_A "\na:" HEX_B "\n", "keys:2: the id a is there twice");
	struct err e;
	CHECK(seal_keys_read("no/such", &e) == NULL);
	CHECK_HAS(e.text, "no/such: the keys cannot be opened");
}
