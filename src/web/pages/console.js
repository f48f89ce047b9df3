/*
 * console - the frame of the administrators' pages: which sections there are for whom, and how
 * it is told what went well and what did not.
 */
import { ask } from "./api.js";
import { say } from "./dialog.js";
import { el } from "./dom.js";
import { begin } from "./start.js";
import { troubleView, wordTrouble } from "./trouble.js";
import { knows, locale, number, t } from "./words.js";

// Section, and what has to be allowed for it; groups are for everybody who gets here.
const SECTIONS = [["groups"], ["settings", "setup"], ["roster", "setup"], ["names", "names"], ["report", "report"], ["drift", "drift"],
	["matches", "matches"], ["history", "history"], ["year", "year"]];

export function placeOf(section, query) {
	const asked = new URLSearchParams(query || {}).toString();
	return (section === "groups" ? "/console" : "/console/" + section) + (asked && "?" + asked);
}

function frame(desk, here) {
	const nav = document.querySelector("nav");
	nav.replaceChildren(...SECTIONS.filter(([, right]) => !right || desk.may[right]).map(([section]) =>
		el("a", { href: placeOf(section), "aria-current": section === here && "page" }, t("section." + section))));
	const mark = nav.querySelector("[aria-current]");
	if (mark)
		nav.scrollLeft = mark.offsetLeft - 16;
}

// A day of the calendar, "2027-07-31", as people write it; what is none stays as it is.
export function dayText(day) {
	const at = new Date(day);
	return isNaN(at) ? day : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(at);
}

// What the console has of its own to say of a code; "" otherwise.
export function refusal(code) {
	return knows("refused." + code) ? t("refused." + code) : "";
}

// screen(desk, main, bar, me) fills main below its heading; desk is what the service says of
// the school and of the person. bar is where it is told how something went.
export function beginConsole(here, screen) {
	wordTrouble(refusal);
	begin(async (me, main) => {
		const desk = await ask("GET", "/v1/console");
		const bar = el("div", { class: "bar" });
		frame(desk, here);
		main.replaceChildren(el("div", { class: "head" }, el("h1", {}, document.title)), bar);
		await screen(desk, main, bar, me);
	});
}

/* ---- telling ---------------------------------------------------------------------------- */

function tell(bar, what) {
	bar.replaceChildren(...what);
	bar.firstChild.tabIndex = -1;
	bar.firstChild.focus();
}

export function tellIn(bar, kind, text) {
	tell(bar, [el("p", { class: "notice " + kind }, text)]);
}

export function tellTrouble(bar, trouble, action, name = "") {
	tell(bar, troubleView(trouble, { name, action }).filter(Boolean));
}

// What fetchIt() gives; where it gives nothing the box says why, and null comes.
export async function fetched(box, action, fetchIt) {
	box.setAttribute("aria-busy", "true");
	try {
		return await fetchIt();
	} catch (trouble) {
		box.replaceChildren(...troubleView(trouble, { name: "", action }).filter(Boolean));
		say(box.firstChild.textContent);
		return null;
	} finally {
		box.removeAttribute("aria-busy");
	}
}

/* ---- parts ------------------------------------------------------------------------------ */

export function card(id, title, ...what) {
	return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), what);
}

export function figure(kind, n, label) {
	return el("li", { class: kind }, el("strong", {}, typeof n === "number" ? number(n) : n), " ", el("span", {}, label));
}
