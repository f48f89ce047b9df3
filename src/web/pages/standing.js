/*
 * standing - what a job's record and its rows mean on the screen. Nothing here touches the page.
 */
import { said, span, t, time } from "./words.js";

export const STANDING_KINDS = { synced: "green", pending: "amber", failed: "red", not_synced: "grey" };
const MINUTE_MS = 60000;
export const COUNTS = ["added", "already_member", "failed", "unresolved", "removed", "removal_failed"];

// One line that says where a job is.
export function standing(record) {
	if (record.state === "queued" && record.place > 0)
		return t("queued.place", { n: record.place });
	if (record.state === "queued")
		return t(record.place === 0 ? "queued.next" : "queued");
	return record.phase ? said(record.phase) : t("starting");
}

// Why it does not go on at present; "" if it does.
export function hindrance(record) {
	if (record.workers_online === false)
		return t("nobody");
	if (record.state === "queued" && record.paused)
		return t("paused");
	if (record.state !== "waiting" || !record.retry_at)
		return "";
	const until = { time: time(record.retry_at + MINUTE_MS - 1) };
	if (/asked us/.test(record.message))
		return t("waiting.until", until);
	return [record.message && said(record.message), t("waiting.plain", until)].filter(Boolean).join(" ");
}

export function left(record) {
	return record.eta_ms > 0 ? t("left", { span: span(record.eta_ms) }) : "";
}

// Rows that need somebody, in groups of one outcome and reason, in the order of the counts.
export function groupsOf(rows, outcomes) {
	const groups = new Map();
	for (const outcome of outcomes)
		for (const row of rows.filter((r) => r.outcome === outcome)) {
			const key = outcome + " " + row.reason;
			if (!groups.has(key))
				groups.set(key, { outcome, reason: row.reason, rows: [] });
			groups.get(key).rows.push(row);
		}
	return [...groups.values()];
}
