/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { cellText, csvGrid, parseCsv, pick, rowsOf, tablesIn, widths } from "./table";

test("csv: quotes, doubled quotes, commas and line breaks inside quotes are kept", () => {
	assert.deepEqual(parseCsv('a,b\r\n"x,1","say ""hi""\nthere"\r\n'), [
		["a", "b"],
		["x,1", 'say "hi"\nthere'],
	]);
});
test("csv: a byte order mark is not part of the first name", () => {
	assert.deepEqual(parseCsv("\ufeffid,n\n1,2"), [
		["id", "n"],
		["1", "2"],
	]);
});
test("csv: the last row needs no line end, and empty cells stay", () => {
	assert.deepEqual(parseCsv("a,b,c\n1,,\n,,3"), [
		["a", "b", "c"],
		["1", "", ""],
		["", "", "3"],
	]);
});
test("grid: a column is numeric only when each of its values is", () => {
	const g = csvGrid("id,n,m\nA,1,\nB,-2.5,\nC,x1,\n");
	assert.deepEqual(g.numeric, [false, false, false]);
	assert.deepEqual(csvGrid("n\n1\n-2.5\n\n1e3\n").numeric, [true]);
});
test("pick: every word must be in the row, in any cell, whatever the case", () => {
	const g = csvGrid("a,b\nRate,INV-1\nCap,INV-2\nrate,INV-2\n");
	assert.deepEqual(pick(g, "rate inv-2", null), [2]);
	assert.deepEqual(pick(g, "", null), [0, 1, 2]);
	assert.deepEqual(pick(g, "nothing", null), []);
});
test("pick: numbers sort as numbers, signs count, empty cells come last both ways", () => {
	const g = csvGrid("n\n10\n-3\n9\n\n1,000\n");
	g.rows = [["10"], ["-3"], ["9"], [""], ["1,000"]];
	g.numeric = [true];
	const shown = (isDown: boolean) => pick(g, "", { column: 0, isDown }).map((i) => g.rows[i]?.[0]);
	assert.deepEqual(shown(false), ["-3", "9", "10", "1,000", ""]);
	assert.deepEqual(shown(true), ["1,000", "10", "9", "-3", ""]);
});
test("rows: an array of objects is a table with the union of the keys in order of meeting", () => {
	const g = rowsOf([
		{ a: 1, b: ["x", "y"] },
		{ b: null, c: { d: 1 } },
	]);
	assert.deepEqual(g?.columns, ["a", "b", "c"]);
	assert.deepEqual(g?.rows, [
		["1", "x, y", ""],
		["", "", '{"d":1}'],
	]);
});
test("rows: a list of plain values, an empty list and an object are no table", () => {
	assert.equal(rowsOf([1, 2]), null);
	assert.equal(rowsOf([]), null);
	assert.equal(rowsOf({ a: 1 }), null);
});
test("tables: the arrays of objects directly inside a document are its tables", () => {
	const found = tablesIn({ accepted: [{ id: 1 }], rejected: [], totals: { n: 1 } });
	assert.deepEqual(
		found.map((x) => x.name),
		["accepted"],
	);
});
test("cells: false and zero are shown", () => {
	assert.equal(cellText(false), "false");
	assert.equal(cellText(0), "0");
	assert.equal(cellText(null), "");
});
test("widths: bounded on both sides, and no narrower than the head", () => {
	const w = widths(
		["id", "a_rather_long_column_name"],
		[
			["1", "x"],
			["y".repeat(500), "z"],
		],
	);
	assert.equal(w[0], 47);
	assert(w[1] !== undefined && w[1] >= "a_rather_long_column_name".length);
});
