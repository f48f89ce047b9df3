/* From where somebody calls: only servers of ours in front are believed. */
#include "proxies.h"

#include <stdio.h>

#include "test.h"

static void check_caller(
    const char *trusted, const char *peer, const char *forwarded, const char *want)
{
	char address[ADDRESS_ROOM];
	struct err e = {0};
	struct proxies *p = proxies_read(trusted, &e);
	if (!p)
		FAIL("%s", e.text);
	proxies_caller(p, peer, forwarded, address);
	CHECK_STR(address, want);
	proxies_free(p);
}

TEST("without trusted servers the peer is the caller, whatever the header says")
{
	check_caller("", "203.0.113.9", NULL, "203.0.113.9");
	check_caller("", "203.0.113.9", "1.2.3.4", "203.0.113.9");
	check_caller("", "127.0.0.1", "1.2.3.4", "127.0.0.1");
	check_caller("10.0.0.1", "203.0.113.9", "10.0.0.1, 1.2.3.4", "203.0.113.9");
}

TEST("a trusted server tells who called it")
{
	check_caller("127.0.0.1", "127.0.0.1", "203.0.113.9", "203.0.113.9");
	check_caller("127.0.0.1, ::1", "::1", "2001:db8::7", "2001:db8::7");
	check_caller("127.0.0.1", "::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9");
	check_caller("127.0.0.1", "127.0.0.1", NULL, "127.0.0.1");
	check_caller("127.0.0.1", "127.0.0.1", "", "127.0.0.1");
}

TEST("what a caller wrote into the header before our servers counts for nothing")
{
	check_caller("127.0.0.1", "127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9");
	check_caller("127.0.0.1", "127.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9");
	check_caller(
	    "127.0.0.1,10.0.0.0/8", "127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9");
	check_caller("10.0.0.0/8", "10.1.1.1", "10.2.2.2, 10.3.3.3", "10.2.2.2");
}

TEST("an entry that is no address ends the search at the last one that is known")
{
	check_caller("127.0.0.1", "127.0.0.1", "203.0.113.9, unknown", "127.0.0.1");
	check_caller("127.0.0.1,10.0.0.1", "127.0.0.1", "evil\"\r\n, 10.0.0.1", "10.0.0.1");
	check_caller("127.0.0.1", "127.0.0.1", ",,,", "127.0.0.1");
	check_caller("127.0.0.1", "127.0.0.1", " , ", "127.0.0.1");
}

TEST("an entry may have a port, as some servers write it")
{
	check_caller("127.0.0.1", "127.0.0.1", "203.0.113.9:4711", "203.0.113.9");
	check_caller("127.0.0.1", "127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7");
	check_caller("127.0.0.1", "127.0.0.1", "[2001:db8::7]", "2001:db8::7");
	check_caller("127.0.0.1", "127.0.0.1", "\t2001:db8::7 ", "2001:db8::7");
}

TEST("a network holds its addresses to the last bit, and no others")
{
	check_caller("10.0.0.0/8", "10.255.255.255", "1.2.3.4", "1.2.3.4");
	check_caller("10.0.0.0/8", "11.0.0.0", "1.2.3.4", "11.0.0.0");
	check_caller("192.168.4.0/22", "192.168.7.255", "1.2.3.4", "1.2.3.4");
	check_caller("192.168.4.0/22", "192.168.8.0", "1.2.3.4", "192.168.8.0");
	check_caller("2001:db8::/33", "2001:db8:7fff::1", "1.2.3.4", "1.2.3.4");
	check_caller("2001:db8::/33", "2001:db8:8000::1", "1.2.3.4", "2001:db8:8000::1");
	check_caller("0.0.0.0/0", "9.9.9.9", "1.2.3.4", "1.2.3.4");
	check_caller("0.0.0.0/0", "2001:db8::1", "1.2.3.4", "2001:db8::1");
}

TEST("one household is one IPv4 address, or one /64")
{
	char household[ADDRESS_ROOM];
	proxies_household("203.0.113.9", household);
	CHECK_STR(household, "203.0.113.9");
	proxies_household("2001:db8:1:2:3:4:5:6", household);
	CHECK_STR(household, "2001:db8:1:2::");
	proxies_household("nonsense", household);
	CHECK_STR(household, "nonsense");
}

TEST("a list with something in it that is no address is refused, and named")
{
	static const char *const no[] = {"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8",
	    "::/129", "10.0.0.1/-1", "10.0.0.1/+1", "10.0.0.1/8x", "1.2.3.4:80",
	    "1111111111111111111111111111111111111111111111111111111111111111111"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		struct err e = {0};
		CHECK(!proxies_read(no[i], &e));
		CHECK_HAS(e.text, "web.trusted_proxies: \"");
	}
}
