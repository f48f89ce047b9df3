/*
 * dom - building what is seen. Text goes in as text, never as markup, whatever is in it.
 */

// el("p", { class: "note", click: fn }, "text", child, null): an attribute that is null or
// false is left out, a function listens.
export function el(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {}))
		if (typeof value === "function")
			e.addEventListener(key, value);
		else if (value != null && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	e.append(...children.flat(Infinity).filter((c) => c != null && c !== false));
	return e;
}

// Sets a text only if it is another: whoever listens to a live region is told once.
export function write(e, text) {
	if (e.textContent !== text)
		e.textContent = text;
}

export function button(text, click, kind) {
	return el("button", { type: "button", class: kind, click }, text);
}

// A link that leaves for Microsoft; anything but the web is no link.
export function away(text, address, attributes) {
	return /^https?:\/\//i.test(address) &&
		el("a", { href: address, target: "_blank", rel: "noopener noreferrer", ...attributes }, text);
}

export function pill(kind, text) {
	return el("span", { class: "pill " + kind }, text);
}

export async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}

// Gives a text file to the browser to keep.
export function save(name, text) {
	const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
	const link = el("a", { href: address, download: name });
	link.click();
	setTimeout(() => URL.revokeObjectURL(address), 60000);
}
