/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes recomputed in the browser: RFC 8785 text, SHA-256, and the RFC 6962 Merkle root of a plan.
 * Nothing here trusts the server. SHA-256 needs a secure context (https, or this machine's own
 * loopback address); canHash says whether there is one.
 */
const text = new TextEncoder();
const hexOf = (b: Uint8Array): string =>
	Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
const bytesOf = (hex: string): Uint8Array =>
	Uint8Array.from(hex.match(/../g) ?? [], (h) => parseInt(h, 16));

export const canHash = (): boolean => typeof crypto !== "undefined" && crypto.subtle !== undefined;

/* canonical - RFC 8785: keys in UTF-16 order, JavaScript's own strings and numbers */
export function canonical(v: unknown): string {
	if (Array.isArray(v)) return `[${v.map(canonical).join(",")}]`;
	if (v === null || typeof v !== "object") return JSON.stringify(v);
	const o = v as Record<string, unknown>;
	return `{${Object.keys(o)
		.sort()
		.map((k) => `${JSON.stringify(k)}:${canonical(o[k])}`)
		.join(",")}}`;
}

async function digest(b: Uint8Array): Promise<Uint8Array> {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", b as BufferSource));
}
export async function sha256(b: Uint8Array | string): Promise<string> {
	return hexOf(await digest(typeof b === "string" ? text.encode(b) : b));
}

const join = (...parts: Uint8Array[]): Uint8Array => {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
};

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
/* the eight bytes of a public id ("r_01jd6z8q4m0ab") */
export function idBytes(id: string): Uint8Array {
	let v = 0n;
	for (const c of id.slice(2)) v = (v << 5n) | BigInt(DIGITS.indexOf(c));
	return Uint8Array.from({ length: 8 }, (_, i) => Number((v >> BigInt(56 - 8 * i)) & 255n));
}

export interface ChainLink {
	seq: number;
	kind: string;
	step_id: string | null;
	attempt: number | null;
	body: unknown;
}
/* receiptHash - of the hash before it, the run, its number and its content */
export async function receiptHash(prev: string, run: string, r: ChainLink): Promise<string> {
	const seq = new Uint8Array(4);
	new DataView(seq.buffer).setInt32(0, r.seq);
	const said = [r.kind, r.step_id ?? "", String(r.attempt ?? 0), canonical(r.body)].join("\u001f");
	return hexOf(await digest(join(bytesOf(prev), idBytes(run), seq, text.encode(said))));
}

async function root(leaves: Uint8Array[]): Promise<Uint8Array> {
	if (leaves.length === 1) return digest(join(Uint8Array.of(0), leaves[0] as Uint8Array));
	let k = 1;
	while (k * 2 < leaves.length) k *= 2;
	return digest(
		join(Uint8Array.of(1), await root(leaves.slice(0, k)), await root(leaves.slice(k))),
	);
}

/* planHash - over the contract hashes in plan order and last the profile's hash */
export async function planHash(contractHashes: string[], profileSha256: string): Promise<string> {
	return hexOf(await root([...contractHashes, profileSha256].map(bytesOf)));
}
