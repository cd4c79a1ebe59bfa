/* SPDX-License-Identifier: Apache-2.0 */
import type { Column, DetectedColumn } from "../../api/types";
import { num } from "../../ui/format";

const EXAMPLES_MAX = 5;
export function rangeOf(c: Column): string {
	if (c.min === null || c.max === null) return "";
	return c.min === c.max ? c.min : `${c.min} – ${c.max}`;
}
/* all values of a column that has few, else the first one met */
export function examplesOf(c: Column): string {
	if (c.values?.length)
		return (
			c.values.slice(0, EXAMPLES_MAX).join(", ") + (c.values.length > EXAMPLES_MAX ? ", …" : "")
		);
	return c.first?.value ?? "";
}
/* distinct values, said to be a lower bound when counting stopped */
export const distinctOf = (c: Column): string =>
	c.distinct_exact === false ? `≥ ${num(c.distinct)}` : num(c.distinct);

const ORDERS: Record<string, string> = {
	dmy: "day first",
	mdy: "month first",
	ymd: "year first",
	name: "with the month as a word",
	compact: "without separators",
	ambiguous: "day or month first is open",
	dmonY: "with the month as a word",
	mondY: "with the month as a word",
	Ymond: "with the month as a word",
	iso: "year first",
};
const STYLES: Record<string, string> = {
	us: "1,234.5",
	eu: "1.234,5",
	swiss: "1'234.5",
	space: "1 234,5",
	"swiss-comma": "1'234,5",
	"space-point": "1 234.5",
	ambiguous: "marks of thousands and decimals are open",
};
const after = (what: string, more: string | undefined) => (more ? `${what}, ${more}` : what);

/* a conversion (docs/ADAPTERS.md) as people say it */
export function convertWords(convert: string): string {
	const [what, a = "", b] = convert.split(":");
	if (what === "date") return after("dates", ORDERS[a]);
	if (what === "timestamp")
		return a.startsWith("unix")
			? `times counted in ${a === "unix" ? "seconds" : "milliseconds"} since 1970`
			: after("dates and times", ORDERS[a]);
	if (what === "number") return after("numbers", STYLES[a]);
	if (what === "money") return after(b ? `amounts in ${b}` : "amounts", STYLES[a]);
	if (what === "unit") {
		if (a === "drop") return `numbers, without “${b}”`;
		return a === "percent" ? "percent" : a === "hours" ? "hours" : "numbers with a unit";
	}
	if (what === "boolean") return "yes or no";
	if (what === "enum") return "the same words in another case";
	return what === "trim" ? "text without blanks around it" : convert;
}

/* what a column reads as, where that is more than its type */
export function readingOf(c: Column): string {
	const style = c.number_style ? STYLES[c.number_style] : undefined;
	if (c.date_style) {
		const order = ORDERS[c.date_style.replace("-yy", "")];
		const years = c.date_style.endsWith("-yy") ? "years of two digits" : undefined;
		return after(after(c.reading === "timestamp" ? "dates and times" : "dates", order), years);
	}
	if (c.currency)
		return after(
			c.currency === "mixed" ? "amounts in several currencies" : `amounts in ${c.currency}`,
			style,
		);
	if (c.unit) return after(`numbers in ${c.unit}`, style);
	if (style) return after("numbers", style);
	return c.reading && c.reading !== c.type ? c.reading : "";
}

export const isOpen = (c: DetectedColumn): boolean => c.from !== null && !c.fits_reading;

/* one member of a summary as text; lists of things by their names */
export function summaryText(v: unknown): string {
	if (v === null || v === undefined) return "–";
	if (Array.isArray(v)) {
		const parts = v.slice(0, 12).map(summaryText);
		return parts.join(", ") + (v.length > parts.length ? ", …" : "");
	}
	if (typeof v === "object") {
		const o = v as Record<string, unknown>;
		const name = o.name ?? o.key ?? o.text ?? o.path ?? o.title;
		return typeof name === "string"
			? name
			: Object.entries(o)
					.map(([k, x]) => `${k} ${summaryText(x)}`)
					.join(", ");
	}
	return typeof v === "boolean" ? (v ? "yes" : "no") : String(v);
}
