/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading from the server inside a component: what was read last time is shown at once, the newest
 * replaces it. A change of key or leaving the page stops the request.
 */
import { useEffect, useMemo } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";
import { ApiError, E_ABORTED, E_OFFLINE, localError } from "../api/client";

export interface Loaded<T> {
	value: T | undefined;
	error: ApiError | undefined;
	isLoading: boolean;
	reload(): void;
}
interface Slot<T> {
	value: Signal<T | undefined>;
	error: Signal<ApiError | undefined>;
	isLoading: Signal<boolean>;
}

const KEPT_MAX = 100;
const kept = new Map<string, unknown>();

export function clearLoads(prefix = ""): void {
	for (const key of [...kept.keys()]) if (key.startsWith(prefix)) kept.delete(key);
}

function remember(key: string, value: unknown): void {
	kept.delete(key);
	kept.set(key, value);
	const oldest = kept.keys().next().value;
	if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
}

/* key: names what is read, unique in the app; null: read nothing (yet) */
export function useLoad<T>(
	key: string | null,
	read: (signal: AbortSignal) => Promise<T>,
): Loaded<T> {
	const slot = useMemo<Slot<T>>(
		() => ({
			value: signal(key === null ? undefined : (kept.get(key) as T | undefined)),
			error: signal<ApiError | undefined>(undefined),
			isLoading: signal(key !== null),
		}),
		[key],
	);
	const again = useMemo(() => {
		let abort: AbortController | null = null;
		const run = () => {
			abort?.abort();
			if (key === null) return;
			const mine = new AbortController();
			abort = mine;
			slot.isLoading.value = true;
			read(mine.signal).then(
				(value) => {
					if (mine.signal.aborted) return;
					remember(key, value);
					slot.value.value = value;
					slot.error.value = undefined;
					slot.isLoading.value = false;
				},
				(e: unknown) => {
					if (mine.signal.aborted || (e instanceof ApiError && e.code === E_ABORTED)) return;
					slot.error.value = e instanceof ApiError ? e : localError("E_INTERNAL", String(e));
					slot.isLoading.value = false;
				},
			);
		};
		return { run, stop: () => abort?.abort() };
	}, [key]);
	useEffect(() => {
		again.run();
		/* back on line: what failed for want of a connection is read again */
		const retry = () => {
			if (slot.error.value?.code === E_OFFLINE) again.run();
		};
		addEventListener("online", retry);
		return () => {
			removeEventListener("online", retry);
			again.stop();
		};
	}, [again]);
	return {
		value: slot.value.value,
		error: slot.error.value,
		isLoading: slot.isLoading.value,
		reload: again.run,
	};
}
