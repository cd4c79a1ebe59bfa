/* SPDX-License-Identifier: Apache-2.0 */
import type { GraphNode, Layout } from "./layers";

/* nextOf - where an arrow key leads: along the hand-offs, or to the neighbour in the same rank */
export function nextOf(
	l: Layout,
	steps: GraphNode[],
	id: string,
	key: string,
	isAcross: boolean,
): string | null {
	const along = isAcross ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
	const across = isAcross ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
	const here = l.nodes.find((x) => x.id === id);
	if (!here) return null;
	const near = (ids: string[]) => {
		const found = l.nodes
			.filter((x) => ids.includes(x.id))
			.sort(
				(a, b) =>
					Math.abs(a.rank - here.rank) - Math.abs(b.rank - here.rank) ||
					Math.abs(a.lane - here.lane) - Math.abs(b.lane - here.lane),
			);
		return found[0]?.id ?? null;
	};
	if (key === "Home") return steps[0]?.id ?? null;
	if (key === "End") return steps[steps.length - 1]?.id ?? null;
	if (key === along[0]) return near(steps.find((s) => s.id === id)?.from ?? []);
	if (key === along[1]) return near(steps.filter((s) => s.from.includes(id)).map((s) => s.id));
	const turn = across.indexOf(key);
	if (turn < 0) return null;
	const row = l.nodes.filter((x) => x.rank === here.rank).sort((a, b) => a.lane - b.lane);
	return row[row.indexOf(here) + (turn === 0 ? -1 : 1)]?.id ?? null;
}
