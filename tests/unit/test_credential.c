/* Our secret, read from a file. */
#include <stdlib.h>

#include "credential.h"
#include "test.h"

static char *form_of(const char *content)
{
	struct err e;
	struct buf form;
	struct credential *c = credential_read(test_write("secret", content), NULL, NULL, &e);
	CHECK(c != NULL);
	buf_init(&form, 0);
	CHECK_INT(credential_form(c, "app", "https://login.example/t", &form, &e), 0);
	credential_free(c);
	return buf_take(&form);
}

TEST("a secret is sent encoded, without the end of its line")
{
	char *form = form_of("a+b/c~d \r\n");
	CHECK_STR(form, "&client_secret=a%2Bb%2Fc~d%20");
	free(form);
}

static void refused(const char *content, const char *why)
{
	struct err e;
	CHECK(credential_read(test_write("secret", content), NULL, NULL, &e) == NULL);
	CHECK_HAS(e.text, "secret: ");
	CHECK_HAS(e.text, why);
	CHECK(e.code < 0);
}

TEST("a file that holds no secret is refused, by name and with the remedy")
{
	char over[1100];
	memset(over, 'x', sizeof over);
	over[sizeof over - 1] = '\0';
	refused("", "alone on one line");
	refused("\n", "alone on one line");
	refused("one\ntwo\n", "alone on one line");
	refused("a\x01z", "control characters");
	refused(over, "longer than 1024 bytes");
}

TEST("a secret that cannot be opened is refused by name")
{
	struct err e;
	CHECK(credential_read("no/such/file", NULL, NULL, &e) == NULL);
	CHECK_HAS(e.text, "no/such/file: the secret cannot be opened");
}

TEST("neither secret nor certificate is an error of the settings")
{
	struct err e;
	CHECK(credential_read(NULL, NULL, NULL, &e) == NULL);
	CHECK_HAS(e.text, "client_secret_file");
	CHECK(credential_read("", "certificate", "", &e) == NULL);
	CHECK_INT(e.code, ERR_USAGE);
}
