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

/* Body and register are JSON, and the learners are in one of them alone. */
static void is_split(const struct envelope *v)
{
	assert(!v->body == !v->register_text);
	if (!v->body)
		return;
	struct err e;
	json_t *body = json_read(v->body, strlen(v->body), ENVELOPE_DEPTH_MAX, &e);
	json_t *class =
	    json_read(v->register_text, strlen(v->register_text), ENVELOPE_DEPTH_MAX, &e);
	assert(body && class);
	assert(!json_list(json_map(body, "class"), "learners"));
	assert(json_array_size(json_list(class, "learners")) <= ENVELOPE_LEARNERS_MAX);
	assert(strcmp(json_text(body, "id"), v->id) == 0);
	json_decref(body);
	json_decref(class);
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
