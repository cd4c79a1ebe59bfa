/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Found } from "../../api/types";
import { ordinal } from "../../ui/format";
import { tidy, WORDS_BYTES_MAX } from "../shared/words.utils";
import { scoreWords, whyWords } from "./found.utils";

const hit = (text: number | null, trigram: number | null, vector: number | null): Found => ({
	type: "pack",
	id: "billing-audit",
	label: "Billing audit",
	says: "",
	pack: null,
	score: 48387,
	text: { value: 1, rank: text },
	trigram: { value: 1, rank: trigram },
	vector: { value: 1, rank: vector },
});

test("why a thing was found is said in plain words", () => {
	assert.equal(whyWords(hit(1, 12, 3)), "words 1st, similar letters 12th, similar meaning 3rd");
	assert.equal(whyWords(hit(null, 2, null)), "similar letters 2nd");
	assert.equal(scoreWords(hit(1, 1, 1)), "48.4");
	assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 101, 111].map(ordinal), [
		"1st",
		"2nd",
		"3rd",
		"4th",
		"11th",
		"12th",
		"13th",
		"21st",
		"101st",
		"111th",
	]);
});

test("blanks make no other question, and a long one is cut where the server would refuse it", () => {
	assert.equal(tidy("  time \n entry "), "time entry");
	assert.equal(tidy(" "), "");
	assert.equal(tidy("x".repeat(500)).length, WORDS_BYTES_MAX);
	assert.equal(tidy("\u20ac".repeat(500)), "\u20ac".repeat(133));
});
