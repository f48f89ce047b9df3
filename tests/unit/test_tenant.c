#include "tenant.h"

#include "test.h"

TEST("a GUID is a tenant id, in small letters or capitals")
{
	CHECK(!tenant_doubt("22222222-2222-2222-2222-222222222222"));
	CHECK(!tenant_doubt("AbCdEf01-2345-6789-abcd-ef0123456789"));
}

TEST("a domain of the school is a tenant id as well")
{
	CHECK(!tenant_doubt("green-hill.example"));
	CHECK(!tenant_doubt("school9.onmicrosoft.com"));
}

TEST("what is neither a GUID nor a domain is wrong, and doubted")
{
	static const char *const wrong[] = {"green-hill", "22222222-2222-2222-2222-22222222222",
	    "22222222-2222-2222-2222-2222222222222", "2222222g-2222-2222-2222-222222222222",
	    "222222222-222-2222-2222-222222222222", "green hill.example", "green-hill.example/x",
	    ".example", "green-hill.", "green..example", "-a.example", "a-.example", "2222..."};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_HAS(tenant_wrong(wrong[i]), "GUID");
		CHECK_HAS(tenant_doubt(wrong[i]), "GUID");
	}
	CHECK(tenant_wrong("") && tenant_wrong("common"));
}

TEST("ids that cannot be a school's are doubted")
{
	CHECK_HAS(tenant_doubt(""), "no tenant id");
	CHECK_HAS(tenant_doubt("common"), "no tenant");
	CHECK_HAS(tenant_doubt("Organizations"), "no tenant");
	CHECK_HAS(tenant_doubt("00000000-0000-0000-0000-000000000000"), "zeros");
	CHECK_HAS(tenant_doubt("9188040D-6C67-4C5B-B112-36A304B66DAD"), "personal");
}
