/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a request, each with how it stands: on its way, read, or why it cannot be read. */
import { useRef } from "preact/hooks";
import { errorWords } from "../../ui/ErrorView";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { baseName, bytes, sentence } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { retryUpload, stopUpload, type Upload } from "../../models/uploads";
import { verdictOf, type Attached, type Request } from "./request.hooks";

export function UploadState({ u, name }: { u: Upload; name: string }) {
	if (u.state === "failed" || u.state === "stopped") {
		const w = u.error ? errorWords(u.error) : null;
		return (
			<p
				class={u.state === "failed" ? "say bad" : "say"}
				role={u.state === "failed" ? "alert" : undefined}
			>
				{u.state === "stopped" || !w
					? t.files.stopped
					: [w.title, w.what].filter(Boolean).map(sentence).join(" ")}
			</p>
		);
	}
	const part = u.file.size ? Math.floor((u.sent / u.file.size) * 100) : 100;
	return (
		<div class="say">
			<progress
				max={100}
				value={u.state === "sending" ? part : u.state === "checking" ? undefined : 0}
				aria-label={name}
			/>
			<span>
				{u.state === "waiting"
					? t.files.waiting
					: u.state === "checking"
						? t.files.checking
						: t.files.sending(part)}
			</span>
		</div>
	);
}

function Row({ f, r }: { f: Attached; r: Request }) {
	const name = baseName(f.path);
	const u = f.upload;
	const picker = useRef<HTMLInputElement>(null);
	const isMoving = u && (u.state === "waiting" || u.state === "sending" || u.state === "checking");
	const isBad = !u && f.item && !f.item.parse.ok;
	const size = f.item?.bytes ?? u?.file.size;
	return (
		<li class={isBad || f.isGone || u?.state === "failed" ? "file bad" : "file"} data-path={f.path}>
			<div class="file-main">
				<span class="file-name" title={f.path}>
					{name}
				</span>
				{size !== undefined && <span class="muted">{bytes(size)}</span>}
				{!u && f.item?.parse.ok && (
					<>
						<Pill tone="ok" icon="tick">
							{verdictOf(f.item)}
						</Pill>
						{f.item.entity && <span class="muted entity">{f.item.entity}</span>}
					</>
				)}
				{isBad && (
					<Pill tone="bad" icon="cross">
						{t.files.bad}
					</Pill>
				)}
				{f.isGone && (
					<Pill tone="bad" icon="cross">
						{t.files.gone}
					</Pill>
				)}
			</div>
			<div class="file-acts">
				{u && !isMoving && (
					<button
						type="button"
						class="btn small"
						aria-label={t.files.retry(name)}
						onClick={() => retryUpload(u.key)}
					>
						{t.app.retry}
					</button>
				)}
				{(isBad || f.isGone) && (
					<>
						<input
							ref={picker}
							type="file"
							class="vh"
							tabIndex={-1}
							aria-hidden="true"
							onChange={(e) => {
								const file = e.currentTarget.files?.[0];
								if (file) r.replace(f.path, file);
								e.currentTarget.value = "";
							}}
						/>
						<button type="button" class="btn small" onClick={() => picker.current?.click()}>
							{t.files.replace(name)}
						</button>
					</>
				)}
				<button
					type="button"
					class="icon-btn"
					aria-label={isMoving ? t.files.cancel(name) : t.files.remove(name)}
					title={isMoving ? t.files.cancel(name) : t.files.remove(name)}
					onClick={() => (isMoving ? stopUpload(u.key) : r.remove(f.path))}
				>
					<Icon name="cross" size={14} />
				</button>
			</div>
			{u && <UploadState u={u} name={name} />}
			{isBad && f.item && <p class="say bad">{verdictOf(f.item)}</p>}
		</li>
	);
}

export const FileList = ({ r }: { r: Request }) =>
	r.files.length ? (
		<ul class="file-list" aria-label={t.files.list}>
			{r.files.map((f) => (
				<Row key={f.path} f={f} r={r} />
			))}
		</ul>
	) : null;
