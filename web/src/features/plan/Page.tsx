/* SPDX-License-Identifier: Apache-2.0 */
/* A locked plan: everything it will do and the most it may do, before anything runs. */
import { useEffect } from "preact/hooks";
import * as api from "../../api/calls";
import type { Plan } from "../../api/types";
import { warningsOf } from "../../models/compile";
import { changeDraft } from "../../models/draft";
import { useLoad } from "../../models/load";
import { navigate, query, setQuery, where } from "../../models/router";
import { findWorkspace, may } from "../../models/session";
import { t } from "../../strings/en";
import { Card, Pill, StatePill, Waiting } from "../../ui/bits";
import { Rich } from "../../ui/rich";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { Choice } from "../../ui/Tabs";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { baseName, titleOf, when } from "../../ui/format";
import { Graph } from "../../ui/Graph";
import { runLook } from "../../ui/state";
import { Diagnostic } from "../compile/Diagnostic";
import { Passes } from "../request/Passes";
import { CatalogLink } from "../shared/CatalogLink";
import { MayDo } from "../shared/MayDo";
import { useStart } from "../shared/start.hooks";
import { graphOf, labelOf, passesOf } from "./plan.utils";
import { StepCard } from "./StepCard";

function Earlier({ w, plan }: { w: string; plan: string }) {
	const runs = useLoad(`runs ${w}`, (s) => api.listRuns(w, s));
	const mine = (runs.value ?? []).filter((r) => r.plan_id === plan);
	if (!mine.length) return null;
	return (
		<Card title={t.plan.previous} id="runs">
			<ul class="rows">
				{mine.slice(0, 5).map((r) => (
					<li key={r.id}>
						<a href={`/w/${w}/runs/${r.id}`}>{when(r.created_at)}</a>
						<StatePill look={runLook[r.state]} />
					</li>
				))}
			</ul>
		</Card>
	);
}

function Side({ plan, w }: { plan: Plan; w: string }) {
	return (
		<div class="stack side">
			<MayDo plan={plan} title={t.plan.mayDo} />
			<Card title={t.plan.promised} id="promised">
				<ul class="rows">
					{plan.deliverables.map((d) => (
						<li key={d.path}>
							<span class="grow">
								{d.label || baseName(d.path)}
								<span class="muted line">{d.path}</span>
							</span>
							<CatalogLink w={w} type="kind" id={d.kind} />
						</li>
					))}
				</ul>
			</Card>
			<Card title={t.plan.input} id="input">
				<ul class="rows">
					{plan.files.map((f) => (
						<li key={f.path}>
							<span class="grow">
								{baseName(f.path)}
								<span class="muted line">
									{f.entity && <CatalogLink w={w} type="entity" id={f.entity} />}
									{f.entity && f.rows !== null && " · "}
									{f.rows !== null && t.files.rows(f.rows)}
								</span>
							</span>
							<Hash value={f.sha256} what={`SHA-256: ${baseName(f.path)}`} />
						</li>
					))}
				</ul>
			</Card>
			<Card title={t.plan.why} id="why">
				{plan.playbook && <p>{t.plan.whyBook(plan.playbook.id, plan.playbook.version)}</p>}
				{(plan.notes ?? []).map((n, i) => (
					<p key={i}>
						<Rich text={n} />
					</p>
				))}
				<p class="muted">{t.plan.whyProfile(plan.profile.id, plan.profile.version)}</p>
				<details>
					<summary>{t.plan.objective}</summary>
					<pre class="wrap">{plan.objective}</pre>
				</details>
			</Card>
			<Earlier w={w} plan={plan.id} />
		</div>
	);
}

export function PlanPage({ w, p }: { w: string; p: Record<string, string> }) {
	const id = p.plan as string;
	const plan = useLoad(`plan ${w} ${id}`, (s) => api.getPlan(w, id, s));
	const run = useStart(w, id);
	const role = findWorkspace(w)?.role ?? "viewer";
	const view = query("view") === "graph" ? "graph" : "list";
	const hash = where.value.hash.slice(1);
	const v = plan.value;
	useEffect(() => {
		if (v && hash && view === "list")
			document.getElementById(hash)?.scrollIntoView({ block: "start" });
	}, [v !== undefined, hash, view]);
	if (plan.error && !v)
		return (
			<ErrorPage error={plan.error} retry={plan.reload} home={`/w/${w}`} role={t.app.role[role]} />
		);
	if (!v) return <Waiting lines={8} />;
	const label = labelOf(v);
	const change = () => {
		changeDraft(w, { objective: v.objective, files: v.files.map((f) => f.path) });
		navigate(`/w/${w}/check`);
	};
	return (
		<>
			<PageHead
				title={titleOf(v.objective || v.mission)}
				pill={
					<Pill tone="ok" icon="lock">
						{t.plan.ready}
					</Pill>
				}
				sub={
					<>
						{t.plan.sub(v.steps.length, v.files.length, v.deliverables.length)} {t.plan.hash}{" "}
						<Hash value={v.plan_hash} what={t.plan.hashWhat} />
						{t.plan.locked}
					</>
				}
			>
				{may(w, "editor") ? (
					<>
						<button type="button" class="btn" onClick={change}>
							{t.plan.change}
						</button>
						<button
							type="button"
							class="btn primary"
							aria-disabled={run.isBusy}
							onClick={run.start}
							data-testid="run"
						>
							{run.isBusy ? t.plan.running : t.plan.run}
						</button>
					</>
				) : (
					<p class="muted">{t.plan.cannot(t.app.role[role])}</p>
				)}
			</PageHead>
			{run.error && <ErrorText error={run.error} />}
			{warningsOf(id).map((d, i) => (
				<Diagnostic key={i} d={d} w={w} />
			))}
			<Passes passes={passesOf(v)} />
			<div class="two">
				<section class="stack" aria-label={t.plan.steps}>
					<div class="bar-line">
						<h2>{t.plan.steps}</h2>
						<Choice
							label={t.plan.view}
							value={view}
							set={(x) => setQuery("view", x === "list" ? null : x)}
							options={[
								{ value: "list", text: t.plan.asList },
								{ value: "graph", text: t.plan.asGraph },
							]}
						/>
					</div>
					{view === "graph" ? (
						<Graph steps={graphOf(v, (s) => `/w/${w}/plans/${id}#${s}`)} />
					) : (
						<ol class="stack bare">
							{v.steps.map((s, i) => (
								<StepCard
									key={s.step_id}
									w={w}
									s={s}
									n={i + 1}
									labelOf={label}
									isOn={hash === s.step_id}
								/>
							))}
						</ol>
					)}
				</section>
				<Side plan={v} w={w} />
			</div>
		</>
	);
}
