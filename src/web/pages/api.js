/*
 * api - asking rollcall-web. What goes wrong comes as a Trouble: a fixed word, the sentence
 * that the service had for it, and the request's id for a support ticket.
 */

export class Trouble extends Error {
	constructor(code, more = {}) {
		super(more.detail || "");
		this.code = code;
		this.status = more.status || 0;
		this.request = more.request || "";
		this.job = more.job || "";
		this.report = more.report || null;
	}

	// The network or the service is away for a while: asking again may help.
	get passes() {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}
}

let token = "", key = "", whose = null;

// Asks as a program, with its key, from here on.
export function useKey(text) {
	key = text;
}

// A page is of one person in one school for as long as it is open. Whoever signs in beside it in
// the same browser does nothing with it, and it shows nothing of theirs: its session is over.
export async function whoAmI() {
	const me = await ask("GET", "/v1/me"), who = JSON.stringify([me.id, me.school.id]);
	if (whose !== null && who !== whose)
		throw new Trouble("session", { status: 401 });
	whose = who;
	token = me.csrf;
	return me;
}

async function troubleOf(answer) {
	const request = answer.headers.get("X-Request-Id") || "";
	const problem = await answer.json().catch(() => ({}));
	return new Trouble(answer.status === 401 ? "session" : problem.code || "other",
		{ status: answer.status, detail: problem.detail, report: problem.report, request: problem.request_id || request });
}

async function send(method, path, body, { accept = "application/json", within_ms = 15000 } = {}) {
	const headers = { Accept: accept };
	if (token && path !== "/v1/me")
		headers["X-CSRF-Token"] = token;
	if (key)
		headers.Authorization = "Bearer " + key;
	const isFile = body instanceof Blob;
	if (body)
		headers["Content-Type"] = isFile ? "application/zip" : "application/json";
	const isChange = method !== "GET" && navigator.onLine;
	let answer;
	try {
		answer = await fetch(path, { method, headers, body: body && !isFile ? JSON.stringify(body) : body, cache: "no-cache",
			credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(within_ms) });
	} catch {
		// What did leave may have arrived, although no answer did.
		throw new Trouble(isChange ? "unconfirmed" : "offline");
	}
	if (!answer.ok)
		throw await troubleOf(answer);
	return answer;
}

// The answer's JSON (or text, for another accept); null where there is none.
export async function ask(method, path, body, options) {
	let answer;
	try {
		answer = await send(method, path, body, options);
	} catch (trouble) {
		if (trouble.code !== "csrf_token")
			throw trouble;
		// The browser has a newer session: once more if that is of the same person.
		await whoAmI();
		answer = await send(method, path, body, options);
	}
	if (answer.status === 204)
		return null;
	try {
		return options && options.accept ? await answer.text() : await answer.json();
	} catch {
		throw new Trouble(method === "GET" ? "offline" : "unconfirmed");
	}
}

export function part(text) {
	return encodeURIComponent(text);
}
