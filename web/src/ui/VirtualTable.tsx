/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of any length: only the rows in sight are in the page. Column widths come from the heads
 * and a sample, so nothing moves while scrolling. The region takes the focus and scrolls with the
 * keyboard.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../strings/en";
import { Icon } from "./Icon";
import { num } from "./format";
import { widths, type Order } from "./table";

export const ROW_PX = 34;
const SPARE_ROWS = 12;
const TALL_PX = 620;
/* browsers stop at about 33 million pixels of height */
const ROWS_MAX = 900_000;

export interface TableProps {
	label: string;
	columns: string[];
	numeric: boolean[];
	n: number;
	/* row i as shown, null while it is on its way */
	row: (i: number) => (string | null)[] | null;
	/* number written before row i */
	rowNumber?: (i: number) => number;
	sample: (string | null)[][];
	order?: Order | null;
	setOrder?: (o: Order | null) => void;
	onRange?: (first: number, last: number) => void;
	/* marks a cell, 0-based */
	mark?: { row: number; column: number } | null;
}

function Head({ name, c, p }: { name: string; c: number; p: TableProps }): ComponentChildren {
	const { order, setOrder } = p;
	const isOn = order?.column === c;
	const sort = isOn ? (order.isDown ? "descending" : "ascending") : undefined;
	return (
		<th scope="col" class={p.numeric[c] ? "n" : ""} aria-sort={sort}>
			{setOrder ? (
				<button
					type="button"
					class={isOn ? "sort on" : "sort"}
					title={t.out.sortBy(name)}
					onClick={() =>
						setOrder(
							isOn
								? order.isDown
									? null
									: { column: c, isDown: true }
								: { column: c, isDown: false },
						)
					}
				>
					{name}
					<span class={isOn && order.isDown ? "dir down" : "dir"}>
						<Icon name="sort" size={12} />
					</span>
				</button>
			) : (
				name
			)}
		</th>
	);
}

export function VirtualTable(p: TableProps) {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: TALL_PX });
	const n = Math.min(p.n, ROWS_MAX);
	/* the rows may have become fewer than were scrolled past */
	const top = Math.min(view.top, Math.max(0, n * ROW_PX - view.height));
	const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE_ROWS);
	const last = Math.min(n, Math.ceil((top + view.height) / ROW_PX) + SPARE_ROWS);
	useEffect(() => {
		p.onRange?.(first, last);
	}, [first, last, p.onRange]);
	useEffect(() => {
		const el = box.current;
		if (!el) return;
		const seen = new ResizeObserver(() => setView((v) => ({ ...v, height: el.clientHeight })));
		seen.observe(el);
		return () => seen.disconnect();
	}, []);
	const ch = widths(p.columns, p.sample);
	const numberCh = String(p.n).length + 4;
	const total = ch.reduce((a, b) => a + b, numberCh);
	const rows = [];
	for (let i = first; i < last; i++) {
		const cells = p.row(i);
		rows.push(
			<tr key={i} aria-rowindex={i + 2} class={p.mark?.row === i ? "marked" : ""}>
				<th scope="row" class="n rownum">
					{num(p.rowNumber ? p.rowNumber(i) : i + 1)}
				</th>
				{p.columns.map((_, c) => (
					<td
						key={c}
						class={`${p.numeric[c] ? "n" : ""} ${p.mark?.row === i && p.mark.column === c ? "mark" : ""}`}
						title={cells?.[c] && cells[c].length > 24 ? cells[c] : undefined}
					>
						{cells ? (cells[c] ?? "") : "…"}
					</td>
				))}
			</tr>,
		);
	}
	return (
		<div
			class="vt"
			ref={box}
			tabIndex={0}
			role="region"
			aria-label={p.label}
			onScroll={(e) =>
				setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })
			}
		>
			<table aria-rowcount={p.n + 1} style={{ width: `max(100%, ${total}ch)` }}>
				<colgroup>
					<col style={{ width: `${numberCh}ch` }} />
					{ch.map((w, c) => (
						<col key={c} style={{ width: `${w}ch` }} />
					))}
				</colgroup>
				<thead>
					<tr aria-rowindex={1}>
						<th scope="col" class="n rownum">
							<span class="vh">{t.out.row}</span>
						</th>
						{p.columns.map((name, c) => (
							<Head key={c} name={name} c={c} p={p} />
						))}
					</tr>
				</thead>
				<tbody>
					{first > 0 && (
						<tr aria-hidden="true" style={{ height: `${first * ROW_PX}px` }}>
							<td colSpan={p.columns.length + 1} />
						</tr>
					)}
					{rows}
					{last < n && (
						<tr aria-hidden="true" style={{ height: `${(n - last) * ROW_PX}px` }}>
							<td colSpan={p.columns.length + 1} />
						</tr>
					)}
				</tbody>
			</table>
		</div>
	);
}
