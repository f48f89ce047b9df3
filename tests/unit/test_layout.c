/*
 * The tables of the formats, and the rosters that nobody here wrote: those stand in ../shared/data
 * beside the repository, and their tests are skipped where that is missing.
 */
#include <strings.h>
#include <unistd.h>

#include "layout.h"
#include "roster_rig.h"

TEST("no column that tells of birth, race, sex, telephone or password is ever read")
{
	static const char *const words[] = {"birth", "race", "ethnic", "sex", "password", "phone",
	    "sms", "asian", "white", "pronouns", "guardian", "agent"};
	for (int f = FORMAT_ONEROSTER_10; f <= FORMAT_INSIGHTS; f++)
		for (const struct shape *s = layout_of((enum roster_format)f)->shapes; s->file;
		     s++) {
			CHECK(strcasestr(s->file, "demographics") == NULL);
			for (const struct heading *h = s->headings; h->name; h++)
				for (size_t i = 0; i < sizeof words / sizeof *words; i++)
					if (strcasestr(h->name, words[i]) && h->field != F_NONE)
						FAIL("%s of %s is read", h->name, s->file);
		}
}

TEST("every format has a name, and reads its files so that references lead backwards")
{
	for (int f = FORMAT_ONEROSTER_10; f <= FORMAT_INSIGHTS; f++) {
		const struct layout *l = layout_of((enum roster_format)f);
		int last = -1;
		CHECK_INT(l->format, f);
		CHECK(*roster_format_name((enum roster_format)f));
		for (const struct shape *s = l->shapes; s->file; s++) {
			CHECK((int)s->record >= last);
			last = (int)s->record;
		}
	}
}

static int reads_shared(const char *folder)
{
	char *path = xasprintf("%s/../shared/data/%s", test_root(), folder);
	bool there = access(path, R_OK) == 0;
	int rc = there ? reads(path) : 0;
	free(path);
	if (!there)
		test_skip("../shared/data is not here");
	return rc;
}

static uint64_t notes(const char *word)
{
	uint64_t count = 0;
	for (size_t i = 0; i < faults.kind_count; i++)
		if (strcmp(faults.kinds[i].word, word) == 0)
			count += faults.kinds[i].count;
	return count;
}

/* in_classes counts the people of all classes in one part, and the classes without any. */
static size_t in_classes(enum enrolled_as as, size_t *none)
{
	size_t sum = 0;
	*none = 0;
	for (size_t i = 0; i < set.class_count; i++) {
		size_t here = 0;
		for (size_t k = 0; k < set.classes[i]->count; k++)
			here += set.classes[i]->people[k].as == as;
		sum += here;
		*none += here == 0;
	}
	return sum;
}

TEST("the district: 1,470 classes, 210 of them home-rooms, 4,225 learners, 31,045 enrolments")
{
	size_t none, homerooms = 0, twenty = 0;
	CHECK_INT(reads_shared("district-large-oneroster11"), 0);
	CHECK_INT(set.format, FORMAT_ONEROSTER_11);
	CHECK_INT(set.counts.orgs, 21);
	CHECK_INT(set.counts.sessions, 2);
	CHECK_INT(set.counts.courses, 91);
	CHECK_INT(set.class_count, 1470);
	CHECK_INT(set.counts.users, 4441);
	CHECK_INT(set.counts.learners, 4225);
	CHECK_INT(set.person_count, 4225 + 195);
	CHECK_INT(set.counts.enrolments, 31045);
	CHECK_INT(in_classes(ENROLLED_LEARNER, &none), 29575);
	CHECK_INT(in_classes(ENROLLED_TEACHER, &none), 1470);
	CHECK_INT(none, 0);
	for (size_t i = 0; i < set.class_count; i++) {
		const struct set_class *c = set.classes[i];
		homerooms += c->homeroom;
		twenty += c->count - 1 >= 20;
		CHECK(c->school && strcmp(c->school->type, "school") == 0);
		CHECK(c->term_count == 1 && c->terms[0]->parent);
		CHECK(c->people[0].as == ENROLLED_TEACHER && c->people[0].primary);
	}
	CHECK_INT(homerooms, 210);
	CHECK_INT(twenty, 420);
	CHECK_STR(day(set.classes[0]->terms[0]->parent->starts_day), "2026-08-15");
	CHECK_INT(faults.count, 0);
	done();
}

static void is_sds(const char *folder, enum roster_format format, size_t classes, size_t learners,
    size_t learner_rows, size_t teacher_rows)
{
	size_t none;
	CHECK_INT(reads_shared(folder), 0);
	CHECK_INT(set.format, format);
	CHECK_INT(set.counts.orgs, 2);
	CHECK_INT(set.class_count, classes);
	CHECK_INT(set.counts.learners, learners);
	CHECK_INT(in_classes(ENROLLED_LEARNER, &none), learner_rows);
	CHECK_INT(notes("no_learners"), none);
	CHECK_INT(in_classes(ENROLLED_TEACHER, &none), teacher_rows);
	CHECK_INT(notes("no_teacher"), none);
	CHECK_INT(none, classes - teacher_rows);
	CHECK_INT(faults.of[FAULT_REFUSED] + faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	CHECK_STR(set.classes[0]->id, "11001");
	CHECK_STR(set.classes[0]->title, "Math - Algebra 1");
}

TEST("School Data Sync v1, with US and with UK headings, in its six samples")
{
	is_sds("microsoft-sds-samples/sds-v1/100-users", FORMAT_SDS_1, 28, 86, 602, 28);
	CHECK_INT(set.counts.users, 98);
	CHECK_STR(roster_set_person(&set, "13001")->username, "OKlein");
	CHECK_STR(roster_set_person(&set, "13001")->family, "Klein");
	CHECK_STR(roster_set_person(&set, "13001")->grades, "9");
	CHECK_STR(roster_set_person(&set, "13001")->email, "");
	CHECK_STR(day(set.classes[0]->terms[0]->starts_day), "2017-07-01");
	CHECK_STR(set.classes[0]->course->title, "Math 101");
	done();
	is_sds("microsoft-sds-samples/sds-v1/25-users", FORMAT_SDS_1, 2, 22, 44, 2);
	done();
	is_sds("microsoft-sds-samples/sds-v1/min-required", FORMAT_SDS_1, 2, 22, 44, 2);
	done();
	is_sds("microsoft-sds-samples/sds-v1-uk/100-users", FORMAT_SDS_1_UK, 28, 86, 602, 28);
	done();
}

TEST("24 sections without an owner, and two without pupils, are noted in the UK samples")
{
	is_sds("microsoft-sds-samples/sds-v1-uk/25-users", FORMAT_SDS_1_UK, 28, 22, 154, 4);
	CHECK_INT(notes("no_teacher"), 24);
	CHECK_INT(notes("no_learners"), 21);
	done();
	is_sds("microsoft-sds-samples/sds-v1-uk/min-required", FORMAT_SDS_1_UK, 28, 22, 154, 4);
	CHECK_INT(notes("no_teacher"), 24);
	done();
}

TEST("School Data Sync v2: roles in any case, professors teach and aides are staff")
{
	size_t none;
	CHECK_INT(reads_shared("microsoft-sds-samples/sds-v2"), 0);
	CHECK_INT(set.format, FORMAT_SDS_2);
	CHECK_INT(set.counts.orgs, 5);
	CHECK_INT(set.counts.users, 29);
	CHECK_INT(set.counts.learners, 22);
	CHECK_INT(set.counts.enrolments, 29);
	CHECK_INT(in_classes(ENROLLED_LEARNER, &none), 22);
	CHECK_INT(in_classes(ENROLLED_TEACHER, &none), 5);
	CHECK_INT(in_classes(ENROLLED_STAFF, &none), 2);
	CHECK_STR(people("11003"), "T:14011 L:13015 L:13016 L:13017 L:13018");
	CHECK_STR(roster_set_person(&set, "13001")->username, "Oklein@classrmtest31.org");
	CHECK_STR(roster_set_person(&set, "13019")->grades, "undergraduate");
	CHECK_INT(faults.of[FAULT_REFUSED] + faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	done();
}

TEST("School Data Sync v2.1: roles apart, an account named, guardians and flags left alone")
{
	size_t none;
	CHECK_INT(reads_shared("microsoft-sds-samples/sds-v2.1"), 0);
	CHECK_INT(set.format, FORMAT_SDS_21);
	CHECK_INT(set.counts.orgs, 4);
	CHECK_INT(set.counts.sessions, 2);
	CHECK_INT(set.counts.courses, 3);
	CHECK_INT(set.class_count, 2);
	CHECK_INT(set.counts.users, 8);
	CHECK_INT(set.counts.enrolments, 6);
	CHECK_INT(in_classes(ENROLLED_LEARNER, &none), 4);
	CHECK_INT(in_classes(ENROLLED_TEACHER, &none), 2);
	const struct set_person *p = roster_set_person(&set, "114007");
	CHECK_INT(p->school_count, 2);
	CHECK_STR(p->schools[0]->id, "110004");
	CHECK_STR(p->account, "kfein@classrmtest31.org");
	CHECK(!roster_set_person(&set, "114002"));
	CHECK_STR(roster_set_person(&set, "114001")->grades, "10");
	CHECK_INT(faults.of[FAULT_REFUSED] + faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	done();
}

TEST("Microsoft's own export without headings: 87 sections, 600 learners, 3,600 enrolments")
{
	size_t none;
	CHECK_INT(reads_shared("oea-insights-roster"), 0);
	CHECK_INT(set.format, FORMAT_INSIGHTS);
	CHECK_INT(set.counts.orgs, 6);
	CHECK_INT(set.counts.sessions, 2);
	CHECK_INT(set.counts.courses, 87);
	CHECK_INT(set.class_count, 87);
	CHECK_INT(set.counts.learners, 600);
	CHECK_INT(set.counts.enrolments, 3600);
	CHECK_INT(in_classes(ENROLLED_LEARNER, &none), 3600);
	CHECK_INT(none, 0);
	in_classes(ENROLLED_TEACHER, &none);
	CHECK_INT(none, 87);
	CHECK_INT(notes("no_teacher"), 87);
	const struct set_person *p =
	    roster_set_person(&set, "b2baefad-4c1d-463e-b541-cc5f2f204f52");
	CHECK_STR(p->email, "CaroleMBenefield@contoso.edu");
	CHECK_STR(p->grades, "9");
	CHECK_INT(p->role, PERSON_LEARNER);
	const struct set_class *c = roster_set_class(&set, "A41A4D8CF7CD4CCCABA4FE5FC3CE21BF");
	CHECK_STR(c->title, "Health");
	CHECK_STR(c->school->name, "Mitchell High");
	CHECK_STR(c->school->type, "school");
	CHECK_STR(c->terms[0]->type, "semester");
	CHECK_STR(c->terms[0]->parent->type, "schoolYear");
	CHECK_INT(faults.of[FAULT_REFUSED] + faults.of[FAULT_ERROR] + faults.of[FAULT_WARNING], 0);
	done();
}
