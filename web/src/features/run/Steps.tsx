/* SPDX-License-Identifier: Apache-2.0 */
/* One line for each step: state, times, and why it failed; or the same as a graph. */
import { useEffect, useState } from "preact/hooks";
import type { Run, RunStep } from "../../api/types";
import { query, setQuery } from "../../models/router";
import { isOver } from "../../models/run";
import { t } from "../../strings/en";
import { StatePill } from "../../ui/bits";
import { Choice } from "../../ui/Tabs";
import { between, ms } from "../../ui/format";
import { Graph } from "../../ui/Graph";
import { stepLook } from "../../ui/state";
import { Failure } from "../shared/Failure";
import { shownOrder, waitsFor } from "./run.utils";

/* the time a step has run so far, counted on while it runs */
function Since({ start }: { start: string | null }) {
	const [now, tick] = useState(Date.now());
	useEffect(() => {
		const timer = setInterval(() => tick(Date.now()), 1000);
		return () => clearInterval(timer);
	}, []);
	const n = between(start, null, now);
	return <>{n === null || n < 1000 ? "" : t.run.seconds(Math.floor(n / 1000))}</>;
}

function Times({ s }: { s: RunStep }) {
	if (s.state === "leased")
		return (
			<span class="step-time">
				<Since start={s.started_at} />
			</span>
		);
	if (s.program_ms === null && s.harness_ms === null) return null;
	return (
		<span class="step-time" title={t.run.timeNote}>
			<span>
				<span class="muted">{t.run.program}</span> {ms(s.program_ms)}
			</span>
			<span>
				<span class="muted">{t.run.harness}</span> {ms(s.harness_ms)}
			</span>
		</span>
	);
}

export function Steps({ w, r, phases }: { w: string; r: Run; phases: Record<string, string> }) {
	const view = query("view") === "graph" ? "graph" : "list";
	const hrefOf = (s: RunStep) => `/w/${w}/runs/${r.id}/steps/${encodeURIComponent(s.step_id)}`;
	const over = isOver(r);
	return (
		<>
			<div class="bar-line">
				<h2>{t.run.tabs.steps}</h2>
				<Choice
					label={t.plan.view}
					value={view}
					set={(x) => setQuery("view", x === "list" ? null : x)}
					options={[
						{ value: "list", text: t.plan.asList },
						{ value: "graph", text: t.plan.asGraph },
					]}
				/>
			</div>
			{view === "graph" ? (
				<Graph
					steps={r.steps.map((s, i) => ({
						id: s.step_id,
						n: i + 1,
						label: s.label,
						from: s.depends_on,
						href: hrefOf(s),
						look: stepLook(s.state, over),
						note: "",
					}))}
				/>
			) : (
				<ol class="steps card flush">
					{shownOrder(r).map((s) => {
						const f = s.state === "failed" ? s.error : null;
						const phase = s.state === "leased" ? (t.run.phase[phases[s.step_id] ?? ""] ?? "") : "";
						return (
							<li key={s.step_id} data-step={s.step_id} data-state={s.state}>
								<div class="step-line">
									<span class="step-n muted">{r.steps.indexOf(s) + 1}</span>
									<a class="step-name" href={hrefOf(s)}>
										{s.label}
									</a>
									<span class="step-note muted">
										{[phase || waitsFor(r, s), s.attempt > 1 && t.run.attempt(s.attempt)]
											.filter(Boolean)
											.join(" · ")}
									</span>
									<Times s={s} />
									<StatePill look={stepLook(s.state, over)} />
								</div>
								{f && (
									<Failure w={w} f={f}>
										<a class="btn small" href={hrefOf(s)}>
											{t.run.openStep}
										</a>
									</Failure>
								)}
							</li>
						);
					})}
				</ol>
			)}
			<p class="muted small">{t.run.timeNote}</p>
		</>
	);
}
