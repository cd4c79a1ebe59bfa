/* SPDX-License-Identifier: Apache-2.0 */
/* One step of a plan: what it must do, what goes in and out, what will be checked, and its seal. */
import { useState } from "preact/hooks";
import type { PlanStep } from "../../api/types";
import { t } from "../../strings/en";
import { Facts } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { list } from "../../ui/format";
import { JsonTree } from "../../ui/JsonTree";
import { Rich } from "../../ui/rich";
import { Makes, Reads } from "../shared/Typed";

export function StepCard({
	s,
	n,
	labelOf,
	isOn,
}: {
	s: PlanStep;
	n: number;
	labelOf: (id: string) => string;
	isOn: boolean;
}) {
	const c = s.contract;
	const [isOpen, setOpen] = useState(false);
	return (
		<li class={isOn ? "card step-card on" : "card step-card"} id={s.step_id}>
			<div class="card-head">
				<h3>
					<span class="muted">{n}.</span> {c.label}
				</h3>
				<Hash value={s.contract_hash} what={t.plan.contractHash} />
			</div>
			<p class="objective">{c.objective}</p>
			<Facts
				items={[
					c.depends_on.length > 0 && [t.plan.after, list(c.depends_on.map(labelOf))],
					[t.plan.reads, <Reads key="r" inputs={c.inputs} labelOf={labelOf} />],
					[t.plan.makes, <Makes key="m" outputs={c.outputs} />],
					c.criteria.length > 0 && [
						t.plan.checks,
						<ul key="c" class="plain">
							{c.criteria.map((x, i) => (
								<li key={i}>
									<Rich text={x.says} />
								</li>
							))}
						</ul>,
					],
				]}
			/>
			<details onToggle={(e) => setOpen(e.currentTarget.open)}>
				<summary>{t.plan.contract}</summary>
				{isOpen && <JsonTree value={c} open={1} />}
			</details>
		</li>
	);
}
