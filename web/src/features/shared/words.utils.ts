/* SPDX-License-Identifier: Apache-2.0 */
export const WORDS_BYTES_MAX = 400; /* as much as a search takes */

/* tidy - the words as they are asked for: blanks do not make another question */
export function tidy(words: string): string {
	const text = words.trim().replace(/\s+/g, " ");
	const bytes = new TextEncoder().encode(text);
	if (bytes.length <= WORDS_BYTES_MAX) return text;
	/* a character that is cut in two becomes U+FFFD at the end */
	return new TextDecoder()
		.decode(bytes.subarray(0, WORDS_BYTES_MAX))
		.replace(/\uFFFD+$/, "")
		.trim();
}
