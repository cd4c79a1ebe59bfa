/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Receipt } from "../../api/types";
import { receiptHash } from "../../ui/canon";
import { chainBreaks } from "./verify";

const RUN = "r_01jd6z8q00001";
async function chain(n: number): Promise<Receipt[]> {
	const out: Receipt[] = [];
	let prev = "0".repeat(64);
	for (let seq = 1; seq <= n; seq++) {
		const r = {
			seq,
			step_id: seq === 1 ? null : "ps-0-a",
			attempt: seq === 1 ? null : 1,
			kind: seq === 1 ? "run.start" : "postflight",
			body: { seq },
			at: "",
			prev,
			hash: "",
		};
		r.hash = prev = await receiptHash(prev, RUN, r);
		out.push(r);
	}
	return out;
}

test("a whole chain holds, in whatever order it was listed", async () => {
	assert.deepEqual(await chainBreaks(RUN, (await chain(4)).reverse()), []);
});
test("a changed body, a missing receipt and another run are found", async () => {
	const changed = await chain(4);
	(changed[2] as Receipt).body = { seq: 99 };
	assert.deepEqual(await chainBreaks(RUN, changed), ["#3"]);
	const cut = (await chain(4)).filter((r) => r.seq !== 2);
	assert((await chainBreaks(RUN, cut)).length > 0);
	assert.deepEqual(await chainBreaks("r_01jd6z8q00002", await chain(2)), ["#1", "#2"]);
});
