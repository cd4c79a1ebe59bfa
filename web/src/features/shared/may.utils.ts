/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate in words: for each kind of effect, the most that the whole run can cause. A
 * channel that is not known here is shown as a change outside, never left out.
 */
import type { Bound, Plan } from "../../api/types";
import { t } from "../../strings/en";
import { bytes, memory as size, ms } from "../../ui/format";

export interface MayRow {
	name: string;
	text: string[];
}

const INSIDE = ["files.published", "wall_s", "cpu_s", "disk_bytes"];
const isNet = (b: Bound) => b.channel === "http.read" || b.channel === "bytes.in";
const isModel = (b: Bound) => b.channel.startsWith("model");

function boundText(b: Bound): string {
	const n = Number(b.limit);
	if (b.channel === "http.read") return t.plan.requests(n, b.scope);
	if (b.channel === "bytes.in") return t.plan.received(bytes(n), b.scope.replace(/^\w+ /, ""));
	return t.plan.atMost([b.limit, b.channel, b.scope].filter(Boolean).join(" "));
}

export function mayRows(p: Plan): MayRow[] {
	const bounds = p.certificate.bounds;
	const words = (list: Bound[]) => (list.length ? list.map(boundText) : [t.plan.none]);
	/* what Forge itself spends or keeps; one row each, left out where the certificate says nothing */
	const inside = (channel: string, name: string, show: (n: number) => string): MayRow[] => {
		const b = bounds.find((x) => x.channel === channel);
		return b ? [{ name, text: [t.plan.atMost(show(Number(b.limit)))] }] : [];
	};
	let memory = 0;
	let tries = 1;
	for (const s of p.steps) {
		tries = Math.max(tries, 1 + (s.contract.repair?.max_retries ?? 0));
		memory = Math.max(memory, Number(s.contract.execution.limits.memory_bytes));
	}
	const M = t.plan.may;
	const read = p.files.reduce((n, f) => n + Number(f.bytes), 0);
	const parallel = p.profile.max_parallel;
	const seconds = (n: number) => ms(n * 1000);
	return [
		{
			name: M.steps,
			text: [`${p.steps.length}${parallel ? `, ${t.plan.parallel(parallel)}` : ""}`],
		},
		{
			name: M.read,
			text: [p.files.length ? t.plan.filesRead(p.files.length, bytes(read)) : t.plan.none],
		},
		{
			name: M.internet,
			text: words([
				...bounds.filter((b) => b.channel === "http.read"),
				...bounds.filter((b) => b.channel === "bytes.in"),
			]),
		},
		{
			name: M.changes,
			text: words(bounds.filter((b) => !isNet(b) && !isModel(b) && !INSIDE.includes(b.channel))),
		},
		{ name: M.ai, text: words(bounds.filter(isModel)) },
		...inside("files.published", M.kept, t.plan.files),
		...inside("wall_s", M.time, seconds),
		...inside("cpu_s", M.cpu, seconds),
		...inside("disk_bytes", M.disk, size),
		{ name: M.memory, text: [t.plan.perStep(size(memory))] },
		{ name: M.retries, text: [t.plan.tries(tries)] },
	];
}
