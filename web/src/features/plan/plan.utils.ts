/* SPDX-License-Identifier: Apache-2.0 */
import type { Plan } from "../../api/types";
import type { GraphStep } from "../../ui/Graph";
import { waitingPasses, type PassView } from "../../models/compile";

export const labelOf =
	(p: Plan) =>
	(id: string): string =>
		p.steps.find((s) => s.step_id === id)?.contract.label ?? id;

/* the checks as they went when the plan was made; a plan exists, so each one held */
export function passesOf(p: Plan): PassView[] {
	return waitingPasses().map((x) => {
		const got = p.passes?.find((y) => y.pass === x.letter);
		return {
			...x,
			state: got?.state === "failed" ? "failed" : "done",
			ms: got?.ms ?? null,
			says: got?.says ?? null,
		};
	});
}

export function graphOf(p: Plan, hrefOf: (id: string) => string): GraphStep[] {
	return p.steps.map((s, i) => ({
		id: s.step_id,
		n: i + 1,
		label: s.contract.label,
		from: s.contract.depends_on,
		href: hrefOf(s.step_id),
		look: null,
		note: s.contract.outputs[0]?.label ?? "",
	}));
}
