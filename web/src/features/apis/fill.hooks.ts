/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trial: what is in the editor, decoded a moment after the last key. The newest answer wins;
 * what was asked before is stopped; what failed for want of a connection is asked again. Typing,
 * fixes and replacements are one history.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError, E_ABORTED, E_OFFLINE } from "../../api/client";
import type { Decoded, OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { draftName, draftOf, keepDraft, type Draft } from "./drafts";
import { changeEnd, put, redo, typed, undo, type Edits } from "./edits.utils";
import { applyFixes, type Patch } from "./patch.utils";

const PAUSE_MS = 250;
const RETRY_MS = 5000;
export const TEXT_BYTES_MAX = 1 << 20;

export interface Start {
	value: string;
	text: string;
}
export interface Note {
	text: string;
	isBad: boolean;
}
export interface Trial {
	text: string;
	/* what the answer is about; differs from text while the next one is on its way */
	decodedText: string;
	answer: Decoded | null;
	error: ApiError | null;
	isBusy: boolean;
	isTooLong: boolean;
	lenient: boolean;
	open: boolean;
	canUndo: boolean;
	canRedo: boolean;
	/* the last text of the person's own, after another was put in its place */
	own: string | null;
	/* what the last act came to, in words to be seen */
	note: Note | null;
	/* where an act other than typing changed the text, for the caret */
	moved: { at: number } | null;
	set(text: string): void;
	setLenient(on: boolean): void;
	setOpen(on: boolean): void;
	replace(text: string, note: string): void;
	fix(patches: readonly Patch[]): void;
	undo(): void;
	redo(): void;
}

interface Answered {
	text: string;
	answer: Decoded | null;
	error: ApiError | null;
}

function useAnswer(
	w: string,
	d: OperationDetail,
	asked: { text: string; lenient: boolean; open: boolean; contentType: string | null },
	isTooLong: boolean,
): [Answered, boolean] {
	const { text, lenient, open, contentType } = asked;
	const [got, setGot] = useState<Answered>({ text: "", answer: null, error: null });
	const [isBusy, setBusy] = useState(false);
	const [again, setAgain] = useState(0);
	const isFirst = useRef(true);
	useEffect(() => {
		if (!text.trim() || isTooLong) {
			setGot({ text, answer: null, error: null });
			setBusy(false);
			return;
		}
		const stop = new AbortController();
		setBusy(true);
		const ask = () =>
			api
				.decodeOperation(
					w,
					d.api.id,
					d.operation.key,
					{ text, lenient, open, ...(contentType ? { content_type: contentType } : {}) },
					stop.signal,
				)
				.then(
					(answer) => setGot({ text, answer, error: null }),
					(e: ApiError) => e.code !== E_ABORTED && setGot({ text, answer: null, error: e }),
				)
				.then(() => !stop.signal.aborted && setBusy(false));
		const timer = setTimeout(() => void ask(), isFirst.current ? 0 : PAUSE_MS);
		isFirst.current = false;
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [text, lenient, open, contentType, again]);
	useEffect(() => {
		if (got.error?.code !== E_OFFLINE) return;
		const retry = () => setAgain((n) => n + 1);
		const timer = setTimeout(retry, RETRY_MS);
		addEventListener("online", retry);
		return () => {
			clearTimeout(timer);
			removeEventListener("online", retry);
		};
	}, [got]);
	return [got, isBusy];
}

/* starts: what can be begun with; first: its text at the beginning */
export function useTrial(
	w: string,
	d: OperationDetail,
	contentType: string | null,
	starts: Start[],
	first: string,
): Trial {
	const name = draftName(w, d.api.id, d.operation.key, contentType);
	const [draft, setDraft] = useState<Draft>(() => draftOf(name, first));
	const [lenient, setLenient] = useState(true);
	const [open, setOpen] = useState(false);
	const [note, setNote] = useState<Note | null>(null);
	const [moved, setMoved] = useState<Trial["moved"]>(null);
	const { edits, own } = draft;
	const { text } = edits;
	const isTooLong = new TextEncoder().encode(text).length > TEXT_BYTES_MAX;
	const [got, isBusy] = useAnswer(w, d, { text, lenient, open, contentType }, isTooLong);
	useEffect(() => keepDraft(name, draft, first), [draft]);
	const change = (to: Edits) =>
		setDraft({
			edits: to,
			own: starts.some((s) => s.text === to.text) || !to.text.trim() ? own : to.text,
		});
	const act = (to: Edits, said: string, isBad = false) => {
		change(to);
		setNote(said ? { text: said, isBad } : null);
		if (to.text !== text) setMoved({ at: changeEnd(text, to.text) });
		announce(said);
	};
	return {
		text,
		decodedText: got.text,
		answer: got.answer,
		error: got.error,
		isBusy,
		isTooLong,
		lenient,
		open,
		canUndo: edits.past.length > 0,
		canRedo: edits.next.length > 0,
		own,
		note,
		moved,
		set(to) {
			change(typed(edits, to, Date.now()));
			setNote(null);
		},
		setLenient,
		setOpen,
		replace: (to, said) => to !== text && act(put(edits, to), said),
		fix(patches) {
			const r = applyFixes(text, patches);
			act(
				put(edits, r.text),
				r.left.length
					? t.apis.fill.fixedSome(r.applied, r.left.length)
					: t.apis.fill.fixed(r.applied),
				r.left.length > 0,
			);
		},
		undo: () => edits.past.length > 0 && act(undo(edits), t.apis.fill.undone),
		redo: () => edits.next.length > 0 && act(redo(edits), t.apis.fill.redone),
	};
}
