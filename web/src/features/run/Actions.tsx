/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done with a run: stop it while it goes on; run it again, or change the request, when
 * it is over.
 */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { Run } from "../../api/types";
import { changeDraft } from "../../models/draft";
import { clearLoads } from "../../models/load";
import { navigate } from "../../models/router";
import { isOver } from "../../models/run";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { Confirm } from "../../ui/Dialog";
import { ErrorText } from "../../ui/ErrorView";
import { useStart } from "../shared/start.hooks";
import { doneSteps } from "./run.utils";

export function Actions({ w, r, refresh }: { w: string; r: Run; refresh: () => void }) {
	const [isAsking, asking] = useState(false);
	const again = useStart(w, r.plan_id);
	if (!may(w, "editor")) return null;
	if (!isOver(r))
		return (
			<>
				<button type="button" class="btn" onClick={() => asking(true)} data-testid="stop">
					{t.run.stop}
				</button>
				{isAsking && (
					<Confirm
						title={t.run.stopTitle}
						text={t.run.stopText(doneSteps(r), r.steps.length)}
						verb={t.run.stopGo}
						busy={t.run.stopping}
						close={() => asking(false)}
						go={async () => {
							await api.cancelRun(w, r.id);
							clearLoads(`runs ${w}`);
							refresh();
						}}
					/>
				)}
			</>
		);
	const change = async () => {
		const plan = await api.getPlan(w, r.plan_id).catch(() => null);
		changeDraft(w, { objective: r.objective, files: plan?.files.map((f) => f.path) ?? [] });
		navigate(`/w/${w}/check`);
	};
	return (
		<>
			<button type="button" class="btn" onClick={() => void change()}>
				{t.run.change}
			</button>
			<button type="button" class="btn" aria-disabled={again.isBusy} onClick={again.start}>
				{again.isBusy ? t.plan.running : t.run.again}
			</button>
			{again.error && <ErrorText error={again.error} />}
		</>
	);
}
