/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert.mjs - tables in other writings: the check says what would convert them, one click puts the line
 * into the request, the plan shows the steps that were put in, undo takes the line out again.
 *
 * Alone: node tests/e2e/convert.mjs, with the settings of journey.mjs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drop, equal, finish, note, ok, openPage, settings } from "./lib.mjs";

const LINE = "policy: strict.allow-normalizers.v1";
const NAMES = {
	time_entry_id: "Timesheet ID",
	employee_id: "Consultant ID",
	contract_ref: "Contract Number",
	work_date: "Date Worked",
	hours_logged: "Hours",
	billed_rate: "Billing Rate",
	billed_amount: "Amount Billed",
	invoice_id: "Invoice No",
	project_code: "Project",
};

/* the sample's cells have neither quotes nor commas */
const rows = (text) =>
	text
		.trimEnd()
		.split("\n")
		.map((line) => line.split(","));
/* time entries as another system exports them: other names, 03/10/2025, $125.00 */
function renamed(text, dates = (d) => d.split("-").reverse().join("/")) {
	const [header, ...body] = rows(text);
	const at = (name) => header.indexOf(name);
	for (const r of body) {
		r[at("work_date")] = dates(r[at("work_date")]);
		for (const c of ["billed_rate", "billed_amount"]) r[at(c)] = `$${r[at(c)]}`;
	}
	return [header.map((c) => NAMES[c]), ...body].map((r) => r.join(",")).join("\n") + "\n";
}

export async function theConversions({ page, look, expect, home, sample }) {
	note("conversions");
	const read = (name) => readFileSync(join(sample, "attachments", name), "utf8");
	const objective = readFileSync(join(sample, "objective.md"), "utf8").trimEnd();
	const box = "[data-testid=objective]";
	const made = await page.evaluate(async () => {
		const session = await (await fetch("/api/v1/session")).json();
		const r = await fetch("/api/v1/workspaces", {
			method: "POST",
			headers: { "Content-Type": "application/json", "X-Forge-CSRF": session.csrf },
			body: JSON.stringify({ name: "Other writings" }),
		});
		return r.json();
	});
	const ws = home.replace(/\/w\/[^/]+.*$/, `/w/${made.id}`);
	await page.goto(ws);
	await page.waitForSelector(box);
	await drop(page, ".drop", [
		{ name: "time_entries.csv", body: renamed(read("time_entries.csv")) },
		{
			name: "rates.tsv",
			body: read("rates.csv").replaceAll(",", "\t"),
			type: "text/tab-separated-values",
		},
		...["contracts.csv", "invoices.csv"].map((name) => ({ name, body: read(name) })),
		{ name: "finance_policy.md", body: read("finance_policy.md"), type: "text/markdown" },
	]);
	await page.fill(box, objective);
	await page.waitForFunction(() => document.querySelectorAll(".file .pill.ok").length === 5);
	await page.click("text=Make a plan");
	await page.waitForSelector("[data-testid=diagnostic]");
	const codes = () =>
		page.locator("[data-testid=diagnostic]").evaluateAll((all) => all.map((d) => d.dataset.code));
	equal((await codes()).sort(), ["FC0303", "FC0310"], "both tables are refused as they stand");
	equal(
		await page.locator("[data-testid=convert]").count(),
		2,
		"and each finding offers the conversion",
	);
	ok(
		(await page.locator("[data-testid=convert-note]").count()) === 0,
		"which the request does not ask for yet",
	);
	await look("convert-offer");

	await page.locator("[data-testid=convert]").first().click();
	await page.waitForURL(/\/plans\//);
	await page.waitForSelector(".step-card");
	const adapters = page.locator(".step-card[data-adapter]");
	equal(
		(await adapters.evaluateAll((all) => all.map((x) => x.dataset.adapter))).sort(),
		["columns-csv", "tsv-to-csv"],
		"one click, and the plan has a step for each conversion",
	);
	const columns = page.locator(".step-card[data-adapter=columns-csv]");
	const says = await columns.innerText();
	for (const [from, to] of Object.entries({
		"Date Worked": "work_date",
		"Amount Billed": "billed_amount",
	}))
		ok(says.includes(from) && says.includes(to), `its step says that ${from} becomes ${to}`, says);
	ok(/day first/i.test(says), "and how the dates are read", says);
	ok(!/columns-csv|date:dmy|money:us/.test(says), "in words, not in codes", says);
	await columns.scrollIntoViewIfNeeded();
	await look("convert-plan");
	await page.locator("[id$='-normalize']").scrollIntoViewIfNeeded();
	await look("convert-consumer", { isNarrowToo: false });

	await page.click("a:has-text('Change the request'), button:has-text('Change the request')");
	await page.waitForSelector(box);
	equal(
		await page.inputValue(box),
		`${objective}\n\n${LINE}\n`,
		"the line stands below the request",
	);
	await page.goto(`${ws}/check`);
	await page.waitForSelector("[data-testid=convert-note]");
	await page.click("[data-testid=convert-undo]");
	equal(await page.inputValue(box), objective, "undo takes it out");
	ok((await page.locator("[data-testid=convert-note]").count()) === 0, "and the note with it");
	await page.click("button[type=submit]");
	await page.waitForSelector("[data-testid=diagnostic]");
	equal((await codes()).sort(), ["FC0303", "FC0310"], "and the tables are refused again");

	/* 03/04: nothing tells, so somebody has to */
	await drop(page, ".drop", [
		{
			name: "time_entries.csv",
			body: renamed(
				read("time_entries.csv"),
				(d) => `0${1 + (Number(d.slice(8)) % 9)}/0${1 + (Number(d.slice(6, 7)) % 9)}/2025`,
			),
		},
	]);
	await page.fill(box, `${objective}\n\n${LINE}\n`);
	await page.waitForSelector(".drop");
	await page.click("button[type=submit]");
	await page.waitForSelector("[data-code=FC0316]");
	equal(
		[
			await page.locator("[data-testid=convert-day]").count(),
			await page.locator("[data-testid=convert-month]").count(),
		],
		[1, 1],
		"dates that can be read both ways ask which is meant",
	);
	await look("convert-dates");
	await page.click("[data-testid=convert-day]");
	await page.waitForURL(/\/plans\//);
	await page.waitForSelector("text=FC0317");
	ok(true, "the answer stands in the plan as a warning");
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
		await theConversions({ page, look, expect, home: page.url(), sample: s.sample });
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
