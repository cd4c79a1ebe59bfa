/* SPDX-License-Identifier: Apache-2.0 */
/* One file: what Forge found in it, and the rows themselves. */
import * as api from "../../api/calls";
import type { FileItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { query } from "../../models/router";
import { findWorkspace } from "../../models/session";
import { uploads } from "../../models/uploads";
import { ApiError } from "../../api/client";
import { t } from "../../strings/en";
import { Banner, Card, Facts, Pill, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { CodeView } from "../../ui/CodeView";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { baseName, bytes, fullTime, num, sentence } from "../../ui/format";
import { UploadState } from "../request/FileList";
import { CatalogLink } from "../shared/CatalogLink";
import { verdictOf } from "../request/request.hooks";
import { Actions } from "./Actions";
import { Checked } from "./Checked";
import { Columns } from "./Columns";
import { Likely } from "./Likely";
import { Related } from "./Related";
import { RowsView } from "./RowsView";
import { summaryText } from "./files.utils";

const TEXT_BYTES_MAX = 1_000_000;

function TextOf({ w, f }: { w: string; f: FileItem }) {
	const text = useLoad(`text ${w} ${f.sha256}`, async (s) =>
		new TextDecoder().decode(await api.getBytes(api.fileUrl(w, f.path), s)),
	);
	if (text.error) return <ErrorText error={text.error} />;
	return text.value === undefined ? (
		<Waiting lines={6} />
	) : (
		<CodeView source={text.value} language="text" label={baseName(f.path)} />
	);
}

export function FilePage({ w, p }: { w: string; p: Record<string, string> }) {
	const path = p.path as string;
	const list = useLoad(`files ${w}`, (s) => api.listFiles(w, s));
	const f = list.value?.find((x) => x.path === path);
	const profile = useLoad(f ? `profile ${w} ${f.sha256} ${path}` : null, (s) =>
		api.getFileProfile(w, path, s),
	);
	const detection = useLoad(f?.parse.ok ? `detect ${w} ${f.sha256} ${path}` : null, (s) =>
		api.getFileDetection(w, path, s),
	);
	const home = `/w/${w}`;
	if (list.error && !list.value)
		return (
			<ErrorPage
				error={list.error}
				retry={list.reload}
				home={home}
				role={t.app.role[findWorkspace(w)?.role ?? "viewer"]}
			/>
		);
	if (!list.value || (!f && list.isLoading)) return <Waiting lines={8} />;
	if (!f)
		return (
			<ErrorPage
				error={new ApiError({ title: t.error.notFound, status: 404, code: "" })}
				home={home}
			/>
		);
	const moving = uploads.value.find((u) => u.w === w && u.path === path && u.state !== "done");
	const row = Number(query("row") ?? 0);
	const mark = row > 0 ? { row, column: Number(query("column") ?? 0) } : null;
	const F = t.files.facts;
	const hasRows = (profile.value?.columns?.length ?? 0) > 0 && f.parse.ok;
	const isText = !hasRows && f.kind.startsWith("text.") && Number(f.bytes) <= TEXT_BYTES_MAX;
	return (
		<>
			<PageHead
				title={baseName(path)}
				back={{ href: `/w/${w}/files`, text: t.files.title }}
				pill={
					<Pill tone={f.parse.ok ? "ok" : "bad"} icon={f.parse.ok ? "tick" : "cross"}>
						{f.parse.ok ? t.files.ok : t.files.bad}
					</Pill>
				}
			>
				<Actions w={w} f={f} reload={list.reload} />
			</PageHead>
			{moving && <UploadState u={moving} name={baseName(path)} />}
			{!f.parse.ok && (
				<Banner tone="bad" title={t.files.notParsed} role="alert">
					<p>{verdictOf(f)}</p>
				</Banner>
			)}
			<Facts
				isAcross
				items={[
					[F.path, f.path],
					[F.kind, <CatalogLink key="k" w={w} type="kind" id={f.kind} />],
					[
						F.entity,
						f.entity ? (
							<CatalogLink key="e" w={w} type="entity" id={f.entity} />
						) : (
							<span key="e" class="muted">
								{f.likely ? t.files.likelyShort(f.likely.label) : t.files.noEntity}
							</span>
						),
					],
					!!profile.value?.encoding && [F.encoding, profile.value.encoding],
					f.rows !== null && [F.rows, num(f.rows)],
					[F.size, bytes(f.bytes)],
					[F.added, fullTime(f.created_at)],
					[F.sha, <Hash key="h" value={f.sha256} what={F.sha} />],
				]}
			/>
			{f.notes?.map((n) => (
				<Banner key={n} tone="warn">
					<p>{sentence(n)}</p>
				</Banner>
			))}
			{profile.value?.notes?.map((n) => (
				<Banner key={n} tone="accent">
					<p>{sentence(n)}</p>
				</Banner>
			))}
			{profile.error && f.parse.ok && (
				<ErrorText
					error={profile.error}
					acts={
						<button type="button" class="btn small" onClick={profile.reload}>
							{t.app.retry}
						</button>
					}
				/>
			)}
			{!profile.value && !profile.error && <Waiting />}
			{profile.value?.summary && !hasRows && (
				<Card title={t.files.inside} id="inside">
					<Facts
						items={Object.entries(profile.value.summary).map(([k, v]) => [
							k.replaceAll("_", " "),
							summaryText(v),
						])}
					/>
				</Card>
			)}
			{detection.error && <ErrorText error={detection.error} />}
			{detection.value && <Likely w={w} d={detection.value} />}
			{f.parse.ok && (detection.value || detection.error) && (
				<Checked w={w} f={f} d={detection.value} />
			)}
			{hasRows && profile.value && <Columns p={profile.value} />}
			{hasRows && <Related w={w} path={path} state={list.value.map((x) => x.sha256).join()} />}
			{hasRows && (
				<section class="stack" aria-labelledby="rows-h">
					<h2 id="rows-h">{t.files.preview}</h2>
					<RowsView key={f.sha256} w={w} path={path} total={f.rows} mark={mark} />
				</section>
			)}
			{isText && (
				<section class="stack">
					<h2>{t.files.text}</h2>
					<TextOf w={w} f={f} />
				</section>
			)}
			{profile.value && !hasRows && !isText && f.parse.ok && (
				<p class="muted">{t.files.previewNone}</p>
			)}
		</>
	);
}
