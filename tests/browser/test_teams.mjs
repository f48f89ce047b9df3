/* test_teams - a teacher's classes, from no Team to the Sync Summary. */
import { check, equal, eventually, story, tell } from "./kit.mjs";

const SIX = { "Added": 0, "Already Member": 0, "Failed": 0, "Unresolved": 0, "Removed": 0, "Removal Failed": 0 };
// One learner a request: there is something to see, and to cancel.
const ONE_BY_ONE = { ROLLCALL_SYNC_WAVE: "1" };

// A Team that is gone, and one that is there, are found out soon.
const QUICK = { scale: 1000 };
const HOUR_OF_IT_MS = 1000 * 3600000;

const members = async (rig) => (await rig.ledger("member_added")).filter((e) => e.role === "member").length;

async function withTeam(rig, ...more) {
	await rig.publish(...more);
	equal((await rig.run_job("create-team", "8B-2026")).state, "done", "the Team");
}

story("a class gets its Team and its learners in one step, and nothing is asked for before the confirmation",
	async ({ rig, person }) => {
		await rig.publish(12);
		await person.enter();
		await person.status("8B", "No Team");
		await person.press("8B", "Create Team");
		await person.title("Create a Team for 8B?");
		await person.choose("Cancel");
		equal(person.sent, [], "what was sent before the confirmation");
		await person.create("8B");
		await person.title("The Team for 8B is there");
		await person.status("8B", "Pending");
		await person.choose("Sync Learners");
		await person.title("Sync the learners of 8B?");
		equal(person.sent.length, 1, "changes sent before the second confirmation");
		await person.choose("Sync Learners");
		equal(await person.counts(), { ...SIX, "Added": 12 }, "the summary");
		await person.choose("Close");
		await person.status("8B", "Active");
		equal(await members(rig), 12, "members at Microsoft's");
		equal((await rig.ledger("team_created")).length, 1, "Teams at Microsoft's");
		await person.sync("8B");
		equal(await person.counts(), { ...SIX, "Already Member": 12 }, "the summary of the next sync");
	});

story("a sync of thirty shows who is done and can be cancelled: those who are in stay in", ONE_BY_ONE,
	async ({ rig, person }) => {
		await withTeam(rig, 30);
		await rig.control("scenario", { settings: { latency_ms: 60 } });
		await person.enter();
		await person.sync("8B");
		await person.title("Syncing the learners of 8B");
		await person.dialog.locator(".count", { hasText: /^([5-9]|1\d) of 30/ }).waitFor();
		check(await person.dialog.locator("progress").evaluate((bar) => bar.max === 30 && bar.value >= 5), "the bar");
		await person.choose("Cancel sync");
		const counts = await person.counts(), done = Object.values(counts).reduce((sum, n) => sum + n, 0);
		check(counts.Added >= 5 && done < 30, "some are in, not all");
		equal(counts.Added, await members(rig), "members at Microsoft's");
		await person.dialog.getByText(`The sync was cancelled after ${done} of 30`).waitFor();
		await rig.control("scenario", { settings: { latency_ms: 0 } });
		await person.choose("Close");
		await person.sync("8B");
		equal(await person.counts(), { ...SIX, "Added": 30 - counts.Added, "Already Member": counts.Added }, "the rest");
	});

story("a class of nineteen goes in one step, one of twenty shows a count and a way to cancel", ONE_BY_ONE,
	async ({ rig, person }) => {
		await rig.publish(19);
		await rig.publish(20, { named: { id: "9C-2026" } });
		for (const id of ["8B-2026", "9C-2026"])
			await rig.run_job("create-team", id);
		await rig.control("scenario", { settings: { latency_ms: 60 } });
		await person.enter();
		await person.sync("8B");
		await person.dialog.getByText("Adding learners", { exact: true }).first().waitFor();
		equal(await person.dialog.getByRole("button", { name: "Cancel sync" }).count(), 0, "ways to cancel nineteen");
		equal(await person.dialog.locator(".count").count(), 0, "counts of nineteen");
		equal((await person.counts()).Added, 19, "learners added");
		await person.choose("Close");
		await person.sync("9C");
		await person.dialog.locator(".count", { hasText: "of 20" }).waitFor();
		equal(await person.dialog.getByRole("button", { name: "Cancel sync" }).count(), 1, "ways to cancel twenty");
		equal((await person.counts()).Added, 20, "learners added");
	});

story("who is not in is named in the summary with what to do, and in the list of learners with the reason",
	async ({ rig, person, page }) => {
		const learner = (id, email) => ({ id, name: "Learner " + id, email });
		await withTeam(rig, [learner("1", "learner1@school.example"), learner("2", ""),
			learner("3", "nobody@school.example"), learner("4", "learner4@school.example")]);
		await rig.control("scenario?add=1", { settings: { fail_users: ["learner4@school.example"],
			fail_error: { code: "InternalServerError", message: "try later" } } });
		await person.enter();
		await person.sync("8B");
		equal(await person.counts(), { ...SIX, "Added": 1, "Failed": 1, "Unresolved": 2 }, "the summary");
		await person.dialog.getByText("3 learners need attention").waitFor();
		for (const [label, name, remedy] of [["Unresolved: No email address on record", "Learner 2", "Add the learner’s"],
			["Unresolved: No Microsoft account found", "Learner 3", "Check that the address"],
			["Failed: Add to Team failed", "Learner 4", "press Sync Learners again"]]) {
			const group = person.dialog.locator(".group", { hasText: label });
			await group.getByText(name).waitFor();
			await group.getByText(remedy).waitFor();
		}
		await person.choose("View Learners");
		await person.title("Learners of 8B");
		const names = () => page.locator(".people tbody th").allInnerTexts();
		equal((await names()).length, 4, "learners without a filter");
		for (const [status, wanted] of [["Synced", ["Learner 1"]], ["Not Synced", ["Learner 2", "Learner 3"]],
			["Failed", ["Learner 4"]], ["Pending", []]]) {
			const option = await page.locator("#filter option", { hasText: new RegExp(`^${status} `) }).innerText();
			equal(option, `${status} (${wanted.length})`, "the filter's own count");
			await page.locator("#filter").selectOption({ label: option });
			equal(await names(), wanted, "learners that are " + status);
		}
		await person.choose("Close");
		await person.status("8B", "1 Failed");
		await person.row("8B").getByText("2 unresolved").waitFor();
		await rig.control("scenario", { settings: {} });
		await person.sync("8B");
		equal(await person.counts(), { ...SIX, "Added": 1, "Already Member": 1, "Unresolved": 2 }, "the sync after the fault");
	});

story("learners open by a double-click and by Enter, and the way is back at the class",
	async ({ rig, person, page }) => {
		await rig.publish(3);
		await rig.publish(2, { named: { id: "9C-2026" } });
		await person.enter();
		await person.row("8B").locator(".name").dblclick();
		await person.title("Learners of 8B");
		await page.keyboard.press("Escape");
		await person.dialog.waitFor({ state: "hidden" });
		await person.row("8B").focus();
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await person.title("Learners of 9C");
		await page.keyboard.press("Escape");
		await person.dialog.waitFor({ state: "hidden" });
		equal(await page.evaluate(() => document.activeElement.closest("tr").querySelector(".name").textContent), "9C",
			"where the focus is");
	});

story("learners that are closed while they are being fetched stay closed",
	async ({ rig, person, page }) => {
		await rig.publish(3);
		await person.enter();
		let letGo;
		const held = new Promise((resolve) => { letGo = resolve; });
		await page.route("**/v1/classes/*/learners", async (route) => {
			await held;
			await route.continue();
		});
		const answered = page.waitForResponse("**/v1/classes/*/learners");
		await person.row("8B").locator(".name").dblclick();
		await person.title("Learners of 8B");
		await page.keyboard.press("Escape");
		await person.dialog.waitFor({ state: "hidden" });
		letGo();
		await (await answered).finished();
		await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
		equal(await person.dialog.isVisible(), false, "whether it is there again");
	});

story("a reloaded page, a second tab and a tab that was closed come back to the sync that runs", ONE_BY_ONE,
	async ({ rig, person, another }) => {
		await withTeam(rig, 30);
		await rig.control("scenario", { settings: { latency_ms: 60 } });
		await person.enter();
		await person.sync("8B");
		await person.dialog.locator(".count", { hasText: /^[1-9]\d* of 30/ }).waitFor();
		await person.page.reload();
		await person.title("Syncing the learners of 8B");
		await person.dialog.locator(".count", { hasText: /of 30/ }).waitFor();
		const second = await another();
		await second.page.goto(rig.url + "/staff/teams");
		await second.title("Syncing the learners of 8B");
		await person.page.close();
		await rig.control("scenario", { settings: { latency_ms: 0 } });
		equal(await second.counts(), { ...SIX, "Added": 30 }, "the summary in the other tab");
	});

story("what ended while nobody looked shows its summary when the teacher comes back, once", ONE_BY_ONE,
	async ({ rig, person, another }) => {
		await withTeam(rig, 25);
		await rig.control("scenario", { settings: { latency_ms: 30 } });
		await person.enter();
		await person.sync("8B");
		await person.dialog.locator(".count", { hasText: "of 25" }).waitFor();
		await person.page.close();
		await rig.control("scenario", { settings: { latency_ms: 0 } });
		await eventually(async () => (await rig.redis("HGET", "rollcall:{teams}:class:green-hill:8B-2026", "status")) === "active",
			"the sync to end");
		const later = await another();
		await later.page.goto(rig.url + "/staff/teams");
		equal((await later.counts()).Added, 25, "learners added");
		await later.choose("Close");
		await later.page.reload();
		await later.status("8B", "Active");
		equal(await later.dialog.count(), 0, "dialogs that nobody asked for");
	});

story("two tabs that press Create Team make one Team, and both see it", async ({ rig, person, another }) => {
	await rig.publish(5);
	await rig.control("scenario", { settings: { operation_ms: 100000 } });
	await person.enter();
	const second = await another();
	await second.page.goto(rig.url + "/staff/teams");
	await second.press("8B", "Create Team");
	await person.create("8B");
	await person.title("Creating the Team for 8B");
	await second.choose("Create Team");
	await second.title("Creating the Team for 8B");
	for (const one of [person, second])
		await one.title("The Team for 8B is there");
	equal((await rig.ledger("team_created")).length, 1, "Teams at Microsoft's");
});

story("a lost network is said, and the dialog goes on by itself when it is back", ONE_BY_ONE,
	async ({ rig, person, context }) => {
		await withTeam(rig, 30);
		await rig.control("scenario", { settings: { latency_ms: 60 } });
		await person.enter();
		await person.sync("8B");
		await person.dialog.locator(".count", { hasText: /^[1-9]\d* of 30/ }).waitFor();
		await context.setOffline(true);
		await person.dialog.locator(".notice", { hasText: "No connection to the network" }).waitFor();
		await rig.control("scenario", { settings: { latency_ms: 0 } });
		await context.setOffline(false);
		equal(await person.counts(), { ...SIX, "Added": 30 }, "the summary");
	});

story("a proxy that cuts long answers is lived with", ONE_BY_ONE, async ({ rig, person, page }) => {
	await withTeam(rig, 25);
	await rig.control("scenario", { settings: { latency_ms: 30 } });
	let cut = 0;
	await page.route(/\/v1\/jobs\/[^/]+\?wait=/, (route) => { cut++; return route.fulfill({ status: 504, body: "" }); });
	await person.enter();
	await person.sync("8B");
	equal((await person.counts()).Added, 25, "learners added");
	equal(cut, 2, "long answers asked for");
});

story("a Team that takes longer than a minute is waited for in the background, and is one Team", QUICK, async ({ rig, person, page }) => {
	await rig.publish(3);
	await rig.control("scenario", { settings: { operation_ms: HOUR_OF_IT_MS } });
	await page.clock.install();
	await person.enter();
	await person.create("8B");
	await person.dialog.getByText("Microsoft is setting up the Team", { exact: true }).first().waitFor();
	await page.clock.fastForward(50000);
	await person.title("Creating the Team for 8B");
	await page.clock.fastForward(10000);
	await person.title("The Team for 8B is on its way");
	await person.dialog.getByText("Wait and refresh.").waitFor();
	await person.choose("Close");
	await person.status("8B", "Pending");
	await rig.control("clock", { advance_ms: HOUR_OF_IT_MS });
	await page.clock.resume();
	await page.getByRole("button", { name: "Refresh" }).click();
	await person.row("8B").getByRole("button", { name: "Sync Learners" }).waitFor();
	equal((await rig.ledger("team_created")).length, 1, "Teams at Microsoft's");
});

story("with the keyboard alone a class gets its Team and its learners", async ({ rig, person, page }) => {
	await rig.publish(3);
	await person.enter();
	await person.status("8B", "No Team");
	const focus = () => page.evaluate(() => document.activeElement.textContent);
	async function tabTo(text) {
		for (let i = 0; i < 20 && await focus() !== text; i++)
			await page.keyboard.press("Tab");
		equal(await focus(), text, "what Tab reaches");
	}
	await tabTo("Create Team");
	await page.keyboard.press("Enter");
	await person.title("Create a Team for 8B?");
	equal(await focus(), "Create a Team for 8B?", "where the focus begins");
	await page.keyboard.press("Escape");
	await eventually(async () => await focus() === "Create Team", "the focus to be back");
	await page.keyboard.press("Enter");
	await person.title("Create a Team for 8B?");
	await tabTo("Create Team");
	await page.keyboard.press("Enter");
	await person.title("The Team for 8B is there");
	await tabTo("Sync Learners");
	await page.keyboard.press("Enter");
	await person.title("Sync the learners of 8B?");
	await tabTo("Sync Learners");
	await page.keyboard.press("Enter");
	await person.title("Sync Summary: 8B");
	await page.keyboard.press("Escape");
	await eventually(async () => (await focus()).startsWith("8B"), "the focus to be at the class");
	await page.keyboard.press("Enter");
	await person.title("Learners of 8B");
});

story("the list of a sync can be kept as a file, and the last summary be looked at again", async ({ rig, person, page }) => {
	await withTeam(rig, 3);
	await person.enter();
	await person.sync("8B");
	await person.title("Sync Summary: 8B");
	const download = page.waitForEvent("download");
	await person.choose("Download list (CSV)");
	const stream = await (await download).createReadStream();
	const text = (await stream.toArray()).join("");
	check(text.startsWith("\ufeff"), "the mark of UTF-8");
	equal(text.trim().split("\r\n").length, 4, "lines of three learners");
	await person.choose("Close");
	await person.press("8B", "Last Sync Summary");
	equal((await person.counts()).Added, 3, "learners added");
});

story("a service that restarts under the page is waited for", async ({ rig, person, page }) => {
	await withTeam(rig, 5);
	await person.enter();
	await person.status("8B", "Pending");
	await rig.stop_web();
	await page.getByRole("button", { name: "Refresh" }).click();
	await page.locator(".bar .notice", { hasText: "trying again" }).waitFor();
	await rig.start_web_again();
	await page.locator(".bar .notice").waitFor({ state: "hidden" });
	await person.sync("8B");
	equal((await person.counts()).Added, 5, "learners added");
});

story("a Team that was deleted in Microsoft 365 is found out by Refresh, and gets a successor", QUICK,
	async ({ rig, person, page }) => {
		await withTeam(rig, 4);
		const first = (await rig.run_job("sync-learners", "8B-2026")).team_id;
		await person.enter();
		await person.status("8B", "Active");
		await rig.control(`teams/${first}`, { delete: true });
		await page.getByRole("button", { name: "Refresh" }).click();
		await person.status("8B", "No Team");
		await person.row("8B").getByText("The Team was deleted in Microsoft 365").waitFor();
		await person.create("8B");
		await person.title("The Team for 8B is there");
		await person.choose("Sync Learners");
		await person.choose("Sync Learners");
		equal((await person.counts()).Added, 4, "learners added to the new Team");
		equal((await rig.ledger("team_created")).length, 2, "Teams that were ever made");
	});

story("a reload finds out as well that a Team was deleted, and so does View in Teams", QUICK, async ({ rig, person, page, context }) => {
	await rig.publish(2);
	await rig.publish(2, { named: { id: "9C-2026" } });
	const teams = [];
	for (const id of ["8B-2026", "9C-2026"])
		teams.push((await rig.run_job("create-team", id)).team_id);
	await context.route("https://teams.microsoft.com/**", (route) => route.fulfill({ body: "Teams" }));
	await person.enter();
	await rig.control(`teams/${teams[0]}`, { delete: true });
	const opened = context.waitForEvent("page");
	await person.row("8B").getByRole("link", { name: /^View in Teams/ }).click();
	await (await opened).waitForURL("https://teams.microsoft.com/**");
	await person.status("8B", "No Team");
	await person.status("9C", "Pending");
	await rig.control(`teams/${teams[1]}`, { delete: true });
	await page.reload();
	await person.status("9C", "No Team");
});

story("nobody is taken out in numbers before the teacher has seen who, and said so", async ({ rig, person }) => {
	await withTeam(rig, 20);
	await rig.run_job("sync-learners", "8B-2026");
	await rig.publish(12);
	await person.enter();
	await person.sync("8B");
	await person.title("Approve the removals from 8B?");
	await person.dialog.getByText("8 members would be taken out of the Team.").waitFor();
	equal(await person.dialog.locator(".group li").count(), 8, "people named");
	await person.choose("Leave them");
	equal((await rig.ledger("member_removed")).length, 0, "people taken out");
	await person.sync("8B");
	await person.choose("Remove 8 members");
	await person.title("Sync Summary: 8B");
	equal(await person.counts(), { ...SIX, "Already Member": 12, "Removed": 8 }, "the summary");
	equal((await rig.ledger("member_removed")).length, 8, "people taken out");
});

story("a request that no worker takes up says so, and goes on when one is there",
	async ({ rig, person }) => {
		await rig.publish(3);
		await rig.stop_workers();
		await person.enter();
		await person.create("8B");
		await person.dialog.locator(".notice", { hasText: "No worker online" }).waitFor();
		await rig.start_worker();
		await person.title("The Team for 8B is there");
	});

story("Microsoft's pause is told with its end", async ({ rig, person }) => {
	await withTeam(rig, 5);
	await rig.fault({ path: "/teams/*/members", count: 1 }, { status: 429, headers: { "Retry-After": "4" } });
	await person.enter();
	await person.sync("8B");
	await person.dialog.locator(".notice", { hasText: /Microsoft asked us to wait until \d\d:\d\d\./ }).waitFor();
	equal((await person.counts()).Added, 5, "learners added");
});

story("names that look like markup are shown as they are, and run nothing", async ({ rig, person, page }) => {
	const nasty = `<img src=x onerror=alert(1)>"'&{class}‮`;
	await rig.publish([{ id: "1", name: nasty, email: "nobody@school.example" }], { named: { name: nasty } });
	await rig.run_job("create-team", "8B-2026");
	await person.enter();
	await page.locator(".name", { hasText: nasty }).waitFor();
	await page.getByRole("button", { name: /^Sync Learners/ }).click();
	await person.title(`Sync the learners of ${nasty}?`);
	await person.choose("Sync Learners");
	await person.dialog.locator(".group li", { hasText: nasty }).waitFor();
	await person.choose("View Learners");
	await page.locator(".people th", { hasText: nasty }).waitFor();
	equal(await page.locator("img, script:not([src])").count(), 0, "elements made of names");
});

story("a teacher of no class is told why the list is empty, and a colleague's class does not show", async ({ rig, person, page }) => {
	await rig.publish(3);
	await person.enter("/staff/teams", { sub: "staff-2", roles: ["admin"] });
	await page.getByRole("heading", { name: "No register classes" }).waitFor();
	equal(await page.getByRole("row").filter({ has: page.locator(".name") }).count(), 0, "classes shown");
	equal(await page.getByRole("button", { name: /Create|Sync/ }).count(), 0, "actions offered");
});

await tell();
