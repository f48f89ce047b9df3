/* Which school year of a roster runs, and which classes belong to it. */
#include <stdlib.h>

#include "roster_years.h"
#include "set_rig.h"

static const char *runs_on(const char *today)
{
	static char room[DAY_ROOM];
	store_list(&set);
	return day_text(roster_year(&set, day(today)).starts, room);
}

static bool is_current(struct set_class *c, const char *today)
{
	struct years all;
	struct school_year days;
	store_list(&set);
	years_find(&all, &set, day(today));
	bool is = years_place(&all, c, &days);
	years_clear(&all);
	return is;
}

TEST("of the school years that have begun the latest one runs, also in the holidays after it")
{
	set_begin();
	session("y25", "schoolYear", "2025-08-15", "2026-06-10", NULL);
	session("y27", "schoolYear", "2027-08-15", "2028-06-10", NULL);
	CHECK_STR(runs_on("2026-09-01"), "2026-08-15");
	CHECK_STR(runs_on("2026-08-15"), "2026-08-15");
	CHECK_STR(runs_on("2026-08-14"), "2025-08-15");
	CHECK_STR(runs_on("2027-07-01"), "2026-08-15");
	CHECK_STR(runs_on("2030-01-01"), "2027-08-15");
	set_end();
}

TEST("before the first school year has begun, that is the one that runs")
{
	set_begin();
	session("y27", "schoolYear", "2027-08-15", "2028-06-10", NULL);
	CHECK_STR(runs_on("2026-01-01"), "2026-08-15");
	set_end();
}

TEST("next year's classes, loaded early, are not of the year that runs")
{
	set_begin();
	struct set_session *next = session("y27", "schoolYear", "2027-08-15", "2028-06-10", NULL);
	struct set_class *now = class_in("c1", "8B", term), *then = class_in("c2", "9B", next);
	CHECK(is_current(now, "2027-05-01"));
	CHECK(!is_current(then, "2027-05-01"));
	CHECK(!is_current(now, "2027-08-15"));
	CHECK(is_current(then, "2027-08-15"));
	set_end();
}

TEST("schools of a district that begin their year on different days are in the same one")
{
	set_begin();
	struct set_session *late = session("y26b", "schoolYear", "2026-09-01", "2027-07-01", NULL);
	struct set_class *ours = class_in("c1", "8B", term), *theirs = class_in("c2", "8C", late);
	CHECK(is_current(ours, "2026-08-20"));
	CHECK(is_current(theirs, "2026-08-20"));
	CHECK(is_current(ours, "2026-12-01"));
	CHECK(is_current(theirs, "2026-12-01"));
	set_end();
}

TEST("a class of a semester that is over belongs to its school year still")
{
	set_begin();
	struct set_session *autumn = session("a", "semester", "2026-08-15", "2026-12-20", year);
	CHECK(is_current(class_in("c1", "Art", autumn), "2027-03-01"));
	set_end();
}

TEST("a year lasts as long as the terms in it, whatever it says of itself")
{
	set_begin();
	struct set_session *odd = session("y21", "schoolYear", "2021-09-06", "2021-12-23", NULL);
	struct set_session *spring = session("s22", "semester", "2022-01-01", "2022-06-03", odd);
	struct set_class *c = class_in("c1", "Health", spring);
	store_list(&set);
	struct school_year runs = roster_year(&set, day("2022-02-01"));
	CHECK_INT(runs.starts, day("2021-09-06"));
	CHECK_INT(runs.ends, day("2022-06-03"));
	CHECK(is_current(c, "2022-02-01"));
	set_end();
}

TEST("a class without a term is of any year, and a set without sessions has none")
{
	roster_set_init(&set);
	school = NULL;
	struct set_class *c = class_in("c1", "8B", NULL);
	CHECK(is_current(c, "2026-11-22"));
	CHECK_INT(roster_year(&set, day("2026-11-22")).starts, NO_DAY);
	set_end();
}

TEST("terms that no school year stands above are years of their own")
{
	roster_set_init(&set);
	session("t1", "term", "2017-07-01", "2018-06-30", NULL);
	CHECK_STR(runs_on("2018-01-15"), "2017-07-01");
	set_end();
}
