#include "tenant.h"

#include "test.h"

TEST("a GUID is a tenant id, in small letters or capitals")
{
	CHECK(!tenant_doubt("22222222-2222-2222-2222-222222222222"));
	CHECK(!tenant_doubt("AbCdEf01-2345-6789-abcd-ef0123456789"));
}

TEST("what is no GUID is doubted")
{
	CHECK_HAS(tenant_doubt("green-hill.example"), "no GUID");
	CHECK_HAS(tenant_doubt("22222222-2222-2222-2222-22222222222"), "no GUID");
	CHECK_HAS(tenant_doubt("22222222-2222-2222-2222-2222222222222"), "no GUID");
	CHECK_HAS(tenant_doubt("2222222g-2222-2222-2222-222222222222"), "no GUID");
	CHECK_HAS(tenant_doubt("222222222-222-2222-2222-222222222222"), "no GUID");
}

TEST("ids that cannot be a school's are doubted")
{
	CHECK_HAS(tenant_doubt(""), "no tenant id");
	CHECK_HAS(tenant_doubt("common"), "no tenant");
	CHECK_HAS(tenant_doubt("Organizations"), "no tenant");
	CHECK_HAS(tenant_doubt("00000000-0000-0000-0000-000000000000"), "zeros");
	CHECK_HAS(tenant_doubt("9188040D-6C67-4C5B-B112-36A304B66DAD"), "personal");
}
