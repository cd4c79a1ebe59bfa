/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { bytes, count, list, memory, ms, sentence, shortHash, titleOf, when } from "./format";

test("titles: the first line that says something, without Markdown signs", () => {
	assert.equal(
		titleOf("# Billing Audit — Operator Prompt (v2)\n\nAudit…"),
		"Billing Audit — Operator Prompt (v2)",
	);
	assert.equal(titleOf("/plan\nTransform the CSV files. Then stop."), "Transform the CSV files");
	assert.equal(titleOf("- **Check** `every` entry"), "Check every entry");
	assert.equal(titleOf("  \n"), "Untitled work");
	assert.equal(titleOf(null), "Untitled work");
});
test("titles: a long first sentence is cut at a word", () => {
	const title = titleOf("word ".repeat(60));
	assert(title.length <= 91 && title.endsWith("word…"));
});
test("sizes and times", () => {
	assert.deepEqual([0, 999, 1000, 57912, 1234567, "2500000000"].map(bytes), [
		"0 B",
		"999 B",
		"1.0 kB",
		"58 kB",
		"1.2 MB",
		"2.5 GB",
	]);
	assert.deepEqual([0.4, 999, 1000, 59949, 60000, 61000, 3600000].map(ms), [
		"0 ms",
		"999 ms",
		"1.0 s",
		"59.9 s",
		"1 min",
		"1 min 1 s",
		"1 h 0 min",
	]);
	assert.deepEqual(["536870912", "1073741824", 1048576].map(memory), [
		"512 MiB",
		"1 GiB",
		"1.0 MiB",
	]);
});
test("counts carry their noun", () => {
	assert.equal(count(1, "row"), "1 row");
	assert.equal(count(1234, "row"), "1,234 rows");
	assert.equal(count(2, "check does", "checks do"), "2 checks do");
});
test("clauses of the server become sentences; names keep their case", () => {
	assert.equal(
		sentence("row 3 has 1 cell, the header has 2"),
		"Row 3 has 1 cell, the header has 2.",
	);
	assert.equal(sentence("Already one."), "Already one.");
	assert.equal(sentence("`billed_rate` is missing"), "`billed_rate` is missing.");
	assert.equal(sentence("time_entries.csv has no rows"), "time_entries.csv has no rows.");
	assert.equal(sentence(""), "");
});
test("hashes are six and four digits", () => {
	assert.equal(shortHash("0123456789abcdef"), "012345…cdef");
});
test("lists", () => {
	assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(list), [
		"",
		"a",
		"a and b",
		"a, b and c",
	]);
});
test("days: the clock today, the date before", () => {
	const now = new Date("2026-03-05T15:00:00");
	assert.equal(when("2026-03-05T09:07:00", now), "09:07");
	assert.equal(when("2026-03-04T09:07:00", now), "Mar 4, 09:07");
	assert.equal(when("2025-03-04T09:07:00", now), "Mar 4, 2025");
	assert.equal(when("soon", now), "soon");
});
