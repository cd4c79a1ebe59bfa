/* SPDX-License-Identifier: Apache-2.0 */
/* A failed step in words: why, where (the very rows), and what to do. */
import type { ComponentChildren } from "preact";
import type { Failure as FailureT } from "../../api/types";
import { t } from "../../strings/en";
import { capital, num } from "../../ui/format";
import { Rich } from "../../ui/rich";
import { Place } from "./Cells";

const ROWS_SHOWN = 5;

/* the first rows that are wrong, and how many there are */
function FailingRows({ f }: { f: FailureT }) {
	if (!f.rows?.length) return null;
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={t.run.rows.title}>
			<table class="list">
				<caption>
					{t.run.rows.some(Math.min(ROWS_SHOWN, f.rows.length), f.rows_total ?? f.rows.length)}
				</caption>
				<thead>
					<tr>
						<th scope="col" class="n">
							{t.run.rows.row}
						</th>
						<th scope="col">{t.run.rows.column}</th>
						<th scope="col">{t.run.rows.value}</th>
						<th scope="col">{t.run.rows.says}</th>
					</tr>
				</thead>
				<tbody>
					{f.rows.slice(0, ROWS_SHOWN).map((r, i) => (
						<tr key={i}>
							<td class="n">{num(r.row)}</td>
							<td>
								<code>{r.column}</code>
							</td>
							<td>
								<code>{r.value}</code>
							</td>
							<td class="wrong-says">
								<Rich text={r.message} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function Failure({
	w,
	f,
	children,
}: {
	w: string;
	f: FailureT;
	children?: ComponentChildren;
}) {
	const p = f.place;
	const isTable = !p?.file || /\.([ct]sv|json)$/i.test(p.file);
	const at = isTable ? t.files.place(p?.row, p?.column) : p?.row ? t.files.line(p.row) : "";
	const where = [p?.file, at].filter(Boolean).join(", ");
	return (
		<div class="diag bad" data-testid="failure">
			<p class="failure-why">
				<Rich text={capital(f.message)} />
			</p>
			{where && (
				<p class="muted">
					{t.run.whereRows}: {where}
				</p>
			)}
			{p?.file && p.row ? (
				<Place
					w={w}
					spot={{
						file: p.file,
						row: p.row,
						columns: p.column ? [{ column: p.column, text: "" }] : [],
					}}
				/>
			) : null}
			<FailingRows f={f} />
			<p>
				<strong>{t.run.fix}: </strong>
				{p?.file ? t.run.fixFile : f.retryable ? t.run.fixAgain : t.run.fixOther}
			</p>
			{f.class && <p class="code">{f.class}</p>}
			{children && <div class="acts">{children}</div>}
		</div>
	);
}
