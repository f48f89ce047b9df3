/* What a set is kept in: each record once, and as large as what is in it. */
#include "roster_rig.h"
#include "store.h"

TEST("the people of a class stand by part and id, with their days")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2 L:l1");
	const struct enrolment *e = enrolled("c1", "l1");
	CHECK_STR(day(e->from_day), "2026-01-20");
	CHECK_STR(day(e->until_day), "2026-06-30");
	CHECK_INT(enrolled("c1", "l2")->from_day, NO_DAY);
	CHECK(enrolled("c1", "t1")->primary);
	CHECK(!e->primary);
	const struct set_person *p = e->person;
	CHECK_STR(p->given, "Thabo");
	CHECK_STR(p->family, "Mokoena");
	CHECK_STR(p->email, "thabo.m@s.example");
	CHECK_STR(p->username, "thabo.m");
	CHECK_STR(p->identifier, "1001");
	CHECK_STR(p->grades, "08");
	CHECK_INT(p->role, PERSON_LEARNER);
	CHECK_INT(p->school_count, 1);
	CHECK_STR(p->schools[0]->id, "s1");
	CHECK(p->enabled && p->enrolled);
	CHECK(!roster_set_person(&set, "l3")->enabled);
	done();
}

TEST("the same person twice in a class is there once, and a teacher is no learner")
{
	put_school();
	put("enrollments.csv", ENROLLMENTS_HEADING ENROLMENTS_1 ENROLMENTS_2
	    "e7,,,c1,s1,t1,student,,,\n"
	    "e8,,,c2,s1,l2,student,,2026-02-01,2026-03-01\n"
	    "e9,,,c2,s1,l2,student,,2026-04-01,2026-05-01\n"
	    "e10,,,c2,s1,l1,student,,2026-04-01,\n"
	    "e11,,,c2,s1,l3,aide,,,\n");
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_STR(people("c2"), "T:t2 S:l3 L:l1 L:l2");
	CHECK_STR(day(enrolled("c2", "l2")->from_day), "2026-02-01");
	CHECK_STR(day(enrolled("c2", "l2")->until_day), "2026-05-01");
	CHECK_INT(enrolled("c2", "l1")->from_day, NO_DAY);
	done();
}

TEST("however often a file repeats itself, a class has its people and no more")
{
	struct buf b;
	put_school();
	buf_init(&b, 0);
	buf_adds(&b, ENROLLMENTS_HEADING ENROLMENTS_2);
	for (int i = 0; i < 200000; i++)
		buf_addf(&b, "x%d,,,c1,s1,l%d,student,,,\n", i, i % 3 + 1);
	put("enrollments.csv", b.data);
	buf_clear(&b);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), "L:l1 L:l2 L:l3");
	CHECK(set.classes[0]->room <= 64);
	CHECK_INT(set.counts.enrolments, 200002);
	done();
}

TEST("the same files in another order of rows give the same roster")
{
	put_school();
	CHECK_INT(reads("set"), 0);
	char *first = xstrdup(people("c1"));
	done();
	put("enrollments.csv", ENROLLMENTS_HEADING
	    "e4,,,c1,s1,l3,student,,,\n" ENROLMENTS_2
	    "e3,,,c1,s1,l2,student,,,\ne2,,,c1,s1,l1,student,,2026-01-20,2026-06-30\n"
	    "e1,,,c1,s1,t1,teacher,true,,\n");
	put("classes.csv", CLASSES_HEADING CLASS_2 CLASS_1);
	CHECK_INT(reads("set"), 0);
	CHECK_STR(people("c1"), first);
	CHECK_STR(set.classes[0]->id, "c1");
	free(first);
	done();
}

TEST("texts and records stay where they are while thousands come after them")
{
	roster_set_init(&set);
	faults_init(&faults);
	struct set_class *first = roster_set_add_class(&set, "first");
	const char *text = roster_set_text(&set, "kept");
	char *large = xcalloc(1, 1 << 20);
	memset(large, 'x', (1 << 20) - 1);
	for (int i = 0; i < 20000; i++) {
		char id[32];
		(void)snprintf(id, sizeof id, "p%d", i);
		CHECK_STR(roster_set_add_person(&set, id)->id, id);
		if (i % 5000 == 0)
			CHECK_STR(roster_set_text(&set, large), large);
	}
	CHECK_STR(text, "kept");
	CHECK(roster_set_class(&set, "first") == first);
	CHECK(roster_set_add_class(&set, "first") == first);
	CHECK(!roster_set_class(&set, "second") && !roster_set_person(&set, "first"));
	free(large);
	done();
}

TEST("a list of pointers grows by doubling and keeps what is in it")
{
	roster_set_init(&set);
	faults_init(&faults);
	void **list = NULL;
	for (size_t i = 0; i < 1000; i++) {
		list = store_grow(set.store, list, i);
		list[i] = &list + i;
	}
	for (size_t i = 0; i < 1000; i++)
		CHECK(list[i] == &list + i);
	done();
}
