/* SPDX-License-Identifier: Apache-2.0 */
/* A ready plan: what it needs, what it does step by step, what comes out. */
import type { CatalogOutput, CatalogPlaybook } from "../../api/types";
import { c } from "../../strings/catalog";
import { t } from "../../strings/en";
import { Card, Facts } from "../../ui/bits";
import { baseName, list } from "../../ui/format";
import { PageHead } from "../../ui/PageHead";
import { CatalogLink } from "../shared/CatalogLink";
import { Goals } from "./Goals";
import { Links, Scroll, Words } from "./parts";

const B = c.playbook;

function Needs({ w, b }: { w: string; b: CatalogPlaybook }) {
	if (!b.files.length) return <p class="muted">{c.none}</p>;
	return (
		<Scroll label={B.needs}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{B.file}</th>
						<th scope="col">{B.holds}</th>
						<th scope="col">{B.asKind}</th>
						<th scope="col">{c.entity.must}</th>
					</tr>
				</thead>
				<tbody>
					{b.files.map((f) => (
						<tr key={f.name}>
							<th scope="row">
								<code>{f.name}</code>
							</th>
							<td>
								{f.entity ? (
									<CatalogLink w={w} type="entity" id={f.entity.id}>
										{f.entity.label}
									</CatalogLink>
								) : (
									<span class="muted">{B.anyFile}</span>
								)}
							</td>
							<td>
								<Links w={w} type="kind" items={f.kinds} />
							</td>
							<td>
								{f.required ? B.required : B.optional}
								{f.rows_max !== null && (
									<span class="line muted small">{B.rowsMax(f.rows_max)}</span>
								)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

const Makes = ({ w, outputs }: { w: string; outputs: CatalogOutput[] }) => (
	<ul class="typed">
		{outputs.map((o, i) => (
			<li key={i}>
				<span class="typed-name">{o.label}</span>
				{o.kind && (
					<CatalogLink w={w} type="kind" id={o.kind.id}>
						{o.kind.label}
					</CatalogLink>
				)}
				{o.entity && (
					<CatalogLink w={w} type="entity" id={o.entity.id}>
						{o.entity.label}
					</CatalogLink>
				)}
			</li>
		))}
	</ul>
);

function Steps({ w, b }: { w: string; b: CatalogPlaybook }) {
	const label = (key: string) => b.steps.find((s) => s.key === key)?.label ?? key;
	return (
		<ol class="bare cat-steps">
			{b.steps.map((s, i) => (
				<li key={s.key}>
					<h3>
						<span class="muted">{i + 1}.</span> {s.label}
					</h3>
					<p class="objective">{s.objective}</p>
					<Facts
						items={[
							s.after.length > 0 && [B.after, list(s.after.map(label))],
							s.makes.length > 0 && [c.makes, <Makes key="m" w={w} outputs={s.makes} />],
							s.workflows.length > 0 && [
								c.type.workflow as string,
								<Links key="w" w={w} type="workflow" items={s.workflows} />,
							],
							s.policy && [
								c.type.policy as string,
								<Links key="p" w={w} type="policy" items={[s.policy]} />,
							],
						]}
					/>
				</li>
			))}
		</ol>
	);
}

export function PlaybookView({ w, b }: { w: string; b: CatalogPlaybook }) {
	return (
		<>
			<PageHead
				title={b.label}
				back={{ href: `/w/${w}/catalog/pack/${b.pack.id}`, text: b.pack.label }}
				sub={b.mission ?? undefined}
			/>
			<Facts
				isAcross
				items={[
					[c.id, <code key="i">{b.id}</code>],
					[c.version, b.version],
				]}
			/>
			<div class="two">
				<div class="stack">
					<Card title={B.needs} id="needs">
						<Needs w={w} b={b} />
					</Card>
					<Card title={B.steps} id="steps">
						<Steps w={w} b={b} />
					</Card>
				</div>
				<div class="stack side">
					<Card title={B.makes} id="makes">
						<ul class="rows">
							{b.makes.map((o, i) => (
								<li key={i}>
									<span class="grow">
										{o.label}
										<span class="muted line">{o.path && baseName(o.path)}</span>
									</span>
									{o.kind && (
										<span>
											<CatalogLink w={w} type="kind" id={o.kind.id}>
												{o.kind.label}
											</CatalogLink>
										</span>
									)}
								</li>
							))}
						</ul>
					</Card>
					{b.example_goals.length > 0 && <Goals w={w} goals={b.example_goals} />}
					{b.settings.length > 0 && (
						<Card title={B.settings} id="settings">
							<Facts
								items={b.settings.map((s) => [
									s.name,
									s.value ?? (s.required ? B.required : t.step.optional),
								])}
							/>
						</Card>
					)}
					<Card title={c.pack.words} id="words">
						<Words items={b.triggers} />
					</Card>
				</div>
			</div>
		</>
	);
}
