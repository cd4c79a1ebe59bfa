/* SPDX-License-Identifier: Apache-2.0 */
/* One check of a request: the five passes as they happen, then a plan or what stands in its way. */
import { signal, type Signal } from "@preact/signals";
import * as api from "../api/calls";
import { ApiError, E_ABORTED, localError } from "../api/client";
import type { Diag, PassLetter, Plan } from "../api/types";

export const PASSES: { letter: PassLetter; name: string }[] = [
	{ letter: "A", name: "Understand" },
	{ letter: "B", name: "Match" },
	{ letter: "C", name: "Check" },
	{ letter: "D", name: "Equip" },
	{ letter: "E", name: "Lock" },
];
export type PassState = "waiting" | "started" | "done" | "failed";
export interface PassView {
	letter: PassLetter;
	name: string;
	state: PassState;
	ms: number | null;
	says: string | null;
}
export interface Check {
	state: "idle" | "running" | "refused" | "failed" | "planned";
	passes: PassView[];
	diagnostics: Diag[];
	plan: Plan | null;
	error: ApiError | null;
	/* what was sent: the page tells when the request or a file was changed since */
	objective: string;
	files: SentFile[];
}
export interface SentFile {
	path: string;
	sha256: string;
}

export const waitingPasses = (): PassView[] =>
	PASSES.map((p) => ({ ...p, state: "waiting", ms: null, says: null }));
const idle = (): Check => ({
	state: "idle",
	passes: waitingPasses(),
	diagnostics: [],
	plan: null,
	error: null,
	objective: "",
	files: [],
});
/* warnings and notes of plans made here, by plan id */
const warnings = new Map<string, Diag[]>();
export const warningsOf = (plan: string): Diag[] => warnings.get(plan) ?? [];

const checks = new Map<string, Signal<Check>>();
const stops = new Map<string, AbortController>();

export function checkOf(w: string): Signal<Check> {
	let c = checks.get(w);
	if (!c) {
		c = signal(idle());
		checks.set(w, c);
	}
	return c;
}

/* runCheck - files: none chosen means every file of the workspace */
export async function runCheck(w: string, objective: string, files: SentFile[]): Promise<void> {
	const c = checkOf(w);
	stops.get(w)?.abort();
	const stop = new AbortController();
	stops.set(w, stop);
	c.value = { ...idle(), state: "running", objective, files };
	try {
		const paths = files.length ? files.map((f) => f.path) : null;
		for await (const e of api.compile(w, objective, paths, stop.signal)) {
			if (stops.get(w) !== stop) return;
			if (e.event === "pass") {
				c.value = {
					...c.value,
					passes: c.value.passes.map((p) =>
						p.letter === e.pass
							? { ...p, state: e.state, ms: e.ms ?? null, says: e.says ?? null }
							: p,
					),
				};
			} else if (e.event === "plan") {
				warnings.set(e.plan.id, e.diagnostics ?? []);
				c.value = { ...c.value, state: "planned", plan: e.plan };
			} else if (e.event === "diagnostics")
				c.value = { ...c.value, state: "refused", diagnostics: e.diagnostics };
			else throw new ApiError(e.problem);
		}
	} catch (e) {
		if (stops.get(w) !== stop) return;
		const error = e instanceof ApiError ? e : localError("E_INTERNAL", String(e));
		if (error.code === E_ABORTED) c.value = idle();
		else if (error.diagnostics.length)
			c.value = { ...c.value, state: "refused", diagnostics: error.diagnostics };
		else c.value = { ...c.value, state: "failed", error };
	}
}

export function stopCheck(w: string): void {
	stops.get(w)?.abort();
}
export function forgetCheck(w: string): void {
	stops.delete(w);
	checkOf(w).value = idle();
}
