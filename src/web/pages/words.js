/*
 * words - texts, numbers, times in the language of the page. The server chose the language
 * and sent its texts with the page (texts.json); numbers and dates are the browser's matter.
 */
import { texts } from "./texts.js";

const language = document.documentElement.lang;
export const locale = navigator.languages.find((l) => l.toLowerCase().startsWith(language)) || language + "-ZA";
const plural = new Intl.PluralRules(locale);
const plain = new Intl.NumberFormat(locale);
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });

// The text of key, with {names} filled in; {n} chooses between its singular and plural.
export function t(key, values = {}) {
	const text = texts[key] ?? texts[key + "." + plural.select(values.n)] ?? key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => {
		const value = values[name];
		return value === undefined ? whole : typeof value === "number" ? plain.format(value) : value;
	});
}

export function knows(key) {
	return key in texts;
}

// What the service said in English, in the language of the page where that is known.
export function said(text) {
	return texts["said:" + text] ?? text;
}

export function number(n) {
	return plain.format(n);
}

export function date(ms) {
	return day.format(ms);
}

export function time(ms) {
	return clock.format(ms);
}

function unit(value, name) {
	return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
}

// Roughly how long, as people say it.
export function span(ms) {
	if (ms < 55000)
		return unit(Math.max(5, Math.ceil(ms / 5000) * 5), "second");
	return ms < 5400000 ? unit(Math.round(ms / 60000), "minute") : unit(Math.round(ms / 3600000), "hour");
}
