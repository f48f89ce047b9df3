/* console_names - every name and address before anything is made or saved: length, collisions, the tenant's policy. */
import { ask } from "./api.js";
import { say } from "./dialog.js";
import { el, pill } from "./dom.js";
import { beginConsole, fetched, figure } from "./console.js";
import { field } from "./form.js";
import { kindText } from "./kinds.js";
import { sheet } from "./sheet.js";
import { onReturn } from "./start.js";
import { date, t } from "./words.js";

const NAME_MAX = 256, NICKNAME_MAX = 64, SHOWN_MAX = 500;
const VERDICTS = { ok: "green", refused: "red", unknown: "grey" };

const isPlain = (one) => one.verdict !== "refused" && one.collides_with.length === 0 && !one.changed_by;

function nameRow(one) {
	return [[one.group, el("span", { class: "note" }, kindText(one.kind))],
		[el("span", { class: "solid" }, one.display_name), el("span", { class: "aside" }, t("length", { n: one.display_length, most: NAME_MAX }))],
		// An address that does not fit goes on with its domain.
		[el("span", { class: "solid" }, (one.address || one.nickname).split(/(?=@)/).map((text) => [el("wbr"), text])), el("span", { class: "aside" }, t("length", { n: one.nickname_length, most: NICKNAME_MAX }))],
		[pill(VERDICTS[one.verdict] || "grey", t("verdict." + one.verdict)),
			one.stored && el("span", { class: "aside" }, t("name.stored")) || "",
			one.changed_by && el("span", { class: "aside" }, t("changed." + one.changed_by)) || "",
			one.collides_with.length > 0 && el("span", { class: "aside" }, t("name.collides", { n: one.collides_with.length })) || "",
			one.problem && el("span", { class: "aside", lang: "en" }, one.problem) || ""]];
}

function draw(box, answer, all) {
	const { names, counts, default_domain: domain, policy_read_at: read } = answer;
	const some = all ? names : names.filter((one) => !isPlain(one)), shown = some.slice(0, SHOWN_MAX);
	box.replaceChildren(el("ul", { class: "counts tiles" }, figure("grey", counts.groups, t("names.groups")),
		figure(counts.collisions ? "orange" : "grey", counts.collisions, t("names.collisions")), figure(counts.cut ? "orange" : "grey", counts.cut, t("names.cut")),
		figure(counts.refused ? "red" : "grey", counts.refused, t("names.refused"))),
	el("p", { class: "quiet" }, domain ? t("names.domain", { domain }) : t("names.no_domain"), " ", read > 0 ? t("names.policy", { date: date(read) }) : t("names.no_policy")),
	shown.length ? sheet(t("section.names"), [t("column.group"), t("make.name"), t("fact.address"), t("names.check")], shown.map(nameRow)) :
		el("p", { class: "notice good" }, t("names.fine")),
	some.length > SHOWN_MAX ? el("p", { class: "quiet" }, t("names.more", { n: some.length - SHOWN_MAX })) : "");
	say(t("groups.n", { n: some.length }));
}

const identifierOf = ({ settings }) => settings ? settings.identifier : "";

beginConsole("names", async (desk, main) => {
	const box = el("div", { class: "parts" });
	const input = el("input", { name: "identifier", maxlength: "40", value: identifierOf(desk), spellcheck: "false", autocomplete: "off" });
	const all = el("input", { type: "checkbox", checked: true, change: () => answer && draw(box, answer, all.checked) });
	let answer, tried, set = input.value;
	const look = async (identifier) => {
		tried = identifier;
		answer = await fetched(box, "preview-names", () => ask("GET", "/v1/console/names?" + new URLSearchParams({ identifier })));
		if (answer)
			draw(box, answer, all.checked);
	};
	main.append(el("p", { class: "quiet" }, t("names.intro")),
		el("form", { class: "card form", submit: (event) => { event.preventDefault(); look(input.value.trim()); } },
			field("identifier", t("setup.identifier"), input, t("names.try.about")),
			el("div", { class: "buttons start" }, el("button", { type: "submit" }, t("names.try")),
				el("label", { class: "tick" }, all, " ", el("span", {}, t("names.all"))))), box);
	// The one that was set may be another by now; what was typed stays, and what was tried.
	onReturn(async () => {
		const before = set;
		set = identifierOf(await ask("GET", "/v1/console"));
		if (input.value === before)
			input.value = set;
		await look(tried === before ? set : tried);
	});
	await look(set);
});
