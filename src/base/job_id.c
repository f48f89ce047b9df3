/*
 * job_id - 48 bits of milliseconds and 80 random ones, five bits a character, in digits
 * and capitals without I, L, O and U, which look or sound like others. This is the form
 * known as ULID.
 */
#include "job_id.h"

#include <stddef.h>
#include <sys/random.h>

#include "clock.h"
#include "err.h"

enum { TIME_CHARACTERS = 10 };

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void job_id_write(int64_t now_ms, const uint8_t random[JOB_ID_RANDOM], char id[JOB_ID_LENGTH + 1])
{
	uint64_t time = (uint64_t)now_ms;
	for (int i = TIME_CHARACTERS - 1; i >= 0; i--, time >>= 5)
		id[i] = digits[time & 31];
	char *to = id + TIME_CHARACTERS;
	unsigned bits = 0, held = 0;
	for (size_t i = 0; i < JOB_ID_RANDOM; i++) {
		bits = bits << 8 | random[i];
		for (held += 8; held >= 5; held -= 5)
			*to++ = digits[bits >> (held - 5) & 31];
	}
	*to = '\0';
}

void job_id_new(char id[JOB_ID_LENGTH + 1])
{
	uint8_t random[JOB_ID_RANDOM];
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		die("the system gives no random bytes");
	job_id_write(clock_wall_ms(), random, id);
}
