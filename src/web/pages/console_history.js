/* console_history - what happened, when and through whom: the answer to "why is Thabo not in 8B?". */
import { ask } from "./api.js";
import { act, say } from "./dialog.js";
import { el, save } from "./dom.js";
import { beginConsole, fetched, placeOf, tellTrouble } from "./console.js";
import { eventRow } from "./events.js";
import { field } from "./form.js";
import { moreButton, sheet } from "./sheet.js";
import { t } from "./words.js";

const LOOKS_MAX = 20, FIELDS = ["learner", "class", "run", "by"];
let form, place, bar, events = [], next = "";

function asked() {
	return Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
}

function pageOf(after) {
	return ask("GET", "/v1/console/history?" + new URLSearchParams({ ...asked(), ...(after && { after }) }));
}

function draw() {
	place.replaceChildren(events.length === 0 ? el("p", { class: "empty" }, t("history.none")) :
		sheet(t("section.history"), [t("event.at"), t("event.what"), t("group"), t("event.who"), t("event.why")], events.map((event) => eventRow(event))),
	next ? moreButton(() => load(next)) : "");
}

async function load(after) {
	let answer, from = after;
	// One look goes only so far back; what is asked for may be older.
	for (let looks = 0; looks < LOOKS_MAX && (looks === 0 || (answer.next && !answer.events.length)); looks++) {
		answer = await fetched(place, "history", () => pageOf(from));
		if (!answer)
			return;
		from = answer.next;
	}
	events = after ? [...events, ...answer.events] : answer.events;
	next = answer.next;
	draw();
	say(t("history.n", { n: events.length }));
}

const download = () => act(t("history.csv"), "", async () => {
	try {
		// A browser takes the mark away by which spreadsheets know UTF-8.
		save("history.csv", "\ufeff" + await ask("GET", "/v1/console/history?" + new URLSearchParams(asked()), null, { accept: "text/csv", within_ms: 60000 }));
	} catch (trouble) {
		tellTrouble(bar, trouble, "history");
	}
});

beginConsole("history", async (desk, main, notices) => {
	const before = new URLSearchParams(location.search);
	bar = notices;
	place = el("div", { class: "parts" });
	form = el("form", { class: "card form", role: "search", submit: (event) => {
		event.preventDefault();
		window.history.replaceState(null, "", placeOf("history", asked()));
		load();
	} }, el("div", { class: "pair" }, FIELDS.map((name) => field(name, t("history." + name),
		el("input", { name, value: before.get(name), autocomplete: "off", spellcheck: "false", maxlength: "200" }), t("history." + name + ".about")))),
	el("div", { class: "buttons start" }, el("button", { type: "submit", class: "main" }, t("history.find")), download()));
	main.append(el("p", { class: "quiet" }, t("history.intro")), form, place);
	await load();
});
