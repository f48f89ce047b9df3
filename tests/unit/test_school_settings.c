#include "school_settings.h"

#include <stdlib.h>

#include "test.h"

static const struct school_setting *setting(const char *option)
{
	const struct school_setting *s = school_setting_find(option, strlen(option));
	CHECK(s);
	return s;
}

/* takes gives what is kept of a text, refuses the sentence about one. */
static void takes(const char *option, const char *text, const char *kept)
{
	struct err e = {0};
	char *got = setting(option)->take(setting(option), text, &e);
	CHECK_STR(got ? got : e.text, kept);
	free(got);
}

static void refuses(const char *option, const char *text, const char *because)
{
	struct err e = {0};
	char *got = setting(option)->take(setting(option), text, &e);
	CHECK(!got);
	CHECK_HAS(e.text, because);
}

TEST("a setting is found by its option, with its dashes or without")
{
	CHECK(setting("--night-at") == setting("night-at"));
	CHECK_STR(setting("kinds")->field, "sync_kinds");
	CHECK(!school_setting_find("night_at", 8));
	CHECK(!school_setting_find("nigh", 4));
	CHECK(!school_setting_find("", 0));
}

TEST("every setting has an option, a field of its own, a label and a word of help")
{
	for (const struct school_setting *s = school_settings; s->option; s++) {
		CHECK(strncmp(s->option, "--", 2) == 0 && s->field && s->label && s->take);
		CHECK(strlen(s->label) < 14); /* where what is shown begins */
		CHECK(strlen(s->help) > 3 && strlen(s->help) < 57);
		for (const struct school_setting *other = school_settings; other < s; other++)
			CHECK(strcmp(other->field, s->field) != 0);
	}
}

TEST("words and choices are those that there are, and one that is not names them")
{
	takes("kinds", "year,teaching", "year,teaching");
	takes("kinds", "registration", "registration");
	takes("target", "class", "class");
	takes("night", "off", "off");
	takes("naming", "rule", "rule");
	takes("source", "seemis", "seemis");
	refuses("kinds", "house", "year,registration,teaching");
	refuses("kinds", "year,", "--unset kinds");
	refuses("kinds", "", "--unset kinds");
	refuses("target", "group", "one of team,class");
	refuses("night", "weekly", "one of off,nightly");
	refuses("night", "", "one of off,nightly");
}

TEST("times, zones and days are checked as the night reads them")
{
	takes("night-at", "02:00", "02:00");
	takes("night-at", "23:59", "23:59");
	for (const char *const *wrong =
		 (const char *const[]){"24:00", "2:00", "02:60", "0200", "", NULL};
	     *wrong; wrong++)
		refuses("night-at", *wrong, "such as 02:00");
	takes("zone", "Europe/London", "Europe/London");
	refuses("zone", "Mars/Olympus", "Mars/Olympus");
	takes("quiet", "sat,sun,2026-12-25", "sat,sun,2026-12-25");
	refuses("quiet", "holidays", "weekdays");
	refuses("quiet", "", "--unset quiet");
}

TEST("shares are kept as shares, however they were said")
{
	takes("brake-share", "25%", "0.25");
	takes("brake-share", "25 %", "0.25");
	takes("drop-share", "0.2", "0.2");
	takes("drop-share", "0", "0");
	for (const char *const *wrong = (const char *const[]){"25", "-1%", "101%", "many", "",
		 "1e-3", "nan", "20%%", NULL};
	     *wrong; wrong++)
		refuses("drop-share", *wrong, "such as 25% or 0.25");
	char *shown = setting("drop-share")->show("0.25");
	CHECK_STR(shown, "25 %");
	free(shown);
}

TEST("numbers are whole and within their bounds")
{
	takes("grace-days", "014", "14");
	takes("brake-count", "0", "0");
	refuses("grace-days", "366", "0 to 365");
	refuses("grace-days", "1.5", "0 to 365");
	refuses("brake-count", "", "0 to 1000000");
}

TEST("an identifier may be empty, a DfE code may not, and neither is long or hides anything")
{
	takes("identifier", "", "");
	takes("identifier", "12 34/567", "12 34/567");
	refuses("dfe-code", "", "--unset dfe-code");
	refuses("identifier", "a\tb", "no control characters");
	refuses("identifier", "0123456789012345678901234567890123456789012345678901234567890",
	    "60 bytes");
}

TEST("the identifier in effect is the DfE code unless another was chosen, or none")
{
	json_t *school = json_pack("{s:s}", "dfe_code", "9991001");
	CHECK_STR(school_identifier(school), "9991001");
	json_object_set_new(school, "identifier", json_string("GH"));
	CHECK_STR(school_identifier(school), "GH");
	json_object_set_new(school, "identifier", json_string(""));
	CHECK_STR(school_identifier(school), "");
	json_decref(school);
}
