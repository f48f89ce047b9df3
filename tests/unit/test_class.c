/* The roster of a class: its register in order, and what is remembered of everybody. */
#include <stdio.h>
#include <stdlib.h>

#include "roster.h"
#include "test.h"

static struct roster r;
static json_t *class, *recorded;

/* Both as JSON in single quotes; NULL for none. */
static json_t *quoted(const char *text)
{
	if (!text)
		return NULL;
	char *copy = strdup(text);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	struct err e;
	json_t *value = json_read(copy, strlen(copy), 16, &e);
	if (!value)
		FAIL("%s: %s", copy, e.text);
	free(copy);
	return value;
}

static void fill(const char *class_text, const char *recorded_text)
{
	class = quoted(class_text);
	recorded = quoted(recorded_text);
	roster_fill(&r, class, recorded);
}

static void clear(void)
{
	roster_clear(&r);
	CHECK(r.count == 0 && !r.at && r.leaver_count == 0 && !r.leavers);
	json_decref(class);
	json_decref(recorded);
}

TEST("a class without register and record is empty")
{
	fill(NULL, NULL);
	CHECK_INT(r.count, 0);
	CHECK_INT(r.leaver_count, 0);
	CHECK(!roster_find(&r, "L1"));
	clear();
	fill("{'id':'8B'}", "{}");
	CHECK_INT(r.count, 0);
	clear();
}

TEST("learners stand in the order of the register")
{
	fill("{'learners':[{'id':'L2','name':'B','email':'b@s'},{'id':'L1','name':'A'},{'id':'L3'}]"
	     "}",
	    NULL);
	CHECK_INT(r.count, 3);
	CHECK_STR(r.at[0].id, "L2");
	CHECK_STR(r.at[0].name, "B");
	CHECK_STR(r.at[0].email, "b@s");
	CHECK_STR(r.at[1].id, "L1");
	CHECK_STR(r.at[1].email, "");
	CHECK_STR(r.at[2].name, "");
	CHECK(!r.at[0].user_id && !r.at[0].known_email);
	CHECK_INT(r.at[0].plan, PLAN_SEARCH);
	CHECK_INT(r.at[0].standing, STANDING_NOT_SYNCED);
	CHECK(roster_find(&r, "L1") == &r.at[1]);
	CHECK(!roster_find(&r, "l1"));
	clear();
}

TEST("an address is trimmed and otherwise kept as the school has it")
{
	fill("{'learners':[{'id':'L1','email':' Thabo.M@S.example\\r\\n'}]}", NULL);
	CHECK_STR(r.at[0].email, "Thabo.M@S.example");
	clear();
}

TEST("a learner who is there twice is one, and one without an id is none")
{
	fill("{'learners':[{'id':'L1','name':'A'},{'id':'L1','name':'A'},{'name':'x'},7,null,{'id':"
	     "9}]}",
	    NULL);
	CHECK_INT(r.count, 1);
	CHECK_STR(r.at[0].name, "A");
	clear();
}

TEST("what is remembered of a learner comes with it")
{
	fill("{'learners':[{'id':'L1','email':'new@s'},{'id':'L2'},{'id':'L3'},{'id':'L4'}]}",
	    "{'L1':{'email':'old@s','user_id':'u1','status':'synced','reason':''},"
	    "'L2':{'email':'two@s','matched':'alias@s','user_id':'u2','status':'failed','reason':'"
	    "add_failed'},"
	    "'L3':{'user_id':'','status':'not_synced','reason':'no_account'},"
	    "'L4':{'status':'dancing','reason':7,'user_id':[]}}");
	CHECK_STR(r.at[0].user_id, "u1");
	CHECK_STR(r.at[0].known_email, "old@s");
	CHECK_STR(r.at[0].email, "new@s");
	CHECK_INT(r.at[0].standing, STANDING_SYNCED);
	CHECK_STR(r.at[1].known_email, "alias@s");
	CHECK_INT(r.at[1].standing, STANDING_FAILED);
	CHECK(!r.at[1].unresolved);
	CHECK(!r.at[2].user_id);
	CHECK(r.at[2].unresolved);
	CHECK(!r.at[3].user_id);
	CHECK_INT(r.at[3].standing, STANDING_NOT_SYNCED);
	CHECK_INT(r.leaver_count, 0);
	clear();
}

TEST("who is remembered and in the register no more is a leaver")
{
	fill("{'learners':[{'id':'L1'}]}", "{'L1':{'user_id':'u1'},'L2':{'name':'B','email':'b@s','"
					   "user_id':'u2','left':true},'L3':{}}");
	CHECK_INT(r.leaver_count, 2);
	CHECK_STR(r.leavers[0].id, "L2");
	CHECK_STR(r.leavers[0].name, "B");
	CHECK_STR(r.leavers[0].email, "b@s");
	CHECK_STR(r.leavers[0].user_id, "u2");
	CHECK_STR(r.leavers[1].id, "L3");
	CHECK_STR(r.leavers[1].name, "");
	CHECK(!r.leavers[1].user_id);
	CHECK(roster_find_leaver(&r, "L3") == &r.leavers[1]);
	CHECK(!roster_find_leaver(&r, "L1") && !roster_find(&r, "L2"));
	clear();
}

TEST("a leaver who was told of as removed locally is told of once")
{
	fill("{'learners':[]}", "{'L1':{'reason':'removed_locally','status':'not_synced'}}");
	CHECK_INT(r.leaver_count, 0);
	clear();
}

TEST("a learner who comes back is no leaver, whatever is remembered")
{
	fill("{'learners':[{'id':'L1'}]}",
	    "{'L1':{'reason':'removed_locally','status':'not_synced','left':true}}");
	CHECK_INT(r.count, 1);
	CHECK_INT(r.leaver_count, 0);
	CHECK_INT(r.at[0].standing, STANDING_NOT_SYNCED);
	clear();
}

TEST("five thousand learners and as many leavers are filled at once")
{
	class = json_pack("{s:[]}", "learners");
	recorded = json_object();
	for (int i = 0; i < 10000; i++) {
		char id[16];
		snprintf(id, sizeof id, "L%d", i);
		if (i < 5000)
			json_array_append_new(
			    json_list(class, "learners"), json_pack("{s:s}", "id", id));
		json_object_set_new(recorded, id, json_pack("{s:s}", "user_id", id));
	}
	roster_fill(&r, class, recorded);
	CHECK_INT(r.count, 5000);
	CHECK_INT(r.leaver_count, 5000);
	CHECK_STR(roster_find(&r, "L4999")->user_id, "L4999");
	clear();
}

TEST("whom an earlier attempt set out to add is known by that account and the address of now")
{
	fill("{'learners':[{'id':'L1','email':'new@s'}]}",
	    "{'L1':{'email':'old@s','user_id':'u1'}}");
	roster_intend(&r.at[0], "u2");
	CHECK(r.at[0].intended);
	CHECK_STR(r.at[0].user_id, "u2");
	CHECK_STR(r.at[0].known_email, "new@s");
	clear();
}
