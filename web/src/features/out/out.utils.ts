/* SPDX-License-Identifier: Apache-2.0 */
export type Look = "report" | "pdf" | "json" | "csv" | "text" | "image" | "other";

/* lookOf - how a result is shown, by its kind and, failing that, its name */
export function lookOf(kind: string, path: string): Look {
	const ext = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
	if (kind.endsWith(".html") || ext === "html" || ext === "htm") return "report";
	if (kind.endsWith(".pdf") || ext === "pdf") return "pdf";
	if (ext === "csv" || kind === "table.csv") return "csv";
	if (ext === "json" || kind.includes("json")) return "json";
	if (["png", "jpg", "jpeg", "gif", "webp"].includes(ext)) return "image";
	if (
		["txt", "md", "log", "xml", "yaml", "yml", "jsonl", "ndjson", "svg"].includes(ext) ||
		kind.startsWith("text.")
	)
		return "text";
	return "other";
}
export const SHOWN_BYTES_MAX = 25_000_000;
