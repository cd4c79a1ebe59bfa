/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { nextAfterSignIn } from "./session";

test("after sign-in only an address of this site is gone to", () => {
	const next = (x: string) => nextAfterSignIn("?next=" + encodeURIComponent(x));
	assert.equal(next("/w/w_1/runs/r_1?view=graph#L3"), "/w/w_1/runs/r_1?view=graph#L3");
	for (const bad of [
		"https://evil.example/",
		"//evil.example",
		"/\\evil.example",
		"javascript:alert(1)",
		"w/x",
		"/sign-in?next=/",
	])
		assert.equal(next(bad), "/", bad);
	assert.equal(nextAfterSignIn(""), "/");
});
