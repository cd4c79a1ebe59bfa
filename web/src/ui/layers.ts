/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered layout of a step graph: rank = longest way from a start; edges over more than one rank
 * pass through empty places of their own, so no line runs behind a box; the order inside a rank
 * follows the neighbours (barycentre, a few sweeps).
 */
export interface GraphNode {
	id: string;
	from: string[];
}
export interface Placed {
	id: string;
	rank: number;
	/* place within the rank, counted from its middle: 0 is the middle, whole or half steps */
	lane: number;
}
export interface Route {
	from: string;
	to: string;
	/* (rank, lane) of each place passed, ends included */
	via: { rank: number; lane: number }[];
}
export interface Layout {
	nodes: Placed[];
	routes: Route[];
	ranks: number;
	lanes: number;
}
interface Cell {
	id: string;
	rank: number;
	up: Cell[];
	down: Cell[];
	at: number;
}
const SWEEPS = 6;

function ranksOf(nodes: GraphNode[]): Map<string, number> {
	const rank = new Map<string, number>();
	/* nodes come in topological order; an edge from a later or unknown node is left out */
	for (const n of nodes)
		rank.set(
			n.id,
			Math.max(0, ...n.from.filter((f) => rank.has(f)).map((f) => (rank.get(f) as number) + 1)),
		);
	return rank;
}

function sweep(rows: Cell[][], isDown: boolean): void {
	const order = isDown ? rows : [...rows].reverse();
	for (const row of order) {
		const key = new Map(
			row.map((c) => {
				const near = isDown ? c.up : c.down;
				return [c, near.length ? near.reduce((s, x) => s + x.at, 0) / near.length : c.at] as const;
			}),
		);
		row.sort((a, b) => (key.get(a) as number) - (key.get(b) as number) || a.at - b.at);
		row.forEach((c, i) => {
			c.at = i - (row.length - 1) / 2;
		});
	}
}

export function layout(nodes: GraphNode[]): Layout {
	const rank = ranksOf(nodes);
	const cells = new Map<string, Cell>();
	const rows: Cell[][] = [];
	const place = (id: string, r: number): Cell => {
		const c: Cell = { id, rank: r, up: [], down: [], at: 0 };
		const row = (rows[r] ??= []);
		row.push(c);
		return c;
	};
	for (const n of nodes) cells.set(n.id, place(n.id, rank.get(n.id) as number));
	const chains: { from: string; to: string; via: Cell[] }[] = [];
	for (const n of nodes)
		for (const f of n.from) {
			const a = cells.get(f);
			const b = cells.get(n.id) as Cell;
			if (!a || a.rank >= b.rank) continue;
			const via = [a];
			for (let r = a.rank + 1; r < b.rank; r++) via.push(place("", r));
			via.push(b);
			for (let i = 1; i < via.length; i++) {
				(via[i - 1] as Cell).down.push(via[i] as Cell);
				(via[i] as Cell).up.push(via[i - 1] as Cell);
			}
			chains.push({ from: f, to: n.id, via });
		}
	for (const row of rows)
		row.forEach((c, i) => {
			c.at = i - (row.length - 1) / 2;
		});
	for (let i = 0; i < SWEEPS; i++) sweep(rows, i % 2 === 0);
	return {
		nodes: nodes.map((n) => {
			const c = cells.get(n.id) as Cell;
			return { id: n.id, rank: c.rank, lane: c.at };
		}),
		routes: chains.map((c) => ({
			from: c.from,
			to: c.to,
			via: c.via.map((x) => ({ rank: x.rank, lane: x.at })),
		})),
		ranks: rows.length,
		lanes: Math.max(1, ...rows.map((r) => r.length)),
	};
}
