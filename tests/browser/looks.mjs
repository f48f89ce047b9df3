/*
 * looks - looking at what a page looks like: axe-core has nothing to say, and nothing is wider
 * than the window. SHOTS=folder keeps a picture of each, SHOTS_LANGUAGE=af in Afrikaans.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { equal, story } from "./kit.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const language = process.env.SHOTS_LANGUAGE || "en";
// Each theme and each width once is enough to find what is wrong; pictures are of all.
const VARIANTS = process.env.SHOTS ? [["light", 1200], ["dark", 1200], ["light", 375], ["dark", 375]] :
	[["light", 1200], ["dark", 375]];

export class Look {
	constructor(person, scheme, width) {
		Object.assign(this, { person, page: person.page, scheme, width, troubles: [] });
	}

	// Looks at what is there now.
	async at(name) {
		const { page, scheme, width } = this, dialog = await page.locator("dialog[open]").count();
		await page.evaluate(axe);
		const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
		for (const { id, nodes } of violations)
			this.troubles.push(`${name} ${scheme} ${width}: ${id}: ${nodes.map((node) => node.html.slice(0, 150)).join("\n\t")}`);
		if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
			this.troubles.push(`${name} ${scheme} ${width}: wider than the window`);
		if (process.env.SHOTS)
			await page.screenshot({ path: `${process.env.SHOTS}/${name}.${scheme}.${width}.${language}.png`, fullPage: !dialog });
	}
}

// One story a screen, with all variants in it. begin(person) signs in and makes the Look.
export function lookStory(words, begin, steps) {
	story(words + " can be used by everybody, light and dark, on a desk and on a phone", { worker: false },
		async ({ another }) => {
			const troubles = [];
			for (const [scheme, width] of VARIANTS) {
				const one = await another();
				await one.page.emulateMedia({ colorScheme: scheme });
				await one.page.setViewportSize({ width, height: width < 500 ? 740 : 800 });
				const l = await begin(one, scheme, width);
				await steps(l, one.page);
				await one.page.close();
				troubles.push(...l.troubles);
			}
			equal(troubles, [], "troubles");
		});
}
