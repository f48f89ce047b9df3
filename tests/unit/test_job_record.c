/* A job's record: numbers as numbers, text as text, whatever stands in Redis. */
#include "job_record.h"

#include "redis_rig.h"

static json_t *record(void)
{
	struct reply *r = rig_reply("HGETALL " P "job:a");
	json_t *record = record_of(r);
	reply_free(r);
	return record;
}

static void note_cancel(json_t *record)
{
	struct reply *r = rig_reply("MGET " P "cancel:a");
	record_note_cancel(record, r);
	reply_free(r);
}

TEST("what the contract says is a number is one, and everything else is text")
{
	rig_begin(NULL);
	rig_ask("HSET " P "job:a state running rev 7 done 12 class 12 school 7 total x");
	json_t *r = record();
	CHECK(json_is_integer(json_object_get(r, "rev")));
	CHECK_INT(json_int(r, "rev", 0), 7);
	CHECK_INT(json_int(r, "done", 0), 12);
	CHECK_INT(json_int(r, "total", 1), 0);
	CHECK_STR(record_text(r, "class"), "12");
	CHECK_STR(record_text(r, "school"), "7");
	CHECK_STR(record_text(r, "error"), "");
	json_decref(r);
	rig_end();
}

TEST("no hash is no record")
{
	rig_begin(NULL);
	CHECK(record() == NULL);
	CHECK(record_of(NULL) == NULL);
	CHECK(!record_has_ended(NULL));
	rig_end();
}

TEST("bytes that are no UTF-8 are mended, and a field whose name is none is left out")
{
	rig_begin(NULL);
	rig_ask("HSET " P "job:a state run\xffning \xff\xfe x rev 1");
	json_t *r = record();
	CHECK_STR(record_text(r, "state"), "run?ning");
	CHECK_INT(json_object_size(r), 2);
	json_decref(r);
	rig_end();
}

TEST("who wants it cancelled is noted until it has ended, and not over what a worker wrote")
{
	static const struct {
		const char *record, *who;
	} cases[] = {
	    {"state running", "staff-1"},
	    {"state queued", "staff-1"},
	    {"state running cancelled_by staff-2", "staff-2"},
	    {"state done", ""},
	    {"state joined", ""},
	};
	rig_begin(NULL);
	rig_ask("SET " P "cancel:a staff-1");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rig_ask("DEL " P "job:a");
		rig_ask("HSET " P "job:a %s", cases[i].record);
		json_t *r = record();
		note_cancel(r);
		CHECK_STR(record_text(r, "cancelled_by"), cases[i].who);
		json_decref(r);
	}
	note_cancel(NULL);
	rig_end();
}

TEST("a cancel key of another kind is nobody's wish")
{
	rig_begin(NULL);
	rig_ask("HSET " P "job:a state running");
	rig_ask("HSET " P "cancel:a field value");
	json_t *r = record();
	note_cancel(r);
	CHECK_STR(record_text(r, "cancelled_by"), "");
	json_decref(r);
	rig_end();
}
