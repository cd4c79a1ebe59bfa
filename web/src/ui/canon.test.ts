/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { canonical, idBytes, planHash, receiptHash, sha256 } from "./canon";

declare const process: { env: Record<string, string | undefined> };
const vectors = `${process.env.FORGE_WEB ?? "."}/../../shared/data/serializer/jcs.jsonl`;

test("canonical: keys in UTF-16 order at every depth, numbers and escapes as RFC 8785 has them", () => {
	assert.equal(
		canonical({ "\u20ac": 1, b: [{ z: null, a: 1e30 }], "\r": "\u000f\n", "1": 4.5 }),
		'{"\\r":"\\u000f\\n","1":4.5,"b":[{"a":1e+30,"z":null}],"€":1}',
	);
});
if (existsSync(vectors))
	test("canonical: the shared vectors", () => {
		for (const line of readFileSync(vectors, "utf8").split("\n").filter(Boolean)) {
			const v = JSON.parse(line) as { id: string; input: string; output: string; refuse?: boolean };
			if (v.refuse) continue; /* refused while reading, which is the parser's part */
			assert.equal(canonical(JSON.parse(v.input)), v.output, v.id);
		}
	});
else test.skip("canonical: the shared vectors (not beside this checkout)");

test("sha256: of bytes and of text", async () => {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	assert.equal(await sha256(new Uint8Array()), empty);
	assert.equal(
		await sha256("€"),
		"c4cc90ed3d26f12d4b08a75140970a7904035c31cbb4515a83f19b9003c00d1d",
	);
});
test("plan hash: a leaf is prefixed by 00 and a node by 01, split at the largest power of two", async () => {
	const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (h) => parseInt(h, 16));
	const cat = (...p: Uint8Array[]) => Uint8Array.from(p.flatMap((x) => [...x]));
	const h = async (...p: Uint8Array[]) => bytes(await sha256(cat(...p)));
	const leaves = ["aa", "bb", "cc"].map((x) => x.repeat(32));
	const [a, b, c] = (await Promise.all(leaves.map((x) => h(Uint8Array.of(0), bytes(x))))) as [
		Uint8Array,
		Uint8Array,
		Uint8Array,
	];
	const root = await sha256(cat(Uint8Array.of(1), await h(Uint8Array.of(1), a, b), c));
	assert.equal(
		await planHash([leaves[0] as string, leaves[1] as string], leaves[2] as string),
		root,
	);
});
test("ids: thirteen base-32 digits are eight bytes, most significant first", () => {
	assert.deepEqual([...idBytes("r_0000000000010")], [0, 0, 0, 0, 0, 0, 0, 32]);
	assert.deepEqual([...idBytes("r_7zzzzzzzzzzzz")], [127, 255, 255, 255, 255, 255, 255, 255]);
});
test("receipt hash: depends on the hash before, the run, the number and every part", async () => {
	const zero = "0".repeat(64);
	const r = { seq: 1, kind: "preflight", step_id: "ps-0-a", attempt: 1, body: { b: 1, a: 2 } };
	const base = await receiptHash(zero, "r_0000000000010", r);
	const others = await Promise.all([
		receiptHash(base, "r_0000000000010", r),
		receiptHash(zero, "r_0000000000011", r),
		receiptHash(zero, "r_0000000000010", { ...r, seq: 2 }),
		receiptHash(zero, "r_0000000000010", { ...r, kind: "postflight" }),
		receiptHash(zero, "r_0000000000010", { ...r, step_id: null }),
		receiptHash(zero, "r_0000000000010", { ...r, attempt: 2 }),
		receiptHash(zero, "r_0000000000010", { ...r, body: { a: 2, b: 2 } }),
	]);
	assert.equal(new Set([base, ...others]).size, 8);
	assert.equal(await receiptHash(zero, "r_0000000000010", { ...r, body: { a: 2, b: 1 } }), base);
});
