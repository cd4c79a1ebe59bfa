/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request being written: what is typed, which files belong to it, and how each of them stands.
 */
import { useMemo } from "preact/hooks";
import * as api from "../../api/calls";
import type { FileItem } from "../../api/types";
import { addDraftFile, changeDraft, draftOf, dropDraftFile } from "../../models/draft";
import { useLoad } from "../../models/load";
import { forgetUpload, pathFor, upload, uploads, type Upload } from "../../models/uploads";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { baseName, sentence } from "../../ui/format";

export interface Attached {
	path: string;
	item: FileItem | null;
	upload: Upload | null;
	/* named in the draft, but neither in the workspace nor on its way */
	isGone: boolean;
}
export interface Request {
	objective: string;
	files: Attached[];
	/* files of the workspace that this request does not name */
	others: FileItem[];
	isReady: boolean;
	isLoading: boolean;
	setObjective(text: string): void;
	add(files: File[]): void;
	replace(path: string, file: File): void;
	use(paths: string[]): void;
	remove(path: string): void;
}

export function attachedOf(
	paths: string[],
	items: FileItem[],
	ups: Upload[],
	isListed: boolean,
): Attached[] {
	return paths.map((path) => {
		const up = ups.find((u) => u.path === path) ?? null;
		const stored = items.find((f) => f.path === path) ?? null;
		const item = up?.item ?? stored;
		return {
			path,
			item,
			upload: up && up.state !== "done" ? up : null,
			isGone: isListed && !item && !up,
		};
	});
}

/* why a file's check did not hold, or what was found in it */
export function verdictOf(f: FileItem): string {
	if (f.parse.ok)
		return f.rows === null || f.rows === undefined ? t.files.ok : t.files.rows(f.rows);
	const place = t.files.place(f.parse.row, f.parse.column);
	const said = sentence(f.parse.detail || t.files.bad);
	return place && !/\brow\b/i.test(said) ? `${sentence(place)} ${said}` : said;
}

export function useRequest(w: string): Request {
	const list = useLoad(`files ${w}`, (s) => api.listFiles(w, s));
	const draft = draftOf(w).value;
	const ups = uploads.value.filter((u) => u.w === w);
	const files = attachedOf(draft.files, list.value ?? [], ups, list.value !== undefined);
	const done = useMemo(
		() => (item: FileItem) => {
			announce(t.files.arrived(baseName(item.path), verdictOf(item)));
			list.reload();
		},
		[w],
	);
	const send = (pairs: { file: File; path: string }[]) => {
		for (const p of pairs) addDraftFile(w, p.path);
		upload(w, pairs, done);
	};
	return {
		objective: draft.objective,
		files,
		others: (list.value ?? []).filter((f) => !draft.files.includes(f.path)),
		isReady: files.every((f) => !f.upload && !f.isGone),
		isLoading: list.isLoading,
		setObjective: (objective) => changeDraft(w, { objective }),
		add: (added) => send(added.map((file) => ({ file, path: pathFor(file.name) }))),
		replace: (path, file) => send([{ file, path }]),
		use: (paths) => paths.forEach((p) => addDraftFile(w, p)),
		remove(path) {
			for (const u of ups) if (u.path === path && u.state !== "done") forgetUpload(u.key);
			dropDraftFile(w, path);
		},
	};
}
