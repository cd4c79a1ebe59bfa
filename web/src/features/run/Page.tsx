/* SPDX-License-Identifier: Apache-2.0 */
/* A run: first what was promised and made, then the parts. Live while it goes on. */
import { useEffect, useRef } from "preact/hooks";
import * as api from "../../api/calls";
import type { Run } from "../../api/types";
import { useLoad } from "../../models/load";
import { isOver, useRun } from "../../models/run";
import { findWorkspace } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner, StatePill, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { Tabs } from "../../ui/Tabs";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { between, fullTime, ms, titleOf, when } from "../../ui/format";
import { runLook, stepLook } from "../../ui/state";
import { Actions } from "./Actions";
import { Evidence } from "./Evidence";
import { Hero } from "./Hero";
import { Limits } from "./Limits";
import { Results } from "./Results";
import { doneSteps } from "./run.utils";
import { Steps } from "./Steps";

type Tab = "results" | "steps" | "limits" | "evidence";

/* what changed since the last look is said once */
function useTell(r: Run | undefined): void {
	const last = useRef<Run | undefined>(undefined);
	useEffect(() => {
		const before = last.current;
		last.current = r;
		if (!r || !before || before.id !== r.id) return;
		if (isOver(r) && !isOver(before)) return announce(t.run.announceOver(runLook[r.state].word));
		const changed = r.steps.find(
			(s) =>
				before.steps.find((b) => b.step_id === s.step_id)?.state !== s.state && s.state !== "ready",
		);
		if (changed) announce(t.run.announceStep(changed.label, stepLook(changed.state, false).word));
	}, [r]);
}

/* plan and receipts, read only where they are shown, and again when a step has ended */
function Proof({ w, r, tab }: { w: string; r: Run; tab: "limits" | "evidence" }) {
	const plan = useLoad(`plan ${w} ${r.plan_id}`, (s) => api.getPlan(w, r.plan_id, s));
	const receipts = useLoad(`receipts ${w} ${r.id}`, (s) => api.listReceipts(w, r.id, null, s));
	const ended = r.steps.filter((s) => s.state === "done" || s.state === "failed").length;
	const seen = useRef(ended);
	useEffect(() => {
		if (seen.current !== ended) receipts.reload();
		seen.current = ended;
	}, [ended]);
	const error = plan.error ?? receipts.error;
	if (error && !(plan.value && receipts.value))
		return (
			<ErrorText
				error={error}
				acts={
					<button
						type="button"
						class="btn small"
						onClick={() => {
							plan.reload();
							receipts.reload();
						}}
					>
						{t.app.retry}
					</button>
				}
			/>
		);
	if (!plan.value || !receipts.value) return <Waiting />;
	return tab === "limits" ? (
		<Limits r={r} plan={plan.value} receipts={receipts.value} />
	) : (
		<Evidence w={w} r={r} plan={plan.value} receipts={receipts.value} />
	);
}

export function RunPage({ w, p }: { w: string; p: Record<string, string> }) {
	const live = useRun(w, p.run as string);
	const r = live.run.value;
	const tab = (p.tab ?? "results") as Tab;
	useTell(r);
	const error = live.error.value;
	if (!r)
		return error ? (
			<ErrorPage
				error={error}
				retry={live.refresh}
				home={`/w/${w}`}
				role={t.app.role[findWorkspace(w)?.role ?? "viewer"]}
			/>
		) : (
			<Waiting lines={8} />
		);
	const took = isOver(r) ? between(r.created_at, r.ended_at) : null;
	const base = `/w/${w}/runs/${r.id}`;
	const done = doneSteps(r);
	return (
		<>
			<PageHead
				title={titleOf(r.objective)}
				pill={
					<StatePill
						look={runLook[r.state]}
						text={r.state === "running" ? t.run.stepOf(done, r.steps.length) : undefined}
					/>
				}
				sub={
					<>
						<span title={fullTime(r.created_at)}>{t.run.sub(when(r.created_at))}</span>
						{took !== null && `, ${t.run.took(ms(took))}`}
						{" · "}
						<a href={`/w/${w}/plans/${r.plan_id}`}>{t.run.plan}</a>{" "}
						<Hash value={r.plan_hash} what={t.plan.hashWhat} />
					</>
				}
			>
				<Actions w={w} r={r} refresh={live.refresh} />
			</PageHead>
			{live.link.value === "lost" && (
				<Banner tone="warn" role="status">
					<p>{t.run.lost}</p>
				</Banner>
			)}
			<Hero w={w} r={r} phases={live.phases.value} />
			<Tabs
				label={t.run.tabsLabel}
				items={[
					{
						href: base,
						text: t.run.tabs.results,
						isOn: tab === "results",
						n: r.deliverables.length,
					},
					{
						href: `${base}/steps`,
						text: t.run.tabs.steps,
						isOn: tab === "steps",
						n: r.steps.length,
					},
					{ href: `${base}/limits`, text: t.run.tabs.limits, isOn: tab === "limits" },
					{ href: `${base}/evidence`, text: t.run.tabs.evidence, isOn: tab === "evidence" },
				]}
			/>
			<div class="stack">
				{tab === "results" && <Results w={w} r={r} />}
				{tab === "steps" && <Steps w={w} r={r} phases={live.phases.value} />}
				{(tab === "limits" || tab === "evidence") && <Proof w={w} r={r} tab={tab} />}
			</div>
		</>
	);
}
