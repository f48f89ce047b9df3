/* start - who is here, and then the screen of the page. */
import { ask, whoAmI } from "./api.js";
import { openVoice, say } from "./dialog.js";
import { button, el } from "./dom.js";
import { troubleView } from "./trouble.js";
import { t } from "./words.js";

async function leave() {
	await ask("DELETE", "/v1/session").catch(() => {});
	location.reload();
}

function greet(me) {
	document.querySelector(".who").replaceChildren(
		el("span", {}, [me.name, me.school.name].filter(Boolean).join(" · ")), button(t("leave"), leave, "link"));
}

// A page that the browser kept while somebody was elsewhere shows what was the case when they
// left it: fetchAnew(me) shows what is.
export function onReturn(fetchAnew) {
	addEventListener("pageshow", async (event) => {
		if (!event.persisted)
			return;
		try {
			await fetchAnew(await whoAmI());
		} catch (trouble) {
			if (trouble.code === "session")
				return location.reload();
			say(t(trouble.passes ? "away" : "failed.plain"));
		}
	});
}

// screen(me, main) fills the page.
export async function begin(screen) {
	const main = document.querySelector("main");
	openVoice();
	try {
		const me = await whoAmI();
		greet(me);
		await screen(me, main);
	} catch (trouble) {
		if (trouble.code === "session")
			return location.reload();
		main.replaceChildren(el("h1", {}, t("failed.plain")),
			...troubleView(trouble, { name: "", action: "open-page" }).filter(Boolean),
			el("div", { class: "buttons start" }, button(t("again"), () => location.reload(), "main")));
	}
}
