/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the workspace, and the place to add more. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import { encodePath } from "../../api/client";
import type { FileItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { may } from "../../models/session";
import {
	forgetUpload,
	pathFor,
	retryUpload,
	stopUpload,
	upload,
	uploads,
} from "../../models/uploads";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Empty, Pill, Waiting } from "../../ui/bits";
import { PageHead } from "../../ui/PageHead";
import { ErrorPage } from "../../ui/ErrorView";
import { baseName, bytes, num, when } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { DropZone } from "../request/DropZone";
import { UploadState } from "../request/FileList";
import { verdictOf } from "../request/request.hooks";

function Rows({ w, files }: { w: string; files: FileItem[] }) {
	const C = t.files.col;
	return (
		<div class="scroll card flush" tabIndex={0} role="group" aria-label={t.files.title}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{C.name}</th>
						<th scope="col">{C.verdict}</th>
						<th scope="col" class="wide">
							{C.kind}
						</th>
						<th scope="col" class="wide">
							{C.entity}
						</th>
						<th scope="col" class="n">
							{C.rows}
						</th>
						<th scope="col" class="n wide">
							{C.size}
						</th>
						<th scope="col" class="wide">
							{C.at}
						</th>
					</tr>
				</thead>
				<tbody>
					{files.map((f) => (
						<tr key={f.path}>
							<th scope="row">
								<a href={`/w/${w}/files/${encodePath(f.path)}`}>{baseName(f.path)}</a>
								<span class="muted line">
									{f.path.includes("/") && f.path.slice(0, f.path.lastIndexOf("/") + 1)}
								</span>
							</th>
							<td>
								<Pill tone={f.parse.ok ? "ok" : "bad"} icon={f.parse.ok ? "tick" : "cross"}>
									{f.parse.ok ? t.files.ok : t.files.bad}
								</Pill>
								{!f.parse.ok && <span class="say bad">{verdictOf(f)}</span>}
							</td>
							<td class="wide">
								<code>{f.kind}</code>
							</td>
							<td class="wide">
								{f.entity ? (
									<code>{f.entity}</code>
								) : (
									f.likely && <span class="muted">{t.files.likelyShort(f.likely.label)}</span>
								)}
							</td>
							<td class="n">{f.rows !== null && num(f.rows)}</td>
							<td class="n nowrap wide">{bytes(f.bytes)}</td>
							<td class="nowrap wide">{when(f.created_at)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function FilesPage({ w }: { w: string }) {
	const list = useLoad(`files ${w}`, (s) => api.listFiles(w, s));
	const [filter, setFilter] = useState("");
	const moving = uploads.value.filter((u) => u.w === w && u.state !== "done");
	if (list.error && !list.value)
		return <ErrorPage error={list.error} retry={list.reload} home={`/w/${w}`} />;
	if (!list.value) return <Waiting lines={6} />;
	const shown = list.value.filter((f) => f.path.toLowerCase().includes(filter.toLowerCase()));
	const add = (files: File[]) =>
		upload(
			w,
			files.map((file) => ({ file, path: pathFor(file.name) })),
			(item) => {
				announce(t.files.arrived(baseName(item.path), verdictOf(item)));
				list.reload();
			},
		);
	return (
		<>
			<PageHead title={t.files.title} sub={t.files.lead} />
			{may(w, "editor") && <DropZone add={add} id="files" />}
			{moving.length > 0 && (
				<ul class="file-list">
					{moving.map((u) => {
						const name = baseName(u.path);
						const isOver = u.state === "failed" || u.state === "stopped";
						return (
							<li key={u.key} class={u.state === "failed" ? "file bad" : "file"}>
								<div class="file-main">
									<span class="file-name">{name}</span>
									<span class="muted">{bytes(u.file.size)}</span>
								</div>
								<div class="file-acts">
									{isOver && (
										<button
											type="button"
											class="btn small"
											aria-label={t.files.retry(name)}
											onClick={() => retryUpload(u.key)}
										>
											{t.app.retry}
										</button>
									)}
									<button
										type="button"
										class="icon-btn"
										aria-label={t.files.cancel(name)}
										onClick={() => (isOver ? forgetUpload : stopUpload)(u.key)}
									>
										<Icon name="cross" size={14} />
									</button>
								</div>
								<UploadState u={u} name={name} />
							</li>
						);
					})}
				</ul>
			)}
			{list.value.length === 0 ? (
				<Empty text={t.files.empty} />
			) : (
				<>
					{list.value.length > 8 && (
						<div class="bar-line">
							<label class="inline">
								{t.files.filter}
								<input
									type="search"
									value={filter}
									onInput={(e) => setFilter(e.currentTarget.value)}
								/>
							</label>
						</div>
					)}
					{shown.length ? <Rows w={w} files={shown} /> : <Empty text={t.work.emptyFilter} />}
				</>
			)}
		</>
	);
}
