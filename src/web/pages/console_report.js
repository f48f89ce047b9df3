/* console_report - what the night did, what it could not do and why, and what waits for somebody; the runs before it. */
import { ask, part } from "./api.js";
import { el, pill } from "./dom.js";
import { beginConsole, card, fetched, figure, placeOf } from "./console.js";
import { sheet } from "./sheet.js";
import { date, knows, number, t } from "./words.js";

const STATES = { running: "amber", queued: "amber", waiting: "amber", done: "green", failed: "red", cancelled: "grey", held: "orange" };
let place, runs, desk;

function stateText(state) {
	return knows("run." + state) ? t("run." + state) : state;
}

function lineRow(line) {
	const changes = ["added", "removed", "already_member", "unresolved", "failed"].filter((key) => line[key] > 0)
		.map((key) => `${t("count." + key)}: ${number(line[key])}`).join(", ");
	return [el("a", { href: placeOf("group", { id: line.class }) }, line.name || line.class),
		[pill(STATES[line.state] || "grey", stateText(line.state)), line.made && el("span", { class: "aside" }, t("run.made")) || ""], changes,
		[knows("error." + line.code) ? t("error." + line.code) : line.why, !knows("error." + line.code) && line.remedy && el("span", { class: "remedy" }, line.remedy) || ""]];
}

function linesView(lines) {
	const wrong = (line) => line.state === "failed" || line.code || line.unresolved > 0 || line.failed > 0;
	const heads = [t("group"), t("run.state"), t("run.changes"), t("event.why")];
	const parts = [["report.wrong", lines.filter(wrong)], ["report.made", lines.filter((line) => line.made && !wrong(line))],
		["report.changed", lines.filter((line) => !wrong(line) && !line.made && (line.added > 0 || line.removed > 0))]];
	const rest = lines.length - parts.reduce((sum, [, some]) => sum + some.length, 0);
	return [parts.filter(([, some]) => some.length).map(([key, some]) => el("details", { open: key === "report.wrong" || some.length < 30 },
		el("summary", {}, t(key, { n: some.length })), sheet(t(key, { n: some.length }), heads, some.map(lineRow)))),
	rest > 0 && el("p", { class: "quiet" }, t("report.same", { n: rest }))];
}

function runHead(run) {
	return [el("p", {}, pill(STATES[run.state] || "grey", stateText(run.state)), " ", t("runkind." + run.kind), " · ",
		date(run.started_at), run.finished_at > 0 && " – " + date(run.finished_at) || ""),
	el("ul", { class: "counts tiles" }, figure("grey", run.classes, t("run.classes")), figure("green", run.made, t("run.made.n")),
		figure("blue", run.changed, t("run.changed")), figure(run.failed ? "red" : "grey", run.failed, t("run.failed.n")),
		figure(run.held ? "orange" : "grey", run.held, t("run.held")), figure("grey", run.unresolved, t("count.unresolved"))),
	run.message && el("p", { class: "notice" }, run.message)];
}

function decision(line) {
	return el("a", { class: "button main", href: placeOf("act", { id: line.class, act: "approve", job: line.job }),
		"aria-label": t("of_class", { action: t("report.look"), class: line.name || line.class }) }, t("report.look"));
}

async function load() {
	const report = await fetched(place, "report", () => ask("GET", "/v1/console/report"));
	if (!report)
		return;
	const { run, needs_approval: waiting, lifetimes_over: over } = report;
	place.replaceChildren(...[
		waiting.length > 0 && card("approve", t("report.approve", { n: waiting.length }), el("p", {}, t("report.approve.about")),
			sheet(t("report.approve", { n: waiting.length }), [t("group"), t("event.why"), t("column.actions")], waiting.map((line) =>
				[line.name || line.class, line.why || "", decision(line)]))),
		card("run", t("report.last"), run ? [runHead(run), linesView(run.lines)] : el("p", { class: "quiet" }, t(desk.consent.granted ? "report.none" : "report.none.consent"))),
		over.length > 0 && card("lifetimes", t("report.lifetimes"), el("p", { class: "quiet" }, t("report.lifetimes.about")),
			el("ul", {}, over.map((one) => el("li", {}, el("a", { href: placeOf("group", { id: one.class }) }, one.group), " ", one.lifetime))))].filter(Boolean));
}

async function showRun(id, box) {
	const run = await fetched(box, "report", () => ask("GET", "/v1/console/runs/" + part(id)));
	if (run)
		box.replaceChildren(...[runHead(run), linesView(run.lines)].flat(Infinity).filter(Boolean));
}

async function earlier() {
	const answer = await fetched(runs, "report", () => ask("GET", "/v1/console/runs"));
	if (!answer)
		return;
	runs.replaceChildren(el("h2", { id: "earlier" }, t("report.earlier")), answer.runs.length === 0 ? el("p", { class: "quiet" }, t("report.no_runs")) :
		el("div", {}, answer.runs.map((run) => {
			const box = el("div", { class: "parts" });
			return el("details", { toggle: (event) => event.target.open && !box.childElementCount && showRun(run.id, box) },
				el("summary", {}, t("report.line", { date: date(run.started_at), kind: t("runkind." + run.kind), state: stateText(run.state),
					changed: run.changed, made: run.made, failed: run.failed })), box);
		})));
}

beginConsole("report", async (about, main) => {
	desk = about;
	place = el("div", { class: "parts" });
	runs = el("section", { class: "card", "aria-labelledby": "earlier" });
	main.append(el("p", { class: "quiet" }, t("report.intro")), place, runs);
	await Promise.all([load(), earlier()]);
});
