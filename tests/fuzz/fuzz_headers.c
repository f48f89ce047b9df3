/* fuzz_headers - whatever stands in the headers and addresses of a request: a session is never
 * made of it, the caller's address is one, and nobody is sent off our pages. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "cookie.h"
#include "origin.h"
#include "proxies.h"
#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct seal_keys *keys;
static struct proxies *proxies;

static void begin(void)
{
	static const char line[] =
	    "a:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	char path[64];
	struct err e = {0};
	int fd = memfd_create("secrets-key", 0);
	assert(fd >= 0 && write(fd, line, sizeof line - 1) == (ssize_t)sizeof line - 1);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	keys = seal_keys_read(path, &e);
	proxies = proxies_read("127.0.0.1, 10.0.0.0/8, 2001:db8::/33", &e);
	assert(keys && proxies);
	close(fd);
}

static void check_cookie(const char *header)
{
	struct who w = {0};
	char *value = cookie_find(header, session_cookie);
	assert(!value || !session_open(keys, value, &w));
	assert(!session_open(keys, header, &w) && w.kind == WHO_NOBODY);
	free(value);
}

static void check_address(const char *header)
{
	char caller[ADDRESS_ROOM], household[ADDRESS_ROOM];
	struct in6_addr raw;
	proxies_caller(proxies, "127.0.0.1", header, caller);
	assert(inet_pton(AF_INET, caller, &raw) == 1 || inet_pton(AF_INET6, caller, &raw) == 1);
	proxies_household(caller, household);
	assert(
	    inet_pton(AF_INET, household, &raw) == 1 || inet_pton(AF_INET6, household, &raw) == 1);
	proxies_caller(proxies, "192.0.2.1", header, caller);
	assert(strcmp(caller, "192.0.2.1") == 0);
}

static void check_page(const char *to)
{
	const char *page = origin_page(to);
	assert(strncmp(page, "/staff/", 7) == 0 || strncmp(page, "/console", 8) == 0);
	assert(!strstr(page, "..") && !strchr(page, '\\'));
	for (; *page; page++)
		assert(*page > ' ' && *page <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char origin[64];
	if (!keys)
		begin();
	char *text = xstrndup((const char *)data, size);
	check_cookie(text);
	check_address(text);
	check_page(text);
	if (origin_of(text, origin, sizeof origin))
		assert(strstr(origin, "://") && !strpbrk(strstr(origin, "://") + 3, "/?#\\"));
	free(text);
	return 0;
}
