/*
 * console_job - a job that somebody asked for on this page: waiting for it, then what became
 * of it, by name and reason. The page goes from stage to stage.
 */
import { ask, part } from "./api.js";
import { act, say } from "./dialog.js";
import { button, el, write } from "./dom.js";
import { follow } from "./follow.js";
import { counts } from "./outcome.js";
import { hindrance, left, standing } from "./standing.js";
import { troubleOfRecord, troubleTitle, troubleView } from "./trouble.js";
import { said, t } from "./words.js";
import { figure, placeOf } from "./console.js";
import { PLAN, peopleView, planned } from "./people.js";

export const JOBS = "/v1/console/jobs/";
let place;

export function openStage(where) {
	place = where;
}

// Back to where the person came from, with what they had searched for.
export function back(label) {
	return button(label || t("back.groups"), () => history.length > 1 && document.referrer.includes("/console") ? history.back() :
		location.assign(placeOf("groups")));
}

// A stage: a heading, what stands under it, buttons. The focus is on the heading.
export function stage(title, body, buttons) {
	const heading = el("h1", { tabindex: "-1" }, title);
	place.replaceChildren(heading, el("div", { class: "card" }, body, el("div", { class: "buttons start" }, buttons || back())));
	document.title = title;
	heading.focus();
}

export function failed(g, trouble, action) {
	stage(troubleTitle(trouble, "failed.plain", g), troubleView(trouble, { name: g.name, action }));
}

export function post(g, action, body) {
	return ask("POST", `/v1/console/groups/${part(g.id)}/${action}`, body || {});
}

export async function rowsOf(job) {
	return (await ask("GET", JOBS + part(job) + "/learners")).learners;
}

// asked() sends what was decided; outcome(record) shows what became of it.
export async function runJob(g, action, title, asked, outcome) {
	try {
		await watchJob(g, await asked(), action, title, outcome);
	} catch (trouble) {
		failed(g, trouble, action);
	}
}

export async function watchJob(g, record, action, title, outcome) {
	const bar = el("progress", { "aria-label": title }), line = el("p", { class: "line" }), count = el("p", { class: "line count" });
	const why = el("p", { class: "notice", hidden: true });
	let id = record.id;

	function hinder(text) {
		why.hidden = !text;
		if (text && why.textContent !== text)
			say(text);
		write(why, text);
	}

	function changed(news) {
		id = news.id || id;
		write(line, cancel.hidden ? t("cancelling") : standing(news));
		hinder(hindrance(news));
		if (news.total > 0) {
			bar.max = news.total;
			bar.value = news.done || 0;
			write(count, [t("done_of", { done: news.done || 0, total: news.total }), left(news)].filter(Boolean).join(", "));
		}
	}

	const cancel = act(t("sync.cancel"), "", async () => {
		try {
			await ask("POST", JOBS + part(id) + "/cancel");
			cancel.hidden = true;
			say(t("cancelling"));
			write(line, t("cancelling"));
		} catch (trouble) {
			hinder(t(trouble.code === "offline" ? "offline" : "away"));
		}
	});

	stage(title, [line, bar, count, why, el("p", { class: "quiet" }, t("goes_on"))], [back(), record.type === "sync-learners" ? cancel : ""]);
	changed(record);
	const news = await follow(record.id, { changed, lost: () => hinder(t(navigator.onLine ? "away" : "offline")), jobs: JOBS }).ended;
	if (news.error_code === "removals_need_approval")
		return approval(g, news);
	if (news.state === "failed")
		return failed(g, troubleOfRecord(news), action);
	return news.state === "cancelled" && !isKept(record, action) ? cancelled(g, action) : outcome(news);
}

// Only of a sync that was cancelled there is something to show: whom it got to.
function isKept(record, action) {
	return record.type === "sync-learners" && action !== "preview";
}

function cancelled(g, action) {
	stage(g.name, el("p", { class: "notice warn" }, t(action === "preview" ? "preview.broken_off" : "job.cancelled")));
}

export async function syncedView(g, record) {
	const rows = await rowsOf(record.id), changed = rows.filter((row) => row.reason === "not_in_preview").length;
	const needs = peopleView(rows, ["failed", "unresolved", "removal_failed"]);
	stage(t("summary.title", { class: g.name }), [
		record.state === "cancelled" && el("p", { class: "notice" }, t("job.cancelled")),
		changed > 0 && el("p", { class: "notice warn" }, t("plan.changed", { n: changed })),
		counts(record), record.message && !changed && el("p", {}, said(record.message)),
		!needs.length && !changed && record.state === "done" && el("p", { class: "notice good" }, t("resynced")),
		needs, peopleView(rows, ["held"], planned)]);
}

// The brake: nobody goes unless somebody says so, by name.
async function approval(g, record) {
	const rows = (await rowsOf(record.id)).filter((row) => row.outcome === "held"), n = rows.length;
	const yes = act(t("brake.yes", { n }), "danger", () => runJob(g, "approve", t("act.resync"),
		() => post(g, "approve", { plan: record.id }), (news) => syncedView(g, news)));
	stage(t("brake.title", { class: g.name }), [el("p", { class: "notice warn" }, t("approve.text", { n })),
		el("p", {}, t("approve.advice")), peopleView(rows, ["held"])], [back(t("brake.no")), n > 0 ? yes : ""]);
}

// What a run would do, by name and reason; and the run that does exactly that.
export async function previewView(g, record) {
	const rows = await rowsOf(record.id), n = (...outcomes) => rows.filter((row) => outcomes.includes(row.outcome)).length;
	const come = n("added"), go = n("removed", "removed_locally", "held"), cannot = n("failed", "unresolved", "removal_failed");
	const stay = rows.filter((row) => row.outcome === "already_member");
	const doIt = act(t("preview.do"), "main", () => runJob(g, "resync", t("act.resync"),
		() => post(g, "resync", { plan: record.id }), (news) => syncedView(g, news)));
	stage(t("preview.title", { class: g.name }), [
		el("ul", { class: "counts tiles" }, figure("green", come, planned("added")), figure("orange", go, planned("removed")),
			figure("grey", cannot, planned("unresolved")), figure("blue", stay.length, planned("already_member"))),
		come + go === 0 && el("p", { class: "notice good" }, t("preview.same")),
		n("held") > 0 && el("p", { class: "notice warn" }, t("preview.held", { n: n("held") })),
		peopleView(rows, PLAN, planned),
		stay.length > 0 && el("details", {}, el("summary", {}, t("preview.stay", { n: stay.length })),
			el("ul", {}, stay.map((row) => el("li", {}, row.name || row.email || row.learner)))),
		el("p", { class: "quiet" }, t("preview.about"))], [back(), come + go > 0 ? doIt : ""]);
}
