/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked for. */
import { useState } from "preact/hooks";
import { changeDraft, draftOf } from "../../models/draft";
import { navigate } from "../../models/router";
import { may } from "../../models/session";
import { c } from "../../strings/catalog";
import { announce } from "../../ui/announce";
import { Card } from "../../ui/bits";
import { Confirm } from "../../ui/Dialog";

/* example goals; each goes into the request form of the home page */
export function Goals({ w, goals }: { w: string; goals: string[] }) {
	const [asked, ask] = useState<string | null>(null);
	const put = (goal: string) => {
		changeDraft(w, { objective: goal });
		announce(c.pack.used);
		navigate(`/w/${w}`);
	};
	const use = (goal: string) => {
		const now = draftOf(w).value.objective.trim();
		if (now && now !== goal) ask(goal);
		else put(goal);
	};
	return (
		<Card title={c.pack.goals} id="goals">
			<ul class="rows">
				{goals.map((g) => (
					<li key={g} class="cat-goal">
						<span class="grow">{g}</span>
						{may(w, "editor") && (
							<button
								type="button"
								class="btn small"
								aria-label={c.pack.useLabel(g)}
								onClick={() => use(g)}
							>
								{c.pack.use}
							</button>
						)}
					</li>
				))}
			</ul>
			{asked && (
				<Confirm
					title={c.pack.replace}
					text={c.pack.replaceText}
					verb={c.pack.replaceGo}
					isDanger={false}
					close={() => ask(null)}
					go={async () => put(asked)}
				/>
			)}
		</Card>
	);
}
