/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that the ladder of this operation starts from. */
import { t } from "../../strings/en";
import { JsonTree } from "../../ui/JsonTree";

const L = t.apis.ladder;
const entries = (v: unknown): [string, unknown][] =>
	v !== null && typeof v === "object" ? Object.entries(v) : [];
const shown = (v: unknown) => (typeof v === "string" ? v : JSON.stringify(v));

const Pairs = ({ pairs, none }: { pairs: [string, unknown][]; none: string }) =>
	pairs.length ? (
		<ul class="bare small">
			{pairs.map(([k, v]) => (
				<li key={k}>
					<code>{k}</code> → <code>{shown(v)}</code>
				</li>
			))}
		</ul>
	) : (
		<p class="muted small">{none}</p>
	);

export function Ladder({ config }: { config: Record<string, unknown> }) {
	const stages = Array.isArray(config.stages) ? config.stages.map(String) : [];
	if (!stages.length) return null;
	return (
		<details class="card" id="ladder">
			<summary>
				<h2>{L.title}</h2>
				<span class="muted">{L.lead}</span>
			</summary>
			<h3>{L.stages}</h3>
			<ol class="bare small">
				{stages.map((s) => (
					<li key={s}>
						<code>{s}</code> {L.stage[s as keyof typeof L.stage] ?? ""}
					</li>
				))}
			</ol>
			<h3>{L.synonyms}</h3>
			<Pairs pairs={entries(config.synonyms)} none={L.synonymsNone} />
			<h3>{L.defaults}</h3>
			<Pairs pairs={entries(config.defaults)} none={L.defaultsNone} />
			<details>
				<summary>{L.whole}</summary>
				<JsonTree value={config} open={1} />
			</details>
		</details>
	);
}
