/* test_settings - the Microsoft Connection, and who gets to see the screens at all. */
import { check, equal, eventually, shownAgain, story, tell } from "./kit.mjs";

const account = (n) => `teacher${n}@school.example`;

// The whole way: Connect or Reconnect, an account of Microsoft's list, and back.
async function connect(person, n = 1, press = "Connect") {
	await person.page.getByRole("button", { name: press, exact: true }).click();
	await person.page.getByRole("link", { name: account(n) }).click();
	await person.page.waitForURL("**/staff/settings#connection");
}

async function state(person, words, colour) {
	await person.page.locator(`.card .pill.${colour}`, { hasText: words }).waitFor();
}

async function delegated(rig) {
	await rig.school("green-hill", { named: { auth: "delegated" } });
}

story("without a link a banner shows the way, and after Microsoft's sign-in Teams are made as that teacher",
	async ({ rig, person, page }) => {
		await delegated(rig);
		await rig.publish(3);
		await person.enter();
		await page.getByText("Your Microsoft account is not linked").waitFor();
		equal(await page.getByRole("button", { name: /^Create Team/ }).count(), 0, "ways to create a Team");
		await page.getByRole("link", { name: "Open Microsoft Connection" }).click();
		await state(person, "Not connected", "grey");
		equal(await page.getByText(account(1)).count(), 0, "addresses shown");
		await connect(person);
		await page.locator(".notice.good", { hasText: "Your Microsoft account is connected." }).waitFor();
		await state(person, "Connected", "green");
		await page.locator(".card").getByText(account(1)).waitFor();
		equal(await page.getByRole("button", { name: /^(Connect|Reconnect)$/ }).count(), 0, "ways to connect");
		await page.reload();
		await state(person, "Connected", "green");
		equal(await page.locator(".notice").count(), 0, "notices after a reload");
		await page.getByRole("link", { name: "Go to My Microsoft Teams" }).click();
		await person.status("8B", "No Team");
		equal(await page.locator(".banner").count(), 0, "banners");
		await person.create("8B");
		await person.title("The Team for 8B is there");
		await person.choose("Sync Learners");
		await person.choose("Sync Learners");
		equal((await person.counts()).Added, 3, "learners added");
	});

story("Disconnect asks first, erases the link and leaves the Teams alone", async ({ rig, person, page }) => {
	await delegated(rig);
	await rig.publish(3);
	await person.enter("/staff/settings");
	await connect(person);
	await rig.run_job("create-team", "8B-2026");
	await page.getByRole("button", { name: "Disconnect" }).click();
	await person.title("Disconnect the Microsoft account?");
	await person.choose("Cancel");
	await state(person, "Connected", "green");
	equal(await page.evaluate(() => document.activeElement.textContent), "Disconnect", "where the focus is");
	await page.getByRole("button", { name: "Disconnect" }).click();
	await person.choose("Disconnect");
	await state(person, "Not connected", "grey");
	await page.locator(".notice.good", { hasText: "Your Teams stay as they are." }).waitFor();
	equal(await page.evaluate(() => document.activeElement.textContent), "The Microsoft account is disconnected. Your Teams stay as they are.",
		"where the focus is");
	equal((await rig.ledger("group_deleted")).length, 0, "Teams that went");
	await page.getByRole("link", { name: "My Microsoft Teams", exact: true }).click();
	await person.status("8B", "Pending");
	await page.locator(".banner").waitFor();
	equal(await page.getByRole("button", { name: /^(Create Team|Sync Learners)/ }).count(), 0, "actions offered");
});

story("a page that is shown again after a while elsewhere knows the connection of now, and whether anybody is signed in",
	async ({ rig, person, page, context, another }) => {
		await delegated(rig);
		await rig.publish(3);
		await person.enter();
		await page.locator(".banner").waitFor();
		const settings = await another(), second = await another();
		await settings.page.goto(rig.url + "/staff/settings");
		await state(settings, "Not connected", "grey");
		await second.page.goto(rig.url + "/staff/settings");
		await connect(second);
		await shownAgain(page);
		await person.row("8B").getByRole("button", { name: "Create Team" }).waitFor();
		equal(await page.locator(".banner").count(), 0, "banners");
		await shownAgain(settings.page);
		await state(settings, "Connected", "green");
		await context.clearCookies();
		await shownAgain(page);
		await page.getByRole("heading", { name: "Sign in through your school’s portal" }).waitFor();
	});

story("a link that Microsoft takes back ends the sync with the reason, and Reconnect brings it back",
	async ({ rig, person, page }) => {
		await delegated(rig);
		await rig.publish(3);
		await person.enter("/staff/settings");
		await connect(person);
		await rig.run_job("create-team", "8B-2026");
		await page.getByRole("link", { name: "My Microsoft Teams", exact: true }).click();
		await person.status("8B", "Pending");
		await rig.control("people", { user: account(1), revoke: true });
		await rig.control("expire_tokens", {});
		await person.sync("8B");
		await person.title("The sync of 8B ended early");
		await page.locator(".banner", { hasText: "Your Microsoft account is not linked" }).waitFor();
		await person.row("8B").getByRole("button", { name: "Sync Learners" }).waitFor({ state: "hidden" });
		await person.dialog.getByText("Microsoft does not accept your account’s link any more.").waitFor();
		await person.dialog.getByRole("button", { name: "Copy details" }).waitFor();
		const details = await person.dialog.locator("textarea").inputValue();
		for (const line of [/^Class: 8B$/m, /^Action: sync-learners$/m, /^Time: \d{4}-\d\d-\d\dT/m, /^Message: relink_required: .+/m, /^Job id: .+/m])
			check(line.test(details), `${line} in the details`);
		check(!/teacher1|Learner|eyJ/.test(details), "details without names, addresses and secrets");
		await person.dialog.getByRole("link", { name: "Open Microsoft Connection" }).click();
		await state(person, "Re-link required", "red");
		await connect(person, 1, "Reconnect");
		await page.locator(".notice.good", { hasText: "connected again" }).waitFor();
		await page.getByRole("link", { name: "My Microsoft Teams", exact: true }).click();
		await person.sync("8B");
		equal((await person.counts()).Added, 3, "learners added");
	});

story("another account than before is announced, and who turns back at Microsoft's changes nothing",
	async ({ rig, person, page }) => {
		await delegated(rig);
		await person.enter("/staff/settings");
		await connect(person);
		await rig.control("people", { user: account(1), revoke: true });
		await rig.publish(2);
		await rig.run_job("create-team", "8B-2026");
		await page.reload();
		await state(person, "Re-link required", "red");
		await page.getByRole("button", { name: "Reconnect" }).click();
		await page.getByRole("link", { name: /cancel/i }).click();
		await page.locator(".notice.bad", { hasText: "You left Microsoft’s sign-in" }).waitFor();
		await state(person, "Re-link required", "red");
		await connect(person, 2, "Reconnect");
		await page.locator(".notice.good", { hasText: "with another Microsoft account than before" }).waitFor();
		await page.locator(".card").getByText(account(2)).waitFor();
	});

story("a school that is connected as a whole needs no link of its teachers", async ({ person, page }) => {
	await person.enter("/staff/settings");
	await state(person, "Connected", "green");
	await page.getByText("connected the whole school").waitFor();
	equal(await page.getByRole("button", { name: /onnect/ }).count(), 0, "buttons for a link");
});

story("without SSO the two screens do not exist", async ({ rig, person, page }) => {
	for (const path of ["/staff/teams", "/staff/settings"]) {
		equal((await person.enter(path, { sso: false })).status(), 404, "status of " + path);
		await page.getByRole("heading", { name: "This page is not available" }).waitFor();
		check(/Request id: [0-9a-f]{16}/.test(await page.locator("pre").innerText()), "details for a ticket");
		equal((await page.goto(rig.url + path)).status(), 401, "status without a ticket");
	}
	equal(await page.evaluate(async () => (await fetch("/v1/classes")).status), 401, "status of the list");
});

story("who is not signed in, or not any more, is told where to sign in, and no running work is lost",
	async ({ rig, person, page, context }) => {
		await rig.publish(3);
		equal((await page.goto(rig.url + "/staff/teams")).status(), 401, "status without a session");
		await page.getByRole("heading", { name: "Sign in through your school’s portal" }).waitFor();
		await person.enter();
		await person.status("8B", "No Team");
		await context.clearCookies();
		await person.create("8B");
		await person.title("Your session has ended");
		await person.choose("Close");
		await person.enter();
		await person.status("8B", "No Team");
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByRole("heading", { name: "Sign in through your school’s portal" }).waitFor();
	});

story("a tab of one school asks for nothing in another that was entered beside it, and shows nothing of it", async ({ rig, person, another }) => {
	await rig.school("far-hill");
	await rig.publish(3);
	await rig.publish(3, { named: { school: "far-hill", name: "8B afar" } });
	await person.enter();
	await person.press("8B", "Create Team");
	const second = await another();
	await second.enter("/staff/teams", { school: "far-hill" });
	await second.status("8B afar", "No Team");
	await person.choose("Create Team");
	await person.title("Your session has ended");
	await person.dialog.locator(".notice", { hasText: "for another school" }).waitFor();
	equal(person.sent, ["POST /v1/jobs"], "what was sent: it was refused, and not sent again");
	await person.choose("Close");
	await person.page.getByRole("button", { name: "Refresh" }).click();
	await person.page.locator(".bar .notice", { hasText: "for another school" }).waitFor();
	equal(await person.page.locator(".name", { hasText: "afar" }).count(), 0, "classes of the other school");
});

story("a tab goes on when the same teacher signs in once more", async ({ rig, person, another }) => {
	await rig.publish(3);
	await person.enter();
	await person.status("8B", "No Team");
	const second = await another();
	await second.enter();
	await second.status("8B", "No Team");
	await person.create("8B");
	await person.title("The Team for 8B is there");
});

story("a tab whose session was over goes on once the same teacher is back", async ({ rig, person, page, context, another }) => {
	await rig.publish(3);
	await person.enter();
	await person.status("8B", "No Team");
	await context.clearCookies();
	const notice = page.locator(".bar .notice"), refresh = page.getByRole("button", { name: "Refresh" });
	await refresh.click();
	await notice.getByText("Nobody is signed in here any more").waitFor();
	const second = await another();
	await second.enter();
	await second.status("8B", "No Team");
	await refresh.click();
	await notice.waitFor({ state: "detached" });
});

story("a teacher whose portal speaks Afrikaans reads Afrikaans everywhere", async ({ rig, person, page }) => {
	await rig.publish(1200, { named: { id: "8B-2026" } });
	await person.enter("/staff/teams", { lang: "af" });
	equal(await page.locator("html").getAttribute("lang"), "af", "the page's language");
	await page.getByRole("button", { name: /^Skep Team/ }).click();
	await person.title("Skep ’n Team vir 8B?");
	await person.choose("Kanselleer");
	await page.locator(".number", { hasText: /1\s200/ }).waitFor();
	await page.getByRole("link", { name: "My gebruikerinstellings" }).click();
	await page.getByRole("heading", { name: "Microsoft-verbinding" }).waitFor();
});

story("who has no language from the portal reads that of the browser", { browser: { locale: "af-ZA" } },
	async ({ rig, person, page }) => {
		await page.goto(rig.url + "/staff/teams");
		await page.getByRole("heading", { name: "Teken aan deur jou skool se portaal" }).waitFor();
		await person.enter();
		await page.getByRole("heading", { name: "Geen registerklasse nie" }).waitFor();
	});

story("what a page loads is kept for ever, and the page itself is asked for and is the same", async ({ person, page }) => {
	await person.enter();
	await page.locator(".empty").waitFor();
	const seen = [];
	page.on("response", (response) => seen.push([new URL(response.url()).pathname.replace(/\.[0-9a-f]{12}\./, ".*."), response.status()]));
	await page.goto(page.url());
	await page.locator(".empty").waitFor();
	await eventually(() => seen.some(([path]) => path === "/v1/classes"), "the list");
	const sizes = await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.includes("/assets/"))
		.map((e) => [e.name.split("/").pop().replace(/\.[0-9a-f]{12}\./, ".*."), e.transferSize]));
	for (const [name, bytes] of sizes)
		equal(bytes, 0, "bytes that came for " + name);
	check(sizes.some(([name]) => name === "teams.en.*.js"), "the script was looked for");
	const first = await page.evaluate(() => fetch("/staff/teams", { cache: "no-store" }).then((a) => [a.status, a.headers.get("Cache-Control"), a.headers.get("ETag")]));
	equal(first.slice(0, 2), [200, "private, no-cache"], "the page");
	equal(await page.evaluate((tag) => fetch("/staff/teams", { cache: "no-store", headers: { "If-None-Match": tag } })
		.then((a) => a.status), first[2]), 304, "the page once more");
});

await tell();
