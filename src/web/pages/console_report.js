/*
 * console_report - what the night did, what it could not do and why, and what waits for somebody;
 * a run over the whole school now, looked at before it is done; the runs before.
 */
import { ask, part } from "./api.js";
import { act, close, say, show } from "./dialog.js";
import { button, el, pill, write } from "./dom.js";
import { follow } from "./follow.js";
import { PLAN, peopleView, planned } from "./people.js";
import { hindrance, standing } from "./standing.js";
import { onReturn } from "./start.js";
import { troubleOfRecord, troubleTitle, troubleView } from "./trouble.js";
import { beginConsole, card, dayText, fetched, figure, placeOf } from "./console.js";
import { consentNotice } from "./console_notes.js";
import { sheet } from "./sheet.js";
import { date, knows, number, t } from "./words.js";

const STATES = { running: "amber", queued: "amber", waiting: "amber", done: "green", failed: "red", crashed: "red", cancelled: "grey", held: "orange", partly: "orange",
	unfinished: "orange" };
const DONE = ["added", "removed", "already_member", "unresolved", "failed", "removal_failed", "held"];
const JOBS = "/v1/console/jobs/", OPEN_MAX = 30;
const WHOLE = ["done", "partly", "held"];
let place, runs, now, desk, isUnderWay = false;

/* ---- a run ---------------------------------------------------------------------------------- */

function stateText(state) {
	return knows("run." + state) ? t("run." + state) : state;
}

// Who it was, by name and reason.
async function showPeople(line, from) {
	const title = line.name || line.class;
	show({ title, from: { button: from, row: place }, wide: true, body: el("p", { class: "quiet" }, t("loading")) });
	try {
		const { learners } = await ask("GET", JOBS + part(line.job) + "/learners");
		const label = learners.some((row) => row.detail === "dry_run") ? planned : null;
		const groups = peopleView(learners, PLAN, label, "h3");
		show({ title, wide: true, body: groups.length ? groups : el("p", {}, t("preview.same")) });
	} catch (trouble) {
		show({ title, body: troubleView(trouble, { name: title, action: "view-run" }) });
	}
}

function counted(line, key) {
	return `${t(key === "held" ? "plan.held" : "count." + key)}:\u00a0${number(line[key])}`;
}

function lineRow(line) {
	const changes = DONE.filter((key) => line[key] > 0).map((key) => counted(line, key)).join(", ");
	const who = button(t("run.who"), () => showPeople(line, who));
	const own = knows("error." + line.code);
	who.setAttribute("aria-label", t("of_class", { action: t("run.who"), class: line.name || line.class }));
	return [el("a", { href: placeOf("group", { id: line.class }) }, line.name || line.class),
		[pill(STATES[line.state] || "grey", stateText(line.state)), line.made && el("span", { class: "aside" }, t("run.made")) || ""], changes,
		line.code || line.why ? [own ? t("error." + line.code) : line.why, !own && line.remedy && el("span", { class: "remedy" }, line.remedy) || ""] : "",
		line.job && changes ? who : ""];
}

function linesView(lines) {
	const isWrong = (line) => line.state === "failed" || line.code || line.unresolved > 0 || line.failed > 0 || line.removal_failed > 0;
	const heads = [t("column.group"), t("run.state"), t("run.changes"), t("column.reason"), t("column.actions")];
	const parts = [["report.wrong", lines.filter(isWrong)], ["report.made", lines.filter((line) => line.made && !isWrong(line))],
		["report.changed", lines.filter((line) => !isWrong(line) && !line.made && (line.added > 0 || line.removed > 0 || line.held > 0))]];
	const rest = lines.length - parts.reduce((sum, [, some]) => sum + some.length, 0);
	return [parts.filter(([, some]) => some.length).map(([key, some]) => el("details", { open: key === "report.wrong" || some.length < OPEN_MAX },
		el("summary", {}, t(key, { n: some.length })), sheet(t(key, { n: some.length }), heads, some.map(lineRow), "lines"))),
	rest > 0 && el("p", { class: "quiet" }, t("report.same", { n: rest }))];
}

function runView(run) {
	return [el("p", {}, pill(STATES[run.state] || "grey", stateText(run.state)), " ", t("runkind." + run.kind), run.dry_run && " · " + t("run.dry") || "", " · ",
		date(run.started_at), run.finished_at > 0 && " – " + date(run.finished_at) || ""),
	el("ul", { class: "counts tiles" }, figure("grey", run.classes, t("run.classes")), figure("green", run.made, t("run.made.n")),
		figure("blue", run.changed, t("run.changed")), figure(run.failed ? "red" : "grey", run.failed, t("run.failed.n")),
		figure(run.held ? "orange" : "grey", run.held, t("run.held_n")), figure("grey", run.unresolved, t("count.unresolved")),
		figure("green", run.added, t("count.added")), figure("orange", run.removed, t("count.removed"))),
	run.braked && el("p", { class: "notice warn" }, t("run.braked", { leavers: run.leavers, members: run.members })), linesView(run.lines),
	el("p", {}, el("a", { href: placeOf("history", { run: run.id }) }, t("run.history")))];
}

/* ---- a run now ------------------------------------------------------------------------------- */

async function startRun(wanted) {
	if (isUnderWay)
		return now.firstChild.focus();
	isUnderWay = true;
	await goRun(wanted).finally(() => { isUnderWay = false; });
}

async function goRun(wanted) {
	const bar = el("progress", { "aria-label": t("runs.going") }), line = el("p", { class: "line" });
	now.replaceChildren(el("h2", { id: "now", tabindex: "-1" }, t(wanted.preview ? "runs.looking" : "runs.going")), bar, line, el("p", { class: "quiet" }, t("goes_on")));
	now.firstChild.focus();
	try {
		const record = await ask("POST", "/v1/console/runs", wanted);
		const ended = await follow(record.id, { jobs: JOBS, lost: () => write(line, t("away")), changed: (news) => {
			write(line, [standing(news), news.total > 0 && t("done_of", { done: news.done || 0, total: news.total }), hindrance(news)].filter(Boolean).join(" · "));
			if (news.total > 0)
				Object.assign(bar, { max: news.total, value: news.done || 0 });
		} }).ended;
		const run = await ask("GET", "/v1/console/runs/" + part(ended.id || record.id)).catch(() => null);
		if (!run)
			throw troubleOfRecord(ended);
		runEnded(run, wanted.preview);
	} catch (trouble) {
		now.replaceChildren(el("h2", { id: "now", tabindex: "-1" }, troubleTitle(trouble, "failed.plain", {})), ...troubleView(trouble, { name: "", action: "run" }).filter(Boolean), startButtons());
		now.firstChild.focus();
	}
}

function runEnded(run, wasPreview) {
	const isWhole = WHOLE.includes(run.state), changes = run.lines.some((line) => line.added || line.removed || line.held || line.made);
	const doIt = act(t("preview.do"), "main", () => startRun({ plan: run.id }));
	now.replaceChildren(el("h2", { id: "now", tabindex: "-1" }, t(wasPreview ? "runs.would" : "runs.done")),
		...[runView(run), wasPreview && el("p", { class: "quiet" }, t(isWhole ? "preview.about" : "preview.broken_off")),
			isWhole ? el("div", { class: "buttons start" }, wasPreview && changes ? doIt : "", run.braked ? approveRun(run) : "") : startButtons()].flat(Infinity).filter(Boolean));
	now.firstChild.focus();
	if (!wasPreview)
		load();
}

// The school's brake: nobody went anywhere. Who lets them go does it by name, after looking; and
// who would go now is not who would have gone in a run that is over.
function approveRun(run) {
	if (!run.dry_run)
		return act(t("report.look"), "main", () => startRun({ preview: true }));
	const opener = button(t("runs.approve"), () => show({ title: t("runs.approve.title"), from: { button: opener, row: now },
		body: [el("p", { class: "notice warn" }, t("run.braked", { leavers: run.leavers, members: run.members })), el("p", {}, t("approve.advice"))],
		buttons: [button(t("brake.no"), close, "main"), button(t("runs.approve"), () => {
			close();
			startRun({ approve_removals: true, plan: run.id });
		}, "danger")] }), "danger");
	return opener;
}

function startButtons() {
	return el("div", { class: "buttons start" }, act(t("runs.preview"), "main", () => startRun({ preview: true })));
}

/* ---- the report ------------------------------------------------------------------------------- */

function decision(line) {
	return el("a", { class: "button main", href: placeOf("act", { id: line.class, act: "approve" }),
		"aria-label": t("of_class", { action: t("report.look"), class: line.name || line.class }) }, t("report.look"));
}

async function load() {
	const report = await fetched(place, "report", () => ask("GET", "/v1/console/report"));
	if (!report)
		return;
	const { run, decided, needs_approval: waiting, lifetimes_over: over } = report;
	const approvable = run && run.braked && !decided && desk.consent.granted;
	place.replaceChildren(...[
		waiting.length > 0 && card("approve", t("report.approve", { n: waiting.length }), el("p", {}, t("report.approve.about")),
			sheet(t("report.approve", { n: waiting.length }), [t("column.group"), t("column.reason"), t("column.actions")], waiting.map((line) =>
				[line.name || line.class, line.held > 0 ? counted(line, "held") : line.why || "", decision(line)]))),
		card("run", t("report.last"), run ? [runView(run), approvable && el("div", { class: "buttons start" }, approveRun(run))] : el("p", { class: "quiet" }, t("report.none"))),
		over.length > 0 && card("lifetimes", t("report.lifetimes"), el("p", { class: "quiet" }, t("report.lifetimes.about")),
			el("ul", {}, over.map((one) => el("li", {}, el("a", { href: placeOf("group", { id: one.class }) }, one.group), " ", dayText(one.lifetime)))))].filter(Boolean));
}

async function showRun(id, box) {
	const run = await fetched(box, "report", () => ask("GET", "/v1/console/runs/" + part(id)));
	if (run)
		box.replaceChildren(...runView(run).flat(Infinity).filter(Boolean));
}

async function earlier() {
	const answer = await fetched(runs, "report", () => ask("GET", "/v1/console/runs"));
	if (!answer)
		return;
	const line = (run) => {
		const box = el("div", { class: "parts" });
		return el("details", { toggle: (event) => event.target.open && !box.childElementCount && showRun(run.id, box) },
			el("summary", {}, t("report.line", { date: date(run.started_at), kind: t(run.dry_run ? "run.dry" : "runkind." + run.kind), state: stateText(run.state),
				changed: run.changed, made: run.made, failed: run.failed })), box);
	};
	runs.replaceChildren(el("h2", { id: "earlier" }, t("report.earlier")), answer.runs.length === 0 ? el("p", { class: "quiet" }, t("report.no_runs")) :
		el("div", {}, answer.runs.map(line)));
	say(t("refreshed"));
}

beginConsole("report", async (about, main) => {
	desk = about;
	place = el("div", { class: "parts", tabindex: "-1" });
	runs = el("section", { class: "card", "aria-labelledby": "earlier" });
	now = card("now", t("runs.now"), el("p", { class: "quiet" }, t("runs.about")), startButtons());
	main.append(el("p", { class: "quiet" }, t("report.intro")), consentNotice(desk), place, desk.consent.granted ? now : "", runs);
	const all = () => Promise.all([load(), earlier()]);
	onReturn(all);
	await all();
});
