/* What the register has of a group, and of the people in it. */
#include "groups_rig.h"

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
	CHECK_STR(text,
	    "[{\"id\":\"l1\",\"name\":\"Thabo Mokoena\",\"email\":\"l1@school.example\","
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

TEST("a year of more learners than a class may have has no class object, and is told with its id")
{
	set_begin();
	for (int n = 0; n <= GROUP_LEARNERS_MAX; n++) {
		char id[16];
		(void)!snprintf(id, sizeof id, "l%d", n);
		person(id, PERSON_LEARNER)->grades = "8";
	}
	group();
	CHECK_STR(order, "year-8-2026");
	CHECK(!json_is_object(json_object_get(made, "year-8-2026")));
	CHECK_INT(told.made[GROUP_YEAR], 0);
	end();
}
