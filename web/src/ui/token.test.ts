/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { parseToken, tokenKind } from "./token";

test("what is a token and what only looks like one", () => {
	assert.equal(tokenKind("{FILL|string}"), "FILL");
	assert.equal(tokenKind("{FILL_ENUM|a}"), "FILL_ENUM");
	assert.equal(tokenKind("{ONE_OF}"), "ONE_OF");
	for (const s of ["{name}", "\\{FILL|string}", "{FILLED|x}", "FILL|string", "{{x}}"])
		assert.equal(tokenKind(s), null, s);
});
test("types and constraints, escapes taken off", () => {
	assert.deepEqual(parseToken("{FILL|string/null|len:1-3|pattern:/^a\\|b$/|deprecated}"), {
		kind: "FILL",
		types: ["string", "null"],
		values: [],
		constraints: [
			{ name: "len", value: "1-3" },
			{ name: "pattern", value: "/^a|b$/" },
			{ name: "deprecated", value: null },
		],
		why: null,
	});
});
test("values of lists, and constraints behind the double bar", () => {
	const k = parseToken("{OPTIONAL_ENUM|a\\|b|=5|\\=x||more:7|default:=null}");
	assert.deepEqual(k?.values, ["a|b", "5", "=x"]);
	assert.deepEqual(k?.constraints, [
		{ name: "more", value: "7" },
		{ name: "default", value: "null" },
	]);
});
test("references", () => {
	const k = parseToken("{REF: circular|object|at:/_body/next|optional}");
	assert.deepEqual([k?.why, k?.types], ["circular", ["object"]]);
	assert.deepEqual(
		k?.constraints.map((c) => c.name),
		["at", "optional"],
	);
	assert.deepEqual(parseToken("{REF: depth|optional}")?.constraints, [
		{ name: "optional", value: null },
	]);
});
