/*
 * sync - the learners of a class: question, progress, outcome. A class of up to 19 goes in
 * one step; a larger one shows who is done and can be cancelled.
 */
import { ask, part } from "./api.js";
import { act, close, say, show } from "./dialog.js";
import { button, el, write } from "./dom.js";
import { follow } from "./follow.js";
import { ONE_STEP_MAX } from "./rules.js";
import { hindrance, left, standing } from "./standing.js";
import { approve, summary } from "./summary.js";
import { troubleOfRecord, troubleTitle, troubleView } from "./trouble.js";
import { ended, seen, started } from "./watched.js";
import { t } from "./words.js";

// how: "failed.sync" (it ended early), "failed.send" (it did not begin), "failed.look".
export function syncFailed(c, trouble, how, more, from) {
	ended(trouble.code);
	show({ title: troubleTitle(trouble, how, c), from, body: [more, troubleView(trouble, { name: c.name, action: "sync-learners" })] });
}

export async function sendSync(c, options) {
	try {
		watchSync(c, await ask("POST", "/v1/jobs", { type: "sync-learners", class: { id: c.id }, options }));
	} catch (trouble) {
		syncFailed(c, trouble, "failed.send");
	}
}

export function startSync(c, from) {
	show({ title: t("sync.title", { class: c.name }), from,
		body: [el("p", {}, t("sync.count", { n: c.learners })), el("p", {}, t("sync.text")),
			el("p", {}, t("sync.hand"))],
		buttons: [button(t("cancel"), close), act(t("sync"), "main", () => sendSync(c))] });
}

export function syncOutcome(c, record, from) {
	seen(c);
	if (record.state === "failed" && record.error_code === "removals_need_approval")
		return approve(c, record, from);
	if (record.state === "failed")
		return syncFailed(c, troubleOfRecord(record), "failed.sync", record.done > 0 && el("p", {}, t("failed.kept")), from);
	return summary(c, record, from);
}

// Whoever listens hears of each quarter, not of each learner.
function teller() {
	let told = 0;
	return (done, total) => {
		const quarter = total > 0 ? Math.floor(4 * done / total) : 0;
		if (quarter > told)
			say(t("done_of", { done, total }));
		told = Math.max(told, quarter);
	};
}

export function watchSync(c, record, from) {
	const large = c.learners > ONE_STEP_MAX || record.total > ONE_STEP_MAX;
	const bar = el("progress", { "aria-label": t("progress") });
	const line = el("p", { class: "line" }), count = el("p", { class: "line count" });
	const why = el("p", { class: "notice", hidden: true });
	const tell = teller();
	const job = follow(record.id, { changed, lost: () => hinder(t(navigator.onLine ? "away" : "offline")) });
	let id = record.id, phase = "";

	function hinder(text) {
		why.hidden = !text;
		if (why.textContent !== text && text)
			say(text);
		write(why, text);
	}

	function changed(news) {
		id = news.id || id;
		write(line, cancel.dataset.pressed ? t("cancelling") : standing(news));
		if (news.phase !== phase && news.phase)
			say(standing(news));
		phase = news.phase;
		hinder(hindrance(news));
		if (large && news.total > 0) {
			bar.max = news.total;
			bar.value = news.done;
			write(count, [t("done_of", { done: news.done, total: news.total }), left(news)].filter(Boolean).join(", "));
			tell(news.done, news.total);
		}
	}

	const cancel = act(t("sync.cancel"), "", async () => {
		try {
			await ask("POST", `/v1/jobs/${part(id)}/cancel`);
			cancel.dataset.pressed = "1";
			cancel.nextSibling.focus();
			cancel.hidden = true;
			write(line, t("cancelling"));
			say(t("cancelling"));
		} catch (trouble) {
			hinder(t(trouble.code === "offline" ? "offline" : "away"));
		}
	});

	started(c, record);
	show({ title: t("syncing.title", { class: c.name }), from,
		body: [line, bar, large && count, why, large && el("p", { class: "quiet" }, t("sync.cancel.note"))],
		buttons: [large && cancel, button(t("background"), close)].filter(Boolean),
		left() { job.stop(); } });
	changed(record);
	job.ended.then((news) => {
		ended();
		if (news)
			syncOutcome(c, news);
	}, (trouble) => syncFailed(c, trouble, "failed.look"));
}
