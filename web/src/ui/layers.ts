/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered layout of a step graph: rank = longest way from a start. Edges over more than one rank
 * pass through narrow places of their own, so no line runs behind a box. The order inside a rank
 * follows the neighbours (barycentre, a few sweeps); then every place moves as near to its
 * neighbours as the others in its rank allow, which makes lines straight.
 */
export interface GraphNode {
	id: string;
	from: string[];
}
export interface Placed {
	id: string;
	rank: number;
	/* middle of the box, in boxes from the first edge of the picture */
	lane: number;
}
export interface Route {
	from: string;
	to: string;
	/* (rank, middle) of each place passed, ends included */
	via: { rank: number; lane: number }[];
}
export interface Layout {
	nodes: Placed[];
	routes: Route[];
	ranks: number;
	/* how many boxes wide the widest rank is */
	lanes: number;
}
interface Cell {
	id: string;
	rank: number;
	up: Cell[];
	down: Cell[];
	size: number;
	at: number;
}
const SWEEPS = 8;
const STRAIGHTENINGS = 12;
/* the way of a line past a rank, in boxes */
const LINE_SIZE = 0.16;

function ranksOf(nodes: GraphNode[]): Map<string, number> {
	const rank = new Map<string, number>();
	/* nodes come in topological order; an edge from a later or unknown node is left out */
	for (const n of nodes) {
		const before = n.from.filter((f) => rank.has(f)).map((f) => (rank.get(f) as number) + 1);
		rank.set(n.id, Math.max(0, ...before));
	}
	return rank;
}

const mean = (cells: Cell[]): number => cells.reduce((s, x) => s + x.at, 0) / cells.length;

function packed(row: Cell[]): void {
	let edge = -row.reduce((s, c) => s + c.size, 0) / 2;
	for (const c of row) {
		c.at = edge + c.size / 2;
		edge += c.size;
	}
}

function sweep(rows: Cell[][], isDown: boolean): void {
	for (const row of isDown ? rows : [...rows].reverse()) {
		const key = new Map(
			row.map((c) => {
				const near = isDown ? c.up : c.down;
				return [c, near.length ? mean(near) : c.at] as const;
			}),
		);
		row.sort((a, b) => (key.get(a) as number) - (key.get(b) as number) || a.at - b.at);
		packed(row);
	}
}

/* straighten - the order stays; where two want one place they share the difference */
function straighten(row: Cell[], near: (c: Cell) => Cell[]): void {
	const want = row.map((c) => (near(c).length ? mean(near(c)) : c.at));
	let edge = -Infinity;
	row.forEach((c, i) => {
		c.at = Math.max(want[i] as number, edge + c.size / 2);
		edge = c.at + c.size / 2;
	});
	const shift = row.reduce((s, c, i) => s + (want[i] as number) - c.at, 0) / row.length;
	for (const c of row) c.at += shift;
}

function cellsOf(nodes: GraphNode[]) {
	const rank = ranksOf(nodes);
	const cells = new Map<string, Cell>();
	const rows: Cell[][] = [];
	const place = (id: string, r: number, size: number): Cell => {
		const c: Cell = { id, rank: r, up: [], down: [], size, at: 0 };
		(rows[r] ??= []).push(c);
		return c;
	};
	for (const n of nodes) cells.set(n.id, place(n.id, rank.get(n.id) as number, 1));
	const chains: { from: string; to: string; via: Cell[] }[] = [];
	for (const n of nodes)
		for (const f of n.from) {
			const a = cells.get(f);
			const b = cells.get(n.id) as Cell;
			if (!a || a.rank >= b.rank) continue;
			const via = [a];
			for (let r = a.rank + 1; r < b.rank; r++) via.push(place("", r, LINE_SIZE));
			via.push(b);
			for (let i = 1; i < via.length; i++) {
				(via[i - 1] as Cell).down.push(via[i] as Cell);
				(via[i] as Cell).up.push(via[i - 1] as Cell);
			}
			chains.push({ from: f, to: n.id, via });
		}
	return { cells, rows, chains };
}

export function layout(nodes: GraphNode[]): Layout {
	const { cells, rows, chains } = cellsOf(nodes);
	rows.forEach(packed);
	for (let i = 0; i < SWEEPS; i++) sweep(rows, i % 2 === 0);
	for (let i = 0; i < STRAIGHTENINGS; i++)
		for (const row of i % 2 ? [...rows].reverse() : rows)
			straighten(row, i % 2 ? (c) => c.down : (c) => c.up);
	const all = rows.flat();
	const low = Math.min(...all.map((c) => c.at - c.size / 2));
	const high = Math.max(low + 1, ...all.map((c) => c.at + c.size / 2));
	const lane = (c: Cell) => c.at - low;
	return {
		nodes: nodes.map((n) => {
			const c = cells.get(n.id) as Cell;
			return { id: n.id, rank: c.rank, lane: lane(c) };
		}),
		routes: chains.map((c) => ({
			from: c.from,
			to: c.to,
			via: c.via.map((x) => ({ rank: x.rank, lane: lane(x) })),
		})),
		ranks: rows.length,
		lanes: high - low,
	};
}
