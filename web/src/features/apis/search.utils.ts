/* SPDX-License-Identifier: Apache-2.0 */
/* Operations by words, tag and method; an API's newer version. */
import type { Catalogue, Operation } from "../../api/types";

export interface Filter {
	words: string;
	tag: string;
	method: string;
	refusedOnly: boolean;
}

export function pickOperations(all: Operation[], f: Filter): Operation[] {
	const words = f.words.toLowerCase().split(/\s+/).filter(Boolean);
	return all.filter((o) => {
		if (f.tag && o.tag !== f.tag) return false;
		if (f.method && o.method !== f.method) return false;
		if (f.refusedOnly && !o.refused) return false;
		if (!words.length) return true;
		const hay = `${o.method} ${o.path} ${o.operation_id ?? ""} ${o.summary} ${o.tag}`.toLowerCase();
		return words.every((w) => hay.includes(w));
	});
}

export const methodsOf = (all: Operation[]): string[] =>
	[...new Set(all.map((o) => o.method))].sort();

/* newerOf - the API that the file of an outdated one is now, when it is imported */
export const newerOf = (c: Catalogue, all: Catalogue[]): Catalogue | null =>
	c.is_current ? null : (all.find((x) => x.is_current && x.path === c.path) ?? null);
