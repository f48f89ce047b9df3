/* Rows become records, or are told why not. */
#include "roster_rig.h"

TEST("a needed value that is missing drops its record, with row and column")
{
	put_school();
	put("classes.csv", CLASSES_HEADING CLASS_1 CLASS_2 "c3,,,,08,k1,,scheduled,,s1,term1,,,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2 "e7,,,c1,s1,,student,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.class_count, 2);
	is_told("missing_value", FAULT_ERROR, "classes.csv", 4, "title", "");
	CHECK_INT(faults.of[FAULT_ERROR], 2);
	CHECK_STR(faults.at[2].at.column, "userSourcedId");
	CHECK_INT(faults.at[2].at.row, 8);
	done();
}

TEST("an id that is there twice is used once, and both rows are told")
{
	put_school();
	put("classes.csv",
	    CLASSES_HEADING CLASS_1 CLASS_2 "c1,,,Other,08,k1,,scheduled,,s1,term1,,,\n");
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_2 LEARNER_3 LEARNER_2);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(set.classes[0]->title, "8B");
	is_told("duplicate_id", FAULT_ERROR, "classes.csv", 4, "sourcedId", "c1");
	CHECK_HAS(told("duplicate_id")->what, "Row 2");
	CHECK_INT(faults.of[FAULT_ERROR], 2);
	done();
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 "e1,,,c2,s1,l1,student,,,\n");
	CHECK_INT(reads("set"), 0);
	is_told("duplicate_id", FAULT_WARNING, "enrollments.csv", 6, "sourcedId", "");
	CHECK_STR(people("c2"), "L:l1");
	done();
}

TEST("a reference that leads nowhere drops the record, or only the value if that is not needed")
{
	put_school();
	put("classes.csv", CLASSES_HEADING CLASS_1 CLASS_2
	    "c3,,,9A,09,k1,,homeroom,,s9,term1,,,\nc4,,,9B,09,k9,,homeroom,,s1,\"term1,t9\",,,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2
	    "e6b,,,c1,s8,l3,student,,,\n"
	    "e7,,,c9,s1,l1,student,,,\ne8,,,c2,s1,nobody,student,,,\n");
	put("orgs.csv", ORGS_HEADING "s1,,,Green Hill,school,1234567,d9\nd1,,,D,district,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(faults.of[FAULT_ERROR], 3);
	CHECK_INT(faults.of[FAULT_WARNING], 4);
	is_told("bad_reference", FAULT_ERROR, "classes.csv", 4, "schoolSourcedId", "s9");
	CHECK(!roster_set_class(&set, "c3"));
	CHECK(roster_set_class(&set, "c4") && !roster_set_class(&set, "c4")->course);
	CHECK_INT(roster_set_class(&set, "c4")->term_count, 1);
	CHECK(!roster_set_org(&set, "s1")->parent);
	CHECK_STR(people("c2"), "T:t2 L:l1");
	done();
}

TEST("an unknown word in an enumeration is an error where it is needed")
{
	put_school();
	put("classes.csv",
	    CLASSES_HEADING CLASS_1 CLASS_2 "c3,,,9A,09,k1,,club,,s1,term1,,,\n"
					    "c4,,,9B,09,k1,,ext:band,,s1,term1,,,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2 "e7,,,c1,s1,l1,captain,,,\n");
	put("academicSessions.csv",
	    SESSIONS_HEADING "term1,,,T,trimester,2026-01-14,2026-03-27,,2026\n");
	CHECK_INT(reads("set"), 0);
	is_told("bad_value", FAULT_WARNING, "academicSessions.csv", 2, "type", "trimester");
	CHECK(!roster_set_class(&set, "c3") && roster_set_class(&set, "c4"));
	CHECK_INT(faults.of[FAULT_ERROR], 2);
	done();
}

TEST("a row that says it is to be deleted is not used, in a bulk file too")
{
	put_school();
	put("classes.csv",
	    CLASSES_HEADING CLASS_1 "c2,tobedeleted,,Maths 8,08,k1,MA8,scheduled,,s1,term1,,,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2
	    "e7,tobedeleted,2026-01-01,c1,s1,t2,teacher,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.class_count, 1);
	CHECK_INT(set.counts.classes, 1);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_INT(faults.count, 0);
	done();
}
