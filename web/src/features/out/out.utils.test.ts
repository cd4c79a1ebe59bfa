/* SPDX-License-Identifier: Apache-2.0 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { lookOf } from "./out.utils";

test("a result is shown by its kind, and by its name where the kind says nothing", () => {
	assert.equal(lookOf("report.html", "reports/a.html"), "report");
	assert.equal(lookOf("report.pdf", "reports/a.pdf"), "pdf");
	assert.equal(lookOf("table.json_rows", "output/a.json"), "json");
	assert.equal(lookOf("object.json", "output/a.json"), "json");
	assert.equal(lookOf("table.csv", "output/a.csv"), "csv");
	assert.equal(lookOf("text.markdown", "notes.md"), "text");
	assert.equal(lookOf("binary", "x.bin"), "other");
});
test("a page is a stranger whatever its kind claims, and a drawing is text", () => {
	assert.equal(lookOf("text.plain", "x.html"), "report");
	assert.equal(lookOf("image.svg", "x.svg"), "text");
});
