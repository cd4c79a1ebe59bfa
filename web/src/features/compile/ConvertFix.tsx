/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One click: the request allows the planner to convert the file, and is checked again.
 * What it then does stands as steps in the plan.
 */
import { t } from "../../strings/en";
import { Icon } from "../../ui/Icon";
import { withConvert, type Convert, type DateOrder } from "./fix.utils";

interface Props {
	c: Convert;
	objective: string;
	/* another repair of the finding comes first */
	isSecond: boolean;
	/* take this text as the request and check it */
	go: (objective: string) => void;
}

const ORDERS: DateOrder[] = ["day", "month"];

export function ConvertFix({ c, objective, isSecond, go }: Props) {
	const look = isSecond ? "btn" : "btn primary";
	if (!c.needsOrder)
		return (
			<button
				type="button"
				class={look}
				data-testid="convert"
				onClick={() => go(withConvert(objective, c, null))}
			>
				{t.check.convert}
			</button>
		);
	return (
		<>
			{ORDERS.map((o) => (
				<button
					key={o}
					type="button"
					class="btn"
					data-testid={`convert-${o}`}
					onClick={() => go(withConvert(objective, c, o))}
				>
					{c.policy ? t.check.convertOrder[o] : t.check.order[o]}
				</button>
			))}
		</>
	);
}

/* The request says so already: what that means, and the way back. */
export function ConvertNote({ policy, undo }: { policy: string; undo: () => void }) {
	return (
		<p class="small convert-note" data-testid="convert-note">
			<Icon name="info" /> {t.check.converts} <code>{policy}</code>{" "}
			<button type="button" class="link" data-testid="convert-undo" onClick={undo}>
				{t.check.convertUndo}
			</button>
		</p>
	);
}
