/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the overview, but for the policies. */
import type { Catalog } from "../../api/types";
import { c } from "../../strings/catalog";
import { Pill } from "../../ui/bits";
import { Icon } from "../../ui/Icon";
import { CatalogLink } from "../shared/CatalogLink";
import { leadOf } from "./catalog.utils";
import { Kept, Links, Scroll } from "./parts";

interface Props {
	w: string;
	all: Catalog;
}
const named = (ids: string[], list: { id: string; label: string }[]) =>
	ids.map((id) => ({ id, label: list.find((x) => x.id === id)?.label ?? id }));

export const Domains = ({ w, all }: Props) => (
	<ul class="cat-grid">
		{[...all.packs]
			.sort((a, b) => Number(a.generic) - Number(b.generic))
			.map((p) => (
				<li key={p.id} class="card">
					<div class="card-head">
						<h3>
							<CatalogLink w={w} type="pack" id={p.id}>
								{p.label}
							</CatalogLink>
						</h3>
						{p.origin === "tenant" && <Pill tone="accent">{c.own}</Pill>}
						{p.generic && <Pill tone="muted">{c.generic}</Pill>}
					</div>
					<p>{leadOf(p.purpose)}</p>
					<p class="muted small">{c.parts(p.entities, p.playbooks, p.validators)}</p>
				</li>
			))}
	</ul>
);

export const Workflows = ({ w, all }: Props) => (
	<ul class="cat-grid">
		{all.workflows.map((f) => (
			<li key={f.id} class="card">
				<h3>
					<CatalogLink w={w} type="workflow" id={f.id}>
						{f.label}
					</CatalogLink>
				</h3>
				<p>{f.purpose}</p>
				<dl class="facts">
					<div>
						<dt>{c.reads}</dt>
						<dd>
							<Links w={w} type="slot" items={named(f.inputs, all.slots)} />
						</dd>
					</div>
					<div>
						<dt>{c.makes}</dt>
						<dd>
							<Links w={w} type="slot" items={named(f.outputs, all.slots)} />
						</dd>
					</div>
				</dl>
			</li>
		))}
	</ul>
);

export function Kinds({ w, all }: Props) {
	const families = [...new Set(all.kinds.map((k) => k.family))];
	return (
		<div class="card flush">
			<Scroll label={c.tab.kinds}>
				<table class="list">
					<thead>
						<tr>
							<th scope="col">{c.name}</th>
							<th scope="col">{c.says}</th>
							<th scope="col" class="wide">
								{c.ext}
							</th>
						</tr>
					</thead>
					{families.map((f) => (
						<tbody key={f}>
							<tr class="cat-family">
								<th scope="rowgroup" colSpan={3}>
									{c.families[f] ?? f}
								</th>
							</tr>
							{all.kinds
								.filter((k) => k.family === f)
								.map((k) => (
									<tr key={k.id}>
										<th scope="row" class="cat-name">
											<CatalogLink w={w} type="kind" id={k.id}>
												{k.label}
											</CatalogLink>
											<code class="line muted">{k.id}</code>
										</th>
										<td>{k.says}</td>
										<td class="wide nowrap">
											{k.extensions.map((x) => (
												<code key={x} class="cat-ext">{`.${x}`}</code>
											))}
										</td>
									</tr>
								))}
						</tbody>
					))}
				</table>
			</Scroll>
		</div>
	);
}

export const Slots = ({ w, all }: Props) => (
	<div class="card flush">
		<Scroll label={c.tab.slots}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{c.name}</th>
						<th scope="col">{c.says}</th>
						<th scope="col" class="wide">
							{c.takesKinds}
						</th>
					</tr>
				</thead>
				<tbody>
					{all.slots.map((s) => (
						<tr key={s.id}>
							<th scope="row" class="cat-name">
								<CatalogLink w={w} type="slot" id={s.id}>
									{s.label}
								</CatalogLink>
								<code class="line muted">{s.id}</code>
							</th>
							<td>{s.says}</td>
							<td class="wide">
								<Links w={w} type="kind" items={named(s.kinds, all.kinds)} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	</div>
);

export const Adapters = ({ w, all }: Props) => (
	<div class="card flush">
		<Scroll label={c.tab.adapters}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{c.name}</th>
						<th scope="col">
							{c.from} <Icon name="next" size={12} /> {c.to}
						</th>
						<th scope="col">{c.kept}</th>
					</tr>
				</thead>
				<tbody>
					{all.adapters.map((d) => (
						<tr key={d.id}>
							<th scope="row">
								<CatalogLink w={w} type="adapter" id={d.id}>
									{d.label}
								</CatalogLink>
							</th>
							<td>
								<span class="cat-way">
									<Links w={w} type="kind" items={named(d.from, all.kinds)} />
									<Icon name="next" size={14} />
									<Links w={w} type="kind" items={named([d.to], all.kinds)} />
								</span>
							</td>
							<td>
								<Kept lossless={d.lossless} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	</div>
);
