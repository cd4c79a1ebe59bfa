/* SPDX-License-Identifier: Apache-2.0 */
/* One imported API: its operations, found by words, tag and method. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { Catalogue, Operation } from "../../api/types";
import { clearLoads, useLoad } from "../../models/load";
import { navigate, query, setQuery } from "../../models/router";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Empty, Facts, Pill, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { Confirm } from "../../ui/Dialog";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { bytes, fullTime, sentence } from "../../ui/format";
import { PageHead } from "../../ui/PageHead";
import { VirtualList } from "../../ui/VirtualList";
import { OperationRow } from "./OperationRow";
import { StaleBanner } from "./Stale";
import { methodsOf, pickOperations } from "./search.utils";

const ROW_PX = 64;

function Operations({ w, c, all }: { w: string; c: Catalogue; all: Operation[] }) {
	const f = {
		words: query("q") ?? "",
		tag: query("tag") ?? "",
		method: query("method") ?? "",
		refusedOnly: query("refused") === "1",
	};
	const shown = pickOperations(all, f);
	if (!all.length) return <Empty text={t.apis.noOperations} />;
	return (
		<>
			<div class="bar-line start" role="search">
				<label class="inline">
					{t.apis.search}
					<input
						type="search"
						value={f.words}
						onInput={(e) => setQuery("q", e.currentTarget.value || null)}
					/>
				</label>
				{(c.tags?.length ?? 0) > 0 && (
					<label class="inline">
						{t.apis.tag}
						<select value={f.tag} onChange={(e) => setQuery("tag", e.currentTarget.value || null)}>
							<option value="">{t.apis.allTags}</option>
							{c.tags?.map((x) => (
								<option key={x.tag} value={x.tag}>
									{`${x.tag} (${x.n})`}
								</option>
							))}
						</select>
					</label>
				)}
				<label class="inline">
					{t.apis.method}
					<select
						value={f.method}
						onChange={(e) => setQuery("method", e.currentTarget.value || null)}
					>
						<option value="">{t.apis.allMethods}</option>
						{methodsOf(all).map((m) => (
							<option key={m}>{m}</option>
						))}
					</select>
				</label>
				{c.refused > 0 && (
					<label class="check">
						<input
							type="checkbox"
							checked={f.refusedOnly}
							onChange={(e) => setQuery("refused", e.currentTarget.checked ? "1" : null)}
						/>
						{t.apis.refusedOnly}
					</label>
				)}
				<span class="muted" role="status">
					{t.apis.found(shown.length, all.length)}
				</span>
			</div>
			{shown.length ? (
				<VirtualList
					label={t.apis.operations(shown.length)}
					n={shown.length}
					rowPx={ROW_PX}
					rowKey={(i) => (shown[i] as Operation).key}
					row={(i) => <OperationRow w={w} a={c.id} o={shown[i] as Operation} />}
				/>
			) : (
				<Empty text={t.apis.noneFound} />
			)}
		</>
	);
}

export function CataloguePage({ w, p }: { w: string; p: Record<string, string> }) {
	const a = p.api as string;
	const one = useLoad(`api ${w} ${a}`, (s) => api.getApi(w, a, s));
	const ops = useLoad(`operations ${w} ${a}`, (s) => api.listOperations(w, a, s));
	const [isAsking, asking] = useState(false);
	if (one.error && !one.value)
		return <ErrorPage error={one.error} retry={one.reload} home={`/w/${w}/apis`} />;
	const c = one.value;
	if (!c) return <Waiting lines={8} />;
	const title = c.title || t.apis.untitled;
	const F = t.apis.facts;
	return (
		<>
			<PageHead
				title={title}
				back={{ href: `/w/${w}/apis`, text: t.apis.title }}
				sub={t.apis.operations(c.operations)}
				pill={c.refused > 0 && <Pill tone="warn">{t.apis.refusedN(c.refused)}</Pill>}
			>
				{may(w, "editor") && (
					<button type="button" class="btn own-width" onClick={() => asking(true)}>
						{t.apis.delete}
					</button>
				)}
			</PageHead>
			<StaleBanner w={w} c={c} />
			<Facts
				isAcross
				items={[
					[F.dialect, c.dialect],
					c.version !== "" && [F.version, c.version],
					[F.server, c.server ? <code key="s">{c.server}</code> : t.apis.noServer],
					[F.file, c.path],
					[F.size, bytes(c.bytes)],
					[F.at, fullTime(c.created_at)],
					[F.sha, <Hash key="h" value={c.sha256} what={F.sha} />],
				]}
			/>
			{c.problems.length > 0 && (
				<details class="card">
					<summary>{t.apis.problems(c.problems.length)}</summary>
					<ul class="plain">
						{c.problems.map((d, i) => (
							<li key={i}>
								{sentence(d.message)} <code>{d.schema_pointer ?? d.pointer}</code>
							</li>
						))}
					</ul>
				</details>
			)}
			{ops.value ? (
				<Operations w={w} c={c} all={ops.value} />
			) : ops.error ? (
				<ErrorText error={ops.error} />
			) : (
				<Waiting lines={8} />
			)}
			{isAsking && (
				<Confirm
					title={t.apis.deleteTitle(title)}
					text={t.apis.deleteText}
					verb={t.apis.deleteGo}
					close={() => asking(false)}
					go={async () => {
						await api.removeApi(w, a);
						clearLoads(`apis ${w}`);
						clearLoads(`api ${w} ${a}`);
						announce(t.apis.deleted(title));
						navigate(`/w/${w}/apis`);
					}}
				/>
			)}
		</>
	);
}
