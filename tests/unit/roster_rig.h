/*
 * roster_rig - a small school in OneRoster 1.1, of which a test writes one file anew, reads the
 * set and looks at what became of it.
 *
 * The school: classes c1 (a homeroom) and c2, teachers t1 and t2, learners l1 to l3, all in c1,
 * and l1 in c2 as well.
 */
#ifndef ROSTER_RIG_H
#define ROSTER_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "buf.h"
#include "roster_set.h"
#include "test.h"

#define HAS __attribute__((unused)) static

#define USERS_HEADING \
	"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds," \
	"givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
#define ENROLLMENTS_HEADING \
	"sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role," \
	"primary,beginDate,endDate\n"
#define CLASSES_HEADING \
	"sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType," \
	"location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n"
#define SESSIONS_HEADING \
	"sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
#define ORGS_HEADING "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
#define COURSES_HEADING \
	"sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades," \
	"orgSourcedId,subjects,subjectCodes\n"

#define CLASS_1 "c1,,,8B,08,k1,8B,homeroom,Room 3,s1,term1,,,\n"
#define CLASS_2 "c2,,,Maths 8,08,k1,MA8,scheduled,,s1,\"term1,year\",,,\n"
#define TEACHER_1 "t1,,,true,s1,teacher,dlamini,,Nomsa,Dlamini,,9001,n.dlamini@s.example,,,,,secret-1\n"
#define TEACHER_2 "t2,,,true,s1,teacher,botha,,Piet,Botha,,9002,p.botha@s.example,,,,,\n"
#define LEARNER_1 "l1,,,true,s1,student,thabo.m,,Thabo,Mokoena,,1001,thabo.m@s.example,,,,08,secret-2\n"
#define LEARNER_2 "l2,,,true,s1,student,anna.v,,Anna,van Wyk,,1002,anna.v@s.example,,,,08,\n"
#define LEARNER_3 "l3,,,false,s1,student,sipho.n,,Sipho,Ndlovu,,1003,sipho.n@s.example,,,,08,\n"
#define ENROLMENTS_1 \
	"e1,,,c1,s1,t1,teacher,true,,\ne2,,,c1,s1,l1,student,,2026-01-20,2026-06-30\n" \
	"e3,,,c1,s1,l2,student,,,\ne4,,,c1,s1,l3,student,,,\n"
#define ENROLMENTS_2 "e5,,,c2,s1,t2,teacher,true,,\ne6,,,c2,s1,l1,student,,,\n"

static struct roster_set set;
static struct faults faults;

HAS void put(const char *file, const char *content)
{
	char path[128];
	mkdir("set", 0700);
	(void)snprintf(path, sizeof path, "set/%s", file);
	test_write(path, content);
}

HAS void put_manifest(const char *orgs, const char *classes, const char *users,
    const char *enrolments)
{
	char *text = xasprintf("propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
			       "file.academicSessions,%s\nfile.orgs,%s\nfile.courses,%s\n"
			       "file.classes,%s\nfile.users,%s\nfile.enrollments,%s\n"
			       "file.demographics,absent\nsource.systemName,Green SIS\n",
	    orgs, orgs, orgs, classes, users, enrolments);
	put("manifest.csv", text);
	free(text);
}

HAS void put_school(void)
{
	put_manifest("bulk", "bulk", "bulk", "bulk");
	put("orgs.csv", ORGS_HEADING "d1,,,The District,district,77,\ns1,,,Green Hill,school,1234567,d1\n");
	put("academicSessions.csv", SESSIONS_HEADING
	    "term1,,,Term 1,term,2026-01-14,2026-03-27,year,2026\n"
	    "year,,,2026,schoolYear,2026-01-14,2026-12-09,,2026\n");
	put("courses.csv", COURSES_HEADING "k1,,,year,Grade 8,G8,08,d1,,\n");
	put("classes.csv", CLASSES_HEADING CLASS_1 CLASS_2);
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_2 LEARNER_3);
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2);
}

HAS void list_faults(void)
{
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < faults.count; i++) {
		fault_line(&faults.at[i], &b);
		buf_adds(&b, "\n");
	}
	puts(b.data ? b.data : "no faults");
	buf_clear(&b);
}

/* again reads a path into what there is, after forgetting the faults. */
HAS int again_with(const char *path, const struct roster_limits *limits)
{
	faults_clear(&faults);
	int rc = roster_set_read(&set, path, limits, &faults);
	list_faults();
	return rc;
}

HAS int again(const char *path)
{
	return again_with(path, NULL);
}

HAS int reads(const char *path)
{
	roster_set_init(&set);
	faults_init(&faults);
	return again(path);
}

HAS void done(void)
{
	roster_set_clear(&set);
	faults_clear(&faults);
}

/* base reads the school, then takes its files away but for a manifest that says delta. */
HAS void base(void)
{
	static const char *const files[] = {
	    "orgs", "academicSessions", "courses", "classes", "users", "enrollments"};
	char path[64];
	put_school();
	CHECK_INT(reads("set"), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		(void)snprintf(path, sizeof path, "set/%s.csv", files[i]);
		CHECK_INT(remove(path), 0);
	}
	put_manifest("absent", "absent", "absent", "absent");
}

/* told gives the first fault of that word. */
HAS const struct fault *told(const char *word)
{
	for (size_t i = 0; i < faults.count; i++)
		if (strcmp(faults.at[i].word, word) == 0)
			return &faults.at[i];
	FAIL("nothing is told of %s", word);
}

HAS void is_told(const char *word, enum fault_level level, const char *file, uint64_t row,
    const char *column, const char *value)
{
	const struct fault *f = told(word);
	CHECK_STR(fault_level_name(f->level), fault_level_name(level));
	CHECK_STR(f->at.file, file);
	CHECK_INT(f->at.row, row);
	CHECK_STR(f->at.column, column);
	CHECK_STR(f->at.value, value);
	CHECK(*f->what && *f->remedy);
}

/* is_refused reads the set and wants nothing else than that fault to refuse it. */
HAS void is_refused(const char *word, const char *file, uint64_t row, const char *column)
{
	CHECK_INT(reads("set"), ERR_INPUT);
	CHECK(faults_refuse(&faults));
	const struct fault *f = told(word);
	CHECK_STR(fault_level_name(f->level), "refused");
	CHECK_STR(f->at.file, file);
	CHECK_INT(f->at.row, row);
	CHECK_STR(f->at.column, column);
	done();
}

/* people gives the ids of a class: teachers, staff and learners behind T:, S: and L:. */
HAS const char *people(const char *class)
{
	static char text[512];
	const struct set_class *c = roster_set_class(&set, class);
	size_t at = 0;
	if (!c)
		return "no such class";
	for (size_t i = 0; i < c->count; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%c:%s", i ? " " : "",
		    "TSL"[c->people[i].as], c->people[i].person->id);
	text[at] = '\0';
	return text;
}

HAS const struct enrolment *enrolled(const char *class, const char *person)
{
	const struct set_class *c = roster_set_class(&set, class);
	for (size_t i = 0; c && i < c->count; i++)
		if (strcmp(c->people[i].person->id, person) == 0)
			return &c->people[i];
	FAIL("%s is not in %s", person, class);
}

/* missing tells who is, in a class or, without one, in the groups of all: anybody, how many are
 * known, and the first of them. */
HAS const char *missing(const char *class)
{
	const struct set_missing *m =
	    class ? &roster_set_class(&set, class)->missing : &set.missing;
	static char text[64];
	(void)snprintf(text, sizeof text, "%s%zu:%s", m->anybody ? "anybody " : "", m->count,
	    m->count ? m->learners[0] : "");
	return text;
}

HAS const char *day(int32_t d)
{
	static char room[4][DAY_ROOM];
	static int next;
	return day_text(d, room[next++ % 4]);
}

#endif
