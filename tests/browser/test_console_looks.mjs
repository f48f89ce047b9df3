/*
 * test_console_looks - every screen of the console and of the operators, as looks.mjs looks at
 * them, and what each shows for what the service says (console_world.mjs).
 */
import { check, equal, eventually, shownAgain, story, tell } from "./kit.mjs";
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
	await page.locator("main .notice.warn").waitFor();
	await l.at("act-synced");
	l.world.rows = planned.map((row) => ({ ...row, outcome: "held", reason: "left_class", detail: "" }));
	l.world.job = consoleJob({ state: "failed", error_code: "removals_need_approval" });
	await l.open("/console/act?id=8B&act=approve", ".danger");
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
	equal(await page.locator(".tiles li", { hasText: "Left alone" }).innerText().then((text) => text.slice(0, 1)), "3", "groups that were left alone");
	await l.at("roster-checked");
	l.world.roster = { ...roster, verdict: "held", why: "37 % fewer enrolments than in the last one.", changes: { ...roster.changes, kept: 0 } };
	await page.locator("section[aria-labelledby=report] .main").click();
	await page.locator(".notice.bad").waitFor();
	equal(await page.locator(".tiles li", { hasText: "Left alone" }).count(), 0, "where none was");
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

/* ---- what is shown for what is said ------------------------------------------------------------- */

function screen(words, run) {
	story(words, { worker: false }, async (stage) => {
		const world = newConsole(), { page, person, rig } = stage;
		await person.enter("/console", SUPER);
		await answerConsole(world, page);
		await run({ ...stage, world, open: (path) => page.goto(rig.url + path) });
	});
}

screen("a section that somebody may not have is not among the sections, and Create is not offered where there is no creating",
	async ({ page, world, open }) => {
		Object.assign(world.desk.may, { year: false, drift: false });
		await open("/console");
		await page.locator("tbody tr").first().waitFor();
		equal(await page.locator("nav a").allInnerTexts(), ["Groups", "Set-up", "Roster", "Names", "Morning report", "Accounts", "History"], "sections");
		const items = async (i) => {
			await page.locator("tbody tr").nth(i).locator("button").click();
			const texts = await page.locator("[role=menu]:popover-open [role=menuitem]").evaluateAll((all) => all.map((item) =>
				item.firstChild.textContent + (item.hasAttribute("aria-disabled") ? " (greyed)" : "")));
			await page.keyboard.press("Escape");
			return texts;
		};
		equal(await items(4), ["View group", "Nothing can be done here (greyed)"], "a year group that the MIS does not know");
		equal(await items(3), ["View group", "Create Class in Microsoft 365 (greyed)"], "a group without an owner");
		equal(await items(7), ["View group", "Create Class in Microsoft 365", "Restore the class"], "a class that was deleted");
	});

screen("the display name that is given is sent, the rule's own is not, and a lifetime is needed", async ({ page, world, open }) => {
	world.names.names[0] = { ...world.names.names[0], id: "6A", display_name: "6A_Class [1234567][2026]" };
	world.job = consoleJob({ state: "done" });
	for (const [name, sent] of [[null, undefined], ["6A, Mrs Botha’s", "6A, Mrs Botha’s"]]) {
		await open("/console/act?id=6A&act=create");
		const field = page.getByLabel("Class name");
		await eventually(async () => await field.inputValue() === "6A_Class [1234567][2026]", "the name by the rule");
		if (name)
			await field.fill(name);
		await page.getByLabel("Required lifetime").fill("");
		await page.locator(".buttons .main").click();
		check(!world.sent.some(([, path]) => path.endsWith("/create")), "nothing is sent without a lifetime");
		await page.getByLabel("Required lifetime").fill("2099-07-31");
		await page.locator(".buttons .main").click();
		await page.locator(".notice.good").waitFor();
		equal(world.sent.pop()[2].name, sent, "the name that is sent");
	}
});

screen("what was cancelled is neither told as done nor taken for a preview", async ({ page, world, open }) => {
	world.rows = planned.slice(0, 2);
	world.job = consoleJob({ state: "cancelled", total: 6, done: 2 });
	await open("/console/act?id=8B&act=preview");
	await page.locator(".notice.warn", { hasText: "The preview ended before it was complete." }).waitFor();
	equal(await page.getByRole("button", { name: "Do exactly this" }).count(), 0, "ways to do it");
	await open("/console/act?id=8B&act=resync");
	await page.locator(".buttons .main").click();
	await page.getByRole("heading", { level: 1, name: "Sync Summary: 8B" }).waitFor();
	world.job = consoleJob({ type: "create-team", state: "cancelled" });
	await open("/console/act?id=6A&act=create");
	await page.locator(".buttons .main").click();
	await page.locator(".notice.warn", { hasText: "It was cancelled." }).waitFor();
	equal(await page.locator(".notice.good").count(), 0, "what is told as done");
});

screen("a school's preview that came to no end is no plan, whatever ended it", async ({ page, world, open }) => {
	world.job = consoleJob({ id: "r2", type: "sync-school", state: "failed" });
	for (const state of ["unfinished", "crashed", "cancelled", "running"]) {
		Object.assign(world.report.run, { state, dry_run: true });
		await open("/console/report");
		await page.locator("section[aria-labelledby=now] .main").click();
		await page.getByText("The preview ended before it was complete.").waitFor();
		equal(await page.getByRole("button", { name: "Do exactly this" }).count(), 0, "ways to do it when it is " + state);
	}
});

screen("a year change that was left in the background comes back with nothing", async ({ page, world, open }) => {
	world.job = consoleJob({ type: "close-class", state: "running" });
	await open("/console/year");
	const asked = page.waitForRequest(/jobs.j.wait=/);
	await page.locator("form .main").click();
	await asked;
	await page.getByRole("button", { name: "Close and let it go on" }).click();
	const told = page.waitForResponse(/jobs.j.wait=/);
	Object.assign(world, { refusal: "not_found", status: 404 });
	world.job.rev++;
	await told;
	for (let i = 0; i < 3; i++)
		await page.evaluate(() => fetch("/v1/me").then((answer) => answer.text()));
	equal(await page.locator("dialog[open]").count(), 0, "dialogs");
});

screen("a whole school is let go only by a preview that named everybody, and a run that is over leads to one", async ({ page, world, open }) => {
	const now = page.locator("section[aria-labelledby=now]"), runsSent = () => world.sent.filter(([, path]) => path === "/v1/console/runs").map(([, , body]) => body);
	Object.assign(world.report.run, { state: "held", braked: true });
	await open("/console/report");
	world.job = consoleJob({ id: "r2", type: "sync-school", state: "done" });
	Object.assign(world, { runs: { runs: [] } });
	await page.locator("#run ~ .buttons").getByRole("button", { name: "Look and decide" }).click();
	await now.getByRole("heading", { name: "What a run would do" }).waitFor();
	await now.getByRole("button", { name: "Look and decide" }).waitFor();
	equal(runsSent(), [{ preview: true }], "what is asked for first");
	world.report.run.dry_run = true;
	await now.getByRole("button", { name: "Look and decide" }).click();
	await now.getByRole("button", { name: "Approve the removals" }).click();
	await page.locator("dialog .danger").click();
	await eventually(() => runsSent().length === 3, "the run");
	equal(runsSent()[2], { approve_removals: true, plan: "r2" }, "what goes by the preview");
	Object.assign(world.report, { decided: true });
	await open("/console/report");
	await page.locator("#run ~ .counts").waitFor();
	equal(await page.locator("#run ~ .buttons").count(), 0, "ways to decide what was decided");
});

screen("a page of the console that is shown again shows what is, and keeps what was typed, ticked and read", async ({ page, world, open }) => {
	await open("/console/drift");
	await page.locator("tbody tr").first().waitFor();
	world.drift.drift[1].name = "Somebody else";
	await shownAgain(page);
	await page.getByText("Somebody else").waitFor();

	await open("/console/matches");
	await page.locator("tbody tr").first().waitFor();
	world.matches.people[0].name = "Somebody else";
	await shownAgain(page);
	await page.getByText("Somebody else").waitFor();

	await open("/console/year");
	const tick = (value) => page.locator(`[value="${value}"]`);
	await tick("8A").uncheck();
	await tick("rename").check();
	world.year.ends.push({ ...world.year.ends[0], id: "8D", group: "8D", display_name: "8D" });
	await shownAgain(page);
	await tick("8D").waitFor();
	equal([await tick("8A").isChecked(), await tick("8D").isChecked(), await tick("rename").isChecked(), await tick("archive").isChecked()],
		[false, true, true, true], "what is ticked");

	const named = [], identifier = page.locator("[name=identifier]");
	page.on("request", (request) => request.url().includes("console/names?") && named.push(new URL(request.url()).searchParams.get("identifier")));
	await open("/console/names");
	await page.locator("tbody tr").first().waitFor();
	world.desk.settings.identifier = "7654321";
	await shownAgain(page);
	await eventually(() => named.length === 2, "the names to be asked for again");
	equal([named, await identifier.inputValue()], [["1234567", "7654321"], "7654321"], "the identifier that is set");
	await identifier.fill("typed");
	world.desk.settings.identifier = "1111111";
	await shownAgain(page);
	await eventually(() => named.length === 3, "the names to be asked for again");
	equal([named[2], await identifier.inputValue()], ["1111111", "typed"], "the identifier that was typed");

	await open("/console/history");
	await page.locator("tbody tr").first().waitFor();
	await page.getByRole("button", { name: "Show more" }).click();
	await eventually(async () => await page.locator("tbody tr").count() === 14, "more of the history");
	await page.locator("[name=learner]").fill("typed");
	const asked = [];
	page.on("request", (request) => request.url().includes("console/history?") && asked.push(new URL(request.url()).search));
	await shownAgain(page);
	await eventually(() => asked.length === 2, "the history to be asked for again");
	equal(asked, ["", "?after=more"], "what is asked for");
	await eventually(async () => await page.locator("tbody tr").count() === 14, "all of it");
	equal(await page.locator("[name=learner]").inputValue(), "typed", "what was typed");

	await open("/console/roster");
	await page.locator("[type=file]").setInputFiles({ name: "roster.zip", mimeType: "application/zip", buffer: Buffer.from("PK") });
	world.desk.source.classes = 7777;
	await shownAgain(page);
	await page.locator(".tiles", { hasText: /7.?777/ }).waitFor();
	equal(await page.locator("[type=file]").evaluate((field) => field.files.length), 1, "the file that was chosen");
	world.roster = { ...roster, verdict: "accepted" };
	await page.locator("form button").click();
	await page.locator(".notice.good").waitFor();
	await shownAgain(page);
	equal(await page.locator(".notice.good").count(), 1, "what came of the file");
});

screen("how many the brake holds back in a group is said in the person’s own language", async ({ page, person, open }) => {
	await open("/console/report");
	await page.locator("section[aria-labelledby=approve] td", { hasText: /Held back:.14/ }).waitFor();
	await person.enter("/console/report", { ...SUPER, lang: "af" });
	await page.locator("section[aria-labelledby=approve] td", { hasText: /Teruggehou:.14/ }).waitFor();
});

screen("Save sends what was changed and nothing else, and a domain without its other side is no domain", async ({ page, world, open }) => {
	await open("/console/settings");
	const saved = async () => {
		await page.locator("form .main").click();
		await page.locator(".notice.good").waitFor();
		return world.sent.pop()[2];
	};
	await page.getByText("More settings").click();
	await page.locator("[name=grace_days]").fill("5");
	equal(await saved(), { grace_days: 5 }, "what is sent");
	await page.locator("[name=domain_map]").evaluate((field) => { field.value = "mis.example = school.example\nB.example\na = b = c"; });
	equal(await saved(), { domain_map: { "mis.example": "school.example", "b.example": "", a: "b=c" } }, "domains that are sent");
	Object.assign(world.desk.settings, { identifier_locked: false });
	await open("/console/settings");
	await page.locator("form .main").waitFor();
	equal(await saved(), { identifier: null }, "what the first to save settle");
});

screen("what was accepted is listed with its group and ended there, and what was kept until a day that is over is none", async ({ page, world, open }) => {
	const { exception } = world.drift.drift[0], sent = () => world.sent.pop()[2];
	exception.until = "2020-01-31";
	await open("/console/drift");
	const row = page.locator("tbody tr").first();
	await row.getByText("Undone with the next sync").waitFor();
	await row.getByRole("button").click();
	equal(await page.locator("dialog [name=kind]:checked").getAttribute("value"), "none", "what is chosen");
	const day = page.locator("dialog [name=until]");
	equal(await day.isDisabled(), true, "whether the day is asked for");
	await page.locator("dialog [name=kind][value=until]").check();
	await day.fill("2020-01-31");
	await page.locator("dialog .main").click();
	check(await day.evaluate((field) => field.matches(":invalid")), "a day that is over will not do");
	await page.locator("dialog [name=kind][value=keep]").check();
	await page.locator("dialog .main").click();
	await page.locator(".bar .notice.good").waitFor();
	equal(sent().kind, "keep", "what is sent");
	world.groups[0].exceptions = [exception, { ...exception, user_id: "u9", name: "An Assistant", kind: "accept", until: "" }];
	await open("/console/group?id=8B");
	const list = page.locator("section[aria-labelledby=exceptions]");
	await list.locator("tr", { hasText: "Learning Assistant" }).getByText("Was kept until 31 Jan 2020").waitFor();
	await list.getByRole("button", { name: "No longer, An Assistant" }).click();
	await page.locator(".bar .notice.good").waitFor();
	const { user_id: user, kind } = sent();
	equal([user, kind], ["u9", "none"], "what is sent");
});

screen("of a group with nothing to do the menu says why, and progress is offered to those who may see it", async ({ page, world, open }) => {
	await open("/console/group?id=13");
	await page.getByRole("button", { name: "Actions" }).click();
	const item = page.locator("[role=menu]:popover-open [role=menuitem]");
	await item.getByText("The MIS does not have this year group").waitFor();
	equal(await item.evaluateAll((all) => all.map((one) => one === document.activeElement)), [true], "where the focus is");
	const running = world.groups.find((g) => g.id === "7C");
	const isOffered = async (path, ready) => {
		await open(path);
		await page.locator(ready).first().waitFor();
		return page.getByRole("link", { name: "Show progress" }).isVisible();
	};
	for (const [of, wanted] of [[{ resync_any: true }, true], [{}, false], [{ is_mine: true }, true], [{ requested_by: "staff-1" }, true]]) {
		world.desk.may.resync_any = Boolean(of.resync_any);
		running.is_mine = Boolean(of.is_mine);
		running.job.requested_by = of.requested_by || "boss";
		for (const [path, ready] of [["/console?q=7C", "tbody tr"], ["/console/group?id=7C", ".facts"]])
			equal(await isOffered(path, ready), wanted, path + " " + JSON.stringify(of));
	}
});

screen("of very many students without an account each can be come to, by going on or by name", async ({ page, world, open }) => {
	const [one] = world.matches.people;
	world.matches.people = Array.from({ length: 1001 }, (_, i) => ({ ...one, learner: "L" + i, name: "Learner " + (i + 1) }));
	await open("/console/matches");
	const rows = page.getByRole("table", { name: "Students without an account" }).locator("tbody tr"), more = page.getByRole("button", { name: "Show more" });
	await rows.first().waitFor();
	equal(await rows.count(), 500, "students at first");
	await more.click();
	equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Match by hand, Learner 501", "where the focus is");
	await more.click();
	equal([await rows.count(), await more.count()], [1001, 0], "students in the end");
	await page.getByLabel("Find a student").fill("learner 1001");
	await page.getByRole("button", { name: "Match by hand, Learner 1001" }).click();
	await page.getByLabel("Microsoft 365 account").fill("x@school.example");
	await page.locator("dialog .main").click();
	await page.locator(".bar .notice.good").waitFor();
	equal(await rows.count(), 1, "students that are called that");
	await page.getByLabel("Find a student").fill("nobody at all");
	await page.getByText("No student without an account is called that.").waitFor();
});

screen("while the service is away the list stays, says so, and goes on when it is back", async ({ page, world, open }) => {
	await open("/console");
	await page.locator("tbody tr").first().waitFor();
	Object.assign(world, { refusal: "store_unreachable", status: 503 });
	await page.getByRole("button", { name: "Refresh" }).click();
	await page.locator(".bar .notice", { hasText: "The service does not answer at present" }).waitFor();
	equal(await page.locator("tbody tr").count(), world.groups.length, "groups that stay");
	world.refusal = null;
	await page.locator(".bar .notice").waitFor({ state: "detached" });
});

screen("forced colours, a very narrow window and reduced motion leave everything there", async ({ page, open }) => {
	await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
	await page.setViewportSize({ width: 320, height: 500 });
	for (const path of ["/console", "/console/group?id=8B", "/console/settings", "/console/act?id=6A&act=create", "/console/names", "/console/report",
		"/console/drift", "/console/matches", "/console/history", "/console/year", "/console/roster"]) {
		await open(path);
		await page.locator("main .card, main table, main form").first().waitFor();
		check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "all of " + path + " fits into 320 pixels");
	}
});

await tell();
