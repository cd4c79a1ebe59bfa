/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way to becoming APIs: each is sent, then read, one after another. */
import { useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Catalogue, FileItem } from "../../api/types";
import { clearLoads } from "../../models/load";
import { pathFor, upload } from "../../models/uploads";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { baseName } from "../../ui/format";

const NEW_MS = 60_000;

export interface Job {
	path: string;
	state: "sending" | "waiting" | "reading" | "done" | "failed";
	made: Catalogue | null;
	isNew: boolean;
	error: ApiError | null;
}

/* pathsFor - where dropped files go; two of one name do not meet */
export function pathsFor(names: string[]): string[] {
	const seen = new Set<string>();
	return names.map((name) => {
		const path = pathFor(name, "apis");
		const dot = path.lastIndexOf(".");
		const [stem, end] =
			dot > path.lastIndexOf("/") ? [path.slice(0, dot), path.slice(dot)] : [path, ""];
		let free = path;
		for (let n = 2; seen.has(free); n++) free = `${stem} (${n})${end}`;
		seen.add(free);
		return free;
	});
}

export interface Jobs {
	jobs: Job[];
	isBusy: boolean;
	read(files: FileItem[]): void;
	drop(files: File[]): void;
}

/* changed: called when a file or an API came to the workspace; done: when all are through */
export function useJobs(w: string, changed: () => void, done: (all: Job[]) => void): Jobs {
	const [jobs, setJobs] = useState<Job[]>([]);
	const now = useRef<Job[]>([]);
	const line = useRef<Promise<void>>(Promise.resolve());
	const set = (path: string, change: Partial<Job>) => {
		now.current = now.current.map((j) => (j.path === path ? { ...j, ...change } : j));
		setJobs(now.current);
	};
	const begin = (paths: string[], state: Job["state"]) => {
		now.current = paths.map((path) => ({ path, state, made: null, isNew: false, error: null }));
		setJobs(now.current);
	};
	const one = async (f: FileItem) => {
		set(f.path, { state: "reading" });
		const before = Date.now();
		try {
			const made = await api.importApi(w, f.id);
			const isNew = Date.parse(made.created_at) > before - NEW_MS;
			const title = made.title || t.apis.untitled;
			announce(isNew ? t.apis.imported(title, made.operations) : t.apis.known(title));
			clearLoads(`apis ${w}`);
			set(f.path, { state: "done", made, isNew });
		} catch (e) {
			set(f.path, { state: "failed", error: e as ApiError });
			announce(t.apis.importFailed(baseName(f.path)));
		}
		changed();
		const all = now.current;
		if (all.every((j) => j.state === "done" || j.state === "failed")) done(all);
	};
	const queue = (f: FileItem) => {
		set(f.path, { state: "waiting" });
		line.current = line.current.then(() => one(f));
	};
	return {
		jobs,
		isBusy: jobs.some((j) => j.state === "waiting" || j.state === "reading"),
		read(files) {
			begin(
				files.map((f) => f.path),
				"waiting",
			);
			files.forEach(queue);
		},
		drop(files) {
			const paths = pathsFor(files.map((f) => f.name));
			begin(paths, "sending");
			upload(
				w,
				files.map((file, i) => ({ file, path: paths[i] as string })),
				queue,
			);
		},
	};
}
