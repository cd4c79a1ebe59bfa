/* SPDX-License-Identifier: Apache-2.0 */
/* Fill and decode: an editor, what is wrong in it, and the request that it makes. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { OperationDetail, OperationExample } from "../../api/types";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner } from "../../ui/bits";
import { CodeEdit } from "../../ui/CodeEdit";
import { ErrorText } from "../../ui/ErrorView";
import { Findings, isWarning } from "./Findings";
import { useTrial, type Trial } from "./fill.hooks";
import { marksOf, type Range } from "./place.utils";
import { Request } from "./Request";

const F = t.apis.fill;

const nameOf = (e: OperationExample) =>
	(e.source === "made" ? F.startMade : e.name ? F.startNamed(e.name) : F.startGiven) +
	(e.ok ? "" : ` (${F.startBad})`);

function Start({ d, trial }: { d: OperationDetail; trial: Trial }) {
	const [at, set] = useState(() => {
		const first = d.examples.findIndex((e) => e.ok);
		return first < 0 ? "template" : String(first);
	});
	const example = d.examples[Number(at)];
	return (
		<div class="stack tight">
			<label class="inline">
				{F.start}
				<select
					value={at}
					onChange={(e) => {
						const v = e.currentTarget.value;
						set(v);
						trial.replace(
							v === "template" ? (d.template?.text ?? "") : (d.examples[Number(v)]?.text ?? ""),
						);
					}}
				>
					<option value="template">{F.startTemplate}</option>
					{d.examples.map((e, i) => (
						<option key={i} value={String(i)}>
							{nameOf(e)}
						</option>
					))}
				</select>
			</label>
			{at !== "template" && example && !example.ok && (
				<p class="small muted">{F.exampleSays(example.says ?? "")}</p>
			)}
		</div>
	);
}

function Options({ trial }: { trial: Trial }) {
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

function Verdict({ trial, id }: { trial: Trial; id: string }) {
	const bad = trial.answer?.diagnostics.filter((x) => !isWarning(x)).length ?? 0;
	const all = Math.max(bad, trial.answer?.ok === false ? trial.answer.findings : 0);
	const text = trial.isTooLong
		? F.tooLong
		: !trial.text.trim()
			? F.empty
			: trial.answer
				? trial.answer.ok
					? F.ok
					: F.bad(all)
				: "";
	const tone = trial.isTooLong || trial.answer?.ok === false ? "bad" : trial.answer ? "ok" : "";
	return (
		<p
			id={id}
			role="status"
			class={`verdict ${tone}`}
			data-state={trial.isBusy ? "busy" : trial.answer ? (trial.answer.ok ? "ok" : "bad") : "none"}
		>
			{text || (trial.isBusy ? F.checking : "")}
		</p>
	);
}

function Repairs({ trial }: { trial: Trial }) {
	const a = trial.answer;
	if (!a || a.repairs.length === 0) return null;
	const filled = a.filled;
	return (
		<Banner
			tone="accent"
			title={F.repairs(a.repairs.length)}
			acts={
				filled !== null && (
					<button
						type="button"
						class="btn small"
						onClick={() => {
							trial.replace(filled);
							announce(F.mended);
						}}
					>
						{F.useMended}
					</button>
				)
			}
		>
			<ul class="plain small">
				{a.repairs.slice(0, 20).map((r, i) => (
					<li key={i}>{r.note}</li>
				))}
			</ul>
		</Banner>
	);
}

export function FillPane({
	w,
	d,
	contentType,
}: {
	w: string;
	d: OperationDetail;
	contentType: string | null;
}) {
	const first = d.examples.find((e) => e.ok)?.text ?? d.template?.text ?? "";
	const trial = useTrial(w, d, contentType, first);
	const area = useRef<HTMLTextAreaElement>(null);
	const a = trial.answer;
	const isAbout = trial.decodedText === trial.text;
	const marks = useMemo(
		() => (a && isAbout ? marksOf(trial.text, a.diagnostics) : []),
		[a, isAbout, trial.text],
	);
	const select = (r: Range) => {
		const el = area.current;
		if (!el) return;
		el.focus();
		el.setSelectionRange(r.from, r.to);
		const line = trial.text.slice(0, r.from).split("\n").length;
		el.scrollTop = Math.max(0, (line - 4) * 20);
		el.scrollIntoView({ block: "nearest" });
	};
	return (
		<>
			<p class="muted small">{F.lead}</p>
			<Start d={d} trial={trial} />
			<CodeEdit
				label={F.label}
				value={trial.text}
				set={trial.set}
				marks={marks}
				describedBy="verdict"
				isBad={a?.ok === false}
				areaRef={area}
			/>
			<div class="bar-line">
				<Verdict trial={trial} id="verdict" />
				<button type="button" class="btn small" disabled={!trial.canUndo} onClick={trial.undo}>
					{F.undo}
				</button>
			</div>
			<Options trial={trial} />
			{trial.error && <ErrorText error={trial.error} />}
			<Repairs trial={trial} />
			{a && a.diagnostics.length > 0 && (
				<Findings
					diags={a.diagnostics}
					all={a.findings}
					text={trial.text}
					select={select}
					fix={trial.fix}
				/>
			)}
			{a?.ok && <Request server={d.api.server} answer={a} />}
		</>
	);
}
