// Microsoft's own sign-in library for Node, against the emulator's token service.
//
//	node tests/npm/sign_in_client.mjs PATH-TO-rollcall-emulator
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfidentialClientApplication, CryptoProvider, InteractionRequiredAuthError, ServerError }
	from "@azure/msal-node";
import { app, check, control, main, secret, tenant, world } from "./kit.mjs";

const scopes = ["https://graph.microsoft.com/.default"];
const redirectUri = "https://portal.example/back";

// The world of the checks, with a certificate for the app.
function worldOf(folder) {
	const made = JSON.parse(readFileSync(world, "utf8"));
	made.apps[0].certificate_file = join(folder, "cert.pem");
	const path = join(folder, "world.json");
	writeFileSync(path, JSON.stringify(made));
	return path;
}

async function checks(base, folder) {
	const host = new URL(base).host;
	const connect = (credentials, authority = tenant) => new ConfidentialClientApplication({
		auth: { clientId: app, authority: `${base}/${authority}`, knownAuthorities: [host], ...credentials },
	});
	const withSecret = () => connect({ clientSecret: secret });

	await check("a secret gives an app-only token that Graph accepts", async () => {
		const got = await withSecret().acquireTokenByClientCredential({ scopes });
		assert.equal(got.tokenType, "Bearer");
		const answer = await fetch(base + "/v1.0/users?$top=1",
			{ headers: { Authorization: "Bearer " + got.accessToken } });
		assert.equal(answer.status, 200);
	});

	await check("the token is cached: the second one costs no request", async () => {
		const client = withSecret();
		const before = (await control(base, "stats")).token_requests;
		await client.acquireTokenByClientCredential({ scopes });
		await client.acquireTokenByClientCredential({ scopes });
		assert.equal((await control(base, "stats")).token_requests, before + 1);
	});

	await check("a certificate gives one as well", async () => {
		const pem = readFileSync(join(folder, "cert.pem"), "utf8");
		const thumbprintSha256 = createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
		const client = connect({ clientCertificate: {
			thumbprintSha256, privateKey: readFileSync(join(folder, "key.pem"), "utf8") } });
		assert.ok((await client.acquireTokenByClientCredential({ scopes })).accessToken);
	});

	await check("a wrong secret is invalid_client 7000215", async () => {
		await assert.rejects(connect({ clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes }),
			(why) => why instanceof ServerError && why.errorCode === "invalid_client" &&
				why.message.includes("7000215"));
	});

	await check("a teacher signs in with PKCE, and is known by oid and tid", async () => {
		const client = withSecret();
		const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
		const asked = { scopes: ["User.Read", "Team.Create"], redirectUri };
		const url = await client.getAuthCodeUrl({ ...asked, state: "s1", loginHint: "teacher@school.example",
			codeChallenge: challenge, codeChallengeMethod: "S256" });
		const page = await fetch(url, { redirect: "manual" });
		const back = new URL(page.headers.get("Location"));
		assert.equal(back.searchParams.get("state"), "s1");
		const got = await client.acquireTokenByCode({ ...asked, code: back.searchParams.get("code"),
			codeVerifier: verifier });
		assert.equal(got.account.username, "teacher@school.example");
		assert.equal(got.tenantId, tenant);

		await control(base, "expire_tokens", {});
		const again = await client.acquireTokenSilent({ account: got.account, scopes: ["User.Read"],
			forceRefresh: true });
		assert.notEqual(again.accessToken, got.accessToken);

		await control(base, "people", { user: "teacher@school.example", revoke: true });
		await assert.rejects(client.acquireTokenSilent({ account: got.account, scopes: ["User.Read"],
			forceRefresh: true }), (why) => why instanceof InteractionRequiredAuthError);
	});
}

await main(fileURLToPath(import.meta.url), checks, worldOf);
