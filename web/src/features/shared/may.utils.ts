/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate in words: for each kind of effect, the most that the whole run can cause. */
import type { Bound, Plan } from "../../api/types";
import { t } from "../../strings/en";
import { bytes, memory as size, ms } from "../../ui/format";

export interface MayRow {
	name: string;
	text: string[];
}

const isRead = (b: Bound) => b.channel.endsWith(".read") && b.channel.startsWith("http");
const isModel = (b: Bound) => b.channel.startsWith("model");

export function boundText(b: Bound): string {
	if (b.channel.startsWith("http") && /^\d+$/.test(b.limit))
		return t.plan.requests(Number(b.limit), b.scope);
	return t.plan.atMost([b.limit, b.scope].filter(Boolean).join(" "));
}

export function mayRows(p: Plan): MayRow[] {
	const bounds = p.certificate?.bounds ?? [];
	const other = bounds.filter((b) => !isRead(b) && !isModel(b));
	const words = (list: Bound[]) => (list.length ? list.map(boundText) : [t.plan.none]);
	let wallMs = 0;
	let memory = 0;
	let tries = 1;
	for (const s of p.steps) {
		const retries = s.contract.repair?.max_retries ?? 0;
		wallMs += Number(s.contract.execution.limits.wall_ms) * (1 + retries);
		memory = Math.max(memory, Number(s.contract.execution.limits.memory_bytes));
		tries = Math.max(tries, 1 + retries);
	}
	const read = p.files.reduce((n, f) => n + Number(f.bytes), 0);
	return [
		{
			name: t.plan.may.steps,
			text: [
				`${p.steps.length}${p.profile.max_parallel ? `, ${t.plan.parallel(p.profile.max_parallel)}` : ""}`,
			],
		},
		{
			name: t.plan.may.read,
			text: [p.files.length ? t.plan.filesRead(p.files.length, bytes(read)) : t.plan.none],
		},
		{ name: t.plan.may.internet, text: words(bounds.filter(isRead)) },
		{ name: t.plan.may.changes, text: words(other) },
		{ name: t.plan.may.ai, text: words(bounds.filter(isModel)) },
		{ name: t.plan.may.time, text: [t.plan.atMost(ms(wallMs))] },
		{ name: t.plan.may.memory, text: [t.plan.perStep(size(memory))] },
		{ name: t.plan.may.retries, text: [t.plan.tries(tries)] },
	];
}
