/* SPDX-License-Identifier: Apache-2.0 */
/* The method of an operation: always the word, colored by what it does. */
const TONES: Record<string, string> = {
	GET: "accent",
	HEAD: "accent",
	OPTIONS: "muted",
	TRACE: "muted",
	POST: "ok",
	PUT: "warn",
	PATCH: "warn",
	DELETE: "bad",
};
export const Method = ({ method }: { method: string }) => (
	<span class={`pill method ${TONES[method] ?? "muted"}`}>{method}</span>
);
