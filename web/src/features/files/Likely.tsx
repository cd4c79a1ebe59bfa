/* SPDX-License-Identifier: Apache-2.0 */
/* What a file most likely holds: how sure, why, what speaks against it, and the columns. */
import type { DetectedColumn, DetectedRank, Detection } from "../../api/types";
import { t } from "../../strings/en";
import { Card, Pill } from "../../ui/bits";
import { sentence } from "../../ui/format";
import { CatalogLink } from "../shared/CatalogLink";
import { convertWords, isOpen } from "./files.utils";

const L = t.files.likely;
const percent = (r: DetectedRank) => Math.floor(r.confidence / 10);

function Verdict({ d, r }: { d: Detection; r: DetectedRank }) {
	if (r.refuted)
		return (
			<Pill tone="bad" icon="cross">
				{L.refuted}
			</Pill>
		);
	return (
		<Pill tone={d.clear ? "ok" : "warn"} icon={d.clear ? "tick" : "warn"}>
			{d.clear ? L.clear : L.unclear}
		</Pill>
	);
}

/* evidence comes with names between backticks */
function Said({ text }: { text: string }) {
	return (
		<>
			{sentence(text)
				.split("`")
				.map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}
		</>
	);
}

function Reasons({ title, items }: { title: string; items: string[] }) {
	if (items.length === 0) return null;
	return (
		<div>
			<h3>{title}</h3>
			<ul class="plain">
				{items.map((x) => (
					<li key={x}>
						<Said text={x} />
					</li>
				))}
			</ul>
		</div>
	);
}

function Line({ c }: { c: DetectedColumn }) {
	const values = c.convert ? L.convert(convertWords(c.convert)) : isOpen(c) ? L.open : L.fits;
	return (
		<tr>
			<th scope="row">
				{c.from === null ? <span class="muted">{L.missing}</span> : <code>{c.from}</code>}
			</th>
			<td>
				<code>{c.name}</code>
			</td>
			<td>{c.how && L.how[c.how]}</td>
			<td class={isOpen(c) ? "bad" : undefined}>{c.from !== null && values}</td>
		</tr>
	);
}

function Mapping({ r }: { r: DetectedRank }) {
	const lines = r.columns.filter((c) => c.from !== null || c.required);
	return (
		<div>
			<h3>{L.columns}</h3>
			<div class="scroll" tabIndex={0} role="group" aria-label={L.columns}>
				<table class="list">
					<thead>
						<tr>
							<th scope="col">{L.from}</th>
							<th scope="col">{L.to}</th>
							<th scope="col">{L.by}</th>
							<th scope="col">{L.values}</th>
						</tr>
					</thead>
					<tbody>
						{lines.map((c) => (
							<Line key={c.name} c={c} />
						))}
					</tbody>
				</table>
			</div>
			{r.unmatched.length > 0 && (
				<>
					<h3>{L.unmatched}</h3>
					<p class="keys">
						{r.unmatched.map((x) => (
							<code key={x}>{x}</code>
						))}
					</p>
				</>
			)}
		</div>
	);
}

export function Likely({ w, d }: { w: string; d: Detection }) {
	const [r, ...others] = d.ranks;
	return (
		<Card title={L.title} id="likely" acts={r && <Verdict d={d} r={r} />}>
			{!r ? (
				<p class="muted">{L.none}</p>
			) : (
				<div class="stack">
					<p>
						<CatalogLink w={w} type="entity" id={r.entity}>
							{r.label}
						</CatalogLink>
						, {L.sure(percent(r))}
						{r.required > 0 && (
							<span class="muted"> ({L.found(r.required_found, r.required)})</span>
						)}
					</p>
					<Reasons title={L.for} items={r.evidence} />
					<Reasons title={L.against} items={r.against} />
					{r.columns.length > 0 && <Mapping r={r} />}
					{others.length > 0 && (
						<div>
							<h3>{L.others}</h3>
							<ul class="plain">
								{others.slice(0, 3).map((o) => (
									<li key={o.entity}>
										<CatalogLink w={w} type="entity" id={o.entity}>
											{o.label}
										</CatalogLink>
										, {L.sure(percent(o))}
										{o.against[0] && (
											<span class="muted">
												: <Said text={o.against[0]} />
											</span>
										)}
									</li>
								))}
							</ul>
						</div>
					)}
					<p class="muted small">{L.proposal}</p>
				</div>
			)}
		</Card>
	);
}
