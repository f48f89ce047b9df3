/* create - a class gets its Team: question, up to a minute of waiting, outcome. */
import { ask } from "./api.js";
import { act, close, say, show } from "./dialog.js";
import { button, el, write } from "./dom.js";
import { follow } from "./follow.js";
import { CREATE_WAIT_MS, waited } from "./rules.js";
import { hindrance, standing } from "./standing.js";
import { startSync } from "./sync.js";
import { troubleOfRecord, troubleTitle, troubleView } from "./trouble.js";
import { ended, seen, started } from "./watched.js";
import { said, t } from "./words.js";

function createFailed(c, trouble) {
	ended(trouble.code);
	show({ title: troubleTitle(trouble, "failed.create", c),
		body: troubleView(trouble, { name: c.name, action: "create-team" }) });
}

export function startCreate(c, from) {
	const yes = act(t("create"), "main", async () => {
		try {
			watchCreate(c, await ask("POST", "/v1/jobs", { type: "create-team", class: { id: c.id } }));
		} catch (trouble) {
			createFailed(c, trouble);
		}
	});
	show({ title: t("create.title", { class: c.name }), from,
		body: el("p", {}, t("create.text")), buttons: [button(t("cancel"), close), yes] });
}

function createOutcome(c, record) {
	seen(c);
	if (record.state === "failed")
		return createFailed(c, troubleOfRecord(record));
	show({ title: t("created.title", { class: c.name }),
		body: [el("p", { class: "notice good" }, t("created.text")),
			record.message && el("p", {}, said(record.message))],
		buttons: [button(t("close"), close), button(t("sync"), () => startSync(c), "main")] });
}

function slow(c) {
	show({ title: t("slow.title", { class: c.name }),
		body: [el("p", { class: "notice" }, t("slow.text")), el("p", {}, t("slow.advice"))] });
}

// The indicator: it ends with the job or after a minute, whichever is first. The job goes on
// in any case, and the list shows what becomes of it.
export function watchCreate(c, record, from) {
	const line = el("p", {}), why = el("p", { class: "notice", hidden: true });
	const job = follow(record.id, { changed, lost: (trouble) => hinder(t(navigator.onLine ? "away" : "offline"), trouble) });
	let timer;

	function tooSlow() {
		job.stop();
		slow(c);
		ended();
	}

	function hinder(text) {
		why.hidden = !text;
		write(why, text);
		if (text)
			say(text);
	}

	// A page that was reloaded goes on with the same minute.
	function changed(news) {
		timer = timer || setTimeout(tooSlow, CREATE_WAIT_MS - waited(news, Date.now()));
		write(line, standing(news));
		hinder(hindrance(news));
	}

	started(c, record);
	show({ title: t("creating.title", { class: c.name }), from,
		body: [el("p", {}, t("creating.text")), el("progress", { "aria-label": t("creating.title", { class: c.name }) }),
			line, why],
		buttons: button(t("background"), close),
		left() { job.stop(); clearTimeout(timer); } });
	write(line, standing(record));
	job.ended.then((news) => {
		clearTimeout(timer);
		ended();
		if (news)
			createOutcome(c, news);
	}, (trouble) => { clearTimeout(timer); createFailed(c, trouble); });
}
