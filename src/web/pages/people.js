/* people - who is concerned by a run, or would be, in groups of one outcome and reason. */
import { group, word } from "./outcome.js";
import { groupsOf } from "./standing.js";
import { t } from "./words.js";

// The outcomes that a run would change, or could not.
export const PLAN = ["added", "removed", "removed_locally", "held", "failed", "unresolved", "removal_failed"];

export const planned = (outcome) => word("plan." + outcome);

// label(outcome) heads each.
export function peopleView(rows, outcomes, label, heading = "h2") {
	return groupsOf(rows.map((row) => ({ ...row, detail: row.detail === "dry_run" ? "" : row.detail })), outcomes)
		.map((g) => group(g, label && label(g.outcome), t("act.resync"), heading));
}
