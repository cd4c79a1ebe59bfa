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
/* of a row in which no column is marked */
const COLUMNS_MAX = 40;
/*
 * windowOf - which columns of n to show around the marked ones (1-based in, 0-based [from, to) out)
 */
export function windowOf(n: number, columns: number[]): [number, number] {
	if (n <= COLUMNS_SHOWN || !columns.length) return [0, Math.min(n, COLUMNS_MAX)];
	const first = Math.min(...columns, n) - 1;
	const from = Math.max(0, Math.min(first - 2, n - COLUMNS_SHOWN));
	return [from, Math.min(n, Math.max(from + COLUMNS_SHOWN, ...columns))];
}

/* a line of a text, with its number */
function Line({ w, spot }: { w: string; spot: Spot }) {
	const text = useLoad(`text ${w} ${spot.file} ${spot.row}`, async (s) =>
		new TextDecoder().decode(await api.getBytes(api.fileUrl(w, spot.file), s)),
	);
	const line = text.value?.split("\n")[spot.row - 1]?.trimEnd();
	if (!line) return null;
	return (
		<div class="snippet">
			<pre>
				<span class="ln">{spot.row}</span>
				<mark>{line}</mark>
			</pre>
		</div>
	);
}

/* the place itself, where the file is one whose rows or lines can be shown */
export function Place({ w, spot }: { w: string; spot: Spot }) {
	if (/\.[ct]sv$/i.test(spot.file)) return <Cells w={w} spot={spot} />;
	return /\.(md|txt|json)$/i.test(spot.file) ? <Line w={w} spot={spot} /> : null;
}

function Cells({ w, spot }: { w: string; spot: Spot }) {
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
