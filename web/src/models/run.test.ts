/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Run, RunEvent, RunStep } from "../api/types";
import { applied, isOver } from "./run";

const step = (id: string, state: RunStep["state"]): RunStep => ({
	step_id: id,
	label: id,
	state,
	attempt: 0,
	depends_on: [],
	contract_hash: "",
	started_at: null,
	ended_at: null,
	harness_ms: null,
	program_ms: null,
	error: null,
});
const run = (...steps: RunStep[]): Run => ({
	id: "r_1",
	plan_id: "p_1",
	plan_hash: "",
	state: "running",
	created_at: "",
	ended_at: null,
	objective: "",
	steps,
	deliverables: [],
});
const event = (
	kind: RunEvent["kind"],
	step_id: string,
	more: Partial<RunEvent> = {},
): RunEvent => ({
	run: "r_1",
	seq: 1,
	kind,
	at: "2026-01-02T03:04:05.678Z",
	step: step_id,
	...more,
});

test("a step that starts is running at once, with its attempt", () => {
	const r = applied(
		run(step("a", "ready"), step("b", "blocked")),
		event("step.start", "a", { attempt: 2 }),
	);
	assert.deepEqual(
		[r.steps[0]?.state, r.steps[0]?.attempt, r.steps[0]?.started_at],
		["leased", 2, "2026-01-02T03:04:05.678Z"],
	);
	assert.equal(r.steps[1]?.state, "blocked");
});
test("a late event does not undo what is done", () => {
	assert.equal(applied(run(step("a", "done")), event("step.start", "a")).steps[0]?.state, "done");
});
test("the end of a step is left to the server's own word", () => {
	const before = run(step("a", "leased"));
	assert.equal(applied(before, event("step.done", "a")), before);
});
test("over is done, failed or cancelled", () => {
	const states = ["running", "waiting", "done", "failed", "cancelled"] as const;
	assert.deepEqual(
		states.map((state) => isOver({ ...run(), state })),
		[false, false, true, true, true],
	);
});
