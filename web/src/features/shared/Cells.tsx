/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The very row of a file that a message is about, with the header above it and the cells in
 * question underlined.
 */
import * as api from "../../api/calls";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Rich } from "../../ui/rich";

export interface Spot {
	file: string;
	/* as editors count: 1 is the header */
	row: number;
	columns: { column: number; text: string }[];
}

const COLUMNS_SHOWN = 6;
/*
 * windowOf - which columns of n to show around the marked ones (1-based in, 0-based [from, to) out)
 */
export function windowOf(n: number, columns: number[]): [number, number] {
	if (n <= COLUMNS_SHOWN || !columns.length) return [0, Math.min(n, COLUMNS_SHOWN)];
	const first = Math.min(...columns, n) - 1;
	const from = Math.max(0, Math.min(first - 2, n - COLUMNS_SHOWN));
	return [from, Math.min(n, Math.max(from + COLUMNS_SHOWN, ...columns))];
}

export function Cells({ w, spot }: { w: string; spot: Spot }) {
	const first = Math.max(0, spot.row - 2);
	const rows = useLoad(`spot ${w} ${spot.file} ${first}`, (s) =>
		api.getFileRows(w, spot.file, first, 1, s),
	);
	const columns = rows.value?.columns;
	if (!columns?.length) return null;
	const at = spot.columns.map((c) => c.column);
	const [from, to] = windowOf(columns.length, at);
	const isHead = spot.row === 1;
	const cells = isHead ? columns : rows.value?.rows[0];
	const labels = spot.columns.filter((c) => c.text);
	const cell = (text: string | null | undefined, i: number) =>
		at.includes(i + 1) ? <mark>{text || "\u00a0"}</mark> : text;
	return (
		<div
			class="snippet"
			tabIndex={0}
			role="group"
			aria-label={`${spot.file}, ${t.check.rowLabel(spot.row)}`}
		>
			<table>
				<thead>
					<tr>
						<th scope="row" class="ln">
							{t.check.rowLabel(1)}
						</th>
						{columns.slice(from, to).map((c, i) => (
							<th scope="col" key={i}>
								{isHead ? cell(c, from + i) : c}
							</th>
						))}
						{to < columns.length && <td aria-hidden="true">…</td>}
					</tr>
				</thead>
				{!isHead && cells && (
					<tbody>
						<tr>
							<th scope="row" class="ln">
								{t.check.rowLabel(spot.row)}
							</th>
							{columns.slice(from, to).map((_, i) => (
								<td key={i}>{cell(cells[from + i], from + i)}</td>
							))}
							{to < columns.length && <td aria-hidden="true">…</td>}
						</tr>
					</tbody>
				)}
			</table>
			{labels.map((c) => (
				<p key={c.column} class="snippet-label">
					<code>{cells?.[c.column - 1] ?? ""}</code>: <Rich text={c.text} />
				</p>
			))}
		</div>
	);
}
