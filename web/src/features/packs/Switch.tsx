/* SPDX-License-Identifier: Apache-2.0 */
/* A pack's switch. What is in use is switched off only after a question that says what uses it. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { ApiError } from "../../api/client";
import type { Pack, PackUses } from "../../api/types";
import { clearLoads } from "../../models/load";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Pill } from "../../ui/bits";
import { Confirm } from "../../ui/Dialog";
import { ErrorText } from "../../ui/ErrorView";
import { Findings } from "./Findings";

export function Switch({ w, pack, changed }: { w: string; pack: Pack; changed: () => void }) {
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	const [asked, ask] = useState<PackUses | null>(null);
	const set = async (on: boolean) => {
		await api.switchPack(w, pack.id, on, null);
		announce(on ? t.packs.switchedOn(pack.label) : t.packs.switchedOff(pack.label));
		clearLoads(`pack`);
		changed();
	};
	const flip = async () => {
		setBusy(true);
		setError(null);
		try {
			if (!pack.enabled) await set(true);
			else {
				const uses = await api.getPackUses(w, pack.id);
				const { plans, runs, files } = uses.counts;
				if (plans + runs + files > 0) ask(uses);
				else await set(false);
			}
		} catch (e) {
			setError(e as ApiError);
		}
		setBusy(false);
	};
	if (pack.fixed) return <Pill tone="muted">{t.packs.fixed}</Pill>;
	if (!may(w, "owner"))
		return pack.enabled ? (
			<Pill tone="ok">{t.packs.isOn}</Pill>
		) : (
			<Pill tone="muted">{t.packs.isOff}</Pill>
		);
	return (
		<>
			<button
				type="button"
				role="switch"
				class="switch"
				aria-checked={pack.enabled}
				aria-label={t.packs.on(pack.label)}
				disabled={isBusy}
				onClick={flip}
			>
				<span aria-hidden="true">{pack.enabled ? t.packs.isOn : t.packs.isOff}</span>
			</button>
			{error && <ErrorText error={error} />}
			{error && error.findings.length > 0 && <Findings list={error.findings} />}
			{asked && (
				<Confirm
					title={t.packs.offTitle(pack.label)}
					text={t.packs.offText(asked.counts.plans, asked.counts.runs, asked.counts.files)}
					verb={t.packs.offVerb}
					go={() => set(false)}
					close={() => ask(null)}
				/>
			)}
		</>
	);
}
