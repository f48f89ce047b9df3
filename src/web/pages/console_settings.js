/*
 * console_settings - Automatically Create MIS groups in Apps: which kinds of group become classes
 * in Microsoft 365, under which names, with which owners, and when. Until Microsoft 365 has been
 * allowed the kinds are greyed out, and a box says what to do.
 */
import { ask } from "./api.js";
import { act } from "./dialog.js";
import { button, el, pill } from "./dom.js";
import { wordTrouble } from "./trouble.js";
import { beginConsole, placeOf, refusal, tellIn, tellTrouble } from "./console.js";
import { rosterNotice } from "./console_notes.js";
import { field, tick } from "./form.js";
import { KINDS } from "./kinds.js";
import { radio } from "./radio.js";
import { date, knows, t } from "./words.js";

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const STARTS = { granted: "good", refused: "bad", not_yet: "warn", expired: "warn", not_set_up: "bad" };
let desk, bar, main;

function notSaved(code) {
	return knows("unsaved." + code) ? t("unsaved." + code) : refusal(code);
}

/* ---- Microsoft's consent ----------------------------------------------------------------- */

async function startConsent() {
	try {
		const { location: to } = await ask("POST", "/v1/console/consent");
		if (/^https?:\/\//i.test(to))
			location.assign(to);
	} catch (trouble) {
		tellTrouble(bar, trouble, "consent");
	}
}

function permissions(list) {
	return el("details", {}, el("summary", {}, t("consent.list", { n: list.length })),
		el("ul", {}, list.map(({ name, why }) => el("li", {}, el("code", {}, name), " ",
			knows("permission." + name) ? t("permission." + name) : el("span", { lang: "en" }, why)))));
}

function consentBox() {
	const { granted, why, permissions: list, at } = desk.consent;
	if (granted)
		return el("section", { class: "card", "aria-labelledby": "consent" },
			el("div", { class: "head" }, el("h2", { id: "consent" }, "Microsoft 365"), pill("green", t("consent.granted"))),
			at > 0 && el("p", { class: "quiet" }, t("consent.since", { date: date(at) })), permissions(list));
	return el("section", { class: "notice warn action", "aria-labelledby": "consent" },
		el("h2", { id: "consent" }, t("consent.action")), el("p", {}, t("consent.greyed")),
		why ? el("p", {}, notSaved(why)) : [
			el("ol", {}, ["consent.step.press", "consent.step.sign", "consent.step.accept"].map((key) => el("li", {}, t(key)))),
			desk.may.consent && el("div", { class: "buttons start" }, act(t("consent.enable"), "main", startConsent))],
		permissions(list));
}

// What came of the way to Microsoft and back; it is said once.
function wayBack() {
	const came = new URLSearchParams(location.search).get("consent");
	if (came === null)
		return;
	history.replaceState(null, "", location.pathname);
	tellIn(bar, STARTS[came] || "bad", t(came in STARTS ? "came." + came : "came.refused"));
}

/* ---- the form -------------------------------------------------------------------------------- */

function kindField(s) {
	const may = desk.consent.granted && (desk.source.accepted_at > 0 || desk.groups.total > 0);
	return el("fieldset", { disabled: !may }, el("legend", {}, t("setup.kinds")),
		el("p", { class: "quiet" }, t(may ? "setup.kinds.about" : "setup.kinds.greyed")),
		KINDS.map((kind) => desk.source.kinds.includes(kind) ?
			tick("kind", kind, t("groupkind." + kind), { checked: s.kinds.includes(kind) }) :
			el("p", { class: "quiet" }, t("setup.kinds.none", { kind: t("groupkind." + kind), source: desk.source.word || t("setup.source") }))));
}

function identifierField(s) {
	const locked = s.identifier_locked && !desk.may.identifier;
	const input = el("input", { name: "identifier", maxlength: "40", value: s.identifier, readonly: locked, spellcheck: "false",
		autocomplete: "off" });
	return field("identifier", t("setup.identifier"), input, [t("setup.identifier.about"), " ",
		t(locked ? "setup.identifier.locked" : s.identifier_locked ? "setup.identifier.later" : "setup.identifier.once"), " ",
		s.dfe_code && t("setup.identifier.dfe", { code: s.dfe_code }) || ""]);
}

function ownerLine(owner, list) {
	const input = (name, label, type) => el("input", { name, type, required: true, maxlength: "200", value: owner[name] || "",
		"aria-label": t(label), placeholder: t(label), autocomplete: "off" });
	const line = el("li", { class: "owner" }, input("name", "owner.name", "text"), input("email", "owner.email", "email"),
		button(t("owner.remove"), () => {
			const next = line.nextElementSibling || line.previousElementSibling;
			line.remove();
			(next ? next.querySelector("input") : list.nextElementSibling).focus();
		}));
	line.dataset.id = owner.id || "";
	return line;
}

function ownerField(s) {
	const list = el("ul", { class: "owners" });
	list.append(...s.extra_owners.map((owner) => ownerLine(owner, list)));
	return el("fieldset", {}, el("legend", {}, t("setup.owners")), el("p", { class: "quiet" }, t("setup.owners.about")), list,
		button(t("owner.add"), () => {
			const line = ownerLine({}, list);
			list.append(line);
			line.querySelector("input").focus();
		}));
}

function targetField(s) {
	return el("fieldset", {}, el("legend", {}, t("setup.target")),
		radio("target", s.target, "team", t("target.team"), t("target.team.about")),
		radio("target", s.target, "class", t("target.class"), t("target.class.about")));
}

function nightField(s) {
	const days = s.quiet.filter((day) => !WEEK.includes(day));
	const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
	return el("fieldset", { disabled: !desk.consent.granted }, el("legend", {}, t("setup.night")),
		radio("night", s.night, "off", t("night.off"), t("night.off.about")),
		radio("night", s.night, "nightly", t("night.nightly"), t("night.nightly.about")),
		el("div", { class: "pair" }, field("night_at", t("night.at"), el("input", { name: "night_at", type: "time", required: true, value: s.night_at })),
			field("zone", t("night.zone"), el("input", { name: "zone", required: true, value: s.zone, list: "zones", spellcheck: "false" })),
			el("datalist", { id: "zones" }, zones.map((zone) => el("option", { value: zone })))),
		el("fieldset", { class: "inner" }, el("legend", {}, t("night.quiet")),
			el("div", { class: "ticks" }, WEEK.map((day) => tick("week", day, t("day." + day), { checked: s.quiet.includes(day) })))),
		field("quiet", t("night.days"), el("textarea", { name: "quiet", rows: 2, spellcheck: "false" }, days.join("\n")), t("night.days.about")));
}

// Who picks a date has chosen On a date, and who chose that has to pick one.
function opensField(s) {
	const chosen = s.opens && s.opens !== "teacher" ? "day" : s.opens || "now";
	const day = el("input", { name: "opens_day", type: "date", required: chosen === "day", value: chosen === "day" && s.opens });
	const onDay = radio("opens", chosen, "day", t("opens.day"), t("opens.day.about"), field("opens_day", t("opens.first"), day));
	const mark = onDay.querySelector("[type=radio]");
	return el("fieldset", { input: ({ target }) => {
		mark.checked ||= target === day && day.value > "";
		day.required = mark.checked;
	} }, el("legend", {}, t("setup.opens")), radio("opens", chosen, "now", t("opens.now"), t("opens.now.about")), onDay,
		radio("opens", chosen, "teacher", t("opens.teacher"), t("opens.teacher.about")));
}

function moreField(s) {
	const text = (name, value, rows) => el("textarea", { name, rows, spellcheck: "false" }, value);
	return el("details", {}, el("summary", {}, t("setup.more")), el("div", { class: "form" },
		field("grace_days", t("setup.grace"), el("input", { name: "grace_days", type: "number", min: 0, max: 365, required: true, value: s.grace_days }),
			t("setup.grace.about")),
		field("domain_map", t("setup.domains"), text("domain_map", Object.entries(s.domain_map).map(([a, b]) => `${a} = ${b}`).join("\n"), 3),
			t("setup.domains.about")),
		field("student_domain", t("setup.student_domain"), el("input", { name: "student_domain", value: s.student_domain, spellcheck: "false" }),
			t("setup.student_domain.about")),
		field("staff_domain", t("setup.staff_domain"), el("input", { name: "staff_domain", value: s.staff_domain, spellcheck: "false" })),
		field("exclude", t("setup.exclude"), text("exclude", (s.exclude.names || []).join("\n"), 3), t("setup.exclude.about"))));
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

// A line without a right side is no domain, which the service says.
function domainPair(line) {
	const [from, ...to] = line.toLowerCase().split("=").map((side) => side.trim());
	return [from, to.join("=")];
}

// What the form says, as the service wants it. What is greyed out is not part of it.
function wishes(form, s) {
	const data = new FormData(form), text = (name) => (data.get(name) || "").trim();
	const opens = { now: "", day: text("opens_day") }[text("opens")] ?? "teacher";
	const wanted = { target: text("target"), opens, grace_days: Number(text("grace_days")), student_domain: text("student_domain"),
		staff_domain: text("staff_domain"), exclude: { ...s.exclude, names: lines(text("exclude")) },
		domain_map: Object.fromEntries(lines(text("domain_map")).map(domainPair)),
		extra_owners: [...form.querySelectorAll(".owner")].map((line) => {
			const value = (name) => line.querySelector(`[name=${name}]`).value.trim();
			return { id: line.dataset.id || value("email").toLowerCase(), name: value("name"), email: value("email") };
		}) };
	const identifier = text("identifier");
	if (!s.identifier_locked || (desk.may.identifier && identifier !== s.identifier))
		wanted.identifier = identifier === s.dfe_code ? null : identifier;
	if (!form.querySelector("fieldset").disabled)
		wanted.kinds = data.getAll("kind");
	if (desk.consent.granted)
		Object.assign(wanted, { night: text("night"), night_at: text("night_at"), zone: text("zone"),
			quiet: [...data.getAll("week"), ...lines(text("quiet"))] });
	return wanted;
}

// What the person changed, so that it takes back nothing that somebody else saved meanwhile; and
// the name identifier, which the first to save settle.
function changes(now, before, s) {
	const isNews = ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]) || (name === "identifier" && !s.identifier_locked);
	return Object.fromEntries(Object.entries(now).filter(isNews));
}

function form() {
	const s = desk.settings;
	const save = act(t("save"), "main", async () => {
		if (!box.reportValidity())
			return;
		try {
			const { settings } = await ask("PUT", "/v1/console/settings", changes(wishes(box, s), before, s));
			desk.settings = settings;
			desk.may.identifier = desk.role === "super_admin" || !settings.identifier_locked;
			box.replaceWith(form());
			tellIn(bar, "good", t(settings.night === "nightly" && settings.kinds.length ? "saved.night" : "saved"));
		} catch (trouble) {
			tellTrouble(bar, trouble, "save-settings");
			// Which value, and what it should be, the service alone knows.
			if (trouble.code === "bad_setting")
				bar.firstChild.after(el("p", { lang: "en" }, trouble.message));
		}
	});
	const box = el("form", { class: "card form", submit: (event) => { event.preventDefault(); save.click(); } },
		kindField(s), identifierField(s), el("p", {}, el("a", { href: placeOf("names") }, t("setup.names"))), ownerField(s),
		targetField(s), opensField(s), nightField(s), moreField(s), el("div", { class: "buttons start" }, save));
	const before = wishes(box, s);
	return box;
}

beginConsole("settings", (about, where, notices) => {
	desk = about;
	main = where;
	bar = notices;
	wordTrouble(notSaved);
	main.append(el("p", { class: "quiet" }, t("setup.intro")), rosterNotice(desk), consentBox(), form());
	wayBack();
});
