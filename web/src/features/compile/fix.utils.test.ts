/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Diag } from "../../api/types";
import {
	convertLine,
	convertOf,
	renameHeader,
	renameOf,
	withConvert,
	withoutConvert,
} from "./fix.utils";

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

const P = "strict.allow-normalizers.v1";
const found = (help: string) =>
	({
		code: "FC0310",
		severity: "error",
		message: "",
		labels: [],
		place: null,
		help,
	}) as unknown as Diag;

test("a finding that names the line offers it, and says when the order of dates is wanted too", () => {
	const line = `convert the file; or write the line \`policy: ${P}\` in the objective`;
	assert.deepEqual(convertOf(found(`${line}: Forge then converts it`)), {
		policy: P,
		needsOrder: false,
	});
	assert.deepEqual(
		convertOf(
			found(`${line}, and a sentence (\`Dates are day first.\` or \`Dates are month first.\`)`),
		),
		{ policy: P, needsOrder: true },
	);
	assert.deepEqual(convertOf(found('a sentence of the objective ("Dates are day first.")')), {
		policy: null,
		needsOrder: true,
	});
	assert.equal(convertOf(found("convert the file and upload it again")), null);
});
test("the line is added below what was written, and undo gives that back", () => {
	const c = { policy: P, needsOrder: false };
	const written = "Audit the time.\n\n- keep every row";
	const with1 = withConvert(written, c, null);
	assert.equal(with1, `${written}\n\npolicy: ${P}\n`);
	assert.equal(convertLine(with1), P);
	assert.equal(withoutConvert(with1), written);
	const both = withConvert(with1, { ...c, needsOrder: true }, "day");
	assert.equal(both, `${written}\n\nDates are day first.\npolicy: ${P}\n`);
	assert.equal(withoutConvert(both), written);
});
test("another policy of the request is replaced, and an order alone leaves the line", () => {
	const other = "Audit.\npolicy: strict.fail-closed.v1\nThoroughly.";
	assert.equal(
		withConvert(other, { policy: P, needsOrder: false }, null),
		`Audit.\nThoroughly.\n\npolicy: ${P}\n`,
	);
	assert.equal(
		withConvert(`Audit.\npolicy: ${P}\n`, { policy: null, needsOrder: true }, "month"),
		`Audit.\npolicy: ${P}\n\nDates are month first.\n`,
	);
});
test("prose about a policy is no such line", () => {
	for (const s of [
		"Our policy: be strict",
		"Policy: finance_policy.md",
		"policy:",
		"policy: as agreed with Bo",
	])
		assert.equal(convertLine(s), null, s);
	for (const s of [`- policy: \`${P}\``, `Policy: ${P}.`, `  policy:${P}`])
		assert.equal(convertLine(s), P, s);
});
