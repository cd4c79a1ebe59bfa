/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { match } from "./match";

test("parts, the rest of a path, and trailing slashes", () => {
	assert.deepEqual(match("/w/:w", "/w/w_1/"), { w: "w_1" });
	assert.deepEqual(match("/w/:w/files/*path", "/w/w_1/files/a%20b/c.csv"), {
		w: "w_1",
		path: "a b/c.csv",
	});
	assert.equal(match("/w/:w/files/*path", "/w/w_1/files"), null);
	assert.equal(match("/w/:w", "/w/w_1/work"), null);
	assert.equal(match("/w/:w", "/w//"), null);
});
test("broken percent-encoding is no match and no crash", () => {
	assert.equal(match("/w/:w", "/w/%E0%A4%A"), null);
});
