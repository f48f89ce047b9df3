/* What can only be seen when all of a set was read. */
#include "roster_rig.h"

TEST("sessions whose parents lead in a ring have an end")
{
	put_school();
	put("academicSessions.csv",
	    SESSIONS_HEADING "term1,,,T,term,2026-01-14,2026-03-27,year,2026\n"
			     "year,,,Y,schoolYear,2026-01-14,2026-12-09,term1,2026\n");
	CHECK_INT(reads("set"), 0);
	is_told("parents_in_a_ring", FAULT_WARNING, "academicSessions.csv", 3, "parentSourcedId",
	    "term1");
	int depth = 0;
	for (const struct set_session *s = set.sessions[0]; s; s = s->parent)
		CHECK(++depth < 5);
	done();
}

TEST("at most one teacher of a class is the primary one")
{
	put_school();
	put("enrollments.csv",
	    ENROLLMENTS_HEADING "e1,,,c1,s1,t2,teacher,true,,\n"
				"e2,,,c1,s1,t1,teacher,TRUE,,\ne3,,,c1,s1,l1,student,true,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK(enrolled("c1", "t1")->primary);
	CHECK(!enrolled("c1", "t2")->primary && !enrolled("c1", "l1")->primary);
	is_told("second_primary", FAULT_WARNING, "enrollments.csv", 2, "primary", "c1");
	done();
}

TEST("classes nobody teaches or learns in, and addresses missing or shared, are noted")
{
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING "e1,,,c1,s1,l1,student,,,\n");
	put("users.csv", USERS_HEADING LEARNER_1
	    "l4,,,true,s1,student,,,No,Address,,,,,,,08,\n"
	    "l5,,,true,s1,student,five,,Fifth,Learner,,,Thabo.M@s.example,,,,08,\n");
	CHECK_INT(reads("set"), 0);
	is_told("no_teacher", FAULT_NOTE, "classes.csv", 2, "", "8B");
	is_told("no_learners", FAULT_NOTE, "classes.csv", 3, "", "Maths 8");
	is_told("no_address", FAULT_NOTE, "users.csv", 3, "", "l4");
	is_told("address_twice", FAULT_NOTE, "users.csv", 4, "email", "Thabo.M@s.example");
	done();
}

TEST("who has a place and no record is missing from the class; whose row has no id may be anybody")
{
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_3
	    "l2,,,true,s1,,anna.v,,Anna,van Wyk,,1002,anna.v@s.example,,,,08,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l3");
	CHECK_STR(missing("c1"), "1:l2");
	CHECK_STR(missing("c2"), "0:");
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_3);
	CHECK_INT(again("set"), 0);
	CHECK_STR(missing("c1"), "1:l2");
	CHECK_STR(missing(NULL), "1:l2");
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_3
	    ",,,true,s1,student,anna.v,,Anna,van Wyk,,1002,anna.v@s.example,,,,08,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(missing("c1"), "anybody 1:l2");
	CHECK_STR(missing("c2"), "0:");
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_2 LEARNER_3);
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 "e6,,,c2,s1,l1,pupil,,,\n"
								"e7,,,c2,s1,l3,student,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(missing("c1"), "0:");
	CHECK_STR(missing("c2"), "anybody 0:");
	CHECK_STR(missing(NULL), "0:");
	done();
}
