/* console_history - what happened, when and through whom: the answer to "why is Thabo not in 8B?". */
import { ask } from "./api.js";
import { act, say } from "./dialog.js";
import { el, save } from "./dom.js";
import { beginConsole, fetched, placeOf, tellTrouble } from "./console.js";
import { eventRow } from "./events.js";
import { field } from "./form.js";
import { moreButton, sheet, sheetRows } from "./sheet.js";
import { onReturn } from "./start.js";
import { t } from "./words.js";

const LOOKS_MAX = 20, FIELDS = ["learner", "class", "run", "by"];
let form, place, bar, shown = {};

function asked() {
	return Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
}

// One look goes only so far back; what is wanted may be older. Where it fails the box says why.
async function sought(wanted, after, box) {
	let found, from = after;
	for (let looks = 0; looks < LOOKS_MAX && (looks === 0 || (found.next && !found.events.length)); looks++) {
		const query = new URLSearchParams({ ...wanted, ...(from && { after: from }) });
		found = await fetched(box, "history", () => ask("GET", "/v1/console/history?" + query));
		if (!found)
			return null;
		from = found.next;
	}
	return found;
}

// What is older is put below what is read; the focus stays on the button while there is more.
function draw(wanted, first) {
	const heads = [t("event.at"), t("event.what"), t("column.group"), t("event.who"), t("event.why")];
	const table = sheet(t("section.history"), heads, []), rows = table.tBodies[0].children;
	const none = el("p", { class: "empty", tabindex: "-1" }, t("history.none")), trouble = el("div", { class: "bar" });
	let next;

	function take(found) {
		table.tBodies[0].append(...sheetRows(heads, found.events.map((event) => eventRow(event))));
		next = found.next;
		shown = { wanted, n: rows.length };
		table.hidden = rows.length === 0;
		none.hidden = rows.length > 0;
		more.hidden = !next;
		say(t("history.n", { n: rows.length }));
	}

	const more = moreButton(async () => {
		const found = await sought(wanted, next, trouble), had = rows.length;
		if (!found)
			return;
		trouble.replaceChildren();
		take(found);
		if (next)
			return;
		const goesOn = rows[had] || rows[had - 1] || none;
		goesOn.tabIndex = -1;
		goesOn.focus();
	});

	place.replaceChildren(none, table, trouble, more);
	take(first);
}

async function load(wanted, n = 0) {
	let found = await sought(wanted, "", place);
	while (found && found.next && found.events.length < n) {
		const older = await sought(wanted, found.next, place);
		found = older && { events: [...found.events, ...older.events], next: older.next };
	}
	if (found)
		draw(wanted, found);
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
		load(asked());
	} }, el("div", { class: "pair" }, FIELDS.map((name) => field(name, t("history." + name),
		el("input", { name, value: before.get(name), autocomplete: "off", spellcheck: "false", maxlength: "200" }), t("history." + name + ".about")))),
	el("div", { class: "buttons start" }, el("button", { type: "submit", class: "main" }, t("history.find")), download()));
	main.append(el("p", { class: "quiet" }, t("history.intro")), form, place);
	// What was typed and not looked for stays; of what was read nothing goes.
	onReturn(() => load(shown.wanted || asked(), shown.n));
	await load(asked());
});
