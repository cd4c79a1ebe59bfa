/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One result, shown as what it is. Reports are strangers: they get a frame without scripts, forms
 * or our origin. What is read here is hashed here, and said to match only if it does.
 */
import * as api from "../../api/calls";
import type { RunDeliverable } from "../../api/types";
import { useLoad } from "../../models/load";
import { useRun } from "../../models/run";
import { findWorkspace } from "../../models/session";
import { t } from "../../strings/en";
import { Facts, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { baseName, bytes, titleOf } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Body } from "./Body";
import { MatchPill, useMatch } from "./Match";
import { lookOf, SHOWN_BYTES_MAX } from "./out.utils";

export function OutPage({ w, p }: { w: string; p: Record<string, string> }) {
	const live = useRun(w, p.run as string);
	const r = live.run.value;
	const path = p.path as string;
	const promised = r?.deliverables.find((x) => x.path === path);
	/* a file that a step made without promising it to the person: found in the receipts' outputs */
	const step = useLoad(r && !promised ? `outs ${w} ${r.id}` : null, async (s) => {
		const all = await Promise.all(
			(r?.steps ?? []).map((x) => api.getStep(w, r?.id ?? "", x.step_id, s)),
		);
		return all.flatMap((x) =>
			x.outputs.map((o): RunDeliverable => ({
				path: o.path,
				label: baseName(o.path),
				kind: o.kind,
				sha256: o.sha256,
				bytes: o.bytes,
				step_id: x.step_id,
				state: "verified",
			})),
		);
	});
	const d: RunDeliverable | undefined = promised ?? step.value?.find((x) => x.path === path);
	const look = d ? lookOf(d.kind, d.path) : "other";
	const url = api.artifactUrl(w, p.run as string, path);
	const isRead = !!d?.sha256 && look !== "other" && Number(d.bytes) <= SHOWN_BYTES_MAX;
	const data = useLoad(isRead ? `bytes ${w} ${p.run} ${d.sha256}` : null, (s) =>
		api.getBytes(url, s),
	);
	const match = useMatch(data.value, d?.sha256 ?? null);
	const error = live.error.value ?? step.error;
	if (error && !r)
		return (
			<ErrorPage
				error={error}
				retry={live.refresh}
				home={`/w/${w}`}
				role={t.app.role[findWorkspace(w)?.role ?? "viewer"]}
			/>
		);
	if (!r || (!d && !step.value && !step.error)) return <Waiting lines={8} />;
	const back = { href: `/w/${w}/runs/${r.id}`, text: titleOf(r.objective) };
	if (!d?.sha256)
		return (
			<>
				<PageHead title={d?.label ?? baseName(path)} back={back} sub={t.out.notMade} />
				<p>{t.out.notMadeDo}</p>
			</>
		);
	const by = r.steps.find((x) => x.step_id === d.step_id);
	return (
		<>
			<PageHead title={d.label} back={back} pill={<MatchPill m={match} />} sub={d.path}>
				<a class="btn" href={url} target="_blank" rel="noopener">
					{t.out.openNew}
					<Icon name="open" size={16} />
				</a>
				<a class="btn" href={api.download(url)} download={baseName(d.path)}>
					{t.out.download}
					<Icon name="down" size={16} />
				</a>
			</PageHead>
			<Facts
				isAcross
				items={[
					[t.out.kind, <code key="k">{d.kind}</code>],
					[t.out.size, bytes(d.bytes)],
					by && [
						t.out.madeBy,
						<a key="b" href={`/w/${w}/runs/${r.id}/steps/${encodeURIComponent(by.step_id)}`}>
							{by.label}
						</a>,
					],
					[t.out.sha, <Hash key="h" value={d.sha256} what={t.out.sha} />],
				]}
			/>
			{data.error && (
				<ErrorText
					error={data.error}
					acts={
						<button type="button" class="btn small" onClick={data.reload}>
							{t.app.retry}
						</button>
					}
				/>
			)}
			<Body look={look} data={data.value} d={d} url={url} />
		</>
	);
}
