/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, lookOf, sortedChecks, sumOf, type AnyCheck } from "./rules.utils";

const rule = (more: Partial<AnyCheck>): AnyCheck => ({
	id: "x",
	severity: "error",
	verdict: "holds",
	judged: 10,
	unjudged: 0,
	broken: 0,
	why: null,
	rows: [],
	...more,
});
const row = (n: number) => ({ row: n, column: null, value: null, message: "m" });
const BROKEN = rule({ id: "b", verdict: "broken", judged: 753, broken: 2, rows: [row(3)] });

test("each verdict has its word, and what was not judged is not said to hold", () => {
	assert.deepEqual(
		[
			rule({}),
			rule({ judged: 0, unjudged: 4 }),
			BROKEN,
			rule({ ...BROKEN, severity: "warning" }),
			rule({ ...BROKEN, inherited_from: "time_entries" }),
			rule({ verdict: "not_checked", judged: 0, why: "no rows of a.b are at hand" }),
		].map((v) => [lookOf(v).word, lookOf(v).tone]),
		[
			["Holds", "ok"],
			["Nothing to judge", "muted"],
			["Broken", "bad"],
			["Broken", "warn"],
			["Passed on", "warn"],
			["Not checked", "muted"],
		],
	);
});

test("the figures are said in words", () => {
	assert.deepEqual(countsOf(rule({ judged: 1, unjudged: 2 })), [
		"1 row judged",
		"2 not judged: a value that the rule needs is empty or not of its type",
	]);
	assert.deepEqual(countsOf({ ...BROKEN, output: "entries", inherited_from: "time_entries" }), [
		"2 of 753 rows break it",
		"The input time_entries broke it already, at least as often",
	]);
	assert.deepEqual(countsOf({ ...BROKEN, output: "entries", severity: "warning" }), [
		"2 of 753 rows break it",
		"A warning: the step goes on",
	]);
	assert.deepEqual(countsOf(rule({ verdict: "broken", judged: 1, broken: 1, rows: [row(0)] })), [
		"The document breaks it",
	]);
	assert.deepEqual(
		countsOf(rule({ verdict: "not_checked", judged: 0, why: "no rows of a.b are at hand" })),
		["Because no rows of a.b are at hand"],
	);
});

test("what wants attention comes first, and the sum names it", () => {
	const all = [
		rule({ id: "holds" }),
		rule({ id: "open", verdict: "not_checked", judged: 0 }),
		rule({ ...BROKEN, id: "passed", inherited_from: "i" }),
		rule({ ...BROKEN, id: "warning", severity: "warning" }),
		rule({ ...BROKEN, id: "error" }),
	];
	assert.deepEqual(
		sortedChecks(all).map((v) => v.id),
		["error", "warning", "passed", "open", "holds"],
	);
	assert.equal(sumOf(all), "5 rules, 2 broken, 1 passed on, 1 not checked");
	assert.equal(sumOf([rule({})]), "1 rule");
});
