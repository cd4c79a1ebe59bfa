/* SPDX-License-Identifier: Apache-2.0 */
import type { Plan } from "../../api/types";
import { t } from "../../strings/en";
import { Card, Facts } from "../../ui/bits";
import { mayRows } from "./may.utils";

export const MayDo = ({ plan, title }: { plan: Plan; title: string }) => (
	<Card title={title} id="may">
		<Facts
			items={mayRows(plan).map((r) => [
				r.name,
				r.text.map((x) => (
					<span key={x} class="line">
						{x}
					</span>
				)),
			])}
		/>
		<p class="muted small">{t.plan.mayNote}</p>
	</Card>
);
