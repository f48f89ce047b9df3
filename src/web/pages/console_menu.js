/* console_menu - the Actions of a group: each leads to a page of its own (console_act). */
import { knows, t } from "./words.js";
import { placeOf } from "./console.js";

export function actPlace(g, act) {
	return placeOf("act", { id: g.id, act });
}

// Whoever teaches it, asked for it or sees to the whole school may look at what runs at a group.
export function mayFollow(g, desk, me) {
	return Boolean(g.job) && (g.is_mine || desk.may.resync_any || g.job.requested_by === me.id);
}

// What is offered; what could be, but not now, is there with its reason, and so is that there
// is nothing to do.
export function menuOf(g, desk) {
	const a = g.actions, items = [];
	const whyNot = knows("why." + g.why) ? t("why." + g.why) : t("why.other");
	const item = (shown, can, act) => shown && items.push({ text: t("act." + act), href: actPlace(g, act), why: can ? "" : whyNot });
	item(!g.in_microsoft && desk.may.create && g.why !== "year_not_from_mis", a.create, "create");
	item(a.preview, true, "preview");
	item(g.in_microsoft, a.resync, "resync");
	item(a.approve, true, "approve");
	if (/^https?:\/\//i.test(g.web_url))
		items.push({ text: t("open"), href: g.web_url });
	for (const act of ["restore", "adopt"])
		item(a[act], true, act);
	item(a.close, true, g.archived_at ? "reopen" : "close");
	item(a.delete, true, "delete");
	return items.length ? items : [{ text: t("actions.none"), why: whyNot }];
}
