/*
 * rules - what a class's data mean on the screen. Nothing here touches the page.
 */
import { knows, said, t } from "./words.js";

export const ONE_STEP_MAX = 19;		// from 20 learners on, a sync shows its progress
export const CREATE_WAIT_MS = 60000;
export const STANDINGS = ["synced", "pending", "failed", "not_synced"];

// The live job of a class that people care for: looking after the Team is none.
export function work(c) {
	return c.job && ["create-team", "sync-learners"].includes(c.job.type) ? c.job : null;
}

export function isLinked(connection) {
	return connection.state === "connected";
}

export function statusOf(c) {
	const job = work(c);
	return c.status === "no_team" && job && job.type === "create-team" ? "pending" : c.status || "no_team";
}

export function statusText(c) {
	const key = "status." + statusOf(c);
	return knows(key) ? t(key, { n: c.failed || 0 }) : c.label || statusOf(c);
}

// Which of the four actions a class offers (while a job of it runs, its progress instead).
export function actionsOf(c, connection) {
	const status = statusOf(c), linked = isLinked(connection), busy = work(c);
	return {
		create: status === "no_team" && linked && !busy,
		sync: status !== "no_team" && linked && !busy,
		view: true,
		open: status !== "no_team" && c.web_url ? true : false,
	};
}

// What stands below a class's name; "" where all is well.
export function noteOf(c, connection) {
	const job = work(c), status = statusOf(c);
	if (job)
		return "";
	if (status === "no_team" && c.note)
		return /deleted/.test(c.note) ? t("note.deleted") : said(c.note);
	if (status !== "pending")
		return "";
	return !c.team_id ? t("note.waiting") + " " + t("slow.advice") : isLinked(connection) ? t("note.pending") : "";
}

// What stands beside the status: who is left out although the class looks well.
export function asideOf(c) {
	const words = [];
	if (c.failed > 0 && statusOf(c) !== "failed")
		words.push(t("note.failed", { n: c.failed }));
	if (c.unresolved > 0)
		words.push(t("note.unresolved", { n: c.unresolved }));
	return words.join(", ");
}

// How long a Team has been waited for: a reloaded page goes on counting.
export function waited(record, now) {
	const from = record.queued_at || record.started_at || now;
	return Math.max(0, Math.min(CREATE_WAIT_MS, now - from));
}
