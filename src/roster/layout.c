/*
 * layout - see layout.h. Where versions of a format differ only in what one of them lacks,
 * they share a table; two headings of one field are two names for the same thing.
 */
#include "layout.h"

#include <strings.h>

/* ---- OneRoster, and SDS v2 which took its words ---- */

#define KEY	 "sourcedId", F_ID, NEEDED
#define STATUS	 "status", F_STATUS, MAY
#define MODIFIED "dateLastModified", F_MODIFIED, MAY

static const struct heading orgs[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"name", F_NAME, EXPECTED},
    {"type", F_TYPE, EXPECTED},
    {"identifier", F_IDENTIFIER, MAY},
    {"parentSourcedId", F_PARENT, MAY},
    {0},
};

static const struct heading sessions[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"title", F_NAME, EXPECTED},
    {"type", F_TYPE, EXPECTED},
    {"startDate", F_FROM, EXPECTED},
    {"endDate", F_UNTIL, EXPECTED},
    {"parentSourcedId", F_PARENT, MAY},
    {"schoolYear", F_NONE, MAY},
    {0},
};

static const struct heading courses[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"schoolYearSourcedId", F_YEAR, MAY},
    {"title", F_NAME, EXPECTED},
    {"courseCode", F_CODE, MAY},
    {"code", F_CODE, MAY},
    {"grades", F_GRADES, MAY},
    {"grade", F_GRADES, MAY},
    {"orgSourcedId", F_ORG, MAY},
    {"subjects", F_NONE, MAY},
    {"subject", F_NONE, MAY},
    {"subjectCodes", F_NONE, MAY},
    {0},
};

static const struct heading classes[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"title", F_NAME, NEEDED},
    {"grades", F_GRADES, MAY},
    {"grade", F_GRADES, MAY},
    {"courseSourcedId", F_COURSE, EXPECTED},
    {"classCode", F_CODE, MAY},
    {"classType", F_TYPE, EXPECTED},
    {"location", F_LOCATION, MAY},
    {"schoolSourcedId", F_ORG, NEEDED},
    {"termSourcedIds", F_TERMS, EXPECTED},
    {"termSourcedId", F_TERMS, EXPECTED},
    {"subjects", F_NONE, MAY},
    {"subject", F_NONE, MAY},
    {"subjectCodes", F_NONE, MAY},
    {"periods", F_NONE, MAY},
    {0},
};

static const struct heading sds_classes[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"orgSourcedId", F_ORG, NEEDED},
    {"title", F_NAME, NEEDED},
    {"sessionSourcedIds", F_TERMS, MAY},
    {"courseSourcedId", F_COURSE, MAY},
    {"code", F_CODE, MAY},
    {0},
};

static const struct heading enrollments[] = {
    {"sourcedId", F_ID, EXPECTED},
    {STATUS},
    {MODIFIED},
    {"classSourcedId", F_CLASS, NEEDED},
    {"schoolSourcedId", F_ORG, MAY},
    {"courseSourcedId", F_NONE, MAY},
    {"userSourcedId", F_PERSON, NEEDED},
    {"role", F_ROLE, NEEDED},
    {"primary", F_PRIMARY, MAY},
    {"beginDate", F_FROM, MAY},
    {"endDate", F_UNTIL, MAY},
    {0},
};

static const struct heading sds_enrollments[] = {
    {"sourcedId", F_ID, MAY},
    {"classSourcedId", F_CLASS, NEEDED},
    {"userSourcedId", F_PERSON, NEEDED},
    {"role", F_ROLE, NEEDED},
    {0},
};

static const struct heading users[] = {
    {KEY},
    {STATUS},
    {MODIFIED},
    {"enabledUser", F_ENABLED, MAY},
    {"orgSourcedIds", F_ORG, MAY},
    {"primaryOrgSourcedId", F_ORG, MAY},
    {"role", F_ROLE, MAY},
    {"username", F_USERNAME, EXPECTED},
    {"userIds", F_NONE, MAY},
    {"userId", F_NONE, MAY},
    {"userMasterIdentifier", F_NONE, MAY},
    {"givenName", F_GIVEN, EXPECTED},
    {"familyName", F_FAMILY, EXPECTED},
    {"middleName", F_NONE, MAY},
    {"preferredGivenName", F_CALLED_GIVEN, MAY},
    {"preferredMiddleName", F_NONE, MAY},
    {"preferredFamilyName", F_CALLED_FAMILY, MAY},
    {"identifier", F_IDENTIFIER, MAY},
    {"activeDirectoryMatchId", F_ACCOUNT, MAY},
    {"email", F_EMAIL, MAY},
    {"sms", F_NONE, MAY},
    {"phone", F_NONE, MAY},
    {"agentSourcedIds", F_NONE, MAY},
    {"agents", F_NONE, MAY},
    {"grades", F_GRADES, MAY},
    {"grade", F_GRADES, MAY},
    {"password", F_NONE, MAY},
    {"pronouns", F_NONE, MAY},
    {0},
};

static const struct heading roles[] = {
    {"sourcedId", F_ID, MAY},
    {STATUS},
    {MODIFIED},
    {"userSourcedId", F_PERSON, NEEDED},
    {"roleType", F_PRIMARY, MAY},
    {"role", F_ROLE, NEEDED},
    {"beginDate", F_NONE, MAY},
    {"endDate", F_NONE, MAY},
    {"orgSourcedId", F_ORG, EXPECTED},
    {"userProfileSourcedId", F_NONE, MAY},
    {"sessionSourcedId", F_NONE, MAY},
    {"grade", F_GRADES, MAY},
    {"isPrimary", F_PRIMARY, MAY},
    {"roleStartDate", F_NONE, MAY},
    {"roleEndDate", F_NONE, MAY},
    {0},
};

static const struct shape oneroster_11[] = {
    {"orgs.csv", RECORD_ORG, NEEDED, NULL, orgs, F_NONE, false},
    {"academicSessions.csv", RECORD_SESSION, EXPECTED, NULL, sessions, F_NONE, false},
    {"courses.csv", RECORD_COURSE, EXPECTED, NULL, courses, F_NONE, false},
    {"classes.csv", RECORD_CLASS, NEEDED, NULL, classes, F_NONE, false},
    {"enrollments.csv", RECORD_ENROLMENT, NEEDED, NULL, enrollments, F_NONE, false},
    {"users.csv", RECORD_PERSON, NEEDED, NULL, users, F_ROLE, false},
    {0},
};

static const struct shape oneroster_12[] = {
    {"orgs.csv", RECORD_ORG, NEEDED, NULL, orgs, F_NONE, false},
    {"academicSessions.csv", RECORD_SESSION, EXPECTED, NULL, sessions, F_NONE, false},
    {"courses.csv", RECORD_COURSE, EXPECTED, NULL, courses, F_NONE, false},
    {"classes.csv", RECORD_CLASS, NEEDED, NULL, classes, F_NONE, false},
    {"enrollments.csv", RECORD_ENROLMENT, NEEDED, NULL, enrollments, F_NONE, false},
    {"roles.csv", RECORD_ROLE, NEEDED, NULL, roles, F_NONE, false},
    {"users.csv", RECORD_PERSON, NEEDED, NULL, users, F_NONE, false},
    {0},
};

static const struct shape sds_2[] = {
    {"orgs.csv", RECORD_ORG, NEEDED, NULL, orgs, F_NONE, false},
    {"classes.csv", RECORD_CLASS, NEEDED, NULL, sds_classes, F_NONE, false},
    {"enrollments.csv", RECORD_ENROLMENT, NEEDED, NULL, sds_enrollments, F_NONE, false},
    {"users.csv", RECORD_PERSON, NEEDED, NULL, users, F_ROLE, false},
    {0},
};

static const struct shape sds_21[] = {
    {"orgs.csv", RECORD_ORG, NEEDED, NULL, orgs, F_NONE, false},
    {"academicSessions.csv", RECORD_SESSION, MAY, NULL, sessions, F_NONE, false},
    {"courses.csv", RECORD_COURSE, MAY, NULL, courses, F_NONE, false},
    {"classes.csv", RECORD_CLASS, NEEDED, NULL, sds_classes, F_NONE, false},
    {"enrollments.csv", RECORD_ENROLMENT, NEEDED, NULL, sds_enrollments, F_NONE, false},
    {"roles.csv", RECORD_ROLE, NEEDED, NULL, roles, F_NONE, false},
    {"users.csv", RECORD_PERSON, NEEDED, NULL, users, F_NONE, false},
    {0},
};

/* ---- SDS v1, with US and UK headings ---- */

/* Each key by its US and its UK heading. */
static const struct heading sds_school[] = {
    {"SIS ID", F_ID, NEEDED},
    {"DfE Number", F_ID, NEEDED},
    {"Name", F_NAME, EXPECTED},
    {"School Number", F_IDENTIFIER, MAY},
    {0},
};

static const struct heading sds_section[] = {
    {"SIS ID", F_ID, NEEDED},
    {"ID", F_ID, NEEDED},
    {"School SIS ID", F_ORG, NEEDED},
    {"School DfE Number", F_ORG, NEEDED},
    {"Section Name", F_NAME, NEEDED},
    {"Section Number", F_CODE, MAY},
    {"Term SIS ID", F_TERMS, MAY},
    {"Term ID", F_TERMS, MAY},
    {"Term Name", F_TERM_NAME, MAY},
    {"Term StartDate", F_FROM, MAY},
    {"Term EndDate", F_UNTIL, MAY},
    {"Course SIS ID", F_COURSE, MAY},
    {"Course ID", F_COURSE, MAY},
    {"Course Name", F_COURSE_NAME, MAY},
    {"Course Number", F_COURSE_CODE, MAY},
    {"Status", F_STATUS, MAY},
    {0},
};

static const struct heading sds_person[] = {
    {"SIS ID", F_ID, NEEDED},
    {"ID", F_ID, NEEDED},
    {"School SIS ID", F_ORG, NEEDED},
    {"School DfE Number", F_ORG, NEEDED},
    {"Username", F_USERNAME, EXPECTED},
    {"First Name", F_GIVEN, MAY},
    {"Last Name", F_FAMILY, MAY},
    {"Student Number", F_IDENTIFIER, MAY},
    {"Teacher Number", F_IDENTIFIER, MAY},
    {"Grade", F_GRADES, MAY},
    {"Status", F_STATUS, MAY},
    {0},
};

static const struct heading sds_roster[] = {
    {"Section SIS ID", F_CLASS, NEEDED},
    {"Section ID", F_CLASS, NEEDED},
    {"SIS ID", F_PERSON, NEEDED},
    {"ID", F_PERSON, NEEDED},
    {0},
};

static const struct shape sds_1[] = {
    {"School.csv", RECORD_ORG, NEEDED, NULL, sds_school, F_NONE, true},
    {"Section.csv", RECORD_CLASS, NEEDED, NULL, sds_section, F_NONE, true},
    {"TeacherRoster.csv", RECORD_ENROLMENT, NEEDED, "teacher", sds_roster, F_NONE, true},
    {"StudentEnrollment.csv", RECORD_ENROLMENT, NEEDED, "student", sds_roster, F_NONE, true},
    {"Teacher.csv", RECORD_PERSON, NEEDED, "teacher", sds_person, F_NONE, true},
    {"Student.csv", RECORD_PERSON, NEEDED, "student", sds_person, F_NONE, true},
    {0},
};

/* ---- Insights, without headings: the order is the columns' ---- */

#define SKIPPED "-", F_NONE, MAY

static const struct heading insights_codes[] = {
    {"Id", F_ID, NEEDED},
    {"Code", F_NAME, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {0},
};

static const struct heading insights_orgs[] = {
    {"Id", F_ID, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {"Name", F_NAME, EXPECTED},
    {"RefOrganizationTypeId", F_TYPE, MAY},
    {SKIPPED},
    {"Identifier", F_IDENTIFIER, MAY},
    {"ParentOrganizationId", F_PARENT, MAY},
    {0},
};

static const struct heading insights_sessions[] = {
    {"Id", F_ID, NEEDED},
    {"EndDate", F_UNTIL, EXPECTED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {"Name", F_NAME, MAY},
    {SKIPPED},
    {"RefSessionTypeId", F_TYPE, MAY},
    {SKIPPED},
    {"StartDate", F_FROM, EXPECTED},
    {"ParentSessionId", F_PARENT, MAY},
    {0},
};

static const struct heading insights_courses[] = {
    {"Id", F_ID, NEEDED},
    {"AcademicYearSessionId", F_YEAR, MAY},
    {SKIPPED},
    {SKIPPED},
    {"IsActiveInSession", F_STATUS, MAY},
    {SKIPPED},
    {"Name", F_NAME, EXPECTED},
    {"OrganizationId", F_ORG, MAY},
    {SKIPPED},
    {0},
};

static const struct heading insights_sections[] = {
    {"Id", F_ID, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {"Name", F_NAME, NEEDED},
    {"OrganizationId", F_ORG, NEEDED},
    {SKIPPED},
    {"Code", F_CODE, MAY},
    {"CourseId", F_COURSE, MAY},
    {0},
};

static const struct heading insights_section_sessions[] = {
    {SKIPPED},
    {SKIPPED},
    {"IsActiveInSession", F_STATUS, MAY},
    {SKIPPED},
    {"SectionId", F_CLASS, NEEDED},
    {"SessionId", F_TERMS, NEEDED},
    {0},
};

static const struct heading insights_enrollments[] = {
    {"Id", F_ID, EXPECTED},
    {SKIPPED},
    {SKIPPED},
    {"IsActiveInSession", F_STATUS, MAY},
    {SKIPPED},
    {"PersonId", F_PERSON, NEEDED},
    {"RefSectionRoleId", F_ROLE, NEEDED},
    {"SectionId", F_CLASS, NEEDED},
    {SKIPPED},
    {"EntryDate", F_FROM, MAY},
    {"ExitDate", F_UNTIL, MAY},
    {"IsPrimaryStaffForSection", F_PRIMARY, MAY},
    {0},
};

static const struct heading insights_roles[] = {
    {SKIPPED},
    {SKIPPED},
    {SKIPPED},
    {"IsActiveInSession", F_STATUS, MAY},
    {SKIPPED},
    {"OrganizationId", F_ORG, MAY},
    {"PersonId", F_PERSON, NEEDED},
    {"RefRoleId", F_ROLE, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {"IsPrimary", F_PRIMARY, MAY},
    {"RefGradeLevelId", F_GRADES, MAY},
    {SKIPPED},
    {SKIPPED},
    {0},
};

static const struct heading insights_people[] = {
    {"Id", F_ID, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {"GivenName", F_GIVEN, EXPECTED},
    {SKIPPED},
    {"PreferredGivenName", F_CALLED_GIVEN, MAY},
    {SKIPPED},
    {"PreferredSurname", F_CALLED_FAMILY, MAY},
    {"Surname", F_FAMILY, EXPECTED},
    {0},
};

static const struct heading insights_addresses[] = {
    {SKIPPED},
    {"EmailAddress", F_EMAIL, NEEDED},
    {SKIPPED},
    {"PersonId", F_PERSON, NEEDED},
    {SKIPPED},
    {SKIPPED},
    {0},
};

static const struct shape insights[] = {
    {"RefDefinition.csv", RECORD_CODE, NEEDED, NULL, insights_codes, F_NONE, true},
    {"Organization.csv", RECORD_ORG, NEEDED, NULL, insights_orgs, F_NONE, true},
    {"Session.csv", RECORD_SESSION, EXPECTED, NULL, insights_sessions, F_NONE, true},
    {"Course.csv", RECORD_COURSE, EXPECTED, NULL, insights_courses, F_NONE, true},
    {"Section.csv", RECORD_CLASS, NEEDED, NULL, insights_sections, F_NONE, true},
    {"SectionSession.csv", RECORD_CLASS_TERM, EXPECTED, NULL, insights_section_sessions, F_NONE,
	true},
    {"Enrollment.csv", RECORD_ENROLMENT, NEEDED, NULL, insights_enrollments, F_NONE, true},
    {"PersonOrganizationRole.csv", RECORD_ROLE, NEEDED, NULL, insights_roles, F_NONE, true},
    {"Person.csv", RECORD_PERSON, NEEDED, NULL, insights_people, F_NONE, true},
    {"PersonEmailAddress.csv", RECORD_ADDRESS, EXPECTED, NULL, insights_addresses, F_NONE, true},
    {0},
};

static const struct layout layouts[] = {
    [FORMAT_ONEROSTER_10] = {FORMAT_ONEROSTER_10, false, oneroster_11},
    [FORMAT_ONEROSTER_11] = {FORMAT_ONEROSTER_11, false, oneroster_11},
    [FORMAT_ONEROSTER_12] = {FORMAT_ONEROSTER_12, false, oneroster_12},
    [FORMAT_SDS_1] = {FORMAT_SDS_1, false, sds_1},
    [FORMAT_SDS_1_UK] = {FORMAT_SDS_1_UK, false, sds_1},
    [FORMAT_SDS_2] = {FORMAT_SDS_2, false, sds_2},
    [FORMAT_SDS_21] = {FORMAT_SDS_21, false, sds_21},
    [FORMAT_INSIGHTS] = {FORMAT_INSIGHTS, true, insights},
};

const struct layout *layout_of(enum roster_format f)
{
	return &layouts[f];
}

const struct heading *layout_heading(const struct shape *s, const char *name)
{
	for (const struct heading *h = s->headings; h->name; h++)
		if (strcasecmp(h->name, name) == 0)
			return h;
	return NULL;
}

const char *roster_format_name(enum roster_format f)
{
	static const char *const names[] = {
	    [FORMAT_NONE] = "",
	    [FORMAT_ONEROSTER_10] = "OneRoster 1.0",
	    [FORMAT_ONEROSTER_11] = "OneRoster 1.1",
	    [FORMAT_ONEROSTER_12] = "OneRoster 1.2",
	    [FORMAT_SDS_1] = "SDS v1",
	    [FORMAT_SDS_1_UK] = "SDS v1 (UK headings)",
	    [FORMAT_SDS_2] = "SDS v2",
	    [FORMAT_SDS_21] = "SDS v2.1",
	    [FORMAT_INSIGHTS] = "Microsoft Insights",
	};
	return names[f];
}
