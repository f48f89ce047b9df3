/*
 * dialog - the one dialog of the page. Its content goes from question to progress to outcome
 * while it stays open; each begins with the focus on its heading, and at the end the focus is
 * back where it came from, or at the class when that button is gone.
 */
import { button, el, write } from "./dom.js";
import { t } from "./words.js";

let box, content, voice, pageVoice, onLeave, opener;

// Says something to those who listen instead of look.
export function say(text) {
	write(box && box.open ? voice : pageVoice, text);
}

function buildDialog() {
	content = el("div", { class: "stage" });
	voice = el("p", { class: "unseen", role: "status" });
	box = el("dialog", { "aria-labelledby": "dialog-title", close: () => box.open || closed() }, content, voice);
	document.body.append(box);
}

export function openVoice() {
	pageVoice = el("p", { class: "unseen", role: "status" });
	document.body.append(pageVoice);
	buildDialog();
}

function closed() {
	const leave = onLeave, back = opener;
	onLeave = opener = null;
	voice.textContent = "";
	content.replaceChildren();
	if (leave)
		leave();
	// Somebody may have been led elsewhere meanwhile, to what came of it.
	const here = document.activeElement;
	if (here && here !== document.body && !box.contains(here))
		return;
	if (back && back.button.isConnected && back.button.offsetParent)
		back.button.focus();
	else if (back && back.row.isConnected)
		back.row.focus();
}

export function isOpen() {
	return box.open;
}

export function close() {
	box.close();
}

// show puts a stage on: a title, what stands under it, buttons, what happens when the person
// leaves without pressing any (Escape). The opener of the first stage gets the focus back.
export function show({ title, body, buttons, left, from, wide }) {
	// The browser tells of the close a little later: whoever is quicker has to leave first.
	if (!box.open && opener)
		closed();
	const heading = el("h2", { id: "dialog-title", tabindex: "-1" }, title);
	onLeave = left;
	opener = from || opener;
	box.className = wide ? "wide" : "";
	const middle = el("div", { class: "body" }, body);
	content.replaceChildren(heading, middle,
		el("div", { class: "buttons" }, buttons || button(t("close"), close)));
	if (!box.open)
		box.showModal();
	// What has to be scrolled to be read can be reached without a mouse.
	if (middle.scrollHeight > middle.clientHeight)
		middle.tabIndex = 0;
	heading.focus();
}

// An act that asks the service: its button says that it is at work, and does nothing more
// until that is over. It keeps the focus meanwhile, which a disabled one would lose.
export function act(text, kind, doIt) {
	const b = button(text, async () => {
		if (b.hasAttribute("aria-busy"))
			return;
		b.setAttribute("aria-busy", "true");
		try {
			await doIt();
		} finally {
			b.removeAttribute("aria-busy");
		}
	}, kind);
	return b;
}
