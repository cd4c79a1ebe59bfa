/* SPDX-License-Identifier: Apache-2.0 */
/* What a step read from the internet, of what it was allowed, as the bridge counted it. */
import { t } from "../../strings/en";
import { Card, Meter } from "../../ui/bits";
import type { Postflight } from "../shared/receipt.utils";

export function Calls({ post }: { post: Postflight }) {
	const used = post.bridge?.used ?? [];
	if (!used.length) return null;
	return (
		<Card title={t.step.calls} id="calls">
			<ul class="bare stack">
				{used.map((u) => {
					const says = t.step.callsOf(u.scope, Number(u.calls), Number(u.calls_limit));
					return (
						<li key={u.scope}>
							<p>{says}</p>
							<Meter used={Number(u.calls)} limit={Number(u.calls_limit)} label={says} />
						</li>
					);
				})}
			</ul>
		</Card>
	);
}
