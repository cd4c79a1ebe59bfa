/* SPDX-License-Identifier: Apache-2.0 */
import type { Run, RunDeliverable, RunStep } from "../../api/types";
import { isOver } from "../../models/run";
import { t } from "../../strings/en";

export const isMade = (d: RunDeliverable): boolean => d.state === "verified" && d.sha256 !== null;
export const doneSteps = (r: Run): number => r.steps.filter((s) => s.state === "done").length;
export const labelOf =
	(r: Run) =>
	(id: string): string =>
		r.steps.find((s) => s.step_id === id)?.label ?? id;

const CALM_STEPS_MAX = 12;
/*
 * in plan order; a long plan shows what runs first, then what failed: what a person looks for while
 * it goes on
 */
export function shownOrder(r: Run): RunStep[] {
	if (isOver(r) || r.steps.length <= CALM_STEPS_MAX) return r.steps;
	const rank = (s: RunStep) =>
		s.state === "leased" ? 0 : s.state === "failed" ? 1 : s.state === "ready" ? 2 : 3;
	return r.steps
		.map((s, i) => [s, i] as const)
		.sort((a, b) => rank(a[0]) - rank(b[0]) || a[1] - b[1])
		.map(([s]) => s);
}

/* one sentence about where the run is */
export function sayRun(r: Run): string {
	switch (r.state) {
		case "done":
			return r.deliverables.every(isMade)
				? t.run.doneAll
				: t.run.promised(r.deliverables.filter(isMade).length, r.deliverables.length);
		case "failed": {
			const failed = r.steps.find((s) => s.state === "failed");
			return [
				failed && t.run.failedAt(failed.label),
				t.run.failedKept(doneSteps(r), r.steps.length),
			]
				.filter(Boolean)
				.join(" ");
		}
		case "cancelled":
			return `${t.run.cancelledNote} ${t.run.failedKept(doneSteps(r), r.steps.length)}`;
		case "waiting":
			return t.run.waitingNote;
		case "running":
			return t.run.runningNow(r.steps.filter((s) => s.state === "leased").map((s) => s.label));
	}
}

export const waitsFor = (r: Run, s: RunStep): string => {
	const open = s.depends_on.filter((id) => r.steps.find((x) => x.step_id === id)?.state !== "done");
	return s.state === "blocked" && open.length && !isOver(r)
		? t.run.after(open.map(labelOf(r)))
		: "";
};
