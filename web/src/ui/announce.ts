/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a screen reader is told without moving the focus: polite, at most one message in two
 * seconds, the newest wins.
 */
import { signal } from "@preact/signals";

export const announcement = signal("");
const GAP_MS = 2000;
let last = 0;
let timer = 0;

export function announce(text: string): void {
	clearTimeout(timer);
	const wait = Math.max(0, last + GAP_MS - Date.now());
	timer = window.setTimeout(() => {
		last = Date.now();
		announcement.value = text;
	}, wait);
}
