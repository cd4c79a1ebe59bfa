/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journey.mjs - what a person does, in a real browser, against a running stack:
 * sign in, drop the sample files, say what is needed, see the plan, run it and watch, open report,
 * PDF and JSON, read a step's program and receipts, prove the run, sign out; then what goes wrong:
 * a renamed column, a broken file, a request beyond the planner, an ended session, no connection.
 *
 *     FORGE_URL, FORGE_EMAIL, FORGE_PASSWORD   the stack and the login (default: var/)
 *     FORGE_SAMPLE                             the folder with attachments/ and objective.md
 *     FORGE_E2E_OUT                            where the pictures go (default: build/e2e)
 *
 * TAP on standard output; the last line counts. Everything waits for an event, nothing sleeps.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { theApis } from "./apis.mjs";
import { theCatalog } from "./catalog.mjs";
import { drop, equal, finish, note, ok, openPage, settings } from "./lib.mjs";

const s = settings();
const SLOW = { timeout: 60_000 };
const RUN_MS_MAX = 120_000;
const objective = readFileSync(join(s.sample, "objective.md"), "utf8");
const sample = readdirSync(join(s.sample, "attachments"))
	.sort()
	.map((name) => ({
		name,
		body: readFileSync(join(s.sample, "attachments", name)),
		type: name.endsWith(".csv") ? "text/csv" : "text/markdown",
	}));
const rowsOf = (f) => f.body.toString("utf8").trim().split("\n").length - 1;
const { page, context, look, expect, close } = await openPage(s.url);
page.setDefaultTimeout(20_000);
const text = (selector) => page.locator(selector).first().innerText();
const path = () => new URL(page.url()).pathname;

async function signIn(password = s.password) {
	await page.fill("input[name=email]", s.email);
	await page.fill("input[name=password]", password);
	await page.click("button[type=submit]");
}

async function theDoor() {
	note("sign in");
	await expect(401, async () => {
		await page.goto(s.url + "/");
		await page.waitForSelector("input[name=password]");
		await look("sign-in");
		await signIn(s.password + "x");
		await page.waitForSelector("[role=alert]");
		ok(/do not go together/.test(await text("[role=alert]")), "a wrong password is said in words");
		ok(
			await page.locator("input[name=password]").evaluate((e) => e === document.activeElement),
			"and the password has the focus",
		);
		await look("sign-in-wrong");
	});
	await signIn();
	await page.waitForSelector("[data-testid=objective]");
	ok(/^\/w\/w_[0-9a-z]{13}$/.test(path()), "signing in leads to a workspace");
}

async function newWorkspace(name) {
	await page.click(".workspace .menu-btn");
	await page.click("text=New workspace…");
	await page.fill("dialog input", name);
	await page.click("dialog button[type=submit]");
	await page.waitForFunction(
		(n) => document.querySelector(".workspace .menu-btn")?.textContent === n,
		name,
	);
	await page.waitForSelector("[data-testid=objective]");
}

async function theFiles() {
	note("files");
	await look("home-empty");
	await page.focus("[data-testid=objective]");
	await page.keyboard.press("Tab");
	ok(
		await page.evaluate(() => document.activeElement?.matches("input[type=file]")),
		"the file picker is the next stop of the Tab key",
	);
	await drop(page, ".drop", sample);
	for (const f of sample)
		await page.waitForSelector(`.file[data-path="attachments/${f.name}"] .pill.ok`, SLOW);
	equal(
		await page.locator(".file").count(),
		sample.length,
		`${sample.length} files dropped, read and listed`,
	);
	const entries = sample.find((f) => f.name === "time_entries.csv");
	ok(
		(await text('.file[data-path="attachments/time_entries.csv"]')).includes(
			`${rowsOf(entries)} rows`,
		),
		"with the number of rows",
	);
	await drop(page, ".drop", [{ name: "ragged.csv", body: "a,b\n1,2\n3\n" }]);
	await page.waitForSelector('.file[data-path="attachments/ragged.csv"].bad .say');
	const said = await text('.file[data-path="attachments/ragged.csv"] .say');
	ok(/row\s+3|line\s+3/i.test(said), "a ragged file is refused with its row", said);
	await page.fill("[data-testid=objective]", objective);
	await look("home-files");
	await page.click('.file[data-path="attachments/ragged.csv"] [aria-label^="Take"]');
	await page.reload();
	await page.waitForSelector(`.file[data-path="attachments/${sample[0].name}"] .pill.ok`);
	equal(await page.inputValue("[data-testid=objective]"), objective, "a reload keeps the draft");
	equal(await page.locator(".file").count(), sample.length, "and its files");
}

async function thePlan() {
	note("plan");
	await page.click("text=Make a plan");
	await page.waitForSelector("[data-testid=run]", SLOW);
	ok(/^\/w\/\w+\/plans\/p_/.test(path()), "a good request leads to its plan");
	ok(
		await page.evaluate(() => document.activeElement?.tagName === "H1"),
		"the head of the new page has the focus",
	);
	equal(await page.locator(".passes [data-state=done]").count(), 5, "five passes done");
	equal(await page.locator(".step-card").count(), 9, "nine steps");
	equal(
		await page
			.locator(".step-card .hash code")
			.evaluateAll((l) => l.every((e) => /^[0-9a-f]{64}$/.test(e.title))),
		true,
		"each with its contract hash",
	);
	ok((await text("#may")).includes("None"), "what the plan may do is said, and internet is none");
	await look("plan");
	await page.click('.choice button:has-text("Graph")');
	await page.locator(".graph a").first().focus();
	await page.keyboard.press("End");
	const last = await page.evaluate(() => document.activeElement?.textContent ?? "");
	ok(last.startsWith("9."), "End goes to the last step of the graph", last);
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("ArrowLeft");
	ok(
		await page.evaluate(
			() =>
				document.activeElement?.matches(".graph a") &&
				!document.activeElement.textContent.startsWith("9."),
		),
		"arrow keys move along the hand-offs",
	);
	await look("plan-graph");
}

async function theRun() {
	note("run");
	/* every state that the page shows for the run, in order, as it happens */
	await page.evaluate(() => {
		window.__states = [];
		new MutationObserver(() => {
			const now = [...document.querySelectorAll(".segments li")].map((x) => x.className).join();
			if (now && now !== window.__states.at(-1)) window.__states.push(now);
		}).observe(document.body, {
			subtree: true,
			childList: true,
			attributes: true,
		});
	});
	await page.click("[data-testid=run]");
	await page.waitForSelector(".hero");
	await page.click(".tabs a:has-text('Steps')");
	const start = Date.now();
	await page.waitForSelector(".hero.ok, .hero.bad", { timeout: RUN_MS_MAX });
	note(`the run took ${Date.now() - start} ms in sight`);
	ok(
		await page.locator(".hero.ok").count(),
		"the run is done, every promised result made and checked",
		await text(".hero"),
	);
	const states = await page.evaluate(() => window.__states.length);
	ok(states >= 3, `the page followed it live (${states} states seen)`);
	equal(await page.locator(".steps [data-state=done]").count(), 9, "nine of nine steps done");
	ok(
		/Program\s+\d/.test(await text(".step-time")),
		"with the time of the program and of the checks",
	);
	await look("run-steps");
	await page.click(".tabs a:has-text('Results')");
	const made = await page.locator(".result .pill.ok").count();
	equal(made, await page.locator(".result").count(), `${made} results, all checked`);
	await look("run-results");
	await page.click(".tabs a:has-text('Limits')");
	await page.waitForSelector(".meter");
	equal(await page.locator("#used tbody tr").count(), 9, "use of limits is measured for each step");
	await look("run-limits");
}

async function theResults() {
	note("results");
	const run = page.url().replace(/\/limits$/, "");
	const open = async (ending) => {
		await page.goto(run);
		await page.click(`.result[data-path$="${ending}"] .result-name a`);
		await page.waitForSelector("[data-testid=verified]");
	};
	await open(".html");
	const frame = page.frameLocator("iframe.report");
	ok((await frame.locator("body").innerText()).length > 200, "the report is shown in its frame");
	ok((await page.locator("iframe.report").boundingBox()).height > 300, "and large enough to read");
	equal(
		await page.locator("iframe.report").getAttribute("sandbox"),
		"",
		"without scripts, forms or our origin",
	);
	const [, w, r, path] = new URL(page.url()).pathname.match(
		/^\/w\/([^/]+)\/runs\/([^/]+)\/out\/(.+)$/,
	);
	const api = `${s.url}/api/v1/workspaces/${w}/runs/${r}`;
	const bytes = await (await context.request.get(`${api}/artifacts/${path}`)).body();
	const receipts = await (await context.request.get(`${api}/receipts?limit=100`)).json();
	const recorded = receipts.items
		.filter((x) => x.kind === "postflight")
		.flatMap((x) => x.body.predicate.forge.outputs)
		.find((o) => o.path === decodeURIComponent(path));
	equal(
		createHash("sha256").update(bytes).digest("hex"),
		recorded?.sha256,
		"its bytes, hashed here, have the hash in the receipt",
	);
	await look("report");
	await open(".pdf");
	const pdf = await context.request.get(
		new URL(await page.getAttribute("a.btn.primary", "href"), s.url).href,
	);
	equal(
		[pdf.status(), (await pdf.body()).subarray(0, 5).toString()],
		[200, "%PDF-"],
		"the PDF opens and its bytes match the receipt",
	);
	await look("pdf");
	await open("contract_applicability.json");
	equal(
		await page.locator(".vt table").getAttribute("aria-rowcount"),
		String(rowsOf(sample.find((f) => f.name === "time_entries.csv")) + 1),
		"the JSON of every entry is a table",
	);
	ok(
		(await page.locator(".vt tbody tr").count()) < 150,
		"of which only what is in sight is in the page",
	);
	await page.locator(".vt").evaluate((e) => e.scrollTo(0, e.scrollHeight));
	await page.waitForSelector(".vt .rownum:has-text('753')");
	ok(true, "and which scrolls to its last row");
	const id = await text(".vt tbody tr:last-of-type td:nth-of-type(2)");
	await page.fill("input[type=search]", id);
	await page.waitForFunction(
		(x) => [...document.querySelectorAll(".vt tbody tr")].some((r) => r.textContent.includes(x)),
		id,
	);
	ok(
		/^\d+ of 753 rows$/.test(await text(".grid-view [role=status]")),
		"a filter finds a row and says how many there are",
	);
	await page.fill("input[type=search]", "");
	await page.click(".vt th:has-text('billed_amount') button");
	equal(
		await page.locator(".vt th[aria-sort]").getAttribute("aria-sort"),
		"ascending",
		"a click on a head sorts",
	);
	await look("json-table");
	await page.click('.choice button:has-text("Tree")');
	await page.waitForSelector(".json details");
	await look("json-tree");
	const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
	equal(download.suggestedFilename(), "contract_applicability.json", "downloads keep their name");
	await page.goto(run);
}

async function theStep() {
	note("step");
	await page.click(".tabs a:has-text('Steps')");
	await page.click(".steps a:has-text('discrepancies')");
	await page.waitForSelector("#checks .ticks li");
	ok((await page.locator("#checks .pill.bad").count()) === 0, "each check of the step holds");
	equal(await page.locator("#attempts li").count(), 1, "one try");
	await look("step");
	await page.click(".tabs a:has-text('Program')");
	await page.waitForSelector(".code li");
	ok((await page.locator(".code li").count()) > 20, "the program is shown line by line");
	await page.click(".code li:nth-child(12) .ln");
	await page.click(".code li:nth-child(14) .ln", { modifiers: ["Shift"] });
	equal(new URL(page.url()).hash, "#L12-L14", "lines have an address");
	await page.reload();
	await page.waitForSelector(".code li.on");
	equal(await page.locator(".code li.on").count(), 3, "that a reload opens again");
	await look("step-program");
	await page.click(".tabs a:has-text('Receipts')");
	await page.waitForSelector("[id^=receipt-]");
	equal(await page.locator("section[id^=receipt-]").count(), 2, "two receipts: before and after");
	await page.click("[id^=receipt-] summary");
	await page.waitForSelector("[id^=receipt-] .json .j-leaf");
	await look("step-receipts");
	await page.click(".tabs a:has-text('Locked plan')");
	await page.waitForSelector("#contract .json");
	await look("step-contract");
	await page.click(".back");
	await page.click(".tabs a:has-text('Evidence')");
	await page.click("[data-testid=verify]");
	await page.waitForSelector(".ticks li");
	equal(
		await page.locator("#proof .banner.ok .ticks li").count(),
		6,
		"the run proves itself in the browser",
		await text("#proof"),
	);
	equal(
		await page.locator("#hashes tbody .pill.ok").count(),
		9,
		"contract hash planned, started with and in the receipt are the same, nine times",
	);
	await look("run-evidence");
}

async function theRest() {
	note("work, files, people");
	await page.click("nav a:has-text('Work')");
	await page.waitForSelector("tbody .pill.ok");
	await look("work");
	await page.click(".tabs a:has-text('Plans')");
	await page.waitForSelector("tbody .hash");
	await look("plans");
	await page.click("nav a:has-text('Files')");
	await page.click("a:has-text('time_entries.csv')");
	await page.waitForSelector("#columns tbody tr");
	await page.waitForSelector(".vt tbody td");
	ok((await text("#columns")).includes("billed_rate"), "a file shows its columns");
	await look("file");
	await page.goto(page.url().replace(/\/[^/]*$/, "/ragged.csv"));
	await page.click("text=Delete file");
	await page.waitForSelector("dialog");
	await look("file-delete");
	await page.click("dialog .danger");
	await page.waitForSelector("h1:has-text('Files')");
	await page.waitForFunction(
		() => !document.querySelector("tbody")?.textContent.includes("ragged.csv"),
	);
	ok(true, "a file is deleted after one question");
	await look("files");
	await page.click("nav a:has-text('People')");
	await page.waitForSelector("#members tbody tr");
	await page.fill("#keys form input[type=text]", "Journey");
	await page.click("#keys form button[type=submit]");
	await page.waitForSelector("[data-testid=key]");
	ok(/^fk_/.test(await text("[data-testid=key]")), "a key is shown once");
	await look("people-key");
	await page.click("dialog .primary");
	await page.click("#keys tbody button");
	await page.click("dialog .danger");
	await page.waitForFunction(
		() => !document.querySelector("#keys tbody")?.textContent.includes("Journey"),
	);
	await expect(404, async () => {
		await page.fill("#members form input[type=email]", "nobody@nowhere.invalid");
		await page.click("#members form button[type=submit]");
		await page.waitForSelector("#members [role=alert]");
	});
	ok(
		/no account/.test(await text("#members [role=alert]")),
		"an unknown address is said to have no account",
	);
	await look("people");
}

async function theRefusals(home) {
	note("refusals");
	const entries = sample.find((f) => f.name === "time_entries.csv");
	const renamed = Buffer.from(
		entries.body.toString("utf8").replace("billed_rate", "rate_that_was_billed"),
	);
	await page.goto(home);
	await drop(page, ".drop", [
		{ ...entries, body: renamed },
		...sample.filter((f) => f !== entries),
	]);
	await page.fill("[data-testid=objective]", objective);
	for (const f of sample)
		await page.waitForSelector(`.file[data-path="attachments/${f.name}"] .pill.ok`, SLOW);
	await page.click("text=Make a plan");
	await page.waitForSelector("[data-testid=diagnostic]", SLOW);
	const said = await text("[data-testid=diagnostic]");
	ok(
		/billed_rate/.test(said) && /time_entries\.csv/.test(said),
		"a renamed column is refused with its file and name",
		said,
	);
	ok(/row 1\b/.test(said), "and its place", said);
	ok(await page.locator(".passes .bad").count(), "the pass that refused is marked");
	await look("refused");
	await page.setInputFiles('[data-replace="attachments/time_entries.csv"]', {
		name: "corrected.csv",
		mimeType: "text/csv",
		buffer: entries.body,
	});
	await page.waitForSelector('.file[data-path="attachments/time_entries.csv"] .pill.ok', SLOW);
	await page.click("button:has-text('Check again')");
	await page.waitForSelector("[data-testid=run]", SLOW);
	ok(true, "replacing the file there and checking again gives the plan");

	const synonym = Buffer.from(entries.body.toString("utf8").replace("time_entry_id", "entry_id"));
	await page.goto(home);
	await drop(page, ".drop", [{ ...entries, body: synonym }]);
	await page.waitForSelector('.file[data-path="attachments/time_entries.csv"] .pill.ok', SLOW);
	await page.click("text=Make a plan");
	await page.waitForSelector("[data-testid=rename]", SLOW);
	await look("another-name");
	await page.click("[data-testid=rename]");
	await page.waitForSelector("[data-testid=diagnostic] .pill.accent");
	await page.click("button:has-text('Check again')");
	await page.waitForSelector("[data-testid=run]", SLOW);
	ok(true, "a column of another name is renamed with one click, and the plan follows");

	await page.goto(home);
	await page.waitForSelector("[data-testid=objective]");
	for (let left = await page.locator(".file").count(); left > 0; left--) {
		await page.locator(".file [aria-label^='Take']").first().click();
		await page.waitForFunction((n) => document.querySelectorAll(".file").length === n, left - 1);
	}
	await page.fill(
		"[data-testid=objective]",
		"Write a sonnet about the sea and sing it to my aunt.",
	);
	await page.click("text=Make a plan");
	await page.waitForSelector("[data-testid=diagnostic]", SLOW);
	equal(
		await text("h1"),
		"Forge has no plan for this yet",
		"a request beyond the planner is said to be so",
	);
	ok(
		/audit|join/i.test(await text("[data-testid=diagnostic]")),
		"with what it can do",
		await text("[data-testid=diagnostic]"),
	);
	await look("beyond");
	await page.fill("[data-testid=objective]", "");
	await page.click("button:has-text('Check again')");
	ok(
		/Write what you need done/.test(await text("#request-problem")),
		"an empty request is not sent",
	);
}

/* a policy that contradicts itself compiles, since it is prose, and is refused by the step that reads it */
async function theFailure(home) {
	note("a run that fails, a run that is stopped");
	const policy = sample.find((f) => f.name === "finance_policy.md");
	const crossed = Buffer.from(policy.body.toString("utf8").replace("$100.00", "$10.00"));
	await page.goto(home);
	await drop(page, ".drop", [...sample.filter((f) => f !== policy), { ...policy, body: crossed }]);
	for (const f of sample)
		await page.waitForSelector(`.file[data-path="attachments/${f.name}"] .pill.ok`, SLOW);
	await page.fill("[data-testid=objective]", objective);
	await page.click("text=Make a plan");
	await page.click("[data-testid=run]", SLOW);
	await page.waitForSelector(".hero.bad", { timeout: RUN_MS_MAX });
	const said = await text("[data-testid=failure]");
	ok(/approval_threshold|max_correction/.test(said), "a failed run says why", said);
	ok(/finance_policy\.md/.test(said), "and in which file", said);
	ok(/What you can do/.test(said), "and what to do");
	ok(
		(await page.locator(".result:not(.open)").count()) < 8,
		"what was not made is not shown as made",
	);
	await look("run-failed");
	await page.click("[data-testid=failure] a:has-text('Open the step')");
	await page.waitForSelector("#attempts li");
	ok(await page.locator("#attempts .pill.bad").count(), "the step shows the try that failed");
	await look("step-failed");

	await page.goto(home);
	await drop(page, ".drop", [policy]);
	await page.waitForSelector('.file[data-path="attachments/finance_policy.md"] .pill.ok', SLOW);
	await page.click("text=Make a plan");
	await page.click("[data-testid=run]", SLOW);
	await page.click("[data-testid=stop]");
	await page.click("dialog .danger");
	await page.waitForSelector(".head .pill:has-text('Stopped')", SLOW);
	ok(!(await page.locator(".hero.ok").count()), "a stopped run is over and not shown as done");
	ok(/kept/.test(await text(".hero-say")), "what was finished is kept", await text(".hero-say"));
	await look("run-stopped");
}

async function theBounds(home) {
	note("addresses, session, connection");
	await page.goto(home + "/nowhere");
	await page.waitForSelector(".page-error");
	await look("no-such-page");
	await page.goto(s.url + "/w/w_0000000000000/work");
	await page.waitForSelector(".page-error");
	ok(
		/not yours to see/.test(await text(".page-error")),
		"another workspace's address says nothing about it",
	);
	await expect(404, async () => {
		await page.goto(home + "/runs/r_0000000000000");
		await page.waitForSelector(".page-error");
	});
	ok(/not yours to see/.test(await text(".page-error")), "nor does a run's");

	await page.goto(home + "/work");
	await page.waitForSelector("tbody");
	await expect(["net::ERR_INTERNET_DISCONNECTED"], async () => {
		await context.setOffline(true);
		await page.click("nav a:has-text('Home')");
		await page.waitForSelector(".banner.warn:has-text('cannot be reached')");
		await look("offline");
		await context.setOffline(false);
		await page.waitForSelector(".banner.warn:has-text('cannot be reached')", {
			state: "detached",
		});
	});
	ok(true, "without a connection the page says so, and goes on when it is back");

	await page.fill("[data-testid=objective]", "Half a thought");
	await context.clearCookies();
	await expect(401, async () => {
		await page.click("nav a:has-text('Work')");
		await page.waitForSelector("input[name=password]");
		ok(/session ended/.test(await text(".banner")), "an ended session is said");
		await look("session-ended");
		await signIn();
	});
	await page.waitForSelector("h1:text-is('Work')");
	ok(path().endsWith("/work"), "signing in again leads back to the same page");
	await page.click("nav a:has-text('Home')");
	equal(
		await page.inputValue("[data-testid=objective]"),
		"Half a thought",
		"and nothing written is lost",
	);

	await page.click(".account .menu-btn");
	await look("account", { isNarrowToo: false });
	await expect(401, async () => {
		await page.click("text=Sign out");
		await page.waitForSelector("input[name=password]");
		await page.goto(home + "/work");
		await page.waitForSelector("input[name=password]");
	});
	ok(true, "signed out, nothing is shown any more");
}

try {
	await theDoor();
	await newWorkspace(`Journey ${new Date().toISOString().slice(0, 19)}`);
	const home = page.url();
	await theFiles();
	await thePlan();
	await theRun();
	await theResults();
	await theStep();
	await theRest();
	await theApis({ page, look, expect, home });
	await theCatalog({ page, look, expect, home });
	await newWorkspace(`Refusals ${new Date().toISOString().slice(0, 19)}`);
	const refusals = page.url();
	await theRefusals(refusals);
	await theFailure(refusals);
	await theBounds(home);
} catch (e) {
	ok(false, `the journey goes on at ${page.url()}`, e.stack);
	await page
		.screenshot({
			path: join(process.env.FORGE_E2E_OUT ?? "build/e2e", "stopped.png"),
		})
		.catch(() => {});
} finally {
	await close();
	finish();
}
