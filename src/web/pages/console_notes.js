/* console_notes - what stands above a section that cannot do its work yet. */
import { el } from "./dom.js";
import { t } from "./words.js";
import { placeOf } from "./console.js";

// Why nothing can be done in Microsoft 365 yet; nothing where it can.
export function consentNotice(desk) {
	return desk.consent.granted ? "" : el("div", { class: "notice warn banner" },
		el("div", {}, el("h2", {}, t("consent.missing")), el("p", {}, t("consent.needed"))),
		desk.may.setup && el("a", { class: "button main", href: placeOf("settings") }, t("consent.open")));
}

export function rosterNotice(desk) {
	return desk.source.accepted_at || desk.groups.total ? "" : el("p", { class: "notice warn" }, t("roster.none"));
}
