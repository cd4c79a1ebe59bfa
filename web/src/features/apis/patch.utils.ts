/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fix (RFC 6902) applied to the text in the editor: only what it names changes, everything else
 * keeps its digits, spaces and order.
 */
import { childOf, nodeAt, parseJson, pointerParts, type JsonNode } from "../../ui/jsontext";

interface Op {
	op: string;
	path: string;
	from: string;
	/* as JSON text */
	value: string;
}

const tail = (pointer: string) => pointerParts(pointer).at(-1) ?? "";
const head = (pointer: string) => pointer.slice(0, pointer.lastIndexOf("/"));
const cut = (text: string, from: number, to: number, by: string) =>
	text.slice(0, from) + by + text.slice(to);

/* The white space in front of what stands at an offset, when it begins its line. */
function indentAt(text: string, at: number): string | null {
	const start = text.lastIndexOf("\n", at - 1) + 1;
	const before = text.slice(start, at);
	return /^[ \t]*$/.test(before) && start > 0 ? before : null;
}

function removeAt(text: string, root: JsonNode, path: string): string | null {
	const parent = nodeAt(root, head(path));
	const part = tail(path);
	if (!parent || !childOf(parent, part)) return null;
	const list =
		parent.kind === "object"
			? parent.members.map((m) => ({ key: m.key, start: m.keyStart, end: m.value.end }))
			: parent.items.map((x, i) => ({ key: String(i), start: x.start, end: x.end }));
	const i = list.findIndex((x) => x.key === part);
	const here = list[i];
	const next = list[i + 1];
	const last = list[i - 1];
	if (!here) return null;
	if (next) return cut(text, here.start, next.start, "");
	return last ? cut(text, last.end, here.end, "") : cut(text, parent.start + 1, parent.end - 1, "");
}

function insert(text: string, parent: JsonNode, at: number, what: string): string {
	const places =
		parent.kind === "object"
			? parent.members.map((m) => m.keyStart)
			: parent.items.map((x) => x.start);
	const ends =
		parent.kind === "object"
			? parent.members.map((m) => m.value.end)
			: parent.items.map((x) => x.end);
	const first = places[0];
	if (first === undefined) return cut(text, parent.start + 1, parent.end - 1, what);
	const indent = indentAt(text, first);
	const gap = indent === null ? " " : "\n" + indent;
	const here = places[at];
	if (here !== undefined) return cut(text, here, here, what + "," + gap);
	const end = ends.at(-1) as number;
	return cut(text, end, end, "," + gap + what);
}

function addAt(text: string, root: JsonNode, path: string, value: string): string | null {
	if (path === "") return value;
	const parent = nodeAt(root, head(path));
	const part = tail(path);
	if (!parent) return null;
	if (parent.kind === "object") {
		const there = childOf(parent, part);
		return there
			? cut(text, there.start, there.end, value)
			: insert(text, parent, Infinity, `${JSON.stringify(part)}: ${value}`);
	}
	if (parent.kind !== "array") return null;
	const i = part === "-" ? parent.items.length : Number(part);
	return Number.isInteger(i) && i >= 0 && i <= parent.items.length
		? insert(text, parent, i, value)
		: null;
}

function one(text: string, root: JsonNode | null, o: Op): string | null {
	if (!root) return null;
	const there = nodeAt(root, o.path);
	switch (o.op) {
		case "test":
			return there ? text : null;
		case "replace":
			return there ? cut(text, there.start, there.end, o.value) : null;
		case "remove":
			return removeAt(text, root, o.path);
		case "add":
			return addAt(text, root, o.path, o.value);
		case "move":
		case "copy": {
			const from = nodeAt(root, o.from);
			if (!from) return null;
			const value = text.slice(from.start, from.end);
			const parent = nodeAt(root, head(o.from));
			const member = parent?.members.find((m) => m.key === tail(o.from));
			/* another name in the same object: only the name changes */
			if (o.op === "move" && member && head(o.from) === head(o.path) && !there)
				return cut(text, member.keyStart, member.keyEnd, JSON.stringify(tail(o.path)));
			const without = o.op === "move" ? removeAt(text, root, o.from) : text;
			const rest = without === null ? null : parseJson(without);
			return without === null || !rest ? null : addAt(without, rest, o.path, value);
		}
		default:
			return null;
	}
}

/*
 * applyFix - the text with the fix in it, or null when it does not go on this text; root: the text
 * parsed, by who has it already
 */
export function applyFix(
	text: string,
	fix: readonly Record<string, unknown>[],
	root?: JsonNode | null,
): string | null {
	let now: string | null = text;
	for (const o of fix) {
		if (now === null || typeof o.op !== "string" || typeof o.path !== "string") return null;
		now = one(now, now === text && root !== undefined ? root : parseJson(now), {
			op: o.op,
			path: o.path,
			from: typeof o.from === "string" ? o.from : "",
			value: JSON.stringify(o.value ?? null),
		});
	}
	return now;
}

export type Patch = readonly Record<string, unknown>[];

/* uniqueFixes - equal ones once: two findings may ask for the same change */
export function uniqueFixes(fixes: readonly Patch[]): Patch[] {
	const seen = new Map<string, Patch>();
	for (const f of fixes) if (!seen.has(JSON.stringify(f))) seen.set(JSON.stringify(f), f);
	return [...seen.values()];
}

/* Where in the text a fix works: the nearest place that is there. */
function placeOf(root: JsonNode | null, fix: Patch): number {
	const first = fix[0];
	const pointer = typeof first?.from === "string" ? first.from : String(first?.path ?? "");
	return root ? (nodeAt(root, pointer, false)?.start ?? 0) : 0;
}

/*
 * applyFixes - one after another, each on the text that those before it left, from the end of the
 * text to its start so that none moves the place of the next. Not made: one that does not go on the
 * text any more, and one that would write where another already wrote.
 */
export function applyFixes(
	text: string,
	fixes: readonly Patch[],
): { text: string; applied: number; left: Patch[] } {
	const root = parseJson(text);
	const unique = uniqueFixes(fixes);
	let rest = [...unique].sort((a, b) => placeOf(root, b) - placeOf(root, a));
	const written = new Set<string>();
	let now = text;
	for (let before = -1; before !== rest.length;) {
		before = rest.length;
		rest = rest.filter((f) => {
			const paths = f.map((o) => String(o.path ?? ""));
			const next = paths.some((p) => written.has(p)) ? null : applyFix(now, f);
			if (next === null) return true;
			now = next;
			for (const p of paths) if (!p.endsWith("/-")) written.add(p);
			return false;
		});
	}
	return { text: now, applied: unique.length - rest.length, left: rest };
}
