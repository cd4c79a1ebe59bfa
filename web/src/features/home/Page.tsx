/* SPDX-License-Identifier: Apache-2.0 */
/* Home: say what you need, give the files, make a plan; and what happened lately. */
import * as api from "../../api/calls";
import { useLoad } from "../../models/load";
import { navigate } from "../../models/router";
import { findWorkspace, may } from "../../models/session";
import { t } from "../../strings/en";
import { Banner, Card, Empty, StatePill, Waiting } from "../../ui/bits";
import { PageHead } from "../../ui/PageHead";
import { ErrorText } from "../../ui/ErrorView";
import { titleOf, when } from "../../ui/format";
import { runLook } from "../../ui/state";
import { RequestForm } from "../request/RequestForm";
import { useRequest } from "../request/request.hooks";
import { useSubmit } from "../request/submit.hooks";
import { WhatFits } from "../request/WhatFits";
import { stepCount } from "../work/work.utils";

const RECENT_MAX = 6;

function Recent({ w }: { w: string }) {
	const runs = useLoad(`recent ${w}`, (s) => api.recentRuns(w, RECENT_MAX, s));
	return (
		<Card title={t.home.recent} id="recent" acts={<a href={`/w/${w}/work`}>{t.home.recentAll}</a>}>
			{runs.error && (
				<ErrorText
					error={runs.error}
					acts={
						<button type="button" class="btn small" onClick={runs.reload}>
							{t.app.retry}
						</button>
					}
				/>
			)}
			{!runs.value && !runs.error && <Waiting lines={3} />}
			{runs.value?.length === 0 && <Empty text={t.home.empty} />}
			{runs.value && runs.value.length > 0 && (
				<ul class="rows">
					{runs.value.map((r) => (
						<li key={r.id}>
							<a href={`/w/${w}/runs/${r.id}`}>{titleOf(r.objective)}</a>
							<span class="muted">{when(r.created_at)}</span>
							<StatePill
								look={runLook[r.state]}
								text={r.state === "running" ? stepCount(r) : undefined}
							/>
						</li>
					))}
				</ul>
			)}
		</Card>
	);
}

export function HomePage({ w }: { w: string }) {
	const r = useRequest(w);
	const { box, problem, submit } = useSubmit(w, r, () => navigate(`/w/${w}/check`));
	const role = findWorkspace(w)?.role ?? "viewer";
	return (
		<>
			<PageHead title={t.home.title} tab={t.app.home} />
			{may(w, "editor") ? (
				<section class="card composer" aria-label={t.home.objective}>
					<RequestForm
						r={r}
						label={t.home.objective}
						isLabelHidden
						placeholder={t.home.placeholder}
						rows={5}
						problem={problem}
						box={box}
						submit={submit}
					>
						<div class="acts">
							<button type="submit" class="btn primary">
								{t.home.plan}
							</button>
							<span class="muted small">
								{t.home.nothingRuns}
								{(r.objective || r.files.length > 0) && ` ${t.home.saved}.`}
							</span>
							{r.objective.trim() && <WhatFits w={w} objective={r.objective} />}
						</div>
					</RequestForm>
				</section>
			) : (
				<Banner tone="accent">
					<p>{t.home.readOnly(t.app.role[role])}</p>
				</Banner>
			)}
			<Recent w={w} />
		</>
	);
}
