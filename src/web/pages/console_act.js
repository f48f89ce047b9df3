/*
 * console_act - one act on one group: the question with what has to be said for it, the job, and
 * what became of it. /console/act?id=GROUP&act=create.
 */
import { ask, part } from "./api.js";
import { act } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./words.js";
import { beginConsole, fetched, placeOf } from "./console.js";
import { back, openStage, post, previewView, rowsOf, runJob, stage, syncedView, watchJob } from "./console_job.js";
import { choice, dayFromNow, field, tick } from "./form.js";

const NAME_MAX = 256, DESCRIPTION_MAX = 1024, YEAR_DAYS = 365, ENDINGS = ["archive", "rename", "remove_learners"];
const GUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

let desk;

function good(title, ...texts) {
	return () => stage(title, texts.map((text, i) => el("p", { class: i === 0 && "notice good" }, text)));
}

// A question with a form: its own checks first, then doIt(form).
function formStage(title, body, label, kind, doIt) {
	const go = act(label, kind, () => form.reportValidity() && doIt(form));
	const form = el("form", { class: "form", submit: (event) => { event.preventDefault(); go.click(); } }, body);
	stage(title, form, [back(t("cancel")), go]);
}

const value = (form, name) => form.elements[name].value.trim();

// A field that is good only while isGood(text); otherwise it says what is wrong.
function checkedInput(name, isGood, wrong) {
	const check = () => input.setCustomValidity(isGood(input.value.trim()) ? "" : wrong);
	const input = el("input", { name, required: true, autocomplete: "off", spellcheck: "false", input: check });
	check();
	return input;
}

// What the naming rule calls it, for those who may see the names; "" otherwise.
async function ruledName(g) {
	const answer = desk.may.names && await ask("GET", "/v1/console/names").catch(() => null);
	const one = answer && answer.names.find((each) => each.id === g.id);
	return one ? one.display_name : "";
}

const titled = (key, g) => t(key, { class: g.name });

const acts = {
	// Create Class in Microsoft 365.
	create(g) {
		const name = el("input", { name: "name", maxlength: NAME_MAX, autocomplete: "off" });
		const lifetime = el("input", { name: "lifetime", type: "date", required: true, min: dayFromNow(0),
			value: g.ends > dayFromNow(0) ? g.ends : dayFromNow(YEAR_DAYS) });
		const asRuled = ruledName(g).then((text) => {
			name.value = name.value || text;
			return text;
		});
		formStage(titled("make.title", g), [el("p", {}, t("make.text", { n: g.learners })),
			field("name", t("make.name"), name, t("make.name.about")),
			field("description", t("make.description"), el("textarea", { name: "description", rows: 2, maxlength: DESCRIPTION_MAX }, g.description)),
			field("lifetime", t("make.lifetime"), lifetime, t("make.lifetime.about")),
			field("target", t("setup.target"), choice("target", "", ["", "team", "class"].map((word) => [word, t(word ? "target." + word : "target.set")])))],
		t("act.create"), "main", async (form) => {
			const body = { lifetime: value(form, "lifetime"), description: value(form, "description") };
			if (value(form, "name") && value(form, "name") !== await asRuled)
				body.name = value(form, "name");
			if (value(form, "target"))
				body.target = value(form, "target");
			return runJob(g, "create", titled("making.title", g), () => post(g, "create", body),
				good(titled("made.title", g), t("made.text"), t("made.half")));
		});
	},

	preview(g) {
		return runJob(g, "preview", titled("previewing.title", g), () => post(g, "preview"), (record) => previewView(g, record));
	},

	// Resync Microsoft 365 members.
	resync(g) {
		const go = (label, kind, how) => act(label, kind, () => runJob(g, "resync", t("act.resync"),
			() => post(g, "resync", how), (record) => syncedView(g, record)));
		stage(titled("resync.title", g), [el("p", {}, t("sync.count", { n: g.learners })), el("p", {}, t("resync.text"))],
			[back(t("cancel")), go(t("resync.add"), "", { hold_removals: true }), go(t("act.resync"), "main")]);
	},

	// Whoever decides sees who would go now, and lets go exactly those.
	approve(g) {
		return acts.preview(g);
	},

	// Delete Class from Microsoft 365: whoever does it names the class.
	delete(g) {
		const named = { class: g.display_name || g.name };
		const input = checkedInput("confirm", (text) => text === named.class, t("refused.confirm_mismatch"));
		formStage(t("delete.title", named), [el("p", { class: "notice bad" }, t("delete.text", { n: g.synced || 0 })),
			el("p", {}, t("delete.kept")), field("confirm", t("delete.confirm", named), input)],
		t("act.delete"), "danger", (form) => runJob(g, "delete", t("deleting.title", named),
			() => post(g, "delete", { confirm: value(form, "confirm") }), good(t("deleted.title", named), t("deleted.text"))));
	},

	adopt(g) {
		// A link names the Team's group, and after it the tenant.
		const idIn = (text) => ((/groupId=([^&]+)/i.exec(text) || [text])[0].match(GUID) || [""])[0];
		formStage(titled("adopt.title", g), [el("p", {}, t("adopt.text")),
			field("team", t("adopt.team"), checkedInput("team", idIn, t("adopt.wrong")), t("adopt.about"))],
		t("act.adopt"), "main", (form) => runJob(g, "adopt", t("act.adopt"),
			() => post(g, "adopt", { team_id: idIn(value(form, "team")) }), good(titled("adopted.title", g), t("adopted.text"))));
	},

	restore(g) {
		stage(titled("restore.title", g), el("p", {}, t("restore.text")), [back(t("cancel")), act(t("act.restore"), "main",
			() => runJob(g, "restore", t("act.restore"), () => post(g, "restore"), good(titled("restored.title", g), t("restored.text"))))]);
	},

	reopen(g) {
		stage(`${g.name}: ${t("act.reopen")}`, el("p", {}, t("reopen.text")), [back(t("cancel")), act(t("act.reopen"), "main", () => runJob(g, "reopen",
			t("act.reopen"), () => post(g, "close", { actions: ["reopen"], preview: false }), good(g.name, t("working.done"))))]);
	},

	close(g) {
		const send = (actions, preview, after) => runJob(g, "close", t("act.close"), () => post(g, "close", { actions, preview }), after);
		const wouldGo = async (record, actions) => {
			const gone = (await rowsOf(record.id)).filter((row) => row.outcome !== "already_member");
			stage(titled("shut.title", g), [el("p", { class: "notice" }, t("year.order", { actions: actions.map((one) => t("shut." + one)).join(" · ") })),
				gone.length > 0 && el("details", { open: true }, el("summary", {}, t("shut.gone", { n: gone.length })),
					el("ul", {}, gone.map((row) => el("li", {}, row.name || row.email || row.learner))))],
			[back(t("cancel")), act(t("act.close"), "danger", () => send(actions, false, good(titled("closed.title", g), t("closed.text"))))]);
		};
		formStage(titled("shut.title", g), [el("p", {}, t("shut.text")), el("fieldset", {}, el("legend", {}, t("shut.what")),
			ENDINGS.map((one) => tick("action", one, t("shut." + one), { checked: one === "archive" })))],
		t("shut.preview"), "main", (form) => {
			const actions = new FormData(form).getAll("action");
			return actions.length && send(actions, true, (record) => wouldGo(record, actions));
		});
	},

	// What runs already.
	watch(g) {
		return g.job ? watchJob(g, g.job, g.job.type, titled("working.title", g), async (record) => record.state === "cancelled" || (await rowsOf(record.id)).length ?
			syncedView(g, record) : good(g.name, t("working.done"))()) : good(g.name, t("working.done"))();
	},
};

beginConsole("groups", async (about, main) => {
	desk = about;
	const query = new URLSearchParams(location.search), place = el("div", { class: "parts" });
	openStage(place);
	main.replaceChildren(place);
	const g = await fetched(place, "view-group", () => ask("GET", "/v1/console/groups/" + part(query.get("id") || "")));
	if (!g)
		return;
	main.prepend(el("p", { class: "path" }, el("a", { href: placeOf("groups") }, t("section.groups")), " / ",
		el("a", { href: placeOf("group", { id: g.id }) }, g.group || g.name)));
	const doIt = query.get("act");
	// A page that was loaded again comes back to what runs.
	if (g.job)
		await acts.watch(g);
	else if (Object.hasOwn(acts, doIt))
		await acts[doIt](g);
	else
		location.replace(placeOf("group", { id: g.id }));
});
