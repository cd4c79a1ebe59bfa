/* SPDX-License-Identifier: Apache-2.0 */
/* The very program that ran, by the hash in the contract; or what Forge itself asked for. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { Contract } from "../../api/types";
import { useLoad } from "../../models/load";
import { navigate, where } from "../../models/router";
import { t } from "../../strings/en";
import { Card, Facts, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { CodeView, lineRange } from "../../ui/CodeView";
import { ErrorText } from "../../ui/ErrorView";
import { baseName, bytes } from "../../ui/format";

function Source({
	w,
	file,
	prefix,
}: {
	w: string;
	file: { path: string; sha256: string; bytes: string };
	prefix: string;
}) {
	const text = useLoad(`blob ${w} ${file.sha256}`, (s) => api.getBlobText(w, file.sha256, s));
	const isPython = file.path.endsWith(".py");
	return (
		<Card
			id={`program-${prefix || "1"}`}
			title={baseName(file.path)}
			acts={<Hash value={file.sha256} what={`SHA-256: ${baseName(file.path)}`} />}
		>
			<p class="muted small">
				{file.path} · {bytes(file.bytes)}
			</p>
			{!text.value && !text.error && <Waiting />}
			{text.error && (
				<ErrorText
					error={text.error}
					acts={
						<button type="button" class="btn small" onClick={text.reload}>
							{t.app.retry}
						</button>
					}
				/>
			)}
			{text.value !== undefined && (
				<CodeView
					source={text.value}
					language={isPython ? "python" : "text"}
					label={`${t.step.program} ${baseName(file.path)}`}
					prefix={prefix}
					hash={where.value.hash}
					setHash={(h) =>
						navigate(where.value.path + "?tab=program" + h, { replace: true, keepFocus: true })
					}
				/>
			)}
		</Card>
	);
}

/*
 * a file that the program brings along: read when it is opened, or when a link names a line of it
 */
function Beside(p: Parameters<typeof Source>[0]) {
	const [isOpen, setOpen] = useState(lineRange(where.value.hash, p.prefix) !== null);
	return (
		<details open={isOpen} onToggle={(e) => setOpen(e.currentTarget.open)}>
			<summary>
				{baseName(p.file.path)} <span class="muted small">{bytes(p.file.bytes)}</span>
			</summary>
			{isOpen && <Source {...p} />}
		</details>
	);
}

export function Program({ w, c }: { w: string; c: Contract }) {
	const x = c.execution;
	/* the program the command starts comes first, then what it brings along */
	const files = [...x.files].sort(
		(a, b) => Number(x.argv.includes(b.path)) - Number(x.argv.includes(a.path)),
	);
	return (
		<div class="stack">
			{x.argv.length > 0 && (
				<Facts
					items={[
						[
							t.step.command,
							<code key="c" class="wrap">
								{x.argv.join(" ")}
							</code>,
						],
					]}
				/>
			)}
			{x.fetch && (
				<Card title={t.step.fetch} id="fetch">
					<p>
						<code>{x.fetch.base_url}</code>
					</p>
					<ul class="plain">
						{x.fetch.requests.map((q) => (
							<li key={q.name}>
								<code>GET {q.path}</code>
								{q.for_each && <span class="muted"> {t.step.fetchEach(q.for_each)}</span>}
							</li>
						))}
					</ul>
				</Card>
			)}
			{!files.length && !x.fetch && <p class="muted">{t.step.programNone}</p>}
			{files.map((f, i) =>
				x.argv.includes(f.path) || files.length === 1 ? (
					<Source key={f.path} w={w} file={f} prefix={i === 0 ? "" : String(i + 1)} />
				) : (
					<Beside key={f.path} w={w} file={f} prefix={String(i + 1)} />
				),
			)}
		</div>
	);
}
