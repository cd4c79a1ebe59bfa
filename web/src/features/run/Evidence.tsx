/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof: the same contract hash at every stage, the chain of receipts, and a check that trusts
 * nobody.
 */
import type { Plan, Receipt, Run } from "../../api/types";
import { t } from "../../strings/en";
import { Card, Empty, Facts, Pill } from "../../ui/bits";
import { Hash } from "../../ui/Copy";
import { fullTime, when } from "../../ui/format";
import { lastPostflight } from "../shared/receipt.utils";
import { RuleChecks } from "../shared/RuleChecks";
import { sumOf } from "../shared/rules.utils";
import { labelOf } from "./run.utils";
import { VerifyRun } from "./VerifyRun";

const E = t.run.evidence;

function Same({ r, plan, receipts }: { r: Run; plan: Plan; receipts: Receipt[] }) {
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={E.hashes}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col">{E.hashCol.step}</th>
						<th scope="col">{E.hashCol.plan}</th>
						<th scope="col">{E.hashCol.dispatched}</th>
						<th scope="col">{E.hashCol.receipt}</th>
						<th scope="col">
							<span class="vh">{E.same}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{r.steps.map((s) => {
						const planned = plan.steps.find((x) => x.step_id === s.step_id)?.contract_hash ?? "";
						const said = lastPostflight(receipts, s.step_id)?.facts.contract_hash ?? "";
						const isSame = planned === s.contract_hash && said === planned;
						return (
							<tr key={s.step_id}>
								<th scope="row">{s.label}</th>
								<td>
									<Hash value={planned} what={`${E.hashCol.plan}: ${s.label}`} />
								</td>
								<td>
									<Hash value={s.contract_hash} what={`${E.hashCol.dispatched}: ${s.label}`} />
								</td>
								<td>{said && <Hash value={said} what={`${E.hashCol.receipt}: ${s.label}`} />}</td>
								<td>
									{!said ? (
										<Pill tone="muted" icon="clock">
											{E.pending}
										</Pill>
									) : (
										<Pill tone={isSame ? "ok" : "bad"} icon={isSame ? "tick" : "cross"}>
											{isSame ? E.same : E.differs}
										</Pill>
									)}
								</td>
							</tr>
						);
					})}
				</tbody>
			</table>
		</div>
	);
}

/* every rule of every step that has ended; what a step's own page shows, for the whole run */
function RulesOfSteps({ w, r, plan, receipts }: Parameters<typeof Evidence>[0]) {
	const steps = r.steps
		.map((s) => ({
			s,
			c: plan.steps.find((x) => x.step_id === s.step_id)?.contract,
			items: lastPostflight(receipts, s.step_id)?.facts.validators ?? [],
		}))
		.filter((x) => x.items.length > 0);
	if (!steps.length) return <p class="muted">{t.rules.none}</p>;
	return (
		<>
			{steps.map(({ s, c, items }) => (
				<details key={s.step_id} class="rule-step">
					<summary>
						{s.label} <span class="muted">{sumOf(items)}</span>
					</summary>
					<p>
						<a href={`/w/${w}/runs/${r.id}/steps/${encodeURIComponent(s.step_id)}#rules`}>
							{t.run.evidence.toStep}
						</a>
					</p>
					{(c?.outputs ?? [])
						.filter((o) => items.some((v) => v.output === o.name))
						.map((o) => (
							<section key={o.name} aria-label={t.rules.over(o.label)}>
								<h3>{o.label}</h3>
								<RuleChecks
									w={w}
									entity={o.entity ?? ""}
									items={items.filter((v) => v.output === o.name)}
								/>
							</section>
						))}
				</details>
			))}
		</>
	);
}

function Chain({ w, r, receipts }: { w: string; r: Run; receipts: Receipt[] }) {
	if (!receipts.length) return <Empty text={E.empty} />;
	const label = labelOf(r);
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={E.chain}>
			<table class="list">
				<thead>
					<tr>
						<th scope="col" class="n">
							{E.col.seq}
						</th>
						<th scope="col">{E.col.step}</th>
						<th scope="col">{E.col.kind}</th>
						<th scope="col" class="n">
							{E.col.attempt}
						</th>
						<th scope="col">{E.col.at}</th>
						<th scope="col">{E.col.hash}</th>
						<th scope="col">{E.col.prev}</th>
					</tr>
				</thead>
				<tbody>
					{receipts.map((x) => (
						<tr key={x.seq}>
							<td class="n">{x.seq}</td>
							<th scope="row">
								{x.step_id ? (
									<a
										href={`/w/${w}/runs/${r.id}/steps/${encodeURIComponent(x.step_id)}#receipt-${x.seq}`}
									>
										{label(x.step_id)}
									</a>
								) : (
									E.wholeRun
								)}
							</th>
							<td>{E.kind[x.kind] ?? x.kind}</td>
							<td class="n">{x.attempt ?? ""}</td>
							<td title={fullTime(x.at)}>{when(x.at)}</td>
							<td>
								<Hash value={x.hash} what={`${E.col.hash} ${x.seq}`} />
							</td>
							<td>
								{x.prev && !/^0+$/.test(x.prev) ? (
									<code title={x.prev}>{x.prev.slice(0, 6)}…</code>
								) : (
									<span class="muted">{E.first}</span>
								)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function Evidence(p: { w: string; r: Run; plan: Plan; receipts: Receipt[] }) {
	return (
		<div class="stack">
			<Card title={E.title} id="proof">
				<p>{E.lead}</p>
				<Facts
					items={[[t.plan.hash, <Hash key="h" value={p.r.plan_hash} what={t.plan.hashWhat} />]]}
				/>
				<VerifyRun {...p} />
			</Card>
			<Card title={E.hashes} id="hashes">
				<Same {...p} />
			</Card>
			<Card title={E.rules} id="rules">
				<RulesOfSteps {...p} />
			</Card>
			<Card title={E.chain} id="chain">
				<Chain {...p} />
			</Card>
		</div>
	);
}
