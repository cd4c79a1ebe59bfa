/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was promised and made, one segment for each step, and what stopped the run if something did.
 */
import type { Run } from "../../api/types";
import { isOver } from "../../models/run";
import { t } from "../../strings/en";
import { Icon } from "../../ui/Icon";
import { stepLook } from "../../ui/state";
import { Failure } from "../shared/Failure";
import { doneSteps, isMade, sayRun } from "./run.utils";

export function Hero({ w, r, phases }: { w: string; r: Run; phases: Record<string, string> }) {
	const made = r.deliverables.filter(isMade).length;
	const failed = r.steps.find((s) => s.state === "failed");
	const f = failed?.error ?? null;
	const isWhole = r.state === "done" && made === r.deliverables.length;
	const running = r.steps.filter((s) => s.state === "leased");
	/* with one step at work there is room to say what it does */
	const phase =
		r.state === "running" && running.length === 1
			? t.run.phase[phases[running[0]?.step_id ?? ""] ?? ""]
			: "";
	return (
		<section
			class={isWhole ? "hero ok" : r.state === "failed" ? "hero bad" : "hero"}
			aria-label={t.run.tabs.results}
		>
			<p class="hero-count">
				{isWhole && <Icon name="shield" size={22} />}
				{t.run.promised(made, r.deliverables.length)}
			</p>
			<ol class="segments" aria-label={t.run.stepOf(doneSteps(r), r.steps.length)}>
				{r.steps.map((s) => {
					const look = stepLook(s.state, isOver(r));
					return (
						<li key={s.step_id} class={look.tone} title={`${s.label}: ${look.word}`}>
							<span class="vh">
								{s.label}: {look.word}
							</span>
						</li>
					);
				})}
			</ol>
			<p class="hero-say">
				{sayRun(r)}
				{phase && <span class="muted"> {phase}.</span>}
			</p>
			{f && failed && (
				<Failure w={w} f={f}>
					<a
						class="btn small"
						href={`/w/${w}/runs/${r.id}/steps/${encodeURIComponent(failed.step_id)}`}
					>
						{t.run.openStep}
					</a>
				</Failure>
			)}
		</section>
	);
}
