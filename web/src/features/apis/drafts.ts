/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is being filled, one for each person, operation and content type: with its history while the
 * page lives, as text through a reload of this tab.
 */
import { keepHere, recallHere } from "../../models/keep";
import { session } from "../../models/session";
import { begin, type Edits } from "./edits.utils";

export interface Draft {
	edits: Edits;
	/* the last text that was the person's own, not one to start from */
	own: string | null;
}
interface Stored {
	text: string;
	own: string | null;
}

const DRAFTS_MAX = 30;
const KEEP_AFTER_MS = 300;
const drafts = new Map<string, Draft>();
const late = new Map<string, { stored: Stored | null; timer: number }>();

export const draftName = (...parts: (string | null)[]): string =>
	["fill", session.value?.user.id ?? "-", ...parts.map((p) => p ?? "")].join(".");

export function draftOf(name: string, start: string): Draft {
	const here = drafts.get(name);
	if (here) return here;
	const s = recallHere<Stored>(name);
	return { edits: begin(s?.text ?? start), own: s?.own ?? null };
}

function store(name: string): void {
	const x = late.get(name);
	if (!x) return;
	clearTimeout(x.timer);
	late.delete(name);
	keepHere(name, x.stored);
}
/* the tab may be closed within the delay */
addEventListener("pagehide", () => [...late.keys()].forEach(store));

/* keepDraft - start: the text that the page begins with, which need not be kept */
export function keepDraft(name: string, d: Draft, start: string): void {
	drafts.delete(name);
	drafts.set(name, d);
	const oldest = drafts.keys().next().value;
	if (drafts.size > DRAFTS_MAX && oldest !== undefined) drafts.delete(oldest);
	const { text } = d.edits;
	const stored = text === start && d.own === null ? null : { text, own: d.own };
	clearTimeout(late.get(name)?.timer);
	late.set(name, { stored, timer: window.setTimeout(() => store(name), KEEP_AFTER_MS) });
}
