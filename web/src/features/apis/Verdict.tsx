/* SPDX-License-Identifier: Apache-2.0 */
/* How the text stands, in a line that stays in sight, with the ways back and forth. */
import { useMemo } from "preact/hooks";
import { t } from "../../strings/en";
import type { Trial } from "./fill.hooks";
import { fixesOf, isWarning } from "./Findings";

const F = t.apis.fill;

function wordsOf(trial: Trial): string {
	const a = trial.answer;
	if (trial.isTooLong) return F.tooLong;
	if (!trial.text.trim()) return F.empty;
	if (!a) return trial.isBusy ? F.checking : "";
	const bad = a.diagnostics.filter((x) => !isWarning(x)).length;
	if (!a.ok) return F.bad(Math.max(bad, a.findings));
	return a.repairs.length ? F.okMended(a.repairs.length) : F.ok;
}

export function Verdict({ trial, id }: { trial: Trial; id: string }) {
	const a = trial.answer;
	const fixes = useMemo(() => (a ? fixesOf(trial.text, a.diagnostics) : []), [a, trial.text]);
	const tone = trial.isTooLong || a?.ok === false ? "bad" : a ? "ok" : "";
	return (
		<div class="verdict-bar bar-line">
			<p
				id={id}
				role="status"
				class={`verdict ${tone}`}
				data-state={trial.isBusy ? "busy" : a ? (a.ok ? "ok" : "bad") : "none"}
			>
				{wordsOf(trial)}
			</p>
			<span class="acts">
				{fixes.length > 1 && (
					<button type="button" class="btn small primary" onClick={() => trial.fix(fixes)}>
						{F.fixAll(fixes.length)}
					</button>
				)}
				<button
					type="button"
					class="btn small"
					aria-keyshortcuts="Control+Z"
					disabled={!trial.canUndo}
					onClick={trial.undo}
				>
					{F.undo}
				</button>
				<button
					type="button"
					class="btn small"
					aria-keyshortcuts="Control+Shift+Z"
					disabled={!trial.canRedo}
					onClick={trial.redo}
				>
					{F.redo}
				</button>
			</span>
			{trial.note && (
				<p class={trial.note.isBad ? "fill-note warn" : "fill-note"}>{trial.note.text}</p>
			)}
		</div>
	);
}
