/* console_drift - what people changed by hand in Microsoft 365, and what is to become of it. */
import { ask, part } from "./api.js";
import { act, close, show } from "./dialog.js";
import { button, el, pill } from "./dom.js";
import { beginConsole, fetched, placeOf, tellIn } from "./console.js";
import { exceptionView, isInForce } from "./exceptions.js";
import { dayFromNow, field } from "./form.js";
import { radio } from "./radio.js";
import { sheet } from "./sheet.js";
import { onReturn } from "./start.js";
import { troubleTitle, troubleView } from "./trouble.js";
import { date, knows, t } from "./words.js";

const WHATS = { added: "orange", removed: "orange", owner_added: "blue", renamed: "grey" }, KEEP_DAYS = 30;
let place, bar;

function standing({ what, exception }) {
	return isInForce(exception) ? exceptionView(exception) : pill("grey", t(["owner_added", "renamed"].includes(what) ? "exception.stays" : "exception.none"));
}

function decide(one, from) {
	const kinds = ["none", "until", "keep", "accept"], now = isInForce(one.exception) ? one.exception.kind : "none";
	const day = el("input", { type: "date", name: "until", required: true, min: dayFromNow(1), disabled: now !== "until",
		value: now === "until" ? one.exception.until : dayFromNow(KEEP_DAYS) });
	const form = el("form", { class: "form", submit: (event) => { event.preventDefault(); save.click(); },
		change: () => { day.disabled = new FormData(form).get("kind") !== "until"; } },
		el("p", {}, t("driftsaid." + one.what, { name: one.name || one.user_id, class: one.group })),
		el("fieldset", {}, el("legend", {}, t("drift.decide")), kinds.map((kind) => radio("kind", now, kind, t("decide." + kind),
			t(kind === "none" ? "undo." + one.what : "decide." + kind + ".about"), kind === "until" && field("until", t("decide.day"), day)))));
	const save = act(t("save"), "main", async () => {
		const kind = new FormData(form).get("kind");
		if (!form.reportValidity())
			return;
		try {
			await ask("POST", `/v1/console/groups/${part(one.class)}/exceptions`, { user_id: one.user_id, kind, name: one.name,
				...(kind === "until" && { until: day.value }) });
			close();
			await load();
			tellIn(bar, "good", t("drift.saved"));
		} catch (trouble) {
			show({ title: troubleTitle(trouble, "failed.plain", {}), body: troubleView(trouble, { name: one.group, action: "exception" }) });
		}
	});
	show({ title: t("drift.title", { name: one.name || one.user_id }), from: { button: from, row: place }, body: form,
		buttons: [button(t("cancel"), close), save] });
}

function driftRow(one) {
	const name = one.name || one.user_id;
	const b = button(t("drift.open"), () => decide(one, b));
	b.setAttribute("aria-label", t("of_class", { action: t("drift.open"), class: name }));
	return [[name, one.learner && el("span", { class: "note" }, t("drift.learner")) || ""], el("a", { href: placeOf("group", { id: one.class }) }, one.group || one.class),
		[pill(WHATS[one.what] || "grey", knows("drift." + one.what) ? t("drift." + one.what) : one.what), el("span", { class: "aside" }, t("drift.seen", { date: date(one.at) })),
			one.became && el("span", { class: "aside" }, t("became." + one.became)) || ""],
		standing(one), one.what === "renamed" ? "" : b];
}

async function load() {
	const only = new URLSearchParams(location.search).get("class");
	const answer = await fetched(place, "drift", () => ask("GET", "/v1/console/drift"));
	if (!answer)
		return;
	const drift = answer.drift.filter((one) => !only || one.class === only);
	place.replaceChildren(only && el("p", {}, el("a", { href: placeOf("drift") }, t("drift.all"))) || "", drift.length === 0 ? el("p", { class: "empty" }, t("drift.nothing")) :
		sheet(t("section.drift"), [t("column.name"), t("column.group"), t("drift.what"), t("drift.standing"), t("column.actions")], drift.map(driftRow)));
}

beginConsole("drift", async (desk, main, notices) => {
	bar = notices;
	place = el("div", { class: "parts", tabindex: "-1" });
	main.append(el("p", { class: "quiet" }, t("drift.intro")), place);
	onReturn(load);
	await load();
});
