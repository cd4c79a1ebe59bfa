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
	for (const [i, n] of l.nodes.entries()) assert.deepEqual([n.rank, n.lane], [i, 0.5]);
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
test("no two boxes of a rank overlap, and the same plan gives the same picture", () => {
	const nodes: GraphNode[] = Array.from({ length: 60 }, (_, i) => ({
		id: `n${i}`,
		from: [i - 3, i - 7].filter((x) => x >= 0).map((x) => `n${x}`),
	}));
	const l = layout(nodes);
	for (const a of l.nodes) {
		assert(a.lane >= 0.5 - 1e-9 && a.lane <= l.lanes - 0.5 + 1e-9);
		for (const b of l.nodes)
			assert(a === b || a.rank !== b.rank || Math.abs(a.lane - b.lane) >= 1 - 1e-9);
	}
	assert.deepEqual(layout(nodes), l);
});
test("no line runs through a box of the ranks it passes", () => {
	const nodes: GraphNode[] = Array.from({ length: 30 }, (_, i) => ({
		id: `n${i}`,
		from: [i - 1, i - 4, i - 9].filter((x) => x >= 0).map((x) => `n${x}`),
	}));
	const l = layout(nodes);
	for (const r of l.routes)
		for (const v of r.via.slice(1, -1))
			for (const n of l.nodes) assert(n.rank !== v.rank || Math.abs(n.lane - v.lane) > 0.5);
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
