/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a pack: each finding with its file, its line and its place in it. */
import type { PackFinding } from "../../api/types";
import { t } from "../../strings/en";

export function Findings({ list }: { list: PackFinding[] }) {
	const P = t.packs.place;
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={t.packs.findings(list.length)}>
			<table class="list pack-findings">
				<caption class="muted">{t.packs.findings(list.length)}</caption>
				<thead>
					<tr>
						<th scope="col">{P.message}</th>
						<th scope="col">{P.file}</th>
						<th scope="col" class="n">
							{P.line}
						</th>
						<th scope="col">{P.pointer}</th>
					</tr>
				</thead>
				<tbody>
					{list.map((f, i) => (
						<tr key={i}>
							<td>{f.message}</td>
							<td class="code">{f.file}</td>
							<td class="n">{f.line ?? "–"}</td>
							<td class="code">{f.pointer || t.packs.wholeFile}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
