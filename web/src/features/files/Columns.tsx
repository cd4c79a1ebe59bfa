/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a table as Forge read them: types, empties, different values, and what could be
 * its key.
 */
import type { FileProfile } from "../../api/types";
import { t } from "../../strings/en";
import { Card } from "../../ui/bits";
import { num, sentence } from "../../ui/format";
import { distinctOf, examplesOf, rangeOf, readingOf } from "./files.utils";

export function Columns({ p }: { p: FileProfile }) {
	const C = t.files;
	return (
		<Card title={C.columns} id="columns">
			<div class="scroll" tabIndex={0} role="group" aria-label={C.columns}>
				<table class="list">
					<thead>
						<tr>
							<th scope="col">{C.colName}</th>
							<th scope="col">{C.colType}</th>
							<th scope="col" class="n">
								{C.colNulls}
							</th>
							<th scope="col" class="n">
								{C.colDistinct}
							</th>
							<th scope="col">{C.colRange}</th>
							<th scope="col">{C.colExamples}</th>
						</tr>
					</thead>
					<tbody>
						{p.columns.map((c) => (
							<tr key={c.name}>
								<th scope="row">
									<code>{c.name}</code>
								</th>
								<td class={readingOf(c) ? "reads" : undefined}>
									{c.type}
									{readingOf(c) && <span class="muted line">{C.reads(readingOf(c))}</span>}
								</td>
								<td class="n">{num(c.nulls)}</td>
								<td class="n">{distinctOf(c)}</td>
								<td class="nowrap">{rangeOf(c)}</td>
								<td class="muted nowrap">{examplesOf(c)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{p.grain && (
				<>
					<h3>{C.grain}</h3>
					<p>{sentence(p.grain)}</p>
				</>
			)}
			<h3>{C.keys}</h3>
			{p.candidate_keys?.length ? (
				<>
					<p class="keys">
						{p.candidate_keys.map((k) => (
							<code key={k.join()}>{k.join(" + ")}</code>
						))}
					</p>
					<p class="muted small">{C.keysNote}</p>
				</>
			) : (
				<p class="muted">{C.keysNone}</p>
			)}
		</Card>
	);
}
