/* SPDX-License-Identifier: Apache-2.0 */
/* Where a finding stands in the text of the editor. */
import type { ImprintDiag } from "../../api/types";
import { nodeAt, offsetOf, parseJson, pointerParts, type JsonNode } from "../../ui/jsontext";

export interface Range {
	from: number;
	to: number;
}

/* One piece of text to underline: a container shows as its opening bracket. */
function rangeOfNode(n: JsonNode): Range {
	return n.kind === "object" || n.kind === "array"
		? { from: n.start, to: n.start + 1 }
		: { from: n.start, to: n.end };
}

/*
 * rangeOf - by its pointer where the text is JSON: the value, the key when the key is what is
 * wrong, what is around when it is missing; by line and column where it is not; else null
 */
export function rangeOf(text: string, root: JsonNode | null, d: ImprintDiag): Range | null {
	if (root && d.pointer !== undefined && d.code !== "IMP_PARSE") {
		const there = nodeAt(root, d.pointer);
		const parts = pointerParts(d.pointer);
		const parent = parts.length
			? nodeAt(root, d.pointer.slice(0, d.pointer.lastIndexOf("/")))
			: null;
		const member = parent?.members.find((m) => m.key === parts.at(-1));
		if (member && /^IMP_(UNKNOWN_KEY|KEY|DUPKEY)$/.test(d.code))
			return { from: member.keyStart, to: member.keyEnd };
		const near = there ?? nodeAt(root, d.pointer, false);
		return near && rangeOfNode(near);
	}
	if (!d.line) return null;
	const from = offsetOf(text, d.line, d.column ?? 1);
	const word = /^("(?:[^"\\\n]|\\.)*"?|[\w.+-]+|\S)/.exec(text.slice(from, from + 1000));
	return { from, to: Math.min(text.length, from + Math.max(1, word?.[0].length ?? 1)) };
}

export function lineOf(text: string, at: number): { line: number; column: number } {
	const before = text.slice(0, at);
	const line = before.split("\n").length;
	return { line, column: Array.from(before.slice(before.lastIndexOf("\n") + 1)).length + 1 };
}

export interface Mark extends Range {
	isBad: boolean;
}

/* marksOf - ranges in order, none over another; root: the parsed text */
export function marksOf(text: string, diags: ImprintDiag[]): Mark[] {
	const root = parseJson(text);
	const all = diags
		.map((d) => ({ r: rangeOf(text, root, d), isBad: !d.code.startsWith("IMP_W_") }))
		.flatMap(({ r, isBad }) => (r && r.to > r.from ? [{ ...r, isBad }] : []))
		.sort((a, b) => a.from - b.from || b.to - a.to);
	const out: Mark[] = [];
	for (const m of all) if (m.from >= (out.at(-1)?.to ?? 0)) out.push(m);
	return out;
}
