/* fuzz_config - whatever stands in a configuration file is taken or refused with
 * its line, and what was taken is within the ranges. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = memfd_create("rollcall.conf", 0);
	assert(fd >= 0);
	ssize_t wrote = write(fd, data, size);
	assert(wrote == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct config c;
	struct err e = {0};
	if (config_load(&c, path, &e) < 0) {
		assert(!c.queue.name && strlen(e.text) > 0);
	} else {
		assert(c.queue.lease_ms >= 1000 && c.queue.lease_ms <= 60000);
		assert(c.brake.share >= 0 && c.brake.share <= 1);
		assert(*c.queue.name && strlen(c.queue.name) <= 64);
		config_clear(&c);
	}
	close(fd);
	return 0;
}
