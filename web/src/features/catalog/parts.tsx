/* SPDX-License-Identifier: Apache-2.0 */
/* What several pages of the catalog are made of. */
import type { ComponentChildren } from "preact";
import type { CatalogConversion, CatalogLink as Link, CatalogValidator } from "../../api/types";
import { c } from "../../strings/catalog";
import { Pill } from "../../ui/bits";
import { capital } from "../../ui/format";
import { Rich } from "../../ui/rich";
import { CatalogLink, type CatalogType } from "../shared/CatalogLink";

/* links of one type, by name; "None" for no link */
export function Links({ w, type, items }: { w: string; type: CatalogType; items: Link[] }) {
	if (!items.length) return <span class="muted">{c.none}</span>;
	return (
		<ul class="cat-links">
			{items.map((x) => (
				<li key={x.id}>
					<CatalogLink w={w} type={type} id={x.id}>
						{x.label}
					</CatalogLink>
				</li>
			))}
		</ul>
	);
}

export const Words = ({ items }: { items: string[] }) => (
	<ul class="cat-words">
		{items.map((x) => (
			<li key={x}>{x}</li>
		))}
	</ul>
);

export const Scroll = ({ label, children }: { label: string; children: ComponentChildren }) => (
	<div class="scroll" tabIndex={0} role="group" aria-label={label}>
		{children}
	</div>
);

export const Kept = ({ lossless }: { lossless: boolean }) => (
	<Pill tone={lossless ? "ok" : "warn"} icon={lossless ? "tick" : "info"}>
		{lossless ? c.keepsAll : c.keepsSome}
	</Pill>
);

/* rules in words. withEntity: name what each is about */
export function Rules({
	w,
	rules,
	withEntity,
}: {
	w: string;
	rules: CatalogValidator[];
	withEntity?: boolean;
}) {
	return (
		<>
			<p class="muted small">{c.pack.rulesNote}</p>
			<ul class="rows cat-rules">
				{rules.map((r) => (
					<li key={r.id} id={r.id}>
						<Pill
							tone={r.severity === "error" ? "bad" : "warn"}
							icon={r.severity === "error" ? "cross" : "warn"}
						>
							{r.severity === "error" ? c.pack.error : c.pack.warning}
						</Pill>
						<div class="grow">
							{withEntity && (
								<CatalogLink w={w} type="entity" id={r.entity.id}>
									{r.entity.label}
								</CatalogLink>
							)}
							<p>
								<Rich text={capital(r.says)} />
							</p>
							<p class="muted small">{r.message}</p>
						</div>
					</li>
				))}
			</ul>
		</>
	);
}

/* what a kind becomes, or what becomes it; what only renames columns leads to no other kind */
export function Conversions({
	w,
	items,
	isOut,
	none,
}: {
	w: string;
	items: CatalogConversion[];
	isOut: boolean;
	none: string;
}) {
	const shown = isOut ? items : items.filter((x) => x.from.every((f) => f.id !== x.to.id));
	if (!shown.length) return <p class="muted">{none}</p>;
	return (
		<ul class="rows">
			{shown.map((x) => (
				<li key={x.id} class="cat-conversion">
					<span class="grow">
						<Links w={w} type="kind" items={isOut ? [x.to] : x.from} />
						<span class="muted small">
							{c.kind.by}{" "}
							<CatalogLink w={w} type="adapter" id={x.id}>
								{x.label}
							</CatalogLink>
						</span>
					</span>
					<Kept lossless={x.lossless} />
				</li>
			))}
		</ul>
	);
}
