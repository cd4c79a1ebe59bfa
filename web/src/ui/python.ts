/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small colouring of Python source: enough to read a program by, line by line. It never changes a
 * character.
 */
export type TokenKind = "" | "key" | "str" | "com" | "num" | "def" | "dec";
export interface Token {
	kind: TokenKind;
	text: string;
}

const KEYS = new Set(
	(
		"False None True and as assert async await break class continue def del elif else except finally for from " +
		"global if import in is lambda nonlocal not or pass raise return try while with yield match case"
	).split(" "),
);
const PART = /("""|'''|"|')|(#.*)|(@[\w.]+)|([A-Za-z_]\w*)|(\d[\w.]*)|([^\s\w"'#@]+|@|\s+)/gy;

/* endOfString - index after the closing quote at or after i; -1 when the line ends first */
function endOfString(line: string, i: number, quote: string): number {
	for (let at = i; at < line.length; at++) {
		if (line[at] === "\\") at++;
		else if (line.startsWith(quote, at)) return at + quote.length;
	}
	return -1;
}

/* pythonLines - tokens of each line; texts of a line's tokens joined give the line */
export function pythonLines(source: string): Token[][] {
	let open = "";
	return source.split("\n").map((line) => {
		const out: Token[] = [];
		let i = 0;
		let last = "";
		const push = (kind: TokenKind, text: string) => {
			if (text) out.push({ kind, text });
		};
		if (open) {
			const end = endOfString(line, 0, open);
			push("str", end < 0 ? line : line.slice(0, end));
			if (end < 0) return out;
			i = end;
			open = "";
		}
		while (i < line.length) {
			PART.lastIndex = i;
			const m = PART.exec(line);
			if (!m) {
				push("", line.slice(i));
				break;
			}
			const [text, quote, comment, decorator, word, number] = m;
			if (quote) {
				const end = endOfString(line, i + quote.length, quote);
				if (end < 0 && quote.length === 3) open = quote;
				const stop = end < 0 ? line.length : end;
				push("str", line.slice(i, stop));
				i = stop;
				continue;
			}
			if (comment) push("com", text);
			else if (decorator) push(line.slice(0, i).trim() ? "" : "dec", text);
			else if (word)
				push(KEYS.has(word) ? "key" : last === "def" || last === "class" ? "def" : "", text);
			else push(number ? "num" : "", text);
			if (text.trim()) last = text;
			i += text.length;
		}
		return out;
	});
}
