/*
 * kit - the real programs (rig_pipe.py), a browser, and tests as true sentences.
 *
 *	story("a class gets its Team", async ({ rig, person }) => { … });
 *	await tell();
 *
 * Each story has a school, a worker, a Microsoft and a browser profile of its own. An error of
 * a script, a breach of the content policy or a message box fails it, whatever else happens.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { equal, sentence, tell as tellSentences } from "./sentences.mjs";

export { check, equal } from "./sentences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const LIMIT_MS = 10000 * Number(process.env.TEST_PATIENCE || 1);

// rig.job("id") is the same call in Python; the last argument may be { named: {…} }.
async function openRig(options) {
	const python = spawn("python3", [join(here, "rig_pipe.py")], { stdio: ["pipe", "pipe", "inherit"] });
	const waiting = [];
	createInterface({ input: python.stdout }).on("line", (line) => waiting.shift()(JSON.parse(line)));
	python.on("exit", () => waiting.splice(0).forEach((answer) => answer({ error: "the rig has ended" })));

	async function call(name, args) {
		const last = args.at(-1), named = last && last.named ? args.pop().named : {};
		const answered = new Promise((resolve) => waiting.push(resolve));
		python.stdin.write(JSON.stringify({ call: name, args, named }) + "\n");
		const { value, error } = await answered;
		if (error)
			throw new Error(`rig.${name}: ${error}`);
		return value;
	}

	const rig = new Proxy({}, {
		get: (fields, name) => name === "then" ? undefined : fields[name] ?? ((...args) => call(name, args)),
	});
	try {
		Object.assign(rig, await call("start", [{ named: options || {} }]));
	} catch (trouble) {
		python.stdin.end();
		throw trouble;
	}
	rig.end = async () => {
		const ended = once(python, "exit");
		python.stdin.end();
		await ended;
	};
	return rig;
}

// Looks until what() is true.
export async function eventually(what, name, limit_ms = LIMIT_MS) {
	const end = Date.now() + limit_ms;
	for (;;) {
		const value = await what();
		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`waited ${limit_ms} ms for ${name}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

// The browser shows a page again that it had kept: Playwright's Chromium keeps none, so it is told so.
export const shownAgain = (page) => page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));

/* ---- a person ------------------------------------------------------------------------------ */

// What a teacher does on My Microsoft Teams, by what they see.
export class Person {
	constructor(page, rig) {
		this.page = page;
		this.rig = rig;
		this.dialog = page.locator("dialog[open]");
		this.sent = [];
		page.on("request", (request) => {
			if (request.method() !== "GET")
				this.sent.push(request.method() + " " + new URL(request.url()).pathname);
		});
	}

	async enter(to = "/staff/teams", claims = {}) {
		const ticket = await this.rig.ticket({ named: claims });
		return this.page.goto(`${this.rig.url}${to}?ticket=${ticket}`);
	}

	row(name) {
		return this.page.getByRole("row").filter({ has: this.page.locator(".name", { hasText: name }) });
	}

	async press(name, action) {
		await this.row(name).getByRole("button", { name: action }).click();
	}

	async choose(action) {
		await this.dialog.getByRole("button", { name: action, exact: true }).click();
	}

	async title(text) {
		await this.dialog.getByRole("heading", { name: text, exact: true }).waitFor();
	}

	async status(name, text) {
		await this.row(name).locator(".pill", { hasText: text }).waitFor();
	}

	// The Sync Summary as it stands there: label -> count.
	async counts() {
		await this.dialog.locator(".counts").waitFor();
		const lines = await this.dialog.locator(".counts li").all();
		const counts = {};
		for (const line of lines)
			counts[await line.locator("span").innerText()] = Number(await line.locator("strong").innerText());
		return counts;
	}

	async sync(name) {
		await this.press(name, "Sync Learners");
		await this.choose("Sync Learners");
	}

	async create(name) {
		await this.press(name, "Create Team");
		await this.choose("Create Team");
	}
}

/* ---- stories ---------------------------------------------------------------------------------- */

let browser;

async function newPage(context, faults) {
	const page = await context.newPage();
	page.setDefaultTimeout(LIMIT_MS);
	page.on("pageerror", (error) => faults.push(error.stack));
	page.on("dialog", (box) => { faults.push("a message box: " + box.message()); box.dismiss(); });
	page.on("console", (message) => {
		if (/Content Security Policy|Refused to/.test(message.text()))
			faults.push(message.text());
	});
	return page;
}

async function perform(options, run) {
	const faults = [], { browser: look = {}, ...rigged } = options;
	const rig = await openRig(rigged);
	const context = await browser.newContext({ locale: "en-ZA", viewport: { width: 1200, height: 800 }, ...look });
	try {
		const another = async () => new Person(await newPage(context, faults), rig);
		const person = await another();
		await run({ rig, context, person, page: person.page, another });
		equal(faults, [], "what the browser complained of");
	} catch (trouble) {
		for (const page of context.pages())
			trouble.stack += `\n--- ${page.url()}\n${await page.locator("body").innerText().catch(() => "")}`;
		trouble.stack += "\n" + faults.join("\n");
		throw trouble;
	} finally {
		await context.close();
		await rig.end();
	}
}

// story("sentence", { learners: 40, browser: { locale: "af-ZA" } }, async ({ rig, person }) => …):
// the options are web_start's, and in browser the profile's.
export function story(words, options, run) {
	sentence(words, () => run ? perform(options, run) : perform({}, options));
}

export async function tell() {
	browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-dev-shm-usage"] });
	await tellSentences();
	await browser.close();
}
