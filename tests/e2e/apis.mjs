/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apis.mjs - the APIs of a workspace, as a person meets them: a file that is none, import by drop and
 * by choice, search and filter, an operation's three panes, tokens that explain themselves, filling,
 * findings, fixes, one history for all that changes the text, drafts, the request, a refused operation, phone width, removal.
 *
 * Part of journey.mjs; alone: node tests/e2e/apis.mjs, with the settings of journey.mjs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drop, equal, finish, note, ok, openPage, PHONE, DESK, root, settings } from "./lib.mjs";

const fixture = (name) => readFileSync(join(root, "tests", "fixtures", "apis", name));

/* spec of many operations, to be scrolled and searched */
function many(n) {
	const paths = {};
	for (let i = 0; i < n; i++)
		paths[`/things/${i}`] = {
			get: {
				operationId: `getThing${i}`,
				summary: `Thing number ${i}`,
				tags: [`group ${i % 5}`],
				responses: {},
			},
		};
	return JSON.stringify({ openapi: "3.0.3", info: { title: "Many things", version: "7" }, paths });
}

/* one operation whose optional member leads nowhere */
const holed = JSON.stringify({
	openapi: "3.0.3",
	info: { title: "With a hole", version: "1" },
	paths: {
		"/notes": {
			post: {
				requestBody: {
					required: true,
					content: {
						"application/json": {
							schema: {
								type: "object",
								required: ["text"],
								properties: {
									text: { type: "string" },
									author: { $ref: "#/components/schemas/Missing" },
								},
							},
						},
					},
				},
				responses: {},
			},
		},
	},
});

export async function theApis({ page, look, expect, home }) {
	note("apis");
	const text = (selector) => page.locator(selector).first().innerText();
	const verdict = (state) => page.waitForSelector(`.pane.on .verdict[data-state=${state}]`);
	const editor = ".pane.on .edit textarea";
	await page.goto(home);
	await page.click("nav a:has-text('APIs')");
	await page.waitForSelector("#import");
	ok(/No API is imported yet/.test(await text(".empty")), "an empty list says what to do");
	await look("apis-empty");

	await expect(422, async () => {
		await drop(page, ".drop", [{ name: "prices.csv", body: "item,price\npen,1\n" }]);
		await page.waitForSelector("#import [role=alert]");
	});
	const said = await text("#import [role=alert]");
	ok(
		/prices\.csv was not imported/.test(said) && /openapi/i.test(said),
		"a file that is no description is told what it is and what is needed",
		said,
	);
	await look("apis-refused");
	await drop(page, ".drop", [
		{ name: "shelter.json", body: fixture("shelter.json"), type: "application/json" },
	]);
	await page.waitForSelector("h1:text-is('Animal shelter')");
	await page.waitForSelector(".op-row");
	equal(
		await page.locator(".op-row").count(),
		6,
		"a dropped description becomes its six operations",
	);
	ok(/1 operation without a template/.test(await text(".head")), "one of them without a template");
	ok(/NotThere/.test(await text(".op-row:has-text('/reports')")), "and the list says why");
	await look("apis-catalogue");
	await page.fill("input[type=search]", "visit");
	await page.waitForFunction(() => document.querySelectorAll(".op-row").length === 1);
	ok(/q=visit/.test(page.url()), "the search is in the address");
	await page.fill("input[type=search]", "");
	await page.selectOption("[role=search] select >> nth=0", "animals");
	await page.waitForFunction(() => document.querySelectorAll(".op-row").length === 4);
	await page.reload();
	await page.waitForFunction(() => document.querySelectorAll(".op-row").length === 4);
	ok(true, "so is the tag, and a reload keeps it");

	await page.click(".op-row:has-text('Admit an animal')");
	await page.waitForSelector(".panes");
	await verdict("ok");
	equal(await page.locator(".pane:visible").count(), 3, "three panes side by side");
	ok(
		(await page.inputValue(editor)).includes("31.50"),
		"the editor starts with the description's own example, digit for digit",
	);
	equal(
		await text("[data-testid=address]"),
		"https://api.shelter.example/v2/animals",
		"and shows the request it makes",
	);
	await look("apis-operation");

	ok(
		await page.evaluate(() => !document.querySelector("#ladder").open),
		"the ladder's configuration is closed until it is asked for",
	);
	const over = await page.$eval(".pane.template .code", (e) => e.scrollWidth - e.clientWidth);
	equal(over, 0, "no token of the template is cut: long lines are broken");
	const token = page.locator(".pane [data-n]:has-text('FILL_ENUM|dog')");
	await token.focus();
	const words = await text(".token-words");
	ok(
		/Must be one of: dog, cat, rabbit, guinea_pig/.test(words),
		"a token with the focus is explained in words",
	);
	ok(/species\s+\/_body\/species/.test(words), "with the name of its field", words);
	const box = await page.locator(".token-words").boundingBox();
	ok(
		box.y >= 0 && box.y + box.height <= DESK.height,
		"in the window, without scrolling",
		JSON.stringify(box),
	);
	await page.keyboard.press("ArrowDown");
	ok(
		await page.evaluate(() => document.activeElement?.matches("[data-n]")),
		"the arrow keys go from token to token",
	);
	await page.locator(".json summary:has-text('#/components/schemas/Animal')").first().click();
	await page.waitForSelector(".json .j-name:has-text('weight_kg')");
	ok(true, "a reference opens in place");

	await page.fill(
		editor,
		'{\n  "_body": {\n    "name": "Rex",\n    "species": "dgo",\n    "wieght_kg": 31.50\n  }\n}',
	);
	await verdict("bad");
	equal(
		await page.locator(".pane.on .finding").count(),
		2,
		"two faults, two findings, while typing",
	);
	ok(
		await page.evaluate(() => {
			const top = (s) => document.querySelector(s).getBoundingClientRect().top;
			return top(".verdict") < top(".findings") && top(".findings") < top(".pane.on .edit");
		}),
		"verdict and findings stand above the editor",
	);
	equal(
		await page.locator(".edit .mk").allInnerTexts(),
		['"dgo"', '"wieght_kg"'],
		"underlined at their places",
	);
	ok(/line 4, column/.test(await text(".finding[data-code=IMP_ENUM]")), "each with its line");
	await look("apis-findings");
	await page.click(".finding[data-code=IMP_ENUM] >> text=Go there");
	equal(
		await page.$eval(editor, (e) => e.value.slice(e.selectionStart, e.selectionEnd)),
		'"dgo"',
		"its button leads to it",
	);
	await page.click(".finding[data-code=IMP_ENUM] >> text=Apply fix");
	await page.waitForFunction(() => document.querySelectorAll(".finding").length === 1);
	ok((await page.inputValue(editor)).includes('"dog"'), "a fix goes into the text");
	await page.click("button:text-is('Undo')");
	await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
	ok((await page.inputValue(editor)).includes('"dgo"'), "and can be taken back");
	const before = await page.inputValue(editor);
	await page.click(".finding[data-code=IMP_ENUM] >> text=Apply fix");
	await page.waitForFunction((sel) => document.querySelector(sel).value.includes('"dog"'), editor);
	await page.$eval(editor, (e) =>
		e.setSelectionRange(e.value.indexOf("Rex"), e.value.indexOf("Rex")),
	);
	await page.focus(editor);
	await page.keyboard.insertText("Old "); // one entry of the history, however slow the machine is
	const later = await page.inputValue(editor);
	ok(later.includes('"Old Rex"') && later.includes('"dog"'), "typing goes on after a fix", later);
	await page.keyboard.press("Control+z");
	const once = await page.inputValue(editor);
	ok(
		once.includes('"Rex"') && once.includes('"dog"'),
		"Ctrl+Z takes back the typing, not the fix",
		once,
	);
	await page.keyboard.press("Control+z");
	equal(await page.inputValue(editor), before, "and then the fix");
	await page.keyboard.press("Control+Shift+z");
	await page.keyboard.press("Control+Shift+z");
	equal(await page.inputValue(editor), later, "Ctrl+Shift+Z does both again");
	await page.click("button:text-is('Undo')");
	await page.click("button:text-is('Undo')");
	await page.click("button:text-is('Redo')");
	await page.click("button:text-is('Undo')");
	equal(await page.inputValue(editor), before, "so do the buttons");
	await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
	await page.click("text=Apply 2 fixes");
	await verdict("ok");
	const fixed = await page.inputValue(editor);
	ok(
		fixed.includes('"species": "dog"') && fixed.includes('"weight_kg": 31.50'),
		"all fixes at once make it decode, numbers untouched",
		fixed,
	);
	ok(
		/"weight_kg": 31\.50/.test(await text("[data-testid=request] .code")),
		"the body is shown as it travels",
	);
	await page.click("[data-testid=request] >> text=Copy as curl");
	await page.waitForFunction(() =>
		/Copied the request/.test(document.querySelector("body [aria-live]")?.textContent ?? ""),
	);
	ok(true, "the request is copied as a command");

	await page.fill(
		editor,
		`{"_body": {"nmae": "Rex", "species": "dgo", "tags": ["${"x".repeat(200)}"]}}`,
	);
	await verdict("bad");
	await page.waitForSelector("text=Apply 2 fixes");
	ok(
		(await page.locator(".finding[data-code=IMP_MISSING]").count()) === 1 &&
			(await page.locator(".finding[data-code=IMP_UNKNOWN_KEY]").count()) === 1,
		"a misspelt required member is two findings and one fix: with another, two are offered",
	);
	await page.$eval(editor, (e) => {
		e.scrollLeft = 400;
	});
	await page.click("text=Apply 2 fixes");
	await verdict("ok");
	const named = await page.inputValue(editor);
	ok(
		named.startsWith('{"_body": {"name": "Rex", "species": "dog"'),
		"the shared fix is made once",
		named,
	);
	equal(await text(".fill-note"), "2 fixes applied.", "what was done is said to the eye too");
	ok(
		await page.$eval(editor, (e) => e.scrollLeft < 200),
		"the editor is scrolled back to what changed",
	);
	equal(
		await page.$eval(".pane.on label.inline select >> nth=0", (e) => e.selectedOptions[0].text),
		"Your text",
		"the start says that the text is one's own",
	);
	await page.reload();
	await verdict("ok");
	equal(await page.inputValue(editor), named, "a reload keeps it");
	await page.click(".back");
	await page.waitForSelector(".op-row");
	await page.click(".op-row:has-text('Admit an animal')");
	await verdict("ok");
	equal(await page.inputValue(editor), named, "so does going away and coming back");
	await page.selectOption(".pane.on select", { label: "Example: A dog named Rex" });
	ok(
		/Your text was replaced/.test(await text(".fill-note")),
		"another start says what it replaced",
	);
	ok((await page.inputValue(editor)).includes("31.50"), "and is in the editor");
	await page.click("button:text-is('Undo')");
	equal(await page.inputValue(editor), named, "one step back");
	await page.selectOption(".pane.on select", "template");
	await page.selectOption(".pane.on select", "own");
	equal(await page.inputValue(editor), named, "or by its name");

	await page.context().setOffline(true);
	await expect("net::ERR_INTERNET_DISCONNECTED", async () => {
		await page.fill(editor, '{"_body": {"name": "Rex", "species": "cat"}}');
		await page.waitForSelector(".pane.on .banner.bad");
	});
	await page.context().setOffline(false);
	await verdict("ok");
	ok(true, "back on line, the text is decoded without being asked");
	await page.fill(editor, "[]");
	await verdict("bad");
	ok(/the whole document/.test(await text(".finding-place")), "a finding about all of it says so");

	await page.fill(editor, "Sure! ```json\n{'_body': {name: 'Rex', species: 'cat',}}\n```");
	await verdict("ok");
	await page.waitForSelector(".pane.on .banner:has-text('in reading')");
	const mended = await text(".pane.on .banner");
	ok(
		/repairs? in reading/.test(mended) && /line 2, column \d+: '/.test(mended),
		"what had to be mended is listed with its place",
		mended,
	);
	await look("apis-mended");
	await page.click("text=Use the mended text");
	await verdict("ok");
	equal(
		JSON.parse(await page.inputValue(editor)),
		{ _body: { name: "Rex", species: "cat" } },
		"and can be taken over",
	);
	await page.click("label:has-text('Mend what can be')");
	await page.fill(editor, "{'_body': {}}");
	await verdict("bad");
	ok((await page.locator(".finding[data-code=IMP_PARSE]").count()) > 0, "strictly, it is not JSON");
	await page.selectOption(".pane.on select", "template");
	await page.waitForSelector(".finding[data-code=IMP_UNFILLED]");
	ok(true, "the template itself is not filled, and says so");

	await page.setViewportSize({ width: PHONE.width, height: PHONE.height });
	equal(await page.locator(".pane:visible").count(), 1, "a narrow window shows one pane");
	await page.click(".pane-choice button:has-text('Template')");
	await page.waitForSelector(".pane.on #pane-template");
	ok(/pane=template/.test(page.url()), "its choice is in the address");
	await look("apis-narrow", { isNarrowToo: false });
	await page.setViewportSize(DESK);
	await page.click(".back");
	await page.click(".op-row:has-text('/reports')");
	await page.waitForSelector(".banner.warn");
	ok(/NotThere/.test(await text(".banner.warn")), "an operation without a template says why");
	await look("apis-no-template");

	await page.click("nav a:has-text('APIs')");
	const newer = JSON.stringify({
		...JSON.parse(fixture("shelter.json")),
		info: { title: "Animal shelter", version: "3.0.0" },
	});
	await expect(422, async () => {
		await drop(page, ".drop", [
			{ name: "shelter.json", body: newer, type: "application/json" },
			{ name: "prices.csv", body: "item,price\npen,1\n" },
			{ name: "holed.json", body: holed, type: "application/json" },
		]);
		await page.waitForFunction(
			() =>
				document.querySelectorAll(".jobs [data-state=done], .jobs [data-state=failed]").length ===
				3,
		);
	});
	ok(
		(await page.locator(".jobs [data-state=done]").count()) === 2 &&
			/prices\.csv was not imported/.test(await text(".jobs [data-state=failed]")),
		"of several files each says what became of it",
	);
	await page.waitForSelector("tbody tr:has-text('3.0.0')");
	ok(
		/Older version of the file/.test(await text("tbody tr:has-text('2.3.0')")) &&
			!/Older/.test(await text("tbody tr:has-text('3.0.0')")),
		"of two versions of one file the list says which is the older",
	);
	await look("apis-several");
	await page.click("tbody tr:has-text('2.3.0') a");
	await page.waitForSelector("text=A newer version of the file is here");
	await page.click("main .banner a:has-text('3.0.0')");
	await page.waitForFunction(() => !document.querySelector("main .banner"));
	ok(/3\.0\.0/.test(await text("main .facts")), "the older one leads to the newer");
	await page.click("nav a:has-text('APIs')");
	await page.click("tbody tr:has-text('holed') a");
	await page.waitForSelector(".op-row");
	ok(
		/1 note/.test(await text(".op-row")),
		"the list marks an operation that something is noted about",
	);
	await page.click(".op-row");
	await page.waitForSelector(".pane.template .banner");
	ok(
		/left out/.test(await text(".pane.template .banner")) &&
			/Missing/.test(await text(".pane.template .banner")),
		"the template says what was left out, and why",
		await text(".pane.template .banner"),
	);
	await look("apis-left-out");

	await page.click("nav a:has-text('APIs')");
	await drop(page, ".drop", [{ name: "many.json", body: many(1200), type: "application/json" }]);
	await page.waitForSelector("h1:text-is('Many things')");
	await page.waitForSelector(".op-row");
	ok(
		(await page.locator(".op-row").count()) < 60,
		"of 1,200 operations only those in sight are in the page",
	);
	await page.locator(".op-row").first().focus();
	await page.keyboard.press("End");
	await page.waitForFunction(() => document.activeElement?.textContent?.includes("/things/1199"));
	ok(true, "End goes to the last one");
	await page.fill("input[type=search]", "number 777");
	await page.waitForFunction(() => document.querySelectorAll(".op-row").length === 1);
	await look("apis-many");
	await page.click("text=Remove API");
	await page.waitForSelector("dialog");
	await page.click("dialog .danger");
	await page.waitForSelector("h1:text-is('APIs')");
	await page.waitForFunction(
		() => !document.querySelector("tbody")?.textContent.includes("Many things"),
	);
	ok(true, "an API is removed after one question");
	const id = await page.locator("#import option:has-text('many.json')").getAttribute("value");
	await page.selectOption("#import select", id);
	await page.click("#import button[type=submit]");
	await page.waitForSelector("h1:text-is('Many things')");
	ok(true, "and imported again from the file that stayed");
	await page.click(".back");
	await page.waitForSelector("tbody tr");
	await look("apis");
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
		await theApis({ page, look, expect, home: page.url() });
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
