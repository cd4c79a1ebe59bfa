/* SPDX-License-Identifier: Apache-2.0 */
/* One operation in the list of an API. */
import type { Operation } from "../../api/types";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { Method } from "./Method";

export function OperationRow({ w, a, o }: { w: string; a: string; o: Operation }) {
	return (
		<a class="op-row" href={`/w/${w}/apis/${a}/operations/${o.key}`}>
			<Method method={o.method} />
			<span class="op-text">
				<code class="op-path">{o.path}</code>
				<span class="op-sum">
					{o.refused ? `${t.apis.refused}: ${o.refused.says}` : o.summary || o.operation_id}
				</span>
			</span>
			<span class="op-side">
				{o.deprecated && <Pill tone="muted">{t.apis.deprecated}</Pill>}
				{!o.refused && o.warnings > 0 && (
					<Pill tone="muted" icon="info">
						{t.apis.notes(o.warnings)}
					</Pill>
				)}
				{o.refused ? (
					<Pill tone="warn" icon="warn">
						{t.apis.refused}
					</Pill>
				) : (
					<span class="muted small wide">{t.apis.fields(o.leaves ?? 0, o.required ?? 0)}</span>
				)}
			</span>
		</a>
	);
}
