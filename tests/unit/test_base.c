/* A set that is made again of what was kept gives the same groups. */
#include <stdlib.h>

#include "roster_base.h"
#include "set_rig.h"

static json_t *kept; /* class id -> class object */
static json_t *digests;

static int keep(void *ctx, const struct group *g)
{
	(void)ctx;
	json_object_set_new(kept, g->id, json_loads(g->text, 0, NULL));
	json_object_set_new(digests, g->id, json_string(g->digest));
	return 0;
}

static void group(const char *org)
{
	struct faults faults;
	struct groups_told told;
	struct group_rules rules = {.source = "",
	    .org = org,
	    .staff_domain = "school.example",
	    .year = "",
	    .today = day("2026-11-22")};
	set_ready();
	kept = json_object();
	digests = json_object();
	faults_init(&faults);
	CHECK_INT(roster_groups(&set, &rules, &faults, &told, keep, NULL), 0);
	faults_clear(&faults);
}

static void make_again(json_t *base)
{
	const char *id;
	json_t *class;
	set_end();
	roster_set_init(&set);
	roster_base_begin(&set, base);
	json_object_foreach (kept, id, class)
		roster_base_class(&set, class);
	/* a set that is read counts who is enrolled */
	void *person_at;
	for (size_t at = 0; map_next(&set.store->people, &at, &id, &person_at);)
		((struct kept_person *)person_at)->set.enrolled = true;
}

TEST("what is kept of a set makes groups that say the same, word for word")
{
	set_begin();
	struct set_course *course = roster_set_add_course(&set, "k1");
	course->title = "Mathematics";
	struct set_class *c = class_in("c1", "8B", term), *d = class_in("c:2", "Maths", term);
	c->homeroom = true;
	d->course = course;
	d->code = "MA-1";
	d->grades = "08,09";
	struct set_person *p = enrol(c, "l1", ENROLLED_LEARNER);
	p->grades = "08,09";
	p->identifier = "9100";
	p->account = "thabo@school.example";
	enrol(c, "t1", ENROLLED_TEACHER)->email = "";
	enrol(d, "l1", ENROLLED_LEARNER)->username = "thabo";
	enrol(d, "t2", ENROLLED_TEACHER);
	d->people[0].from_day = day("2026-10-01");
	d->people[0].key = 0x0123456789abcdef;
	d->people[1].primary = true;
	c->people[1].person->username = "CBeane";
	group("");
	json_t *before = digests, *said = kept, *base = roster_base(&set);
	make_again(base);
	group("");
	CHECK_INT(json_object_size(digests), 4); /* two classes and two years */
	CHECK(json_equal(digests, before));
	json_decref(before);
	json_decref(said);
	json_decref(base);
	json_decref(kept);
	json_decref(digests);
	set_end();
}

TEST("schools, sessions and courses are kept with what they hang on")
{
	set_begin();
	struct set_org *district = roster_set_add_org(&set, "d1");
	struct set_course *course = roster_set_add_course(&set, "k1");
	school->parent = district;
	course->year = year;
	course->org = district;
	store_list(&set);
	json_t *base = roster_base(&set);
	kept = json_object();
	make_again(base);
	store_list(&set);
	CHECK_INT(set.org_count, 2);
	CHECK_STR(roster_set_org(&set, "s1")->parent->id, "d1");
	CHECK_STR(roster_set_org(&set, "s1")->identifier, "1001");
	CHECK_INT(set.session_count, 2);
	CHECK_STR(set.sessions[0]->parent->id, "y26");
	CHECK_INT(set.sessions[1]->starts_day, day("2026-08-15"));
	CHECK_STR(set.courses[0]->year->id, "y26");
	CHECK_STR(set.courses[0]->org->id, "d1");
	json_decref(base);
	json_decref(kept);
	set_end();
}

TEST("whoever is in a year group alone is of the school that was asked for afterwards, too")
{
	set_begin();
	class_in("c1", "8B", term);
	for (int n = 0; n < 2; n++) {
		struct set_person *p = person(n ? "l2" : "l1", PERSON_LEARNER);
		p->grades = "09";
		p->schools = store_take(set.store, sizeof(struct set_org *));
		p->schools[p->school_count++] = n ? roster_set_add_org(&set, "s2") : school;
	}
	group("s1");
	json_t *before = digests, *said = kept, *base = roster_base(&set);
	CHECK_INT(json_array_size(json_list(json_map(kept, "year-9-2026"), "learners")), 1);
	make_again(base);
	group("s1");
	CHECK(json_equal(digests, before));
	json_decref(before);
	json_decref(said);
	json_decref(base);
	json_decref(kept);
	json_decref(digests);
	set_end();
}
