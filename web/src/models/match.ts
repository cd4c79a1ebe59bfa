/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match - "/w/:w/files/*path" against an address. Values are decoded; a value that is not valid
 * percent-encoding is no match.
 */
export function match(pattern: string, path: string): Record<string, string> | null {
	const want = pattern.split("/");
	const have = path.replace(/\/+$/, "").split("/");
	const out: Record<string, string> = {};
	try {
		for (let i = 0; i < want.length; i++) {
			const w = want[i] as string;
			if (w.startsWith("*")) {
				if (have.length <= i) return null;
				out[w.slice(1)] = have.slice(i).map(decodeURIComponent).join("/");
				return out;
			}
			const h = have[i];
			if (h === undefined) return null;
			if (w.startsWith(":")) {
				if (!h) return null;
				out[w.slice(1)] = decodeURIComponent(h);
			} else if (w !== h) return null;
		}
	} catch {
		return null;
	}
	return want.length === have.length ? out : null;
}
