/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Operation } from "../../api/types";
import { curlOf, quote, travelOf } from "./curl.utils";
import { explain, rangeWords } from "./explain.utils";
import { applyFix } from "./patch.utils";
import { lineOf, marksOf, rangeOf } from "./place.utils";
import { methodsOf, pickOperations } from "./search.utils";
import { templateLines } from "./template.utils";
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
