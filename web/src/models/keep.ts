/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small things this browser remembers. Storage may be full or forbidden: then nothing is
 * remembered, and nothing fails.
 */
const PREFIX = "forge.";

export function keep(name: string, value: unknown): void {
	try {
		if (value === null) localStorage.removeItem(PREFIX + name);
		else localStorage.setItem(PREFIX + name, JSON.stringify(value));
	} catch {
		/* private window or full: kept in memory only */
	}
}
export function recall<T>(name: string): T | null {
	try {
		const text = localStorage.getItem(PREFIX + name);
		return text === null ? null : (JSON.parse(text) as T);
	} catch {
		return null;
	}
}
