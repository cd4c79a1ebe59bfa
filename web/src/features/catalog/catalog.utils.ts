/* SPDX-License-Identifier: Apache-2.0 */
import type { Catalog, CatalogColumn, CatalogReference } from "../../api/types";
import type { CatalogType } from "../shared/CatalogLink";

export const TABS = ["domains", "workflows", "kinds", "slots", "policies", "adapters"] as const;
export type Tab = (typeof TABS)[number];

export interface FoundItem {
	id: string;
	label: string;
	says: string | null;
}
export interface FoundGroup {
	type: CatalogType;
	items: FoundItem[];
}

const fold = (s: string) => s.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

/*
 * findIn - things whose name, id or description has all of the words; those with all of them in the
 * name come first
 */
export function findIn(all: Catalog, words: string): FoundGroup[] {
	const want = fold(words).split(/\s+/).filter(Boolean);
	const has = (text: string) => want.every((x) => fold(text).includes(x));
	const labelOf = new Map(all.packs.map((p) => [p.id, p.label]));
	const pick = (type: CatalogType, items: (FoundItem & { more?: string[] })[]): FoundGroup => ({
		type,
		items: items
			.map((x, i) => {
				const inName = has(`${x.label} ${x.id}`);
				const inText = inName || has([x.label, x.id, x.says ?? "", ...(x.more ?? [])].join(" "));
				return { x, i, rank: inName ? 0 : inText ? 1 : 2 };
			})
			.filter((y) => y.rank < 2)
			.sort((a, b) => a.rank - b.rank || a.i - b.i)
			.map(({ x: { id, label, says } }) => ({ id, label, says })),
	});
	if (!want.length) return [];
	return [
		pick(
			"pack",
			all.packs.map((p) => ({ ...p, says: p.purpose, more: p.triggers })),
		),
		pick(
			"entity",
			all.entities.map((e) => ({ ...e, says: labelOf.get(e.pack) ?? null })),
		),
		pick(
			"playbook",
			all.playbooks.map((b) => ({ ...b, says: labelOf.get(b.pack) ?? null })),
		),
		pick(
			"workflow",
			all.workflows.map((f) => ({ ...f, says: f.purpose })),
		),
		pick(
			"kind",
			all.kinds.map((k) => ({ ...k, more: k.extensions })),
		),
		pick("slot", all.slots),
		pick(
			"policy",
			all.policies.map((p) => ({ ...p, says: p.purpose, more: p.settings.map((s) => s.says) })),
		),
		pick(
			"adapter",
			all.adapters.map((d) => ({ ...d, says: null, more: [...d.from, d.to] })),
		),
		pick(
			"skill",
			all.skills.map((s) => ({ ...s, says: null })),
		),
	].filter((g) => g.items.length > 0);
}

/* csvHeader - the names of the columns as the first line of a CSV file */
export const csvHeader = (columns: CatalogColumn[]): string =>
	columns
		.map((x) => (/[",\r\n]/.test(x.name) ? `"${x.name.replace(/"/g, '""')}"` : x.name))
		.join() + "\r\n";

export interface RefNode {
	id: string;
	label: string;
	from: string[];
}
/*
 * refGraph - what names what, in an order in which what is named comes first. A reference that
 * would close a circle (a row that names another of its own sort) is left to the list beside it.
 */
export function refGraph(refs: CatalogReference[]): RefNode[] {
	const label = new Map<string, string>();
	const from = new Map<string, Set<string>>();
	for (const r of refs) {
		label.set(r.from.id, r.from.label).set(r.to.id, r.to.label);
		const named = from.get(r.from.id) ?? new Set<string>();
		if (r.from.id !== r.to.id) named.add(r.to.id);
		from.set(r.from.id, named);
	}
	const out: RefNode[] = [];
	const state = new Map<string, "open" | "done">();
	const visit = (id: string): void => {
		state.set(id, "open");
		const kept: string[] = [];
		for (const to of from.get(id) ?? []) {
			if (!state.has(to)) visit(to);
			if (state.get(to) === "done") kept.push(to);
		}
		state.set(id, "done");
		out.push({ id, label: label.get(id) ?? id, from: kept });
	};
	for (const id of label.keys()) if (!state.has(id)) visit(id);
	/* what stands alone after circles were opened tells nothing */
	return out.filter((n) => n.from.length > 0 || out.some((m) => m.from.includes(n.id)));
}

/* leadOf - what a domain is for, without the sentences that tell it from its neighbours */
export const leadOf = (purpose: string): string =>
	/^([^]*?[.?!])\s+(?:Use it|Not for|When )/.exec(purpose)?.[1] ?? purpose;

/* inWords - a text in which ids of the catalog are replaced by the names that people see */
export function inWords(text: string, things: { id: string; label: string }[]): string {
	const label = new Map(things.map((x) => [x.id, x.label]));
	const ids = [...label.keys()]
		.filter((id) => id.includes("-"))
		.sort((a, b) => b.length - a.length);
	if (!ids.length) return text;
	const any = new RegExp(`(?<![\\w.-])(?:${ids.join("|")})(?![\\w-])`, "g");
	return text.replace(any, (id) => label.get(id) ?? id);
}
