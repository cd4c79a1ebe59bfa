/* SPDX-License-Identifier: Apache-2.0 */
import { t } from "../../strings/en";
import { ms } from "../../ui/format";
import type { Postflight } from "../shared/receipt.utils";

/* below 10 ms a tenth still tells something */
const fine = (us: number) => (us < 10_000 ? `${(us / 1000).toFixed(1)} ms` : ms(us / 1000));

export function Times({ post }: { post: Postflight }) {
	const all = post.harness_us ?? {};
	const parts = Object.keys(t.run.phase)
		.filter((k) => all[k] !== undefined)
		.map((k) => [k, all[k] as number] as const);
	const sum = parts.filter(([k]) => k !== "program").reduce((n, [, us]) => n + Number(us), 0);
	if (!parts.length) return null;
	return (
		<table class="list tight">
			<thead>
				<tr>
					<th scope="col">{t.step.timesCol.part}</th>
					<th scope="col" class="n">
						{t.step.timesCol.took}
					</th>
				</tr>
			</thead>
			<tbody>
				{parts.map(([k, us]) => (
					<tr key={k}>
						<th scope="row">{t.run.phase[k] ?? k}</th>
						<td class="n">{fine(Number(us))}</td>
					</tr>
				))}
			</tbody>
			<tfoot>
				<tr>
					<th scope="row">{t.run.harness}</th>
					<td class="n">{fine(sum)}</td>
				</tr>
			</tfoot>
		</table>
	);
}
