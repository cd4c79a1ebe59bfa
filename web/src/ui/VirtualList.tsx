/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of links of one height and any length: only what is in sight is in the page. The arrow
 * keys, Home and End go from row to row; the row with the focus stays in the page.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const SPARE_ROWS = 8;

interface Props {
	label: string;
	n: number;
	rowPx: number;
	/* the content of row i; its link must be what `a` finds first */
	row: (i: number) => ComponentChildren;
	rowKey: (i: number) => string;
}

export function VirtualList({ label, n, rowPx, row, rowKey }: Props) {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 640 });
	const [focus, setFocus] = useState(0);
	const wanted = useRef(-1);
	useEffect(() => {
		const el = box.current;
		if (!el) return;
		const seen = new ResizeObserver(() => setView((v) => ({ ...v, height: el.clientHeight })));
		seen.observe(el);
		return () => seen.disconnect();
	}, []);
	useLayoutEffect(() => {
		if (wanted.current < 0) return;
		const link = box.current?.querySelector<HTMLAnchorElement>(`[data-i="${wanted.current}"] a`);
		if (!link) return;
		wanted.current = -1;
		link.focus({ preventScroll: true });
	});
	const at = Math.min(focus, Math.max(0, n - 1));
	const first = Math.max(0, Math.floor(view.top / rowPx) - SPARE_ROWS);
	const last = Math.min(n, Math.ceil((view.top + view.height) / rowPx) + SPARE_ROWS);
	const go = (i: number) => {
		const el = box.current;
		const to = Math.max(0, Math.min(n - 1, i));
		if (!el) return;
		wanted.current = to;
		if (to * rowPx < el.scrollTop) el.scrollTop = to * rowPx;
		else if ((to + 1) * rowPx > el.scrollTop + el.clientHeight)
			el.scrollTop = (to + 1) * rowPx - el.clientHeight;
		setFocus(to);
		setView({ top: el.scrollTop, height: el.clientHeight });
	};
	const onKey = (e: KeyboardEvent) => {
		const page = Math.max(1, Math.floor(view.height / rowPx) - 1);
		const to: Record<string, number> = {
			ArrowDown: at + 1,
			ArrowUp: at - 1,
			PageDown: at + page,
			PageUp: at - page,
			Home: 0,
			End: n - 1,
		};
		const i = to[e.key];
		if (i === undefined) return;
		e.preventDefault();
		go(i);
	};
	const shown: number[] = [];
	if (at < first && n > 0) shown.push(at);
	for (let i = first; i < last; i++) shown.push(i);
	if (at >= last && n > 0) shown.push(at);
	return (
		<div
			class="vl"
			ref={box}
			onScroll={(e) =>
				setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })
			}
			onKeyDown={onKey}
		>
			<ul aria-label={label} style={{ height: `${n * rowPx}px` }}>
				{shown.map((i) => (
					<li
						key={rowKey(i)}
						data-i={i}
						aria-setsize={n}
						aria-posinset={i + 1}
						style={{ top: `${i * rowPx}px`, height: `${rowPx}px` }}
						onFocusIn={() => setFocus(i)}
					>
						{row(i)}
					</li>
				))}
			</ul>
		</div>
	);
}
