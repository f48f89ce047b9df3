/* console_matches - how many students have a Microsoft account that is surely theirs, who has none, and what was matched by hand. */
import { ask, part } from "./api.js";
import { act, close, say, show } from "./dialog.js";
import { button, el } from "./dom.js";
import { beginConsole, fetched, figure, placeOf, tellIn, tellTrouble } from "./console.js";
import { field } from "./form.js";
import { moreButton, sheet } from "./sheet.js";
import { onReturn } from "./start.js";
import { troubleTitle, troubleView } from "./trouble.js";
import { date, knows, t } from "./words.js";

const SHOWN_AT_ONCE = 500, FEW = 20, GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
let place, bar, wanted = "";

async function put(learner, body) {
	await ask("PUT", "/v1/console/matches/" + part(learner), body);
	await load();
}

function matchByHand(one, from) {
	const input = el("input", { name: "account", required: true, autocomplete: "off", spellcheck: "false" });
	const form = el("form", { class: "form", submit: (event) => { event.preventDefault(); save.click(); } }, el("p", {}, t("match.text")),
		field("account", t("match.account"), input, t("match.account.about")));
	const save = act(t("match.save"), "main", async () => {
		if (!form.reportValidity())
			return;
		const account = input.value.trim();
		try {
			await put(one.learner, GUID.test(account) ? { user_id: account } : { address: account });
			close();
			tellIn(bar, "good", t("match.saved", { name: one.name || one.learner }));
		} catch (trouble) {
			show({ title: troubleTitle(trouble, "failed.plain", {}), body: troubleView(trouble, { name: "", action: "match" }) });
		}
	});
	show({ title: t("match.title", { name: one.name || one.learner }), from: { button: from, row: place }, body: form, buttons: [button(t("cancel"), close), save] });
}

function personRow(one) {
	const label = knows("reason." + one.reason) ? t("reason." + one.reason) : one.reason_label || one.reason;
	const remedy = knows("remedy." + one.reason) ? t("remedy." + one.reason).replace(t("sync"), t("act.resync")) : one.remedy;
	const b = button(t("match.open"), () => matchByHand(one, b));
	b.setAttribute("aria-label", t("of_class", { action: t("match.open"), class: one.name || one.learner }));
	return [[one.name || t("no_name"), el("span", { class: "note" }, one.email || "")], one.classes.flatMap((c, i) =>
		[i ? ", " : "", el("a", { href: placeOf("group", { id: c.id }) }, c.group || c.id)]),
	[el("strong", {}, label), remedy && el("span", { class: "remedy" }, remedy) || ""], b];
}

function overrideRow(one) {
	const b = act(t("match.drop"), "", async () => {
		try {
			await put(one.learner, {});
			tellIn(bar, "good", t("match.dropped", { name: one.name || one.learner }));
		} catch (trouble) {
			tellTrouble(bar, trouble, "match");
		}
	});
	b.setAttribute("aria-label", t("of_class", { action: t("match.drop"), class: one.name || one.learner }));
	return [one.name || one.learner, one.address || one.user_id, t("match.by", { name: one.by, date: date(one.at) }), b];
}

const everything = (one) => [one.name, one.email, one.learner, ...one.classes.map((c) => c.group)].join("\n").toLowerCase();

// Those without an account, as many as a page bears, and all of them by what they are called.
function peopleList(people) {
	const heads = [t("column.name"), t("section.groups"), t("column.reason"), t("column.actions")], list = el("div", { class: "parts" });
	const areMany = people.length > FEW;
	let shown = SHOWN_AT_ONCE;
	wanted = areMany ? wanted : "";

	function draw() {
		const some = people.filter((one) => everything(one).includes(wanted.trim().toLowerCase()));
		list.replaceChildren(some.length ? sheet(t("match.people"), heads, some.slice(0, shown).map(personRow)) : el("p", { class: "empty" }, t("match.not_found")),
			some.length > shown ? moreButton(drawMore) : "");
		return some.length;
	}

	function drawMore() {
		const had = shown;
		shown += SHOWN_AT_ONCE;
		draw();
		list.querySelectorAll("tbody button")[had].focus();
	}

	const find = el("input", { type: "search", id: "find", value: wanted, autocomplete: "off", spellcheck: "false", input: () => {
		wanted = find.value;
		shown = SHOWN_AT_ONCE;
		say(t("students.n", { n: draw() }));
	} });
	const form = el("form", { class: "filters", role: "search", submit: (event) => event.preventDefault() }, el("label", { for: "find" }, t("match.find")), find);
	draw();
	return [areMany ? form : "", list];
}

async function load() {
	const m = await fetched(place, "matches", () => ask("GET", "/v1/console/matches"));
	if (!m)
		return;
	const rate = m.learners ? Math.floor(1000 * m.matched / m.learners) / 10 : 0;
	place.replaceChildren(el("section", { class: "card" }, el("p", { class: "rate" }, el("strong", {}, t("match.rate", { share: rate })), " ",
		t("match.of", { matched: m.matched, n: m.learners })), el("progress", { max: Math.max(1, m.learners), value: m.matched, "aria-label": t("match.rate", { share: rate }) }),
	el("ul", { class: "counts tiles" }, figure("green", m.matched, t("match.matched")), figure(m.unresolved ? "orange" : "grey", m.unresolved, t("count.unresolved")),
		figure("grey", m.untried, t("match.untried")), figure("grey", m.learners, t("students")))),
	...(m.people.length ? peopleList(m.people) : [el("p", { class: m.matched ? "notice good" : "empty" }, t(m.matched ? "match.nobody" : "match.none"))]),
	...(m.overrides.length ? [el("h2", {}, t("match.overrides")), sheet(t("match.overrides"), [t("column.name"), t("match.account"), t("match.who"), t("column.actions")],
		m.overrides.map(overrideRow))] : []));
}

beginConsole("matches", async (desk, main, notices) => {
	bar = notices;
	place = el("div", { class: "parts", tabindex: "-1" });
	main.append(el("p", { class: "quiet" }, t("match.intro")), place);
	onReturn(load);
	await load();
});
