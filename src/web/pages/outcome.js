/* outcome - what became of a job: its six counts, and people with one outcome and reason. */
import { el } from "./dom.js";
import { COUNTS } from "./standing.js";
import { knows, number, t } from "./words.js";

const COUNT_KINDS = { added: "green", already_member: "blue", failed: "red", unresolved: "grey", removed: "orange",
	removal_failed: "red" };

export function counts(record) {
	return el("ul", { class: "counts" }, COUNTS.map((name) => el("li", { class: COUNT_KINDS[name] },
		el("strong", {}, number(record[name] || 0)), " ", el("span", {}, t("count." + name)),
		el("small", {}, t("gloss." + name)))));
}

export function word(key, fallback) {
	return knows(key) ? t(key) : fallback || "";
}

function person(row) {
	return el("li", {}, row.name || row.email || row.learner || t("no_name"),
		row.name && row.email && el("span", { class: "quiet" }, " ", row.email),
		row.detail && el("span", { class: "quiet", lang: "en" }, " ", row.detail));
}

// title heads it instead of the outcome; again: what to press once more is called otherwise here.
export function group({ outcome, reason, rows }, title, again, heading = "h4") {
	const label = word("reason." + reason, rows[0].reason_label), remedy = word("remedy." + reason, rows[0].suggestion).replace(t("sync"), again || t("sync"));
	return el("section", { class: "group" },
		el(heading, {}, [title || word("count." + outcome, rows[0].outcome_label), label].filter(Boolean).join(": ")),
		el("ul", {}, rows.map(person)), remedy && el("p", { class: "remedy" }, remedy));
}
