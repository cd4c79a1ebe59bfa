/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Diag } from "../../api/types";
import { renameHeader, renameOf } from "./fix.utils";

const bytes = (s: string) => new TextEncoder().encode(s);
const text = (b: Uint8Array | null) =>
	b ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(b) : null;
const rename = (column: number, from: string, to = "id") => ({ file: "a.csv", column, from, to });

test("one name of the header changes, every other byte stays", () => {
	assert.equal(
		text(renameHeader(bytes('a,b,c\r\nb,"x,b",b\r\n'), rename(2, "b"))),
		'a,id,c\r\nb,"x,b",b\r\n',
	);
	assert.equal(text(renameHeader(bytes("\ufeffa,b"), rename(1, "a"))), "\ufeffid,b");
	assert.equal(
		text(renameHeader(bytes('"a,1","b ""q"""\n1,2'), rename(2, 'b "q"'))),
		'"a,1",id\n1,2',
	);
	assert.equal(text(renameHeader(bytes("only"), rename(1, "only"))), "id");
});
test("a new name that needs quotes gets them", () => {
	assert.equal(text(renameHeader(bytes("a,b\n"), rename(1, "a", 'x,"y'))), '"x,""y",b\n');
});
test("another name in that place, or no such column, and nothing is changed", () => {
	assert.equal(renameHeader(bytes("a,b\n"), rename(1, "b")), null);
	assert.equal(renameHeader(bytes("a,b\n"), rename(3, "a")), null);
	assert.equal(renameHeader(bytes(""), rename(1, "a")), null);
});
test("only a finding about another name, in a header, is an offer", () => {
	const d = {
		code: "FC0303",
		severity: "error",
		message: "",
		labels: [],
		place: { file: "attachments/o.csv", row: 1, column: 1 },
		help: "rename the column `order_no` to `order_id` and upload the file again",
	} as Diag;
	assert.deepEqual(renameOf(d), {
		file: "attachments/o.csv",
		column: 1,
		from: "order_no",
		to: "order_id",
	});
	assert.equal(renameOf({ ...d, code: "FC0302" }), null);
	assert.equal(renameOf({ ...d, help: "do something else" }), null);
	assert.equal(renameOf({ ...d, place: { file: "attachments/o.xlsx", row: 1, column: 1 } }), null);
	assert.equal(renameOf({ ...d, place: { file: "attachments/o.csv", row: 2, column: 1 } }), null);
});
