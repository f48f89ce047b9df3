/* fuzz_envelope - whatever is pushed gets one verdict: a job's worth of text that can be
 * read again, a job that can be told why not, or junk that can be looked at. */
#include <assert.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_text(const char *text)
{
	json_t *again = json_string(text);
	assert(again);
	json_decref(again);
}

static void is_usable_id(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	assert(n >= 1 && n <= 64 && id[n] == '\0');
}

static json_t *read_back(const char *text)
{
	struct err e;
	json_t *value = json_read(text, strlen(text), ENVELOPE_DEPTH_MAX, &e);
	assert(json_is_object(value));
	return value;
}

/* Body and register are JSON; learners are in the register, and then not in the body. */
static void is_split(const struct envelope *v)
{
	assert(!v->body || v->register_text);
	if (v->register_text) {
		json_t *class = read_back(v->register_text);
		assert(strcmp(json_text(class, "id"), v->class_id) == 0);
		assert(!json_list(class, "learners") == !v->body);
		assert(json_array_size(json_list(class, "learners")) <= ENVELOPE_LEARNERS_MAX);
		json_decref(class);
	}
	if (v->body) {
		json_t *body = read_back(v->body);
		assert(!json_list(json_map(body, "class"), "learners"));
		assert(strcmp(json_text(body, "id"), v->id) == 0);
		json_decref(body);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envelope v;
	envelope_read(&v, (const char *)data, size);
	switch (v.verdict) {
	case ENVELOPE_WAKE:
		assert(size == 0);
		break;
	case ENVELOPE_JUNK:
		assert(!v.id[0]);
		break;
	case ENVELOPE_BAD:
		is_usable_id(v.id);
		break;
	case ENVELOPE_OK:
		assert(!v.code && !v.kept && v.at >= 0 && v.type[0] && v.school[0]);
		is_usable_id(v.id);
		is_split(&v);
		break;
	}
	if (v.verdict == ENVELOPE_JUNK || v.verdict == ENVELOPE_BAD) {
		assert(v.code && v.why[0] && !v.body && !v.register_text && !v.school);
		is_text(v.why);
		is_text(v.kept);
	}
	envelope_clear(&v);
	return 0;
}
