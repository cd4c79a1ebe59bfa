/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { layout, type GraphNode } from "./layers";

const chain = (n: number): GraphNode[] =>
	Array.from({ length: n }, (_, i) => ({ id: `s${i}`, from: i ? [`s${i - 1}`] : [] }));

test("a chain is one lane", () => {
	const l = layout(chain(5));
	assert.equal(l.ranks, 5);
	assert.equal(l.lanes, 1);
	assert.deepEqual(
		l.nodes.map((n) => [n.rank, n.lane]),
		[0, 1, 2, 3, 4].map((r) => [r, 0]),
	);
});
test("rank is the longest way from a start", () => {
	const l = layout([
		{ id: "a", from: [] },
		{ id: "b", from: ["a"] },
		{ id: "c", from: ["a", "b"] },
	]);
	assert.equal(l.nodes[2]?.rank, 2);
});
test("an edge over several ranks passes one place in each, none of them a step's", () => {
	const l = layout([
		{ id: "a", from: [] },
		{ id: "b", from: ["a"] },
		{ id: "c", from: ["b"] },
		{ id: "d", from: ["c", "a"] },
	]);
	const long = l.routes.find((r) => r.from === "a" && r.to === "d");
	assert.equal(long?.via.length, 4);
	for (const v of long?.via.slice(1, -1) ?? [])
		assert(!l.nodes.some((n) => n.rank === v.rank && n.lane === v.lane));
});
test("no two steps share a place, and the same plan gives the same picture", () => {
	const nodes: GraphNode[] = Array.from({ length: 60 }, (_, i) => ({
		id: `n${i}`,
		from: [i - 3, i - 7].filter((x) => x >= 0).map((x) => `n${x}`),
	}));
	const l = layout(nodes);
	assert.equal(new Set(l.nodes.map((n) => `${n.rank}:${n.lane}`)).size, 60);
	assert.deepEqual(layout(nodes), l);
});
test("an edge from an unknown step is left out", () => {
	assert.deepEqual(layout([{ id: "a", from: ["ghost"] }]).routes, []);
});
test("500 steps are laid out in well under a second", () => {
	const nodes = Array.from({ length: 500 }, (_, i) => ({
		id: `n${i}`,
		from: i > 4 ? [`n${i - 5}`, `n${i - (1 + (i % 4))}`] : [],
	}));
	const start = performance.now();
	layout(nodes);
	assert(performance.now() - start < 500);
});
