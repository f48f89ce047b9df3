/*
 * follow - one job, until it has ended.
 *
 * The service is asked to answer at the next change. Where something between us and it cuts
 * such long answers, and in a tab that nobody looks at, it is asked now and then instead. A
 * lost network is waited for, with longer and longer pauses; its return is noticed at once.
 */
import { Trouble, ask, part } from "./api.js";

const LONG_S = 20, NOW_AND_THEN_MS = 1000, UNSEEN_MS = 5000, PAUSE_MAX_MS = 15000, CUTS_MAX = 2;
const ENDED = ["done", "failed", "cancelled", "joined"];

export function hasEnded(record) {
	return ENDED.includes(record.state);
}

// Waits; the network's return, or the person's, ends it early.
export function pause(ms) {
	return new Promise((resolve) => {
		const over = () => {
			clearTimeout(timer);
			removeEventListener("online", over);
			document.removeEventListener("visibilitychange", over);
			resolve();
		};
		const timer = setTimeout(over, ms);
		addEventListener("online", over);
		document.addEventListener("visibilitychange", over);
	});
}

export function backOff(failures) {
	return Math.min(PAUSE_MAX_MS, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
}

// changed(record) at each change, lost(trouble) at each failure. Resolves with the record of
// the job that ended, or null when stop() said so; rejects when the job is not to be had.
// jobs: where they are asked for.
export function follow(id, { changed, lost, jobs = "/v1/jobs/" }) {
	let stopped = false, job = id, known = null, failures = 0, cuts = 0;

	function take(record) {
		if (record.state === "joined" && record.joined && record.joined !== job) {
			job = record.joined;
			known = null;
			return;
		}
		known = record;
		changed(record);
	}

	async function look() {
		const long = known && cuts < CUTS_MAX && !document.hidden;
		const from = performance.now(), rev = known && known.rev;
		try {
			const query = long ? `?wait=${LONG_S}&rev=${rev}` : "";
			const record = await ask("GET", jobs + part(job) + query, null,
				{ within_ms: long ? (LONG_S + 10) * 1000 : 15000 });
			failures = 0;
			if (stopped)
				return;
			take(record);
			if (long && record.rev === rev && performance.now() - from < 1000)
				cuts++;
			if (!long && known && !hasEnded(known) && (cuts >= CUTS_MAX || document.hidden))
				await pause(document.hidden ? UNSEEN_MS : NOW_AND_THEN_MS);
		} catch (trouble) {
			if (stopped)
				return;
			if (!(trouble instanceof Trouble) || !trouble.passes)
				throw trouble;
			if (long && (trouble.status >= 500 || (navigator.onLine && performance.now() - from > 2000)))
				cuts++;
			lost(trouble);
			await pause(backOff(failures++));
		}
	}

	async function run() {
		while (!stopped && !(known && hasEnded(known)))
			await look();
		return stopped ? null : known;
	}

	return { ended: run(), stop() { stopped = true; } };
}
