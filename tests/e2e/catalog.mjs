/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog.mjs - the catalog as a person meets it: its parts, the search, a page of every type, links from one to the
 * next, a goal that goes into the request, a CSV header to fill in, the references as a picture, the policies side by
 * side, a mistyped address, narrow and wide windows, the keyboard.
 *
 * Part of journey.mjs; alone: node tests/e2e/catalog.mjs, with the settings of journey.mjs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DESK, equal, finish, note, ok, openPage, settings } from "./lib.mjs";

const WIDTHS = [390, 768, 1024, 1920];

export async function theCatalog({ page, look, expect, home }) {
	note("catalog");
	const h1 = (t) => page.waitForSelector(`h1:text-is(${JSON.stringify(t)})`);
	const text = (selector) => page.locator(selector).first().innerText();
	const count = (selector) => page.locator(selector).count();
	const path = () => new URL(page.url()).pathname;
	/* how far the page moves by itself after its head is there */
	const shifts = () =>
		page.evaluate(
			() =>
				new Promise((done) => {
					let sum = 0;
					new PerformanceObserver((l) => {
						for (const e of l.getEntries()) if (!e.hadRecentInput) sum += e.value;
					}).observe({ type: "layout-shift", buffered: true });
					requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
				}),
		);
	const widths = async (name) => {
		const wide = [];
		for (const width of WIDTHS) {
			await page.setViewportSize({ width, height: 900 });
			const over = await page.evaluate(
				() => document.documentElement.scrollWidth - window.innerWidth,
			);
			if (over > 0) wide.push(`${over} px over ${width}`);
		}
		await page.setViewportSize(DESK);
		ok(wide.length === 0, `${name}: as wide as its window, 390 to 1920 px`, wide.join("\n"));
	};

	await page.goto(home);
	await page.fill("[data-testid=objective]", ""); /* whatever was asked for before */
	await page.click("nav a:has-text('Catalog')");
	await h1("Catalog");
	await page.waitForSelector(".cat-grid > li");
	equal(await count(".cat-grid > li"), 13, "twelve domains and what is for any field");
	equal(
		await page.$eval("nav[aria-label=Main] [aria-current=page]", (e) => e.textContent),
		"Catalog",
		"the rail says where one is",
	);
	await look("catalog-domains");
	await widths("catalog-domains");

	for (const [tab, selector, n] of [
		["Workflows", ".cat-grid > li", 12],
		["Kinds", "tbody tr:not(.cat-family)", 24],
		["Slots", "tbody tr", 15],
		["Policies", "thead th", 6],
		["Adapters", "tbody tr", null],
	]) {
		await page.click(`.tabs a:has-text('${tab}')`);
		await page.waitForSelector(`.tabs [aria-current]:has-text('${tab}')`);
		await page.waitForSelector(selector);
		const shown = await count(selector);
		const said = Number(await text(".tabs [aria-current] .n"));
		ok(
			n === null ? shown === said && shown > 5 : shown === n,
			`${tab}: all of them, and as many as the tab says`,
			`${shown} shown, ${said} said`,
		);
		await look(`catalog-${tab.toLowerCase()}`);
		await widths(tab);
	}
	await page.click(".tabs a:has-text('Policies')");
	await page.waitForSelector(".cat-compare");
	equal(
		await page.$$eval(".cat-compare tbody tr:nth-child(2) td", (c) =>
			c.map((x) => x.textContent.trim()),
		),
		await page.evaluate(async () => {
			const w = location.pathname.split("/")[2];
			const all = await (await fetch(`/api/v1/workspaces/${w}/catalog`)).json();
			return all.policies.map((p) => (p.settings[0].value === "yes" ? "Yes" : "No"));
		}),
		"each policy's column has its own values",
	);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.reload();
	await page.waitForSelector(".cat-compare");
	ok(
		await page.$eval(".tabs [aria-current]", (e) => e.getBoundingClientRect().right <= innerWidth),
		"on a phone the tab that is on is in sight",
	);
	await page.setViewportSize(DESK);
	ok(/tab=policies/.test(page.url()), "a tab has an address, and a reload keeps it");

	await page.goto(`${home}/catalog`);
	await page.waitForSelector(".cat-grid > li");
	await page.focus("#cat-q");
	await page.keyboard.type("time entry");
	await page.waitForSelector(".cat-found");
	const found = await page.$$eval(".cat-found a", (a) => a.map((x) => x.textContent));
	ok(found.includes("Time entry"), "the search finds a table by its name", found.join(", "));
	ok(/q=time/.test(page.url()), "and is in the address");
	await look("catalog-found");
	await page.fill("#cat-q", "qqqq");
	await page.waitForSelector(".empty");
	ok(/No matches/.test(await text("[role=status]")), "what is not there is said");
	await look("catalog-none");
	await page.fill("#cat-q", "");
	await page.waitForSelector(".cat-grid > li");

	await page.click(".cat-grid a:text-is('Billing audit')");
	await h1("Billing audit");
	await page.waitForSelector("#goals li");
	ok((await count("#goals li")) >= 5, "a domain says what one can ask for");
	ok(
		(await text("#when")).includes("This one") && (await text("#when")).includes("Rather"),
		"when to use it and when its neighbour",
	);
	ok(
		/Hours_logged is between 0 and 24|hours_logged is between 0 and 24/.test(await text("#rules")),
		"its rules in words",
	);
	ok((await count("#references .graph a")) >= 3, "a picture of what names what");
	ok((await count("#references .cat-refs li")) >= 4, "and the same as a list");
	await page.locator("#references .graph a:has-text('Contract')").first().focus();
	await page.keyboard.press("ArrowRight");
	const at = await page.evaluate(() => document.activeElement.dataset.step);
	ok(at && at !== "billing.contract", "the arrow keys move along the references", at);
	await look("catalog-domain");
	await widths("domain");
	ok((await shifts()) < 0.02, "nothing jumps while it is loaded", await shifts());

	const goal = await text("#goals li .grow");
	await page.click("#goals li >> nth=0 >> text=Use this goal");
	await page.waitForSelector("[data-testid=objective]");
	equal(
		await page.inputValue("[data-testid=objective]"),
		goal,
		"a goal goes into the request on the home page",
	);
	await page.goBack();
	await h1("Billing audit");
	await page.waitForSelector("#goals li");
	const other = await text("#goals li >> nth=1 >> .grow");
	await page.click("#goals li >> nth=1 >> text=Use this goal");
	await page.waitForSelector("dialog");
	ok(/Replace your draft/.test(await text("dialog")), "a draft that is there is not lost unasked");
	await look("catalog-replace");
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	await page.click("#goals li >> nth=1 >> text=Use this goal");
	await page.click("dialog button:text-is('Replace it')");
	await page.waitForSelector("[data-testid=objective]");
	equal(await page.inputValue("[data-testid=objective]"), other, "and gives way when one says so");
	await page.fill("[data-testid=objective]", "");

	await page.goto(`${home}/catalog/pack/billing-audit`);
	await page.click("#entities a:text-is('Time entry')");
	await h1("Time entry");
	equal(
		path().split("/").slice(-2).join("/"),
		"entity/billing.time_entry",
		"every page has an address",
	);
	const names = await page.$$eval("#columns tbody th code", (c) => c.map((x) => x.textContent));
	equal(
		names.slice(0, 3),
		["time_entry_id", "employee_id", "contract_ref"],
		"columns as people write them",
	);
	ok(
		/Money/.test(await text("#columns tr:has-text('billed_rate')")) &&
			/USD\/hour/.test(await text("#columns tr:has-text('billed_rate')")),
		"with their types and units",
	);
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.click("text=Download an empty CSV"),
	]);
	equal(
		[download.suggestedFilename(), readFileSync(await download.path(), "utf8")],
		["billing.time_entry.csv", `${names.join()}\r\n`],
		"and as a header line to fill in",
	);
	await look("catalog-entity");
	await widths("entity");
	ok((await count("#references .graph a")) >= 3, "with what it names, in a picture");

	for (const [type, id, title, card] of [
		["entity", "site.site_spec", "Site specification", "#columns"],
		["entity", "generic.row", "Row", "#columns"],
		["workflow", "render-report", null, "#when"],
		["kind", "table.csv", "CSV table", "#out"],
		["kind", "text.markdown", "Markdown text", "#out"],
		["slot", "findings", "Findings", "#kinds"],
		["policy", "strict.fail-closed.v1", "Strict, fail closed", "#settings"],
		["adapter", "csv-to-json-rows", "CSV to JSON rows", "#way"],
		["playbook", "billing-audit.full", null, "#steps"],
		["skill", "billing-audit", "billing-audit", "#programs"],
		["pack", "generic", null, "#entities"],
	]) {
		await page.goto(`${home}/catalog/${type}/${id}`);
		await page.waitForSelector(card);
		if (title) equal(await text("h1"), title, `${type} ${id}`);
		await look(`catalog-${type}-${id}`);
		await widths(`${type} ${id}`);
	}

	await page.goto(`${home}/catalog/kind/table.csv`);
	await page.waitForSelector("#out");
	await page.click("#out a:text-is('CSV to JSON rows')");
	await h1("CSV to JSON rows");
	await page.click("#way a:text-is('JSON rows')");
	await h1("JSON rows");
	await page.click(".back");
	await h1("Catalog");
	await page.waitForSelector(".tabs [aria-current]:has-text('Kinds')");
	ok(true, "from kind to adapter to kind and back to the list it stands in");

	const plan = await page.evaluate(async () => {
		const w = location.pathname.split("/")[2];
		return (await (await fetch(`/api/v1/workspaces/${w}/plans`)).json()).items[0]?.id;
	});
	if (plan) {
		for (const [link, title] of [
			["/entity/billing.time_entry", "Time entry"],
			["/kind/table.csv", "CSV table"],
			["/policy/strict.fail-closed.v1", "Strict, fail closed"],
		]) {
			await page.goto(`${home}/plans/${plan}`);
			await page.locator(`.step-card a[href$='${link}']`).first().click();
			await h1(title);
		}
		ok(true, "a plan's tables, kinds and policies lead to their pages");
		await page.goto(`${home}/catalog/entity/billing.time_entry`);
		await page.locator("#files-of a").first().click();
		await page.locator(".facts a[href$='/entity/billing.time_entry']").first().click();
		await h1("Time entry");
		ok(true, "from a table to the files that have it, and back");
	} else note("no plan in this workspace: the links of the plan page are seen in journey.mjs");

	await expect(404, async () => {
		await page.goto(`${home}/catalog/entity/billing.time_entri`);
		await page.waitForSelector(".page-error");
	});
	ok(
		/billing\.time_entry/.test(await text(".page-error")),
		"a mistyped address is told the nearest name",
		await text(".page-error"),
	);
	await look("catalog-mistyped");

	await expect(["net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED"], async () => {
		await page.goto(`${home}/catalog`);
		await page.click(".cat-grid a:text-is('Billing audit')"); /* the page's program is here then */
		await h1("Billing audit");
		await page.goBack();
		await page.waitForSelector(".cat-grid > li");
		await page.context().setOffline(true);
		await page.click(".cat-grid a:text-is('Legal review')");
		await page.waitForSelector(".page-error");
		await page.context().setOffline(false);
		await h1("Legal review");
	});
	ok(true, "without a connection it says so, and goes on when it is back");
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
		await theCatalog({ page, look, expect, home: page.url() });
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
