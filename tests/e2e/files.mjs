/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.mjs - what a file most likely is, as a person meets it: a table under other names and with other
 * dates, why it is taken for what, what must be converted, what speaks against it, the files it goes with.
 *
 * Alone: node tests/e2e/files.mjs, with the settings of journey.mjs.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drop, finish, note, ok, openPage, settings } from "./lib.mjs";

const days = Array.from({ length: 9 }, (_, i) => 13 + i);
const HOURS = [
	"Timesheet ID,Emp ID,Contract No,Date Worked,Hours,Bill Rate,Bill Amount,Invoice Ref,Mood",
	...days.map((d, i) => `T-${i},P-1,C-${i % 3},${d}.03.2026,"7,5",$80.00,$600.00,IV-${i % 5},fine`),
].join("\n");
const BILLS = [
	"Invoice No,Payment Status",
	...days.map((_, i) => `IV-${i},${i % 2 ? "open" : "paid"}`),
].join("\n");

export async function theFiles({ page, look, home }) {
	note("files");
	await page.goto(`${home}/files`);
	await drop(page, ".drop", [
		{ name: "seen hours.csv", body: HOURS },
		{ name: "seen bills.csv", body: BILLS },
	]);
	const row = page.locator("tr", { hasText: "seen hours.csv" });
	await row.waitFor();
	ok((await row.innerText()).includes("likely Time entry"), "the list says what it likely is");
	await page.locator("tr", { hasText: "seen bills.csv" }).waitFor();
	await look("files-likely");
	await page.click("a:text-is('seen hours.csv')");
	await page.waitForSelector("#likely table");
	const said = await page.locator("#likely").innerText();
	for (const words of [
		"Time entry",
		"% sure",
		"8 of 8 columns that it needs",
		"Date Worked reads as dates, day first",
		"to be read as dates, day first",
		"to be read as amounts in USD",
		"another name for it",
		"Columns that belong to nothing",
		"Mood",
	])
		ok(said.includes(words), `the page says "${words}"`, said);
	await page.waitForSelector("#related li");
	const related = await page.locator("#related").innerText();
	ok(related.includes("seen bills.csv"), "the file it refers to is named", related);
	ok(
		(await page.locator("#columns").innerText()).includes("reads as dates, day first"),
		"the columns say how their values read",
	);
	await look("file-likely");
	await page.click("#related li a:text-is('seen bills.csv')");
	await page.waitForSelector("h1:text-is('seen bills.csv')");
	ok(true, "related files are a click away");
	for (const name of ["seen bills.csv", "seen hours.csv"]) {
		await page.goto(`${home}/files`);
		await page.click(`a:text-is('${name}')`);
		await page.click("button:text-is('Delete file')");
		await page.click(`dialog button:text-is('Delete ${name}')`);
		await page.waitForSelector("h1:text-is('Files')");
	}
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
		await theFiles({ page, look, home: page.url() });
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
