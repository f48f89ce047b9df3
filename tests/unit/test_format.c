/* What a set without a manifest looks like. */
#include "roster_rig.h"

TEST("a folder without a roster, and one with two, are refused")
{
	put("menu.csv", "dish,price\nsoup,3\n");
	is_refused("no_roster", "", 0, "");
	put_school();
	remove("set/manifest.csv");
	put("Section.csv", "SIS ID,School SIS ID,Section Name\n");
	is_refused("two_formats", "", 0, "");
	CHECK_INT(reads("nowhere"), ERR_SYSTEM);
	CHECK_STR(faults.at[0].word, "unreadable");
	done();
}

TEST("OneRoster 1.0 is read without a manifest and by its own headings")
{
	put_school();
	remove("set/manifest.csv");
	put("users.csv", "sourcedId,status,dateLastModified,orgSourcedIds,role,username,userId,"
			 "givenName,familyName,identifier,email,sms,phone,agents,grade\n"
			 "l1,active,2026-01-01,s1,student,thabo.m,77,Thabo,Mokoena,,,,,,08\n");
	put("enrollments.csv",
	    "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,status,"
	    "dateLastModified,primary\ne1,c1,s1,l1,student,active,2026-01-01,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(roster_format_name(set.format), "OneRoster 1.0");
	CHECK_STR(people("c1"), "L:l1");
	CHECK_STR(roster_set_person(&set, "l1")->grades, "08");
	done();
}

TEST("roles in a file of their own make it OneRoster 1.2, a class's organisation makes it SDS")
{
	put_school();
	remove("set/manifest.csv");
	put("roles.csv", "userSourcedId,roleType,role,orgSourcedId\nl1,primary,student,s1\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.format, FORMAT_ONEROSTER_12);
	done();
	put("classes.csv", "sourcedId,orgSourcedId,title\nc1,s1,8B\nc2,s1,Maths 8\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.format, FORMAT_SDS_21);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	done();
	remove("set/roles.csv");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.format, FORMAT_SDS_2);
	done();
}

TEST("a first file that cannot be read is told once, when it is read")
{
	put_school();
	remove("set/manifest.csv");
	put("classes.csv", "\xff\xfe");
	is_refused("not_text", "classes.csv", 0, "");
}
