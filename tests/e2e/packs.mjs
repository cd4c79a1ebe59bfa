/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packs.mjs - packs of one's own, as a person meets them: a bad one with its findings, a good one by
 * drop, its switch, its versions, what uses it, the question before one in use is switched off, a
 * standard pack, phone width, removal.
 *
 * Alone: node tests/e2e/packs.mjs, with the settings of journey.mjs.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DESK, drop, finish, note, ok, openPage, PHONE, settings } from "./lib.mjs";

/* a pack of looms: one table */
function looms(version, column = "loom_no", more = {}) {
	const doc = {
		schema: "forge.pack.v1",
		id: "looms",
		version,
		label: "Looms",
		purpose: "Looms of a weaving mill and how long each has run.",
		triggers: ["loom hours"],
		example_goals: ["Sum up the hours of each loom."],
		entities: [
			{
				id: "looms.loom_day",
				label: "Loom day",
				key: [column],
				schema: {
					type: "object",
					required: ["loom_no", "shed", "warp_hours"],
					properties: {
						loom_no: { type: "string", "x-type": "id" },
						shed: { type: "string", "x-type": "text" },
						warp_hours: { type: "string", "x-type": "decimal" },
					},
				},
			},
		],
		playbooks: [],
		...more,
	};
	return JSON.stringify(doc, null, 1);
}
const file = (name, body) => [{ name, body, type: "application/json" }];

export async function thePacks({ page, look, expect, home }) {
	note("packs");
	const text = (selector) => page.locator(selector).first().innerText();
	const row = (id) => `tr[data-pack="${id}"]`;
	await page.goto(`${home}/packs`);
	await page.waitForSelector("h1:text-is('Packs')");
	ok(
		(await page.locator("#standard-packs tbody tr").count()) >= 13,
		"the standard packs are listed",
	);
	ok((await page.locator(row("looms")).count()) === 0, "and not ours yet");
	await look("packs");

	await expect(422, async () => {
		await drop(page, "#pack-upload .drop", file("looms.json", looms("1.0.0", "loom_number")));
		await page.waitForSelector(".pack-findings tbody tr");
	});
	const cells = await page.locator(".pack-findings tbody tr").first().locator("td").allInnerTexts();
	ok(/key column 'loom_number'/.test(cells[0]), "a bad pack is refused with what is wrong", cells);
	ok(cells[1] === "domain/looms.json", "with the file", cells);
	ok(Number(cells[2]) > 10, "the line", cells);
	ok(cells[3] === "/entities/0/key/0", "and the place in it", cells);
	await look("packs-refused");

	await drop(page, "#pack-upload .drop", file("looms.json", looms("1.0.0")));
	await page.waitForSelector(row("looms"));
	const knob = page.locator(`${row("looms")} [role=switch]`);
	ok((await knob.getAttribute("aria-checked")) === "false", "a new pack is off");
	await knob.focus();
	await page.keyboard.press("Space");
	await page.waitForSelector(`${row("looms")} [role=switch][aria-checked=true]`);
	ok(true, "the keyboard switches it on");
	await drop(page, "#pack-upload .drop", file("looms.json", looms("1.1.0")));
	await page.waitForSelector("#pack-upload :text('Looms 1.1.0 is here')");
	await expect(409, async () => {
		await drop(
			page,
			"#pack-upload .drop",
			file("looms.json", looms("1.1.0", "loom_no", { label: "Other" })),
		);
		await page.waitForSelector("#pack-upload [role=alert]");
	});
	ok(
		/a version never changes/.test(await text("#pack-upload [role=alert]")),
		"a version never changes",
	);

	await page.goto(`${home}/files`);
	await page.waitForSelector(".drop");
	await drop(page, ".drop", [
		{ name: "loom_days.csv", body: "loom_no,shed,warp_hours\nL1,north,7.50\n", type: "text/csv" },
	]);
	await page.waitForSelector("a:has-text('loom_days.csv')");
	await page.goto(`${home}/packs/looms`);
	await page.waitForSelector("#pack-uses :text('loom_days.csv')");
	ok(true, "what uses it is listed: a file of its entity");
	ok((await page.locator("#pack-versions li").count()) === 2, "both versions are there");
	await look("pack");
	await page.click("#pack-versions button:has-text('Use 1.1.0')");
	await page.waitForSelector("#pack-versions li[data-version='1.1.0'] .pill.ok");
	ok(true, "another version is chosen");

	await page.click(".head [role=switch]");
	await page.waitForSelector("dialog");
	ok(/1 file/.test(await text("dialog")), "before it is switched off, what uses it is said");
	await look("pack-off-question");
	await page.keyboard.press("Escape");
	ok(
		(await page.getAttribute(".head [role=switch]", "aria-checked")) === "true",
		"Escape leaves it on",
	);
	await page.click(".head [role=switch]");
	await page.click("dialog .danger");
	await page.waitForSelector(".head [role=switch][aria-checked=false]");
	ok(true, "and then it is off");

	await page.setViewportSize(PHONE);
	await look("pack-phone");
	await page.goto(`${home}/packs`);
	await page.waitForSelector(row("looms"));
	await look("packs-phone");
	await page.setViewportSize(DESK);
	await page.emulateMedia({ colorScheme: "dark" });
	await look("packs-dark");
	await page.emulateMedia({ colorScheme: "light" });

	await expect(409, async () => {
		await page.click(`${row("billing-audit")} [role=switch]`);
		await page.waitForSelector(`${row("billing-audit")} [role=alert]`);
	});
	ok(
		/needs 'billing-audit'/.test(await text(`${row("billing-audit")} [role=alert]`)),
		"a standard pack that another cannot do without stays on",
	);
	await page.click(`${row("legal-review")} [role=switch]`);
	await page.waitForSelector(`${row("legal-review")} [role=switch][aria-checked=false]`);
	await page.click(`${row("legal-review")} [role=switch]`);
	await page.waitForSelector(`${row("legal-review")} [role=switch][aria-checked=true]`);
	ok(true, "one that nothing needs goes off and on");

	await page.goto(`${home}/packs/looms`);
	for (const version of ["1.1.0", "1.0.0"]) {
		await page.click(`#pack-versions li[data-version='${version}'] button:has-text('Remove')`);
		await page.click("dialog .danger");
		await page.waitForFunction(
			(v) => !document.querySelector(`#pack-versions li[data-version='${v}']`),
			version,
		);
	}
	await page.waitForSelector("h1:text-is('Packs')");
	await page.waitForFunction(() => !document.querySelector("tr[data-pack='looms']"));
	ok(true, "versions that nothing uses are removed, and with the last one the pack");
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
		await thePacks({ page, look, expect, home: page.url() });
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
