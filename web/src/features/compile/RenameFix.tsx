/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One click: the column gets the name that is needed, and the corrected file replaces the old one.
 */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import { ApiError, localError } from "../../api/client";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { ErrorText } from "../../ui/ErrorView";
import { baseName } from "../../ui/format";
import { renameHeader, type Rename } from "./fix.utils";

interface Props {
	w: string;
	r: Rename;
	replace: (path: string, file: File) => void;
}

export function RenameFix({ w, r, replace }: Props) {
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	const go = async () => {
		setBusy(true);
		setError(null);
		try {
			const out = renameHeader(await api.getBytes(api.fileUrl(w, r.file)), r);
			if (!out) throw localError("", t.check.renameGone(r.from));
			replace(r.file, new File([out as BlobPart], baseName(r.file), { type: "text/csv" }));
			announce(t.check.renamed(r.from, r.to));
		} catch (e) {
			setError(e instanceof ApiError ? e : localError("E_INTERNAL", String(e)));
		}
		setBusy(false);
	};
	return (
		<>
			<button
				type="button"
				class="btn primary"
				aria-disabled={isBusy}
				data-testid="rename"
				onClick={() => void go()}
			>
				{t.check.rename(r.from, r.to)}
			</button>
			{error && <ErrorText error={error} />}
		</>
	);
}
