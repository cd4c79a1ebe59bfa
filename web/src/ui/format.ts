/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, sizes, times and names as people read them. */

const NUMBER = new Intl.NumberFormat("en-US");
const CLOCK = new Intl.DateTimeFormat("en-US", {
	hour: "2-digit",
	minute: "2-digit",
	hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" });
const DAY_YEAR = new Intl.DateTimeFormat("en-US", {
	month: "short",
	day: "numeric",
	year: "numeric",
});
const FULL = new Intl.DateTimeFormat("en-US", {
	year: "numeric",
	month: "short",
	day: "numeric",
	hour: "2-digit",
	minute: "2-digit",
	second: "2-digit",
	hourCycle: "h23",
	timeZoneName: "short",
});

export const num = (n: number): string => NUMBER.format(n);

/* count - "1 row", "753 rows" */
export const count = (n: number, one: string, many = one + "s"): string =>
	`${num(n)} ${n === 1 ? one : many}`;

/* 1st, 2nd, 3rd, 11th */
export function ordinal(n: number): string {
	const tens = n % 100;
	const end = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
	return num(n) + end;
}
export function bytes(n: number | string | null | undefined): string {
	const v = Number(n ?? 0);
	if (v < 1000) return `${v} B`;
	const units = ["kB", "MB", "GB", "TB"];
	let x = v;
	let u = -1;
	while (x >= 999.5 && u < units.length - 1) {
		x /= 1000;
		u++;
	}
	return `${x < 10 ? x.toFixed(1) : Math.round(x)} ${units[u]}`;
}

export function ms(n: number | string | null | undefined): string {
	if (n === null || n === undefined) return "";
	const v = Number(n);
	if (v < 1000) return `${Math.round(v)} ms`;
	if (v < 59950) return `${(v / 1000).toFixed(1)} s`;
	const s = Math.round(v / 1000);
	const m = Math.floor(s / 60);
	if (m >= 60) return `${Math.floor(m / 60)} h ${m % 60} min`;
	return s % 60 ? `${m} min ${s % 60} s` : `${m} min`;
}

export function between(start: string | null, end: string | null, now = Date.now()): number | null {
	if (!start) return null;
	return Math.max(0, (end ? Date.parse(end) : now) - Date.parse(start));
}

/* when - "14:05" today, "Nov 21, 14:05" this year, "Nov 21, 2024" before */
export function when(iso: string | null | undefined, now = new Date()): string {
	if (!iso) return "";
	const d = new Date(iso);
	if (Number.isNaN(d.getTime())) return iso;
	if (d.toDateString() === now.toDateString()) return CLOCK.format(d);
	return d.getFullYear() === now.getFullYear()
		? `${DAY.format(d)}, ${CLOCK.format(d)}`
		: DAY_YEAR.format(d);
}
export function fullTime(iso: string | null | undefined): string {
	if (!iso) return "";
	const d = new Date(iso);
	return Number.isNaN(d.getTime()) ? iso : FULL.format(d);
}

/* memory - powers of two, as limits are set */
export function memory(n: number | string): string {
	const v = Number(n) / 1048576;
	return v >= 1024
		? `${+(v / 1024).toFixed(1)} GiB`
		: `${v < 10 ? v.toFixed(1) : Math.round(v)} MiB`;
}

/* sentence - a clause as the server writes it, with a capital and a full stop */
export const sentence = (s: string): string => end(capital(s));

/* capital - the first letter of a clause, unless it begins with a name or with code */
export function capital(s: string): string {
	const x = s.trim();
	return /^[`\w./-]*[./_`]/.test(x) ? x : x.charAt(0).toUpperCase() + x.slice(1);
}
const end = (x: string): string => (!x || /[.!?…]$/.test(x) ? x : x + ".");

/* shortHash - the first six and last four digits */
export const shortHash = (h: string): string =>
	h.length > 12 ? `${h.slice(0, 6)}…${h.slice(-4)}` : h;

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const TITLE_CHARS_MAX = 90;
/*
 * titleOf - a name for a piece of work: the first line of its objective that says something,
 * without Markdown signs
 */
export function titleOf(objective: string | null | undefined): string {
	for (const raw of (objective ?? "").split("\n")) {
		const line = raw
			.replace(/^[#>*\-\s\d.)]+(?=\S)/, "")
			.replace(/[*_`]/g, "")
			.trim();
		if (!line || line.startsWith("/")) continue;
		const sentence = /^(.{12,}?[.!?])(\s|$)/.exec(line)?.[1]?.replace(/\.$/, "") ?? line;
		if (sentence.length <= TITLE_CHARS_MAX) return sentence;
		const cut = sentence.slice(0, TITLE_CHARS_MAX);
		return cut.slice(0, Math.max(cut.lastIndexOf(" "), 40)) + "…";
	}
	return "Untitled work";
}

/* list - "a, b and c" */
export function list(items: string[]): string {
	if (items.length < 2) return items.join("");
	return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}
