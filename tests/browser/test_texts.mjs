/* test_texts - the table of texts, and the scripts that use it, without a browser. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { check, equal, sentence, tell } from "./sentences.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const pages = join(root, "src", "web", "pages");
const build = join(root, process.env.BUILD || "build");
const texts = JSON.parse(readFileSync(join(pages, "texts.json"), "utf8"));
const read = (...names) => readFileSync(join(...names), "utf8");
const files = (ending) => readdirSync(pages).filter((name) => name.endsWith(ending));
const sources = files(".js").map((name) => read(pages, name)).join("\n");
const html = files(".html").map((name) => read(pages, name)).join("\n");

const listed = (name) => read(root, "src", "web", "pages.sh").match(new RegExp(`^${name}='(.*)'$`, "m"))[1].split(" ");
const screens = [...listed("screens"), ...listed("sections").map((section) => "console_" + section)];

const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const found = (text, pattern) => [...text.matchAll(pattern)].map((each) => each[1]);
const isThere = (key) => key in texts || key + ".one" in texts;

// The texts that a call of t() may be for, whose words begin at i: "a.key", or is ? "one" : "another".
function keysAt(text, i) {
	const from = i;
	for (let depth = 0; depth > 0 || !",)".includes(text[i]); i++)
		depth += "([{".includes(text[i]) - ")]}".includes(text[i]);
	return found(text.slice(from, i), /(?:^|[?:] )"([^"]+)"(?! \+)/g);
}

// What the scripts name have, put together as pages.sh does it, in one language.
function scripts(language, ...names) {
	const own = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text[language]]));
	const code = names.map((name) => read(pages, name + ".js").replace(/^import .*$/gm, "").replace(/^export /gm, ""));
	const context = vm.createContext({ texts: own, Intl, console, document: { documentElement: { lang: language } },
		navigator: { languages: [language + "-ZA"], onLine: true } });
	vm.runInContext(code.join("\n"), context);
	return (expression) => vm.runInContext(expression, context);
}

sentence("both languages have every text, with the same places for values, on lines that pages.sh reads", () => {
	for (const [key, text] of Object.entries(texts)) {
		equal(Object.keys(text), ["en", "af"], "languages of " + key);
		check(text.en.trim() && text.af.trim(), key + " has words");
		equal(places(text.af), places(text.en), "places of " + key);
		check(!/[\\"<>]/.test((key + text.en + text.af).replace(/ > /g, "")), key + " has nothing to be escaped");
	}
	const lines = Object.entries(texts).map(([key, text]) =>
		`\t"${key}": {\n\t\t"en": "${text.en}",\n\t\t"af": "${text.af}" }`);
	equal(read(pages, "texts.json").replace(/\n\n/g, "\n"), `{\n${lines.join(",\n")}\n}\n`, "texts.json");
});

sentence("what counts has a text for one and a text for many", () => {
	for (const key of Object.keys(texts).filter((name) => name.endsWith(".one")))
		check(key.replace(/one$/, "other") in texts, "a text for many, beside " + key);
	for (const [key, text] of Object.entries(texts).filter(([, each]) => /\{n\} \w*[^\Ws]s\b/.test(each.en)))
		check(key.endsWith(".other"), `"${text.en}" is for many only`);
});

sentence("every text that a script or a page names is there, and every text is named by one", () => {
	const named = [...sources.matchAll(/\bt\(/g)].flatMap(({ index }) => keysAt(sources, index + 2)), titles = screens.map((screen) => "title." + screen);
	check(named.length > 100, "texts are named");
	for (const key of [...named, ...found(html, /\{\{(\w+\.?\w*)\}\}/g).filter((key) => key !== "lang")])
		check(isThere(key), "a text for " + key);
	for (const key of Object.keys(texts)) {
		const base = key.replace(/\.(one|other)$/, ""), beginning = key.replace(/[.:].*/, "$&").match(/^[^.:]*[.:]?/)[0];
		check(titles.includes(base) || sources.includes(`"${base}"`) || html.includes(`{{${base}}}`) || sources.includes(`"${beginning}" +`),
			"somebody who names " + key);
	}
});

sentence("every phase of a job has its Afrikaans, and what is said of a Team that is there", () => {
	const jobs = readdirSync(join(root, "jobs")).filter((name) => name.endsWith(".c"))
		.map((name) => read(root, "jobs", name)).join("\n").replace(/"\n\s*"/g, "");
	const phases = [...found(jobs, /^    \[\w+\] = \{"\w+",\s+"([^"]+)"/gm), ...found(jobs, /setting_up\[\] = "([^"]+)"/g)];
	check(phases.length > 12, "phases are found");
	for (const phase of phases)
		check("said:" + phase in texts, `a text for "${phase}"`);
	const messages = found(jobs, /progress_message\(\s*j,\s*"((?:The|%s) (?:Team|class|is) ?i?s? there[^"]+)"/g)
		.flatMap((text) => text.startsWith("%s") ? ["Team", "class"].map((what) => text.replace("%s", "The " + what)) : text);
	check(messages.length >= 2, "messages of a Team that is there");
	const calls = read(root, "src", "worker", "call.c").replace(/\(\s+/g, "(");
	const waits = [...found(calls, /pause_then_again\(\s*j, [^;"]+ "([^"]+)"\)/g), ...found(calls, /microsofts_trouble\[\] = "([^"]+)"/g)];
	equal(waits.length, 2, "messages of who waits");
	for (const message of [...messages, ...waits])
		check("said:" + message in texts, `a text for "${message}"`);
});

sentence("every error of the contract that can end a teacher's job has a text that says what to do", () => {
	for (const code of ["bad_envelope", "unknown_school", "not_connected", "relink_required", "consent_required",
		"not_licensed", "not_permitted", "team_missing", "team_locked", "timed_out", "graph_error",
		"internal"])
		check(/[.;] |press|ask|log|try/i.test(texts["error." + code].en), "a remedy for " + code);
});

sentence("reasons and remedies are those of rollcall's own commands", () => {
	const reasons = read(root, "src", "base", "reasons.c").replace(/"\n\s*"/g, "");
	const rows = [...reasons.matchAll(/^ {4}\{"(\w+)", "([^"]+)",\s*"([^"]*)"\},/gm)].filter(([, word]) => word !== "held");
	check(rows.length >= 10, "reasons are found");
	for (const [, word, label, action] of rows.filter(([, name]) => "reason." + name in texts)) {
		equal(texts["reason." + word].en.replaceAll("’", "'"), label, "label of " + word);
		if (action)
			equal(texts["remedy." + word].en.replaceAll("’", "'"), action, "remedy of " + word);
	}
	for (const [, word] of rows)
		check("reason." + word in texts, "a text for the reason " + word);
});

sentence("a name is given once in all scripts of a screen, which are one script in the end", () => {
	const built = readdirSync(join(build, "gen", "pages")).filter((name) => name.endsWith(".js"));
	equal(built.length, 2 * screens.length, "scripts of the screens in two languages");
	for (const name of built)
		new vm.Script(read(build, "gen", "pages", name), { filename: name });
});

sentence("a page, its script, its styles and its sign are 60 kB at most before they are packed", () => {
	const made = join(build, "gen", "pages"), names = readdirSync(made);
	for (const page of names.filter((name) => name.endsWith(".html"))) {
		const text = read(made, page), files = found(text, /"\/assets\/([^"]+)"/g);
		const bytes = [page, ...files].reduce((sum, name) => sum + statSync(join(made, name)).size, 0);
		check(files.length > 1 && bytes <= 60000, `${bytes} bytes of ${page}`);
	}
});

sentence("what is left out of the scripts for the browser changes nothing of what they do", () => {
	const hard = 'const a = { b: 1, "c  d": [1, 2] };	// " lone\n/* ` */ function f(x, y) {\n\tconst s = `a  ${x ? `q  ${"}  "}` : "b  c"} // d`,\n' +
		'\t\tr = /[/"]+  \\/ x/g.test(y), d = x / y / 2;\n\treturn /^a  b/.test(y) ? x - -1 : [s, r, d, a["c  d"], typeof x, +x + +y];\n}\n' +
		'class Q { get p() { return "b" in a; } }\nout = [f(0, "1"), f(4, "//  / x"), f(3, "a  b"), new Q().p];\n';
	const squeezed = execFileSync("awk", ["-f", join(pages, "squeeze.awk")], { input: hard, encoding: "utf8" });
	const outOf = (code) => vm.runInContext(code + "; out", vm.createContext({ out: null }));
	check(squeezed.length < hard.length - 60 && !squeezed.includes("lone"), "less than before");
	equal(outOf(squeezed), outOf(hard), "what comes out");
});

sentence("no script takes text for markup, and none is written into a page", () => {
	for (const word of ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc", "DOMParser"])
		check(!sources.includes(word), "scripts without " + word);
});

sentence("numbers and one or many are said as the language has them", () => {
	const en = scripts("en", "words"), af = scripts("af", "words");
	equal(en('t("queued.place", { n: 1 })'), "In the queue: 1 request of your school is before this one", "one");
	equal(en('t("queued.place", { n: 1200 })').includes("requests"), true, "many");
	equal(af('t("queued.place", { n: 2 })'), "In die tou: 2 versoeke van jou skool is voor hierdie een", "two in Afrikaans");
	equal(af("number(1234.5)").replace(/\s/g, " "), "1 234,5", "a number in Afrikaans");
	equal([en("span(1000)"), en("span(12300)"), en("span(90000)"), en("span(7200000)")],
		["5 seconds", "15 seconds", "2 minutes", "2 hours"], "spans");
	equal(en('t("learners.title", { class: "<b>{n}</b>" })'), "Learners of <b>{n}</b>", "a name with braces");
});

sentence("the status of a class follows from its data (requirements 3.2 to 3.5)", () => {
	const en = scripts("en", "words", "rules");
	const label = (c) => en(`statusText(${JSON.stringify(c)})`);
	equal(label({ status: "no_team" }), "No Team", "without a Team");
	equal(label({ status: "no_team", job: { type: "create-team" } }), "Pending", "a Team being set up");
	equal(label({ status: "pending", failed: 5 }), "Pending", "nobody synced, five failed");
	equal(label({ status: "active" }), "Active", "somebody synced");
	equal(label({ status: "failed", failed: 1 }), "1 Failed", "one failed");
	equal(label({ status: "failed", failed: 3 }), "3 Failed", "three failed");
	equal(en('asideOf({ status: "active", failed: 0, unresolved: 2 })'), "2 unresolved", "the quieter note");
	equal(en('asideOf({ status: "pending", failed: 5, unresolved: 0 })'), "5 failed", "failures of a pending class");
	equal(en('asideOf({ status: "failed", failed: 3, unresolved: 1 })'), "1 unresolved", "no failure is said twice");
});

sentence("the actions of a class are those of the matrix (requirements 3.6, 3.7)", () => {
	const en = scripts("en", "words", "rules");
	const may = (c, state) => en(`Object.entries(actionsOf(${JSON.stringify(c)}, { state: "${state}" }))
		.filter(([, can]) => can).map(([name]) => name).join(" ")`);
	const team = { team_id: "t", web_url: "https://teams.example/t" };
	equal(may({ status: "no_team" }, "connected"), "create view", "no Team, linked");
	equal(may({ status: "no_team" }, "none"), "view", "no Team, not linked");
	equal(may({ status: "no_team" }, "relink"), "view", "no Team, re-link required");
	equal(may({ status: "pending" }, "connected"), "sync view", "pending, link not known");
	equal(may({ status: "pending", ...team }, "connected"), "sync view open", "pending");
	equal(may({ status: "active", ...team }, "connected"), "sync view open", "active");
	equal(may({ status: "failed", ...team }, "connected"), "sync view open", "N failed");
	equal(may({ status: "active", ...team }, "none"), "view open", "active, not linked");
	equal(may({ status: "active", ...team, job: { type: "sync-learners" } }, "connected"), "view open", "while it syncs");
	equal(may({ status: "active", ...team, job: { type: "check-team" } }, "connected"), "sync view open", "while it is looked after");
});

sentence("a day of the calendar is written as people do, and what is no day stays as it is", () => {
	const day = (language, text) => scripts(language, "words", "console")(`dayText(${JSON.stringify(text)})`);
	equal([day("en", "2027-07-31"), day("af", "2027-07-31")], ["31 Jul 2027", "31 Jul. 2027"], "the last of July");
	equal(day("en", "some day"), "some day", "no day");
});

sentence("who waits is told why, and for how long", () => {
	const en = scripts("en", "words", "rules", "standing");
	const line = (r) => en(`standing(${JSON.stringify(r)})`), why = (r) => en(`hindrance(${JSON.stringify(r)})`);
	equal(line({ state: "queued", place: 3 }), "In the queue: 3 requests of your school are before this one", "third");
	equal(line({ state: "queued", place: 0 }), "In the queue: next in turn", "next");
	equal(line({ state: "queued" }), "In the queue", "somewhere");
	equal(line({ state: "running", phase: "Adding learners" }), "Adding learners", "a phase");
	equal(line({ state: "running", phase: "A phase of next year" }), "A phase of next year", "an unknown phase");
	equal(scripts("af", "words", "standing")('standing({ state: "running", phase: "Adding learners" })'),
		"Leerders word bygevoeg", "a phase in Afrikaans");
	equal(why({ state: "queued", workers_online: false }).slice(0, 17), "No worker online.", "nobody works");
	equal(why({ state: "queued", paused: true }), "Paused for now. It goes on by itself.", "an operator's pause");
	equal(why({ state: "running", paused: true, message: "" }), "", "what runs while the school is paused");
	check(/^Microsoft asked us to wait until \d\d:\d\d\.$/.test(why({ state: "waiting", retry_at: 1.7e12,
		message: "Microsoft asked us to wait until 10:42." })), "Microsoft's pause");
	check(/^Microsoft had a problem; we are trying again\. Waiting until \d\d:\d\d\.$/.test(why({ state: "waiting",
		retry_at: 1.7e12, message: "Microsoft had a problem; we are trying again." })), "Microsoft's trouble");
	equal(why({ state: "running", message: "" }), "", "nothing");
	equal(en("waited({ queued_at: 1000 }, 11000)"), 10000, "ten seconds waited");
	equal(en("waited({ queued_at: 5000 }, 1000)"), 0, "a clock that is behind");
	equal(en("waited({ queued_at: 1000 }, 1e9)"), 60000, "more than a minute");
});

await tell();
