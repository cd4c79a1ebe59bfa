/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step graph: links in a list, in plan order, laid over one picture of the lines. Arrow keys
 * move along the hand-offs and between neighbours; the list reads well without seeing it. From left
 * to right where all of it fits, else from top to bottom.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../strings/en";
import { Icon } from "./Icon";
import { nextOf } from "./graphkeys";
import { layout, type Layout } from "./layers";
import type { StateLook } from "./state";

export interface GraphStep {
	id: string;
	/* its number in the plan; none: the nodes have no order */
	n?: number;
	label: string;
	from: string[];
	href: string;
	look: StateLook | null;
	note: string;
}

const BOX_W = 184;
const BOX_H = 66;
const GAP_ALONG = 56;
const GAP_ACROSS = 20;
const PAD = 16;

interface Spot {
	x: number;
	y: number;
}
/* spot: the top left corner of a box whose middle is at (rank, lane) */
function places(l: Layout, isAcross: boolean) {
	const side = isAcross ? BOX_H + GAP_ACROSS : BOX_W + GAP_ACROSS;
	const along = isAcross ? BOX_W + GAP_ALONG : BOX_H + GAP_ALONG / 2;
	const box = isAcross ? BOX_H : BOX_W;
	const spot = (rank: number, lane: number): Spot => {
		const a = PAD + rank * along;
		const b = PAD - GAP_ACROSS / 2 + lane * side - box / 2;
		return isAcross ? { x: a, y: b } : { x: b, y: a };
	};
	const long = 2 * PAD + (l.ranks - 1) * along + (isAcross ? BOX_W : BOX_H);
	const broad = 2 * PAD + l.lanes * side - GAP_ACROSS;
	return isAcross ? { spot, width: long, height: broad } : { spot, width: broad, height: long };
}

/*
 * a line from the end of one box to the start of the next, straight through the empty places
 * between
 */
function lineOf(via: Spot[], isAcross: boolean): string {
	const half = isAcross ? BOX_H / 2 : BOX_W / 2;
	let d = "";
	via.forEach((s, i) => {
		const inX = isAcross ? s.x : s.x + half;
		const inY = isAcross ? s.y + half : s.y;
		const outX = isAcross ? s.x + BOX_W : inX;
		const outY = isAcross ? inY : s.y + BOX_H;
		if (i === 0) d = `M${outX} ${outY}`;
		else {
			const before = via[i - 1] as Spot;
			const fromX = isAcross ? before.x + BOX_W : before.x + half;
			const fromY = isAcross ? before.y + half : before.y + BOX_H;
			const mid = isAcross ? (fromX + inX) / 2 : (fromY + inY) / 2;
			d += isAcross
				? `C${mid} ${fromY} ${mid} ${inY} ${inX} ${inY}`
				: `C${fromX} ${mid} ${inX} ${mid} ${inX} ${inY}`;
			if (i < via.length - 1) d += `L${outX} ${outY}`;
		}
	});
	return d;
}

export function Graph({
	steps,
	label = t.plan.graphLabel,
	help = t.plan.graphHelp,
}: {
	steps: GraphStep[];
	label?: string;
	help?: string;
}) {
	const box = useRef<HTMLDivElement>(null);
	const [isAcross, setAcross] = useState(true);
	const [at, setAt] = useState(steps[0]?.id ?? "");
	const shape = steps.map((s) => `${s.id}<${s.from.join()}`).join(";");
	const l = useMemo(() => layout(steps), [shape]);
	const { spot, width, height } = useMemo(() => places(l, isAcross), [l, isAcross]);
	const acrossPx = useMemo(() => places(l, true).width, [l]);
	useEffect(() => {
		const el = box.current;
		if (!el) return;
		const seen = new ResizeObserver(() => setAcross(el.clientWidth >= acrossPx));
		seen.observe(el);
		return () => seen.disconnect();
	}, [acrossPx]);
	/* the start of the plan is in sight even where the graph is wider than its place */
	useEffect(() => {
		const first = l.nodes[0];
		if (box.current && first)
			box.current.scrollLeft =
				spot(first.rank, first.lane).x - (box.current.clientWidth - BOX_W) / 2;
	}, [l, isAcross]);
	const onKey = (e: KeyboardEvent) => {
		const id = (e.target as HTMLElement).closest<HTMLElement>("[data-step]")?.dataset.step;
		const to = id ? nextOf(l, steps, id, e.key, isAcross) : null;
		if (!to) return;
		e.preventDefault();
		setAt(to);
		box.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(to)}"]`)?.focus();
	};
	return (
		<>
			<p class="muted small">{help}</p>
			<div class="graph" ref={box}>
				<div class="graph-in" style={{ width: `${width}px`, height: `${height}px` }}>
					<svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
						{l.routes.map((r) => (
							<path
								key={`${r.from}>${r.to}`}
								class={r.from === at || r.to === at ? "edge on" : "edge"}
								d={lineOf(
									r.via.map((v) => spot(v.rank, v.lane)),
									isAcross,
								)}
							/>
						))}
					</svg>
					<ol aria-label={label} onKeyDown={onKey}>
						{steps.map((s) => {
							const node = l.nodes.find((x) => x.id === s.id);
							const p = spot(node?.rank ?? 0, node?.lane ?? 0);
							return (
								<li
									key={s.id}
									style={{
										left: `${p.x}px`,
										top: `${p.y}px`,
										width: `${BOX_W}px`,
										height: `${BOX_H}px`,
									}}
								>
									<a
										href={s.href}
										data-step={s.id}
										class={s.look ? s.look.tone : "plain"}
										onFocus={() => setAt(s.id)}
									>
										<span class="g-label">
											{s.n !== undefined && `${s.n}. `}
											{s.label}
										</span>
										<span class="g-note">
											{s.look && <Icon name={s.look.icon} size={13} spin={s.look.isMoving} />}
											{s.look ? s.look.word : s.note}
										</span>
									</a>
								</li>
							);
						})}
					</ol>
				</div>
			</div>
		</>
	);
}
