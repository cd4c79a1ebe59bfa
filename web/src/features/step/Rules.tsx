/* SPDX-License-Identifier: Apache-2.0 */
/* What the packs say must hold in a step's outputs, output by output. */
import type { Contract, OutputCheck } from "../../api/types";
import { t } from "../../strings/en";
import { RuleChecks } from "../shared/RuleChecks";
import { sumOf } from "../shared/rules.utils";

export function Rules({ w, c, items }: { w: string; c: Contract; items: OutputCheck[] }) {
	const outputs = c.outputs.filter((o) => items.some((v) => v.output === o.name));
	return (
		<div class="stack">
			<p class="muted small">{t.step.rulesLead}</p>
			{outputs.map((o) => {
				const mine = items.filter((v) => v.output === o.name);
				return (
					<section key={o.name} aria-label={t.rules.over(o.label)}>
						<h3>
							{o.label} <span class="muted small">{sumOf(mine)}</span>
						</h3>
						<RuleChecks w={w} entity={o.entity ?? ""} items={mine} />
					</section>
				);
			})}
		</div>
	);
}
