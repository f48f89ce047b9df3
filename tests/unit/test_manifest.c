/* The manifest and the files must say the same. */
#include "roster_rig.h"

#define REST                                                                                 \
	"file.orgs,bulk\nfile.academicSessions,bulk\nfile.courses,bulk\nfile.classes,bulk\n" \
	"file.enrollments,bulk\n"
#define USERS	 "file.users,bulk\n"
#define VERSIONS "manifest.version,1.0\noneroster.version,1.1\n"

static void manifest(const char *rows)
{
	char *text = xasprintf("propertyName,value\n%s", rows);
	put_school();
	put("manifest.csv", text);
	free(text);
}

TEST("a manifest may say things in any order, and things nobody knows")
{
	manifest(USERS REST "source.systemName,\"Green, Ltd\"\nsource.systemCode,x\nvendor.x,1\n"
			    "file.results,absent\noneroster.version,1.1.1\nmanifest.version,2.0\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(set.system, "Green, Ltd");
	is_told("unknown_version", FAULT_NOTE, "manifest.csv", 13, "manifest.version", "2.0");
	done();
}

TEST("a version that is not known, or not said, is refused")
{
	manifest("oneroster.version,2.0\n" USERS REST);
	is_refused("unknown_version", "manifest.csv", 2, "oneroster.version");
	manifest(USERS REST);
	is_refused("unknown_version", "manifest.csv", 0, "oneroster.version");
}

TEST("a property that is said twice is refused")
{
	manifest(VERSIONS USERS REST "file.users,absent\n");
	is_refused("property_twice", "manifest.csv", 10, "file.users");
	manifest(VERSIONS "oneroster.version,1.2\n" USERS REST);
	is_refused("property_twice", "manifest.csv", 4, "oneroster.version");
}

TEST("a file is bulk, delta or absent, and as the manifest says")
{
	manifest(VERSIONS "file.users,full\n" REST);
	is_refused("bad_value", "manifest.csv", 4, "file.users");
	manifest(VERSIONS "file.users,absent\n" REST);
	is_refused("manifest_differs", "manifest.csv", 0, "users.csv");
	manifest(VERSIONS USERS REST "file.lineItems,bulk\n");
	is_refused("manifest_differs", "manifest.csv", 0, "lineItems.csv");
	manifest(VERSIONS REST);
	is_refused("manifest_differs", "users.csv", 0, "");
}

TEST("a manifest that is no table of properties is refused")
{
	put_school();
	put("manifest.csv", "name,is\nfile.users,bulk\n");
	is_refused("missing_column", "manifest.csv", 1, "propertyName");
	put("manifest.csv", "");
	is_refused("empty_file", "manifest.csv", 0, "");
}

TEST("what a bulk set needs may not be absent; courses may, and it is said")
{
	manifest(
	    VERSIONS USERS "file.orgs,bulk\nfile.academicSessions,absent\nfile.courses,absent\n"
			   "file.classes,bulk\nfile.enrollments,bulk\n");
	remove("set/academicSessions.csv");
	remove("set/courses.csv");
	CHECK_INT(reads("set"), 0);
	is_told("missing_file", FAULT_WARNING, "academicSessions.csv", 0, "", "");
	CHECK_INT(faults.of[FAULT_WARNING], 2);
	CHECK_INT(set.class_count, 2);
	CHECK(!set.classes[0]->course);
	CHECK_INT(set.classes[0]->term_count, 0);
	done();
	manifest(VERSIONS USERS "file.orgs,absent\nfile.academicSessions,bulk\nfile.courses,bulk\n"
				"file.classes,bulk\nfile.enrollments,bulk\n");
	remove("set/orgs.csv");
	is_refused("missing_file", "orgs.csv", 0, "");
}
