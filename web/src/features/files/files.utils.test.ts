/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "../../api/types";
import { convertWords, readingOf, summaryText } from "./files.utils";

const column = (more: Partial<Column>): Column => ({
	name: "c",
	type: "text",
	nulls: 0,
	distinct: 3,
	min: null,
	max: null,
	...more,
});

test("conversions are said in words", () => {
	assert.equal(convertWords("date:dmy"), "dates, day first");
	assert.equal(convertWords("date:dmy:30"), "dates, day first");
	assert.equal(convertWords("date:name"), "dates, with the month as a word");
	assert.equal(convertWords("timestamp:unix_ms"), "times counted in milliseconds since 1970");
	assert.equal(convertWords("money:us:USD"), "amounts in USD, 1,234.5");
	assert.equal(convertWords("number:eu"), "numbers, 1.234,5");
	assert.equal(convertWords("unit:drop:kg"), "numbers, without “kg”");
	assert.equal(convertWords("enum:case"), "the same words in another case");
	assert.equal(convertWords("something:new"), "something:new");
});

test("a reading is said where it is more than the type", () => {
	assert.equal(readingOf(column({ type: "integer", reading: "integer" })), "");
	assert.equal(
		readingOf(column({ reading: "date", date_style: "dmy-yy" })),
		"dates, day first, years of two digits",
	);
	assert.equal(
		readingOf(column({ reading: "date", date_style: "ambiguous" })),
		"dates, day or month first is open",
	);
	assert.equal(
		readingOf(column({ reading: "money", currency: "EUR", number_style: "eu" })),
		"amounts in EUR, 1.234,5",
	);
	assert.equal(
		readingOf(column({ reading: "money", currency: "mixed" })),
		"amounts in several currencies",
	);
	assert.equal(readingOf(column({ reading: "boolean" })), "boolean");
	assert.equal(readingOf(column({})), "");
});

test("a summary's members become text", () => {
	assert.equal(summaryText([{ name: "a" }, { name: "b" }]), "a, b");
	assert.equal(summaryText({ files: 3, depth: null }), "files 3, depth –");
	assert.equal(summaryText(true), "yes");
	assert.equal(summaryText(Array.from({ length: 14 }, (_, i) => i)).endsWith("11, …"), true);
});
