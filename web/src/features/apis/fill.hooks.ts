/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trial: what is in the editor, decoded a moment after the last key. The newest answer wins;
 * what was asked before is stopped. Fixes can be taken back.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError, E_ABORTED } from "../../api/client";
import type { Decoded, OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { applyFix } from "./patch.utils";

const PAUSE_MS = 250;
export const TEXT_BYTES_MAX = 1 << 20;
const UNDO_MAX = 100;

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
	set(text: string): void;
	setLenient(on: boolean): void;
	setOpen(on: boolean): void;
	replace(text: string): void;
	fix(patches: Record<string, unknown>[][]): void;
	undo(): void;
}

interface Answered {
	text: string;
	answer: Decoded | null;
	error: ApiError | null;
}

export function useTrial(
	w: string,
	d: OperationDetail,
	contentType: string | null,
	start: string,
): Trial {
	const [text, setText] = useState(start);
	const [lenient, setLenient] = useState(true);
	const [open, setOpen] = useState(false);
	const [past, setPast] = useState<string[]>([]);
	const [got, setGot] = useState<Answered>({ text: "", answer: null, error: null });
	const [isBusy, setBusy] = useState(false);
	const isFirst = useRef(true);
	const isTooLong = new TextEncoder().encode(text).length > TEXT_BYTES_MAX;
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
	}, [text, lenient, open, contentType]);
	const change = (to: string) => {
		setPast((p) => [...p.slice(-UNDO_MAX), text]);
		setText(to);
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
		canUndo: past.length > 0,
		set: setText,
		setLenient,
		setOpen,
		replace: (to) => to !== text && change(to),
		fix(patches) {
			/* from the end of the text to its start, so that no fix moves the place of the next */
			let now: string | null = text;
			for (const p of [...patches].reverse()) now = now === null ? null : applyFix(now, p);
			if (now === null) announce(t.apis.fill.noFix);
			else {
				change(now);
				announce(t.apis.fill.fixed);
			}
		},
		undo() {
			const last = past.at(-1);
			if (last === undefined) return;
			setPast(past.slice(0, -1));
			setText(last);
			announce(t.apis.fill.undone);
		},
	};
}
