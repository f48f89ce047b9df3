/* Which column is which. */
#include "roster_rig.h"

TEST("the habits of vendors are forgiven, and told as notes")
{
	put_school();
	put("Enrollments.CSV", "role,userSourcedId,ClassSourcedId,courseSourcedId,sourcedId,"
			       "metadata.x,shoeSize\r\n"
			       "Teacher,t1,c1,k1,e1,,\r\nStudent, l1 ,c1,k1,e2,,44\r\n");
	remove("set/enrollments.csv");
	put("classes.csv", "sourcedId,status,dateLastModified,title,classType,courseSourcedId,"
			   "schoolSourcedId,termSourcedId,SubjectCodes\n"
			   "c1,active,2026-01-01,8B,Homeroom,k1,s1,term1,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1");
	CHECK(set.classes[0]->homeroom);
	CHECK_INT(set.classes[0]->term_count, 1);
	is_told("column_case", FAULT_NOTE, "classes.csv", 1, "SubjectCodes", "");
	is_told("unknown_column", FAULT_NOTE, "Enrollments.CSV", 1, "shoeSize", "");
	is_told("file_name", FAULT_NOTE, "Enrollments.CSV", 0, "", "");
	CHECK_INT(faults.of[FAULT_WARNING] + faults.of[FAULT_ERROR], 0);
	done();
}

TEST("a heading that is missing or there twice refuses the set, one expected is missed")
{
	put_school();
	put("enrollments.csv", "sourcedId,classSourcedId,role\ne1,c1,student\n");
	is_refused("missing_column", "enrollments.csv", 1, "userSourcedId");
	put_school();
	put("enrollments.csv",
	    "sourcedId,role,classSourcedId,role,userSourcedId\ne,student,c1,teacher,l1\n");
	is_refused("column_twice", "enrollments.csv", 1, "role");
	put_school();
	put("enrollments.csv", "e1,,,c1,s1,l1,student,,,\ne2,,,c1,s1,l2,student,,,\n");
	is_refused("no_heading", "enrollments.csv", 1, "");
	put_school();
	put("users.csv", "sourcedId,role,username\nl1,student,thabo.m\n");
	CHECK_INT(reads("set"), 0);
	is_told("missing_column", FAULT_WARNING, "users.csv", 1, "givenName", "");
	done();
}
