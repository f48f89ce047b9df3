/*
 * test_screens - what the screens show for what the service says: columns, labels, colours, counts,
 * the minute of waiting, help and what a support ticket needs. The service's answers are made up
 * (looks_world.mjs), so that everything can be the case.
 */
import { check, equal, story, tell } from "./kit.mjs";
import { answerFrom, newJob, newWorld, troubled } from "./looks_world.mjs";

const SIX = [["Added", "green"], ["Already Member", "blue"], ["Failed", "red"], ["Unresolved", "grey"], ["Removed", "orange"],
	["Removal Failed", "red"]];
const ADDRESS = "n.dlamini@green-hill.example";

// A story in a world that the story may change before the page is opened.
function screen(words, run) {
	story(words, { worker: false }, async (stage) => {
		const world = newWorld(), { page, person, rig } = stage;
		await person.enter();
		await answerFrom(world, page);
		await run({ ...stage, world, open: (path = "/staff/teams") => page.goto(rig.url + path) });
	});
}

async function colourOf(mark) {
	return (await mark.getAttribute("class")).replace("pill", "").trim();
}

screen("each of the three states of the connection has its colour and its action, and an address only while connected",
	async ({ page, world, open }) => {
		for (const [state, words, colour, actions] of [["none", "Not connected", "grey", ["Connect"]],
			["connected", "Connected", "green", ["Disconnect"]], ["relink", "Re-link required", "red", ["Reconnect"]]]) {
			world.me.connection = { ...world.me.connection, state, email: ADDRESS };
			await open("/staff/settings");
			const pill = page.locator(".card .pill");
			await pill.waitFor();
			equal([await pill.innerText(), await colourOf(pill)], [words, colour], "the state " + state);
			equal(await page.locator(".card button").allInnerTexts(), actions, "actions when " + state);
			equal(await page.getByText(ADDRESS).count(), state === "connected" ? 1 : 0, "addresses when " + state);
		}
	});

screen("the yellow banner is there exactly when no account is linked, and says the way", async ({ page, world, open }) => {
	for (const [mode, state, banners] of [["delegated", "none", 1], ["delegated", "relink", 1], ["delegated", "connected", 0],
		["app", "connected", 0]]) {
		world.me.connection = { ...world.me.connection, mode, state };
		await open();
		await page.locator("tbody tr").first().waitFor();
		equal(await page.locator(".banner.warn").count(), banners, `banners when ${mode} and ${state}`);
		equal(await page.getByRole("button", { name: /^(Create Team|Sync Learners)/ }).count() > 0, banners === 0, "actions offered");
	}
	world.me.connection = { ...world.me.connection, mode: "delegated", state: "none" };
	await open();
	await page.locator(".banner", { hasText: "Your Microsoft account is not linked" })
		.getByText("My Home > My User Settings > Microsoft Connection > Connect").waitFor();
	equal(await page.locator(".banner a").getAttribute("href"), "/staff/settings#connection", "where the banner leads");
});

screen("the list shows name, status in its colour, learners and last sync, which is blank before the first one",
	async ({ page, person, world, open }) => {
		await open();
		await page.locator("tbody tr").first().waitFor();
		equal((await page.locator("thead th").allInnerTexts()).map((head) => head.toLowerCase()),
			["class", "teams status", "learners", "last sync", "actions"], "columns");
		for (const [name, label, colour, learners, isSynced] of [["8A", "Active", "green", "31", true], ["8B", "3 Failed", "orange", "34", true],
			["8C", "Pending", "amber", "12", false], ["10D", "No Team", "grey", "28", false]]) {
			const cells = person.row(name).first().locator("td"), pill = cells.nth(0).locator(".pill");
			equal([await pill.innerText(), await colourOf(pill)], [label, colour], "status of " + name);
			equal((await cells.nth(1).innerText()).match(/\d+$/)[0], learners, "learners of " + name);
			equal(await cells.nth(2).locator("time").count(), isSynced ? 1 : 0, "dates of " + name);
		}
		await person.row("8B").locator(".aside", { hasText: "2 unresolved" }).waitFor();
		equal(world.classes.length, await page.locator("tbody tr").count(), "classes");
	});

screen("a class whose Team was deleted says so, what to do, and for how long the old one can be restored", async ({ person, open }) => {
	await open();
	const note = person.row("10D").locator(".note");
	await note.waitFor();
	for (const words of ["deleted in Microsoft 365", "Create Team", "Sync Learners", "30 days", "restore"])
		check((await note.innerText()).includes(words), `"${words}" in the note`);
});

screen("a class that stays on Pending says what to wait for, and what to do after that", async ({ page, person, world, open }) => {
	Object.assign(world.classes[2], { team_id: "", web_url: "" });
	await open();
	const note = person.row("8C").locator(".note");
	await note.waitFor();
	for (const words of ["Microsoft is setting up the Team", "Wait and refresh", "press Sync Learners", "support ticket"])
		check((await note.innerText()).includes(words), `"${words}" in the note`);
	await person.row("8C").getByRole("button", { name: "Sync Learners" }).waitFor();
	await page.locator("summary", { hasText: "A class stays on Pending" }).waitFor();
});

screen("a Team that is there after 5 or 59 seconds is told of, one that is not after 60 is waited for without the teacher",
	async ({ page, person, world, open }) => {
		for (const [seconds, title] of [[5, "The Team for 10D is there"], [59, "The Team for 10D is there"], [60, "The Team for 10D is on its way"]]) {
			await page.clock.install();
			world.job = newJob("create-team", { class: "10D", phase: "Microsoft is setting up the Team" });
			await open();
			await person.press("10D", "Create Team");
			world.job.queued_at = await page.evaluate(() => Date.now());
			await person.choose("Create Team");
			await person.title("Creating the Team for 10D");
			await page.clock.fastForward(seconds * 1000 - 500);
			await person.title("Creating the Team for 10D");
			if (seconds === 60)
				await page.clock.fastForward(1000);
			else
				Object.assign(world.job, { state: "done", rev: 2 });
			await person.title(title);
			await page.clock.resume();
		}
	});

screen("a dialog that was left for the background does not come back, whatever becomes of the question that was under way",
	async ({ page, person, world, open }) => {
		for (const [name, action] of [["10D", "Create Team"], ["8C", "Sync Learners"]]) {
			world.job = newJob(action === "Create Team" ? "create-team" : "sync-learners", { class: name, queued_at: Date.now() });
			await open();
			let letGo;
			const held = new Promise((resolve) => { letGo = resolve; }), asked = page.waitForRequest(/\/v1\/jobs\/j\?wait=/);
			await page.route(/\/v1\/jobs\/j\?wait=/, async (route) => {
				await held;
				await route.fulfill({ status: 503, json: { code: "store_unreachable" } });
			});
			await person.press(name, action);
			await person.choose(action);
			const request = await asked;
			await person.choose("Close and let it go on");
			await person.press("8A", "View Learners");
			await person.title("Learners of 8A");
			letGo();
			await (await request.response()).finished();
			await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
			await person.title("Learners of 8A");
			await page.unroute(/\/v1\/jobs\/j\?wait=/);
		}
	});

screen("what was sent and never answered is not called undone: it may have been done", async ({ page, person, open }) => {
	await open();
	await page.route("**/v1/jobs", (route) => route.abort());
	for (const [name, action] of [["10D", "Create Team"], ["8C", "Sync Learners"]]) {
		await person.press(name, action);
		await person.choose(action);
		await person.title("It is not certain whether this was done");
		await person.dialog.getByText("Look before you try again.").waitFor();
		equal(await person.dialog.getByText("Nothing was changed").count(), 0, "promises");
		await person.choose("Close");
	}
});

screen("a class of 0, 1 or 19 learners syncs in one step, one of 20, 21 or 200 with a count and a way to cancel",
	async ({ person, world, open }) => {
		for (const n of [0, 1, 19, 20, 21, 200]) {
			world.classes[2].learners = n;
			world.job = newJob("sync-learners", { class: "8C", total: n, done: Math.floor(n / 2) });
			await open();
			await person.sync("8C");
			await person.dialog.locator("progress").waitFor();
			const large = n >= 20 ? 1 : 0;
			equal(await person.dialog.getByRole("button", { name: "Cancel sync" }).count(), large, `ways to cancel ${n}`);
			const count = person.dialog.locator(".count", { hasText: `${Math.floor(n / 2)} of ${n}` });
			equal(await count.count(), large, `counts of ${n}`);
		}
	});

screen("the Sync Summary has six counts in their colours, those that are zero too", async ({ person, world, open }) => {
	world.rows = [];
	for (const numbers of [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0]]) {
		const [added, already_member, failed, unresolved, removed, removal_failed] = numbers;
		world.job = newJob("sync-learners", { state: "done", added, already_member, failed, unresolved, removed, removal_failed });
		await open();
		await person.sync("8C");
		await person.dialog.locator(".counts").waitFor();
		const lines = await person.dialog.locator(".counts li").all(), seen = [];
		for (const line of lines)
			seen.push([await line.locator("span").innerText(), await line.getAttribute("class"), Number(await line.locator("strong").innerText())]);
		equal(seen, SIX.map(([label, colour], i) => [label, colour, numbers[i]]), "the counts");
	}
});

screen("whoever failed or is unresolved is named in the summary, each under what to do", async ({ person, world, open }) => {
	world.rows = troubled;
	world.job = newJob("sync-learners", { state: "done", failed: 1, unresolved: 3, removal_failed: 1 });
	await open();
	await person.sync("8C");
	await person.dialog.locator(".group").first().waitFor();
	equal((await person.dialog.locator(".group li").allInnerTexts()).length, troubled.length, "names");
	for (const group of await person.dialog.locator(".group").all())
		check((await group.locator(".remedy").innerText()).length > 20, "an action for " + await group.innerText());
});

screen("there is help for each situation of the guide, where it is met", async ({ page, person, world, open }) => {
	await open();
	await page.locator("tbody tr").first().waitFor();
	const topics = { "View in Teams does not open": "press Create Team", "Changes made in Microsoft Teams do not show here": "register says",
		"The Team’s name does not change with the class": "rename the Team in Microsoft Teams",
		"Where are last year’s classes?": "current school year", "When do I have to sync?": "came back are added again",
		"A class stays on Pending": "Wait and refresh", "Something else is wrong": "support ticket" };
	equal(await page.locator(".help summary").count(), Object.keys(topics).length, "topics");
	for (const [topic, words] of Object.entries(topics)) {
		await page.locator(".help summary", { hasText: topic }).click();
		await page.locator(".help details[open]", { hasText: topic }).getByText(words).waitFor();
	}
	world.job = newJob("sync-learners", { class: "8A", total: 31, done: 3 });
	await person.sync("8A");
	await person.dialog.getByText("learners already processed keep their outcome").waitFor();
	world.classes = [];
	await open();
	await page.getByText("No active register class of the current school year").waitFor();
});

screen("who took a class over and may not change its Team is told to ask the colleague who owns it", async ({ person, world, open }) => {
	world.job = newJob("sync-learners", { state: "failed", error_code: "not_permitted", error: "Microsoft does not permit this." });
	await open();
	await person.sync("8C");
	await person.dialog.locator(".notice.bad", { hasText: "ask them to make you an owner of it in Microsoft Teams" }).waitFor();
});

const LINES = [/^Class: 8C$/m, /^Time: \d{4}-\d\d-\d\dT/m, /^Message: \w+: .+/m, /^(Request|Job) id: \S+/m, /^Page: \/staff\//m];

async function copied(view, action, lines, what) {
	await view.getByRole("button", { name: "Copy details" }).waitFor();
	const text = await view.locator("textarea").inputValue();
	for (const line of [new RegExp(`^Action: ${action}$`, "m"), ...lines])
		check(line.test(text), `${line} in the details of ${what}:\n${text}`);
	for (const word of [ADDRESS, "N. Dlamini", "Thabo", "token", "eyJ"])
		check(!text.includes(word), `details without ${word}`);
}

screen("every error can be copied for a support ticket: class, action, time, message and id, no names and no secrets",
	async ({ page, person, world, open }) => {
		const failed = { state: "failed", error_code: "graph_error", error: "Microsoft answered 502." };
		world.job = newJob("sync-learners", { ...failed, class: "8C" });
		await open();
		await person.sync("8C");
		await copied(person.dialog, "sync-learners", LINES, "a sync that failed");
		Object.assign(world.classes[2], { status: "no_team", team_id: "", web_url: "" });
		world.job = newJob("create-team", { ...failed, class: "8C" });
		await open();
		await person.create("8C");
		await copied(person.dialog, "create-team", LINES, "a Team that failed");
		for (const [press, action, again] of [["View Learners", "view-learners"], ["Create Team", "create-team", "Create Team"]]) {
			world.refusal = null;
			await open();
			await person.row("8C").waitFor();
			world.refusal = "not_permitted";
			await person.press("8C", press);
			if (again)
				await person.choose(again);
			await copied(person.dialog, action, LINES, "a request refused: " + press);
		}
		world.refusal = null;
		await open();
		await person.row("8C").waitFor();
		await page.route("**/v1/classes", (route) => route.fulfill({ status: 403, headers: { "X-Request-Id": "00aa11bb22cc33dd" },
			json: { code: "not_permitted", detail: "What the service said." } }));
		await page.getByRole("button", { name: "Refresh" }).click();
		await copied(page.locator(".bar"), "list-classes", LINES.slice(1), "the list");
		world.me.connection = { ...world.me.connection, state: "none" };
		await open("/staff/settings?trouble=unreachable");
		await copied(page.locator(".bar"), "connect", LINES.slice(1, 2), "Microsoft's sign-in");
	});

await tell();
