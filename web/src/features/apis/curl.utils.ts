/* SPDX-License-Identifier: Apache-2.0 */
/* The request as it travels, and the same as a curl command. */
type Pair = [string, string];
export interface Travel {
	method: string;
	path: string;
	query: string;
	headers: Pair[];
	cookies: Pair[];
	contentType: string | null;
	body: string | null;
}

const text = (v: unknown): string =>
	typeof v === "string" ? v : v === undefined || v === null ? "" : JSON.stringify(v);
const pairs = (v: unknown): Pair[] =>
	Array.isArray(v)
		? v.flatMap((x): Pair[] => (Array.isArray(x) ? [[text(x[0]), text(x[1])]] : []))
		: [];

/* travelOf - a payload of the API, read with care: it is of the description's making */
export function travelOf(payload: Record<string, unknown>): Travel {
	return {
		method: text(payload.method),
		path: text(payload.path),
		query: text(payload.query).replace(/^\?/, ""),
		headers: pairs(payload.headers),
		cookies: pairs(payload.cookies),
		contentType: payload.content_type ? text(payload.content_type) : null,
		body: typeof payload.body_text === "string" ? payload.body_text : null,
	};
}

/* quote - one word for a POSIX shell, whatever it holds */
export const quote = (s: string): string =>
	/^[A-Za-z0-9_./:=@%+,-]+$/.test(s) ? s : `'${s.replaceAll("'", "'\\''")}'`;

/* curlOf - server: base address of the description; "" leaves $SERVER to be set */
export function curlOf(server: string, t: Travel): string {
	const base = /^[a-z][a-z0-9+.-]*:\/\//i.test(server)
		? quote(server)
		: `"$SERVER"${quote(server) === "''" ? "" : quote(server)}`;
	const words = [
		`curl -X ${quote(t.method)} ${base}${quote(t.path + (t.query ? "?" + t.query : ""))}`,
		...t.headers.map(([k, v]) => `-H ${quote(`${k}: ${v}`)}`),
	];
	if (t.contentType && !t.headers.some(([k]) => k.toLowerCase() === "content-type"))
		words.push(`-H ${quote(`Content-Type: ${t.contentType}`)}`);
	if (t.cookies.length)
		words.push(`-H ${quote(`Cookie: ${t.cookies.map(([k, v]) => `${k}=${v}`).join("; ")}`)}`);
	if (t.body !== null && t.body !== "") words.push(`--data-binary ${quote(t.body)}`);
	return words.join(" \\\n  ");
}
