/* SPDX-License-Identifier: Apache-2.0 */
/* The packs of a workspace: one's own and the standard ones, each with its switch. */
import * as api from "../../api/calls";
import type { Pack } from "../../api/types";
import { useLoad } from "../../models/load";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { Card, Empty, Waiting } from "../../ui/bits";
import { ErrorPage } from "../../ui/ErrorView";
import { PageHead } from "../../ui/PageHead";
import { Switch } from "./Switch";
import { Upload } from "./Upload";

function List({
	w,
	packs,
	label,
	changed,
}: {
	w: string;
	packs: Pack[];
	label: string;
	changed: () => void;
}) {
	const C = t.packs.col;
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={label}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{C.pack}</th>
						<th scope="col" class="wide">
							{C.version}
						</th>
						<th scope="col" class="wide">
							{C.holds}
						</th>
						<th scope="col">{C.on}</th>
					</tr>
				</thead>
				<tbody>
					{packs.map((p) => (
						<tr key={p.id} data-pack={p.id}>
							<th scope="row">
								<a href={`/w/${w}/packs/${p.id}`}>{p.label}</a>
								<span class="muted line">{p.id}</span>
							</th>
							<td class="wide nowrap">{p.version}</td>
							<td class="wide">{t.packs.holds(p.counts.entities, p.counts.playbooks)}</td>
							<td>
								<Switch w={w} pack={p} changed={changed} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function PacksPage({ w }: { w: string }) {
	const list = useLoad(`packs ${w}`, (s) => api.listPacks(w, s));
	if (list.error && !list.value)
		return <ErrorPage error={list.error} retry={list.reload} home={`/w/${w}`} />;
	if (!list.value) return <Waiting lines={8} />;
	const own = list.value.filter((p) => p.origin === "own");
	const standard = list.value.filter((p) => p.origin === "standard");
	return (
		<>
			<PageHead title={t.packs.title} sub={t.packs.lead} />
			{may(w, "owner") ? (
				<Upload w={w} changed={list.reload} />
			) : (
				<p class="muted">{t.packs.onlyOwners}</p>
			)}
			<Card title={t.packs.own} id="own-packs">
				{own.length ? (
					<List w={w} packs={own} label={t.packs.own} changed={list.reload} />
				) : (
					<Empty text={t.packs.ownEmpty} />
				)}
			</Card>
			<Card title={t.packs.standard} id="standard-packs">
				<List w={w} packs={standard} label={t.packs.standard} changed={list.reload} />
			</Card>
		</>
	);
}
