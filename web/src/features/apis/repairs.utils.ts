/* SPDX-License-Identifier: Apache-2.0 */
/* What was mended in reading, by kind, each with its place in the text. */
import type { Decoded } from "../../api/types";
import { nodeAt, parseJson } from "../../ui/jsontext";
import { lineOf, type Range } from "./place.utils";

const SHOWN_CHARS_MAX = 32;

export interface Mended extends Range {
	line: number;
	column: number;
	/* the words before and after, where both are short */
	before: string;
	after: string;
}
export interface RepairGroup {
	note: string;
	all: Mended[];
}

/* utf16At - offsets in UTF-8 bytes as places in a string */
export function utf16At(text: string, bytes: number[]): number[] {
	const order = bytes.map((b, i) => ({ b, i })).sort((x, y) => x.b - y.b);
	const out = new Array<number>(bytes.length).fill(text.length);
	let at = 0;
	let seen = 0;
	for (const { b, i } of order) {
		while (seen < b && at < text.length) {
			const c = text.codePointAt(at) ?? 0;
			seen += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
			at += c > 0xffff ? 2 : 1;
		}
		out[i] = at;
	}
	return out;
}

const short = (s: string) => (s.length <= SHOWN_CHARS_MAX && !s.includes("\n") ? s : "");

/* groupRepairs - text: what was read; filled: what it was mended to, when that is known */
export function groupRepairs(
	text: string,
	repairs: Decoded["repairs"],
	filled: string | null,
): RepairGroup[] {
	const root = filled === null ? null : parseJson(filled);
	const places = utf16At(
		text,
		repairs.flatMap((r) => [r.offset, r.offset + r.bytes]),
	);
	const groups = new Map<string, Mended[]>();
	repairs.forEach((r, i) => {
		const from = places[2 * i] ?? text.length;
		/* of a text in quotation marks, the server counts what is between them */
		const isQuoted = r.pointer !== undefined && /["']/.test(text[from] ?? "");
		const to = (places[2 * i + 1] ?? from) + (isQuoted ? 2 : 0);
		const there = root && r.pointer !== undefined ? nodeAt(root, r.pointer) : null;
		const all = groups.get(r.note) ?? [];
		const after = there && filled !== null ? short(filled.slice(there.start, there.end)) : "";
		all.push({ from, to, ...lineOf(text, from), before: short(text.slice(from, to)), after });
		groups.set(r.note, all);
	});
	return [...groups].map(([note, all]) => ({ note, all }));
}
