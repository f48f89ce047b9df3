/* fuzz_json - whatever a peer sends is read or refused, and what was read can be
 * written and read again, no deeper than was counted. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e;
	json_t *value = json_read((const char *)data, size, 64, &e);
	if (!value) {
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
		return 0;
	}
	char *text = json_write(value);
	assert(json_depth(text, strlen(text)) <= json_depth((const char *)data, size));
	json_t *again = json_read(text, strlen(text), 64, &e);
	assert(again && json_equal(value, again));
	json_decref(again);
	json_decref(value);
	free(text);
	return 0;
}
