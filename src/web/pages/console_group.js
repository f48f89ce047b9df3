/* console_group - one group: what it is in Microsoft 365, its students, its teachers apart from them, and its history. */
import { ask, part } from "./api.js";
import { act } from "./dialog.js";
import { el, pill } from "./dom.js";
import { menuButton } from "./menu.js";
import { STANDING_KINDS } from "./standing.js";
import { onReturn } from "./start.js";
import { beginConsole, card, dayText, fetched, placeOf, tellIn, tellTrouble } from "./console.js";
import { actPlace, mayFollow, menuOf } from "./console_menu.js";
import { consentNotice } from "./console_notes.js";
import { eventRow } from "./events.js";
import { exceptionView } from "./exceptions.js";
import { kindText } from "./kinds.js";
import { sheet } from "./sheet.js";
import { date, knows, t } from "./words.js";

let desk, self, head, place, bar, g;

function studentRow(one) {
	const label = knows("reason." + one.reason) ? t("reason." + one.reason) : one.reason_label || one.reason;
	const days = [one.from && t("from.day", { day: dayText(one.from) }), one.until && t("until.day", { day: dayText(one.until) })].filter(Boolean).join(", ");
	const name = one.name || t("no_name");
	return [[desk.may.history ? el("a", { href: placeOf("history", { learner: one.id, class: g.id }) }, name) : name, days && el("span", { class: "note" }, days) || ""], one.email || "",
		pill(STANDING_KINDS[one.status] || "grey", t("learner." + (one.status || "not_synced"))),
		label ? [el("strong", {}, label), el("span", { class: "remedy" }, knows("remedy." + one.reason) ?
			t("remedy." + one.reason).replace(t("sync"), t("act.resync")) : one.remedy)] : ""];
}

function teacherRow(one) {
	return [one.name || one.id, one.email || "", [one.primary && t("teacher.primary"), t(one.owner ? "teacher.owner" : "teacher.only")].filter(Boolean).join(", ")];
}

// Whoever is let stand is shown nowhere else, once that was accepted.
function exceptionRow(one) {
	const name = one.name || one.user_id;
	const end = act(t("exception.end"), "", async () => {
		try {
			await ask("POST", `/v1/console/groups/${part(g.id)}/exceptions`, { user_id: one.user_id, kind: "none", name: one.name });
			await load();
			tellIn(bar, "good", t("drift.saved"));
		} catch (trouble) {
			tellTrouble(bar, trouble, "exception", g.name);
		}
	});
	end.setAttribute("aria-label", t("of_class", { action: t("exception.end"), class: name }));
	return [name, exceptionView(one), desk.may.drift ? end : ""];
}

// A label and what it is; facts without anything to say are left out.
function facts(pairs) {
	return el("dl", { class: "facts" }, pairs.filter(([, value]) => value).map(([label, value]) =>
		el("div", {}, el("dt", {}, label), el("dd", {}, value))));
}

function inMicrosoft() {
	return card("microsoft", "Microsoft 365", facts([
		[t("fact.name"), g.display_name], [t("fact.address"), g.address], [t("fact.about"), g.description],
		[t("fact.is"), g.in_microsoft ? t(g.is_team ? "in.team" : "in.class") : t("in.no")],
		[t("fact.lifetime"), g.lifetime && [dayText(g.lifetime), g.lifetime_over && el("span", { class: "quiet" }, " ", t("lifetime.over", { day: dayText(g.lifetime) }))]],
		[t("fact.made"), g.made_at > 0 && date(g.made_at)], [t("column.synced"), g.last_sync_at > 0 && date(g.last_sync_at)],
		[t("fact.archived"), g.archived_at > 0 && date(g.archived_at)]]),
	g.in_microsoft && el("p", { class: "quiet" }, t("fact.original")));
}

function draw() {
	const students = g.members_hidden ? el("p", { class: "quiet" }, t("students.hidden")) : g.students.length === 0 ?
		el("p", { class: "quiet" }, t("learners.empty")) : sheet(t("students"), [t("column.name"), t("column.email"), t("column.learner"), t("column.reason")],
			g.students.map(studentRow));
	place.replaceChildren(...[inMicrosoft(),
		card("students", t("students.n", { n: g.learners }), students),
		card("teachers", t("teachers"), el("p", { class: "quiet" }, t("teachers.about")), g.teachers.length === 0 ? el("p", {}, t("teachers.none")) :
			sheet(t("teachers"), [t("column.name"), t("column.email"), t("teacher")], g.teachers.map(teacherRow))),
		g.drift && g.drift.length > 0 && card("drift", t("section.drift"), el("p", {}, t("drift.n", { n: g.drift.length })),
			desk.may.drift && el("p", {}, el("a", { href: placeOf("drift", { class: g.id }) }, t("drift.see")))),
		g.exceptions && g.exceptions.length > 0 && card("exceptions", t("exceptions"), el("p", { class: "quiet" }, t("exceptions.about")),
			sheet(t("exceptions"), [t("column.name"), t("drift.standing"), t("column.actions")], g.exceptions.map(exceptionRow))),
		g.history && g.history.length > 0 && card("events", t("section.history"),
			sheet(t("section.history"), [t("event.at"), t("event.what"), t("event.who"), t("event.why")], g.history.map((event) => eventRow(event, true))),
			desk.may.history && el("p", {}, el("a", { href: placeOf("history", { class: g.id }) }, t("history.all"))))].filter(Boolean));
}

async function load() {
	const id = new URLSearchParams(location.search).get("id") || "";
	const news = await fetched(place, "view-group", () => ask("GET", "/v1/console/groups/" + part(id)));
	if (!news)
		return;
	g = news;
	const label = t("of_class", { action: t("column.actions"), class: g.name });
	const menu = menuButton(t("column.actions"), label, () => menuOf(g, desk));
	head.replaceChildren(el("h1", { tabindex: "-1" }, g.group || g.name), el("span", { class: "quiet" }, [kindText(g.kind), g.year].filter(Boolean).join(" · ")),
		el("div", { class: "buttons" }, mayFollow(g, desk, self) && el("a", { class: "button main", href: actPlace(g, "watch") }, t("show_progress")), menu.button, menu.list));
	document.title = (g.group || g.name) + " – " + t("section.groups");
	draw();
}

beginConsole("groups", async (about, main, notices, me) => {
	desk = about;
	self = me;
	bar = notices;
	head = main.firstChild;
	place = el("div", { class: "parts" });
	main.prepend(el("p", { class: "path" }, el("a", { href: placeOf("groups") }, t("section.groups"))));
	main.append(consentNotice(desk), place);
	onReturn(load);
	await load();
});
