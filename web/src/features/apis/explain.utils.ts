/* SPDX-License-Identifier: Apache-2.0 */
/* A token of a template in words. */
import { t } from "../../strings/en";
import { parseToken, type Constraint, type TemplateToken } from "../../ui/token";

const VALUES_SHOWN = 12;
const T = t.apis.token;

/* "1-3", "-3", "1-" */
function span(value: string): { least: string; most: string } {
	const at = value.indexOf("-");
	return at < 0
		? { least: value, most: value }
		: { least: value.slice(0, at), most: value.slice(at + 1) };
}

/* "0-100" or "(0,10]" in words */
export function rangeWords(value: string): string {
	const m = /^([[(])([^,]*),([^\])]*)([\])])$/.exec(value);
	if (!m) {
		const s = /^(\d+)-(\d+)$/.exec(value);
		return s ? T.between(s[1] as string, s[2] as string) : value;
	}
	const [, open, least, most, close] = m;
	const lo = least && (open === "[" ? T.atLeast(least) : T.moreThan(least));
	const hi = most && (close === "]" ? T.atMost(most) : T.lessThan(most));
	return [lo, hi].filter(Boolean).join(T.and);
}

function constraintWords(c: Constraint): string {
	const v = c.value ?? "";
	const s = span(v);
	switch (c.name) {
		case "range":
			return T.range(rangeWords(v));
		case "len":
			return T.len(s.least, s.most);
		case "items":
			return T.items(s.least, s.most);
		case "props":
			return T.props(s.least, s.most);
		case "multiple":
			return T.multiple(v);
		case "format":
			return T.format(v);
		case "pattern":
			return T.pattern(v);
		case "default":
			return T.default(v);
		case "const":
			return T.const(v);
		case "tuple":
			return T.tuple(v);
		case "enc":
			return T.enc;
		case "media":
			return T.media(v);
		case "at":
			return T.at(v);
		case "more":
			return T.more(v);
		case "about":
			return T.about(v);
		case "style":
			return T.style(v);
		case "unique":
			return T.unique;
		case "deprecated":
			return T.deprecated;
		case "readonly":
			return T.readonly;
		case "writeonly":
			return T.writeonly;
		case "optional":
			return "";
		default:
			return c.value === null ? c.name : `${c.name}: ${c.value}`;
	}
}

function firstWords(k: TemplateToken): string {
	const types = k.types.map((x) => T.type[x as keyof typeof T.type] ?? x).join(T.or);
	const values = k.values.slice(0, VALUES_SHOWN).join(", ");
	const rest = k.values.length > VALUES_SHOWN ? T.andMore(k.values.length - VALUES_SHOWN) : "";
	const isKey = k.types[0] === "key";
	switch (k.kind) {
		case "FILL":
			return isKey ? T.fillKey : T.fill(types);
		case "OPTIONAL":
			return isKey ? T.optionalKey : T.optional(types);
		case "AUTO":
			return T.auto;
		case "FILL_ENUM":
			return T.fillEnum(values + rest);
		case "OPTIONAL_ENUM":
			return T.optionalEnum(values + rest);
		case "ONE_OF":
			return T.oneOf;
		case "REF":
			return k.why === "circular"
				? T.circular(k.constraints.some((c) => c.name === "optional"))
				: T.depth(k.constraints.some((c) => c.name === "optional"));
	}
}

/* explain - sentences; empty for a text that is no token */
export function explain(text: string): string[] {
	const token = parseToken(text);
	if (!token) return [];
	return [firstWords(token), ...token.constraints.map(constraintWords)].filter(Boolean);
}
