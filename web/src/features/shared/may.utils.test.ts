/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Bound, Plan } from "../../api/types";
import { mayRows } from "./may.utils";

const step = (memory_bytes: string, max_retries: number) => ({
	contract: { repair: { strategy: "retry", max_retries }, execution: { limits: { memory_bytes } } },
});
const plan = (bounds: Bound[]) =>
	({
		steps: [step("536870912", 1), step("805306368", 0)],
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
	assert.equal(row(p, "Time"), undefined);
});
test("what Forge spends itself is no change outside", () => {
	const p = plan([
		{ channel: "cpu_s", scope: "", limit: "1440" },
		{ channel: "disk_bytes", scope: "", limit: "9663676416" },
		{ channel: "files.published", scope: "", limit: "14" },
		{ channel: "wall_s", scope: "", limit: "1200" },
	]);
	assert.deepEqual(row(p, "Changes outside Forge"), ["None"]);
	assert.deepEqual(row(p, "Time"), ["at most 20 min"]);
	assert.deepEqual(row(p, "Processor time"), ["at most 24 min"]);
	assert.deepEqual(row(p, "Disk"), ["at most 9 GiB"]);
	assert.deepEqual(row(p, "Files kept"), ["at most 14 files"]);
	assert.deepEqual(row(p, "Memory"), ["at most 768 MiB for each step"]);
});
test("reading over HTTP is internet access, with what may come in", () => {
	const p = plan([
		{ channel: "http.read", scope: "GET 127.0.0.1:9", limit: "37" },
		{ channel: "bytes.in", scope: "GET 127.0.0.1:9", limit: "37000000" },
	]);
	assert.deepEqual(row(p, "Internet"), [
		"at most 37 requests: GET 127.0.0.1:9",
		"at most 37 MB received from 127.0.0.1:9",
	]);
});
test("an unknown channel is a change outside, never hidden", () => {
	const p = plan([{ channel: "mail.send", scope: "finance", limit: "3" }]);
	assert.deepEqual(row(p, "Changes outside Forge"), ["at most 3 mail.send finance"]);
});
test("processor time, disk and files kept are bounds of their own, not changes outside", () => {
	const p = plan([
		{ channel: "cpu_s", scope: "", limit: "1440" },
		{ channel: "disk_bytes", scope: "", limit: "9663676416" },
		{ channel: "files.published", scope: "", limit: "14" },
		{ channel: "wall_s", scope: "", limit: "1200" },
	]);
	assert.deepEqual(row(p, "Changes outside Forge"), ["None"]);
	assert.deepEqual(row(p, "Processor time"), ["at most 24 min"]);
	assert.deepEqual(row(p, "Disk"), ["at most 9 GiB"]);
	assert.deepEqual(row(p, "Files kept"), ["at most 14 files"]);
});
