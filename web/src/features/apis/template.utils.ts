/* SPDX-License-Identifier: Apache-2.0 */
/* A template's text cut into lines and pieces, its tokens numbered through. */
import { lexJson, parseJson, type JsonNode } from "../../ui/jsontext";
import { tokenKind } from "../../ui/token";

export interface Piece {
	text: string;
	/* a token's text, unquoted */
	token: string | null;
	n: number;
	/* of a token: the field it speaks about, as a pointer */
	pointer: string;
}

function unquote(s: string): string {
	try {
		return JSON.parse(s) as string;
	} catch {
		return "";
	}
}

/* Each text by its place: the field it fills. A token that is a name speaks about what holds it. */
function fieldsOf(text: string): Map<number, string> {
	const fields = new Map<number, string>();
	const root = parseJson(text);
	const todo: [JsonNode, string][] = root ? [[root, ""]] : [];
	for (let at = todo.pop(); at; at = todo.pop()) {
		const [node, pointer] = at;
		fields.set(node.start, pointer);
		for (const m of node.members) {
			const isToken = tokenKind(m.key) !== null;
			const name = m.key.replaceAll("~", "~0").replaceAll("/", "~1");
			fields.set(m.keyStart, pointer);
			todo.push([m.value, isToken ? pointer : `${pointer}/${name}`]);
		}
		node.items.forEach((x, i) => {
			const isMeta = i === 0 && x.kind === "string" && tokenKind(x.text) !== null;
			todo.push([x, isMeta ? pointer : `${pointer}/${i}`]);
		});
	}
	return fields;
}

/* fieldName - the last name in a pointer; an element goes by the name of its list */
export function fieldName(pointer: string): string {
	const part = pointer
		.split("/")
		.slice(1)
		.reverse()
		.find((p) => !/^\d+$/.test(p));
	return (part ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}

/* lines of pieces; tokens are numbered through */
export function templateLines(text: string): Piece[][] {
	let n = 0;
	const fields = fieldsOf(text);
	const lines: Piece[][] = [[]];
	for (const p of lexJson(text)) {
		const s = text.slice(p.start, p.end);
		if (p.kind === "space" && s.includes("\n")) {
			const parts = s.split("\n");
			for (let i = 1; i < parts.length; i++)
				lines.push(parts[i] ? [{ text: parts[i] as string, token: null, n: -1, pointer: "" }] : []);
			continue;
		}
		const value = p.kind === "str" ? unquote(s) : "";
		const isToken = tokenKind(value) !== null;
		lines.at(-1)?.push({
			text: s,
			token: isToken ? value : null,
			n: isToken ? n++ : -1,
			pointer: isToken ? (fields.get(p.start) ?? "") : "",
		});
	}
	return lines;
}

/* indentOf - spaces that a line begins with */
export const indentOf = (line: Piece[]): number => /^ */.exec(line[0]?.text ?? "")?.[0].length ?? 0;
