/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any JSON as a tree of native disclosures: what is closed is not in the page, and long lists open
 * a hundred at a time.
 */
import { useState } from "preact/hooks";
import { t } from "../strings/en";

const STEP = 100;

function leaf(v: unknown) {
	if (typeof v === "string") return <span class="j-str">{JSON.stringify(v)}</span>;
	if (typeof v === "number") return <span class="j-num">{String(v)}</span>;
	return <span class="j-key">{String(v)}</span>;
}

function Node({
	name,
	v,
	depth,
	open,
}: {
	name: string | null;
	v: unknown;
	depth: number;
	open: number;
}) {
	const [isOpen, setOpen] = useState(depth < open);
	const [n, setN] = useState(STEP);
	const label = name === null ? null : <span class="j-name">{name}: </span>;
	if (v === null || typeof v !== "object")
		return (
			<div class="j-leaf">
				{label}
				{leaf(v)}
			</div>
		);
	const isList = Array.isArray(v);
	const entries: [string, unknown][] = isList ? v.map((x, i) => [String(i), x]) : Object.entries(v);
	if (!entries.length)
		return (
			<div class="j-leaf">
				{label}
				<span class="muted">{isList ? "[]" : "{}"}</span>
			</div>
		);
	return (
		<details open={isOpen} onToggle={(e) => setOpen(e.currentTarget.open)}>
			<summary>
				{label}
				<span class="muted">
					{isList ? t.out.items(entries.length) : t.out.fields(entries.length)}
				</span>
			</summary>
			{isOpen && (
				<div class="j-in">
					{entries.slice(0, n).map(([k, x]) => (
						<Node key={k} name={k} v={x} depth={depth + 1} open={open} />
					))}
					{entries.length > n && (
						<button type="button" class="btn small" onClick={() => setN(n + STEP)}>
							{t.out.moreItems(Math.min(STEP, entries.length - n))}
						</button>
					)}
				</div>
			)}
		</details>
	);
}

/* open: how many levels start open */
export const JsonTree = ({ value, open = 2 }: { value: unknown; open?: number }) => (
	<div class="json">
		<Node name={null} v={value} depth={0} open={open} />
	</div>
);
