/* SPDX-License-Identifier: Apache-2.0 */
/* Fill and decode: how the text stands, what is wrong in it, the editor, the request it makes. */
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { CodeEdit, revealIn } from "../../ui/CodeEdit";
import { ErrorText } from "../../ui/ErrorView";
import { Findings } from "./Findings";
import { useTrial } from "./fill.hooks";
import { marksOf, type Range } from "./place.utils";
import { Repairs } from "./Repairs";
import { Request } from "./Request";
import { Options, StartChoice, startsOf } from "./Start";
import { Verdict } from "./Verdict";

const F = t.apis.fill;

/*
 * The list above the editor grows and shrinks while one types: the window scrolls by as much, so
 * that the line that is written stays where the eye is.
 */
function useSteadyEditor(area: { current: HTMLTextAreaElement | null }): void {
	const el = area.current;
	const before = el && document.activeElement === el ? el.getBoundingClientRect().top : null;
	useLayoutEffect(() => {
		const now = area.current?.getBoundingClientRect().top;
		if (before !== null && now !== undefined && Math.abs(now - before) >= 1)
			window.scrollBy({ top: now - before, behavior: "instant" });
	});
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
	const { starts, first } = useMemo(() => startsOf(d), [d]);
	const trial = useTrial(w, d, contentType, starts, first);
	const area = useRef<HTMLTextAreaElement>(null);
	const a = trial.answer;
	const isAbout = trial.decodedText === trial.text;
	const marks = useMemo(
		() => (a && isAbout ? marksOf(trial.text, a.diagnostics) : []),
		[a, isAbout, trial.text],
	);
	useSteadyEditor(area);
	useEffect(() => {
		const el = area.current;
		if (!el || !trial.moved) return;
		el.setSelectionRange(trial.moved.at, trial.moved.at);
		revealIn(el, trial.moved.at);
	}, [trial.moved]);
	const select = (r: Range) => {
		const el = area.current;
		if (!el) return;
		el.focus();
		el.setSelectionRange(r.from, r.to);
		revealIn(el, r.from);
		el.scrollIntoView({ block: "nearest" });
	};
	return (
		<>
			<p class="muted small">{F.lead}</p>
			<StartChoice d={d} starts={starts} trial={trial} />
			<Verdict trial={trial} id="verdict" />
			{trial.error && <ErrorText error={trial.error} />}
			{a && a.diagnostics.length > 0 && (
				<Findings
					diags={a.diagnostics}
					all={a.findings}
					text={trial.text}
					select={select}
					fix={trial.fix}
				/>
			)}
			<CodeEdit
				label={F.label}
				value={trial.text}
				set={trial.set}
				undo={trial.undo}
				redo={trial.redo}
				marks={marks}
				describedBy="verdict"
				isBad={a?.ok === false}
				areaRef={area}
			/>
			<Options trial={trial} />
			<Repairs trial={trial} select={select} />
			{a?.ok && <Request server={d.api.server} answer={a} />}
		</>
	);
}
