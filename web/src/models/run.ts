/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as it happens. The server's snapshot is the truth; events say when it changed. Small
 * changes (a step starts, its phase) show at once, and every other event asks for a new snapshot:
 * one request at a time, the last event is never missed.
 */
import { useEffect, useMemo } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";
import * as api from "../api/calls";
import { ApiError, E_ABORTED } from "../api/client";
import { openEvents, type Stream } from "../api/events";
import type { Run, RunEvent } from "../api/types";

export const isOver = (r: Run) =>
	r.state === "done" || r.state === "failed" || r.state === "cancelled";
export interface RunLive {
	run: Signal<Run | undefined>;
	error: Signal<ApiError | undefined>;
	link: Signal<"none" | "live" | "lost">;
	/* step id -> what its attempt does right now */
	phases: Signal<Record<string, string>>;
	refresh(): void;
	stop(): void;
}

/* applied - the run with one event taken in, as far as the event itself tells */
export function applied(run: Run, e: RunEvent): Run {
	const id = e.step;
	if (!id || (e.kind !== "step.start" && e.kind !== "step.ready")) return run;
	return {
		...run,
		steps: run.steps.map((s) => {
			if (s.step_id !== id || s.state === "done") return s;
			return e.kind === "step.start"
				? {
						...s,
						state: "leased",
						started_at: s.started_at ?? e.at,
						attempt: e.attempt ?? s.attempt,
					}
				: { ...s, state: "ready" };
		}),
	};
}

export function followRun(w: string, id: string): RunLive {
	const run = signal<Run | undefined>(undefined);
	const error = signal<ApiError | undefined>(undefined);
	const link = signal<"none" | "live" | "lost">("none");
	const phases = signal<Record<string, string>>({});
	const abort = new AbortController();
	let stream: Stream | null = null;
	let isBusy = false;
	let isStale = false;
	const refresh = async (): Promise<void> => {
		isStale = true;
		if (isBusy) return;
		isBusy = true;
		while (isStale && !abort.signal.aborted) {
			isStale = false;
			try {
				run.value = await api.getRun(w, id, abort.signal);
				error.value = undefined;
			} catch (e) {
				if ((e as ApiError).code !== E_ABORTED) error.value = e as ApiError;
				break;
			}
		}
		isBusy = false;
		if (!run.value || abort.signal.aborted) return;
		if (isOver(run.value)) {
			stream?.close();
			stream = null;
			link.value = "none";
		} else stream ??= open();
	};
	const take = (e: RunEvent) => {
		const step = e.step;
		if (step && e.kind === "step.phase" && e.phase)
			phases.value = { ...phases.value, [step]: e.phase };
		if (run.value) run.value = applied(run.value, e);
		if (e.kind !== "step.phase") void refresh();
	};
	const open = () =>
		openEvents(api.eventsUrl(w, id), take, (s) => {
			/* events may have passed while the stream was down */
			if (s === "live" && link.value === "lost") void refresh();
			link.value = s;
		});
	const back = () => void refresh();
	addEventListener("online", back);
	void refresh();
	return {
		run,
		error,
		link,
		phases,
		refresh: () => void refresh(),
		stop() {
			removeEventListener("online", back);
			abort.abort();
			stream?.close();
		},
	};
}

export function useRun(w: string, id: string): RunLive {
	const live = useMemo(() => followRun(w, id), [w, id]);
	useEffect(() => () => live.stop(), [live]);
	return live;
}
