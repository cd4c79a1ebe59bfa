/* SPDX-License-Identifier: Apache-2.0 */
/* What a step read from the internet, of what it was allowed, as the bridge counted it. */
import { t } from "../../strings/en";
import { Card } from "../../ui/bits";
import type { Postflight } from "../shared/receipt.utils";

export function Calls({ post }: { post: Postflight }) {
	const used = post.bridge?.used ?? [];
	if (!used.length) return null;
	return (
		<Card title={t.step.calls} id="calls">
			<ul class="plain">
				{used.map((u) => (
					<li key={u.scope}>
						<code>{u.scope}</code>{" "}
						<span class="muted">{t.step.callsOf(Number(u.calls), Number(u.calls_limit))}</span>
					</li>
				))}
			</ul>
		</Card>
	);
}
