/* What is remembered of a learner, written and read again. */
#include <stdlib.h>

#include "records.h"
#include "redis_rig.h"

static struct class_record c;
static bool answered;

static void seen(void *ctx, struct school *s, struct class_record *record, const struct err *e)
{
	(void)ctx;
	CHECK(!e);
	school_clear(s);
	c = *record;
	answered = true;
}

static json_t *there_and_back(const struct learner_standing *s)
{
	char *text = learner_record(s);
	json_t *learner = json_read(text, strlen(text), 8, NULL);
	CHECK(learner != NULL);
	free(text);
	return learner;
}

TEST("a learner's standing is written whole")
{
	char *text = learner_record(&(struct learner_standing){"Thabo \"T\" Mokoena", "t@s.example",
	    "synced", "", "u-1", NULL, 1760000000000, false, NULL});
	CHECK_STR(text,
	    "{\"name\":\"Thabo \\\"T\\\" Mokoena\",\"email\":\"t@s.example\",\"status\":\"synced\","
	    "\"reason\":\"\",\"user_id\":\"u-1\",\"at\":1760000000000}");
	free(text);
}

TEST("what is not known is the empty text, not a gap")
{
	json_t *learner =
	    there_and_back(&(struct learner_standing){.status = "not_synced", .at = 1});
	static const char *const fields[] = {"name", "email", "reason", "user_id"};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		CHECK_STR(json_text(learner, fields[i]), "");
	CHECK(!json_object_get(learner, "left") && !json_object_get(learner, "matched"));
	json_decref(learner);
}

TEST("the address that an account was found by is kept with the account, and only with it")
{
	json_t *learner = there_and_back(&(struct learner_standing){
	    .email = "new@s.example", .user_id = "u-1", .matched = "old@s.example"});
	CHECK_STR(json_text(learner, "matched"), "old@s.example");
	json_decref(learner);
	learner = there_and_back(
	    &(struct learner_standing){.email = "a@s.example", .matched = "b@s.example"});
	CHECK(!json_object_get(learner, "matched"));
	json_decref(learner);
	learner = there_and_back(&(struct learner_standing){
	    .email = "a@s.example", .user_id = "", .matched = "b@s.example"});
	CHECK(!json_object_get(learner, "matched"));
	json_decref(learner);
}

TEST("somebody who left is marked")
{
	json_t *learner =
	    there_and_back(&(struct learner_standing){.status = "synced", .left = true});
	CHECK(json_bool(learner, "left", false));
	CHECK(!json_object_get(learner, "left_on"));
	json_decref(learner);
}

TEST("the day on which somebody left is kept with the mark, and only with it")
{
	json_t *learner =
	    there_and_back(&(struct learner_standing){.left = true, .left_on = "2026-03-01"});
	CHECK_STR(json_text(learner, "left_on"), "2026-03-01");
	json_decref(learner);
	learner = there_and_back(&(struct learner_standing){.left_on = "2026-03-01"});
	CHECK(!json_object_get(learner, "left_on"));
	json_decref(learner);
}

TEST("a learner's record that is broken is passed over, the others are read")
{
	rig_begin(NULL);
	rig_ask("HSET " P
		"class:s:8B:learners L1 {\"status\":\"synced\"} L2 {broken L3 [] L4 7 L5  L6 {}");
	records_read(rig.redis, P, "s", "8B", seen, NULL);
	WAIT(answered);
	CHECK_INT(json_object_size(c.learners), 2);
	CHECK(json_map(c.learners, "L1") && json_map(c.learners, "L6"));
	class_record_clear(&c);
	rig_end();
}

TEST("five thousand learners are read in one go")
{
	rig_begin(NULL);
	struct words w;
	struct err e;
	words_init(&w);
	words_add(&w, "HSET");
	words_add(&w, P "class:s:8B:learners");
	for (int i = 0; i < 5000; i++) {
		words_addf(&w, "L%d", i);
		char *text = learner_record(&(struct learner_standing){
		    "Name", "n@s.example", "synced", "", "u", NULL, i, false, NULL});
		words_add(&w, text);
		free(text);
	}
	reply_free(redis_ask(rig.redis, &w, 4000, &e));
	words_clear(&w);
	records_read(rig.redis, P, "s", "8B", seen, NULL);
	WAIT(answered);
	CHECK_INT(json_object_size(c.learners), 5000);
	CHECK_INT(json_int(json_map(c.learners, "L4999"), "at", 0), 4999);
	class_record_clear(&c);
	rig_end();
}
