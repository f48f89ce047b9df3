// Starts an emulator with TLS, which public clients insist on, and counts what holds.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const world = join(here, "..", "emulator_checks", "world.json");
export const tenant = "22222222-2222-2222-2222-222222222222";
export const app = "11111111-1111-1111-1111-111111111111";
export const secret = "demo-secret";

let passed = 0, failed = 0;

export async function check(sentence, run) {
	try {
		await run();
		passed++;
		console.log("ok    " + sentence);
	} catch (why) {
		failed++;
		console.log(`FAIL  ${sentence}\n      ${why.stack ?? why}`);
	}
}

function certify(folder) {
	execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
		"-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "2",
		"-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")], { stdio: "ignore" });
}

// Node reads NODE_EXTRA_CA_CERTS at its start only: the script runs itself again with it.
function runAgain(script) {
	const folder = mkdtempSync(join(tmpdir(), "emulator-npm-"));
	certify(folder);
	const child = spawnSync(process.execPath, [script, ...process.argv.slice(2)], {
		stdio: "inherit",
		env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "cert.pem"), EMULATOR_FOLDER: folder },
	});
	rmSync(folder, { recursive: true });
	process.exit(child.status ?? 1);
}

// Runs checks(base, folder) against an emulator of its own; worldOf(folder) names its world.
export async function main(script, checks, worldOf = () => world) {
	if (process.argv.length < 3) {
		console.error("usage: node " + script + " PATH-TO-rollcall-emulator");
		process.exit(2);
	}
	const folder = process.env.EMULATOR_FOLDER;
	if (!folder)
		runAgain(script);
	const emulator = spawn(process.argv[2], ["--listen", "127.0.0.1:0", "--world", worldOf(folder),
		"--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem")]);
	emulator.stderr.pipe(process.stderr);
	const lines = createInterface({ input: emulator.stdout });
	const [first] = await Promise.race([
		new Promise((found) => lines.once("line", (line) => found([line]))),
		new Promise((_, lost) => emulator.once("exit", () => lost(new Error("the emulator did not start")))),
	]);
	await checks(first.split(" ").pop(), folder);
	emulator.kill("SIGTERM");
	await new Promise((gone) => emulator.once("exit", gone));
	console.log(`${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

export async function control(base, path, body) {
	const answer = await fetch(base + "/_emulator/" + path, body === undefined ? {}
		: { method: "POST", body: JSON.stringify(body) });
	return answer.json();
}
