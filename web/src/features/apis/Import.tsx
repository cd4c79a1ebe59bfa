/* SPDX-License-Identifier: Apache-2.0 */
/* Import API descriptions: a file that is here already, or files that are dropped. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { Catalogue, FileItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { uploads } from "../../models/uploads";
import { t } from "../../strings/en";
import { Banner } from "../../ui/bits";
import { errorWords } from "../../ui/ErrorView";
import { baseName } from "../../ui/format";
import { DropZone } from "../request/DropZone";
import { UploadState } from "../request/FileList";
import { useJobs, type Job } from "./import.hooks";

const isCandidate = (f: FileItem) =>
	/\.(json|ya?ml)$/i.test(f.path) || /^(object\.(json|yaml)|file\.text)$/.test(f.kind);

function JobState({ w, j }: { w: string; j: Job }) {
	const name = baseName(j.path);
	const moving = uploads.value.find((u) => u.w === w && u.path === j.path && u.state !== "done");
	if (j.state === "failed" && j.error) {
		const words = errorWords(j.error);
		return (
			<Banner tone="bad" role="alert" title={t.apis.importFailed(name)}>
				<p>{words.what || words.title}</p>
				{j.error.status === 422 ? <p>{t.apis.importNeeds}</p> : <p>{words.todo}</p>}
				{words.code && <p class="code">{words.code}</p>}
			</Banner>
		);
	}
	if (j.state === "done" && j.made)
		return (
			<Banner tone="ok">
				<p>
					{j.isNew ? t.apis.importOk(name) : t.apis.importKnown(name)}{" "}
					<a href={`/w/${w}/apis/${j.made.id}`}>{j.made.title || t.apis.untitled}</a>
					{", "}
					{t.apis.operations(j.made.operations)}
				</p>
			</Banner>
		);
	if (moving) {
		return (
			<div>
				<span class="file-name">{name}</span>
				<UploadState u={moving} name={name} />
			</div>
		);
	}
	return (
		<p role="status" class="muted">
			{j.state === "reading"
				? t.apis.importReading(name)
				: j.state === "sending"
					? t.apis.importSending(name)
					: t.apis.importWaits(name)}
		</p>
	);
}

/* done: for a single file that was imported; changed: for the list of APIs to be read again */
export function Import({
	w,
	done,
	changed,
}: {
	w: string;
	done: (c: Catalogue) => void;
	changed: () => void;
}) {
	const list = useLoad(`files ${w}`, (s) => api.listFiles(w, s));
	const [chosen, choose] = useState("");
	const files = list.value?.filter(isCandidate) ?? [];
	const { jobs, isBusy, read, drop } = useJobs(
		w,
		() => {
			list.reload();
			changed();
		},
		(all) => {
			const only = all.length === 1 ? all[0]?.made : null;
			if (only) done(only);
		},
	);
	return (
		<section class="card" id="import" aria-labelledby="import-h">
			<div class="card-head">
				<h2 id="import-h">{t.apis.import}</h2>
			</div>
			<p class="muted">{t.apis.importHint}</p>
			{files.length > 0 && (
				<form
					class="bar-line start"
					onSubmit={(e) => {
						e.preventDefault();
						const f = files.find((x) => x.id === chosen);
						if (f) read([f]);
					}}
				>
					<label class="inline">
						{t.apis.chooseFile}
						<select value={chosen} onChange={(e) => choose(e.currentTarget.value)}>
							<option value="">{t.apis.chooseNone}</option>
							{files.map((f) => (
								<option key={f.id} value={f.id}>
									{f.path}
								</option>
							))}
						</select>
					</label>
					<button type="submit" class="btn primary" disabled={!chosen || isBusy}>
						{t.apis.importGo}
					</button>
				</form>
			)}
			{files.length === 0 && list.value && <p class="muted">{t.apis.noCandidates}</p>}
			<DropZone add={drop} id="api-file" />
			{jobs.length > 0 && (
				<ul class="bare stack tight jobs" aria-label={t.apis.results}>
					{jobs.map((j) => (
						<li key={j.path} data-state={j.state}>
							<JobState w={w} j={j} />
						</li>
					))}
				</ul>
			)}
		</section>
	);
}
