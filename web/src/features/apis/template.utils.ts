/* SPDX-License-Identifier: Apache-2.0 */
/* A template's text cut into lines and pieces, its tokens numbered through. */
import { lexJson } from "../../ui/jsontext";
import { tokenKind } from "../../ui/token";

export interface Piece {
	text: string;
	/* a token's text, unquoted */
	token: string | null;
	n: number;
}

function unquote(s: string): string {
	try {
		return JSON.parse(s) as string;
	} catch {
		return "";
	}
}

/* lines of pieces; tokens are numbered through */
export function templateLines(text: string): Piece[][] {
	let n = 0;
	const lines: Piece[][] = [[]];
	for (const p of lexJson(text)) {
		const s = text.slice(p.start, p.end);
		if (p.kind === "space" && s.includes("\n")) {
			const parts = s.split("\n");
			for (let i = 1; i < parts.length; i++)
				lines.push(parts[i] ? [{ text: parts[i] as string, token: null, n: -1 }] : []);
			continue;
		}
		const value = p.kind === "str" ? unquote(s) : "";
		const isToken = tokenKind(value) !== null;
		lines.at(-1)?.push({ text: s, token: isToken ? value : null, n: isToken ? n++ : -1 });
	}
	return lines;
}
