/*
 * ops - the queue, for operators: how deep, how old, how fast, which school waits. It is asked
 * for every two seconds while somebody looks. Who has no session that may see it brings a
 * program's key with the scope read, which this tab alone keeps.
 */
import { Trouble, ask, useKey } from "./api.js";
import { openVoice, say } from "./dialog.js";
import { button, el, pill, write } from "./dom.js";
import { troubleView } from "./trouble.js";
import { number, span, t, time } from "./words.js";

const LOOK_MS = 2000, POINTS_MAX = 300;
const points = [];
let page, tiles, line, schools, paused, standing, bar, resting = false, online = null;

function keyOf(change) {
	try {
		if (change !== undefined)
			sessionStorage.setItem("rollcall.key", change);
		return sessionStorage.getItem("rollcall.key") || "";
	} catch {
		return change || "";
	}
}

/* ---- what is seen -------------------------------------------------------------------------- */

function tile(key, value, kind, more) {
	return el("li", { class: kind }, el("strong", {}, typeof value === "number" ? number(value) : value), " ",
		el("span", {}, t("tile." + key)), more && el("small", {}, more));
}

function figures(q) {
	const c = q.counts, speed = q.per_minute;
	tiles.replaceChildren(
		tile("inbox", q.inbox, "grey"), tile("queued", c.queued, "grey"), tile("running", c.running, "blue"),
		tile("waiting", c.waiting, "orange", t("tile.waiting.note")),
		tile("oldest", q.oldest_ms ? span(q.oldest_ms) : "–", "grey"),
		tile("dead", c.dead, c.dead ? "red" : "grey"), tile("bad", q.bad, q.bad ? "red" : "grey"),
		tile("done", speed ? speed.done : "–", "green", t("tile.ever", { n: c.done })),
		tile("failed", speed ? speed.failed : "–", speed && speed.failed ? "red" : "grey", t("tile.ever", { n: c.failed })),
		tile("cancelled", speed ? speed.cancelled : "–", "grey", t("tile.ever", { n: c.cancelled })));
}

// How many jobs have not ended, since the page was opened.
function curve(q) {
	points.push(q.inbox + q.counts.queued + q.counts.running + q.counts.waiting);
	if (points.length === 1)
		points.push(points[0]);
	points.splice(0, points.length - POINTS_MAX);
	const most = Math.max(...points, 1), svg = "http://www.w3.org/2000/svg";
	const place = (n, i) => `${(600 - 2 * (points.length - 1 - i)).toFixed(0)},${(58 - 56 * n / most).toFixed(1)}`;
	const drawn = document.createElementNS(svg, "svg"), path = document.createElementNS(svg, "polyline");
	drawn.setAttribute("viewBox", "0 0 600 60");
	drawn.setAttribute("preserveAspectRatio", "none");
	drawn.setAttribute("aria-hidden", "true");
	path.setAttribute("points", points.map(place).join(" "));
	drawn.append(path);
	line.replaceChildren(el("figcaption", {}, t("curve", { now: points.at(-1), most })), drawn);
}

function ageRow(school, limits) {
	return el("tr", {}, el("th", { scope: "row" }, school.school), el("td", { class: "number" }, number(school.ready)),
		el("td", { class: "number" }, number(school.running)), el("td", { class: "number" }, number(school.outside)),
		[...limits, 0].map((_, i) => el("td", { class: "number" + (school.ages[i] ? "" : " quiet") }, number(school.ages[i] || 0))));
}

function table(q) {
	const limits = q.age_limits_ms.map((ms) => Math.round(ms / 60000));
	const heads = [t("ops.school"), t("ops.ready"), t("ops.running"), t("ops.outside"),
		...limits.map((n) => t("ops.upto", { n })), t("ops.longer", { n: limits.at(-1) })];
	schools.replaceChildren(el("h2", { id: "schools" }, t("ops.schools")),
		q.schools.length === 0 ? el("p", { class: "quiet" }, t("ops.idle")) :
			el("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": "schools" },
				el("table", { class: "figures" }, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
					el("tbody", {}, q.schools.map((school) => ageRow(school, limits))))),
		q.schools.length > 0 && el("p", { class: "quiet" }, t("ops.first", { n: q.ages_of_the_first })) || "");
}

function stops(q) {
	paused.replaceChildren(...q.paused.map((p) => el("p", { class: "notice warn" },
		t(p.by ? "ops.paused.by" : "ops.paused", { what: p.what === "all" ? t("ops.all") : p.what, by: p.by, time: time(p.since) }))));
}

function draw(q) {
	standing.replaceChildren(pill(q.workers_online ? "green" : "red", t(q.workers_online ? "ops.online" : "ops.offline", { n: q.workers })),
		el("span", { class: "quiet" }, t("ops.at", { time: time(q.now) })));
	if (online !== null && online !== q.workers_online)
		say(t(q.workers_online ? "ops.back" : "ops.offline", { n: q.workers }));
	online = q.workers_online;
	figures(q);
	curve(q);
	stops(q);
	table(q);
}

function build() {
	const rest = button(t("ops.rest"), () => {
		resting = !resting;
		write(rest, t(resting ? "ops.go" : "ops.rest"));
	});
	standing = el("p", { class: "buttons start" });
	bar = el("div", { class: "bar" });
	paused = el("div", { class: "bar" });
	tiles = el("ul", { class: "counts tiles" });
	line = el("figure", { class: "curve" });
	schools = el("section", { class: "card" });
	page.replaceChildren(el("div", { class: "head" }, el("h1", {}, t("title.ops")), standing, rest), bar, paused, tiles, line, schools);
}

/* ---- who looks ------------------------------------------------------------------------------ */

// Resolves when somebody has given a key.
function keyAsked(wasWrong) {
	return new Promise((resolve) => {
		const field = el("input", { id: "key", type: "password", autocomplete: "off", required: true, spellcheck: "false",
			"aria-describedby": "key-about" });
		const form = el("form", { class: "card", submit: (event) => {
			event.preventDefault();
			keyOf(field.value.trim());
			resolve();
		} }, wasWrong && el("p", { class: "notice bad", role: "alert" }, t("ops.key.wrong")),
		el("label", { for: "key" }, t("ops.key")), field, el("p", { id: "key-about", class: "quiet" }, t("ops.key.about")),
		el("div", { class: "buttons start" }, el("button", { type: "submit", class: "main" }, t("ops.key.use"))));
		page.replaceChildren(el("h1", {}, t("title.ops")), form);
		field.focus();
	});
}

function told(trouble) {
	const code = trouble ? trouble.code : "";
	if ((bar.dataset.code || "") === code)
		return;
	bar.dataset.code = code;
	bar.replaceChildren(...(trouble ? troubleView(trouble, { name: "", action: "look-at-queue" }).filter(Boolean) : []));
	say(trouble ? t("away") : t("back"));
}

async function look() {
	const q = await ask("GET", "/v1/queue");
	if (!standing)
		build();
	draw(q);
	told(null);
}

async function keepLooking() {
	for (;;) {
		try {
			if (!standing || (!resting && !document.hidden))
				await look();
		} catch (trouble) {
			if (!(trouble instanceof Trouble))
				throw trouble;
			// Neither this session nor this key may look: asking again changes nothing.
			if ([401, 403, 404].includes(trouble.status)) {
				const had = keyOf();
				standing = null;
				await keyAsked(had);
				useKey(keyOf());
				continue;
			}
			if (!standing)
				build();
			told(trouble);
		}
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
	}
}

page = document.querySelector("main");
openVoice();
useKey(keyOf());
keepLooking();
