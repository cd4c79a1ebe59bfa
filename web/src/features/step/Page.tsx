/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step of a run: what went in and out, what was checked, every try, the program and what it
 * wrote.
 */
import { useEffect, useRef } from "preact/hooks";
import * as api from "../../api/calls";
import type { Receipt, Run, StepDetail } from "../../api/types";
import { useLoad } from "../../models/load";
import { query, where } from "../../models/router";
import { isOver, useRun } from "../../models/run";
import { findWorkspace } from "../../models/session";
import { t } from "../../strings/en";
import { Card, Facts, StatePill, Waiting } from "../../ui/bits";
import { Copy, Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { Tabs } from "../../ui/Tabs";
import { ErrorPage } from "../../ui/ErrorView";
import { ms, titleOf } from "../../ui/format";
import { JsonTree } from "../../ui/JsonTree";
import { stepLook } from "../../ui/state";
import { Failure } from "../shared/Failure";
import { lastPostflight } from "../shared/receipt.utils";
import { Makes, Reads } from "../shared/Typed";
import { Attempts } from "./Attempts";
import { Calls } from "./Calls";
import { Checks } from "./Checks";
import { Made } from "./Made";
import { Program } from "./Program";
import { Receipts } from "./Receipts";
import { Rules } from "./Rules";
import { Times } from "./Times";
import { Wrote } from "./Wrote";

const TABS = ["overview", "program", "receipts", "contract"] as const;
type Tab = (typeof TABS)[number];

function tabOf(): Tab {
	const asked = query("tab") as Tab | null;
	if (asked && TABS.includes(asked)) return asked;
	const { hash } = where.value;
	return hash.startsWith("#receipt-") ? "receipts" : /^#\d*L\d/.test(hash) ? "program" : "overview";
}

function Overview({
	w,
	r,
	s,
	receipts,
}: {
	w: string;
	r: Run;
	s: StepDetail;
	receipts: Receipt[];
}) {
	const label = (id: string) => r.steps.find((x) => x.step_id === id)?.label ?? id;
	const post = lastPostflight(receipts, s.step_id)?.facts;
	const c = s.contract;
	const f = s.state === "failed" ? s.error : null;
	return (
		<div class="two">
			<div class="stack">
				{f && <Failure w={w} f={f} />}
				<Card title={t.step.reads} id="reads">
					<Reads w={w} inputs={c.inputs} labelOf={label} />
				</Card>
				<Card title={t.step.makes} id="makes">
					{post?.outputs?.length ? (
						<Made w={w} run={r.id} c={c} post={post} />
					) : (
						<Makes w={w} outputs={c.outputs} />
					)}
				</Card>
				<Card title={t.step.checks} id="checks">
					<Checks c={c} post={post} />
				</Card>
				{post?.validators && post.validators.length > 0 && (
					<Card title={t.step.rules} id="rules">
						<Rules w={w} c={c} items={post.validators} />
					</Card>
				)}
				{post && <Calls post={post} />}
				<Card title={t.step.output} id="wrote">
					<Wrote w={w} attempts={s.attempts} />
				</Card>
			</div>
			<div class="stack side">
				<Card title={t.step.attempts} id="attempts">
					<Attempts w={w} attempts={s.attempts} />
				</Card>
				{post && (
					<Card title={t.step.times} id="times">
						<Times post={post} />
					</Card>
				)}
			</div>
		</div>
	);
}

export function StepPage({ w, p }: { w: string; p: Record<string, string> }) {
	const run = p.run as string;
	const id = p.step as string;
	const live = useRun(w, run);
	const r = live.run.value;
	const step = useLoad(`step ${w} ${run} ${id}`, (s) => api.getStep(w, run, id, s));
	const receipts = useLoad(`receipts ${w} ${run} ${id}`, (s) => api.listReceipts(w, run, id, s));
	/* a change of this step in the run is a reason to read it again */
	const mine = r?.steps.find((x) => x.step_id === id);
	const state = mine ? `${mine.state} ${mine.attempt}` : "";
	const seen = useRef(state);
	useEffect(() => {
		if (seen.current && seen.current !== state) {
			step.reload();
			receipts.reload();
		}
		seen.current = state;
	}, [state]);
	const error = step.error ?? live.error.value ?? receipts.error;
	const s = step.value;
	if (error && (!s || !r))
		return (
			<ErrorPage
				error={error}
				retry={() => {
					step.reload();
					live.refresh();
				}}
				home={`/w/${w}`}
				role={t.app.role[findWorkspace(w)?.role ?? "viewer"]}
			/>
		);
	if (!s || !r) return <Waiting lines={8} />;
	const base = `/w/${w}/runs/${run}/steps/${encodeURIComponent(id)}`;
	const tab = tabOf();
	const list = receipts.value ?? [];
	return (
		<>
			<PageHead
				title={s.label || s.contract.label}
				tab={`${s.label || s.contract.label} · ${titleOf(r.objective)}`}
				back={{ href: `/w/${w}/runs/${run}/steps`, text: titleOf(r.objective) }}
				pill={<StatePill look={stepLook(mine?.state ?? s.state, isOver(r))} />}
				sub={
					<>
						{t.plan.step(r.steps.findIndex((x) => x.step_id === id) + 1)} · <code>{s.step_id}</code>{" "}
						· {t.plan.contract} <Hash value={s.contract_hash} what={t.plan.contractHash} />
						{s.program_ms !== null &&
							s.program_ms !== undefined &&
							` · ${t.run.program} ${ms(s.program_ms)}, ${t.run.harness.toLowerCase()} ${ms(s.harness_ms)}`}
					</>
				}
			/>
			<p class="objective">{s.contract.objective}</p>
			<Tabs
				label={s.label}
				items={TABS.map((x) => ({
					href: x === "overview" ? base : `${base}?tab=${x}`,
					text: t.step.tabs[x],
					isOn: x === tab,
					n: x === "receipts" && list.length ? list.length : undefined,
				}))}
			/>
			{tab === "overview" && <Overview w={w} r={r} s={s} receipts={list} />}
			{tab === "program" && <Program w={w} c={s.contract} />}
			{tab === "receipts" && (
				<Receipts receipts={list} isLoading={receipts.isLoading && !receipts.value} />
			)}
			{tab === "contract" && (
				<Card
					title={t.step.contract}
					id="contract"
					acts={
						<Copy text={JSON.stringify(s.contract, null, 2)} what={t.step.contract} word="JSON" />
					}
				>
					<Facts
						items={[
							[
								t.plan.contract,
								<Hash key="h" value={s.contract_hash} what={t.plan.contractHash} />,
							],
						]}
					/>
					<JsonTree value={s.contract} open={2} />
				</Card>
			)}
		</>
	);
}
