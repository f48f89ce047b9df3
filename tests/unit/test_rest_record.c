/* Records of the REST interface make the same roster as the files. */
#include "roster_rig.h"

static struct roster_reading *reading;

static void begin(enum roster_format format)
{
	roster_set_init(&set);
	faults_init(&faults);
	reading = roster_reading_new(&set, format, NULL, &faults);
}

/* takes gives a record, in which ' stands for ". */
static void takes(const char *collection, const char *text, const char *source, uint64_t at)
{
	struct err e;
	char *copy = xstrdup(text);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *record = json_read(copy, strlen(copy), 8, &e);
	if (!record)
		FAIL("%s: %s", text, e.text);
	CHECK_INT(roster_reading_record(reading, collection, record, source, at), 0);
	json_decref(record);
	free(copy);
}

static void takes_school(void)
{
	takes("orgs",
	    "{'sourcedId':'d1','name':'D','type':'district','children':[{'sourcedId':'s1'}]}",
	    "/orgs", 1);
	takes("orgs",
	    "{'sourcedId':'s1','status':'active','name':'Green Hill','type':'school',"
	    "'identifier':'1234567','parent':{'href':'x','sourcedId':'d1','type':'org'}}",
	    "/orgs", 2);
	takes("academicSessions",
	    "{'sourcedId':'year','title':'2026','type':'schoolYear',"
	    "'startDate':'2026-01-14','endDate':'2026-12-09','schoolYear':'2026'}",
	    "/a", 1);
	takes("academicSessions",
	    "{'sourcedId':'term1','title':'T1','type':'term','startDate':'2026-01-14',"
	    "'endDate':'2026-03-27','parent':{'sourcedId':'year'}}",
	    "/a", 2);
	takes("courses",
	    "{'sourcedId':'k1','title':'Grade 8','courseCode':'G8','grades':['08'],"
	    "'schoolYear':{'sourcedId':'year'},'org':{'sourcedId':'d1'}}",
	    "/courses", 1);
	takes("classes",
	    "{'sourcedId':'c1','status':'active','title':'8B','classCode':'8B',"
	    "'classType':'homeroom','grades':['08','09'],'course':{'sourcedId':'k1'},"
	    "'school':{'sourcedId':'s1'},'terms':[{'sourcedId':'term1'},{'sourcedId':'year'}]}",
	    "/classes?offset=0", 1);
}

TEST("what JSON nests, references and lists, becomes the same record")
{
	begin(FORMAT_ONEROSTER_11);
	takes_school();
	takes("enrollments",
	    "{'sourcedId':'e1','role':'teacher','primary':'true','class':{'sourcedId':'c1'},"
	    "'user':{'sourcedId':'t1'},'school':{'sourcedId':'s1'}}",
	    "/e", 1);
	takes("enrollments",
	    "{'sourcedId':'e2','role':'student','primary':false,'class':{'sourcedId':'c1'},"
	    "'user':{'sourcedId':'l1'},'beginDate':'2026-01-20','endDate':'2026-06-30'}",
	    "/e", 2);
	takes("enrollments",
	    "{'sourcedId':'e3','status':'tobedeleted','role':'student',"
	    "'class':{'sourcedId':'c1'},'user':{'sourcedId':'l2'}}",
	    "/e", 3);
	takes("users",
	    "{'sourcedId':'t1','enabledUser':'true','orgs':[{'sourcedId':'s1'}],'role':'teacher',"
	    "'username':'dlamini','givenName':'Nomsa','familyName':'Dlamini'}",
	    "/u", 1);
	takes("users",
	    "{'sourcedId':'l1','enabledUser':false,'orgs':[{'sourcedId':'s1'},{'sourcedId':'d1'}],"
	    "'role':'student','username':' thabo.m ','givenName':'Thabo','familyName':'Mo\\nkoena',"
	    "'email':'thabo.m@s.example','grades':['08'],'password':'secret','phone':null}",
	    "/u", 2);
	CHECK_INT(roster_reading_end(reading), 0);
	list_faults();
	CHECK_STR(people("c1"), "T:t1 L:l1");
	const struct set_class *c = set.classes[0];
	CHECK_STR(c->grades, "08,09");
	CHECK_STR(c->school->parent->id, "d1");
	CHECK_INT(c->term_count, 2);
	CHECK_STR(c->terms[0]->parent->id, "year");
	CHECK_STR(c->course->year->id, "year");
	CHECK(enrolled("c1", "t1")->primary);
	CHECK_STR(day(enrolled("c1", "l1")->until_day), "2026-06-30");
	const struct set_person *p = roster_set_person(&set, "l1");
	CHECK(!p->enabled);
	CHECK_INT(p->school_count, 2);
	CHECK_STR(p->username, "thabo.m");
	CHECK_STR(p->family, "Mo koena");
	CHECK_INT(faults.count, 0);
	done();
}

TEST("in 1.2 the primary role of a user is what the person is")
{
	begin(FORMAT_ONEROSTER_12);
	takes_school();
	takes("enrollments",
	    "{'sourcedId':'e2','role':'student','class':{'sourcedId':'c1'},'user':{'sourcedId':'l1'"
	    "}}",
	    "/e", 1);
	takes("users",
	    "{'sourcedId':'l1','username':'a','givenName':'A','familyName':'B','enabledUser':'true'"
	    ","
	    "'primaryOrg':{'sourcedId':'s1'},'preferredGivenName':'Tebza',"
	    "'roles':[{'roleType':'secondary','role':'aide','org':{'sourcedId':'d1'}},"
	    "{'roleType':'primary','role':'student','org':{'sourcedId':'s1'}}]}",
	    "/u", 1);
	takes("users",
	    "{'sourcedId':'l2','username':'c','givenName':'C','familyName':'D',"
	    "'roles':[{'role':'student','org':{'sourcedId':'s1'}}]}",
	    "/u", 2);
	takes("users",
	    "{'sourcedId':'g1','username':'g','givenName':'G','familyName':'D',"
	    "'roles':[{'role':'guardian','org':{'sourcedId':'s1'}}]}",
	    "/u", 3);
	CHECK_INT(roster_reading_end(reading), 0);
	const struct set_person *p = roster_set_person(&set, "l1");
	CHECK_STR(p->given, "Tebza");
	CHECK_INT(p->role, PERSON_LEARNER);
	CHECK_STR(p->schools[0]->id, "s1");
	CHECK(roster_set_person(&set, "l2") && !roster_set_person(&set, "g1"));
	CHECK_INT(set.counts.learners, 2);
	done();
}

TEST("a fault in a record names the page and where in it")
{
	begin(FORMAT_ONEROSTER_11);
	takes_school();
	takes("classes", "{'sourcedId':'c2','classType':'scheduled','school':{'sourcedId':'s1'}}",
	    "/classes?offset=100", 101);
	takes("classes", "{'sourcedId':'c3','title':7,'classType':['odd'],'school':'s1'}",
	    "/classes?offset=100", 102);
	takes("enrollments",
	    "{'sourcedId':'e1','role':'student','class':{'sourcedId':'c1'},'user':{'sourcedId':'"
	    "nobody'}}",
	    "/e", 9);
	takes("enrollments", "{'sourcedId':'e2','role':'student','class':{},'user':[]}", "/e", 10);
	takes("users", "[]", "/u", 1);
	takes("users", "{'sourcedId':'l1','role':'student'}", "/u", 2);
	CHECK_INT(roster_reading_end(reading), 0);
	list_faults();
	is_told("missing_value", FAULT_ERROR, "/classes?offset=100", 101, "title", "");
	is_told("bad_reference", FAULT_ERROR, "/e", 9, "userSourcedId", "nobody");
	CHECK(!roster_set_class(&set, "c2"));
	CHECK(roster_set_person(&set, "l1"));
	done();
}

/* takes_learners: l1 and l2 in c1, but for what a test says of l2. */
static void takes_learners(const char *enrolment, const char *user)
{
	begin(FORMAT_ONEROSTER_11);
	takes_school();
	takes("enrollments",
	    "{'sourcedId':'e1','role':'student','class':{'sourcedId':'c1'},"
	    "'user':{'sourcedId':'l1'}}",
	    "/e", 1);
	takes("enrollments", enrolment, "/e", 2);
	takes("users", "{'sourcedId':'l1','role':'student'}", "/u", 1);
	takes("users", user, "/u", 2);
	CHECK_INT(roster_reading_end(reading), 0);
	list_faults();
}

TEST("a record that has to be dropped protects whom it was of, as a row of a file does")
{
	static const char enrolled[] = "{'sourcedId':'e2','role':'student',"
				       "'class':{'sourcedId':'c1'},'user':{'sourcedId':'l2'}}";
	static const char learner[] = "{'sourcedId':'l2','role':'student'}";
	takes_learners("{'sourcedId':'e2','role':null,'class':{'sourcedId':'c1'},"
		       "'user':{'sourcedId':'l2'}}",
	    learner);
	CHECK_STR(missing("c1"), "anybody 0:");
	is_told("missing_value", FAULT_ERROR, "/e", 2, "role", "");
	done();
	takes_learners("{'sourcedId':'e2','role':'student','class':{'sourcedId':'c1'}}", learner);
	CHECK_STR(missing("c1"), "anybody 0:");
	is_told("missing_value", FAULT_ERROR, "/e", 2, "userSourcedId", "");
	done();
	takes_learners(enrolled, "{'role':'student','givenName':'Anna'}");
	CHECK_STR(missing("c1"), "anybody 1:l2");
	CHECK_STR(missing(NULL), "anybody 1:l2");
	done();
	takes_learners(enrolled, "{'sourcedId':'l2','givenName':'Anna'}");
	CHECK_STR(missing("c1"), "1:l2");
	is_told("missing_value", FAULT_ERROR, "/u", 2, "role", "");
	done();
	takes_learners(enrolled, learner);
	CHECK_STR(missing("c1"), "0:");
	done();
}

TEST("a collection that is not a roster's is the caller's mistake")
{
	begin(FORMAT_ONEROSTER_11);
	json_t *record = json_object();
	CHECK_INT(roster_reading_record(reading, "results", record, "/r", 1), ERR_USAGE);
	CHECK_INT(roster_reading_record(reading, "user", record, "/r", 1), ERR_USAGE);
	json_decref(record);
	roster_reading_free(reading);
	done();
}

TEST("a provider of which nothing can be used is refused like a set of files")
{
	begin(FORMAT_ONEROSTER_11);
	CHECK_INT(roster_reading_end(reading), ERR_INPUT);
	CHECK_STR(faults.at[0].word, "nothing_left");
	done();
	begin(FORMAT_ONEROSTER_11);
	takes_school();
	CHECK_INT(roster_reading_end(reading), ERR_INPUT);
	done();
}
