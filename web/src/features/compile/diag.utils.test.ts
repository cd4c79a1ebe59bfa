/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Diag } from "../../api/types";
import { windowOf } from "../shared/Cells";
import { errorsIn, filesOf, marked, sorted, spotsOf } from "./diag.utils";

const diag = (d: Partial<Diag>): Diag => ({
	code: "FC0302",
	severity: "error",
	message: "",
	place: null,
	labels: [],
	...d,
});

test("errors come first, each group in the order of finding", () => {
	const list = [
		diag({ severity: "note", code: "a" }),
		diag({ code: "b" }),
		diag({ severity: "warning", code: "c" }),
		diag({ code: "d" }),
	];
	assert.deepEqual(
		sorted(list).map((d) => d.code),
		["b", "d", "c", "a"],
	);
	assert.equal(errorsIn(list), 2);
});
test("the place and the labels of one row are shown together", () => {
	const d = diag({
		place: { file: "attachments/t.csv", row: 1, column: 5 },
		labels: [
			{ file: "attachments/t.csv", row: 1, column: 6, text: "`rate` is the nearest" },
			{ file: "attachments/u.csv", row: 3, column: 1, text: "x" },
			{ text: "no place" },
		],
	});
	assert.deepEqual(spotsOf(d), [
		{
			file: "attachments/t.csv",
			row: 1,
			columns: [
				{ column: 5, text: "" },
				{ column: 6, text: "`rate` is the nearest" },
			],
		},
		{ file: "attachments/u.csv", row: 3, columns: [{ column: 1, text: "x" }] },
	]);
	assert.deepEqual(filesOf(d), ["attachments/t.csv", "attachments/u.csv"]);
});
test("a place inside the plan itself is no file of the workspace", () => {
	assert.deepEqual(
		filesOf(diag({ place: { file: "candidate", pointer: "/steps/0", line: 3 } })),
		[],
	);
});
test("underlining counts characters, not bytes", () => {
	assert.deepEqual(marked("für €12 genau", 4, 3), ["für ", "€12", " genau"]);
});
test("of a wide table the columns around the marked one are shown", () => {
	assert.deepEqual(windowOf(5, [9]), [0, 5]);
	assert.deepEqual(windowOf(30, [1]), [0, 6]);
	const [from, to] = windowOf(30, [12, 14]);
	assert(from <= 11 && to >= 14);
	assert.deepEqual(windowOf(30, [30]), [24, 30]);
	assert.deepEqual(windowOf(30, []), [0, 30]);
});
