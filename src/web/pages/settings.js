/* settings - the Microsoft Connection of a staff member: three states, one action each. */
import { ask } from "./api.js";
import { act, close, say, show } from "./dialog.js";
import { button, copy, el, pill, write } from "./dom.js";
import { begin, onReturn } from "./start.js";
import { detailsView, troubleView } from "./trouble.js";
import { date, knows, t } from "./words.js";

const STATE_KINDS = { none: "grey", connected: "green", relink: "red" };
let section, notices;

function notify(kind, text, ...more) {
	notices.replaceChildren(el("p", { class: "notice " + kind, tabindex: "-1" }, text), ...more.flat().filter(Boolean));
	notices.firstChild.focus();
}

function settingsTrouble(trouble, action) {
	notices.replaceChildren(...troubleView(trouble, { name: "", action }).filter(Boolean));
	say(notices.firstChild.textContent);
}

async function connect() {
	say(t("connecting"));
	try {
		const { location: to } = await ask("POST", "/v1/connection");
		if (/^https?:\/\//i.test(to))
			location.assign(to);
	} catch (trouble) {
		settingsTrouble(trouble, "connect");
	}
}

function startDisconnect(c, from) {
	const yes = act(t("disconnect"), "danger", async () => {
		try {
			await ask("DELETE", "/v1/connection");
			close();
			connectionView({ ...c, state: "none", email: "", name: "", since: 0 });
			notify("good", t("disconnected"));
		} catch (trouble) {
			close();
			settingsTrouble(trouble, "disconnect");
		}
	});
	show({ title: t("disconnect.title"), body: el("p", {}, t("disconnect.text", { email: c.email })),
		buttons: [button(t("cancel"), close), yes], from: { button: from, row: section } });
}

// The address that only the school's Microsoft administrator can do something with.
function consent(address) {
	const told = el("span", { role: "status", class: "quiet" });
	const field = el("input", { readonly: true, value: address, "aria-label": t("consent.link") });
	const press = button(t("consent.copy"), async () => {
		const done = await copy(address);
		if (!done)
			field.select();
		write(told, t(done ? "details.copied" : "details.not"));
	});
	return el("div", { class: "consent" }, el("p", {}, t("consent")), field, el("div", { class: "buttons start" }, press, told));
}

function account(c) {
	return el("dl", {}, el("dt", {}, t("connection.account")), el("dd", {}, c.email),
		c.since > 0 && el("dd", { class: "quiet" }, t("connection.since", { date: date(c.since) })));
}

function connectionView(c) {
	const whole = c.mode === "app";
	const action = !whole && { none: "connect", relink: "reconnect" }[c.state];
	const off = button(t("disconnect"), () => startDisconnect(c, off));
	section.replaceChildren(
		el("div", { class: "head" }, el("h2", { id: "connection-title" }, t("connection")),
			pill(STATE_KINDS[c.state] || "grey", t("state." + c.state))),
		el("p", { class: "quiet" }, t(!whole ? "connection.about" : c.state === "connected" ? "connection.app" : "connection.no_app")),
		...[c.state === "connected" && !whole && account(c),
			action && el("p", {}, t("connection." + c.state)),
			action && c.admin_consent_url && consent(c.admin_consent_url),
			el("div", { class: "buttons start" }, action && act(t(action), "main", connect) || "",
				c.state === "connected" && !whole && off || "",
				c.state === "connected" && el("a", { class: "button", href: "/staff/teams" }, t("to_teams")) || "")]
			.filter(Boolean));
}

// What came of the way to Microsoft and back. It is said once: a reload says nothing.
function wayBack(c) {
	const query = new URLSearchParams(location.search), linked = query.get("linked"), trouble = query.get("trouble");
	if (linked === null && trouble === null)
		return;
	history.replaceState(null, "", location.pathname + "#connection");
	if (trouble === null)
		return notify("good", t(knows("linked." + linked) ? "linked." + linked : "linked.new"));
	const text = t(knows("trouble." + trouble) ? "trouble." + trouble : "trouble.other");
	notify("bad", text, detailsView(["Action: connect", "Time: " + new Date().toISOString(),
		"Message: " + trouble.slice(0, 60), "Page: " + location.pathname].join("\n")));
}

function settingsScreen(me, main) {
	notices = el("div", { class: "bar" });
	section = el("section", { id: "connection", class: "card", "aria-labelledby": "connection-title", tabindex: "-1" });
	main.replaceChildren(el("h1", {}, t("title.settings")), notices, section);
	connectionView(me.connection);
	wayBack(me.connection);
	onReturn((news) => connectionView(news.connection));
	if (location.hash === "#connection")
		section.scrollIntoView();
}

begin(settingsScreen);
