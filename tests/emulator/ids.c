/*
 * ids - see ids.h. The generator is SplitMix64: small, fast, and good enough for
 * names and dice; nothing here guards a secret.
 */
#include "ids.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

static const char plain_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void random_seed(struct random *r, uint64_t seed)
{
	r->state = seed;
}

uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

double random_share(struct random *r)
{
	return (double)(random_next(r) >> 11) / 9007199254740992.0;
}

/* A GUID in its usual dress, with version and variant bits set as for version. */
static char *guid_dress(unsigned char bytes[16], unsigned version, char id[GUID_ROOM])
{
	static const char hex[] = "0123456789abcdef";
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | version << 4);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	char *to = id;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[bytes[i] >> 4];
		*to++ = hex[bytes[i] & 15];
	}
	*to = '\0';
	return id;
}

char *guid_random(struct random *r, char id[GUID_ROOM])
{
	unsigned char bytes[16];
	uint64_t high = random_next(r), low = random_next(r);
	memcpy(bytes, &high, 8);
	memcpy(bytes + 8, &low, 8);
	return guid_dress(bytes, 4, id);
}

char *guid_of(const char *text, char id[GUID_ROOM])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
	return guid_dress(digest, 5, id);
}

bool guid_is(const char *text)
{
	if (strlen(text) != GUID_ROOM - 1)
		return false;
	for (int i = 0; i < GUID_ROOM - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static char *base64_with(const char *digits, bool padded, const unsigned char *from, size_t length)
{
	char *text = xmalloc((length + 2) / 3 * 4 + 1);
	char *to = text;
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		unsigned value = (unsigned)from[i] << 16;
		value |= left > 1 ? (unsigned)from[i + 1] << 8 : 0;
		value |= left > 2 ? from[i + 2] : 0;
		*to++ = digits[value >> 18];
		*to++ = digits[value >> 12 & 63];
		if (left > 1)
			*to++ = digits[value >> 6 & 63];
		else if (padded)
			*to++ = '=';
		if (left > 2)
			*to++ = digits[value & 63];
		else if (padded)
			*to++ = '=';
	}
	*to = '\0';
	return text;
}

char *base64_text(const void *bytes, size_t length)
{
	return base64_with(plain_digits, true, bytes, length);
}

char *base64_url(const void *bytes, size_t length)
{
	return base64_with(url_digits, false, bytes, length);
}

static int digit_value(char c)
{
	const char *at = c ? strchr(url_digits, c) : NULL;
	if (at)
		return (int)(at - url_digits);
	at = c ? strchr(plain_digits, c) : NULL;
	return at ? (int)(at - plain_digits) : -1;
}

unsigned char *base64_read(const char *text, size_t length, size_t *decoded)
{
	while (length && text[length - 1] == '=')
		length--;
	unsigned char *bytes = xmalloc(length / 4 * 3 + 4);
	unsigned value = 0;
	size_t count = 0;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_value(text[i]);
		if (digit < 0) {
			free(bytes);
			return NULL;
		}
		value = value << 6 | (unsigned)digit;
		if (i % 4)
			bytes[count++] = (unsigned char)(value >> (6 - i % 4 * 2));
	}
	bytes[count] = '\0';
	*decoded = count;
	return bytes;
}
