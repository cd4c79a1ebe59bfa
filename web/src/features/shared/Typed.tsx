/* SPDX-License-Identifier: Apache-2.0 */
/* What a step reads and makes: name, kind and meaning, and where it comes from. */
import type { ContractInput, ContractOutput } from "../../api/types";
import { t } from "../../strings/en";
import { baseName } from "../../ui/format";
import { CatalogLink } from "./CatalogLink";

const Types = ({ w, kind, entity }: { w: string; kind: string; entity: string | null }) => (
	<span class="types">
		<CatalogLink w={w} type="kind" id={kind} />
		{entity && <CatalogLink w={w} type="entity" id={entity} />}
	</span>
);

export function Reads({
	w,
	inputs,
	labelOf,
}: {
	w: string;
	inputs: ContractInput[];
	labelOf: (stepId: string) => string;
}) {
	if (!inputs.length) return <span class="muted">{t.plan.nothing}</span>;
	return (
		<ul class="typed">
			{inputs.map((i) => (
				<li key={i.name}>
					<span class="typed-name" title={i.source.path}>
						{baseName(i.source.path)}
					</span>
					<Types w={w} kind={i.kind} entity={i.entity} />
					<span class="muted">
						{i.source.type === "step" ? t.plan.from(labelOf(i.source.step_id)) : t.plan.fromFile}
						{!i.required && `, ${t.step.optional}`}
					</span>
				</li>
			))}
		</ul>
	);
}

export function Makes({ w, outputs }: { w: string; outputs: ContractOutput[] }) {
	return (
		<ul class="typed">
			{outputs.map((o) => (
				<li key={o.name}>
					<span class="typed-name" title={o.path}>
						{o.label || baseName(o.path)}
					</span>
					<Types w={w} kind={o.kind} entity={o.entity} />
					<span class="muted">{o.path}</span>
				</li>
			))}
		</ul>
	);
}
