/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.mjs - the rules of the web part that a type checker does not know. Says nothing when they hold.
 *
 *  layers      app > features > models > api, ui; strings may be used by all and may use only ui/format and its own parts
 *  no html     nothing makes HTML or code from strings, and no style is a string or a bare number of pixels
 *  one door    fetch, XMLHttpRequest and EventSource only in api/
 *  words       text that a person reads is in strings/en.ts: no sentence between tags
 *  size        a file of components has at most 200 lines; comments keep to 100 columns (prettier sees to the rest)
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), "src");
const USES = {
	app: ["app", "features", "models", "api", "ui", "strings", "styles"],
	features: ["features", "models", "api", "ui", "strings"],
	models: ["models", "api", "ui", "strings"],
	api: ["api"],
	ui: ["ui", "strings", "api"],
	strings: ["ui", "strings"],
	styles: ["styles"],
};
const BANNED = [
	[
		/innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/,
		"makes HTML or code from a string",
	],
	[/style="/, "has a style attribute; use a class or an object"],
	[/style=\{\{[^}]*:\s*\d+(\.\d+)?\s*[,}]/, "has a style that is a bare number"],
	[/https?:\/\/(?!www\.w3\.org)/, "names another host"],
];
const NETWORK = /\bfetch\(|new XMLHttpRequest|new EventSource|new WebSocket|sendBeacon/;
const SENTENCE = />\s*[A-Z][a-z]+(\s+[a-z]+)+[^<{]*</;
const LINES_MAX = 200;
const COLUMNS_MAX = 100;
const bad = [];

function check(path) {
	const at = relative(src, path);
	const layer = at.split("/")[0];
	const isTest = /\.test\.tsx?$/.test(at);
	const text = readFileSync(path, "utf8");
	const lines = text.split("\n");
	const say = (n, what) => bad.push(`src/${at}:${n + 1}: ${what}`);
	if (!text.startsWith("/* SPDX-License-Identifier: Apache-2.0 */") && !at.endsWith("types.gen.ts"))
		say(0, "has no SPDX line");
	if (at.endsWith(".tsx") && lines.length > LINES_MAX)
		say(lines.length, `more than ${LINES_MAX} lines`);
	lines.forEach((line, n) => {
		const from = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/.exec(line)?.[1];
		if (from && layer !== at) {
			const to = relative(src, join(dirname(path), from)).split("/")[0];
			if (!(USES[layer] ?? []).includes(to)) say(n, `${layer}/ may not use ${to}/`);
			if (layer === "ui" && to === "api" && !/^\s*import type/.test(line))
				say(n, "ui/ may use only the types of api/");
			if (layer === "strings" && to !== "strings" && !from.endsWith("ui/format"))
				say(n, "strings/ may use only ui/format");
		}
		if (isTest) return;
		for (const [re, what] of BANNED) if (re.test(line)) say(n, what);
		if (layer !== "api" && NETWORK.test(line)) say(n, "talks to the server past api/");
		if (at.endsWith(".tsx") && SENTENCE.test(line))
			say(n, "has words of its own; put them in strings/en.ts");
		if (
			!at.endsWith("types.gen.ts") &&
			/^\s*(\/?\*|\/\/)/.test(line) &&
			line.replaceAll("\t", "  ").length > COLUMNS_MAX
		)
			say(n, `a comment longer than ${COLUMNS_MAX} columns`);
	});
}
const walk = (dir) => {
	for (const e of readdirSync(dir, { withFileTypes: true }))
		if (e.isDirectory()) walk(join(dir, e.name));
		else if (/\.tsx?$/.test(e.name)) check(join(dir, e.name));
};
walk(src);
for (const line of bad) console.error(line);
process.exitCode = bad.length ? 1 : 0;
