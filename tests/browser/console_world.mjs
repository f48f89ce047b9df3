/*
 * console_world - what the service answers while the console's looks are looked at: a school in
 * which everything is the case at once. The pages, their headers and their files are the real ones.
 */
import { newJob } from "./looks_world.mjs";

const DAY_MS = 86400000, NOW = Date.UTC(2026, 10, 22, 5, 42);
const GUID = "0f5a3c0e-1111-4222-8333-444455556666";
const LONG = "Year 10 Combined Science Foundation Tier Intervention Group B";

const no = { create: false, resync: false, delete: false, preview: false, approve: false, adopt: false, restore: false, close: false };
const there = { ...no, resync: true, delete: true, preview: true, close: true };

function oneGroup(id, more) {
	return { id, group: id, name: id, kind: "registration", year: "2026", learners: 28, teachers: [], in_microsoft: false, is_team: false,
		display_name: "", mail_nickname: "", address: "", description: "", status: "no_team", label: "No Team", colour: "grey", synced: 0, failed: 0,
		unresolved: 0, total: 0, lifetime: "", lifetime_over: false, made_by: "", made_at: 0, archived_at: 0, last_sync_at: 0, last_job: "", team_id: "",
		web_url: "", note: "", starts: "2026-09-01", ends: "2027-07-31", is_active: true, is_mine: false, job: null,
		actions: { ...no, create: true, adopt: true }, why: "", ...more };
}

function made(id, more) {
	const base = id.replaceAll("/", "").replaceAll(" ", "-");
	return oneGroup(id, { in_microsoft: true, is_team: true, display_name: `${base}_Class [1234567][2026]`, address: `${base}.class.1234567.2026@school.example`,
		status: "active", colour: "green", synced: 28, last_sync_at: NOW, last_job: "j", team_id: GUID, made_at: NOW - 60 * DAY_MS,
		web_url: "https://teams.microsoft.com/l/team/x?groupId=1&tenantId=2", lifetime: "2027-07-31", actions: there, ...more });
}

const settings = { kinds: ["registration"], identifier: "1234567", identifier_chosen: null, identifier_locked: true, dfe_code: "1234567",
	extra_owners: [{ id: "admin-1", name: "A. Botha", email: "a.botha@school.example" }], target: "team", naming: "rule", night: "nightly",
	night_at: "02:00", zone: "Africa/Johannesburg", quiet: ["sat", "2026-12-25"], opens: "2026-09-01", grace_days: 3, domain_map: { "mis.example": "school.example" },
	exclude: { names: ["BUSY:*"], kinds: [], grades: [] }, staff_domain: "", student_domain: "school.example", default_domain: "school.example", names_read_at: NOW };

const may = { setup: true, identifier: true, consent: true, names: true, report: true, drift: true, matches: true, history: true, year: true,
	create: true, resync_any: true, delete: true };

const lines = [["8B", { state: "failed", code: "team_locked", why: "", remedy: "" }], ["7A", { state: "done", made: true, added: 31 }],
	["2S/DT1", { state: "done", added: 1, removed: 2 }], ["9 Sê", { state: "done", unresolved: 2, added: 3 }], ["11E", { state: "done", already_member: 30 }]]
	.map(([name, more]) => ({ class: name, name, made: false, state: "done", code: "", why: "", remedy: "", added: 0, removed: 0, failed: 0, unresolved: 0,
		already_member: 0, removal_failed: 0, held: 0, job: "j", type: "sync-learners", at: NOW, ...more }));
const run = { id: "r1", kind: "night", state: "done", started_at: NOW - 3 * 3600000, finished_at: NOW - 2.9 * 3600000, classes: 214, made: 1, changed: 3,
	failed: 1, held: 1, unresolved: 2, skipped: 0, added: 35, removed: 2, members: 4200, leavers: 16, dry_run: false, braked: false, by: "", job: "j" };
const held = { class: "10D", name: "10D", made: false, state: "failed", code: "removals_need_approval", why: "14 of 28 members would be taken out.", remedy: "",
	added: 0, removed: 0, failed: 0, unresolved: 0, already_member: 14, held: 14, job: "held" };

const events = ["added", "removed", "unresolved", "removed_by_hand", "class_created", "approved", "imported"].map((what, i) => ({ id: `${i}-0`,
	at: NOW - i * DAY_MS, class: "8B", group: "8B", learner: i < 4 ? "L" + i : "", name: i < 4 ? ["Thabo Mokoena", "Zoë <b>O’Brien</b>", "", "Lerato Nkosi"][i] : "",
	what, label: what, reason: ["", "left_class", "no_account"][i] || "", detail: "", by: i > 3 ? "staff-1" : "", run: "r1", job: "j", user_id: i === 3 ? GUID : "" }));
const exception = { user_id: "u2", kind: "until", until: "2026-12-24", by: "staff-1", at: NOW, name: "Learning Assistant" };
const drift = [["added", "Learning Assistant", exception], ["removed", "Thabo Mokoena", null], ["owner_added", "P. Naidoo", null], ["renamed", "8B – Mrs Dlamini", null]]
	.map(([what, name, one], i) => ({ class: "8B", group: "8B", user_id: "u" + i, what, name, learner: what === "removed" ? "L0" : "", at: NOW, job: "j", became: what === "removed" ? "reverted" : "", exception: one }));

const students = [["Thabo Mokoena", "synced", ""], ["Lerato Nkosi", "failed", "add_failed"], ["Anneke van der Merwe", "not_synced", "no_email"],
	["Zoë O’Brien <script>", "pending", ""]].map(([name, status, reason], i) => ({ id: "L" + i, name, status, reason, reason_label: "", remedy: "", user_id: "",
	at: NOW, email: reason === "no_email" ? "" : `learner${i}@school.example`, from: i === 3 ? "2026-11-30" : "", until: "" }));
const teachers = [{ id: "staff-1", name: "N. Dlamini", email: "n.dlamini@school.example", primary: true, owner: true },
	{ id: "staff-2", name: "P. Naidoo", email: "p.naidoo@school.example", primary: false, owner: false }];

export function newConsole() {
	return {
		refusal: null, rows: [],
		me: { id: "staff-1", name: "A. Botha", school: { id: "green-hill", name: "Green Hill" }, language: "en", admin: true, roles: ["administrator"],
			csrf: "token", workers_online: true, connection: { state: "connected", mode: "app", email: "" } },
		desk: { school: { id: "green-hill", name: "Green Hill", current_year: "2026" }, role: "super_admin",
			consent: { granted: true, at: NOW, tenant_id: "t", why: "", permissions: [{ name: "Team.Create", why: "makes the Team of a class" },
				{ name: "New.Permission", why: "does something new" }] },
			source: { kinds: ["year", "registration", "teaching"], word: "", accepted_at: NOW, by: "mis", format: "oneroster", import: "i", classes: 214, users: 900, enrolments: 5400 },
			settings: structuredClone(settings), last_run: null, groups: { total: 214, in_microsoft: 120 }, may: { ...may } },
		groups: [made("8B", { failed: 3, status: "failed", colour: "orange", unresolved: 2, teachers, students, drift: drift.slice(0, 2), exceptions: [exception], history: events }),
			made("2S/DT1", { kind: "teaching", is_team: false, web_url: "" }), oneGroup("9 <b>Sê</b>", {}),
			oneGroup("10 no owner", { actions: { ...no }, why: "no_owner" }), oneGroup("13", { kind: "year", actions: { ...no }, why: "year_not_from_mis" }),
			made(LONG, { lifetime: "2026-07-31", lifetime_over: true, actions: { ...there, approve: true } }),
			oneGroup("7C", { job: { id: "j", type: "create-team", state: "running", phase: "", done: 0, total: 0, rev: 1 }, actions: { ...no }, why: "running" }),
			oneGroup("6A", { note: "the Team was deleted in Microsoft 365", actions: { ...no, create: true, restore: true } })],
		job: null,
		report: { run: { ...run, lines }, decided: false, needs_approval: [held], lifetimes_over: [{ class: LONG, group: LONG, lifetime: "2026-07-31" }] },
		runs: { runs: [run, { ...run, id: "r0", kind: "manual", state: "held", braked: true, dry_run: true, by: "staff-1" }] },
		names: { identifier: "1234567", default_domain: "school.example", policy_read_at: NOW, counts: { groups: 4, collisions: 1, cut: 1, refused: 1 },
			names: [["5L", "5L", "ok", "", []], ["Sê", "Se", "ok", "letters", []], [LONG, "Year-10-Combined-Science-Foundation-Ti-a1b2c3", "ok", "cut", []],
				["Se", "Se-2", "refused", "number", ["Sê"]]].map(([group, base, verdict, changed_by, collides_with]) => ({ id: group, group, kind: "teaching", year: "2026",
				display_name: `${group}_Class [1234567][2026]`, display_length: 24, nickname: `${base}.class.1234567.2026`, nickname_length: base.length + 19,
				address: `${base}.class.1234567.2026@school.example`, stored: group === "5L", changed_by, collides_with, verdict,
				problem: verdict === "refused" ? "The tenant does not allow the word Se in a name." : "" })) },
		drift: { drift }, events: { events, next: "more" },
		matches: { learners: 600, matched: 596, unresolved: 1, untried: 3, share: 0.993, people: [{ learner: "L9", name: "Sipho Dube", email: "s.dube@mis.example", reason: "no_account",
			reason_label: "", remedy: "", classes: [{ id: "8B", group: "8B" }, { id: "2S/DT1", group: "2S/DT1" }] }],
		overrides: [{ learner: "L8", name: "Zoë O’Brien", user_id: "", address: "zoe@school.example", by: "staff-1", at: NOW }] },
		year: { current_year: "2027", ends: [made("8A", {}), made("8C", { archived_at: NOW })].map((g) => ({ ...g,
			actions: { archive: !g.archived_at, rename: !g.archived_at, remove_learners: !g.archived_at } })), starts: [oneGroup("9A", { year: "2027" })] },
	};
}

export const roster = { school: "green-hill", import: "", verdict: "checked", why: "", format: "OneRoster 1.1", system: "Example MIS", delta: false,
	read: { orgs: 1, classes: 214, users: 900, learners: 800, enrolments: 5400, rows: 6600, bytes: 900000 }, groups: { registration: 30, teaching: 180, year: 5, members: 5400 },
	left_out: { other_schools: 0, other_years: 12, excluded: 3, not_extracted: 0, disabled: 4 }, changes: { new: 2, changed: 14, gone: 1, same: 197, unusable: 1, kept: 3 },
	faults: { refused: 0, errors: 1, warnings: 1, notes: 0, kinds: [], faults: [
		{ level: "error", word: "unknown_user", file: "enrollments.csv", row: 4711, column: "userSourcedId", value: "a-very-long-identifier-0f5a3c0e-1111-4222-8333-444455556666",
			what: "No user has this id.", remedy: "Send the user in users.csv, or leave the enrolment out." },
		{ level: "warning", word: "bad_email", file: "users.csv", row: 12, column: "email", value: "zoë at school", what: "This is no address.", remedy: "Correct it in the MIS." }] } };

export const planned = [["Thabo Mokoena", "added", ""], ["Zoë <img src=x onerror=alert(1)>", "removed", "left_class"], ["Learning Assistant", "removed", "added_by_hand"],
	["Sipho Dube", "unresolved", "no_account"], ["Anneke van der Merwe", "already_member", ""], ["Lerato Nkosi", "already_member", ""]]
	.map(([name, outcome, reason], i) => ({ learner: "L" + i, name, email: `learner${i}@school.example`, outcome, reason, detail: "dry_run" }));

export const queue = { now: NOW, workers_online: true, workers: 4, inbox: 12, bad: 1,
	counts: { queued: 1480, waiting: 37, running: 24, dead: 2, done: 812345, failed: 911, cancelled: 40 },
	paused: [{ what: "school:green-hill", since: NOW, by: "op" }], age_limits_ms: [5, 10, 20, 40, 80, 160, 320].map((minutes) => minutes * 60000),
	ages_of_the_first: 100, oldest_ms: 754000, per_minute: { over_ms: 300000, done: 1204.2, failed: 0.4, cancelled: 0 },
	schools: ["green-hill", "a-school-with-a-name-that-goes-on-and-on"].map((school, i) => ({ school, ready: 700 * (i + 1), running: 6, outside: i * 90,
		first_queued_at: NOW - 754000, ages: [70, 20, 10, 0, 0, 0, 0, 0] })) };

const ANSWERS = { "/v1/me": "me", "/v1/console": "desk", "/v1/console/report": "report", "/v1/console/runs": "runs", "/v1/console/names": "names",
	"/v1/console/drift": "drift", "/v1/console/history": "events", "/v1/console/matches": "matches", "/v1/console/year": "year" };

// Answers the page's calls out of the world; a job does not move until the story moves it.
export async function answerConsole(world, page) {
	const json = (route, body, status = 200) => route.fulfill({ status, json: body, headers: { "X-Request-Id": "00aa11bb22cc33dd" } }).catch(() => {});
	world.sent = [];
	await page.route("**/v1/**", async (route) => {
		const request = route.request(), { pathname, searchParams } = new URL(request.url()), at = decodeURIComponent(pathname);
		if (request.method() !== "GET")
			world.sent.push([request.method(), at, at.startsWith("/v1/rosters/") ? null : request.postDataJSON()]);
		if (world.refusal && at !== "/v1/me" && at !== "/v1/console")
			return json(route, { code: world.refusal, detail: "What the service said.", request_id: "00aa11bb22cc33dd" }, world.status || 409);
		if (request.method() === "GET" && ANSWERS[at])
			return json(route, world[ANSWERS[at]]);
		if (at === "/v1/queue")
			return world.queue ? json(route, world.queue) : json(route, { code: "not_signed_in" }, 401);
		if (at === "/v1/console/settings")
			return json(route, { settings: { ...world.desk.settings, ...request.postDataJSON(), identifier_locked: true } });
		if (at === "/v1/console/consent")
			return json(route, { location: "about:blank" });
		if (at === "/v1/console/year")
			return json(route, { jobs: request.postDataJSON().classes.map((id) => ({ class: id, id: "j" })) }, 202);
		if (at.startsWith("/v1/rosters/"))
			return json(route, world.roster.verdict === "held" ? { code: "roster_held", detail: "", report: world.roster } : world.roster,
				world.roster.verdict === "held" ? 422 : 202);
		if (at === "/v1/console/runs" && request.method() === "POST")
			return json(route, world.job, 202);
		if (at.startsWith("/v1/console/runs/"))
			return json(route, { ...world.report.run, id: at.split("/").at(-1) });
		if (at.startsWith("/v1/console/matches/"))
			return json(route, { overrides: [] });
		if (at === "/v1/console/groups") {
			const q = (searchParams.get("q") || "").toLowerCase(), kind = searchParams.get("kind"), state = searchParams.get("state");
			const some = world.groups.filter((g) => g.group.toLowerCase().includes(q) && (!kind || g.kind === kind) && (!state || state === "all" || g.in_microsoft === (state === "in")));
			return json(route, { groups: some, next: "", total: some.length });
		}
		if (/^\/v1\/console\/jobs\/.*\/learners$/.test(at))
			return json(route, { learners: world.rows });
		if (at.startsWith("/v1/console/jobs/")) {
			const seen = Number(searchParams.get("rev"));
			while (searchParams.has("wait") && world.job.rev === seen && !page.isClosed())
				await new Promise((resolve) => setTimeout(resolve, 20));
			return json(route, world.job);
		}
		const group = world.groups.find((g) => at.startsWith("/v1/console/groups/" + g.id));
		if (group && request.method() === "GET")
			return json(route, { students: [], members_hidden: false, drift: [], exceptions: [], history: [], ...group });
		return at.endsWith("/exceptions") ? json(route, { exceptions: [] }) : json(route, world.job, 202);
	});
}

export function consoleJob(more) {
	return newJob("sync-learners", { rev: 1, ...more });
}
