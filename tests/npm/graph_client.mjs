// Microsoft's own Graph client for JavaScript, against the emulator: what a portal's
// developer would write first.
//
//	node tests/npm/graph_client.mjs PATH-TO-rollcall-emulator
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator, ResponseType }
	from "@microsoft/microsoft-graph-client";
import { app, check, control, main, secret, tenant } from "./kit.mjs";

const person = (who, ...roles) => ({
	"@odata.type": "#microsoft.graph.aadUserConversationMember",
	roles,
	"user@odata.bind": `https://graph.microsoft.com/v1.0/users('${who}')`,
});

async function token(base) {
	const answer = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, {
		method: "POST",
		body: new URLSearchParams({
			grant_type: "client_credentials", client_id: app, client_secret: secret,
			scope: "https://graph.microsoft.com/.default",
		}),
	});
	assert.equal(answer.status, 200);
	return (await answer.json()).access_token;
}

async function checks(base) {
	const access = await token(base);
	const client = Client.init({
		baseUrl: base + "/",
		customHosts: new Set(["127.0.0.1"]),
		authProvider: (done) => done(null, access),
	});
	let team, operation;

	await check("a learner is found by e-mail", async () => {
		const found = await client.api("/users").filter("mail eq 'learner001@school.example'")
			.select(["id", "mail"]).get();
		assert.deepEqual(found.value.map((u) => u.mail), ["learner001@school.example"]);
	});

	await check("an address with an apostrophe is found", async () => {
		const found = await client.api("/users").filter("mail eq 's.o''brien@school.example'").get();
		assert.equal(found.value.length, 1);
	});

	await check("nobody by that key is a GraphError with code and status", async () => {
		await assert.rejects(client.api("/users/nobody@school.example").get(), (why) =>
			why instanceof GraphError && why.statusCode === 404 && why.code === "Request_ResourceNotFound" &&
			why.requestId.length === 36);
	});

	await check("advanced queries work with header and count", async () => {
		const found = await client.api("/users").header("ConsistencyLevel", "eventual").count(true)
			.filter("endswith(mail,'@school.example')").top(5).get();
		assert.equal(found.value.length, 5);
		assert.ok(found["@odata.count"] > 200);
	});

	await check("the page iterator walks through everybody once", async () => {
		const first = await client.api("/users").select("id").get();
		const seen = new Set();
		await new PageIterator(client, first, (user) => {
			seen.add(user.id);
			return true;
		}).iterate();
		assert.equal(seen.size, 264);
	});

	await check("a team is created with 202, Location and Content-Location", async () => {
		const answer = await client.api("/teams").responseType(ResponseType.RAW).post({
			"template@odata.bind": "https://graph.microsoft.com/v1.0/teamsTemplates('educationClass')",
			displayName: "8B Maths", description: "marker", members: [person("teacher@school.example", "owner")],
		});
		assert.equal(answer.status, 202);
		operation = answer.headers.get("Location");
		team = answer.headers.get("Content-Location").slice("/teams('".length, -2);
	});

	await check("its operation is polled until it has succeeded", async () => {
		assert.equal((await client.api(operation).get()).status, "notStarted");
		await control(base, "clock", { advance_ms: 31000 });
		assert.equal((await client.api(operation).get()).status, "succeeded");
		assert.equal((await client.api(`/teams/${team}`).get()).displayName, "8B Maths");
	});

	await check("learners are added in one call, each with an outcome", async () => {
		const answer = await client.api(`/teams/${team}/members/add`).post({
			values: ["learner001@school.example", "nobody@school.example", "learner002@school.example"]
				.map((who) => person(who)),
		});
		assert.deepEqual(answer.value.map((r) => r.error?.code ?? null), [null, "NotFound", null]);
	});

	await check("one more is added and comes back as a member", async () => {
		const member = await client.api(`/teams/${team}/members`).post(person("learner003@school.example"));
		assert.equal(member.email, "learner003@school.example");
	});

	await check("the member list has owner and learners", async () => {
		const list = await client.api(`/teams/${team}/members`).top(999).get();
		assert.deepEqual(list.value.map((m) => [m.email, m.roles[0]]), [["teacher@school.example", "owner"],
			["learner001@school.example", undefined], ["learner002@school.example", undefined],
			["learner003@school.example", undefined]]);
	});

	await check("learners are removed, in bulk and one by one", async () => {
		await control(base, "clock", { advance_ms: 5000 });
		await client.api(`/teams/${team}/members/remove`).post({ values: [person("learner001@school.example")] });
		const list = (await client.api(`/teams/${team}/members`).get()).value;
		await control(base, "clock", { advance_ms: 5000 });
		await client.api(`/teams/${team}/members/${list.at(-1).id}`).delete();
		assert.deepEqual((await client.api(`/teams/${team}/members`).get()).value.map((m) => m.email),
			["teacher@school.example", "learner002@school.example"]);
	});

	await check("a batch made by the client's own helper is answered entry by entry", async () => {
		const batch = new BatchRequestContent([1, 2, 3].map((n) => ({
			id: String(n),
			request: new Request(`${base}/v1.0/users?$filter=${encodeURIComponent(
				`mail eq 'learner00${n}@school.example'`)}&$select=mail`, { method: "GET" }),
		})));
		const content = await batch.getContent();
		for (const one of content.requests)	// the helper expects graph.microsoft.com in front
			one.url = one.url.slice(one.url.indexOf("/users"));
		const answers = new BatchResponseContent(await client.api("/$batch").post(content));
		for (const n of [1, 2, 3]) {
			const body = await answers.getResponseById(String(n)).json();
			assert.equal(body.value[0].mail, `learner00${n}@school.example`);
		}
	});

	await check("the client waits for Retry-After and tries again by itself", async () => {
		await control(base, "scenario", [{ match: { path: "/organization", nth: 1 },
			do: { status: 429, retry_after: 1 } }]);
		const start = Date.now();
		assert.equal((await client.api("/organization").get()).value.length, 1);
		assert.ok(Date.now() - start >= 1000);
		assert.equal((await control(base, "stats")).early_retries, 0);
	});

	await check("an expired token is a GraphError 401", async () => {
		await control(base, "expire_tokens", {});
		await assert.rejects(client.api("/users").get(), (why) =>
			why.statusCode === 401 && why.code === "InvalidAuthenticationToken");
	});
}

await main(fileURLToPath(import.meta.url), checks);
