/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are all here: with a filter and an order. */
import { useMemo, useState } from "preact/hooks";
import { t } from "../strings/en";
import { pick, type Grid, type Order } from "./table";
import { VirtualTable } from "./VirtualTable";

const SAMPLE = 60;

export function GridView({
	grid,
	name,
	mark,
}: {
	grid: Grid;
	name: string;
	mark?: { row: number; column: number } | null;
}) {
	const [filter, setFilter] = useState("");
	const [order, setOrder] = useState<Order | null>(null);
	const at = useMemo(() => pick(grid, filter, order), [grid, filter, order]);
	const sample = useMemo(() => {
		const step = Math.max(1, Math.floor(grid.rows.length / SAMPLE));
		return grid.rows.filter((_, i) => i % step === 0);
	}, [grid]);
	return (
		<div class="grid-view">
			<div class="bar-line">
				<label class="inline">
					{t.out.filter}
					<input type="search" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
				</label>
				<span class="muted" role="status">
					{t.out.rowsOf(at.length, grid.rows.length)}
				</span>
			</div>
			<VirtualTable
				label={t.out.tableLabel(name)}
				columns={grid.columns}
				numeric={grid.numeric}
				n={at.length}
				row={(i) => grid.rows[at[i] as number] ?? null}
				rowNumber={(i) => (at[i] as number) + 1}
				sample={sample}
				order={order}
				setOrder={setOrder}
				mark={mark}
			/>
		</div>
	);
}
