/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of files, the slots that take them, what turns one into another, and the programs. */
import type { CatalogAdapter, CatalogKind, CatalogSkill, CatalogSlot } from "../../api/types";
import { c } from "../../strings/catalog";
import { Card, Facts } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { bytes, capital } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { PageHead } from "../../ui/PageHead";
import { CatalogLink } from "../shared/CatalogLink";
import { Conversions, Kept, Links, Scroll } from "./parts";

const back = (w: string, tab: keyof typeof c.tab) => ({
	href: `/w/${w}/catalog?tab=${tab}`,
	text: c.tab[tab],
});

export function KindView({ w, k }: { w: string; k: CatalogKind }) {
	return (
		<>
			<PageHead title={k.label} back={back(w, "kinds")} sub={k.says} />
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{k.id}</code>],
					[c.kind.family, c.families[k.family] ?? k.family],
					[c.ext, k.extensions.map((x) => `.${x}`).join(", ")],
					[c.kind.media, k.media_types.join(", ")],
				]}
			/>
			<div class="two even">
				<Card title={c.kind.out} id="out">
					<Conversions w={w} isOut items={k.adapters_from} none={c.kind.noOut} />
				</Card>
				<Card title={c.kind.into} id="into">
					<Conversions w={w} isOut={false} items={k.adapters_to} none={c.kind.noInto} />
				</Card>
				<Card title={c.kind.slots} id="slots">
					{k.slots.length ? (
						<Links w={w} type="slot" items={k.slots} />
					) : (
						<p class="muted">{c.kind.noSlots}</p>
					)}
				</Card>
				<Card title={c.kind.profiles} id="profiles">
					{k.profiles.length === 0 && <p class="muted">{c.kind.noProfiles}</p>}
					<ul class="rows">
						{k.profiles.map((p) => (
							<li key={p.id}>
								<span class="grow">
									<CatalogLink w={w} type="entity" id={p.entity.id}>
										{p.entity.label}
									</CatalogLink>{" "}
									{c.entity.asIn}{" "}
									<CatalogLink w={w} type="slot" id={p.slot.id}>
										{p.slot.label}
									</CatalogLink>
									<span class="muted line">{p.pack.label}</span>
								</span>
							</li>
						))}
					</ul>
				</Card>
			</div>
		</>
	);
}

export function SlotView({ w, s }: { w: string; s: CatalogSlot }) {
	return (
		<>
			<PageHead title={s.label} back={back(w, "slots")} sub={s.says} />
			<Facts isAcross items={[[c.id, <code key="i">{s.id}</code>]]} />
			<div class="two even">
				<Card title={c.takesKinds} id="kinds">
					<Links w={w} type="kind" items={s.kinds} />
				</Card>
				<Card title={c.slot.entities} id="entities">
					<Links w={w} type="entity" items={s.entities} />
				</Card>
				<Card title={c.slot.readBy} id="read">
					<Links w={w} type="workflow" items={s.read_by} />
				</Card>
				<Card title={c.slot.madeBy} id="made">
					<Links w={w} type="workflow" items={s.made_by} />
				</Card>
			</div>
		</>
	);
}

export function AdapterView({ w, d }: { w: string; d: CatalogAdapter }) {
	const A = c.adapter;
	return (
		<>
			<PageHead
				title={d.label}
				back={back(w, "adapters")}
				sub={A.does[d.does]}
				pill={<Kept lossless={d.lossless} />}
			/>
			<Card id="way" title={A.what}>
				<p class="cat-way big">
					<Links w={w} type="kind" items={d.from} />
					<Icon name="next" size={18} />
					<Links w={w} type="kind" items={[d.to]} />
				</p>
				<p>{d.not_kept ? d.says.replace(/\s*Not kept: [^]*$/, "") : d.says}</p>
				<h3>{A.notKept}</h3>
				<p>{d.not_kept ? capital(d.not_kept) : d.lossless ? A.all : c.keepsSome}</p>
			</Card>
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{d.id}</code>],
					[c.version, d.version],
					[A.rows, A.relation[d.relation]],
					d.entity && [
						A.gives,
						<CatalogLink key="e" w={w} type="entity" id={d.entity.id}>
							{d.entity.label}
						</CatalogLink>,
					],
					d.skill && [A.program, <CatalogLink key="s" w={w} type="skill" id={d.skill.id} />],
					d.needs.length > 0 && [A.needs, d.needs.join(", ")],
				]}
			/>
		</>
	);
}

export function SkillView({ w, s }: { w: string; s: CatalogSkill }) {
	return (
		<>
			<PageHead
				title={s.label}
				back={{ href: `/w/${w}/catalog`, text: c.title }}
				sub={c.type.skill}
			/>
			<Facts isAcross items={[["SHA-256", <Hash key="h" value={s.sha256} what="SHA-256" />]]} />
			<div class="two even">
				<Card title={c.skill.usedBy} id="playbooks">
					<Links w={w} type="playbook" items={s.playbooks} />
				</Card>
				<Card title={c.skill.adapters} id="adapters">
					<Links w={w} type="adapter" items={s.adapters} />
				</Card>
			</div>
			<Card title={c.skill.files} id="programs">
				<Scroll label={c.skill.files}>
					<table class="list">
						<thead>
							<tr>
								<th scope="col">{c.name}</th>
								<th scope="col" class="n">
									{c.skill.size}
								</th>
								<th scope="col">SHA-256</th>
							</tr>
						</thead>
						<tbody>
							{s.files.map((f) => (
								<tr key={f.path}>
									<th scope="row">
										<code>{f.path}</code>
									</th>
									<td class="n nowrap">{bytes(f.bytes)}</td>
									<td>
										<Hash value={f.sha256} what={f.path} />
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</Scroll>
			</Card>
		</>
	);
}
