/* Which groups of a roster become classes. */
#include "groups_rig.h"

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
	json_t *exclude = json_loads("{\"names\":[\"busy:*\",\"Dept "
				     "Meeting*\"],\"kinds\":[\"registration\"],\"grades\":[\"7\"]}",
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

TEST("a class that seems to be of another year stays as it was where a row of its terms, or of the "
     "sessions, was dropped, and the rules want it")
{
	set_begin();
	struct set_session *before = session("y25", "schoolYear", "2025-08-15", "2026-06-10", NULL);
	struct set_class *c = class_in("c2", "9B", before);
	class_in("c1", "8B", term);
	class_in("c3", "BUSY", before)->term_unread = true;
	class_in("c4", "9C", before);
	json_t *exclude = json_loads("{\"names\":[\"BUSY\"]}", 0, NULL);
	struct group_rules rules = plain_rules();
	rules.exclude = exclude;
	c->term_unread = true;
	group_by(rules);
	CHECK_STR(order, "c1 c2");
	CHECK_INT(told.other_years, 3);
	set.unread.sessions = true;
	group_by(rules);
	CHECK_STR(order, "c1 c2 c4");
	json_decref(exclude);
	end();
}

TEST("whoever is in a class that nobody can tell is missing from all classes, and from no year "
     "group")
{
	set_begin();
	class_in("c1", "8B", term);
	set.missing = (struct set_missing){0};
	person("l1", PERSON_LEARNER)->grades = "8";
	store_miss(set.store, &set.astray, "l7");
	store_miss(set.store, &roster_set_class(&set, "c1")->missing, "l8");
	store_miss(set.store, &roster_set_class(&set, "c1")->missing, "l7");
	group();
	CHECK_INT(json_array_size(json_list(json_map(made, "c1"), "missing")), 2);
	CHECK_STR(json_string_value(nth("c1", "missing", 0)), "l7");
	CHECK_STR(json_string_value(nth("c1", "missing", 1)), "l8");
	CHECK(!json_object_get(json_map(made, "year-8-2026"), "missing"));
	CHECK(!json_object_get(json_map(made, "c1"), "incomplete"));
	set.astray.anybody = true;
	group();
	CHECK(json_bool(json_map(made, "c1"), "incomplete", false));
	CHECK(!json_object_get(json_map(made, "year-8-2026"), "incomplete"));
	end();
}

TEST("a learner of whom nobody knows the school is missing from the year groups of the one that is "
     "wanted")
{
	set_begin();
	struct group_rules rules = plain_rules();
	struct set_org *other = roster_set_add_org(&set, "s2");
	struct set_person *p[4];
	static const char *const ids[] = {"l1", "l2", "l3", "l4"};
	for (size_t i = 0; i < 4; i++) {
		p[i] = person(ids[i], PERSON_LEARNER);
		p[i]->grades = "8";
		p[i]->schools = store_take(set.store, sizeof(void *));
		p[i]->schools[0] = i == 0 ? school : other;
		p[i]->school_count = i < 3;
	}
	p[2]->school_unread = true;
	rules.org = "s1";
	group_by(rules);
	CHECK_INT(json_array_size(json_list(json_map(made, "year-8-2026"), "learners")), 1);
	CHECK_INT(json_array_size(json_list(json_map(made, "year-8-2026"), "missing")), 2);
	CHECK_STR(json_string_value(nth("year-8-2026", "missing", 0)), "l3");
	CHECK_STR(json_string_value(nth("year-8-2026", "missing", 1)), "l4");
	group();
	CHECK(!json_object_get(json_map(made, "year-8-2026"), "missing"));
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
