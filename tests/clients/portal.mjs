/*
 * portal.mjs - how a portal in Node talks to Rollcall, with ioredis (npm).
 *
 * The class Rollcall is what a portal takes over; the command line below it is there to try
 * it with. README.md in this folder lists its words and lines.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Redis, ReplyError } from "ioredis";

const PAUSES_MS = [100, 500, 1000, 2000]; // before a command is sent again
const CANCEL_KEPT_S = 259200; // three days
const COUNTS = ["added", "already_member", "failed", "unresolved", "removed", "removal_failed"];
const RECORD = ["rev", "state", "done", "total", ...COUNTS, "web_url", "joined", "error_code",
	"message", "phase", "error"];
const ENDED = ["done", "failed", "cancelled", "joined"];

class Rollcall {
	constructor(redis, queue = "teams") {
		this.redis = redis;
		this.prefix = `rollcall:{${queue}}:`; // the braces are part of the key
		// A refused password comes this way, and ioredis goes on as the default user.
		redis.on("error", (why) => {
			this.trouble = why;
		});
	}

	/* Enqueues a job and returns its id. request is what the register says: school,
	 * requested_by, class, and whatever else the envelope may hold. */
	async push(type, request, job = `${type}-${randomBytes(12).toString("hex")}`) {
		// v and id stand first: so the id is found even in an envelope that is too large.
		const envelope = { v: 1, id: job, type, ...request };
		// The same id pushed twice is one job: after a lost connection it is simply sent again.
		await this.#ask("rpush", this.prefix + "inbox", JSON.stringify(envelope));
		return job;
	}

	async cancel(job, who) {
		await this.#ask("set", `${this.prefix}cancel:${job}`, who, "EX", CANCEL_KEPT_S);
	}

	/* The job record: null while no worker has read the job yet, and when there is none any
	 * more. An unchanged rev means an unchanged record. */
	async progress(job) {
		const values = await this.#ask("hmget", `${this.prefix}job:${job}`, RECORD);
		const record = Object.fromEntries(RECORD.map((field, i) => [field, values[i]]));
		return record.state === null ? null : record;
	}

	/* What became of each learner; with known, only the rows after that many. */
	async learners(job, known = 0) {
		const rows = await this.#ask("lrange", `${this.prefix}job:${job}:learners`, known, -1);
		return rows.map((row) => JSON.parse(row));
	}

	async isAnybodyThere() {
		return (await this.#ask("exists", this.prefix + "alive")) === 1;
	}

	async depth() {
		const counts = await this.#ask("hgetall", this.prefix + "counts");
		const depth = { inbox: await this.#ask("llen", this.prefix + "inbox") };
		for (const place of ["queued", "waiting", "running", "dead"])
			depth[place] = Number(counts[place] ?? 0);
		return depth;
	}

	/* Sends a command until it is answered. All that is sent here may be sent twice. */
	async #ask(command, ...words) {
		for (const ms of [...PAUSES_MS, null]) {
			try {
				const answer = await this.redis[command](...words);
				if (this.trouble instanceof ReplyError)
					throw this.trouble;
				return answer;
			} catch (lost) {
				const saidNo = lost instanceof ReplyError && !lost.message.startsWith("LOADING");
				if (saidNo || ms === null)
					throw this.trouble ?? lost;
				console.error(`again: ${(this.trouble ?? lost).message}`);
				await pause(ms);
			}
		}
	}
}

// ---- the command line ----------------------------------------------------------------------

function connect() {
	const { REDIS_HOST = "127.0.0.1", REDIS_PORT = "6379", REDIS_USER = "portal", REDIS_PASSWORD } = process.env;
	const place = REDIS_HOST.startsWith("/") ? { path: REDIS_HOST } : { host: REDIS_HOST, port: Number(REDIS_PORT) };
	return new Redis({
		...place,
		username: REDIS_USER,
		password: REDIS_PASSWORD,
		connectTimeout: 5000,
		commandTimeout: 5000,
		// The user portal may do nothing else: no INFO before the first command, no CLIENT SETINFO.
		enableReadyCheck: false,
		disableClientInfo: true,
		// A command whose answer was lost comes back as an error, and #ask decides.
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		retryStrategy: () => 100,
	});
}

const LOOKS_IN_VAIN = 10; // without a record, with a worker online and nothing in the inbox

function textOf(record) {
	const { state, done, total, message, phase } = record;
	return `${state} ${done ?? 0}/${total ?? 0} ${message || phase || ""}`.trimEnd();
}

async function watch(rollcall, job) {
	let rev, text, shown, looks = 0;
	for (;; await pause(500)) {
		const record = await rollcall.progress(job);
		if (!record) {
			const there = await rollcall.isAnybodyThere();
			text = there ? "waiting for a worker" : "no worker is online";
			looks = there && (await rollcall.depth()).inbox === 0 ? looks + 1 : 0;
		} else if (record.rev !== rev) {
			rev = record.rev;
			text = textOf(record);
		}
		if (text !== shown) {
			console.log(text);
			shown = text;
		}
		if (looks === LOOKS_IN_VAIN) {
			console.log(`unknown ${job}`);
			return 1;
		}
		if (record?.state === "joined") { // the same was asked for already: watch that one
			job = record.joined;
			rev = undefined;
			console.log(`joined ${job}`);
		} else if (ENDED.includes(record?.state)) {
			return tellEnd(record);
		}
	}
}

function tellEnd(record) {
	console.log(["ended", record.state, record.error_code, record.error].filter(Boolean).join(" "));
	console.log(COUNTS.map((name) => `${name.replace("_", " ")} ${record[name] ?? 0}`).join(", "));
	if (record.web_url)
		console.log(`team ${record.web_url}`);
	return record.state === "done" ? 0 : 1;
}

async function run(rollcall, command, first, second) {
	if (["create", "sync"].includes(command) && first) {
		const request = JSON.parse(await readFile(first, "utf8"));
		const type = command === "create" ? "create-team" : "sync-learners";
		console.log(`job ${await rollcall.push(type, request, second)}`);
	} else if (command === "watch" && first) {
		return watch(rollcall, first);
	} else if (command === "learners" && first) {
		for (const row of await rollcall.learners(first))
			console.log([row.learner, row.name, row.outcome, row.reason].join("\t"));
	} else if (command === "cancel" && first) {
		await rollcall.cancel(first, second ?? "portal");
		console.log(`cancel asked ${first}`);
	} else if (command === "alive") {
		const there = await rollcall.isAnybodyThere();
		console.log(`alive ${there ? "yes" : "no"}`);
		return there ? 0 : 1;
	} else if (command === "depth") {
		console.log(Object.entries(await rollcall.depth()).flat().join(" "));
	} else {
		console.error("usage: create|sync FILE [JOB], watch|learners JOB, cancel JOB [WHO], alive, depth");
		return 2;
	}
	return 0;
}

const redis = connect();
try {
	process.exitCode = await run(new Rollcall(redis), ...process.argv.slice(2));
} catch (why) {
	console.error(`Redis: ${why.message}`);
	process.exitCode = 3;
}
redis.disconnect();
