/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs that the browser can do itself: give a column of a CSV file the name that is needed,
 * or let the planner convert a file, which the request says in a line of its own.
 */
import type { Diag } from "../../api/types";

export interface Rename {
	file: string;
	/* from 1 */
	column: number;
	from: string;
	to: string;
}
const OTHER_NAME = "FC0303";
export const RENAME_BYTES_MAX = 25_000_000;

/*
 * renameOf - the rename that a finding asks for, null for any other finding. What it says is only
 * taken as a wish: renameHeader looks at the file itself.
 */
export function renameOf(d: Diag): Rename | null {
	const p = d.place;
	if (d.code !== OTHER_NAME || !p?.file?.endsWith(".csv") || p.row !== 1 || !p.column) return null;
	const m = /rename the column `([^`]+)` to `([^`]+)`/.exec(d.help ?? "");
	return m ? { file: p.file, column: p.column, from: m[1] as string, to: m[2] as string } : null;
}

const QUOTE = 0x22;
const ENDS = [0x0a, 0x0d];

/* headerCells - where the cells of the first line begin and end, in bytes */
function headerCells(b: Uint8Array): [number, number][] {
	const cells: [number, number][] = [];
	let start = b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf ? 3 : 0;
	let isQuoted = false;
	for (let i = start; ; i++) {
		const c = b[i];
		if (c === QUOTE) isQuoted = !isQuoted;
		if (c !== undefined && (isQuoted || (c !== 0x2c && !ENDS.includes(c)))) continue;
		cells.push([start, i]);
		start = i + 1;
		if (c !== 0x2c) return cells;
	}
}

/*
 * renameHeader - the file with one name of its header changed and every other byte as it was; null
 * when that column does not have the name `from`
 */
export function renameHeader(b: Uint8Array, r: Rename): Uint8Array | null {
	const cell = headerCells(b)[r.column - 1];
	if (!cell) return null;
	const raw = new TextDecoder().decode(b.subarray(...cell));
	const name = /^".*"$/s.test(raw) ? raw.slice(1, -1).replaceAll('""', '"') : raw;
	if (name.trim() !== r.from) return null;
	const quoted = /[",\n\r]/.test(r.to) ? `"${r.to.replaceAll('"', '""')}"` : r.to;
	const middle = new TextEncoder().encode(quoted);
	const out = new Uint8Array(b.length - (cell[1] - cell[0]) + middle.length);
	out.set(b.subarray(0, cell[0]));
	out.set(middle, cell[0]);
	out.set(b.subarray(cell[1]), cell[0] + middle.length);
	return out;
}

/* What the request would have to say so that Forge converts a file; policy null: it may already. */
export interface Convert {
	policy: string | null;
	/* somebody has to say whether the day or the month comes first */
	needsOrder: boolean;
}
export type DateOrder = "day" | "month";
const orderLine = (o: DateOrder) => `Dates are ${o} first.`;
/* a line that names a policy and nothing else, as the planner reads it */
const POLICY_LINE = /^[\s`*"-]*policy:[\s`*"]*([A-Za-z0-9][\w.-]*?)[\s`*".]*$/i;

/* convertOf - the conversion that a finding offers, null for any other finding */
export function convertOf(d: Diag): Convert | null {
	const help = d.help ?? "";
	const policy = /write the line `policy: ([\w.-]+)` in the objective/.exec(help)?.[1] ?? null;
	const needsOrder = help.includes(orderLine("day"));
	return policy || needsOrder ? { policy, needsOrder } : null;
}

/* convertLine - the policy that a request names in a line of its own, null if it names none */
export function convertLine(objective: string): string | null {
	for (const line of objective.split("\n")) {
		const id = POLICY_LINE.exec(line)?.[1];
		/* "Policy: finance_policy.md" is a file */
		if (id && !/\.[a-z]{2,8}$/i.test(id)) return id;
	}
	return null;
}

/* withConvert - the request with the lines that let the planner convert; the rest stays as it is */
export function withConvert(objective: string, c: Convert, order: DateOrder | null): string {
	const base = c.policy ? withoutConvert(objective) : objective;
	const lines = [order && orderLine(order), c.policy && `policy: ${c.policy}`].filter(Boolean);
	return `${base.trimEnd()}\n\n${lines.join("\n")}\n`;
}

/* withoutConvert - the request without those lines: what undo gives */
export function withoutConvert(objective: string): string {
	const own = [orderLine("day"), orderLine("month")];
	return objective
		.split("\n")
		.filter((line) => convertLine(line) === null && !own.includes(line))
		.join("\n")
		.trimEnd();
}
