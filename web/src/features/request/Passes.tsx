/* SPDX-License-Identifier: Apache-2.0 */
/* The five checks of a request, filling in as they happen. */
import type { PassView } from "../../models/compile";
import { t } from "../../strings/en";
import { ms } from "../../ui/format";
import { Icon, type IconName } from "../../ui/Icon";

const LOOK: Record<PassView["state"], { icon: IconName; cls: string }> = {
	waiting: { icon: "clock", cls: "muted" },
	started: { icon: "arc", cls: "accent" },
	done: { icon: "tick", cls: "ok" },
	failed: { icon: "cross", cls: "bad" },
};

export function Passes({ passes }: { passes: PassView[] }) {
	return (
		<ol
			class={passes.every((p) => p.state === "done") ? "passes whole" : "passes"}
			aria-label={t.check.passes}
		>
			{passes.map((p, i) => (
				<li
					key={p.letter}
					class={LOOK[p.state].cls}
					data-testid={`pass-${i + 1}`}
					data-state={p.state}
					aria-current={p.state === "started" ? "step" : undefined}
				>
					<span class="pass-name">
						<Icon name={LOOK[p.state].icon} size={15} spin={p.state === "started"} />
						{i + 1}. {p.name}
					</span>
					<span class="pass-says">
						{p.says?.replace(/\.$/, "") || t.check.state[p.state]}
						{p.ms !== null && p.state !== "started" && ` · ${ms(p.ms)}`}
					</span>
				</li>
			))}
		</ol>
	);
}
