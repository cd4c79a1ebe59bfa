/* SPDX-License-Identifier: Apache-2.0 */
/* A domain: what it is for, what to ask of it, its tables, rules, words and ready plans. */
import type { CatalogPack } from "../../api/types";
import { c } from "../../strings/catalog";
import { Card, Facts, Pill } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { PageHead } from "../../ui/PageHead";
import { CatalogLink } from "../shared/CatalogLink";
import { Boundaries } from "./Boundaries";
import { inWords } from "./catalog.utils";
import { Goals } from "./Goals";
import { Rules, Scroll } from "./parts";
import { References } from "./References";

function Entities({ w, p }: { w: string; p: CatalogPack }) {
	return (
		<Card title={c.pack.entities} id="entities">
			<Scroll label={c.pack.entities}>
				<table class="list">
					<thead>
						<tr>
							<th scope="col">{c.name}</th>
							<th scope="col">{c.says}</th>
							<th scope="col" class="wide">
								{c.pack.key}
							</th>
							<th scope="col" class="n wide">
								{c.pack.columns}
							</th>
						</tr>
					</thead>
					<tbody>
						{p.entities.map((e) => (
							<tr key={e.id}>
								<th scope="row" class="cat-name">
									<CatalogLink w={w} type="entity" id={e.id}>
										{e.label}
									</CatalogLink>
								</th>
								<td>{e.purpose}</td>
								<td class="wide">
									{e.key.length ? (
										<code class="wrap">{e.key.join(" + ")}</code>
									) : (
										<span class="muted">{c.pack.noKey}</span>
									)}
								</td>
								<td class="n wide">{e.columns || "–"}</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}

function Vocabulary({ p }: { p: CatalogPack }) {
	return (
		<Card title={c.pack.vocabulary} id="vocabulary">
			<p class="muted small">{c.pack.vocabularyNote}</p>
			<dl class="facts cat-vocabulary">
				{p.vocabulary.map((v) => (
					<div key={v.word}>
						<dt>{v.word}</dt>
						<dd>{v.synonyms.join(", ")}</dd>
					</div>
				))}
			</dl>
		</Card>
	);
}

export function PackView({ w, p }: { w: string; p: CatalogPack }) {
	return (
		<>
			<PageHead
				title={p.label}
				back={{ href: `/w/${w}/catalog`, text: c.title }}
				sub={inWords(
					p.purpose,
					p.boundaries.map((b) => b.against),
				)}
				pill={
					p.origin === "tenant" ? (
						<Pill tone="accent">{c.own}</Pill>
					) : p.generic ? (
						<Pill tone="muted">{c.generic}</Pill>
					) : undefined
				}
			/>
			<div class="two">
				<div class="stack">
					{p.example_goals.length > 0 && <Goals w={w} goals={p.example_goals} />}
					<Entities w={w} p={p} />
					{p.references.length > 0 && (
						<Card title={c.pack.references} id="references">
							<References w={w} refs={p.references} />
						</Card>
					)}
					{p.validators.length > 0 && (
						<Card title={c.pack.rules} id="rules">
							<Rules w={w} rules={p.validators} withEntity />
						</Card>
					)}
				</div>
				<div class="stack side">
					<Boundaries w={w} type="pack" self={p} items={p.boundaries} words={p.triggers} />
					<Card title={c.pack.playbooks} id="playbooks">
						{p.playbooks.length === 0 && <p class="muted">{c.pack.noPlaybooks}</p>}
						<ul class="rows">
							{p.playbooks.map((b) => (
								<li key={b.id}>
									<span class="grow">
										<CatalogLink w={w} type="playbook" id={b.id}>
											{b.label}
										</CatalogLink>
										<span class="muted line">{c.pack.playbook(b.files, b.steps)}</span>
									</span>
								</li>
							))}
						</ul>
					</Card>
					{p.vocabulary.length > 0 && <Vocabulary p={p} />}
					<Card title={c.pack.facts} id="facts">
						<Facts
							items={[
								[c.id, <code key="i">{p.id}</code>],
								[c.version, p.version],
								["SHA-256", <Hash key="h" value={p.sha256} what="SHA-256" />],
							]}
						/>
					</Card>
				</div>
			</div>
		</>
	);
}
