/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading receipts: in-toto statements with our facts in predicate.forge. What is missing reads as
 * absent, never as fine.
 */
import type { OutputCheck, Receipt } from "../../api/types";

export interface Usage {
	wall_us?: number;
	cpu_us?: number;
	memory_peak_bytes?: number;
	pids_peak?: number;
}
export interface ReceiptOutput {
	name: string;
	path: string;
	sha256: string;
	bytes: number | string;
	kind: string;
	parse?: { ok: boolean; detail: string };
	rows?: number | null;
	columns?: { name: string; type: string; nulls: number; distinct: number }[];
	candidate_keys?: string[][];
}
export interface Postflight {
	contract_hash?: string;
	plan_hash?: string;
	step?: string;
	attempt?: number;
	verdict?: string;
	exit_code?: number | null;
	outputs?: ReceiptOutput[];
	criteria?: { says: string; ok: boolean; detail?: string }[];
	validators?: OutputCheck[];
	verdict_detail?: string | null;
	refused_outputs?: { path: string; reason: string; near?: string | null }[];
	bridge?: {
		calls: { url: string; status: number; bytes: number; error?: string | null }[];
		used: { scope: string; calls: number; calls_limit: number }[];
	};
	undeclared_outputs?: {
		path: string;
		bytes: number | string;
		sha256: string;
		near?: string | null;
	}[];
	usage?: Usage;
	harness_us?: Record<string, number>;
}

export function bodyOf(r: Receipt): Record<string, unknown> {
	if (typeof r.body !== "string") return (r.body ?? {}) as Record<string, unknown>;
	try {
		return JSON.parse(r.body) as Record<string, unknown>;
	} catch {
		return {};
	}
}

/* factsOf - predicate.forge of any receipt; the predicate itself where there is no such part */
export function factsOf(r: Receipt): Postflight {
	const predicate = (bodyOf(r).predicate ?? {}) as Record<string, unknown>;
	return (predicate.forge ?? predicate) as Postflight;
}
export const isPostflight = (r: Receipt): boolean => r.kind === "postflight";

/* lastPostflight - of a step's newest attempt */
export function lastPostflight(
	receipts: Receipt[],
	stepId: string,
): { receipt: Receipt; facts: Postflight } | null {
	const mine = receipts
		.filter((r) => r.step_id === stepId && isPostflight(r))
		.sort((a, b) => a.seq - b.seq);
	const receipt = mine[mine.length - 1];
	return receipt ? { receipt, facts: factsOf(receipt) } : null;
}
