/* SPDX-License-Identifier: Apache-2.0 */
import type { Attempt } from "../../api/types";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { between, fullTime, ms, when } from "../../ui/format";
import { Failure } from "../shared/Failure";

export function Attempts({ w, attempts }: { w: string; attempts: Attempt[] }) {
	if (!attempts.length) return <p class="muted">{t.step.attemptsNone}</p>;
	return (
		<ol class="bare stack">
			{attempts.map((a) => {
				const isGood = a.verdict === "ok" && !a.failure;
				const said = a.verdict ? (t.step.verdict[a.verdict] ?? a.verdict) : a.state;
				const took = between(a.started_at, a.ended_at);
				return (
					<li key={a.attempt}>
						<p class="attempt">
							<strong>{t.step.attempt(a.attempt)}</strong>
							{a.ended_at ? (
								<Pill tone={isGood ? "ok" : "bad"} icon={isGood ? "tick" : "cross"}>
									{said}
								</Pill>
							) : (
								<Pill tone="accent" icon="arc" spin>
									{t.run.step.leased}
								</Pill>
							)}
						</p>
						<p class="muted small">
							<span title={fullTime(a.started_at)}>{when(a.started_at)}</span>
							{a.ended_at && took !== null && `, ${ms(took)}`}
							{a.exit_code !== null && a.exit_code !== undefined && `, ${t.step.exit(a.exit_code)}`}
						</p>
						{a.failure && <Failure w={w} f={a.failure} />}
					</li>
				);
			})}
		</ol>
	);
}
