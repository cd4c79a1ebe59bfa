/* SPDX-License-Identifier: Apache-2.0 */
/* When to use a domain or a workflow, and when its neighbour. */
import type { CatalogBoundary } from "../../api/types";
import { c } from "../../strings/catalog";
import { Card } from "../../ui/bits";
import { sentence } from "../../ui/format";
import { CatalogLink } from "../shared/CatalogLink";
import { inWords } from "./catalog.utils";
import { Words } from "./parts";

/* this one or its neighbour, neighbour by neighbour */
export function Boundaries({
	w,
	type,
	self,
	items,
	words,
}: {
	w: string;
	type: "pack" | "workflow";
	self: { id: string; label: string };
	items: CatalogBoundary[];
	words: string[];
}) {
	const others = [...new Map(items.map((b) => [b.against.id, b.against])).values()];
	return (
		<Card title={c.pack.when} id="when">
			{others.map((o) => (
				<section key={o.id} class="cat-against">
					<h3>
						<CatalogLink w={w} type={type} id={o.id}>
							{c.pack.against(o.label)}
						</CatalogLink>
					</h3>
					<dl>
						{items
							.filter((b) => b.against.id === o.id)
							.map((b) => (
								<div key={b.for}>
									<dt>{b.for === "this" ? c.pack.whenThis : c.pack.whenOther(o.label)}</dt>
									<dd>
										{inWords(sentence(b.says), [self, o])}
										<Words items={b.signals} />
									</dd>
								</div>
							))}
					</dl>
				</section>
			))}
			<h3>{c.pack.words}</h3>
			<Words items={words} />
		</Card>
	);
}
