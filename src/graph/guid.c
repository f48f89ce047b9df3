/* guid - random names for requests, from the system's randomness. */
#include "guid.h"

#include <sodium.h>
#include <stdio.h>

char *guid_new(char text[GUID_ROOM])
{
	unsigned char b[16];
	randombytes_buf(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	int used = 0;
	for (size_t i = 0; i < sizeof b; i++)
		used += snprintf(text + used, GUID_ROOM - (size_t)used, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	return text;
}
