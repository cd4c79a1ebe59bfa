/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Catalogue, Operation } from "../../api/types";
import { curlOf, quote, travelOf } from "./curl.utils";
import { explain, rangeWords } from "./explain.utils";
import { begin, changeEnd, put, redo, typed, undo } from "./edits.utils";
import { applyFix, applyFixes, uniqueFixes } from "./patch.utils";
import { lineOf, marksOf, rangeOf } from "./place.utils";
import { groupRepairs, utf16At } from "./repairs.utils";
import { methodsOf, newerOf, pickOperations } from "./search.utils";
import { fieldName, indentOf, templateLines } from "./template.utils";
import { parseJson } from "../../ui/jsontext";
import { pieces } from "../../ui/CodeEdit";

const text =
	'{\n  "_path": {"petId": 1.10},\n  "_body": {\n    "nmae": "Rex",\n    "tags": ["a", "b"]\n  }\n}';

test("a fix changes only what it names", () => {
	assert.equal(
		applyFix(text, [{ op: "move", from: "/_body/nmae", path: "/_body/name" }]),
		text.replace("nmae", "name"),
	);
	assert.equal(
		applyFix(text, [{ op: "replace", path: "/_body/tags/1", value: "c" }]),
		text.replace('"b"', '"c"'),
	);
	assert.equal(
		applyFix(text, [{ op: "remove", path: "/_body/nmae" }]),
		text.replace('"nmae": "Rex",\n    ', ""),
	);
	assert.equal(
		applyFix(text, [{ op: "remove", path: "/_body/tags" }]),
		text.replace(',\n    "tags": ["a", "b"]', ""),
	);
	assert.equal(
		applyFix(text, [{ op: "add", path: "/_body/status", value: "sold" }]),
		text.replace('"b"]', '"b"],\n    "status": "sold"'),
	);
	assert.equal(
		applyFix(text, [{ op: "add", path: "/_body/tags/0", value: "z" }]),
		text.replace('["a"', '["z", "a"'),
	);
	assert.equal(
		applyFix(text, [{ op: "add", path: "/_body/tags/-", value: 1 }]),
		text.replace('"b"]', '"b", 1]'),
	);
	assert.equal(applyFix("{}", [{ op: "add", path: "/a", value: {} }]), '{"a": {}}');
});
test("a fix that does not go on this text is refused whole", () => {
	assert.equal(applyFix(text, [{ op: "replace", path: "/none", value: 1 }]), null);
	assert.equal(
		applyFix(text, [
			{ op: "replace", path: "/_path/petId", value: 1 },
			{ op: "remove", path: "/none" },
		]),
		null,
	);
	assert.equal(applyFix("{not json", [{ op: "remove", path: "/a" }]), null);
	assert.equal(applyFix(text, [{ op: "bogus", path: "" }]), null);
});
test("equal fixes are one, and those that go are made", () => {
	const rename = [{ op: "move", from: "/_body/nmae", path: "/_body/name" }];
	const tag = [{ op: "replace", path: "/_body/tags/0", value: "c" }];
	const gone = [{ op: "replace", path: "/_body/none", value: 1 }];
	assert.equal(uniqueFixes([rename, tag, [...rename]]).length, 2);
	const all = applyFixes(text, [rename, gone, tag, [{ ...rename[0] }]]);
	assert.equal(all.text, text.replace("nmae", "name").replace('"a"', '"c"'));
	assert.equal(all.applied, 2);
	assert.deepEqual(all.left, [gone]);
});
test("removals in one list do not move each other's places", () => {
	const fixes = [0, 2].map((i) => [{ op: "remove", path: `/a/${i}` }]);
	assert.equal(applyFixes('{"a": [1, 2, 3]}', fixes).text, '{"a": [2]}');
});
test("a fix waits for another that makes its place", () => {
	const inner = [{ op: "add", path: "/a/b", value: 1 }];
	const outer = [{ op: "add", path: "/a", value: {} }];
	assert.equal(applyFixes("{}", [outer, inner]).text, '{"a": {"b": 1}}');
});
test("two fixes never write to one place: nothing is lost", () => {
	const two = '{"nmae": 1, "naem": 2}';
	const r = applyFixes(two, [
		[{ op: "move", from: "/nmae", path: "/name" }],
		[{ op: "move", from: "/naem", path: "/name" }],
	]);
	assert.equal(r.applied, 1);
	assert.equal(r.left.length, 1);
	assert.equal(Object.keys(JSON.parse(r.text)).length, 2);
});
test("one history of typing and acts", () => {
	let e = begin("");
	e = typed(e, "a", 1000);
	e = typed(e, "ab", 1200);
	e = put(e, "AB");
	e = typed(e, "AB!", 1300);
	assert.equal((e = undo(e)).text, "AB");
	assert.equal((e = undo(e)).text, "ab");
	assert.equal((e = undo(e)).text, "", "typing without a pause is one step");
	assert.equal(undo(e), e);
	assert.equal((e = redo(e)).text, "ab");
	assert.equal((e = redo(e)).text, "AB");
	e = typed(e, "ABC", 9000);
	assert.equal(redo(e), e, "typing ends what could be done again");
	assert.equal(undo(typed(e, "ABCD", 99000)).text, "ABC", "a pause begins a step");
	assert.equal(undo(typed(e, "ABC pasted", 9001)).text, "ABC", "so does more than a character");
	assert.equal(changeEnd("one two", "one 2 two"), 5);
	assert.equal(changeEnd("same", "same"), 0);
	for (let i = 0; i < 500; i++) e = put(e, String(i));
	assert.equal(e.past.length, 200);
});
test("repairs by kind, with line, column and both words", () => {
	assert.deepEqual(utf16At("aé😀b", [0, 1, 3, 7, 8, 99]), [0, 1, 2, 4, 5, 5]);
	const said = '{"é": "7",\n x: 1}';
	const groups = groupRepairs(
		said,
		[
			{ code: "FIX_NUMBER", offset: 7, bytes: 1, note: "a number", pointer: "/é" },
			{ code: "FIX_NAME", offset: 13, bytes: 1, note: "a name" },
		],
		'{"é": 7, "x": 1}',
	);
	assert.deepEqual(
		groups.map((g) => [g.note, g.all.map((m) => [m.line, m.column, m.before, m.after])]),
		[
			["a number", [[1, 7, '"7"', "7"]]],
			["a name", [[2, 2, "x", ""]]],
		],
	);
});
test("the newer of two versions", () => {
	const c = (id: string, path: string, is_current: boolean) =>
		({ id, path, is_current }) as Catalogue;
	const old = c("a", "x.json", false);
	const all = [old, c("b", "y.json", true), c("c", "x.json", true)];
	assert.equal(newerOf(old, all)?.id, "c");
	assert.equal(newerOf(all[2] as Catalogue, all), null);
	assert.equal(newerOf(old, all.slice(0, 2)), null);
});
test("findings stand at the value, at the key, or around what is missing", () => {
	const root = parseJson(text);
	const at = (pointer: string, code = "IMP_TYPE") => {
		const r = rangeOf(text, root, { code, pointer, message: "x" });
		return r && text.slice(r.from, r.to);
	};
	assert.equal(at("/_path/petId"), "1.10");
	assert.equal(at("/_body/nmae", "IMP_UNKNOWN_KEY"), '"nmae"');
	assert.equal(at("/_body/name", "IMP_MISSING"), "{");
	const bad = '{\n  "a": }';
	const r = rangeOf(bad, null, {
		code: "IMP_PARSE",
		pointer: "",
		message: "x",
		line: 2,
		column: 8,
	});
	assert.equal(r && bad.slice(r.from, r.to), "}");
	assert.deepEqual(lineOf(text, text.indexOf("nmae")), { line: 4, column: 6 });
});
test("marks do not overlap, and the colored text is the text", () => {
	const diags = ["/_body/nmae", "/_body/tags/0", "/_body", "/_path/petId"].map((pointer) => ({
		code: "IMP_TYPE",
		pointer,
		message: "x",
	}));
	const marks = marksOf(text, diags);
	assert.equal(marks.length, 4);
	assert.equal(
		pieces(text, marks)
			.map((p) => p.text)
			.join(""),
		text,
	);
	assert.equal(pieces(text, marks).filter((p) => p.class.includes("mk")).length, 4);
});
test("curl: one word stays one word for the shell", () => {
	assert.equal(quote("it's"), "'it'\\''s'");
	assert.equal(quote("$(x)"), "'$(x)'");
	const travel = travelOf({
		method: "POST",
		path: "/pets",
		query: "a=b%20c",
		headers: [["X-Trace", "a'b"]],
		cookies: [["s", "1"]],
		content_type: "application/json",
		body_text: '{"a":1}',
	});
	assert.equal(
		curlOf("https://api.example", travel),
		[
			"curl -X POST https://api.example'/pets?a=b%20c'",
			"-H 'X-Trace: a'\\''b'",
			"-H 'Content-Type: application/json'",
			"-H 'Cookie: s=1'",
			"--data-binary '{\"a\":1}'",
		].join(" \\\n  "),
	);
	assert.equal(
		curlOf("", travelOf({ method: "GET", path: "/a" })).startsWith('curl -X GET "$SERVER"/a'),
		true,
	);
});
test("tokens in words", () => {
	assert.deepEqual(explain("{FILL|integer|range:[1,10)}"), [
		"Must be filled with a whole number.",
		"The number is at least 1 and less than 10.",
	]);
	assert.equal(rangeWords("0-100"), "from 0 to 100");
	assert.deepEqual(explain("{OPTIONAL|string|len:-5}")[1], "The text has at most 5 characters.");
	assert.equal(explain("{FILL_ENUM|red|green}")[0], "Must be one of: red, green.");
	assert.deepEqual(explain("plain text"), []);
});
test("lines of a template", () => {
	const lines = templateLines('{\n  "a": "{FILL|string}",\n  "b": ["{OPTIONAL|integer}"]\n}');
	assert.equal(lines.length, 4);
	assert.deepEqual(
		lines.flat().flatMap((p) => (p.token === null ? [] : [[p.n, p.token]])),
		[
			[0, "{FILL|string}"],
			[1, "{OPTIONAL|integer}"],
		],
	);
});
test("a token's field, and the indent of a line", () => {
	const lines = templateLines(
		'{\n  "{OPTIONAL|object}": "",\n  "a": {\n    "b/c": "{FILL|string}"\n  },\n  "d": [\n    "{FILL|array}",\n    {\n      "e": "{FILL|string}"\n    }\n  ],\n  "{FILL|key}": "{FILL|integer}"\n}',
	);
	assert.deepEqual(
		lines.flat().flatMap((p) => (p.token === null ? [] : [p.pointer])),
		["", "/a/b~1c", "/d", "/d/1/e", "", ""],
	);
	assert.equal(fieldName("/a/b~1c"), "b/c");
	assert.equal(fieldName("/d/1"), "d");
	assert.equal(fieldName(""), "");
	assert.equal(indentOf(lines[3] ?? []), 4);
	assert.equal(indentOf(lines[0] ?? []), 0);
});
test("operations by words, tag and method", () => {
	const op = (method: string, path: string, tag: string, summary = ""): Operation => ({
		key: `op-1-${path.length}`,
		method,
		path,
		operation_id: null,
		summary,
		tag,
		deprecated: false,
		template_sha256: null,
		template_bytes: null,
		leaves: null,
		required: null,
		warnings: 0,
		refused: null,
	});
	const all = [
		op("GET", "/pets", "pets", "List all"),
		op("POST", "/pets", "pets"),
		op("GET", "/x", ""),
	];
	const f = { words: "", tag: "", method: "", refusedOnly: false };
	assert.equal(pickOperations(all, { ...f, words: "LIST get" }).length, 1);
	assert.equal(pickOperations(all, { ...f, tag: "pets", method: "POST" }).length, 1);
	assert.equal(pickOperations(all, { ...f, refusedOnly: true }).length, 0);
	assert.deepEqual(methodsOf(all), ["GET", "POST"]);
});
