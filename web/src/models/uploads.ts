/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files on their way to the server. Two at a time; each can be stopped and tried again; the list
 * outlives the page that started it, and a session that ends in between.
 */
import { signal, computed } from "@preact/signals";
import * as api from "../api/calls";
import { ApiError, E_ABORTED } from "../api/client";
import type { FileItem } from "../api/types";
import { leaveGuard } from "./router";

export type UploadState = "waiting" | "sending" | "checking" | "done" | "failed" | "stopped";
export interface Upload {
	key: number;
	w: string;
	path: string;
	file: File;
	state: UploadState;
	sent: number;
	item: FileItem | null;
	error: ApiError | null;
}

const PARALLEL_MAX = 2;
/* where dropped files go unless their path is given */
export const DROP_FOLDER = "attachments";
export const uploads = signal<Upload[]>([]);
const stops = new Map<number, AbortController>();
const wants = new Map<number, (item: FileItem) => void>();
let lastKey = 0;

const isMoving = (u: Upload) =>
	u.state === "waiting" || u.state === "sending" || u.state === "checking";
export const isUploading = computed(() => uploads.value.some(isMoving));
export const uploadsOf = (w: string) => uploads.value.filter((u) => u.w === w);
leaveGuard(() => isUploading.value);

/*
 * pathFor - a workspace path for a file of the person's own: the characters that paths may not have
 * become '_'
 */
export function pathFor(name: string, folder = DROP_FOLDER): string {
	const safe = Array.from(name.normalize("NFC"), (c) =>
		/[\u0000-\u001f\u007f\\:/]/.test(c) ? "_" : c,
	)
		.join("")
		.replace(/^\.+/, "_")
		.trim();
	return `${folder}/${safe || "file"}`;
}

function set(key: number, change: Partial<Upload>): void {
	uploads.value = uploads.value.map((u) => (u.key === key ? { ...u, ...change } : u));
}

function pump(): void {
	const now = uploads.value;
	const busy = now.filter((u) => u.state === "sending" || u.state === "checking").length;
	for (const u of now
		.filter((x) => x.state === "waiting")
		.slice(0, Math.max(0, PARALLEL_MAX - busy)))
		void sendOne(u);
}

async function sendOne(u: Upload): Promise<void> {
	const stop = new AbortController();
	stops.set(u.key, stop);
	set(u.key, { state: "sending", sent: 0, error: null });
	try {
		const item = await api.putFile(u.w, u.path, u.file, stop.signal, (sent) =>
			set(u.key, { sent, state: sent >= u.file.size ? "checking" : "sending" }),
		);
		set(u.key, { state: "done", sent: u.file.size, item });
		wants.get(u.key)?.(item);
	} catch (e) {
		const error = e as ApiError;
		set(u.key, { state: error.code === E_ABORTED ? "stopped" : "failed", error });
	} finally {
		stops.delete(u.key);
		pump();
	}
}

/*
 * upload - queue files; a newer upload of the same path takes the place of an older one. done:
 * called for each that is stored
 */
export function upload(
	w: string,
	files: { file: File; path: string }[],
	done: (item: FileItem) => void,
): void {
	const paths = new Set(files.map((f) => f.path));
	for (const u of uploads.value) if (u.w === w && paths.has(u.path)) stops.get(u.key)?.abort();
	const fresh = files.map<Upload>(({ file, path }) => {
		const key = ++lastKey;
		wants.set(key, done);
		return { key, w, path, file, state: "waiting", sent: 0, item: null, error: null };
	});
	uploads.value = [...uploads.value.filter((u) => u.w !== w || !paths.has(u.path)), ...fresh];
	pump();
}

export function stopUpload(key: number): void {
	const stop = stops.get(key);
	if (stop) stop.abort();
	else set(key, { state: "stopped" });
}
export function retryUpload(key: number): void {
	set(key, { state: "waiting", sent: 0, error: null });
	pump();
}
export function forgetUpload(key: number): void {
	stops.get(key)?.abort();
	wants.delete(key);
	uploads.value = uploads.value.filter((u) => u.key !== key);
}
