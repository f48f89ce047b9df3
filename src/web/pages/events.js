/* events - lines of the history, as people read them. */
import { el } from "./dom.js";
import { placeOf } from "./console.js";
import { date, knows, t } from "./words.js";

// inGroup: the group is known from the page.
export function eventRow(event, inGroup) {
	const what = knows("event." + event.what) ? t("event." + event.what) : event.label || event.what;
	const reason = knows("reason." + event.reason) ? t("reason." + event.reason) : event.reason;
	const who = event.learner || event.user_id ? event.name || event.learner || event.user_id : "";
	const by = event.by && t("event.by", { name: event.by });
	const cells = [el("time", { datetime: new Date(event.at).toISOString() }, date(event.at)), what, who,
		[reason, event.detail, by].filter(Boolean).join(" · ")];
	if (!inGroup)
		cells.splice(2, 0, event.class ? el("a", { href: placeOf("group", { id: event.class }) }, event.group || event.class) : "");
	return cells;
}
