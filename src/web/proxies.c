/* proxies - every address is kept as IPv6; IPv4 is its ::ffff:0:0/96. */
#include "proxies.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { NETWORKS_MAX = 64, ADDRESS_BITS = 128, MAPPED_BITS = 96, HOUSEHOLD_BYTES = 8 };

struct network {
	struct in6_addr address;
	int bits;
};

struct proxies {
	struct network networks[NETWORKS_MAX];
	size_t count;
};

/* ---- addresses ---------------------------------------------------------------------------- */

/* parse reads an IPv4 or IPv6 address; false for anything else. */
static bool parse(const char *text, struct in6_addr *address)
{
	struct in_addr v4;
	if (inet_pton(AF_INET6, text, address) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	memset(address, 0, sizeof *address);
	memset(&address->s6_addr[10], 0xff, 2);
	memcpy(&address->s6_addr[12], &v4, sizeof v4);
	return true;
}

static void print(const struct in6_addr *address, char text[ADDRESS_ROOM])
{
	bool mapped = IN6_IS_ADDR_V4MAPPED(address);
	const void *from = mapped ? (const void *)&address->s6_addr[12] : (const void *)address;
	if (!inet_ntop(mapped ? AF_INET : AF_INET6, from, text, ADDRESS_ROOM))
		text[0] = '\0';
}

static bool is_within(const struct in6_addr *address, const struct network *n)
{
	int bytes = n->bits / 8, rest = n->bits % 8;
	if (memcmp(address, &n->address, (size_t)bytes) != 0)
		return false;
	unsigned differ = address->s6_addr[bytes % 16] ^ n->address.s6_addr[bytes % 16];
	return rest == 0 || (differ >> (8 - rest)) == 0;
}

static bool is_trusted(const struct proxies *p, const struct in6_addr *address)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_within(address, &p->networks[i]))
			return true;
	return false;
}

/* ---- the setting ---------------------------------------------------------------------------- */

/* parse_network reads "10.0.0.0/8" or one address. */
static bool parse_network(char *text, struct network *n)
{
	char *slash = strchr(text, '/'), *end = NULL;
	if (slash)
		*slash++ = '\0';
	if (!parse(text, &n->address))
		return false;
	int most = strchr(text, ':') ? ADDRESS_BITS : ADDRESS_BITS - MAPPED_BITS;
	long bits = slash ? strtol(slash, &end, 10) : most;
	if (slash && (end == slash || *end || bits < 0 || bits > most || *slash == '+'))
		return false;
	n->bits = (int)bits + (ADDRESS_BITS - most);
	return true;
}

struct proxies *proxies_read(const char *text, struct err *e)
{
	struct proxies *p = xcalloc(1, sizeof *p);
	for (const char *at = text + strspn(text, ", "); *at; at += strspn(at, ", ")) {
		char one[ADDRESS_ROOM + 8];
		size_t length = strcspn(at, ", ");
		bool good = length < sizeof one && p->count < NETWORKS_MAX;
		(void)snprintf(one, sizeof one, "%.*s", (int)length, at);
		if (!good || !parse_network(one, &p->networks[p->count])) {
			err_set(e, ERR_INPUT, "web.trusted_proxies: \"%.*s\": %s",
			    (int)(length < 60 ? length : 60), at,
			    good ? "no address, and no network such as 10.0.0.0/8"
				 : "too long, or too many");
			proxies_free(p);
			return NULL;
		}
		p->count++;
		at += length;
	}
	return p;
}

void proxies_free(struct proxies *p)
{
	free(p);
}

/* ---- who calls ------------------------------------------------------------------------------- */

/* parse_hop reads one entry of X-Forwarded-For, which may have a port. */
static bool parse_hop(const char *from, size_t length, struct in6_addr *address)
{
	char hop[ADDRESS_ROOM + 8];
	while (length > 0 && strchr(" \t", from[length - 1]))
		length--;
	while (length > 0 && strchr(" \t", *from))
		from++, length--;
	if (length == 0 || length >= sizeof hop)
		return false;
	(void)snprintf(hop, sizeof hop, "%.*s", (int)length, from);
	char *text = hop, *colon = strchr(hop, ':');
	if (*hop == '[') {
		text++;
		hop[strcspn(hop, "]")] = '\0';
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
	}
	return parse(text, address);
}

void proxies_caller(
    const struct proxies *p, const char *peer, const char *forwarded, char address[ADDRESS_ROOM])
{
	struct in6_addr caller, hop;
	if (!parse(peer, &caller)) {
		(void)text_copy(address, ADDRESS_ROOM, peer);
		return;
	}
	size_t length = forwarded ? strlen(forwarded) : 0;
	while (length > 0 && is_trusted(p, &caller)) {
		size_t end = length;
		while (length > 0 && forwarded[length - 1] != ',')
			length--;
		if (!parse_hop(forwarded + length, end - length, &hop))
			break;
		caller = hop;
		length -= length > 0;
	}
	print(&caller, address);
}

void proxies_household(const char *address, char household[ADDRESS_ROOM])
{
	struct in6_addr whole;
	if (!parse(address, &whole)) {
		(void)text_copy(household, ADDRESS_ROOM, address);
		return;
	}
	if (!IN6_IS_ADDR_V4MAPPED(&whole))
		memset(&whole.s6_addr[HOUSEHOLD_BYTES], 0, sizeof whole - HOUSEHOLD_BYTES);
	print(&whole, household);
}
