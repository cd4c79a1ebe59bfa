/* SPDX-License-Identifier: Apache-2.0 */
/* Ways of working, and how strictly they are held. */
import type { CatalogPolicy, CatalogWorkflow } from "../../api/types";
import { c } from "../../strings/catalog";
import { Card, Facts } from "../../ui/bits";
import { capital } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { PageHead } from "../../ui/PageHead";
import { CatalogLink } from "../shared/CatalogLink";
import { Boundaries } from "./Boundaries";
import { Value } from "./Compare";
import { Links, Scroll } from "./parts";

export function WorkflowView({ w, f }: { w: string; f: CatalogWorkflow }) {
	return (
		<>
			<PageHead
				title={f.label}
				back={{ href: `/w/${w}/catalog?tab=workflows`, text: c.tab.workflows }}
				sub={f.purpose}
			/>
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{f.id}</code>],
					[c.version, f.version],
				]}
			/>
			<div class="two">
				<div class="stack">
					<Card title={c.readsMakes} id="slots">
						<div class="cat-flow">
							<div>
								<h3>{c.reads}</h3>
								<Links w={w} type="slot" items={f.inputs} />
							</div>
							<Icon name="next" size={20} />
							<div>
								<h3>{c.makes}</h3>
								<Links w={w} type="slot" items={f.outputs} />
							</div>
						</div>
					</Card>
					<Card title={c.workflow.profiles} id="profiles">
						<ul class="rows">
							{f.profiles.map((p, i) => (
								<li key={i}>
									<span class="grow">
										{p.entity && (
											<>
												<CatalogLink w={w} type="entity" id={p.entity.id}>
													{p.entity.label}
												</CatalogLink>
												{", "}
											</>
										)}
										{p.kind && (
											<CatalogLink w={w} type="kind" id={p.kind.id}>
												{p.kind.label}
											</CatalogLink>
										)}{" "}
										{p.slot && (
											<>
												{c.workflow.as}{" "}
												<CatalogLink w={w} type="slot" id={p.slot.id}>
													{p.slot.label}
												</CatalogLink>
											</>
										)}
									</span>
								</li>
							))}
						</ul>
					</Card>
					<Card title={c.workflow.usedBy} id="playbooks">
						<Links w={w} type="playbook" items={f.playbooks} />
					</Card>
				</div>
				<div class="stack side">
					<Boundaries w={w} type="workflow" self={f} items={f.boundaries} words={f.triggers} />
				</div>
			</div>
		</>
	);
}

export function PolicyView({ w, p }: { w: string; p: CatalogPolicy }) {
	return (
		<>
			<PageHead
				title={p.label}
				back={{ href: `/w/${w}/catalog?tab=policies`, text: c.tab.policies }}
				sub={p.purpose}
			>
				<a class="btn" href={`/w/${w}/catalog?tab=policies`}>
					{c.policy.compare}
				</a>
			</PageHead>
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{p.id}</code>],
					[c.version, p.version],
					p.use_for !== null && [c.policy.useFor, p.use_for],
					p.profiles.length > 0 && [c.policy.profiles, p.profiles.join(", ")],
				]}
			/>
			<Card title={c.policy.settings} id="settings">
				<Scroll label={c.policy.settings}>
					<table class="list">
						<thead>
							<tr>
								<th scope="col">{c.policy.setting}</th>
								<th scope="col">{c.policy.value}</th>
							</tr>
						</thead>
						<tbody>
							{p.settings.map((s) => (
								<tr key={s.name}>
									<th scope="row">
										{capital(s.says)}
										<code class="line muted">{s.name}</code>
									</th>
									<td>
										<Value s={s} />
										{!s.switch && <span class="line muted small">{capital(s.means)}</span>}
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
