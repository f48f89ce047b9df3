#include "reasons.h"

#include "test.h"

TEST("the Sync Summary has its six counts, in order and colour")
{
	static const struct word want[] = {
	    {"added", "Added", GREEN},
	    {"already_member", "Already Member", BLUE},
	    {"failed", "Failed", RED},
	    {"unresolved", "Unresolved", GREY},
	    {"removed", "Removed", ORANGE},
	    {"removal_failed", "Removal Failed", RED},
	};
	for (size_t i = 0; i < COUNTED; i++) {
		CHECK_STR(outcomes[i].word, want[i].word);
		CHECK_STR(outcomes[i].label, want[i].label);
		CHECK_INT(outcomes[i].colour, want[i].colour);
		CHECK_INT(outcome_colour(want[i].word), want[i].colour);
	}
}

TEST("everybody who failed or is unresolved gets a label and an action")
{
	static const char *const reasons[] = {"no_email", "no_account", "ambiguous_account",
	    "add_failed", "account_disabled", "guest_account", "remove_failed"};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		CHECK(strcmp(reason_label("failed", reasons[i]), reasons[i]) != 0);
		CHECK(*reason_action("failed", reasons[i]));
	}
}

TEST("the labels for learners who are not synced are the documented ones")
{
	CHECK_STR(reason_label("unresolved", "no_email"), "No email address on record");
	CHECK_STR(reason_label("unresolved", "no_account"), "No Microsoft account found");
	CHECK_STR(reason_label("failed", "add_failed"), "Add to Team failed");
	CHECK_STR(reason_label("removed_locally", "left_class"), "Removed locally");
	CHECK_STR(reason_label("", "removed_locally"), "Removed locally");
}

TEST("somebody who is held back has the reason of their own, or the one for all of them")
{
	CHECK_STR(reason_label("held", "left_class"), "Would be removed");
	CHECK_STR(reason_label("held", "exception"), "Left as it was changed by hand");
	CHECK_HAS(reason_label("held", "in_grace"), "days of grace");
	CHECK_HAS(reason_label("held", "not_open"), "not open");
	CHECK_HAS(reason_action("held", "not_in_preview"), "new preview");
	CHECK_HAS(reason_action("unresolved", "other_name"), "another name");
	CHECK_STR(reason_label("", "held"), "Would be removed");
}

TEST("the advice says what the documents say")
{
	CHECK_HAS(reason_action("unresolved", "no_account"), "create the account");
	CHECK_HAS(reason_action("unresolved", "no_account"), "press Sync Learners");
	CHECK_HAS(reason_action("failed", "add_failed"), "temporary Microsoft problem");
	CHECK_HAS(reason_action("failed", "add_failed"), "support ticket");
}

TEST("a run that was broken off, or goes on, is not whole")
{
	static const char *const broken[] = {
	    "running", "cancelled", "failed", "crashed", "unfinished", "brand_new", ""};
	CHECK(run_is_whole("done") && run_is_whole("partly") && run_is_whole("held"));
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		CHECK(!run_is_whole(broken[i]));
}

TEST("words that are not known are shown as they are")
{
	CHECK_STR(reason_label("failed", "brand_new"), "brand_new");
	CHECK_STR(reason_action("failed", "brand_new"), "");
	CHECK_STR(outcome_label("brand_new"), "brand_new");
	CHECK_INT(outcome_colour("brand_new"), PLAIN);
	CHECK_STR(code_action("brand_new"), "");
	CHECK_STR(status_label("brand_new"), "brand_new");
}
