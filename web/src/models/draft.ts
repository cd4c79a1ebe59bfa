/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request being written: objective and files, one for each person and workspace, kept in this
 * browser as it is typed.
 */
import { signal, type Signal } from "@preact/signals";
import { keep, recall } from "./keep";
import { session } from "./session";

export interface Draft {
	objective: string;
	files: string[];
}
const EMPTY: Draft = { objective: "", files: [] };
const KEEP_AFTER_MS = 300;
const drafts = new Map<string, Signal<Draft>>();
const timers = new Map<string, number>();

const nameOf = (w: string) => `draft.${session.value?.user.id ?? "-"}.${w}`;

export function draftOf(w: string): Signal<Draft> {
	const name = nameOf(w);
	let d = drafts.get(name);
	if (!d) {
		d = signal({ ...EMPTY, ...(recall<Draft>(name) ?? {}) });
		drafts.set(name, d);
	}
	return d;
}

export function changeDraft(w: string, change: Partial<Draft>): void {
	const name = nameOf(w);
	const d = draftOf(w);
	d.value = { ...d.value, ...change };
	clearTimeout(timers.get(name));
	timers.set(
		name,
		window.setTimeout(() => keepDraft(name, d.value), KEEP_AFTER_MS),
	);
}
function keepDraft(name: string, d: Draft): void {
	keep(name, d.objective || d.files.length ? d : null);
}
/* the tab may be closed within the delay */
addEventListener("pagehide", () => {
	for (const [name, d] of drafts) if (timers.has(name)) keepDraft(name, d.value);
});

export function addDraftFile(w: string, path: string): void {
	const { files } = draftOf(w).value;
	if (!files.includes(path)) changeDraft(w, { files: [...files, path] });
}
export function dropDraftFile(w: string, path: string): void {
	changeDraft(w, { files: draftOf(w).value.files.filter((f) => f !== path) });
}
export function clearDraft(w: string): void {
	changeDraft(w, EMPTY);
}
