/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { encodePath, newKey, problemOf } from "./client";

test("paths keep their slashes and nothing else", () => {
	assert.equal(encodePath("attachments/a b#?%.csv"), "attachments/a%20b%23%3F%25.csv");
});
test("keys are 32 hex digits and differ", () => {
	assert(/^[0-9a-f]{32}$/.test(newKey()));
	assert(newKey() !== newKey());
});
test("problem+json becomes an error with its code, place and wait", () => {
	const body = JSON.stringify({
		title: "too many requests",
		code: "E_RATE",
		detail: "slow down",
		retry_after: 7,
	});
	const e = problemOf(429, "application/problem+json", body, "30");
	assert.deepEqual([e.status, e.code, e.message, e.retryAfterS], [429, "E_RATE", "slow down", 7]);
	assert.equal(problemOf(429, "application/problem+json", '{"title":"x"}', "30").retryAfterS, 30);
});
test("an error that is no problem+json is told by its status alone", () => {
	assert.equal(problemOf(502, "text/html", "<h1>Bad gateway</h1>", null).message, "");
	assert.equal(problemOf(500, "application/json", "{", null).status, 500);
	assert.equal(problemOf(500, "application/json", "null", null).status, 500);
});
