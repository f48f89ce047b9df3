/* fuzz_ticket - whatever a browser shows as a ticket is refused with a word; and whatever claims
 * the portal signs become a person who can be written down, or are refused. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "a secret that only the portal and rollcall-web know";
static struct ticket_keys *keys;

static void begin(void)
{
	char path[64];
	struct err e = {0};
	int fd = memfd_create("ticket-key", 0);
	assert(fd >= 0 && write(fd, secret, sizeof secret - 1) == (ssize_t)sizeof secret - 1);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	keys = ticket_keys_read(path, &e);
	assert(keys);
	close(fd);
	clock_fake(INT64_C(1800000000000), 1000);
}

static void is_written(const char *text, size_t most)
{
	json_t *again = json_string(text);
	assert(again && strlen(text) <= most);
	for (; *text; text++)
		assert((unsigned char)*text >= ' ' && *text != 0x7f);
	json_decref(again);
}

static void check_person(const struct ticket *t)
{
	is_written(t->id, 200);
	is_written(t->school, 128);
	is_written(t->name, 200);
	assert(*t->id && *t->school && !strchr(t->school, ':'));
	assert(!*t->language || strlen(t->language) == 2);
}

/* look reads a ticket under rules that ask for little or much. */
static bool look(const char *text, const char *audience, const char *issuer)
{
	const struct ticket_rules rules = {keys, audience, issuer};
	struct ticket t;
	struct err e = {0};
	const char *word = NULL;
	int rc = ticket_read(&t, text, &rules, &word, &e);
	assert(rc == 0 || (word && *e.text));
	if (rc == 0) {
		assert(t.expires_at > clock_wall_ms() && strlen(t.print) == TICKET_PRINT_ROOM - 1);
		check_person(&t);
	}
	ticket_clear(&t);
	return rc == 0;
}

static void add_base64(struct buf *b, const void *bytes, size_t size)
{
	size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = xmalloc(room);
	sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	buf_adds(b, text);
	free(text);
}

static char *sign(const uint8_t *claims, size_t size)
{
	static const char header[] = "{\"alg\":\"HS256\"}";
	unsigned char proof[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	struct buf b;
	buf_init(&b, 0);
	add_base64(&b, header, sizeof header - 1);
	buf_adds(&b, ".");
	add_base64(&b, claims, size);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, sizeof secret - 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)b.data, b.length);
	crypto_auth_hmacsha256_final(&state, proof);
	buf_adds(&b, ".");
	add_base64(&b, proof, sizeof proof);
	return buf_take(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!keys)
		begin();
	char *text = xstrndup((const char *)data, size);
	assert(!look(text, "", ""));
	free(text);
	text = sign(data, size);
	(void)look(text, "", "");
	(void)look(text, "teams.example", "https://portal.example");
	free(text);
	return 0;
}
