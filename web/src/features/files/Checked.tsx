/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of an entity over all rows of a file, when somebody asks for it. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import { encodePath } from "../../api/client";
import type { Detection, FileChecks, FileItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { query, setQuery } from "../../models/router";
import { t } from "../../strings/en";
import { Card, Waiting } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { baseName } from "../../ui/format";
import { RuleChecks } from "../shared/RuleChecks";

const C = t.files.checks;

/* what the file is by its columns, then what it may be; the best guess first */
export function candidates(f: FileItem, d: Detection | undefined): { id: string; label: string }[] {
	const ranks = (d?.ranks ?? []).map((r) => ({ id: r.entity, label: r.label }));
	const own = f.entity;
	if (!own) return ranks;
	const label = ranks.find((r) => r.id === own)?.label ?? own;
	return [{ id: own, label }, ...ranks.filter((r) => r.id !== own)];
}

function Others({ w, r }: { w: string; r: FileChecks }) {
	const line = (title: string, used: boolean) => {
		const items = r.others.filter((o) => o.used === used);
		if (!items.length) return null;
		return (
			<p class="muted small">
				{title}:{" "}
				{items.map((o, i) => (
					<span key={o.path}>
						{i > 0 && ", "}
						<a href={`/w/${w}/files/${encodePath(o.path)}`}>{baseName(o.path)}</a> (
						{o.why ?? o.entity})
					</span>
				))}
			</p>
		);
	};
	return (
		<>
			{line(C.others, true)}
			{line(C.left, false)}
		</>
	);
}

function Result({ w, r }: { w: string; r: FileChecks }) {
	const n = (v: string) => r.validators.filter((x) => x.verdict === v).length;
	if (!r.validators.length) return <p class="muted">{C.noRules}</p>;
	return (
		<>
			<p role="status">
				<strong>{C.sum(n("holds"), n("broken"), n("not_checked"))}</strong>
			</p>
			<Others w={w} r={r} />
			<RuleChecks
				w={w}
				entity={r.entity}
				items={r.validators}
				rowHref={(row) => `/w/${w}/files/${encodePath(r.path)}?check=${r.entity}&row=${row}#rows-h`}
			/>
		</>
	);
}

export function Checked({ w, f, d }: { w: string; f: FileItem; d: Detection | undefined }) {
	const all = candidates(f, d);
	const asked = query("check");
	const [picked, pick] = useState<string | null>(asked);
	const got = useLoad(asked ? `checks ${w} ${f.sha256} ${f.path} ${asked}` : null, (s) =>
		api.checkFile(w, f.path, asked ?? "", s),
	);
	const first = all[0];
	if (!first && !asked) return null;
	const entity = picked ?? first?.id ?? "";
	const shown =
		asked && !all.some((x) => x.id === asked) ? [...all, { id: asked, label: asked }] : all;
	const label = shown.find((x) => x.id === entity)?.label ?? entity;
	return (
		<Card title={C.of(label)} id="checks">
			<div class="stack">
				<p class="muted">{C.lead}</p>
				<form
					class="bar-line start"
					onSubmit={(e) => {
						e.preventDefault();
						if (asked === entity) got.reload();
						else setQuery("check", entity);
					}}
				>
					{shown.length > 1 && (
						<label class="inline">
							{C.whose}
							<select value={entity} onChange={(e) => pick(e.currentTarget.value)}>
								{shown.map((x) => (
									<option key={x.id} value={x.id}>
										{x.label}
									</option>
								))}
							</select>
						</label>
					)}
					<button type="submit" class="btn" disabled={got.isLoading && asked === entity}>
						{asked === entity && got.value ? C.again : C.start}
					</button>
					{got.isLoading && asked && (
						<span class="muted small" role="status">
							{C.working}
						</span>
					)}
				</form>
				{asked && got.isLoading && !got.value && <Waiting lines={3} />}
				{got.error && <ErrorText error={got.error} />}
				{got.value && !got.error && got.value.entity === asked && <Result w={w} r={got.value} />}
			</div>
		</Card>
	);
}
