/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Contract, Plan } from "../../api/types";
import { columnChanges, graphOf, convertWords } from "./plan.utils";

const adapter = {
	id: "columns-csv",
	version: "1.0.0",
	type: "columns",
	from: "table.csv",
	to: "table.csv",
	lossless: false,
};
const contract = (adapted: unknown, columns: unknown) =>
	({
		adapter: adapted,
		label: "x",
		depends_on: [],
		outputs: [{ label: "Orders" }],
		execution: { params: { columns, rest: "keep" } },
	}) as unknown as Contract;

test("an inserted step shows the columns that change, and no others", () => {
	const lines = [
		{ from: "Order No", to: "order_id", convert: null },
		{ from: "amount", to: "amount", convert: null },
		{ from: "placed", to: "placed", convert: "date:dmy" },
	];
	assert.deepEqual(columnChanges(contract(adapter, lines)), [lines[0], lines[2]]);
});

test("a step of the user's has no column changes, whatever its parameters are", () => {
	assert.deepEqual(columnChanges(contract(null, [{ from: "a", to: "b" }])), []);
	assert.deepEqual(columnChanges(contract(adapter, "nonsense")), []);
	assert.deepEqual(columnChanges(contract(adapter, [null, 7, { from: 1 }])), []);
});

test("the graph says what an adapter converts", () => {
	const plan = (a: unknown) =>
		({ steps: [{ step_id: "ps-0-x", contract: contract(a, []) }] }) as unknown as Plan;
	const kind = { ...adapter, type: "kind", from: "table.tsv" };
	assert.equal(graphOf(plan(null), String)[0]?.note, "Orders");
	assert.equal(graphOf(plan(kind), String)[0]?.note, "table.tsv to table.csv");
	assert.equal(graphOf(plan(adapter), String)[0]?.note, "columns of table.csv");
});

test("a conversion's code is said in words", () => {
	assert.equal(convertWords("date:dmy"), "dates, day first");
	assert.equal(convertWords("date:mdy:30"), "dates, month first");
	assert.equal(convertWords("money:us:USD"), "amounts in USD like 1,234.50");
	assert.equal(convertWords("money:eu"), "amounts like 1.234,50");
	assert.equal(convertWords("number:swiss"), "numbers like 1'234.50");
	assert.equal(convertWords("timestamp:ymd:Z"), "dates with a time, year first");
	assert.equal(convertWords("unit:drop:kg"), "numbers in kg");
	assert.equal(convertWords("something:new"), "something:new");
});
