/*
 * console_roster - what the school's MIS said last, and a new roster from a file: it is looked at
 * first, with each fault by file, row and column; only then, if wanted, it is taken.
 */
import { ask, part } from "./api.js";
import { act, say } from "./dialog.js";
import { el, pill } from "./dom.js";
import { troubleView, wordTrouble } from "./trouble.js";
import { beginConsole, card, figure, refusal } from "./console.js";
import { field } from "./form.js";
import { sheet } from "./sheet.js";
import { onReturn } from "./start.js";
import { date, knows, number, t } from "./words.js";

const LEVELS = { refused: "red", error: "red", warning: "amber", note: "grey" }, GOOD = ["accepted", "unchanged", "checked"];
const SEND_WITHIN_MS = 600000;
let desk, place, last;

/* ---- what came of it ------------------------------------------------------------------------ */

function faultRow(fault) {
	const where = [fault.file, fault.row > 0 && t("fault.row", { n: fault.row }), fault.column].filter(Boolean).join(", ");
	return [[pill(LEVELS[fault.level] || "grey", t("level." + fault.level)), el("span", { class: "note" }, where)],
		el("span", { lang: "en" }, fault.what), fault.value ? el("code", {}, fault.value) : "", el("span", { lang: "en" }, fault.remedy)];
}

function faultsView({ faults, refused, errors, warnings, notes }) {
	const all = refused + errors + warnings + notes;
	return all > 0 && [el("h3", {}, t("faults", { n: all })),
		sheet(t("faults", { n: all }), [t("fault.where"), t("fault.what"), t("fault.value"), t("fault.remedy")], faults.map(faultRow)),
		all > faults.length && el("p", { class: "quiet" }, t("names.more", { n: all - faults.length }))];
}

function reportView(report) {
	const { changes, groups, read, left_out: left } = report, tiles = [];
	if (changes)
		tiles.push(...["new", "changed", "gone", "same", changes.kept > 0 && "kept", "unusable"].filter(Boolean).map((key) =>
			figure({ new: "green", changed: "blue", gone: "orange", kept: "orange", unusable: changes.unusable ? "red" : "grey" }[key] || "grey", changes[key], t("change." + key))));
	const facts = [report.format, report.system, read && t("roster.read", { classes: read.classes, users: read.users, enrolments: read.enrolments })];
	const skipped = left && Object.entries(left).filter(([, n]) => n > 0).map(([key, n]) => `${t("left_out." + key)}: ${number(n)}`).join(" · ");
	return [el("p", { class: "notice " + (GOOD.includes(report.verdict) ? "good" : "bad") },
		t(knows("verdicts." + report.verdict) ? "verdicts." + report.verdict : "verdicts.refused")),
	report.why && el("p", { lang: "en" }, report.why), el("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
	tiles.length > 0 && el("ul", { class: "counts tiles" }, tiles),
	groups && el("p", {}, ["year", "registration", "teaching"].map((kind) => `${t("groupkind." + kind)}: ${number(groups[kind])}`).join(" · ")),
	skipped && el("p", { class: "quiet" }, t("left_out", { what: skipped })), faultsView(report.faults)];
}

function showReport(report, file) {
	const isHeld = report.verdict === "held";
	const take = act(t(isHeld ? "roster.take.held" : "roster.take"), isHeld ? "danger" : "main", () => sendRoster(file, isHeld ? { accept_drop: 1 } : {}));
	place.replaceChildren(card("report", file.name, reportView(report),
		el("div", { class: "buttons start" }, isHeld || report.verdict === "checked" ? take : "")));
	place.firstChild.firstChild.tabIndex = -1;
	place.firstChild.firstChild.focus();
}

async function sendRoster(file, how) {
	const bar = el("progress", { "aria-label": t("roster.sending") });
	place.replaceChildren(card("report", file.name, el("p", {}, t("roster.sending")), bar));
	say(t("roster.sending"));
	try {
		const asked = new URLSearchParams(how).toString();
		showReport(await ask("POST", `/v1/rosters/${part(desk.school.id)}?${asked}`, file, { within_ms: SEND_WITHIN_MS }), file);
		await lookAgain().catch(() => {});
	} catch (trouble) {
		if (trouble.report)
			return showReport(trouble.report, file);
		place.replaceChildren(...troubleView(trouble, { name: "", action: "send-roster" }).filter(Boolean));
		say(place.firstChild.textContent);
	}
}

/* ---- what there is ---------------------------------------------------------------------------- */

function drawLast() {
	const s = desk.source;
	last.replaceChildren(card("last", t("roster.last"), s.accepted_at ? [
		el("p", {}, [t("roster.taken", { date: date(s.accepted_at) }), s.by && t("event.by", { name: s.by }), s.format].filter(Boolean).join(" · ")),
		el("ul", { class: "counts tiles" }, figure("grey", s.classes, t("roster.classes")), figure("grey", s.users, t("roster.users")),
			figure("grey", s.enrolments, t("roster.enrolments")))] : el("p", {}, t(desk.groups.total ? "roster.portal" : "roster.none"))));
}

// The file that was chosen, and what came of it, stay.
async function lookAgain() {
	desk = await ask("GET", "/v1/console");
	drawLast();
}

beginConsole("roster", (about, main) => {
	desk = about;
	wordTrouble((code) => code === "no_roster" ? t("unsaved.no_roster") : refusal(code));
	place = el("div", { class: "parts" });
	last = el("div", { class: "parts" });
	drawLast();
	const input = el("input", { type: "file", name: "roster", accept: ".zip,application/zip", required: true });
	const check = act(t("roster.check"), "main", async () => form.reportValidity() && sendRoster(input.files[0], { dry_run: 1 }));
	const form = el("form", { class: "form", submit: (event) => { event.preventDefault(); check.click(); } },
		field("roster", t("roster.file"), input, t("roster.file.about")), el("div", { class: "buttons start" }, check));
	main.append(el("p", { class: "quiet" }, t("roster.intro")), last, card("send", t("roster.send"), form), place);
	onReturn(lookAgain);
});
