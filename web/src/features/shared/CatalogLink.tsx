/* SPDX-License-Identifier: Apache-2.0 */
/* A name of the catalog that leads to its page: an entity, a kind, a policy. */
import type { ComponentChildren } from "preact";

export type CatalogType =
	"pack" | "entity" | "workflow" | "kind" | "slot" | "policy" | "adapter" | "playbook" | "skill";

export const catalogHref = (w: string, type: CatalogType, id: string): string =>
	`/w/${w}/catalog/${type}/${encodeURIComponent(id)}`;

/* children: the name as people say it; without, the id as code */
export const CatalogLink = ({
	w,
	type,
	id,
	children,
}: {
	w: string;
	type: CatalogType;
	id: string;
	children?: ComponentChildren;
}) => (
	<a class="cat-link" href={catalogHref(w, type, id)}>
		{children ?? <code>{id}</code>}
	</a>
);
