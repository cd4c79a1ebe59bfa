/* SPDX-License-Identifier: Apache-2.0 */
/* Import an API description: a file that is here already, or one that is dropped. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Catalogue, FileItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { pathFor, upload, uploads } from "../../models/uploads";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner } from "../../ui/bits";
import { errorWords } from "../../ui/ErrorView";
import { baseName } from "../../ui/format";
import { DropZone } from "../request/DropZone";
import { UploadState } from "../request/FileList";

const isCandidate = (f: FileItem) =>
	/\.(json|ya?ml)$/i.test(f.path) || /^(object\.(json|yaml)|file\.text)$/.test(f.kind);

export function Import({ w, done }: { w: string; done: (c: Catalogue) => void }) {
	const list = useLoad(`files ${w}`, (s) => api.listFiles(w, s));
	const [chosen, choose] = useState("");
	const [busy, setBusy] = useState<string | null>(null);
	const [failed, setFailed] = useState<{ name: string; error: ApiError } | null>(null);
	const files = list.value?.filter(isCandidate) ?? [];
	const [mine, setMine] = useState<string | null>(null);
	const moving = uploads.value.find((u) => u.w === w && u.path === mine && u.state !== "done");
	const go = async (f: FileItem) => {
		setBusy(f.path);
		setFailed(null);
		try {
			const before = Date.now();
			const c = await api.importApi(w, f.id);
			const isNew = Date.parse(c.created_at) > before - 60_000;
			const title = c.title || t.apis.untitled;
			announce(isNew ? t.apis.imported(title, c.operations) : t.apis.known(title));
			done(c);
		} catch (e) {
			setFailed({ name: baseName(f.path), error: e as ApiError });
		} finally {
			setBusy(null);
		}
	};
	const drop = (dropped: File[]) => {
		const file = dropped[0];
		if (!file) return;
		const path = pathFor(file.name, "apis");
		setMine(path);
		upload(w, [{ file, path }], (item) => {
			list.reload();
			void go(item);
		});
	};
	const words = failed && errorWords(failed.error);
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
						if (f) void go(f);
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
					<button type="submit" class="btn primary" disabled={!chosen || busy !== null}>
						{t.apis.importGo}
					</button>
				</form>
			)}
			{files.length === 0 && list.value && <p class="muted">{t.apis.noCandidates}</p>}
			<DropZone add={drop} id="api-file" />
			{moving && <UploadState u={moving} name={baseName(moving.path)} />}
			{busy && (
				<p role="status" class="muted">
					{t.apis.importing}
				</p>
			)}
			{failed && words && (
				<Banner tone="bad" role="alert" title={t.apis.importFailed(failed.name)}>
					<p>{words.what || words.title}</p>
					{failed.error.status === 422 ? <p>{t.apis.importNeeds}</p> : <p>{words.todo}</p>}
					{words.code && <p class="code">{words.code}</p>}
				</Banner>
			)}
		</section>
	);
}
