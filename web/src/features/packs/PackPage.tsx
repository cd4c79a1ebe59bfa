/* SPDX-License-Identifier: Apache-2.0 */
/* One pack: what it holds, its versions, and what uses it. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { ApiError } from "../../api/client";
import type { PackDetail } from "../../api/types";
import { clearLoads, useLoad } from "../../models/load";
import { navigate } from "../../models/router";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Card, Pill, Waiting } from "../../ui/bits";
import { Confirm } from "../../ui/Dialog";
import { ErrorPage, ErrorText } from "../../ui/ErrorView";
import { when } from "../../ui/format";
import { PageHead } from "../../ui/PageHead";
import { Findings } from "./Findings";
import { Switch } from "./Switch";
import { Uses } from "./Uses";

function Entities({ pack }: { pack: PackDetail }) {
	return (
		<Card title={t.packs.entities} id="pack-entities">
			<ul class="bare stack tight">
				{pack.entities.map((e) => (
					<li key={e.id}>
						<details>
							<summary>
								{e.label} <span class="code">{e.id}</span>{" "}
								<span class="muted">{t.packs.fields(e.fields.length)}</span>
							</summary>
							<p class="code">{e.fields.join(", ")}</p>
						</details>
					</li>
				))}
			</ul>
		</Card>
	);
}

function Versions({ w, pack, changed }: { w: string; pack: PackDetail; changed: () => void }) {
	const [error, setError] = useState<ApiError | null>(null);
	const [leaving, leave] = useState<string | null>(null);
	const P = t.packs;
	const use = async (version: string) => {
		setError(null);
		try {
			await api.switchPack(w, pack.id, true, version);
			announce(P.usingVersion(version));
			clearLoads("pack");
			changed();
		} catch (e) {
			setError(e as ApiError);
		}
	};
	const remove = async (version: string) => {
		await api.removePackVersion(w, pack.id, version);
		announce(P.removed(version));
		clearLoads("pack");
		if (pack.versions.length === 1) navigate(`/w/${w}/packs`);
		else changed();
	};
	return (
		<Card title={P.versions} id="pack-versions">
			{error && <ErrorText error={error} />}
			{error && error.findings.length > 0 && <Findings list={error.findings} />}
			<ul class="bare stack tight">
				{pack.versions.map((v) => (
					<li key={v.version} class="bar-line" data-version={v.version}>
						<span>
							<b>{v.version}</b>{" "}
							{pack.enabled && v.version === pack.version && <Pill tone="ok">{P.current}</Pill>}{" "}
							{v.uploaded_by && v.created_at && (
								<span class="muted">{P.uploaded(v.uploaded_by, when(v.created_at))}</span>
							)}
							<span class="muted code line">{v.sha256}</span>
						</span>
						{pack.origin === "own" && may(w, "owner") && (
							<span class="acts">
								{!(pack.enabled && v.version === pack.version) && (
									<button type="button" class="btn small" onClick={() => use(v.version)}>
										{P.use(v.version)}
									</button>
								)}
								<button type="button" class="btn small" onClick={() => leave(v.version)}>
									{P.remove(v.version)}
								</button>
							</span>
						)}
					</li>
				))}
			</ul>
			{leaving && (
				<Confirm
					title={P.removeTitle(pack.label, leaving)}
					text={P.removeText}
					verb={P.remove(leaving)}
					go={() => remove(leaving)}
					close={() => leave(null)}
				/>
			)}
		</Card>
	);
}

export function PackPage({ w, p }: { w: string; p: Record<string, string> }) {
	const id = p.pack ?? "";
	const pack = useLoad(`pack ${w} ${id}`, (s) => api.getPack(w, id, s));
	if (pack.error && !pack.value)
		return <ErrorPage error={pack.error} retry={pack.reload} home={`/w/${w}`} />;
	if (!pack.value) return <Waiting lines={8} />;
	const v = pack.value;
	return (
		<>
			<PageHead
				title={v.label}
				sub={v.purpose}
				pill={<span class="code muted">{`${v.id} ${v.version}`}</span>}
				back={{ href: `/w/${w}/packs`, text: t.packs.back }}
			>
				<Switch w={w} pack={v} changed={pack.reload} />
			</PageHead>
			<Entities pack={v} />
			<Versions w={w} pack={v} changed={pack.reload} />
			<Uses key={`${v.version} ${v.enabled}`} w={w} pack={v.id} />
		</>
	);
}
