/*
 * menu - a button with a menu of places to go: opened by click, Enter, Space or the arrows;
 * within it the arrows, Home, End and a first letter go about, Escape and a click elsewhere
 * leave. What cannot be done now stays in it and says why.
 */
import { el } from "./dom.js";

let menus = 0;

// itemsOf() at each opening: [{ text, href, why }], why where there is no going there.
export function menuButton(text, label, itemsOf) {
	const id = "menu-" + ++menus;
	const list = el("div", { id, role: "menu", class: "menu", popover: "auto", "aria-label": label,
		beforetoggle: toggling, toggle: toggled, keydown: keyed });
	const b = el("button", { type: "button", popovertarget: id, "aria-haspopup": "menu", "aria-expanded": "false",
		"aria-label": label, keydown: (event) => {
			if (event.key === "ArrowDown" || event.key === "ArrowUp") {
				event.preventDefault();
				list.showPopover();
			}
		} }, text);
	const leave = () => list.hidePopover();

	function itemOf({ text: words, href, why }) {
		const isAway = /^http/.test(href);
		return el("a", { role: "menuitem", tabindex: "-1", href: !why && href, "aria-disabled": why ? "true" : null,
			target: isAway && "_blank", rel: isAway && "noopener noreferrer", click: () => why || leave() },
		words, why && el("small", {}, why));
	}

	// Below the button, or above it where there is more room.
	function place() {
		const at = b.getBoundingClientRect(), above = at.bottom > innerHeight * 0.6, width = document.documentElement.clientWidth;
		const isLeft = at.left + at.right < width;
		list.style.left = isLeft ? at.left + "px" : "auto";
		list.style.right = isLeft ? "auto" : width - at.right + "px";
		list.style.top = above ? "auto" : at.bottom + 4 + "px";
		list.style.bottom = above ? innerHeight - at.top + 4 + "px" : "auto";
	}

	function toggling(event) {
		if (event.newState !== "open")
			return;
		list.replaceChildren(...itemsOf().map(itemOf));
		place();
	}

	function toggled(event) {
		const isOpen = event.newState === "open";
		b.setAttribute("aria-expanded", String(isOpen));
		if (isOpen) {
			list.firstChild.focus();
			addEventListener("scroll", leave, { once: true, passive: true });
		} else {
			removeEventListener("scroll", leave);
		}
	}

	function keyed(event) {
		const all = [...list.children], at = all.indexOf(document.activeElement), key = event.key;
		const byLetter = () => [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) =>
			item.textContent.toLowerCase().startsWith(key.toLowerCase()));
		const to = { ArrowDown: all[(at + 1) % all.length], ArrowUp: all.at(at - 1), Home: all[0], End: all.at(-1) }[key] ||
			(/^\p{L}$/u.test(key) && byLetter());
		if (key === "Tab")
			leave();
		if (key === " ") {
			event.preventDefault();
			document.activeElement.click();
		}
		if (!to)
			return;
		event.preventDefault();
		to.focus();
	}

	return { button: b, list };
}
