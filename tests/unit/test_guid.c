/* Random names. */
#include "guid.h"
#include "test.h"

TEST("a GUID has the shape of version 4, and no two are the same")
{
	char a[GUID_ROOM], b[GUID_ROOM];
	for (int i = 0; i < 200; i++) {
		CHECK_INT(strlen(guid_new(a)), 36);
		CHECK_INT(strspn(a, "0123456789abcdef-"), 36);
		CHECK(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
		CHECK_INT(a[14], '4');
		CHECK(strchr("89ab", a[19]) != NULL);
		CHECK(strcmp(a, guid_new(b)) != 0);
	}
}
