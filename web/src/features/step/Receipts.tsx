/* SPDX-License-Identifier: Apache-2.0 */
import { useEffect } from "preact/hooks";
import type { Receipt } from "../../api/types";
import { where } from "../../models/router";
import { t } from "../../strings/en";
import { Card, Empty, Facts, Waiting } from "../../ui/bits";
import { Copy, Hash } from "../../ui/Copy";
import { fullTime } from "../../ui/format";
import { JsonTree } from "../../ui/JsonTree";
import { bodyOf, factsOf } from "../shared/receipt.utils";

export function Receipts({ receipts, isLoading }: { receipts: Receipt[]; isLoading: boolean }) {
	const { hash } = where.value;
	useEffect(() => {
		if (hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: "start" });
	}, [hash, receipts.length]);
	if (isLoading) return <Waiting />;
	if (!receipts.length) return <Empty text={t.step.receiptsNone} />;
	const E = t.run.evidence;
	return (
		<div class="stack">
			{receipts.map((r) => {
				const f = factsOf(r);
				return (
					<Card
						key={r.seq}
						id={`receipt-${r.seq}`}
						title={`${E.col.seq} ${r.seq} · ${E.kind[r.kind] ?? r.kind}`}
						acts={
							<Copy
								text={JSON.stringify(bodyOf(r), null, 2)}
								what={t.step.receiptJson}
								word="JSON"
							/>
						}
					>
						<Facts
							isAcross
							items={[
								[E.col.hash, <Hash key="h" value={r.hash} what={`${E.col.hash} ${r.seq}`} />],
								[
									E.col.prev,
									r.prev && !/^0+$/.test(r.prev) ? (
										<Hash key="p" value={r.prev} what={`${E.col.prev} ${r.seq}`} />
									) : (
										E.first
									),
								],
								[E.col.at, fullTime(r.at)],
								r.attempt !== null && [E.col.attempt, r.attempt],
								f.verdict !== undefined && [t.step.ended, t.step.verdict[f.verdict] ?? f.verdict],
							]}
						/>
						<details>
							<summary>{t.step.receiptJson}</summary>
							<JsonTree value={bodyOf(r)} open={2} />
						</details>
					</Card>
				);
			})}
		</div>
	);
}
