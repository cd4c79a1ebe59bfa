/* SPDX-License-Identifier: Apache-2.0 */
import { useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import { newKey, type ApiError } from "../../api/client";
import { clearLoads } from "../../models/load";
import { navigate } from "../../models/router";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";

/*
 * The key belongs to one wish to run: a second press, or a retry after a lost answer, starts
 * nothing twice.
 */
export function useStart(w: string, plan: string) {
	const key = useRef(newKey());
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	const start = async () => {
		if (isBusy) return;
		setBusy(true);
		setError(null);
		try {
			const run = await api.startRun(w, plan, key.current);
			key.current = newKey();
			clearLoads(`runs ${w}`);
			clearLoads(`recent ${w}`);
			announce(t.plan.started);
			navigate(`/w/${w}/runs/${run.id}`);
		} catch (e) {
			setError(e as ApiError);
			setBusy(false);
		}
	};
	return { isBusy, error, start };
}
