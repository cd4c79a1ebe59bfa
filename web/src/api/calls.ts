/* SPDX-License-Identifier: Apache-2.0 */
/* Every call of the HTTP API that the workspace makes, by the table in docs/ARCHITECTURE.md. */
import {
	API,
	ApiError,
	abortedError,
	call,
	encodePath,
	localError,
	offlineError,
	put,
	send,
} from "./client";
import { lines } from "./ndjson";
import type {
	ApiKey,
	Catalog,
	CatalogItem,
	Catalogue,
	CompileEvent,
	Decoded,
	FileItem,
	FileProfile,
	FileRows,
	KeyNew,
	Member,
	Operation,
	OperationDetail,
	Pack,
	PackDetail,
	PackUses,
	Page,
	Plan,
	PlanItem,
	Receipt,
	Role,
	Run,
	RunItem,
	Session,
	StepDetail,
	Workspace,
	Detection,
	Discovery,
	FileChecks,
	Relations,
} from "./types";

type Signal = AbortSignal | undefined;
const LIST_PAGES_MAX = 50;

/* all - follow a list to its end, up to LIST_PAGES_MAX pages */
async function all<T>(path: string, signal: Signal, limit = 200): Promise<T[]> {
	const items: T[] = [];
	let after: string | null = null;
	for (let page = 0; page < LIST_PAGES_MAX; page++) {
		const q: string =
			(path.includes("?") ? "&" : "?") +
			`limit=${limit}` +
			(after ? `&after=${encodeURIComponent(after)}` : "");
		const got: Page<T> = await call<Page<T>>("GET", path + q, { signal });
		items.push(...got.items);
		after = got.next;
		if (!after) break;
	}
	return items;
}

export const signIn = (email: string, password: string) =>
	call<Session>("POST", "/session", { body: { email, password }, is401Answer: true });
export const getSession = () => call<Session>("GET", "/session", { is401Answer: true });
export const signOut = () => call<void>("DELETE", "/session", { is401Answer: true });

export const newWorkspace = (name: string) =>
	call<Workspace>("POST", "/workspaces", { body: { name } });

export const listMembers = (w: string, signal?: Signal) =>
	all<Member>(`/workspaces/${w}/members`, signal);
export const setMember = (w: string, email: string, role: Role) =>
	call<Member>("PUT", `/workspaces/${w}/members/${encodeURIComponent(email)}`, { body: { role } });
export const removeMember = (w: string, email: string) =>
	call<void>("DELETE", `/workspaces/${w}/members/${encodeURIComponent(email)}`);

export const listKeys = (signal?: Signal) => all<ApiKey>("/keys", signal);
export const newApiKey = (name: string, workspace: string, role: Role, expires_days: number) =>
	call<KeyNew>("POST", "/keys", { body: { name, workspace, role, expires_days } });
export const removeKey = (id: string) => call<void>("DELETE", `/keys/${id}`);

export const listFiles = (w: string, signal?: Signal) =>
	all<FileItem>(`/workspaces/${w}/files`, signal);
export const fileUrl = (w: string, path: string) =>
	`${API}/workspaces/${w}/files/${encodePath(path)}`;
export const removeFile = (w: string, path: string) =>
	call<void>("DELETE", `/workspaces/${w}/files/${encodePath(path)}`);
export const getFileProfile = (w: string, path: string, signal?: Signal) =>
	call<FileProfile>("GET", `/workspaces/${w}/files/${encodePath(path)}?view=profile`, { signal });
export const getFileDetection = (w: string, path: string, signal?: Signal) =>
	call<Detection>("GET", `/workspaces/${w}/files/${encodePath(path)}?view=detect`, { signal });
/* entity: whose rules are held against all rows */
export const checkFile = (w: string, path: string, entity: string, signal?: Signal) =>
	call<FileChecks>(
		"GET",
		`/workspaces/${w}/files/${encodePath(path)}?view=checks&entity=${encodeURIComponent(entity)}`,
		{ signal },
	);
export const getRelations = (w: string, signal?: Signal) =>
	call<Relations>("GET", `/workspaces/${w}/relations`, { signal });
export const getFileRows = (
	w: string,
	path: string,
	offset: number,
	limit: number,
	signal?: Signal,
) =>
	call<FileRows>(
		"GET",
		`/workspaces/${w}/files/${encodePath(path)}?view=rows&offset=${offset}&limit=${limit}`,
		{ signal },
	);
export const putFile = (
	w: string,
	path: string,
	body: Blob,
	signal: AbortSignal,
	progress: (sent: number) => void,
) => put<FileItem>(`/workspaces/${w}/files/${encodePath(path)}`, body, signal, progress);

/*
 * compile - the passes as they happen. Ends after the last line; a stream cut short throws.
 *
 * files: null: every file of the workspace
 */
export async function* compile(
	w: string,
	objective: string,
	files: string[] | null,
	signal: AbortSignal,
): AsyncGenerator<CompileEvent> {
	const res = await send("POST", `/workspaces/${w}/compile`, {
		body: files ? { objective, files } : { objective },
		signal,
		accept: "application/x-ndjson",
	});
	if (!res.body) throw offlineError();
	let ended = false;
	try {
		for await (const line of lines(res.body)) {
			const event = JSON.parse(line) as CompileEvent;
			ended ||= event.event !== "pass";
			yield event;
		}
	} catch (e) {
		if (signal.aborted) throw abortedError();
		throw e instanceof ApiError ? e : offlineError();
	}
	if (!ended) throw localError("E_IO", "The answer stopped before it was complete.");
}

export const getCatalog = (w: string, signal?: Signal) =>
	call<Catalog>("GET", `/workspaces/${w}/catalog`, { signal });
export const discover = (w: string, words: string, limit: number, signal?: Signal) =>
	call<Discovery>(
		"GET",
		`/workspaces/${w}/discover?q=${encodeURIComponent(words)}&limit=${limit}`,
		{ signal },
	);
export const getCatalogItem = (w: string, type: string, id: string, signal?: Signal) =>
	call<CatalogItem>(
		"GET",
		`/workspaces/${w}/catalog/${encodeURIComponent(type)}/${encodeURIComponent(id)}`,
		{ signal },
	);

export const listApis = (w: string, signal?: Signal) =>
	all<Catalogue>(`/workspaces/${w}/apis`, signal);
export const importApi = (w: string, file_id: string) =>
	call<Catalogue>("POST", `/workspaces/${w}/apis`, { body: { file_id } });
export const getApi = (w: string, a: string, signal?: Signal) =>
	call<Catalogue>("GET", `/workspaces/${w}/apis/${a}`, { signal });
export const removeApi = (w: string, a: string) =>
	call<void>("DELETE", `/workspaces/${w}/apis/${a}`);
export const listOperations = (w: string, a: string, signal?: Signal) =>
	all<Operation>(`/workspaces/${w}/apis/${a}/operations`, signal, 1000);
const operationPath = (w: string, a: string, o: string) =>
	`/workspaces/${w}/apis/${a}/operations/${encodeURIComponent(o)}`;
/* contentType: null: the description's first choice */
export const getOperation = (
	w: string,
	a: string,
	o: string,
	contentType: string | null,
	signal?: Signal,
) =>
	call<OperationDetail>(
		"GET",
		operationPath(w, a, o) +
			(contentType ? `?content_type=${encodeURIComponent(contentType)}` : ""),
		{ signal },
	);
export interface Trial {
	text: string;
	lenient: boolean;
	open: boolean;
	content_type?: string;
}
export const decodeOperation = (w: string, a: string, o: string, trial: Trial, signal?: Signal) =>
	call<Decoded>("POST", `${operationPath(w, a, o)}/decode`, { body: trial, signal });

const packPath = (w: string, pack: string) => `/workspaces/${w}/packs/${encodeURIComponent(pack)}`;
export const listPacks = async (w: string, signal?: Signal) =>
	(await call<Page<Pack>>("GET", `/workspaces/${w}/packs`, { signal })).items;
export const getPack = (w: string, pack: string, signal?: Signal) =>
	call<PackDetail>("GET", packPath(w, pack), { signal });
export const getPackUses = (w: string, pack: string, signal?: Signal) =>
	call<PackUses>("GET", `${packPath(w, pack)}/uses`, { signal });
export const uploadPack = (w: string, bytes: Blob) =>
	call<PackDetail>("POST", `/workspaces/${w}/packs`, { bytes });
/* version: of an own pack; null: as it was, or the newest */
export const switchPack = (w: string, pack: string, enabled: boolean, version: string | null) =>
	call<PackDetail>("PUT", packPath(w, pack), {
		body: version ? { enabled, version } : { enabled },
	});
export const removePackVersion = (w: string, pack: string, version: string) =>
	call<void>("DELETE", `${packPath(w, pack)}/versions/${encodeURIComponent(version)}`);

export const listPlans = (w: string, signal?: Signal) =>
	all<PlanItem>(`/workspaces/${w}/plans`, signal);
export const getPlan = (w: string, p: string, signal?: Signal) =>
	call<Plan>("GET", `/workspaces/${w}/plans/${p}`, { signal });
export const startRun = (w: string, p: string, idempotencyKey: string) =>
	call<Run>("POST", `/workspaces/${w}/plans/${p}/runs`, { body: {}, idempotencyKey });

export const listRuns = (w: string, signal?: Signal) =>
	all<RunItem>(`/workspaces/${w}/runs`, signal);
export const recentRuns = async (w: string, limit: number, signal?: Signal) =>
	(await call<Page<RunItem>>("GET", `/workspaces/${w}/runs?limit=${limit}`, { signal })).items;
export const getRun = (w: string, r: string, signal?: Signal) =>
	call<Run>("GET", `/workspaces/${w}/runs/${r}`, { signal });
export const cancelRun = (w: string, r: string) =>
	call<unknown>("POST", `/workspaces/${w}/runs/${r}/cancel`, { body: {} });
export const getStep = (w: string, r: string, s: string, signal?: Signal) =>
	call<StepDetail>("GET", `/workspaces/${w}/runs/${r}/steps/${encodeURIComponent(s)}`, { signal });
export const listReceipts = (w: string, r: string, step: string | null, signal?: Signal) =>
	all<Receipt>(
		`/workspaces/${w}/runs/${r}/receipts${step ? `?step=${encodeURIComponent(step)}` : ""}`,
		signal,
	);
export const artifactUrl = (w: string, r: string, path: string) =>
	`${API}/workspaces/${w}/runs/${r}/artifacts/${encodePath(path)}`;
/* the same as a file to keep, whatever the browser would show */
export const download = (url: string) => `${url}?download=1`;
export const eventsUrl = (w: string, r: string) => `${API}/workspaces/${w}/runs/${r}/events`;
export const blobUrl = (w: string, sha256: string) => `${API}/workspaces/${w}/blobs/${sha256}`;

export async function getBytes(url: string, signal?: Signal): Promise<Uint8Array> {
	const res = await send("GET", url.slice(API.length), { signal, accept: "*/*" });
	try {
		return new Uint8Array(await res.arrayBuffer());
	} catch {
		throw signal?.aborted ? abortedError() : offlineError();
	}
}
export const getBlobText = async (w: string, sha256: string, signal?: Signal) =>
	new TextDecoder().decode(await getBytes(blobUrl(w, sha256), signal));
