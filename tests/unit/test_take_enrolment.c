/* A delta says what changed, and everything else stays as it was. */
#include <unistd.h>

#include "roster_rig.h"

static void enrolments(const char *rows)
{
	char *text = xasprintf("%s%s", ENROLLMENTS_HEADING, rows);
	put_manifest("absent", "absent", "absent", "delta");
	put("enrollments.csv", text);
	free(text);
}

TEST("a delta of enrolments adds, takes away and moves, and leaves the others alone")
{
	base();
	enrolments("e9,active,2026-02-01,c2,s1,l2,student,,2026-02-01,\n"
		   "e4,tobedeleted,2026-02-01,c1,s1,l3,student,,,\n"
		   "e1,tobedeleted,2026-02-01,c1,s1,t1,teacher,,,\n"
		   "e3,active,2026-02-01,c2,s1,l2,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK(set.delta);
	CHECK_STR(people("c1"), "L:l1");
	CHECK_STR(people("c2"), "T:t2 L:l1 L:l2");
	CHECK(!roster_set_person(&set, "l3")->enrolled);
	CHECK_INT(set.person_count, 4);
	CHECK_STR(roster_set_class(&set, "c1")->title, "8B");
	CHECK_STR(roster_set_person(&set, "l2")->email, "anna.v@s.example");
	CHECK_INT(faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	CHECK_INT(set.counts.enrolments, 2);
	done();
}

TEST("an enrolment that is taken away need not say whose it is")
{
	base();
	enrolments("e3,tobedeleted,2026-02-01,,,,,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l3");
	CHECK_INT(faults.count, 0);
	enrolments("e3,tobedeleted,2026-02-01,c1,s1,l2,student,,,\n");
	CHECK_INT(again("set"), 0);
	is_told("not_there", FAULT_NOTE, "enrollments.csv", 2, "sourcedId", "e3");
	done();
}

TEST("enrolments that were kept without their ids are found by class, person and part")
{
	base();
	for (size_t i = 0; i < set.class_count; i++)
		for (size_t k = 0; k < set.classes[i]->count; k++)
			set.classes[i]->people[k].key = 0;
	enrolments("e4,tobedeleted,2026-02-01,c1,s1,l3,student,,,\n"
		   "e1,tobedeleted,2026-02-01,c1,s1,l1,teacher,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2");
	done();
}

TEST("a delta of people changes them, and whoever is deleted leaves all classes")
{
	base();
	put_manifest("absent", "absent", "delta", "absent");
	put("users.csv", USERS_HEADING
	    "l1,tobedeleted,2026-02-01,,,,,,,,,,,,,,,\n"
	    "l2,active,2026-02-01,true,s1,student,anna.b,,Anna,Botha,,1002,anna.b@s.example,,,,08,"
	    "\n"
	    "l9,active,2026-02-01,true,s1,student,new,,New,Comer,,,new@s.example,,,,08,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2");
	CHECK_STR(roster_set_person(&set, "l2")->family, "Botha");
	CHECK_STR(roster_set_person(&set, "l2")->email, "anna.b@s.example");
	CHECK(roster_set_person(&set, "l9") && !roster_set_person(&set, "l1"));
	CHECK_INT(faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	done();
}

TEST("a delta of classes adds, renames and deletes them")
{
	base();
	put_manifest("absent", "delta", "absent", "delta");
	put("classes.csv",
	    CLASSES_HEADING "c1,active,2026-02-01,8B new,08,k1,8B,homeroom,,s1,term1,,,\n"
			    "c2,tobedeleted,2026-02-01,,,,,,,,,,,\n"
			    "c3,active,2026-02-01,8C,08,k1,8C,homeroom,,s1,term1,,,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING "e9,active,2026-02-01,c3,s1,l2,student,,,\n"
				"e6,tobedeleted,2026-02-01,c2,s1,l1,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_INT(set.class_count, 2);
	CHECK_STR(roster_set_class(&set, "c1")->title, "8B new");
	CHECK_INT(roster_set_class(&set, "c1")->term_count, 1);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c3"), "L:l2");
	CHECK(!roster_set_class(&set, "c2"));
	done();
}

TEST("a bulk file among deltas is the whole truth of its kind")
{
	base();
	put_manifest("absent", "absent", "delta", "bulk");
	put("users.csv", USERS_HEADING "l3,tobedeleted,2026-02-01,,,,,,,,,,,,,,,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING "e1,,,c1,s1,t1,teacher,,,\ne2,,,c1,s1,l2,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l2");
	CHECK_STR(people("c2"), "");
	remove("set/users.csv");
	put_manifest("absent", "bulk", "absent", "delta");
	put("classes.csv", CLASSES_HEADING CLASS_1);
	put("enrollments.csv", ENROLLMENTS_HEADING "e7,active,2026-02-01,c1,s1,l1,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_INT(set.class_count, 1);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2");
	done();
}

TEST("a row of a delta needs a status, and one that is known")
{
	base();
	enrolments("e8,,2026-02-01,c2,s1,l2,student,,,\ne9,moved,2026-02-01,c2,s1,l3,student,,,\n");
	CHECK_INT(again("set"), 0);
	is_told("missing_value", FAULT_ERROR, "enrollments.csv", 2, "status", "");
	is_told("bad_value", FAULT_ERROR, "enrollments.csv", 3, "status", "moved");
	CHECK_STR(people("c2"), "T:t2 L:l1");
	done();
}

TEST("a row of a delta that does not say when it was modified is used, and told")
{
	base();
	enrolments("e8,active,,c2,s1,l2,student,,,\ne9,active,once,c2,s1,l3,student,,,\n");
	CHECK_INT(again("set"), 0);
	is_told("missing_value", FAULT_WARNING, "enrollments.csv", 2, "dateLastModified", "");
	is_told("bad_date", FAULT_WARNING, "enrollments.csv", 3, "dateLastModified", "once");
	CHECK_STR(people("c2"), "T:t2 L:l1 L:l2 L:l3");
	done();
}

TEST("a delta with nothing before it is refused")
{
	put_school();
	put_manifest("bulk", "bulk", "bulk", "delta");
	is_refused("no_base", "manifest.csv", 0, "");
}

TEST("a delta is read into a set that was put together by hand")
{
	base();
	roster_set_clear(&set);
	roster_set_init(&set);
	struct set_class *c = roster_set_add_class(&set, "c7");
	struct set_person *p = roster_set_add_person(&set, "l1");
	c->title = roster_set_text(&set, "7A");
	c->school = roster_set_add_org(&set, "s1");
	p->email = roster_set_text(&set, "thabo.m@s.example");
	roster_set_enrol(c, &(struct enrolment){.person = p, .as = ENROLLED_LEARNER});
	put_manifest("absent", "absent", "delta", "delta");
	put("users.csv",
	    USERS_HEADING "l2,active,2026-02-01,true,s1,student,a,,A,B,,,a@s.example,,,,07,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING "e1,active,2026-02-01,c7,s1,l2,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c7"), "L:l1 L:l2");
	CHECK_STR(roster_set_class(&set, "c7")->title, "7A");
	done();
}

TEST("a bulk set forgets what was read before it")
{
	base();
	put_school();
	put("classes.csv", CLASSES_HEADING CLASS_2);
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_2);
	CHECK_INT(again("set"), 0);
	CHECK_INT(set.class_count, 1);
	CHECK_STR(people("c2"), "T:t2 L:l1");
	CHECK(!set.delta);
	done();
}

/* people_again reads all people anew, l2 by a row of the test's, among changed enrolments. */
static void people_again(const char *l2)
{
	char *text = xasprintf("%s%s%s%s%s", USERS_HEADING, TEACHER_1, TEACHER_2, LEARNER_1, l2);
	base();
	put_manifest("absent", "absent", "bulk", "delta");
	put("users.csv", text);
	put("enrollments.csv", ENROLLMENTS_HEADING "e9,active,2026-02-01,c2,s1,l2,student,,,\n");
	CHECK_INT(again("set"), 0);
	free(text);
}

TEST("in a bulk file among deltas a row that is dropped leaves its person as they were")
{
	people_again("l2,,,true,s1,,anna.b,,Anna,Botha,,1002,anna.b@s.example,,,,08,\n");
	is_told("missing_value", FAULT_ERROR, "users.csv", 5, "role", "");
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2");
	CHECK_STR(people("c2"), "T:t2 L:l1 L:l2");
	CHECK_STR(roster_set_person(&set, "l2")->family, "van Wyk");
	CHECK_STR(missing(NULL), "0:");
	done();
	people_again(LEARNER_2);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2");
	done();
}

TEST("in a bulk file among deltas a row without an id leaves all whom it does not name")
{
	people_again(",,,true,s1,student,anna.b,,Anna,Botha,,1002,anna.b@s.example,,,,08,\n");
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2 L:l1 L:l2");
	CHECK_STR(missing(NULL), "anybody 0:");
	done();
}

TEST("whom a delta enrols without a row of their own has to be of a group of the last set")
{
	base();
	enrolments("e9,active,2026-02-01,c2,s1,l9,student,,,\n");
	CHECK_INT(again("set"), 0);
	is_told("bad_reference", FAULT_ERROR, "enrollments.csv", 2, "userSourcedId", "l9");
	CHECK_HAS(told("bad_reference")->what, "in a group of the last set");
	CHECK_STR(missing("c2"), "1:l9");
	done();
}
