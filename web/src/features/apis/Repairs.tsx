/* SPDX-License-Identifier: Apache-2.0 */
/* What had to be mended to read the text: by kind, each with its place. */
import { useMemo } from "preact/hooks";
import { t } from "../../strings/en";
import { Banner } from "../../ui/bits";
import { sentence } from "../../ui/format";
import type { Trial } from "./fill.hooks";
import type { Range } from "./place.utils";
import { groupRepairs, type Mended, type RepairGroup } from "./repairs.utils";

const F = t.apis.fill;
const PLACES_MAX = 8;

function Place({ m, select }: { m: Mended; select: ((r: Range) => void) | null }) {
	const place = F.place(m.line, m.column);
	return (
		<li>
			{select ? (
				<button type="button" class="link" aria-label={F.goTo(place)} onClick={() => select(m)}>
					{place}
				</button>
			) : (
				place
			)}
			{m.before.trim() && (
				<>
					{": "}
					<code class="wrap">{m.before}</code>
				</>
			)}
			{m.before.trim() && m.after && (
				<>
					{" → "}
					<code class="wrap">{m.after}</code>
				</>
			)}
		</li>
	);
}

function Group({ g, select }: { g: RepairGroup; select: ((r: Range) => void) | null }) {
	return (
		<li>
			{sentence(g.note)} {g.all.length > 1 && <span>({F.times(g.all.length)})</span>}
			<ul class="bare places">
				{g.all.slice(0, PLACES_MAX).map((m, i) => (
					<Place key={i} m={m} select={select} />
				))}
			</ul>
			{g.all.length > PLACES_MAX && <p>{F.more(g.all.length - PLACES_MAX)}</p>}
		</li>
	);
}

export function Repairs({ trial, select }: { trial: Trial; select: (r: Range) => void }) {
	const a = trial.answer;
	const text = trial.decodedText;
	const groups = useMemo(() => (a ? groupRepairs(text, a.repairs, a.filled) : []), [a, text]);
	if (!a || groups.length === 0) return null;
	const filled = a.filled;
	return (
		<Banner tone="accent" title={F.repairs(a.repairs.length)}>
			<ul class="plain small repairs">
				{groups.map((g) => (
					<Group key={g.note} g={g} select={text === trial.text ? select : null} />
				))}
			</ul>
			{filled !== null && (
				<p class="acts">
					<button type="button" class="btn small" onClick={() => trial.replace(filled, F.mended)}>
						{F.useMended}
					</button>
				</p>
			)}
		</Banner>
	);
}
