/*
 * console_groups - the school's groups: found by kind, by name, by whether they are in Microsoft
 * 365, each with its Actions. The list is asked for again while something runs, when the
 * person comes back to it, and after every act; rows change in place.
 */
import { Trouble, ask } from "./api.js";
import { say } from "./dialog.js";
import { button, el, pill, write } from "./dom.js";
import { backOff, pause } from "./follow.js";
import { menuButton } from "./menu.js";
import { beginConsole, dayText, placeOf, tellTrouble } from "./console.js";
import { actPlace, mayFollow, menuOf } from "./console_menu.js";
import { consentNotice, rosterNotice } from "./console_notes.js";
import { choice } from "./form.js";
import { KINDS, kindText } from "./kinds.js";
import { moreButton } from "./sheet.js";
import { onReturn } from "./start.js";
import { date, knows, number, said, t } from "./words.js";

const BUSY_MS = 2000, QUIET_MS = 60000, PAGES_MAX = 20;
const rows = new Map();
let desk, self, bar, form, body, table, line, more, none, next = "", pages = 1, failures = 0, wake = () => {};

/* ---- one group ---------------------------------------------------------------------------- */

function stateCell(g) {
	const name = g.display_name && g.in_microsoft && el("span", { class: "name" }, g.display_name);
	const text = g.in_microsoft ? (knows("status." + g.status) && g.is_team ? t("status." + g.status, { n: g.failed }) : t(g.is_team ? "in.team" : "in.class")) :
		t(g.job && g.job.type.startsWith("create") ? "in.coming" : "in.no");
	return [pill(g.in_microsoft && g.is_team ? g.colour : g.in_microsoft ? "green" : g.job ? "amber" : "grey", text), name || "",
		g.in_microsoft && g.address && el("span", { class: "aside" }, g.address) || "",
		g.unresolved > 0 && el("span", { class: "aside" }, t("note.unresolved", { n: g.unresolved })) || "",
		g.lifetime_over && el("span", { class: "aside" }, t("lifetime.over", { day: dayText(g.lifetime) })) || ""];
}

function jobText(g) {
	const key = "doing." + g.job.type, text = knows(key) ? t(key) : t("doing.other");
	return g.job.total > 0 ? t("note.counted", { text, done: g.job.done || 0, total: g.job.total }) : text;
}

function newRow() {
	let g, was;
	const name = el("a", { class: "name" }), note = el("span", { class: "note" });
	const students = el("td", { role: "cell", class: "number" }), state = el("td", { role: "cell" }), synced = el("td", { role: "cell" });
	const menu = menuButton(t("column.actions"), "", () => [{ text: t("act.view"), href: placeOf("group", { id: g.id }) }, ...menuOf(g, desk)]);
	const progress = el("a", { class: "button main" }, t("show_progress"));
	const row = el("tr", { role: "row", dblclick: (event) => event.target.closest("a, button") || location.assign(name.href) },
		el("th", { scope: "row", role: "rowheader" }, name, note), students, state, synced,
		el("td", { role: "cell", class: "actions" }, progress, menu.button, menu.list));

	function update(news) {
		const same = JSON.stringify(news);
		if (same === was)
			return;
		was = same;
		g = news;
		const label = t("of_class", { action: t("column.actions"), class: g.name });
		write(name, g.group || g.name);
		name.href = placeOf("group", { id: g.id });
		write(note, g.job ? jobText(g) : [kindText(g.kind), g.note && (knows("said:" + g.note) ? said(g.note) : g.note)].filter(Boolean).join(" · "));
		students.replaceChildren(el("span", { class: "narrow" }, t("students") + " "), number(g.learners));
		state.replaceChildren(...stateCell(g));
		synced.replaceChildren(...(g.last_sync_at ? [el("span", { class: "narrow" }, t("column.synced") + " "),
			el("time", { datetime: new Date(g.last_sync_at).toISOString() }, date(g.last_sync_at))] : []));
		menu.button.setAttribute("aria-label", label);
		menu.list.setAttribute("aria-label", label);
		progress.hidden = !mayFollow(g, desk, self);
		progress.href = actPlace(g, "watch");
		progress.setAttribute("aria-label", t("of_class", { action: t("show_progress"), class: g.name }));
	}

	return { row, update, get busy() { return Boolean(g.job); } };
}

/* ---- the list ------------------------------------------------------------------------------- */

function fill(groups) {
	const wanted = groups.map((g) => {
		if (!rows.has(g.id))
			rows.set(g.id, newRow());
		rows.get(g.id).update(g);
		return rows.get(g.id).row;
	});
	for (const [id, one] of [...rows])
		if (!groups.some((g) => g.id === id)) {
			one.row.remove();
			rows.delete(id);
		}
	wanted.forEach((row, i) => {
		if (body.children[i] !== row)
			body.insertBefore(row, body.children[i] || null);
	});
	table.hidden = groups.length === 0;
	none.hidden = groups.length > 0;
}

function asked() {
	const data = new FormData(form);
	return Object.fromEntries([...data].map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
}

async function read() {
	const groups = [], query = asked();
	let total = 0;
	next = "";
	for (let i = 0; i < pages && (i === 0 || next); i++) {
		const page = await ask("GET", "/v1/console/groups?" + new URLSearchParams({ ...query, ...(next && { after: next }) }));
		groups.push(...page.groups);
		next = page.next;
		total = page.total;
	}
	// Somebody may have asked for others meanwhile.
	if (JSON.stringify(query) !== JSON.stringify(asked()))
		return read();
	fill(groups);
	more.hidden = !next || pages >= PAGES_MAX;
	if (line.textContent !== t("groups.n", { n: total })) {
		write(line, t("groups.n", { n: total }));
		say(line.textContent);
	}
}

function told(trouble) {
	if (!trouble && bar.childElementCount === 0)
		return;
	if (!trouble) {
		bar.replaceChildren();
		say(t("back"));
	} else if (failures === 0) {
		bar.replaceChildren(el("p", { class: "notice warn" }, t(trouble.code === "session" ? "session.over" :
			navigator.onLine && trouble.code !== "offline" ? "away" : "offline")));
		say(bar.textContent);
	}
}

async function look() {
	try {
		await read();
		told(null);
		failures = 0;
	} catch (trouble) {
		if (!(trouble instanceof Trouble))
			throw trouble;
		if (trouble.passes || trouble.code === "session")
			told(trouble);
		else
			tellTrouble(bar, trouble, "list-groups");
		failures++;
	}
}

async function keepUp() {
	for (;;) {
		const busy = [...rows.values()].some((one) => one.busy);
		const rest = failures ? backOff(failures) : busy ? BUSY_MS : QUIET_MS;
		await Promise.race([pause(rest), new Promise((resolve) => { wake = resolve; })]);
		if (!document.hidden)
			await look();
	}
}

function search() {
	const before = new URLSearchParams(location.search);
	const text = el("input", { name: "q", type: "search", id: "q", value: before.get("q"), autocomplete: "off", input: () => {
		clearTimeout(timer);
		timer = setTimeout(again, 250);
	} });
	let timer;
	const again = () => {
		pages = 1;
		history.replaceState(null, "", placeOf("groups", asked()));
		wake();
	};
	const kind = choice("kind", before.get("kind"), [["", t("all.kinds")], ...KINDS.map((one) => [one, t("groupkind." + one)])]);
	const state = choice("state", before.get("state"), [["", t("all.states")], ["in", t("state.in")], ["out", t("state.out")]]);
	kind.setAttribute("aria-label", t("groupkind"));
	state.setAttribute("aria-label", "Microsoft 365");
	kind.addEventListener("change", again);
	state.addEventListener("change", again);
	return el("form", { class: "filters", role: "search", submit: (event) => { event.preventDefault(); again(); } },
		el("label", { for: "q" }, t("find")), text, kind, state);
}

beginConsole("groups", async (about, main, notices, me) => {
	const came = new URLSearchParams(location.search);
	// Microsoft's way back leads here.
	if (came.has("consent") && about.may.setup)
		return location.replace(placeOf("settings", { consent: came.get("consent") }));
	desk = about;
	self = me;
	bar = notices;
	form = search();
	line = el("p", { class: "quiet" });
	none = el("div", { class: "empty", hidden: true }, el("h2", {}, t("groups.none")), el("p", {}, t(desk.source.accepted_at || desk.groups.total ? "groups.none.found" : "roster.none")));
	body = el("tbody", { role: "rowgroup" });
	table = el("table", { role: "table", class: "sheet groups", "aria-label": t("section.groups"), hidden: true },
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, [t("column.group"), t("students"), "Microsoft 365", t("column.synced"), t("column.actions")]
			.map((head) => el("th", { scope: "col", role: "columnheader" }, head)))), body);
	more = moreButton(async () => {
		pages++;
		await look();
	});
	more.hidden = true;
	main.firstChild.append(button(t("refresh"), async () => {
		await look();
		say(t("refreshed"));
	}));
	main.append(el("p", { class: "quiet" }, t("groups.intro")), rosterNotice(desk), consentNotice(desk), form, line, table, none, more);
	onReturn(() => wake());
	await look();
	keepUp();
});
