/* SPDX-License-Identifier: Apache-2.0 */
/* Repairs that the browser can do itself: give a column of a CSV file the name that is needed. */
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
