/* reasons - tables from the contract's words to sentences. */
#include "reasons.h"

#include <stddef.h>
#include <string.h>

/* find gives the row of word, or the last one, whose word is NULL. */
static const struct word *find(const struct word *words, const char *word)
{
	while (words->word && strcmp(words->word, word) != 0)
		words++;
	return words;
}

const struct word outcomes[] = {
    {"added", "Added", GREEN},
    {"already_member", "Already Member", BLUE},
    {"failed", "Failed", RED},
    {"unresolved", "Unresolved", GREY},
    {"removed", "Removed", ORANGE},
    {"removal_failed", "Removal Failed", RED},
    {"removed_locally", "Removed", ORANGE},
    {"held", "Held back", ORANGE},
    {NULL, NULL, PLAIN},
};

static const struct word states[] = {
    {"queued", "queued", PLAIN},
    {"running", "running", BLUE},
    {"waiting", "waiting", ORANGE},
    {"done", "done", GREEN},
    {"failed", "failed", RED},
    {"cancelled", "cancelled", GREY},
    {"joined", "joined", GREY},
    {NULL, NULL, PLAIN},
};

/* Of a learner, and of a class. */
static const struct word statuses[] = {
    {"synced", "Synced", GREEN},
    {"pending", "Pending", ORANGE},
    {"failed", "Failed", RED},
    {"not_synced", "Not Synced", GREY},
    {"active", "Active", GREEN},
    {"no_team", "No Team", GREY},
    {NULL, NULL, PLAIN},
};

static const struct word events[] = {
    {"enrolled", "Came into the group", PLAIN},
    {"left", "Left the group", PLAIN},
    {"added", "Added in Microsoft 365", PLAIN},
    {"removed", "Removed in Microsoft 365", PLAIN},
    {"removed_by_hand", "Removed by hand in Microsoft 365", PLAIN},
    {"added_by_hand", "Added by hand in Microsoft 365", PLAIN},
    {"unresolved", "No account could be made out", PLAIN},
    {"failed", "Could not be added or removed", PLAIN},
    {"held", "Removal held back", PLAIN},
    {"team_created", "Team made", PLAIN},
    {"class_created", "Class made", PLAIN},
    {"deleted", "Deleted from Microsoft 365", PLAIN},
    {"restored", "Restored in Microsoft 365", PLAIN},
    {"archived", "Archived", PLAIN},
    {"owner_added", "Owner added", PLAIN},
    {"approved", "Removals approved", PLAIN},
    {"exception", "Exception", PLAIN},
    {"override", "Account chosen by hand", PLAIN},
    {"imported", "Roster accepted", PLAIN},
    {NULL, NULL, PLAIN},
};

const char *event_label(const char *what)
{
	const struct word *w = find(events, what);
	return w->word ? w->label : what;
}

const char *outcome_label(const char *outcome)
{
	const struct word *w = find(outcomes, outcome);
	return w->word ? w->label : outcome;
}

enum colour outcome_colour(const char *outcome)
{
	return find(outcomes, outcome)->colour;
}

bool state_is_known(const char *state)
{
	return find(states, state)->word;
}

bool run_is_whole(const char *state)
{
	return strcmp(state, "done") == 0 || strcmp(state, "partly") == 0 ||
	       strcmp(state, "held") == 0;
}

enum colour state_colour(const char *state)
{
	return find(states, state)->colour;
}

enum colour status_colour(const char *status)
{
	return find(statuses, status)->colour;
}

const char *status_label(const char *status)
{
	const struct word *w = find(statuses, status);
	return w->word ? w->label : status;
}

/* ---- reasons ------------------------------------------------------------------- */

struct reason {
	const char *reason, *label, *action;
};

static const struct reason reasons[] = {
    {"no_email", "No email address on record",
	"Add the learner's Microsoft 365 address in the portal, then press Sync Learners again."},
    {"no_account", "No Microsoft account found",
	"Check that the address in the portal equals the Microsoft 365 one. If it does, the "
	"school's Microsoft administrator has to create the account. Then press Sync Learners "
	"again."},
    {"ambiguous_account", "More than one account, or an address used twice",
	"Give each learner an address of their own in the portal, one that belongs to a single "
	"Microsoft account, then press Sync Learners again."},
    {"add_failed", "Add to Team failed",
	"This is usually a temporary Microsoft problem, such as too many requests: press Sync "
	"Learners again. If it persists, log a support ticket."},
    {"account_disabled", "Microsoft account is blocked",
	"The school's Microsoft administrator has to allow the account to sign in; then press "
	"Sync Learners again."},
    {"guest_account", "Microsoft account is a guest of the school",
	"A guest cannot be added. The school's Microsoft administrator has to create an account "
	"of the school's own; then press Sync Learners again."},
    {"other_name", "The account of this number has another name",
	"The account whose employee id is this learner's number belongs to somebody with another "
	"name. Correct the number, or have an administrator say which account it is."},
    {"left_class", "Left the class", ""},
    {"added_by_hand", "Added to the Team by hand, not in the class", ""},
    {"remove_failed", "Could not be taken out",
	"Press Sync Learners again. If it persists, take the person out in Microsoft Teams or "
	"log a support ticket."},
};

/* An outcome that is its own reason, and stands as such in a learner's record; and the reasons
 * of somebody who is held back that say more than the outcome. */
static const struct reason outcome_reasons[] = {
    {"exception", "Left as it was changed by hand",
	"The school lets this stand. An administrator can end the exception."},
    {"in_grace", "Left the class, and stays for the days of grace", ""},
    {"not_open", "The class is not open to learners yet",
	"Learners come in on the day that was set, or when somebody presses Sync Learners."},
    {"not_in_preview", "Came up since the preview",
	"Nothing was done about it. Make a new preview and look at it."},
    {"removed_locally", "Removed locally", ""},
    {"held", "Would be removed", "See why the removals were held back, then approve them."},
};

static const struct reason *find_reason(const char *outcome, const char *reason)
{
	for (size_t i = 0; i < sizeof outcome_reasons / sizeof *outcome_reasons; i++)
		if (strcmp(outcome_reasons[i].reason, reason) == 0)
			return &outcome_reasons[i];
	for (size_t i = 0; i < sizeof outcome_reasons / sizeof *outcome_reasons; i++)
		if (strcmp(outcome_reasons[i].reason, outcome) == 0)
			return &outcome_reasons[i];
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i].reason, reason) == 0)
			return &reasons[i];
	return NULL;
}

const char *reason_label(const char *outcome, const char *reason)
{
	const struct reason *r = find_reason(outcome, reason);
	return r ? r->label : reason;
}

const char *reason_action(const char *outcome, const char *reason)
{
	const struct reason *r = find_reason(outcome, reason);
	return r ? r->action : "";
}

/* ---- error codes and types of jobs ----------------------------------------------- */

/* Those whose error names the remedy already have no row. */
static const struct reason codes[] = {
    {"bad_envelope", NULL, "Correct what the job was given and send it again with a new id."},
    {"unknown_type", NULL, "Check the spelling of the type; a newer worker may know it."},
    {"not_connected", NULL,
	"Connect the school (rollcall school set SCHOOL --tenant GUID --auth app), or let the "
	"teacher connect a Microsoft account."},
    {"relink_required", NULL, "The teacher has to connect the Microsoft account again."},
    {"removals_need_approval", NULL,
	"Look at who would go (rollcall learners JOB). If that is right, send it again with "
	"--approve-removals."},
    {"timed_out", NULL, "Send it again; what is done already is not done twice."},
    {"graph_error", NULL, "Send it again. If it persists, log a support ticket with this text."},
    {"crashed", NULL, "Look into the worker's log for the last step of this job."},
};

const char types_known[] = "create-team, sync-learners, check-team, register, sync-school, "
			   "adopt-class, close-class, delete-class, restore-class, read-tenant";

bool type_is_known(const char *type)
{
	static const char *const types[] = {"create-team", "sync-learners", "check-team",
	    "register", "delete-class", "restore-class", "adopt-class", "close-class",
	    "sync-school", "read-tenant"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

const char *code_action(const char *error_code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].reason, error_code) == 0)
			return codes[i].action;
	return "";
}
