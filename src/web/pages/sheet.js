/* sheet - a table that becomes cards on a phone, each value under its own name. */
import { act } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./words.js";

// rows: lists of cells, the first of which names the row.
export function sheetRows(heads, rows) {
	const cellOf = (cell, i) => i === 0 ? el("th", { scope: "row", role: "rowheader" }, cell) :
		el("td", { role: "cell", class: cell === "" && "blank" }, el("span", { class: "narrow" }, heads[i] + " "), cell);
	return rows.map((cells) => el("tr", { role: "row" }, cells.map(cellOf)));
}

export function sheet(label, heads, rows, kind) {
	return el("table", { role: "table", class: "sheet " + (kind || ""), "aria-label": label },
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
			heads.map((head) => el("th", { scope: "col", role: "columnheader" }, head)))),
		el("tbody", { role: "rowgroup" }, sheetRows(heads, rows)));
}

// A button that fetches what comes after what is shown.
export function moreButton(fetchMore) {
	return act(t("more"), "", fetchMore);
}
