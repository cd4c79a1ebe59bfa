/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as text: its parts with their places, so that numbers keep their digits, members their order
 * and edits touch nothing else. Offsets are UTF-16 units, as the DOM counts them.
 */
export interface JsonMember {
	key: string;
	keyStart: number;
	keyEnd: number;
	value: JsonNode;
}
export interface JsonNode {
	kind: "object" | "array" | "string" | "number" | "word";
	start: number;
	end: number;
	/* a string's value, else the text as it stands */
	text: string;
	members: JsonMember[];
	items: JsonNode[];
}
export type LexKind = "str" | "num" | "word" | "punct" | "space" | "bad";
export interface Lexeme {
	kind: LexKind;
	start: number;
	end: number;
}

const DEPTH_MAX = 1000;
const LEX =
	/(\s+)|("(?:[^"\\\n]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|([{}[\],:])|("(?:[^"\\\n]|\\.)*|[^\s{}[\],:"]+)/gy;
const KINDS: LexKind[] = ["space", "str", "num", "word", "punct", "bad"];

/* lexJson - the pieces of any text; joined they give the text */
export function lexJson(text: string): Lexeme[] {
	const out: Lexeme[] = [];
	LEX.lastIndex = 0;
	for (let at = 0; at < text.length;) {
		const m = LEX.exec(text);
		const end = m ? LEX.lastIndex : at + 1;
		const group = m ? m.slice(1).findIndex((g) => g !== undefined) : 5;
		out.push({ kind: KINDS[group] ?? "bad", start: at, end });
		at = end;
		LEX.lastIndex = at;
	}
	return out;
}

class Stop extends Error {}

class Reader {
	at = 0;
	private parts: Lexeme[];
	constructor(private text: string) {
		this.parts = lexJson(text).filter((p) => p.kind !== "space");
	}
	peek(): Lexeme | undefined {
		return this.parts[this.at];
	}
	is(c: string): boolean {
		const p = this.peek();
		return p?.kind === "punct" && this.text[p.start] === c;
	}
	take(c?: string): Lexeme {
		const p = this.peek();
		if (!p || (c !== undefined && !this.is(c))) throw new Stop();
		this.at++;
		return p;
	}
	string(): [Lexeme, string] {
		const p = this.take();
		if (p.kind !== "str") throw new Stop();
		try {
			return [p, JSON.parse(this.text.slice(p.start, p.end)) as string];
		} catch {
			throw new Stop();
		}
	}
	value(depth: number): JsonNode {
		const p = this.peek();
		if (!p || depth > DEPTH_MAX) throw new Stop();
		const node: JsonNode = {
			kind: "word",
			start: p.start,
			end: p.end,
			text: this.text.slice(p.start, p.end),
			members: [],
			items: [],
		};
		if (this.is("{")) this.object(node, depth);
		else if (this.is("[")) this.array(node, depth);
		else if (p.kind === "str") {
			node.kind = "string";
			node.text = this.string()[1];
		} else if (p.kind === "num") {
			node.kind = "number";
			this.take();
		} else if (/^(true|false|null)$/.test(node.text)) this.take();
		else throw new Stop();
		return node;
	}
	private object(node: JsonNode, depth: number): void {
		node.kind = "object";
		this.take("{");
		while (!this.is("}")) {
			if (node.members.length) this.take(",");
			const [k, key] = this.string();
			this.take(":");
			const value = this.value(depth + 1);
			node.members.push({ key, keyStart: k.start, keyEnd: k.end, value });
		}
		node.end = this.take("}").end;
	}
	private array(node: JsonNode, depth: number): void {
		node.kind = "array";
		this.take("[");
		while (!this.is("]")) {
			if (node.items.length) this.take(",");
			node.items.push(this.value(depth + 1));
		}
		node.end = this.take("]").end;
	}
}

/* parseJson - the tree of a strict JSON text; null when it is none */
export function parseJson(text: string): JsonNode | null {
	const r = new Reader(text);
	try {
		const root = r.value(0);
		return r.peek() ? null : root;
	} catch (e) {
		if (e instanceof Stop) return null;
		throw e;
	}
}

/* pointerParts - RFC 6901 */
export const pointerParts = (pointer: string): string[] =>
	pointer
		.split("/")
		.slice(1)
		.map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~"));

export function childOf(node: JsonNode, part: string): JsonNode | null {
	if (node.kind === "object") return node.members.find((m) => m.key === part)?.value ?? null;
	return node.kind === "array" && /^\d+$/.test(part) ? (node.items[Number(part)] ?? null) : null;
}

/* nodeAt - what a pointer names; exact: false gives the nearest that is there around it */
export function nodeAt(root: JsonNode, pointer: string, exact = true): JsonNode | null {
	let node = root;
	for (const part of pointerParts(pointer)) {
		const next = childOf(node, part);
		if (!next) return exact ? null : node;
		node = next;
	}
	return node;
}

/* prettyJson - strict JSON with two spaces, no digit and no order changed; other text as it is */
export function prettyJson(text: string): string {
	if (!parseJson(text)) return text;
	const parts = lexJson(text).filter((p) => p.kind !== "space");
	let out = "";
	let depth = 0;
	const line = () => "\n" + "  ".repeat(depth);
	parts.forEach((p, i) => {
		const s = text.slice(p.start, p.end);
		const last = i ? text.slice(parts[i - 1]?.start, parts[i - 1]?.end) : "";
		const isOpening = (x: string) => x === "{" || x === "[";
		if (p.kind === "punct" && (s === "}" || s === "]")) {
			depth--;
			out += isOpening(last) ? s : line() + s;
			return;
		}
		if (isOpening(last) && parts[i - 1]?.kind === "punct") out += line();
		out += s;
		if (p.kind !== "punct") return;
		if (isOpening(s)) depth++;
		else if (s === ",") out += line();
		else if (s === ":") out += " ";
	});
	return out;
}

/* offsetOf - where line and column (both from 1, columns in characters) stand in a text */
export function offsetOf(text: string, line: number, column: number): number {
	let at = 0;
	for (let n = 1; n < line; n++) {
		const next = text.indexOf("\n", at);
		if (next < 0) return text.length;
		at = next + 1;
	}
	for (let c = 1; c < column && at < text.length && text[at] !== "\n"; c++)
		at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
	return at;
}
