/* Rows that have to be dropped, and what is left as it was because of them. */
#include "roster_groups.h"
#include "roster_rig.h"

#define ROLES_HEADING                                                                      \
	"sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate," \
	"orgSourcedId,userProfileSourcedId\n"
#define ROLES_OF_TEACHERS "r1,,,t1,primary,teacher,,,s1,\nr2,,,t2,primary,teacher,,,s1,\n"
#define ROLES_OF_LEARNERS "r3,,,l1,primary,student,,,s1,\nr4,,,l2,primary,student,,,s1,\n"

/* left wants to be told that of what is named there something is left as it was. */
static void left(
    const char *file, uint64_t row, const char *column, const char *value, const char *sentence)
{
	is_told("left_as_it_was", FAULT_NOTE, file, row, column, value);
	CHECK_HAS(told("left_as_it_was")->what, sentence);
}

static const char *astray(void)
{
	static char text[64];
	(void)snprintf(text, sizeof text, "%s%zu:%s", set.astray.anybody ? "anybody " : "",
	    set.astray.count, set.astray.count ? set.astray.learners[0] : "");
	return text;
}

static void reads_enrolment(const char *row)
{
	char *text = xasprintf("%s%s%s%s", ENROLLMENTS_HEADING, ENROLMENTS_1, ENROLMENTS_2, row);
	put("enrollments.csv", text);
	CHECK_INT(again("set"), 0);
	free(text);
}

TEST("an enrolment without a class leaves its learner in all classes, one without a learner all in "
     "the class, one without both everybody")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	reads_enrolment("e9,,,,s1,l2,student,,,\n");
	CHECK_STR(astray(), "1:l2");
	CHECK_STR(missing("c1"), "0:");
	left("enrollments.csv", 8, "userSourcedId", "l2", "taken out of no class");
	reads_enrolment("e9,,,c2,s1,,student,,,\n");
	CHECK_STR(astray(), "0:");
	CHECK_STR(missing("c2"), "anybody 0:");
	CHECK_STR(missing("c1"), "0:");
	left("enrollments.csv", 8, "classSourcedId", "c2", "nobody is taken out of this class");
	reads_enrolment("e9,,,,s1,,student,,,\n");
	CHECK_STR(astray(), "anybody 0:");
	left("enrollments.csv", 8, "", "", "nobody is taken out of any class");
	done();
}

TEST("an id that is too long to be one is as good as none")
{
	char *long_id = xasprintf("%0300d", 7),
	     *row = xasprintf("e9,,,%s,s1,l2,student,,,\n", long_id);
	put_school();
	CHECK_INT(reads("set"), 0);
	reads_enrolment(row);
	CHECK_STR(astray(), "1:l2");
	free(row);
	row = xasprintf("e9,,,c2,s1,%s,student,,,\n", long_id);
	reads_enrolment(row);
	CHECK_STR(missing("c2"), "anybody 0:");
	free(row);
	free(long_id);
	done();
}

TEST("an enrolment in a class that the set has not is of none of its classes")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	reads_enrolment("e9,,,c9,s1,l2,pupil,,,\ne10,,,c9,s1,l2,student,,,\n");
	CHECK_STR(astray(), "0:");
	CHECK_STR(missing("c1"), "0:");
	done();
}

TEST("in a delta a row that has to be dropped changes nothing, so nothing is told of it")
{
	base();
	put_manifest("absent", "delta", "delta", "delta");
	put("classes.csv", CLASSES_HEADING "c2,active,2026-02-01,,08,k1,MA8,odd,,s1,term1,,,\n");
	put("enrollments.csv", ENROLLMENTS_HEADING "e9,active,2026-02-01,,s1,l2,student,,,\n");
	put("users.csv",
	    USERS_HEADING "l2,active,2026-02-01,true,s1,captain,anna.v,,Anna,Botha,,,,,,,08,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(astray(), "0:");
	CHECK_STR(missing(NULL), "0:");
	CHECK(!set.unread.any_class && set.unread.count == 0);
	CHECK_STR(roster_set_class(&set, "c2")->title, "Maths 8");
	CHECK_INT(roster_set_person(&set, "l2")->role, PERSON_LEARNER);
	for (size_t i = 0; i < faults.count; i++)
		CHECK(strcmp(faults.at[i].word, "left_as_it_was") != 0);
	done();
}

/* ---- what people are ---- */

/* reads_roles reads the school in OneRoster 1.2, l3 in no class, with these rows of l3's role. */
static int reads_roles(const char *rows)
{
	char *roles =
	    xasprintf("%s%s%s%s", ROLES_HEADING, ROLES_OF_TEACHERS, ROLES_OF_LEARNERS, rows);
	put_school();
	put("manifest.csv", "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"
			    "file.orgs,bulk\nfile.academicSessions,bulk\nfile.courses,bulk\n"
			    "file.classes,bulk\nfile.users,bulk\nfile.roles,bulk\n"
			    "file.enrollments,bulk\nfile.userProfiles,absent\n");
	put("users.csv",
	    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
	    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
	    "userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,"
	    "primaryOrgSourcedId,pronouns\n"
	    "l1,,,true,a,,A,A,,,,,,,08,,,,,,s1,\nl2,,,true,b,,B,B,,,,,,,08,,,,,,s1,\n"
	    "l3,,,true,c,,C,C,,,,,,,08,,,,,,s1,\nt1,,,true,d,,D,D,,,,,,,,,,,,,s1,\n"
	    "t2,,,true,e,,E,E,,,,,,,,,,,,,s1,\n");
	put("enrollments.csv",
	    ENROLLMENTS_HEADING "e1,,,c1,s1,t1,teacher,true,,\n"
				"e2,,,c1,s1,l1,student,,,\ne3,,,c1,s1,l2,student,,,\n"
				"e5,,,c2,s1,t2,teacher,true,,\ne6,,,c2,s1,l1,student,,,\n");
	put("roles.csv", roles);
	free(roles);
	return reads("set");
}

TEST("whose role cannot be used is taken out of no year group; if nobody knows whose it is, nobody")
{
	CHECK_INT(reads_roles("r5,,,l3,primary,student,,,s1,\n"), 0);
	CHECK_STR(missing(NULL), "0:");
	done();
	CHECK_INT(reads_roles("r5,,,l3,primary,,,,s1,\n"), 0);
	CHECK_STR(missing(NULL), "1:l3");
	left("roles.csv", 6, "userSourcedId", "l3", "taken out of no year group");
	done();
	CHECK_INT(reads_roles("r5,,,l3,primary,pupil,,,s1,\n"), 0);
	CHECK_STR(missing(NULL), "1:l3");
	done();
	CHECK_INT(reads_roles("r5,,,,primary,student,,,s1,\n"), 0);
	CHECK_STR(missing(NULL), "anybody 0:");
	left("roles.csv", 6, "", "", "nobody is taken out of any year group");
	done();
	CHECK_INT(reads_roles("r5,,,,primary,guardian,,,s1,\nr6,,,l3,primary,student,,,s1,\n"), 0);
	CHECK_STR(missing(NULL), "0:");
	done();
	CHECK_INT(reads_roles("r5,,,l3,secondary,student,,,s1,\nr6,,,l3,primary,pupil,,,s1,\n"), 0);
	CHECK_INT(roster_set_person(&set, "l3")->role, PERSON_LEARNER);
	done();
}

TEST("a role of nobody knows what leaves its learner in the year groups")
{
	put_school();
	put("users.csv", USERS_HEADING TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_3
	    "l2,,,true,s1,pupil,anna.v,,Anna,van Wyk,,1002,anna.v@s.example,,,,08,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(missing(NULL), "1:l2");
	left("users.csv", 6, "sourcedId", "l2", "taken out of no year group");
	done();
}

TEST("grades too long to be read leave their learner in the year groups")
{
	char *text = xasprintf("%s%sl2,,,true,s1,student,anna.v,,Anna,van Wyk,,1002,,,,,%01100d,\n",
	    USERS_HEADING, TEACHER_1 TEACHER_2 LEARNER_1 LEARNER_3, 8);
	put_school();
	put("users.csv", text);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(missing(NULL), "1:l2");
	free(text);
	done();
}

/* ---- classes and their years ---- */

TEST("a class whose row cannot be used is known to have been there; one without an id may be any")
{
	static const char *const rows[] = {"c2,,,,08,k1,MA8,scheduled,,s1,term1,,,\n",
	    "c2,,,Maths 8,08,k1,MA8,odd,,s1,term1,,,\n",
	    "c2,,,Maths 8,08,k1,MA8,scheduled,,s9,term1,,,\n"};
	put_school();
	CHECK_INT(reads("set"), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("%s%s%s", CLASSES_HEADING, CLASS_1, rows[i]);
		put("classes.csv", text);
		CHECK_INT(again("set"), 0);
		CHECK_INT(set.unread.count, 1);
		CHECK_STR(set.unread.classes[0], "c2");
		CHECK(!set.unread.any_class);
		left("classes.csv", 3, "sourcedId", "c2", "this class stays as it was");
		free(text);
	}
	put("classes.csv", CLASSES_HEADING CLASS_1 ",,,Maths 8,08,k1,MA8,scheduled,,s1,term1,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK(set.unread.any_class && set.unread.count == 0);
	left("classes.csv", 3, "", "", "no class is taken off the lists");
	done();
}

TEST("in a bulk file of classes among deltas a row that is dropped leaves its class as it was, and "
     "one without an id all classes")
{
	base();
	put_manifest("absent", "bulk", "absent", "delta");
	put("enrollments.csv", ENROLLMENTS_HEADING "e9,active,2026-02-01,c1,s1,l2,student,,,\n");
	put("classes.csv", CLASSES_HEADING CLASS_1 "c2,,,,08,k1,MA8,scheduled,,s1,term1,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(roster_set_class(&set, "c2")->title, "Maths 8");
	CHECK_STR(people("c2"), "T:t2 L:l1");
	CHECK_INT(set.unread.count, 0);
	put("classes.csv", CLASSES_HEADING CLASS_1 ",,,Maths 8,08,k1,MA8,scheduled,,s1,term1,,,\n");
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c2"), "T:t2 L:l1");
	put("classes.csv", CLASSES_HEADING CLASS_1);
	CHECK_INT(again("set"), 0);
	CHECK_STR(people("c2"), "no such class");
	done();
}

TEST("a session that cannot be used leaves it open which year is whose; a term of a year does not")
{
	static const struct {
		const char *row;
		bool open;
	} rows[] = {
	    {",,,2025,schoolYear,2025-01-14,2025-12-09,,2025\n", true},
	    {"y,,,2025,year,2025-01-14,2025-12-09,,2025\n", true},
	    {"y,,,2025,schoolYear,once,2025-12-09,,2025\n", true},
	    {"y,,,2025,schoolYear,2025-12-09,2025-01-14,,2025\n", true},
	    {"y,,,2025,ext:year,2025-01-14,2025-12-09,,2025\n", false},
	    {"y,,,T3,third,once,2026-11-09,year,2026\n", false},
	    {"y,,,2025,schoolYear,2025-01-14,2025-12-09,,2025\n", false},
	};
	put_school();
	CHECK_INT(reads("set"), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("%sterm1,,,Term 1,term,2026-01-14,2026-03-27,year,2026\n"
				       "year,,,2026,schoolYear,2026-01-14,2026-12-09,,2026\n%s",
		    SESSIONS_HEADING, rows[i].row);
		put("academicSessions.csv", text);
		CHECK_INT(again("set"), 0);
		CHECK_INT(set.unread.sessions, rows[i].open);
		if (rows[i].open)
			left("academicSessions.csv", 4, "", "", "for being of another year");
		free(text);
	}
	done();
}

TEST("a class knows that it has a term which is not there")
{
	put_school();
	put("classes.csv",
	    CLASSES_HEADING CLASS_1 "c2,,,Maths 8,08,k1,MA8,scheduled,,s1,\"term1,term9\",,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK(!roster_set_class(&set, "c1")->term_unread);
	CHECK(roster_set_class(&set, "c2")->term_unread);
	done();
}

/* ---- whatever it is ---- */

static int note_group(void *ctx, const struct group *g)
{
	json_t *groups = ctx;
	json_object_set_new(groups, g->id, g->unsure ? json_null() : json_loads(g->text, 0, NULL));
	return 0;
}

static json_t *groups_of(const char *org)
{
	struct groups_told what;
	json_t *groups = json_object();
	struct group_rules rules = {.source = "", .org = org, .staff_domain = "", .year = "2026"};
	CHECK(day_of("2026-02-02", &rules.today));
	CHECK_INT(roster_groups(&set, &rules, &faults, &what, note_group, groups), 0);
	return groups;
}

static bool is_in(const json_t *class, const char *list, const char *id)
{
	size_t i;
	json_t *one;
	json_array_foreach (json_list(class, list), i, one)
		if (strcmp(
			json_text_or(one, "id", json_is_string(one) ? json_string_value(one) : ""),
			id) == 0)
			return true;
	return false;
}

static bool is_unread(const char *class)
{
	bool unread = set.unread.any_class;
	for (size_t i = 0; i < set.unread.count; i++)
		unread = unread || strcmp(set.unread.classes[i], class) == 0;
	return unread;
}

/* nobody_lost is false, and tells whom, when somebody who was there is neither there nor missing. A
 * year group of which nobody is left is on no list any more, and keeps whom it has. */
static bool nobody_lost(const json_t *before, const json_t *now)
{
	const char *id;
	json_t *class, *learner;
	size_t i;
	json_object_foreach ((json_t *)(uintptr_t)before, id, class) {
		const json_t *same = json_object_get(now, id);
		if (!same && !is_unread(id) && strncmp(id, "year-", 5) != 0) {
			printf("%s is gone\n", id);
			return false;
		}
		json_array_foreach (json_list(class, "learners"), i, learner) {
			const char *who = json_text(learner, "id");
			if (json_is_object(same) && !is_in(same, "learners", who) &&
			    !is_in(same, "missing", who) && !json_bool(same, "incomplete", false)) {
				printf("%s lost %s\n", id, who);
				return false;
			}
		}
	}
	return true;
}

/* cell_end gives where a value ends that begins there. */
static const char *cell_end(const char *at)
{
	for (bool quoted = false; *at && *at != '\n' && (quoted || *at != ','); at++)
		quoted ^= *at == '"';
	return at;
}

/* garbled gives the text with another value in a cell, NULL where there is none: row 0 is the
 * heading; free it. *heading is the column's. */
static char *garbled(const char *text, int row, int column, const char *value)
{
	const char *at = text;
	for (; row > 0 && at; row--) {
		at = strchr(at, '\n');
		at = at && at[1] ? at + 1 : NULL;
	}
	for (; column > 0 && at; column--) {
		at = cell_end(at);
		at = *at == ',' ? at + 1 : NULL;
	}
	return at ? xasprintf("%.*s%s%s", (int)(at - text), text, value, cell_end(at)) : NULL;
}

static char *file_text(const char *name)
{
	static char text[8192];
	char path[64];
	(void)snprintf(path, sizeof path, "set/%s", name);
	FILE *f = fopen(path, "r");
	CHECK(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return xstrdup(text);
}

/* A learner without grades is in no year group, and a school without a parent in no district:
 * that is no fault. */
static bool is_meant(const char *whole, int column, const char *value)
{
	const char *heading = whole;
	for (; column > 0; column--)
		heading = cell_end(heading) + 1;
	return !*value && (strncmp(heading, "grades,", strlen("grades,")) == 0 ||
			      strncmp(heading, "parentSourcedId", strlen("parentSourcedId")) == 0);
}

/* garble puts the value into each cell of a file, one at a time. */
static void garble(const char *name, const char *value, const char *org, const json_t *before)
{
	char *whole = file_text(name), *text;
	for (int row = 1; (text = garbled(whole, row, 0, "")); row++) {
		free(text);
		for (int column = 0; (text = garbled(whole, row, column, value)); column++) {
			put(name, text);
			free(text);
			faults_clear(&faults);
			if (is_meant(whole, column, value) ||
			    roster_set_read(&set, "set", NULL, &faults) < 0)
				continue;
			json_t *now = groups_of(org);
			if (!nobody_lost(before, now))
				FAIL("row %d, column %d of %s", row + 1, column, name);
			json_decref(now);
		}
	}
	put(name, whole);
	free(whole);
}

static void garble_all(const char *const *files)
{
	char *long_text = xasprintf("%01100d", 7);
	const char *values[] = {"", long_text};
	for (size_t i = 0; i < 6; i++) {
		static const char *const orgs[] = {"", "s1", "d1"};
		const char *org = orgs[i % 3];
		CHECK_INT(again("set"), 0);
		json_t *before = groups_of(org);
		for (const char *const *file = files; *file; file++)
			garble(*file, values[i / 3], org, before);
		json_decref(before);
	}
	free(long_text);
	done();
}

TEST_SLOW("whatever single value is missing or cannot be read, nobody who was there is lost")
{
	static const char *const files[] = {"orgs.csv", "academicSessions.csv", "courses.csv",
	    "classes.csv", "users.csv", "enrollments.csv", NULL};
	put_school();
	CHECK_INT(reads("set"), 0);
	garble_all(files);
}

TEST_SLOW("nor where roles are told apart")
{
	static const char *const files[] = {"academicSessions.csv", "classes.csv", "users.csv",
	    "enrollments.csv", "roles.csv", NULL};
	CHECK_INT(reads_roles("r5,,,l3,primary,student,,,s1,\n"), 0);
	garble_all(files);
}
