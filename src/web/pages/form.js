/* form - the parts of a form. */
import { el } from "./dom.js";

const DAY_MS = 86400000;

// An input with its label and, below, what there is to say about it.
export function field(id, label, input, about) {
	if (about)
		input.setAttribute("aria-describedby", id + "-about");
	input.id = id;
	return el("div", { class: "field" }, el("label", { for: id }, label), input,
		about && el("p", { id: id + "-about", class: "quiet" }, about));
}

export function tick(name, value, label, more) {
	return el("label", { class: "tick" }, el("input", { type: "checkbox", name, value, ...more }), " ", el("span", {}, label));
}

export function choice(name, chosen, options) {
	return el("select", { name }, options.map(([value, label]) => el("option", { value, selected: value === chosen }, label)));
}

// The day, as the service writes it, so many days from now.
export function dayFromNow(days) {
	return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}
