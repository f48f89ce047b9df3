/*
 * test_console - administrators and teaching staff at the console, with the real rollcall-web and
 * worker, and Microsoft's stand-in.
 */
import { readFileSync } from "node:fs";
import { check, equal, eventually, shownAgain, story, tell } from "./kit.mjs";

const BOSS = { sub: "boss", name: "A. Botha", roles: ["administrator"] };
const CHIEF = { sub: "chief", name: "C. Hief", roles: ["super_admin"] };
const TEACHING = { sub: "staff-9", name: "T. Nine", roles: ["teaching_staff"] };
const LATER = "2099-07-31", APP = "11111111-1111-1111-1111-111111111111", TENANT = "22222222-2222-2222-2222-222222222222";
const teacher = (id, mail = "teacher1") => ({ id, name: "T. " + id, email: mail + "@school.example" });
const account = (n) => `learner${n}@school.example`;
const ids = (...numbers) => numbers.map((n) => ({ id: "L" + n, name: "Learner " + n, email: account(n) }));

// Those who are in at Microsoft's and own nothing.
async function members(rig, id) {
	const { team_id: team } = await rig.group(id);
	return (await rig.team(team)).members.filter((m) => !m.owner).map((m) => m.mail).sort();
}

class Console {
	constructor({ rig, person, page }) {
		Object.assign(this, { rig, person, page });
	}

	async enter(claims = BOSS, path = "/console") {
		await this.person.enter(path, claims);
	}

	async open(path) {
		await this.page.goto(this.rig.url + path);
	}

	row(name) {
		return this.page.locator("tbody tr").filter({ has: this.page.getByRole("link", { name, exact: true }) });
	}

	// Actions > action, of a group in the list.
	async act(name, action) {
		await this.row(name).getByRole("button", { name: "Actions" }).click();
		await this.page.getByRole("menuitem", { name: action }).click();
	}

	async menu(name) {
		await this.row(name).getByRole("button", { name: "Actions" }).click();
		await this.page.getByRole("menuitem").first().waitFor();
		const items = await this.page.locator("[role=menuitem]:visible").evaluateAll((all) => all.map((item) =>
			[item.firstChild.textContent, item.getAttribute("aria-disabled") === "true"]));
		await this.page.keyboard.press("Escape");
		return Object.fromEntries(items);
	}

	async press(name) {
		await this.page.locator("main").getByRole("button", { name, exact: true }).click();
	}

	async title(text) {
		await this.page.getByRole("heading", { level: 1, name: text }).waitFor();
	}

	async notice(kind, text) {
		await this.page.locator(".notice." + kind, { hasText: text }).first().waitFor();
	}

	async counts(within = "main") {
		await this.page.locator(within + " .counts").first().waitFor();
		return Object.fromEntries(await this.page.locator(within + " .counts").first().locator("li").evaluateAll((all) => all.map((one) =>
			[one.querySelector("span").textContent, Number(one.querySelector("strong").textContent)])));
	}

	async create(name) {
		await this.act(name, "Create Class in Microsoft 365");
		await this.press("Create Class in Microsoft 365");
		await this.title(`The class for ${name} is created`);
	}
}

function at(words, options, run) {
	story(words, run ? options : {}, async (stage) => (run || options)({ ...stage, c: new Console(stage) }));
}

/* ---- set-up ------------------------------------------------------------------------------- */

at("until the Microsoft 365 APIs are enabled kinds and Create are greyed out; a global administrator accepts, and what is saved changes nothing yet",
	async ({ c, rig, page }) => {
		await rig.school("green-hill", { named: { auth: "delegated", dfe_code: "9876543" } });
		await rig.control("consent", { app: APP, tenant: TENANT, withdraw: true });
		await rig.publish(3, { named: { id: "8B-2026" } });
		await rig.redis("HSET", await rig.key("roster:green-hill"), "accepted_at", "1760000000000", "classes", "1");
		await c.enter(BOSS);
		await c.row("8B").waitFor();
		equal((await c.menu("8B"))["Create Class in Microsoft 365"], true, "whether Create is greyed out");
		await page.getByRole("link", { name: "Open Set-up" }).click();
		await c.title("Automatically Create MIS groups in Apps");
		await page.getByRole("heading", { name: "ACTION REQUIRED" }).waitFor();
		equal(await page.locator("[name=kind]").evaluateAll((all) => all.map((box) => box.matches(":disabled"))), [true, true, true], "kinds greyed out");
		await page.locator("summary", { hasText: "permissions that Rollcall asks for" }).click();
		check((await page.locator("details code").allInnerTexts()).includes("Team.Create"), "the permissions are listed");
		await page.route("**/v1/console/consent", async (route) => {
			const answer = await route.fetch();
			const { location } = await answer.json();
			await route.fulfill({ response: answer, json: { location: location + "&emulator_cancel=1" } });
		}, { times: 1 });
		await c.press("Enable Microsoft 365 APIs");
		await c.notice("bad", "Microsoft 365 did not allow it");
		await page.getByRole("heading", { name: "ACTION REQUIRED" }).waitFor();
		await c.press("Enable Microsoft 365 APIs");
		await c.notice("good", "The Microsoft 365 APIs are enabled.");
		equal(await page.getByText("ACTION REQUIRED").count(), 0, "boxes");
		await page.getByLabel("Registration groups").check();
		equal(await page.getByLabel("Name identifier").inputValue(), "9876543", "the DfE code");
		await page.getByLabel("Name identifier").fill("1234567");
		await c.press("Add an owner");
		await page.getByRole("textbox", { name: "Name", exact: true }).fill("H. Botha");
		await page.getByRole("textbox", { name: "Microsoft 365 address" }).fill("teacher2@school.example");
		await page.getByLabel("Every night").check();
		equal(await page.getByLabel("At once").isChecked(), true, "learners get in at once");
		await page.getByLabel("On a date").check();
		await c.press("Save");
		equal(await page.getByLabel("First day").evaluate((field) => field.matches(":invalid")), true, "a date has to be picked");
		await page.getByLabel("When the teacher presses Sync Learners").check();
		await page.getByLabel("First day").fill(LATER);
		equal(await page.getByLabel("On a date").isChecked(), true, "who picks a date has chosen it");
		await c.press("Save");
		await c.notice("good", "The next night acts on it");
		const kept = async (name) => rig.redis("HGET", await rig.key("school:green-hill"), name);
		equal([await kept("sync_kinds"), await kept("identifier"), await kept("night"), await kept("identifier_set_by"), await kept("opens")],
			["registration", "1234567", "nightly", "boss", LATER], "what is kept");
		await page.getByLabel("When the teacher presses Sync Learners").check();
		await c.press("Save");
		await eventually(async () => await kept("opens") === "teacher", "learners get in when the teacher says so");
		await page.reload();
		equal(await page.getByLabel("When the teacher presses Sync Learners").isChecked(), true, "and that is shown again");
		equal((await rig.ledger("team_created", "group_created")).length, 0, "what was made");
		equal(await page.getByLabel("Name identifier").getAttribute("readonly"), "", "the identifier is settled");
	});

at("the name identifier is changed later by a Super Admin only, and what cannot be saved is told and saves nothing", async ({ c, rig, page, another }) => {
	await rig.school("green-hill", { named: { identifier: "1234567", identifier_set_by: "boss", naming: "rule" } });
	await c.enter(BOSS, "/console/settings");
	await page.locator("form").waitFor();
	await page.getByText("Only a Super Admin changes it now.").waitFor();
	await page.getByText("More settings").click();
	await page.getByLabel("Groups that are left out").fill("BUSY:*");
	await page.getByLabel("Time zone").fill("Mars/Base");
	await c.press("Save");
	await c.notice("bad", "One of the values cannot be used");
	await page.getByText("Mars/Base", { exact: false }).first().waitFor();
	equal(await rig.redis("HGET", await rig.key("school:green-hill"), "exclude"), null, "what was saved");
	const chief = new Console({ rig, person: await another(), get page() { return this.person.page; } });
	await chief.enter(CHIEF, "/console/settings");
	await chief.page.getByLabel("Name identifier").fill("7654321");
	await chief.press("Save");
	await chief.notice("good", "Saved");
	equal(await rig.redis("HGET", await rig.key("school:green-hill"), "identifier"), "7654321", "the identifier");
});

at("a roster from a file is looked at first, then taken; one that is wrong is told by file, row and column", async ({ c, rig, page }) => {
	await c.enter(BOSS, "/console/roster");
	await page.getByText("No roster of the school has been read yet").waitFor();
	const choose = async (...more) => page.locator("[type=file]").setInputFiles(await rig.roster(...more));
	await choose("faulty.zip", { named: { faulty: true } });
	await c.press("Check it");
	await page.locator(".sheet", { hasText: "enrollments.csv" }).waitFor();
	check((await page.locator(".sheet").innerText()).includes("nobody"), "the value");
	await choose("roster.zip");
	await c.press("Check it");
	await c.notice("good", "It can be taken. Nothing has been changed yet.");
	equal((await c.counts("section[aria-labelledby=report]"))["New groups"], 3, "new groups");
	await c.open("/console");
	await page.getByText("No roster of the school has been read yet").first().waitFor();
	await c.open("/console/roster");
	await choose("roster.zip");
	await c.press("Check it");
	await c.press("Take this roster");
	await c.notice("good", "Taken.");
	await c.open("/console");
	// Each is listed when its register has arrived, and of its kind when a worker has stored it.
	await eventually(async () => {
		const rows = await page.locator("tbody tr").allInnerTexts();
		return (rows.length === 3 && rows.filter((row) => row.includes("Teaching group")).length === 1) || (await page.reload(), false);
	}, "three groups, and one of them a teaching group");
	await page.getByLabel("Kind of group").selectOption("teaching");
	await eventually(async () => (await page.locator("tbody tr").count()) === 1, "one teaching group");
	await page.getByLabel("Kind of group").selectOption("");
	await page.getByLabel("Find a group").fill("8a");
	await eventually(async () => (await page.locator("tbody tr").count()) === 1, "one that is found");
});

/* ---- the Actions of a group ------------------------------------------------------------------ */

at("a class is created with its name, description and required lifetime, and its members are previewed and synced by name", async ({ c, rig, page }) => {
	await rig.school("green-hill", { named: { naming: "rule", identifier: "1234567" } });
	await rig.publish(ids(1, 2, 3), { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS);
	await page.getByLabel("Find a group").fill("8b");
	await c.act("8B", "Create Class in Microsoft 365");
	await c.title("Create a class in Microsoft 365 for 8B?");
	equal(c.person.sent, [], "what was sent before the confirmation");
	await eventually(async () => (await page.getByLabel("Class name").inputValue()).startsWith("8B_Class [1234567]"), "the name by the rule");
	await page.getByLabel("Class name").fill("Mathematics 8B");
	await page.getByLabel("Description").fill("Sums & more");
	await page.getByLabel("Required lifetime").fill(LATER);
	await c.press("Create Class in Microsoft 365");
	await c.title("The class for 8B is created");
	await page.getByText("up to half an hour").waitFor();
	const made = await rig.group("8B-2026");
	equal([made.display_name, made.description, made.lifetime], ["Mathematics 8B", "Sums & more", LATER], "what is kept");
	const team = await rig.team(made.team_id);
	check(team.name === "Mathematics 8B" && team.description.startsWith("Sums & more"), "what Microsoft has");
	await c.press("Back to the groups");
	await c.act("8B", "Preview a resync");
	await c.title("What a resync of 8B would do");
	equal(await c.counts(), { "Would be added": 3, "Would be taken out": 0, "Without an account": 0, "Stay": 0 }, "the preview");
	await page.locator(".group", { hasText: "Would be added" }).getByText("Learner 2").waitFor();
	equal(await members(rig, "8B-2026"), [], "members after the preview");
	await rig.publish(ids(1, 2, 3, 4), { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.press("Do exactly this");
	await c.title("Sync Summary: 8B");
	equal((await c.counts()).Added, 3, "added");
	await c.notice("warn", "1 change came up after the preview");
	equal(await members(rig, "8B-2026"), [1, 2, 3].map(account), "members");
	await page.getByRole("link", { name: "8B" }).click();
	await page.getByText("Mathematics 8B").first().waitFor();
	for (const text of ["31 Jul 2099", "Sums & more", "Learner 2", "T. staff-1", "Class created|Team created", "Added to the class"])
		await page.getByText(new RegExp(text)).first().waitFor();
});

at("more removals than usual wait, are shown by name, and go when an administrator approves them", async ({ c, rig, page }) => {
	const cls = { named: { id: "8B-2026", teachers: [teacher("staff-1")] } };
	await rig.publish(12, cls);
	await rig.run_job("create-team", "8B-2026");
	await rig.run_job("sync-learners", "8B-2026");
	await rig.publish(2, cls);
	await c.enter(BOSS);
	await c.act("8B", "Resync Microsoft 365 members");
	await c.press("Resync Microsoft 365 members");
	await c.title("Approve the removals from 8B?");
	await page.locator(".group", { hasText: "Left the class" }).getByText("Learner 12").waitFor();
	equal((await members(rig, "8B-2026")).length, 12, "members while they wait");
	await c.press("Leave them");
	await c.row("8B").waitFor();
	await c.act("8B", "Approve removals");
	await c.press("Remove 10 members");
	await c.title("Sync Summary: 8B");
	equal((await c.counts()).Removed, 10, "removed");
	equal(await members(rig, "8B-2026"), [1, 2].map(account), "members");
});

at("a class is deleted only by its name, its group stays, and it can be restored", async ({ c, rig, page }) => {
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await rig.run_job("create-team", "8B-2026");
	await c.enter(BOSS);
	await c.act("8B", "Delete Class from Microsoft 365");
	await c.title("Delete 8B from Microsoft 365?");
	await page.getByLabel("To confirm").fill("8b");
	await c.press("Delete Class from Microsoft 365");
	equal(await page.getByLabel("To confirm").evaluate((field) => field.matches(":invalid")), true, "another name is wrong");
	equal((await rig.ledger("group_deleted")).length, 0, "deleted by another name");
	await page.getByLabel("To confirm").fill("8B");
	await c.press("Delete Class from Microsoft 365");
	await c.title("8B is deleted from Microsoft 365");
	equal((await rig.ledger("group_deleted")).length, 1, "deleted");
	await c.press("Back to the groups");
	await c.row("8B").getByText("Not in Microsoft 365").waitFor();
	check(!(await c.menu("8B"))["Create Class in Microsoft 365"], "it can be created again");
	await c.act("8B", "Restore the class");
	await c.press("Restore the class");
	await c.title("The class of 8B is restored");
	equal((await rig.ledger("group_restored")).length, 1, "restored");
});

at("teaching staff create any class and resync those that they teach, and have no other section", async ({ c, rig, page }) => {
	await rig.publish(2, { named: { id: "9C-2026", teachers: [teacher("staff-9", "teacher2")] } });
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter(TEACHING);
	await c.row("9C").waitFor();
	equal(await page.locator("header nav a").allInnerTexts(), ["Groups"], "sections");
	await c.create("8B");
	await c.open("/console");
	const menu = await c.menu("8B");
	equal([menu["Resync Microsoft 365 members"], "Delete Class from Microsoft 365" in menu], [true, false], "a colleague's class");
	await c.row("8B").getByRole("link", { name: "8B" }).click();
	await page.getByText("The students are shown to administrators").waitFor();
	await c.open("/console");
	await c.create("9C");
	await c.open("/console");
	await c.act("9C", "Resync Microsoft 365 members");
	await c.press("Resync Microsoft 365 members");
	await c.notice("good", "Every student of the group is a member.");
	for (const section of ["settings", "names", "history"]) {
		equal((await page.goto(`${rig.url}/console/${section}`)).status(), 404, "status of " + section);
		await page.getByRole("heading", { name: "This page is not available" }).waitFor();
	}
});

at("who has no role for the console finds no console, and who is not signed in is told where to", async ({ c, rig, page, context }) => {
	equal((await c.person.enter("/console", { roles: ["clerk"] })).status(), 404, "status without a role");
	await page.getByRole("heading", { name: "This page is not available" }).waitFor();
	await context.clearCookies();
	equal((await page.goto(rig.url + "/console")).status(), 401, "status without a session");
	await page.getByRole("heading", { name: "Sign in through your school’s portal" }).waitFor();
	await c.enter(BOSS);
	equal((await page.goto(rig.url + "/console/nothing")).status(), 404, "status of no section");
});

/* ---- the other sections ---------------------------------------------------------------------- */

at("what somebody added by hand is shown, kept where that is decided, and undone where it is not", async ({ c, rig, page }) => {
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	const { team_id: team } = await rig.run_job("create-team", "8B-2026");
	await rig.run_job("sync-learners", "8B-2026");
	await rig.control("teams/" + team, { add: [account(7), account(8)] });
	await c.enter(BOSS);
	await c.act("8B", "Preview a resync");
	await c.title("What a resync of 8B would do");
	equal((await c.counts())["Would be taken out"], 2, "hand-added members who would go");
	await c.open("/console/act?id=8B-2026&act=resync");
	await c.press("Only add");
	await page.locator(".group", { hasText: "Added to the Team by hand" }).getByText(account(7)).waitFor();
	equal((await members(rig, "8B-2026")).length, 4, "members while removals are held back");
	await c.open("/console/drift");
	await page.locator("tbody tr").nth(1).waitFor();
	equal(await page.locator("tbody tr").count(), 2, "changes by hand");
	await page.locator("tbody tr").first().getByRole("button").click();
	await page.locator("dialog").getByLabel("Keep it, and go on showing it here").check();
	await page.locator("dialog").getByRole("button", { name: "Save" }).click();
	await c.notice("good", "The next sync keeps to it");
	await page.locator("tbody tr").first().getByText("Kept", { exact: true }).waitFor();
	await c.open("/console/act?id=8B-2026&act=resync");
	await c.press("Resync Microsoft 365 members");
	await c.title("Sync Summary: 8B");
	equal((await c.counts()).Removed, 1, "removed");
	equal((await members(rig, "8B-2026")).length, 3, "members");
});

at("a student without an account is named with the reason, matched by hand, and in with the next sync", async ({ c, rig, page }) => {
	await rig.publish([...ids(1, 2), { id: "L9", name: "Sipho Dube", email: "s.dube@elsewhere.example" }], { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await rig.run_job("create-team", "8B-2026");
	await rig.run_job("sync-learners", "8B-2026");
	await c.enter(BOSS, "/console/matches");
	await page.getByText("66.6 % matched").or(page.getByText("66,6 % matched")).waitFor();
	await page.locator("tbody tr", { hasText: "Sipho Dube" }).getByText("No Microsoft account found").waitFor();
	await page.getByRole("button", { name: "Match by hand, Sipho Dube" }).click();
	await page.getByLabel("Microsoft 365 account").fill(account(9));
	await page.locator("dialog").getByRole("button", { name: "Use this account" }).click();
	await c.notice("good", "The account of Sipho Dube is kept");
	await c.open("/console/act?id=8B-2026&act=resync");
	await c.press("Resync Microsoft 365 members");
	await c.notice("good", "Every student of the group is a member.");
	check((await members(rig, "8B-2026")).includes(account(9)), "the account is in");
});

at("every name and address is shown before anything is saved, with what is odd about it", async ({ c, rig, page }) => {
	await rig.school("green-hill", { named: { naming: "rule", identifier: "1234567" } });
	for (const [id, name] of [["a", "2S/DT1"], ["b", "2SDT1"], ["c", "Graad 5 Sê"]])
		await rig.publish(1, { named: { id, name, kind: "teaching", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS, "/console/names");
	const line = (name) => page.locator("tbody tr").filter({ has: page.locator("th", { hasText: new RegExp("^" + name) }) });
	await line("2S/DT1").getByText("2SDT1_Class [1234567]").waitFor();
	await line("Graad 5 Sê").getByText("Graad-5-Se.class.1234567").waitFor();
	await line("2SDT1").getByText("2SDT1-2.class.1234567").waitFor();
	equal((await c.counts()).Groups, 3, "groups");
	await page.getByLabel("Name identifier").fill("7654321");
	await c.press("Show the names");
	await line("2S/DT1").getByText("2SDT1_Class [7654321]").waitFor();
	equal(await rig.redis("HGET", await rig.key("school:green-hill"), "identifier"), "1234567", "what is saved");
});

at("the history says why somebody is not in a class, and can be taken along", async ({ c, rig, page }) => {
	const cls = { named: { id: "8B-2026", teachers: [teacher("staff-1")] } };
	await rig.publish(ids(1, 2, 3, 4, 5, 6), cls);
	await rig.run_job("create-team", "8B-2026");
	await rig.run_job("sync-learners", "8B-2026");
	await rig.publish(ids(1, 3, 4, 5, 6), cls);
	await rig.run_job("sync-learners", "8B-2026");
	await c.enter(BOSS, "/console/history");
	await page.getByLabel("Student’s id").fill("L2");
	await c.press("Show");
	await page.locator("tbody tr", { hasText: "Taken out of the class" }).getByText("Left the class").first().waitFor();
	equal(await page.locator("tbody tr", { hasText: "Roster read" }).count(), 0, "what is of others");
	const waiting = page.waitForEvent("download");
	await c.press("Download (CSV)");
	const text = readFileSync(await (await waiting).path(), "utf8");
	check(text.startsWith("\ufeff") && text.includes("L2") && !text.includes("L3"), "the file:\n" + text);
});

at("a group, the list and the report that are shown again show what is the case by now", async ({ c, rig, page, another }) => {
	await rig.publish(ids(1, 2), { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS);
	await c.row("8B").waitFor();
	const one = (await another()).page, report = (await another()).page;
	await one.goto(rig.url + "/console/group?id=8B-2026");
	await one.getByText("Not in Microsoft 365").first().waitFor();
	await report.goto(rig.url + "/console/report");
	await report.getByText("There has been no run yet.").waitFor();
	await rig.run_job("create-team", "8B-2026");
	await shownAgain(one);
	await one.locator("dt", { hasText: "Address" }).waitFor();
	await shownAgain(page);
	await c.row("8B").locator(".pill.amber, .pill.green").waitFor();
	let asked = 0;
	report.on("request", (request) => { asked += /console\/(report|runs)$/.test(request.url()) ? 1 : 0; });
	await shownAgain(report);
	await eventually(() => asked === 2, "the report to be asked for again");
});

at("more of the history comes below what is read, where the focus stays; what goes wrong takes nothing away", async ({ c, page }) => {
	await c.enter();
	let refuse = false;
	const part = (n, next) => ({ next, events: Array.from({ length: 3 }, (_, i) => ({ id: `${n}-${i}`, at: 1760000000000, what: "added", class: "", group: "",
		learner: "L", name: `Learner ${n}.${i}`, reason: "", detail: "", by: "", user_id: "" })) });
	await page.route("**/v1/console/history?*", (route) => {
		const after = new URL(route.request().url()).searchParams.get("after");
		return refuse ? route.fulfill({ status: 503, json: { code: "store_unreachable" } }) :
			route.fulfill({ json: { "": part(1, "a"), a: part(2, "b"), b: part(3, "") }[after || ""] });
	});
	await c.open("/console/history");
	const rows = page.locator("main tbody tr"), focus = () => page.evaluate(() => document.activeElement.textContent);
	await rows.nth(2).waitFor();
	const more = page.getByRole("button", { name: "Show more" });
	refuse = true;
	await more.press("Enter");
	await c.notice("bad", "The service cannot do this at present.");
	equal([await rows.count(), await focus()], [3, "Show more"], "rows and focus after a refusal");
	refuse = false;
	await more.press("Enter");
	await rows.nth(5).waitFor();
	equal([await focus(), await page.locator(".notice.bad").count()], ["Show more", 0], "where the focus is, and notices");
	await more.press("Enter");
	await rows.nth(8).waitFor();
	equal(await more.isVisible(), false, "whether there is more");
	check((await focus()).includes("Learner 3.0"), "the focus goes on at what came last");
});

at("a run over the whole school is shown group by group, done exactly so, and reported", async ({ c, rig, page }) => {
	await rig.school("green-hill", { named: { sync_kinds: "registration", naming: "rule", identifier: "1234567" } });
	for (const [id, n] of [["8A-2026", 3], ["8B-2026", 2]])
		await rig.publish(n, { named: { id, teachers: [teacher("staff-1")], source: "roster" } });
	await rig.run_job("create-team", "8A-2026");
	await c.enter(BOSS, "/console/report");
	await page.getByText("There has been no run yet.").waitFor();
	await c.press("Preview the whole school");
	await page.getByRole("heading", { name: "What a run would do" }).waitFor();
	equal((await members(rig, "8A-2026")).length, 0, "members after the preview");
	await page.getByRole("button", { name: "Who, 8A" }).first().click();
	await page.locator("dialog").getByText("Learner 3").waitFor();
	await page.keyboard.press("Escape");
	await c.press("Do exactly this");
	await page.getByRole("heading", { name: "What the run did" }).waitFor();
	equal((await members(rig, "8A-2026")).length, 3, "members after the run");
	await page.reload();
	await page.locator("section", { hasText: "The last run" }).getByText("Started by hand").first().waitFor();
});

at("what the brake held in a run waits in the report, and goes when somebody has looked and decided", async ({ c, rig, page }) => {
	await rig.school("green-hill", { named: { sync_kinds: "registration" } });
	for (const [id, n] of [["8A-2026", 40], ["8B-2026", 12]]) {
		await rig.publish(n, { named: { id, teachers: [teacher("staff-1")] } });
		await rig.run_job("create-team", id);
		await rig.run_job("sync-learners", id);
	}
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS, "/console/report");
	await c.press("Preview the whole school");
	await page.getByRole("heading", { name: "What a run would do" }).waitFor();
	await c.press("Do exactly this");
	await page.getByRole("heading", { name: "What the run did" }).waitFor();
	await page.getByRole("heading", { name: "1 group waits for approval" }).waitFor();
	equal((await members(rig, "8B-2026")).length, 12, "members while they wait");
	await page.getByRole("link", { name: "Look and decide, 8B" }).click();
	await c.title("Approve the removals from 8B?");
	await page.locator(".group").getByText("Learner 12").waitFor();
	await c.press("Remove 10 members");
	await c.title("Sync Summary: 8B");
	equal((await members(rig, "8B-2026")).length, 2, "members after the decision");
});

at("the year change lists what ends, shows what would be done, and does it when that is wanted", async ({ c, rig, page }) => {
	await rig.school("green-hill", { named: { current_year: "2026" } });
	await rig.publish(3, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await rig.run_job("create-team", "8B-2026");
	await rig.run_job("sync-learners", "8B-2026");
	await rig.school("green-hill", { named: { current_year: "2027" } });
	await rig.publish(3, { named: { id: "9B-2027", year: "2027", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS, "/console/year");
	await page.getByRole("heading", { name: "1 class ends" }).waitFor();
	await page.getByRole("heading", { name: "1 group starts" }).waitFor();
	await page.getByLabel("Take the learners out").check();
	await c.press("Preview");
	await page.locator("dialog").getByText("Nothing has been changed.").waitFor();
	equal((await members(rig, "8B-2026")).length, 3, "members after the preview");
	await page.locator("dialog").getByRole("button", { name: "Do it for 1 class" }).click();
	await page.locator("dialog").getByRole("heading", { name: "1 class: what was done" }).waitFor();
	equal((await members(rig, "8B-2026")).length, 0, "members after it");
	check(Number((await rig.group("8B-2026")).archived_at) > 0, "it is archived");
	await c.open("/console");
	await c.act("8B", "Open the class again");
	await c.press("Open the class again");
	await c.notice("good", "It is done.");
	check(!Number((await rig.group("8B-2026")).archived_at), "it is open again");
});

/* ---- everybody --------------------------------------------------------------------------------- */

at("with the keyboard alone a group is found, its menu opened and gone through, and an act begun", async ({ c, rig, page }) => {
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter(BOSS);
	await c.row("8B").waitFor();
	const focused = () => page.evaluate(() => document.activeElement.firstChild ? document.activeElement.firstChild.textContent : document.activeElement.id);
	for (let i = 0; i < 40 && await focused() !== "Actions"; i++)
		await page.keyboard.press("Tab");
	await page.keyboard.press("ArrowDown");
	await eventually(async () => await focused() === "View group", "the first item");
	await page.keyboard.press("ArrowDown");
	equal(await focused(), "Create Class in Microsoft 365", "the second item");
	await page.keyboard.press("End");
	await page.keyboard.press("c");
	equal(await focused(), "Create Class in Microsoft 365", "the item by its letter");
	await page.keyboard.press("Escape");
	await eventually(async () => await focused() === "Actions", "the button");
	await eventually(async () => await c.row("8B").getByRole("button", { name: "Actions" }).getAttribute("aria-expanded") === "false", "the menu to be closed");
	await page.keyboard.press("Enter");
	await eventually(async () => await focused() === "View group", "the first item again");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Space");
	await c.title("Create a class in Microsoft 365 for 8B?");
	equal(await page.evaluate(() => document.activeElement.tagName), "H1", "where the focus is");
});

at("the console speaks Afrikaans to whom the portal says so", async ({ c, rig, page }) => {
	await rig.publish(2, { named: { id: "8B-2026", teachers: [teacher("staff-1")] } });
	await c.enter({ ...BOSS, lang: "af" });
	await page.getByRole("heading", { level: 1, name: "Groepe" }).waitFor();
	await c.row("8B").getByRole("button", { name: "Aksies" }).click();
	await page.getByRole("menuitem", { name: "Skep klas in Microsoft 365" }).click();
	await page.getByRole("heading", { level: 1, name: "Skep ’n klas in Microsoft 365 vir 8B?" }).waitFor();
	for (const [section, title] of [["settings", "Skep MIS-groepe outomaties in toepassings"], ["report", "Oggendverslag"], ["year", "Jaarwisseling"]]) {
		await c.open("/console/" + section);
		await page.getByRole("heading", { level: 1, name: title }).waitFor();
	}
});

at("operators see the queue by their role or by a key, and nobody else does", async ({ c, rig, page, context }) => {
	await rig.publish(1, { named: { id: "8B-2026" } });
	await c.enter({ sub: "watch", roles: ["operator"] }, "/ops");
	await page.getByText("1 worker online").waitFor();
	await page.locator(".tiles").getByText("Done a minute").waitFor();
	await context.clearCookies();
	await page.reload();
	await page.getByLabel("Key with the scope read").fill("not the key");
	await page.keyboard.press("Enter");
	await page.getByText("may not look at the queue").waitFor();
	await page.getByLabel("Key with the scope read").fill(await rig.key_of("reader"));
	await page.keyboard.press("Enter");
	await page.getByText("1 worker online").waitFor();
	await rig.stop_workers();
	await page.getByText("No worker online").first().waitFor();
});

at("the operators' page stops asking when it is refused, and takes another key in place of one that may not look", async ({ c, rig, page }) => {
	let asked = 0;
	page.on("request", (request) => { asked += request.url().endsWith("/v1/queue") ? 1 : 0; });
	await page.clock.install();
	await c.enter({ sub: "staff-1", roles: ["teaching_staff"] }, "/ops");
	const key = page.getByLabel("Key with the scope read");
	await key.waitFor();
	await page.clock.fastForward(60000);
	equal(asked, 1, "questions of somebody without the role");
	await page.route("**/v1/queue", (route) => route.fulfill({ status: 403, json: { code: "missing_scope" } }), { times: 1 });
	await key.fill("a key that may not look");
	await page.keyboard.press("Enter");
	await page.getByText("may not look at the queue").waitFor();
	await key.fill(await rig.key_of("reader"));
	await page.keyboard.press("Enter");
	await page.getByText("1 worker online").waitFor();
});

await tell();
