/* SPDX-License-Identifier: Apache-2.0 */
/* Which entity names which: a picture where there is more than one line, and all of it in words. */
import type { CatalogReference } from "../../api/types";
import { c } from "../../strings/catalog";
import { list } from "../../ui/format";
import { Graph } from "../../ui/Graph";
import { CatalogLink, catalogHref } from "../shared/CatalogLink";
import { refGraph } from "./catalog.utils";

export function References({ w, refs }: { w: string; refs: CatalogReference[] }) {
	const nodes = refGraph(refs);
	return (
		<>
			{nodes.length > 1 && (
				<Graph
					label={c.pack.graph}
					help={c.pack.graphHelp}
					steps={nodes.map((n) => ({
						id: n.id,
						label: n.label,
						from: n.from,
						href: catalogHref(w, "entity", n.id),
						look: null,
						note: n.id,
					}))}
				/>
			)}
			<ul class="plain cat-refs">
				{refs.map((r) => (
					<li key={`${r.from.id} ${r.columns.join()} ${r.to.id}`}>
						<CatalogLink w={w} type="entity" id={r.from.id}>
							{r.from.label}
						</CatalogLink>
						{": "}
						{c.pack.refers(list(r.columns), list(r.to_columns))}{" "}
						<CatalogLink w={w} type="entity" id={r.to.id}>
							{r.to.label}
						</CatalogLink>
						{r.says && <span class="muted">{` (${r.says})`}</span>}
					</li>
				))}
			</ul>
		</>
	);
}
