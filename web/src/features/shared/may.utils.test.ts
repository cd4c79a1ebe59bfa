/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Bound, Plan } from "../../api/types";
import { mayRows } from "./may.utils";

const step = (wall_ms: string, memory_bytes: string, max_retries: number) => ({
	step_id: "x",
	contract_hash: "",
	contract: {
		repair: { strategy: "retry", max_retries },
		execution: { limits: { wall_ms, memory_bytes } },
	},
});
const plan = (bounds: Bound[]) =>
	({
		steps: [step("60000", "536870912", 1), step("30000", "805306368", 0)],
		files: [{ bytes: "1000" }, { bytes: "500" }],
		profile: { id: "standard", version: "1", max_parallel: 2 },
		certificate: { schema: "", bounds },
	}) as unknown as Plan;
const row = (p: Plan, name: string) => mayRows(p).find((r) => r.name === name)?.text;

test("without bounds nothing outside is allowed, and that is said", () => {
	const p = plan([]);
	for (const name of ["Internet", "Changes outside Forge", "AI calls"])
		assert.deepEqual(row(p, name), ["None"]);
	assert.deepEqual(row(p, "Files read"), ["2 files (1.5 kB)"]);
});
test("time adds up over steps and tries; memory is the largest step's", () => {
	assert.deepEqual(row(plan([]), "Time"), ["at most 2 min 30 s"]);
	assert.deepEqual(row(plan([]), "Memory"), ["at most 768 MiB for each step"]);
});
test("reading over HTTP is internet access; an unknown channel is a change outside, never hidden", () => {
	const p = plan([
		{ channel: "http.read", scope: "GET 127.0.0.1:9", limit: "37" },
		{ channel: "mail.send", scope: "finance", limit: "3" },
	]);
	assert.deepEqual(row(p, "Internet"), ["at most 37 requests: GET 127.0.0.1:9"]);
	assert.deepEqual(row(p, "Changes outside Forge"), ["at most 3 finance"]);
});
