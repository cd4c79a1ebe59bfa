/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of the packs with their verdicts: held, broken, passed on or not checked; with counts and
 * the first rows.
 */
import * as api from "../../api/calls";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { capital } from "../../ui/format";
import { Rich } from "../../ui/rich";
import { catalogHref } from "./CatalogLink";
import { countsOf, lookOf, sortedChecks, type AnyCheck } from "./rules.utils";

const R = t.rules;
const ROWS_SHOWN = 5;

/* rowHref: where a row can be looked at; none: nowhere */
function Rows({ v, rowHref }: { v: AnyCheck; rowHref?: (row: number) => string }) {
	const shown = v.rows.slice(0, ROWS_SHOWN);
	if (!shown.length) return null;
	const more = v.broken - shown.length;
	return (
		<details open={v.severity === "error" && !v.inherited_from}>
			<summary>{more > 0 ? R.rows(shown.length) : R.allRows}</summary>
			<ul class="rule-rows">
				{shown.map((r, i) => (
					<li key={i}>
						{r.row > 0 && (
							<>
								{rowHref ? <a href={rowHref(r.row)}>{R.row(r.row)}</a> : R.row(r.row)}
								{": "}
							</>
						)}
						<Rich text={r.message} />
					</li>
				))}
				{more > 0 && <li class="muted">{R.more(more)}</li>}
			</ul>
		</details>
	);
}

/*
 * RuleChecks - entity: whose rules these are. Their words come from its page of the catalog; where
 * it does not say them (any more), the id stands alone.
 */
export function RuleChecks({
	w,
	entity,
	items,
	rowHref,
}: {
	w: string;
	entity: string;
	items: AnyCheck[];
	rowHref?: (row: number) => string;
}) {
	const got = useLoad(`catalog ${w} entity ${entity}`, (s) =>
		api.getCatalogItem(w, "entity", entity, s),
	);
	const rules = got.value?.type === "entity" ? got.value.validators : [];
	return (
		<ul class="rows rule-checks">
			{sortedChecks(items).map((v) => {
				const look = lookOf(v);
				const says = rules.find((r) => r.id === v.id)?.says;
				return (
					<li key={v.id} data-verdict={v.verdict}>
						<Pill tone={look.tone} icon={look.icon}>
							{look.word}
						</Pill>
						<div class="grow">
							<p>
								{says && (
									<>
										<Rich text={capital(says)} />{" "}
									</>
								)}
								<a class="small" href={`${catalogHref(w, "entity", entity)}#${v.id}`}>
									<code>{v.id}</code>
								</a>
							</p>
							{countsOf(v).map((x) => (
								<p key={x} class="muted small">
									{x}
								</p>
							))}
							<Rows v={v} rowHref={rowHref} />
						</div>
					</li>
				);
			})}
		</ul>
	);
}
