/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a stored file, fetched a page at a time as they come into sight: any length opens at
 * once.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError, E_ABORTED } from "../../api/client";
import { t } from "../../strings/en";
import { Waiting } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { isNumber } from "../../ui/table";
import { VirtualTable } from "../../ui/VirtualTable";

const PAGE_ROWS = 200;
const PAGES_KEPT_MAX = 60;

/* mark: row as editors count (1 is the header) and column from 1 */
export function RowsView({
	w,
	path,
	total,
	mark,
}: {
	w: string;
	path: string;
	total: number | null;
	mark: { row: number; column: number } | null;
}) {
	const pages = useRef(new Map<number, (string | null)[][]>());
	const asked = useRef(new Set<number>());
	const [head, setHead] = useState<{ columns: string[]; n: number } | null>(null);
	const [, redraw] = useState(0);
	const [error, setError] = useState<ApiError | null>(null);
	const stop = useMemo(() => new AbortController(), [path]);
	const first = mark ? Math.max(0, mark.row - 2) : 0;
	const fetchPage = useCallback(
		(page: number) => {
			if (asked.current.has(page)) return;
			asked.current.add(page);
			api.getFileRows(w, path, page * PAGE_ROWS, PAGE_ROWS, stop.signal).then(
				(got) => {
					pages.current.set(page, got.rows);
					for (const old of pages.current.keys()) {
						if (pages.current.size <= PAGES_KEPT_MAX) break;
						if (Math.abs(old - page) > PAGES_KEPT_MAX / 2) {
							pages.current.delete(old);
							asked.current.delete(old);
						}
					}
					setHead((h) => h ?? { columns: got.columns, n: got.total ?? total ?? got.rows.length });
					setError(null);
					redraw((x) => x + 1);
				},
				(e: ApiError) => {
					asked.current.delete(page);
					if (e.code !== E_ABORTED) setError(e);
				},
			);
		},
		[w, path],
	);
	useEffect(() => {
		fetchPage(Math.floor(first / PAGE_ROWS));
		return () => stop.abort();
	}, [path]);
	const onRange = useCallback(
		(from: number, to: number) => {
			for (let p = Math.floor(from / PAGE_ROWS); p * PAGE_ROWS < to; p++) fetchPage(p);
		},
		[fetchPage],
	);
	const sample = pages.current.values().next().value ?? [];
	if (error && !head)
		return (
			<ErrorText
				error={error}
				acts={
					<button
						type="button"
						class="btn small"
						onClick={() => fetchPage(Math.floor(first / PAGE_ROWS))}
					>
						{t.app.retry}
					</button>
				}
			/>
		);
	if (!head) return <Waiting lines={8} />;
	const numeric = head.columns.map(
		(_, c) =>
			sample.length > 0 &&
			sample.every((r) => !r[c] || isNumber(r[c] ?? "")) &&
			sample.some((r) => r[c]),
	);
	return (
		<>
			{error && <ErrorText error={error} />}
			<VirtualTable
				label={t.out.tableLabel(path)}
				columns={head.columns}
				numeric={numeric}
				n={head.n}
				sample={sample.slice(0, 60)}
				row={(i) => pages.current.get(Math.floor(i / PAGE_ROWS))?.[i % PAGE_ROWS] ?? null}
				rowNumber={(i) => i + 2}
				onRange={onRange}
				mark={mark && mark.row >= 2 ? { row: mark.row - 2, column: mark.column - 1 } : null}
			/>
		</>
	);
}
