/* SPDX-License-Identifier: Apache-2.0 */
/* The check that trusts nobody: everything recomputed in this browser, and what it found. */
import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import type { Plan, Receipt, Run } from "../../api/types";
import { t } from "../../strings/en";
import { Banner, Pill } from "../../ui/bits";
import { canHash } from "../../ui/canon";
import { ErrorText } from "../../ui/ErrorView";
import { verify, type Finding } from "./verify";

const E = t.run.evidence;

export function VerifyRun({
	w,
	r,
	plan,
	receipts,
}: {
	w: string;
	r: Run;
	plan: Plan;
	receipts: Receipt[];
}) {
	const [found, setFound] = useState<Finding[] | null>(null);
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	if (!canHash()) return <p class="muted">{E.noCrypto}</p>;
	const go = async () => {
		setBusy(true);
		setError(null);
		try {
			setFound(await verify(w, r, plan, receipts));
		} catch (e) {
			setError(e as ApiError);
		}
		setBusy(false);
	};
	const bad = found?.filter((f) => f.wrong.length).length ?? 0;
	return (
		<div class="stack">
			<div class="acts">
				<button
					type="button"
					class="btn primary"
					aria-disabled={isBusy}
					onClick={go}
					data-testid="verify"
				>
					{isBusy ? E.verifying : E.verify}
				</button>
			</div>
			<p class="muted small">{E.verifyNote}</p>
			{error && <ErrorText error={error} />}
			{found && (
				<Banner
					tone={bad ? "bad" : "ok"}
					title={bad ? E.bad(bad) : E.ok(found.length)}
					role="status"
				>
					<ul class="ticks">
						{found.map((f) => (
							<li key={f.says}>
								<Pill tone={f.wrong.length ? "bad" : "ok"} icon={f.wrong.length ? "cross" : "tick"}>
									{f.wrong.length ? t.step.broke : t.step.passed}
								</Pill>
								<span>
									{f.says}
									{f.wrong.length > 0 && <code class="line">{f.wrong.join(", ")}</code>}
								</span>
							</li>
						))}
					</ul>
				</Banner>
			)}
		</div>
	);
}
