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
