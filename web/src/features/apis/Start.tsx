/* SPDX-License-Identifier: Apache-2.0 */
/* What the editor begins with, and how its text is read. */
import type { OperationDetail, OperationExample } from "../../api/types";
import { t } from "../../strings/en";
import type { Start, Trial } from "./fill.hooks";

const F = t.apis.fill;
const OWN = "own";

const nameOf = (e: OperationExample) =>
	(e.source === "made" ? F.startMade : e.name ? F.startNamed(e.name) : F.startGiven) +
	(e.ok ? "" : ` (${F.startBad})`);

/* startsOf - all that can be begun with, and the one that is */
export function startsOf(d: OperationDetail): { starts: Start[]; first: string } {
	const template = { value: "template", text: d.template?.text ?? "" };
	const examples = d.examples.map((e, i) => ({ value: String(i), text: e.text }));
	const good = d.examples.find((e) => e.ok)?.text;
	return { starts: [template, ...examples], first: good ?? template.text };
}

export function StartChoice({
	d,
	starts,
	trial,
}: {
	d: OperationDetail;
	starts: Start[];
	trial: Trial;
}) {
	const at = starts.find((s) => s.text === trial.text)?.value ?? OWN;
	const example = d.examples[Number(at)];
	const choose = (v: string) => {
		const isOwn = at === OWN && trial.text.trim() !== "";
		if (v === OWN) trial.replace(trial.own ?? trial.text, F.ownBack);
		else
			trial.replace(
				starts.find((s) => s.value === v)?.text ?? "",
				isOwn ? F.replaced(F.startOwn) : "",
			);
	};
	return (
		<div class="stack tight">
			<label class="inline">
				{F.start}
				<select value={at} onChange={(e) => choose(e.currentTarget.value)}>
					{(at === OWN || trial.own !== null) && <option value={OWN}>{F.startOwn}</option>}
					<option value="template">{F.startTemplate}</option>
					{d.examples.map((e, i) => (
						<option key={i} value={String(i)}>
							{nameOf(e)}
						</option>
					))}
				</select>
			</label>
			{example && !example.ok && <p class="small muted">{F.exampleSays(example.says ?? "")}</p>}
		</div>
	);
}

export function Options({ trial }: { trial: Trial }) {
	return (
		<div class="stack tight">
			<label class="check">
				<input
					type="checkbox"
					checked={trial.lenient}
					onChange={(e) => trial.setLenient(e.currentTarget.checked)}
				/>
				{F.lenient}
			</label>
			<label class="check">
				<input
					type="checkbox"
					checked={trial.open}
					onChange={(e) => trial.setOpen(e.currentTarget.checked)}
				/>
				{F.open}
			</label>
		</div>
	);
}
