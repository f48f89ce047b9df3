/*
 * test_console_looks - every screen of the console and of the operators, as looks.mjs looks at
 * them, and what each shows for what the service says (console_world.mjs).
 */
import { check, equal, eventually, story, tell } from "./kit.mjs";
import { answerConsole, consoleJob, newConsole, planned, queue, roster } from "./console_world.mjs";
import { Look, language, lookStory } from "./looks.mjs";

const SUPER = { roles: ["super_admin"] };

class ConsoleLook extends Look {
	async open(path, wanted = "main .parts > *, main table, main form") {
		await this.page.goto(this.person.rig.url + path);
		await this.page.locator(wanted).first().waitFor();
	}
}

function look(words, steps) {
	lookStory(words, async (person, ...variant) => {
		const l = new ConsoleLook(person, ...variant);
		await person.enter("/console", { ...SUPER, lang: language });
		l.world = newConsole();
		await answerConsole(l.world, person.page);
		return l;
	}, steps);
}

look("the list of groups and its menus", async (l, page) => {
	await l.open("/console", "tbody tr");
	await l.at("groups");
	for (const [i, name] of [[0, "made"], [3, "greyed"], [5, "approve"]]) {
		await page.locator("tbody tr").nth(i).locator("button").click();
		await page.locator("[role=menu]:popover-open [role=menuitem]").first().waitFor();
		await l.at("groups-menu-" + name);
		await page.keyboard.press("Escape");
	}
	await page.locator("#q").fill("nothing is called that");
	await page.locator(".empty:visible").waitFor();
	await l.at("groups-none");
	l.world.desk.consent.granted = false;
	l.world.desk.source.accepted_at = 0;
	await l.open("/console", ".banner");
	await l.at("groups-no-consent");
});

look("one group", async (l) => {
	await l.open("/console/group?id=8B", ".facts");
	await l.at("group");
	l.world.groups[0].members_hidden = true;
	l.world.groups[0].job = consoleJob({});
	await l.open("/console/group?id=8B", ".facts");
	await l.at("group-hidden");
});

look("Automatically Create MIS groups in Apps", async (l, page) => {
	await l.open("/console/settings", "form");
	await page.locator("details summary").last().click();
	await l.at("settings");
	await page.locator("form .main").click();
	await page.locator(".notice.good").waitFor();
	await l.at("settings-saved");
	Object.assign(l.world.desk.consent, { granted: false });
	l.world.desk.source.kinds = ["year", "registration"];
	l.world.desk.may.identifier = false;
	await l.open("/console/settings?consent=refused", ".action");
	await l.at("settings-action-required");
	l.world.desk.consent.why = "not_set_up";
	l.world.desk.source.accepted_at = 0;
	await l.open("/console/settings", ".action");
	await l.at("settings-cannot");
});

look("creating a class, deleting one and what went wrong", async (l, page) => {
	await l.open("/console/act?id=6A&act=create", "form");
	await l.at("act-create");
	l.world.job = consoleJob({ type: "create-team", phase: "Microsoft is setting up the Team" });
	await page.locator(".buttons .main").click();
	await page.locator("progress").waitFor();
	await l.at("act-wait");
	Object.assign(l.world.job, { state: "done", rev: 2 });
	await page.locator(".notice.good").waitFor();
	await l.at("act-created");
	await l.open("/console/act?id=8B&act=delete", "form");
	await l.at("act-delete");
	l.world.refusal = "running";
	await page.locator("[name=confirm]").fill("8B_Class [1234567][2026]");
	await page.locator(".buttons .danger").click();
	await page.locator("main .notice.bad").waitFor();
	await page.locator("details summary").click();
	await l.at("act-refused");
});

look("the preview of a run, and the run", async (l, page) => {
	l.world.rows = planned;
	l.world.job = consoleJob({ state: "done", total: 6, done: 6 });
	await l.open("/console/act?id=8B&act=preview", ".counts");
	await page.locator("details summary").click();
	await l.at("act-preview");
	l.world.rows = [...planned.slice(3, 4), { ...planned[1], outcome: "held", reason: "not_in_preview" }];
	l.world.job = consoleJob({ state: "done", added: 1, removed: 2, unresolved: 1, already_member: 2 });
	await page.locator(".buttons .main").click();
	await page.locator("h1", { hasText: language === "en" ? "Sync Summary" : "inkroniserings" }).waitFor();
	await l.at("act-synced");
	l.world.rows = planned.map((row) => ({ ...row, outcome: "held", reason: "left_class", detail: "" }));
	await l.open("/console/act?id=10D&act=approve&job=held".replace("10D", "8B"), ".danger");
	await l.at("act-approve");
});

look("using, restoring and closing a class", async (l, page) => {
	for (const [id, act] of [["6A", "restore"], ["6A", "adopt"], ["8B", "close"], ["8B", "resync"]]) {
		await l.open(`/console/act?id=${id}&act=${act}`, ".buttons .main");
		await l.at("act-" + act);
	}
	l.world.rows = planned.slice(0, 3);
	l.world.job = consoleJob({ state: "done" });
	await l.open("/console/act?id=8B&act=close", "form");
	await page.locator(".buttons .main").click();
	await page.locator(".danger").waitFor();
	await l.at("act-close-preview");
});

look("the roster", async (l, page) => {
	await l.open("/console/roster", "form");
	l.world.roster = roster;
	await page.locator("[type=file]").setInputFiles({ name: "roster.zip", mimeType: "application/zip", buffer: Buffer.from("PK") });
	await page.locator("form .main").click();
	await page.locator(".notice.good").waitFor();
	await l.at("roster-checked");
	l.world.roster = { ...roster, verdict: "held", why: "37 % fewer enrolments than in the last one." };
	await page.locator("section[aria-labelledby=report] .main").click();
	await page.locator(".notice.bad").waitFor();
	await l.at("roster-held");
});

look("the names", async (l) => {
	await l.open("/console/names", "tbody tr");
	await l.at("names");
});

look("the morning report", async (l, page) => {
	await l.open("/console/report", "tbody tr");
	await page.locator("section:last-of-type details summary").first().click();
	await page.locator("section:last-of-type details .counts").waitFor();
	await l.at("report");
	l.world.rows = planned;
	await page.locator("#run ~ details[open] tbody button").first().click();
	await page.locator("dialog[open] .group").first().waitFor();
	await l.at("report-who");
	await page.keyboard.press("Escape");
	l.world.job = consoleJob({ id: "r2", type: "sync-school", state: "running", phase: "Planning each class", total: 214, done: 70 });
	await page.locator("section[aria-labelledby=now] .main").click();
	await page.locator("section[aria-labelledby=now] .line", { hasText: "70" }).waitFor();
	await l.at("report-looking");
	Object.assign(l.world.report.run, { dry_run: true, braked: true });
	Object.assign(l.world.job, { state: "done", rev: 2 });
	await page.locator("section[aria-labelledby=now] .counts").waitFor();
	await page.locator("section[aria-labelledby=now] .danger").click();
	await page.locator("dialog[open] .danger").waitFor();
	await l.at("report-approve");
	await page.keyboard.press("Escape");
	Object.assign(l.world.report, { run: null, needs_approval: [], lifetimes_over: [] });
	l.world.runs.runs = [];
	await l.open("/console/report", ".card");
	await l.at("report-none");
});

look("what was changed by hand", async (l, page) => {
	await l.open("/console/drift", "tbody tr");
	await l.at("drift");
	await page.locator("tbody tr button").first().click();
	await page.locator("dialog[open] form").waitFor();
	await l.at("drift-decide");
	l.world.drift.drift = [];
	await l.open("/console/drift", ".empty");
	await l.at("drift-none");
});

look("the accounts", async (l, page) => {
	await l.open("/console/matches", "tbody tr");
	await l.at("matches");
	await page.locator("tbody tr button").first().click();
	await page.locator("dialog[open] form").waitFor();
	await l.at("matches-by-hand");
});

look("the history", async (l) => {
	await l.open("/console/history?class=8B", "tbody tr");
	await l.at("history");
});

look("the year change", async (l, page) => {
	await l.open("/console/year", "tbody tr");
	await l.at("year");
	l.world.rows = planned;
	l.world.job = consoleJob({ type: "close-class", state: "done", removed: 28 });
	await page.locator("form .main").click();
	await page.locator("dialog[open] .danger").waitFor();
	await l.at("year-preview");
});

look("the operators' page", async (l, page) => {
	await l.open("/ops", "#key");
	await l.at("ops-key");
	l.world.queue = queue;
	await l.open("/ops", ".tiles");
	await l.at("ops");
	l.world.queue = { ...queue, workers_online: false, workers: 0, schools: [], per_minute: null, paused: [] };
	await page.locator(".pill.red").waitFor();
	await l.at("ops-offline");
});

await tell();
