/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the server while somebody types: once the keys rest for a moment, and only for the newest
 * words (useLoad stops the request before). The last answer stays until the next is there.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { Discovery } from "../../api/types";
import { useLoad, type Loaded } from "../../models/load";
import { tidy } from "../shared/words.utils";

const REST_MS = 150;
export const SHOWN_MAX = 30;

export function useDiscovery(w: string, words: string): Loaded<Discovery> {
	const now = tidy(words);
	const [asked, ask] = useState(now);
	useEffect(() => {
		const timer = setTimeout(() => ask(now), REST_MS);
		return () => clearTimeout(timer);
	}, [now]);
	const got = useLoad(asked ? `discover ${w} ${asked}` : null, (s) =>
		api.discover(w, asked, SHOWN_MAX, s),
	);
	const last = useRef<Discovery | undefined>(undefined);
	if (got.value) last.current = got.value;
	else if (!now || got.error) last.current = undefined;
	return { ...got, value: last.current, isLoading: got.isLoading || now !== asked };
}
