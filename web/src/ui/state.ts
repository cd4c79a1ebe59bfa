/* SPDX-License-Identifier: Apache-2.0 */
/* State as icon, word and colour: the same everywhere. */
import type { RunState, StepState } from "../api/types";
import { t } from "../strings/en";
import type { IconName } from "./Icon";

export type Tone = "muted" | "accent" | "ok" | "warn" | "bad" | "gate";
export interface StateLook {
	word: string;
	tone: Tone;
	icon: IconName;
	isMoving?: boolean;
}

export const runLook: Record<RunState, StateLook> = {
	running: { word: t.run.state.running, tone: "accent", icon: "arc", isMoving: true },
	waiting: { word: t.run.state.waiting, tone: "muted", icon: "clock" },
	done: { word: t.run.state.done, tone: "ok", icon: "tick" },
	failed: { word: t.run.state.failed, tone: "bad", icon: "cross" },
	cancelled: { word: t.run.state.cancelled, tone: "muted", icon: "stop" },
};

const stepLooks: Record<StepState | "skipped", StateLook> = {
	blocked: { word: t.run.step.blocked, tone: "muted", icon: "clock" },
	ready: { word: t.run.step.ready, tone: "muted", icon: "next" },
	leased: { word: t.run.step.leased, tone: "accent", icon: "arc", isMoving: true },
	gate: { word: t.run.step.gate, tone: "gate", icon: "lock" },
	done: { word: t.run.step.done, tone: "ok", icon: "tick" },
	failed: { word: t.run.step.failed, tone: "bad", icon: "cross" },
	cancelled: { word: t.run.step.cancelled, tone: "muted", icon: "stop" },
	skipped: { word: t.run.step.skipped, tone: "muted", icon: "stop" },
};

/* a step that was never reached in a run that is over was not run, rather than waiting */
export function stepLook(state: StepState, isRunOver: boolean): StateLook {
	return (
		stepLooks[isRunOver && (state === "blocked" || state === "ready") ? "skipped" : state] ??
		stepLooks.blocked
	);
}
