/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON as they arrive. */

/* lines - split a byte stream at newlines; a last line without one is given too. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
	const reader = stream.getReader();
	const decoder = new TextDecoder();
	let rest = "";
	try {
		for (;;) {
			const { done, value } = await reader.read();
			rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
			const parts = rest.split("\n");
			rest = parts.pop() ?? "";
			for (const line of parts) if (line.trim()) yield line;
			if (done) break;
		}
		if (rest.trim()) yield rest;
	} finally {
		reader.releaseLock();
	}
}
