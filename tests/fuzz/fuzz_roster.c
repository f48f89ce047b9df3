/* fuzz_roster - whatever stands in one file of a roster, or in its zip: it is read or refused,
 * and a set that may be used holds together. The first byte says which file it is. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "roster_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	char letter;
	const char *name, *content;
} files[] = {
    {'m', "manifest.csv",
	"propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.academicSessions,bulk\n"
	"file.courses,bulk\nfile.classes,bulk\nfile.enrollments,bulk\nfile.users,bulk\n"},
    {'o', "orgs.csv", "sourcedId,name,type,parentSourcedId\ns1,S,school,\n"},
    {'a', "academicSessions.csv",
	"sourcedId,title,type,startDate,endDate,parentSourcedId\ny,Y,schoolYear,2026-01-14,"
	"2026-12-09,\n"},
    {'k', "courses.csv", "sourcedId,title,schoolYearSourcedId,orgSourcedId\nk1,K,y,s1\n"},
    {'c', "classes.csv",
	"sourcedId,title,classType,courseSourcedId,schoolSourcedId,termSourcedIds\n"
	"c1,8B,homeroom,k1,s1,y\n"},
    {'e', "enrollments.csv",
	"sourcedId,classSourcedId,userSourcedId,role\ne1,c1,l1,student\ne2,c1,t1,teacher\n"},
    {'u', "users.csv",
	"sourcedId,enabledUser,orgSourcedIds,role,username,givenName,familyName,email\n"
	"l1,true,s1,student,l,L,One,l1@s.example\nt1,true,s1,teacher,t,T,One,t1@s.example\n"},
};
enum { FILES = sizeof files / sizeof *files };

static char folder[] = "/tmp/fuzz-roster-XXXXXX";
static bool begun;

static void put(const char *name, const void *content, size_t length)
{
	char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert(f && fwrite(content, 1, length, f) == length);
	fclose(f);
}

static void leave(void)
{
	char path[128];
	for (size_t i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
		unlink(path);
	}
	(void)snprintf(path, sizeof path, "%s/set.zip", folder);
	unlink(path);
	rmdir(folder);
}

static void begin(void)
{
	begun = mkdtemp(folder);
	assert(begun);
	(void)atexit(leave);
	for (size_t i = 0; i < FILES; i++)
		put(files[i].name, files[i].content, strlen(files[i].content));
}

static void check_class(const struct roster_set *s, const struct set_class *c)
{
	assert(roster_set_class(s, c->id) == c && *c->title && c->school);
	for (size_t i = 0; i < c->term_count; i++)
		assert(c->terms[i]);
	for (size_t i = 0; i < c->count; i++) {
		const struct enrolment *e = &c->people[i];
		assert(roster_set_person(s, e->person->id) == e->person && e->person->enrolled);
		assert(i == 0 || e[-1].as < e->as ||
		       (e[-1].as == e->as && strcmp(e[-1].person->id, e->person->id) < 0));
	}
}

static void check(const struct roster_set *s)
{
	int depth = 0;
	for (size_t i = 0; i < s->class_count; i++)
		check_class(s, s->classes[i]);
	for (size_t i = 0; i < s->session_count; i++, depth = 0)
		for (const struct set_session *n = s->sessions[i]; n; n = n->parent)
			assert(++depth < 1000);
	for (size_t i = 0; i < s->person_count; i++) {
		json_t *name = json_string(s->people[i]->family); /* NULL: not UTF-8 */
		assert(name && s->people[i]->school_count < 1000);
		json_decref(name);
	}
}

static void read_set(const char *path)
{
	struct roster_set set;
	struct faults faults;
	roster_set_init(&set);
	faults_init(&faults);
	int rc = roster_set_read(&set, path, NULL, &faults);
	assert((rc < 0) == faults_refuse(&faults));
	if (rc == 0)
		check(&set);
	json_t *report = faults_json(&faults, 50);
	char *text = report ? json_write(report) : NULL;
	assert(text); /* NULL: something in it is not UTF-8 */
	free(text);
	json_decref(report);
	faults_clear(&faults);
	roster_set_clear(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[128];
	if (size == 0)
		return 0;
	if (!begun)
		begin();
	if (data[0] == 'z') {
		(void)snprintf(path, sizeof path, "%s/set.zip", folder);
		put("set.zip", data + 1, size - 1);
		read_set(path);
		return 0;
	}
	for (size_t i = 0; i < FILES; i++)
		if (files[i].letter == (char)data[0]) {
			put(files[i].name, data + 1, size - 1);
			read_set(folder);
			put(files[i].name, files[i].content, strlen(files[i].content));
		}
	return 0;
}
