/* SPDX-License-Identifier: Apache-2.0 */
/* One step of a plan: what it must do, what goes in and out, what will be checked, and its seal. */
import { useState } from "preact/hooks";
import type { Contract, PlanStep } from "../../api/types";
import { t } from "../../strings/en";
import { Facts, Pill } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { list } from "../../ui/format";
import { JsonTree } from "../../ui/JsonTree";
import { Rich } from "../../ui/rich";
import { CatalogLink } from "../shared/CatalogLink";
import { Makes, Reads } from "../shared/Typed";
import { columnChanges, convertWords } from "./plan.utils";

function Converts({ c }: { c: Contract }) {
	const columns = columnChanges(c);
	if (!c.adapter) return null;
	return (
		<>
			{t.plan.converts(c.adapter.from, c.adapter.to)}
			{!c.adapter.lossless && <span class="muted"> ({t.plan.notAll})</span>}
			{columns.length > 0 && (
				<ul class="plain">
					{columns.map((x) => (
						<li key={x.from}>
							<code>{x.from}</code> {x.from !== x.to && <Rich text={t.plan.becomes(x.to)} />}
							{x.from !== x.to && x.convert && ", "}
							{x.convert && t.plan.readAs(convertWords(x.convert))}
						</li>
					))}
				</ul>
			)}
		</>
	);
}

export function StepCard({
	w,
	s,
	n,
	labelOf,
	isOn,
}: {
	w: string;
	s: PlanStep;
	n: number;
	labelOf: (id: string) => string;
	isOn: boolean;
}) {
	const c = s.contract;
	const [isOpen, setOpen] = useState(false);
	return (
		<li
			class={isOn ? "card step-card on" : "card step-card"}
			id={s.step_id}
			data-adapter={c.adapter?.id}
		>
			<div class="card-head">
				<h3>
					<span class="muted">{n}.</span> {c.label}{" "}
					{c.adapter && (
						<span title={t.plan.adapterWhat}>
							<Pill tone="muted">{t.plan.adapter}</Pill>
						</span>
					)}
				</h3>
				<Hash value={s.contract_hash} what={t.plan.contractHash} />
			</div>
			<p class="objective">{c.adapter ? t.plan.adapterWhat : c.objective}</p>
			<Facts
				items={[
					c.adapter && [t.plan.convertsLabel, <Converts key="a" c={c} />],
					c.depends_on.length > 0 && [t.plan.after, list(c.depends_on.map(labelOf))],
					[t.plan.reads, <Reads key="r" w={w} inputs={c.inputs} labelOf={labelOf} />],
					[t.plan.makes, <Makes key="m" w={w} outputs={c.outputs} />],
					[t.plan.policy, <CatalogLink key="p" w={w} type="policy" id={c.policy} />],
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
