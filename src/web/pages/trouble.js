/*
 * trouble - an error as people see it: what happened, what to do, and what a support ticket
 * needs, to be copied: class, action, time, message, request. No name, no address, no secret.
 */
import { button, copy, el, write } from "./dom.js";
import { knows, t } from "./words.js";

const OF_LINK = ["not_connected", "relink_required", "consent_required"];
let ownText = () => "";

// What a page has of its own to say of a code; "" for what all of them say.
export function wordTrouble(textOf) {
	ownText = textOf;
}

// The person's Microsoft Connection is not what it was, or is none.
export function isOfLink(code) {
	return OF_LINK.includes(code);
}

// Nothing of what runs ends with a session, and what was not confirmed may have been done.
export function troubleTitle(trouble, key, c) {
	const own = { session: "session.title", unconfirmed: "unconfirmed.title" }[trouble.code];
	return own ? t(own) : t(key, { class: c.name });
}

export function troubleText(code) {
	if (code === "session")
		return t("session.over") + " " + t("sign_in.kept");
	const alike = { crashed: "internal", unknown_type: "internal" };
	const key = "error." + (alike[code] || code);
	return ownText(code) || t(knows(key) ? key : "error.other");
}

// Of a job that failed, what a request that failed has.
export function troubleOfRecord(record) {
	return { code: record.error_code || "internal", message: record.error || "", job: record.id, request: "" };
}

function detailsOf(trouble, about) {
	return [["Class", about.name], ["Action", about.action], ["Time", new Date().toISOString()],
		["Message", `${trouble.code}: ${trouble.message || troubleText(trouble.code)}`],
		["Request id", trouble.request], ["Job id", trouble.job], ["Page", location.pathname]]
		.filter(([, value]) => value).map(([name, value]) => name + ": " + value).join("\n");
}

export function detailsView(text) {
	const area = el("textarea", { readonly: true, rows: Math.min(8, text.split("\n").length + 1),
		"aria-label": t("details"), spellcheck: "false" });
	const told = el("span", { role: "status", class: "quiet" });
	area.value = text;
	const press = button(t("details.copy"), async () => {
		const done = await copy(text);
		if (!done) {
			area.closest("details").open = true;
			area.select();
		}
		write(told, t(done ? "details.copied" : "details.not"));
	});
	return el("div", { class: "details" }, el("div", { class: "buttons start" }, press, told),
		el("details", {}, el("summary", {}, t("details")), area));
}

// There is a text of our own for it.
function settled(code) {
	return code === "session" || ownText(code) || knows("error." + code);
}

// about: { name: of the class, action }. What the service said goes along in its own words
// (English) where the page has none of its own, and always in the details.
export function troubleView(trouble, about) {
	const settings = isOfLink(trouble.code) && !ownText(trouble.code);
	return [el("p", { class: "notice " + (trouble.code === "session" ? "warn" : "bad") }, troubleText(trouble.code)),
		trouble.message && !settled(trouble.code) && el("p", { class: "quiet", lang: "en" }, trouble.message),
		settings && el("p", {}, el("a", { href: "/staff/settings#connection" }, t("banner.link"))),
		detailsView(detailsOf(trouble, about))];
}
