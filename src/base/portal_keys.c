/* portal_keys - the file is read as a whole; its keys are few, so a look-up compares with all. */
#include "portal_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
	KEYS_MAX = 10000,
	SCHOOL_MAX_BYTES = 128, /* as envelopes have it */
	SECRET_BYTES = 32,
	HASH_DIGITS = 2 * PORTAL_HASH_BYTES,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

static const char prefix[] = "rollcall_"; /* by which a leaked one is known at sight */

static const struct {
	const char *word;
	enum portal_scope scope;
} scope_words[] = {{"enqueue", PORTAL_ENQUEUE}, {"read", PORTAL_READ}, {"admin", PORTAL_ADMIN}};
enum { SCOPES = sizeof scope_words / sizeof *scope_words };

/* ---- one key ------------------------------------------------------------------------------ */

static unsigned scope_of(const char *word, size_t length)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (strlen(scope_words[i].word) == length &&
		    memcmp(scope_words[i].word, word, length) == 0)
			return scope_words[i].scope;
	return 0;
}

static int read_scopes(unsigned *scopes, const char *text, struct err *e)
{
	*scopes = 0;
	for (const char *at = text;; at++) {
		size_t length = strcspn(at, ",");
		unsigned scope = scope_of(at, length);
		if (scope == 0)
			return err_set(e, ERR_INPUT,
			    "\"%.*s\" is no scope: enqueue, read or admin, with commas between",
			    (int)(length < 40 ? length : 40), at);
		*scopes |= scope;
		at += length;
		if (!*at)
			return 0;
	}
}

static bool is_name(const char *text)
{
	size_t n =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	return n >= 1 && n <= PORTAL_NAME_MAX && text[n] == '\0';
}

static bool is_school(const char *text)
{
	size_t n = 0;
	for (; text[n]; n++)
		if ((unsigned char)text[n] < ' ' || text[n] == 0x7f || text[n] == ':')
			return false;
	return n >= 1 && n <= SCHOOL_MAX_BYTES;
}

int portal_key_set(
    struct portal_key *k, const char *name, const char *scopes, const char *school, struct err *e)
{
	*k = (struct portal_key){0};
	if (!is_name(name))
		return err_set(e, ERR_INPUT, "\"%.80s\" is no name: 1 to %d of A-Z a-z 0-9 . _ -",
		    name, PORTAL_NAME_MAX);
	if (!is_school(school))
		return err_set(e, ERR_INPUT,
		    "\"%.140s\" is no school: 1 to %d bytes without a colon, or * for every school",
		    school, SCHOOL_MAX_BYTES);
	int rc = read_scopes(&k->scopes, scopes, e);
	if (rc < 0)
		return rc;
	text_copy(k->name, sizeof k->name, name);
	k->school = strcmp(school, "*") == 0 ? NULL : xstrdup(school);
	return 0;
}

void portal_key_clear(struct portal_key *k)
{
	free(k->school);
	*k = (struct portal_key){0};
}

char *portal_key_new(void)
{
	unsigned char raw[SECRET_BYTES];
	char text[64];
	randombytes_buf(raw, sizeof raw);
	sodium_bin2base64(text, sizeof text, raw, sizeof raw, BASE64);
	char *secret = xasprintf("%s%s", prefix, text);
	sodium_memzero(raw, sizeof raw);
	sodium_memzero(text, sizeof text);
	return secret;
}

void portal_key_hash(const char *secret, unsigned char hash[PORTAL_HASH_BYTES])
{
	(void)crypto_generichash(
	    hash, PORTAL_HASH_BYTES, (const unsigned char *)secret, strlen(secret), NULL, 0);
}

void portal_key_line(const struct portal_key *k, char line[PORTAL_LINE_ROOM])
{
	char scopes[32] = "", hex[HASH_DIGITS + 1];
	size_t used = 0;
	for (size_t i = 0; i < SCOPES; i++)
		if (k->scopes & scope_words[i].scope)
			used += (size_t)snprintf(scopes + used, sizeof scopes - used, "%s%s",
			    used ? "," : "", scope_words[i].word);
	sodium_bin2hex(hex, sizeof hex, k->hash, PORTAL_HASH_BYTES);
	(void)snprintf(line, PORTAL_LINE_ROOM, "%s:%s:%s:%s", k->name, scopes,
	    k->school ? k->school : "*", hex);
}

/* ---- the file ------------------------------------------------------------------------------ */

/* cut splits the line at its colons; false unless there are four parts. */
static bool cut(char *line, char *parts[4])
{
	for (int i = 0; i < 4; i++) {
		parts[i] = line;
		line = strchr(line, ':');
		if (!line)
			return i == 3;
		*line++ = '\0';
	}
	return false;
}

static int read_line(struct portal_key *k, char *line, struct err *e)
{
	char *parts[4];
	size_t bytes = 0;
	*k = (struct portal_key){0};
	if (!cut(line, parts))
		return err_set(e, ERR_INPUT, "a key is name:scopes:school:hash");
	int rc = portal_key_set(k, parts[0], parts[1], parts[2], e);
	if (rc < 0)
		return rc;
	if (strlen(parts[3]) == HASH_DIGITS &&
	    sodium_hex2bin(k->hash, PORTAL_HASH_BYTES, parts[3], HASH_DIGITS, NULL, &bytes, NULL) ==
		0 &&
	    bytes == PORTAL_HASH_BYTES)
		return 0;
	portal_key_clear(k);
	return err_set(e, ERR_INPUT,
	    "the hash of a key has %d hex digits; rollcall keys new writes such a line",
	    HASH_DIGITS);
}

static bool has(const struct portal_keys *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->at[i].name, name) == 0)
			return true;
	return false;
}

static int add(struct portal_keys *k, char *line, struct err *e)
{
	struct portal_key key;
	int rc = read_line(&key, line, e);
	if (rc < 0)
		return rc;
	if (has(k, key.name))
		rc = err_set(e, ERR_INPUT, "the name %s is there twice", key.name);
	else if (k->count == KEYS_MAX)
		rc = err_set(e, ERR_LIMIT, "more than %d keys", KEYS_MAX);
	if (rc < 0) {
		portal_key_clear(&key);
		return rc;
	}
	k->at = xrealloc(k->at, (k->count + 1) * sizeof *k->at);
	k->at[k->count++] = key;
	return 0;
}

int portal_keys_read(struct portal_keys *k, const char *path, struct err *e)
{
	char line[PORTAL_LINE_ROOM + 2];
	int rc = 0;
	*k = (struct portal_keys){0};
	FILE *file = fopen(path, "re");
	if (!file)
		return err_set(e, ERR_INPUT, "%s: the portals' keys cannot be opened: %s", path,
		    strerror(errno));
	for (int number = 1; rc == 0 && fgets(line, sizeof line, file); number++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] && line[0] != '#')
			rc = add(k, line, e);
		if (rc < 0)
			err_prefix(e, "%s:%d", path, number);
	}
	if (rc == 0 && ferror(file))
		rc = err_set(e, ERR_SYSTEM, "%s: the portals' keys cannot be read", path);
	(void)fclose(file);
	if (rc < 0)
		portal_keys_clear(k);
	return rc;
}

void portal_keys_clear(struct portal_keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		portal_key_clear(&k->at[i]);
	free(k->at);
	*k = (struct portal_keys){0};
}

const struct portal_key *portal_keys_find(const struct portal_keys *k, const char *secret)
{
	unsigned char hash[PORTAL_HASH_BYTES];
	const struct portal_key *found = NULL;
	portal_key_hash(secret, hash);
	for (size_t i = 0; i < k->count; i++)
		if (sodium_memcmp(hash, k->at[i].hash, sizeof hash) == 0)
			found = &k->at[i];
	return found;
}
