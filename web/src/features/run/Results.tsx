/* SPDX-License-Identifier: Apache-2.0 */
/* What was promised and what is there, each with the way to it. */
import * as api from "../../api/calls";
import { encodePath } from "../../api/client";
import type { Run, RunDeliverable } from "../../api/types";
import { isOver } from "../../models/run";
import { t } from "../../strings/en";
import { Empty, Pill } from "../../ui/bits";
import { baseName, bytes } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { isMade, labelOf } from "./run.utils";

function Item({ d, w, r }: { d: RunDeliverable; w: string; r: Run }) {
	const made = isMade(d);
	const url = api.artifactUrl(w, r.id, d.path);
	const href = `/w/${w}/runs/${r.id}/out/${encodePath(d.path)}`;
	const by = labelOf(r)(d.step_id);
	return (
		<li class={made ? "result" : "result open"} data-path={d.path}>
			<div class="result-main">
				<p class="result-name">{made ? <a href={href}>{d.label}</a> : d.label}</p>
				<p class="muted small">
					{d.path}
					{made && ` · ${bytes(d.bytes)}`} · {made ? t.run.madeBy(by) : t.run.willBeMadeBy(by)}
				</p>
			</div>
			{made ? (
				<Pill tone="ok" icon="shield">
					{t.run.checked}
				</Pill>
			) : (
				<Pill tone="muted" icon={isOver(r) ? "stop" : "clock"}>
					{isOver(r) ? t.run.notMade : t.run.notYet}
				</Pill>
			)}
			{made && (
				<div class="result-acts">
					<a class="btn small" href={href} aria-label={t.run.openWhat(d.label)}>
						{t.run.open}
					</a>
					<a
						class="icon-btn"
						href={api.download(url)}
						download={baseName(d.path)}
						aria-label={t.run.downloadWhat(d.label)}
						title={t.run.downloadWhat(d.label)}
					>
						<Icon name="down" size={16} />
					</a>
				</div>
			)}
		</li>
	);
}

export const Results = ({ w, r }: { w: string; r: Run }) =>
	r.deliverables.length ? (
		<ul class="results card flush">
			{r.deliverables.map((d) => (
				<Item key={d.path} d={d} w={w} r={r} />
			))}
		</ul>
	) : (
		<Empty text={t.run.resultsEmpty} />
	);
