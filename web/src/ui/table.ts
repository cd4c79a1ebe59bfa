/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows out of CSV and JSON text, and the order and choice of them: plain functions under the table
 * views.
 */

export interface Grid {
	columns: string[];
	rows: string[][];
	/* columns where every value that is there is a number */
	numeric: boolean[];
}

/* parseCsv - RFC 4180 with any line ending; a byte order mark is dropped */
export function parseCsv(text: string, delimiter = ","): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	let cell = "";
	let isQuoted = false;
	const n = text.length;
	for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < n; i++) {
		const c = text[i] as string;
		if (isQuoted) {
			if (c !== '"') cell += c;
			else if (text[i + 1] === '"') {
				cell += '"';
				i++;
			} else isQuoted = false;
		} else if (c === '"' && cell === "") isQuoted = true;
		else if (c === delimiter) {
			row.push(cell);
			cell = "";
		} else if (c === "\n" || c === "\r") {
			if (c === "\r" && text[i + 1] === "\n") i++;
			row.push(cell);
			cell = "";
			if (row.length > 1 || row[0] !== "") rows.push(row);
			row = [];
		} else cell += c;
	}
	if (cell !== "" || row.length) {
		row.push(cell);
		rows.push(row);
	}
	return rows;
}

const NUMBER = /^[-+]?(\d[\d,]*)(\.\d+)?([eE][-+]?\d+)?$/;

export function isNumber(s: string): boolean {
	return NUMBER.test(s);
}

export function gridOf(columns: string[], rows: string[][]): Grid {
	const numeric = columns.map((_, c) => {
		let seen = 0;
		for (const r of rows) {
			const v = r[c] ?? "";
			if (v === "") continue;
			if (!isNumber(v)) return false;
			seen++;
		}
		return seen > 0;
	});
	return { columns, rows, numeric };
}

export function csvGrid(text: string): Grid {
	const [head = [], ...rows] = parseCsv(text);
	return gridOf(head, rows);
}

/* cellText - one JSON value in a cell: lists of plain values joined, anything deeper as JSON */
export function cellText(v: unknown): string {
	if (v === null || v === undefined) return "";
	if (Array.isArray(v) && v.every((x) => x === null || typeof x !== "object"))
		return v.map(cellText).join(", ");
	return typeof v === "object" ? JSON.stringify(v) : String(v);
}

export type JsonValue = unknown;
const isObject = (v: unknown): v is Record<string, unknown> =>
	typeof v === "object" && v !== null && !Array.isArray(v);

/* rowsOf - a JSON value as table rows: an array of objects, or null when it is something else */
export function rowsOf(v: JsonValue): Grid | null {
	if (!Array.isArray(v) || v.length === 0 || !v.every(isObject)) return null;
	const columns: string[] = [];
	const known = new Set<string>();
	for (const r of v)
		for (const k of Object.keys(r))
			if (!known.has(k)) {
				known.add(k);
				columns.push(k);
			}
	return gridOf(
		columns,
		v.map((r) => columns.map((c) => cellText(r[c]))),
	);
}

/* tablesIn - the tables of a JSON document: itself, or the arrays of objects directly inside it */
export function tablesIn(v: JsonValue): { name: string; grid: Grid }[] {
	const whole = rowsOf(v);
	if (whole) return [{ name: "", grid: whole }];
	if (!isObject(v)) return [];
	return Object.entries(v).flatMap(([name, x]) => {
		const grid = rowsOf(x);
		return grid ? [{ name, grid }] : [];
	});
}

export interface Order {
	column: number;
	isDown: boolean;
}

/* pick - indices of the rows that hold every word of filter, in order */
export function pick(grid: Grid, filter: string, order: Order | null): number[] {
	const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
	const out: number[] = [];
	grid.rows.forEach((r, i) => {
		if (words.every((w) => r.some((cell) => cell.toLowerCase().includes(w)))) out.push(i);
	});
	if (!order) return out;
	const { column, isDown } = order;
	const isNum = grid.numeric[column] ?? false;
	const value = (i: number) => grid.rows[i]?.[column] ?? "";
	const sign = isDown ? -1 : 1;
	return out.sort((a, b) => {
		const x = value(a);
		const y = value(b);
		if (x === "" || y === "") return x === y ? a - b : x === "" ? 1 : -1;
		const d = isNum
			? Number(x.replaceAll(",", "")) - Number(y.replaceAll(",", ""))
			: x < y
				? -1
				: x > y
					? 1
					: 0;
		return d ? d * sign : a - b;
	});
}

const WIDTH_CH_MIN = 7;
const WIDTH_CH_MAX = 44;
/*
 * widths - column widths in characters, from the heads and a sample of the rows, so that scrolling
 * never moves a column
 */
export function widths(columns: string[], sample: (string | null)[][]): number[] {
	return columns.map((name, c) => {
		let most = name.length + 2;
		for (const r of sample) most = Math.max(most, (r[c] ?? "").length);
		return Math.min(WIDTH_CH_MAX, Math.max(WIDTH_CH_MIN, most)) + 3;
	});
}
