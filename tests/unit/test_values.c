/* Values that are not what they should be. */
#include "roster_rig.h"

TEST("a value of more bytes than any is drops its record, or itself")
{
	char *row =
	    xasprintf(CLASSES_HEADING CLASS_1 CLASS_2 "c3,,,%0*d,08,k1,,homeroom,,s1,term1,,,\n"
						      "%0*d,,,9A,08,k1,,homeroom,,s1,term1,,,\n"
						      "c5,,,9B,08,k1,,homeroom,%0*d,s1,term1,,,\n",
		1001, 1, 256, 1, 1001, 1);
	put_school();
	put("classes.csv", row);
	free(row);
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.class_count, 3);
	CHECK_STR(roster_set_class(&set, "c5")->location, "");
	CHECK_INT(faults.of[FAULT_ERROR], 2);
	CHECK_INT(faults.of[FAULT_WARNING], 1);
	CHECK_STR(told("too_long")->at.column, "title");
	CHECK_INT(strlen(told("too_long")->at.value), 80);
	done();
}

TEST("a list without end is cut, and a school that is named twice counts once")
{
	struct buf b;
	put_school();
	buf_init(&b, 0);
	buf_adds(&b, USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_2 LEARNER_3 "l1,,,true,\"d1");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, ", %s,", i % 2 ? "d1" : "s1");
	buf_adds(&b, "\",student,thabo.m,,Thabo,Mokoena,,1001,thabo.m@s.example,,,,08,\n");
	put("users.csv", b.data);
	buf_clear(&b);
	CHECK_INT(reads("set"), 0);
	is_told("too_long", FAULT_WARNING, "users.csv", 6, "", "");
	CHECK_INT(roster_set_person(&set, "l1")->school_count, 2);
	CHECK_STR(roster_set_person(&set, "l1")->schools[0]->id, "d1");
	done();
}

TEST("a bad value that is not needed drops only itself")
{
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_2 LEARNER_3
	    "l1,,,perhaps,s1;s2,student,thabo.m,,Thabo,Mokoena,,1001,n/a,,,,08,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_2
	    "e1,,,c1,s1,l1,student,,30.1.2026,\ne2,,,c1,s1,l2,student,,2026-05-01,2026-04-01\n");
	CHECK_INT(reads("set"), 0);
	is_told("bad_value", FAULT_WARNING, "users.csv", 6, "enabledUser", "perhaps");
	is_told("bad_address", FAULT_WARNING, "users.csv", 6, "email", "n/a");
	is_told("bad_reference", FAULT_WARNING, "users.csv", 6, "orgSourcedIds", "s1;s2");
	is_told("bad_date", FAULT_WARNING, "enrollments.csv", 4, "beginDate", "30.1.2026");
	is_told(
	    "ends_before_it_begins", FAULT_WARNING, "enrollments.csv", 5, "endDate", "2026-04-01");
	CHECK_INT(faults.of[FAULT_ERROR], 0);
	CHECK_STR(people("c1"), "L:l1 L:l2");
	CHECK_STR(roster_set_person(&set, "l1")->email, "");
	CHECK(roster_set_person(&set, "l1")->enabled);
	done();
}

TEST("yes and no are read in the ways in which they are written")
{
	static const struct {
		const char *word;
		bool enabled;
	} words[] = {{"true", true}, {"TRUE", true}, {"1", true}, {"yes", true}, {"", true},
	    {"False", false}, {"0", false}, {"no", false}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char *users = xasprintf(USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_2 LEARNER_3
		    "l1,,,%s,s1,student,thabo.m,,Thabo,Mokoena,,,,,,,08,\n",
		    words[i].word);
		put_school();
		put("users.csv", users);
		CHECK_INT(reads("set"), 0);
		CHECK_INT(roster_set_person(&set, "l1")->enabled, words[i].enabled);
		CHECK_INT(faults.count, 0);
		free(users);
		done();
	}
}

TEST(
    "a day of an enrolment that may be either of two is left out, and others with slashes are read")
{
	put_school();
	put("enrollments.csv",
	    ENROLLMENTS_HEADING ENROLMENTS_2 "e1,,,c1,s1,l1,student,,2026-01-20,03/11/2026\n"
					     "e2,,,c1,s1,l2,student,,2026-01-20,5/30/2026\n");
	CHECK_INT(reads("set"), 0);
	is_told("bad_date", FAULT_WARNING, "enrollments.csv", 4, "endDate", "03/11/2026");
	CHECK_INT(enrolled("c1", "l1")->until_day, NO_DAY);
	CHECK(enrolled("c1", "l2")->until_day > enrolled("c1", "l2")->from_day);
	done();
}
