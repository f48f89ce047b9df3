/*
 * summary - what became of a sync: the six counts, and by name whoever needs somebody; or,
 * where the brake held removals back, who would go and the decision.
 */
import { ask, part } from "./api.js";
import { act, close, show } from "./dialog.js";
import { button, el, save } from "./dom.js";
import { counts, group } from "./outcome.js";
import { groupsOf } from "./standing.js";
import { sendSync, syncFailed } from "./sync.js";
import { startLearners } from "./learners.js";
import { date, said, t } from "./words.js";

function needing(rows) {
	const groups = groupsOf(rows, ["failed", "unresolved", "removal_failed"]);
	const n = groups.reduce((sum, g) => sum + g.rows.length, 0);
	return n > 0 && [el("h3", {}, t("summary.attention", { n })), groups.map((g) => group(g))];
}

function download(c, record) {
	return act(t("csv"), "", async () => {
		try {
			const text = await ask("GET", `/v1/jobs/${part(record.id)}/learners`, null, { accept: "text/csv" });
			// A browser takes the mark away by which spreadsheets know UTF-8.
			save(`${c.id}.csv`, "\ufeff" + text);
		} catch (trouble) {
			syncFailed(c, trouble, "failed.look");
		}
	});
}

async function rowsOf(record) {
	return (await ask("GET", `/v1/jobs/${part(record.id)}/learners`)).learners;
}

export async function summary(c, record, from) {
	let rows;
	try {
		rows = await rowsOf(record);
	} catch (trouble) {
		return syncFailed(c, trouble, "failed.look");
	}
	const needs = needing(rows), cancelled = record.state === "cancelled";
	show({ title: t("summary.title", { class: c.name }), from, wide: true,
		body: [cancelled && el("p", { class: "notice" }, t("summary.cancelled", { done: record.done || 0, total: record.total || 0 })),
			counts(record),
			!cancelled && !needs && el("p", { class: "notice good" }, t("summary.good")),
			record.message && el("p", {}, said(record.message)), needs,
			record.finished_at && el("p", { class: "quiet" }, t("summary.when", { date: date(record.finished_at) }))],
		buttons: [rows.length > 0 && download(c, record), button(t("view"), () => startLearners(c)),
			button(t("close"), close, "main")].filter(Boolean) });
}

// The brake: nobody was removed, and nobody is unless somebody says so by name and number.
export async function approve(c, record, from) {
	let rows;
	try {
		rows = (await rowsOf(record)).filter((row) => row.outcome === "held");
	} catch (trouble) {
		return syncFailed(c, trouble, "failed.look");
	}
	const n = rows.length;
	show({ title: t("brake.title", { class: c.name }), from, wide: true,
		body: [el("p", { class: "notice warn" }, t("brake.text", { n })), el("p", {}, t("brake.advice")), counts(record),
			el("h3", {}, t("brake.who")), groupsOf(rows, ["held"]).map((g) => group(g))],
		buttons: [button(t("brake.no"), close, "main"),
			act(t("brake.yes", { n }), "danger", () => sendSync(c, { approve_removals: true }))] });
}
