/*
 * seal - XChaCha20-Poly1305 under a key of its own for each purpose, derived from the key of
 * the file (BLAKE2b, keyed with it). Nonces are random; 24 bytes are enough for that.
 */
#include "seal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
	KEYS_MAX = 32,
	ID_MAX = 32,
	LINE_MAX_BYTES = 1024,
	KEY_BYTES = 32,
	HEX_DIGITS = 2 * KEY_BYTES,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

struct seal_key {
	char id[ID_MAX + 1];
	unsigned char secret[KEY_BYTES];
};

struct seal_keys {
	struct seal_key keys[KEYS_MAX];
	size_t count;
};

/* ---- the file --------------------------------------------------------------------------- */

static bool is_id(const char *text, size_t length)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	return length >= 1 && length <= ID_MAX && strspn(text, allowed) >= length;
}

static const struct seal_key *find(const struct seal_keys *k, const char *id, size_t length)
{
	for (size_t i = 0; i < k->count; i++)
		if (strlen(k->keys[i].id) == length && memcmp(k->keys[i].id, id, length) == 0)
			return &k->keys[i];
	return NULL;
}

/* read_line takes "id:hex"; the complaint never repeats what may be half of a key. */
static int read_line(
    struct seal_keys *k, const char *line, const char *path, int number, struct err *e)
{
	struct seal_key *key = &k->keys[k->count];
	const char *colon = strchr(line, ':');
	size_t id_length = colon ? (size_t)(colon - line) : 0, bytes = 0;
	if (!is_id(line, id_length))
		return err_set(e, ERR_INPUT,
		    "%s:%d: a key is id:hex, the id 1 to %d of A-Z a-z 0-9 _ -", path, number,
		    ID_MAX);
	if (strlen(colon + 1) != HEX_DIGITS ||
	    sodium_hex2bin(key->secret, KEY_BYTES, colon + 1, HEX_DIGITS, NULL, &bytes, NULL) < 0 ||
	    bytes != KEY_BYTES)
		return err_set(e, ERR_INPUT,
		    "%s:%d: behind the colon stand %d hex digits (openssl rand -hex %d makes "
		    "them)",
		    path, number, HEX_DIGITS, KEY_BYTES);
	if (find(k, line, id_length))
		return err_set(e, ERR_INPUT, "%s:%d: the id %.*s is there twice", path, number,
		    (int)id_length, line);
	memcpy(key->id, line, id_length);
	key->id[id_length] = '\0';
	k->count++;
	return 0;
}

static int read_lines(struct seal_keys *k, FILE *file, const char *path, struct err *e)
{
	char line[LINE_MAX_BYTES];
	int rc = 0;
	for (int number = 1; rc == 0 && fgets(line, sizeof line, file); number++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (k->count == KEYS_MAX)
			rc = err_set(
			    e, ERR_LIMIT, "%s:%d: more than %d keys", path, number, KEYS_MAX);
		else
			rc = read_line(k, line, path, number, e);
	}
	sodium_memzero(line, sizeof line);
	if (rc == 0 && ferror(file))
		rc = err_set(e, ERR_SYSTEM, "%s: the keys cannot be read", path);
	if (rc == 0 && k->count == 0)
		rc = err_set(e, ERR_INPUT,
		    "%s: there is no key in it; each line is id:hex with %d hex digits", path,
		    HEX_DIGITS);
	return rc;
}

struct seal_keys *seal_keys_read(const char *path, struct err *e)
{
	if (sodium_init() < 0) {
		err_set(e, ERR_SYSTEM, "libsodium cannot be used on this machine");
		return NULL;
	}
	FILE *file = fopen(path, "re");
	if (!file) {
		err_set(e, ERR_INPUT, "%s: the keys cannot be opened: %s", path, strerror(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IONBF, 0); /* no copy in a buffer that nobody wipes */
	struct seal_keys *k = xcalloc(1, sizeof *k);
	int rc = read_lines(k, file, path, e);
	(void)fclose(file);
	if (rc == 0)
		return k;
	seal_keys_free(k);
	return NULL;
}

void seal_keys_free(struct seal_keys *k)
{
	if (!k)
		return;
	sodium_memzero(k, sizeof *k);
	free(k);
}

/* ---- sealing ---------------------------------------------------------------------------- */

static void derive(
    const struct seal_key *key, const char *purpose, unsigned char derived[KEY_BYTES])
{
	(void)crypto_generichash(derived, KEY_BYTES, (const unsigned char *)purpose,
	    strlen(purpose), key->secret, KEY_BYTES);
}

char *seal(const struct seal_keys *k, const char *purpose, const char *text, size_t length)
{
	const struct seal_key *key = &k->keys[0];
	unsigned char derived[KEY_BYTES];
	size_t size = NONCE_BYTES + length + TAG_BYTES, id_length = strlen(key->id);
	unsigned char *raw = xmalloc(size);
	randombytes_buf(raw, NONCE_BYTES);
	derive(key, purpose, derived);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(raw + NONCE_BYTES, NULL,
	    (const unsigned char *)text, length, NULL, 0, NULL, raw, derived);
	sodium_memzero(derived, sizeof derived);
	size_t room = sodium_base64_encoded_len(size, BASE64);
	char *sealed = xmalloc(id_length + 1 + room);
	memcpy(sealed, key->id, id_length);
	sealed[id_length] = '.';
	sodium_bin2base64(sealed + id_length + 1, room, raw, size, BASE64);
	free(raw);
	return sealed;
}

/* open_raw decrypts in place of the text; true if the seal is whole. */
static bool open_raw(const struct seal_key *key, const char *purpose, const unsigned char *raw,
    size_t size, char *text)
{
	unsigned char derived[KEY_BYTES];
	derive(key, purpose, derived);
	int rc = crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)text, NULL, NULL,
	    raw + NONCE_BYTES, size - NONCE_BYTES, NULL, 0, raw, derived);
	sodium_memzero(derived, sizeof derived);
	return rc == 0;
}

char *unseal(const struct seal_keys *k, const char *purpose, const char *sealed, size_t *length)
{
	size_t id_length = strcspn(sealed, "."), size = 0;
	const struct seal_key *key = find(k, sealed, id_length);
	if (!key || sealed[id_length] != '.')
		return NULL;
	const char *encoded = sealed + id_length + 1;
	size_t room = strlen(encoded);
	unsigned char *raw = xmalloc(room + 1);
	char *text = NULL;
	if (sodium_base642bin(raw, room, encoded, room, NULL, &size, NULL, BASE64) == 0 &&
	    size >= NONCE_BYTES + TAG_BYTES) {
		*length = size - NONCE_BYTES - TAG_BYTES;
		text = xcalloc(1, *length + 1);
		if (!open_raw(key, purpose, raw, size, text)) {
			free(text);
			text = NULL;
		}
	}
	free(raw);
	return text;
}

bool seal_has_key(const struct seal_keys *k, const char *sealed)
{
	size_t id_length = strcspn(sealed, ".");
	return sealed[id_length] == '.' && find(k, sealed, id_length) != NULL;
}

bool seal_is_current(const struct seal_keys *k, const char *sealed)
{
	size_t id_length = strcspn(sealed, ".");
	return find(k, sealed, id_length) == &k->keys[0];
}
