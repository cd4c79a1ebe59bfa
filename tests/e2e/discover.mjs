/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover.mjs - finding in the catalog, and rules over rows, as a person meets them: typing asks, a slip of the pen is
 * forgiven, each result says why it is there, the keyboard goes from the field along the results; from the request to
 * what fits it; the rules of an entity over a file, of every output on the page of a step and of a run.
 *
 * Alone: node tests/e2e/discover.mjs, with the settings of journey.mjs. The page of a step needs a run that is done, as
 * `forgectl demo` leaves one.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drop, equal, finish, note, ok, openPage, settings } from "./lib.mjs";

const ENTRIES = [
	"time_entry_id,employee_id,contract_ref,work_date,hours_logged,billed_rate,billed_amount,invoice_id,project_code",
	"D-1,E1,DISC-1,2026-01-05,8,100,800,I1,P",
	"D-2,E1,DISC-1,2026-01-06,25,-1,-25,I1,P",
	"D-3,E1,DISC-9,2026-01-07,,100,,I1,P",
].join("\n");
const ROW_OF_RATE = 3; /* as editors count: the header is 1 */

async function theSearch({ page, look, expect, home, text, count }) {
	note("discover");
	await page.goto(`${home}/catalog`);
	await page.waitForSelector(".cat-grid > li");
	const asked = [];
	const onAsk = (r) => r.url().includes("/discover?") && asked.push(r.url());
	page.on("request", onAsk);
	await page.focus("#cat-q");
	await page.keyboard.type("overbilled hours", { delay: 5 });
	await page.waitForSelector("ol.cat-found a:text-is('Billing audit')");
	ok(
		asked.length < "overbilled hours".length,
		"it asks when the keys rest, not at each of them",
		asked.join("\n"),
	);
	page.off("request", onAsk);
	equal(await page.evaluate(() => document.activeElement.id), "cat-q", "typing stays in the field");
	const lines = await page.$$eval("ol.cat-found > li", (l) => l.map((x) => x.innerText));
	ok(
		lines.every((l) => /Score \d+\.\d: (words|similar)/.test(l)),
		"every result says how it was found",
		lines.join("\n"),
	);
	const scores = lines.map((l) => Number(/Score ([\d.]+)/.exec(l)[1]));
	equal(
		scores,
		[...scores].sort((a, b) => b - a),
		"best first",
	);
	await look("discover-found");
	await page.focus("#cat-q");
	await page.keyboard.press("ArrowDown");
	const first = await page.evaluate(() => document.activeElement.textContent);
	equal(first, await text("ol.cat-found a"), "down goes from the field to the first result");
	await page.keyboard.press("ArrowDown");
	ok((await page.evaluate(() => document.activeElement.textContent)) !== first, "and on");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("ArrowUp");
	equal(
		await page.evaluate(() => document.activeElement.id),
		"cat-q",
		"up leads back to the field",
	);

	await page.fill("#cat-q", "reconcilliation of invoces");
	await page.waitForSelector("ol.cat-found .cat-why:has-text('similar letters')");
	ok(true, "a slip of the pen is forgiven");
	await page.fill("#cat-q", "fetch json from a rest api");
	await page.waitForSelector("ol.cat-found li:has-text('Fetch over HTTP')");
	equal(
		await count("ol.cat-found li:has-text('http.fetch') a"),
		0,
		"a tool is named; it has no page to lead to",
	);
	await page.fill("#cat-q", "strict");
	await page.waitForSelector("#found-policy");
	ok(true, "policies, kinds and slots are found by name beside it");
	await page.fill("#cat-q", "qqqq");
	await page.waitForSelector(".empty");
	ok(/No matches/.test(await text("[role=status]")), "what is not there is said");

	await expect(["net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED"], async () => {
		await page.route("**/discover?*", (r) => r.abort());
		await page.fill("#cat-q", "time entry rules");
		await page.waitForSelector("text=By name alone");
		await page.fill("#cat-q", "time entry");
		await page.waitForSelector(".cat-found a:text-is('Time entry')");
		ok(true, "without an answer it says so, and the names are still searched");
		await look("discover-failed");
		await page.unroute("**/discover?*");
		await page.click("button:text-is('Try again')");
		await page.waitForSelector("ol.cat-found a:text-is('Time entry')");
	});
	await page.click("ol.cat-found a:text-is('Time entry')");
	await page.waitForSelector("h1:text-is('Time entry')");
	ok(true, "each result leads to its page");
}

async function whatFits({ page, home, text, count }) {
	note("what fits a request");
	await page.goto(home);
	await page.fill("[data-testid=objective]", "");
	equal(await count("text=What can Forge do with this?"), 0, "no words, no question");
	await page.fill("[data-testid=objective]", "Screen these résumés\nfor the job.");
	await page.click("text=What can Forge do with this?");
	await page.waitForSelector("ol.cat-found li");
	equal(
		await page.inputValue("#cat-q"),
		"Screen these résumés for the job.",
		"the request's words are the question",
	);
	ok(
		/Résumé|Resume/i.test(await text("ol.cat-found a")),
		"and what fits comes first",
		await text("ol.cat-found"),
	);
	await page.goBack();
	await page.waitForSelector("[data-testid=objective]");
	ok(
		(await page.inputValue("[data-testid=objective]")).startsWith("Screen these"),
		"the draft is kept",
	);
	await page.fill("[data-testid=objective]", "");
}

async function rulesOfAFile({ page, look, home, text }) {
	note("rules over a file");
	await page.goto(`${home}/files`);
	await drop(page, ".drop", [{ name: "disc entries.csv", body: ENTRIES }]);
	await page.locator("tr", { hasText: "disc entries.csv" }).waitFor();
	await page.click("a:text-is('disc entries.csv')");
	await page.waitForSelector("#checks");
	ok(
		(await text("#checks h2")).includes("Check against the rules of Time entry"),
		"whose rules",
		await text("#checks"),
	);
	await page.click("#checks button:text-is('Check every row')");
	await page.waitForSelector("#checks .rule-checks > li");
	await page.waitForSelector("#checks .rule-checks:has-text('between 0 and 24')");
	const of = (id) => page.locator("#checks .rule-checks > li", { hasText: id });
	const hours = await of("billing.hours_fit_into_a_day").innerText();
	ok(
		/Broken/.test(hours) && /1 of 2 rows break it/.test(hours) && /1 not judged/.test(hours),
		"broken, with its figures",
		hours,
	);
	ok(/between 0 and 24/.test(hours), "and the rule in words", hours);
	const rate = await of("billing.rate_is_not_negative").innerText();
	ok(rate.includes(`Row ${ROW_OF_RATE}`) && rate.includes("-1"), "with the first rows", rate);
	ok(
		/Holds/.test(await of("billing.time_entry_id_is_unique").innerText()),
		"what holds is said to hold",
	);
	ok(/check=billing\.time_entry/.test(page.url()), "a check has an address");
	await look("file-checks");
	await page.locator("#checks a:text-is('Row 3')").first().click();
	await page.waitForURL(/row=3/);
	await page.waitForSelector("[aria-labelledby=rows-h]");
	ok(true, "a row is a click away");
	await page.goto(`${home}/files`);
	await page.click("a:text-is('disc entries.csv')");
	await page.click("button:text-is('Delete file')");
	await page.click("dialog button:text-is('Delete disc entries.csv')");
	await page.waitForSelector("h1:text-is('Files')");
}

async function rulesOfARun({ page, look, home, text, count }) {
	note("rules of a run");
	const at = await page.evaluate(async () => {
		const read = async (path) => (await (await fetch(`/api/v1${path}`)).json()).items;
		for (const w of await read("/workspaces?limit=100"))
			for (const r of await read(`/workspaces/${w.id}/runs?limit=100`)) {
				if (r.state !== "done") continue;
				for (const x of await read(`/workspaces/${w.id}/runs/${r.id}/receipts?limit=200`)) {
					const body = typeof x.body === "string" ? JSON.parse(x.body) : x.body;
					const all = body.predicate?.forge?.validators ?? [];
					if (all.some((v) => v.inherited_from))
						return { home: `/w/${w.id}`, run: r.id, step: x.step_id, n: all.length };
				}
			}
		return null;
	});
	if (!ok(at !== null, "a run whose steps kept rules")) return;
	await page.goto(`${new URL(at.home, home)}/runs/${at.run}/steps/${at.step}`);
	await page.waitForSelector("#rules .rule-checks > li");
	equal(await count("#rules .rule-checks > li"), at.n, "the step's page shows each rule");
	const said = await text("#rules");
	ok(
		/Passed on/.test(said) && /broke it already/.test(said),
		"what was passed on, and from which input",
		said,
	);
	ok(/Holds/.test(said) && /rows? judged/.test(said), "what holds, and over how many rows", said);
	await look("step-rules");
	await page.goto(`${new URL(at.home, home)}/runs/${at.run}/evidence`);
	await page.waitForSelector("#rules .rule-step");
	await page.click("#rules .rule-step:has-text('passed on') summary >> nth=0");
	await page.waitForSelector("#rules .rule-step[open] .rule-checks > li:has-text('Passed on')");
	ok(true, "so does the evidence of the run");
	await look("evidence-rules");
}

export async function theDiscovery(t) {
	const { page } = t;
	const more = {
		...t,
		text: (selector) => page.locator(selector).first().innerText(),
		count: (selector) => page.locator(selector).count(),
	};
	await theSearch(more);
	await whatFits(more);
	await rulesOfAFile(more);
	await rulesOfARun(more);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const s = settings();
	const { page, look, expect, close } = await openPage(s.url);
	page.setDefaultTimeout(15_000);
	try {
		await page.goto(s.url + "/");
		await expect(401, async () => {
			await page.fill("input[name=email]", s.email);
			await page.fill("input[name=password]", s.password);
			await page.click("button[type=submit]");
			await page.waitForSelector("[data-testid=objective]");
		});
		await theDiscovery({ page, look, expect, home: page.url() });
	} catch (e) {
		ok(false, `the journey goes on at ${page.url()}`, e.stack);
		await page
			.screenshot({ path: join(process.env.FORGE_E2E_OUT ?? "build/e2e", "stopped.png") })
			.catch(() => {});
	} finally {
		await close();
		finish();
	}
}
