/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One way to the server: same-origin fetch with the session cookie, the CSRF token on every change,
 * problem+json turned into ApiError. Nobody above this folder calls fetch or XMLHttpRequest.
 */
import type { Diag, PackFinding, Place, Problem } from "./types";

export const API = "/api/v1";

/* code of an error that never reached the server */
export const E_OFFLINE = "E_OFFLINE";
export const E_ABORTED = "E_ABORTED";

export class ApiError extends Error {
	status: number;
	code: string;
	title: string;
	place: Place | null;
	diagnostics: Diag[];
	/* what is wrong with an uploaded pack, all of it */
	findings: PackFinding[];
	retryAfterS: number | null;
	constructor(
		p: Pick<Problem, "title" | "status" | "code"> & Partial<Problem>,
		retryAfterS: number | null = null,
	) {
		super(p.detail || p.title);
		this.name = "ApiError";
		this.status = p.status;
		this.code = p.code;
		this.title = p.title;
		this.place = p.place ?? null;
		this.diagnostics = p.diagnostics ?? [];
		this.findings = p.findings ?? [];
		this.retryAfterS = p.retry_after ?? retryAfterS;
	}
}

let csrf = "";
let onUnauthenticated: () => void = () => {};
let onReach: (reached: boolean) => void = () => {};

export function setCsrf(token: string): void {
	csrf = token;
}
/* what to do when a signed-in request is answered 401 */
export function whenUnauthenticated(fn: () => void): void {
	onUnauthenticated = fn;
}
/* told after each request whether the server could be reached */
export function whenReached(fn: (reached: boolean) => void): void {
	onReach = fn;
}

export function encodePath(path: string): string {
	return path.split("/").map(encodeURIComponent).join("/");
}

/* 128 random bits; randomUUID needs a secure context, which a LAN address over http is not */
export function newKey(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) =>
		b.toString(16).padStart(2, "0"),
	).join("");
}

/* errors that come from here and not from the server; their words are in strings/en.ts, by code */
export const localError = (code: string, detail = "") =>
	new ApiError({ title: "", detail, status: 0, code });
export const offlineError = () => localError(E_OFFLINE);
export const abortedError = () => localError(E_ABORTED);

export function problemOf(
	status: number,
	type: string | null,
	body: string,
	retryAfter: string | null,
): ApiError {
	const seconds = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
	if (type && type.includes("json")) {
		try {
			const p = JSON.parse(body) as Partial<Problem>;
			if (p && typeof p === "object" && (p.title || p.detail))
				return new ApiError({ ...p, title: p.title ?? "", status, code: p.code ?? "" }, seconds);
		} catch {
			/* not what its type says: told below by its status alone */
		}
	}
	return new ApiError({ title: "", status, code: "" }, seconds);
}

export interface Options {
	body?: unknown;
	/* bytes instead of a JSON body */
	bytes?: Blob;
	signal?: AbortSignal;
	idempotencyKey?: string;
	accept?: string;
	/* a 401 is an answer to show (sign-in), not the end of the session */
	is401Answer?: boolean;
}

export function changeHeaders(): Record<string, string> {
	return csrf ? { "X-Forge-CSRF": csrf } : {};
}

export async function send(method: string, path: string, o: Options = {}): Promise<Response> {
	const headers: Record<string, string> = { Accept: o.accept ?? "application/json" };
	if (method !== "GET") Object.assign(headers, changeHeaders());
	if (o.body !== undefined) headers["Content-Type"] = "application/json";
	if (o.bytes) headers["Content-Type"] = "application/octet-stream";
	if (o.idempotencyKey) headers["Idempotency-Key"] = o.idempotencyKey;
	let res: Response;
	try {
		res = await fetch(API + path, {
			method,
			headers,
			credentials: "same-origin",
			body: o.bytes ?? (o.body === undefined ? undefined : JSON.stringify(o.body)),
			signal: o.signal,
		});
	} catch {
		if (o.signal?.aborted) throw abortedError();
		onReach(false);
		throw offlineError();
	}
	onReach(true);
	if (!res.ok) {
		const err = problemOf(
			res.status,
			res.headers.get("content-type"),
			await res.text().catch(() => ""),
			res.headers.get("retry-after"),
		);
		if (res.status === 401 && !o.is401Answer) onUnauthenticated();
		throw err;
	}
	return res;
}

export async function call<T>(method: string, path: string, o: Options = {}): Promise<T> {
	const res = await send(method, path, o);
	if (res.status === 204) return undefined as T;
	const text = await res.text();
	if (!text) return undefined as T;
	try {
		return JSON.parse(text) as T;
	} catch {
		throw localError("E_JSON", "The answer of the server could not be read.");
	}
}

/*
 * put - send bytes with progress. XMLHttpRequest, since fetch tells nothing about what has been
 * sent.
 */
export function put<T>(
	path: string,
	body: Blob,
	signal: AbortSignal,
	progress: (sent: number) => void,
): Promise<T> {
	return new Promise((resolve, reject) => {
		const x = new XMLHttpRequest();
		const stop = () => x.abort();
		x.open("PUT", API + path);
		x.setRequestHeader("Accept", "application/json");
		x.setRequestHeader("Content-Type", "application/octet-stream");
		for (const [k, v] of Object.entries(changeHeaders())) x.setRequestHeader(k, v);
		x.upload.onprogress = (e) => progress(e.loaded);
		x.onload = () => {
			onReach(true);
			if (x.status >= 200 && x.status < 300) {
				try {
					resolve(JSON.parse(x.responseText) as T);
				} catch {
					reject(problemOf(x.status, null, "", null));
				}
				return;
			}
			if (x.status === 401) onUnauthenticated();
			reject(
				problemOf(
					x.status,
					x.getResponseHeader("content-type"),
					x.responseText,
					x.getResponseHeader("retry-after"),
				),
			);
		};
		x.onerror = () => {
			onReach(false);
			reject(offlineError());
		};
		x.onabort = () => reject(abortedError());
		x.onloadend = () => signal.removeEventListener("abort", stop);
		signal.addEventListener("abort", stop);
		x.send(body);
	});
}
