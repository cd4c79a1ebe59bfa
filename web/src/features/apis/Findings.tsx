/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a filled template: where, what was expected and found, and the way out. */
import { useMemo } from "preact/hooks";
import type { ImprintDiag } from "../../api/types";
import { t } from "../../strings/en";
import { sentence } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { parseJson } from "../../ui/jsontext";
import { applyFix, uniqueFixes, type Patch } from "./patch.utils";
import { lineOf, rangeOf, type Range } from "./place.utils";

const F = t.apis.fill;

export const isWarning = (d: ImprintDiag) => d.code.startsWith("IMP_W_");

function Finding({
	d,
	text,
	range,
	canFix,
	select,
	fix,
}: {
	d: ImprintDiag;
	text: string;
	range: Range | null;
	canFix: boolean;
	select: (r: Range) => void;
	fix: (p: Patch) => void;
}) {
	const at = range && lineOf(text, range.from);
	const place = at ? F.place(at.line, at.column) : "";
	const facts: [string, string | undefined][] = [
		[F.expected, d.expected],
		[F.got, d.got],
		[F.nearest, d.nearest === undefined ? undefined : JSON.stringify(d.nearest)],
	];
	return (
		<li class={isWarning(d) ? "finding warn" : "finding bad"} data-code={d.code}>
			<p class="finding-head">
				<Icon name={isWarning(d) ? "info" : "cross"} size={14} />
				<strong>{sentence(d.message)}</strong>
			</p>
			<div class="finding-place small">
				<span>
					{d.pointer ? <code class="wrap">{d.pointer}</code> : F.whole}
					{place && `, ${place}`}
				</span>
				<span class="acts">
					{range && (
						<button
							type="button"
							class="btn small"
							aria-label={F.goTo(place)}
							onClick={() => select(range)}
						>
							{F.goToShort}
						</button>
					)}
					{canFix && d.fix && (
						<button
							type="button"
							class="btn small primary"
							aria-label={F.fixLabel(d.message)}
							onClick={() => d.fix && fix(d.fix)}
						>
							{F.fix}
						</button>
					)}
				</span>
			</div>
			<dl class="finding-facts small">
				{facts.map(
					([k, v]) =>
						v !== undefined && (
							<div key={k}>
								<dt>{k}</dt>
								<dd>{v}</dd>
							</div>
						),
				)}
				<div>
					<dt class="vh">{F.code}</dt>
					<dd class="code">{d.code}</dd>
				</div>
			</dl>
		</li>
	);
}

/* fixesOf - the different fixes that go on this text */
export function fixesOf(text: string, diags: ImprintDiag[]): Patch[] {
	const root = parseJson(text);
	return uniqueFixes(
		diags.flatMap((d) => (d.fix && applyFix(text, d.fix, root) !== null ? [d.fix] : [])),
	);
}

export function Findings({
	diags,
	all,
	text,
	select,
	fix,
}: {
	diags: ImprintDiag[];
	all: number;
	text: string;
	select: (r: Range) => void;
	fix: (patches: Patch[]) => void;
}) {
	const root = useMemo(() => parseJson(text), [text]);
	return (
		<div class="findings-box" role="region" aria-label={F.findings} tabIndex={0}>
			<ul class="bare findings">
				{diags.map((d, i) => (
					<Finding
						key={`${d.code} ${d.pointer} ${i}`}
						d={d}
						text={text}
						range={rangeOf(text, root, d)}
						canFix={d.fix !== undefined && applyFix(text, d.fix, root) !== null}
						select={select}
						fix={(p) => fix([p])}
					/>
				))}
			</ul>
			{all > diags.length && <p class="muted small">{F.more(all - diags.length)}</p>}
		</div>
	);
}
