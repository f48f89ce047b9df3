/*
 * looks_world - what the service answers while looks are looked at: a school in which everything
 * is the case at once. The pages, their headers and their files are the real ones.
 */
const DAY_MS = 86400000, NOW = Date.UTC(2026, 10, 22, 8, 42);
const LINK = "https://teams.microsoft.com/l/team/x?groupId=1&tenantId=2";

function oneClass(id, more) {
	return { id, name: id, year: "2026", kind: "registration", learners: 12, status: "no_team", synced: 0, failed: 0,
		unresolved: 0, last_sync_at: 0, last_job: "", last_sync_job: "", team_id: "", web_url: "", note: "", job: null, ...more };
}

const team = { team_id: "t", web_url: LINK };

export function newWorld() {
	return {
		refusal: null, job: null, rows: [],
		me: { id: "staff-1", name: "N. Dlamini", school: { id: "green-hill", name: "Green Hill" }, language: "en",
			admin: false, csrf: "token", workers_online: true,
			connection: { state: "connected", mode: "delegated", email: "n.dlamini@green-hill.example", since: NOW - 11 * DAY_MS } },
		classes: [
			oneClass("8A", { ...team, learners: 31, status: "active", synced: 31, last_sync_at: NOW - DAY_MS, last_sync_job: "j" }),
			oneClass("8B", { ...team, learners: 34, status: "failed", synced: 29, failed: 3, unresolved: 2, last_sync_at: NOW - 10 * DAY_MS, last_sync_job: "j" }),
			oneClass("8C", { ...team, status: "pending" }),
			oneClass("9 <b>Blou</b> & ‘Sê’", { learners: 1 }),
			oneClass("10D", { learners: 28, note: "the Team was deleted in Microsoft 365" }),
			oneClass("11E with a name that is as long as the school’s secretary had patience for", { ...team, learners: 40, status: "active", synced: 38, unresolved: 2, last_sync_at: NOW - 99 * DAY_MS }),
		],
		learners: [["Thabo Mokoena", "synced", ""], ["Lerato Nkosi", "failed", "add_failed"],
			["Anneke van der Merwe", "not_synced", "no_email"], ["Sipho Dube", "not_synced", "no_account"],
			["Zoë O’Brien <script>", "pending", ""], ["Pieter Botha", "not_synced", "removed_locally"]]
			.map(([name, status, reason], i) => ({ id: "L" + i, name, status, reason, reason_label: "", remedy: "",
				email: reason === "no_email" ? "" : `learner${i}@green-hill.example` })),
	};
}

export function newJob(type, more) {
	return { id: "j", type, class: "8B", requested_by: "staff-1", state: "running", phase: "Adding learners", message: "",
		error: "", error_code: "", done: 0, total: 0, added: 0, already_member: 0, failed: 0, unresolved: 0, removed: 0,
		removal_failed: 0, rev: 1, queued_at: NOW, eta_ms: null, place: null, workers_online: true, ...more };
}

export const troubled = [["Lerato Nkosi", "failed", "add_failed", "Microsoft said 502"], ["Anneke van der Merwe", "unresolved", "no_email", ""],
	["Sipho Dube", "unresolved", "no_account", ""], ["Zoë <img src=x onerror=alert(1)>", "unresolved", "no_account", ""],
	["Former Learner", "removal_failed", "remove_failed", ""]].map(([name, outcome, reason, detail], i) =>
	({ learner: "L" + i, name, email: `learner${i}@green-hill.example`, outcome, reason, detail }));

export const held = Array.from({ length: 9 }, (_, i) => ({ learner: i < 7 ? "L" + i : "", name: "Learner " + i,
	email: `learner${i}@green-hill.example`, outcome: "held", reason: i < 7 ? "left_class" : "added_by_hand", detail: "" }));

// Answers the page's calls out of the world; a job does not move until the story moves it.
export async function answerFrom(world, page) {
	const json = (route, body, status = 200) => route.fulfill({ status, json: body, headers: { "X-Request-Id": "00aa11bb22cc33dd" } });
	await page.route("**/v1/**", async (route) => {
		const request = route.request(), { pathname, searchParams } = new URL(request.url());
		if (world.refusal)
			return json(route, { code: world.refusal, detail: "What the service said.", status: 503, request_id: "00aa11bb22cc33dd" },
				world.refusal === "session" ? 401 : 503);
		if (pathname === "/v1/me")
			return json(route, world.me);
		if (pathname === "/v1/connection")
			return request.method() === "DELETE" ? route.fulfill({ status: 204 }) : json(route, { location: "about:blank" });
		if (pathname === "/v1/classes")
			return json(route, { classes: world.classes });
		if (/\/classes\/.*\/learners$/.test(pathname))
			return json(route, { learners: world.learners });
		if (/\/jobs\/.*\/learners$/.test(pathname))
			return json(route, { learners: world.rows });
		const seen = Number(searchParams.get("rev"));
		while (searchParams.has("wait") && world.job.rev === seen && !page.isClosed())
			await new Promise((resolve) => setTimeout(resolve, 20));
		return json(route, world.job).catch(() => {});
	});
}
