/* A roster is accepted as a whole or not at all, by one at a time. */
#include <stdlib.h>

#include "redis_rig.h"
#include "rosters.h"

static struct err e;

static int begin_import(struct roster_import *i)
{
	return rosters_begin(i, rig.redis, P, "s", "rollcall:ann", &e);
}

static void begin(struct roster_import *i)
{
	if (begin_import(i) < 0)
		FAIL("%s", e.text);
}

static int accept(struct roster_import *i, const char *base)
{
	struct words fields, of_school;
	words_init(&fields);
	words_init(&of_school);
	words_add(&fields, "import");
	words_add(&fields, i->id);
	words_add(&fields, "classes");
	words_add(&fields, "2");
	words_add(&of_school, "current_year");
	words_add(&of_school, "2026");
	struct roster_acceptance a = {.before = base,
	    .base = "{\"orgs\":[]}",
	    .fields = &fields,
	    .of_school = &of_school,
	    .detail = "classes=2",
	    .history = 1000};
	int rc = rosters_accept(i, &a, &e);
	words_clear(&fields);
	words_clear(&of_school);
	return rc;
}

static void lay_aside(struct roster_import *i)
{
	CHECK_INT(rosters_stage(i, "{\"one\":1}", 9, &e), 0);
	CHECK_INT(rosters_stage(i, "{\"two\":2}", 9, &e), 0);
	CHECK_INT(rosters_digest(i, "c1", "d1", &e), 0);
	CHECK_INT(rosters_digest(i, "c2", "d2", &e), 0);
}

TEST("what was laid aside becomes the roster, its envelopes staged in their order, all at once")
{
	struct roster_import i;
	rig_begin(NULL);
	begin(&i);
	lay_aside(&i);
	CHECK_INT(rig_number("EXISTS " P "roster:s:staged " P "roster:s " P "rosters"), 0);
	CHECK_INT(accept(&i, ""), 0);
	CHECK_STR(rig_list("LRANGE " P "roster:s:staged 0 -1"), i.id);
	CHECK_STR(rig_list("LRANGE " P "roster:s:import:%s 0 -1", i.id), "{\"one\":1},{\"two\":2}");
	CHECK_INT(rig_number("TTL " P "roster:s:import:%s", i.id), -1);
	CHECK_STR(rig_ask("HGET " P "roster:s:digests c2"), "d2");
	CHECK_INT(rig_number("TTL " P "roster:s:digests"), -1);
	CHECK_STR(rig_ask("HGET " P "roster:s import"), i.id);
	CHECK_STR(rig_ask("GET " P "roster:s:base"), "{\"orgs\":[]}");
	CHECK_STR(rig_ask("HGET " P "school:s current_year"), "2026");
	CHECK_STR(rig_list("SMEMBERS " P "rosters"), "s");
	CHECK_INT(rig_number("XLEN " P "history:s"), 1);
	CHECK_INT(rig_number("EXISTS " P "roster:s:lock"), 0);
	rosters_end(&i);
	CHECK_STR(rig_list("LRANGE " P "roster:s:staged 0 -1"), i.id);
	rig_end();
}

TEST("an import that is not accepted leaves nothing behind, and one that died forgets in time")
{
	struct roster_import i;
	rig_begin(NULL);
	begin(&i);
	for (int n = 0; n < 300; n++)
		CHECK_INT(rosters_stage(&i, "{}", 2, &e), 0);
	for (int n = 0; n < 300; n++) {
		char id[8];
		(void)!snprintf(id, sizeof id, "c%d", n);
		CHECK_INT(rosters_digest(&i, id, "d", &e), 0);
	}
	CHECK_INT(rig_number("LLEN " P "roster:s:import:%s", i.id), 198);
	CHECK(rig_number("TTL " P "roster:s:import:%s", i.id) > 0);
	CHECK(rig_number("TTL " P "roster:s:import:%s:digests", i.id) > 0);
	rosters_end(&i);
	CHECK_INT(rig_number("DBSIZE"), 0);
	rig_end();
}

TEST("a second import of a school is told who is at it since when; of another school it goes on")
{
	struct roster_import i, second;
	rig_begin(NULL);
	begin(&i);
	CHECK_INT(begin_import(&second), ERR_LOST);
	CHECK_HAS(e.text, "another import of s is under way: rollcall:ann began it at ");
	rosters_end(&second);
	CHECK_INT(rig_number("EXISTS " P "roster:s:lock"), 1);
	CHECK_INT(rosters_begin(&second, rig.redis, P, "other", "rollcall:ann", &e), 0);
	rosters_end(&second);
	rosters_end(&i);
	begin(&i);
	rosters_end(&i);
	rig_end();
}

TEST("an import that lost its lock changes nothing, neither on the way nor at the end")
{
	struct roster_import i;
	rig_begin(NULL);
	begin(&i);
	lay_aside(&i);
	rig_ask("SET " P "roster:s:lock somebody");
	CHECK_INT(rosters_renew(&i, &e), ERR_LOST);
	i.locked = true;
	CHECK_INT(accept(&i, ""), ERR_LOST);
	CHECK_HAS(e.text, "nothing was changed");
	CHECK_INT(rig_number("EXISTS " P "roster:s:staged " P "roster:s " P "school:s"), 0);
	rosters_end(&i);
	CHECK_STR(rig_ask("GET " P "roster:s:lock"), "somebody");
	rig_end();
}

TEST("an import is accepted only over what it was compared with")
{
	struct roster_import i;
	rig_begin(NULL);
	begin(&i);
	lay_aside(&i);
	rig_ask("HSET " P "roster:s import another");
	CHECK_INT(accept(&i, ""), ERR_LOST);
	CHECK_HAS(e.text, "another roster of s was accepted meanwhile");
	CHECK_STR(rig_ask("HGET " P "roster:s import"), "another");
	CHECK_INT(rig_number("EXISTS " P "roster:s:staged"), 0);
	rosters_end(&i);
	rig_end();
}

TEST("a set of no classes is accepted too, and nothing is staged for it")
{
	struct roster_import i;
	struct roster_accepted a;
	rig_begin(NULL);
	begin(&i);
	CHECK_INT(accept(&i, ""), 0);
	CHECK_INT(rig_number("EXISTS " P "rosters " P "roster:s:staged"), 0);
	rosters_end(&i);
	begin(&i);
	CHECK_INT(rosters_read(&i, &a, &e), 0);
	CHECK_INT(a.count, 0);
	roster_accepted_clear(&a);
	rosters_end(&i);
	rig_end();
}

TEST("what was accepted last is read with its figures, its digests and its base")
{
	struct roster_import i;
	struct roster_accepted a;
	rig_begin(NULL);
	rig_ask("HSET " P "roster:s import I1 by ann accepted_at 5 classes 3 people 4 enrolments 5 "
		"members 6 org s1 digest D year_ends 2027-06-15");
	rig_ask("SET " P "roster:s:base {\"orgs\":[]}");
	rig_ask("HSET " P "roster:s:digests c1 d1 c2 d2");
	begin(&i);
	CHECK_INT(rosters_read(&i, &a, &e), 0);
	CHECK_STR(a.import, "I1");
	CHECK_STR(a.org, "s1");
	CHECK_STR(a.year_ends, "2027-06-15");
	CHECK_INT(a.classes + a.people + a.enrolments + a.members, 18);
	CHECK_INT(a.count, 2);
	CHECK_STR(map_get(&a.digests, "c2"), "d2");
	CHECK(json_is_array(json_object_get(a.base, "orgs")));
	roster_accepted_clear(&a);
	rosters_end(&i);
	rig_end();
}

TEST("registers are read class by class; where there is none there is no object")
{
	struct roster_import i;
	char *classes[] = {(char *)(uintptr_t) "c1", (char *)(uintptr_t) "c2"};
	json_t *objects[2] = {NULL, NULL};
	rig_begin(NULL);
	rig_ask("HSET " P "class:s:c2:register text {\"id\":\"c2\"}");
	begin(&i);
	CHECK_INT(rosters_register(&i, classes, 2, objects, &e), 0);
	CHECK(!objects[0]);
	CHECK_STR(json_text(objects[1], "id"), "c2");
	json_decref(objects[1]);
	rosters_end(&i);
	rig_end();
}

TEST("what became of an import that was not accepted is noted beside what is in force")
{
	struct roster_import i;
	struct words fields;
	rig_begin(NULL);
	rig_ask("HSET " P "roster:s import I1");
	begin(&i);
	words_init(&fields);
	words_add(&fields, "last_verdict");
	words_add(&fields, "held");
	CHECK_INT(rosters_note(&i, &fields, &e), 0);
	words_clear(&fields);
	CHECK_STR(rig_ask("HGET " P "roster:s last_verdict"), "held");
	CHECK_STR(rig_ask("HGET " P "roster:s import"), "I1");
	rosters_end(&i);
	rig_end();
}
