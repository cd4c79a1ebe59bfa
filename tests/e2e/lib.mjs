/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the journeys stand on: Debian's Chromium, TAP, and a watch over every page for what must
 * never happen: a policy violation, an error on the console, a request to another host, an
 * accessibility fault, a page wider than its window.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const out = process.env.FORGE_E2E_OUT ?? join(root, "build", "e2e");
const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
const ARGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-dev-shm-usage",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

let n = 0;
let failed = 0;
export function ok(isOk, what, detail = "") {
	n++;
	if (!isOk) failed++;
	console.log(`${isOk ? "ok" : "not ok"} ${n} - ${what}`);
	if (!isOk && detail) console.log(String(detail).replace(/^/gm, "  # "));
	return isOk;
}
export const equal = (got, want, what) =>
	ok(
		JSON.stringify(got) === JSON.stringify(want),
		what,
		`got ${JSON.stringify(got)}\nwant ${JSON.stringify(want)}`,
	);
export function note(text) {
	console.log(String(text).replace(/^/gm, "# "));
}
export function finish() {
	console.log(`1..${n}`);
	note(`${n - failed} of ${n} checks hold`);
	process.exitCode = failed ? 1 : 0;
}

/* settings - where the stack is and who signs in: the environment, else what the stack left in var/ */
export function settings() {
	const vars = process.env.FORGE_VAR ?? join(root, "var");
	const read = (name) =>
		existsSync(join(vars, name)) ? JSON.parse(readFileSync(join(vars, name), "utf8")) : {};
	const s = {
		url: process.env.FORGE_URL ?? read("stack.json").url,
		email: process.env.FORGE_EMAIL ?? read("login.json").email,
		password: process.env.FORGE_PASSWORD ?? read("login.json").password,
		sample: process.env.FORGE_SAMPLE ?? join(root, "packs", "domain", "billing-audit", "sample"),
	};
	if (!s.url || !s.email || !s.password) {
		console.error(
			"no stack to test: start one with `forgectl up` or `make demo`, or set FORGE_URL, FORGE_EMAIL and FORGE_PASSWORD",
		);
		process.exit(2);
	}
	return s;
}

async function libraries() {
	const require = createRequire(import.meta.url);
	try {
		const { chromium } = await import("playwright-core");
		return {
			chromium,
			axe: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"),
		};
	} catch (e) {
		console.error(`the browser journeys are not installed (${e.message}): make e2e-deps`);
		process.exit(2);
	}
}

/*
 * openPage - a browser with one watched page.
 * page:    Playwright's page
 * look:    look(name) = picture, accessibility, policy, width; checks all of it
 * expect:  expect(status, fn) = run fn; answers of that status are no errors meanwhile
 */
export async function openPage(base) {
	const { chromium, axe } = await libraries();
	const executablePath = BROWSERS.find(existsSync);
	if (!executablePath) {
		console.error("there is no Chromium: apt-get install chromium-headless-shell");
		process.exit(2);
	}
	mkdirSync(out, { recursive: true });
	const browser = await chromium.launch({
		executablePath,
		headless: true,
		args: ARGS,
	});
	const context = await browser.newContext({
		viewport: DESK,
		reducedMotion: "reduce",
		acceptDownloads: true,
	});
	const page = await context.newPage();
	const cdp = await context.newCDPSession(page);
	const host = new URL(base).host;
	const errors = [];
	const strangers = [];
	let allowed = new Set();
	await context.route("**", (route) => {
		const u = new URL(route.request().url());
		if (u.host === host) return route.continue();
		strangers.push(u.href);
		return route.abort();
	});
	await context.addInitScript(() => {
		window.__violations = [];
		document.addEventListener("securitypolicyviolation", (e) =>
			window.__violations.push(
				`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`,
			),
		);
	});
	page.on("pageerror", (e) => errors.push(e.stack ?? e.message));
	page.on("console", (m) => {
		if (m.type() !== "error") return;
		const status = /status of (\d+)/.exec(m.text())?.[1] ?? /(net::ERR_\w+)/.exec(m.text())?.[1];
		if (!allowed.has(status)) errors.push(`${m.text()} (${m.location().url})`);
	});
	let shots = 0;
	const look = async (name, { isNarrowToo = true } = {}) => {
		const file = join(out, `${String(++shots).padStart(2, "0")}-${name}`);
		await page.screenshot({ path: `${file}.png` });
		await cdp.send("Runtime.evaluate", { expression: axe });
		const faults = async (scheme) => {
			await page.emulateMedia({ colorScheme: scheme });
			const r = await page.evaluate(
				(runOnly) => window.axe.run({ exclude: [["iframe"]] }, { runOnly }),
				RULES,
			);
			return r.violations.map(
				(v) => `${scheme}: ${v.id}: ${v.nodes.map((x) => x.html.slice(0, 160)).join("\n  ")}`,
			);
		};
		const found = [...(await faults("light")), ...(await faults("dark"))];
		await page.emulateMedia({ colorScheme: "light" });
		ok(found.length === 0, `${name}: no accessibility fault, light and dark`, found.join("\n"));
		if (isNarrowToo) {
			const wide = [];
			for (const width of [PHONE.width, 320]) {
				await page.setViewportSize({ width, height: PHONE.height });
				if (width === PHONE.width) await page.screenshot({ path: `${file}-phone.png` });
				const over = await page.evaluate(
					() => document.documentElement.scrollWidth - window.innerWidth,
				);
				if (over > 0) wide.push(`${over} px over ${width}`);
			}
			await page.setViewportSize(DESK);
			ok(wide.length === 0, `${name}: fits a phone`, wide.join("\n"));
		}
		const broken = await page.evaluate(() => window.__violations.splice(0));
		ok(broken.length === 0, `${name}: nothing the content policy refuses`, broken.join("\n"));
		ok(errors.length === 0, `${name}: no error on the console`, errors.splice(0).join("\n"));
	};
	const expect = async (what, fn) => {
		const before = allowed;
		allowed = new Set([...before, ...[what].flat().map(String)]);
		try {
			return await fn();
		} finally {
			allowed = before;
		}
	};
	const close = async () => {
		ok(strangers.length === 0, "no request to any other host", strangers.join("\n"));
		await browser.close();
	};
	return { page, context, look, expect, close };
}

/* drop - let files fall on an element, as from a file manager */
export async function drop(page, selector, files) {
	const data = await page.evaluateHandle(
		(list) => {
			const d = new DataTransfer();
			for (const f of list)
				d.items.add(
					new File([Uint8Array.from(atob(f.body), (c) => c.charCodeAt(0))], f.name, {
						type: f.type,
					}),
				);
			return d;
		},
		files.map((f) => ({
			name: f.name,
			type: f.type ?? "text/csv",
			body: Buffer.from(f.body).toString("base64"),
		})),
	);
	for (const type of ["dragenter", "dragover", "drop"])
		await page.dispatchEvent(selector, type, { dataTransfer: data });
}
