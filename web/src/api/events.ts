/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live stream of one run. The browser resumes a dropped stream itself (Last-Event-ID); a closed
 * one is reopened here.
 */
import type { RunEvent } from "./types";

const KINDS = [
	"run.start",
	"step.ready",
	"step.start",
	"step.phase",
	"step.done",
	"step.retry",
	"step.lost",
	"step.failed",
	"gate.open",
	"gate.decided",
	"run.done",
	"run.failed",
	"run.cancelled",
];
const REOPEN_MS_MIN = 1000;
const REOPEN_MS_MAX = 30000;

export interface Stream {
	close(): void;
}

/*
 * openEvents - call on(event) for each event, in order, each sequence number once.
 *
 * state: told "live" when the stream is open, "lost" when it is not
 */
export function openEvents(
	url: string,
	on: (e: RunEvent) => void,
	state: (s: "live" | "lost") => void,
): Stream {
	let source: EventSource | null = null;
	let timer = 0;
	let wait = REOPEN_MS_MIN;
	let seen = -1;
	const take = (m: MessageEvent<string>) => {
		let e: RunEvent;
		try {
			e = JSON.parse(m.data) as RunEvent;
		} catch {
			return;
		}
		if (typeof e.seq === "number") {
			if (e.seq <= seen) return;
			seen = e.seq;
		}
		on(e);
	};
	const open = () => {
		/* a new stream begins after what was seen; a resumed one says so itself */
		source = new EventSource(seen < 0 ? url : `${url}?last=${seen}`);
		for (const kind of KINDS) source.addEventListener(kind, take as EventListener);
		source.onmessage = take;
		source.onopen = () => {
			wait = REOPEN_MS_MIN;
			state("live");
		};
		source.onerror = () => {
			state("lost");
			if (source?.readyState !== EventSource.CLOSED) return;
			timer = window.setTimeout(open, wait);
			wait = Math.min(wait * 2, REOPEN_MS_MAX);
		};
	};
	open();
	return {
		close() {
			clearTimeout(timer);
			source?.close();
			source = null;
		},
	};
}
