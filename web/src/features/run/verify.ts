/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the Evidence page, done in the browser: what is said here was computed here. */
import * as api from "../../api/calls";
import type { Plan, Receipt, Run } from "../../api/types";
import { canonical, planHash, receiptHash, sha256 } from "../../ui/canon";
import { t } from "../../strings/en";
import { factsOf, isPostflight } from "../shared/receipt.utils";
import { isMade } from "./run.utils";

export interface Finding {
	says: string;
	/* what is wrong, each in a line; empty: it holds */
	wrong: string[];
}

/*
 * chainBreaks - the chain walked from its start: every receipt is where it belongs, names the one
 * before it and has its hash
 */
export async function chainBreaks(run: string, receipts: Receipt[]): Promise<string[]> {
	const wrong: string[] = [];
	let head = "0".repeat(64);
	for (const [i, r] of [...receipts].sort((a, b) => a.seq - b.seq).entries()) {
		if (r.seq !== i + 1 || r.prev !== head || r.hash !== (await receiptHash(head, run, r)))
			wrong.push(`#${r.seq}`);
		head = r.hash;
	}
	return wrong;
}

export async function verify(
	w: string,
	run: Run,
	plan: Plan,
	receipts: Receipt[],
): Promise<Finding[]> {
	const c = t.run.evidence.checks;
	const hashes = await Promise.all(plan.steps.map((s) => sha256(canonical(s.contract))));
	const wrongContracts = plan.steps
		.filter((s, i) => s.contract_hash !== hashes[i])
		.map((s) => s.step_id);
	const profile = await sha256(canonical(plan.profile));
	const root = await planHash(hashes, profile);
	const planOf = new Map(plan.steps.map((s, i) => [s.step_id, hashes[i]]));
	const post = receipts.filter((r) => r.step_id && isPostflight(r));
	const wrongReceipts = post
		.filter((r) => {
			const f = factsOf(r);
			return (
				f.contract_hash !== planOf.get(r.step_id as string) ||
				(f.plan_hash !== undefined && f.plan_hash !== root)
			);
		})
		.map((r) => `#${r.seq} ${r.step_id}`);
	const made = run.deliverables.filter(isMade);
	const wrongResults: string[] = [];
	for (const d of made) {
		const said = post
			.filter((r) => r.step_id === d.step_id)
			.flatMap((r) => factsOf(r).outputs ?? [])
			.filter((o) => o.path === d.path);
		const hash = await sha256(await api.getBytes(api.artifactUrl(w, run.id, d.path)));
		if (hash !== d.sha256 || !said.some((o) => o.sha256 === hash)) wrongResults.push(d.path);
	}
	return [
		{ says: c.contract(hashes.length), wrong: wrongContracts },
		{ says: c.plan, wrong: root === plan.plan_hash ? [] : [root] },
		{ says: c.run, wrong: run.plan_hash === root ? [] : [run.plan_hash] },
		{ says: c.receipts(post.length), wrong: wrongReceipts },
		{ says: c.chain(receipts.length), wrong: await chainBreaks(run.id, receipts) },
		{ says: c.results(made.length), wrong: wrongResults },
	];
}
