/* SPDX-License-Identifier: Apache-2.0 */
/* What uses a pack in this workspace, each with the way to it. */
import type { ComponentChildren } from "preact";
import * as api from "../../api/calls";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Card, Pill, Waiting } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { when } from "../../ui/format";

interface Line {
	key: string;
	href: string;
	text: string;
	more: ComponentChildren;
}

function Group({ title, all, lines }: { title: string; all: number; lines: Line[] }) {
	if (lines.length === 0) return null;
	return (
		<>
			<h3>
				{title} <span class="muted">{all}</span>
			</h3>
			<ul class="bare stack tight">
				{lines.map((l) => (
					<li key={l.key}>
						<a href={l.href}>{l.text}</a> <span class="muted">{l.more}</span>
					</li>
				))}
			</ul>
			{all > lines.length && <p class="muted">{t.packs.usesMore(lines.length, all)}</p>}
		</>
	);
}

export function Uses({ w, pack }: { w: string; pack: string }) {
	const uses = useLoad(`pack uses ${w} ${pack}`, (s) => api.getPackUses(w, pack, s));
	const u = uses.value;
	const P = t.packs;
	return (
		<Card title={P.uses} id="pack-uses">
			{uses.error && <ErrorText error={uses.error} />}
			{!u && !uses.error && <Waiting />}
			{u && (
				<>
					{u.counts.plans + u.counts.runs + u.counts.files + u.packs.length === 0 && (
						<p class="muted">{P.usesNone}</p>
					)}
					<Group
						title={P.plans}
						all={u.counts.plans}
						lines={u.plans.map((p) => ({
							key: p.id,
							href: `/w/${w}/plans/${p.id}`,
							text: p.objective,
							more: `${p.version}, ${when(p.created_at)}`,
						}))}
					/>
					<Group
						title={P.runs}
						all={u.counts.runs}
						lines={u.runs.map((r) => ({
							key: r.id,
							href: `/w/${w}/runs/${r.id}`,
							text: r.objective,
							more: when(r.created_at),
						}))}
					/>
					<Group
						title={P.files}
						all={u.counts.files}
						lines={u.files.map((f) => ({
							key: f.id,
							href: `/w/${w}/files/${f.path.split("/").map(encodeURIComponent).join("/")}`,
							text: f.path,
							more: f.entity,
						}))}
					/>
					<Group
						title={P.packs}
						all={u.packs.length}
						lines={u.packs.map((p) => ({
							key: p.id,
							href: `/w/${w}/packs/${p.id}`,
							text: p.label,
							more: (
								<>
									{p.says} {p.needs && <Pill tone="warn">{P.needs}</Pill>}
								</>
							),
						}))}
					/>
				</>
			)}
		</Card>
	);
}
