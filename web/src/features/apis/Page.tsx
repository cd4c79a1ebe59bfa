/* SPDX-License-Identifier: Apache-2.0 */
/* The APIs of the workspace, and the way to import one more. */
import * as api from "../../api/calls";
import type { Catalogue } from "../../api/types";
import { useLoad } from "../../models/load";
import { navigate } from "../../models/router";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { Empty, Pill, Waiting } from "../../ui/bits";
import { ErrorPage } from "../../ui/ErrorView";
import { num, when } from "../../ui/format";
import { PageHead } from "../../ui/PageHead";
import { Import } from "./Import";
import { StalePill } from "./Stale";

function List({ w, apis }: { w: string; apis: Catalogue[] }) {
	const C = t.apis.col;
	return (
		<div class="scroll card flush" tabIndex={0} role="group" aria-label={t.apis.list}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{C.title}</th>
						<th scope="col" class="wide">
							{C.version}
						</th>
						<th scope="col" class="wide">
							{C.dialect}
						</th>
						<th scope="col" class="n">
							{C.operations}
						</th>
						<th scope="col" class="wide">
							{C.at}
						</th>
					</tr>
				</thead>
				<tbody>
					{apis.map((a) => (
						<tr key={a.id} data-api={a.id}>
							<th scope="row">
								<a href={`/w/${w}/apis/${a.id}`}>{a.title || t.apis.untitled}</a>
								<span class="muted line">{a.path}</span>
								<StalePill a={a} all={apis} />
							</th>
							<td class="wide">{a.version}</td>
							<td class="nowrap wide">{a.dialect}</td>
							<td class="n">
								{num(a.operations)}
								{a.refused > 0 && (
									<span class="line">
										<Pill tone="warn">{t.apis.refusedN(a.refused)}</Pill>
									</span>
								)}
							</td>
							<td class="nowrap wide">{when(a.created_at)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function ApisPage({ w }: { w: string }) {
	const list = useLoad(`apis ${w}`, (s) => api.listApis(w, s));
	if (list.error && !list.value)
		return <ErrorPage error={list.error} retry={list.reload} home={`/w/${w}`} />;
	if (!list.value) return <Waiting lines={6} />;
	return (
		<>
			<PageHead title={t.apis.title} sub={t.apis.lead} />
			{may(w, "editor") ? (
				<Import w={w} done={(c) => navigate(`/w/${w}/apis/${c.id}`)} changed={list.reload} />
			) : (
				<p class="muted">{t.apis.onlyEditors}</p>
			)}
			{list.value.length ? <List w={w} apis={list.value} /> : <Empty text={t.apis.empty} />}
		</>
	);
}
