/* SPDX-License-Identifier: Apache-2.0 */
import type { Diag, DiagLabel } from "../../api/types";
import type { Spot } from "../shared/Cells";

/* errors first, in the order of finding */
export function sorted(diags: Diag[]): Diag[] {
	const rank = { error: 0, warning: 1, note: 2 };
	return diags
		.map((d, i) => [d, i] as const)
		.sort((a, b) => rank[a[0].severity] - rank[b[0].severity] || a[1] - b[1])
		.map(([d]) => d);
}
export const errorsIn = (diags: Diag[]): number =>
	diags.filter((d) => d.severity === "error").length;

/* filesOf - the files of the workspace that a finding is about, the place first, each once */
export function filesOf(d: Diag): string[] {
	const all = [d.place?.pointer ? null : d.place?.file, ...d.labels.map((l) => l.file)];
	return [...new Set(all.filter((f): f is string => !!f))];
}

/* spotsOf - what to show of a file: the place and the labels on it, one group for each row */
export function spotsOf(d: Diag): Spot[] {
	const out: Spot[] = [];
	const add = (l: Pick<DiagLabel, "file" | "row" | "column">, text: string) => {
		if (!l.file || !l.row) return;
		let spot = out.find((s) => s.file === l.file && s.row === l.row);
		if (!spot) {
			spot = { file: l.file, row: l.row, columns: [] };
			out.push(spot);
		}
		if (l.column && !spot.columns.some((c) => c.column === l.column))
			spot.columns.push({ column: l.column, text });
	};
	if (d.place) add(d.place, "");
	for (const l of d.labels) add(l, l.text);
	return out.slice(0, 3);
}

/* marked - text cut around [at, at + n) for underlining */
export function marked(text: string, at: number, n: number): [string, string, string] {
	const chars = Array.from(text);
	return [
		chars.slice(0, at).join(""),
		chars.slice(at, at + n).join(""),
		chars.slice(at + n).join(""),
	];
}
