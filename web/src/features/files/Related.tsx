/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the workspace that share keys with this one. */
import * as api from "../../api/calls";
import { encodePath } from "../../api/client";
import type { Relation } from "../../api/types";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Card, Waiting } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { baseName, sentence } from "../../ui/format";

const R = t.files.related;

function FileLink({ w, path }: { w: string; path: string }) {
	return <a href={`/w/${w}/files/${encodePath(path)}`}>{baseName(path)}</a>;
}

function Line({ w, path, r }: { w: string; path: string; r: Relation }) {
	const isOut = r.from === path;
	const words = isOut
		? R.out(r.columns.join(" + "), r.to_columns.join(" + "))
		: R.in(r.columns.join(" + "), r.to_columns.join(" + "));
	return (
		<li>
			<FileLink w={w} path={isOut ? r.to : r.from} />: <code>{words[0]}</code>
			{words[1]}
			<code>{words[2]}</code>
			<span class="muted line">{sentence(r.says).replaceAll("`", "")}</span>
		</li>
	);
}

/* key: the files' hashes, so that a new upload asks again */
export function Related({ w, path, state }: { w: string; path: string; state: string }) {
	const load = useLoad(`relations ${w} ${state}`, (s) => api.getRelations(w, s));
	if (load.error) return <ErrorText error={load.error} />;
	const mine = load.value?.relations.filter((r) => r.from === path || r.to === path) ?? [];
	return (
		<Card title={R.title} id="related">
			{!load.value && <Waiting lines={2} />}
			{load.value && mine.length === 0 && <p class="muted">{R.none}</p>}
			<ul class="plain">
				{mine.map((r) => (
					<Line key={`${r.from} ${r.columns} ${r.to} ${r.to_columns}`} w={w} path={path} r={r} />
				))}
			</ul>
			{(load.value?.left_out.length ?? 0) > 0 && (
				<p class="muted small">
					{R.leftOut}:{" "}
					{load.value?.left_out.map((x) => `${baseName(x.path)} (${x.why})`).join("; ")}
				</p>
			)}
		</Card>
	);
}
