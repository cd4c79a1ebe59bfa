/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { lines } from "./ndjson";

async function read(chunks: Uint8Array[]): Promise<string[]> {
	const stream = new ReadableStream<Uint8Array>({
		start(c) {
			for (const x of chunks) c.enqueue(x);
			c.close();
		},
	});
	const out: string[] = [];
	for await (const line of lines(stream)) out.push(line);
	return out;
}
const text = new TextEncoder();

test("lines cut anywhere, even inside a character, come out whole", async () => {
	const all = text.encode('{"says":"9 Schritte für €"}\n\n{"b":2}\nlast');
	const want = ['{"says":"9 Schritte für €"}', '{"b":2}', "last"];
	for (let size = 1; size <= all.length; size++) {
		const chunks = [];
		for (let i = 0; i < all.length; i += size) chunks.push(all.slice(i, i + size));
		assert.deepEqual(await read(chunks), want, `chunks of ${size}`);
	}
});
test("an empty stream has no lines", async () => {
	assert.deepEqual(await read([]), []);
});
