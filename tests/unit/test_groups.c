/* Which groups of a roster become classes, and what the register then has of each. */
#include <stdlib.h>

#include "group_int.h"
#include "set_rig.h"

static struct faults faults;
static struct groups_told told;
static json_t *made;		/* class id -> class object */
static json_t *digests;		/* class id -> digest */
static char order[1024];	/* the ids, as they came */

static int take(void *ctx, const struct group *g)
{
	(void)ctx;
	size_t used = strlen(order);
	(void)!snprintf(order + used, sizeof order - used, "%s%s", used ? " " : "", g->id);
	json_object_set_new(made, g->id, json_loads(g->text, 0, NULL));
	json_object_set_new(digests, g->id, json_string(g->digest));
	CHECK_INT(strlen(g->text), g->length);
	return 0;
}

static struct group_rules plain_rules(void)
{
	return (struct group_rules){.source = "", .org = "", .staff_domain = "", .year = "2020",
	    .today = day("2026-11-22")};
}

static void group_by(struct group_rules rules)
{
	set_ready();
	json_decref(made);
	json_decref(digests);
	made = json_object();
	digests = json_object();
	order[0] = '\0';
	faults_clear(&faults);
	faults_init(&faults);
	CHECK_INT(roster_groups(&set, &rules, &faults, &told, take, NULL), 0);
}

static void group(void)
{
	group_by(plain_rules());
}

static void end(void)
{
	json_decref(made);
	json_decref(digests);
	made = digests = NULL;
	faults_clear(&faults);
	set_end();
}

static const char *of(const char *class, const char *key)
{
	return json_text_or(json_map(made, class), key, "(none)");
}

static json_t *nth(const char *class, const char *list, size_t n)
{
	return json_array_get(json_list(json_map(made, class), list), n);
}

static bool is_owner(const char *class, size_t n)
{
	return json_bool(nth(class, "teachers", n), "owner", true);
}

/* ---- kinds ---- */

TEST("a home-room becomes a registration group, a scheduled class a teaching group")
{
	set_begin();
	class_in("c1", "8B", term)->homeroom = true;
	class_in("c2", "2S/DT1", term);
	group();
	CHECK_STR(of("c1", "kind"), "registration");
	CHECK_STR(of("c2", "kind"), "teaching");
	CHECK_STR(of("c2", "group"), "2S/DT1");
	CHECK_STR(of("c2", "name"), "2S/DT1");
	CHECK_STR(of("c2", "source"), "roster");
	CHECK_INT(told.made[GROUP_REGISTRATION], 1);
	CHECK_INT(told.made[GROUP_TEACHING], 1);
	end();
}

TEST("year groups are made of the learners' grades, however these are written")
{
	set_begin();
	person("l1", PERSON_LEARNER)->grades = "09";
	person("l2", PERSON_LEARNER)->grades = "9";
	person("l3", PERSON_LEARNER)->grades = "ps1";
	person("l4", PERSON_LEARNER)->grades = "PS1, 9";
	person("l5", PERSON_LEARNER)->grades = "";
	person("t1", PERSON_TEACHER)->grades = "09";
	group();
	CHECK_STR(order, "year-9-2026 year-PS1-2026");
	CHECK_INT(json_array_size(json_list(json_map(made, "year-9-2026"), "learners")), 3);
	CHECK_INT(json_array_size(json_list(json_map(made, "year-PS1-2026"), "learners")), 2);
	CHECK_STR(of("year-9-2026", "kind"), "year");
	CHECK_STR(of("year-9-2026", "group"), "9");
	CHECK_STR(of("year-9-2026", "name"), "Year 9");
	CHECK_STR(of("year-9-2026", "starts"), "2026-08-15");
	end();
}

TEST("a source without teaching groups gives none, whatever is in its files")
{
	set_begin();
	class_in("c1", "8B", term)->homeroom = true;
	class_in("c2", "Maths", term);
	struct group_rules rules = plain_rules();
	rules.source = "ScholarPack";
	group_by(rules);
	CHECK_STR(order, "c1");
	CHECK_INT(told.not_extracted, 1);
	end();
}

/* ---- years ---- */

TEST("a class carries the year in which its school year starts, and the days of that")
{
	set_begin();
	class_in("c1", "5L", term);
	group();
	CHECK_STR(of("c1", "year"), "2026");
	CHECK_STR(of("c1", "starts"), "2026-08-15");
	CHECK_STR(of("c1", "ends"), "2027-06-10");
	end();
}

TEST("a January school year has the same calendar year")
{
	roster_set_init(&set);
	school = NULL;
	struct set_session *y = session("y", "schoolYear", "2026-01-14", "2026-12-09", NULL);
	class_in("c1", "5L", y);
	group();
	CHECK_STR(of("c1", "year"), "2026");
	end();
}

TEST("without any session the school's own year is taken")
{
	roster_set_init(&set);
	school = NULL;
	class_in("c1", "5L", NULL);
	group();
	CHECK_STR(of("c1", "year"), "2020");
	CHECK_STR(of("c1", "starts"), "(none)");
	end();
}

TEST("classes of another year are left out and counted, and a year that is over is told of")
{
	set_begin();
	class_in("c1", "8B", term);
	class_in("c2", "9B", session("y27", "schoolYear", "2027-08-15", "2028-06-10", NULL));
	group();
	CHECK_STR(order, "c1");
	CHECK_INT(told.other_years, 1);
	CHECK_INT(faults.of[FAULT_WARNING], 0);
	struct group_rules rules = plain_rules();
	rules.today = day("2027-07-01");
	group_by(rules);
	CHECK_INT(faults.of[FAULT_WARNING], 1);
	CHECK_STR(faults.at[0].word, "year_does_not_run");
	end();
}

/* ---- people ---- */

TEST("the register has of a learner what an account can be found by, and no more")
{
	set_begin();
	struct set_class *c = class_in("c1", "8B", term);
	struct set_person *p = enrol(c, "l1", ENROLLED_LEARNER);
	p->identifier = "910000000";
	p->username = "thabo.m";
	enrol(c, "a1", ENROLLED_STAFF);
	group();
	char *text = json_write(json_list(json_map(made, "c1"), "learners"));
	CHECK_STR(text, "[{\"id\":\"l1\",\"name\":\"Thabo Mokoena\",\"email\":\"l1@school.example\","
			"\"employee_id\":\"910000000\",\"username\":\"thabo.m\"}]");
	free(text);
	CHECK_INT(told.members, 1);
	end();
}

TEST("late joiners and leavers have their days, and days that say what the term says are left out")
{
	set_begin();
	struct set_class *c = class_in("c1", "8B", term);
	enrol(c, "l1", ENROLLED_LEARNER);
	enrol(c, "l2", ENROLLED_LEARNER);
	c->people[0].from_day = day("2026-08-15");
	c->people[0].until_day = day("2027-06-10");
	c->people[1].from_day = day("2026-10-01");
	c->people[1].until_day = day("2027-02-01");
	group();
	CHECK(!json_text(nth("c1", "learners", 0), "from"));
	CHECK(!json_text(nth("c1", "learners", 0), "until"));
	CHECK_STR(json_text(nth("c1", "learners", 1), "from"), "2026-10-01");
	CHECK_STR(json_text(nth("c1", "learners", 1), "until"), "2027-02-01");
	end();
}

TEST("who is switched off is in no class, and counted")
{
	set_begin();
	struct set_class *c = class_in("c1", "8B", term);
	enrol(c, "l1", ENROLLED_LEARNER)->enabled = false;
	enrol(c, "l2", ENROLLED_LEARNER);
	struct set_person *off = person("l3", PERSON_LEARNER);
	off->grades = "8";
	off->enabled = false;
	group();
	CHECK_INT(json_array_size(json_list(json_map(made, "c1"), "learners")), 1);
	CHECK_INT(told.disabled, 1);
	CHECK_STR(order, "c1");
	end();
}

/* ---- owners ---- */

static struct set_class *class_of_two(void)
{
	struct set_class *c = class_in("c1", "Maths", term);
	enrol(c, "t1", ENROLLED_TEACHER);
	enrol(c, "t2", ENROLLED_TEACHER);
	return c;
}

TEST("a teaching group of two teachers has one owner, the first by id")
{
	set_begin();
	class_of_two();
	group();
	CHECK_STR(json_text(nth("c1", "teachers", 0), "id"), "t1");
	CHECK(is_owner("c1", 0));
	CHECK(!is_owner("c1", 1));
	end();
}

TEST("the teacher marked primary is the owner, and stands first")
{
	set_begin();
	class_of_two()->people[1].primary = true;
	group();
	CHECK_STR(json_text(nth("c1", "teachers", 0), "id"), "t2");
	CHECK(json_bool(nth("c1", "teachers", 0), "primary", false));
	CHECK(is_owner("c1", 0));
	CHECK(!is_owner("c1", 1));
	end();
}

TEST("a teacher who has no address is not the owner while another has one")
{
	set_begin();
	class_of_two()->people[0].person->email = "";
	group();
	CHECK_STR(json_text(nth("c1", "teachers", 0), "id"), "t2");
	end();
}

TEST("with SEEMiS all staff of a teaching group are owners")
{
	set_begin();
	class_of_two();
	struct group_rules rules = plain_rules();
	rules.source = "seemis";
	group_by(rules);
	CHECK(is_owner("c1", 0));
	CHECK(is_owner("c1", 1));
	end();
}

TEST("a teacher's address is made of the username where the roster has none")
{
	set_begin();
	struct set_class *c = class_of_two();
	c->people[0].person->email = c->people[1].person->email = "";
	c->people[0].person->username = "CBeane";
	c->people[1].person->username = "dtodd@other.example";
	struct group_rules rules = plain_rules();
	rules.staff_domain = "school.example";
	group_by(rules);
	CHECK_STR(json_text(nth("c1", "teachers", 0), "email"), "CBeane@school.example");
	CHECK_STR(json_text(nth("c1", "teachers", 1), "email"), "dtodd@other.example");
	end();
}

TEST("classes without a teacher or a learner are counted, and are groups all the same")
{
	set_begin();
	class_in("c1", "Maths", term);
	group();
	CHECK_STR(order, "c1");
	CHECK_INT(told.without_teacher, 1);
	CHECK_INT(told.without_learner, 1);
	end();
}

/* ---- what is left out ---- */

TEST("exclusion rules name classes by pattern, kind and grade, whatever the case of letters")
{
	set_begin();
	class_in("c1", "BUSY: hall", term);
	class_in("c2", "dept meeting 4", term);
	class_in("c3", "8B", term)->homeroom = true;
	class_in("c4", "Maths", term)->grades = "07";
	class_in("c5", "English", term)->grades = "08,09";
	person("l1", PERSON_LEARNER)->grades = "7";
	struct group_rules rules = plain_rules();
	json_t *exclude = json_loads(
	    "{\"names\":[\"busy:*\",\"Dept Meeting*\"],\"kinds\":[\"registration\"],\"grades\":[\"7\"]}",
	    0, NULL);
	rules.exclude = exclude;
	group_by(rules);
	CHECK_STR(order, "c5");
	CHECK_INT(told.excluded, 5);
	json_decref(exclude);
	end();
}

TEST("of a district only the school that is wanted is taken, by its id or its identifier")
{
	set_begin();
	class_in("c1", "8B", term);
	person("l1", PERSON_LEARNER)->grades = "8";
	struct set_org *other = roster_set_add_org(&set, "s2");
	class_in("c2", "8C", term)->school = other;
	struct group_rules rules = plain_rules();
	rules.org = "1001";
	group_by(rules);
	CHECK_STR(order, "c1");
	CHECK_INT(told.other_schools, 1);
	rules.org = "s2";
	group_by(rules);
	CHECK_STR(order, "c2");
	end();
}

/* ---- ids and digests ---- */

TEST("an id that no class may have becomes x and sixteen digits of its hash, the same each time")
{
	char id[GROUP_ID_ROOM], again[GROUP_ID_ROOM], longest[202];
	group_id("5f527fae-87d3", id);
	CHECK_STR(id, "5f527fae-87d3");
	group_id("a:b", id);
	CHECK_INT(strlen(id), 17);
	CHECK(id[0] == 'x');
	group_id("a:b", again);
	CHECK_STR(id, again);
	group_id("a\tb", again);
	CHECK(again[0] == 'x' && strcmp(id, again) != 0);
	memset(longest, 'a', 201);
	longest[201] = '\0';
	group_id(longest, id);
	CHECK_INT(strlen(id), 17);
	longest[200] = '\0';
	group_id(longest, id);
	CHECK_STR(id, longest);
}

TEST("a digest changes with the people of a class, and with nothing else")
{
	set_begin();
	struct set_class *c = class_in("c1", "8B", term);
	enrol(c, "l2", ENROLLED_LEARNER);
	enrol(c, "l1", ENROLLED_LEARNER);
	group();
	char *before = xstrdup(json_text(digests, "c1"));
	end();
	set_begin();
	c = class_in("c1", "8B", term);
	enrol(c, "l1", ENROLLED_LEARNER);
	enrol(c, "l2", ENROLLED_LEARNER);
	c->location = "Hall";
	group();
	CHECK_STR(json_text(digests, "c1"), before);
	enrol(c, "l3", ENROLLED_LEARNER);
	group();
	CHECK(strcmp(json_text(digests, "c1"), before) != 0);
	free(before);
	end();
}

static int refuse(void *ctx, const struct group *g)
{
	(void)ctx;
	(void)g;
	return ERR_LOST;
}

TEST("who takes the groups may end it")
{
	set_begin();
	class_in("c1", "8B", term);
	set_ready();
	struct group_rules rules = plain_rules();
	CHECK_INT(roster_groups(&set, &rules, &faults, &told, refuse, NULL), ERR_LOST);
	end();
}
