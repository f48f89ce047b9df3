/* test_looks - every screen and dialog of the teachers' pages, as looks.mjs looks at them. */
import { check, equal, story, tell } from "./kit.mjs";
import { Look, language, lookStory } from "./looks.mjs";
import { answerFrom, held, newJob, newWorld, troubled } from "./looks_world.mjs";

class TeamsLook extends Look {
	constructor(...words) {
		super(...words);
		this.world = newWorld();
	}

	async open(path = "/staff/teams") {
		await answerFrom(this.world, this.page);
		await this.page.goto(this.person.rig.url + path);
		await this.page.locator("main h1").waitFor();
	}

	// One of the buttons of a class, then the one that begins it.
	async begin(row, kind) {
		await this.page.locator("tbody tr").nth(row).locator("button.main:visible").click();
		if (kind)
			await this.page.locator("dialog .buttons .main").click();
	}

	// The job goes on.
	async go(more, wanted) {
		Object.assign(this.world.job, more, { rev: this.world.job.rev + 1 });
		await this.page.locator(wanted).first().waitFor();
	}
}

function look(words, steps) {
	lookStory(words, async (person, ...variant) => {
		await person.enter("/staff/teams", { lang: language });
		return new TeamsLook(person, ...variant);
	}, steps);
}

look("the list of classes", async (l, page) => {
	await l.open();
	await page.locator("tbody tr").first().waitFor();
	await l.at("teams");
	for (const topic of await page.locator(".help summary").all())
		await topic.click();
	await l.at("teams-help");
	l.world.refusal = "store_unreachable";
	await page.locator(".head button").click();
	await page.locator(".bar .notice").waitFor();
	await l.at("teams-away");
});

look("a list without a link, and one without classes,", async (l, page) => {
	l.world.me.connection = { state: "none", mode: "delegated", email: "" };
	await l.open();
	await page.locator(".banner").waitFor();
	await l.at("teams-banner");
	l.world.classes = [];
	await page.reload();
	await page.locator(".empty").waitFor();
	await l.at("teams-empty");
});

look("creating a Team", async (l, page) => {
	l.world.job = newJob("create-team", { phase: "Microsoft is setting up the Team" });
	await l.open();
	await l.begin(4);
	await l.at("create-ask");
	l.world.job.queued_at = Date.now();
	await page.locator("dialog .buttons .main").click();
	await page.locator("dialog progress").waitFor();
	await l.at("create-wait");
	await l.go({ state: "done" }, "dialog .notice.good");
	await l.at("create-done");
});

look("a Team that takes longer than a minute", async (l, page) => {
	l.world.classes[4].job = { id: "j", type: "create-team", state: "running" };
	l.world.job = newJob("create-team", { phase: "Microsoft is setting up the Team", queued_at: Date.now() - 61000 });
	await l.open();
	await page.locator("dialog h2").getByText(language === "en" ? "on its way" : "op pad").waitFor();
	await l.at("create-slow");
});

look("syncing", async (l, page) => {
	l.world.job = newJob("sync-learners", { state: "queued", place: 3, phase: "" });
	await l.open();
	await l.begin(1);
	await l.at("sync-ask");
	await page.locator("dialog .buttons .main").click();
	await page.locator("dialog progress").waitFor();
	await l.at("sync-queued");
	await l.go({ paused: true }, "dialog .notice:visible");
	await l.at("sync-paused");
	await l.go({ state: "running", phase: "Adding learners", done: 17, total: 34, added: 10, eta_ms: 12300, paused: false }, "dialog .count:not(:empty)");
	await l.at("sync-running");
	await l.go({ state: "waiting", retry_at: Date.now() + 600000, message: "Microsoft asked us to wait until 10:42.", eta_ms: 612300 }, "dialog .notice:visible");
	await l.at("sync-waiting");
	await l.go({ workers_online: false, eta_ms: null }, "dialog .notice:visible");
	await l.at("sync-nobody");
	l.world.rows = troubled;
	await l.go({ state: "done", workers_online: true, message: "", done: 34, added: 20, already_member: 9, failed: 1, unresolved: 3,
		removed: 1, removal_failed: 1, finished_at: Date.now() }, "dialog .counts");
	await l.at("summary");
	await page.locator("dialog .body").evaluate((body) => { body.scrollTop = body.scrollHeight; });
	await l.at("summary-end");
});

look("a small sync, one that was cancelled and one that is good", async (l, page) => {
	l.world.job = newJob("sync-learners", { phase: "Matching learners" });
	await l.open();
	await l.begin(2, "go");
	await page.locator("dialog progress").waitFor();
	await l.at("sync-small");
	await l.go({ state: "done", done: 12, total: 12, added: 12, finished_at: Date.now() }, "dialog .counts");
	await l.at("summary-good");
	await page.keyboard.press("Escape");
	l.world.job = newJob("sync-learners", { state: "cancelled", done: 5, total: 31, added: 5, finished_at: Date.now() });
	await l.begin(0, "go");
	await page.locator("dialog .counts").waitFor();
	await l.at("summary-cancelled");
});

look("the approval of removals", async (l, page) => {
	l.world.rows = held;
	l.world.job = newJob("sync-learners", { state: "failed", error_code: "removals_need_approval", done: 31, total: 40, already_member: 31 });
	await l.open();
	await l.begin(0, "go");
	await page.locator("dialog .danger").waitFor();
	await l.at("brake");
});

look("an error of a job and one of a request", async (l, page) => {
	l.world.job = newJob("sync-learners", { state: "failed", error_code: "relink_required", error: "Microsoft refused the token.", done: 3, total: 31 });
	await l.open();
	await l.begin(0, "go");
	await page.locator("dialog .notice.bad").waitFor();
	await page.locator("dialog summary").click();
	await l.at("failed");
	await page.keyboard.press("Escape");
	await l.begin(0);
	l.world.refusal = "session";
	await page.locator("dialog .buttons .main").click();
	await page.locator("dialog .notice.warn").waitFor();
	await l.at("session-over");
});

look("the list of learners", async (l, page) => {
	await l.open();
	await page.locator("tbody tr").nth(1).locator(".name").dblclick();
	await page.locator("#filter").waitFor();
	await l.at("learners");
	await page.locator("#filter").selectOption("not_synced");
	await l.at("learners-some");
	await page.locator("#filter").selectOption("synced");
	l.world.learners = [];
	await page.keyboard.press("Escape");
	await page.locator("tbody tr").nth(1).locator(".name").dblclick();
	await page.locator("dialog .buttons").waitFor();
	await l.at("learners-none");
});

look("the Microsoft Connection", async (l, page) => {
	await l.open("/staff/settings?linked=other");
	await page.locator(".card .pill.green").waitFor();
	await l.at("settings-connected");
	await page.locator(".card button").first().click();
	await page.locator("dialog .danger").waitFor();
	await l.at("disconnect");
	await page.locator("dialog .danger").click();
	await page.locator(".card .pill.grey").waitFor();
	await l.at("settings-none");
	l.world.me.connection = { state: "relink", mode: "delegated", email: "", reason: "invalid_grant",
		admin_consent_url: "https://login.microsoftonline.com/common/adminconsent?client_id=11111111-1111-1111-1111-111111111111" };
	await page.goto(l.person.rig.url + "/staff/settings?trouble=consent");
	await page.locator(".card .pill.red").waitFor();
	await l.at("settings-relink");
	l.world.me.connection = { state: "connected", mode: "app", email: "" };
	await page.goto(l.person.rig.url + "/staff/settings");
	await page.locator(".card .pill.green").waitFor();
	await l.at("settings-app");
});

look("a page that says why there is no page", async (l, page) => {
	await page.goto(l.person.rig.url + "/staff/nothing");
	await l.at("missing");
	await page.context().clearCookies();
	await page.goto(l.person.rig.url + "/staff/teams");
	await l.at("sign-in");
});

story("forced colours, a very narrow window and reduced motion leave everything there", { worker: false }, async ({ person, page }) => {
	await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
	await person.enter();
	const world = newWorld();
	world.job = newJob("create-team", {});
	await answerFrom(world, page);
	await page.reload();
	await page.locator(".pill").first().waitFor();
	check(await page.locator(".pill").first().evaluate((pill) => getComputedStyle(pill).borderTopColor !== "rgba(0, 0, 0, 0)"), "a pill has an edge");
	await page.locator("tbody tr").nth(4).locator("button.main:visible").click();
	world.job.queued_at = Date.now();
	await page.locator("dialog .buttons .main").click();
	await page.locator("dialog progress").waitFor();
	equal(await page.locator("dialog progress").evaluate((bar) => getComputedStyle(bar).animationName), "none", "what moves");
	await page.setViewportSize({ width: 320, height: 500 });
	check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "all fits into 320 pixels");
});

await tell();
