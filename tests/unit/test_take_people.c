/* People, and what they are. */
#include "reading.h"
#include "roster_rig.h"

TEST("guardians and relatives in a class are passed over")
{
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2
	    "e7,,,c1,s1,g1,guardian,,,\ne8,,,c1,s1,g2,parent,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_INT(faults.count, 0);
	done();
}

TEST("OneRoster 1.2 has its roles apart, and the preferred name is the name")
{
	put_school();
	put("manifest.csv", "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"
			    "file.orgs,bulk\nfile.academicSessions,bulk\nfile.courses,bulk\n"
			    "file.classes,bulk\nfile.users,bulk\nfile.roles,bulk\n"
			    "file.enrollments,bulk\nfile.userProfiles,absent\n");
	put("users.csv", "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,"
			 "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
			 "password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
			 "preferredFamilyName,primaryOrgSourcedId,pronouns\n"
			 "l1,,,true,thabo.m,,Thabo,Mokoena,,,,,,,08,,,Tebza,,,s1,\n"
			 "l2,,,true,anna.v,,Anna,van Wyk,,,,,,,08,,,,,,,\n"
			 "t1,,,true,dlamini,,Nomsa,Dlamini,,,,,,,,,,,,,s1,\n"
			 "g1,,,true,ma,,Ma,M,,,,,,,,,,,,,,\n");
	put("roles.csv", "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,"
			 "endDate,orgSourcedId,userProfileSourcedId\n"
			 "r1,,,l1,secondary,aide,,,d1,\nr2,,,l1,primary,student,,,s1,\n"
			 "r3,,,l2,primary,student,,,s1,\nr4,,,t1,primary,teacher,,,s1,\n"
			 "r5,,,g1,primary,guardian,,,s1,\nr6,,,ghost,primary,student,,,s1,\n"
			 "r7,,,l2,secondary,ext:captain,,,s1,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING "e1,,,c1,s1,l1,student,,,\ne2,,,c1,s1,t1,teacher,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(roster_format_name(set.format), "OneRoster 1.2");
	CHECK_STR(people("c1"), "T:t1 L:l1");
	const struct set_person *p = roster_set_person(&set, "l1");
	CHECK_STR(p->given, "Tebza");
	CHECK_STR(p->family, "Mokoena");
	CHECK_INT(p->role, PERSON_LEARNER);
	CHECK_STR(p->schools[0]->id, "s1");
	CHECK(roster_set_person(&set, "l2") && !roster_set_person(&set, "l2")->enrolled);
	CHECK(!roster_set_person(&set, "g1"));
	CHECK_INT(set.counts.learners, 2);
	is_told("bad_reference", FAULT_ERROR, "roles.csv", 7, "userSourcedId", "ghost");
	done();
}

TEST("a role is known in any case, one of an extension is nothing to a class")
{
	static const struct {
		const char *word;
		bool known;
		enum person_role role;
	} words[] = {{"student", true, PERSON_LEARNER}, {"Student", true, PERSON_LEARNER},
	    {"teacher", true, PERSON_TEACHER}, {"Professor", true, PERSON_TEACHER},
	    {"aide", true, PERSON_STAFF}, {"siteadministrator", true, PERSON_STAFF},
	    {"guardian", true, PERSON_OTHER}, {"ext:captain", true, PERSON_OTHER},
	    {"captain", false, PERSON_OTHER}, {"", false, PERSON_OTHER}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		enum person_role role;
		CHECK_INT(role_of(words[i].word, &role), words[i].known);
		CHECK_INT(role, words[i].role);
	}
}

TEST("a role that nobody knows is told, and the person is what the class says")
{
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_2 LEARNER_3
	    "l1,,,true,s1,captain,thabo.m,,Thabo,Mokoena,,,,,,,08,\n");
	CHECK_INT(reads("set"), 0);
	is_told("bad_value", FAULT_WARNING, "users.csv", 6, "role", "captain");
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	done();
}

TEST("an id that a teacher and a student have refuses the set")
{
	put("School.csv", "SIS ID,Name\n1,Green\n");
	put("Section.csv", "SIS ID,School SIS ID,Section Name\n10,1,Maths\n");
	put("Student.csv", "SIS ID,School SIS ID,Username\n1,1,thabo\n2,1,anna\n");
	put("Teacher.csv", "SIS ID,School SIS ID,Username\n7,1,mary\n1,1,john\n");
	put("StudentEnrollment.csv", "Section SIS ID,SIS ID\n10,1\n10,2\n");
	put("TeacherRoster.csv", "Section SIS ID,SIS ID\n10,1\n");
	CHECK_INT(reads("set"), ERR_INPUT);
	is_told("id_of_two_people", FAULT_REFUSED, "Student.csv", 2, "SIS ID", "1");
	done();
}
