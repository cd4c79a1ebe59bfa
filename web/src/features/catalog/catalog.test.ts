/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Catalog, CatalogColumn, CatalogReference } from "../../api/types";
import { csvHeader, findIn, inWords, leadOf, refGraph } from "./catalog.utils";

const all = {
	sha256: "",
	packs: [
		{
			id: "billing-audit",
			label: "Billing audit",
			purpose: "Was it billed right?",
			triggers: ["overcharged"],
		},
		{ id: "legal-review", label: "Legal review", purpose: "What do contracts say?", triggers: [] },
	],
	entities: [
		{ id: "billing.contract", label: "Contract", pack: "billing-audit" },
		{ id: "billing.time_entry", label: "Time entry", pack: "billing-audit" },
	],
	playbooks: [],
	workflows: [],
	kinds: [
		{ id: "table.csv", label: "CSV table", family: "table", says: "Rows", extensions: ["csv"] },
	],
	slots: [],
	policies: [],
	adapters: [{ id: "csv-to-tsv", label: "CSV to TSV", from: ["table.csv"], to: "table.tsv" }],
	skills: [],
} as unknown as Catalog;
const ids = (words: string) =>
	findIn(all, words).flatMap((g) => g.items.map((x) => `${g.type} ${x.id}`));

test("all words must be there, in the name, the id or the description", () => {
	assert.deepEqual(ids("time  ENTRY"), ["entity billing.time_entry"]);
	assert.deepEqual(ids("time contract"), []);
	assert.deepEqual(ids("overcharged"), ["pack billing-audit"]);
	assert.deepEqual(ids("csv"), ["kind table.csv", "adapter csv-to-tsv"]);
	assert.deepEqual(ids("  "), []);
	assert.deepEqual(ids("téxt"), []);
});

test("what has the words in its name stands before what has them elsewhere", () => {
	assert.deepEqual(ids("billing"), [
		"pack billing-audit",
		"entity billing.contract",
		"entity billing.time_entry",
	]);
	assert.deepEqual(ids("contract"), ["pack legal-review", "entity billing.contract"]);
});

test("a header line quotes what CSV would take apart", () => {
	const columns = ["id", 'a "b"', "c,d"].map((name) => ({ name }) as CatalogColumn);
	assert.equal(csvHeader(columns), 'id,"a ""b""","c,d"\r\n');
});

const ref = (from: string, to: string) =>
	({
		from: { id: from, label: from },
		to: { id: to, label: to },
		columns: [],
		to_columns: [],
	}) as unknown as CatalogReference;

test("references become a graph in which what is named comes first", () => {
	const g = refGraph([ref("entry", "contract"), ref("line", "entry"), ref("line", "contract")]);
	assert.deepEqual(
		g.map((n) => [n.id, n.from]),
		[
			["contract", []],
			["entry", ["contract"]],
			["line", ["entry", "contract"]],
		],
	);
});

test("circles are opened, and what then stands alone is left out", () => {
	assert.deepEqual(refGraph([ref("person", "person")]), []);
	const g = refGraph([ref("a", "b"), ref("b", "a"), ref("c", "c")]);
	assert.deepEqual(
		g.map((n) => [n.id, n.from]),
		[
			["b", []],
			["a", ["b"]],
		],
	);
});

test("a card tells what a domain is for, not what it is not", () => {
	assert.equal(leadOf("Ledgers: is it right? Use it when x. Not for y."), "Ledgers: is it right?");
	assert.equal(leadOf("Change code. Not for websites."), "Change code.");
	assert.equal(leadOf("Anything at all."), "Anything at all.");
});

test("ids in a text become the names that people see", () => {
	const things = [
		{ id: "legal-review", label: "Legal review" },
		{ id: "legal", label: "Law" },
	];
	assert.equal(
		inWords("Use legal-review (legal-review), not legal-reviews.", things),
		"Use Legal review (Legal review), not legal-reviews.",
	);
	assert.equal(inWords("x", []), "x");
});
