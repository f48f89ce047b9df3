/* learners - who of a class is in its Team, and why not; by status if wanted. */
import { ask, part } from "./api.js";
import { close, say, show } from "./dialog.js";
import { button, el, pill } from "./dom.js";
import { STANDINGS } from "./rules.js";
import { STANDING_KINDS } from "./standing.js";
import { troubleView } from "./trouble.js";
import { knows, t } from "./words.js";

function learnerLine(learner) {
	const reason = learner.reason;
	const label = knows("reason." + reason) ? t("reason." + reason) : learner.reason_label || reason;
	const remedy = knows("remedy." + reason) ? t("remedy." + reason) : learner.remedy;
	return el("tr", { role: "row" },
		el("th", { scope: "row", role: "rowheader" }, learner.name || t("no_name")),
		el("td", { role: "cell", class: "quiet" }, learner.email),
		el("td", { role: "cell" }, pill(STANDING_KINDS[learner.status] || "grey", t("learner." + learner.status))),
		el("td", { role: "cell" }, label && el("strong", {}, label), remedy && el("span", { class: "remedy" }, remedy)));
}

function learnerList(learners) {
	const heads = ["column.name", "column.email", "column.learner", "column.reason"];
	const rows = el("tbody", { role: "rowgroup" });
	const none = el("p", { class: "quiet", hidden: true }, t("learners.none"));
	const table = el("table", { role: "table", class: "people", "aria-label": t("column.learners") },
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
			heads.map((key) => el("th", { scope: "col", role: "columnheader" }, t(key))))), rows);

	function fill(status) {
		const some = learners.filter((l) => !status || l.status === status);
		rows.replaceChildren(...some.map(learnerLine));
		table.hidden = some.length === 0;
		none.hidden = some.length > 0;
		say(t("learners.shown", { n: some.length }));
	}

	const choice = el("select", { id: "filter", change: () => fill(choice.value) },
		el("option", { value: "" }, t("learners.all", { n: learners.length })),
		STANDINGS.map((status) => el("option", { value: status }, t("learners.some",
			{ status: t("learner." + status), n: learners.filter((l) => l.status === status).length }))));
	fill("");
	return [el("p", { class: "filter" }, el("label", { for: "filter" }, t("learners.filter")), " ", choice), table, none];
}

export async function startLearners(c, from) {
	const title = t("learners.title", { class: c.name });
	let left = false;
	show({ title, from, wide: true, body: el("p", { class: "quiet" }, t("loading")), left: () => { left = true; } });
	try {
		const { learners } = await ask("GET", `/v1/classes/${part(c.id)}/learners`);
		if (left)
			return;
		show({ title, wide: true, buttons: button(t("close"), close, "main"),
			body: learners.length ? learnerList(learners) : el("p", {}, t("learners.empty")) });
	} catch (trouble) {
		if (left)
			return;
		show({ title, body: troubleView(trouble, { name: c.name, action: "view-learners" }) });
	}
}
