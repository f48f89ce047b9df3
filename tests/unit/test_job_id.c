#include "job_id.h"

#include <string.h>

#include "clock.h"
#include "test.h"

static const uint8_t none[JOB_ID_RANDOM],
    full[JOB_ID_RANDOM] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

TEST("an id is 26 characters that the contract allows")
{
	char id[JOB_ID_LENGTH + 1];
	job_id_new(id);
	CHECK_INT(strlen(id), 26);
	CHECK_INT(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
}

TEST("time and chance are written in full")
{
	char id[JOB_ID_LENGTH + 1];
	job_id_write(0, none, id);
	CHECK_STR(id, "00000000000000000000000000");
	job_id_write(1469918176385, full, id);
	CHECK_STR(id, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
}

TEST("a later id sorts behind an earlier one")
{
	char earlier[JOB_ID_LENGTH + 1], later[JOB_ID_LENGTH + 1];
	job_id_write(1795341600000, full, earlier);
	job_id_write(1795341600001, none, later);
	CHECK(strcmp(earlier, later) < 0);
}

TEST("two ids of the same instant differ")
{
	char one[JOB_ID_LENGTH + 1], other[JOB_ID_LENGTH + 1];
	clock_fake(1795341600000, 1);
	job_id_new(one);
	job_id_new(other);
	CHECK(strcmp(one, other) != 0);
	CHECK(strncmp(one, other, 10) == 0);
}
