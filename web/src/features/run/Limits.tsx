/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each step used of what its contract allows, as measured from outside; and what the run may
 * do at all.
 */
import type { Plan, Receipt, Run } from "../../api/types";
import { t } from "../../strings/en";
import { Card, Empty, Meter } from "../../ui/bits";
import { memory, ms, num } from "../../ui/format";
import { MayDo } from "../shared/MayDo";
import { lastPostflight } from "../shared/receipt.utils";

interface Cell {
	used: number;
	limit: number;
	show: (n: number) => string;
}

function Used({ c, what }: { c: Cell | null; what: string }) {
	if (!c) return <td class="muted" />;
	const text = t.run.limits.of(c.show(c.used), c.show(c.limit));
	return (
		<td class="used">
			<span>{text}</span>
			<Meter used={c.used} limit={c.limit} label={`${what}: ${text}`} />
		</td>
	);
}

export function Limits({ r, plan, receipts }: { r: Run; plan: Plan; receipts: Receipt[] }) {
	const L = t.run.limits;
	const rows = r.steps.flatMap((s) => {
		const usage = lastPostflight(receipts, s.step_id)?.facts.usage;
		const limits = plan.steps.find((x) => x.step_id === s.step_id)?.contract.execution.limits;
		if (!usage || !limits) return [];
		const cell = (
			used: number | undefined,
			limit: string,
			show: (n: number) => string,
		): Cell | null =>
			used === undefined || used === null
				? null
				: { used: Number(used), limit: Number(limit), show };
		return [
			{
				s,
				wall: cell(
					usage.wall_us === undefined ? undefined : usage.wall_us / 1000,
					limits.wall_ms,
					ms,
				),
				cpu: cell(usage.cpu_us === undefined ? undefined : usage.cpu_us / 1000, limits.cpu_ms, ms),
				mem: cell(usage.memory_peak_bytes, limits.memory_bytes, memory),
				pids: cell(usage.pids_peak, limits.pids, num),
			},
		];
	});
	return (
		<div class="two">
			<Card title={L.title} id="used">
				<p class="muted">{L.lead}</p>
				{rows.length === 0 ? (
					<Empty text={L.none} />
				) : (
					<div class="scroll" tabIndex={0} role="group" aria-label={L.title}>
						<table class="list">
							<thead>
								<tr>
									<th scope="col">{L.step}</th>
									<th scope="col">{L.wall}</th>
									<th scope="col">{L.cpu}</th>
									<th scope="col">{L.memory}</th>
									<th scope="col">{L.pids}</th>
								</tr>
							</thead>
							<tbody>
								{rows.map((x) => (
									<tr key={x.s.step_id}>
										<th scope="row">{x.s.label}</th>
										<Used c={x.wall} what={L.wall} />
										<Used c={x.cpu} what={L.cpu} />
										<Used c={x.mem} what={L.memory} />
										<Used c={x.pids} what={L.pids} />
									</tr>
								))}
							</tbody>
						</table>
					</div>
				)}
			</Card>
			<div class="side">
				<MayDo plan={plan} title={L.authority} />
			</div>
		</div>
	);
}
