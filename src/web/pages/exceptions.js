/* exceptions - what was decided to be let stand of what people changed by hand. */
import { dayText } from "./console.js";
import { el, pill } from "./dom.js";
import { dayFromNow } from "./form.js";
import { date, t } from "./words.js";

// One that is kept until a day is none from that day on.
export function isInForce(exception) {
	return Boolean(exception) && (exception.kind !== "until" || exception.until > dayFromNow(0));
}

export function exceptionView(exception) {
	const day = exception.until && dayText(exception.until);
	return [isInForce(exception) ? pill("green", t("exception." + exception.kind, { day })) : pill("grey", t("exception.over", { day })),
	el("span", { class: "aside" }, t("exception.by", { name: exception.by, date: date(exception.at) }))];
}
