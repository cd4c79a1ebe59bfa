/* SPDX-License-Identifier: Apache-2.0 */
/* What an API whose file has changed says: whether a newer one is here, and the way to it. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Catalogue } from "../../api/types";
import { clearLoads, useLoad } from "../../models/load";
import { navigate } from "../../models/router";
import { may } from "../../models/session";
import { t } from "../../strings/en";
import { Banner, Pill } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { newerOf } from "./search.utils";

export function StalePill({ a, all }: { a: Catalogue; all: Catalogue[] }) {
	if (a.is_current) return null;
	return <Pill tone="warn">{newerOf(a, all) ? t.apis.staleShort : t.apis.staleShortAlone}</Pill>;
}

export function StaleBanner({ w, c }: { w: string; c: Catalogue }) {
	const apis = useLoad(c.is_current ? null : `apis ${w}`, (s) => api.listApis(w, s));
	const files = useLoad(c.is_current ? null : `files ${w}`, (s) => api.listFiles(w, s));
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	if (c.is_current || !apis.value || !files.value) return null;
	const newer = newerOf(c, apis.value);
	const file = files.value.find((f) => f.path === c.path);
	const bring = async (id: string) => {
		setBusy(true);
		try {
			const made = await api.importApi(w, id);
			clearLoads(`apis ${w}`);
			navigate(`/w/${w}/apis/${made.id}`);
		} catch (e) {
			setError(e as ApiError);
		} finally {
			setBusy(false);
		}
	};
	if (newer)
		return (
			<Banner tone="warn" title={t.apis.staleNewer}>
				<p>
					{t.apis.staleNewerDo(c.path)}{" "}
					<a href={`/w/${w}/apis/${newer.id}`}>
						{[newer.title || t.apis.untitled, newer.version].filter(Boolean).join(" ")}
					</a>
					.
				</p>
			</Banner>
		);
	return (
		<>
			<Banner
				tone="warn"
				title={file ? t.apis.staleNewer : t.apis.stale}
				acts={
					file &&
					may(w, "editor") && (
						<button
							type="button"
							class="btn small"
							disabled={isBusy}
							onClick={() => void bring(file.id)}
						>
							{t.apis.staleNewerImport}
						</button>
					)
				}
			>
				<p>{file ? t.apis.staleChanged(c.path) : t.apis.staleGone(c.path)}</p>
			</Banner>
			{error && <ErrorText error={error} />}
		</>
	);
}
