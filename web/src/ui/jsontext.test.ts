/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { lexJson, nodeAt, offsetOf, parseJson, prettyJson, type JsonNode } from "./jsontext";

test("pieces of any text joined give the text", () => {
	for (const s of [
		"",
		'{"a": [1, -2.5e3, true]}',
		'```json\n{a: \'x\', "b": "unended',
		'"\\u00e9\\"" // note',
		"\ud83d\ude00 \\ \u0000",
	])
		assert.equal(
			lexJson(s)
				.map((p) => s.slice(p.start, p.end))
				.join(""),
			s,
		);
});
test("the tree keeps places, digits, order and names such as __proto__", () => {
	const text = '{"__proto__": 1.10, "a/b": [ {"x": "\\u0041"} ], "2": null, "1": 1e400}';
	const root = parseJson(text) as JsonNode;
	assert.deepEqual(
		root.members.map((m) => m.key),
		["__proto__", "a/b", "2", "1"],
	);
	assert.equal(nodeAt(root, "/__proto__")?.text, "1.10");
	assert.equal(nodeAt(root, "/a~1b/0/x")?.text, "A");
	const x = nodeAt(root, "/a~1b/0/x");
	assert.equal(text.slice(x?.start, x?.end), '"\\u0041"');
	assert.equal(nodeAt(root, "/a~1b/7"), null);
	assert.equal(nodeAt(root, "/a~1b/7", false)?.kind, "array");
});
test("what is not strict JSON is none", () => {
	for (const s of ["", "{", "{a:1}", "[1,]", '{"a":1,}', "01", "nul", '{"a" 1}', "1 2", "[1 2]"])
		assert.equal(parseJson(s), null, s);
	assert.equal(parseJson("[".repeat(5000)), null);
});
test("pretty printing changes white space only", () => {
	assert.equal(
		prettyJson('{"a":[1.10,{}],"b":[],"c":"{,:"}'),
		'{\n  "a": [\n    1.10,\n    {}\n  ],\n  "b": [],\n  "c": "{,:"\n}',
	);
	assert.equal(prettyJson("a=1&b=2"), "a=1&b=2");
});
test("columns count characters, offsets count units", () => {
	assert.equal(offsetOf("a\n\ud83d\ude00b", 2, 2), 4);
	assert.equal(offsetOf("a\nb", 9, 1), 3);
	assert.equal(offsetOf("ab\nc", 1, 9), 2);
});
