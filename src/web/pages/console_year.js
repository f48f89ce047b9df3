/* console_year - the year change: what ends and what starts; archive, rename, remove learners in the safe order, shown before it is done. */
import { ask } from "./api.js";
import { act, close, show } from "./dialog.js";
import { button, el, pill } from "./dom.js";
import { follow } from "./follow.js";
import { beginConsole, card, fetched, placeOf } from "./console.js";
import { tick } from "./form.js";
import { kindText } from "./kinds.js";
import { sheet } from "./sheet.js";
import { onReturn } from "./start.js";
import { troubleTitle, troubleView } from "./trouble.js";
import { date, knows, number, said, t } from "./words.js";

const ACTIONS = ["archive", "rename", "remove_learners"];
const STATES = { done: "green", failed: "red", cancelled: "grey", joined: "grey" };
let place, form, ends;

/* ---- the jobs of one decision, all at once ------------------------------------------------------ */

function lineOf(preview, job, record) {
	const one = ends.find((each) => each.id === job.class);
	const text = record.state === "failed" ? knows("error." + record.error_code) ? t("error." + record.error_code) : record.error :
		preview ? record.removed > 0 && t("year.going", { n: record.removed }) : record.message && said(record.message);
	return [one ? one.display_name || one.group : job.class, preview && record.state === "done" ? pill("blue", t("run.ready")) :
		pill(STATES[record.state] || "amber", knows("run." + record.state) ? t("run." + record.state) : t("run.running")), text || ""];
}

// They run at the same time, and are looked at one after the other.
async function allEnded(jobs, isOver, begun, progress) {
	const records = new Map();
	for (const { id } of jobs) {
		if (isOver())
			break;
		const job = follow(id, { jobs: "/v1/console/jobs/", changed() {}, lost() {} });
		begun(job);
		records.set(id, await job.ended);
		progress(records.size);
	}
	return records;
}

async function run(chosen, preview, from) {
	const bar = el("progress", { max: chosen.classes.length, value: 0, "aria-label": t("progress") });
	const title = t(preview ? "year.preview.title" : "year.doing.title", { n: chosen.classes.length });
	let left = false, stop = () => {};
	show({ title, from, body: [el("p", {}, t(preview ? "year.preview.text" : "year.doing.text")), bar], buttons: button(t("background"), close), left: () => { left = true; stop(); } });
	try {
		const { jobs } = await ask("POST", "/v1/console/year", { ...chosen, preview });
		const records = await allEnded(jobs, () => left, (job) => { stop = job.stop; }, (n) => { bar.value = n; });
		if (left)
			return;
		const lines = jobs.map((job) => lineOf(preview, job, records.get(job.id)));
		show({ title: t(preview ? "year.preview.title" : "year.done.title", { n: jobs.length }), wide: true,
			body: [preview && el("p", { class: "notice" }, t("year.order", { actions: chosen.actions.map((action) => t("shut." + action)).join(" · ") })),
				sheet(t("section.year"), [t("column.group"), t("run.state"), t("column.reason")], lines)],
			buttons: preview ? [button(t("cancel"), close), act(t("year.do", { n: jobs.length }), "danger", () => run(chosen, false))] : button(t("close"), close, "main") });
		if (!preview)
			await load();
	} catch (trouble) {
		show({ title: troubleTitle(trouble, "failed.plain", {}), body: troubleView(trouble, { name: "", action: "year-change" }) });
	}
}

/* ---- what ends, what starts ---------------------------------------------------------------------- */

function endRow(one) {
	const can = ACTIONS.filter((action) => one.actions[action]);
	return [tick("class", one.id, [one.display_name || one.group, el("span", { class: "note" }, kindText(one.kind))], { checked: can.length > 0 && !one.archived_at, disabled: !can.length }),
		one.year, number(one.learners), one.archived_at ? pill("grey", t("year.archived", { date: date(one.archived_at) })) : ""];
}

function endsView() {
	const go = button(t("shut.preview"), () => {
		const data = new FormData(form), chosen = { classes: data.getAll("class"), actions: data.getAll("action") };
		if (chosen.classes.length && chosen.actions.length)
			run(chosen, true, { button: go, row: place });
		else
			show({ title: t("year.choose"), from: { button: go, row: place }, body: el("p", {}, t("year.choose.text")) });
	}, "main");
	form = el("form", { class: "form", submit: (event) => event.preventDefault() },
		sheet(t("year.ends", { n: ends.length }), [t("column.group"), t("year"), t("students"), t("drift.standing")], ends.map(endRow)),
		el("fieldset", {}, el("legend", {}, t("shut.what")), el("p", { class: "quiet" }, t("shut.text")),
			ACTIONS.map((action) => tick("action", action, t("shut." + action), { checked: action === "archive" }))),
		el("div", { class: "buttons start" }, go));
	return form;
}

async function load() {
	const year = await fetched(place, "year", () => ask("GET", "/v1/console/year"));
	if (!year)
		return;
	ends = year.ends;
	form = null;
	place.replaceChildren(
		card("ends", t("year.ends", { n: ends.length }), ends.length ? endsView() : el("p", { class: "quiet" }, t("year.ends.none"))),
		card("starts", t("year.starts", { n: year.starts.length }), el("p", { class: "quiet" }, t("year.starts.about")),
			year.starts.length ? sheet(t("year.starts", { n: year.starts.length }), [t("column.group"), t("year"), t("students"), "Microsoft 365"], year.starts.map((one) =>
				[[el("a", { href: placeOf("group", { id: one.id }) }, one.group), el("span", { class: "note" }, kindText(one.kind))], one.year, number(one.learners),
					pill(one.in_microsoft ? "green" : "grey", t(one.in_microsoft ? "state.in" : "state.out"))])) : ""));
}

// What was ticked stays ticked, and what was not stays so, where that is still to be chosen.
async function loadAgain() {
	const before = form;
	await load();
	for (const box of before && form ? form.querySelectorAll("input:enabled") : []) {
		const was = [...before].find((one) => one.name === box.name && one.value === box.value);
		box.checked = was && !was.disabled ? was.checked : box.checked;
	}
}

beginConsole("year", async (desk, main) => {
	place = el("div", { class: "parts", tabindex: "-1" });
	main.append(el("p", { class: "quiet" }, t("year.intro")), place);
	onReturn(loadAgain);
	await load();
});
