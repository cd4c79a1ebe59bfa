/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small things this browser remembers; the ...Here ones last as long as the tab. Storage may be
 * full or forbidden: then nothing is remembered, and nothing fails.
 */
const PREFIX = "forge.";

function put(storage: () => Storage, name: string, value: unknown): void {
	try {
		if (value === null) storage().removeItem(PREFIX + name);
		else storage().setItem(PREFIX + name, JSON.stringify(value));
	} catch {
		/* private window or full: kept in memory only */
	}
}
function get<T>(storage: () => Storage, name: string): T | null {
	try {
		const text = storage().getItem(PREFIX + name);
		return text === null ? null : (JSON.parse(text) as T);
	} catch {
		return null;
	}
}
const always = () => localStorage;
const here = () => sessionStorage;

export const keep = (name: string, value: unknown): void => put(always, name, value);
export const recall = <T>(name: string): T | null => get<T>(always, name);
export const keepHere = (name: string, value: unknown): void => put(here, name, value);
export const recallHere = <T>(name: string): T | null => get<T>(here, name);
