/* A set of files becomes a roster, or a report that says why not. */
#include <unistd.h>

#include "roster_rig.h"

TEST("a small school is read as it stands")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	CHECK_INT(faults.count, 0);
	CHECK_STR(roster_format_name(set.format), "OneRoster 1.1");
	CHECK_STR(set.system, "Green SIS");
	CHECK(!set.delta);
	CHECK_INT(set.class_count, 2);
	const struct set_class *c = set.classes[0];
	CHECK_STR(c->id, "c1");
	CHECK_STR(c->title, "8B");
	CHECK_STR(c->code, "8B");
	CHECK_STR(c->grades, "08");
	CHECK_STR(c->location, "Room 3");
	CHECK(c->homeroom);
	CHECK(!set.classes[1]->homeroom);
	CHECK_STR(c->school->name, "Green Hill");
	CHECK_STR(c->school->identifier, "1234567");
	CHECK_STR(c->school->type, "school");
	CHECK_STR(c->school->parent->name, "The District");
	CHECK_STR(c->course->title, "Grade 8");
	CHECK_STR(c->course->year->title, "2026");
	CHECK_INT(c->term_count, 1);
	CHECK_STR(c->terms[0]->type, "term");
	CHECK_STR(day(c->terms[0]->starts_day), "2026-01-14");
	CHECK_STR(day(c->terms[0]->parent->ends_day), "2026-12-09");
	CHECK_STR(c->terms[0]->parent->type, "schoolYear");
	CHECK_INT(set.classes[1]->term_count, 2);
	done();
}

TEST("the people of a class stand by part and id, with their days")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2 L:l1");
	const struct enrolment *e = enrolled("c1", "l1");
	CHECK_STR(day(e->from_day), "2026-01-20");
	CHECK_STR(day(e->until_day), "2026-06-30");
	CHECK_INT(enrolled("c1", "l2")->from_day, NO_DAY);
	CHECK(enrolled("c1", "t1")->primary);
	CHECK(!e->primary);
	const struct set_person *p = e->person;
	CHECK_STR(p->given, "Thabo");
	CHECK_STR(p->family, "Mokoena");
	CHECK_STR(p->email, "thabo.m@s.example");
	CHECK_STR(p->username, "thabo.m");
	CHECK_STR(p->identifier, "1001");
	CHECK_STR(p->grades, "08");
	CHECK_INT(p->role, PERSON_LEARNER);
	CHECK_INT(p->school_count, 1);
	CHECK_STR(p->schools[0]->id, "s1");
	CHECK(p->enabled && p->enrolled);
	CHECK(!roster_set_person(&set, "l3")->enabled);
	done();
}

TEST("counts are of what the files say, lists of what is of use")
{
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_2 LEARNER_3
	    "l4,,,true,s1,student,new,,New,Comer,,,,,,,09,\n"
	    "t9,,,true,s1,teacher,idle,,No,Class,,,,,,,,\n"
	    "g1,,,true,s1,guardian,ma,,Ma,Mokoena,,,ma@home.example,,,l1,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(set.counts.users, 8);
	CHECK_INT(set.counts.learners, 4);
	CHECK_INT(set.counts.enrolments, 6);
	CHECK_INT(set.counts.classes, 2);
	CHECK_INT(set.counts.orgs, 2);
	CHECK_INT(set.counts.sessions, 2);
	CHECK_INT(set.counts.courses, 1);
	CHECK_INT(set.counts.rows, 21);
	CHECK_INT(set.person_count, 6);
	CHECK(roster_set_person(&set, "l4") && !roster_set_person(&set, "l4")->enrolled);
	CHECK(!roster_set_person(&set, "t9") && !roster_set_person(&set, "g1"));
	done();
}

TEST("what nobody needs is never opened: demographics, results, a file of another kind")
{
	put_school();
	put_manifest("bulk", "bulk", "bulk", "bulk");
	put("results.csv", "\xff\xfe no roster");
	put("notes.txt", "\xff\xfe");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(faults.count, 0);
	done();
	put("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\n"
			    "file.academicSessions,bulk\nfile.courses,bulk\nfile.classes,bulk\n"
			    "file.users,bulk\nfile.enrollments,bulk\nfile.demographics,bulk\n");
	put("demographics.csv", "\xff\xfe born, 1, 2");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(faults.count, 0);
	done();
}

TEST("the same person twice in a class is there once, and a teacher is no learner")
{
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2
	    "e7,,,c1,s1,t1,student,,,\n"
	    "e8,,,c2,s1,l2,student,,2026-02-01,2026-03-01\n"
	    "e9,,,c2,s1,l2,student,,2026-04-01,2026-05-01\n"
	    "e10,,,c2,s1,l1,student,,2026-04-01,\n"
	    "e11,,,c2,s1,l3,aide,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2 S:l3 L:l1 L:l2");
	CHECK_STR(day(enrolled("c2", "l2")->from_day), "2026-02-01");
	CHECK_STR(day(enrolled("c2", "l2")->until_day), "2026-05-01");
	CHECK_INT(enrolled("c2", "l1")->from_day, NO_DAY);
	done();
}

TEST("however often a file repeats itself, a class has its people and no more")
{
	struct buf b;
	put_school();
	buf_init(&b, 0);
	buf_adds(&b, ENROLLMENTS_HEADING ENROLMENTS_2);
	for (int i = 0; i < 200000; i++)
		buf_addf(&b, "x%d,,,c1,s1,l%d,student,,,\n", i, i % 3 + 1);
	put("enrollments.csv", b.data);
	buf_clear(&b);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "L:l1 L:l2 L:l3");
	CHECK(set.classes[0]->room <= 64);
	CHECK_INT(set.counts.enrolments, 200002);
	done();
}

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
	CHECK_STR(faults.at[1].at.column, "userSourcedId");
	CHECK_INT(faults.at[1].at.row, 8);
	done();
}

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
	    "e7,,,c9,s1,l1,student,,,\ne8,,,c2,s1,nobody,student,,,\n");
	put("orgs.csv", ORGS_HEADING "s1,,,Green Hill,school,1234567,d9\nd1,,,D,district,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_INT(faults.of[FAULT_ERROR], 3);
	CHECK_INT(faults.of[FAULT_WARNING], 3);
	is_told("bad_reference", FAULT_ERROR, "classes.csv", 4, "schoolSourcedId", "s9");
	CHECK(!roster_set_class(&set, "c3"));
	CHECK(roster_set_class(&set, "c4") && !roster_set_class(&set, "c4")->course);
	CHECK_INT(roster_set_class(&set, "c4")->term_count, 1);
	CHECK(!roster_set_org(&set, "s1")->parent);
	CHECK_STR(people("c2"), "T:t2 L:l1");
	done();
}

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

TEST("a file without rows stops the set where that would take everybody away")
{
	static const struct {
		const char *file, *heading;
	} files[] = {{"classes.csv", CLASSES_HEADING}, {"users.csv", USERS_HEADING},
	    {"enrollments.csv", ENROLLMENTS_HEADING}};
	for (size_t i = 0; i < 3; i++) {
		put_school();
		put(files[i].file, files[i].heading);
		is_refused("no_rows", files[i].file, 0, "");
	}
}

TEST("a set of which no record is left stops as well")
{
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING "e1,,,c9,s1,l1,student,,,\n");
	is_refused("nothing_left", "", 0, "");
}

TEST("half an upload is told: a file that is missing, one that is empty, one that is cut off")
{
	put_school();
	remove("set/users.csv");
	is_refused("manifest_differs", "manifest.csv", 0, "users.csv");
	put_school();
	remove("set/manifest.csv");
	remove("set/enrollments.csv");
	is_refused("missing_file", "enrollments.csv", 0, "");
	put_school();
	put("users.csv", "");
	is_refused("empty_file", "users.csv", 0, "");
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 "l1,,,true,s1,stud");
	is_refused("cut_off", "users.csv", 3, "");
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

TEST("all files are read through when one refuses the set, and nothing is made of them")
{
	put_school();
	put("classes.csv", CLASSES_HEADING "c1,,,8\xea,08,k1,8B,homeroom,,s1,term1,,,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING "e1,,,c1,s1,\"l1,student,,,\n");
	put("users.csv", USERS_HEADING LEARNER_1 "l2,,\n");
	CHECK_INT(reads("set"), ERR_INPUT);
	is_told("not_utf8", FAULT_REFUSED, "classes.csv", 2, "title", "8?");
	is_told("open_quote", FAULT_REFUSED, "enrollments.csv", 2, "", "");
	is_told("row_width", FAULT_REFUSED, "users.csv", 3, "", "");
	CHECK_INT(faults.of[FAULT_ERROR], 0);
	CHECK_INT(set.class_count, 0);
	done();
}

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

TEST("a set beyond a limit is refused with the limit")
{
	static const struct {
		struct roster_limits limits;
		const char *part;
	} cases[] = {{{.classes = 1}, "1 classes"}, {{.people = 2}, "2 people"},
	    {{.enrolments = 3}, "3 enrolments"}};
	put_school();
	for (size_t i = 0; i < 3; i++) {
		roster_set_init(&set);
		faults_init(&faults);
		CHECK_INT(again_with("set", &cases[i].limits), ERR_LIMIT);
		CHECK_HAS(told("too_large")->what, cases[i].part);
		done();
	}
}

TEST("files of gigabytes are refused before they are read, or at their first row")
{
	put_school();
	CHECK_INT(truncate("set/users.csv", (off_t)3 << 30), 0);
	roster_set_init(&set);
	faults_init(&faults);
	CHECK_INT(again("set"), ERR_LIMIT);
	is_told("too_large", FAULT_REFUSED, "users.csv", 0, "", "");
	CHECK_HAS(told("too_large")->what, "2048 MiB");
	done();
	CHECK_INT(truncate("set/users.csv", 0), 0);
	CHECK_INT(truncate("set/users.csv", (off_t)2000 << 20), 0);
	is_refused("row_too_long", "users.csv", 1, "");
}

TEST("a look tells format and kind without reading the records")
{
	enum roster_format format;
	bool delta;
	put_school();
	put("classes.csv", "\xff\xfe");
	faults_init(&faults);
	CHECK_INT(roster_set_look("set", &format, &delta, &faults), 0);
	CHECK_INT(format, FORMAT_ONEROSTER_11);
	CHECK(!delta);
	put_manifest("absent", "absent", "absent", "delta");
	remove("set/orgs.csv");
	remove("set/courses.csv");
	remove("set/academicSessions.csv");
	remove("set/classes.csv");
	remove("set/users.csv");
	CHECK_INT(roster_set_look("set", &format, &delta, &faults), 0);
	CHECK(delta);
	CHECK_INT(faults.count, 0);
	CHECK_INT(roster_set_look("nowhere", &format, &delta, &faults), ERR_SYSTEM);
	faults_clear(&faults);
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

TEST("the same files in another order of rows give the same roster")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	char *first = xstrdup(people("c1"));
	done();
	put("enrollments.csv", ENROLLMENTS_HEADING
	    "e4,,,c1,s1,l3,student,,,\n" ENROLMENTS_2
	    "e3,,,c1,s1,l2,student,,,\ne2,,,c1,s1,l1,student,,2026-01-20,2026-06-30\n"
	    "e1,,,c1,s1,t1,teacher,true,,\n");
	put("classes.csv", CLASSES_HEADING CLASS_2 CLASS_1);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), first);
	CHECK_STR(set.classes[0]->id, "c1");
	free(first);
	done();
}
