/*
 * watched - the jobs whose outcome this person has not seen yet, kept by the browser so that a
 * closed tab comes back to them; and the word to the list, and to other tabs, that one began
 * or ended, and of which trouble.
 */
const channel = "BroadcastChannel" in window ? new BroadcastChannel("rollcall") : null;
let name, listen = () => {};

// watched is what is kept, class id -> job id; change may alter it. A browser that keeps
// nothing only forgets.
export function watched(change) {
	try {
		const kept = JSON.parse(localStorage.getItem(name) || "{}");
		if (change) {
			change(kept);
			localStorage.setItem(name, JSON.stringify(kept));
		}
		return kept;
	} catch {
		return {};
	}
}

export function onNews(person, fn) {
	name = "rollcall.watched." + person;
	listen = fn;
	if (channel)
		channel.onmessage = (event) => fn(event.data);
}

function tell(code) {
	listen(code);
	if (channel)
		channel.postMessage(code);
}

export function started(c, record) {
	watched((kept) => { kept[c.id] = record.id; });
	tell("");
}

// code: of the trouble with which it ended, or did not begin.
export function ended(code = "") {
	tell(code);
}

export function seen(c) {
	watched((kept) => { delete kept[c.id]; });
}
