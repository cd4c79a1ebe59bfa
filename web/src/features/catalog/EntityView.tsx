/* SPDX-License-Identifier: Apache-2.0 */
/* What a table (or document) of some sort holds, what it must keep, and where it is used. */
import { encodePath } from "../../api/client";
import type { CatalogEntity } from "../../api/types";
import { c } from "../../strings/catalog";
import { t } from "../../strings/en";
import { Card, Facts } from "../../ui/bits";
import { baseName } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { PageHead } from "../../ui/PageHead";
import { CatalogLink } from "../shared/CatalogLink";
import { csvHeader } from "./catalog.utils";
import { EntityColumns } from "./EntityColumns";
import { Links, Rules } from "./parts";
import { References } from "./References";

/* a file that is made in the browser: the header line */
function saveTemplate(e: CatalogEntity): void {
	const url = URL.createObjectURL(new Blob([csvHeader(e.columns)], { type: "text/csv" }));
	const a = document.createElement("a");
	a.href = url;
	a.download = `${e.id}.csv`;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Files({ w, e }: { w: string; e: CatalogEntity }) {
	return (
		<Card title={c.entity.files} id="files-of">
			{e.files.length === 0 && <p class="muted">{c.entity.noFiles}</p>}
			<ul class="rows">
				{e.files.map((f) => (
					<li key={f.path}>
						<span class="grow">
							<a href={`/w/${w}/files/${encodePath(f.path)}`}>{baseName(f.path)}</a>
							<span class="muted line">
								{[f.path.includes("/") && f.path, f.rows !== null && t.files.rows(f.rows)]
									.filter(Boolean)
									.join(" · ")}
							</span>
						</span>
					</li>
				))}
			</ul>
			{e.more_files && <p class="muted small">{c.entity.moreFiles}</p>}
		</Card>
	);
}

export function EntityView({ w, e }: { w: string; e: CatalogEntity }) {
	const refs = [...e.refers_to, ...e.referred_by.filter((r) => r.from.id !== e.id)];
	return (
		<>
			<PageHead
				title={e.label}
				back={{ href: `/w/${w}/catalog/pack/${e.pack.id}`, text: e.pack.label }}
				sub={e.purpose ?? undefined}
			>
				{e.form === "rows" && e.columns.length > 0 && (
					<button
						type="button"
						class="btn"
						title={c.entity.templateHint}
						onClick={() => saveTemplate(e)}
					>
						<Icon name="down" size={16} />
						{c.entity.template}
					</button>
				)}
			</PageHead>
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{e.id}</code>],
					[c.entity.form, c.entity.forms[e.form]],
					[
						c.entity.key,
						e.key.length ? <code key="k">{e.key.join(" + ")}</code> : c.entity.keyNone,
					],
				]}
			/>
			<EntityColumns e={e} />
			<div class="two">
				<div class="stack">
					<Card title={c.pack.rules} id="rules">
						{e.validators.length ? (
							<Rules w={w} rules={e.validators} />
						) : (
							<p class="muted">{c.entity.noRules}</p>
						)}
					</Card>
					<Card title={c.pack.references} id="references">
						{refs.length ? <References w={w} refs={refs} /> : <p class="muted">{c.entity.alone}</p>}
					</Card>
				</div>
				<div class="stack side">
					<Files w={w} e={e} />
					<Card title={c.entity.usedBy} id="used">
						{e.read_by.length + e.made_by.length === 0 && <p class="muted">{c.entity.unused}</p>}
						{e.read_by.length > 0 && (
							<>
								<h3>{c.entity.readBy}</h3>
								<Links w={w} type="playbook" items={e.read_by} />
							</>
						)}
						{e.made_by.length > 0 && (
							<>
								<h3>{c.entity.madeBy}</h3>
								<Links w={w} type="playbook" items={e.made_by} />
							</>
						)}
					</Card>
					{e.profiles.length > 0 && (
						<Card title={c.entity.profiles} id="profiles">
							<ul class="rows">
								{e.profiles.map((p) => (
									<li key={p.id}>
										<span class="grow">
											<CatalogLink w={w} type="kind" id={p.kind.id}>
												{p.kind.label}
											</CatalogLink>{" "}
											{c.entity.asIn}{" "}
											<CatalogLink w={w} type="slot" id={p.slot.id}>
												{p.slot.label}
											</CatalogLink>
											<span class="muted line">{p.says}</span>
										</span>
									</li>
								))}
							</ul>
						</Card>
					)}
				</div>
			</div>
		</>
	);
}
