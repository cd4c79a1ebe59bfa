/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { pathFor } from "./uploads";

test("file names become paths that the workspace takes", () => {
	assert.equal(pathFor("time_entries.csv"), "attachments/time_entries.csv");
	assert.equal(pathFor("März: 2026\\final.csv"), "attachments/März_ 2026_final.csv");
	assert.equal(pathFor(".hidden"), "attachments/_hidden");
	assert.equal(pathFor("..\u0000/x"), "attachments/___x");
	assert.equal(pathFor("e\u0301.csv"), "attachments/\u00e9.csv");
	assert.equal(pathFor(" "), "attachments/file");
});
