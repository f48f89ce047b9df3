/* radio - one of the ways that a form gives to choose from, with what there is to say about it. */
import { el } from "./dom.js";

export function radio(name, chosen, value, label, about, more) {
	const id = name + "-" + value;
	return el("div", { class: "tick" }, el("input", { type: "radio", id, name, value, checked: chosen === value,
		"aria-describedby": about && id + "-about" }), el("div", {}, el("label", { for: id }, label),
		about && el("p", { id: id + "-about", class: "quiet" }, about), more));
}
