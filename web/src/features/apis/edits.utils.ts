/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a text: typing, fixes and replacements in one line, so that taking one back never
 * takes more. What is typed without a pause is one step.
 */
const STEPS_MAX = 200;
const CHARS_MAX = 8_000_000;
const PAUSE_MS = 1000;

export interface Edits {
	past: string[];
	text: string;
	next: string[];
	/* when the last key of the step that typing goes on with was pressed; 0: a new step begins */
	typedAt: number;
}

export const begin = (text: string): Edits => ({ past: [], text, next: [], typedAt: 0 });

/* the newest steps that fit */
function bounded(past: string[]): string[] {
	const kept = past.slice(-STEPS_MAX);
	let chars = kept.reduce((n, s) => n + s.length, 0);
	while (kept.length > 1 && chars > CHARS_MAX) chars -= (kept.shift() as string).length;
	return kept;
}

/* put - another text as a step of its own */
export function put(e: Edits, text: string): Edits {
	if (text === e.text) return e;
	return { past: bounded([...e.past, e.text]), text, next: [], typedAt: 0 };
}

/* typed - a text after a key; one character more or less goes on with the step that is open */
export function typed(e: Edits, text: string, now: number): Edits {
	if (text === e.text) return e;
	const isOne = Math.abs(text.length - e.text.length) <= 1;
	const goesOn = isOne && e.typedAt > 0 && now - e.typedAt < PAUSE_MS;
	const past = goesOn ? e.past : bounded([...e.past, e.text]);
	return { past, text, next: [], typedAt: isOne ? now : 0 };
}

export function undo(e: Edits): Edits {
	const text = e.past.at(-1);
	if (text === undefined) return e;
	return { past: e.past.slice(0, -1), text, next: [e.text, ...e.next], typedAt: 0 };
}

export function redo(e: Edits): Edits {
	const text = e.next[0];
	if (text === undefined) return e;
	return { past: [...e.past, e.text], text, next: e.next.slice(1), typedAt: 0 };
}

/* changeEnd - where, in the second text, the part ends that the first one does not have */
export function changeEnd(from: string, to: string): number {
	let n = 0;
	const most = Math.min(from.length, to.length);
	while (n < most && from[from.length - 1 - n] === to[to.length - 1 - n]) n++;
	return to.length - n;
}
