/* SPDX-License-Identifier: Apache-2.0 */
/* The token language of templates, read for people: kind, types, values and constraints. */
export type TokenKind =
	"FILL" | "OPTIONAL" | "AUTO" | "FILL_ENUM" | "OPTIONAL_ENUM" | "REF" | "ONE_OF";
export interface Constraint {
	name: string;
	/* null for a flag */
	value: string | null;
}
export interface TemplateToken {
	kind: TokenKind;
	types: string[];
	/* of an enum, as they are shown: a text, or JSON */
	values: string[];
	constraints: Constraint[];
	/* REF: circular or depth */
	why: string | null;
}

const LIKE = /^\{(FILL|OPTIONAL|AUTO|FILL_ENUM|OPTIONAL_ENUM|REF|ONE_OF)(?=[|:}])/;

export function tokenKind(s: string): TokenKind | null {
	return (LIKE.exec(s)?.[1] as TokenKind | undefined) ?? null;
}

/* Parts between bars that are not escaped; escapes are kept. */
function split(s: string): string[] {
	const out: string[] = [];
	let part = "";
	for (let i = 0; i < s.length; i++) {
		if (s[i] === "\\") part += s.slice(i, ++i + 1);
		else if (s[i] === "|") {
			out.push(part);
			part = "";
		} else part += s[i] ?? "";
	}
	return [...out, part];
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
const unescape = (s: string): string =>
	s.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string, c: string) =>
		hex ? String.fromCharCode(parseInt(hex, 16)) : (ESCAPES[c] ?? c),
	);

/* a value as shown: bare text is itself, "=json" the JSON behind the sign */
function shownValue(s: string): string {
	const v = s.startsWith("=") ? s.slice(1) : s;
	return unescape(v);
}

function constraint(s: string): Constraint {
	const at = s.indexOf(":");
	if (at < 0) return { name: s, value: null };
	const name = s.slice(0, at);
	const value = s.slice(at + 1);
	return {
		name,
		value: name === "default" || name === "const" ? shownValue(value) : unescape(value),
	};
}

/* parseToken - null for a text that is no token */
export function parseToken(s: string): TemplateToken | null {
	const kind = tokenKind(s);
	if (!kind || !s.endsWith("}")) return null;
	const none = { types: [], values: [], constraints: [], why: null };
	const body = s.slice(kind.length + 1, -1);
	if (kind === "ONE_OF") return { ...none, kind };
	const parts = split(body.replace(/^[|:]\s*/, ""));
	if (kind === "FILL_ENUM" || kind === "OPTIONAL_ENUM") {
		const end = parts.indexOf("");
		const values = end < 0 ? parts : parts.slice(0, end);
		return {
			...none,
			kind,
			values: values.map(shownValue),
			constraints: end < 0 ? [] : parts.slice(end + 1).map(constraint),
		};
	}
	const why = kind === "REF" ? (parts.shift() ?? "") : null;
	const isTyped = parts.length > 0 && /^[a-z]+(\/[a-z]+)*$/.test(parts[0] ?? "");
	const types = kind === "REF" && parts[0] === "optional" ? [] : isTyped ? parts.shift() : [];
	return {
		...none,
		kind,
		why,
		types: typeof types === "string" ? types.split("/") : [],
		constraints: parts.map(constraint),
	};
}
