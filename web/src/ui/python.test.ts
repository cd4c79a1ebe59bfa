/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { pythonLines, type Token } from "./python";

const kinds = (line: Token[] | undefined) =>
	(line ?? []).filter((t) => t.kind).map((t) => `${t.kind}:${t.text}`);

test("colouring never changes a character", () => {
	const source =
		'#!x\n"""doc\n  more"""\n@dec.or\nasync def f(a, b="q\\"q"):\n\treturn a @ b if a != 0x1f else f\'{b}\' # end\n  \'open\né = "ü" + r\'\\\'\n';
	assert.equal(
		pythonLines(source)
			.map((l) => l.map((t) => t.text).join(""))
			.join("\n"),
		source,
	);
});
test("a string over several lines is a string on each of them", () => {
	const lines = pythonLines('x = """one\ntwo\nthree""" + y');
	assert.deepEqual(kinds(lines[0]), ['str:"""one']);
	assert.deepEqual(kinds(lines[1]), ["str:two"]);
	assert.deepEqual(kinds(lines[2]), ['str:three"""']);
});
test("keywords, names being defined, numbers and comments", () => {
	assert.deepEqual(kinds(pythonLines("def total(rows):  # sum")[0]), [
		"key:def",
		"def:total",
		"com:# sum",
	]);
	assert.deepEqual(kinds(pythonLines("    return 1_000 * rate")[0]), ["key:return", "num:1_000"]);
});
test("a # inside a string is no comment", () => {
	assert.deepEqual(kinds(pythonLines("s = 'a # b'")[0]), ["str:'a # b'"]);
});
