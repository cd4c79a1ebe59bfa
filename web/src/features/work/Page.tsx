/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that ran or was planned here, newest first. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { PlanItem, RunItem, RunState } from "../../api/types";
import { useLoad, type Loaded } from "../../models/load";
import { query } from "../../models/router";
import { t } from "../../strings/en";
import { Empty, StatePill, Waiting } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { Choice, Tabs } from "../../ui/Tabs";
import { ErrorPage } from "../../ui/ErrorView";
import { between, ms, titleOf, when } from "../../ui/format";
import { runLook } from "../../ui/state";
import { stepCount } from "./work.utils";

const STATES: (RunState | "all")[] = ["all", "running", "done", "failed", "cancelled"];

function List<T>({
	l,
	w,
	empty,
	children,
}: {
	l: Loaded<T[]>;
	w: string;
	empty: string;
	children: (items: T[]) => ComponentChildren;
}) {
	if (l.error && !l.value) return <ErrorPage error={l.error} retry={l.reload} home={`/w/${w}`} />;
	if (!l.value) return <Waiting lines={6} />;
	if (!l.value.length)
		return (
			<Empty text={empty}>
				<a class="btn primary" href={`/w/${w}`}>
					{t.work.new}
				</a>
			</Empty>
		);
	return <>{children(l.value)}</>;
}

function Runs({ w }: { w: string }) {
	const runs = useLoad(`runs ${w}`, (s) => api.listRuns(w, s));
	const [state, setState] = useState<RunState | "all">("all");
	return (
		<List l={runs} w={w} empty={t.work.empty}>
			{(items: RunItem[]) => {
				const shown = items.filter((r) => state === "all" || r.state === state);
				return (
					<>
						<Choice
							label={t.work.filter}
							value={state}
							set={setState}
							options={STATES.map((s) => ({
								value: s,
								text: s === "all" ? t.work.all : t.run.state[s],
							}))}
						/>
						{shown.length === 0 && <Empty text={t.work.emptyFilter} />}
						{shown.length > 0 && (
							<div class="scroll card flush" tabIndex={0} role="group" aria-label={t.work.runs}>
								<table class="list">
									<thead>
										<tr>
											<th scope="col">{t.work.col.title}</th>
											<th scope="col">{t.work.col.state}</th>
											<th scope="col" class="wide">
												{t.work.col.steps}
											</th>
											<th scope="col">{t.work.col.at}</th>
											<th scope="col" class="n wide">
												{t.work.col.took}
											</th>
										</tr>
									</thead>
									<tbody>
										{shown.map((r) => (
											<tr key={r.id}>
												<th scope="row">
													<a href={`/w/${w}/runs/${r.id}`}>{titleOf(r.objective)}</a>
												</th>
												<td>
													<StatePill look={runLook[r.state]} />
												</td>
												<td class="wide">{stepCount(r)}</td>
												<td>{when(r.created_at)}</td>
												<td class="n wide nowrap">
													{r.ended_at ? ms(between(r.created_at, r.ended_at)) : ""}
												</td>
											</tr>
										))}
									</tbody>
								</table>
							</div>
						)}
					</>
				);
			}}
		</List>
	);
}

function Plans({ w }: { w: string }) {
	const plans = useLoad(`plans ${w}`, (s) => api.listPlans(w, s));
	return (
		<List l={plans} w={w} empty={t.work.emptyPlans}>
			{(items: PlanItem[]) => (
				<div class="scroll card flush" tabIndex={0} role="group" aria-label={t.work.plans}>
					<table class="list">
						<thead>
							<tr>
								<th scope="col">{t.work.col.title}</th>
								<th scope="col" class="n wide">
									{t.work.col.steps}
								</th>
								<th scope="col">{t.work.col.made}</th>
								<th scope="col" class="wide">
									{t.work.col.hash}
								</th>
							</tr>
						</thead>
						<tbody>
							{items.map((x) => (
								<tr key={x.id}>
									<th scope="row">
										<a href={`/w/${w}/plans/${x.id}`}>{titleOf(x.objective)}</a>
									</th>
									<td class="n wide">{x.steps}</td>
									<td>{when(x.created_at)}</td>
									<td class="wide">
										<Hash value={x.plan_hash} what={t.plan.hashWhat} />
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
		</List>
	);
}

export function WorkPage({ w }: { w: string }) {
	const show = query("show") === "plans" ? "plans" : "runs";
	return (
		<>
			<PageHead title={t.work.title} sub={show === "plans" ? t.work.leadPlans : t.work.lead}>
				<a class="btn primary" href={`/w/${w}`}>
					{t.work.new}
				</a>
			</PageHead>
			<Tabs
				label={t.work.show}
				items={[
					{ href: `/w/${w}/work`, text: t.work.runs, isOn: show === "runs" },
					{ href: `/w/${w}/work?show=plans`, text: t.work.plans, isOn: show === "plans" },
				]}
			/>
			<div class="stack">{show === "plans" ? <Plans w={w} /> : <Runs w={w} />}</div>
		</>
	);
}
