/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a filled template: where, what was expected and found, and the way out. */
import type { ImprintDiag } from "../../api/types";
import { t } from "../../strings/en";
import { sentence } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { parseJson } from "../../ui/jsontext";
import { applyFix } from "./patch.utils";
import { lineOf, rangeOf, type Range } from "./place.utils";

const F = t.apis.fill;

export const isWarning = (d: ImprintDiag) => d.code.startsWith("IMP_W_");

function Finding({
	d,
	text,
	range,
	select,
	fix,
}: {
	d: ImprintDiag;
	text: string;
	range: Range | null;
	select: (r: Range) => void;
	fix: (p: Record<string, unknown>[]) => void;
}) {
	const at = range && lineOf(text, range.from);
	const place = at ? F.place(at.line, at.column) : "";
	const facts: [string, string | undefined][] = [
		[F.expected, d.expected],
		[F.got, d.got],
		[F.nearest, d.nearest === undefined ? undefined : JSON.stringify(d.nearest)],
	];
	const canFix = d.fix !== undefined && applyFix(text, d.fix) !== null;
	return (
		<li class={isWarning(d) ? "finding warn" : "finding bad"} data-code={d.code}>
			<p class="finding-head">
				<Icon name={isWarning(d) ? "info" : "cross"} size={14} />
				<strong>{sentence(d.message)}</strong>
			</p>
			<p class="small muted">
				<code class="wrap">{d.pointer || "/"}</code>
				{place && <span>, {place}</span>}
			</p>
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
			</dl>
			<p class="acts">
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
				<span class="code">{d.code}</span>
			</p>
		</li>
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
	fix: (patches: Record<string, unknown>[][]) => void;
}) {
	const root = parseJson(text);
	const fixes = diags.flatMap((d) => (d.fix && applyFix(text, d.fix) !== null ? [d.fix] : []));
	return (
		<>
			{fixes.length > 1 && (
				<p class="acts">
					<button type="button" class="btn small" onClick={() => fix(fixes)}>
						{F.fixAll(fixes.length)}
					</button>
				</p>
			)}
			<ul class="bare findings">
				{diags.map((d, i) => (
					<Finding
						key={`${d.code} ${d.pointer} ${i}`}
						d={d}
						text={text}
						range={rangeOf(text, root, d)}
						select={select}
						fix={(p) => fix([p])}
					/>
				))}
			</ul>
			{all > diags.length && <p class="muted small">{F.more(all - diags.length)}</p>}
		</>
	);
}
