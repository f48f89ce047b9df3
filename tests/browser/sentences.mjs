/* sentences - tests as true sentences: sentence("what holds", async () => { … }); await tell(); */

const sentences = [];

export function sentence(words, run) {
	sentences.push({ words, run });
}

export function equal(got, wanted, what) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
	if (a !== b)
		throw new Error(`${what} is ${a}, want ${b}`);
}

export function check(value, what) {
	if (!value)
		throw new Error(`${what} does not hold`);
}

// Tells all, or those with one of the words of the command line in them.
export async function tell() {
	const wanted = process.argv.slice(2);
	let passed = 0, failed = 0;
	for (const { words, run } of sentences) {
		if (wanted.length && !wanted.some((word) => words.includes(word)))
			continue;
		const from = Date.now();
		try {
			await run();
			passed++;
			console.log(`  ok    ${words} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
		} catch (trouble) {
			failed++;
			console.log(`  FAIL  ${words}\n${trouble.stack}`);
		}
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed ? 1 : 0;
}
