/*
 * teams - the list of a teacher's register classes. It is asked for again while something
 * runs, when the person comes back to it, and when another tab says that something changed;
 * rows change in place, so that focus and reading position stay where they are.
 */
import { Trouble, ask, part, whoAmI } from "./api.js";
import { isOpen, say, show } from "./dialog.js";
import { away, button, el, pill, write } from "./dom.js";
import { startCreate, watchCreate } from "./create.js";
import { backOff, hasEnded, pause } from "./follow.js";
import { startLearners } from "./learners.js";
import { actionsOf, asideOf, isLinked, noteOf, statusOf, statusText, work } from "./rules.js";
import { begin, onReturn } from "./start.js";
import { startSync, syncFailed, syncOutcome, watchSync } from "./sync.js";
import { isOfLink, troubleView } from "./trouble.js";
import { onNews, seen, watched } from "./watched.js";
import { date, number, t } from "./words.js";

const STATUS_KINDS = { no_team: "grey", pending: "amber", active: "green", failed: "orange" };
const BUSY_MS = 2000, QUIET_MS = 60000;

const rows = new Map();
let me, main, way, bar, table, body, empty, hint, failures = 0, isStale = false, isAsked = false, wake = () => {};

/* ---- one class ------------------------------------------------------------------------------ */

function progressOf(c) {
	const job = work(c);
	if (!job)
		return "";
	const text = t(job.type === "create-team" ? "note.creating" : "note.syncing");
	return job.total > 0 ? t("note.counted", { text, done: job.done || 0, total: job.total }) : text;
}

function showProgress(c, from) {
	const job = work(c);
	if (job)
		(job.type === "create-team" ? watchCreate : watchSync)(c, job, from);
}

async function showLast(c, from) {
	try {
		const record = await ask("GET", "/v1/jobs/" + part(c.last_sync_job));
		if (record.type === "sync-learners" && hasEnded(record))
			return syncOutcome(c, record, from);
	} catch (trouble) {
		if (trouble.code !== "not_found")
			return syncFailed(c, trouble, "failed.look", null, from);
	}
	show({ title: t("summary.title", { class: c.name }), from, body: el("p", {}, t("summary.gone")) });
}

function labelled(b, action, c) {
	write(b, t(action));
	b.setAttribute("aria-label", t("of_class", { action: t(action), class: c.name }));
}

function newRow() {
	let c, linked;
	const opener = (b) => ({ button: b, row });
	const press = (action, doIt, kind) => {
		const b = button(t(action), () => doIt(c, opener(b)), kind);
		b.action = action;
		return b;
	};
	const name = el("span", { class: "name" }), note = el("span", { class: "note" });
	const status = el("td", { role: "cell" }), learners = el("td", { role: "cell", class: "number" });
	const synced = el("td", { role: "cell" }), link = el("span", {});
	const progress = press("show_progress", showProgress, "main"), create = press("create", startCreate, "main");
	const sync = press("sync", startSync, "main"), view = press("view", startLearners);
	const last = press("last_summary", showLast, "link");
	const row = el("tr", { role: "row", tabindex: "-1", dblclick: () => startLearners(c, opener(view)), keydown: keyed },
		el("th", { scope: "row", role: "rowheader" }, name, note), status, learners, synced,
		el("td", { role: "cell", class: "actions" }, progress, create, sync, view, link));

	function keyed(event) {
		const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
		if (event.target !== row || (event.key !== "Enter" && !next))
			return;
		event.preventDefault();
		if (next)
			reach(next).focus();
		else
			startLearners(c, opener(view));
	}

	function update(news, connection) {
		const same = JSON.stringify([news, connection.state]);
		if (same === linked)
			return;
		linked = same;
		c = news;
		const may = actionsOf(c, connection), aside = asideOf(c);
		write(name, c.name);
		write(note, progressOf(c) || noteOf(c, connection));
		status.replaceChildren(pill(STATUS_KINDS[statusOf(c)] || "grey", statusText(c)),
			aside && el("span", { class: "aside" }, aside) || "");
		learners.replaceChildren(el("span", { class: "narrow" }, t("column.learners") + " "), number(c.learners || 0));
		synced.replaceChildren(...(c.last_sync_at ? [el("span", { class: "narrow" }, t("column.synced") + " "),
			el("time", { datetime: new Date(c.last_sync_at).toISOString() }, date(c.last_sync_at))] : []),
			...(c.last_sync_job && !work(c) ? [last] : []));
		link.replaceChildren(may.open && away(t("open"), c.web_url, { class: "button", click: () => look([c]),
			"aria-label": t("of_class", { action: t("open"), class: c.name }) + " (" + t("new_window") + ")" }) || "");
		for (const b of [progress, create, sync, view, last])
			labelled(b, b.action, c);
		progress.hidden = !work(c);
		create.hidden = !may.create;
		sync.hidden = !may.sync;
	}

	return { row, update, opener: () => opener(view), get class() { return c; } };
}

/* ---- the list ---------------------------------------------------------------------------------- */

// One row is reached with Tab, the others from it with the arrows.
function reach(row) {
	for (const other of body.children)
		other.tabIndex = other === row ? 0 : -1;
	return row;
}

function fill(classes) {
	const wanted = classes.map((c) => {
		if (!rows.has(c.id))
			rows.set(c.id, newRow());
		rows.get(c.id).update(c, me.connection);
		return rows.get(c.id).row;
	});
	for (const id of [...rows.keys()])
		if (!classes.some((c) => c.id === id)) {
			rows.get(id).row.remove();
			rows.delete(id);
		}
	wanted.forEach((row, i) => {
		if (body.children[i] !== row)
			body.insertBefore(row, body.children[i] || null);
	});
	if (wanted.length && !wanted.some((row) => row.tabIndex === 0))
		reach(wanted[0]);
	table.hidden = hint.hidden = wanted.length === 0;
	empty.hidden = wanted.length > 0;
}

// The line above the list: what keeps it from being up to date; nothing when nothing does.
function told(trouble) {
	const code = trouble ? trouble.code : "";
	const text = !trouble ? "" : code === "session" ? t("session.over") : trouble.passes ?
		t(navigator.onLine && code !== "offline" ? "away" : "offline") : "";
	const view = text ? [el("p", { class: "notice warn" }, text)] :
		trouble ? troubleView(trouble, { name: "", action: "list-classes" }) : [];
	if ((bar.dataset.code || "") !== code) {
		bar.replaceChildren(...view.filter(Boolean));
		bar.dataset.code = code;
		say(text || t(trouble ? "failed.plain" : "back"));
	}
}

// What the person may do hangs on their Microsoft Connection.
function know(news) {
	me = news;
	way.replaceWith(way = banner());
}

async function read() {
	if (isStale) {
		isStale = false;
		know(await whoAmI().catch((trouble) => {
			isStale = true;
			throw trouble;
		}));
	}
	const { classes } = await ask("GET", "/v1/classes");
	fill(classes);
	return classes;
}

// Asks at once, or again when an answer is on its way; the loop in keepUp goes on from there.
function load() {
	isAsked = true;
	wake();
}

function heard(code) {
	isStale ||= isOfLink(code);
	load();
}

const woken = () => new Promise((resolve) => { wake = resolve; });

async function keepUp(classes) {
	for (;;) {
		const busy = classes.some((c) => c.job);
		const rest = failures ? backOff(failures) : busy ? BUSY_MS : QUIET_MS;
		if (!isAsked)
			await Promise.race([pause(rest), woken()]);
		isAsked = false;
		if (document.hidden)
			continue;
		try {
			classes = await read();
			failures = 0;
			told(null);
		} catch (trouble) {
			if (!(trouble instanceof Trouble))
				throw trouble;
			told(trouble);
			failures++;
			if (trouble.code === "session")
				await woken();
		}
	}
}

// Are the Teams still there? The answers come with the list.
async function look(classes) {
	for (const c of classes)
		if (statusOf(c) !== "no_team" && !c.job && isLinked(me.connection))
			await ask("POST", "/v1/jobs", { type: "check-team", class: { id: c.id } }).catch(() => {});
	load();
}

// Comes back to what was running when the page was left, or to what came of it meanwhile.
async function comeBack(classes) {
	const kept = watched(), mine = (c) => !work(c).requested_by || work(c).requested_by === me.id;
	const live = classes.filter((c) => work(c) && mine(c));
	const c = live.find((one) => kept[one.id] === one.job.id) || live[0];
	if (c)
		return showProgress(c, rows.get(c.id).opener());
	for (const one of classes.filter((each) => kept[each.id])) {
		const record = await ask("GET", "/v1/jobs/" + part(kept[one.id])).catch(() => null);
		seen(one);
		if (record && record.type === "sync-learners" && hasEnded(record) && !isOpen())
			return syncOutcome(one, record, rows.get(one.id).opener());
	}
}

function banner() {
	if (isLinked(me.connection))
		return el("div", { hidden: true });
	if (me.connection.mode === "app")
		return el("p", { class: "notice warn" }, t("connection.no_app"));
	return el("div", { class: "notice warn banner" },
		el("div", {}, el("h2", {}, t("banner.title")), el("p", {}, t("banner.text"))),
		el("a", { class: "button main", href: "/staff/settings#connection" }, t("banner.link")));
}

function help() {
	const topics = [["help.pending.q", "slow.advice"], ["help.open.q", "help.open.a"],
		["help.changes.q", "help.changes.a"], ["help.name.q", "help.name.a"], ["help.when.q", "help.when.a"],
		["help.year.q", "help.year.a"], ["help.support.q", "help.support.a"]];
	return el("section", { class: "help", "aria-labelledby": "help" }, el("h2", { id: "help" }, t("help")),
		topics.map(([q, a]) => el("details", {}, el("summary", {}, t(q)), el("p", {}, t(a)))));
}

function buildTeams() {
	const heads = ["column.class", "column.status", "column.learners", "column.synced", "column.actions"];
	way = banner();
	bar = el("div", { class: "bar" });
	body = el("tbody", { role: "rowgroup" });
	table = el("table", { role: "table", class: "classes", "aria-label": t("classes"), hidden: true },
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
			heads.map((key) => el("th", { scope: "col", role: "columnheader" }, t(key))))), body);
	hint = el("p", { class: "quiet hint", hidden: true }, t("row.hint"));
	empty = el("div", { class: "empty", hidden: true }, el("h2", {}, t("empty.title")), el("p", {}, t("empty.text")));
	const again = button(t("refresh"), async () => {
		await look([...rows.values()].map((row) => row.class));
		say(t("refreshed"));
	});
	main.replaceChildren(el("div", { class: "head" }, el("h1", {}, t("title.teams")), again),
		el("p", { class: "quiet" }, t("intro")), way, bar, table, hint, empty, help());
}

async function teamsScreen(who, where) {
	me = who;
	main = where;
	buildTeams();
	const classes = await read();
	onNews(me.id, heard);
	onReturn((news) => { know(news); load(); });
	keepUp(classes);
	await comeBack(classes);
	const [visit] = performance.getEntriesByType("navigation");
	if (visit && visit.type === "reload")
		look(classes);
}

begin(teamsScreen);
